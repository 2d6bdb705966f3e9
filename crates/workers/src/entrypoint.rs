//! The classes that a Worker's exported classes extend, and the natives of `cloudflare:workers` that
//! act on the current event.

use std::borrow::Cow;

use io::IoContext;
use jsg::class::{Builder, constructor};
use jsg::js::{Function, Local, Object, Value};
use jsg::{Call, Class, Condemned, Error, FromJs, Handle, Lock, LockExt, Result};
use web::argument::PromiseOf;
use web::execution_context::ExecutionContext;

/// Puts `ctx` and `env` on the object under construction, as own properties.
fn assign<'s>(
    js: &mut Lock<'s, '_>,
    call: &Call<'s>,
    ctx: Local<'s, Object>,
    env: Local<'s, Object>,
) -> Result<()> {
    for (name, value) in [("ctx", ctx), ("env", env)] {
        let key = jsg::intern(js, name);
        call.this()
            .set(js, key.into(), value.into())
            .ok_or(Error::Pending)?;
    }
    Ok(())
}

/// The base of classes that serve requests and calls, one instance an event.
#[jsg::class]
pub struct WorkerEntrypoint {}

#[jsg::methods]
impl WorkerEntrypoint {
    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
        ctx: Local<'s, Object>,
        env: Local<'s, Object>,
    ) -> Result<Self> {
        assign(js, call, ctx, env)?;
        Ok(Self {})
    }
}

/// The base of Durable Object classes.
#[jsg::class(name = "DurableObjectBase")]
pub struct DurableObject {}

#[jsg::methods]
impl DurableObject {
    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
        ctx: ObjectState<'s>,
        env: Local<'s, Object>,
    ) -> Result<Self> {
        assign(js, call, ctx.0, env)?;
        Ok(Self {})
    }

    #[jsg(define)]
    fn rename(builder: &mut Builder<'_, '_, '_>) {
        rename(builder, "DurableObject");
    }
}

/// The base of Workflow classes.
#[jsg::class]
pub struct WorkflowEntrypoint {}

#[jsg::methods]
impl WorkflowEntrypoint {
    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
        ctx: Handle<'s, ExecutionContext>,
        env: Local<'s, Object>,
    ) -> Result<Self> {
        assign(js, call, ctx.object(), env)?;
        Ok(Self {})
    }
}

/// Gives a class's constructor a name of its own; `@@toStringTag` and errors keep the class's.
pub(crate) fn rename(builder: &mut Builder<'_, '_, '_>, name: &'static str) {
    let name = jsg::intern(builder.js(), name);
    builder.function().set_class_name(name);
}

/// A `DurableObjectState`, known by its class's name: the class itself belongs to the actors.
struct ObjectState<'s>(Local<'s, Object>);

impl<'s> FromJs<'s> for ObjectState<'s> {
    fn type_name() -> Cow<'static, str> {
        "DurableObjectState".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        let Ok(object) = Local::<Object>::try_from(value) else {
            return Ok(None);
        };
        let class = jsg::class::wrap::class_of(js, object);
        Ok(class
            .is_some_and(|class| class.name == "DurableObjectState")
            .then_some(Self(object)))
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        matches!(Self::try_from_js(js, value), Ok(Some(_)))
    }
}

/// What an exported class is an entry point for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntrypointKind {
    /// Extends `WorkerEntrypoint`.
    Worker,
    /// Extends `DurableObject`.
    Actor,
    /// Extends none of the three: a Durable Object class as they once were, without calls.
    PlainActor,
    /// Extends `WorkflowEntrypoint`.
    Workflow,
}

/// What kind an exported function is of: the first of the base classes on its prototype chain.
pub fn entrypoint_kind<'s>(js: &mut Lock<'s, '_>, class: Local<'s, Function>) -> EntrypointKind {
    let bases = [
        (DurableObject::info(), EntrypointKind::Actor),
        (WorkerEntrypoint::info(), EntrypointKind::Worker),
        (WorkflowEntrypoint::info(), EntrypointKind::Workflow),
    ]
    .map(|(info, kind)| (Local::<Value>::from(constructor(js, info)), kind));
    let mut link: Local<'s, Value> = class.into();
    while let Ok(object) = Local::<Object>::try_from(link) {
        if let Some((_, kind)) = bases.iter().find(|(base, _)| base.strict_equals(link)) {
            return *kind;
        }
        let Some(next) = object.get_prototype(js) else {
            break;
        };
        link = next;
    }
    EntrypointKind::PlainActor
}

/// What is called with the reason of `abortIsolate()`.
type AbortIsolateHook = dyn Fn(Option<&str>);

/// Hears, with the reason, that guest code ends its isolate. An extension of the isolate.
pub struct OnAbortIsolate(pub Box<AbortIsolateHook>);

/// The natives of `cloudflare:workers` that act on the current event.
#[jsg::class]
pub(crate) struct EntrypointsModule {}

#[jsg::methods]
impl EntrypointsModule {
    #[jsg(method)]
    fn wait_until<'s>(&self, js: &mut Lock<'s, '_>, promise: PromiseOf<'s>) -> Result<()> {
        IoContext::current(js)?.wait_until(js, promise.0)
    }

    /// Nothing outside of Cloudflare's network has one.
    #[jsg(method)]
    fn get_ctx_cache(&self) {}

    /// Ends the isolate with all its events; the next event gets a new one. The real workerd ends its process with it,
    /// and so all other Workers.
    #[jsg(method)]
    fn abort_isolate(&self, js: &mut Lock<'_, '_>, reason: Option<String>) -> Result<()> {
        if let Some(told) = js.extension::<OnAbortIsolate>() {
            told.0(reason.as_deref());
        }
        js.condemn(Condemned::Guest);
        js.terminate_execution();
        Err(Error::Pending)
    }
}
