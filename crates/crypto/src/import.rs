//! "Import Key" and "Export Key" of all algorithms (Web Cryptography §14.3.9, §14.3.10).

use std::borrow::Cow;

use evp::lattice::Lattice;
use jsg::convert::BufferSource;
use jsg::js::{Local, Value};
use jsg::{Flag, FromJs, Lock, LockExt};

use crate::error::{Error, Result, access, data, not_supported, operation, syntax, type_error};
use crate::jwk::Jwk;
use crate::key::{AesMode, EcScheme, Kdf, Key, KeyAlgorithm, Material, OkpScheme, RsaScheme};
use crate::params::{ImportParams, Source, nothing_to_read};
use crate::usages::Usages;
use crate::{aes, chacha, elliptic, hmac, kdf, lattice, okp, rsa};

/// A key to import.
#[expect(
    clippy::large_enum_variant,
    reason = "lives on the stack, as an argument"
)]
pub enum KeyData {
    Buffer(Source),
    Jwk(Jwk),
}

/// What `importKey()` is given. A buffer is read when all arguments are there: getters of those that
/// follow may detach it.
#[expect(
    clippy::large_enum_variant,
    reason = "lives on the stack, as an argument"
)]
pub enum KeyArgument<'s> {
    Buffer(BufferSource<'s>),
    Jwk(Jwk),
}

impl KeyArgument<'_> {
    pub fn read(self) -> KeyData {
        match self {
            Self::Buffer(source) => KeyData::Buffer(Source(source.to_vec())),
            Self::Jwk(jwk) => KeyData::Jwk(jwk),
        }
    }
}

impl<'s> FromJs<'s> for KeyArgument<'s> {
    fn type_name() -> Cow<'static, str> {
        "BufferSource or JsonWebKey".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> jsg::Result<Option<Self>> {
        if value.is_null_or_undefined() {
            return Err(nothing_to_read(&Jwk::type_name()));
        }
        if BufferSource::matches(js, value) {
            return Ok(BufferSource::try_from_js(js, value)?.map(Self::Buffer));
        }
        Ok(Jwk::try_from_js(js, value)?.map(Self::Jwk))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_object()
    }
}

/// A key in one of the formats.
#[expect(
    clippy::large_enum_variant,
    reason = "lives on the stack, as an argument"
)]
pub enum Input {
    Raw(Vec<u8>),
    /// The newer name of "raw" for secret keys, where the older one is not known.
    Secret(Vec<u8>),
    Spki(Vec<u8>),
    Pkcs8(Vec<u8>),
    Jwk(Jwk),
    /// The newer formats of keys over lattices.
    Public(Vec<u8>),
    Seed(Vec<u8>),
    /// One of the newer formats, which the algorithm does not have.
    Unknown(&'static str),
}

impl Input {
    pub fn format(&self) -> &'static str {
        match self {
            Self::Raw(_) => "raw",
            Self::Secret(_) => "raw-secret",
            Self::Spki(_) => "spki",
            Self::Pkcs8(_) => "pkcs8",
            Self::Jwk(_) => "jwk",
            Self::Public(_) => "raw-public",
            Self::Seed(_) => "raw-seed",
            Self::Unknown(format) => format,
        }
    }

    /// The error of an algorithm that does not know the format.
    pub fn unrecognized(&self) -> Error {
        unrecognized(self.format())
    }
}

fn unrecognized(format: &str) -> Error {
    not_supported(format!("Unrecognized key import format \"{format}\"."))
}

/// What an algorithm's import gets.
pub struct Import<'a> {
    pub input: Input,
    pub params: &'a ImportParams,
    pub extractable: bool,
    pub usages: &'a [String],
    /// Whether the checks of `strict_crypto_checks` are made.
    pub strict: bool,
}

/// What the flags of a Worker say of its keys.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// `strict_crypto_checks`.
    pub strict: bool,
    /// `webcrypto_modern_algorithms`.
    pub modern: bool,
}

