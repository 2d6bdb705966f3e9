//! The `algorithm` arguments of `SubtleCrypto`: a name, or a dictionary with a name.
//!
//! One dictionary a method has the members of all algorithms (Web Cryptography, the `Params` of each);
//! whichever an algorithm needs it asks for itself. They own what they hold, so that the work can be
//! done by another thread.

use std::borrow::Cow;
use std::sync::Arc;

use evp::Digest;
use jsg::convert::BufferSource;
use jsg::js::{Local, Value};
use jsg::{Error, FromJs, Handle, Lock, Result};

use crate::digest;
use crate::error;
use crate::key::{CryptoKey, Key};

/// A string that is "undefined" when it is left out, as the strings are that a dictionary must have.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Text(pub String);

impl<'s> FromJs<'s> for Text {
    fn type_name() -> Cow<'static, str> {
        String::type_name()
    }

    fn missing() -> Option<Self> {
        Some(Self("undefined".to_owned()))
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        Ok(String::try_from_js(js, value)?.map(Self))
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        String::matches(js, value)
    }
}

/// A copy of a buffer source's bytes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Source(pub Vec<u8>);

impl<'s> FromJs<'s> for Source {
    fn type_name() -> Cow<'static, str> {
        BufferSource::type_name()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        Ok(BufferSource::try_from_js(js, value)?.map(|source| Self(source.to_vec())))
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        BufferSource::matches(js, value)
    }
}

/// How many bits are asked for, if anybody cares.
pub struct BitLength(pub Option<u32>);

impl<'s> FromJs<'s> for BitLength {
    fn type_name() -> Cow<'static, str> {
        i32::type_name()
    }

    fn missing() -> Option<Self> {
        Some(Self(None))
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if value.is_null_or_undefined() {
            return Ok(Self::missing());
        }
        let Some(length) = i32::try_from_js(js, value)? else {
            return Ok(None);
        };
        match u32::try_from(length) {
            Ok(length) => Ok(Some(Self(Some(length)))),
            Err(_) => Err(Error::type_error(
                "deriveBits length must be an unsigned long integer.",
            )),
        }
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        i32::matches(js, value)
    }
}

/// A [`CryptoKey`] in a dictionary.
pub struct KeyMember(pub Arc<Key>);

impl<'s> FromJs<'s> for KeyMember {
    fn type_name() -> Cow<'static, str> {
        Handle::<CryptoKey>::type_name()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        let key = Handle::<CryptoKey>::try_from_js(js, value)?;
        Ok(key.map(|key| Self(key.get().key())))
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        Handle::<CryptoKey>::matches(js, value)
    }
}

/// The error for null where a dictionary should be, with the name that the real one's compiler has for
/// the type.
#[cold]
pub(crate) fn nothing_to_read(dictionary: &str) -> Error {
    Error::type_error(format!(
        "Cannot initialize N7workerd3api12SubtleCrypto{}{dictionary}E with required members from an undefined or null \
         value.",
        dictionary.len()
    ))
}

/// A dictionary that a name alone can stand for.
pub trait Named {
    fn named(name: Text) -> Self;
}

/// `AlgorithmIdentifier`: a dictionary, or its name alone.
pub struct Algorithm<T>(pub T);

impl<'s, T: FromJs<'s> + Named> FromJs<'s> for Algorithm<T> {
    fn type_name() -> Cow<'static, str> {
        format!("string or {}", T::type_name()).into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if value.is_object() {
            return Ok(T::try_from_js(js, value)?.map(Self));
        }
        if value.is_null_or_undefined() {
            return Err(nothing_to_read(&T::type_name()));
        }
        Ok(Text::try_from_js(js, value)?.map(|name| Self(T::named(name))))
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_string() || T::matches(js, value)
    }
}

macro_rules! named {
    ($($dictionary:ident),*) => {
        $(impl Named for $dictionary {
            fn named(name: Text) -> Self {
                Self { name, ..Self::default() }
            }
        })*
    };
}

impl Named for HashParams {
    fn named(name: Text) -> Self {
        Self { name }
    }
}

named!(
    EncryptParams,
    SignParams,
    GenerateParams,
    ImportParams,
    DeriveParams
);

/// What names a hash function.
pub type Hash = Algorithm<HashParams>;

impl Hash {
    pub fn digest(&self) -> error::Result<Digest> {
        digest::by_name(&self.0.name.0)
    }
}

/// For `digest()`, and in other dictionaries.
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "HashAlgorithm")]
pub struct HashParams {
    pub name: Text,
}

/// For `encrypt()`, `decrypt()`, `wrapKey()` and `unwrapKey()`.
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "EncryptAlgorithm")]
pub struct EncryptParams {
    pub name: Text,
    pub iv: Option<Source>,
    pub additional_data: Option<Source>,
    pub tag_length: Option<i32>,
    pub counter: Option<Source>,
    pub length: Option<i32>,
    pub label: Option<Source>,
}

/// For `sign()` and `verify()`.
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "SignAlgorithm")]
pub struct SignParams {
    pub name: Text,
    pub hash: Option<Hash>,
    pub data_length: Option<i32>,
    pub salt_length: Option<i32>,
    pub context: Option<Source>,
}

/// For `generateKey()`.
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "GenerateKeyAlgorithm")]
pub struct GenerateParams {
    pub name: Text,
    pub hash: Option<Hash>,
    pub modulus_length: Option<i32>,
    pub public_exponent: Option<Source>,
    pub length: Option<i32>,
    pub named_curve: Option<String>,
}

/// For `importKey()`, and for the keys that `deriveKey()` and `unwrapKey()` make.
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "ImportKeyAlgorithm")]
pub struct ImportParams {
    pub name: Text,
    pub hash: Option<Hash>,
    pub length: Option<i32>,
    pub named_curve: Option<String>,
    pub compressed: Option<bool>,
}

/// For `deriveKey()` and `deriveBits()`.
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "DeriveKeyAlgorithm")]
pub struct DeriveParams {
    pub name: Text,
    pub salt: Option<Source>,
    pub iterations: Option<i32>,
    pub hash: Option<Hash>,
    pub public: Option<KeyMember>,
    pub info: Option<Source>,
}
