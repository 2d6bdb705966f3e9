//! AES in the modes of WebCrypto. Keys have 16, 24 or 32 bytes; others are refused.

use aws_lc_sys as sys;

use crate::stream::{BLOCK, Cipher, Running};
use crate::{Refused, Result, refused};

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

/// `iv` has the size of the mode: a block, or any but empty for GCM.
fn start(mode: Mode, direction: Direction, key: &[u8], iv: &[u8]) -> Result<Running> {
    // SAFETY: these give pointers to constants.
    let cipher = unsafe {
        match (&mode, key.len()) {
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
    };
    let cipher = Cipher {
        cipher,
        authenticated: matches!(mode, Mode::Gcm),
        variable: false,
    };
    Running::new(cipher, direction, key, iv)
}

/// AES-CBC with the padding of PKCS #7.
pub fn cbc(direction: Direction, key: &[u8], iv: &[u8], data: &[u8]) -> Result<Vec<u8>> {
    let mut running = start(Mode::Cbc, direction, key, iv)?;
    let mut out = running.update(data)?;
    out.extend(running.finish()?);
    Ok(out)
}

/// AES-CTR; all 128 bits of the block count.
pub fn ctr(key: &[u8], counter: &[u8], data: &[u8]) -> Result<Vec<u8>> {
    let mut running = start(Mode::Ctr, Direction::Encrypt, key, counter)?;
    let mut out = running.update(data)?;
    out.extend(running.finish()?);
    Ok(out)
}

/// AES-GCM; the tag, which is as long as `out` is longer than `data`, follows the ciphertext.
pub fn gcm_encrypt(key: &[u8], iv: &[u8], aad: &[u8], data: &[u8], out: &mut [u8]) -> Result<()> {
    let (out, tag) = out
        .split_at_mut_checked(data.len())
        .filter(|(_, tag)| tag.len() <= BLOCK)
        .ok_or(Refused::Unknown)?;
    let mut running = start(Mode::Gcm, Direction::Encrypt, key, iv)?;
    running.additional_data(aad)?;
    running.update_exactly(data, out)?;
    running.finish()?;
    running.tag(tag)
}

/// See [`gcm_encrypt`]; what `data` is longer than `out` is the tag.
pub fn gcm_decrypt(key: &[u8], iv: &[u8], aad: &[u8], data: &[u8], out: &mut [u8]) -> Result<()> {
    let (data, tag) = data.split_at_checked(out.len()).ok_or(Refused::Unknown)?;
    let mut running = start(Mode::Gcm, Direction::Decrypt, key, iv)?;
    running.additional_data(aad)?;
    running.update_exactly(data, out)?;
    running.expect_tag(tag)?;
    running.finish().map(drop)
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
