//! HMAC (Web Cryptography §31).

use evp::{Digest, digest::hmac};
use zeroize::Zeroizing;

use crate::digest::{name_of, sha_number};
use crate::error::{Error, Result, data, missing, not_supported, operation};
use crate::import::{Import, Input};
use crate::jwk::{Jwk, decode, encode};
use crate::key::{Key, KeyAlgorithm, Material};
use crate::params::{GenerateParams, Hash, Text};
use crate::usages::{Making, Usages};

fn key(hash: Digest, mut bytes: Vec<u8>, bits: usize, extractable: bool, usages: Usages) -> Key {
    // Keys of a length that is no whole number of bytes end in zeros.
    let unused = bytes.len() * 8 - bits;
    if let Some(last) = bytes.last_mut() {
        *last &= 0xff << unused;
    }
    Key {
        // The attribute has 16 bits, as it has in the real one.
        algorithm: KeyAlgorithm::Hmac {
            hash,
            bits: bits as u16,
        },
        material: Material::Secret(Zeroizing::new(bytes)),
        extractable,
        usages,
    }
}

/// "Generate Key"; `random` fills the new key.
pub fn generate<E: From<Error>>(
    params: &GenerateParams,
    extractable: bool,
    names: &[String],
    random: impl FnOnce(&mut [u8]) -> Result<(), E>,
) -> Result<Key, E> {
    let hash = params
        .hash
        .as_ref()
        .ok_or_else(|| missing("hash"))?
        .digest()?;
    let usages = Usages::parse("HMAC", Making::Generate, names, Usages::SIGNATURE)?;
    let bits = match params.length {
        None => hash.block_size() * 8,
        Some(length) if length > 0 => length as usize,
        Some(length) => Err(operation(format!(
            "HMAC key length must be a non-zero unsigned long integer (requested {length})."
        )))?,
    };
    let mut bytes = vec![0; bits.div_ceil(8)];
    random(&mut bytes)?;
    Ok(key(hash, bytes, bits, extractable, usages))
}

/// "Import Key".
pub fn import(import: Import<'_>) -> Result<Key> {
    let usages = Usages::parse(
        "HMAC",
        Making::ImportSecret,
        import.usages,
        Usages::SIGNATURE,
    )?;
    let hash = import.params.hash.as_ref().ok_or_else(|| missing("hash"))?;
    let bytes = match import.input {
        Input::Raw(bytes) => bytes,
        Input::Jwk(jwk) => from_jwk(&jwk, hash)?,
        other => return Err(other.unrecognized()),
    };
    let size = bytes.len() * 8;
    let bits = import.params.length.map_or(size as i64, i64::from);
    if bits == 0 || bits > size as i64 || bits <= size as i64 - 8 {
        return Err(data(format!(
            "Imported HMAC key length ({bits}) must be a non-zero value up to 7 bits less than, and no greater than, \
             the bit length of the raw key data ({size})."
        )));
    }
    Ok(key(
        hash.digest()?,
        bytes,
        bits as usize,
        import.extractable,
        usages,
    ))
}

fn from_jwk(jwk: &Jwk, hash: &Hash) -> Result<Vec<u8>> {
    if jwk.kty.0 != "oct" {
        return Err(data(format!(
            "HMAC \"jwk\" key import requires a JSON Web Key with Key Type parameter (\"kty\") equal to \"oct\" \
             (encountered \"{}\").",
            jwk.kty.0
        )));
    }
    let bytes = decode(jwk.k.as_ref(), || {
        "HMAC \"jwk\" key import requires a base64Url encoding of the key".to_owned()
    })?;
    if let Some(alg) = &jwk.alg {
        let Some(number) = hash.0.name.0.strip_prefix("SHA-") else {
            return Err(not_supported(format!(
                "Unrecognized or unimplemented hash algorithm requested{alg}"
            )));
        };
        if alg.strip_prefix("HS") != Some(number) {
            return Err(data(format!(
                "HMAC \"jwk\" key import specifies \"alg\" that is incompatible with the hash name (encountered \
                 \"{alg}\", expected \"HS{number}\")."
            )));
        }
    }
    Ok(bytes)
}

/// The members of a JSON Web Key that only this algorithm has.
pub fn to_jwk(hash: Digest, bytes: &[u8]) -> Result<Jwk> {
    let number = sha_number(hash).ok_or_else(|| {
        not_supported(format!(
            "Unimplemented JWK key export format for key algorithm \"{}\".",
            name_of(hash)
        ))
    })?;
    Ok(Jwk {
        kty: Text("oct".to_owned()),
        alg: Some(format!("HS{number}")),
        k: Some(encode(bytes)),
        ..Jwk::default()
    })
}

/// "Sign".
pub fn sign(hash: Digest, key: &[u8], input: &[u8]) -> Result<Vec<u8>> {
    hmac(hash, key, input).map_err(|_| operation("HMAC computation failed."))
}

/// "Verify", in a time that tells nothing of where two signatures differ.
pub fn verify(hash: Digest, key: &[u8], signature: &[u8], input: &[u8]) -> Result<bool> {
    let expected = sign(hash, key, input)?;
    Ok(aws_lc_rs::constant_time::verify_slices_are_equal(&expected, signature).is_ok())
}
