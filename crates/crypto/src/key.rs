//! Keys, and the class `CryptoKey` (Web Cryptography §13).

use std::cell::OnceCell;
use std::sync::Arc;

use evp::lattice::Lattice;
use evp::{Curve, Digest, Pkey};
use jsg::convert::{array_buffer, uint8_array};
use jsg::js::{Array, Local, Object, Value};
use jsg::{Flag, JsRef, Lock, LockExt, Result, ToJs, Untraced};
use zeroize::Zeroizing;

use crate::digest::name_of;
use crate::jwk::{set_members, strings};
use crate::usages::Usages;

/// A key with all that decides what may be done with it. It never changes, so threads share it.
pub struct Key {
    pub algorithm: KeyAlgorithm,
    pub material: Material,
    pub extractable: bool,
    pub usages: Usages,
}

/// What a key consists of.
pub enum Material {
    Secret(Zeroizing<Vec<u8>>),
    Public(Pkey),
    Private(Pkey),
}

impl Material {
    /// The attribute `type`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Secret(_) => "secret",
            Self::Public(_) => "public",
            Self::Private(_) => "private",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AesMode {
    Ctr,
    Cbc,
    Gcm,
    Kw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kdf {
    Hkdf,
    Pbkdf2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsaScheme {
    Pkcs1,
    Pss,
    Oaep,
    Raw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EcScheme {
    Ecdsa,
    Ecdh,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OkpScheme {
    Ed25519,
    /// Ed25519 under the name that it had before the standard gave it one.
    NodeEd25519,
    X25519,
}

/// The attribute `algorithm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyAlgorithm {
    Aes {
        mode: AesMode,
        bits: u16,
    },
    Hmac {
        hash: Digest,
        bits: u16,
    },
    ChaCha,
    Kdf(Kdf),
    Rsa {
        scheme: RsaScheme,
        bits: u16,
        exponent: Vec<u8>,
        /// There but for [`RsaScheme::Raw`].
        hash: Option<Digest>,
    },
    Ec {
        scheme: EcScheme,
        curve: Curve,
    },
    Okp(OkpScheme),
    Lattice(Lattice),
}

impl AesMode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ctr => "AES-CTR",
            Self::Cbc => "AES-CBC",
            Self::Gcm => "AES-GCM",
            Self::Kw => "AES-KW",
        }
    }
}

impl RsaScheme {
    pub fn name(self) -> &'static str {
        match self {
            Self::Pkcs1 => "RSASSA-PKCS1-v1_5",
            Self::Pss => "RSA-PSS",
            Self::Oaep => "RSA-OAEP",
            Self::Raw => "RSA-RAW",
        }
    }
}

impl EcScheme {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ecdsa => "ECDSA",
            Self::Ecdh => "ECDH",
        }
    }
}

impl OkpScheme {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::NodeEd25519 => "NODE-ED25519",
            Self::X25519 => "X25519",
        }
    }
}

impl Kdf {
    pub fn name(self) -> &'static str {
        match self {
            Self::Hkdf => "HKDF",
            Self::Pbkdf2 => "PBKDF2",
        }
    }
}

impl KeyAlgorithm {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Aes { mode, .. } => mode.name(),
            Self::Hmac { .. } => "HMAC",
            Self::ChaCha => crate::chacha::NAME,
            Self::Kdf(kdf) => kdf.name(),
            Self::Rsa { scheme, .. } => scheme.name(),
            Self::Ec { scheme, .. } => scheme.name(),
            Self::Okp(scheme) => scheme.name(),
            Self::Lattice(kind) => crate::lattice::name(*kind),
        }
    }

    /// Whether the dictionaries that describe two algorithms have the same members.
    pub fn is_like(&self, other: &Self) -> bool {
        let shape = |algorithm: &Self| match algorithm {
            Self::Okp(OkpScheme::NodeEd25519) | Self::Ec { .. } => 0,
            Self::Okp(_) | Self::Kdf(_) | Self::ChaCha | Self::Lattice(_) => 1,
            Self::Aes { .. } => 2,
            Self::Hmac { .. } => 3,
            Self::Rsa { .. } => 4,
        };
        shape(self) == shape(other)
    }
}

