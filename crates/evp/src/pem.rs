//! Keys in PEM (RFC 7468) and in encrypted forms (RFC 8018, RFC 1421), and private keys in the older forms
//! (RFC 8017 §A.1.2, RFC 5915).

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use aws_lc_sys as sys;

use crate::pbes2;
use crate::pkey::{Kind, Pkey};
use crate::{Owned, Refused, Result, check, refused};

/// How a key is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Pkcs1,
    Pkcs8,
    Sec1,
    Spki,
}

/// What the layout is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Pem,
    Der,
}

/// A cipher by its name, to encrypt keys with.
#[derive(Clone, Copy)]
pub struct KeyCipher(pub(crate) *const sys::EVP_CIPHER);

// SAFETY: ciphers are constants of the library.
unsafe impl Send for KeyCipher {}

impl KeyCipher {
    pub fn by_name(name: &str) -> Option<Self> {
        let name = CString::new(name).ok()?;
        // SAFETY: the name ends with a zero.
        let cipher = unsafe { sys::EVP_get_cipherbyname(name.as_ptr()) };
        (!cipher.is_null()).then_some(Self(cipher))
    }
}

/// A passphrase, and the cipher that a key is written with.
#[derive(Clone, Copy)]
pub struct Encryption<'a> {
    pub cipher: KeyCipher,
    pub passphrase: &'a [u8],
}

/// Bytes that the library reads; they outlive the object.
pub(crate) fn reader(bytes: &[u8]) -> Result<Owned<sys::BIO>> {
    let size = bytes.len().try_into().map_err(|_| Refused::Unknown)?;
    // SAFETY: E1.
    let bio = unsafe { sys::BIO_new_mem_buf(bytes.as_ptr().cast(), size) };
    Owned::new(bio, sys::BIO_vfree)
}

/// What `write` writes.
pub(crate) fn written(write: impl FnOnce(*mut sys::BIO) -> c_int) -> Result<Vec<u8>> {
    // SAFETY: takes a constant of the library.
    let bio = unsafe { sys::BIO_new(sys::BIO_s_mem()) };
    let bio = Owned::new(bio, sys::BIO_vfree)?;
    check(write(bio.get()))?;
    let (mut data, mut size) = (std::ptr::null(), 0);
    // SAFETY: E2.
    check(unsafe { sys::BIO_mem_contents(bio.get(), &mut data, &mut size) })?;
    if size == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: the object has so many bytes there, and is not changed any more.
    Ok(unsafe { std::slice::from_raw_parts(data, size) }.to_vec())
}

/// DER under a label (RFC 7468 §3).
fn in_pem(label: &CStr, der: &[u8]) -> Result<Vec<u8>> {
    let size = der.len().try_into().map_err(|_| Refused::Unknown)?;
    // SAFETY: E1; there are no headers.
    written(|bio| unsafe {
        let written = sys::PEM_write_bio(bio, label.as_ptr(), c"".as_ptr(), der.as_ptr(), size);
        // It says how much that was.
        c_int::from(written > 0)
    })
}

/// Gives the library the passphrase that `user` points to, an `Option<&[u8]>`.
unsafe extern "C" fn give_passphrase(
    buffer: *mut c_char,
    size: c_int,
    _: c_int,
    user: *mut c_void,
) -> c_int {
    // SAFETY: `with_passphrase` points it at this type, which outlives the call.
    let passphrase = unsafe { *user.cast::<Option<&[u8]>>() };
    match passphrase {
        Some(passphrase) if passphrase.len() <= size as usize => {
            // SAFETY: E1: the buffer has `size` bytes.
            unsafe {
                std::ptr::copy_nonoverlapping(passphrase.as_ptr(), buffer.cast(), passphrase.len());
            }
            passphrase.len() as c_int
        }
        _ => -1,
    }
}

/// Calls with a callback for the passphrase and what that is to be given.
pub(crate) fn with_passphrase<T>(
    passphrase: Option<&[u8]>,
    call: impl FnOnce(sys::pem_password_cb, *mut c_void) -> T,
) -> T {
    let mut passphrase = passphrase;
    call(Some(give_passphrase), (&raw mut passphrase).cast())
}

impl Pkey {
    /// The first private key in a PEM.
    pub fn private_from_pem(pem: &[u8], passphrase: Option<&[u8]>) -> Result<Self> {
        let bio = reader(pem)?;
        // SAFETY: E2; the callback is for this pointer; a null key asks for a fresh one.
        let key = with_passphrase(passphrase, |callback, user| unsafe {
            sys::PEM_read_bio_PrivateKey(bio.get(), std::ptr::null_mut(), callback, user)
        });
        Ok(Self(Owned::new(key, sys::EVP_PKEY_free)?))
    }

    /// The first public key in a PEM; if there is none, that of RSA in its own form, or that of a certificate.
    pub fn public_from_pem(pem: &[u8]) -> Result<Self> {
        Self::spki_from_pem(pem)
            .or_else(|_| Self::rsa_from_pem(pem))
            .or_else(|_| Self::certified_from_pem(pem))
    }

