//! `MessageEvent` (HTML §9.1) and `CloseEvent` (WebSockets §6).

use std::rc::Rc;

use jsg::js::{Local, Object, Value};
use jsg::{JsRef, Lock, Nullable};

use super::event::{Event, Init};
use crate::argument::Port;

/// A message from a socket, a port or an event source.
#[jsg::class(extends = Event)]
pub struct MessageEvent {
    data: Option<JsRef<Value>>,
    /// None: what the message came from has none, as a port or a socket.
    origin: Option<String>,
    last_event_id: Rc<str>,
    source: Option<JsRef<Object>>,
    ports: Vec<JsRef<Object>>,
    parent: Event,
}

#[derive(jsg::Dictionary)]
#[jsg(name = "Initializer")]
struct MessageEventInit<'s> {
    bubbles: Option<bool>,
    cancelable: Option<bool>,
    composed: Option<bool>,
    data: Option<Local<'s, Value>>,
    origin: Option<String>,
    last_event_id: Option<String>,
    source: Nullable<Port<'s>>,
    ports: Option<Vec<Port<'s>>>,
}

#[jsg::methods]
impl MessageEvent {
    #[jsg(constructor, length = 1)]
    fn new<'s>(js: &mut Lock<'s, '_>, kind: String, init: MessageEventInit<'s>) -> Self {
        let event = Init::of(init.bubbles, init.cancelable, init.composed);
        let ports = init.ports.unwrap_or_default();
        Self {
            data: init.data.map(|data| JsRef::new(js, data)),
            origin: Some(init.origin.unwrap_or_default()),
            last_event_id: init.last_event_id.unwrap_or_default().into(),
            source: init.source.0.map(|port| JsRef::new(js, port.0)),
            ports: ports.iter().map(|port| JsRef::new(js, port.0)).collect(),
            parent: Event::by_guest(kind, event),
        }
    }

    #[jsg(instance_getter)]
    fn data<'s>(&self, js: &mut Lock<'s, '_>) -> Nullable<Local<'s, Value>> {
        Nullable(self.data.as_ref().map(|data| data.get(js)))
    }

    #[jsg(instance_getter)]
    fn origin(&self) -> Nullable<&str> {
        Nullable(self.origin.as_deref())
    }

    #[jsg(instance_getter)]
    fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    #[jsg(instance_getter)]
    fn source<'s>(&self, js: &mut Lock<'s, '_>) -> Nullable<Local<'s, Object>> {
        Nullable(self.source.as_ref().map(|source| source.get(js)))
    }

    #[jsg(instance_getter)]
    fn ports<'s>(&self, js: &mut Lock<'s, '_>) -> Vec<Local<'s, Object>> {
        self.ports.iter().map(|port| port.get(js)).collect()
    }
}

/// What a trusted [`MessageEvent`] is about besides its data.
#[derive(Debug, Default)]
pub struct MessageOrigin {
    /// None is null to JavaScript.
    pub origin: Option<String>,
    /// Of many messages, perhaps.
    pub last_event_id: Rc<str>,
}

impl MessageEvent {
    /// A trusted event of type `kind`.
    pub fn trusted<'s>(
        js: &Lock<'s, '_>,
        kind: impl Into<String>,
        data: Local<'s, Value>,
        origin: MessageOrigin,
    ) -> Self {
        Self {
            data: Some(JsRef::new(js, data)),
            origin: origin.origin,
            last_event_id: origin.last_event_id,
            source: None,
            ports: Vec::new(),
            parent: Event::trusted(kind),
        }
    }

    /// What a port dispatches: its own message.
    pub fn from_port<'s>(
        js: &Lock<'s, '_>,
        data: Local<'s, Value>,
        port: Local<'s, Object>,
    ) -> Self {
        Self {
            source: Some(JsRef::new(js, port)),
            ..Self::trusted(js, "message", data, MessageOrigin::default())
        }
    }
}

/// The end of a WebSocket.
#[jsg::class(extends = Event)]
pub struct CloseEvent {
    code: i32,
    reason: String,
    was_clean: bool,
    parent: Event,
}

#[derive(jsg::Dictionary)]
#[jsg(name = "Initializer")]
struct CloseEventInit {
    bubbles: Option<bool>,
    cancelable: Option<bool>,
    composed: Option<bool>,
    code: Option<i32>,
    reason: Option<String>,
    was_clean: Option<bool>,
}

#[jsg::methods]
impl CloseEvent {
    #[jsg(constructor, length = 1)]
    fn new(kind: String, init: CloseEventInit) -> Self {
        let event = Init::of(init.bubbles, init.cancelable, init.composed);
        Self {
            code: init.code.unwrap_or(0),
            reason: init.reason.unwrap_or_default(),
            was_clean: init.was_clean.unwrap_or(false),
            parent: Event::by_guest(kind, event),
        }
    }

    #[jsg(instance_getter)]
    fn code(&self) -> i32 {
        self.code
    }

    #[jsg(instance_getter)]
    fn reason(&self) -> &str {
        &self.reason
    }

    #[jsg(instance_getter)]
    fn was_clean(&self) -> bool {
        self.was_clean
    }
}

/// How a WebSocket was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Both sides have said Close.
    Clean,
    Abrupt,
}

impl CloseEvent {
    /// A trusted `close` event.
    pub fn trusted(code: u16, reason: String, closing: Closing) -> Self {
        Self {
            code: i32::from(code),
            reason,
            was_clean: closing == Closing::Clean,
            parent: Event::trusted("close"),
        }
    }
}
