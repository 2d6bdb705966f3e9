//! AES: CTR, CBC, GCM and KW (Web Cryptography §27 to §30).

use evp::cipher::{self, Direction};
use zeroize::Zeroizing;

use crate::error::{Result, data, missing, not_supported, operation, refused, type_error};
use crate::import::{Import, Input};
use crate::jwk::{Jwk, decode, encode};
use crate::key::{AesMode, Key, KeyAlgorithm, Material};
use crate::params::{EncryptParams, GenerateParams, Source};
use crate::usages::{Making, Usages};

const BLOCK: usize = 16;

fn usages(mode: AesMode, making: Making, names: &[String]) -> Result<Usages> {
    let allowed = match mode {
        AesMode::Kw => Usages::WRAPPING,
        _ => Usages::CIPHER,
    };
    Usages::parse(mode.name(), making, names, allowed)
}

fn key(mode: AesMode, bytes: Vec<u8>, extractable: bool, usages: Usages) -> Key {
    Key {
        algorithm: KeyAlgorithm::Aes {
            mode,
            bits: bytes.len() as u16 * 8,
        },
        material: Material::Secret(Zeroizing::new(bytes)),
        extractable,
        usages,
    }
}

/// "Generate Key"; `random` fills the new key.
pub fn generate<E: From<crate::error::Error>>(
    mode: AesMode,
    params: &GenerateParams,
    extractable: bool,
    names: &[String],
    random: impl FnOnce(&mut [u8]) -> Result<(), E>,
) -> Result<Key, E> {
    let usages = usages(mode, Making::Generate, names)?;
    let length = params.length.ok_or_else(|| missing("length"))?;
    let size = match length {
        128 | 192 | 256 => length as usize / 8,
        _ => Err(operation(format!(
            "Generated AES key length must be 128, 192, or 256 bits but requested {length}."
        )))?,
    };
    let mut bytes = vec![0; size];
    random(&mut bytes)?;
    Ok(key(mode, bytes, extractable, usages))
}

/// "Import Key".
pub fn import(mode: AesMode, import: Import<'_>) -> Result<Key> {
    let usages = usages(mode, Making::ImportSecret, import.usages)?;
    let bytes = match import.input {
        Input::Raw(bytes) => {
            check_size(bytes.len())?;
            bytes
        }
        Input::Jwk(jwk) => from_jwk(mode, &jwk, import.extractable, import.usages)?,
        other => return Err(other.unrecognized()),
    };
    Ok(key(mode, bytes, import.extractable, usages))
}

fn check_size(size: usize) -> Result<()> {
    match size {
        16 | 24 | 32 => Ok(()),
        _ => Err(data(format!(
            "Imported AES key length must be 128, 192, or 256 bits but provided {}.",
            size * 8
        ))),
    }
}

fn from_jwk(mode: AesMode, jwk: &Jwk, extractable: bool, names: &[String]) -> Result<Vec<u8>> {
    if jwk.kty.0 != "oct" {
        return Err(data(format!(
            "Symmetric \"jwk\" key import requires a JSON Web Key with Key Type parameter \"kty\" equal to \"oct\" \
             (encountered \"{}\").",
            jwk.kty.0
        )));
    }
    let bytes = decode(jwk.k.as_ref(), || {
        "Symmetric \"jwk\" key import requires a base64Url encoding of the key.".to_owned()
    })?;
    check_size(bytes.len())?;
    if let Some(alg) = &jwk.alg {
        let expected = jwk_name(mode, bytes.len());
        if *alg != expected {
            return Err(data(format!(
                "Symmetric \"jwk\" key contains invalid \"alg\" value \"{alg}\", expected \"{expected}\"."
            )));
        }
    }
    if let Some(purpose) = &jwk.purpose
        && !names.is_empty()
        && purpose != "enc"
    {
        return Err(data(format!(
            "Symmetric \"jwk\" key must have a \"use\" of \"enc\", not \"{purpose}\"."
        )));
    }
    if let Some(operations) = &jwk.key_ops {
        let mut sorted: Vec<_> = operations.iter().collect();
        sorted.sort();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(data(format!(
                "Symmetric \"jwk\" key contains duplicate value \"{}\", in \"key_op\".",
                pair[0]
            )));
        }
        if let Some(absent) = names.iter().find(|name| !operations.contains(name)) {
            return Err(data(format!(
                "\"jwk\" key missing usage \"{absent}\", in \"key_ops\"."
            )));
        }
    }
    if extractable && jwk.ext == Some(false) {
        return Err(data(
            "\"jwk\" key has value \"false\", for \"ext\" that is incompatible with import extractability value \"true\".",
        ));
    }
    Ok(bytes)
}

