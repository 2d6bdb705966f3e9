//! Keys in pairs of `node:crypto`: the class behind `PublicKeyObject` and `PrivateKeyObject`, and their signatures.

use std::sync::Arc;

use crypto::key::{Key, Material};
use evp::pkey::Scheme;
use evp::{Digest, Kind, Pkey, ec};
use jsg::convert::{ByteView, uint8_array};
use jsg::js::{Local, Uint8Array, Value};
use jsg::{Error, Handle, Lock, Result, Untraced};

use crate::crypto_natives::digest_named;

/// `RSA_PKCS1_PSS_PADDING` of Node's constants, and the paddings that sign otherwise.
const PSS: i32 = 6;
const PKCS1: i32 = 1;
/// As long as the digest.
const USUAL_SALT: i32 = -1;

#[jsg::class]
pub struct KeyHandle {
    // It holds no handles.
    key: Untraced<Origin>,
    private: bool,
}

/// Where a key comes from: the two kinds are exported with other errors, and never equal.
enum Origin {
    Node(Pkey),
    /// A public or private key of WebCrypto.
    Web(Arc<Key>),
}

impl KeyHandle {
    pub fn open<'s>(js: &mut Lock<'s, '_>, key: Pkey, private: bool) -> Local<'s, Value> {
        let key = Untraced(Origin::Node(key));
        Handle::new(js, Self { key, private }).object().into()
    }

    /// The handle of a WebCrypto key, unless that is a secret one.
    pub fn of_web<'s>(js: &mut Lock<'s, '_>, key: Arc<Key>) -> Option<Local<'s, Value>> {
        let private = match key.material {
            Material::Secret(_) => return None,
            Material::Public(_) => false,
            Material::Private(_) => true,
        };
        let key = Untraced(Origin::Web(key));
        Some(Handle::new(js, Self { key, private }).object().into())
    }

    pub fn key(&self) -> &Pkey {
        match &self.key.0 {
            Origin::Node(key) => key,
            Origin::Web(key) => match &key.material {
                Material::Public(key) | Material::Private(key) => key,
                Material::Secret(_) => unreachable!("checked where it is made"),
            },
        }
    }

    pub fn web(&self) -> Option<&Arc<Key>> {
        match &self.key.0 {
            Origin::Node(_) => None,
            Origin::Web(key) => Some(key),
        }
    }

    pub fn is_private(&self) -> bool {
        self.private
    }

    /// What Node calls the type of the key.
    pub fn type_name(&self) -> &'static str {
        if let Some(key) = self.web() {
            return match key.algorithm.name() {
                "RSASSA-PKCS1-v1_5" | "RSA-PSS" | "RSA-OAEP" => "rsa",
                "ECDSA" => "ec",
                "ECDH" => "ecdh",
                "Ed25519" | "NODE-ED25519" => "ed25519",
                "X25519" => "x25519",
                other => other,
            };
        }
        match self.key().kind() {
            Kind::Rsa => "rsa",
            Kind::Ec => "ec",
            Kind::Ed25519 => "ed25519",
            Kind::X25519 => "x25519",
            Kind::Dsa => "dsa",
            Kind::Dh => "dh",
            Kind::Other => "",
        }
    }
}

impl KeyHandle {
    /// Whether the data is hashed before it is signed.
    fn takes_hash(&self) -> bool {
        matches!(self.key().kind(), Kind::Rsa | Kind::Ec)
    }

    fn scheme(&self, padding: Option<i32>, salt: Option<i32>) -> Result<Scheme> {
        if self.key().kind() != Kind::Rsa {
            return Ok(Scheme::Plain);
        }
        match padding {
            None | Some(PKCS1) => Ok(Scheme::Plain),
            Some(PSS) => Ok(Scheme::Pss {
                salt: salt.unwrap_or(USUAL_SALT),
            }),
            Some(_) => Err(Error::error("Failed to set RSA parameters for signature")),
        }
    }
}

fn named<'s>(js: &Lock<'s, '_>, name: Option<Local<'s, Value>>) -> Result<Option<Digest>> {
    let Some(name) = name.filter(|name| !name.is_undefined()) else {
        return Ok(None);
    };
    match digest_named(js, name) {
        Some(digest) => Ok(Some(digest)),
        None => {
            let text = format!("Unknown digest: {}", name.to_rust_string_lossy(js));
            Err(Error::error(text))
        }
    }
}

