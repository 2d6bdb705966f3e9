//! Values that outlive their isolate and refer to services and classes: the props of entry points, the environments of
//! dynamic Workers. Each read gives a copy.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use jsg::Lock;
use jsg::Result;
use jsg::clone::{Options, data_clone_error};
use jsg::js::{Local, Value};

use crate::channel::{ChannelError, EventFuture, SubrequestChannel};
use crate::rpc::{External, Incoming, Outgoing, Ownership};
use crate::token::{Refusal, Resolver, Token, Usage, Written};

/// A class that Durable Objects can be made of.
pub trait ActorClass {
    /// For those who know what kind of class it is.
    fn as_any(self: Rc<Self>) -> Rc<dyn Any>;

    /// The same class with `ctx.props` for its objects.
    fn with_props(&self, props: Option<Carried>) -> Rc<dyn ActorClass>;

    /// The class itself, where this one has yet to be loaded.
    fn loaded(self: Rc<Self>) -> EventFuture<Rc<dyn ActorClass>>;

    /// What it is found again by.
    ///
    /// # Errors
    /// It is not.
    fn token(&self, usage: Usage) -> std::result::Result<Token, Refusal>;

    /// Why a reference to it cannot be sent to another event, if so.
    fn not_sendable(&self) -> Option<&'static str> {
        None
    }
}

#[derive(Clone)]
enum Reference {
    Service(Rc<dyn SubrequestChannel>),
    Class(Rc<dyn ActorClass>),
}

struct Inner {
    data: Vec<u8>,
    references: Vec<Reference>,
}

/// See the module.
#[derive(Clone)]
pub struct Carried(Rc<Inner>);

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried").finish_non_exhaustive()
    }
}

/// Why a value cannot be carried that refers to something else.
const NO_STUB: &str =
    "RpcStub cannot be serialized in this context because it is not a persistent stub.";
const NO_READABLE: &str = "ReadableStream can only be serialized for RPC.";
const NO_WRITABLE: &str = "WritableStream can only be serialized for RPC.";
const NO_SIGNAL: &str = "AbortSignal can only be serialized for RPC.";
const NO_SOCKET: &str = "Socket can only be serialized for RPC.";

impl Carried {
    /// # Errors
    /// The value cannot be cloned, or refers to something that lives no longer than its event.
    pub fn write<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Self> {
        let outgoing = Rc::new(Outgoing::new(Ownership::Duplicate, false));
        let options = Options {
            externals: Some(outgoing.clone()),
            ..Options::default()
        };
        let data = jsg::clone::serialize(js, value, &[], &options)?.data;
        let (externals, _) = outgoing.finish();
        let references = externals.into_iter().map(|external| match external {
            External::Service(service) => Ok(Reference::Service(service)),
            External::Class(class) => Ok(Reference::Class(class)),
            External::Capability(_) | External::Token(_) => Err(data_clone_error(NO_STUB)),
            External::Readable(_) => Err(data_clone_error(NO_READABLE)),
            External::Writable(_) => Err(data_clone_error(NO_WRITABLE)),
            External::Signal(_) => Err(data_clone_error(NO_SIGNAL)),
            External::Socket(_) => Err(data_clone_error(NO_SOCKET)),
        });
        let references = references.collect::<Result<_>>()?;
        Ok(Self(Rc::new(Inner { data, references })))
    }

    /// A value that refers to nothing, as structured clone has written it.
    pub fn plain(data: Vec<u8>) -> Self {
        let references = Vec::new();
        Self(Rc::new(Inner { data, references }))
    }

    /// A copy of the value.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn read<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        let references = self.0.references.iter().cloned();
        let externals = references.map(|reference| match reference {
            Reference::Service(service) => External::Service(service),
            Reference::Class(class) => External::Class(class),
        });
        let options = Options {
            externals: Some(Rc::new(Incoming::new(externals.collect()))),
            ..Options::default()
        };
        jsg::clone::deserialize(js, self.0.data.clone().into(), &options)
    }

    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        self.0.data.len()
    }

    /// The value in a token.
    ///
    /// # Errors
    /// What it refers to cannot be found again.
    pub fn written(&self, usage: Usage) -> std::result::Result<Written, Refusal> {
        let references = self.0.references.iter();
        let tokens = references.map(|reference| match reference {
            Reference::Service(service) => service.token(usage),
            Reference::Class(class) => class.token(usage),
        });
        Ok(Written {
            data: self.0.data.clone(),
            tokens: tokens.collect::<std::result::Result<_, _>>()?,
        })
    }

    /// The value of a token.
    ///
    /// # Errors
    /// What it refers to is not there any more.
    pub fn find(
        written: &Written,
        resolver: &dyn Resolver,
    ) -> std::result::Result<Self, ChannelError> {
        let tokens = written.tokens.iter();
        let references = tokens.map(|token| match token {
            Token::Class(_) => resolver.class(token).map(Reference::Class),
            _ => resolver.service(token).map(Reference::Service),
        });
        Ok(Self(Rc::new(Inner {
            data: written.data.clone(),
            references: references.collect::<std::result::Result<_, _>>()?,
        })))
    }
}
