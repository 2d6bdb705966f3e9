//! ECDSA and ECDH on the curves of NIST (Web Cryptography §23, §24).

use evp::{Curve, Pkey, ec::Coordinates, ec::Invalid};

use crate::asymmetric::{self, Allowed, Imported, agree};
use crate::error::{
    Error, Result, because, data, missing, not_supported, operation, refused, type_error,
};
use crate::import::{Import, Input};
use crate::jwk::{Jwk, decode, encode};
use crate::key::{EcScheme, Key, KeyAlgorithm, Material, curve_name};
use crate::params::{DeriveParams, GenerateParams, Text};
use crate::usages::{Making, Usages};

const CURVES: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

pub(crate) fn curve_by_name(name: Option<&String>) -> Result<Curve> {
    let name = name.ok_or_else(|| missing("namedCurve"))?;
    CURVES
        .into_iter()
        .find(|curve| curve_name(*curve).eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            not_supported(format!(
                "Unrecognized or unimplemented EC curve \"{name}\" requested."
            ))
        })
}

/// "Generate Key": the public key and the private one.
pub fn generate(
    scheme: EcScheme,
    params: &GenerateParams,
    extractable: bool,
    names: &[String],
) -> Result<[Key; 2]> {
    let allowed = match scheme {
        EcScheme::Ecdsa => Usages::SIGNATURE,
        EcScheme::Ecdh => Usages::DERIVATION,
    };
    let usages = Usages::parse(scheme.name(), Making::Generate, names, allowed)?;
    let curve = curve_by_name(params.named_curve.as_ref())?;
    let private = Pkey::generate_ec(curve).map_err(refused)?;
    let public = private.ec_public().map_err(refused)?;
    let algorithm = KeyAlgorithm::Ec { scheme, curve };
    Ok([
        Key {
            algorithm: algorithm.clone(),
            material: Material::Public(public),
            extractable: true,
            usages: usages.within(Usages::PUBLIC),
        },
        Key {
            algorithm,
            material: Material::Private(private),
            extractable,
            usages: usages.within(Usages::PRIVATE),
        },
    ])
}

/// "Import Key".
pub fn import(scheme: EcScheme, import: Import<'_>) -> Result<Key> {
    let named = import.params.named_curve.as_ref();
    let curve = curve_by_name(named)?;
    // Public keys can do nothing in ECDH; without the strict checks they may claim to.
    let claimed = match scheme {
        EcScheme::Ecdsa => Usages::VERIFY,
        EcScheme::Ecdh if import.strict => Usages::NONE,
        EcScheme::Ecdh => Usages::DERIVATION,
    };
    let imported = match import.input {
        Input::Raw(bytes) => {
            let usages =
                Usages::parse(scheme.name(), Making::ImportPublic, import.usages, claimed)?;
            Imported {
                material: Material::Public(from_raw(curve, &bytes)?),
                usages,
            }
        }
        input => {
            let allowed = match scheme {
                EcScheme::Ecdsa => Allowed::of(Usages::SIGNATURE),
                EcScheme::Ecdh => Allowed {
                    public: Usages::NONE,
                    private: Usages::DERIVATION,
                    public_jwk: claimed,
                },
            };
            asymmetric::import(
                scheme.name(),
                input,
                import.extractable,
                import.usages,
                &allowed,
                |jwk| from_jwk(scheme, curve, jwk),
            )?
        }
    };
    check_curve(scheme, curve, named, &imported.material)?;
    Ok(Key {
        algorithm: KeyAlgorithm::Ec { scheme, curve },
        material: imported.material,
        extractable: import.extractable,
        usages: imported.usages,
    })
}

fn from_raw(curve: Curve, bytes: &[u8]) -> Result<Pkey> {
    Pkey::from_ec_point(curve, bytes).map_err(|reason| {
        data(format!(
            "Failed to import raw EC key data{}",
            because(reason)
        ))
    })
}

fn check_curve(
    scheme: EcScheme,
    curve: Curve,
    named: Option<&String>,
    material: &Material,
) -> Result<()> {
    if !asymmetric::is_kind(material, evp::Kind::Ec) {
        return Err(data(match scheme {
            EcScheme::Ecdsa => "Input was not an EC key.",
            EcScheme::Ecdh => "Input was not an EC public key nor a DH key.",
        }));
    }
    let (Material::Public(pkey) | Material::Private(pkey)) = material else {
        return Ok(());
    };
    if pkey.curve() == Some(curve) {
        return Ok(());
    }
    let comma = match scheme {
        EcScheme::Ecdsa => "",
        EcScheme::Ecdh => ",",
    };
    Err(data(format!(
        "\"algorithm.namedCurve\" \"{}\"{comma} does not match the curve specified by the input key data.",
        named.map_or("", String::as_str)
    )))
}

