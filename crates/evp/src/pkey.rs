//! Asymmetric keys of any kind: their encodings, signatures, agreement.

use aws_lc_sys as sys;

use crate::{Digest, Owned, Refused, Result, check, filled, refused, sized};

/// A key, public or private.
pub struct Pkey(pub(crate) Owned<sys::EVP_PKEY>);

// SAFETY: E3; the library counts references atomically.
unsafe impl Send for Pkey {}
// SAFETY: E3.
unsafe impl Sync for Pkey {}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Rsa,
    Ec,
    Ed25519,
    X25519,
    Dsa,
    Dh,
    Other,
}

/// The keys of 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Okp {
    Ed25519,
    X25519,
}

impl Okp {
    fn id(self) -> i32 {
        match self {
            Self::Ed25519 => sys::EVP_PKEY_ED25519,
            Self::X25519 => sys::EVP_PKEY_X25519,
        }
    }
}

/// How a signature is padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// That of the key's kind; the old padding for RSA.
    Plain,
    Pss {
        salt: i32,
    },
}

impl Pkey {
    pub(crate) fn empty() -> Result<Self> {
        // SAFETY: takes nothing.
        Ok(Self(Owned::new(
            unsafe { sys::EVP_PKEY_new() },
            sys::EVP_PKEY_free,
        )?))
    }

    pub fn kind(&self) -> Kind {
        // SAFETY: E2.
        match unsafe { sys::EVP_PKEY_id(self.0.get()) } {
            sys::EVP_PKEY_RSA => Kind::Rsa,
            sys::EVP_PKEY_EC => Kind::Ec,
            sys::EVP_PKEY_ED25519 => Kind::Ed25519,
            sys::EVP_PKEY_X25519 => Kind::X25519,
            sys::EVP_PKEY_DSA => Kind::Dsa,
            sys::EVP_PKEY_DH => Kind::Dh,
            _ => Kind::Other,
        }
    }

    /// Whether the public parts of both are the same.
    pub fn equals(&self, other: &Self) -> bool {
        // SAFETY: E2.
        let equal = unsafe { sys::EVP_PKEY_cmp(self.0.get(), other.0.get()) } == 1;
        if !equal {
            refused();
        }
        equal
    }

    /// Another owner of the same key.
    pub fn share(&self) -> Result<Self> {
        // SAFETY: E2; the library counts owners.
        check(unsafe { sys::EVP_PKEY_up_ref(self.0.get()) })?;
        Ok(Self(Owned::new(self.0.get(), sys::EVP_PKEY_free)?))
    }

    /// A public key (RFC 5280, SubjectPublicKeyInfo), and how many bytes follow it.
    pub fn from_spki(der: &[u8]) -> Result<(Self, usize)> {
        let mut at = der.as_ptr();
        // SAFETY: E1; a null key asks for a fresh one.
        let key = unsafe { sys::d2i_PUBKEY(std::ptr::null_mut(), &mut at, length(der)?) };
        let key = Self(Owned::new(key, sys::EVP_PKEY_free)?);
        Ok((key, der.len() - (at as usize - der.as_ptr() as usize)))
    }

    /// A private key (RFC 5208, or one of the older forms), and how many bytes follow it.
    pub fn from_private_der(der: &[u8]) -> Result<(Self, usize)> {
        let mut at = der.as_ptr();
        // SAFETY: as above.
        let key = unsafe { sys::d2i_AutoPrivateKey(std::ptr::null_mut(), &mut at, length(der)?) };
        let key = Self(Owned::new(key, sys::EVP_PKEY_free)?);
        Ok((key, der.len() - (at as usize - der.as_ptr() as usize)))
    }

    pub fn to_spki(&self) -> Result<Vec<u8>> {
        self.marshal(sys::EVP_marshal_public_key)
    }

    pub fn to_pkcs8(&self) -> Result<Vec<u8>> {
        self.marshal(sys::EVP_marshal_private_key)
    }

    fn marshal(
        &self,
        write: unsafe extern "C" fn(*mut sys::CBB, *const sys::EVP_PKEY) -> i32,
    ) -> Result<Vec<u8>> {
        let mut builder = std::mem::MaybeUninit::<sys::CBB>::uninit();
        // SAFETY: initializes the builder, or fails.
        check(unsafe { sys::CBB_init(builder.as_mut_ptr(), 512) })?;
        let (mut data, mut size) = (std::ptr::null_mut(), 0);
        // SAFETY: the builder is initialized; E2.
        let written = unsafe {
            write(builder.as_mut_ptr(), self.0.get()) == 1
                && sys::CBB_finish(builder.as_mut_ptr(), &mut data, &mut size) == 1
        };
        if !written {
            // SAFETY: initialized, and not finished.
            unsafe { sys::CBB_cleanup(builder.as_mut_ptr()) };
            return Err(refused());
        }
        // SAFETY: the builder has given `size` bytes.
        let bytes = unsafe { std::slice::from_raw_parts(data, size) }.to_vec();
        // SAFETY: and they are ours to free.
        unsafe { sys::OPENSSL_free(data.cast()) };
        Ok(bytes)
    }

