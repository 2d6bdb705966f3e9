//! Writable streams: bytes flow to whoever passed the stream, and how it ends flows back.

use std::rc::Rc;

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use io::sink::NativeSink;
use net::BodyError;

use crate::frame::StreamId;
use crate::session::Session;
use crate::streams::Inflow;
use crate::window::{Closed, Window};

/// A sink at the other side.
pub(crate) struct RemoteSink {
    session: Rc<Session>,
    stream: StreamId,
    window: Rc<Window>,
}

impl RemoteSink {
    pub fn new(session: Rc<Session>, stream: StreamId, window: Rc<Window>) -> Self {
        Self {
            session,
            stream,
            window,
        }
    }
}

impl NativeSink for RemoteSink {
    fn write(&self, bytes: Bytes) -> LocalBoxFuture<'static, Result<(), BodyError>> {
        let (session, stream, window) = (self.session.clone(), self.stream, self.window.clone());
        Box::pin(async move {
            let sent = window.send(&session, stream, bytes).await;
            sent.map_err(|Closed(reason)| reason.unwrap_or(BodyError::Incomplete))
        })
    }

    fn close(&self) -> LocalBoxFuture<'static, Result<(), BodyError>> {
        let (session, stream, window) = (self.session.clone(), self.stream, self.window.clone());
        Box::pin(async move {
            session.streams.half_close(&session, stream);
            let Closed(reason) = window.closed().await;
            reason.map_or(Ok(()), Err)
        })
    }

    fn abort(&self, reason: BodyError) {
        let streams = &self.session.streams;
        streams.finish(&self.session, self.stream, Err(reason));
    }
}

impl Drop for RemoteSink {
    /// One that was closed is not among the streams any more, or waits for nothing but its end.
    fn drop(&mut self) {
        self.abort(BodyError::Incomplete);
    }
}

/// Writes what comes to a sink of this side.
pub(crate) async fn pump_sink(mut flow: Inflow, sink: Rc<dyn NativeSink>) {
    let result = loop {
        match flow.next_bytes().await {
            Some(Ok(bytes)) => match flow.unless_failed(sink.write(bytes)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => break Err(error),
                Err(reason) => return sink.abort(reason),
            },
            Some(Err(reason)) => return sink.abort(reason),
            None => break sink.close().await,
        }
    };
    flow.settle(result.err());
}
