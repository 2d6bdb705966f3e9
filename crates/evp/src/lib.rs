//! What aws-lc offers and `aws-lc-rs` does not: keys of any size and form, ciphers with any nonce, the old
//! digests. Safe functions over its EVP interface; nothing here knows of WebCrypto.
//!
//! E1. Pointers to inputs are those of slices with their length; outputs are slices of the size that the
//!     interface asks for, and are cut to what it has written.
//! E2. Objects of the library are owned by an [`Owned`], which frees them once.
//! E3. A key is not changed once it is made, so that threads may share it.
//! E4. The library's queue of errors is emptied when a call fails.

pub mod cipher;
pub mod dh;
pub mod digest;
pub mod ec;
pub mod lattice;
mod pbes2;
pub mod pem;
pub mod pkey;
pub mod point;
mod prehashed;
pub mod prime;
pub mod rsa;
pub mod rsa_cipher;
pub mod spkac;
pub mod stream;
pub mod x509;

use std::ptr::NonNull;

use aws_lc_sys as sys;

pub use digest::Digest;
pub use ec::Curve;
pub use pkey::{Kind, Pkey};

/// Why the library has refused: what callers can tell their own callers, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the operation has failed")]
    Unknown,
    #[error("a point is encoded wrongly")]
    PointEncoding,
    #[error("a compressed point is invalid")]
    CompressedPoint,
    #[error("a point is not on the curve")]
    PointNotOnCurve,
    #[error("the curve is unknown")]
    UnknownCurve,
    #[error("the data is not as long as the modulus")]
    DataLength,
    #[error("the key is too small")]
    KeyTooSmall,
    #[error("the arithmetic of RSA has failed")]
    RsaInternal,
}

pub type Result<T, E = Refused> = std::result::Result<T, E>;

/// Whether a call has succeeded.
fn check(result: std::os::raw::c_int) -> Result<()> {
    if result == 1 { Ok(()) } else { Err(refused()) }
}

/// The bytes, at most `size`, that a call writes; it is given where to, and the size to set to what it has written.
fn filled(
    size: usize,
    fill: impl FnOnce(*mut u8, &mut usize) -> std::os::raw::c_int,
) -> Result<Vec<u8>> {
    let mut out = vec![0; size];
    let mut written = size;
    check(fill(out.as_mut_ptr(), &mut written))?;
    out.truncate(written);
    Ok(out)
}

/// The bytes that a call writes which first, given null, says how many they are at the most.
fn sized(mut fill: impl FnMut(*mut u8, &mut usize) -> std::os::raw::c_int) -> Result<Vec<u8>> {
    let mut size = 0;
    check(fill(std::ptr::null_mut(), &mut size))?;
    filled(size, fill)
}

#[cold]
fn refused() -> Refused {
    let mut found = Refused::Unknown;
    loop {
        // SAFETY: takes no pointer; the queue is the thread's own (E4).
        let code = unsafe { sys::ERR_get_error() };
        if code == 0 {
            return found;
        }
        if found == Refused::Unknown {
            found = reason(code);
        }
    }
}

fn reason(code: u32) -> Refused {
    // As the macros of `err.h` take a code apart, which are not among the bindings.
    let (library, reason) = ((code >> 24) as i32, (code & 0xfff) as i32);
    match (library, reason) {
        (sys::ERR_LIB_EC, sys::EC_R_INVALID_ENCODING) => Refused::PointEncoding,
        (sys::ERR_LIB_EC, sys::EC_R_INVALID_COMPRESSED_POINT) => Refused::CompressedPoint,
        (sys::ERR_LIB_EC, sys::EC_R_POINT_IS_NOT_ON_CURVE) => Refused::PointNotOnCurve,
        (sys::ERR_LIB_EC, sys::EC_R_UNKNOWN_GROUP) => Refused::UnknownCurve,
        (sys::ERR_LIB_RSA, sys::RSA_R_DATA_LEN_NOT_EQUAL_TO_MOD_LEN) => Refused::DataLength,
        (sys::ERR_LIB_RSA, sys::RSA_R_KEY_SIZE_TOO_SMALL) => Refused::KeyTooSmall,
        (sys::ERR_LIB_RSA, sys::RSA_R_INTERNAL_ERROR) => Refused::RsaInternal,
        _ => Refused::Unknown,
    }
}

/// An object of the library (E2).
struct Owned<T> {
    object: NonNull<T>,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    /// Owns what a constructor has given.
    fn new(object: *mut T, free: unsafe extern "C" fn(*mut T)) -> Result<Self> {
        match NonNull::new(object) {
            Some(object) => Ok(Self { object, free }),
            None => Err(refused()),
        }
    }

    fn get(&self) -> *mut T {
        self.object.as_ptr()
    }

    /// Hands the object to another owner.
    fn release(self) -> *mut T {
        let object = self.object.as_ptr();
        std::mem::forget(self);
        object
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: E2.
        unsafe { (self.free)(self.object.as_ptr()) }
    }
}

/// A number from its big-endian bytes.
fn bignum(bytes: &[u8]) -> Result<Owned<sys::BIGNUM>> {
    // SAFETY: E1; a null pointer asks for a fresh number.
    let number = unsafe { sys::BN_bin2bn(bytes.as_ptr(), bytes.len(), std::ptr::null_mut()) };
    Owned::new(number, sys::BN_free)
}

/// The big-endian bytes of a number, padded to `size`.
///
/// # Safety
/// `number` is null or valid.
unsafe fn bytes_of(number: *const sys::BIGNUM, size: usize) -> Option<Vec<u8>> {
    if number.is_null() {
        return None;
    }
    // SAFETY: the caller's.
    let own = unsafe { sys::BN_num_bytes(number) } as usize;
    let mut bytes = vec![0; own.max(size)];
    let offset = bytes.len() - own;
    // SAFETY: the caller's, and E1: the rest of `bytes` has the size of the number.
    unsafe { sys::BN_bn2bin(number, bytes[offset..].as_mut_ptr()) };
    Some(bytes)
}
