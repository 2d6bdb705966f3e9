//! From the peer to events: one message at a time, each in a turn of its own.

use std::future::poll_fn;
use std::rc::Rc;

use io::{Expected, Hold, IoContext};
use jsg::js::{Local, Value};
use jsg::promise::Continuation;
use jsg::{Flag, Handle, JsRef, Lock, LockExt, Result, Strong};
use net::websocket::{Close, Error, Message};

use super::native::State;
use super::{BinaryType, WebSocket, transmit};
use crate::events::{
    CloseEvent, Closing, ErrorEvent, Event, EventTarget, MessageEvent, MessageOrigin,
};
use crate::file::Blob;

/// The longest message.
const MAX_MESSAGE: usize = 32 << 20;
const MAX_MESSAGE_INCREASED: usize = 128 << 20;

/// A WebSocket that receives, and what the event keeps meanwhile.
struct Receiving {
    this: Strong<WebSocket>,
    peer: Rc<net::WebSocket>,
    /// The last events of a WebSocket come even when the client has gone.
    _hold: Hold,
    /// A peer within the event may never say anything.
    _expected: Option<Expected>,
}

/// Accepts: from now on messages become events.
pub(super) fn start<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, WebSocket>) -> Result<()> {
    let native = this.native.get(js)?;
    let context = IoContext::current(js)?;
    let peer = match native.state.replace(State::Released) {
        State::Waiting(peer) => Rc::new(peer),
        other => {
            native.state.replace(other);
            return Ok(());
        }
    };
    native.state.replace(State::Accepted(Rc::clone(&peer)));
    let weak = Rc::downgrade(&peer);
    let receiving = Receiving {
        this: Strong::new(js, this),
        peer,
        _hold: context.hold(),
        _expected: (!this.has_local_peer(js)).then(|| context.expect()),
    };
    next(js, receiving)?;
    context.add_background_then(async move {
        poll_fn(|cx| match weak.upgrade() {
            Some(peer) => peer.poll_aborted(cx),
            None => std::task::Poll::Ready(()),
        })
        .await;
        let finish: Continuation = Box::new(move |_| {
            native.outgoing_aborted.set(true);
            if !native.is_pumping.get() && native.closed_incoming.get() {
                native.release();
            }
        });
        finish
    });
    Ok(())
}

/// Waits for the next message.
fn next(js: &mut Lock<'_, '_>, receiving: Receiving) -> Result<()> {
    let max = if js.flag(Flag::IncreaseWebsocketMessageSize) {
        MAX_MESSAGE_INCREASED
    } else {
        MAX_MESSAGE
    };
    IoContext::current(js)?.add_background_then(async move {
        let received = receiving.peer.receive(max).await;
        let finish: Continuation = Box::new(move |js| {
            let target = receiving.this.get(js);
            let delivered = jsg::promise::try_catch(js, |js| deliver(js, target, received));
            match delivered {
                // Fails only for want of an event, and then there is nobody to tell.
                Ok(true) => drop(next(js, receiving)),
                Ok(false) => {}
                Err(exception) => {
                    io::context::report_uncaught(js, "Uncaught", exception);
                    if let Ok(native) = target.native.get(js) {
                        native.closed_incoming.set(true);
                    }
                    WebSocket::report_exception(js, target, exception);
                }
            }
        });
        finish
    });
    Ok(())
}

/// Makes an event of what has come; whether more may come.
fn deliver<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, WebSocket>,
    received: std::result::Result<Message, Error>,
) -> Result<bool> {
    let native = this.native.get(js)?;
    match received {
        Ok(Message::Text(bytes)) => {
            let text = String::from_utf8_lossy(&bytes);
            let data = jsg::string(js, &text).into();
            dispatch_message(js, this, data)?;
            Ok(true)
        }
        Ok(Message::Binary(bytes)) => {
            let data: Local<'s, Value> = match this.binary_type.get() {
                BinaryType::ArrayBuffer => jsg::convert::array_buffer(js, &bytes)?.into(),
                BinaryType::Blob => Handle::new(js, Blob::of(bytes, String::new()))
                    .object()
                    .into(),
            };
            dispatch_message(js, this, data)?;
            Ok(true)
        }
        Ok(Message::Close(Close { code, reason })) => {
            native.closed_incoming.set(true);
            if !this.allows_half_open.get() && !native.closed_outgoing.get() && !native.is_unheard()
            {
                native.closed_outgoing.set(true);
                let answer = Close {
                    code,
                    reason: reason.clone(),
                };
                transmit::enqueue(js, this, Message::Close(answer))?;
            }
            let event = CloseEvent::trusted(code, reason, Closing::Clean);
            dispatch_close(js, this, event)?;
            native.try_release();
            Ok(false)
        }
        Err(Error::Disconnected) if !native.closed_incoming.get() => {
            let reason = "WebSocket disconnected without sending Close frame.".to_owned();
            let event = CloseEvent::trusted(1006, reason, Closing::Abrupt);
            // What is in the queue still goes, but nothing more.
            native.outgoing_aborted.set(true);
            dispatch_close(js, this, event)?;
            native.closed_incoming.set(true);
            native.try_release();
            Ok(false)
        }
        Err(error) => {
            native.closed_incoming.set(true);
            WebSocket::report(js, this, &error);
            Ok(false)
        }
    }
}

fn dispatch_message<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, WebSocket>,
    data: Local<'s, Value>,
) -> Result<()> {
    let event = MessageEvent::trusted(js, "message", data, MessageOrigin::default());
    let event = Handle::new(js, event).upcast::<Event>(js);
    dispatch(js, this, event)
}

/// Dispatches a trusted event at a WebSocket.
pub(super) fn dispatch<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, WebSocket>,
    event: Handle<'s, Event>,
) -> Result<()> {
    let target = this.upcast::<EventTarget>(js);
    EventTarget::fire(js, target, event).map(|_| ())
}

pub(super) fn dispatch_close<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, WebSocket>,
    event: CloseEvent,
) -> Result<()> {
    let event = Handle::new(js, event).upcast::<Event>(js);
    dispatch(js, this, event)
}

impl WebSocket {
    /// The error event of a failure outside of the isolate.
    pub(super) fn report<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, error: &Error) {
        let error = match error {
            Error::Disconnected => jsg::Error::Disconnected {
                message: "Network connection lost.".into(),
            },
            other => jsg::Error::error(other.to_string()),
        };
        let exception = jsg::promise::exception_of(js, error);
        Self::report_exception(js, this, exception);
    }

    /// The error event, for the first failure only. Nothing is sent after it.
    pub(super) fn report_exception<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        exception: Local<'s, Value>,
    ) {
        if this.error.borrow().is_some() {
            return;
        }
        *this.error.borrow_mut() = Some(JsRef::new(js, exception));
        let message = jsg::js::Exception::create_message(js, exception);
        let message = message.get(js).to_rust_string_lossy(js);
        let event = ErrorEvent::plain(js, message, exception);
        let event = Handle::new(js, event).upcast::<Event>(js);
        let dispatched = jsg::promise::try_catch(js, |js| dispatch(js, this, event));
        if let Err(exception) = dispatched {
            crate::report::report_exception(js, exception);
        }
        let Ok(native) = this.native.get(js) else {
            return;
        };
        native.outgoing_aborted.set(true);
        if native.closed_incoming.get() && !native.is_pumping.get() {
            native.release();
        }
    }
}
