//! Connections whose other side is what a target is given, and recordings of good ones to start from.

use std::cell::RefCell;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};

const BUFFER: usize = 1 << 16;

/// Lets `use_it` have a connection over which `bytes` come, so many at a time, and then the end.
pub async fn over(bytes: &[u8], at_once: usize, use_it: impl AsyncFnOnce(DuplexStream)) {
    let (near, far) = duplex(BUFFER);
    let (mut answers, mut questions) = split(far);
    let asked = async {
        // The connection breaks when it likes to.
        for piece in bytes.chunks(at_once.max(1)) {
            if questions.write_all(piece).await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let _ = questions.shutdown().await;
    };
    let answered = async {
        let _ = answers.read_to_end(&mut Vec::new()).await;
    };
    tokio::join!(use_it(near), asked, answered);
}

/// What `ask` sends to `serve` before it is done.
pub async fn record(
    ask: impl AsyncFnOnce(DuplexStream),
    serve: impl AsyncFnOnce(DuplexStream),
) -> Vec<u8> {
    let (asking, forth) = duplex(BUFFER);
    let (back, serving) = duplex(BUFFER);
    let (mut questions, mut to_asker) = split(forth);
    let (mut answers, mut to_server) = split(back);
    let recorded = RefCell::new(Vec::new());
    let recording = async {
        let mut buffer = vec![0; BUFFER];
        while let Ok(count @ 1..) = questions.read(&mut buffer).await {
            recorded.borrow_mut().extend_from_slice(&buffer[..count]);
            if to_server.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
        let _ = to_server.shutdown().await;
    };
    let answering = async {
        let _ = tokio::io::copy(&mut answers, &mut to_asker).await;
    };
    tokio::select! {
        () = ask(asking) => {}
        _ = async { tokio::join!(serve(serving), recording, answering) } => {}
    }
    recorded.into_inner()
}
