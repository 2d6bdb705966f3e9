//! `EventSource` (HTML §9.2), with what Workers add: `EventSource.from(stream)` and the option `fetcher`.
//!
//! | module | what |
//! |---|---|
//! | `parser` | bytes to messages |
//! | `connection` | the request, the stream, and the wait before the next attempt |
//!
//! An `EventSource` lives as long as its event; it does not keep the event going.

mod connection;
pub mod parser;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use io::{IoContext, Owner, TimerId};
use jsg::js::{Local, Value};
use jsg::{Error, Flag, FromJs, Handle, JsRef, Lock, LockExt, Nullable, Ref, Result};

use crate::abort::{AbortController, AbortSignal, Origin};
use crate::events::{ErrorEvent, Event, EventTarget, MessageEvent, MessageOrigin};
use crate::fetch::Fetcher;
use crate::streams::ReadableStream;
use parser::Message;

const CONNECTING: u8 = 0;
const OPEN: u8 = 1;
const CLOSED: u8 = 2;

/// How long to wait before the next attempt, unless the stream says.
const RECONNECTION_TIME: Duration = Duration::from_secs(2);

/// Where the log says that failures come from.
const UNCAUGHT: &str = "Uncaught (async)";

const NO_EVENT: &str = "An EventSource can only be created within the context of a worker request.";

/// See the module.
#[jsg::class(extends = EventTarget)]
pub struct EventSource {
    /// None for one that was made from a stream. A redirect changes it.
    url: RefCell<Option<String>>,
    fetcher: Option<Ref<Fetcher>>,
    state: Cell<u8>,
    owner: jsg::Untraced<Owner>, // a number
    /// Aborts what goes on.
    controller: RefCell<Ref<AbortController>>,
    last_event_id: RefCell<Rc<str>>,
    reconnection_time: jsg::Untraced<Cell<Duration>>, // a number
    /// The timer of the next attempt.
    attempt: jsg::Untraced<Cell<Option<TimerId>>>, // a number
    /// A response without a body has come: the second one is the last.
    had_no_body: Cell<bool>,
    on_open: Handler,
    on_message: Handler,
    on_error: Handler,
    parent: EventTarget,
}

/// An event handler, which the target finds as a property.
type Handler = RefCell<Option<JsRef<Value>>>;

/// The event `open`.
#[jsg::class(extends = Event)]
pub struct OpenEvent {
    parent: Event,
}

#[jsg::methods]
impl OpenEvent {}

#[derive(jsg::Dictionary, Default)]
struct EventSourceInit<'s> {
    with_credentials: Option<bool>,
    fetcher: Option<Handle<'s, Fetcher>>,
}

/// The argument of `from()`.
struct Readable<'s>(Handle<'s, ReadableStream>);

impl<'s> FromJs<'s> for Readable<'s> {
    fn type_name() -> Cow<'static, str> {
        "JsReadableStream".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        Ok(Handle::from_value(js, value).map(Self))
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        Handle::<ReadableStream>::from_value(js, value).is_some()
    }
}

#[jsg::methods]
impl EventSource {
    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        call: &jsg::Call<'s>,
        url: String,
        init: Option<EventSourceInit<'s>>,
    ) -> Result<Handle<'s, Self>> {
        if IoContext::try_current(js).is_none() {
            return Err(Error::dom("NotSupportedError", NO_EVENT));
        }
        let init = init.unwrap_or_default();
        if init.with_credentials == Some(true) {
            return Err(Error::dom(
                "NotSupportedError",
                "The init.withCredentials option is not supported. It must be false or undefined.",
            ));
        }
        let Some(parsed) = crate::url::href(&url, None) else {
            let text = format!("Cannot open an EventSource to '{url}'. The URL is invalid.");
            return Err(Error::dom("SyntaxError", text));
        };
        let this = Self::create(js, Some(parsed), init.fetcher);
        let this = call.attach(js, this);
        connection::start(js, this);
        Ok(this)
    }

    #[jsg(method)]
    fn close(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        if self.state.get() == CLOSED {
            return Ok(());
        }
        self.owner.check(js, "")?;
        self.state.set(CLOSED);
        if let (Some(timer), Some(context)) = (self.attempt.take(), IoContext::try_current(js)) {
            context.clear_timer(timer);
        }
        let signal = self.signal(js);
        AbortSignal::trigger(js, signal, None)
    }

    #[jsg(prototype_getter)]
    fn url(&self) -> String {
        self.url.borrow().clone().unwrap_or_default()
    }

    #[jsg(prototype_getter)]
    fn with_credentials(&self) -> bool {
        false
    }

    #[jsg(prototype_getter)]
    fn ready_state(&self) -> u8 {
        self.state.get()
    }

    #[jsg(prototype_getter)]
    fn onopen<'s>(&self, js: &mut Lock<'s, '_>) -> Nullable<Local<'s, Value>> {
        handler(js, &self.on_open)
    }

    #[jsg(setter)]
    fn set_onopen<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        set_handler(js, &self.on_open, value);
    }

    #[jsg(prototype_getter)]
    fn onmessage<'s>(&self, js: &mut Lock<'s, '_>) -> Nullable<Local<'s, Value>> {
        handler(js, &self.on_message)
    }

    #[jsg(setter)]
    fn set_onmessage<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        set_handler(js, &self.on_message, value);
    }

    #[jsg(prototype_getter)]
    fn onerror<'s>(&self, js: &mut Lock<'s, '_>) -> Nullable<Local<'s, Value>> {
        handler(js, &self.on_error)
    }

    #[jsg(setter)]
    fn set_onerror<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        set_handler(js, &self.on_error, value);
    }

    #[jsg(define)]
    fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.constant("CONNECTING", f64::from(CONNECTING));
        builder.constant("OPEN", f64::from(OPEN));
        builder.constant("CLOSED", f64::from(CLOSED));
    }

    #[jsg(static_method)]
    fn from<'s>(js: &mut Lock<'s, '_>, stream: Readable<'s>) -> Result<Handle<'s, Self>> {
        if IoContext::try_current(js).is_none() {
            return Err(Error::dom("NotSupportedError", NO_EVENT));
        }
        let Readable(stream) = stream;
        if stream.is_locked() {
            return Err(Error::type_error("This ReadableStream is locked."));
        }
        if stream.is_disturbed() {
            return Err(Error::type_error(
                "This ReadableStream has already been read from.",
            ));
        }
        let this = Self::create(js, None, None);
        let this = Handle::new(js, this);
        connection::open_stream(js, this, stream)?;
        Ok(this)
    }

    #[jsg(dispose)]
    fn dispose(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        self.close(js)
    }
}