impl Rules {
    pub fn of(js: &Lock<'_, '_>) -> Self {
        Self {
            strict: js.flag(Flag::StrictCryptoChecks),
            modern: js.flag(Flag::WebcryptoModernAlgorithms),
        }
    }
}

/// Formats that came with the newer algorithms.
const MODERN: [&str; 4] = ["raw-secret", "raw-public", "raw-seed", "raw-private"];

fn check_modern(format: &str, rules: Rules) -> Result<()> {
    if MODERN.contains(&format) && !rules.modern {
        return Err(not_supported(format!(
            "Key format \"{format}\" requires the webcrypto_modern_algorithms flag."
        )));
    }
    Ok(())
}

/// The bytes in one of the newer formats: as "raw" where it is another name for that.
fn modern_input(format: &'static str, known: Option<Known>, bytes: Vec<u8>) -> Input {
    match (format, known) {
        ("raw-secret", Some(Known::Aes(_) | Known::Hmac | Known::Kdf(_)))
        | ("raw-public", Some(Known::Ec(_) | Known::Okp(_))) => Input::Raw(bytes),
        ("raw-secret", Some(Known::ChaCha)) => Input::Secret(bytes),
        ("raw-public", Some(Known::Lattice(_))) => Input::Public(bytes),
        ("raw-seed", Some(Known::Lattice(_))) => Input::Seed(bytes),
        _ => Input::Unknown(format),
    }
}

/// The key that `data` is.
pub fn import(
    format: &str,
    data: KeyData,
    params: &ImportParams,
    extractable: bool,
    usages: &[String],
    rules: Rules,
) -> Result<Key> {
    check_modern(format, rules)?;
    let name = &params.name.0;
    let known = Known::by_name(name, rules);
    let modern = MODERN.into_iter().find(|modern| *modern == format);
    let input = match (modern.unwrap_or(format), data) {
        (_, KeyData::Buffer(bytes)) if modern.is_some() => {
            modern_input(modern.unwrap_or_default(), known, bytes.0)
        }
        ("raw", KeyData::Buffer(bytes)) => Input::Raw(bytes.0),
        ("spki", KeyData::Buffer(bytes)) => Input::Spki(bytes.0),
        ("pkcs8", KeyData::Buffer(bytes)) => Input::Pkcs8(bytes.0),
        (format, KeyData::Jwk(_))
            if matches!(format, "raw" | "spki" | "pkcs8") || modern.is_some() =>
        {
            return Err(type_error(
                "Import data provided for buffer-based import formats must be a buffer source.",
            ));
        }
        ("jwk", KeyData::Buffer(_)) => {
            return Err(type_error(
                "Import data provided for \"jwk\" import format must be a JsonWebKey.",
            ));
        }
        ("jwk", KeyData::Jwk(jwk)) => {
            if extractable && jwk.ext == Some(false) {
                return Err(self::data(format!(
                    "JWK ext field for \"{name}\" is set to false but extractable is true"
                )));
            }
            Input::Jwk(jwk)
        }
        _ => return Err(unrecognized(format)),
    };
    let import = Import {
        input,
        params,
        extractable,
        usages,
        strict: rules.strict,
    };
    let key = match known {
        Some(Known::Aes(mode)) => aes::import(mode, import),
        Some(Known::ChaCha) => chacha::import(import),
        Some(Known::Hmac) => hmac::import(import),
        Some(Known::Kdf(kdf)) => kdf::import(kdf, import),
        Some(Known::Rsa(scheme)) => rsa::import(scheme, import),
        Some(Known::Ec(scheme)) => elliptic::import(scheme, import),
        Some(Known::Okp(scheme)) => okp::import(scheme, import),
        Some(Known::Lattice(kind)) => lattice::import(kind, import),
        None => Err(not_supported(format!(
            "Unrecognized key import algorithm \"{name}\" requested."
        ))),
    }?;
    check_useful(&key)?;
    Ok(key)
}