#[jsg::methods]
impl KeyHandle {
    /// What Node calls its type.
    #[jsg(method)]
    fn kind(&self) -> &'static str {
        self.type_name()
    }

    #[jsg(method, name = "isPrivate")]
    fn has_private(&self) -> bool {
        self.private
    }

    /// Of data that is hashed already.
    #[jsg(method)]
    fn sign_hash<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: Local<'s, Value>,
        hash: ByteView<'s>,
        padding: Option<i32>,
        salt: Option<i32>,
    ) -> Result<Local<'s, Uint8Array>> {
        let digest = named(js, Some(name))?.ok_or_else(unfit)?;
        if !self.takes_hash() {
            return Err(unfit());
        }
        let scheme = self.scheme(padding, salt)?;
        let signature = hash.with_bytes(js, |hash| self.key().sign_hash(digest, scheme, hash));
        let signature = signature.map_err(|_| Error::error("Failed to generate signature"))?;
        uint8_array(js, &signature)
    }

    #[jsg(method)]
    fn verify_hash<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: Local<'s, Value>,
        hash: ByteView<'s>,
        signature: ByteView<'s>,
        padding: Option<i32>,
        salt: Option<i32>,
    ) -> Result<bool> {
        let digest = named(js, Some(name))?.ok_or_else(unfit)?;
        if !self.takes_hash() {
            return Err(Error::error("Unsupported operation for this key"));
        }
        let scheme = self.scheme(padding, salt)?;
        let hash = hash.with_bytes(js, <[u8]>::to_vec);
        let valid = signature.with_bytes(js, |signature| {
            self.key().verify_hash(digest, scheme, signature, &hash)
        });
        Ok(valid.unwrap_or(false))
    }

    /// Of data, which is hashed first where the key wants that.
    #[jsg(method)]
    fn sign<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        data: ByteView<'s>,
        name: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Uint8Array>> {
        let digest = named(js, name)?;
        let refused = || Error::error("Failed to initialize signing context");
        if self.takes_hash() != digest.is_some() {
            return Err(refused());
        }
        let signature = data.with_bytes(js, |data| self.key().sign(digest, Scheme::Plain, data));
        let signature = signature.map_err(|_| refused())?;
        uint8_array(js, &signature)
    }

    #[jsg(method)]
    fn verify<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        data: ByteView<'s>,
        signature: ByteView<'s>,
        name: Option<Local<'s, Value>>,
    ) -> Result<bool> {
        let digest = named(js, name)?;
        let refused = || Error::error("Failed to initialize verification context");
        if self.takes_hash() != digest.is_some() {
            return Err(refused());
        }
        let signature = signature.with_bytes(js, <[u8]>::to_vec);
        let valid = data.with_bytes(js, |data| {
            self.key().verify(digest, Scheme::Plain, &signature, data)
        });
        valid.map_err(|_| refused())
    }

    /// A signature on a curve as its two numbers (IEEE P1363); others stay as they are.
    #[jsg(method)]
    fn numbers_of<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        signature: ByteView<'s>,
    ) -> Result<Local<'s, Uint8Array>> {
        let der = signature.with_bytes(js, <[u8]>::to_vec);
        let numbers = match self.key().curve() {
            Some(curve) => ec::signature_from_der(curve, &der).map_err(failed)?,
            None => der,
        };
        uint8_array(js, &numbers)
    }

    /// The other way; empty if it has a wrong length.
    #[jsg(method)]
    fn der_of<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        signature: ByteView<'s>,
    ) -> Result<Local<'s, Uint8Array>> {
        let numbers = signature.with_bytes(js, <[u8]>::to_vec);
        let der = match self.key().curve() {
            Some(curve) => ec::signature_to_der(curve, &numbers).unwrap_or_default(),
            None => numbers,
        };
        uint8_array(js, &der)
    }
}

fn failed(_: evp::Refused) -> Error {
    Error::error("Operation failed")
}

fn unfit() -> Error {
    Error::error("Failed to set signature digest")
}
