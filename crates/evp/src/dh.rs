//! The agreement of Diffie and Hellman over numbers (PKCS #3), with the primes of RFC 3526 or any other.

use aws_lc_sys as sys;

use crate::pkey::{Kind, Pkey};
use crate::{Owned, Refused, Result, bignum, bytes_of, check, refused};

/// A prime and a generator, and maybe keys. Numbers are big-endian bytes without leading zeros.
pub struct Dh(Owned<sys::DH>);

// SAFETY: nothing of it is bound to a thread.
unsafe impl Send for Dh {}

/// The primes of RFC 3526, whose generator is 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Modp5,
    Modp14,
    Modp15,
    Modp16,
    Modp17,
    Modp18,
}

impl Group {
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "modp5" => Self::Modp5,
            "modp14" => Self::Modp14,
            "modp15" => Self::Modp15,
            "modp16" => Self::Modp16,
            "modp17" => Self::Modp17,
            "modp18" => Self::Modp18,
            _ => return None,
        })
    }

    fn prime(self) -> Result<Owned<sys::BIGNUM>> {
        let prime = match self {
            Self::Modp5 => sys::BN_get_rfc3526_prime_1536,
            Self::Modp14 => sys::BN_get_rfc3526_prime_2048,
            Self::Modp15 => sys::BN_get_rfc3526_prime_3072,
            Self::Modp16 => sys::BN_get_rfc3526_prime_4096,
            Self::Modp17 => sys::BN_get_rfc3526_prime_6144,
            Self::Modp18 => sys::BN_get_rfc3526_prime_8192,
        };
        // SAFETY: a null pointer asks for a fresh number.
        Owned::new(unsafe { prime(std::ptr::null_mut()) }, sys::BN_free)
    }
}

/// What is wrong with a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongPublic {
    TooSmall,
    TooLarge,
    Invalid,
    /// It could not be checked.
    Unknown,
}

impl Dh {
    fn empty() -> Result<Self> {
        // SAFETY: takes nothing.
        Ok(Self(Owned::new(unsafe { sys::DH_new() }, sys::DH_free)?))
    }

    fn of_numbers(prime: Owned<sys::BIGNUM>, generator: &[u8]) -> Result<Self> {
        let dh = Self::empty()?;
        let generator = bignum(generator)?;
        let none = std::ptr::null_mut();
        // SAFETY: E2: the object takes the numbers over when the call succeeds.
        check(unsafe { sys::DH_set0_pqg(dh.0.get(), prime.get(), none, generator.get()) })?;
        prime.release();
        generator.release();
        Ok(dh)
    }

    pub fn new(prime: &[u8], generator: &[u8]) -> Result<Self> {
        Self::of_numbers(bignum(prime)?, generator)
    }

    pub fn of_group(group: Group) -> Result<Self> {
        Self::of_numbers(group.prime()?, &[2])
    }

    /// With a fresh safe prime. This takes long, seconds for usual sizes.
    pub fn generate_parameters(bits: i32, generator: i32) -> Result<Self> {
        let dh = Self::empty()?;
        let none = std::ptr::null_mut();
        // SAFETY: E2; no callback.
        check(unsafe { sys::DH_generate_parameters_ex(dh.0.get(), bits, generator, none) })?;
        Ok(dh)
    }

    /// What is wrong with the numbers, as the flags of OpenSSL's `DH_check()`.
    ///
    /// The library asks whether the generator generates what a safe prime's agreement needs. Older ones, and that of
    /// the real workerd, ask for a certain remainder of the prime, which even those of RFC 3526 do not have.
    pub fn check(&self) -> Result<i32> {
        let mut flags = 0;
        // SAFETY: E2.
        check(unsafe { sys::DH_check(self.0.get(), &mut flags) })?;
        let primality = sys::DH_CHECK_P_NOT_PRIME | sys::DH_CHECK_P_NOT_SAFE_PRIME;
        Ok(flags & primality | self.check_generator())
    }

    fn check_generator(&self) -> i32 {
        // SAFETY: E2; the prime is there, and is not changed.
        let remainder = |of: u64| unsafe {
            sys::BN_mod_word(sys::DH_get0_p(self.0.get()), of as sys::BN_ULONG)
        };
        let suitable = match self.generator().as_deref() {
            Some([2]) => remainder(24) == 11,
            Some([5]) => matches!(remainder(10), 3 | 7),
            _ => return sys::DH_CHECK_UNABLE_TO_CHECK_GENERATOR,
        };
        if suitable {
            0
        } else {
            sys::DH_CHECK_NOT_SUITABLE_GENERATOR
        }
    }

    /// Makes fresh keys; only the public one if the private one is there.
    pub fn generate(&self) -> Result<()> {
        // SAFETY: E2; the object is this one's alone, since it is not `Sync`.
        check(unsafe { sys::DH_generate_key(self.0.get()) })
    }

    pub fn set_private(&self, key: &[u8]) -> Result<()> {
        let key = bignum(key)?;
        // SAFETY: E2, as in `of_numbers`.
        check(unsafe { sys::DH_set0_key(self.0.get(), std::ptr::null_mut(), key.get()) })?;
        key.release();
        Ok(())
    }

    pub fn set_public(&self, key: &[u8]) -> Result<(), WrongPublic> {
        let key = self.checked(key)?;
        // SAFETY: E2, as in `of_numbers`.
        check(unsafe { sys::DH_set0_key(self.0.get(), key.get(), std::ptr::null_mut()) })
            .map_err(|_| WrongPublic::Unknown)?;
        key.release();
        Ok(())
    }

