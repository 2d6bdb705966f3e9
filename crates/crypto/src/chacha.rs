//! ChaCha20-Poly1305 (Modern Algorithms in the Web Cryptography API, "ChaCha20-Poly1305"; RFC 8439).

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use evp::cipher::Direction;
use zeroize::Zeroizing;

use crate::error::{Error, Result, data, missing, operation};
use crate::import::{Import, Input};
use crate::jwk::{Jwk, decode, encode};
use crate::key::{Key, KeyAlgorithm, Material};
use crate::params::{EncryptParams, Source, Text};
use crate::usages::{Making, Usages};

pub const NAME: &str = "ChaCha20-Poly1305";
/// The name in JSON Web Algorithms.
const JWK_NAME: &str = "C20P";
/// Bytes of a key.
pub const SIZE: usize = 32;
const TAG: usize = 16;

fn key(bytes: Vec<u8>, extractable: bool, usages: Usages) -> Key {
    Key {
        algorithm: KeyAlgorithm::ChaCha,
        material: Material::Secret(Zeroizing::new(bytes)),
        extractable,
        usages,
    }
}

/// "Generate Key"; `random` fills the new key.
pub fn generate<E: From<Error>>(
    extractable: bool,
    names: &[String],
    random: impl FnOnce(&mut [u8]) -> Result<(), E>,
) -> Result<Key, E> {
    let usages = Usages::parse(NAME, Making::Generate, names, Usages::CIPHER)?;
    let mut bytes = vec![0; SIZE];
    random(&mut bytes)?;
    Ok(key(bytes, extractable, usages))
}

/// "Import Key".
pub fn import(import: Import<'_>) -> Result<Key> {
    let usages = Usages::parse(NAME, Making::ImportSecret, import.usages, Usages::CIPHER)?;
    let bytes = match import.input {
        Input::Secret(bytes) if bytes.len() == SIZE => bytes,
        Input::Secret(_) => return Err(data("ChaCha20-Poly1305 key must be 256 bits.")),
        Input::Jwk(jwk) => from_jwk(&jwk, import.usages)?,
        other => return Err(other.unrecognized()),
    };
    Ok(key(bytes, import.extractable, usages))
}

fn from_jwk(jwk: &Jwk, names: &[String]) -> Result<Vec<u8>> {
    if jwk.kty.0 != "oct" {
        return Err(data("ChaCha20-Poly1305 JWK kty must be oct."));
    }
    if jwk.alg.as_ref().is_some_and(|alg| alg != JWK_NAME) {
        return Err(data("ChaCha20-Poly1305 JWK alg must be C20P."));
    }
    if jwk.purpose.as_ref().is_some_and(|purpose| purpose != "enc") {
        return Err(data("ChaCha20-Poly1305 JWK must have a use of \"enc\"."));
    }
    if let Some(operations) = &jwk.key_ops
        && let Some(absent) = names.iter().find(|name| !operations.contains(name))
    {
        return Err(data(format!(
            "ChaCha20-Poly1305 JWK key_ops does not contain {absent}."
        )));
    }
    let bytes = decode(jwk.k.as_ref(), || {
        "ChaCha20-Poly1305 JWK requires a base64url key.".to_owned()
    })?;
    if bytes.len() != SIZE {
        return Err(data("ChaCha20-Poly1305 JWK key must be 256 bits."));
    }
    Ok(bytes)
}

/// The members of a JSON Web Key that only this algorithm has.
pub fn to_jwk(bytes: &[u8]) -> Jwk {
    Jwk {
        kty: Text("oct".to_owned()),
        alg: Some(JWK_NAME.to_owned()),
        k: Some(encode(bytes)),
        ..Jwk::default()
    }
}

/// "Encrypt" and "Decrypt".
pub fn cipher(
    direction: Direction,
    key: &[u8],
    params: &EncryptParams,
    input: &[u8],
) -> Result<Vec<u8>> {
    let Some(Source(iv)) = &params.iv else {
        return Err(missing("iv"));
    };
    let Ok(nonce) = <[u8; NONCE_LEN]>::try_from(iv.as_slice()) else {
        return Err(operation("ChaCha20-Poly1305 IV must be 12 bytes long."));
    };
    if params.tag_length.is_some_and(|bits| bits != 8 * TAG as i32) {
        return Err(operation("ChaCha20-Poly1305 tag length must be 128 bits."));
    }
    let aad = params.additional_data.as_ref();
    let aad = Aad::from(aad.map_or(&[][..], |aad| &aad.0));
    let failed = |_| operation("ChaCha20-Poly1305 authentication failed.");
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).map_err(failed)?);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let mut bytes = Vec::with_capacity(input.len() + TAG);
    bytes.extend_from_slice(input);
    match direction {
        Direction::Encrypt => key
            .seal_in_place_append_tag(nonce, aad, &mut bytes)
            .map_err(failed)?,
        Direction::Decrypt => {
            let Some(size) = input.len().checked_sub(TAG) else {
                return Err(operation(
                    "ChaCha20-Poly1305 ciphertext is shorter than its authentication tag.",
                ));
            };
            key.open_in_place(nonce, aad, &mut bytes).map_err(failed)?;
            bytes.truncate(size);
        }
    }
    Ok(bytes)
}
