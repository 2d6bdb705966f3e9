//! Digests, and what is made of them: HMAC, HKDF, PBKDF2.

use aws_lc_sys as sys;

use crate::{Owned, Result, check, refused};

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    /// SHA-512 with other starting values, cut to 256 bits.
    Sha512Of256,
    Sha3_256,
    Sha3_384,
    Sha3_512,
}

impl Digest {
    pub(crate) fn md(self) -> *const sys::EVP_MD {
        // SAFETY: these give pointers to constants.
        unsafe {
            match self {
                Self::Md5 => sys::EVP_md5(),
                Self::Sha1 => sys::EVP_sha1(),
                Self::Sha224 => sys::EVP_sha224(),
                Self::Sha256 => sys::EVP_sha256(),
                Self::Sha384 => sys::EVP_sha384(),
                Self::Sha512 => sys::EVP_sha512(),
                Self::Sha512Of256 => sys::EVP_sha512_256(),
                Self::Sha3_256 => sys::EVP_sha3_256(),
                Self::Sha3_384 => sys::EVP_sha3_384(),
                Self::Sha3_512 => sys::EVP_sha3_512(),
            }
        }
    }

    /// Bytes of a digest.
    pub fn size(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 | Self::Sha512Of256 | Self::Sha3_256 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 => 64,
        }
    }

    /// Bytes of a block.
    pub fn block_size(self) -> usize {
        match self {
            Self::Md5 | Self::Sha1 | Self::Sha224 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 | Self::Sha512Of256 => 128,
            Self::Sha3_256 => 136,
            Self::Sha3_384 => 104,
            Self::Sha3_512 => 72,
        }
    }
}

/// A digest in the making.
pub struct Hasher {
    context: Owned<sys::EVP_MD_CTX>,
    digest: Digest,
}

impl Hasher {
    pub fn new(digest: Digest) -> Result<Self> {
        // SAFETY: takes nothing.
        let context = Owned::new(unsafe { sys::EVP_MD_CTX_new() }, sys::EVP_MD_CTX_free)?;
        // SAFETY: E2; a null engine is the usual one.
        check(unsafe { sys::EVP_DigestInit_ex(context.get(), digest.md(), std::ptr::null_mut()) })?;
        Ok(Self { context, digest })
    }

    pub fn update(&mut self, bytes: &[u8]) -> Result<()> {
        // SAFETY: E1, E2.
        check(unsafe {
            sys::EVP_DigestUpdate(self.context.get(), bytes.as_ptr().cast(), bytes.len())
        })
    }

    /// Another one that has seen the same bytes.
    pub fn try_clone(&self) -> Result<Self> {
        let copy = Self::new(self.digest)?;
        // SAFETY: E2; both contexts are initialized.
        check(unsafe { sys::EVP_MD_CTX_copy_ex(copy.context.get(), self.context.get()) })?;
        Ok(copy)
    }

    pub fn finish(self) -> Result<Vec<u8>> {
        let mut out = vec![0; self.digest.size()];
        let mut written = 0;
        // SAFETY: E1: a digest has its fixed size; E2.
        check(unsafe {
            sys::EVP_DigestFinal_ex(self.context.get(), out.as_mut_ptr(), &mut written)
        })?;
        Ok(out)
    }
}

/// The digest of `bytes`.
pub fn hash(digest: Digest, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut hasher = Hasher::new(digest)?;
    hasher.update(bytes)?;
    hasher.finish()
}

/// RFC 2104.
pub fn hmac(digest: Digest, key: &[u8], data: &[u8]) -> Result<Vec<u8>> {
    let mut out = vec![0; digest.size()];
    let mut written = 0;
    // SAFETY: E1.
    let result = unsafe {
        sys::HMAC(
            digest.md(),
            key.as_ptr().cast(),
            key.len(),
            data.as_ptr(),
            data.len(),
            out.as_mut_ptr(),
            &mut written,
        )
    };
    if result.is_null() {
        Err(refused())
    } else {
        Ok(out)
    }
}

/// RFC 5869.
pub fn hkdf(
    digest: Digest,
    length: usize,
    key: &[u8],
    salt: &[u8],
    info: &[u8],
) -> Result<Vec<u8>> {
    if length > 255 * digest.size() {
        return Err(crate::Refused::Unknown);
    }
    let mut out = vec![0; length];
    // SAFETY: E1.
    check(unsafe {
        sys::HKDF(
            out.as_mut_ptr(),
            out.len(),
            digest.md(),
            key.as_ptr(),
            key.len(),
            salt.as_ptr(),
            salt.len(),
            info.as_ptr(),
            info.len(),
        )
    })?;
    Ok(out)
}

/// RFC 8018 §5.2.
pub fn pbkdf2(
    digest: Digest,
    length: usize,
    iterations: u32,
    password: &[u8],
    salt: &[u8],
) -> Result<Vec<u8>> {
    let mut out = vec![0; length];
    // SAFETY: E1.
    check(unsafe {
        sys::PKCS5_PBKDF2_HMAC(
            password.as_ptr().cast(),
            password.len(),
            salt.as_ptr(),
            salt.len(),
            iterations,
            digest.md(),
            out.len(),
            out.as_mut_ptr(),
        )
    })?;
    Ok(out)
}

/// How much work scrypt is.
#[derive(Debug, Clone, Copy)]
pub struct ScryptCost {
    /// N, a power of two.
    pub cost: u32,
    /// r.
    pub block_size: u32,
    /// p.
    pub parallelization: u32,
    /// What it may use, in bytes.
    pub memory: u32,
}

/// scrypt (RFC 7914).
///
/// # Errors
/// The cost is none that it can have, or needs more memory.
pub fn scrypt(length: usize, password: &[u8], salt: &[u8], cost: ScryptCost) -> Result<Vec<u8>> {
    let mut out = vec![0; length];
    // SAFETY: E1.
    check(unsafe {
        sys::EVP_PBE_scrypt(
            password.as_ptr().cast(),
            password.len(),
            salt.as_ptr(),
            salt.len(),
            cost.cost.into(),
            cost.block_size.into(),
            cost.parallelization.into(),
            cost.memory as usize,
            out.as_mut_ptr(),
            out.len(),
        )
    })?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_have_their_size() {
        for digest in [
            Digest::Md5,
            Digest::Sha1,
            Digest::Sha256,
            Digest::Sha384,
            Digest::Sha512,
        ] {
            assert_eq!(hash(digest, b"abc").unwrap().len(), digest.size());
            assert_eq!(hmac(digest, b"", b"").unwrap().len(), digest.size());
        }
        assert_eq!(
            hash(Digest::Md5, b"abc").unwrap()[..4],
            [0x90, 0x01, 0x50, 0x98]
        );
    }

    #[test]
    fn scrypt_does_as_the_rfc_says() {
        let cost = ScryptCost {
            cost: 16,
            block_size: 1,
            parallelization: 1,
            memory: 32 << 20,
        };
        let key = scrypt(4, b"", b"", cost).unwrap();
        assert_eq!(key, [0x77, 0xd6, 0x57, 0x62]);
        assert!(
            scrypt(
                4,
                b"",
                b"",
                ScryptCost {
                    memory: 100,
                    ..cost
                }
            )
            .is_err()
        );
        assert!(scrypt(4, b"", b"", ScryptCost { cost: 3, ..cost }).is_err());
    }

    #[test]
    fn hkdf_has_a_limit() {
        assert!(hkdf(Digest::Sha1, 255 * 20, b"k", b"", b"").is_ok());
        assert!(hkdf(Digest::Sha1, 255 * 20 + 1, b"k", b"", b"").is_err());
    }
}
