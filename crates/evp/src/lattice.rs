//! Keys over lattices: ML-KEM (FIPS 203) and ML-DSA (FIPS 204). Private keys come from their seeds.

use aws_lc_sys as sys;

use crate::{Owned, Pkey, Result, check, filled};

/// The parameter sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lattice {
    Kem768,
    Kem1024,
    Dsa44,
    Dsa65,
    Dsa87,
}

impl Lattice {
    fn id(self) -> i32 {
        match self {
            Self::Kem768 => sys::NID_MLKEM768,
            Self::Kem1024 => sys::NID_MLKEM1024,
            Self::Dsa44 => sys::NID_MLDSA44,
            Self::Dsa65 => sys::NID_MLDSA65,
            Self::Dsa87 => sys::NID_MLDSA87,
        }
    }

    /// Whether its keys agree on secrets; the others sign.
    pub fn encapsulates(self) -> bool {
        matches!(self, Self::Kem768 | Self::Kem1024)
    }

    /// Bytes of a seed.
    pub fn seed_size(self) -> usize {
        if self.encapsulates() { 64 } else { 32 }
    }

    /// Bytes of a public key.
    pub fn public_size(self) -> usize {
        match self {
            Self::Kem768 => 1184,
            Self::Kem1024 => 1568,
            Self::Dsa44 => 1312,
            Self::Dsa65 => 1952,
            Self::Dsa87 => 2592,
        }
    }

    /// Bytes of a ciphertext; none for those that sign.
    pub fn ciphertext_size(self) -> usize {
        match self {
            Self::Kem768 => 1088,
            Self::Kem1024 => 1568,
            _ => 0,
        }
    }

    /// FIPS 203 §7.2, "modulus check": each of the public key's numbers is below q.
    fn is_reduced(self, public: &[u8]) -> bool {
        const Q: u16 = 3329;
        let numbers = &public[..public.len() - 32];
        numbers.chunks_exact(3).all(|bytes| {
            let [a, b, c] = [bytes[0], bytes[1], bytes[2]].map(u16::from);
            (a | (b & 0xf) << 8) < Q && (b >> 4 | c << 4) < Q
        })
    }
}

/// An operation with a key.
fn operation(key: &Pkey) -> Result<Owned<sys::EVP_PKEY_CTX>> {
    // SAFETY: E2.
    let context = unsafe { sys::EVP_PKEY_CTX_new(key.0.get(), std::ptr::null_mut()) };
    Owned::new(context, sys::EVP_PKEY_CTX_free)
}

impl Pkey {
    /// The private key of a seed.
    pub fn from_lattice_seed(kind: Lattice, seed: &[u8]) -> Result<Self> {
        if !kind.encapsulates() {
            // SAFETY: E1.
            let key = unsafe {
                sys::EVP_PKEY_pqdsa_new_raw_private_key(kind.id(), seed.as_ptr(), seed.len())
            };
            return Ok(Self(Owned::new(key, sys::EVP_PKEY_free)?));
        }
        // SAFETY: takes no pointer but a null one.
        let context = unsafe { sys::EVP_PKEY_CTX_new_id(sys::EVP_PKEY_KEM, std::ptr::null_mut()) };
        let context = Owned::new(context, sys::EVP_PKEY_CTX_free)?;
        // SAFETY: E2.
        check(unsafe { sys::EVP_PKEY_CTX_kem_set_params(context.get(), kind.id()) })?;
        // SAFETY: E2.
        check(unsafe { sys::EVP_PKEY_keygen_init(context.get()) })?;
        let (mut key, mut size) = (std::ptr::null_mut(), seed.len());
        // SAFETY: E1; a null key asks for a fresh one.
        check(unsafe {
            sys::EVP_PKEY_keygen_deterministic(context.get(), &mut key, seed.as_ptr(), &mut size)
        })?;
        Ok(Self(Owned::new(key, sys::EVP_PKEY_free)?))
    }

    /// A public key from its bytes.
    pub fn from_lattice_public(kind: Lattice, bytes: &[u8]) -> Result<Self> {
        if bytes.len() != kind.public_size() || (kind.encapsulates() && !kind.is_reduced(bytes)) {
            return Err(crate::Refused::Unknown);
        }
        let make = if kind.encapsulates() {
            sys::EVP_PKEY_kem_new_raw_public_key
        } else {
            sys::EVP_PKEY_pqdsa_new_raw_public_key
        };
        // SAFETY: E1.
        let key = unsafe { make(kind.id(), bytes.as_ptr(), bytes.len()) };
        Ok(Self(Owned::new(key, sys::EVP_PKEY_free)?))
    }

