//! What `ctx.restore()` gives: services and stubs that are found again by calling the `[restore]()` of whoever has given
//! them, the *vendor*.
//!
//! Such a reference is live when it comes from `ctx.restore()`. One that comes from a token calls its vendor when it is
//! first used; one that is only stored again never does.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use jsg::Lock;
use jsg::js::{Global, Local, Object};
use net::Body;

use crate::IoContext;
use crate::carried::Carried;
use crate::channel::{
    ChannelError, ConnectRequest, ConnectResult, SubrequestChannel, SubrequestResult,
};
use crate::own::IoOwn;
use crate::passage::Watch;
use crate::rpc::{Call, CallResult, Capability, External, Operation, Restore};
use crate::token::{Kind, Referent, Refusal, Resolver, Restored, Token, Usage};

/// What an entry point is found again by, to have its `[restore]()` called.
pub trait SelfToken {
    /// # Errors
    /// It is not.
    fn token(&self, usage: Usage) -> Result<Token, Refusal>;
}

/// What the receiver of a call has to know of the reference that it came by.
#[derive(Clone, Default)]
pub struct Origin {
    /// What the receiver is found again by, for one that does not know it.
    pub own: Option<Rc<dyn SelfToken>>,
    /// Whether the reference was stored, which the receiver's Worker has to allow still.
    pub is_stored: bool,
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Origin")
            .field("is_stored", &self.is_stored)
            .finish_non_exhaustive()
    }
}

/// What `ctx.restore()` needs of its event. Empty unless the Worker has the method.
#[derive(Default)]
pub(crate) struct Restoring {
    handler: RefCell<Option<IoOwn<Global<Object>>>>,
    own: RefCell<Option<Rc<dyn SelfToken>>>,
}

impl IoContext {
    /// Says which object has the entry point's methods.
    pub fn set_handler(&self, handler: Global<Object>) {
        let handler = self.own("", handler);
        self.restoring.handler.replace(Some(handler));
    }

    /// The object that has the entry point's methods.
    pub fn handler<'s>(&self, js: &Lock<'s, '_>) -> Option<Local<'s, Object>> {
        let handler = self.restoring.handler.borrow();
        let handler = handler.as_ref()?.get(js).ok()?;
        Some(Local::new(js, &*handler))
    }

    /// Says what the entry point is found again by. Events of an object may know it from different callers: any will do.
    pub fn set_self_token(&self, own: Rc<dyn SelfToken>) {
        self.restoring.own.replace(Some(own));
    }

    /// What the entry point is found again by.
    pub fn self_token(&self) -> Option<Rc<dyn SelfToken>> {
        self.restoring.own.borrow().clone()
    }
}

/// A stub that can be had again.
pub trait StubChannel {
    /// # Errors
    /// It is not found again.
    fn token(&self, usage: Usage) -> Result<Token, Refusal>;

    /// The stub anew.
    fn restore(self: Rc<Self>) -> Rc<dyn Capability>;

    /// Its token, for one that has yet to be looked up.
    fn as_token(&self) -> Option<&Token> {
        None
    }
}

/// Whose `[restore]()`.
#[derive(Clone)]
pub enum Vendor {
    /// That of who has called `ctx.restore()`.
    Caller(Rc<dyn SelfToken>, Rc<dyn Resolver>),
    Service(Rc<dyn SubrequestChannel>),
}

/// How to have a reference again.
#[derive(Clone)]
pub struct Recipe {
    pub vendor: Vendor,
    pub params: Carried,
    /// Whether the vendor's Worker lets references be stored.
    pub is_persistent: bool,
}

impl Recipe {
    fn token(&self, kind: Kind, usage: Usage) -> Result<Token, Refusal> {
        let vendor = match &self.vendor {
            Vendor::Caller(own, _) => own.token(usage)?,
            Vendor::Service(service) => service.token(usage)?,
        };
        let restored = Restored {
            kind,
            vendor: Box::new(vendor),
            params: self.params.written(usage)?,
        };
        Token::new(Referent::Restored(restored), self.is_persistent, usage)
    }

    fn vendor(&self) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        let service = match &self.vendor {
            Vendor::Service(service) => service.clone(),
            Vendor::Caller(own, resolver) => {
                let token = own.token(Usage::Loop);
                let token = token.map_err(|refusal| ChannelError::Failed(refusal.into_owned()))?;
                resolver.service(&token)?
            }
        };
        let origin = Origin {
            own: None,
            is_stored: self.is_persistent,
        };
        Ok(service.with_origin(origin).unwrap_or(service))
    }

    /// What `[restore]()` gives, and what keeps its event.
    async fn call(self, kind: Kind) -> Result<(External, Rc<dyn Capability>), ChannelError> {
        let vendor = self.vendor()?.rpc();
        let params = self.params;
        let returned = vendor.call(Call {
            path: Vec::new(),
            operation: Operation::Restore(Restore { kind, params }),
        });
        let mut returned = returned.await?;
        match returned.value.externals.pop() {
            Some(external) => Ok((external, returned.pipeline)),
            None => Err(mismatch()),
        }
    }
}

fn mismatch() -> ChannelError {
    ChannelError::Internal("[restore]() has given nothing".into())
}

/// What is live, and what keeps the event that has given it.
#[derive(Clone)]
struct Live<T> {
    it: T,
    _event: Option<Rc<dyn Capability>>,
}

type Service = Rc<dyn SubrequestChannel>;
type Opening<T> = Shared<LocalBoxFuture<'static, Result<Live<T>, ChannelError>>>;

