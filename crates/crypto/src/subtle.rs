//! The class `SubtleCrypto` (Web Cryptography §14).
//!
//! Arguments become plain data first; then the work is done, here or by another thread; what is left
//! for the isolate is to wrap the result.

use std::sync::Arc;

use evp::cipher::Direction;
use evp::digest::hash;
use jsg::convert::{BufferSource, Bytes, array_buffer_from};
use jsg::js::{Local, Promise, Value};
use jsg::{Flag, FromJs, Handle, Lock, LockExt, Result, ToJs, promise};

use crate::asymmetric::public_of;
use crate::digest::modern_by_name;
use crate::error::{data, not_supported};
use crate::import::{Exported, KeyArgument, KeyData, Known, Rules, export, import};
use crate::jwk::Jwk;
use crate::key::{CryptoKey, Key};
use crate::params::{
    Algorithm, BitLength, DeriveParams, EncryptParams, GenerateParams, Hash, ImportParams,
    SignParams,
};
use crate::results::{
    check_extractable, derived_format, encapsulated, key_object, pair_object, secret, shared_key,
    useless_pair,
};
use crate::usages::Usages;
use crate::work::{is_long, long, on_input};
use crate::{aes, chacha, elliptic, hmac, lattice, okp, operations, random, rsa};

/// A promise of the result of `encrypt` or `decrypt`, written to where the script finds it if its length is known.
fn cipher<'s>(
    js: &mut Lock<'s, '_>,
    direction: Direction,
    key: Arc<Key>,
    params: EncryptParams,
    input: BufferSource<'s>,
) -> Result<Local<'s, Promise>> {
    let length = input.byte_length();
    if !is_long(length)
        && let Some(length) = operations::cipher_length(&key, direction, &params, length)?
    {
        let result = array_buffer_from(js, input.into(), length, |input, out| {
            Ok(operations::cipher_into(
                &key, direction, &params, input, out,
            )?)
        })?;
        return Ok(promise::resolved(js, result.into()));
    }
    on_input(js, input, move |input| {
        operations::cipher(&key, direction, &params, input).map(Bytes)
    })
}

/// What `crypto.subtle` is.
#[jsg::class]
pub struct SubtleCrypto {}

