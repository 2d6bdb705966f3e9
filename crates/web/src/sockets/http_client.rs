//! `internalNewHttpClient()`: requests over a socket that is there, or will be.

use std::rc::Rc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use http::Request;
use io::IoContext;
use io::channel::{ChannelError, EventFuture, SubrequestChannel, SubrequestResult};
use io::event::{Scheduled, ScheduledResult};
use jsg::js::{Local, Promise};
use jsg::{Error, Handle, Lock, Result, Strong};
use net::client::Single;
use net::client::outgoing::{self, Form};
use net::{Body, ClientError};

use super::connection::Connection;
use super::socket::Socket;
use crate::fetch::Fetcher;
use crate::streams::WritableStream;

/// A service whose requests all go over one connection.
struct Client(Shared<LocalBoxFuture<'static, std::result::Result<Rc<Single>, ChannelError>>>);

/// Takes the socket's connection, after what was written to it, for a service that speaks HTTP over it.
pub(super) fn over<'s>(
    js: &mut Lock<'s, '_>,
    socket: Handle<'s, Socket>,
) -> Result<Local<'s, Promise>> {
    let writable = socket.get().writable_stream(js);
    if writable.get().is_locked() || socket.get().is_being_secured() {
        return Err(Error::type_error(crate::streams::writable::LOCKED));
    }
    if socket.get().is_closed_from_here() {
        return Err(Error::type_error("This socket has been closed."));
    }
    let flushed = match WritableStream::flush_stream(js, writable)? {
        Some(flushed) => flushed,
        None => jsg::promise::resolved(js, jsg::js::undefined(js).into()),
    };
    let socket = Strong::new(js, socket);
    jsg::promise::then(
        js,
        flushed,
        move |js, _| {
            let context = IoContext::current(js)?;
            let connection = socket.get(js).get().detach(js)?;
            let client: Rc<dyn SubrequestChannel> = Rc::new(Client::new(connection));
            let fetcher = Fetcher::owned(&context, client);
            Ok(Handle::new(js, fetcher).object().into())
        },
        |js, reason| Err(Error::value(js, reason)),
    )
}

impl Client {
    fn new(connection: Rc<Connection>) -> Self {
        let opening = async move {
            let io = connection.take_when_open().await.map_err(|_| lost())?;
            let single = Single::new(io).await.map_err(failed)?;
            Ok(Rc::new(single))
        };
        Self(opening.boxed_local().shared())
    }
}

#[cold]
fn lost() -> ChannelError {
    ChannelError::Disconnected("Network connection lost.".into())
}

#[cold]
fn failed(error: ClientError) -> ChannelError {
    if error.is_disconnect() && !matches!(error, ClientError::Protocol(_)) {
        tracing::info!("disconnected: {error}");
        lost()
    } else {
        ChannelError::Internal(error.to_string())
    }
}

impl SubrequestChannel for Client {
    fn request(&self, request: Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let opening = self.0.clone();
        Box::pin(async move {
            io::channel::check_headers(request.extensions())?;
            let request = outgoing::head(request, Form::Origin).map_err(ChannelError::Internal)?;
            let single = opening.await?;
            outgoing::exchange(request, |request| single.send(request))
                .await
                .map_err(failed)
        })
    }

    fn not_connectable(&self) -> Option<&'static str> {
        Some("connect is not something that can be done on a fetcher converted from a socket")
    }

    fn not_sendable(&self) -> Option<&'static str> {
        Some("ServiceStub cannot be serialized in this context.")
    }

    fn scheduled(&self, event: Scheduled) -> EventFuture<ScheduledResult> {
        drop(event);
        let message = "runScheduled() is not supported over a socket".to_owned();
        Box::pin(async { Err(ChannelError::Internal(message)) })
    }
}
