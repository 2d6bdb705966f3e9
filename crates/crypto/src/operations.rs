//! The operations on keys, each handed to the key's algorithm (Web Cryptography §18.4).

use evp::cipher::Direction;

use crate::error::{Error, Result, access, not_supported, operation, type_error};
use crate::import::{Known, Rules};
use crate::key::{AesMode, EcScheme, Kdf, Key, KeyAlgorithm, Material, RsaScheme};
use crate::params::{DeriveParams, EncryptParams, ImportParams, SignParams};
use crate::usages::Usages;
use crate::{aes, asymmetric, chacha, elliptic, hmac, kdf, okp, rsa};

/// Whether a key is of the algorithm that the call names, and may be used for `usage`.
pub fn check(key: &Key, requested: &str, usage: Usages) -> Result<()> {
    let name = key.algorithm.name();
    if !name.eq_ignore_ascii_case(requested) {
        return Err(access(format!(
            "Requested algorithm \"{requested}\" does not match this CryptoKey's algorithm \"{name}\"."
        )));
    }
    if !key.usages.contains(usage) {
        return Err(access(format!(
            "Requested key usage \"{}\" does not match any usage listed in this CryptoKey.",
            usage.names().next().unwrap_or_default()
        )));
    }
    Ok(())
}

fn secret(key: &Key) -> Result<&[u8]> {
    match &key.material {
        Material::Secret(bytes) => Ok(bytes),
        _ => Err(Error::Internal("a secret key of two parts".to_owned())),
    }
}

#[cold]
fn not_implemented(what: &str, key: &Key) -> Error {
    not_supported(format!(
        "The {what} not implemented for \"{}\".",
        key.algorithm.name()
    ))
}

/// How long the result of [`cipher`] is for an input of `length` bytes, where the algorithm tells it:
/// then [`cipher_into`] gives it, too.
pub fn cipher_length(
    key: &Key,
    direction: Direction,
    params: &EncryptParams,
    length: usize,
) -> Result<Option<usize>> {
    match &key.algorithm {
        KeyAlgorithm::Aes { mode, .. } if *mode == AesMode::Gcm => {
            aes::gcm_length(direction, params, length).map(Some)
        }
        _ => Ok(None),
    }
}

/// [`cipher`] into `out`, which is as long as [`cipher_length`] says.
pub fn cipher_into(
    key: &Key,
    direction: Direction,
    params: &EncryptParams,
    input: &[u8],
    out: &mut [u8],
) -> Result<()> {
    aes::gcm_into(direction, secret(key)?, params, input, out)
}

/// "Encrypt" and "Decrypt".
pub fn cipher(
    key: &Key,
    direction: Direction,
    params: &EncryptParams,
    input: &[u8],
) -> Result<Vec<u8>> {
    match &key.algorithm {
        KeyAlgorithm::Aes { mode, .. } => {
            aes::cipher(*mode, direction, secret(key)?, params, input)
        }
        KeyAlgorithm::ChaCha => chacha::cipher(direction, secret(key)?, params, input),
        KeyAlgorithm::Rsa {
            scheme: RsaScheme::Oaep,
            hash: Some(hash),
            ..
        } => rsa::cipher(key, *hash, direction, params, input),
        _ => Err(not_implemented(
            match direction {
                Direction::Encrypt => "encrypt operation is",
                Direction::Decrypt => "decrypt operation is",
            },
            key,
        )),
    }
}

/// "Wrap Key" and "Unwrap Key".
pub fn wrap(
    key: &Key,
    direction: Direction,
    params: &EncryptParams,
    input: &[u8],
) -> Result<Vec<u8>> {
    match (&key.algorithm, direction) {
        (KeyAlgorithm::Aes { mode, .. }, Direction::Encrypt) if is_wrapping(*mode) => {
            aes::wrap(secret(key)?, input)
        }
        (KeyAlgorithm::Aes { mode, .. }, Direction::Decrypt) if is_wrapping(*mode) => {
            aes::unwrap(secret(key)?, input)
        }
        _ => cipher(key, direction, params, input),
    }
}

