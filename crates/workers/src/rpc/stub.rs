//! `RpcStub`: a reference to an object of another event.

use std::cell::RefCell;
use std::rc::Rc;

use io::rpc::{Capability, Disposable, Incoming};
use io::{IoContext, IoOwn};
use jsg::class::Builder;
use jsg::class::builder::WildcardBody;
use jsg::js::{Local, Object, String as JsString, Value};
use jsg::{Call, Error, Handle, Lock, Ref, Result, Untraced};

use super::client::{Parent, Source};
use super::local::LocalTarget;
use super::promise::RpcPromise;
use super::property::RpcProperty;
use super::receivable;
use crate::entrypoint::rename;

const DISPOSED: &str = "RPC stub used after being disposed.";

/// A reference as the event that received it holds it.
pub(super) struct Reference {
    capability: RefCell<Option<IoOwn<Rc<dyn Capability>>>>,
}

impl Disposable for Reference {
    fn dispose(&self) {
        let capability = self.capability.take();
        drop(capability);
    }
}

impl Drop for Reference {
    /// R1: what was not disposed of stays with the event.
    fn drop(&mut self) {
        if let Some(capability) = self.capability.take() {
            capability.leave();
        }
    }
}

/// See the module.
#[jsg::class(name = "JsRpcStub")]
pub struct RpcStub {
    /// Holds no reference to the JavaScript heap.
    reference: Untraced<Rc<Reference>>,
}

impl RpcStub {
    fn create<'s>(
        js: &mut Lock<'s, '_>,
        capability: Rc<dyn Capability>,
    ) -> Result<Handle<'s, Self>> {
        let owned = IoContext::current(js)?.own("Client", capability);
        let reference = Rc::new(Reference {
            capability: RefCell::new(Some(owned)),
        });
        Ok(Handle::new(
            js,
            Self {
                reference: Untraced(reference),
            },
        ))
    }

    /// The stub of a reference that a message has brought; it goes with the message's others.
    pub(super) fn receive<'s>(
        js: &mut Lock<'s, '_>,
        capability: Rc<dyn Capability>,
        message: &Incoming,
    ) -> Result<Handle<'s, Self>> {
        let stub = Self::create(js, capability)?;
        message.received(stub.get().reference());
        Ok(stub)
    }

    pub(super) fn reference(&self) -> Rc<dyn Disposable> {
        self.reference.0.clone()
    }

    /// What the stub refers to.
    ///
    /// # Errors
    /// It was disposed of, or belongs to another event.
    pub(super) fn capability(&self, js: &Lock<'_, '_>) -> Result<Rc<dyn Capability>> {
        match &*self.reference.capability.borrow() {
            Some(owned) => Ok(Rc::clone(&*owned.get(js)?)),
            None => Err(Error::error(DISPOSED)),
        }
    }
}

#[jsg::methods]
impl RpcStub {
    #[jsg(constructor)]
    fn new<'s>(js: &mut Lock<'s, '_>, target: Local<'s, Object>) -> Result<Self> {
        let context = IoContext::current(js)?;
        let receivable = receivable(js, target)?.ok_or_else(|| {
            Error::type_error(
                "RpcStubs can only wrap plain objects, functions, and RpcTarget derivatives.",
            )
        })?;
        let target = LocalTarget::new(js, target, receivable)?;
        target.arm();
        let capability: Rc<dyn Capability> = target;
        let owned = context.own("Client", capability);
        Ok(Self {
            reference: Untraced(Rc::new(Reference {
                capability: RefCell::new(Some(owned)),
            })),
        })
    }

    #[jsg(method)]
    fn dup<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Handle<'s, Self>> {
        if self.reference.capability.borrow().is_none() {
            return Err(Error::Internal(
                "dup() of a stub that is disposed of".into(),
            ));
        }
        let capability = self.capability(js)?;
        Self::create(js, capability)
    }

    #[jsg(dispose)]
    fn dispose(&self) {
        self.reference.dispose();
    }

    #[jsg(callable)]
    fn call<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
    ) -> Result<Handle<'s, RpcPromise>> {
        RpcPromise::call(js, |js| this.get().source(js), call)
    }

    #[jsg(define)]
    fn define(builder: &mut Builder<'_, '_, '_>) {
        rename(builder, "RpcStub");
        builder.wildcard::<Wildcard>();
    }
}

impl RpcStub {
    pub(super) fn source(&self, js: &Lock<'_, '_>) -> Result<Source> {
        Ok(Source::of(self.capability(js)?))
    }
}

/// Any other property is one of the object that the stub refers to.
struct Wildcard;

impl WildcardBody for Wildcard {
    fn get<'s>(
        js: &mut Lock<'s, '_>,
        object: Local<'s, Object>,
        name: Local<'s, JsString>,
    ) -> Result<Option<Local<'s, Value>>> {
        let stub = Handle::<RpcStub>::receiver(js, object)?;
        let name = name.to_rust_string_lossy(js);
        // Promises would take the stub for one of their kind.
        if name == "then" {
            return Ok(None);
        }
        let parent = Parent::Stub(Ref::new(js, stub));
        let property = RpcProperty::create(js, parent, name, 0);
        Ok(Some(property.object().into()))
    }
}