    fn spki_from_pem(pem: &[u8]) -> Result<Self> {
        let bio = reader(pem)?;
        // SAFETY: as above.
        let key = with_passphrase(None, |callback, user| unsafe {
            sys::PEM_read_bio_PUBKEY(bio.get(), std::ptr::null_mut(), callback, user)
        });
        Ok(Self(Owned::new(key, sys::EVP_PKEY_free)?))
    }

    fn rsa_from_pem(pem: &[u8]) -> Result<Self> {
        let bio = reader(pem)?;
        // SAFETY: as above.
        let rsa = with_passphrase(None, |callback, user| unsafe {
            sys::PEM_read_bio_RSAPublicKey(bio.get(), std::ptr::null_mut(), callback, user)
        });
        Self::from_rsa(&Owned::new(rsa, sys::RSA_free)?)
    }

    fn certified_from_pem(pem: &[u8]) -> Result<Self> {
        let bio = reader(pem)?;
        // SAFETY: as above.
        let certificate = with_passphrase(None, |callback, user| unsafe {
            sys::PEM_read_bio_X509(bio.get(), std::ptr::null_mut(), callback, user)
        });
        let certificate = Owned::new(certificate, sys::X509_free)?;
        // SAFETY: E2; gives a reference of its own.
        let key = unsafe { sys::X509_get_pubkey(certificate.get()) };
        Ok(Self(Owned::new(key, sys::EVP_PKEY_free)?))
    }

    /// A private key (RFC 5208), which may be encrypted if there is a passphrase.
    pub fn from_pkcs8(der: &[u8], passphrase: Option<&[u8]>) -> Result<Self> {
        let mut input = std::mem::MaybeUninit::<sys::CBS>::uninit();
        // SAFETY: E1; initializes the input.
        let key = unsafe {
            sys::CBS_init(input.as_mut_ptr(), der.as_ptr(), der.len());
            sys::EVP_parse_private_key(input.as_mut_ptr())
        };
        let plain = Owned::new(key, sys::EVP_PKEY_free).map(Self);
        let Some(passphrase) = passphrase.filter(|_| plain.is_err()) else {
            return plain;
        };
        // SAFETY: E1; initializes the input again.
        let key = unsafe {
            sys::CBS_init(input.as_mut_ptr(), der.as_ptr(), der.len());
            sys::PKCS8_parse_encrypted_private_key(
                input.as_mut_ptr(),
                passphrase.as_ptr().cast(),
                passphrase.len(),
            )
        };
        Ok(Self(Owned::new(key, sys::EVP_PKEY_free)?))
    }

    /// Writes the private key; encrypted, if asked for, where the form has a way for that.
    pub fn write_private(
        &self,
        form: Form,
        encoding: Encoding,
        encryption: Option<Encryption<'_>>,
    ) -> Result<Vec<u8>> {
        if let (Form::Pkcs8, Some(encryption)) = (form, &encryption) {
            let encrypted = pbes2::encrypt(&self.to_pkcs8()?, encryption)?;
            return match encoding {
                Encoding::Der => Ok(encrypted),
                Encoding::Pem => in_pem(c"ENCRYPTED PRIVATE KEY", &encrypted),
            };
        }
        let cipher = encryption.map_or(std::ptr::null(), |encryption| encryption.cipher.0);
        let passphrase = encryption.map_or(&[][..], |encryption| encryption.passphrase);
        let size: c_int = passphrase.len().try_into().map_err(|_| Refused::Unknown)?;
        let bytes = passphrase.as_ptr();
        let null = std::ptr::null_mut();
        let key = self.0.get();
        match (form, encoding) {
            // SAFETY: E1, E2, as in all of these calls: no callback is needed where the passphrase is given.
            (Form::Pkcs8, Encoding::Pem) => written(|bio| unsafe {
                sys::PEM_write_bio_PKCS8PrivateKey(
                    bio,
                    key,
                    cipher,
                    std::ptr::null(),
                    0,
                    None,
                    null,
                )
            }),
            (Form::Pkcs8, Encoding::Der) => self.to_pkcs8(),
            (Form::Pkcs1, Encoding::Pem) => {
                let rsa = self.rsa()?.cast_mut();
                // SAFETY: as above.
                written(|bio| unsafe {
                    sys::PEM_write_bio_RSAPrivateKey(bio, rsa, cipher, bytes, size, None, null)
                })
            }
            (Form::Sec1, Encoding::Pem) => {
                let ec = self.ec()?.cast_mut();
                // SAFETY: as above.
                written(|bio| unsafe {
                    sys::PEM_write_bio_ECPrivateKey(bio, ec, cipher, bytes, size, None, null)
                })
            }
            (Form::Pkcs1, Encoding::Der) => {
                let rsa = self.rsa()?;
                // SAFETY: E2.
                allocated(|out, size| unsafe { sys::RSA_private_key_to_bytes(out, size, rsa) })
            }
            (Form::Sec1, Encoding::Der) => {
                let ec = self.ec()?;
                allocated(|out, size| {
                    // SAFETY: E2; a null output asks for one of the library's.
                    let written = unsafe { sys::i2d_ECPrivateKey(ec, out) };
                    *size = written.max(0) as usize;
                    c_int::from(written > 0)
                })
            }
            (Form::Spki, _) => Err(Refused::Unknown),
        }
    }

