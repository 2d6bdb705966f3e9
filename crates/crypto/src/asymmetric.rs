//! What the algorithms with public and private keys have in common: import, signatures.

use evp::pkey::Scheme;
use evp::{Digest, Kind, Pkey, ec};

use crate::error::{Error, Result, access, data, not_supported, operation, refused, type_error};
use crate::import::Input;
use crate::jwk::Jwk;
use crate::key::{EcScheme, Key, KeyAlgorithm, Material, OkpScheme, RsaScheme};
use crate::params::SignParams;
use crate::usages::{Making, Usages};

/// An imported key, and what it may be used for.
pub struct Imported {
    pub material: Material,
    pub usages: Usages,
}

/// Usages that an algorithm allows.
pub struct Allowed {
    pub public: Usages,
    pub private: Usages,
    /// Of public keys in JSON, where they are other ones.
    pub public_jwk: Usages,
}

impl Allowed {
    pub fn of(usages: Usages) -> Self {
        Self {
            public: usages.within(Usages::PUBLIC),
            private: usages.within(Usages::PRIVATE),
            public_jwk: usages.within(Usages::PUBLIC),
        }
    }
}

/// Reads a key from a format other than "raw".
pub fn import(
    name: &'static str,
    input: Input,
    extractable: bool,
    names: &[String],
    allowed: &Allowed,
    read_jwk: impl FnOnce(&Jwk) -> Result<Pkey>,
) -> Result<Imported> {
    match input {
        Input::Jwk(jwk) => {
            let private = jwk.d.is_some();
            let usages = if private {
                Usages::parse(name, Making::ImportPrivate, names, allowed.private)?
            } else {
                Usages::parse(name, Making::ImportPublic, names, allowed.public_jwk)?
            };
            if private && jwk.oth.is_some() {
                return Err(not_supported("Multi-prime private keys not supported."));
            }
            check_jwk(name, &jwk, extractable, names)?;
            let pkey = read_jwk(&jwk)?;
            let material = if private {
                Material::Private(pkey)
            } else {
                Material::Public(pkey)
            };
            Ok(Imported { material, usages })
        }
        Input::Spki(bytes) => {
            let (pkey, rest) = Pkey::from_spki(&bytes).map_err(|_| data("Invalid SPKI input."))?;
            check_rest("SPKI", rest)?;
            let usages = Usages::parse(name, Making::ImportPublic, names, allowed.public)?;
            Ok(Imported {
                material: Material::Public(pkey),
                usages,
            })
        }
        Input::Pkcs8(bytes) => {
            let bytes = zeroize::Zeroizing::new(bytes);
            let (pkey, rest) =
                Pkey::from_private_der(&bytes).map_err(|_| data("Invalid PKCS8 input."))?;
            check_rest("PKCS8", rest)?;
            let usages = Usages::parse(name, Making::ImportPrivate, names, allowed.private)?;
            Ok(Imported {
                material: Material::Private(pkey),
                usages,
            })
        }
        other @ (Input::Raw(_)
        | Input::Secret(_)
        | Input::Public(_)
        | Input::Seed(_)
        | Input::Unknown(_)) => Err(other.unrecognized()),
    }
}

fn check_rest(format: &str, rest: usize) -> Result<()> {
    if rest == 0 {
        return Ok(());
    }
    Err(data(format!(
        "Invalid {rest} trailing bytes after {format} input."
    )))
}