/// What needs no opening.
fn open<T: Clone + 'static>(it: T) -> Opening<T> {
    let live = Live { it, _event: None };
    std::future::ready(Ok(live)).boxed_local().shared()
}

/// A service as the module says.
pub struct RestoredService {
    this: Weak<Self>,
    recipe: Recipe,
    live: RefCell<Option<Opening<Service>>>,
}

impl RestoredService {
    /// With the service itself, if it is there already.
    pub fn new(recipe: Recipe, live: Option<Service>) -> Rc<Self> {
        let live = live.map(open);
        Rc::new_cyclic(|this| Self {
            this: this.clone(),
            recipe,
            live: RefCell::new(live),
        })
    }

    fn open(&self) -> Opening<Service> {
        let mut live = self.live.borrow_mut();
        let open = live.get_or_insert_with(|| {
            let recipe = self.recipe.clone();
            let open = async move {
                match recipe.call(Kind::Service).await? {
                    (External::Service(service), event) => Ok(Live {
                        it: service,
                        _event: Some(event),
                    }),
                    _ => Err(mismatch()),
                }
            };
            open.boxed_local().shared()
        });
        open.clone()
    }

    /// The service, which is told what it came by.
    fn reach(
        &self,
        is_stored: bool,
    ) -> LocalBoxFuture<'static, Result<Live<Service>, ChannelError>> {
        let (open, this) = (self.open(), self.this.upgrade());
        Box::pin(async move {
            let live = open.await?;
            let origin = Origin {
                own: this.map(|this| this as Rc<dyn SelfToken>),
                is_stored,
            };
            match live.it.with_origin(origin) {
                Some(service) => Ok(Live {
                    it: service,
                    ..live
                }),
                None => Ok(live),
            }
        })
    }
}

impl SelfToken for RestoredService {
    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        self.recipe.token(Kind::Service, usage)
    }
}

impl SubrequestChannel for RestoredService {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        // Who gives the service need not allow that references to it are stored: the token tells nothing of it.
        let reach = self.reach(false);
        Box::pin(async move { reach.await?.it.request(request).await })
    }

    fn connect(&self, request: ConnectRequest) -> LocalBoxFuture<'static, ConnectResult> {
        let reach = self.reach(false);
        Box::pin(async move { reach.await?.it.connect(request).await })
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        match self.this.upgrade() {
            Some(service) => Rc::new(Reached {
                service,
                is_stored: false,
            }),
            None => Rc::new(crate::rpc::Broken(mismatch())),
        }
    }

    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        SelfToken::token(self, usage)
    }

    fn anew(&self) -> Option<Rc<dyn SubrequestChannel>> {
        Some(Self::new(self.recipe.clone(), None))
    }

    fn with_origin(&self, origin: Origin) -> Option<Rc<dyn SubrequestChannel>> {
        let is_stored = origin.is_stored;
        let service = self.this.upgrade()?;
        Some(Rc::new(Reached { service, is_stored }))
    }
}

/// A service that is restored on the way to another one, or called.
struct Reached {
    service: Rc<RestoredService>,
    is_stored: bool,
}

impl SubrequestChannel for Reached {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let reach = self.service.reach(self.is_stored);
        Box::pin(async move { reach.await?.it.request(request).await })
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        Rc::new(Self {
            service: self.service.clone(),
            is_stored: self.is_stored,
        })
    }

    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        SelfToken::token(&*self.service, usage)
    }
}

impl Capability for Reached {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        let reach = self.service.reach(self.is_stored);
        Box::pin(async move {
            // They outlive the call.
            let live = reach.await?;
            let target = live.it.rpc();
            target.call(call).await
        })
    }
}

/// How to have a stub again.
pub struct RestoredStub(pub Recipe);

impl RestoredStub {
    /// The stub that is there already.
    pub fn live(self: Rc<Self>, stub: Rc<dyn Capability>) -> Rc<dyn Capability> {
        let live = RefCell::new(Some(open(stub)));
        Rc::new(Stub { recipe: self, live })
    }
}

impl StubChannel for RestoredStub {
    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        self.0.token(Kind::Stub, usage)
    }

    fn restore(self: Rc<Self>) -> Rc<dyn Capability> {
        let live = RefCell::new(None);
        Rc::new(Stub { recipe: self, live })
    }
}

/// A stub as the module says.
struct Stub {
    recipe: Rc<RestoredStub>,
    live: RefCell<Option<Opening<Rc<dyn Capability>>>>,
}

impl Stub {
    fn open(&self) -> Opening<Rc<dyn Capability>> {
        let mut live = self.live.borrow_mut();
        let open = live.get_or_insert_with(|| {
            let recipe = self.recipe.0.clone();
            let open = async move {
                match recipe.call(Kind::Stub).await? {
                    (External::Capability(stub), event) => Ok(Live {
                        it: stub,
                        _event: Some(event),
                    }),
                    _ => Err(mismatch()),
                }
            };
            open.boxed_local().shared()
        });
        open.clone()
    }
}

impl Capability for Stub {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        let open = self.open();
        Box::pin(async move {
            // It outlives the call.
            let live = open.await?;
            live.it.call(call).await
        })
    }

    fn channel(&self) -> Option<Rc<dyn StubChannel>> {
        Some(self.recipe.clone())
    }

    fn watch(&self, then: Box<dyn FnOnce()>) -> Watch {
        match self.live.borrow().as_ref().and_then(Shared::peek) {
            Some(Ok(live)) => live.it.watch(then),
            Some(Err(_)) | None => Watch::default(),
        }
    }
}
