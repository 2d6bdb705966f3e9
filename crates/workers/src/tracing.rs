//! `Tracing` and `Span`: the guest's own spans, for streaming tail Workers. Where nobody hears of them they only run
//! what they are given.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use io::trace::Exception;
use io::trace::stream::Value as SpanValue;
use io::{IoContext, IoOwn};
use jsg::async_context;
use jsg::class::Builder;
use jsg::convert::{Record, set_member};
use jsg::js::{Function, Local, Object, Promise, Value};
use jsg::{Class, Error, FromJs, Handle, Lock, Ref, Result, Untraced};

/// The longest name of a span, in bytes.
const MOST_NAME: usize = 64;

/// What a span may hold, in bytes.
const MOST_BYTES: usize = 64 * 1024;

/// A function that is called with a span.
struct Callback<'s>(Local<'s, Function>);

impl<'s> FromJs<'s> for Callback<'s> {
    fn type_name() -> Cow<'static, str> {
        "Function".into()
    }

    fn try_from_js(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        Ok(Local::<Function>::try_from(value).ok().map(Self))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_function()
    }
}

/// Where a frame has its active span.
struct Active;

/// What `tracing` is.
#[jsg::class]
pub struct Tracing {
    root: RefCell<Option<Ref<Span>>>,
}

impl Tracing {
    pub fn create<'s>(js: &mut Lock<'s, '_>) -> Local<'s, Object> {
        let root = RefCell::new(None);
        Handle::new(js, Self { root }).object()
    }
}

/// A new span inside of the active one.
fn start<'s>(js: &mut Lock<'s, '_>, mut name: String) -> Handle<'s, Span> {
    name.truncate(name.floor_char_boundary(MOST_NAME));
    let span = io::trace::Span::open(js, name);
    Span::create(js, span)
}

/// Calls with a new span and the rest of the arguments.
fn call_in_new<'s>(
    js: &mut Lock<'s, '_>,
    span: Handle<'s, Span>,
    callback: Callback<'s>,
    rest: Vec<Local<'s, Value>>,
) -> Result<Local<'s, Value>> {
    let arguments: Vec<_> = std::iter::once(span.object().into()).chain(rest).collect();
    Span::call_in(span, js, callback, &arguments)
}

/// Ends a span when a promise has settled, which becomes the result of the new promise.
fn ending<'s>(
    js: &mut Lock<'s, '_>,
    span: Rc<Recorded>,
    promise: Local<'s, Promise>,
) -> Result<Local<'s, Value>> {
    let failing = span.clone();
    let settled = jsg::promise::then(
        js,
        promise,
        move |_, value| {
            span.span.end();
            Ok(value)
        },
        move |js, reason| {
            failing.span.end();
            Err(Error::value(js, reason))
        },
    )?;
    Ok(settled.into())
}

#[jsg::methods]
impl Tracing {
    #[jsg(method)]
    fn enter_span<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        callback: Callback<'s>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<Local<'s, Value>> {
        let span = start(js, name);
        let recorded = span.get().recorded(js)?;
        let result = call_in_new(js, span, callback, rest);
        let Some(recorded) = recorded else {
            return result;
        };
        if let Ok(value) = result
            && let Ok(promise) = Local::<Promise>::try_from(value)
        {
            return ending(js, recorded, promise);
        }
        recorded.span.end();
        result
    }

    #[jsg(method)]
    fn start_active_span<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        callback: Callback<'s>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<Local<'s, Value>> {
        let span = start(js, name);
        call_in_new(js, span, callback, rest)
    }

    #[jsg(method)]
    fn start_span<'s>(&self, js: &mut Lock<'s, '_>, name: String) -> Handle<'s, Span> {
        start(js, name)
    }

    #[jsg(method)]
    fn get_active_span<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, Span> {
        let key = async_context::key_of::<Active>(js);
        let span = async_context::get(js, &key).and_then(|span| Handle::from_value(js, span));
        if let Some(span) = span {
            return span;
        }
        let root = io::trace::Span::root(js);
        if root.is_traced() {
            return Span::create(js, root);
        }
        if let Some(root) = &*self.root.borrow() {
            return root.get(js);
        }
        let root = Handle::new(js, Span { recorded: None });
        self.root.replace(Some(Ref::new(js, root)));
        root
    }

