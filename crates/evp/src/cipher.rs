//! AES in the modes of WebCrypto. Keys have 16, 24 or 32 bytes; others are refused.

use aws_lc_sys as sys;

use crate::{Owned, Refused, Result, check, refused};

const BLOCK: usize = 16;

/// A context with its cipher, key and nonce set.
struct Context(Owned<sys::EVP_CIPHER_CTX>);

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Encrypt,
    Decrypt,
}

enum Mode {
    Cbc,
    Ctr,
    Gcm,
}

fn cipher(mode: &Mode, key: &[u8]) -> Result<*const sys::EVP_CIPHER> {
    // SAFETY: these give pointers to constants.
    Ok(unsafe {
        match (mode, key.len()) {
            (Mode::Cbc, 16) => sys::EVP_aes_128_cbc(),
            (Mode::Cbc, 24) => sys::EVP_aes_192_cbc(),
            (Mode::Cbc, 32) => sys::EVP_aes_256_cbc(),
            (Mode::Ctr, 16) => sys::EVP_aes_128_ctr(),
            (Mode::Ctr, 24) => sys::EVP_aes_192_ctr(),
            (Mode::Ctr, 32) => sys::EVP_aes_256_ctr(),
            (Mode::Gcm, 16) => sys::EVP_aes_128_gcm(),
            (Mode::Gcm, 24) => sys::EVP_aes_192_gcm(),
            (Mode::Gcm, 32) => sys::EVP_aes_256_gcm(),
            _ => return Err(Refused::Unknown),
        }
    })
}

fn length(bytes: &[u8]) -> Result<std::os::raw::c_int> {
    bytes.len().try_into().map_err(|_| Refused::Unknown)
}

impl Context {
    /// `iv` has the size of the mode: a block, or any but empty for GCM.
    fn new(mode: Mode, direction: Direction, key: &[u8], iv: &[u8]) -> Result<Self> {
        let cipher = cipher(&mode, key)?;
        if iv.is_empty() || (!matches!(mode, Mode::Gcm) && iv.len() != BLOCK) {
            return Err(Refused::Unknown);
        }
        let encrypt = i32::from(direction == Direction::Encrypt);
        let null = std::ptr::null_mut();
        // SAFETY: takes nothing.
        let context = Owned::new(
            unsafe { sys::EVP_CIPHER_CTX_new() },
            sys::EVP_CIPHER_CTX_free,
        )?;
        // SAFETY: E2; null parts are set later.
        check(unsafe {
            sys::EVP_CipherInit_ex(
                context.get(),
                cipher,
                null,
                std::ptr::null(),
                std::ptr::null(),
                encrypt,
            )
        })?;
        let this = Self(context);
        if matches!(mode, Mode::Gcm) {
            this.control(
                sys::EVP_CTRL_AEAD_SET_IVLEN,
                length(iv)?,
                std::ptr::null_mut(),
            )?;
        }
        // SAFETY: E2; key and nonce have the sizes that the context was told.
        check(unsafe {
            sys::EVP_CipherInit_ex(
                this.0.get(),
                std::ptr::null(),
                null,
                key.as_ptr(),
                iv.as_ptr(),
                encrypt,
            )
        })?;
        Ok(this)
    }

    fn control(&self, command: i32, argument: i32, pointer: *mut std::ffi::c_void) -> Result<()> {
        // SAFETY: E2; `pointer` has room for `argument` bytes where the command uses it.
        check(unsafe { sys::EVP_CIPHER_CTX_ctrl(self.0.get(), command, argument, pointer) })
    }