/// The name in JSON Web Algorithms.
fn jwk_name(mode: AesMode, size: usize) -> String {
    let suffix = &mode.name()["AES-".len()..];
    format!("A{}{suffix}", size * 8)
}

/// The members of a JSON Web Key that only this algorithm has.
pub fn to_jwk(mode: AesMode, bytes: &[u8]) -> Jwk {
    Jwk {
        kty: crate::params::Text("oct".to_owned()),
        alg: Some(jwk_name(mode, bytes.len())),
        k: Some(encode(bytes)),
        ..Jwk::default()
    }
}

/// "Encrypt" and "Decrypt".
pub fn cipher(
    mode: AesMode,
    direction: Direction,
    key: &[u8],
    params: &EncryptParams,
    input: &[u8],
) -> Result<Vec<u8>> {
    match mode {
        AesMode::Gcm => gcm(direction, key, params, input),
        AesMode::Cbc => cbc(direction, key, params, input),
        AesMode::Ctr => ctr(key, params, input),
        AesMode::Kw => Err(not_supported(format!(
            "The {} operation is not implemented for \"AES-KW\".",
            match direction {
                Direction::Encrypt => "encrypt",
                Direction::Decrypt => "decrypt",
            }
        ))),
    }
}

fn nonce(params: &EncryptParams) -> Result<&[u8]> {
    match &params.iv {
        Some(Source(bytes)) => Ok(bytes),
        None => Err(missing("iv")),
    }
}

fn gcm(direction: Direction, key: &[u8], params: &EncryptParams, input: &[u8]) -> Result<Vec<u8>> {
    let mut out = vec![0; gcm_length(direction, params, input.len())?];
    gcm_into(direction, key, params, input, &mut out)?;
    Ok(out)
}

/// How long the result of AES-GCM is for an input of `length` bytes.
pub fn gcm_length(direction: Direction, params: &EncryptParams, length: usize) -> Result<usize> {
    if nonce(params)?.is_empty() {
        return Err(operation("AES-GCM IV must not be empty."));
    }
    let bits = params.tag_length.unwrap_or(128);
    let tag = match bits {
        32 | 64 | 96 | 104 | 112 | 120 | 128 => bits as usize / 8,
        _ => {
            return Err(operation(format!("Invalid AES-GCM tag length {bits}.")));
        }
    };
    match direction {
        Direction::Encrypt => Ok(length + tag),
        Direction::Decrypt => length.checked_sub(tag).ok_or_else(|| {
            operation(format!(
                "Ciphertext length of {} bits must be greater than or equal to the size of the AES-GCM tag length \
                 of {bits} bits.",
                length * 8
            ))
        }),
    }
}

/// AES-GCM into `out`, which is as long as [`gcm_length`] says.
pub fn gcm_into(
    direction: Direction,
    key: &[u8],
    params: &EncryptParams,
    input: &[u8],
    out: &mut [u8],
) -> Result<()> {
    let iv = nonce(params)?;
    let aad = params
        .additional_data
        .as_ref()
        .map_or(&[][..], |aad| &aad.0);
    match direction {
        Direction::Encrypt => cipher::gcm_encrypt(key, iv, aad, input, out).map_err(refused),
        Direction::Decrypt => {
            let size = out.len();
            cipher::gcm_decrypt(key, iv, aad, input, out)
                .map_err(|_| undecipherable(AesMode::Gcm, size, size))
        }
    }
}

fn cbc(direction: Direction, key: &[u8], params: &EncryptParams, input: &[u8]) -> Result<Vec<u8>> {
    let iv = nonce(params)?;
    if iv.len() != BLOCK {
        let unit = match direction {
            Direction::Encrypt => " bytes",
            Direction::Decrypt => "",
        };
        return Err(operation(format!(
            "AES-CBC IV must be 16 bytes long (provided {}{unit}).",
            iv.len()
        )));
    }
    cipher::cbc(direction, key, iv, input).map_err(|reason| match direction {
        Direction::Encrypt => refused(reason),
        Direction::Decrypt => {
            // The last block is kept back until its padding has been seen.
            let size = input.len().next_multiple_of(BLOCK).saturating_sub(BLOCK);
            undecipherable(AesMode::Cbc, input.len(), size)
        }
    })
}

