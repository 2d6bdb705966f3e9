//! Tokens of services and classes, for others to give back: this process takes only those that it has made itself.

use std::sync::OnceLock;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;

/// The length of what proves that a token is of this process.
const PROOF: usize = 32;

/// None: there are no random numbers, and so no tokens.
fn key() -> Option<&'static hmac::Key> {
    static KEY: OnceLock<Option<hmac::Key>> = OnceLock::new();
    let make = || hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok();
    KEY.get_or_init(make).as_ref()
}

/// The token as others see it.
pub fn seal(token: &[u8]) -> Option<Vec<u8>> {
    let mut sealed = hmac::sign(key()?, token).as_ref().to_vec();
    sealed.extend_from_slice(token);
    Some(sealed)
}

/// The token, if this process has made it.
pub fn open(sealed: &[u8]) -> Option<&[u8]> {
    let (proof, token) = sealed.split_at_checked(PROOF)?;
    hmac::verify(key()?, token, proof).ok()?;
    Some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_only_what_it_has_made() {
        let sealed = seal(b"token").unwrap();
        assert_eq!(open(&sealed), Some(&b"token"[..]));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&changed), None);
        }
        assert_eq!(open(b"token"), None);
    }
}