fn handler<'s>(js: &Lock<'s, '_>, slot: &Handler) -> Nullable<Local<'s, Value>> {
    Nullable(slot.borrow().as_ref().map(|handler| handler.get(js)))
}

fn set_handler<'s>(js: &Lock<'s, '_>, slot: &Handler, value: Local<'s, Value>) {
    slot.replace(value.is_object().then(|| JsRef::new(js, value)));
}

impl EventSource {
    fn create<'s>(
        js: &mut Lock<'s, '_>,
        url: Option<String>,
        fetcher: Option<Handle<'s, Fetcher>>,
    ) -> Self {
        Self {
            url: RefCell::new(url),
            fetcher: fetcher.map(|fetcher| Ref::new(js, fetcher)),
            state: Cell::new(CONNECTING),
            owner: jsg::Untraced(Owner::current(js)),
            controller: RefCell::new(controller(js)),
            last_event_id: RefCell::default(),
            reconnection_time: jsg::Untraced(Cell::new(RECONNECTION_TIME)),
            attempt: jsg::Untraced(Cell::new(None)),
            had_no_body: Cell::new(false),
            on_open: RefCell::default(),
            on_message: RefCell::default(),
            on_error: RefCell::default(),
            parent: EventTarget::default(),
        }
    }

    fn is_closed(&self) -> bool {
        self.state.get() == CLOSED
    }

    fn signal<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, AbortSignal> {
        let controller = self.controller.borrow().get(js);
        controller.signal(js)
    }

    /// Before another attempt: nothing is aborted yet.
    fn renew(&self, js: &mut Lock<'_, '_>) {
        self.state.set(CONNECTING);
        let controller = controller(js);
        self.controller.replace(controller);
    }

    fn dispatch<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        event: Handle<'s, Event>,
    ) -> Result<()> {
        let target = this.upcast::<EventTarget>(js);
        EventTarget::fire(js, target, event).map(|_| ())
    }

    fn notify_open<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<()> {
        if this.is_closed() {
            return Ok(());
        }
        this.state.set(OPEN);
        let event = OpenEvent {
            parent: Event::trusted("open"),
        };
        let event = Handle::new(js, event).upcast::<Event>(js);
        Self::dispatch(js, this, event)
    }

    /// Dispatches messages; one whose listener throws is the last.
    fn notify_messages<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, messages: Vec<Message>) {
        if this.is_closed() {
            return;
        }
        let origin = {
            let url = this.url.borrow();
            let parsed = url
                .as_ref()
                .and_then(|url| ada_url::Url::parse(url, None).ok());
            parsed.map(|url| url.origin())
        };
        let dispatched = jsg::promise::try_catch(js, |js| {
            for message in messages {
                let data = jsg::string(js, &message.data).into();
                let kind = message.event.unwrap_or_else(|| "message".to_owned());
                let about = MessageOrigin {
                    origin: origin.clone(),
                    last_event_id: message.last_event_id,
                };
                let event = MessageEvent::trusted(js, kind, data, about);
                let event = Handle::new(js, event).upcast::<Event>(js);
                Self::dispatch(js, this, event)?;
            }
            Ok(())
        });
        if let Err(exception) = dispatched {
            Self::end(js, this, exception, CLOSED);
            // The flag has what listeners throw reported already.
            if !js.flag(Flag::SpecCompliantDispatchExceptions) {
                io::context::report_uncaught(js, UNCAUGHT, exception);
            }
        }
    }

    /// Ends what goes on and logs why: the state is `then` when the event `error` is dispatched.
    fn fail<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        exception: Local<'s, Value>,
        then: u8,
    ) {
        if !this.is_closed() {
            Self::end(js, this, exception, then);
            io::context::report_uncaught(js, UNCAUGHT, exception);
        }
    }

    fn end<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        exception: Local<'s, Value>,
        then: u8,
    ) {
        let signal = this.signal(js);
        let failed = jsg::promise::try_catch(js, |js| {
            AbortSignal::trigger(js, signal, Some(exception))?;
            this.state.set(then);
            let event = ErrorEvent::plain(js, String::new(), exception);
            let event = Handle::new(js, event).upcast::<Event>(js);
            Self::dispatch(js, this, event)
        });
        if let Err(second) = failed {
            crate::report::report_exception(js, second);
        }
    }
}

fn controller(js: &mut Lock<'_, '_>) -> Ref<AbortController> {
    let controller = AbortController::new(js, Origin::Guest);
    let controller = Handle::new(js, controller);
    Ref::new(js, controller)
}
