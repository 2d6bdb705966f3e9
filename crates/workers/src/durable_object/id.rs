//! Ids of objects. They are the same for the same name in every process that knows the namespace's unique key, and
//! nobody without the key can make one.

use std::sync::Arc;

use aws_lc_rs::{digest, hmac};
use jsg::{Error, Handle, Lock, Result, Untraced};

const LENGTH: usize = 32;
/// The part of an id that tells objects apart; the rest proves the namespace.
const BASE: usize = 16;

/// Names longer than this are forgotten by the object's own id.
const LONGEST_NAME: usize = 1024;

/// The id of a stored object. Ids are the same when their bytes are.
#[derive(Debug, Clone)]
pub struct ObjectId {
    bytes: [u8; LENGTH],
    name: Option<Arc<str>>,
}

impl PartialEq for ObjectId {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for ObjectId {}

impl std::hash::Hash for ObjectId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl ObjectId {
    /// What it was made from.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// As the object itself knows it.
    #[must_use]
    pub fn of_object(mut self) -> Self {
        self.name = self.name.filter(|name| name.len() <= LONGEST_NAME);
        self
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.bytes
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The id of an object of any kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ActorId {
    /// A stored one.
    Object(ObjectId),
    /// One that lives in this process only, or a facet with an id of its own.
    Text(Arc<str>),
}

impl ActorId {
    /// As the object itself knows it.
    #[must_use]
    pub fn of_object(self) -> Self {
        match self {
            Self::Object(id) => Self::Object(id.of_object()),
            Self::Text(text) => Self::Text(text),
        }
    }

    /// Writes the id for another thread of the process.
    pub fn write(&self, to: &mut Vec<u8>) {
        let (kind, text) = match self {
            Self::Text(text) => (TEXT, Some(&**text)),
            Self::Object(id) if id.name.is_none() => (UNNAMED, None),
            Self::Object(id) => (NAMED, id.name()),
        };
        to.push(kind);
        if let Self::Object(id) = self {
            to.extend_from_slice(&id.bytes);
        }
        to.extend_from_slice(text.unwrap_or_default().as_bytes());
    }

    /// What [`write`](Self::write) has written; none if it is anything else.
    pub fn read(written: &[u8]) -> Option<Self> {
        let (kind, rest) = written.split_first()?;
        if *kind == TEXT {
            return Some(Self::Text(std::str::from_utf8(rest).ok()?.into()));
        }
        let (bytes, name) = rest.split_first_chunk()?;
        let name = std::str::from_utf8(name).ok()?;
        let name = match *kind {
            UNNAMED if name.is_empty() => None,
            NAMED => Some(name.into()),
            _ => return None,
        };
        Some(Self::Object(ObjectId {
            bytes: *bytes,
            name,
        }))
    }
}

/// The first byte of a written id.
const UNNAMED: u8 = 0;
const NAMED: u8 = 1;
const TEXT: u8 = 2;

impl std::fmt::Display for ActorId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Object(id) => id.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Makes the ids of one namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdFactory {
    key: [u8; LENGTH],
}

impl IdFactory {
    pub fn new(unique_key: &str) -> Self {
        let hash = digest::digest(&digest::SHA256, unique_key.as_bytes());
        let mut key = [0; LENGTH];
        key.copy_from_slice(hash.as_ref());
        Self { key }
    }

    /// The id of the object with this name.
    pub fn from_name(&self, name: &str) -> ObjectId {
        let mut base = [0; BASE];
        base.copy_from_slice(&self.hash(name.as_bytes()).as_ref()[..BASE]);
        ObjectId {
            bytes: self.complete(base),
            name: Some(name.into()),
        }
    }

    /// An id that no other call gives.
    ///
    /// # Errors
    /// There are no random numbers.
    pub fn new_unique(&self) -> Result<ObjectId> {
        let mut base = [0; BASE];
        getrandom::fill(&mut base).map_err(|_| Error::Internal("no random numbers".into()))?;
        Ok(ObjectId {
            bytes: self.complete(base),
            name: None,
        })
    }

    /// The id of which `text` is the string.
    ///
    /// # Errors
    /// It is not one of this namespace.
    pub fn from_string(&self, text: &str) -> Result<ObjectId> {
        let bytes = decode(text)
            .ok_or_else(|| Error::type_error("Invalid Durable Object ID: must be 64 hex digits"))?;
        self.from_bytes(&bytes, None)
            .ok_or_else(|| Error::type_error("Durable Object ID is not valid for this namespace."))
    }

    /// The id of which `text` is the string, be it of this namespace or not; none if it is no id.
    pub fn unproved(&self, text: &str) -> Option<ObjectId> {
        Some(ObjectId {
            bytes: decode(text)?,
            name: None,
        })
    }

    /// The id of these bytes; none if it is not one of this namespace.
    pub fn from_bytes(&self, bytes: &[u8], name: Option<Arc<str>>) -> Option<ObjectId> {
        let base = *bytes.first_chunk()?;
        let whole = self.complete(base);
        (whole == bytes).then_some(ObjectId { bytes: whole, name })
    }

    fn hash(&self, data: &[u8]) -> hmac::Tag {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.key), data)
    }