/// Secret and private keys that are good for nothing are refused.
pub fn check_useful(key: &Key) -> Result<()> {
    if key.usages.is_empty() && !matches!(key.material, Material::Public(_)) {
        return Err(syntax(
            "Secret/private CryptoKeys must have at least one usage.",
        ));
    }
    Ok(())
}

/// The algorithms of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    Aes(AesMode),
    ChaCha,
    Hmac,
    Kdf(Kdf),
    Rsa(RsaScheme),
    Ec(EcScheme),
    Okp(OkpScheme),
    Lattice(Lattice),
}

impl Known {
    const ALL: [Self; 17] = [
        Self::Aes(AesMode::Ctr),
        Self::Aes(AesMode::Cbc),
        Self::Aes(AesMode::Gcm),
        Self::Aes(AesMode::Kw),
        Self::ChaCha,
        Self::Hmac,
        Self::Kdf(Kdf::Pbkdf2),
        Self::Kdf(Kdf::Hkdf),
        Self::Rsa(RsaScheme::Pkcs1),
        Self::Rsa(RsaScheme::Pss),
        Self::Rsa(RsaScheme::Oaep),
        Self::Rsa(RsaScheme::Raw),
        Self::Ec(EcScheme::Ecdsa),
        Self::Ec(EcScheme::Ecdh),
        Self::Okp(OkpScheme::NodeEd25519),
        Self::Okp(OkpScheme::Ed25519),
        Self::Okp(OkpScheme::X25519),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Aes(mode) => mode.name(),
            Self::ChaCha => chacha::NAME,
            Self::Hmac => "HMAC",
            Self::Kdf(kdf) => kdf.name(),
            Self::Rsa(scheme) => scheme.name(),
            Self::Ec(scheme) => scheme.name(),
            Self::Okp(scheme) => scheme.name(),
            Self::Lattice(kind) => lattice::name(kind),
        }
    }

    /// Whether only Workers with the flag `webcrypto_modern_algorithms` know it.
    fn is_modern(self) -> bool {
        matches!(self, Self::ChaCha | Self::Lattice(_))
    }

    /// The algorithm of this name, in whatever case.
    pub fn by_name(name: &str, rules: Rules) -> Option<Self> {
        Self::ALL
            .into_iter()
            .chain(lattice::ALL.map(Self::Lattice))
            .find(|known| known.name().eq_ignore_ascii_case(name))
            .filter(|known| rules.modern || !known.is_modern())
    }
}

/// What `exportKey()` gives.
#[expect(clippy::large_enum_variant, reason = "lives on the stack, as a result")]
pub enum Exported {
    Bytes(Vec<u8>),
    Jwk(Jwk),
}

/// A key in a format. The caller has made sure that it may be exported.
pub fn export(key: &Key, format: &str, rules: Rules) -> Result<Exported> {
    check_modern(format, rules)?;
    let name = key.algorithm.name();
    if let (Material::Secret(bytes), KeyAlgorithm::ChaCha) = (&key.material, &key.algorithm) {
        return match format {
            "raw-secret" => Ok(Exported::Bytes(bytes.to_vec())),
            "jwk" => Ok(finish_jwk(key, chacha::to_jwk(bytes))),
            _ => Err(not_supported(format!(
                "ChaCha20-Poly1305 key only supports exporting \"raw-secret\" and \"jwk\", not \"{format}\"."
            ))),
        };
    }
    if let KeyAlgorithm::Lattice(kind) = key.algorithm {
        return Ok(match lattice::export(kind, &key.material, format)? {
            Exported::Jwk(jwk) => finish_jwk(key, jwk),
            bytes => bytes,
        });
    }
    let format = match (format, &key.material) {
        ("raw-secret", Material::Secret(_)) => "raw",
        ("raw-public", Material::Public(_) | Material::Private(_)) => "raw",
        (format, _) => format,
    };
    match (&key.material, &key.algorithm) {
        (_, KeyAlgorithm::Kdf(_)) => Err(not_supported(format!(
            "Unrecognized or unsupported export of \"{name}\" requested."
        ))),
        (Material::Secret(bytes), _) if format == "raw" => Ok(Exported::Bytes(bytes.to_vec())),
        (Material::Secret(bytes), KeyAlgorithm::Aes { mode, .. }) if format == "jwk" => {
            Ok(finish_jwk(key, aes::to_jwk(*mode, bytes)))
        }
        (Material::Secret(bytes), KeyAlgorithm::Hmac { hash, .. }) if format == "jwk" => {
            Ok(finish_jwk(key, hmac::to_jwk(*hash, bytes)?))
        }
        (Material::Secret(_), KeyAlgorithm::Hmac { .. }) => Err(not_supported(format!(
            "Unimplemented key export format \"{format}\"."
        ))),
        (Material::Secret(_), _) => Err(not_supported(format!(
            "{name} key only supports exporting \"raw\", \"raw-secret\" & \"jwk\", not \"{format}\"."
        ))),
        _ => export_asymmetric(key, format),
    }
}

