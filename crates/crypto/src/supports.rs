//! `SubtleCrypto.supports()` (Modern Algorithms in the Web Cryptography API): whether an operation can succeed with an
//! algorithm, as far as its name and parameters tell.

use jsg::js::{Local, Value};
use jsg::{FromJs, Lock, Result};

use crate::digest::modern_by_name;
use crate::elliptic;
use crate::import::{Known, Rules};
use crate::key::{AesMode, EcScheme, Kdf, OkpScheme, RsaScheme};
use crate::operations::length_of;
use crate::params::{
    Algorithm, BitLength, DeriveParams, EncryptParams, GenerateParams, Hash, ImportParams,
    SignParams,
};

/// What cannot even be read is not supported.
pub fn supports<'s>(
    js: &mut Lock<'s, '_>,
    operation: &str,
    algorithm: Local<'s, Value>,
    more: Option<Local<'s, Value>>,
) -> bool {
    let more = more.filter(|more| !more.is_undefined());
    jsg::promise::try_catch(js, |js| answer(js, operation, algorithm, more)).unwrap_or(false)
}

fn read<'s, T>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<T>
where
    Algorithm<T>: FromJs<'s>,
{
    Ok(Algorithm::<T>::from_js(js, value)?.0)
}

fn answer<'s>(
    js: &mut Lock<'s, '_>,
    operation: &str,
    algorithm: Local<'s, Value>,
    more: Option<Local<'s, Value>>,
) -> Result<bool> {
    let rules = Rules::of(js);
    let other: Option<ImportParams> = match (operation, more) {
        ("deriveBits", _) | (_, None) => None,
        (_, Some(more)) => Some(read(js, more)?),
    };
    Ok(match operation {
        "encrypt" | "decrypt" => enciphers(&read(js, algorithm)?, rules),
        "wrapKey" => {
            wraps(&read(js, algorithm)?, rules) && other.is_none_or(|key| exports(&key, rules))
        }
        "unwrapKey" => {
            wraps(&read(js, algorithm)?, rules) && other.is_none_or(|key| imports(&key, rules))
        }
        "sign" | "verify" => signs(&read(js, algorithm)?, operation == "sign", rules),
        "digest" => {
            let hash: Hash = FromJs::from_js(js, algorithm)?;
            modern_by_name(&hash.0.name.0).is_ok()
        }
        "generateKey" => generates(&read(js, algorithm)?, rules),
        "importKey" => imports(&read(js, algorithm)?, rules),
        "exportKey" => exports(&read(js, algorithm)?, rules),
        "getPublicKey" => has_public(&read(js, algorithm)?, rules),
        "deriveBits" => {
            let length = match more {
                Some(length) => BitLength::from_js(js, length)?.0,
                None => None,
            };
            derives(&read(js, algorithm)?, length, rules)
        }
        "deriveKey" => {
            let params = read(js, algorithm)?;
            other.is_some_and(|key| {
                let length = length_of(&key, rules);
                imports(&key, rules) && length.is_ok_and(|bits| derives(&params, bits, rules))
            })
        }
        "encapsulateBits" | "decapsulateBits" => encapsulates(&read(js, algorithm)?, rules),
        "encapsulateKey" | "decapsulateKey" => {
            encapsulates(&read(js, algorithm)?, rules)
                && other.is_none_or(|key| is_secret(&key, rules) && imports(&key, rules))
        }
        _ => false,
    })
}

fn enciphers(params: &EncryptParams, rules: Rules) -> bool {
    match Known::by_name(&params.name.0, rules) {
        Some(Known::Aes(AesMode::Cbc | AesMode::Gcm) | Known::ChaCha) => params.iv.is_some(),
        Some(Known::Aes(AesMode::Ctr)) => params.counter.is_some() && params.length.is_some(),
        Some(Known::Rsa(RsaScheme::Oaep)) => true,
        _ => false,
    }
}

fn wraps(params: &EncryptParams, rules: Rules) -> bool {
    Known::by_name(&params.name.0, rules) == Some(Known::Aes(AesMode::Kw))
        || enciphers(params, rules)
}

fn is_hash(hash: Option<&Hash>) -> bool {
    hash.is_some_and(|hash| hash.digest().is_ok())
}