    fn additional_data(&self, data: &[u8]) -> Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        let mut written = 0;
        // SAFETY: E1, E2; a null output takes additional data.
        check(unsafe {
            sys::EVP_CipherUpdate(
                self.0.get(),
                std::ptr::null_mut(),
                &mut written,
                data.as_ptr(),
                length(data)?,
            )
        })
    }

    /// Everything at once, with room for a last block.
    fn update(&self, input: &[u8]) -> Result<Vec<u8>> {
        let mut out = vec![0; input.len() + BLOCK];
        let mut written = 0;
        // SAFETY: E1: the output of an update is at most a block longer than its input; E2.
        check(unsafe {
            sys::EVP_CipherUpdate(
                self.0.get(),
                out.as_mut_ptr(),
                &mut written,
                input.as_ptr(),
                length(input)?,
            )
        })?;
        out.truncate(written as usize);
        Ok(out)
    }

    /// As [`update`](Self::update) for modes that work like stream ciphers: `out` gets as many bytes as
    /// `input` has.
    fn update_exactly(&self, input: &[u8], out: &mut [u8]) -> Result<()> {
        if input.len() != out.len() {
            return Err(Refused::Unknown);
        }
        let mut written = 0;
        // SAFETY: E1: the output of a mode with blocks of one byte is as long as its input; E2.
        check(unsafe {
            sys::EVP_CipherUpdate(
                self.0.get(),
                out.as_mut_ptr(),
                &mut written,
                input.as_ptr(),
                length(input)?,
            )
        })?;
        debug_assert_eq!(written as usize, out.len());
        Ok(())
    }

    fn finish(&self, out: &mut Vec<u8>) -> Result<()> {
        let mut last = [0; BLOCK];
        let mut written = 0;
        // SAFETY: E1: what is left is at most a block; E2.
        check(unsafe { sys::EVP_CipherFinal_ex(self.0.get(), last.as_mut_ptr(), &mut written) })?;
        out.extend_from_slice(&last[..written as usize]);
        Ok(())
    }
}

/// AES-CBC with the padding of PKCS #7.
pub fn cbc(direction: Direction, key: &[u8], iv: &[u8], data: &[u8]) -> Result<Vec<u8>> {
    let context = Context::new(Mode::Cbc, direction, key, iv)?;
    let mut out = context.update(data)?;
    context.finish(&mut out)?;
    Ok(out)
}

/// AES-CTR; all 128 bits of the block count.
pub fn ctr(key: &[u8], counter: &[u8], data: &[u8]) -> Result<Vec<u8>> {
    let context = Context::new(Mode::Ctr, Direction::Encrypt, key, counter)?;
    let mut out = context.update(data)?;
    context.finish(&mut out)?;
    Ok(out)
}

/// AES-GCM; the tag, which is as long as `out` is longer than `data`, follows the ciphertext.
pub fn gcm_encrypt(key: &[u8], iv: &[u8], aad: &[u8], data: &[u8], out: &mut [u8]) -> Result<()> {
    let (out, tag) = out
        .split_at_mut_checked(data.len())
        .filter(|(_, tag)| tag.len() <= BLOCK)
        .ok_or(Refused::Unknown)?;
    let context = Context::new(Mode::Gcm, Direction::Encrypt, key, iv)?;
    context.additional_data(aad)?;
    context.update_exactly(data, out)?;
    context.finish(&mut Vec::new())?;
    context.control(
        sys::EVP_CTRL_AEAD_GET_TAG,
        length(tag)?,
        tag.as_mut_ptr().cast(),
    )
}

/// See [`gcm_encrypt`]; what `data` is longer than `out` is the tag.
pub fn gcm_decrypt(key: &[u8], iv: &[u8], aad: &[u8], data: &[u8], out: &mut [u8]) -> Result<()> {
    let (data, tag) = data.split_at_checked(out.len()).ok_or(Refused::Unknown)?;
    let mut tag = tag.to_vec();
    let context = Context::new(Mode::Gcm, Direction::Decrypt, key, iv)?;
    context.additional_data(aad)?;
    context.update_exactly(data, out)?;
    context.control(
        sys::EVP_CTRL_AEAD_SET_TAG,
        length(&tag)?,
        tag.as_mut_ptr().cast(),
    )?;
    context.finish(&mut Vec::new())
}

