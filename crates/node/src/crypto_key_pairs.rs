//! Fresh pairs of keys of `node:crypto`. Where the caller does not wait for them they are made off the event loop.

use evp::dh::{Dh, Group};
use evp::ec::NamedCurve;
use evp::pkey::Okp;
use evp::{Curve, Pkey};
use jsg::js::{Array, Local, Value};
use jsg::promise::Args;
use jsg::{Error, Lock, Result};

use crate::crypto_asymmetric::KeyHandle;
use crate::crypto_natives::{bytes, number};

type Outcome<'s> = Result<Local<'s, Value>>;

/// Of the modulus of RSA, in bits.
const LONGEST_MODULUS: u32 = 16384;
const SHORTEST_MODULUS: u32 = 512;
/// The library takes shorter ones for a wrong setting.
const SETTABLE_MODULUS: u32 = 256;

/// Of a prime of Diffie and Hellman, in bytes.
const LONGEST_PRIME: usize = 1024;

/// What is to be made: `(kind, …)`.
enum Wanted {
    Rsa { bits: u32, exponent: u32 },
    Elliptic(Curve),
    Okp(Okp),
    Dh(Dh),
}

impl Wanted {
    /// `('rsa', bits, exponent)`, `('ec', curve)`, `('ed25519')`, `('x25519')`, `('dh', group or prime, generator)`.
    fn of<'s>(js: &mut Lock<'s, '_>, args: &Args<'_, 's>) -> Result<Self> {
        let kind = args.get(0).to_rust_string_lossy(js);
        match kind.as_str() {
            "rsa" => {
                let bits = number(js, args.get(1));
                if bits > LONGEST_MODULUS {
                    let text = format!("RSA modulusLength exceeds maximum ({LONGEST_MODULUS})");
                    return Err(Error::range_error(text));
                }
                if bits < SETTABLE_MODULUS {
                    return Err(Error::error("Failed to set modulus length"));
                }
                let exponent = number(js, args.get(2));
                Ok(Self::Rsa { bits, exponent })
            }
            "ec" => {
                let name = args.get(1).to_rust_string_lossy(js);
                match Curve::by_any_name(&name) {
                    NamedCurve::Known(curve) => Ok(Self::Elliptic(curve)),
                    NamedCurve::Other => Err(Error::error("Failed to initialize key")),
                    NamedCurve::None => Err(Error::error("Invalid or unsupported curve")),
                }
            }
            "ed25519" => Ok(Self::Okp(Okp::Ed25519)),
            "x25519" => Ok(Self::Okp(Okp::X25519)),
            _ => dh_of(js, args).map(Self::Dh),
        }
    }

    fn run(self) -> Option<[Pkey; 2]> {
        let key = match self {
            // Even exponents, and 1, lead nowhere; the library would search for long.
            Self::Rsa { bits, exponent }
                if bits < SHORTEST_MODULUS || exponent < 3 || exponent % 2 == 0 =>
            {
                return None;
            }
            Self::Rsa { bits, exponent } => {
                Pkey::generate_rsa(bits as i32, &exponent.to_be_bytes())
            }
            Self::Elliptic(curve) => Pkey::generate_ec(curve),
            Self::Okp(kind) => Pkey::generate_okp(kind),
            Self::Dh(dh) => dh.generate().and_then(|()| dh.into_pkey()),
        };
        let key = key.ok()?;
        Some([key.share().ok()?, key])
    }
}

fn dh_of<'s>(js: &mut Lock<'s, '_>, args: &Args<'_, 's>) -> Result<Dh> {
    let generator = match args.get(2) {
        given if given.is_undefined() => 2,
        given => number(js, given),
    };
    let given = args.get(1);
    if given.is_string() {
        let group = Group::by_name(&given.to_rust_string_lossy(js))
            .ok_or_else(|| Error::error("Invalid or unsupported group"))?;
        return Dh::of_group(group).map_err(|_| failed());
    }
    let prime = bytes(js, given)?;
    if prime.len() > LONGEST_PRIME {
        return Err(Error::range_error("DH prime exceeds maximum size"));
    }
    Dh::new(&prime, &generator.to_be_bytes()).map_err(|_| failed())
}

fn failed() -> Error {
    Error::error("Failed to generate key")
}

/// The handles of a public key and of its private one.
fn handles<'s>(js: &mut Lock<'s, '_>, pair: Option<[Pkey; 2]>) -> Outcome<'s> {
    let [public, private] = pair.ok_or_else(failed)?;
    let handles = [
        KeyHandle::open(js, public, false),
        KeyHandle::open(js, private, true),
    ];
    Ok(Array::new_with_elements(js, &handles).into())
}

/// `generatePair(kind, …)`.
pub fn generate_pair<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let pair = Wanted::of(js, &args)?.run();
    handles(js, pair)
}

/// The same on another thread.
pub fn generate_pair_later<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let wanted = Wanted::of(js, &args)?;
    let promise = crypto::work::long(js, move || Ok(wanted.run()), handles)?;
    Ok(promise.into())
}
