//! A public key with a challenge, signed: what browsers sent for `<keygen>`.

use aws_lc_sys as sys;

use crate::pkey::Pkey;
use crate::{Owned, Refused, Result, refused};

/// What was sent.
pub struct Spkac(Owned<sys::NETSCAPE_SPKI>);

impl Spkac {
    /// From its base64; white space may follow it.
    pub fn parse(text: &[u8]) -> Result<Self> {
        let text = text.trim_ascii_end();
        if text.is_empty() {
            return Err(Refused::Unknown);
        }
        let size = text.len().try_into().map_err(|_| Refused::Unknown)?;
        // SAFETY: E1.
        let spki = unsafe { sys::NETSCAPE_SPKI_b64_decode(text.as_ptr().cast(), size) };
        Ok(Self(Owned::new(spki, sys::NETSCAPE_SPKI_free)?))
    }

    pub fn public_key(&self) -> Result<Pkey> {
        // SAFETY: E2; gives a reference of its own.
        let key = unsafe { sys::NETSCAPE_SPKI_get_pubkey(self.0.get()) };
        Ok(Pkey(Owned::new(key, sys::EVP_PKEY_free)?))
    }

    pub fn challenge(&self) -> Result<Vec<u8>> {
        let mut text = std::ptr::null_mut();
        // SAFETY: E2; what is read has both parts.
        let size = unsafe {
            let challenge = (*(*self.0.get()).spkac).challenge;
            sys::ASN1_STRING_to_UTF8(&mut text, challenge)
        };
        let Ok(size) = usize::try_from(size) else {
            return Err(refused());
        };
        // SAFETY: the library has given `size` bytes.
        let bytes = unsafe { std::slice::from_raw_parts(text, size) }.to_vec();
        // SAFETY: and they are ours to free.
        unsafe { sys::OPENSSL_free(text.cast()) };
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_none_is_refused() {
        for wrong in [&b""[..], b" \n", b"none", b"MAAwAA=="] {
            assert!(Spkac::parse(wrong).is_err());
        }
    }
}
