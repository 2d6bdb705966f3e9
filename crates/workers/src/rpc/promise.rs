//! `RpcPromise`: the result of a call. Calls and reads of what it will give need not wait for it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use io::rpc::{Capability, Disposable};
use io::trace::Origin;
use io::{IoContext, IoOwn};
use jsg::class::Builder;
use jsg::class::builder::WildcardBody;
use jsg::js::{Function, Local, Object, Promise, PromiseState, String as JsString, Value};
use jsg::{Call, Error, Handle, JsRef, Lock, Ref, Result, Untraced};
use web::fetch::Fetcher;

use super::cancel::Cancellation;
use super::client::{self, Parent, Source};
use super::local::LocalTarget;
use super::property::RpcProperty;
use super::reference::{Held, Reference};
use super::stub::RpcStub;
use super::{Receivable, dispose_value};
use crate::entrypoint::rename;

/// What a promise shares with the call that settles it.
#[derive(Default)]
pub(super) struct Link {
    /// For calls on the result before it has come.
    pub pipeline: Reference,
    /// The call, if it is traced.
    pub origin: RefCell<Option<Origin>>,
    pub is_disposed: Cell<bool>,
    pub cancellation: RefCell<Option<Cancellation>>,
}

/// See the module.
#[jsg::class(name = "JsRpcPromise")]
pub struct RpcPromise {
    inner: JsRef<Promise>,
    /// Holds no reference to the JavaScript heap.
    link: Untraced<Rc<Link>>,
    /// The event that made the call; none if it could not be made.
    event: Option<IoOwn<()>>,
}

impl RpcPromise {
    /// Calls what `source` finds with the arguments of `call`. A failure is the promise's.
    pub(super) fn call<'s>(
        js: &mut Lock<'s, '_>,
        source: impl FnOnce(&mut Lock<'s, '_>) -> Result<Source>,
        call: &Call<'s>,
    ) -> Result<Handle<'s, Self>> {
        let arguments: Vec<_> = (0..call.len()).map(|index| call.value(index)).collect();
        let (promise, link) = client::call(js, source, Some(&arguments));
        let event = IoContext::try_current(js).map(|context| context.own("JsRpcPromise", ()));
        let inner = JsRef::new(js, promise);
        Ok(Handle::new(
            js,
            Self {
                inner,
                link: Untraced(link),
                event,
            },
        ))
    }

    /// Calls a method of a service with the arguments of `call`.
    pub(crate) fn of_service<'s>(
        js: &mut Lock<'s, '_>,
        service: Handle<'s, Fetcher>,
        method: &str,
        call: &Call<'s>,
    ) -> Result<Handle<'s, Self>> {
        let service = Parent::Service(Ref::new(js, service));
        Self::call(
            js,
            |js| {
                let mut source = service.source(js)?;
                source.path.push(method.to_owned());
                Ok(source)
            },
            call,
        )
    }

    /// Where a call on the result goes.
    pub(super) fn source<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Source> {
        if self.link.is_disposed.get() {
            return Err(Error::error("RPC promise used after being disposed."));
        }
        let inner = self.inner.get(js);
        let state = inner.state();
        // Until the result is here, its pipeline says whose it is.
        if state != PromiseState::Pending
            && let Some(event) = &self.event
        {
            event.get(js)?;
        }
        match state {
            PromiseState::Pending => match self.link.pipeline.get(js)? {
                Some(held) => {
                    let origin = self.link.origin.borrow().clone();
                    Ok(Source::held(js, Held { origin, ..held }, "promise"))
                }
                None => Err(Error::Internal(
                    "a pending call without its pipeline".into(),
                )),
            },
            PromiseState::Rejected => {
                let reason = inner.result(js);
                Err(Error::value(js, reason))
            }
            PromiseState::Fulfilled => {
                let value = inner.result(js);
                source_of_result(js, value)
            }
        }
    }
}

/// A result that is here already is called like one that is not: by a call that goes through all of
/// the machinery, so that what it gives has a life of its own.
fn source_of_result<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Source> {
    if let Some(stub) = Handle::<RpcStub>::from_value(js, value) {
        return stub.get().source(js);
    }
    let Ok(object) = Local::<Object>::try_from(value) else {
        return Err(Error::type_error(
            "Can't pipeline on RPC that did not return an object.",
        ));
    };
    let target = LocalTarget::borrowed(js, object, Receivable::Plain)?;
    Ok(Source::held(
        js,
        Held::from(target as Rc<dyn Capability>),
        "promise",
    ))
}

#[jsg::methods]
impl RpcPromise {
    #[jsg(dispose)]
    fn dispose<'s>(&self, js: &mut Lock<'s, '_>) -> Result<()> {
        self.link.pipeline.dispose();
        drop(self.link.origin.take());
        if self.link.is_disposed.replace(true) {
            return Ok(());
        }
        if let Some(cancellation) = self.link.cancellation.take() {
            cancellation.cancel();
        }
        let inner = self.inner.get(js);
        if inner.state() == PromiseState::Fulfilled {
            let result = inner.result(js);
            dispose_value(js, result)?;
        }
        Ok(())
    }

    #[jsg(callable)]
    fn call_result<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
    ) -> Result<Handle<'s, Self>> {
        Self::call(js, |js| this.get().source(js), call)
    }

    #[jsg(method)]
    fn then<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        handler: Local<'s, Function>,
        error_handler: Option<Local<'s, Function>>,
    ) -> Result<Local<'s, Promise>> {
        let inner = self.inner.get(js);
        client::then(js, inner, handler, error_handler)
    }

    #[jsg(method, name = "catch")]
    fn catch_error<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        handler: Local<'s, Function>,
    ) -> Result<Local<'s, Promise>> {
        let inner = self.inner.get(js);
        inner.catch(js, handler).ok_or(Error::Pending)
    }

    #[jsg(method)]
    fn finally<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        handler: Local<'s, Function>,
    ) -> Result<Local<'s, Value>> {
        let inner = self.inner.get(js);
        client::finally(js, inner, handler)
    }

    #[jsg(define)]
    fn define(builder: &mut Builder<'_, '_, '_>) {
        rename(builder, "RpcPromise");
        builder.wildcard::<Wildcard>();
    }
}

/// Any other property is one of the result.
struct Wildcard;

impl WildcardBody for Wildcard {
    fn get<'s>(
        js: &mut Lock<'s, '_>,
        object: Local<'s, Object>,
        name: Local<'s, JsString>,
    ) -> Result<Option<Local<'s, Value>>> {
        let promise = Handle::<RpcPromise>::receiver(js, object)?;
        let name = name.to_rust_string_lossy(js);
        let parent = Parent::Promise(Ref::new(js, promise));
        let property = RpcProperty::create(js, parent, name, 0);
        Ok(Some(property.object().into()))
    }
}
