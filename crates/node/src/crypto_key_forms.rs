//! The forms of keys of `node:crypto`: read, written, compared, and turned into those of WebCrypto. The names of
//! forms and the texts of errors are the guest's.

use crypto::import::{Exported, KeyData, Rules, export, import};
use crypto::params::{Algorithm, ImportParams, Source, Text};
use crypto::{CryptoKey, jwk, key};
use evp::pem::{Encoding, Encryption, Form, KeyCipher};
use evp::{Curve, Kind, Pkey};
use jsg::convert::uint8_array;
use jsg::js::{Boolean, Local, Object, Value};
use jsg::promise::Args;
use jsg::{Error, FromJs, Handle, Lock, Result, ToJs};

use crate::crypto_asymmetric::KeyHandle;
use crate::crypto_natives::bytes;

type Outcome<'s> = Result<Local<'s, Value>>;

/// The argument that is a key's handle.
pub fn handle_at<'s>(
    js: &mut Lock<'s, '_>,
    args: &Args<'_, 's>,
    at: i32,
) -> Result<Handle<'s, KeyHandle>> {
    Handle::try_from_js(js, args.get(at))?.ok_or_else(|| Error::type_error("not a key"))
}

/// The bytes of an argument that may be missing.
pub fn bytes_at<'s>(
    js: &mut Lock<'s, '_>,
    args: &Args<'_, 's>,
    at: i32,
) -> Result<Option<Vec<u8>>> {
    match args.get(at) {
        given if given.is_undefined() => Ok(None),
        given => bytes(js, given).map(Some),
    }
}

fn text_at<'s>(js: &Lock<'s, '_>, args: &Args<'_, 's>, at: i32) -> Option<String> {
    let given = args.get(at);
    (!given.is_undefined()).then(|| given.to_rust_string_lossy(js))
}

fn form_named(name: &str) -> Option<Form> {
    Some(match name {
        "pkcs1" => Form::Pkcs1,
        "pkcs8" => Form::Pkcs8,
        "sec1" => Form::Sec1,
        "spki" => Form::Spki,
        _ => return None,
    })
}

/// What a key is to be read from: `(data, isPem, form, passphrase)`.
struct Input {
    data: Vec<u8>,
    pem: bool,
    form: Option<Form>,
    passphrase: Option<Vec<u8>>,
}

impl Input {
    fn of<'s>(js: &mut Lock<'s, '_>, args: &Args<'_, 's>) -> Result<Self> {
        Ok(Self {
            data: bytes(js, args.get(0))?,
            pem: args.get(1).is_true(),
            form: text_at(js, args, 2).and_then(|name| form_named(&name)),
            passphrase: bytes_at(js, args, 3)?,
        })
    }

    fn private(&self) -> Option<Pkey> {
        let passphrase = self.passphrase.as_deref();
        let key = if self.pem {
            Pkey::private_from_pem(&self.data, passphrase)
        } else {
            match self.form {
                None | Some(Form::Pkcs8) => Pkey::from_pkcs8(&self.data, passphrase),
                Some(Form::Pkcs1 | Form::Sec1) => {
                    Pkey::from_private_der(&self.data).map(|(key, _)| key)
                }
                Some(Form::Spki) => return None,
            }
        };
        key.ok().filter(is_known)
    }

    fn public(&self) -> Option<Pkey> {
        let key = if self.pem {
            Pkey::public_from_pem(&self.data)
        } else if self.form == Some(Form::Spki) {
            Pkey::from_spki(&self.data).map(|(key, _)| key)
        } else {
            Pkey::from_rsa_public_der(&self.data)
        };
        let key = key.ok().filter(is_known);
        key.or_else(|| public_part(&self.private()?))
    }
}

/// Whether keys of this kind are read.
fn is_known(key: &Pkey) -> bool {
    match key.kind() {
        Kind::Other | Kind::Dh => false,
        Kind::Ec => key.curve().is_some(),
        _ => true,
    }
}

/// A key with nothing of the private part, where the form is known.
fn public_part(key: &Pkey) -> Option<Pkey> {
    match key.to_spki() {
        Ok(spki) => Pkey::from_spki(&spki).ok().map(|(key, _)| key),
        Err(_) => key.share().ok(),
    }
}

fn or_undefined<'s>(js: &mut Lock<'s, '_>, key: Option<Pkey>, private: bool) -> Local<'s, Value> {
    match key {
        Some(key) => KeyHandle::open(js, key, private),
        None => jsg::js::undefined(js).into(),
    }
}

/// `readPrivateKey(data, isPem, form, passphrase)`: undefined if that is none.
pub fn read_private<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let key = Input::of(js, &args)?.private();
    Ok(or_undefined(js, key, true))
}

