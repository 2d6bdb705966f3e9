//! RSA keys: their numbers, generation, OAEP, and the bare operation.

use aws_lc_sys as sys;

use crate::pkey::{Kind, Pkey};
use crate::{Digest, Owned, Refused, Result, bignum, bytes_of, check, refused, sized};

/// The numbers of a key, big-endian without leading zeros.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    pub n: Vec<u8>,
    pub e: Vec<u8>,
    pub d: Option<Vec<u8>>,
    /// p, q, dp, dq, qi.
    pub factors: Option<[Vec<u8>; 5]>,
}

type Operation =
    unsafe extern "C" fn(*mut sys::EVP_PKEY_CTX, *mut u8, *mut usize, *const u8, usize) -> i32;

impl Pkey {
    pub(crate) fn rsa(&self) -> Result<*const sys::RSA> {
        if self.kind() != Kind::Rsa {
            return Err(Refused::Unknown);
        }
        // SAFETY: E2; the key keeps the object.
        let rsa = unsafe { sys::EVP_PKEY_get0_RSA(self.0.get()) };
        if rsa.is_null() {
            Err(refused())
        } else {
            Ok(rsa)
        }
    }

    pub(crate) fn from_rsa(rsa: &Owned<sys::RSA>) -> Result<Self> {
        let key = Self::empty()?;
        // SAFETY: E2; the key takes a reference of its own.
        check(unsafe { sys::EVP_PKEY_set1_RSA(key.0.get(), rsa.get()) })?;
        Ok(key)
    }

    /// A public key in its own form (RFC 8017 §A.1.1).
    pub fn from_rsa_public_der(der: &[u8]) -> Result<Self> {
        // SAFETY: E1.
        let rsa = unsafe { sys::RSA_public_key_from_bytes(der.as_ptr(), der.len()) };
        Self::from_rsa(&Owned::new(rsa, sys::RSA_free)?)
    }

    /// A fresh private key. This takes long.
    pub fn generate_rsa(bits: i32, exponent: &[u8]) -> Result<Self> {
        let exponent = bignum(exponent)?;
        let rsa = new_rsa()?;
        // SAFETY: E2; no callback.
        check(unsafe {
            sys::RSA_generate_key_ex(rsa.get(), bits, exponent.get(), std::ptr::null_mut())
        })?;
        Self::from_rsa(&rsa)
    }

    /// A key of given numbers: private when `d` is there.
    pub fn from_rsa_numbers(numbers: &Numbers) -> Result<Self> {
        let rsa = new_rsa()?;
        let (n, e) = (bignum(&numbers.n)?, bignum(&numbers.e)?);
        // SAFETY: E2: the object takes the numbers over when the call succeeds.
        check(unsafe { sys::RSA_set0_key(rsa.get(), n.get(), e.get(), std::ptr::null_mut()) })?;
        n.release();
        e.release();
        if let Some(d) = &numbers.d {
            let d = bignum(d)?;
            let none = std::ptr::null_mut();
            // SAFETY: as above.
            check(unsafe { sys::RSA_set0_key(rsa.get(), none, none, d.get()) })?;
            d.release();
            if let Some([p, q, dp, dq, qi]) = &numbers.factors {
                let (p, q) = (bignum(p)?, bignum(q)?);
                // SAFETY: as above.
                check(unsafe { sys::RSA_set0_factors(rsa.get(), p.get(), q.get()) })?;
                p.release();
                q.release();
                let (dp, dq, qi) = (bignum(dp)?, bignum(dq)?, bignum(qi)?);
                // SAFETY: as above.
                check(unsafe {
                    sys::RSA_set0_crt_params(rsa.get(), dp.get(), dq.get(), qi.get())
                })?;
                dp.release();
                dq.release();
                qi.release();
            }
        }
        Self::from_rsa(&rsa)
    }

    /// The public part of an RSA key.
    pub fn rsa_public(&self) -> Result<Self> {
        let numbers = self.rsa_numbers()?;
        Self::from_rsa_numbers(&Numbers {
            n: numbers.n,
            e: numbers.e,
            ..Numbers::default()
        })
    }

    pub fn rsa_numbers(&self) -> Result<Numbers> {
        let rsa = self.rsa()?;
        // SAFETY: the object is valid (E2), and its numbers are null or valid.
        unsafe {
            let factors = || {
                Some([
                    bytes_of(sys::RSA_get0_p(rsa), 0)?,
                    bytes_of(sys::RSA_get0_q(rsa), 0)?,
                    bytes_of(sys::RSA_get0_dmp1(rsa), 0)?,
                    bytes_of(sys::RSA_get0_dmq1(rsa), 0)?,
                    bytes_of(sys::RSA_get0_iqmp(rsa), 0)?,
                ])
            };
            Ok(Numbers {
                n: bytes_of(sys::RSA_get0_n(rsa), 0).ok_or(Refused::Unknown)?,
                e: bytes_of(sys::RSA_get0_e(rsa), 0).ok_or(Refused::Unknown)?,
                d: bytes_of(sys::RSA_get0_d(rsa), 0),
                factors: factors(),
            })
        }
    }

