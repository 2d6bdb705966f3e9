//! Tokens: what a service, a class or a stub is found again by, on another loop or when the process runs next.
//!
//! The bytes are those of the real workerd, since storage files hold them; see `wire`.

mod wire;

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use crate::carried::ActorClass;
use crate::channel::{ChannelError, SubrequestChannel};
use crate::restored::StubChannel;

/// Why a reference cannot be stored.
pub const NOT_STORABLE: &str = "Cannot store this stub because the target worker does not have the \
    allow_irrevocable_stub_storage compatibility flag enabled.";

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// Another loop of the process.
    Loop,
    /// Whoever reads the storage, whenever that is.
    Storage,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub to: Referent,
    /// Whether it may be stored: the Worker that it leads to has agreed.
    pub is_persistent: bool,
}

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Referent {
    /// An entry point of a service.
    Service(Named),
    /// A Durable Object class of one.
    Class(Named),
    /// A Durable Object.
    Object {
        /// The unique key of its namespace.
        key: Arc<str>,
        id: Vec<u8>,
        name: Option<String>,
    },
    /// What the `[restore]()` of a service has given.
    Restored(Restored),
}

/// A service or a stub that `[restore]()` gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub kind: Kind,
    /// Whose `[restore]()`.
    pub vendor: Box<Token>,
    pub params: Written,
}

/// What `[restore]()` has given at first, and has to give again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Service,
    Stub,
}

/// An export of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub service: Arc<str>,
    pub entrypoint: Option<Arc<str>>,
    /// None: an empty object.
    pub props: Option<Written>,
}

/// The kinds of references that have tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Service = 0,
    Class = 1,
    Stub = 2,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    Json(Arc<str>),
    /// As structured clone writes it, with the tokens of what it refers to.
    Clone {
        data: Vec<u8>,
        tokens: Vec<Token>,
    },
}

/// Why there is no token, for the guest.
pub type Refusal = Cow<'static, str>;

/// Finds what tokens stand for.
pub trait Resolver {
    /// # Errors
    /// There is no such service any more.
    fn service(&self, token: &Token) -> Result<Rc<dyn SubrequestChannel>, ChannelError>;

    /// # Errors
    /// There is no such class any more.
    fn class(&self, token: &Token) -> Result<Rc<dyn ActorClass>, ChannelError>;

    /// # Errors
    /// What it leads to is not there any more.
    fn stub(&self, token: &Token) -> Result<Rc<dyn StubChannel>, ChannelError>;
}

/// The [`Resolver`] of an isolate, stored as its extension.
pub struct Tokens(pub Rc<dyn Resolver>);

impl Written {
    pub fn write(&self) -> Vec<u8> {
        wire::write_whole_value(self)
    }

    /// None: the bytes are no such value.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        wire::read_whole_value(bytes)
    }
}

impl Token {
    /// # Errors
    /// It may not be stored.
    pub fn new(to: Referent, is_persistent: bool, usage: Usage) -> Result<Self, Refusal> {
        if usage == Usage::Storage && !is_persistent {
            return Err(NOT_STORABLE.into());
        }
        Ok(Self { to, is_persistent })
    }

    pub fn write(&self) -> Vec<u8> {
        wire::write(self)
    }

    /// None: the bytes are no token.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        wire::read(bytes, Usage::Loop)
    }

    /// As [`read`](Self::read), for a token that was stored.
    pub fn read_stored(bytes: &[u8]) -> Option<Self> {
        wire::read(bytes, Usage::Storage)
    }

    /// What kind of reference it is of.
    pub fn form(&self) -> Form {
        match &self.to {
            Referent::Service(_) | Referent::Object { .. } => Form::Service,
            Referent::Class(_) => Form::Class,
            Referent::Restored(restored) => match restored.kind {
                Kind::Service => Form::Service,
                Kind::Stub => Form::Stub,
            },
        }
    }
}
