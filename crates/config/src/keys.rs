//! Keys of `cryptoKey` bindings: from the forms that a config has for them to those of `importKey()`.

use std::sync::Arc;

use net::tls::{SectionKind, pem_section};

use crate::model::KeyMaterial;

/// A key as `importKey()` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportableKey {
    Raw(Arc<[u8]>),
    Pkcs8(Arc<[u8]>),
    Spki(Arc<[u8]>),
    /// The text of a JSON Web Key, which nobody has parsed yet.
    Jwk(Arc<str>),
}

/// What is wrong with a key, in words that follow the name of its binding.
pub fn importable_key(material: &KeyMaterial) -> Result<ImportableKey, String> {
    match material {
        KeyMaterial::Raw(bytes) => Ok(ImportableKey::Raw(bytes.clone())),
        KeyMaterial::Hex(text) => match hex(text.as_bytes()) {
            Some(bytes) => Ok(ImportableKey::Raw(bytes.into())),
            None => Err("contained invalid hex.".to_owned()),
        },
        KeyMaterial::Base64(text) => match base64(text) {
            Some(bytes) => Ok(ImportableKey::Raw(bytes.into())),
            None => Err("contained invalid base64.".to_owned()),
        },
        KeyMaterial::Pkcs8(text) => pem(text, SectionKind::PrivateKey).map(ImportableKey::Pkcs8),
        KeyMaterial::Spki(text) => pem(text, SectionKind::PublicKey).map(ImportableKey::Spki),
        KeyMaterial::Jwk(text) => Ok(ImportableKey::Jwk(text.clone())),
        KeyMaterial::Unknown(_) => Err("has an unknown form.".to_owned()),
    }
}

fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (pairs, []) = text.as_chunks::<2>() else {
        return None;
    };
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

/// Base64 with or without its padding, and with any white space.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits: String = text
        .chars()
        .filter(|char| !char.is_ascii_whitespace())
        .collect();
    let digits = digits.strip_suffix('=').unwrap_or(&digits);
    let digits = digits.strip_suffix('=').unwrap_or(digits);
    base64_simd::forgiving_decode_to_vec(digits.as_bytes()).ok()
}

fn pem(text: &str, expected: SectionKind) -> Result<Arc<[u8]>, String> {
    match pem_section(text.as_bytes()) {
        None => Err("contained invalid PEM format.".to_owned()),
        Some((kind, bytes)) if kind == expected => Ok(bytes.into()),
        Some((kind, _)) => Err(format!(
            "contained wrong PEM type, expected {expected:?} but got {kind:?}."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(hex(b"aBC0"), Some(vec![0xab, 0xc0]));
        assert_eq!(hex(b"abc"), None);
        assert_eq!(hex(b"0x"), None);
    }

    #[test]
    fn base64_is_lenient_about_padding_only() {
        for text in ["YQ", "YQ=", "YQ==", "Y Q\n=="] {
            assert_eq!(base64(text), Some(b"a".to_vec()), "{text}");
        }
        for text in ["Y", "*", "YQ==YQ==", "-_8="] {
            assert_eq!(base64(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_known_section_counts() {
        let section = |kind: &str| format!("-----BEGIN {kind}-----\nYQ==\n-----END {kind}-----\n");
        let text = section("FOO") + &section("PUBLIC KEY");
        assert_eq!(
            importable_key(&KeyMaterial::Spki(text.into())),
            Ok(ImportableKey::Spki(b"a"[..].into()))
        );
        assert_eq!(
            importable_key(&KeyMaterial::Pkcs8(section("EC PRIVATE KEY").into())),
            Err("contained wrong PEM type, expected PrivateKey but got EcPrivateKey.".to_owned())
        );
    }
}