    /// Bits of the modulus.
    pub fn rsa_bits(&self) -> Result<usize> {
        let rsa = self.rsa()?;
        // SAFETY: E2.
        Ok(unsafe { sys::RSA_bits(rsa) } as usize)
    }

    /// Bytes of a signature.
    pub fn rsa_size(&self) -> Result<usize> {
        let rsa = self.rsa()?;
        // SAFETY: E2.
        Ok(unsafe { sys::RSA_size(rsa) } as usize)
    }

    /// RFC 8017 §7.1.1.
    pub fn oaep_encrypt(&self, digest: Digest, label: &[u8], data: &[u8]) -> Result<Vec<u8>> {
        let context = self.context()?;
        // SAFETY: E2.
        check(unsafe { sys::EVP_PKEY_encrypt_init(context.get()) })?;
        oaep(&context, digest, label, data, sys::EVP_PKEY_encrypt)
    }

    /// RFC 8017 §7.1.2.
    pub fn oaep_decrypt(&self, digest: Digest, label: &[u8], data: &[u8]) -> Result<Vec<u8>> {
        let context = self.context()?;
        // SAFETY: E2.
        check(unsafe { sys::EVP_PKEY_decrypt_init(context.get()) })?;
        oaep(&context, digest, label, data, sys::EVP_PKEY_decrypt)
    }

    /// RFC 8017 §5.1.2 on bytes as they are: as many as the modulus has.
    pub fn rsa_raw(&self, data: &[u8]) -> Result<Vec<u8>> {
        let rsa = self.rsa()?;
        let mut out = vec![0; self.rsa_size()?];
        let mut size = 0;
        // SAFETY: E1, E2. The operation caches in the object, under its own lock.
        check(unsafe {
            sys::RSA_decrypt(
                rsa.cast_mut(),
                &mut size,
                out.as_mut_ptr(),
                out.len(),
                data.as_ptr(),
                data.len(),
                sys::RSA_NO_PADDING,
            )
        })?;
        out.truncate(size);
        Ok(out)
    }
}

fn new_rsa() -> Result<Owned<sys::RSA>> {
    // SAFETY: takes nothing.
    Owned::new(unsafe { sys::RSA_new() }, sys::RSA_free)
}

/// Sets the label of OAEP.
pub(crate) fn set_label(context: &Owned<sys::EVP_PKEY_CTX>, label: &[u8]) -> Result<()> {
    // SAFETY: E1: a copy, allocated as the context expects, which owns it once the call has succeeded.
    unsafe {
        let copy = sys::OPENSSL_memdup(label.as_ptr().cast(), label.len());
        if sys::EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), copy.cast(), label.len()) != 1 {
            sys::OPENSSL_free(copy);
            return Err(refused());
        }
    }
    Ok(())
}

fn oaep(
    context: &Owned<sys::EVP_PKEY_CTX>,
    digest: Digest,
    label: &[u8],
    data: &[u8],
    operation: Operation,
) -> Result<Vec<u8>> {
    // SAFETY: E2.
    check(unsafe {
        sys::EVP_PKEY_CTX_set_rsa_padding(context.get(), sys::RSA_PKCS1_OAEP_PADDING)
    })?;
    // SAFETY: E2.
    check(unsafe { sys::EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), digest.md()) })?;
    // SAFETY: E2.
    check(unsafe { sys::EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), digest.md()) })?;
    if !label.is_empty() {
        set_label(context, label)?;
    }
    // SAFETY: E1.
    sized(|out, size| unsafe { operation(context.get(), out, size, data.as_ptr(), data.len()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pkey::Scheme;

    #[test]
    fn a_key_does_all() {
        let key = Pkey::generate_rsa(1024, &[1, 0, 1]).unwrap();
        let key = Pkey::from_rsa_numbers(&key.rsa_numbers().unwrap()).unwrap();
        let public = key.rsa_public().unwrap();
        assert_eq!((public.rsa_bits(), public.rsa_size()), (Ok(1024), Ok(128)));
        for scheme in [
            Scheme::Plain,
            Scheme::Pss { salt: 0 },
            Scheme::Pss { salt: 20 },
        ] {
            let signature = key.sign(Some(Digest::Sha1), scheme, b"data").unwrap();
            assert_eq!(
                public.verify(Some(Digest::Sha1), scheme, &signature, b"data"),
                Ok(true)
            );
            assert_eq!(
                public.verify(Some(Digest::Sha1), scheme, b"short", b"data"),
                Ok(false)
            );
        }
        let secret = public
            .oaep_encrypt(Digest::Sha256, b"label", b"data")
            .unwrap();
        assert_eq!(
            key.oaep_decrypt(Digest::Sha256, b"label", &secret),
            Ok(b"data".to_vec())
        );
        assert_eq!(
            key.oaep_decrypt(Digest::Sha256, b"", &secret),
            Err(Refused::Unknown)
        );
        assert_eq!(key.rsa_raw(&[1; 128]).unwrap().len(), 128);
        assert_eq!(key.rsa_raw(&[0xff; 128]), Err(Refused::Unknown));
    }
}