/// `readPublicKey(data, isPem, form, passphrase)`, out of a private key or a certificate, too; undefined if that
/// is none.
pub fn read_public<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let key = Input::of(js, &args)?.public();
    Ok(or_undefined(js, key, false))
}

/// `publicKeyOf(handle)`: undefined for keys of WebCrypto.
pub fn public_of<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let handle = handle_at(js, &args, 0)?;
    let handle = handle.get();
    let key = match handle.web() {
        None => public_part(handle.key()),
        Some(_) => None,
    };
    Ok(or_undefined(js, key, false))
}

/// `partsOf(cryptoKey)`: the handle of a key of WebCrypto, or the bytes of a secret one.
pub fn parts_of<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let key = web_key(js, &args)?.get().key();
    if let key::Material::Secret(bytes) = &key.material {
        return Ok(uint8_array(js, bytes)?.into());
    }
    Ok(KeyHandle::of_web(js, key).unwrap_or_else(|| jsg::js::undefined(js).into()))
}

fn web_key<'s>(js: &mut Lock<'s, '_>, args: &Args<'_, 's>) -> Result<Handle<'s, CryptoKey>> {
    Handle::try_from_js(js, args.get(0))?.ok_or_else(|| Error::type_error("not a CryptoKey"))
}

/// `isExtractable(cryptoKey)`.
pub fn is_extractable<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let key = web_key(js, &args)?.get().key();
    Ok(Boolean::new(js, key.extractable).into())
}

/// `webJwk(cryptoKey)`: what WebCrypto exports.
pub fn web_jwk<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let key = web_key(js, &args)?.get().key();
    match export(&key, "jwk", Rules::of(js))? {
        Exported::Jwk(jwk) => jwk.to_js(js),
        Exported::Bytes(bytes) => Ok(uint8_array(js, &bytes)?.into()),
    }
}

/// `secretJwk(bytes)`.
pub fn secret_jwk<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let key = bytes(js, args.get(0))?;
    jwk::Jwk {
        kty: Text("oct".to_owned()),
        k: Some(jwk::encode(&key)),
        ext: Some(true),
        ..jwk::Jwk::default()
    }
    .to_js(js)
}

/// `detailsOf(handle)`; the public exponent as bytes.
pub fn details_of<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let handle = handle_at(js, &args, 0)?;
    let key = handle.get().key();
    let (rsa, dsa) = (key.rsa_bits().ok(), key.dsa_bits());
    let bits = |js: &mut Lock<'s, '_>, bits: Option<usize>| match bits {
        Some(bits) => (bits as u32).to_js(js).map(Some),
        None => Ok(None),
    };
    let exponent = match key.rsa_numbers() {
        Ok(numbers) => Some(uint8_array(js, &numbers.e)?.into()),
        Err(_) => None,
    };
    let curve = key
        .curve()
        .map(|curve| jsg::intern(js, short_name(curve)).into());
    let members = [
        (
            "modulusLength",
            bits(js, rsa.or(dsa.map(|(modulus, _)| modulus)))?,
        ),
        ("publicExponent", exponent),
        ("divisorLength", bits(js, dsa.map(|(_, divisor)| divisor))?),
        ("namedCurve", curve),
    ];
    let object = Object::new(js);
    jwk::set_members(js, object, &members);
    Ok(object.into())
}

/// The name of a curve in OpenSSL.
pub fn short_name(curve: Curve) -> &'static str {
    match curve {
        Curve::P224 => "secp224r1",
        Curve::P256 => "prime256v1",
        Curve::P384 => "secp384r1",
        Curve::P521 => "secp521r1",
    }
}

/// `sameKeys(handle, handle)`: whether they come from the same place, and are equal.
pub fn same_keys<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let (one, other) = (handle_at(js, &args, 0)?, handle_at(js, &args, 1)?);
    let (one, other) = (one.get(), other.get());
    let extractable = match (one.web(), other.web()) {
        (None, None) => true,
        (Some(one), Some(other)) => one.extractable && other.extractable,
        _ => false,
    };
    let same = extractable && one.key().equals(other.key());
    Ok(Boolean::new(js, same).into())
}

