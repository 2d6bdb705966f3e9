//! Events of WebSockets that hibernate.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{Either, select};
use io::ChannelError;
use io::event::Outcome;
use io::hibernation::{Socket, SocketEvent};
use io::trace::{EventInfo, SocketInfo};
use jsg::js::{Function, Local, Promise, Value};
use jsg::{Error, Lock};
use net::websocket::Message;
use web::websocket::WebSocket;

use super::Actor;
use super::traced::{Traced, Unfinished};
use crate::errors::log_uncaught;
use crate::tracer;

const TOO_LONG: &str = "Actor exceeded event execution time and was disconnected.";

/// Calls the handler; done when it has been called. What it does then keeps the object going.
pub(super) async fn deliver(actor: &Actor, socket: &Rc<Socket>, event: SocketEvent) {
    // A broken object hears nothing more: its WebSockets end.
    let Ok(lock) = actor.enter().await else {
        return;
    };
    let traced = Traced::of_event(actor, socket.opener(), || {
        EventInfo::HibernatableWebSocket {
            event: info(&event),
        }
    });
    if let Some(context) = traced.resume() {
        // Whatever the handler does.
        tracer::set_outcome(context, Outcome::Ok);
    }
    let traced = traced.go_on();
    actor.context.run_locked(Some(lock), |js| {
        let called = jsg::promise::try_catch(js, |js| call(js, actor, socket, event, traced));
        // A handler that is stopped by `abort()` throws nothing.
        if let Err(exception) = called
            && actor.broken().is_none()
        {
            log_uncaught(js, "Uncaught", exception);
        }
    });
}

fn info(event: &SocketEvent) -> SocketInfo {
    match event {
        SocketEvent::Message(_) => SocketInfo::Message,
        SocketEvent::Close { close, was_clean } => SocketInfo::Close {
            code: close.code,
            was_clean: *was_clean,
        },
        SocketEvent::Error(_) => SocketInfo::Error,
    }
}

fn call<'s>(
    js: &mut Lock<'s, '_>,
    actor: &Actor,
    socket: &Rc<Socket>,
    event: SocketEvent,
    traced: Option<Unfinished>,
) -> Result<(), Error> {
    let web_socket = WebSocket::of_hibernatable(js, socket)?;
    let first = web_socket.object().into();
    let (name, arguments): (_, Vec<Local<'s, Value>>) = match event {
        SocketEvent::Message(message) => ("webSocketMessage", vec![first, data(js, message)?]),
        SocketEvent::Close { close, was_clean } => {
            web_socket.end_incoming(js)?;
            let code = jsg::js::Number::new(js, f64::from(close.code)).into();
            let reason = jsg::string(js, &close.reason).into();
            let was_clean = jsg::js::Boolean::new(js, was_clean).into();
            ("webSocketClose", vec![first, code, reason, was_clean])
        }
        SocketEvent::Error(error) => {
            web_socket.end_incoming(js)?;
            let error = jsg::promise::exception_of(js, Error::error(error.to_string()));
            ("webSocketError", vec![first, error])
        }
    };
    let object = actor.object(js)?;
    let key = jsg::intern(js, name);
    let handler = object.get(js, key.into()).ok_or(Error::Pending)?;
    // Who has no handler does not want to know.
    let Ok(handler) = Local::<Function>::try_from(handler) else {
        return Ok(());
    };
    let value = handler
        .call(js, object.into(), &arguments)
        .ok_or(Error::Pending)?;
    let Ok(promise) = Local::<Promise>::try_from(value) else {
        if let Some(traced) = traced {
            traced.returned();
        }
        return Ok(());
    };
    let sockets = actor.gates.sockets();
    if let Some(timeout) = sockets.and_then(|sockets| sockets.event_timeout()) {
        limit(js, actor, promise, timeout)?;
    }
    actor.context.wait_until(js, promise)?;
    // After that has told of a rejection.
    if let Some(traced) = traced {
        end_with(js, actor, promise, traced)?;
    }
    Ok(())
}

/// Ends the trace when the handler has settled, or the object is no more.
#[cold]
fn end_with<'s>(
    js: &mut Lock<'s, '_>,
    actor: &Actor,
    promise: Local<'s, Promise>,
    traced: Unfinished,
) -> Result<(), Error> {
    let traced = Rc::new(actor.context.own("", Cell::new(Some(traced))));
    let other = traced.clone();
    jsg::promise::observe(
        js,
        promise,
        move |js, _| {
            if let Some(traced) = traced.get(js)?.take() {
                traced.returned();
            }
            Ok(())
        },
        move |js, _| {
            drop(other.get(js)?.take());
            Ok(())
        },
    )
}

/// Messages are never blobs here, whatever `binaryType` says.
fn data<'s>(js: &mut Lock<'s, '_>, message: Message) -> Result<Local<'s, Value>, Error> {
    Ok(match message {
        Message::Text(bytes) => jsg::string(js, &String::from_utf8_lossy(&bytes)).into(),
        Message::Binary(bytes) => jsg::convert::array_buffer(js, &bytes)?.into(),
        Message::Close(_) => jsg::js::undefined(js).into(),
    })
}

/// Breaks the object if a handler takes too long.
fn limit<'s>(
    js: &mut Lock<'s, '_>,
    actor: &Actor,
    promise: Local<'s, Promise>,
    timeout: Duration,
) -> Result<(), Error> {
    let (settled, ended) = oneshot::channel::<()>();
    let settled = Rc::new(Cell::new(Some(settled)));
    let other = settled.clone();
    jsg::promise::observe(
        js,
        promise,
        move |_, _| {
            drop(settled.take());
            Ok(())
        },
        move |_, _| {
            drop(other.take());
            Ok(())
        },
    )?;
    let gates = Rc::downgrade(&actor.gates);
    actor.context.add_task(async move {
        let late = std::pin::pin!(tokio::time::sleep(timeout));
        if let Either::Left(_) = select(late, ended).await
            && let Some(gates) = gates.upgrade()
        {
            gates.abort(ChannelError::Disconnected(TOO_LONG.into()));
        }
    });
    Ok(())
}
