//! What operations give: keys and pairs of them as objects, and the keys that are made of secrets.

use jsg::convert::Bytes;
use jsg::js::{Local, Object, Promise, Value};
use jsg::{Handle, Lock, Result, ToJs, promise};

use crate::error::{Error, access, syntax};
use crate::import::{KeyData, Known, Rules, check_useful, import};
use crate::key::{CryptoKey, Key};
use crate::params::ImportParams;

/// A secret as a key.
pub fn shared_key(
    js: &Lock<'_, '_>,
    secret: Vec<u8>,
    params: &ImportParams,
    extractable: bool,
    usages: &[String],
) -> Result<Key, Error> {
    let rules = Rules::of(js);
    let secret = KeyData::Buffer(crate::params::Source(secret));
    import(
        derived_format(params, rules),
        secret,
        params,
        extractable,
        usages,
        rules,
    )
}

/// `EncapsulatedKey`, `EncapsulatedBits`.
pub fn encapsulated<'s>(
    js: &mut Lock<'s, '_>,
    shared: Local<'s, Value>,
    ciphertext: Vec<u8>,
) -> Result<Local<'s, Promise>> {
    let ciphertext = Bytes(ciphertext).to_js(js)?;
    let object = Object::new(js);
    for (name, value) in [("sharedKey", shared), ("ciphertext", ciphertext)] {
        let name = jsg::intern(js, name);
        object.create_data_property(js, name.into(), value);
    }
    Ok(promise::resolved(js, object.into()))
}

/// The format that the bytes of a derived key are in.
pub fn derived_format(params: &ImportParams, rules: Rules) -> &'static str {
    match Known::by_name(&params.name.0, rules) {
        Some(Known::ChaCha) => "raw-secret",
        _ => "raw",
    }
}

pub fn check_extractable(key: &Key) -> Result<(), Error> {
    if key.extractable {
        return Ok(());
    }
    Err(access(format!(
        "Attempt to export non-extractable {} key.",
        key.algorithm.name()
    )))
}

pub fn useless_pair() -> Error {
    syntax("Attempt to generate asymmetric keys with no valid private key usages.")
}

pub fn key_object<'s>(js: &mut Lock<'s, '_>, key: Key) -> Result<Local<'s, Value>> {
    Ok(Handle::new(js, CryptoKey::new(key)).object().into())
}

/// A promise of a fresh secret key.
pub fn secret<'s>(js: &mut Lock<'s, '_>, key: Key) -> Result<Local<'s, Promise>> {
    check_useful(&key)?;
    let key = key_object(js, key)?;
    Ok(promise::resolved(js, key))
}

/// `CryptoKeyPair`.
pub fn pair_object<'s>(
    js: &mut Lock<'s, '_>,
    [public, private]: [Key; 2],
) -> Result<Local<'s, Value>> {
    let object = Object::new(js);
    for (name, key) in [("publicKey", public), ("privateKey", private)] {
        let name = jsg::intern(js, name);
        let key = key_object(js, key)?;
        object.create_data_property(js, name.into(), key);
    }
    Ok(object.into())
}
