//! Random bytes. Events may have them; global scope may not, so that a Worker's start-up is the same
//! each time.

use std::cell::RefCell;

use io::IoContext;
use jsg::{Lock, Result};

use crate::error;

/// How many bytes are fetched at once for the small requests, such as UUIDs.
const POOL: usize = 1024;

/// The longest of the small requests.
const SMALL: usize = 256;

thread_local! {
    /// Random bytes that nobody has seen, and how many of them are used up. Used ones are zeroed.
    static UNUSED: RefCell<([u8; POOL], usize)> = const { RefCell::new(([0; POOL], POOL)) };
}

/// Fills `bytes`.
///
/// # Errors
/// At global scope the documented one.
pub fn fill(js: &Lock<'_, '_>, bytes: &mut [u8]) -> Result<()> {
    allowed(js)?;
    Ok(generate(bytes)?)
}

/// Whether a guest may have random bytes now.
///
/// # Errors
/// At global scope the documented one.
pub(crate) fn allowed(js: &Lock<'_, '_>) -> Result<()> {
    if !IoContext::is_running() {
        IoContext::current(js)?;
    }
    Ok(())
}

/// A version 4 UUID.
///
/// # Errors
/// At global scope the documented one.
pub fn uuid(js: &Lock<'_, '_>) -> Result<[u8; 36]> {
    let mut bytes = [0; 16];
    fill(js, &mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Ok(format_uuid(&bytes))
}

/// Fills `bytes` wherever it is called: for keys, which real Workers may make at global scope.
pub(crate) fn generate(bytes: &mut [u8]) -> error::Result<()> {
    match bytes.len() {
        0 => Ok(()),
        1..=SMALL => small(bytes),
        _ => fresh(bytes),
    }
}

/// Fills `bytes` without the pool: each call costs half a microsecond, however few they are.
fn fresh(bytes: &mut [u8]) -> error::Result<()> {
    aws_lc_rs::rand::fill(bytes)
        .map_err(|_| error::Error::Internal("no random bytes to be had".into()))
}

/// At most [`SMALL`] bytes from the thread's pool.
fn small(bytes: &mut [u8]) -> error::Result<()> {
    UNUSED.with_borrow_mut(|(pool, used)| {
        if POOL - *used < bytes.len() {
            fresh(pool)?;
            *used = 0;
        }
        let source = &mut pool[*used..*used + bytes.len()];
        bytes.copy_from_slice(source);
        source.fill(0);
        *used += bytes.len();
        Ok(())
    })
}

/// The text form of a UUID (RFC 9562 §4).
fn format_uuid(bytes: &[u8; 16]) -> [u8; 36] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; 36];
    // Where the two digits of each byte go.
    const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    for (place, byte) in PLACES.into_iter().zip(bytes) {
        text[place] = DIGITS[usize::from(byte >> 4)];
        text[place + 1] = DIGITS[usize::from(byte & 15)];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_written_in_five_groups() {
        let bytes: [u8; 16] = std::array::from_fn(|index| index as u8 * 0x11);
        assert_eq!(
            &format_uuid(&bytes),
            b"00112233-4455-6677-8899-aabbccddeeff"
        );
    }

    #[test]
    fn the_pool_never_gives_the_same_bytes_twice() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let mut bytes = [0; 16];
            small(&mut bytes).expect("random bytes");
            assert!(seen.insert(bytes));
        }
    }
}