    #[jsg(method)]
    fn with_active_span<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        span: Handle<'s, Span>,
        callback: Callback<'s>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<Local<'s, Value>> {
        Span::call_in(span, js, callback, &rest)
    }

    #[jsg(define)]
    fn nested(builder: &mut Builder<'_, '_, '_>) {
        let span = jsg::class::function_template(builder.js(), Span::info());
        let name = jsg::intern(builder.js(), "Span");
        builder.prototype().set(name.into(), span.into());
    }
}

/// A span. Outside of events, and while nobody listens, nothing records it.
#[jsg::class]
pub struct Span {
    recorded: Option<Untraced<IoOwn<Recorded>>>, // of the event, not of the heap
}

/// A span that somebody hears of.
struct Recorded {
    span: io::trace::Span,
    /// What its attributes and exceptions take, in bytes.
    used: Cell<usize>,
}

impl Recorded {
    /// Whether there is room for so much more. A span that has once been too full takes nothing.
    fn takes(&self, kind: &str, name: &str, value: usize, all: usize) -> bool {
        let used = self.used.get() + all;
        let fits = used <= MOST_BYTES;
        self.used.set(used);
        if !fits {
            let cut = name.floor_char_boundary(64);
            let shown = if cut < name.len() {
                format!("\"{}...\" (key length {})", &name[..cut], name.len())
            } else {
                format!("\"{name}\"")
            };
            let message = format!(
                "exceeded span data limit while trying to record {kind} {shown} of size {value}"
            );
            self.span
                .set("cloudflare.warning.type", "span_data_limit_exceeded");
            self.span.set("cloudflare.warning.message", message);
        }
        fits
    }
}

impl Span {
    fn create<'s>(js: &mut Lock<'s, '_>, span: io::trace::Span) -> Handle<'s, Self> {
        let context = IoContext::try_current(js).filter(|_| span.is_traced());
        let recorded = context.map(|context| {
            let used = Cell::new(0);
            Untraced(context.own("Span", Recorded { span, used }))
        });
        Handle::new(js, Self { recorded })
    }

    fn recorded(&self, js: &Lock<'_, '_>) -> Result<Option<Rc<Recorded>>> {
        let Some(recorded) = &self.recorded else {
            return Ok(None);
        };
        let recorded = recorded.get(js)?;
        Ok(recorded.span.is_traced().then_some(recorded))
    }

    fn attribute<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        value: Option<Attribute>,
    ) -> Result<()> {
        let (Some(recorded), Some(Attribute(value))) = (self.recorded(js)?, value) else {
            return Ok(());
        };
        let size = match &value {
            SpanValue::Text(text) => text.len(),
            _ => 8,
        };
        if recorded.takes("attribute", &name, size, name.len() + size) {
            recorded.span.set(name, value);
        }
        Ok(())
    }

    /// Calls it with this span active for it and all that it starts.
    fn call_in<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        callback: Callback<'s>,
        arguments: &[Local<'s, Value>],
    ) -> Result<Local<'s, Value>> {
        let receiver = js.get_current_context().global(js).into();
        let recorded = this.get().recorded(js)?;
        let key = async_context::key_of::<Active>(js);
        async_context::with_value(js, &key, this.object().into(), |js| {
            let call = |js: &mut Lock<'s, '_>| {
                callback
                    .0
                    .call(js, receiver, arguments)
                    .ok_or(Error::Pending)
            };
            match &recorded {
                Some(recorded) => recorded.span.within(js, call),
                None => call(js),
            }
        })
    }
}

/// What an attribute may be; other values become strings.
struct Attribute(SpanValue);

