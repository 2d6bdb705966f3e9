//! WebCrypto, and the primitives that Node shares.
//!
//! | module | what |
//! | --- | --- |
//! | [`crypto`] | the class `Crypto`: random values |
//! | [`subtle`] | the class `SubtleCrypto` |
//! | [`random`] | random bytes for the rest of the crate and for Node's modules |
//!
//! All primitives come from `aws-lc-rs`, the provider that TLS uses too.
#![deny(unsafe_code)]

pub mod crypto;
pub mod random;
pub mod subtle;

pub use crypto::Crypto;
pub use subtle::SubtleCrypto;