/// What a JSON Web Key says that it may be used for (RFC 7517 §4.2, §4.3).
fn check_jwk(name: &str, jwk: &Jwk, extractable: bool, names: &[String]) -> Result<()> {
    let agreement = matches!(name, "ECDH" | "X25519");
    let (expected, operations) = match name {
        "RSA-OAEP" => ("enc", ["encrypt", "wrapKey"]),
        _ if agreement => ("enc", ["unused", "unused"]),
        _ => ("sig", ["sign", "verify"]),
    };
    if let Some(purpose) = &jwk.purpose
        && !names.is_empty()
        && purpose != expected
    {
        return Err(data(format!(
            "Asymmetric \"jwk\" key import with usages requires a JSON Web Key with Public Key Use parameter \"use\" \
             (\"{purpose}\") equal to \"sig\"."
        )));
    }
    if let Some(listed) = &jwk.key_ops {
        let mut sorted: Vec<_> = listed.iter().collect();
        sorted.sort();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(data(
                "A JSON Web Key's Key Operations parameter (\"key_ops\") must not contain duplicates.",
            ));
        }
        if let Some(purpose) = &jwk.purpose {
            if purpose != expected {
                return Err(data(format!(
                    "Asymmetric \"jwk\" import requires a JSON Web Key with Public Key Use \"use\" (\"{purpose}\") \
                     equal to \"{expected}\"."
                )));
            }
            check_consistent(name, agreement, &sorted, operations)?;
        }
        // The first usage and the one after its last mention: no algorithm has more than two for a key.
        let first = names.first();
        let second = names
            .iter()
            .rposition(|usage| Some(usage) == first)
            .and_then(|place| names.get(place + 1));
        if first
            .into_iter()
            .chain(second)
            .any(|usage| !listed.contains(usage))
        {
            return Err(data(
                "All specified key usages must be present in the JSON Web Key's Key Operations parameter \
                 (\"key_ops\").",
            ));
        }
    }
    if extractable && jwk.ext == Some(false) {
        return Err(data(
            "Cannot create an extractable CryptoKey from an unextractable JSON Web Key.",
        ));
    }
    Ok(())
}

fn check_consistent(
    name: &str,
    agreement: bool,
    listed: &[&String],
    operations: [&str; 2],
) -> Result<()> {
    const EITHER: &str = "A JSON Web Key should have either a Public Key Use parameter (\"use\") or a Key Operations \
                          parameter (\"key_ops\"); otherwise, the parameters must be consistent with each other.";
    for operation in listed {
        if agreement {
            return Err(data(format!(
                "{EITHER} For public {name} keys, there are no valid usages,so keys with a non-empty \"key_ops\" \
                 parameter are not allowed."
            )));
        }
        if !operations.contains(&operation.as_str()) {
            let [one, other] = operations;
            return Err(data(format!(
                "{EITHER} A Public Key Use for {name} would allow a Key Operations array with only \"{one}\" and/or \
                 \"{other}\" values (not \"{operation}\")."
            )));
        }
    }
    Ok(())
}

/// The hash function of a signature: the key's own, or the one that the call names.
fn hash_of(key: &Key, params: &SignParams) -> Result<Digest> {
    let name = key.algorithm.name();
    match &key.algorithm {
        KeyAlgorithm::Ec {
            scheme: EcScheme::Ecdsa,
            ..
        } => match &params.hash {
            Some(hash) => hash.digest(),
            None => Err(type_error(
                "Missing \"hash\" in AlgorithmIdentifier. (ECDSA requires that the hash algorithm be specified at \
                 call time rather than on the key. This differs from other WebCrypto algorithms for historical \
                 reasons.)",
            )),
        },
        KeyAlgorithm::Rsa {
            scheme: RsaScheme::Pkcs1 | RsaScheme::Pss,
            hash: Some(hash),
            ..
        } => Ok(*hash),
        _ => Err(not_supported(format!(
            "The sign and verify operations are not implemented for \"{name}\"."
        ))),
    }
}

