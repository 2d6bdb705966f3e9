//! Streams that go to another event by a remote call. What breaks one there does not say why: the other side hears
//! that it is disconnected, and no more.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use io::sink::NativeSink;
use io::{Expected, Hold, IoContext};
use net::{Body, BodyError, BodySender};

const NO_READABLE: &str = "ReadableStream received over RPC disconnected prematurely.";
const NO_WRITABLE: &str = "WritableStream received over RPC was disconnected because the remote execution context has ended.";

/// How many bytes are on their way to whoever reads a body.
const WINDOW: usize = 64 << 10;

/// A body of the event `context` as another event reads it: a part of it is on its way before anybody reads.
pub fn body(context: &Rc<IoContext>, body: Body) -> Body {
    if !body.is_stream() {
        return body;
    }
    let (sender, there) = Body::channel_with_length(WINDOW, body.length());
    // Who writes here waits for who reads there.
    let expected = context.expect();
    tokio::task::spawn_local(async move {
        carry(body, sender).await;
        drop(expected);
    });
    there
}

/// Until the body has ended, or nobody reads it any more.
async fn carry(mut body: Body, mut sender: BodySender) {
    loop {
        let next = tokio::select! {
            biased;
            next = body.next() => next,
            () = sender.closed() => return,
        };
        match next {
            Some(Ok(bytes)) => {
                if sender.send(bytes).await.is_err() {
                    return;
                }
            }
            Some(Err(_)) => return sender.fail(BodyError::Aborted(NO_READABLE.to_owned())),
            None => return sender.finish(),
        }
    }
}

/// Where another event writes to.
pub struct RemoteSink {
    sink: Rc<dyn NativeSink>,
    is_over: Cell<bool>,
    /// Who reads here waits for who writes there.
    _expected: Expected,
    /// What a call has given keeps the event that has it.
    _hold: Option<Hold>,
}

impl RemoteSink {
    /// A sink of the event `context`.
    pub fn new(context: &Rc<IoContext>, sink: Rc<dyn NativeSink>, hold: Option<Hold>) -> Self {
        Self {
            sink,
            is_over: Cell::new(false),
            _expected: context.expect(),
            _hold: hold,
        }
    }

    fn disconnect(&self) {
        if !self.is_over.replace(true) {
            self.sink.abort(BodyError::Disconnected(NO_WRITABLE.into()));
        }
    }
}

impl NativeSink for RemoteSink {
    fn write(&self, bytes: Bytes) -> LocalBoxFuture<'static, Result<(), BodyError>> {
        self.sink.write(bytes)
    }

    fn close(&self) -> LocalBoxFuture<'static, Result<(), BodyError>> {
        self.is_over.set(true);
        self.sink.close()
    }

    fn abort(&self, _: BodyError) {
        self.disconnect();
    }
}

impl Drop for RemoteSink {
    fn drop(&mut self) {
        self.disconnect();
    }
}
