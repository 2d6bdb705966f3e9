//! ML-KEM and ML-DSA (Modern Algorithms in the Web Cryptography API; FIPS 203, FIPS 204).
//!
//! Private keys are seeds in all of their formats. DER is that of RFC 9881 and of the same draft for ML-KEM: a fixed
//! head before the bytes.

use evp::Pkey;
use evp::lattice::Lattice;
use zeroize::Zeroizing;

use crate::error::{Result, access, data, not_supported, operation, refused};
use crate::import::{Exported, Import, Input};
use crate::jwk::{Jwk, decode, encode};
use crate::key::{Key, KeyAlgorithm, Material};
use crate::params::{SignParams, Text};
use crate::random;
use crate::usages::{Making, Usages};

pub const ALL: [Lattice; 5] = [
    Lattice::Kem768,
    Lattice::Kem1024,
    Lattice::Dsa44,
    Lattice::Dsa65,
    Lattice::Dsa87,
];

pub fn name(kind: Lattice) -> &'static str {
    match kind {
        Lattice::Kem768 => "ML-KEM-768",
        Lattice::Kem1024 => "ML-KEM-1024",
        Lattice::Dsa44 => "ML-DSA-44",
        Lattice::Dsa65 => "ML-DSA-65",
        Lattice::Dsa87 => "ML-DSA-87",
    }
}

fn family(kind: Lattice) -> &'static str {
    if kind.encapsulates() {
        "ML-KEM"
    } else {
        "ML-DSA"
    }
}

/// The last two bytes of the object identifier, after 2.16.840.1.101.3.4.
fn identifier(kind: Lattice) -> [u8; 2] {
    match kind {
        Lattice::Kem768 => [4, 2],
        Lattice::Kem1024 => [4, 3],
        Lattice::Dsa44 => [3, 17],
        Lattice::Dsa65 => [3, 18],
        Lattice::Dsa87 => [3, 19],
    }
}

fn allowed(kind: Lattice) -> Usages {
    if kind.encapsulates() {
        Usages::ENCAPSULATION.and(Usages::DECAPSULATION)
    } else {
        Usages::SIGNATURE
    }
}

fn key(kind: Lattice, material: Material, extractable: bool, usages: Usages) -> Key {
    Key {
        algorithm: KeyAlgorithm::Lattice(kind),
        material,
        extractable,
        usages,
    }
}

/// "Generate Key": the public key and the private one.
pub fn generate(kind: Lattice, extractable: bool, names: &[String]) -> Result<[Key; 2]> {
    let usages = Usages::parse(name(kind), Making::Generate, names, allowed(kind))?;
    let mut seed = Zeroizing::new(vec![0; kind.seed_size()]);
    random::generate(&mut seed)?;
    let private = Pkey::from_lattice_seed(kind, &seed).map_err(refused)?;
    let public = public_of(kind, &private)?;
    let [public_usages, private_usages] =
        [Usages::PUBLIC, Usages::PRIVATE].map(|set| usages.within(set));
    Ok([
        key(kind, Material::Public(public), true, public_usages),
        key(
            kind,
            Material::Private(private),
            extractable,
            private_usages,
        ),
    ])
}

/// The public key of a private one.
pub fn public_of(kind: Lattice, private: &Pkey) -> Result<Pkey> {
    let bytes = private.lattice_public(kind).map_err(refused)?;
    Pkey::from_lattice_public(kind, &bytes).map_err(refused)
}

/// What a public key may be used for.
pub fn public_usages(kind: Lattice) -> Usages {
    allowed(kind).within(Usages::PUBLIC)
}

fn from_public(kind: Lattice, bytes: &[u8]) -> Result<Material> {
    Pkey::from_lattice_public(kind, bytes)
        .map(Material::Public)
        .map_err(|_| data(format!("Failed to parse {} public key", name(kind))))
}

fn from_seed(kind: Lattice, bytes: &[u8]) -> Result<Material> {
    Pkey::from_lattice_seed(kind, bytes)
        .map(Material::Private)
        .map_err(refused)
}

fn check_size(kind: Lattice, what: &str, bytes: &[u8], expected: usize) -> Result<()> {
    if bytes.len() == expected {
        return Ok(());
    }
    Err(data(format!(
        "Invalid {} {what} length: expected {expected} bytes, got {}",
        name(kind),
        bytes.len()
    )))
}

