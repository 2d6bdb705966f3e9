//! `WebSocket` (WebSockets §3), with what Workers add: pairs, `accept()`, WebSockets of responses, attachments.
//!
//! | module | what |
//! |---|---|
//! | `native` | the I/O behind the object, and its states |
//! | `connect` | `new WebSocket(url)` |
//! | `receive` | from the peer to events |
//! | `transmit` | from `send()` and `close()` to the peer |
//! | `respond` | the WebSocket of a response, handed to whoever made the request |
//! | `pair` | `WebSocketPair` |
//! | `hibernate` | WebSockets that a Durable Object hands over while it goes |
//! | `auto_response` | `WebSocketRequestResponsePair` |
//!
//! S1. The native side is one event's: every member but the attributes fails for another event.
//! S2. Tasks hold the object strongly, as the real workerd does: a WebSocket that was accepted lives until it ends.

mod auto_response;
mod connect;
mod hibernate;
mod native;
mod pair;
mod receive;
mod respond;
mod transmit;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use bytes::Bytes;
use io::{IoContext, IoOwn};
use jsg::convert::BufferSource;
use jsg::js::{Local, Value};
use jsg::{Error, Flag, FromJs, Handle, JsRef, Lock, LockExt, Nullable, Result, WeakRef};
use net::websocket::{Close, Message, NO_STATUS};

pub use auto_response::WebSocketRequestResponsePair;
pub use pair::WebSocketPair;

use crate::events::EventTarget;
use native::{Native, State};

const CONNECTING: u8 = 0;
const OPEN: u8 = 1;
const CLOSING: u8 = 2;
const CLOSED: u8 = 3;

/// The most bytes of an attachment.
const MAX_ATTACHMENT: usize = 16 * 1024;

const NOT_ACCEPTED: &str = "You must call one of accept() or state.acceptWebSocket() on this WebSocket before sending messages.";

/// See the module.
#[jsg::class(extends = EventTarget)]
pub struct WebSocket {
    native: IoOwn<Native>,
    url: Option<String>,
    protocol: RefCell<Option<String>>,
    extensions: RefCell<Option<String>>,
    binary_type: jsg::Untraced<Cell<BinaryType>>, // an enum
    allows_half_open: Cell<bool>,
    attachment: RefCell<Option<Vec<u8>>>,
    /// The first failure; there are no more events after it.
    error: RefCell<Option<JsRef<Value>>>,
    /// The other end of a pair.
    peer: RefCell<Option<WeakRef<WebSocket>>>,
    parent: EventTarget,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BinaryType {
    Blob,
    ArrayBuffer,
}

#[derive(jsg::Dictionary)]
struct AcceptOptions {
    allow_half_open: Option<bool>,
}

/// What `send()` takes.
enum Payload {
    Binary(Vec<u8>),
    Text(String),
}

impl<'s> FromJs<'s> for Payload {
    fn type_name() -> Cow<'static, str> {
        "ArrayBuffer or ArrayBufferView or string".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if let Some(source) = BufferSource::try_from_js(js, value)? {
            return Ok(Some(Self::Binary(source.to_vec())));
        }
        Ok(String::try_from_js(js, value)?.map(Self::Text))
    }

    fn matches(_: &mut Lock<'s, '_>, _: Local<'s, Value>) -> bool {
        true
    }
}

impl WebSocket {
    fn over(js: &Lock<'_, '_>, state: State, url: Option<String>) -> Result<Self> {
        let context = IoContext::current(js)?;
        let binary_type = if js.flag(Flag::WebsocketStandardBinaryType) {
            BinaryType::Blob
        } else {
            BinaryType::ArrayBuffer
        };
        Ok(Self {
            native: context.own("Native", Native::new(state)),
            url,
            protocol: RefCell::new(Some(String::new())),
            extensions: RefCell::new(Some(String::new())),
            binary_type: jsg::Untraced(Cell::new(binary_type)),
            allows_half_open: Cell::new(!js.flag(Flag::WebSocketAutoReplyToClose)),
            attachment: RefCell::default(),
            error: RefCell::default(),
            peer: RefCell::default(),
            parent: EventTarget::default(),
        })
    }

