//! Any bytes as what comes over a connection of a server or of a client, HTTP/1.1 and HTTP/2: it ends, and what comes of
//! them are requests or answers. The first byte says which side it is.

#![no_main]

use std::rc::Rc;

use http::{Request, Response};
use libfuzzer_sys::fuzz_target;
use net::client::Single;
use net::http1::{Connections, HttpService, NoResponse, Options, RequestHead, serve_connection};
use net::{Body, ClientAddress, PeerInfo};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// Gives back the body.
struct Echo;

impl HttpService for Echo {
    async fn call(
        self: Rc<Self>,
        head: RequestHead,
        body: Body,
        _: Rc<PeerInfo>,
    ) -> Result<Response<Body>, NoResponse> {
        // Bodies are not always read.
        if head.uri.path().len() % 2 == 0 {
            return Ok(Response::new(Body::from("none of it")));
        }
        Ok(Response::new(body))
    }
}

async fn serve(near: DuplexStream) {
    let client = PeerInfo {
        address: ClientAddress::Unknown,
    };
    let options = Options {
        head_timeout: None,
        ..Options::default()
    };
    let _ = serve_connection(near, client, Rc::new(Echo), &options, &Connections::new()).await;
}

async fn ask(near: DuplexStream) {
    let Ok(client) = Single::new(Box::new(near)).await else {
        return;
    };
    for method in ["GET", "HEAD", "POST"] {
        let request = Request::builder().method(method).uri("http://a/");
        let request = request.body(Body::from("asked")).expect("a request");
        let Ok(answer) = client.send(request).await else {
            return;
        };
        let _ = answer.into_body().collect(1 << 20).await;
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    fuzz::run(async {
        let (near, far) = tokio::io::duplex(1 << 16);
        let (mut answers, mut questions) = tokio::io::split(far);
        let asked = async {
            // The connection breaks when it likes to.
            for piece in bytes.chunks(usize::from(kind >> 1) + 1) {
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
        let served = async {
            match kind & 1 {
                0 => serve(near).await,
                _ => ask(near).await,
            }
        };
        tokio::join!(served, asked, answered);
    });
});
