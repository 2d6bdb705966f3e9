//! `ctx.restore()`: what the entry point's own `[restore]()` gives, as a reference that can be stored. Whoever reads it
//! has `[restore]()` called again, with the same parameters.

use std::rc::Rc;

use io::IoContext;
use io::restored::{Recipe, RestoredService, RestoredStub, Vendor};
use io::rpc::{External, Message, Restore, Return};
use io::token::{Kind, Tokens};
use jsg::js::{Function, Local, Object, Promise, Symbol, Value};
use jsg::{Error, Flag, Handle, Lock, LockExt, Result};
use web::fetch::Fetcher;

use crate::carried;
use crate::rpc::local::LocalTarget;
use crate::rpc::{Receivable, RpcStub, receivable};

const NO_METHOD: &str =
    "The WorkerEntrypoint or DurableObject class does not implement a [restore]() method.";
const NOT_RESTORABLE: &str = "The [restore]() method must return a ServiceStub or RpcStub.";
const NOT_A_SERVICE: &str = "The [restore]() method originally returned a ServiceStub, but on replay it returned an \
    RpcStub instead. It must always return the same type.";
const NOT_A_STUB: &str = "The [restore]() method originally returned an RpcStub, but on replay it returned a \
    ServiceStub instead. It must always return the same type.";
const NO_SELF: &str = "ctx.restore() cannot be used in this context because the system does not know how to restore \
    this context itself, in order to be able to invoke its [restore]() method. This may happen if the current worker is \
    a Dynamic Worker or a Durable Object Facet (or both), and the immediate caller did not specify how to restore it. To \
    fix this, ensure that the caller of this Worker uses a stub that was created via its own context.restore().";

/// The symbol `restore` of `cloudflare:workers`.
pub fn symbol<'s>(js: &mut Lock<'s, '_>) -> Local<'s, Symbol> {
    let description = jsg::intern(js, "cloudflare:workers:restore");
    Symbol::for_api(js, description)
}

/// What `[restore]()` may give.
enum Given<'s> {
    Service(Handle<'s, Fetcher>),
    Stub(Handle<'s, RpcStub>),
}

impl<'s> Given<'s> {
    fn of(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Self> {
        if let Some(service) = Handle::<Fetcher>::from_value(js, value) {
            return Ok(Self::Service(service));
        }
        if let Some(stub) = Handle::<RpcStub>::from_value(js, value) {
            return Ok(Self::Stub(stub));
        }
        let object = Local::<Object>::try_from(value).ok();
        let object = object.ok_or_else(|| Error::type_error(NOT_RESTORABLE))?;
        // What is sent as a stub is taken for one; plain objects are not.
        match receivable(js, object)? {
            Some(kind) if kind == Receivable::Target || value.is_function() => {
                Ok(Self::Stub(RpcStub::of_object(js, object, kind)?))
            }
            _ => Err(Error::type_error(NOT_RESTORABLE)),
        }
    }
}

/// Calls `[restore]()`.
fn call<'s>(
    js: &mut Lock<'s, '_>,
    target: Local<'s, Object>,
    params: Local<'s, Value>,
) -> Result<Local<'s, Promise>> {
    let key = symbol(js);
    let method = target.get(js, key.into()).ok_or(Error::Pending)?;
    let method = Local::<Function>::try_from(method).map_err(|_| Error::type_error(NO_METHOD))?;
    let given = method
        .call(js, target.into(), &[params])
        .ok_or(Error::Pending)?;
    Ok(jsg::promise::of(js, given))
}

/// Calls `[restore]()` of the current event's entry point, and gives what it gives as it can be stored.
///
/// # Errors
/// The parameters cannot be cloned.
pub fn own<'s>(js: &mut Lock<'s, '_>, params: Local<'s, Object>) -> Result<Local<'s, Promise>> {
    let context = IoContext::current(js)?;
    let carried = carried::write(js, params.into())?;
    let target = context
        .handler(js)
        .ok_or_else(|| Error::Internal("ctx.restore() before there is an entry point".into()))?;
    let given = call(js, target, params.into())?;
    jsg::promise::then(
        js,
        given,
        move |js, given| {
            let given = Given::of(js, given)?;
            let context = IoContext::current(js)?;
            let own = context.self_token().ok_or_else(|| Error::error(NO_SELF))?;
            let tokens = js.extension::<Tokens>();
            let tokens = tokens.ok_or_else(|| Error::error(NO_SELF))?;
            let recipe = Recipe {
                vendor: Vendor::Caller(own, tokens.0.clone()),
                params: carried.clone(),
                is_persistent: js.flag(Flag::AllowIrrevocableStubStorage),
            };
            match given {
                Given::Service(service) => {
                    let live = service.get().channel(js)?.clone();
                    let service = RestoredService::new(recipe, Some(live));
                    let service = Fetcher::owned(&context, service);
                    Ok(Handle::new(js, service).object().into())
                }
                Given::Stub(stub) => {
                    let live = stub.get().capability(js)?;
                    stub.get().reference().dispose();
                    let stub = Rc::new(RestoredStub(recipe)).live(live);
                    Ok(RpcStub::create(js, stub)?.object().into())
                }
            }
        },
        |js, reason| Err(Error::value(js, reason)),
    )
}

/// Calls `[restore]()` for who has a token.
pub(crate) fn replay<'s>(
    js: &mut Lock<'s, '_>,
    target: Local<'s, Object>,
    restore: &Restore,
) -> Result<Local<'s, Promise>> {
    let params = restore.params.read(js)?;
    call(js, target, params)
}

/// What `[restore]()` has given, for who has a token. It keeps the event as long as somebody may call.
pub(crate) fn answer<'s>(
    js: &mut Lock<'s, '_>,
    given: Local<'s, Value>,
    kind: Kind,
) -> Result<Return> {
    let (external, pipeline) = match (Given::of(js, given)?, kind) {
        (Given::Service(service), Kind::Service) => {
            let channel = service.get().channel(js)?.clone();
            let target = LocalTarget::borrowed(js, service.object(), Receivable::Target)?;
            target.keep(true);
            (External::Service(channel), target)
        }
        (Given::Stub(stub), Kind::Stub) => {
            let capability = stub.get().capability(js)?;
            stub.get().reference().dispose();
            let target = LocalTarget::borrowed(js, stub.object(), Receivable::Target)?;
            target.keep(true);
            (External::Capability(capability), target)
        }
        (Given::Stub(_), Kind::Service) => return Err(Error::type_error(NOT_A_SERVICE)),
        (Given::Service(_), Kind::Stub) => return Err(Error::type_error(NOT_A_STUB)),
    };
    let value = Message {
        data: Vec::new(),
        references: 0,
        externals: vec![external],
    };
    Ok(Return {
        value,
        pipeline,
        has_disposer: false,
    })
}
