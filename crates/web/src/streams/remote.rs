//! Streams that go to another event by a remote call. What breaks one there does not say why: the other side hears
//! that it is disconnected, and no more.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use io::sink::NativeSink;
use io::{Expected, IoContext};
use net::{Body, BodyError};

const NO_READABLE: &str = "ReadableStream received over RPC disconnected prematurely.";
const NO_WRITABLE: &str = "WritableStream received over RPC was disconnected because the remote execution context has ended.";

/// A body of the event `context` as another event reads it.
pub fn body(context: &Rc<IoContext>, body: Body) -> Body {
    if !body.is_stream() {
        return body;
    }
    let length = body.length();
    // Who writes here waits for who reads there.
    let mut read = (body, context.expect());
    let chunks = futures::stream::poll_fn(move |cx| {
        let chunk = read.0.poll_next(cx);
        chunk.map_err(|_| BodyError::Aborted(NO_READABLE.to_owned()))
    });
    Body::stream(chunks, length)
}

/// Where another event writes to.
pub struct RemoteSink {
    sink: Rc<dyn NativeSink>,
    is_over: Cell<bool>,
    /// Who reads here waits for who writes there.
    _expected: Expected,
}

impl RemoteSink {
    /// A sink of the event `context`.
    pub fn new(context: &Rc<IoContext>, sink: Rc<dyn NativeSink>) -> Self {
        Self {
            sink,
            is_over: Cell::new(false),
            _expected: context.expect(),
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