/// `exportKey(handle, type, format, cipher, passphrase)`: the bytes, those of the text for a PEM.
pub fn export_key<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let handle = handle_at(js, &args, 0)?;
    let handle = handle.get();
    let name = text_at(js, &args, 1).unwrap_or_default();
    let encoding = match text_at(js, &args, 2).as_deref() {
        Some("pem") => Some(Encoding::Pem),
        Some("der") => Some(Encoding::Der),
        _ => None,
    };
    let cipher = text_at(js, &args, 3);
    let passphrase = bytes_at(js, &args, 4)?;
    let encryption = |cipher: &str| {
        KeyCipher::by_name(cipher).map(|cipher| Encryption {
            cipher,
            passphrase: passphrase.as_deref().unwrap_or_default(),
        })
    };
    let exported = if handle.web().is_some() {
        export_web(handle, &name, encoding, cipher.as_deref(), encryption)?
    } else {
        export_own(handle, &name, encoding, cipher.as_deref(), encryption)?
    };
    Ok(uint8_array(js, &exported)?.into())
}

fn export_own<'a>(
    handle: &KeyHandle,
    name: &str,
    encoding: Option<Encoding>,
    cipher: Option<&str>,
    encryption: impl FnOnce(&str) -> Option<Encryption<'a>>,
) -> Result<Vec<u8>> {
    let key = handle.key();
    let encoding = encoding.ok_or_else(|| Error::error("Invalid key format"))?;
    let form = form_named(name).ok_or_else(|| Error::error("Invalid key encoding"))?;
    if form == Form::Pkcs1 && key.kind() != Kind::Rsa {
        return Err(Error::error("PKCS1 can only be used for RSA keys"));
    }
    if form == Form::Sec1 && key.kind() != Kind::Ec {
        return Err(Error::error("SEC1 can only be used for EC keys"));
    }
    let written = if handle.is_private() {
        let encryption = match cipher {
            Some(cipher) => Some(
                encryption(cipher)
                    .ok_or_else(|| Error::error(format!("Unknown cipher: {cipher}")))?,
            ),
            None => None,
        };
        key.write_private(form, encoding, encryption)
    } else if key.kind() == Kind::Dh {
        // The library has a form for it, Node's has none.
        Err(evp::Refused::Unknown)
    } else {
        key.write_public(form, encoding)
    };
    written.map_err(|_| Error::error("Failed to export key"))
}

fn export_web<'a>(
    handle: &KeyHandle,
    name: &str,
    encoding: Option<Encoding>,
    cipher: Option<&str>,
    encryption: impl FnOnce(&str) -> Option<Encryption<'a>>,
) -> Result<Vec<u8>> {
    let key = handle.key();
    let form = form_named(name);
    if form == Some(Form::Pkcs1) && key.kind() != Kind::Rsa {
        return Err(Error::type_error(
            "The pkcs1 type is only valid for RSA keys.",
        ));
    }
    if !handle.is_private() {
        return match (form, encoding) {
            (Some(form @ (Form::Pkcs1 | Form::Spki)), Some(encoding)) => {
                key.write_public(form, encoding).ok()
            }
            _ => None,
        }
        .ok_or_else(|| Error::type_error("Failed to encode public key"));
    }
    if form == Some(Form::Sec1) && key.kind() != Kind::Ec {
        return Err(Error::type_error(
            "The sec1 type is only valid for EC keys.",
        ));
    }
    let encryption = match cipher.filter(|_| form.is_some_and(|form| form != Form::Spki)) {
        Some(cipher) => Some(
            encryption(cipher)
                .ok_or_else(|| Error::type_error(format!("Unknown cipher {cipher}")))?,
        ),
        None => None,
    };
    match (form, encoding) {
        (Some(form), Some(encoding)) => key.write_private(form, encoding, encryption).ok(),
        _ => None,
    }
    .ok_or_else(|| Error::type_error("Failed to encode private key"))
}

/// `toCryptoKey(handle or bytes, algorithm, extractable, usages)`.
pub fn to_crypto_key<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let (format, data) = match Handle::<KeyHandle>::try_from_js(js, args.get(0))? {
        None => ("raw", bytes(js, args.get(0))?),
        Some(handle) => {
            let handle = handle.get();
            let (format, data) = if handle.is_private() {
                ("pkcs8", handle.key().to_pkcs8())
            } else {
                ("spki", handle.key().to_spki())
            };
            (
                format,
                data.map_err(|_| Error::error("Failed to export key"))?,
            )
        }
    };
    let algorithm: Algorithm<ImportParams> = Algorithm::try_from_js(js, args.get(1))?
        .ok_or_else(|| Error::type_error("not an algorithm"))?;
    let extractable = args.get(2).is_true();
    let usages: Vec<String> =
        Vec::try_from_js(js, args.get(3))?.ok_or_else(|| Error::type_error("not usages"))?;
    let (data, rules) = (KeyData::Buffer(Source(data)), Rules::of(js));
    let key = import(format, data, &algorithm.0, extractable, &usages, rules)?;
    Ok(Handle::new(js, CryptoKey::new(key)).object().into())
}
