//! `Certificate` of `node:crypto`: signed public keys with a challenge.

use evp::pem::{Encoding, Form};
use evp::spkac::Spkac;
use jsg::convert::uint8_array;
use jsg::js::{Local, Value};
use jsg::promise::Args;
use jsg::{Lock, Result};

use crate::crypto_natives::bytes;

type Outcome<'s> = Result<Local<'s, Value>>;

fn part<'s>(
    js: &mut Lock<'s, '_>,
    args: &Args<'_, 's>,
    part: impl FnOnce(&Spkac) -> evp::Result<Vec<u8>>,
) -> Outcome<'s> {
    let text = bytes(js, args.get(0))?;
    let part = Spkac::parse(&text).and_then(|spkac| part(&spkac));
    Ok(uint8_array(js, &part.unwrap_or_default())?.into())
}

/// `spkacKey(text)`: the key as a PEM; empty if there is none.
pub fn spkac_key<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    part(js, &args, |spkac| {
        spkac.public_key()?.write_public(Form::Spki, Encoding::Pem)
    })
}

/// `spkacChallenge(text)`: empty if there is none.
pub fn spkac_challenge<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    part(js, &args, Spkac::challenge)
}