    /// The JavaScript side of a WebSocket, not accepted yet.
    ///
    /// # Errors
    /// At global scope.
    pub fn of_native<'s>(
        js: &mut Lock<'s, '_>,
        web_socket: net::WebSocket,
    ) -> Result<Handle<'s, Self>> {
        let web_socket = Self::over(js, State::Waiting(web_socket), None)?;
        Ok(Handle::new(js, web_socket))
    }

    /// Whether the other end of a pair is there.
    fn has_local_peer(&self, js: &mut Lock<'_, '_>) -> bool {
        let peer = self.peer.borrow();
        peer.as_ref().is_some_and(|peer| peer.get(js).is_some())
    }
}

#[jsg::methods]
impl WebSocket {
    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        call: &jsg::Call<'s>,
        url: String,
        protocols: Option<connect::Protocols>,
    ) -> Result<Handle<'s, Self>> {
        connect::connect(js, call, url, protocols)
    }

    #[jsg(method)]
    fn accept<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        options: Option<AcceptOptions>,
    ) -> Result<()> {
        let native = this.native.get(js)?;
        match &*native.state.borrow() {
            State::Connecting { .. } => {
                return Err(Error::type_error(
                    "Websockets obtained from the 'new WebSocket()' constructor cannot call accept",
                ));
            }
            State::Released => {
                return Err(Error::type_error(
                    "Can't accept() WebSocket that was already used in a response.",
                ));
            }
            State::Accepted(_) => return Ok(()),
            State::Hibernatable(_) => {
                return Err(Error::type_error(
                    "Can't accept() WebSocket after enabling hibernation.",
                ));
            }
            State::Waiting(_) => {}
        }
        if let Some(allow) = options.and_then(|options| options.allow_half_open) {
            this.allows_half_open.set(allow);
        }
        receive::start(js, this)
    }

    #[jsg(method)]
    fn send<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>, message: Payload) -> Result<()> {
        let native = this.native.get(js)?;
        if native.closed_outgoing.get() {
            return Err(Error::type_error(
                "Can't call WebSocket send() after close().",
            ));
        }
        if native.is_unheard() {
            return Ok(());
        }
        if !native.is_accepted() {
            return Err(Error::type_error(NOT_ACCEPTED));
        }
        let message = match message {
            Payload::Binary(bytes) => Message::Binary(bytes.into()),
            Payload::Text(text) => Message::Text(Bytes::from(text)),
        };
        transmit::enqueue(js, this, message)
    }

    #[jsg(method)]
    fn close<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        code: Option<i32>,
        reason: Option<jsg::convert::UsvString>,
    ) -> Result<()> {
        let native = this.native.get(js)?;
        let reason = reason.map(|reason| reason.0);
        check_close(js, code, reason.as_deref())?;
        if native.stop_connecting() {
            return Ok(());
        }
        if native.closed_outgoing.get() || native.is_unheard() {
            return Ok(());
        }
        if !native.is_accepted() {
            return Err(Error::type_error(NOT_ACCEPTED));
        }
        if let Some(error) = &*this.error.borrow() {
            let error = error.get(js);
            js.throw_exception(error);
            return Err(Error::Pending);
        }
        let close = Close {
            code: code
                .and_then(|code| u16::try_from(code).ok())
                .unwrap_or(NO_STATUS),
            reason: reason.unwrap_or_default(),
        };
        native.closed_outgoing.set(true);
        transmit::enqueue(js, this, Message::Close(close))
    }

    #[jsg(method)]
    fn serialize_attachment<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        attachment: Local<'s, Value>,
    ) -> Result<()> {
        let data = jsg::clone::write_stored(js, attachment)?;
        if data.len() > MAX_ATTACHMENT {
            let size = data.len();
            return Err(Error::error(format!(
                "A WebSocket 'attachment' cannot be larger than {MAX_ATTACHMENT} bytes.'attachment' was {size} bytes."
            )));
        }
        // Another event cannot have handed it over.
        let native = self.native.get(js).ok();
        if let Some(socket) = native.and_then(|native| native.hibernatable()) {
            socket.set_attachment(Some(data.clone()));
        }
        *self.attachment.borrow_mut() = Some(data);
        Ok(())
    }

    #[jsg(method)]
    fn deserialize_attachment<'s>(
        &self,
        js: &mut Lock<'s, '_>,
    ) -> Result<Nullable<Local<'s, Value>>> {
        let Some(data) = self.attachment.borrow().clone() else {
            return Ok(Nullable(None));
        };
        let options = jsg::clone::Options::default();
        jsg::clone::deserialize(js, data.into(), &options).map(|value| Nullable(Some(value)))
    }

    #[jsg(define)]
    fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.constant("READY_STATE_CONNECTING", f64::from(CONNECTING));
        builder.constant("CONNECTING", f64::from(CONNECTING));
        builder.constant("READY_STATE_OPEN", f64::from(OPEN));
        builder.constant("OPEN", f64::from(OPEN));
        builder.constant("READY_STATE_CLOSING", f64::from(CLOSING));
        builder.constant("CLOSING", f64::from(CLOSING));
        builder.constant("READY_STATE_CLOSED", f64::from(CLOSED));
        builder.constant("CLOSED", f64::from(CLOSED));
    }

    #[jsg(getter)]
    fn ready_state(&self, js: &mut Lock<'_, '_>) -> Result<u8> {
        let native = self.native.get(js)?;
        let incoming = native.closed_incoming.get();
        let outgoing = native.closed_outgoing.get();
        Ok(if (incoming && outgoing) || self.error.borrow().is_some() {
            CLOSED
        } else if incoming || outgoing {
            CLOSING
        } else if native.is_connecting() {
            CONNECTING
        } else {
            OPEN
        })
    }

    #[jsg(getter)]
    fn buffered_amount(&self, js: &mut Lock<'_, '_>) -> Result<f64> {
        Ok(self.native.get(js)?.buffered() as f64)
    }

    #[jsg(getter)]
    fn url(&self) -> Nullable<&str> {
        Nullable(self.url.as_deref())
    }

    #[jsg(getter)]
    fn protocol(&self) -> Nullable<String> {
        Nullable(self.protocol.borrow().clone())
    }

    #[jsg(getter)]
    fn extensions(&self) -> Nullable<String> {
        Nullable(self.extensions.borrow().clone())
    }

    #[jsg(getter)]
    fn binary_type(&self) -> &'static str {
        match self.binary_type.get() {
            BinaryType::Blob => "blob",
            BinaryType::ArrayBuffer => "arraybuffer",
        }
    }

    #[jsg(setter)]
    fn set_binary_type(&self, value: String) {
        match value.as_str() {
            "blob" => self.binary_type.set(BinaryType::Blob),
            "arraybuffer" => self.binary_type.set(BinaryType::ArrayBuffer),
            // WebIDL §3.6.2: what no enumeration knows is passed over.
            _ => {}
        }
    }
}

/// WebSockets §3.1, `close()`, steps 1 and 2, with more codes than the standard allows.
fn check_close(js: &Lock<'_, '_>, code: Option<i32>, reason: Option<&str>) -> Result<()> {
    const MAX_REASON: usize = 123;
    if let Some(code) = code {
        let allowed = if js.flag(Flag::PedanticWpt) {
            matches!(code, 1000 | 3000..=4999)
        } else {
            // RFC 6455 §7.4.1: these stand for what no Close frame says.
            matches!(code, 1000..=4999) && !matches!(code, 1004..=1006 | 1015)
        };
        if !allowed {
            let text = format!("Invalid WebSocket close code: {code}.");
            return Err(Error::dom("InvalidAccessError", text));
        }
    }
    if js.flag(Flag::WebsocketCloseReasonByteLimit)
        && reason.is_some_and(|it| it.len() > MAX_REASON)
    {
        return Err(Error::dom(
            "SyntaxError",
            "WebSocket close reason must not be longer than 123 bytes when UTF-8 encoded.",
        ));
    }
    if reason.is_some() && code.is_none() {
        return Err(Error::dom(
            "InvalidAccessError",
            "If you specify a WebSocket close reason, you must also specify a code.",
        ));
    }
    Ok(())
}
