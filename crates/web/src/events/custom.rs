//! `CustomEvent` (DOM §2.4) and `ErrorEvent` (HTML §8.1.4.6).

use jsg::js::{Local, Value};
use jsg::{JsRef, Lock};

use super::event::{Event, Init};

/// An event with data of the guest's.
#[jsg::class(extends = Event)]
pub struct CustomEvent {
    detail: Option<JsRef<Value>>,
    parent: Event,
}

#[derive(jsg::Dictionary)]
struct CustomEventInit<'s> {
    bubbles: Option<bool>,
    cancelable: Option<bool>,
    composed: Option<bool>,
    detail: Option<Local<'s, Value>>,
}

#[jsg::methods]
impl CustomEvent {
    #[jsg(constructor, length = 1)]
    fn new<'s>(js: &mut Lock<'s, '_>, kind: String, init: CustomEventInit<'s>) -> Self {
        let event = Init::of(init.bubbles, init.cancelable, init.composed);
        Self {
            detail: init.detail.map(|detail| JsRef::new(js, detail)),
            parent: Event::by_guest(kind, event),
        }
    }

    #[jsg(prototype_getter)]
    fn detail<'s>(&self, js: &mut Lock<'s, '_>) -> Option<Local<'s, Value>> {
        self.detail.as_ref().map(|detail| detail.get(js))
    }
}

/// An exception that nobody caught.
#[jsg::class(extends = Event)]
pub struct ErrorEvent {
    filename: String,
    message: String,
    lineno: i32,
    colno: i32,
    error: Option<JsRef<Value>>,
    parent: Event,
}

#[derive(jsg::Dictionary)]
struct ErrorEventInit<'s> {
    bubbles: Option<bool>,
    cancelable: Option<bool>,
    composed: Option<bool>,
    message: Option<String>,
    filename: Option<String>,
    lineno: Option<i32>,
    colno: Option<i32>,
    error: Option<Local<'s, Value>>,
}

#[jsg::methods]
impl ErrorEvent {
    #[jsg(constructor, length = 1)]
    fn new<'s>(js: &mut Lock<'s, '_>, kind: String, init: ErrorEventInit<'s>) -> Self {
        let event = Init::of(init.bubbles, init.cancelable, init.composed);
        Self {
            filename: init.filename.unwrap_or_default(),
            message: init.message.unwrap_or_default(),
            lineno: init.lineno.unwrap_or(0),
            colno: init.colno.unwrap_or(0),
            error: init.error.map(|error| JsRef::new(js, error)),
            parent: Event::by_guest(kind, event),
        }
    }

    #[jsg(prototype_getter)]
    fn filename(&self) -> &str {
        &self.filename
    }

    #[jsg(prototype_getter)]
    fn message(&self) -> &str {
        &self.message
    }

    #[jsg(prototype_getter)]
    fn lineno(&self) -> i32 {
        self.lineno
    }

    #[jsg(prototype_getter)]
    fn colno(&self) -> i32 {
        self.colno
    }

    #[jsg(prototype_getter)]
    fn error<'s>(&self, js: &mut Lock<'s, '_>) -> Option<Local<'s, Value>> {
        self.error.as_ref().map(|error| error.get(js))
    }
}

/// Where an exception comes from.
pub(crate) struct Place {
    pub message: String,
    pub filename: String,
    pub lineno: i32,
    pub colno: i32,
}

impl ErrorEvent {
    /// The trusted `error` event about an exception.
    pub(crate) fn about<'s>(js: &Lock<'s, '_>, place: Place, error: Local<'s, Value>) -> Self {
        Self {
            error: Some(JsRef::new(js, error)),
            parent: Event::trusted("error"),
            filename: place.filename,
            message: place.message,
            lineno: place.lineno,
            colno: place.colno,
        }
    }

    /// A trusted `error` event that is not about a place in a script.
    pub fn plain<'s>(js: &Lock<'s, '_>, message: String, error: Local<'s, Value>) -> Self {
        let place = Place {
            message,
            filename: String::new(),
            lineno: 0,
            colno: 0,
        };
        Self::about(js, place, error)
    }
}
