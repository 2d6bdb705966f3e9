//! Spans: what an event spends its time on, for streaming tail Workers.
//!
//! Nobody listens to most events: a span then holds nothing and costs a look at the event.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use jsg::Lock;
use jsg::async_context;
use jsg::js::{BigInt, Local};

use super::Exception;
use super::Tracer;
use super::ids::{SpanContext, SpanId};
use super::stream::{Attribute, StreamEvent, Value};
use crate::IoContext;

/// A span that ends when it is dropped.
#[derive(Default)]
pub struct Span(Option<Traced>);

struct Traced {
    tracer: Rc<Tracer>,
    id: SpanId,
    attributes: RefCell<Vec<Attribute>>,
    has_ended: Cell<bool>,
    /// The event's own span: it ends with the event.
    is_root: bool,
}

impl Span {
    /// Opens a span inside of the one that the guest is in.
    pub fn open(js: &mut Lock<'_, '_>, name: impl Into<Cow<'static, str>>) -> Self {
        let Some(tracer) = streaming(js) else {
            return Self::default();
        };
        let parent = guest_span(js, &tracer);
        Self::new(tracer, parent, name.into())
    }

    /// Opens a span inside of that of the whole event. The guest is in it from now on.
    pub fn around(tracer: &Rc<Tracer>, name: impl Into<Cow<'static, str>>) -> Self {
        let span = Self::new(tracer.clone(), None, name.into());
        if let Some(traced) = &span.0 {
            tracer.set_guest_span(traced.id);
        }
        span
    }

    /// Opens a span inside of another one of the event, by default that of the whole event.
    pub fn inside(
        tracer: &Rc<Tracer>,
        parent: Option<SpanId>,
        name: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(tracer.clone(), parent, name.into())
    }

    /// Opens a span inside of that of the call that `origin` is of. None is inside of the one that the guest is in.
    pub fn open_from(
        js: &mut Lock<'_, '_>,
        origin: Option<&Origin>,
        name: impl Into<Cow<'static, str>>,
    ) -> Self {
        let Some(origin) = origin else {
            return Self::open(js, name);
        };
        match streaming(js) {
            Some(tracer) => Self::new(tracer, Some(origin.span), name.into()),
            None => Self::default(),
        }
    }

    /// Opens a span inside of this one.
    pub fn child(&self, name: impl Into<Cow<'static, str>>) -> Self {
        match &self.0 {
            Some(traced) => Self::new(traced.tracer.clone(), Some(traced.id), name.into()),
            None => Self::default(),
        }
    }

    fn new(tracer: Rc<Tracer>, parent: Option<SpanId>, name: Cow<'static, str>) -> Self {
        let Some(id) = tracer.open_span(parent, name) else {
            return Self::default();
        };
        Self(Some(Traced {
            tracer,
            id,
            attributes: RefCell::default(),
            has_ended: Cell::new(false),
            is_root: false,
        }))
    }

    /// The span of the whole event.
    pub fn root(js: &Lock<'_, '_>) -> Self {
        let Some(tracer) = streaming(js) else {
            return Self::default();
        };
        let Some(root) = tracer.root() else {
            return Self::default();
        };
        Self(Some(Traced {
            tracer,
            id: root.span,
            attributes: RefCell::default(),
            has_ended: Cell::new(false),
            is_root: true,
        }))
    }

    fn traced(&self) -> Option<&Traced> {
        self.0.as_ref().filter(|span| !span.has_ended.get())
    }

    /// Whether somebody listens, and the span has not ended.
    pub fn is_traced(&self) -> bool {
        self.traced().is_some_and(|span| span.tracer.is_streaming())
    }

    /// Tells something of the span; the last value counts.
    pub fn set(&self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let Some(traced) = self.traced() else {
            return;
        };
        let (name, value) = (name.into(), value.into());
        if traced.is_root {
            let size = name.len() + value.size();
            let event = StreamEvent::Attributes(vec![Attribute { name, value }]);
            return traced.tracer.span_event(traced.id, event, size);
        }
        let mut attributes = traced.attributes.borrow_mut();
        match attributes.iter_mut().find(|known| known.name == name) {
            Some(known) => known.value = value,
            None => attributes.push(Attribute { name, value }),
        }
    }

    /// Gives the span another name.
    pub fn rename(&self, name: String) {
        if let Some(traced) = self.traced() {
            let size = name.len();
            let event = StreamEvent::SpanName(name);
            traced.tracer.span_event(traced.id, event, size);
        }
    }

