//! Keys of `node:crypto` from and as JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037).

use crypto::jwk::{Jwk, decode, encode};
use crypto::params::Text;
use evp::ec::{Invalid, NamedCurve};
use evp::pkey::Okp;
use evp::rsa::Numbers;
use evp::{Curve, Kind, Pkey};
use jsg::js::{Local, Value};
use jsg::promise::Args;
use jsg::{Error, FromJs, Lock, Result, ToJs};

use crate::crypto_asymmetric::KeyHandle;
use crate::crypto_key_forms::handle_at;

type Outcome<'s> = Result<Local<'s, Value>>;

/// `keyFromJwk(jwk, isPrivate)`.
pub fn key_from_jwk<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let private = args.get(1).is_true();
    let jwk = Jwk::try_from_js(js, args.get(0))?.ok_or_else(|| unknown(private))?;
    let key = match jwk.kty.0.as_str() {
        "RSA" => rsa(&jwk, private),
        "EC" => elliptic(&jwk, private),
        "OKP" => okp(&jwk, private),
        _ => Err(unknown(private)),
    }?;
    Ok(KeyHandle::open(js, key, private))
}

fn unknown(private: bool) -> Error {
    let kind = if private { "private" } else { "public" };
    Error::error(format!(
        "JWK {kind} key import is not implemented for this key type"
    ))
}

fn present<'a>(kind: &str, name: &str, value: Option<&'a String>) -> Result<&'a String> {
    value.ok_or_else(|| Error::error(format!("{kind} JWK missing {name} parameter")))
}

/// The bytes of members that all must be there before any is read.
fn members<const N: usize>(
    kind: &str,
    members: [(&str, Option<&String>); N],
) -> Result<[Vec<u8>; N]> {
    for (name, value) in members {
        present(kind, name, value)?;
    }
    let mut read: [Vec<u8>; N] = std::array::from_fn(|_| Vec::new());
    for ((name, value), read) in members.into_iter().zip(&mut read) {
        *read = decode(value, String::new)
            .map_err(|_| Error::error(format!("{kind} JWK invalid {name} parameter")))?;
    }
    Ok(read)
}

fn rsa(jwk: &Jwk, private: bool) -> Result<Pkey> {
    let [n, e] = members("RSA", [("n", jwk.n.as_ref()), ("e", jwk.e.as_ref())])?;
    let mut numbers = Numbers {
        n,
        e,
        ..Numbers::default()
    };
    if private {
        let [d, factors @ ..] = members(
            "RSA",
            [
                ("d", jwk.d.as_ref()),
                ("p", jwk.p.as_ref()),
                ("q", jwk.q.as_ref()),
                ("dp", jwk.dp.as_ref()),
                ("dq", jwk.dq.as_ref()),
                ("qi", jwk.qi.as_ref()),
            ],
        )?;
        numbers.d = Some(d);
        numbers.factors = Some(factors);
    }
    let invalid = if private { "private" } else { "public" };
    Pkey::from_rsa_numbers(&numbers)
        .map_err(|_| Error::error(format!("RSA JWK invalid {invalid} key")))
}

fn elliptic(jwk: &Jwk, private: bool) -> Result<Pkey> {
    let curve = match Curve::by_any_name(present("EC", "crv", jwk.crv.as_ref())?) {
        NamedCurve::Known(curve) => curve,
        NamedCurve::Other => return Err(Error::error("EC JWK unsupported curve")),
        NamedCurve::None => return Err(Error::error("EC JWK unsupported crv parameter")),
    };
    let [x, y] = members("EC", [("x", jwk.x.as_ref()), ("y", jwk.y.as_ref())])?;
    let wrong_point = || Error::error("EC JWK invalid public key");
    if !private {
        return Pkey::from_coordinates(curve, &x, &y, None).map_err(|_| wrong_point());
    }
    let d = members("EC", [("d", jwk.d.as_ref())]);
    if d.is_err() {
        // A point that is wrong is told of first.
        Pkey::from_coordinates(curve, &x, &y, None).map_err(|_| wrong_point())?;
    }
    let [d] = d?;
    Pkey::from_coordinates(curve, &x, &y, Some(&d)).map_err(|invalid| match invalid {
        Invalid::Point(_) => wrong_point(),
        Invalid::Private(_) | Invalid::Pair(_) => Error::error("EW JWK invalid private key"),
    })
}

fn okp(jwk: &Jwk, private: bool) -> Result<Pkey> {
    let kind = match present("OKP", "crv", jwk.crv.as_ref())?.as_str() {
        "Ed25519" => Okp::Ed25519,
        "X25519" => Okp::X25519,
        _ => return Err(Error::error("OKP JWK unsupported crv parameter")),
    };
    let key = if private {
        let [d] = members("OKP", [("d", jwk.d.as_ref())])?;
        Pkey::from_raw_private(kind, &d)
    } else {
        let [x] = members("OKP", [("x", jwk.x.as_ref())])?;
        Pkey::from_raw_public(kind, &x)
    };
    key.map_err(|_| unknown(private))
}

/// `jwkOf(handle)`.
pub fn jwk_of<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let handle = handle_at(js, &args, 0)?;
    let handle = handle.get();
    written(handle.key(), handle.is_private())?.to_js(js)
}

fn written(key: &Pkey, private: bool) -> Result<Jwk> {
    let failed = |_| Error::error("Failed to export key");
    let some = |bytes: &[u8]| Some(encode(bytes));
    let jwk = match key.kind() {
        Kind::Rsa => {
            let numbers = key.rsa_numbers().map_err(failed)?;
            let mut jwk = Jwk {
                kty: Text("RSA".to_owned()),
                n: some(&numbers.n),
                e: some(&numbers.e),
                ..Jwk::default()
            };
            if private {
                jwk.d = numbers.d.as_deref().and_then(some);
                if let Some([p, q, dp, dq, qi]) = &numbers.factors {
                    (jwk.p, jwk.q) = (some(p), some(q));
                    (jwk.dp, jwk.dq, jwk.qi) = (some(dp), some(dq), some(qi));
                }
            }
            jwk
        }
        Kind::Ec => {
            let numbers = key.coordinates().map_err(failed)?;
            Jwk {
                kty: Text("EC".to_owned()),
                // The shortest curve has no name there.
                crv: Some(match key.curve() {
                    None | Some(Curve::P224) => String::new(),
                    Some(curve) => crypto::key::curve_name(curve).to_owned(),
                }),
                x: some(&numbers.x),
                y: some(&numbers.y),
                d: numbers.d.filter(|_| private).and_then(|d| some(&d)),
                ..Jwk::default()
            }
        }
        kind @ (Kind::Ed25519 | Kind::X25519) => {
            let signs = kind == Kind::Ed25519;
            Jwk {
                kty: Text("OKP".to_owned()),
                crv: Some(if signs { "Ed25519" } else { "X25519" }.to_owned()),
                alg: signs.then(|| "EdDSA".to_owned()),
                x: some(&key.raw_public().map_err(failed)?),
                d: match private {
                    true => some(&key.raw_private().map_err(failed)?),
                    false => None,
                },
                ..Jwk::default()
            }
        }
        Kind::Dsa | Kind::Dh | Kind::Other => {
            return Err(Error::error("Key type is invalid for JWK export"));
        }
    };
    Ok(jwk)
}
