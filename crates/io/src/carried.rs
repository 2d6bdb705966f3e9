//! Values that outlive their isolate and refer to services and classes: the props of entry points, the environments of
//! dynamic Workers. Each read gives a copy.

use std::any::Any;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use jsg::Result;
use jsg::clone::{Options, data_clone_error};
use jsg::js::{self, Local};
use jsg::{Error, Lock, LockExt};

use crate::channel::{ChannelError, EventFuture, SubrequestChannel};
use crate::restored::StubChannel;
use crate::rpc::{External, Incoming};
use crate::token::{Form, Refusal, Resolver, Token, Tokens, Usage, Written};

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
    Stub(Rc<dyn StubChannel>),
    /// Whatever it is, it is looked for when it is read.
    Token(Token),
}

enum Value {
    Json(Arc<str>),
    /// As structured clone writes it, with a number in each place of a reference.
    Clone(Vec<u8>),
}

struct Inner {
    value: Value,
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

impl Reference {
    fn find(token: &Token, resolver: &dyn Resolver) -> std::result::Result<Self, ChannelError> {
        match token.form() {
            Form::Service => resolver.service(token).map(Self::Service),
            Form::Class => resolver.class(token).map(Self::Class),
            Form::Stub => resolver.stub(token).map(Self::Stub),
        }
    }

    /// What a token stands for in this isolate.
    fn found(js: &Lock<'_, '_>, token: &Token) -> Result<Self> {
        let tokens = js.extension::<Tokens>();
        let tokens = tokens.ok_or_else(|| Error::Internal("an isolate without tokens".into()))?;
        Ok(Self::find(token, &*tokens.0)?)
    }
}

impl Carried {
    /// A value that was written with [`Outgoing::of_carried`].
    ///
    /// # Errors
    /// It refers to something that lives no longer than its event.
    pub fn new(data: Vec<u8>, externals: Vec<External>) -> Result<Self> {
        let references = externals.into_iter().map(|external| match external {
            External::Service(service) => Ok(Reference::Service(service)),
            External::Class(class) => Ok(Reference::Class(class)),
            External::Capability(stub) => match stub.channel() {
                Some(channel) => Ok(match channel.as_token() {
                    Some(token) => Reference::Token(token.clone()),
                    None => Reference::Stub(channel),
                }),
                None => Err(data_clone_error(NO_STUB)),
            },
            External::Token(_) => Err(data_clone_error(NO_STUB)),
            External::Readable(_) => Err(data_clone_error(NO_READABLE)),
            External::Writable(_) => Err(data_clone_error(NO_WRITABLE)),
            External::Signal(_) => Err(data_clone_error(NO_SIGNAL)),
            External::Socket(_) => Err(data_clone_error(NO_SOCKET)),
        });
        let references = references.collect::<Result<_>>()?;
        Ok(Self(Rc::new(Inner {
            value: Value::Clone(data),
            references,
        })))
    }

    /// A value that refers to nothing, as structured clone has written it.
    pub fn plain(data: Vec<u8>) -> Self {
        Self(Rc::new(Inner {
            value: Value::Clone(data),
            references: Vec::new(),
        }))
    }

    /// A copy of the value.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn read<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, js::Value>> {
        let data = match &self.0.value {
            Value::Json(json) => return jsg::json_parse(js, json),
            Value::Clone(data) => data.clone(),
        };
        let mut externals = Vec::with_capacity(self.0.references.len());
        for reference in &self.0.references {
            let reference = match reference {
                Reference::Token(token) => Reference::found(js, token)?,
                known => known.clone(),
            };
            externals.push(match reference {
                Reference::Service(service) => External::Service(service),
                Reference::Class(class) => External::Class(class),
                Reference::Stub(channel) => External::Capability(channel.restore()),
                Reference::Token(_) => return Err(Error::Internal("a token of a token".into())),
            });
        }
        let options = Options {
            externals: Some(Rc::new(Incoming::of_carried(externals))),
            ..Options::default()
        };
        jsg::clone::deserialize(js, data.into(), &options)
    }

    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        match &self.0.value {
            Value::Json(json) => json.len(),
            Value::Clone(data) => data.len(),
        }
    }

    /// The value in a token.
    ///
    /// # Errors
    /// What it refers to cannot be found again.
    pub fn written(&self, usage: Usage) -> std::result::Result<Written, Refusal> {
        let data = match &self.0.value {
            Value::Json(json) => return Ok(Written::Json(json.clone())),
            Value::Clone(data) => data.clone(),
        };
        let references = self.0.references.iter();
        let tokens = references.map(|reference| match reference {
            Reference::Service(service) => service.token(usage),
            Reference::Class(class) => class.token(usage),
            Reference::Stub(channel) => channel.token(usage),
            Reference::Token(token) => Token::new(token.to.clone(), token.is_persistent, usage),
        });
        let tokens = tokens.collect::<std::result::Result<_, _>>()?;
        Ok(Written::Clone { data, tokens })
    }

    /// The value of a token of another loop. What it refers to is looked for when it is read.
    pub fn of_loop(written: Written) -> Self {
        Self(Rc::new(match written {
            Written::Json(json) => Inner {
                value: Value::Json(json),
                references: Vec::new(),
            },
            Written::Clone { data, tokens } => Inner {
                value: Value::Clone(data),
                references: tokens.into_iter().map(Reference::Token).collect(),
            },
        }))
    }

    /// The value of a token.
    ///
    /// # Errors
    /// What it refers to is not there any more.
    pub fn find(
        written: &Written,
        resolver: &dyn Resolver,
    ) -> std::result::Result<Self, ChannelError> {
        let (data, tokens) = match written {
            Written::Json(json) => {
                return Ok(Self(Rc::new(Inner {
                    value: Value::Json(json.clone()),
                    references: Vec::new(),
                })));
            }
            Written::Clone { data, tokens } => (data.clone(), tokens.iter()),
        };
        let references = tokens.map(|token| Reference::find(token, resolver));
        let references = references.collect::<std::result::Result<_, _>>()?;
        Ok(Self(Rc::new(Inner {
            value: Value::Clone(data),
            references,
        })))
    }
}
