//! Keys in pairs of `node:crypto`: the class behind `PublicKeyObject` and `PrivateKeyObject`, and their signatures.

use evp::pkey::Scheme;
use evp::{Curve, Digest, Kind, Pkey, ec};
use jsg::convert::{ByteView, uint8_array};
use jsg::js::{Local, Uint8Array, Value};
use jsg::promise::Args;
use jsg::{Error, Handle, Lock, Result, Untraced};

use crate::crypto_natives::{bytes, digest_named};

/// `RSA_PKCS1_PSS_PADDING` of Node's constants, and the paddings that sign otherwise.
const PSS: i32 = 6;
const PKCS1: i32 = 1;
/// As long as the digest.
const USUAL_SALT: i32 = -1;

#[jsg::class]
pub struct KeyHandle {
    // It holds no handles.
    key: Untraced<Pkey>,
}

/// Whether keys of this kind are for `node:crypto`.
fn is_known(key: &Pkey) -> bool {
    match key.kind() {
        Kind::Other => false,
        Kind::Ec => key.curve().is_some(),
        _ => true,
    }
}

fn handle<'s>(js: &mut Lock<'s, '_>, key: Option<Pkey>) -> Result<Local<'s, Value>> {
    Ok(match key.filter(is_known) {
        Some(key) => {
            let handle = KeyHandle { key: Untraced(key) };
            Handle::new(js, handle).object().into()
        }
        None => jsg::js::undefined(js).into(),
    })
}

/// `readPrivateKey(der)`: undefined if that is none.
pub fn read_private<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Result<Local<'s, Value>> {
    let der = bytes(js, args.get(0))?;
    handle(js, Pkey::from_private_der(&der).ok().map(|(key, _)| key))
}

/// `readPublicKey(der)`: in its own form, that of RSA, or out of a private key; undefined if that is none.
pub fn read_public<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Result<Local<'s, Value>> {
    let der = bytes(js, args.get(0))?;
    let key = Pkey::from_spki(&der).or_else(|_| Ok((Pkey::from_rsa_public_der(&der)?, 0)));
    let key = key.or_else(|_: evp::Refused| {
        // Nothing of the private part is kept.
        let (key, _) = Pkey::from_private_der(&der)?;
        Pkey::from_spki(&key.to_spki()?)
    });
    handle(js, key.ok().map(|(key, _)| key))
}

impl KeyHandle {
    /// Whether the data is hashed before it is signed.
    fn takes_hash(&self) -> bool {
        matches!(self.key.0.kind(), Kind::Rsa | Kind::Ec)
    }

    fn scheme(&self, padding: Option<i32>, salt: Option<i32>) -> Result<Scheme> {
        if self.key.0.kind() != Kind::Rsa {
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
        match self.key.0.kind() {
            Kind::Rsa => "rsa",
            Kind::Ec => "ec",
            Kind::Ed25519 => "ed25519",
            Kind::X25519 => "x25519",
            Kind::Other => "",
        }
    }

    /// The name of its curve; undefined if it is on none.
    #[jsg(method)]
    fn curve(&self) -> Option<&'static str> {
        self.key.0.curve().map(|curve| match curve {
            Curve::P256 => "prime256v1",
            Curve::P384 => "secp384r1",
            Curve::P521 => "secp521r1",
        })
    }

    /// Bits of the modulus (RSA).
    #[jsg(method)]
    fn bits(&self) -> Option<u32> {
        self.key.0.rsa_bits().ok().map(|bits| bits as u32)
    }

    /// The public exponent (RSA).
    #[jsg(method)]
    fn exponent<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        let numbers = self.key.0.rsa_numbers().map_err(failed)?;
        uint8_array(js, &numbers.e)
    }

    #[jsg(method)]
    fn spki<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        let der = self.key.0.to_spki().map_err(failed)?;
        uint8_array(js, &der)
    }

    #[jsg(method)]
    fn pkcs8<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        let der = self.key.0.to_pkcs8().map_err(failed)?;
        uint8_array(js, &der)
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
        let signature = hash.with_bytes(js, |hash| self.key.0.sign_hash(digest, scheme, hash));
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
            self.key.0.verify_hash(digest, scheme, signature, &hash)
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
        let signature = data.with_bytes(js, |data| self.key.0.sign(digest, Scheme::Plain, data));
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
            self.key.0.verify(digest, Scheme::Plain, &signature, data)
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
        let numbers = match self.key.0.curve() {
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
        let der = match self.key.0.curve() {
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