    fn checked(&self, key: &[u8]) -> Result<Owned<sys::BIGNUM>, WrongPublic> {
        let key = bignum(key).map_err(|_| WrongPublic::Unknown)?;
        let mut flags = 0;
        // SAFETY: E2.
        check(unsafe { sys::DH_check_pub_key(self.0.get(), key.get(), &mut flags) })
            .map_err(|_| WrongPublic::Unknown)?;
        if flags & sys::DH_CHECK_PUBKEY_TOO_SMALL != 0 {
            Err(WrongPublic::TooSmall)
        } else if flags & sys::DH_CHECK_PUBKEY_TOO_LARGE != 0 {
            Err(WrongPublic::TooLarge)
        } else if flags != 0 {
            Err(WrongPublic::Invalid)
        } else {
            Ok(key)
        }
    }

    /// The secret that is shared with the owner of a public key, as long as the prime; `None` if the private key
    /// is not there.
    pub fn compute(&self, peer: &[u8]) -> Result<Option<Vec<u8>>, WrongPublic> {
        let peer = self.checked(peer)?;
        // SAFETY: E2.
        Ok(unsafe { shared(self.0.get(), peer.get()) }.ok())
    }

    pub fn prime(&self) -> Option<Vec<u8>> {
        // SAFETY: E2; the number is null or valid, as in the next ones.
        unsafe { bytes_of(sys::DH_get0_p(self.0.get()), 0) }
    }

    pub fn generator(&self) -> Option<Vec<u8>> {
        // SAFETY: as above.
        unsafe { bytes_of(sys::DH_get0_g(self.0.get()), 0) }
    }

    pub fn public(&self) -> Option<Vec<u8>> {
        // SAFETY: as above.
        unsafe { bytes_of(sys::DH_get0_pub_key(self.0.get()), 0) }
    }

    pub fn private(&self) -> Option<Vec<u8>> {
        // SAFETY: as above.
        unsafe { bytes_of(sys::DH_get0_priv_key(self.0.get()), 0) }
    }

    pub fn into_pkey(self) -> Result<Pkey> {
        let key = Pkey::empty()?;
        // SAFETY: E2; the key takes an owner of its own.
        check(unsafe { sys::EVP_PKEY_set1_DH(key.0.get(), self.0.get()) })?;
        Ok(key)
    }
}

/// # Safety
/// Both are valid.
unsafe fn shared(dh: *mut sys::DH, peer: *const sys::BIGNUM) -> Result<Vec<u8>> {
    // SAFETY: the caller's.
    let mut out = vec![0; unsafe { sys::DH_size(dh) } as usize];
    // SAFETY: the caller's, and E1: the output has the size of the prime.
    let size = unsafe { sys::DH_compute_key_padded(out.as_mut_ptr(), peer, dh) };
    if size < 0 || size as usize != out.len() {
        return Err(refused());
    }
    Ok(out)
}

impl Pkey {
    fn dh(&self) -> Result<*mut sys::DH> {
        if self.kind() != Kind::Dh {
            return Err(Refused::Unknown);
        }
        // SAFETY: E2; the key keeps the object.
        let dh = unsafe { sys::EVP_PKEY_get0_DH(self.0.get()) };
        if dh.is_null() { Err(refused()) } else { Ok(dh) }
    }

    /// [`derive`](Self::derive) for keys over one prime.
    pub fn derive_dh(&self, peer: &Self) -> Result<Vec<u8>> {
        let (own, peer) = (self.dh()?, peer.dh()?);
        // SAFETY: E2; the objects keep their numbers.
        unsafe {
            let primes = [own, peer].map(|dh| bytes_of(sys::DH_get0_p(dh), 0));
            let public = sys::DH_get0_pub_key(peer);
            if primes[0] != primes[1] || public.is_null() {
                return Err(Refused::Unknown);
            }
            shared(own, public)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_get_the_secret() {
        let [one, other] = [0, 1].map(|_| {
            let dh = Dh::of_group(Group::by_name("modp14").unwrap()).unwrap();
            assert!(dh.public().is_none());
            dh.generate().unwrap();
            dh
        });
        let secret = one.compute(&other.public().unwrap()).unwrap().unwrap();
        assert_eq!(secret.len(), 256);
        assert_eq!(
            other.compute(&one.public().unwrap()),
            Ok(Some(secret.clone()))
        );
        assert_eq!(one.compute(&[1]), Err(WrongPublic::TooSmall));
        assert_eq!(one.compute(&[0xff; 256]), Err(WrongPublic::TooLarge));
        let [one, other] = [one, other].map(|dh| dh.into_pkey().unwrap());
        assert_eq!(one.derive_dh(&other), Ok(secret));
    }

    #[test]
    fn numbers_are_checked() {
        let dh = Dh::generate_parameters(256, 2).unwrap();
        assert_eq!(dh.check(), Ok(0));
        assert_eq!(dh.generator(), Some(vec![2]));
        let wrong = Dh::new(&[15], &[2]).unwrap();
        assert_eq!(wrong.check(), Ok(1 | 8));
        assert_eq!(Dh::new(&[23], &[5]).unwrap().check(), Ok(0));
        assert_eq!(Dh::new(&[23], &[3]).unwrap().check(), Ok(4));
        assert_eq!(wrong.set_public(&[0]), Err(WrongPublic::TooSmall));
    }
}