impl<'s> FromJs<'s> for Attribute {
    fn type_name() -> Cow<'static, str> {
        "boolean or number or string".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        Ok(Some(Self(if value.is_boolean() {
            value.boolean_value(js).into()
        } else if value.is_number() || value.is_big_int() {
            f64::from_js(js, value)?.into()
        } else {
            String::from_js(js, value)?.into()
        })))
    }

    fn matches(_: &mut Lock<'s, '_>, _: Local<'s, Value>) -> bool {
        true
    }
}

#[jsg::methods]
impl Span {
    #[jsg(prototype_getter)]
    fn is_traced(&self, js: &mut Lock<'_, '_>) -> Result<bool> {
        Ok(self.recorded(js)?.is_some())
    }

    #[jsg(method)]
    fn span_context<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        let place = match &self.recorded {
            Some(recorded) => recorded.get(js)?.span.context(),
            None => None,
        };
        let (trace, span) = match place {
            Some(place) => (place.trace.to_string(), place.span.to_string()),
            None => ("0".repeat(32), "0".repeat(16)),
        };
        let context = Object::new(js);
        set_member(js, context, "traceId", trace)?;
        set_member(js, context, "spanId", span)?;
        set_member(js, context, "traceFlags", 0)?;
        Ok(context)
    }

    #[jsg(method)]
    fn set_attribute<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        name: String,
        value: Option<Attribute>,
    ) -> Result<Handle<'s, Self>> {
        this.get().attribute(js, name, value)?;
        Ok(this)
    }

    #[jsg(method)]
    fn set_attributes<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        attributes: Record<String, Option<Attribute>>,
    ) -> Result<Handle<'s, Self>> {
        for (name, value) in attributes.0 {
            this.get().attribute(js, name, value)?;
        }
        Ok(this)
    }

    #[jsg(method)]
    fn record_exception<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        exception: Local<'s, Value>,
    ) -> Result<()> {
        let Some(recorded) = self.recorded(js)? else {
            return Ok(());
        };
        let exception = describe(js, exception)?;
        let stack = exception.stack.as_ref().map_or(0, String::len);
        let size = exception.name.len() + exception.message.len() + stack;
        if recorded.takes("exception", &exception.name, size, size) {
            recorded.span.record(exception);
        }
        Ok(())
    }

    #[jsg(method)]
    fn update_name<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        mut name: String,
    ) -> Result<Handle<'s, Self>> {
        if let Some(recorded) = this.get().recorded(js)? {
            name.truncate(name.floor_char_boundary(MOST_NAME));
            recorded.span.rename(name);
        }
        Ok(this)
    }

    #[jsg(method)]
    fn set_status<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        status: TracingSpanStatus,
    ) -> Result<Handle<'s, Self>> {
        if !matches!(status.code.as_str(), "unset" | "ok" | "error") {
            return Err(Error::type_error(
                "Span status code must be 'unset', 'ok', or 'error'.",
            ));
        }
        if let Some(recorded) = this.get().recorded(js)? {
            let message = status.message.filter(|_| status.code == "error");
            recorded.span.judge(status.code, message);
        }
        Ok(this)
    }

    #[jsg(method)]
    fn end(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        if let Some(recorded) = self.recorded(js)? {
            recorded.span.end();
        }
        Ok(())
    }
}

/// What an exception tells: an object by its properties, anything else as its message.
fn describe<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) -> Result<Exception> {
    let mut described = Exception {
        timestamp: jsg::clock::now(),
        name: String::new(),
        message: String::new(),
        stack: None,
    };
    let Ok(object) = Local::<Object>::try_from(exception) else {
        described.message = String::from_js(js, exception)?;
        return Ok(described);
    };
    let read = |name: &str| -> Result<Option<String>> {
        let key = jsg::intern(js, name);
        let value = object.get(js, key.into()).ok_or(Error::Pending)?;
        Ok(value.is_string().then(|| value.to_rust_string_lossy(js)))
    };
    described.name = read("name")?.unwrap_or_default();
    described.message = read("message")?.unwrap_or_default();
    described.stack = read("stack")?;
    Ok(described)
}

#[derive(jsg::Dictionary)]
struct TracingSpanStatus {
    code: String,
    message: Option<String>,
}
