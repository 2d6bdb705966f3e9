//! Prime numbers, as big-endian bytes.

use aws_lc_sys as sys;

use crate::{Owned, Refused, Result, bignum, bytes_of, check, refused};

/// A random one of so many bits; a safe one (half of it is prime, too) if asked for. With `congruence`, the
/// remainder of it by the first number is the second one: 12 and 11, 24 and 23 or 60 and 59, since the search
/// for others might never end.
pub fn generate(bits: i32, safe: bool, congruence: Option<(u8, u8)>) -> Result<Vec<u8>> {
    let numbers = match congruence {
        Some(pair @ ((12, 11) | (24, 23) | (60, 59))) => {
            Some((bignum(&[pair.0])?, bignum(&[pair.1])?))
        }
        Some(_) => return Err(Refused::Unknown),
        None => None,
    };
    let null: *const sys::BIGNUM = std::ptr::null();
    let (add, rem) = numbers.as_ref().map_or((null, null), |(add, rem)| {
        (add.get().cast_const(), rem.get().cast_const())
    });
    // SAFETY: takes nothing.
    let prime = Owned::new(unsafe { sys::BN_new() }, sys::BN_free)?;
    // SAFETY: E2; null numbers ask for any prime, and a null callback for none.
    check(unsafe {
        sys::BN_generate_prime_ex(
            prime.get(),
            bits,
            i32::from(safe),
            add,
            rem,
            std::ptr::null_mut(),
        )
    })?;
    // SAFETY: E2.
    unsafe { bytes_of(prime.get(), 0) }.ok_or(Refused::Unknown)
}

/// Whether a number is one, most probably: after so many checks, or as many as its size asks for if that is 0.
pub fn is_prime(candidate: &[u8], checks: i32) -> Result<bool> {
    let candidate = bignum(candidate)?;
    // SAFETY: E2; a null context asks for a fresh one, and a null callback for none.
    let prime = unsafe {
        sys::BN_is_prime_ex(
            candidate.get(),
            checks,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
        )
    };
    match prime {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_is_prime() {
        for (bits, safe, congruence) in [
            (64, false, None),
            (32, true, None),
            (40, false, Some((60, 59))),
        ] {
            let prime = generate(bits, safe, congruence).unwrap();
            assert_eq!(prime.len(), bits as usize / 8);
            assert_eq!(is_prime(&prime, 0), Ok(true));
            let number = prime.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
            assert!(!safe || is_prime(&(number / 2).to_be_bytes(), 0) == Ok(true));
            assert!(congruence.is_none() || number % 60 == 59);
        }
        assert!(generate(1, false, None).is_err());
        assert!(generate(32, false, Some((5, 0))).is_err());
        assert_eq!(is_prime(&[8], 64), Ok(false));
        assert_eq!(is_prime(&[], 0), Ok(false));
    }
}