    fn complete(&self, base: [u8; BASE]) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        bytes[..BASE].copy_from_slice(&base);
        bytes[BASE..].copy_from_slice(&self.hash(&base).as_ref()[..LENGTH - BASE]);
        bytes
    }
}

fn decode(text: &str) -> Option<[u8; LENGTH]> {
    let digits = text.as_bytes();
    if digits.len() != LENGTH * 2 {
        return None;
    }
    let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
    let mut bytes = [0; LENGTH];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// An id as guests have it.
#[jsg::class]
pub struct DurableObjectId {
    /// Plain data.
    id: Untraced<ObjectId>,
}

#[jsg::methods]
impl DurableObjectId {
    #[jsg(method, name = "toString")]
    fn text(&self) -> String {
        self.id.to_string()
    }

    #[jsg(method)]
    fn equals(&self, other: Handle<'_, Self>) -> bool {
        *self.id == *other.get().id
    }

    #[jsg(instance_getter)]
    fn name(&self) -> Option<String> {
        self.id.name().map(str::to_owned)
    }

    /// Nothing outside of Cloudflare's network has any.
    #[jsg(instance_getter)]
    fn jurisdiction(&self) -> Option<String> {
        None
    }
}

impl DurableObjectId {
    pub fn create<'s>(js: &mut Lock<'s, '_>, id: ObjectId) -> Handle<'s, Self> {
        Handle::new(js, Self { id: Untraced(id) })
    }

    /// The id itself.
    pub fn id(&self) -> &ObjectId {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_the_ids_that_they_always_gave() {
        let ids = IdFactory::new("a");
        let id = ids.from_name("x");
        let text = "c8d81ed371e5117ef58a0874ee7b6eb01cb8394bf94b20d2478278a8732c672a";
        assert_eq!(id.to_string(), text);
        assert_eq!(id.name(), Some("x"));
        let again = ids
            .from_string(&text.to_uppercase())
            .expect("it is one of ours");
        assert_eq!(again, id);
        assert_eq!(again.name(), None);
    }

    #[test]
    fn only_ids_of_the_namespace_are_read() {
        let ids = IdFactory::new("a");
        let foreign = IdFactory::new("b").new_unique().expect("random numbers");
        assert!(ids.from_string(&foreign.to_string()).is_err());
        for wrong in ["", "zz", &"z".repeat(64), &"0".repeat(63), &"0".repeat(64)] {
            assert!(ids.from_string(wrong).is_err(), "{wrong}");
        }
        let own = ids.new_unique().expect("random numbers");
        assert_eq!(ids.from_string(&own.to_string()).ok(), Some(own));
    }

    #[test]
    fn an_object_forgets_a_very_long_name() {
        let ids = IdFactory::new("a");
        let short = ids.from_name(&"n".repeat(1024)).of_object();
        let long = ids.from_name(&"n".repeat(1025)).of_object();
        assert!(short.name().is_some() && long.name().is_none());
    }
}
