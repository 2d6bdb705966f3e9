//! The primes of `node:crypto`. Searches leave the event loop where the caller does not wait for them.

use jsg::convert::uint8_array;
use jsg::js::{Boolean, Local, Value};
use jsg::promise::Args;
use jsg::{Error, Lock, Result};

use crate::crypto_natives::{bytes, number};

type Outcome<'s> = Result<Local<'s, Value>>;

const MOST_BITS: u32 = 8192;
const MOST_CHECKS: u32 = 64;

/// What is looked for: `(bits, safe, add, rem)`.
struct Search {
    bits: u32,
    safe: bool,
    congruence: Option<(u8, u8)>,
}

impl Search {
    fn of<'s>(js: &mut Lock<'s, '_>, args: &Args<'_, 's>) -> Result<Self> {
        let bits = number(js, args.get(0));
        if bits > MOST_BITS {
            let text = format!("generatePrime size exceeds maximum ({MOST_BITS} bits)");
            return Err(Error::range_error(text));
        }
        let mut congruence = None;
        if !args.get(2).is_undefined() {
            let add = bytes(js, args.get(2))?;
            let rem = match args.get(3) {
                given if given.is_undefined() => Vec::new(),
                given => bytes(js, given)?,
            };
            congruence = match (small(&add), small(&rem)) {
                (Some(add @ (12 | 24 | 60)), Some(rem)) if rem + 1 == add => Some((add, rem)),
                _ => return Err(Error::range_error("Invalid values for add and rem")),
            };
        }
        if congruence.is_some_and(|(add, _)| u8::BITS - add.leading_zeros() > bits) {
            let text = "options.add must not be bigger than size of the requested prime";
            return Err(Error::range_error(text));
        }
        Ok(Self {
            bits,
            safe: args.get(1).is_true(),
            congruence,
        })
    }

    fn run(&self) -> std::result::Result<Vec<u8>, evp::Refused> {
        evp::prime::generate(self.bits as i32, self.safe, self.congruence)
    }
}

/// A number below 256 from its big-endian bytes.
fn small(bytes: &[u8]) -> Option<u8> {
    let (last, rest) = bytes.split_last()?;
    rest.iter().all(|byte| *byte == 0).then_some(*last)
}

fn not_found() -> Error {
    Error::error("Error while generating prime")
}

/// `randomPrime(bits, safe, add, rem)`.
pub fn random_prime<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let prime = Search::of(js, &args)?.run().map_err(|_| not_found())?;
    Ok(uint8_array(js, &prime)?.into())
}

/// The same on another thread.
pub fn random_prime_later<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let search = Search::of(js, &args)?;
    let promise = crypto::work::long(
        js,
        move || Ok(search.run().ok()),
        |js, prime| match prime {
            Some(prime) => Ok(uint8_array(js, &prime)?.into()),
            None => Err(not_found()),
        },
    )?;
    Ok(promise.into())
}

/// What is asked: `(candidate, checks)`.
fn question<'s>(js: &mut Lock<'s, '_>, args: &Args<'_, 's>) -> Result<(Vec<u8>, i32)> {
    let candidate = bytes(js, args.get(0))?;
    let checks = number(js, args.get(1));
    if checks > MOST_CHECKS {
        return Err(Error::range_error("Invalid number of checks"));
    }
    if candidate.len() > MOST_BITS as usize / 8 {
        let text = "checkPrime candidate exceeds maximum size";
        return Err(Error::range_error(text));
    }
    Ok((candidate, checks as i32))
}

fn undecided() -> Error {
    Error::error("Error while checking prime")
}

/// `isPrime(candidate, checks)`.
pub fn is_prime<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let (candidate, checks) = question(js, &args)?;
    let prime = evp::prime::is_prime(&candidate, checks).map_err(|_| undecided())?;
    Ok(Boolean::new(js, prime).into())
}

/// The same on another thread.
pub fn is_prime_later<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let (candidate, checks) = question(js, &args)?;
    let promise = crypto::work::long(
        js,
        move || Ok(evp::prime::is_prime(&candidate, checks).ok()),
        |js, prime| match prime {
            Some(prime) => Ok(Boolean::new(js, prime).into()),
            None => Err(undecided()),
        },
    )?;
    Ok(promise.into())
}
