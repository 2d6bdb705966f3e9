//! Private keys under a passphrase (RFC 5958 §3) by PBES2 with HMAC-SHA-256 (RFC 8018 §6.2). The library itself writes
//! HMAC-SHA-1, and reads both.

use std::ffi::c_int;

use aws_lc_sys as sys;

use crate::cipher::Direction;
use crate::digest::{Digest, pbkdf2};
use crate::pem::Encryption;
use crate::stream::{Cipher, Running};
use crate::{Refused, Result, check};

const SALT_SIZE: usize = 16;
const ITERATIONS: u16 = 2048;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// 1.2.840.113549.1.5.13.
const PBES2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
/// 1.2.840.113549.1.5.12.
const PBKDF2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
/// 1.2.840.113549.2.9.
const HMAC_SHA256: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x09";

/// The object identifiers of the ciphers that keys may be encrypted with.
const CIPHERS: [(c_int, &[u8]); 5] = [
    (
        sys::NID_aes_128_cbc,
        b"\x60\x86\x48\x01\x65\x03\x04\x01\x02",
    ),
    (
        sys::NID_aes_192_cbc,
        b"\x60\x86\x48\x01\x65\x03\x04\x01\x16",
    ),
    (
        sys::NID_aes_256_cbc,
        b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a",
    ),
    (sys::NID_des_ede3_cbc, b"\x2a\x86\x48\x86\xf7\x0d\x03\x07"),
    (sys::NID_rc2_cbc, b"\x2a\x86\x48\x86\xf7\x0d\x03\x02"),
];

/// An `EncryptedPrivateKeyInfo` of `key`, a `PrivateKeyInfo`.
pub(crate) fn encrypt(key: &[u8], encryption: &Encryption<'_>) -> Result<Vec<u8>> {
    let cipher = encryption.cipher.0;
    // SAFETY: the cipher is a constant of the library.
    let (nid, key_size, iv_size) = unsafe {
        (
            sys::EVP_CIPHER_nid(cipher),
            sys::EVP_CIPHER_key_length(cipher) as usize,
            sys::EVP_CIPHER_iv_length(cipher) as usize,
        )
    };
    let found = CIPHERS.iter().find(|(known, _)| *known == nid);
    let (_, identifier) = found.ok_or(Refused::Unknown)?;
    let salt = random(SALT_SIZE)?;
    let iv = random(iv_size)?;
    let derived = pbkdf2(
        Digest::Sha256,
        key_size,
        ITERATIONS.into(),
        encryption.passphrase,
        &salt,
    )?;
    let cipher = Cipher {
        cipher,
        authenticated: false,
        variable: false,
    };
    let mut running = Running::new(cipher, Direction::Encrypt, &derived, &iv)?;
    let mut encrypted = running.update(key)?;
    encrypted.extend(running.finish()?);

    let salt = element(OCTET_STRING, &[&salt]);
    let iterations = element(INTEGER, &[&ITERATIONS.to_be_bytes()]);
    // RC2's keys have any size.
    let size = match nid {
        sys::NID_rc2_cbc => element(INTEGER, &[&[key_size as u8]]),
        _ => Vec::new(),
    };
    let function = algorithm(HMAC_SHA256, &element(NULL, &[]));
    let parameters = element(SEQUENCE, &[&salt, &iterations, &size, &function]);
    let derivation = algorithm(PBKDF2, &parameters);
    let scheme = algorithm(identifier, &element(OCTET_STRING, &[&iv]));
    let outer = algorithm(PBES2, &element(SEQUENCE, &[&derivation, &scheme]));
    Ok(element(
        SEQUENCE,
        &[&outer, &element(OCTET_STRING, &[&encrypted])],
    ))
}

/// An `AlgorithmIdentifier`.
fn algorithm(identifier: &[u8], parameters: &[u8]) -> Vec<u8> {
    let identifier = element(OBJECT_IDENTIFIER, &[identifier]);
    element(SEQUENCE, &[&identifier, parameters])
}

/// An element in DER (X.690 §8.1) with `parts` one after the other.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let size: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = vec![tag];
    if size < 0x80 {
        out.push(size as u8);
    } else {
        let bytes = size.to_be_bytes();
        let first = bytes.iter().position(|byte| *byte != 0).unwrap_or_default();
        out.push(0x80 | (bytes.len() - first) as u8);
        out.extend(&bytes[first..]);
    }
    for part in parts {
        out.extend(*part);
    }
    out
}

fn random(size: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; size];
    // SAFETY: E1.
    check(unsafe { sys::RAND_bytes(bytes.as_mut_ptr(), bytes.len()) })?;
    Ok(bytes)
}