fn signs(params: &SignParams, sign: bool, rules: Rules) -> bool {
    match Known::by_name(&params.name.0, rules) {
        Some(Known::Hmac | Known::Rsa(RsaScheme::Pkcs1)) => true,
        Some(Known::Okp(scheme)) => scheme != OkpScheme::X25519,
        Some(Known::Lattice(kind)) => !kind.encapsulates(),
        Some(Known::Rsa(RsaScheme::Pss)) => params.salt_length.is_some(),
        Some(Known::Rsa(RsaScheme::Raw)) => sign,
        Some(Known::Ec(EcScheme::Ecdsa)) => is_hash(params.hash.as_ref()),
        _ => false,
    }
}

fn is_curve(name: Option<&String>) -> bool {
    elliptic::curve_by_name(name).is_ok()
}

fn generates(params: &GenerateParams, rules: Rules) -> bool {
    match Known::by_name(&params.name.0, rules) {
        Some(Known::Aes(_)) => matches!(params.length, Some(128 | 192 | 256)),
        Some(Known::ChaCha | Known::Lattice(_)) => true,
        Some(Known::Hmac) => is_hash(params.hash.as_ref()),
        Some(Known::Rsa(scheme)) => {
            scheme != RsaScheme::Raw
                && params.modulus_length.is_some()
                && params.public_exponent.is_some()
                && is_hash(params.hash.as_ref())
        }
        Some(Known::Ec(_)) => is_curve(params.named_curve.as_ref()),
        Some(Known::Okp(scheme)) => is_edwards(scheme, params.named_curve.as_ref()),
        Some(Known::Kdf(_)) | None => false,
    }
}

fn is_edwards(scheme: OkpScheme, named: Option<&String>) -> bool {
    scheme != OkpScheme::NodeEd25519 || named.is_some_and(|named| named == scheme.name())
}

fn imports(params: &ImportParams, rules: Rules) -> bool {
    match Known::by_name(&params.name.0, rules) {
        Some(Known::Aes(_) | Known::ChaCha | Known::Kdf(_) | Known::Lattice(_)) => true,
        Some(Known::Hmac | Known::Rsa(_)) => is_hash(params.hash.as_ref()),
        Some(Known::Ec(_)) => is_curve(params.named_curve.as_ref()),
        Some(Known::Okp(scheme)) => is_edwards(scheme, params.named_curve.as_ref()),
        None => false,
    }
}

fn exports(params: &ImportParams, rules: Rules) -> bool {
    Known::by_name(&params.name.0, rules).is_some_and(|known| !matches!(known, Known::Kdf(_)))
}

fn has_public(params: &ImportParams, rules: Rules) -> bool {
    match Known::by_name(&params.name.0, rules) {
        Some(Known::Rsa(scheme)) => scheme != RsaScheme::Raw,
        Some(Known::Okp(scheme)) => scheme != OkpScheme::NodeEd25519,
        Some(Known::Ec(_) | Known::Lattice(_)) => true,
        _ => false,
    }
}

fn derives(params: &DeriveParams, length: Option<u32>, rules: Rules) -> bool {
    let whole = length.is_some_and(|bits| bits % 8 == 0);
    match Known::by_name(&params.name.0, rules) {
        Some(Known::Kdf(Kdf::Hkdf)) => {
            whole && params.salt.is_some() && params.info.is_some() && is_hash(params.hash.as_ref())
        }
        Some(Known::Kdf(Kdf::Pbkdf2)) => {
            whole
                && params.salt.is_some()
                && params.iterations.is_some_and(|times| times > 0)
                && is_hash(params.hash.as_ref())
        }
        Some(Known::Ec(EcScheme::Ecdh) | Known::Okp(OkpScheme::X25519)) => params.public.is_some(),
        _ => false,
    }
}

fn encapsulates(params: &SignParams, rules: Rules) -> bool {
    matches!(Known::by_name(&params.name.0, rules), Some(Known::Lattice(kind)) if kind.encapsulates())
}

fn is_secret(params: &ImportParams, rules: Rules) -> bool {
    let known = Known::by_name(&params.name.0, rules);
    matches!(
        known,
        Some(Known::Aes(_) | Known::ChaCha | Known::Hmac | Known::Kdf(_))
    )
}
