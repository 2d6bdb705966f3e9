//! What a key may be used for (Web Cryptography §13.2, `KeyUsage`).

use crate::error::{Result, syntax};

/// A set of usages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usages(u16);

/// In the order of the standard, which is that of the bits.
const NAMES: [&str; 12] = [
    "encrypt",
    "decrypt",
    "sign",
    "verify",
    "deriveKey",
    "deriveBits",
    "wrapKey",
    "unwrapKey",
    "encapsulateKey",
    "encapsulateBits",
    "decapsulateKey",
    "decapsulateBits",
];

/// What a key is being made for, in the words of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Making {
    Generate,
    ImportSecret,
    ImportPublic,
    ImportPrivate,
}

impl Usages {
    pub const NONE: Self = Self(0);
    pub const ENCRYPT: Self = Self(1);
    pub const DECRYPT: Self = Self(1 << 1);
    pub const SIGN: Self = Self(1 << 2);
    pub const VERIFY: Self = Self(1 << 3);
    pub const DERIVE_KEY: Self = Self(1 << 4);
    pub const DERIVE_BITS: Self = Self(1 << 5);
    pub const WRAP_KEY: Self = Self(1 << 6);
    pub const UNWRAP_KEY: Self = Self(1 << 7);
    pub const ENCAPSULATE_KEY: Self = Self(1 << 8);
    pub const ENCAPSULATE_BITS: Self = Self(1 << 9);
    pub const DECAPSULATE_KEY: Self = Self(1 << 10);
    pub const DECAPSULATE_BITS: Self = Self(1 << 11);

    /// What public keys can do at all, and private ones.
    pub const PUBLIC: Self = Self::ENCRYPT
        .and(Self::VERIFY)
        .and(Self::WRAP_KEY)
        .and(Self::ENCAPSULATION);
    pub const PRIVATE: Self = Self::DECRYPT
        .and(Self::SIGN)
        .and(Self::UNWRAP_KEY)
        .and(Self::DERIVATION)
        .and(Self::DECAPSULATION);
    pub const ENCAPSULATION: Self = Self::ENCAPSULATE_KEY.and(Self::ENCAPSULATE_BITS);
    pub const DECAPSULATION: Self = Self::DECAPSULATE_KEY.and(Self::DECAPSULATE_BITS);
    pub const DERIVATION: Self = Self::DERIVE_KEY.and(Self::DERIVE_BITS);
    pub const SIGNATURE: Self = Self::SIGN.and(Self::VERIFY);
    pub const WRAPPING: Self = Self::WRAP_KEY.and(Self::UNWRAP_KEY);
    pub const CIPHER: Self = Self::ENCRYPT.and(Self::DECRYPT).and(Self::WRAPPING);

    /// The union.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The intersection.
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names, in the order of the standard.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        (0..)
            .zip(NAMES)
            .filter(move |(bit, _)| self.0 & (1 << bit) != 0)
            .map(|(_, name)| name)
    }

    /// The set that `names` are, each of which `allowed` must hold.
    pub fn parse(algorithm: &str, making: Making, names: &[String], allowed: Self) -> Result<Self> {
        let mut found = Self::NONE;
        for name in names {
            let usage = (0..)
                .zip(NAMES)
                .find(|(_, known)| known == name)
                .map(|(bit, _)| Self(1 << bit))
                .filter(|usage| allowed.contains(*usage));
            let Some(usage) = usage else {
                let making = match making {
                    Making::Generate => "generate",
                    Making::ImportSecret => "import secret",
                    Making::ImportPublic => "import public",
                    Making::ImportPrivate => "import private",
                };
                return Err(syntax(format!(
                    "Attempt to {making} {algorithm} key with invalid usage \"{name}\"."
                )));
            };
            found = found.and(usage);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_the_order_of_the_standard() {
        let names = ["unwrapKey", "encrypt", "encrypt"].map(str::to_owned);
        let usages =
            Usages::parse("AES-GCM", Making::Generate, &names, Usages::CIPHER).expect("allowed");
        assert_eq!(usages.names().collect::<Vec<_>>(), ["encrypt", "unwrapKey"]);
    }
}
