//! Dynamic Workers: definitions that a Worker gives at run time.
//!
//! A dynamic Worker sees the loop through a host of its own, whose channels are those that its code was given.

use std::rc::Rc;
use std::sync::Arc;

use compat::{DateCheck, Experimental};
use futures::future::LocalBoxFuture;
use io::carried::{ActorClass, Carried};
use io::channel::SubrequestResult;
use io::restored::Origin;
use io::token::Token;
use io::{ChannelError, SubrequestChannel};
use jsg::js::{Local, Object};
use jsg::modules::Bundle;
use jsg::{Error, Lock};
use net::Body;
use workers::unsafe_module::AllObjects;
use workers::worker_loader::{self, Code, Loaded, NamedWorkers, Outbound};

use crate::actor::Class;
use crate::definition::{ChannelId, Code as DefinedCode, Definition, Entrypoint, Tail};
use crate::events::fetch::WorkerChannel;
use crate::pool::Pool;
use crate::worker::{Host, Worker};

/// Makes the dynamic Workers of one binding.
pub(crate) struct Loader {
    pub host: Rc<dyn Host>,
    pub parent: Arc<Definition>,
    pub check: DateCheck,
    pub named: Rc<NamedWorkers>,
}

impl worker_loader::Loader for Loader {
    fn load(&self, code: Code) -> jsg::Result<Rc<dyn Loaded>> {
        let experimental = if code.allow_experimental {
            Experimental::Allowed
        } else {
            Experimental::Refused
        };
        let resolved = compat::resolve(Some(&code.date), &code.flags, experimental, self.check)
            .map_err(|rejected| {
                let first = rejected.errors.first();
                Error::error(first.map_or_else(String::new, ToString::to_string))
            })?;
        let mut host = DynamicHost {
            parent: self.host.clone(),
            channels: Vec::new(),
            env: code.env,
        };
        let global_outbound = match code.outbound {
            Outbound::Nowhere => Some(host.add(Rc::new(Nowhere))),
            Outbound::Service(service) => Some(host.add(service)),
            Outbound::Inherited => self
                .parent
                .global_outbound
                .map(|id| host.add(self.host.subrequest_channel(id))),
        };
        let tails = host.tails(code.tails);
        let streaming_tails = host.tails(code.streaming_tails);
        let modules = code.modules.into_iter().map(Arc::new).collect();
        let bundle = DefinedCode::Modules(Arc::new(Bundle { modules }));
        let definition = Definition {
            extensions: self.parent.extensions.clone(),
            global_outbound,
            tails,
            streaming_tails,
            limits: self.parent.limits,
            ..Definition::new(self.parent.name.clone(), resolved.flags, bundle)
        };
        let worker = Worker::new(Arc::new(definition), Rc::new(host));
        Ok(Rc::new(Dynamic(worker)))
    }

    fn named(&self) -> &NamedWorkers {
        &self.named
    }
}

/// The outbound service of a Worker that is to have none.
struct Nowhere;

impl SubrequestChannel for Nowhere {
    fn request(&self, _: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let message = "This worker is not permitted to access the internet via global functions like fetch(). It must \
                       use capabilities (such as bindings in 'env') to talk to the outside world.";
        Box::pin(async { Err(ChannelError::Failed(message.into())) })
    }
}

struct Dynamic(Rc<Worker>);

impl Loaded for Dynamic {
    fn class(&self, name: Option<&str>, props: Option<Carried>) -> Rc<dyn ActorClass> {
        let name = name.unwrap_or("default").into();
        Rc::new(Class::new(self.0.clone(), name, props.into()))
    }

    fn has_ended(&self) -> bool {
        self.0.has_ended()
    }

    fn entrypoint(&self, name: Option<&str>, props: Option<Carried>) -> Rc<dyn SubrequestChannel> {
        Rc::new(WorkerChannel {
            worker: self.0.clone(),
            entrypoint: Entrypoint {
                name: name.map(Into::into),
                props: props.into(),
                origin: Origin::default(),
            },
        })
    }
}

/// What a dynamic Worker sees of the loop.
struct DynamicHost {
    parent: Rc<dyn Host>,
    channels: Vec<Rc<dyn SubrequestChannel>>,
    env: Option<Carried>,
}

impl DynamicHost {
    fn add(&mut self, channel: Rc<dyn SubrequestChannel>) -> ChannelId {
        self.channels.push(channel);
        ChannelId(self.channels.len() - 1)
    }

    fn tails(&mut self, channels: Vec<Rc<dyn SubrequestChannel>>) -> Vec<Tail> {
        let tails = channels.into_iter().map(|channel| Tail {
            channel: self.add(channel),
            is_self: false,
        });
        tails.collect()
    }
}

impl Host for DynamicHost {
    fn subrequest_channel(&self, id: ChannelId) -> Rc<dyn SubrequestChannel> {
        self.channels[id.0].clone()
    }

    fn all_objects(&self) -> Rc<dyn AllObjects> {
        self.parent.all_objects()
    }

    fn is_dynamic(&self) -> bool {
        true
    }

    fn sends_sockets(&self) -> bool {
        self.parent.sends_sockets()
    }

    fn service_of(&self, token: &Token) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        self.parent.service_of(token)
    }

    fn class_of(&self, token: &Token) -> Result<Rc<dyn ActorClass>, ChannelError> {
        self.parent.class_of(token)
    }

    fn extend_env<'s>(&self, js: &mut Lock<'s, '_>, env: Local<'s, Object>) -> jsg::Result<()> {
        match &self.env {
            Some(own) => worker_loader::install_env(js, own, env),
            None => Ok(()),
        }
    }

    fn console(&self) -> Rc<dyn crate::console::Output> {
        self.parent.console()
    }

    fn pool(&self) -> &Pool {
        self.parent.pool()
    }
}