/// The padding of a signature; a salt that is missing gives `refusal`.
fn scheme_of(key: &Key, params: &SignParams, refusal: fn(&'static str) -> Error) -> Result<Scheme> {
    if !matches!(
        key.algorithm,
        KeyAlgorithm::Rsa {
            scheme: RsaScheme::Pss,
            ..
        }
    ) {
        return Ok(Scheme::Plain);
    }
    let salt = params.salt_length.ok_or_else(|| {
        refusal("Failed to provide salt for RSA-PSS key operation which requires a salt")
    })?;
    if salt < 0 {
        return Err(data(format!(
            "SaltLength for RSA-PSS must be non-negative (provided {salt})."
        )));
    }
    Ok(Scheme::Pss { salt })
}

/// "Sign".
pub fn sign(key: &Key, params: &SignParams, input: &[u8]) -> Result<Vec<u8>> {
    if let KeyAlgorithm::Rsa {
        scheme: RsaScheme::Raw,
        ..
    } = key.algorithm
    {
        return crate::rsa::sign_raw(key, input);
    }
    let Material::Private(pkey) = &key.material else {
        return Err(access("Asymmetric signing requires a private key."));
    };
    if let KeyAlgorithm::Okp(scheme) = key.algorithm {
        return match scheme {
            OkpScheme::X25519 => Err(operation("Not implemented for algorithm \"X25519\".")),
            _ => pkey
                .sign(None, Scheme::Plain, input)
                .map_err(|_| operation("Failed to sign with Ed25119 key.")),
        };
    }
    if let KeyAlgorithm::Lattice(kind) = key.algorithm {
        return crate::lattice::sign(kind, pkey, params, input);
    }
    let hash = hash_of(key, params)?;
    let scheme = scheme_of(key, params, data)?;
    crate::rsa::check_room(key, pkey, hash, scheme)?;
    let signature = pkey.sign(Some(hash), scheme, input).map_err(refused)?;
    match &key.algorithm {
        KeyAlgorithm::Ec { curve, .. } => {
            ec::signature_from_der(*curve, &signature).map_err(refused)
        }
        _ => Ok(signature),
    }
}

/// "Verify".
pub fn verify(key: &Key, params: &SignParams, signature: &[u8], input: &[u8]) -> Result<bool> {
    let name = key.algorithm.name();
    if name == RsaScheme::Raw.name() {
        return Err(Error::Internal("RSA-RAW verifies nothing".to_owned()));
    }
    let Material::Public(pkey) = &key.material else {
        return Err(access("Asymmetric verification requires a public key."));
    };
    if let KeyAlgorithm::Okp(scheme) = key.algorithm {
        if scheme == OkpScheme::X25519 {
            return Err(operation("Not implemented for this algorithmX25519"));
        }
        if signature.len() != 64 {
            return Err(operation(format!(
                "Invalid {name} signature length {}",
                signature.len()
            )));
        }
        return pkey
            .verify(None, Scheme::Plain, signature, input)
            .map_err(refused);
    }
    if let KeyAlgorithm::Lattice(kind) = key.algorithm {
        return crate::lattice::verify(kind, pkey, params, signature, input);
    }
    let hash = hash_of(key, params)?;
    let scheme = scheme_of(key, params, type_error)?;
    let der;
    let signature = match &key.algorithm {
        KeyAlgorithm::Ec { curve, .. } => match ec::signature_to_der(*curve, signature) {
            Ok(encoded) => {
                der = encoded;
                &der
            }
            Err(_) => return Ok(false),
        },
        _ => signature,
    };
    pkey.verify(Some(hash), scheme, signature, input)
        .map_err(refused)
}

/// The secret of `private` and `public`, cut to `length` bits.
pub fn agree(
    private: &Pkey,
    public: &Pkey,
    size: usize,
    length: Option<u32>,
    refusal: &'static str,
) -> Result<Vec<u8>> {
    let whole = size * 8;
    let length = length.map_or(whole, |length| length as usize);
    if length > whole {
        return Err(operation(format!(
            "Derived key length ({length} bits) is too long (should be at most {whole} bits)."
        )));
    }
    let mut secret = private.derive(public).map_err(|_| operation(refusal))?;
    secret.truncate(length.div_ceil(8));
    let unused = secret.len() * 8 - length;
    if let Some(last) = secret.last_mut() {
        *last &= 0xff << unused;
    }
    Ok(secret)
}

/// Checks that are the same for both kinds of agreement, and the peer's key.
pub fn peer<'a>(key: &'a Key, peer: &'a Key) -> Result<(&'a Pkey, &'a Pkey)> {
    let kind = peer.material.type_name();
    let Material::Public(public) = &peer.material else {
        return Err(access(format!(
            "The provided key has type \"{kind}\", not \"public\""
        )));
    };
    let Material::Private(private) = &key.material else {
        return Err(not_private(key));
    };
    let (name, other) = (key.algorithm.name(), peer.algorithm.name());
    if !key.algorithm.is_like(&peer.algorithm) {
        return Err(access(format!(
            "Base {name} private key cannot be used to derive a key from a peer {other} public key"
        )));
    }
    if name != other {
        return Err(access(format!(
            "Private key for derivation is using \"{name}\" while public key is using \"{other}\"."
        )));
    }
    Ok((private, public))
}

