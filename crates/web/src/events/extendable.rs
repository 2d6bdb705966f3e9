//! `ExtendableEvent` and `FetchEvent` (Service Workers §4.4 and §4.6).

use std::cell::RefCell;

use io::IoContext;
use jsg::js::{Local, Object, Promise, Value};
use jsg::{Error, Handle, JsRef, Lock, Result};

use super::Event;
use crate::argument::PromiseOf;
use crate::fetch::{Request, pass_through};

/// An event whose work may outlast its dispatch.
#[jsg::class(extends = Event)]
pub struct ExtendableEvent {
    parent: Event,
}

#[jsg::methods]
impl ExtendableEvent {
    #[jsg(method)]
    fn wait_until<'s>(&self, js: &mut Lock<'s, '_>, promise: PromiseOf<'s>) -> Result<()> {
        if !self.parent.is_trusted() {
            return Err(Error::dom(
                "InvalidStateError",
                "waitUntil() can only be called on trusted event.",
            ));
        }
        IoContext::current(js)?.wait_until(js, promise.0)
    }

    /// The Durable Object of the event, in service worker syntax.
    #[jsg(instance_getter)]
    fn actor_state<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        jsg::js::undefined(js).into()
    }
}

impl ExtendableEvent {
    /// A trusted event.
    pub fn trusted(kind: impl Into<String>) -> Self {
        Self {
            parent: Event::trusted(kind),
        }
    }
}

/// Where the answer to a fetch event stands.
enum Response {
    Awaited,
    Given(JsRef<Promise>),
    /// The dispatch is over: `respondWith()` comes too late.
    Taken,
}

impl jsg::Trace for Response {
    fn trace(&self, visitor: &mut jsg::Visitor) {
        if let Self::Given(promise) = self {
            promise.trace(visitor);
        }
    }
}

/// An HTTP request, in service worker syntax.
#[jsg::class(extends = ExtendableEvent)]
pub struct FetchEvent {
    request: JsRef<Object>,
    response: RefCell<Response>,
    parent: ExtendableEvent,
}

#[jsg::methods]
impl FetchEvent {
    #[jsg(instance_getter)]
    fn request<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Object> {
        self.request.get(js)
    }

    #[jsg(method)]
    fn respond_with<'s>(&self, js: &mut Lock<'s, '_>, promise: PromiseOf<'s>) -> Result<()> {
        let event = &self.parent.parent;
        event.prevent_default();
        let mut response = self.response.borrow_mut();
        let refusal = match &*response {
            Response::Awaited => {
                *response = Response::Given(JsRef::new(js, promise.0));
                event.stop();
                return Ok(());
            }
            Response::Given(_) => {
                "FetchEvent.respondWith() has already been called; it can only be called once."
            }
            Response::Taken => {
                "Too late to call FetchEvent.respondWith(). It must be called synchronously in the event handler."
            }
        };
        Err(Error::dom("InvalidStateError", refusal))
    }

    #[jsg(method)]
    fn pass_through_on_exception(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        IoContext::current(js)?;
        let request = self.request.get(js);
        match Handle::<Request>::from_value(js, request.into()) {
            Some(request) => pass_through::set(js, request),
            None => Ok(()),
        }
    }
}

impl FetchEvent {
    /// The trusted event about a `Request`.
    pub fn create<'s>(js: &mut Lock<'s, '_>, request: Local<'s, Object>) -> Handle<'s, Self> {
        let event = Self {
            request: JsRef::new(js, request),
            response: RefCell::new(Response::Awaited),
            parent: ExtendableEvent::trusted("fetch"),
        };
        Handle::new(js, event)
    }

    /// Ends the dispatch: the promise that was given to `respondWith()`, if it was called.
    pub fn take_response<'s>(&self, js: &Lock<'s, '_>) -> Option<Local<'s, Promise>> {
        let response = self.response.replace(Response::Taken);
        match response {
            Response::Given(promise) => Some(promise.get(js)),
            Response::Awaited | Response::Taken => None,
        }
    }
}