fn is_wrapping(mode: crate::key::AesMode) -> bool {
    mode == crate::key::AesMode::Kw
}

/// "Sign".
pub fn sign(key: &Key, params: &SignParams, input: &[u8]) -> Result<Vec<u8>> {
    match &key.algorithm {
        KeyAlgorithm::Hmac { hash, .. } => hmac::sign(*hash, secret(key)?, input),
        KeyAlgorithm::Aes { .. } | KeyAlgorithm::ChaCha | KeyAlgorithm::Kdf(_) => {
            Err(not_implemented("sign operation is", key))
        }
        _ => asymmetric::sign(key, params, input),
    }
}

/// "Verify".
pub fn verify(key: &Key, params: &SignParams, signature: &[u8], input: &[u8]) -> Result<bool> {
    match &key.algorithm {
        KeyAlgorithm::Hmac { hash, .. } => hmac::verify(*hash, secret(key)?, signature, input),
        KeyAlgorithm::Aes { .. } | KeyAlgorithm::ChaCha | KeyAlgorithm::Kdf(_) => {
            Err(not_implemented("verify operation is", key))
        }
        _ => asymmetric::verify(key, params, signature, input),
    }
}

/// "Derive Bits".
pub fn derive(key: &Key, params: &DeriveParams, length: Option<u32>) -> Result<Vec<u8>> {
    match &key.algorithm {
        KeyAlgorithm::Kdf(kdf) => kdf::derive(*kdf, secret(key)?, params, length),
        KeyAlgorithm::Ec { scheme, curve } => {
            elliptic::derive(key, *scheme, *curve, params, length)
        }
        KeyAlgorithm::Okp(scheme) => okp::derive(key, *scheme, params, length),
        _ => Err(not_implemented(
            "deriveKey and deriveBits operations are",
            key,
        )),
    }
}

/// Whether "Derive Bits" takes so long that the event loop should not wait for it.
pub fn derives_slowly(key: &Key, params: &DeriveParams, length: Option<u32>) -> bool {
    match key.algorithm {
        KeyAlgorithm::Kdf(kdf) => kdf::is_slow(kdf, params, length),
        _ => false,
    }
}

/// "Get key length": how many bits a key needs that is to be derived; all there are if there is no say.
pub fn length_of(params: &ImportParams, rules: Rules) -> Result<Option<u32>> {
    let name = &params.name.0;
    match Known::by_name(name, rules) {
        Some(Known::Aes(_)) => {
            let length = params
                .length
                .ok_or_else(|| type_error("Missing field \"length\" in \"derivedKeyParams\"."))?;
            match length {
                128 | 192 | 256 => Ok(Some(length as u32)),
                _ => Err(operation(format!(
                    "Derived AES key must be 128, 192, or 256 bits in length but provided {length}."
                ))),
            }
        }
        Some(Known::ChaCha) => Ok(Some(8 * chacha::SIZE as u32)),
        Some(Known::Hmac) => match params.length {
            Some(length) if length > 0 => Ok(Some(length as u32)),
            Some(_) => Err(type_error(
                "HMAC key length must be a non-zero unsigned long integer.",
            )),
            None => {
                let hash = params
                    .hash
                    .as_ref()
                    .ok_or_else(|| type_error("Missing field \"hash\" in \"derivedKeyParams\"."))?;
                Ok(Some(hash.digest()?.block_size() as u32 * 8))
            }
        },
        Some(Known::Kdf(Kdf::Hkdf | Kdf::Pbkdf2)) => Ok(None),
        Some(
            Known::Rsa(_)
            | Known::Ec(EcScheme::Ecdsa | EcScheme::Ecdh)
            | Known::Okp(_)
            | Known::Lattice(_),
        )
        | None => Err(not_supported(format!(
            "Unrecognized derived key type \"{name}\" requested."
        ))),
    }
}