    /// A fresh private key of 32 bytes.
    pub fn generate_okp(kind: Okp) -> Result<Self> {
        let mut seed = [0; 32];
        // SAFETY: E1.
        check(unsafe { sys::RAND_bytes(seed.as_mut_ptr(), seed.len()) })?;
        Self::from_raw_private(kind, &seed)
    }

    pub fn from_raw_public(kind: Okp, bytes: &[u8]) -> Result<Self> {
        // SAFETY: E1.
        let key = unsafe {
            sys::EVP_PKEY_new_raw_public_key(
                kind.id(),
                std::ptr::null_mut(),
                bytes.as_ptr(),
                bytes.len(),
            )
        };
        Ok(Self(Owned::new(key, sys::EVP_PKEY_free)?))
    }

    pub fn from_raw_private(kind: Okp, bytes: &[u8]) -> Result<Self> {
        // SAFETY: E1.
        let key = unsafe {
            sys::EVP_PKEY_new_raw_private_key(
                kind.id(),
                std::ptr::null_mut(),
                bytes.as_ptr(),
                bytes.len(),
            )
        };
        Ok(Self(Owned::new(key, sys::EVP_PKEY_free)?))
    }

    /// The bytes of the public key of an [`Okp`].
    pub fn raw_public(&self) -> Result<Vec<u8>> {
        self.public_bytes(32)
    }

    /// The bytes of the public key of a kind that has at most `size` of them.
    pub(crate) fn public_bytes(&self, size: usize) -> Result<Vec<u8>> {
        // SAFETY: E1, E2.
        filled(size, |out, size| unsafe {
            sys::EVP_PKEY_get_raw_public_key(self.0.get(), out, size)
        })
    }

    /// The public part of an [`Okp`].
    pub fn okp_public(&self) -> Result<Self> {
        let kind = match self.kind() {
            Kind::Ed25519 => Okp::Ed25519,
            Kind::X25519 => Okp::X25519,
            _ => return Err(Refused::Unknown),
        };
        Self::from_raw_public(kind, &self.raw_public()?)
    }

    /// The bytes of the private key of an [`Okp`].
    pub fn raw_private(&self) -> Result<Vec<u8>> {
        // SAFETY: E1, E2.
        filled(32, |out, size| unsafe {
            sys::EVP_PKEY_get_raw_private_key(self.0.get(), out, size)
        })
    }

    /// A signature of `data`, in the form of the library: DER for elliptic curves.
    pub fn sign(&self, digest: Option<Digest>, scheme: Scheme, data: &[u8]) -> Result<Vec<u8>> {
        // SAFETY: the context is valid.
        self.sign_as(digest, data, |context| unsafe { pad(context, scheme) })
    }

    /// Whether `signature` is one of `data`.
    pub fn verify(
        &self,
        digest: Option<Digest>,
        scheme: Scheme,
        signature: &[u8],
        data: &[u8],
    ) -> Result<bool> {
        // SAFETY: the context is valid.
        self.verify_as(digest, signature, data, |context| unsafe {
            pad(context, scheme)
        })
    }

    /// A signature in the way that `prepare` sets in the context of this key, which is valid as long as it runs.
    pub(crate) fn sign_as(
        &self,
        digest: Option<Digest>,
        data: &[u8],
        prepare: impl FnOnce(*mut sys::EVP_PKEY_CTX) -> Result<()>,
    ) -> Result<Vec<u8>> {
        let context = signing_context()?;
        let mut inner = std::ptr::null_mut();
        let md = digest.map_or(std::ptr::null(), Digest::md);
        // SAFETY: E2; the inner context lives as long as the outer one.
        check(unsafe {
            sys::EVP_DigestSignInit(
                context.get(),
                &mut inner,
                md,
                std::ptr::null_mut(),
                self.0.get(),
            )
        })?;
        prepare(inner)?;
        // SAFETY: E1.
        sized(|out, size| unsafe {
            sys::EVP_DigestSign(context.get(), out, size, data.as_ptr(), data.len())
        })
    }