    /// Judges what the span stands for.
    pub fn judge(&self, code: String, message: Option<String>) {
        if let Some(traced) = self.traced() {
            let size = message.as_ref().map_or(0, String::len);
            let event = StreamEvent::SpanStatus { code, message };
            traced.tracer.span_event(traced.id, event, size);
        }
    }

    /// Adds an exception to the span.
    pub fn record(&self, exception: Exception) {
        if let Some(traced) = self.traced() {
            let size = exception.size();
            let event = StreamEvent::Exception(exception);
            traced.tracer.span_event(traced.id, event, size);
        }
    }

    /// What is called on what a call with this span gives comes from here.
    pub fn origin(&self, session: Option<Rc<Session>>) -> Option<Origin> {
        let span = self.0.as_ref()?.id;
        Some(Origin { span, session })
    }

    /// The place in the trace, for those who are called.
    pub fn context(&self) -> Option<SpanContext> {
        let traced = self.0.as_ref()?;
        traced.tracer.place(traced.id)
    }

    /// Ends the span now.
    pub fn end(&self) {
        if let Some(traced) = &self.0
            && !traced.is_root
            && !traced.has_ended.replace(true)
        {
            let attributes = traced.attributes.take();
            traced.tracer.close_span(traced.id, attributes);
        }
    }

    /// Runs `body` such that spans that it, and what it starts, opens are inside of this one.
    pub fn within<'s, 'i, R>(
        &self,
        js: &mut Lock<'s, 'i>,
        body: impl FnOnce(&mut Lock<'s, 'i>) -> R,
    ) -> R {
        let (Some(traced), Some(context)) = (&self.0, IoContext::try_current(js)) else {
            return body(js);
        };
        let words = [traced.id.number(), context.id()];
        let Some(value) = BigInt::new_from_words(js, false, &words) else {
            return body(js);
        };
        let key = async_context::key_of::<Active>(js);
        async_context::with_value(js, &key, value.into(), body)
    }
}

/// The spans of a session of remote calls. They end with it: when nothing that it has given can be called any more.
pub struct Session {
    // Ends before what is around it.
    pub own: Span,
    pub around: Option<Span>,
}

/// The call that something to call has come with.
#[derive(Clone)]
pub struct Origin {
    span: SpanId,
    /// Lasts as long as anything of it can be called.
    session: Option<Rc<Session>>,
}

impl Origin {
    pub fn session(&self) -> Option<Rc<Session>> {
        self.session.clone()
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        self.end();
    }
}

/// The span that the guest is in, if it is in any but that of the whole event and somebody listens.
pub fn current(js: &mut Lock<'_, '_>) -> Option<SpanId> {
    let tracer = streaming(js)?;
    guest_span(js, &tracer)
}

/// The tracer of the current event, if somebody listens to its spans.
fn streaming(js: &Lock<'_, '_>) -> Option<Rc<Tracer>> {
    let traced = IoContext::with_current(|context| context.is_some_and(IoContext::is_traced));
    if !traced {
        return None;
    }
    let tracer = IoContext::try_current(js)?.tracer()?;
    tracer.is_streaming().then_some(tracer)
}

/// Where a frame has its span: a number with that of the event in its upper half, since frames may outlive events.
struct Active;

fn guest_span(js: &mut Lock<'_, '_>, tracer: &Tracer) -> Option<SpanId> {
    let key = async_context::key_of::<Active>(js);
    let entered = async_context::get(js, &key)
        .and_then(|value| Local::<BigInt>::try_from(value).ok())
        .and_then(|value| {
            let mut words = [0; 2];
            value.to_words_array(&mut words);
            let [span, event] = words;
            (event == IoContext::try_current(js)?.id()).then(|| SpanId::numbered(span))
        });
    entered.or_else(|| tracer.guest_span())
}

thread_local! {
    static CALLER: Cell<Option<SpanContext>> = const { Cell::new(None) };
}

/// Calls a channel on behalf of `span`. What is called asks for [`caller`] before it returns.
pub fn calling<R>(span: &Span, call: impl FnOnce() -> R) -> R {
    let before = CALLER.replace(span.context());
    let result = call();
    CALLER.set(before);
    result
}

/// As [`calling`], for what [`caller`] was before.
pub fn calling_as<R>(caller: Option<SpanContext>, call: impl FnOnce() -> R) -> R {
    let before = CALLER.replace(caller);
    let result = call();
    CALLER.set(before);
    result
}

/// See [`calling`].
pub fn caller() -> Option<SpanContext> {
    CALLER.get()
}