#[jsg::methods]
impl SubtleCrypto {
    #[jsg(method, promise)]
    fn encrypt<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: Algorithm<EncryptParams>,
        key: Handle<'s, CryptoKey>,
        plain_text: BufferSource<'s>,
    ) -> Result<Local<'s, Promise>> {
        let (params, key) = (algorithm.0, key.get().key());
        operations::check(&key, &params.name.0, Usages::ENCRYPT)?;
        cipher(js, Direction::Encrypt, key, params, plain_text)
    }

    #[jsg(method, promise)]
    fn decrypt<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: Algorithm<EncryptParams>,
        key: Handle<'s, CryptoKey>,
        cipher_text: BufferSource<'s>,
    ) -> Result<Local<'s, Promise>> {
        let (params, key) = (algorithm.0, key.get().key());
        operations::check(&key, &params.name.0, Usages::DECRYPT)?;
        cipher(js, Direction::Decrypt, key, params, cipher_text)
    }

    #[jsg(method, promise)]
    fn sign<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: Algorithm<SignParams>,
        key: Handle<'s, CryptoKey>,
        data: BufferSource<'s>,
    ) -> Result<Local<'s, Promise>> {
        let (params, key) = (algorithm.0, key.get().key());
        operations::check(&key, &params.name.0, Usages::SIGN)?;
        on_input(js, data, move |input| {
            operations::sign(&key, &params, input).map(Bytes)
        })
    }

    #[jsg(method, promise)]
    fn verify<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: Algorithm<SignParams>,
        key: Handle<'s, CryptoKey>,
        signature: BufferSource<'s>,
        data: BufferSource<'s>,
    ) -> Result<Local<'s, Promise>> {
        let (params, key) = (algorithm.0, key.get().key());
        operations::check(&key, &params.name.0, Usages::VERIFY)?;
        let signature = signature.to_vec();
        on_input(js, data, move |input| {
            operations::verify(&key, &params, &signature, input)
        })
    }

    #[jsg(method, promise)]
    fn digest<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: Hash,
        data: BufferSource<'s>,
    ) -> Result<Local<'s, Promise>> {
        let digest = if js.flag(Flag::WebcryptoModernAlgorithms) {
            modern_by_name(&algorithm.0.name.0)
        } else {
            algorithm.digest()
        }?;
        on_input(js, data, move |input| {
            hash(digest, input)
                .map(Bytes)
                .map_err(crate::error::refused)
        })
    }

    #[jsg(method, promise)]
    fn generate_key<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: Algorithm<GenerateParams>,
        extractable: bool,
        usages: Vec<String>,
    ) -> Result<Local<'s, Promise>> {
        let params = algorithm.0;
        let pair = match Known::by_name(&params.name.0, Rules::of(js)) {
            Some(Known::Aes(mode)) => {
                let key = aes::generate(mode, &params, extractable, &usages, |bytes| {
                    random::fill(js, bytes)
                })?;
                return secret(js, key);
            }
            Some(Known::ChaCha) => {
                let key = chacha::generate(extractable, &usages, |bytes| random::fill(js, bytes))?;
                return secret(js, key);
            }
            Some(Known::Hmac) => {
                let key = hmac::generate(&params, extractable, &usages, |bytes| {
                    random::fill(js, bytes)
                })?;
                return secret(js, key);
            }
            Some(Known::Rsa(scheme)) if scheme != crate::key::RsaScheme::Raw => {
                let strict = js.flag(Flag::StrictCryptoChecks);
                let work = rsa::Generation::new(scheme, params, extractable, &usages, strict)?;
                if work.is_useless() {
                    return Err(useless_pair().into());
                }
                return long(js, move || work.run(), pair_object);
            }
            Some(Known::Ec(scheme)) => elliptic::generate(scheme, &params, extractable, &usages)?,
            Some(Known::Okp(scheme)) => okp::generate(scheme, &params, extractable, &usages)?,
            Some(Known::Lattice(kind)) => lattice::generate(kind, extractable, &usages)?,
            _ => {
                return Err(not_supported(format!(
                    "Unrecognized key generation algorithm \"{}\" requested.",
                    params.name.0
                ))
                .into());
            }
        };
        if pair[1].usages.is_empty() {
            return Err(useless_pair().into());
        }
        let pair = pair_object(js, pair)?;
        Ok(promise::resolved(js, pair))
    }

    #[jsg(method, promise)]
    fn derive_key<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: Algorithm<DeriveParams>,
        base_key: Handle<'s, CryptoKey>,
        derived_key_algorithm: Algorithm<ImportParams>,
        extractable: bool,
        usages: Vec<String>,
    ) -> Result<Local<'s, Promise>> {
        let (params, key) = (algorithm.0, base_key.get().key());
        let derived = derived_key_algorithm.0;
        operations::check(&key, &params.name.0, Usages::DERIVE_KEY)?;
        let rules = Rules::of(js);
        let length = operations::length_of(&derived, rules)?;
        let format = derived_format(&derived, rules);
        let slow = operations::derives_slowly(&key, &params, length);
        let work = move || {
            let bytes = operations::derive(&key, &params, length)?;
            let bytes = KeyData::Buffer(crate::params::Source(bytes));
            import(format, bytes, &derived, extractable, &usages, rules)
        };
        if slow {
            return long(js, work, key_object);
        }
        let key = key_object(js, work()?)?;
        Ok(promise::resolved(js, key))
    }

    #[jsg(method, promise, length = 2)]
    fn derive_bits<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: Algorithm<DeriveParams>,
        base_key: Handle<'s, CryptoKey>,
        length: BitLength,
    ) -> Result<Local<'s, Promise>> {
        let length = length.0;
        let (params, key) = (algorithm.0, base_key.get().key());
        operations::check(&key, &params.name.0, Usages::DERIVE_BITS)?;
        let slow = operations::derives_slowly(&key, &params, length);
        let work = move || operations::derive(&key, &params, length).map(Bytes);
        if slow {
            return long(js, work, |js, bytes| bytes.to_js(js));
        }
        let bytes = work()?.to_js(js)?;
        Ok(promise::resolved(js, bytes))
    }

    #[jsg(method, promise)]
    fn import_key<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        format: String,
        key_data: KeyArgument<'s>,
        algorithm: Algorithm<ImportParams>,
        extractable: bool,
        usages: Vec<String>,
    ) -> Result<Local<'s, Promise>> {
        let rules = Rules::of(js);
        let key = import(
            &format,
            key_data.read(),
            &algorithm.0,
            extractable,
            &usages,
            rules,
        )?;
        let key = key_object(js, key)?;
        Ok(promise::resolved(js, key))
    }

    #[jsg(method, promise)]
    fn export_key<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        format: String,
        key: Handle<'s, CryptoKey>,
    ) -> Result<Local<'s, Promise>> {
        let key = key.get().key();
        check_extractable(&key)?;
        let exported = match export(&key, &format, Rules::of(js))? {
            Exported::Bytes(bytes) => Bytes(bytes).to_js(js),
            Exported::Jwk(jwk) => jwk.to_js(js),
        }?;
        Ok(promise::resolved(js, exported))
    }

    #[jsg(method, promise)]
    fn wrap_key<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        format: String,
        key: Handle<'s, CryptoKey>,
        wrapping_key: Handle<'s, CryptoKey>,
        wrap_algorithm: Algorithm<EncryptParams>,
    ) -> Result<Local<'s, Promise>> {
        let (key, wrapping) = (key.get().key(), wrapping_key.get().key());
        let params = wrap_algorithm.0;
        operations::check(&wrapping, &params.name.0, Usages::WRAP_KEY)?;
        check_extractable(&key)?;
        let bytes = match export(&key, &format, Rules::of(js))? {
            Exported::Bytes(bytes) => bytes,
            Exported::Jwk(jwk) => {
                let jwk = jwk.to_js(js)?;
                let text = jsg::json_stringify(js, jwk)?;
                text.to_rust_string_lossy(js).into_bytes()
            }
        };
        let wrapped = operations::wrap(&wrapping, Direction::Encrypt, &params, &bytes)?;
        let wrapped = Bytes(wrapped).to_js(js)?;
        Ok(promise::resolved(js, wrapped))
    }

    #[jsg(method, promise)]
    #[expect(clippy::too_many_arguments, reason = "as many as the standard has")]
    fn unwrap_key<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        format: String,
        wrapped_key: BufferSource<'s>,
        unwrapping_key: Handle<'s, CryptoKey>,
        unwrap_algorithm: Algorithm<EncryptParams>,
        unwrapped_key_algorithm: Algorithm<ImportParams>,
        extractable: bool,
        usages: Vec<String>,
    ) -> Result<Local<'s, Promise>> {
        let unwrapping = unwrapping_key.get().key();
        let params = unwrap_algorithm.0;
        operations::check(&unwrapping, &params.name.0, Usages::UNWRAP_KEY)?;
        let wrapped = wrapped_key.to_vec();
        let bytes = operations::wrap(&unwrapping, Direction::Decrypt, &params, &wrapped)?;
        let data = if format == "jwk" {
            let text = String::from_utf8_lossy(&bytes);
            let parsed = jsg::json_parse(js, &text)?;
            let jwk = if parsed.is_object() {
                Jwk::try_from_js(js, parsed)?
            } else {
                None
            };
            KeyData::Jwk(
                jwk.ok_or_else(|| data("Missing \"kty\" field or corrupt JSON unwrapping key?"))?,
            )
        } else {
            KeyData::Buffer(crate::params::Source(bytes))
        };
        let rules = Rules::of(js);
        let key = import(
            &format,
            data,
            &unwrapped_key_algorithm.0,
            extractable,
            &usages,
            rules,
        )?;
        let key = key_object(js, key)?;
        Ok(promise::resolved(js, key))
    }

    /// A secret, as a key, and what lets the private key have it.
    #[jsg(method, promise, flag = WebcryptoModernAlgorithms)]
    fn encapsulate_key<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: Algorithm<SignParams>,
        key: Handle<'s, CryptoKey>,
        shared_key_algorithm: Algorithm<ImportParams>,
        extractable: bool,
        usages: Vec<String>,
    ) -> Result<Local<'s, Promise>> {
        let key = key.get().key();
        operations::check(&key, &algorithm.0.name.0, Usages::ENCAPSULATE_KEY)?;
        let (secret, ciphertext) = lattice::encapsulate(&key)?;
        let shared = shared_key(js, secret, &shared_key_algorithm.0, extractable, &usages)?;
        let shared = key_object(js, shared)?;
        encapsulated(js, shared, ciphertext)
    }

    /// The same with the secret as bytes.
    #[jsg(method, promise, flag = WebcryptoModernAlgorithms)]
    fn encapsulate_bits<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: Algorithm<SignParams>,
        key: Handle<'s, CryptoKey>,
    ) -> Result<Local<'s, Promise>> {
        let key = key.get().key();
        operations::check(&key, &algorithm.0.name.0, Usages::ENCAPSULATE_BITS)?;
        let (secret, ciphertext) = lattice::encapsulate(&key)?;
        let secret = Bytes(secret).to_js(js)?;
        encapsulated(js, secret, ciphertext)
    }

    /// The secret of a ciphertext, as a key.
    #[jsg(method, promise, flag = WebcryptoModernAlgorithms)]
    #[expect(clippy::too_many_arguments, reason = "as many as the standard has")]
    fn decapsulate_key<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: Algorithm<SignParams>,
        key: Handle<'s, CryptoKey>,
        ciphertext: BufferSource<'s>,
        shared_key_algorithm: Algorithm<ImportParams>,
        extractable: bool,
        usages: Vec<String>,
    ) -> Result<Local<'s, Promise>> {
        let key = key.get().key();
        operations::check(&key, &algorithm.0.name.0, Usages::DECAPSULATE_KEY)?;
        let secret = lattice::decapsulate(&key, &ciphertext.to_vec())?;
        let shared = shared_key(js, secret, &shared_key_algorithm.0, extractable, &usages)?;
        let shared = key_object(js, shared)?;
        Ok(promise::resolved(js, shared))
    }

    /// The same with the secret as bytes.
    #[jsg(method, promise, flag = WebcryptoModernAlgorithms)]
    fn decapsulate_bits<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: Algorithm<SignParams>,
        key: Handle<'s, CryptoKey>,
        ciphertext: BufferSource<'s>,
    ) -> Result<Local<'s, Promise>> {
        let key = key.get().key();
        operations::check(&key, &algorithm.0.name.0, Usages::DECAPSULATE_BITS)?;
        let secret = lattice::decapsulate(&key, &ciphertext.to_vec())?;
        let secret = Bytes(secret).to_js(js)?;
        Ok(promise::resolved(js, secret))
    }

    /// Whether an operation with this algorithm can succeed.
    #[jsg(static_method, flag = WebcryptoModernAlgorithms)]
    fn supports<'s>(
        js: &mut Lock<'s, '_>,
        operation: String,
        algorithm: Local<'s, Value>,
        more: Option<Local<'s, Value>>,
    ) -> bool {
        crate::supports::supports(js, &operation, algorithm, more)
    }

    /// The public key of a private one.
    #[jsg(method, promise, flag = WebcryptoModernAlgorithms)]
    fn get_public_key<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        key: Handle<'s, CryptoKey>,
        usages: Vec<String>,
    ) -> Result<Local<'s, Promise>> {
        let key = public_of(&key.get().key(), &usages)?;
        let key = key_object(js, key)?;
        Ok(promise::resolved(js, key))
    }

    /// Compares in a time that tells nothing of where two inputs differ. Not in the standard.
    #[jsg(method)]
    fn timing_safe_equal(&self, a: BufferSource<'_>, b: BufferSource<'_>) -> Result<bool> {
        if a.byte_length() != b.byte_length() {
            return Err(jsg::Error::type_error(
                "Input buffers must have the same byte length.",
            ));
        }
        Ok(aws_lc_rs::constant_time::verify_slices_are_equal(&a.to_vec(), &b.to_vec()).is_ok())
    }
}
