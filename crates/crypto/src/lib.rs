//! WebCrypto, and the primitives that Node shares.
//!
//! | module | what |
//! | --- | --- |
//! | [`crypto`] | the class `Crypto`: random values |
//! | [`subtle`] | the class `SubtleCrypto` |
//! | [`key`] | keys, and the class `CryptoKey` |
//! | [`params`] | the `algorithm` arguments |
//! | [`operations`] | encrypting, signing and deriving with any key |
//! | [`import`](mod@import) | keys from their formats, and into them |
//! | [`aes`], [`chacha`], [`hmac`], [`kdf`], [`rsa`], [`elliptic`], [`okp`], [`lattice`] | the algorithms |
//! | [`asymmetric`] | what the algorithms with two keys have in common |
//! | [`jwk`] | JSON Web Keys |
//! | [`usages`] | what a key may be used for |
//! | `supports` | `SubtleCrypto.supports()`: what could be done |
//! | `results` | what operations give the guest |
//! | [`digest`] | hash functions by name |
//! | [`crc`] | checksums |
//! | [`work`] | which work leaves the event loop |
//! | [`random`] | random bytes for the rest of the crate and for Node's modules |
//!
//! Below [`subtle`] all is plain data and Rust: an operation is refused with an [`Error`], which becomes
//! an exception when it reaches the isolate. All primitives come from aws-lc, the provider that TLS uses
//! too: through crate `evp`, since WebCrypto wants forms of keys that `aws-lc-rs` does not have.
#![deny(unsafe_code)]

pub mod aes;
pub mod asymmetric;
pub mod chacha;
pub mod crc;
pub mod crypto;
pub mod digest;
pub mod elliptic;
mod error;
pub mod hmac;
pub mod import;
pub mod jwk;
pub mod kdf;
pub mod key;
pub mod lattice;
pub mod okp;
pub mod operations;
pub mod params;
pub mod random;
mod results;
pub mod rsa;
pub mod subtle;
mod supports;
pub mod usages;
pub mod work;

pub use crypto::Crypto;
pub use error::{Error, Result};
pub use key::CryptoKey;
pub use subtle::SubtleCrypto;