/// "Import Key".
pub fn import(kind: Lattice, import: Import<'_>) -> Result<Key> {
    let name = name(kind);
    let parse = |making, set| Usages::parse(name, making, import.usages, allowed(kind).within(set));
    let public = || parse(Making::ImportPublic, Usages::PUBLIC);
    let private = || parse(Making::ImportPrivate, Usages::PRIVATE);
    let (usages, material) = match import.input {
        Input::Public(bytes) => {
            let usages = public()?;
            check_size(kind, "public key", &bytes, kind.public_size())?;
            (usages, from_public(kind, &bytes)?)
        }
        Input::Seed(bytes) => {
            let bytes = Zeroizing::new(bytes);
            let usages = private()?;
            check_size(kind, "seed", &bytes, kind.seed_size())?;
            (usages, from_seed(kind, &bytes)?)
        }
        Input::Spki(bytes) => {
            let usages = public()?;
            let bytes = content(kind, Format::Spki, &bytes)?;
            (usages, from_public(kind, bytes)?)
        }
        Input::Pkcs8(bytes) => {
            let bytes = Zeroizing::new(bytes);
            let usages = private()?;
            (
                usages,
                from_seed(kind, content(kind, Format::Pkcs8, &bytes)?)?,
            )
        }
        Input::Jwk(jwk) if jwk.private.is_some() => {
            (private()?, from_jwk(kind, &jwk, import.usages)?)
        }
        Input::Jwk(jwk) => (public()?, from_jwk(kind, &jwk, import.usages)?),
        other => {
            return Err(not_supported(format!(
                "Unsupported import format \"{}\" for {}.",
                other.format(),
                family(kind)
            )));
        }
    };
    Ok(key(kind, material, import.extractable, usages))
}

#[derive(Clone, Copy)]
enum Format {
    Spki,
    Pkcs8,
}

/// What is before the key's bytes in DER, all of which has one length.
fn head(kind: Lattice, format: Format) -> Vec<u8> {
    const OBJECT: [u8; 11] = [0x30, 0x0b, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4];
    let algorithm = [&OBJECT[..], &identifier(kind)].concat();
    match format {
        Format::Spki => {
            let size = kind.public_size() + 1;
            let mut head = vec![0x30, 0x82];
            // The algorithm, and the head of the string of bits.
            let whole = algorithm.len() + 4 + size;
            head.extend((whole as u16).to_be_bytes());
            head.extend(algorithm);
            head.extend([3, 0x82]);
            head.extend((size as u16).to_be_bytes());
            head.push(0);
            head
        }
        Format::Pkcs8 => {
            let seed = kind.seed_size() as u8;
            let mut head = vec![0x30, seed + 20, 2, 1, 0];
            head.extend(algorithm);
            // The seed alone, out of what a private key may consist of.
            head.extend([4, seed + 2, 0x80, seed]);
            head
        }
    }
}

/// The key's bytes in DER.
fn content(kind: Lattice, format: Format, der: &[u8]) -> Result<&[u8]> {
    let (what, size) = match format {
        Format::Spki => ("SPKI", kind.public_size()),
        Format::Pkcs8 => ("PKCS8", kind.seed_size()),
    };
    if let Some(content) = der.strip_prefix(&head(kind, format)[..])
        && content.len() == size
    {
        return Ok(content);
    }
    let is_other = match format {
        Format::Spki => Pkey::from_spki(der),
        Format::Pkcs8 => Pkey::from_private_der(der),
    }
    .is_ok_and(|(_, rest)| rest == 0 && !der.starts_with(&head(kind, format)));
    Err(data(if is_other {
        format!("{what} algorithm OID does not match {}.", name(kind))
    } else {
        format!("Invalid {what} structure.")
    }))
}

fn from_jwk(kind: Lattice, jwk: &Jwk, names: &[String]) -> Result<Material> {
    let name = name(kind);
    if jwk.kty.0 != "AKP" {
        return Err(data(format!(
            "JWK \"kty\" field must be \"AKP\" for {name}."
        )));
    }
    match &jwk.alg {
        None => return Err(data(format!("JWK \"alg\" field is required for {name}."))),
        Some(alg) if alg != name => {
            return Err(data(format!(
                "JWK \"alg\" field \"{alg}\" does not match \"{name}\"."
            )));
        }
        Some(_) => {}
    }
    let purpose = if kind.encapsulates() { "enc" } else { "sig" };
    if jwk.purpose.as_ref().is_some_and(|other| other != purpose) {
        return Err(data(format!(
            "JWK \"use\" field must be \"{purpose}\" for {name}."
        )));
    }
    if let Some(listed) = &jwk.key_ops {
        let twice = |(at, usage): (usize, &String)| listed[..at].contains(usage);
        if let Some(at) = listed.iter().enumerate().position(twice) {
            return Err(data(format!(
                "JWK contains duplicate value \"{}\", in \"key_ops\".",
                listed[at]
            )));
        }
        if let Some(absent) = names.iter().find(|usage| !listed.contains(usage)) {
            return Err(data(format!(
                "\"jwk\" key missing usage \"{absent}\", in \"key_ops\"."
            )));
        }
    }
    let member = |field: Option<&String>, label: &str| {
        decode(field, || {
            format!("Invalid base64url in JWK \"{label}\" for {name}.")
        })
    };
    let wrong_size = |label: &str| data(format!("Invalid JWK \"{label}\" length for {name}."));
    let Some(private) = &jwk.private else {
        if jwk.public.is_none() {
            return Err(data(format!("JWK for {name} must have \"pub\" field.")));
        }
        let public = member(jwk.public.as_ref(), "pub")?;
        if public.len() != kind.public_size() {
            return Err(wrong_size("pub"));
        }
        return from_public(kind, &public);
    };
    let seed = Zeroizing::new(member(Some(private), "priv")?);
    if seed.len() != kind.seed_size() {
        return Err(wrong_size("priv"));
    }
    let material = from_seed(kind, &seed)?;
    match (&jwk.public, &material) {
        (None, _) if kind.encapsulates() => {
            return Err(data(format!(
                "JWK for {name} private keys must have \"pub\"."
            )));
        }
        (Some(text), Material::Private(pkey)) => {
            let public = member(Some(text), "pub")?;
            if public != pkey.lattice_public(kind).map_err(refused)? {
                return Err(data(
                    "JWK \"pub\" does not match the public key derived from \"priv\".",
                ));
            }
        }
        _ => {}
    }
    Ok(material)
}

