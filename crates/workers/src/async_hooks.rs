//! `AsyncLocalStorage` and `AsyncResource` of `node:async_hooks`, over async context frames.

use std::borrow::Cow;
use std::rc::Rc;

use io::IoContext;
use jsg::async_context::{self, Check, Key, Target};
use jsg::js::{Function, Local, Value};
use jsg::{Error, Flag, FromJs, Handle, JsRef, Lock, LockExt, Result, Untraced};

/// A function that is kept as it is.
struct AnyFunction<'s>(Local<'s, Function>);

impl<'s> FromJs<'s> for AnyFunction<'s> {
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

/// A frame may hold values that belong to the current event, so a function bound to it may run for
/// no other; one bound at global scope may run anywhere.
fn same_event(js: &Lock<'_, '_>) -> Option<Check> {
    if !js.flag(Flag::BindAsynclocalstorageSnapshotToRequest) {
        return None;
    }
    let id = IoContext::try_current(js)?.id();
    Some(Rc::new(move |js| match IoContext::try_current(js) {
        Some(context) if context.id() == id => Ok(()),
        _ => Err(Error::error(
            "Cannot call this AsyncLocalStorage bound function outside of the request in which it was created.",
        )),
    }))
}

fn global<'s>(js: &Lock<'s, '_>) -> Local<'s, Value> {
    js.get_current_context().global(js).into()
}

/// Binds to a frame.
fn bind<'s>(
    js: &mut Lock<'s, '_>,
    frame: Local<'s, Value>,
    function: Local<'s, Function>,
    this: Option<Local<'s, Value>>,
) -> Local<'s, Function> {
    let check = same_event(js);
    let this = this.unwrap_or_else(|| global(js));
    async_context::bind(js, frame, Target::Function(function, this), check)
}

#[derive(jsg::Dictionary)]
struct AsyncLocalStorageOptions<'s> {
    default_value: Option<Local<'s, Value>>,
    name: Option<String>,
}

/// A value that follows a callback through everything that it starts.
#[jsg::class]
pub struct AsyncLocalStorage {
    key: Key,
    default: Option<JsRef<Value>>,
    name: String,
}

impl Drop for AsyncLocalStorage {
    fn drop(&mut self) {
        self.key.retire();
    }
}

#[jsg::methods]
impl AsyncLocalStorage {
    #[jsg(constructor)]
    fn new<'s>(js: &mut Lock<'s, '_>, options: Option<AsyncLocalStorageOptions<'s>>) -> Self {
        let (default, name) =
            options.map_or((None, None), |given| (given.default_value, given.name));
        Self {
            key: Key::new(),
            default: default.map(|value| JsRef::new(js, value)),
            name: name.unwrap_or_default(),
        }
    }

    #[jsg(method)]
    fn run<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        store: Local<'s, Value>,
        callback: Local<'s, Function>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<Local<'s, Value>> {
        let receiver = global(js);
        async_context::with_value(js, &self.key, store, |js| {
            callback.call(js, receiver, &rest).ok_or(Error::Pending)
        })
    }

    #[jsg(method)]
    fn exit<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        callback: Local<'s, Function>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<Local<'s, Value>> {
        let nothing = jsg::js::undefined(js).into();
        self.run(js, nothing, callback, rest)
    }

    #[jsg(method)]
    fn get_store<'s>(&self, js: &mut Lock<'s, '_>) -> Option<Local<'s, Value>> {
        async_context::get(js, &self.key)
            .or_else(|| self.default.as_ref().map(|value| value.get(js)))
    }

    #[jsg(method)]
    fn enter_with<'s>(&self, _js: &mut Lock<'s, '_>, _store: Local<'s, Value>) -> Result<()> {
        Err(Error::error(
            "asyncLocalStorage.enterWith() is not implemented",
        ))
    }

    #[jsg(method)]
    fn disable(&self) -> Result<()> {
        Err(Error::error(
            "asyncLocalStorage.disable() is not implemented",
        ))
    }

    #[jsg(static_method)]
    fn bind<'s>(js: &mut Lock<'s, '_>, function: AnyFunction<'s>) -> Local<'s, Function> {
        let frame = async_context::current(js);
        bind(js, frame, function.0, None)
    }

    #[jsg(static_method)]
    fn snapshot<'s>(js: &mut Lock<'s, '_>) -> Local<'s, Function> {
        let frame = async_context::current(js);
        let check = same_event(js);
        async_context::bind(js, frame, Target::FirstArgument, check)
    }

    #[jsg(prototype_getter)]
    fn name(&self) -> String {
        self.name.clone()
    }
}

#[derive(jsg::Dictionary)]
#[jsg(name = "Options")]
struct AsyncResourceOptions<'s> {
    trigger_async_id: Option<Local<'s, Value>>,
}

/// The frame that was current when the object was made.
#[jsg::class]
pub struct AsyncResource {
    frame: JsRef<Value>,
    /// Captures no handle.
    check: Untraced<Option<Check>>,
}

impl AsyncResource {
    fn here(js: &Lock<'_, '_>) -> Self {
        let frame = async_context::current(js);
        Self {
            frame: JsRef::new(js, frame),
            check: Untraced(same_event(js)),
        }
    }

    fn bind_to<'s>(
        js: &mut Lock<'s, '_>,
        resource: Handle<'s, Self>,
        function: Local<'s, Function>,
        this: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Function>> {
        let frame = resource.frame.get(js);
        let bound = bind(js, frame, function, this);
        let key = jsg::intern(js, "asyncResource");
        bound
            .set(js, key.into(), resource.object().into())
            .ok_or(Error::Pending)?;
        Ok(bound)
    }
}

#[jsg::methods]
impl AsyncResource {
    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        _kind: Option<String>,
        options: Option<AsyncResourceOptions<'s>>,
    ) -> Result<Self> {
        if options.is_some_and(|options| options.trigger_async_id.is_some()) {
            return Err(Error::error(
                "The 'triggerAsyncId' field on 'Options' is not implemented.",
            ));
        }
        Ok(Self::here(js))
    }

    #[jsg(static_method, name = "bind")]
    fn bind_here<'s>(
        js: &mut Lock<'s, '_>,
        function: AnyFunction<'s>,
        _kind: Option<String>,
        this_argument: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Function>> {
        let resource = Self::here(js);
        let resource = Handle::new(js, resource);
        Self::bind_to(js, resource, function.0, this_argument)
    }

    /// Resources have no numbers here.
    #[jsg(method)]
    fn async_id(&self) -> i32 {
        0
    }

    #[jsg(method)]
    fn trigger_async_id(&self) -> i32 {
        0
    }

    #[jsg(method)]
    fn bind<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        function: AnyFunction<'s>,
        this_argument: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Function>> {
        Self::bind_to(js, this, function.0, this_argument)
    }

    #[jsg(method)]
    fn run_in_async_scope<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        callback: Local<'s, Function>,
        this_argument: Option<Local<'s, Value>>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<Local<'s, Value>> {
        if let Some(check) = &self.check.0 {
            check(js)?;
        }
        let receiver = this_argument.unwrap_or_else(|| global(js));
        let frame = self.frame.get(js);
        async_context::enter(js, frame, |js| {
            callback.call(js, receiver, &rest).ok_or(Error::Pending)
        })
    }

    /// Nothing observes a resource's life.
    #[jsg(method)]
    fn emit_destroy(&self) {}
}
