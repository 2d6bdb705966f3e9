//! Streams of bytes: bodies and sinks of this side for the other one, and the other way round. Each keeps its session
//! going.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use bytes::Bytes;
use capnp::Error;
use capnp::capability::Promise;
use futures::future::LocalBoxFuture;
use io::sink::NativeSink;
use net::{Body, BodyError, BodySender};

use crate::error;
use crate::layout::{Answer, Cap, Incoming, Outgoing, Response, Result, Serve, export};
use crate::schema::{END, GET_SUBSTREAM, WRITE};
use crate::substreams::{Destination, ended, give_substream, written};
use crate::target::Session;

/// The most bytes of one message.
const CHUNK: usize = 64 << 10;

/// The most that is on its way without having arrived.
const WINDOW: usize = 256 << 10;

/// What a body holds before its sender has to wait.
const BOUND: usize = 64 << 10;

/// What is said of a stream whose writer has gone before its end.
const CUT_OFF: &str = "ReadableStream received over RPC disconnected prematurely.";

/// A sink of this side that the other side writes to.
struct Served {
    sink: RefCell<Option<Rc<dyn NativeSink>>>,
    _session: Rc<Session>,
}

/// The way for the other side to write to a sink.
pub fn serve_sink(session: &Rc<Session>, sink: Rc<dyn NativeSink>) -> Cap {
    export(Rc::new(Served {
        sink: RefCell::new(Some(sink)),
        _session: session.clone(),
    }))
}

impl Destination for Served {
    fn write(self: Rc<Self>, bytes: Bytes) -> LocalBoxFuture<'static, Result<()>> {
        Box::pin(async move {
            let sink = self.sink.borrow().clone().ok_or_else(ended)?;
            if bytes.is_empty() {
                return Ok(());
            }
            let done = sink.write(bytes).await;
            done.map_err(|error| error::of_stream(&error))
        })
    }
}

impl Serve for Served {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        match call.method {
            WRITE => Answer::streaming(async move { self.write(written(&call)?).await }),
            GET_SUBSTREAM => Answer::now(give_substream(self, call)),
            END => Answer::later(async move {
                let sink = self.sink.take().ok_or_else(ended)?;
                sink.close().await.map_err(|error| error::of_stream(&error))
            }),
            other => Answer::unknown(other),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(sink) = self.sink.take() {
            sink.abort(BodyError::Incomplete);
        }
    }
}

/// A body of this side that the other side fills.
struct Fed {
    /// Gone while a write waits for room: there is one at a time.
    sender: RefCell<Option<BodySender>>,
    left: Cell<Option<u64>>,
    _session: Rc<Session>,
}

/// A body of so many bytes, and the way for the other side to fill it.
pub fn fed_body(session: &Rc<Session>, length: Option<u64>) -> (Body, Cap) {
    let (sender, body) = Body::channel_with_length(BOUND, length);
    let fed = Fed {
        sender: RefCell::new(None),
        left: Cell::new(length),
        _session: session.clone(),
    };
    if length == Some(0) {
        sender.finish();
    } else {
        fed.sender.replace(Some(sender));
    }
    (body, export(Rc::new(fed)))
}

impl Fed {
    async fn take(&self, bytes: Bytes) -> Result<()> {
        let mut sender = self.sender.take().ok_or_else(ended)?;
        if let Some(left) = self.left.get() {
            let left = left.checked_sub(bytes.len() as u64).ok_or_else(ended)?;
            self.left.set(Some(left));
        }
        let gone = |_| Error::disconnected("nobody reads the stream any more".into());
        sender.send(bytes).await.map_err(gone)?;
        if self.left.get() == Some(0) {
            sender.finish();
        } else {
            self.sender.replace(Some(sender));
        }
        Ok(())
    }
}

impl Destination for Fed {
    fn write(self: Rc<Self>, bytes: Bytes) -> LocalBoxFuture<'static, Result<()>> {
        Box::pin(async move { self.take(bytes).await })
    }
}