/// "Export Key".
pub fn export(kind: Lattice, material: &Material, format: &str) -> Result<Exported> {
    let pkey = match material {
        Material::Public(pkey) | Material::Private(pkey) => pkey,
        Material::Secret(_) => {
            return Err(crate::Error::Internal("a secret key of two parts".into()));
        }
    };
    let private = matches!(material, Material::Private(_));
    let (label, wants_private) = match format {
        "raw-public" => ("raw-public", false),
        "raw-seed" => ("raw-seed", true),
        "spki" => ("SPKI", false),
        "pkcs8" => ("PKCS8", true),
        "jwk" => return Ok(Exported::Jwk(to_jwk(kind, pkey, private)?)),
        _ => {
            return Err(not_supported(format!(
                "Unrecognized export format \"{format}\" for {}.",
                family(kind)
            )));
        }
    };
    if private != wants_private {
        let wanted = if wants_private { "private" } else { "public" };
        return Err(access(format!("{label} export requires a {wanted} key.")));
    }
    let bytes = if private {
        pkey.lattice_seed(kind)
    } else {
        pkey.lattice_public(kind)
    }
    .map_err(refused)?;
    Ok(Exported::Bytes(match format {
        "spki" => [head(kind, Format::Spki), bytes].concat(),
        "pkcs8" => [head(kind, Format::Pkcs8), bytes].concat(),
        _ => bytes,
    }))
}

fn to_jwk(kind: Lattice, pkey: &Pkey, private: bool) -> Result<Jwk> {
    let public = pkey.lattice_public(kind).map_err(refused)?;
    let private = if private {
        let seed = Zeroizing::new(pkey.lattice_seed(kind).map_err(refused)?);
        Some(encode(&seed))
    } else {
        None
    };
    Ok(Jwk {
        kty: Text("AKP".to_owned()),
        alg: Some(name(kind).to_owned()),
        public: Some(encode(&public)),
        private,
        ..Jwk::default()
    })
}

fn context(params: &SignParams) -> Result<&[u8]> {
    let context = params
        .context
        .as_ref()
        .map_or(&[][..], |context| &context.0);
    if context.len() > 255 {
        return Err(operation("ML-DSA context must be at most 255 bytes."));
    }
    Ok(context)
}

fn not_signing(kind: Lattice) -> crate::Error {
    not_supported(format!(
        "The sign and verify operations are not implemented for \"{}\".",
        name(kind)
    ))
}

/// "Sign".
pub fn sign(kind: Lattice, pkey: &Pkey, params: &SignParams, input: &[u8]) -> Result<Vec<u8>> {
    if kind.encapsulates() {
        return Err(not_signing(kind));
    }
    pkey.sign_with_context(context(params)?, input)
        .map_err(refused)
}

/// "Verify".
pub fn verify(
    kind: Lattice,
    pkey: &Pkey,
    params: &SignParams,
    signature: &[u8],
    input: &[u8],
) -> Result<bool> {
    if kind.encapsulates() {
        return Err(not_signing(kind));
    }
    pkey.verify_with_context(context(params)?, signature, input)
        .map_err(refused)
}

fn kem(key: &Key) -> Result<Lattice> {
    match key.algorithm {
        KeyAlgorithm::Lattice(kind) if kind.encapsulates() => Ok(kind),
        _ => Err(not_supported(format!(
            "The encapsulate and decapsulate operations are not implemented for \"{}\".",
            key.algorithm.name()
        ))),
    }
}

/// "Encapsulate Bits": the secret and its ciphertext.
pub fn encapsulate(key: &Key) -> Result<(Vec<u8>, Vec<u8>)> {
    let kind = kem(key)?;
    let Material::Public(pkey) = &key.material else {
        return Err(access("Encapsulation requires a public key."));
    };
    pkey.encapsulate(kind).map_err(refused)
}

/// "Decapsulate Bits".
pub fn decapsulate(key: &Key, ciphertext: &[u8]) -> Result<Vec<u8>> {
    let kind = kem(key)?;
    let Material::Private(pkey) = &key.material else {
        return Err(access("Decapsulation requires a private key."));
    };
    let expected = kind.ciphertext_size();
    if ciphertext.len() != expected {
        return Err(operation(format!(
            "Invalid ciphertext length for {}: expected {expected} bytes, got {}",
            name(kind),
            ciphertext.len()
        )));
    }
    pkey.decapsulate(ciphertext).map_err(refused)
}