    /// Whether it is a signature, in the way of [`sign_as`](Self::sign_as).
    pub(crate) fn verify_as(
        &self,
        digest: Option<Digest>,
        signature: &[u8],
        data: &[u8],
        prepare: impl FnOnce(*mut sys::EVP_PKEY_CTX) -> Result<()>,
    ) -> Result<bool> {
        let context = signing_context()?;
        let mut inner = std::ptr::null_mut();
        let md = digest.map_or(std::ptr::null(), Digest::md);
        // SAFETY: as in `sign_as`.
        check(unsafe {
            sys::EVP_DigestVerifyInit(
                context.get(),
                &mut inner,
                md,
                std::ptr::null_mut(),
                self.0.get(),
            )
        })?;
        prepare(inner)?;
        // SAFETY: E1, E2.
        let result = unsafe {
            sys::EVP_DigestVerify(
                context.get(),
                signature.as_ptr(),
                signature.len(),
                data.as_ptr(),
                data.len(),
            )
        };
        if result != 1 {
            refused();
        }
        Ok(result == 1)
    }

    /// The secret that this private key and a peer's public key share.
    pub fn derive(&self, peer: &Self) -> Result<Vec<u8>> {
        if self.kind() == Kind::Dh {
            return self.derive_dh(peer);
        }
        let context = self.context()?;
        // SAFETY: E2.
        check(unsafe { sys::EVP_PKEY_derive_init(context.get()) })?;
        // SAFETY: E2; the peer's key is not changed.
        check(unsafe { sys::EVP_PKEY_derive_set_peer(context.get(), peer.0.get()) })?;
        // SAFETY: E1.
        sized(|out, size| unsafe { sys::EVP_PKEY_derive(context.get(), out, size) })
    }

    pub(crate) fn context(&self) -> Result<Owned<sys::EVP_PKEY_CTX>> {
        // SAFETY: E2; the context holds a reference of its own.
        let context = unsafe { sys::EVP_PKEY_CTX_new(self.0.get(), std::ptr::null_mut()) };
        Owned::new(context, sys::EVP_PKEY_CTX_free)
    }
}

fn signing_context() -> Result<Owned<sys::EVP_MD_CTX>> {
    // SAFETY: takes nothing.
    Owned::new(unsafe { sys::EVP_MD_CTX_new() }, sys::EVP_MD_CTX_free)
}

/// # Safety
/// `context` is valid.
pub(crate) unsafe fn pad(context: *mut sys::EVP_PKEY_CTX, scheme: Scheme) -> Result<()> {
    if let Scheme::Pss { salt } = scheme {
        // SAFETY: the caller's.
        check(unsafe { sys::EVP_PKEY_CTX_set_rsa_padding(context, sys::RSA_PKCS1_PSS_PADDING) })?;
        // SAFETY: the caller's.
        check(unsafe { sys::EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt) })?;
    }
    Ok(())
}

fn length(bytes: &[u8]) -> Result<std::os::raw::c_long> {
    bytes.len().try_into().map_err(|_| Refused::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Curve;

    #[test]
    fn keys_of_32_bytes_sign_and_agree() {
        let key = Pkey::from_raw_private(Okp::Ed25519, &[1; 32]).unwrap();
        let public = Pkey::from_raw_public(Okp::Ed25519, &key.raw_public().unwrap()).unwrap();
        let signature = key.sign(None, Scheme::Plain, b"data").unwrap();
        assert_eq!(
            public.verify(None, Scheme::Plain, &signature, b"data"),
            Ok(true)
        );
        assert_eq!(
            public.verify(None, Scheme::Plain, &signature, b"other"),
            Ok(false)
        );
        let [one, other] =
            [[1; 32], [2; 32]].map(|bytes| Pkey::from_raw_private(Okp::X25519, &bytes).unwrap());
        assert_eq!(one.derive(&other).unwrap(), other.derive(&one).unwrap());
        assert_eq!(one.raw_private().unwrap(), [1; 32]);
    }

    #[test]
    fn encodings_go_there_and_back() {
        let key = Pkey::generate_ec(Curve::P256).unwrap();
        let mut der = key.to_pkcs8().unwrap();
        assert_eq!(Pkey::from_private_der(&der).unwrap().0.kind(), Kind::Ec);
        der.push(0);
        assert_eq!(Pkey::from_private_der(&der).unwrap().1, 1);
        let spki = key.to_spki().unwrap();
        assert_eq!(Pkey::from_spki(&spki).unwrap().0.to_spki().unwrap(), spki);
        assert!(Pkey::from_spki(b"x").is_err());
    }
}
