//! Tokens: what a service or a class is found again by, on another loop or when the process runs next.
//!
//! The bytes are a kind, then its parts; texts and lists begin with their length, and a part that may be missing with
//! a byte that says whether it is there.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use crate::carried::ActorClass;
use crate::channel::{ChannelError, SubrequestChannel};

/// What begins a token.
const MAGIC: [u8; 4] = *b"wdt1";
/// How deep tokens may stand within the props of others.
const DEEPEST: usize = 16;

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
pub enum Token {
    /// An entry point of a service.
    Service(Named),
    /// A Durable Object class of one.
    Class(Named),
    /// A Durable Object.
    Object {
        service: Arc<str>,
        class: Arc<str>,
        id: String,
        name: Option<String>,
    },
}

/// An export of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub service: Arc<str>,
    pub entrypoint: Option<Arc<str>>,
    pub props: Option<Written>,
}

/// A value as structured clone writes it, with the tokens of what it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub data: Vec<u8>,
    pub tokens: Vec<Token>,
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
}

/// The [`Resolver`] of an isolate, stored as its extension.
pub struct Tokens(pub Rc<dyn Resolver>);

impl Token {
    pub fn write(&self) -> Vec<u8> {
        let mut to = MAGIC.to_vec();
        self.write_to(&mut to);
        to
    }

    fn write_to(&self, to: &mut Vec<u8>) {
        match self {
            Self::Service(named) => {
                to.push(0);
                named.write_to(to);
            }
            Self::Class(named) => {
                to.push(1);
                named.write_to(to);
            }
            Self::Object {
                service,
                class,
                id,
                name,
            } => {
                to.push(2);
                put(to, service.as_bytes());
                put(to, class.as_bytes());
                put(to, id.as_bytes());
                put_optional(to, name.as_deref());
            }
        }
    }

    /// None: the bytes are no token.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(&MAGIC)?;
        let token = Self::read_from(&mut rest, 0)?;
        rest.is_empty().then_some(token)
    }

    fn read_from(from: &mut &[u8], depth: usize) -> Option<Self> {
        if depth > DEEPEST {
            return None;
        }
        Some(match byte(from)? {
            0 => Self::Service(Named::read_from(from, depth)?),
            1 => Self::Class(Named::read_from(from, depth)?),
            2 => Self::Object {
                service: text(from)?.into(),
                class: text(from)?.into(),
                id: text(from)?.to_owned(),
                name: optional(from)?.map(str::to_owned),
            },
            _ => return None,
        })
    }
}

impl Named {
    fn write_to(&self, to: &mut Vec<u8>) {
        put(to, self.service.as_bytes());
        put_optional(to, self.entrypoint.as_deref());
        to.push(self.props.is_some().into());
        if let Some(props) = &self.props {
            put(to, &props.data);
            to.extend((props.tokens.len() as u32).to_le_bytes());
            for token in &props.tokens {
                token.write_to(to);
            }
        }
    }

    fn read_from(from: &mut &[u8], depth: usize) -> Option<Self> {
        let service = text(from)?.into();
        let entrypoint = optional(from)?.map(Into::into);
        let props = match byte(from)? {
            0 => None,
            _ => {
                let data = part(from)?.to_vec();
                let count = number(from)?;
                let tokens = (0..count).map(|_| Token::read_from(from, depth + 1));
                let tokens = tokens.collect::<Option<_>>()?;
                Some(Written { data, tokens })
            }
        };
        Some(Self {
            service,
            entrypoint,
            props,
        })
    }
}

fn put(to: &mut Vec<u8>, part: &[u8]) {
    to.extend((part.len() as u32).to_le_bytes());
    to.extend(part);
}

fn put_optional(to: &mut Vec<u8>, text: Option<&str>) {
    to.push(text.is_some().into());
    if let Some(text) = text {
        put(to, text.as_bytes());
    }
}

fn byte(from: &mut &[u8]) -> Option<u8> {
    let (first, rest) = from.split_first()?;
    *from = rest;
    Some(*first)
}

fn number(from: &mut &[u8]) -> Option<u32> {
    let (first, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(u32::from_le_bytes(*first))
}

fn part<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = number(from)? as usize;
    let (part, rest) = from.split_at_checked(length)?;
    *from = rest;
    Some(part)
}

fn text<'a>(from: &mut &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(part(from)?).ok()
}

/// The outer option: what there is cannot be read.
fn optional<'a>(from: &mut &'a [u8]) -> Option<Option<&'a str>> {
    match byte(from)? {
        0 => Some(None),
        _ => text(from).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_they_were_written() {
        let object = Token::Object {
            service: "main".into(),
            class: "Store".into(),
            id: "ab".into(),
            name: Some("n".into()),
        };
        let token = Token::Service(Named {
            service: "main".into(),
            entrypoint: None,
            props: Some(Written {
                data: vec![1, 2],
                tokens: vec![object],
            }),
        });
        let bytes = token.write();
        assert_eq!(Token::read(&bytes), Some(token));
        for end in 0..bytes.len() {
            assert_eq!(Token::read(&bytes[..end]), None);
        }
    }
}
