//! Ed25519 and X25519 (Web Cryptography §25, §26).

use evp::pkey::Okp;
use evp::{Kind, Pkey};
use zeroize::Zeroizing;

use crate::asymmetric::{self, Allowed, Imported, agree};
use crate::elliptic::missing_public;
use crate::error::{Result, data, missing, not_supported, refused};
use crate::import::{Import, Input};
use crate::jwk::{Jwk, decode, encode};
use crate::key::{Key, KeyAlgorithm, Material, OkpScheme};
use crate::params::{DeriveParams, GenerateParams, Text};
use crate::random;
use crate::usages::{Making, Usages};

/// Bytes of either key.
const SIZE: usize = 32;

fn kind(scheme: OkpScheme) -> Okp {
    match scheme {
        OkpScheme::Ed25519 | OkpScheme::NodeEd25519 => Okp::Ed25519,
        OkpScheme::X25519 => Okp::X25519,
    }
}

fn curve_name(scheme: OkpScheme) -> &'static str {
    match kind(scheme) {
        Okp::Ed25519 => "Ed25519",
        Okp::X25519 => "X25519",
    }
}

fn allowed(scheme: OkpScheme) -> Usages {
    match kind(scheme) {
        Okp::Ed25519 => Usages::SIGNATURE,
        Okp::X25519 => Usages::DERIVATION,
    }
}

fn check_curve(scheme: OkpScheme, named: Option<&String>) -> Result<()> {
    if scheme != OkpScheme::NodeEd25519 {
        return Ok(());
    }
    let named = named.ok_or_else(|| missing("namedCurve"))?;
    if named == scheme.name() {
        return Ok(());
    }
    Err(not_supported(format!(
        "EDDSA curve \"{named}\" isn't supported."
    )))
}

/// "Generate Key": the public key and the private one.
pub fn generate(
    scheme: OkpScheme,
    params: &GenerateParams,
    extractable: bool,
    names: &[String],
) -> Result<[Key; 2]> {
    let usages = Usages::parse(scheme.name(), Making::Generate, names, allowed(scheme))?;
    check_curve(scheme, params.named_curve.as_ref())?;
    let mut seed = Zeroizing::new([0; SIZE]);
    random::generate(&mut seed[..])?;
    let private = Pkey::from_raw_private(kind(scheme), &seed[..]).map_err(refused)?;
    let public = private.okp_public().map_err(refused)?;
    Ok([
        Key {
            algorithm: KeyAlgorithm::Okp(scheme),
            material: Material::Public(public),
            extractable: true,
            usages: usages.within(Usages::PUBLIC),
        },
        Key {
            algorithm: KeyAlgorithm::Okp(scheme),
            material: Material::Private(private),
            extractable,
            usages: usages.within(Usages::PRIVATE),
        },
    ])
}

/// "Import Key".
pub fn import(scheme: OkpScheme, import: Import<'_>) -> Result<Key> {
    check_curve(scheme, import.params.named_curve.as_ref())?;
    let allowed = Allowed::of(allowed(scheme));
    let imported = match import.input {
        Input::Raw(bytes) => {
            let usages = Usages::parse(
                scheme.name(),
                Making::ImportPublic,
                import.usages,
                allowed.public,
            )?;
            if bytes.len() != SIZE {
                return Err(data(format!(
                    "{} raw keys must be exactly 32-bytes (provided {}).",
                    curve_name(scheme),
                    bytes.len()
                )));
            }
            let pkey = Pkey::from_raw_public(kind(scheme), &bytes).map_err(refused)?;
            Imported {
                material: Material::Public(pkey),
                usages,
            }
        }
        input => asymmetric::import(
            scheme.name(),
            input,
            import.extractable,
            import.usages,
            &allowed,
            |jwk| from_jwk(scheme, jwk),
        )?,
    };
    let expected = match kind(scheme) {
        Okp::Ed25519 => Kind::Ed25519,
        Okp::X25519 => Kind::X25519,
    };
    if !asymmetric::is_kind(&imported.material, expected) {
        return Err(data(format!(
            "Input was not an {} key.",
            curve_name(scheme)
        )));
    }
    Ok(Key {
        algorithm: KeyAlgorithm::Okp(scheme),
        material: imported.material,
        extractable: import.extractable,
        usages: imported.usages,
    })
}

fn from_jwk(scheme: OkpScheme, jwk: &Jwk) -> Result<Pkey> {
    let curve = curve_name(scheme);
    if jwk.kty.0 != "OKP" {
        return Err(data(format!(
            "{curve} \"jwk\" key imports requires a JSON Web Key with Key Type parameter \"kty\" (\"{}\") equal to \
             \"OKP\".",
            jwk.kty.0
        )));
    }
    let Some(named) = &jwk.crv else {
        return Err(data(format!("Missing field \"crv\" for {curve} key.")));
    };
    if named != curve {
        return Err(not_supported(format!(
            "Only {curve} is supported but \"{named}\" was requested."
        )));
    }
    if let Some(alg) = &jwk.alg
        && kind(scheme) == Okp::Ed25519
        && alg != "EdDSA"
    {
        return Err(data(format!(
            "JSON Web Key Algorithm parameter \"alg\" (\"{alg}\") does not match requested Ed25519 curve."
        )));
    }
    let public = decode(jwk.x.as_ref(), || {
        format!(
            "Invalid {curve} key in JSON WebKey; missing or invalid public key component (\"x\")."
        )
    })?;
    check_size(&public, "public")?;
    if jwk.d.is_none() {
        return Pkey::from_raw_public(kind(scheme), &public).map_err(refused);
    }
    let private = Zeroizing::new(decode(jwk.d.as_ref(), || {
        format!(
            "Invalid {curve} key in JSON Web Key; missing or invalid private key component (\"d\")."
        )
    })?);
    check_size(&private, "private")?;
    Pkey::from_raw_private(kind(scheme), &private).map_err(refused)
}

fn check_size(bytes: &[u8], kind: &str) -> Result<()> {
    if bytes.len() == SIZE {
        return Ok(());
    }
    Err(data(format!(
        "Invalid length {} for {kind} key",
        bytes.len()
    )))
}

/// The members of a JSON Web Key that only this algorithm has.
pub fn to_jwk(scheme: OkpScheme, pkey: &Pkey, private: bool) -> Result<Jwk> {
    let x = pkey.raw_public().map_err(refused)?;
    let d = if private {
        Some(encode(&Zeroizing::new(
            pkey.raw_private().map_err(refused)?,
        )))
    } else {
        None
    };
    Ok(Jwk {
        kty: Text("OKP".to_owned()),
        alg: (scheme == OkpScheme::Ed25519).then(|| "EdDSA".to_owned()),
        crv: Some(curve_name(scheme).to_owned()),
        x: Some(encode(&x)),
        d,
        ..Jwk::default()
    })
}

/// "Derive Bits" of X25519.
pub fn derive(
    key: &Key,
    scheme: OkpScheme,
    params: &DeriveParams,
    length: Option<u32>,
) -> Result<Vec<u8>> {
    if scheme != OkpScheme::X25519 {
        return Err(not_supported(format!(
            "The deriveBits operation is not implemented for \"{}\".",
            scheme.name()
        )));
    }
    if !matches!(key.material, Material::Private(_)) {
        return Err(asymmetric::not_private(key));
    }
    let public = params.public.as_ref().ok_or_else(missing_public)?;
    let (private, public) = asymmetric::peer(key, &public.0)?;
    agree(
        private,
        public,
        SIZE,
        length,
        "Failed to derive EDDH key: public key routines INVALID_PEER_KEY.",
    )
}