    /// The bytes of the public key, of a private one too.
    pub fn lattice_public(&self, kind: Lattice) -> Result<Vec<u8>> {
        self.public_bytes(kind.public_size())
    }

    /// What a private key is made of.
    pub fn lattice_seed(&self, kind: Lattice) -> Result<Vec<u8>> {
        // SAFETY: E1, E2.
        filled(kind.seed_size(), |out, size| unsafe {
            sys::EVP_PKEY_get_private_seed(self.0.get(), out, size)
        })
    }

    /// A fresh secret, and what lets the private key have it.
    pub fn encapsulate(&self, kind: Lattice) -> Result<(Vec<u8>, Vec<u8>)> {
        let context = operation(self)?;
        let mut secret = vec![0; 32];
        let mut ciphertext = vec![0; kind.ciphertext_size()];
        let (mut secret_size, mut ciphertext_size) = (secret.len(), ciphertext.len());
        // SAFETY: E1, E2.
        check(unsafe {
            sys::EVP_PKEY_encapsulate(
                context.get(),
                ciphertext.as_mut_ptr(),
                &mut ciphertext_size,
                secret.as_mut_ptr(),
                &mut secret_size,
            )
        })?;
        Ok((secret, ciphertext))
    }

    /// The secret of a ciphertext: another one, if it is not the key's.
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<Vec<u8>> {
        let context = operation(self)?;
        let mut secret = vec![0; 32];
        let mut size = secret.len();
        // SAFETY: E1, E2.
        check(unsafe {
            sys::EVP_PKEY_decapsulate(
                context.get(),
                secret.as_mut_ptr(),
                &mut size,
                ciphertext.as_ptr(),
                ciphertext.len(),
            )
        })?;
        Ok(secret)
    }

    /// ML-DSA.Sign, with a context string of at most 255 bytes.
    pub fn sign_with_context(&self, text: &[u8], data: &[u8]) -> Result<Vec<u8>> {
        // SAFETY: the context is valid.
        self.sign_as(None, data, |context| unsafe { set_context(context, text) })
    }

    /// ML-DSA.Verify.
    pub fn verify_with_context(&self, text: &[u8], signature: &[u8], data: &[u8]) -> Result<bool> {
        // SAFETY: the context is valid.
        self.verify_as(None, signature, data, |context| unsafe {
            set_context(context, text)
        })
    }
}

/// # Safety
/// `context` is valid.
unsafe fn set_context(context: *mut sys::EVP_PKEY_CTX, text: &[u8]) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    // SAFETY: the caller's, and E1.
    check(unsafe { sys::EVP_PKEY_CTX_set_signature_context(context, text.as_ptr(), text.len()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_get_the_secret() {
        for kind in [Lattice::Kem768, Lattice::Kem1024] {
            let seed = vec![7; kind.seed_size()];
            let private = Pkey::from_lattice_seed(kind, &seed).expect("a seed");
            assert_eq!(private.lattice_seed(kind).expect("its seed"), seed);
            let bytes = private.lattice_public(kind).expect("its public key");
            let public = Pkey::from_lattice_public(kind, &bytes).expect("a public key");
            let (secret, ciphertext) = public.encapsulate(kind).expect("a secret");
            assert_eq!(
                private.decapsulate(&ciphertext).expect("the secret"),
                secret
            );
            assert!(Pkey::from_lattice_public(kind, &vec![255; bytes.len()]).is_err());
        }
    }

    #[test]
    fn signatures_belong_to_their_context() {
        for kind in [Lattice::Dsa44, Lattice::Dsa65, Lattice::Dsa87] {
            let seed = vec![7; kind.seed_size()];
            let private = Pkey::from_lattice_seed(kind, &seed).expect("a seed");
            assert_eq!(private.lattice_seed(kind).expect("its seed"), seed);
            let bytes = private.lattice_public(kind).expect("its public key");
            let public = Pkey::from_lattice_public(kind, &bytes).expect("a public key");
            let signature = private
                .sign_with_context(b"a", b"data")
                .expect("a signature");
            let verify = |text: &[u8]| public.verify_with_context(text, &signature, b"data");
            assert_eq!(verify(b"a"), Ok(true));
            assert_eq!(verify(b""), Ok(false));
        }
    }
}