#[cold]
fn undecipherable(mode: AesMode, input: usize, output: usize) -> crate::error::Error {
    operation(format!(
        "Decryption failed. This could be due to a ciphertext authentication failure, bad padding, incorrect \
         CryptoKey, or another algorithm-specific reason. Input length was {input}, output length expected to be \
         {output} for {}",
        mode.name()
    ))
}

/// The counter is the last `length` bits of its block, and wraps around within them.
fn ctr(key: &[u8], params: &EncryptParams, input: &[u8]) -> Result<Vec<u8>> {
    let Some(Source(counter)) = &params.counter else {
        return Err(type_error("Missing \"counter\" member in \"algorithm\"."));
    };
    let Ok(block) = <[u8; BLOCK]>::try_from(counter.as_slice()) else {
        return Err(operation(format!(
            "Counter must have length of 16 bytes (provided {}).",
            counter.len()
        )));
    };
    let length = params
        .length
        .ok_or_else(|| type_error("Missing \"length\" member in \"algorithm\"."))?;
    if !(1..=128).contains(&length) {
        return Err(operation(format!(
            "Invalid counter of {length} bits length provided."
        )));
    }
    let mask = u128::MAX >> (128 - length);
    let start = u128::from_be_bytes(block);
    let blocks = input.len().div_ceil(BLOCK) as u128;
    if blocks > 0 && blocks - 1 > mask {
        return Err(operation("Counter block values will repeat."));
    }
    // How many blocks the counter has after the first.
    let left = mask - (start & mask);
    if blocks == 0 || blocks - 1 <= left {
        return cipher::ctr(key, &block, input).map_err(refused);
    }
    let (head, tail) = input.split_at((left as usize + 1) * BLOCK);
    let mut out = cipher::ctr(key, &block, head).map_err(refused)?;
    let wrapped = (start & !mask).to_be_bytes();
    out.extend(cipher::ctr(key, &wrapped, tail).map_err(refused)?);
    Ok(out)
}

/// "Wrap Key" of AES-KW.
pub fn wrap(key: &[u8], input: &[u8]) -> Result<Vec<u8>> {
    if !input.len().is_multiple_of(8) {
        return Err(operation(format!(
            "Unwrapped key bit length must be a multiple of 64 bits but unwrapped key has a length of {} bits.",
            input.len() * 8
        )));
    }
    if input.len() < 16 {
        return Err(operation(format!(
            "Unwrapped key has length {} bytes but it should be greater than or equal to 16 and less than or equal to \
             {}",
            input.len(),
            usize::MAX - 8
        )));
    }
    cipher::key_wrap(Direction::Encrypt, key, input)
        .map_err(|_| operation("AES-KW key wrapping failed."))
}

/// "Unwrap Key" of AES-KW.
pub fn unwrap(key: &[u8], input: &[u8]) -> Result<Vec<u8>> {
    let bits = input.len() * 8;
    if !input.len().is_multiple_of(8) {
        return Err(operation(format!(
            "Provided a wrapped key to unwrap that is {bits} bits which isn't a multiple of 64 bits."
        )));
    }
    if input.len() < 24 {
        return Err(operation(format!(
            "Provided a wrapped key to unwrap this is {bits} bits that is less than the minimal length of 192 bits."
        )));
    }
    cipher::key_wrap(Direction::Decrypt, key, input)
        .map_err(|_| operation("AES-KW key unwrapping failed."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(counter: [u8; BLOCK], length: i32, input: &[u8]) -> Result<Vec<u8>> {
        let params = EncryptParams {
            counter: Some(Source(counter.to_vec())),
            length: Some(length),
            ..EncryptParams::default()
        };
        ctr(&[7; 16], &params, input)
    }

    #[test]
    fn counters_wrap_within_their_bits() {
        let mut last = [0xab; BLOCK];
        last[15] = 0xff;
        let both = counted(last, 4, &[0; 2 * BLOCK]).expect("two blocks");
        let mut first = last;
        first[15] = 0xf0;
        assert_eq!(
            both[BLOCK..],
            counted(first, 4, &[0; BLOCK]).expect("a block")
        );
        let whole = counted([0xff; BLOCK], 128, &[0; 2 * BLOCK]).expect("two blocks");
        assert_eq!(
            whole[BLOCK..],
            counted([0; BLOCK], 128, &[0; BLOCK]).expect("a block")
        );
        assert!(counted(last, 1, &[0; 2 * BLOCK]).is_ok());
        assert_eq!(
            counted(last, 1, &[0; 2 * BLOCK + 1]),
            Err(operation("Counter block values will repeat."))
        );
    }
}
