//! Node.js compatibility: the builtin `node:*` modules.
//!
//! The modules are written in TypeScript under `ts/`: public ones at the top, which only re-export, and what they share
//! under `ts/internal/`. [`modules`] lists them with the flags that switch them on. What needs Rust is imported from
//! native modules, each declared in a `ts/internal/*.d.ts`: those of this crate are in [`natives`], and the runtime
//! provides `node-internal:util_natives` and `node-internal:async_hooks`.

#![forbid(unsafe_code)]

pub mod buffer;
mod crypto_agreement;
mod crypto_asymmetric;
mod crypto_cipher;
mod crypto_key_forms;
mod crypto_key_jwk;
mod crypto_key_pairs;
pub mod crypto_natives;
mod crypto_primes;
mod crypto_rsa_cipher;
mod crypto_spkac;
mod crypto_x509;
pub mod fs;
mod inspector;
pub mod modules;
pub mod natives;
pub mod zlib;
