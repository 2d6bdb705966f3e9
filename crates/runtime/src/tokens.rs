//! Tokens of a Worker's exports and of its objects.

use std::rc::Rc;

use compat::Flag;
use futures::future::LocalBoxFuture;
use io::carried::{ActorClass, Carried};
use io::channel::SubrequestResult;
use io::restored::{Recipe, RestoredService, RestoredStub, StubChannel, Vendor};
use io::rpc::{Broken, Capability};
use io::token::{
    Kind, NOT_STORABLE, Named, Referent, Refusal, Resolver, Restored, Token, Usage, Written,
};
use io::{ChannelError, SubrequestChannel};
use net::Body;
use workers::durable_object::ActorId;
use workers::durable_object::stub::ObjectChannel;

use crate::actor::Class;
use crate::definition::{Entrypoint, Namespace, Props};
use crate::loopback::OwnChannel;
use crate::restoring;
use crate::worker::{Host, Worker};

/// Finds what tokens stand for, by the host of the isolate.
pub(crate) struct ByHost(pub Rc<dyn Host>);

impl ByHost {
    fn recipe(&self, restored: &Restored, is_persistent: bool) -> Result<Recipe, ChannelError> {
        Ok(Recipe {
            vendor: Vendor::Service(self.service(&restored.vendor)?),
            params: Carried::find(&restored.params, self)?,
            is_persistent,
        })
    }
}

impl Resolver for ByHost {
    fn service(&self, token: &Token) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        match &token.to {
            Referent::Restored(restored) if restored.kind == Kind::Service => {
                let recipe = self.recipe(restored, token.is_persistent)?;
                Ok(RestoredService::new(recipe, None))
            }
            _ => self.0.service_of(token),
        }
    }

    fn class(&self, token: &Token) -> Result<Rc<dyn ActorClass>, ChannelError> {
        self.0.class_of(token)
    }

    fn stub(&self, token: &Token) -> Result<Rc<dyn StubChannel>, ChannelError> {
        match &token.to {
            Referent::Restored(restored) if restored.kind == Kind::Stub => {
                let recipe = self.recipe(restored, token.is_persistent)?;
                Ok(Rc::new(RestoredStub(recipe)))
            }
            _ => Err(mismatch()),
        }
    }
}

/// Why a token leads nowhere.
pub fn gone() -> ChannelError {
    ChannelError::Failed("The Worker that this stub refers to does not exist any more.".into())
}

fn mismatch() -> ChannelError {
    ChannelError::Internal("a token of another type than is said".into())
}

/// The token of an export.
pub(crate) fn named(
    worker: &Worker,
    entrypoint: Option<&str>,
    props: &Props,
    usage: Usage,
) -> Result<Named, Refusal> {
    if worker.host().is_dynamic() {
        return Err(NOT_STORABLE.into());
    }
    Ok(Named {
        service: worker.definition().name.clone(),
        entrypoint: entrypoint.map(Into::into),
        props: props.written(usage)?,
    })
}

/// Whether references to the Worker may be stored.
pub(crate) fn is_storable(worker: &Worker) -> bool {
    let flags = &worker.definition().flags;
    flags.contains(Flag::AllowIrrevocableStubStorage)
}

/// The entry point of `worker` that a token stands for.
///
/// # Errors
/// It is not there.
pub fn service(
    worker: &Rc<Worker>,
    host: Rc<dyn Host>,
    named: &Named,
    is_persistent: bool,
) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
    let entrypoint = Entrypoint {
        name: named.entrypoint.clone(),
        props: props(named, host)?,
        ..Entrypoint::default()
    };
    let channel = OwnChannel::new(Rc::downgrade(worker), entrypoint, is_persistent);
    Ok(allowed(worker, Rc::new(channel), is_persistent))
}

/// The object of a class of `worker` that a token stands for.
///
/// # Errors
/// It is not there.
pub fn object(
    worker: &Worker,
    host: &Rc<dyn Host>,
    namespace: &Namespace,
    token: &Token,
) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
    let Referent::Object { id, name, .. } = &token.to else {
        return Err(mismatch());
    };
    let ids = namespace.ids.as_ref().ok_or_else(gone)?;
    let name = name.as_deref().map(Into::into);
    let known = ids.from_bytes(id, name).ok_or_else(gone)?;
    let objects = host.objects(namespace.id);
    let channel = ObjectChannel::new(objects, ActorId::Object(known));
    let channel = channel.of_home(namespace.home.clone(), token.is_persistent);
    Ok(allowed(worker, Rc::new(channel), token.is_persistent))
}

/// The class of `worker` that a token stands for.
///
/// # Errors
/// It is not there.
pub fn class(
    worker: &Rc<Worker>,
    host: Rc<dyn Host>,
    token: &Token,
) -> Result<Rc<dyn ActorClass>, ChannelError> {
    let Referent::Class(named) = &token.to else {
        return Err(mismatch());
    };
    let name = named.entrypoint.clone().ok_or_else(gone)?;
    let class = Class::new(Rc::clone(worker), name, props(named, host)?);
    Ok(Rc::new(class.persistent(token.is_persistent)))
}

fn props(named: &Named, host: Rc<dyn Host>) -> Result<Props, ChannelError> {
    match &named.props {
        Some(Written::Json(json)) => Ok(Props::Json(json.clone())),
        Some(written) => Ok(Props::Carried(Carried::find(written, &ByHost(host))?)),
        None => Ok(Props::Empty),
    }
}

/// A service that may have been stored: its Worker has to allow that still.
fn allowed(
    worker: &Worker,
    service: Rc<dyn SubrequestChannel>,
    is_persistent: bool,
) -> Rc<dyn SubrequestChannel> {
    match restoring::check(worker, is_persistent) {
        Ok(()) => service,
        Err(error) => Rc::new(Refused { service, error }),
    }
}

/// A service that can be stored again and not be called.
struct Refused {
    service: Rc<dyn SubrequestChannel>,
    error: ChannelError,
}

impl SubrequestChannel for Refused {
    fn request(&self, _: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let error = self.error.clone();
        Box::pin(async move { Err(error) })
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        Rc::new(Broken(self.error.clone()))
    }

    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        self.service.token(usage)
    }
}
