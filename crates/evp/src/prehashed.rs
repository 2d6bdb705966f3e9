//! Signatures of data that is hashed already.

use aws_lc_sys as sys;

use crate::pkey::{Pkey, Scheme, pad};
use crate::{Digest, Result, check, refused, sized};

impl Pkey {
    /// A signature of the data that `hash` is the `digest` of, in the form of the library: DER for elliptic curves.
    pub fn sign_hash(&self, digest: Digest, scheme: Scheme, hash: &[u8]) -> Result<Vec<u8>> {
        let context = self.context()?;
        // SAFETY: E2.
        check(unsafe { sys::EVP_PKEY_sign_init(context.get()) })?;
        // SAFETY: E2.
        unsafe { pad(context.get(), scheme) }?;
        // SAFETY: E2; the digest is a constant.
        check(unsafe { sys::EVP_PKEY_CTX_set_signature_md(context.get(), digest.md()) })?;
        // SAFETY: E1.
        sized(|out, size| unsafe {
            sys::EVP_PKEY_sign(context.get(), out, size, hash.as_ptr(), hash.len())
        })
    }

    /// Whether `signature` is one of the data that `hash` is the `digest` of.
    pub fn verify_hash(
        &self,
        digest: Digest,
        scheme: Scheme,
        signature: &[u8],
        hash: &[u8],
    ) -> Result<bool> {
        let context = self.context()?;
        // SAFETY: E2.
        check(unsafe { sys::EVP_PKEY_verify_init(context.get()) })?;
        // SAFETY: E2.
        unsafe { pad(context.get(), scheme) }?;
        // SAFETY: E2; the digest is a constant.
        check(unsafe { sys::EVP_PKEY_CTX_set_signature_md(context.get(), digest.md()) })?;
        // SAFETY: E1, E2.
        let result = unsafe {
            sys::EVP_PKEY_verify(
                context.get(),
                signature.as_ptr(),
                signature.len(),
                hash.as_ptr(),
                hash.len(),
            )
        };
        if result != 1 {
            refused();
        }
        Ok(result == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Curve, digest};

    #[test]
    fn hashes_are_signed_as_their_data_is() {
        let key = Pkey::generate_ec(Curve::P256).unwrap();
        let hash = digest::hash(Digest::Sha256, b"data").unwrap();
        let (digest, scheme) = (Digest::Sha256, Scheme::Plain);
        let signature = key.sign_hash(digest, scheme, &hash).unwrap();
        assert_eq!(
            key.verify(Some(digest), scheme, &signature, b"data"),
            Ok(true)
        );
        let signature = key.sign(Some(digest), scheme, b"data").unwrap();
        assert_eq!(key.verify_hash(digest, scheme, &signature, &hash), Ok(true));
        assert_eq!(
            key.verify_hash(digest, scheme, &signature[1..], &hash),
            Ok(false)
        );
        let rsa = Pkey::generate_rsa(2048, &[1, 0, 1]).unwrap();
        assert!(rsa.sign_hash(Digest::Sha512, scheme, &hash).is_err());
    }
}
