//! `Tracing` and `Span`: the guest's own spans. Nothing records them here, so they only run what they
//! are given.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use jsg::async_context::{self, Key};
use jsg::class::Builder;
use jsg::convert::Record;
use jsg::js::{Function, Integer, Local, Object, Value};
use jsg::{Class, Error, FromJs, Handle, Lock, LockExt, Ref, Result};

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

impl<'s> Callback<'s> {
    /// Calls it with `span` active for it and all that it starts.
    fn call_in(
        self,
        js: &mut Lock<'s, '_>,
        span: Handle<'s, Span>,
        arguments: &[Local<'s, Value>],
    ) -> Result<Local<'s, Value>> {
        let receiver = js.get_current_context().global(js).into();
        let key = active(js);
        async_context::with_value(js, &key.0, span.object().into(), |js| {
            self.0.call(js, receiver, arguments).ok_or(Error::Pending)
        })
    }

    fn call_in_new(
        self,
        js: &mut Lock<'s, '_>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<Local<'s, Value>> {
        let span = Handle::new(js, Span {});
        let arguments: Vec<_> = std::iter::once(span.object().into()).chain(rest).collect();
        self.call_in(js, span, &arguments)
    }
}

/// Where a frame has its active span.
struct Active(Key);

fn active(js: &Lock<'_, '_>) -> Rc<Active> {
    js.extension::<Active>().unwrap_or_else(|| {
        let key = Rc::new(Active(Key::new()));
        js.set_extension(key.clone());
        key
    })
}

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

#[jsg::methods]
impl Tracing {
    #[jsg(method)]
    fn enter_span<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        _name: String,
        callback: Callback<'s>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<Local<'s, Value>> {
        callback.call_in_new(js, rest)
    }

    #[jsg(method)]
    fn start_active_span<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        _name: String,
        callback: Callback<'s>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<Local<'s, Value>> {
        callback.call_in_new(js, rest)
    }

    #[jsg(method)]
    fn start_span<'s>(&self, js: &mut Lock<'s, '_>, _name: String) -> Handle<'s, Span> {
        Handle::new(js, Span {})
    }

    #[jsg(method)]
    fn get_active_span<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, Span> {
        let key = active(js);
        let span = async_context::get(js, &key.0).and_then(|span| Handle::from_value(js, span));
        if let Some(span) = span {
            return span;
        }
        if let Some(root) = &*self.root.borrow() {
            return root.get(js);
        }
        let root = Handle::new(js, Span {});
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
        callback.call_in(js, span, &rest)
    }

    #[jsg(define)]
    fn nested(builder: &mut Builder<'_, '_, '_>) {
        let span = jsg::class::function_template(builder.js(), Span::info());
        let name = jsg::intern(builder.js(), "Span");
        builder.prototype().set(name.into(), span.into());
    }
}

/// A span that nobody records.
#[jsg::class]
pub struct Span {}

#[jsg::methods]
impl Span {
    #[jsg(prototype_getter)]
    fn is_traced(&self) -> bool {
        false
    }

    #[jsg(method)]
    fn span_context<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Object> {
        let context = Object::new(js);
        let trace_id = jsg::string(js, &"0".repeat(32)).into();
        let span_id = jsg::string(js, &"0".repeat(16)).into();
        let flags = Integer::new(js, 0).into();
        for (name, value) in [
            ("traceId", trace_id),
            ("spanId", span_id),
            ("traceFlags", flags),
        ] {
            let key = jsg::intern(js, name);
            context.create_data_property(js, key.into(), value);
        }
        context
    }

    #[jsg(method)]
    fn set_attribute<'s>(
        this: Handle<'s, Self>,
        _name: String,
        _value: Option<Local<'s, Value>>,
    ) -> Handle<'s, Self> {
        this
    }

    #[jsg(method)]
    fn set_attributes<'s>(
        this: Handle<'s, Self>,
        _attributes: Record<String, Local<'s, Value>>,
    ) -> Handle<'s, Self> {
        this
    }

    #[jsg(method)]
    fn record_exception<'s>(&self, _js: &mut Lock<'s, '_>, _exception: Local<'s, Value>) {}

    #[jsg(method)]
    fn update_name<'s>(this: Handle<'s, Self>, _name: String) -> Handle<'s, Self> {
        this
    }

    #[jsg(method)]
    fn set_status<'s>(
        this: Handle<'s, Self>,
        status: TracingSpanStatus,
    ) -> Result<Handle<'s, Self>> {
        match status.code.as_str() {
            "unset" | "ok" | "error" => Ok(this),
            _ => Err(Error::type_error(
                "Span status code must be 'unset', 'ok', or 'error'.",
            )),
        }
    }

    #[jsg(method)]
    fn end(&self) {}
}

#[derive(jsg::Dictionary)]
struct TracingSpanStatus {
    code: String,
}