fn from_jwk(scheme: EcScheme, curve: Curve, jwk: &Jwk) -> Result<Pkey> {
    if jwk.kty.0 != "EC" {
        return Err(data(format!(
            "Elliptic curve \"jwk\" key import requires a JSON Web Key with Key Type parameter \"kty\" (\"{}\") equal \
             to \"EC\".",
            jwk.kty.0
        )));
    }
    if let Some(alg) = &jwk.alg
        && scheme == EcScheme::Ecdsa
    {
        let meant = match alg.as_str() {
            "ES256" => Curve::P256,
            "ES384" => Curve::P384,
            "ES512" => Curve::P521,
            _ => {
                return Err(not_supported(format!(
                    "Unrecognized or unimplemented algorithm \"{alg}\" listed in JSON Web Key Algorithm parameter."
                )));
            }
        };
        if meant != curve {
            return Err(data(format!(
                "JSON Web Key Algorithm parameter \"alg\" (\"{alg}\") does not match requested curve."
            )));
        }
    }
    let x = decode(jwk.x.as_ref(), || {
        "Invalid EC key in JSON Web Key; missing \"x\".".to_owned()
    })?;
    let y = decode(jwk.y.as_ref(), || {
        "Invalid EC key in JSON Web Key; missing \"y\".".to_owned()
    })?;
    let d = match &jwk.d {
        None => None,
        d => {
            let d = decode(d.as_ref(), || {
                "Invalid EC key in JSON Web Key; missing or invalid private key component (\"d\")."
                    .to_owned()
            });
            if d.is_err() {
                // A point that is wrong is told of first.
                Pkey::from_coordinates(curve, &x, &y, None).map_err(invalid)?;
            }
            Some(d?)
        }
    };
    Pkey::from_coordinates(curve, &x, &y, d.as_deref()).map_err(invalid)
}

fn invalid(invalid: Invalid) -> Error {
    match invalid {
        Invalid::Point(reason) => operation(format!(
            "Invalid EC key; public key coordinates \"x\" and \"y\" are invalid{}",
            because(reason)
        )),
        Invalid::Private(reason) => operation(format!(
            "Invalid EC key; private key component \"d\" is invalid{}",
            because(reason)
        )),
        Invalid::Pair(reason) => data(format!("Invalid EC key in JSON Web Key{}", because(reason))),
    }
}

/// The members of a JSON Web Key that only this algorithm has.
pub fn to_jwk(curve: Curve, pkey: &Pkey, private: bool) -> Result<Jwk> {
    let Coordinates { x, y, d } = pkey.coordinates().map_err(refused)?;
    Ok(Jwk {
        kty: Text("EC".to_owned()),
        crv: Some(curve_name(curve).to_owned()),
        x: Some(encode(&x)),
        y: Some(encode(&y)),
        d: d.filter(|_| private).map(|d| encode(&d)),
        ..Jwk::default()
    })
}

/// "Derive Bits" of ECDH.
pub fn derive(
    key: &Key,
    scheme: EcScheme,
    curve: Curve,
    params: &DeriveParams,
    length: Option<u32>,
) -> Result<Vec<u8>> {
    if scheme == EcScheme::Ecdsa {
        return Err(not_supported(
            "The deriveBits operation is not implemented for \"ECDSA\".",
        ));
    }
    if !matches!(key.material, Material::Private(_)) {
        return Err(asymmetric::not_private(key));
    }
    let public = params.public.as_ref().ok_or_else(missing_public)?;
    let (private, public_key) = asymmetric::peer(key, &public.0)?;
    if let KeyAlgorithm::Ec { curve: other, .. } = public.0.algorithm
        && other != curve
    {
        return Err(crate::error::access(format!(
            "Private key for derivation is using curve \"{}\" while public key is using \"{}\".",
            curve_name(curve),
            curve_name(other)
        )));
    }
    agree(
        private,
        public_key,
        curve.size(),
        length,
        "Failed to generate shared ECDH secret.",
    )
}

/// The error of an agreement without a peer.
pub fn missing_public() -> Error {
    type_error("Missing field \"public\" in \"derivedKeyParams\".")
}