/// The name of a curve as guests read it.
pub fn curve_name(curve: Curve) -> &'static str {
    match curve {
        Curve::P224 => "P-224",
        Curve::P256 => "P-256",
        Curve::P384 => "P-384",
        Curve::P521 => "P-521",
    }
}

impl<'s> ToJs<'s> for &KeyAlgorithm {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        let object = Object::new(js);
        let set = |js: &mut Lock<'s, '_>, name: &str, value: Local<'s, Value>| {
            let key = jsg::intern(js, name);
            object.create_data_property(js, key.into(), value);
        };
        let name = jsg::intern(js, self.name());
        set(js, "name", name.into());
        match self {
            KeyAlgorithm::Aes { bits, .. } => {
                let bits = bits.to_js(js)?;
                set(js, "length", bits);
            }
            KeyAlgorithm::Hmac { hash, bits } => {
                let hash = hash_object(js, *hash);
                set(js, "hash", hash.into());
                let bits = bits.to_js(js)?;
                set(js, "length", bits);
            }
            KeyAlgorithm::ChaCha
            | KeyAlgorithm::Kdf(_)
            | KeyAlgorithm::Lattice(_)
            | KeyAlgorithm::Okp(OkpScheme::Ed25519 | OkpScheme::X25519) => {}
            KeyAlgorithm::Rsa {
                bits,
                exponent,
                hash,
                ..
            } => {
                let bits = bits.to_js(js)?;
                set(js, "modulusLength", bits);
                let exponent: Local<'s, Value> = if js.flag(Flag::CryptoPreservePublicExponent) {
                    uint8_array(js, exponent)?.into()
                } else {
                    array_buffer(js, exponent)?.into()
                };
                set(js, "publicExponent", exponent);
                let hash = hash.map(|hash| hash_object(js, hash).into());
                set_members(js, object, &[("hash", hash)]);
            }
            KeyAlgorithm::Ec { curve, .. } => {
                let curve = jsg::intern(js, curve_name(*curve));
                set(js, "namedCurve", curve.into());
            }
            KeyAlgorithm::Okp(OkpScheme::NodeEd25519) => {
                let curve = jsg::intern(js, OkpScheme::NodeEd25519.name());
                set(js, "namedCurve", curve.into());
            }
        }
        Ok(object.into())
    }
}

fn hash_object<'s>(js: &mut Lock<'s, '_>, hash: Digest) -> Local<'s, Object> {
    let object = Object::new(js);
    let key = jsg::intern(js, "name");
    let name = jsg::intern(js, name_of(hash));
    object.create_data_property(js, key.into(), name.into());
    object
}

/// A key in a guest's hands.
#[jsg::class]
pub struct CryptoKey {
    key: Untraced<Arc<Key>>, // plain data
    /// The objects that its attributes give, made when they are first read.
    algorithm: OnceCell<JsRef<Value>>,
    usages: OnceCell<JsRef<Array>>,
}

impl CryptoKey {
    pub fn new(key: Key) -> Self {
        Self {
            key: Untraced(Arc::new(key)),
            algorithm: OnceCell::new(),
            usages: OnceCell::new(),
        }
    }

    /// The key itself.
    pub fn key(&self) -> Arc<Key> {
        self.key.0.clone()
    }
}

#[jsg::methods]
impl CryptoKey {
    #[jsg(instance_getter, name = "type")]
    fn kind(&self) -> &'static str {
        self.key.0.material.type_name()
    }

    #[jsg(instance_getter)]
    fn extractable(&self) -> bool {
        self.key.0.extractable
    }

    #[jsg(instance_getter)]
    fn algorithm<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        if let Some(made) = self.algorithm.get() {
            return Ok(made.get(js));
        }
        let algorithm = self.key.0.algorithm.to_js(js)?;
        let made = JsRef::new(js, algorithm);
        Ok(self.algorithm.get_or_init(|| made).get(js))
    }

    #[jsg(instance_getter)]
    fn usages<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Array> {
        if let Some(made) = self.usages.get() {
            return made.get(js);
        }
        let usages = strings(js, self.key.0.usages.names());
        let made = JsRef::new(js, usages);
        self.usages.get_or_init(|| made).get(js)
    }
}