    /// Writes the public key: in RSA's own form, or in the one that is for all.
    pub fn write_public(&self, form: Form, encoding: Encoding) -> Result<Vec<u8>> {
        let key = self.0.get();
        match (form, encoding) {
            (Form::Pkcs1, Encoding::Pem) => {
                let rsa = self.rsa()?;
                // SAFETY: E2.
                written(|bio| unsafe { sys::PEM_write_bio_RSAPublicKey(bio, rsa) })
            }
            (Form::Pkcs1, Encoding::Der) => {
                let rsa = self.rsa()?;
                // SAFETY: E2.
                allocated(|out, size| unsafe { sys::RSA_public_key_to_bytes(out, size, rsa) })
            }
            // SAFETY: E2.
            (_, Encoding::Pem) => written(|bio| unsafe { sys::PEM_write_bio_PUBKEY(bio, key) }),
            (_, Encoding::Der) => self.to_spki(),
        }
    }

    /// Bits of the modulus and of the divisor of a DSA key.
    pub fn dsa_bits(&self) -> Option<(usize, usize)> {
        if self.kind() != Kind::Dsa {
            return None;
        }
        // SAFETY: E2; the key keeps the object, and that its numbers, which a key has.
        unsafe {
            let dsa = sys::EVP_PKEY_get0_DSA(self.0.get());
            if dsa.is_null() {
                return None;
            }
            let (p, q) = (sys::DSA_get0_p(dsa), sys::DSA_get0_q(dsa));
            Some((sys::BN_num_bits(p) as usize, sys::BN_num_bits(q) as usize))
        }
    }
}

/// Bytes that the library allocates.
pub(crate) fn allocated(give: impl FnOnce(*mut *mut u8, &mut usize) -> c_int) -> Result<Vec<u8>> {
    let (mut data, mut size) = (std::ptr::null_mut(), 0);
    check(give(&mut data, &mut size))?;
    if data.is_null() {
        return Err(refused());
    }
    // SAFETY: the library has given `size` bytes.
    let bytes = unsafe { std::slice::from_raw_parts(data, size) }.to_vec();
    // SAFETY: and they are ours to free.
    unsafe { sys::OPENSSL_free(data.cast()) };
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Curve;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let key = Pkey::generate_ec(Curve::P256).unwrap();
        let encryption = Encryption {
            cipher: KeyCipher::by_name("aes-256-cbc").unwrap(),
            passphrase: b"secret",
        };
        for form in [Form::Pkcs8, Form::Sec1] {
            let plain = key.write_private(form, Encoding::Pem, None).unwrap();
            let read = Pkey::private_from_pem(&plain, None).unwrap();
            assert!(read.equals(&key));
            let hidden = key
                .write_private(form, Encoding::Pem, Some(encryption))
                .unwrap();
            assert!(Pkey::private_from_pem(&hidden, None).is_err());
            assert!(Pkey::private_from_pem(&hidden, Some(b"other")).is_err());
            let read = Pkey::private_from_pem(&hidden, Some(b"secret")).unwrap();
            assert!(read.equals(&key));
            let der = key.write_private(form, Encoding::Der, None).unwrap();
            assert!(Pkey::from_private_der(&der).unwrap().0.equals(&key));
        }
        let hidden = key
            .write_private(Form::Pkcs8, Encoding::Der, Some(encryption))
            .unwrap();
        assert!(
            Pkey::from_pkcs8(&hidden, Some(b"secret"))
                .unwrap()
                .equals(&key)
        );
        assert!(Pkey::from_pkcs8(&hidden, None).is_err());
        // The pseudo-random function is named: the identifier of HMAC-SHA-256.
        let function = b"\x2a\x86\x48\x86\xf7\x0d\x02\x09";
        assert!(hidden.windows(function.len()).any(|part| part == function));
        for cipher in ["aes-128-cbc", "aes-192-cbc", "des-ede3-cbc", "rc2-cbc"] {
            let cipher = KeyCipher::by_name(cipher).unwrap();
            let hidden = key
                .write_private(
                    Form::Pkcs8,
                    Encoding::Der,
                    Some(Encryption {
                        cipher,
                        passphrase: b"",
                    }),
                )
                .unwrap();
            assert!(Pkey::from_pkcs8(&hidden, Some(b"")).unwrap().equals(&key));
        }
        let public = key.write_public(Form::Spki, Encoding::Pem).unwrap();
        assert!(Pkey::public_from_pem(&public).unwrap().equals(&key));
        assert!(Pkey::public_from_pem(b"none").is_err());
        assert!(key.write_private(Form::Pkcs1, Encoding::Der, None).is_err());
        assert!(KeyCipher::by_name("none").is_none());
    }
}
