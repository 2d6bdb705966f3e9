//! `RpcStub`: a reference to an object of another event.

use std::rc::Rc;

use io::IoContext;
use io::restored::StubChannel;
use io::rpc::{Brings, Capability, Disposable, Incoming};
use jsg::class::Builder;
use jsg::class::builder::WildcardBody;
use jsg::js::{Local, Object, String as JsString, Value};
use jsg::{Call, Error, Handle, Lock, Ref, Result, Untraced};

use super::client::{Parent, Source};
use super::local::LocalTarget;
use super::promise::RpcPromise;
use super::property::RpcProperty;
use super::reference::{Held, Reference};
use super::{Receivable, receivable};
use crate::entrypoint::rename;

const DISPOSED: &str = "RPC stub used after being disposed.";

/// See the module.
#[jsg::class(name = "JsRpcStub")]
pub struct RpcStub {
    /// Holds no reference to the JavaScript heap.
    reference: Untraced<Rc<Reference>>,
    /// For a stub that belongs to no event. Not in the heap of JavaScript.
    shared: Untraced<Option<Rc<dyn StubChannel>>>,
}

impl RpcStub {
    fn of(context: &Rc<IoContext>, held: Held) -> Self {
        Self {
            reference: Untraced(Rc::new(Reference::new(context, held))),
            shared: Untraced(None),
        }
    }

    /// A stub that every event may use, and has anew for each call.
    pub(super) fn shared<'s>(
        js: &mut Lock<'s, '_>,
        channel: Rc<dyn StubChannel>,
    ) -> Handle<'s, Self> {
        let stub = Self {
            reference: Untraced(Rc::default()),
            shared: Untraced(Some(channel)),
        };
        Handle::new(js, stub)
    }

    /// The stub of an object that can have one.
    ///
    /// # Errors
    /// There is no event.
    pub(crate) fn of_object<'s>(
        js: &mut Lock<'s, '_>,
        target: Local<'s, Object>,
        receivable: Receivable,
    ) -> Result<Handle<'s, Self>> {
        let context = IoContext::current(js)?;
        let target = LocalTarget::new(js, target, receivable)?;
        target.arm();
        let target: Rc<dyn Capability> = target;
        let stub = Self::of(&context, target.into());
        Ok(Handle::new(js, stub))
    }

    pub(crate) fn create<'s>(
        js: &mut Lock<'s, '_>,
        capability: Rc<dyn Capability>,
    ) -> Result<Handle<'s, Self>> {
        Self::holding(js, capability.into())
    }

    /// A stub that was stored.
    pub(super) fn stored<'s>(
        js: &mut Lock<'s, '_>,
        capability: Rc<dyn Capability>,
    ) -> Result<Handle<'s, Self>> {
        let context = IoContext::current(js)?;
        let held = Held::brought(&context, capability, Brings::Kept, None);
        Ok(Handle::new(js, Self::of(&context, held)))
    }

    fn holding<'s>(js: &mut Lock<'s, '_>, held: Held) -> Result<Handle<'s, Self>> {
        let stub = Self::of(&IoContext::current(js)?, held);
        Ok(Handle::new(js, stub))
    }

    /// The stub of a reference that a message has brought; it goes with the message's others.
    pub(super) fn receive<'s>(
        js: &mut Lock<'s, '_>,
        capability: Rc<dyn Capability>,
        message: &Incoming,
    ) -> Result<Handle<'s, Self>> {
        let origin = message.origin.clone();
        let context = IoContext::current(js)?;
        let held = Held::brought(&context, capability, message.brings, origin);
        let stub = Handle::new(js, Self::of(&context, held));
        message.received(stub.get().reference());
        Ok(stub)
    }

    pub(crate) fn reference(&self) -> Rc<dyn Disposable> {
        self.reference.0.clone()
    }

    /// What the stub refers to.
    ///
    /// # Errors
    /// It was disposed of, or belongs to another event.
    pub(crate) fn capability(&self, js: &Lock<'_, '_>) -> Result<Rc<dyn Capability>> {
        Ok(self.held(js)?.capability)
    }

    fn held(&self, js: &Lock<'_, '_>) -> Result<Held> {
        if let Some(channel) = &self.shared.0 {
            return Ok(channel.clone().restore().into());
        }
        self.reference
            .get(js)?
            .ok_or_else(|| Error::error(DISPOSED))
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
        let target: Rc<dyn Capability> = target;
        Ok(Self::of(&context, target.into()))
    }

    #[jsg(method)]
    fn dup<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Handle<'s, Self>> {
        if let Some(channel) = &self.shared.0 {
            let channel = channel.clone();
            return Ok(Self::shared(js, channel));
        }
        if self.reference.is_empty() {
            return Err(Error::Internal(
                "dup() of a stub that is disposed of".into(),
            ));
        }
        let held = self.held(js)?;
        Self::holding(js, held)
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
    pub(super) fn source(&self, js: &mut Lock<'_, '_>) -> Result<Source> {
        Ok(Source::held(js, self.held(js)?, "stub"))
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
        if !Self::has(js, name) {
            return Ok(None);
        }
        let name = name.to_rust_string_lossy(js);
        let parent = Parent::Stub(Ref::new(js, stub));
        let property = RpcProperty::create(js, parent, name, 0);
        Ok(Some(property.object().into()))
    }

    fn has(js: &Lock<'_, '_>, name: Local<'_, JsString>) -> bool {
        // Promises would take the stub for one of their kind.
        name.to_rust_string_lossy(js) != "then"
    }
}
