//! Ciphers by their names, fed piece by piece, and AEADs, which take a message at once: what `node:crypto`
//! offers. The old ones among them are for data that exists.

use aws_lc_sys as sys;

use crate::cipher::Direction;
use crate::{Owned, Refused, Result, check};

/// The largest block of any of them.
pub(crate) const BLOCK: usize = 16;

/// A cipher that is fed piece by piece.
#[derive(Clone, Copy)]
pub struct Cipher {
    /// A constant of the library's.
    pub(crate) cipher: *const sys::EVP_CIPHER,
    pub(crate) authenticated: bool,
    /// Keys may have many lengths.
    pub(crate) variable: bool,
}

impl Cipher {
    /// The one of a name in small letters.
    pub fn named(name: &str) -> Option<Self> {
        // SAFETY: these give pointers to constants.
        let cipher = unsafe {
            match name {
                "aes-128-cbc" => sys::EVP_aes_128_cbc(),
                "aes-192-cbc" => sys::EVP_aes_192_cbc(),
                "aes-256-cbc" => sys::EVP_aes_256_cbc(),
                "aes-128-ctr" => sys::EVP_aes_128_ctr(),
                "aes-192-ctr" => sys::EVP_aes_192_ctr(),
                "aes-256-ctr" => sys::EVP_aes_256_ctr(),
                "aes-128-ecb" => sys::EVP_aes_128_ecb(),
                "aes-192-ecb" => sys::EVP_aes_192_ecb(),
                "aes-256-ecb" => sys::EVP_aes_256_ecb(),
                "aes-128-ofb" => sys::EVP_aes_128_ofb(),
                "aes-192-ofb" => sys::EVP_aes_192_ofb(),
                "aes-256-ofb" => sys::EVP_aes_256_ofb(),
                "aes-128-gcm" => sys::EVP_aes_128_gcm(),
                "aes-192-gcm" => sys::EVP_aes_192_gcm(),
                "aes-256-gcm" => sys::EVP_aes_256_gcm(),
                "des-cbc" => sys::EVP_des_cbc(),
                "des-ecb" => sys::EVP_des_ecb(),
                "des-ede" => sys::EVP_des_ede(),
                "des-ede-cbc" => sys::EVP_des_ede_cbc(),
                "des-ede3-cbc" => sys::EVP_des_ede3_cbc(),
                "rc2-cbc" => sys::EVP_rc2_cbc(),
                "rc4" => sys::EVP_rc4(),
                _ => return None,
            }
        };
        Some(Self {
            cipher,
            authenticated: name.ends_with("-gcm"),
            variable: name.starts_with("rc"),
        })
    }

    /// Whether it makes and checks a tag (GCM).
    pub fn is_authenticated(&self) -> bool {
        self.authenticated
    }

    /// Whether nonces may have this length.
    pub fn takes_nonce(&self, length: usize) -> bool {
        // SAFETY: the cipher is a constant.
        let expected = unsafe { sys::EVP_CIPHER_iv_length(self.cipher) } as usize;
        if self.authenticated {
            length > 0
        } else {
            length == expected
        }
    }

    /// Whether keys may have this length.
    pub fn takes_key(&self, length: usize) -> bool {
        // SAFETY: the cipher is a constant.
        let expected = unsafe { sys::EVP_CIPHER_key_length(self.cipher) } as usize;
        length == expected || (self.variable && length > 0)
    }
}

/// A cipher at work.
pub struct Running(Owned<sys::EVP_CIPHER_CTX>);

impl Running {
    pub fn new(cipher: Cipher, direction: Direction, key: &[u8], nonce: &[u8]) -> Result<Self> {
        if !cipher.takes_nonce(nonce.len()) || !cipher.takes_key(key.len()) {
            return Err(Refused::Unknown);
        }
        let encrypt = i32::from(direction == Direction::Encrypt);
        let null = std::ptr::null_mut();
        // SAFETY: takes nothing.
        let context = Owned::new(
            unsafe { sys::EVP_CIPHER_CTX_new() },
            sys::EVP_CIPHER_CTX_free,
        )?;
        let this = Self(context);
        // SAFETY: E2; null parts are set later.
        check(unsafe {
            sys::EVP_CipherInit_ex(
                this.0.get(),
                cipher.cipher,
                null,
                std::ptr::null(),
                std::ptr::null(),
                encrypt,
            )
        })?;
        if cipher.authenticated {
            this.control(sys::EVP_CTRL_AEAD_SET_IVLEN, length(nonce)?, null.cast())?;
        }
        let size = u32::try_from(key.len()).map_err(|_| Refused::Unknown)?;
        // SAFETY: E2.
        check(unsafe { sys::EVP_CIPHER_CTX_set_key_length(this.0.get(), size) })?;
        // SAFETY: E2; key and nonce have the sizes that the context was told.
        check(unsafe {
            sys::EVP_CipherInit_ex(
                this.0.get(),
                std::ptr::null(),
                null,
                key.as_ptr(),
                nonce.as_ptr(),
                encrypt,
            )
        })?;
        Ok(this)
    }

