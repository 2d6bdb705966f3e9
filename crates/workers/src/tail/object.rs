//! What a trace tells of the events that only Durable Objects have.

use io::trace::SocketInfo;
use jsg::convert::Time;
use jsg::js::{Local, Object};
use jsg::{Handle, JsRef, Lock};

/// An alarm.
#[jsg::class]
pub struct AlarmEventInfo {
    time: f64,
}

#[jsg::methods]
impl AlarmEventInfo {
    #[jsg(instance_getter)]
    fn scheduled_time(&self) -> Time {
        Time(self.time)
    }
}

impl AlarmEventInfo {
    pub(super) fn create<'s>(js: &mut Lock<'s, '_>, time: f64) -> Local<'s, Object> {
        Handle::new(js, Self { time }).object()
    }
}

/// An event of a WebSocket that may hibernate.
#[jsg::class]
pub struct HibernatableWebSocketEventInfo {
    event: JsRef<Object>,
}

#[jsg::methods]
impl HibernatableWebSocketEventInfo {
    /// A property, whatever its name says.
    #[jsg(instance_getter)]
    fn get_web_socket_event<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Object> {
        self.event.get(js)
    }
}

impl HibernatableWebSocketEventInfo {
    pub(super) fn create<'s>(js: &mut Lock<'s, '_>, event: SocketInfo) -> Local<'s, Object> {
        let kind = event.name();
        let event = match event {
            SocketInfo::Message => Handle::new(js, Message { kind }).object(),
            SocketInfo::Close { code, was_clean } => {
                let close = Close {
                    kind,
                    code: code.into(),
                    was_clean,
                };
                Handle::new(js, close).object()
            }
            SocketInfo::Error => Handle::new(js, Failure { kind }).object(),
        };
        let event = JsRef::new(js, event);
        Handle::new(js, Self { event }).object()
    }
}

/// A message has come.
#[jsg::class]
struct Message {
    kind: &'static str,
}

#[jsg::methods]
impl Message {
    #[jsg(instance_getter)]
    fn web_socket_event_type(&self) -> String {
        self.kind.to_owned()
    }
}

/// The WebSocket was closed.
#[jsg::class]
struct Close {
    kind: &'static str,
    code: u32,
    was_clean: bool,
}

#[jsg::methods]
impl Close {
    #[jsg(instance_getter)]
    fn web_socket_event_type(&self) -> String {
        self.kind.to_owned()
    }

    #[jsg(instance_getter)]
    fn code(&self) -> u32 {
        self.code
    }

    #[jsg(instance_getter)]
    fn was_clean(&self) -> bool {
        self.was_clean
    }
}

/// The connection has failed.
#[jsg::class(name = "Error")]
struct Failure {
    kind: &'static str,
}

#[jsg::methods]
impl Failure {
    #[jsg(instance_getter)]
    fn web_socket_event_type(&self) -> String {
        self.kind.to_owned()
    }
}
