//! RSA in the paddings that Node offers: encryption, and signatures without a digest.

use aws_lc_sys as sys;

use crate::pkey::Pkey;
use crate::rsa::set_label;
use crate::{Digest, Refused, Result, check};

/// What is done with the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsaOperation {
    Encrypt,
    Decrypt,
    Sign,
    /// The message that a signature was made of.
    Recover,
}

/// Where an operation has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RsaFailure {
    Start,
    Padding,
    Label,
    Size,
    Run,
}

/// The number of OAEP among the paddings.
pub const OAEP: i32 = sys::RSA_PKCS1_OAEP_PADDING;

type Run =
    unsafe extern "C" fn(*mut sys::EVP_PKEY_CTX, *mut u8, *mut usize, *const u8, usize) -> i32;

impl RsaOperation {
    fn functions(self) -> (unsafe extern "C" fn(*mut sys::EVP_PKEY_CTX) -> i32, Run) {
        match self {
            Self::Encrypt => (sys::EVP_PKEY_encrypt_init, sys::EVP_PKEY_encrypt),
            Self::Decrypt => (sys::EVP_PKEY_decrypt_init, sys::EVP_PKEY_decrypt),
            Self::Sign => (sys::EVP_PKEY_sign_init, sys::EVP_PKEY_sign),
            Self::Recover => (
                sys::EVP_PKEY_verify_recover_init,
                sys::EVP_PKEY_verify_recover,
            ),
        }
    }
}

impl Pkey {
    /// Runs an operation on `data` with the padding of that number; `digest` and `label` are those of OAEP.
    pub fn rsa_cipher(
        &self,
        operation: RsaOperation,
        padding: i32,
        digest: Option<Digest>,
        label: Option<&[u8]>,
        data: &[u8],
    ) -> Result<Vec<u8>, RsaFailure> {
        let failed = |failure: RsaFailure| move |_: Refused| failure;
        let context = self.context().map_err(failed(RsaFailure::Start))?;
        let (start, run) = operation.functions();
        // SAFETY: E2.
        check(unsafe { start(context.get()) }).map_err(failed(RsaFailure::Start))?;
        // SAFETY: E2.
        check(unsafe { sys::EVP_PKEY_CTX_set_rsa_padding(context.get(), padding) })
            .map_err(failed(RsaFailure::Padding))?;
        if let Some(digest) = digest.filter(|_| padding == OAEP) {
            // SAFETY: E2; the digest is a constant.
            check(unsafe { sys::EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), digest.md()) })
                .map_err(failed(RsaFailure::Padding))?;
            // SAFETY: as above.
            check(unsafe { sys::EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), digest.md()) })
                .map_err(failed(RsaFailure::Padding))?;
        }
        if let Some(label) = label {
            if padding != OAEP {
                return Err(RsaFailure::Label);
            }
            set_label(&context, label).map_err(failed(RsaFailure::Label))?;
        }
        let mut size = 0;
        let null = std::ptr::null_mut();
        // SAFETY: E1; a null output asks for the size.
        check(unsafe { run(context.get(), null, &mut size, data.as_ptr(), data.len()) })
            .map_err(failed(RsaFailure::Size))?;
        let mut out = vec![0; size];
        // SAFETY: E1.
        check(unsafe {
            run(
                context.get(),
                out.as_mut_ptr(),
                &mut size,
                data.as_ptr(),
                data.len(),
            )
        })
        .map_err(failed(RsaFailure::Run))?;
        out.truncate(size);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_fit() {
        let key = Pkey::generate_rsa(1024, &[1, 0, 1]).unwrap();
        let label = Some(&b"label"[..]);
        for (there, back) in [
            (RsaOperation::Encrypt, RsaOperation::Decrypt),
            (RsaOperation::Sign, RsaOperation::Recover),
        ] {
            let secret = key.rsa_cipher(there, 1, None, None, b"data").unwrap();
            let read = key.rsa_cipher(back, 1, None, None, &secret);
            assert_eq!(read, Ok(b"data".to_vec()));
            let wrong = key.rsa_cipher(there, 1, None, label, b"data");
            assert_eq!(wrong, Err(RsaFailure::Label));
            let wrong = key.rsa_cipher(back, 9, None, None, b"data");
            assert_eq!(wrong, Err(RsaFailure::Padding));
        }
        let digest = Some(Digest::Sha1);
        let secret = key
            .rsa_cipher(RsaOperation::Encrypt, OAEP, digest, label, b"data")
            .unwrap();
        let read = |label| key.rsa_cipher(RsaOperation::Decrypt, OAEP, digest, label, &secret);
        assert_eq!(read(label), Ok(b"data".to_vec()));
        assert_eq!(read(None), Err(RsaFailure::Run));
    }
}