    fn control(&self, command: i32, argument: i32, pointer: *mut std::ffi::c_void) -> Result<()> {
        // SAFETY: E2; `pointer` has room for `argument` bytes where the command uses it.
        check(unsafe { sys::EVP_CIPHER_CTX_ctrl(self.0.get(), command, argument, pointer) })
    }

    /// Whether the last block is padded (PKCS #7), as it is at first.
    pub fn pad(&mut self, pad: bool) -> Result<()> {
        // SAFETY: E2.
        check(unsafe { sys::EVP_CIPHER_CTX_set_padding(self.0.get(), i32::from(pad)) })
    }

    /// More additional data of an authenticated mode: before anything else.
    pub fn additional_data(&mut self, data: &[u8]) -> Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        // SAFETY: a null output takes additional data.
        unsafe { self.feed(data, std::ptr::null_mut()) }.map(drop)
    }

    pub fn update(&mut self, input: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![0; input.len() + BLOCK];
        // SAFETY: the output of an update is at most a block longer than its input.
        let written = unsafe { self.feed(input, out.as_mut_ptr()) }?;
        out.truncate(written);
        Ok(out)
    }

    /// As [`update`](Self::update) for modes that work like stream ciphers: `out` gets as many bytes as
    /// `input` has.
    pub(crate) fn update_exactly(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        if input.len() != out.len() {
            return Err(Refused::Unknown);
        }
        // SAFETY: the output of a mode with blocks of one byte is as long as its input.
        let written = unsafe { self.feed(input, out.as_mut_ptr()) }?;
        debug_assert_eq!(written, out.len());
        Ok(())
    }

    /// Gives the cipher more of its input, and returns how many bytes it has written to `out`.
    ///
    /// # Safety
    /// `out` is null, or has room for what this mode makes of so much input.
    unsafe fn feed(&mut self, input: &[u8], out: *mut u8) -> Result<usize> {
        let mut written = 0;
        // SAFETY: E1, by the caller; E2.
        check(unsafe {
            sys::EVP_CipherUpdate(
                self.0.get(),
                out,
                &mut written,
                input.as_ptr(),
                length(input)?,
            )
        })?;
        Ok(written as usize)
    }

    /// The tag that [`finish`](Self::finish) is to find when it decrypts; at most 16 bytes.
    pub fn expect_tag(&mut self, tag: &[u8]) -> Result<()> {
        let mut tag = tag.to_vec();
        self.control(
            sys::EVP_CTRL_AEAD_SET_TAG,
            length(&tag)?,
            tag.as_mut_ptr().cast(),
        )
    }

    /// What is left of the output.
    pub fn finish(&mut self) -> Result<Vec<u8>> {
        let mut last = vec![0; BLOCK];
        let mut written = 0;
        // SAFETY: E1: what is left is at most a block; E2.
        check(unsafe { sys::EVP_CipherFinal_ex(self.0.get(), last.as_mut_ptr(), &mut written) })?;
        last.truncate(written as usize);
        Ok(last)
    }

    /// Fills `tag`, which has at most 16 bytes, with that of what was encrypted and finished.
    pub fn tag(&mut self, tag: &mut [u8]) -> Result<()> {
        if tag.len() > BLOCK {
            return Err(Refused::Unknown);
        }
        let pointer = tag.as_mut_ptr().cast();
        self.control(sys::EVP_CTRL_AEAD_GET_TAG, length(tag)?, pointer)
    }
}

fn length(bytes: &[u8]) -> Result<std::os::raw::c_int> {
    bytes.len().try_into().map_err(|_| Refused::Unknown)
}

/// A cipher with authentication that takes messages at once, with its key.
pub struct Aead {
    context: Owned<sys::EVP_AEAD_CTX>,
}

impl Aead {
    /// The size of the nonce of the one of a name in small letters.
    pub fn nonce_length(name: &str) -> Option<usize> {
        let aead = Self::algorithm(name)?;
        // SAFETY: the algorithm is a constant.
        Some(unsafe { sys::EVP_AEAD_nonce_length(aead) })
    }

    fn algorithm(name: &str) -> Option<*const sys::EVP_AEAD> {
        // SAFETY: these give pointers to constants.
        Some(unsafe {
            match name {
                "chacha20-poly1305" => sys::EVP_aead_chacha20_poly1305(),
                "xchacha20-poly1305" => sys::EVP_aead_xchacha20_poly1305(),
                "aes-128-gcm-siv" => sys::EVP_aead_aes_128_gcm_siv(),
                "aes-256-gcm-siv" => sys::EVP_aead_aes_256_gcm_siv(),
                "aes-128-gcm-randnonce" => sys::EVP_aead_aes_128_gcm_randnonce(),
                "aes-256-gcm-randnonce" => sys::EVP_aead_aes_256_gcm_randnonce(),
                "aes-128-ctr-hmac-sha256" => sys::EVP_aead_aes_128_ctr_hmac_sha256(),
                "aes-256-ctr-hmac-sha256" => sys::EVP_aead_aes_256_ctr_hmac_sha256(),
                "aes-128-ccm-bluetooth" => sys::EVP_aead_aes_128_ccm_bluetooth(),
                "aes-128-ccm-bluetooth-8" => sys::EVP_aead_aes_128_ccm_bluetooth_8(),
                "aes-128-ccm-matter" => sys::EVP_aead_aes_128_ccm_matter(),
                _ => return None,
            }
        })
    }