fn export_asymmetric(key: &Key, format: &str) -> Result<Exported> {
    let name = key.algorithm.name();
    let kind = key.material.type_name();
    match (format, &key.material) {
        ("pkcs8", Material::Private(pkey)) => pkey
            .to_pkcs8()
            .map(Exported::Bytes)
            .map_err(|_| operation("Private key export failed.")),
        ("pkcs8", _) => Err(access(format!(
            "Asymmetric pkcs8 export requires private key (not \"{kind}\")."
        ))),
        ("spki", Material::Public(pkey)) => pkey
            .to_spki()
            .map(Exported::Bytes)
            .map_err(|_| operation("Public key export failed.")),
        ("spki", _) => Err(access(format!(
            "Asymmetric spki export requires public key (not \"{kind}\")."
        ))),
        ("jwk", Material::Public(pkey) | Material::Private(pkey)) => {
            let private = matches!(key.material, Material::Private(_));
            let jwk = match &key.algorithm {
                KeyAlgorithm::Rsa { scheme, hash, .. } => {
                    rsa::to_jwk(*scheme, *hash, pkey, private)
                }
                KeyAlgorithm::Ec { curve, .. } => elliptic::to_jwk(*curve, pkey, private),
                KeyAlgorithm::Okp(scheme) => okp::to_jwk(*scheme, pkey, private),
                _ => Err(Error::Internal("a secret key of two parts".to_owned())),
            }?;
            Ok(finish_jwk(key, jwk))
        }
        ("raw", material) => match (&key.algorithm, material) {
            (KeyAlgorithm::Ec { .. }, Material::Public(pkey)) => pkey
                .ec_point()
                .map(Exported::Bytes)
                .map_err(crate::error::refused),
            (KeyAlgorithm::Ec { .. }, _) => Err(access(
                "Raw export of elliptic curve keys is only allowed for public keys.",
            )),
            (KeyAlgorithm::Okp(_), Material::Public(pkey)) => pkey
                .raw_public()
                .map(Exported::Bytes)
                .map_err(crate::error::refused),
            (KeyAlgorithm::Okp(_), _) => Err(access(format!(
                "Raw export of {name} keys is only allowed for public keys."
            ))),
            _ => Err(not_exportable(name, "raw")),
        },
        _ => Err(not_exportable(name, format)),
    }
}

fn not_exportable(name: &str, format: &str) -> Error {
    access(format!("Cannot export \"{name}\" in \"{format}\" format."))
}

fn finish_jwk(key: &Key, mut jwk: Jwk) -> Exported {
    jwk.key_ops = Some(key.usages.names().map(str::to_owned).collect());
    jwk.ext = Some(true);
    Exported::Jwk(jwk)
}

/// The usages of a public key that is imported, out of those of its algorithm.
pub fn public_usages(allowed: Usages) -> Usages {
    allowed.within(Usages::PUBLIC)
}
