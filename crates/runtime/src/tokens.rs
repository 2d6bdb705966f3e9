//! Tokens of a Worker's exports and of its objects.

use std::rc::Rc;

use compat::Flag;
use io::carried::{ActorClass, Carried};
use io::token::{NOT_STORABLE, Named, Refusal, Resolver, Token, Usage};
use io::{ChannelError, SubrequestChannel};
use workers::durable_object::ActorId;
use workers::durable_object::stub::ObjectChannel;

use crate::actor::Class;
use crate::definition::{Entrypoint, Props};
use crate::loopback::OwnChannel;
use crate::worker::{Host, Worker};

/// Finds what tokens stand for, by the host of the isolate.
pub(crate) struct ByHost(pub Rc<dyn Host>);

impl Resolver for ByHost {
    fn service(&self, token: &Token) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        self.0.service_of(token)
    }

    fn class(&self, token: &Token) -> Result<Rc<dyn ActorClass>, ChannelError> {
        self.0.class_of(token)
    }
}

/// Why a token leads nowhere.
pub fn gone() -> ChannelError {
    ChannelError::Failed("The Worker that this stub refers to does not exist any more.".into())
}

/// The service that a token names.
pub fn service_name(token: &Token) -> &str {
    match token {
        Token::Service(named) | Token::Class(named) => &named.service,
        Token::Object { service, .. } => service,
    }
}

/// The token of an export.
pub(crate) fn named(
    worker: &Worker,
    entrypoint: Option<&str>,
    props: &Props,
    usage: Usage,
) -> Result<Named, Refusal> {
    let is_storable = is_storable(worker);
    if worker.host().is_dynamic() || (usage == Usage::Storage && !is_storable) {
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

/// The service of `worker` that a token stands for.
///
/// # Errors
/// It is not there.
pub fn service(
    worker: &Rc<Worker>,
    host: Rc<dyn Host>,
    token: &Token,
) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
    match token {
        Token::Service(named) => {
            let entrypoint = Entrypoint {
                name: named.entrypoint.clone(),
                props: props(named, host)?,
            };
            Ok(Rc::new(OwnChannel::new(Rc::downgrade(worker), entrypoint)))
        }
        Token::Object {
            class, id, name, ..
        } => {
            let own = worker.definition().namespaces.iter();
            let mut own = own.filter(|own| own.class == *class);
            let namespace = &own.next().ok_or_else(gone)?.namespace;
            let ids = namespace.ids.as_ref().ok_or_else(gone)?;
            let known = match name {
                Some(name) => ids.from_name(name),
                None => ids.from_string(id).map_err(|_| gone())?,
            };
            let objects = host.objects(namespace.id);
            let channel = ObjectChannel::new(objects, ActorId::Object(known));
            let home = namespace.home.clone();
            Ok(Rc::new(channel.of_home(home, is_storable(worker))))
        }
        Token::Class(_) => Err(gone()),
    }
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
    let Token::Class(named) = token else {
        return Err(gone());
    };
    let name = named.entrypoint.clone().ok_or_else(gone)?;
    let class = Class::new(Rc::clone(worker), name, props(named, host)?);
    Ok(Rc::new(class))
}

fn props(named: &Named, host: Rc<dyn Host>) -> Result<Props, ChannelError> {
    match &named.props {
        Some(written) => Ok(Props::Carried(Carried::find(written, &ByHost(host))?)),
        None => Ok(Props::Empty),
    }
}