    /// `tag`: the size of tags, or 0 for the usual one.
    pub fn new(name: &str, key: &[u8], tag: usize) -> Result<Self> {
        let algorithm = Self::algorithm(name).ok_or(Refused::Unknown)?;
        // SAFETY: E1; keys of a wrong size are refused.
        let context = unsafe { sys::EVP_AEAD_CTX_new(algorithm, key.as_ptr(), key.len(), tag) };
        Ok(Self {
            context: Owned::new(context, sys::EVP_AEAD_CTX_free)?,
        })
    }

    /// The ciphertext and its tag, which has at most `size` bytes.
    pub fn seal(
        &self,
        nonce: &[u8],
        aad: &[u8],
        data: &[u8],
        size: usize,
    ) -> Result<(Vec<u8>, Vec<u8>)> {
        let (mut out, mut tag) = (vec![0; data.len()], vec![0; size]);
        let mut written = 0;
        // SAFETY: E1: ciphertexts are as long as their texts; E2.
        check(unsafe {
            sys::EVP_AEAD_CTX_seal_scatter(
                self.context.get(),
                out.as_mut_ptr(),
                tag.as_mut_ptr(),
                &mut written,
                tag.len(),
                nonce.as_ptr(),
                nonce.len(),
                data.as_ptr(),
                data.len(),
                std::ptr::null(),
                0,
                aad.as_ptr(),
                aad.len(),
            )
        })?;
        tag.truncate(written);
        Ok((out, tag))
    }

    /// The text, if the tag is right.
    pub fn open(&self, nonce: &[u8], aad: &[u8], data: &[u8], tag: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![0; data.len()];
        // SAFETY: E1: texts are as long as their ciphertexts; E2.
        check(unsafe {
            sys::EVP_AEAD_CTX_open_gather(
                self.context.get(),
                out.as_mut_ptr(),
                nonce.as_ptr(),
                nonce.len(),
                data.as_ptr(),
                data.len(),
                tag.as_ptr(),
                tag.len(),
                aad.as_ptr(),
                aad.len(),
            )
        })?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_go_there_and_back() {
        for (name, key, nonce) in [
            ("aes-192-cbc", 24, 16),
            ("aes-128-ecb", 16, 0),
            ("aes-256-ofb", 32, 16),
            ("aes-256-gcm", 32, 7),
            ("des-ede3-cbc", 24, 8),
            ("rc4", 5, 0),
        ] {
            let cipher = Cipher::named(name).unwrap();
            let (key, nonce) = (vec![1; key], vec![2; nonce]);
            let mut there = Running::new(cipher, Direction::Encrypt, &key, &nonce).unwrap();
            let mut secret = there.update(b"some").unwrap();
            secret.extend(there.update(b" text of two pieces").unwrap());
            secret.extend(there.finish().unwrap());
            let mut back = Running::new(cipher, Direction::Decrypt, &key, &nonce).unwrap();
            let mut plain = back.update(&secret).unwrap();
            if cipher.is_authenticated() {
                let mut tag = [0; 16];
                there.tag(&mut tag).unwrap();
                back.expect_tag(&tag).unwrap();
            }
            plain.extend(back.finish().unwrap());
            assert_eq!(plain, b"some text of two pieces", "{name}");
        }
        let cipher = Cipher::named("aes-128-cbc").unwrap();
        assert!(Running::new(cipher, Direction::Encrypt, &[0; 15], &[0; 16]).is_err());
        assert!(Running::new(cipher, Direction::Encrypt, &[0; 16], &[0; 15]).is_err());
        assert!(Cipher::named("aes-128-xyz").is_none());
    }

    #[test]
    fn a_wrong_tag_is_refused() {
        for (name, key, size) in [
            ("chacha20-poly1305", 32, 16),
            ("aes-128-gcm-siv", 16, 16),
            ("aes-128-ctr-hmac-sha256", 48, 32),
        ] {
            let aead = Aead::new(name, &vec![1; key], 0).unwrap();
            let nonce = vec![2; Aead::nonce_length(name).unwrap()];
            let (secret, mut tag) = aead.seal(&nonce, b"aad", b"text", size).unwrap();
            assert_eq!(aead.open(&nonce, b"aad", &secret, &tag).unwrap(), b"text");
            tag[0] ^= 1;
            assert!(aead.open(&nonce, b"aad", &secret, &tag).is_err());
        }
        assert!(Aead::new("chacha20-poly1305", &[0; 31], 0).is_err());
    }
}