/// The error of an agreement without a private key.
pub fn not_private(key: &Key) -> Error {
    access(format!(
        "The deriveBits operation is only valid for a private key, not \"{}\".",
        key.material.type_name()
    ))
}

/// The public key of a private one (`getPublicKey()`).
pub fn public_of(key: &Key, names: &[String]) -> Result<Key> {
    let name = key.algorithm.name();
    if let KeyAlgorithm::Lattice(kind) = key.algorithm {
        let private = private_of(key)?;
        let allowed = crate::lattice::public_usages(kind);
        let usages = Usages::parse(name, Making::ImportPublic, names, allowed)?;
        return Ok(Key {
            algorithm: key.algorithm.clone(),
            material: Material::Public(crate::lattice::public_of(kind, private)?),
            extractable: true,
            usages,
        });
    }
    let (pkey, allowed): (fn(&Pkey) -> evp::Result<Pkey>, _) = match &key.algorithm {
        KeyAlgorithm::Aes { .. }
        | KeyAlgorithm::ChaCha
        | KeyAlgorithm::Hmac { .. }
        | KeyAlgorithm::Lattice(_)
        | KeyAlgorithm::Kdf(_) => {
            return Err(not_supported(
                "The getPublicKey operation is not supported for symmetric keys.",
            ));
        }
        KeyAlgorithm::Okp(OkpScheme::NodeEd25519)
        | KeyAlgorithm::Rsa {
            scheme: RsaScheme::Raw,
            ..
        } => {
            return Err(not_supported(format!(
                "The getPublicKey operation is not supported for \"{name}\"."
            )));
        }
        KeyAlgorithm::Rsa {
            scheme: RsaScheme::Oaep,
            ..
        } => (Pkey::rsa_public, Usages::ENCRYPT.and(Usages::WRAP_KEY)),
        KeyAlgorithm::Rsa { .. } => (Pkey::rsa_public, Usages::VERIFY),
        KeyAlgorithm::Ec {
            scheme: EcScheme::Ecdsa,
            ..
        } => (Pkey::ec_public, Usages::VERIFY),
        KeyAlgorithm::Ec { .. } => (Pkey::ec_public, Usages::NONE),
        KeyAlgorithm::Okp(OkpScheme::Ed25519) => (Pkey::okp_public, Usages::VERIFY),
        KeyAlgorithm::Okp(OkpScheme::X25519) => (Pkey::okp_public, Usages::NONE),
    };
    let private = private_of(key)?;
    let usages = Usages::parse(name, Making::ImportPublic, names, allowed)?;
    Ok(Key {
        algorithm: key.algorithm.clone(),
        material: Material::Public(pkey(private).map_err(refused)?),
        extractable: true,
        usages,
    })
}

fn private_of(key: &Key) -> Result<&Pkey> {
    match &key.material {
        Material::Private(private) => Ok(private),
        _ => Err(access("The getPublicKey operation requires a private key.")),
    }
}

/// Whether the library's key is of the kind that an algorithm needs.
pub fn is_kind(material: &Material, kind: Kind) -> bool {
    match material {
        Material::Public(pkey) | Material::Private(pkey) => pkey.kind() == kind,
        Material::Secret(_) => false,
    }
}