impl Serve for Fed {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        match call.method {
            WRITE => Answer::streaming(async move {
                let bytes = written(&call)?;
                drop(call);
                self.take(bytes).await
            }),
            GET_SUBSTREAM => Answer::now(give_substream(self, call)),
            END => {
                if let Some(sender) = self.sender.take() {
                    sender.finish();
                }
                Answer::now(Ok(()))
            }
            other => Answer::unknown(other),
        }
    }
}

impl Drop for Fed {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take() {
            sender.fail(BodyError::Thrown {
                class: "Error".into(),
                message: CUT_OFF.into(),
                value: None,
            });
        }
    }
}

/// What is on its way to a stream at the other side.
pub struct Writer {
    stream: Cap,
    _session: Rc<Session>,
    sent: VecDeque<(Promise<Response, Error>, usize)>,
    in_flight: usize,
}

type Written = std::result::Result<(), BodyError>;

impl Writer {
    pub fn new(session: Rc<Session>, stream: Cap) -> Self {
        Self {
            stream,
            _session: session,
            sent: VecDeque::new(),
            in_flight: 0,
        }
    }

    /// Sends bytes, and waits until there is room for more.
    pub async fn write(&mut self, bytes: &[u8]) -> Written {
        for chunk in bytes.chunks(CHUNK) {
            let mut call = Outgoing::new(&*self.stream, WRITE);
            call.params::<0, 1>().data(0, chunk); // bytes
            self.sent.push_back((call.send().promise, chunk.len()));
            self.in_flight += chunk.len();
            while self.in_flight > WINDOW {
                self.first_arrived().await?;
            }
        }
        Ok(())
    }

    async fn first_arrived(&mut self) -> Written {
        if let Some((arrived, length)) = self.sent.pop_front() {
            self.in_flight -= length;
            let arrived = arrived.await;
            arrived.map_err(|error| error::to_stream(&error))?;
        }
        Ok(())
    }

    /// Says that no more comes, and waits until all has arrived.
    pub async fn end(mut self) -> Written {
        let ended = Outgoing::new(&*self.stream, END).send();
        while !self.sent.is_empty() {
            self.first_arrived().await?;
        }
        let ended = ended.promise.await;
        ended.map(drop).map_err(|error| error::to_stream(&error))
    }
}

/// A sink at the other side.
pub struct RemoteSink(Rc<RefCell<Option<Writer>>>);

impl RemoteSink {
    pub fn new(session: &Rc<Session>, stream: Cap) -> Self {
        let writer = Writer::new(session.clone(), stream);
        Self(Rc::new(RefCell::new(Some(writer))))
    }
}

#[cold]
fn closed() -> BodyError {
    BodyError::Connection("the stream was closed".into())
}

impl NativeSink for RemoteSink {
    fn write(&self, bytes: Bytes) -> LocalBoxFuture<'static, Written> {
        let (place, writer) = (self.0.clone(), self.0.take());
        Box::pin(async move {
            let mut writer = writer.ok_or_else(closed)?;
            writer.write(&bytes).await?;
            place.replace(Some(writer));
            Ok(())
        })
    }

    fn close(&self) -> LocalBoxFuture<'static, Written> {
        let writer = self.0.take();
        Box::pin(async move { writer.ok_or_else(closed)?.end().await })
    }

    fn abort(&self, _reason: BodyError) {
        drop(self.0.take());
    }
}

/// Sends a body. One that fails is cut off: the protocol has no way to say why.
pub async fn pump(session: Rc<Session>, mut body: Body, stream: Cap) {
    let mut writer = Writer::new(session, stream);
    while let Some(chunk) = body.next().await {
        let Ok(bytes) = chunk else { return };
        if writer.write(&bytes).await.is_err() {
            return;
        }
    }
    // Who does not hear of it has gone.
    let _ = writer.end().await;
}
