//! The class `SubtleCrypto` (Web Cryptography §14): what of it is built.

use jsg::convert::BufferSource;
use jsg::{Error, Result};

/// What `crypto.subtle` is.
#[jsg::class]
pub struct SubtleCrypto {}

#[jsg::methods]
impl SubtleCrypto {
    /// Compares in a time that tells nothing of where two inputs differ. Not in the standard.
    #[jsg(method)]
    fn timing_safe_equal(&self, a: BufferSource<'_>, b: BufferSource<'_>) -> Result<bool> {
        if a.byte_length() != b.byte_length() {
            return Err(Error::type_error(
                "Input buffers must have the same byte length.",
            ));
        }
        Ok(aws_lc_rs::constant_time::verify_slices_are_equal(&a.to_vec(), &b.to_vec()).is_ok())
    }
}