/// RFC 3394: `data` has a multiple of 8 bytes, at least 16 to wrap and 24 to unwrap.
pub fn key_wrap(direction: Direction, key: &[u8], data: &[u8]) -> Result<Vec<u8>> {
    let least = match direction {
        Direction::Encrypt => 16,
        Direction::Decrypt => 24,
    };
    if !data.len().is_multiple_of(8) || data.len() < least || data.len() > 1 << 28 {
        return Err(Refused::Unknown);
    }
    let bits = u32::try_from(key.len() * 8).map_err(|_| Refused::Unknown)?;
    let mut schedule = std::mem::MaybeUninit::<sys::AES_KEY>::uninit();
    let mut out = vec![0; data.len() + 8];
    // SAFETY: E1: wrapping adds 8 bytes and unwrapping takes them away. The schedule is filled before it is
    // used: setting the key fails otherwise.
    let written = unsafe {
        match direction {
            Direction::Encrypt => {
                if sys::AES_set_encrypt_key(key.as_ptr(), bits, schedule.as_mut_ptr()) != 0 {
                    return Err(refused());
                }
                sys::AES_wrap_key(
                    schedule.as_ptr(),
                    std::ptr::null(),
                    out.as_mut_ptr(),
                    data.as_ptr(),
                    data.len(),
                )
            }
            Direction::Decrypt => {
                if sys::AES_set_decrypt_key(key.as_ptr(), bits, schedule.as_mut_ptr()) != 0 {
                    return Err(refused());
                }
                sys::AES_unwrap_key(
                    schedule.as_ptr(),
                    std::ptr::null(),
                    out.as_mut_ptr(),
                    data.as_ptr(),
                    data.len(),
                )
            }
        }
    };
    if written <= 0 {
        return Err(refused());
    }
    out.truncate(written as usize);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_go_there_and_back() {
        for size in [16, 24, 32] {
            let (key, iv) = (vec![1; size], [2; 16]);
            for length in [0, 1, 16, 33] {
                let data = vec![3; length];
                let secret = cbc(Direction::Encrypt, &key, &iv, &data).unwrap();
                assert_eq!(
                    cbc(Direction::Decrypt, &key, &iv, &secret),
                    Ok(data.clone())
                );
                assert_eq!(
                    ctr(&key, &iv, &ctr(&key, &iv, &data).unwrap()),
                    Ok(data.clone())
                );
                for (nonce, tag) in [(1, 4), (12, 16), (40, 12)] {
                    let nonce = vec![4; nonce];
                    let mut secret = vec![0; length + tag];
                    gcm_encrypt(&key, &nonce, b"aad", &data, &mut secret).unwrap();
                    let mut plain = vec![0; length];
                    gcm_decrypt(&key, &nonce, b"aad", &secret, &mut plain).unwrap();
                    assert_eq!(plain, data);
                    assert_eq!(
                        gcm_decrypt(&key, &nonce, b"other", &secret, &mut plain),
                        Err(Refused::Unknown)
                    );
                }
            }
            let wrapped = key_wrap(Direction::Encrypt, &key, &[5; 24]).unwrap();
            assert_eq!(
                key_wrap(Direction::Decrypt, &key, &wrapped),
                Ok(vec![5; 24])
            );
            assert_eq!(
                key_wrap(Direction::Decrypt, &key, &[6; 24]),
                Err(Refused::Unknown)
            );
        }
    }

    #[test]
    fn wrong_sizes_are_refused() {
        assert_eq!(
            cbc(Direction::Encrypt, &[0; 15], &[0; 16], b""),
            Err(Refused::Unknown)
        );
        assert_eq!(ctr(&[0; 16], &[0; 15], b""), Err(Refused::Unknown));
        assert_eq!(
            gcm_encrypt(&[0; 16], b"", b"", b"", &mut [0; 16]),
            Err(Refused::Unknown)
        );
        assert_eq!(
            gcm_encrypt(&[0; 16], b"1", b"", b"", &mut [0; 17]),
            Err(Refused::Unknown)
        );
        assert_eq!(
            key_wrap(Direction::Encrypt, &[0; 16], &[0; 15]),
            Err(Refused::Unknown)
        );
    }
}
