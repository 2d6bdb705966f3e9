//! Random bytes. Events may have them; global scope may not, so that a Worker's start-up is the same
//! each time.

use std::cell::RefCell;

use io::IoContext;
use jsg::{Lock, Result};

use crate::error;

/// How many bytes are fetched at once for the small requests, such as UUIDs.
const POOL: usize = 1024;

thread_local! {
    /// Random bytes that nobody has seen, and how many of them are used up. Used ones are zeroed.
    static UNUSED: RefCell<([u8; POOL], usize)> = const { RefCell::new(([0; POOL], POOL)) };
}

/// Fills `bytes`.
///
/// # Errors
/// At global scope the documented one.
pub fn fill(js: &Lock<'_, '_>, bytes: &mut [u8]) -> Result<()> {
    if IoContext::try_current(js).is_none() {
        IoContext::current(js)?;
    }
    Ok(generate(bytes)?)
}

/// A version 4 UUID.
///
/// # Errors
/// At global scope the documented one.
pub fn uuid(js: &Lock<'_, '_>) -> Result<[u8; 36]> {
    if IoContext::try_current(js).is_none() {
        IoContext::current(js)?;
    }
    let mut bytes: [u8; 16] = small()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Ok(format_uuid(&bytes))
}

/// Fills `bytes` wherever it is called: for keys, which real Workers may make at global scope.
pub(crate) fn generate(bytes: &mut [u8]) -> error::Result<()> {
    aws_lc_rs::rand::fill(bytes)
        .map_err(|_| error::Error::Internal("no random bytes to be had".into()))
}

/// A few bytes from the thread's pool.
fn small<const N: usize>() -> Result<[u8; N]> {
    UNUSED.with_borrow_mut(|(pool, used)| {
        if POOL - *used < N {
            generate(pool)?;
            *used = 0;
        }
        let mut out = [0; N];
        let source = &mut pool[*used..*used + N];
        out.copy_from_slice(source);
        source.fill(0);
        *used += N;
        Ok(out)
    })
}

/// The text form of a UUID (RFC 9562 §4).
fn format_uuid(bytes: &[u8; 16]) -> [u8; 36] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; 36];
    let places = (0..36).filter(|place| !matches!(place, 8 | 13 | 18 | 23));
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    for (place, digit) in places.zip(digits) {
        text[place] = DIGITS[usize::from(digit)];
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
            assert!(seen.insert(small::<16>().expect("random bytes")));
        }
    }
}
