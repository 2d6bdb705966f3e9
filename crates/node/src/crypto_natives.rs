//! What `node:crypto` needs from Rust: digests, HMAC, key derivation. The module
//! `node-internal:crypto_natives`, declared in `ts/internal/crypto_natives.d.ts`.
//!
//! Arguments are checked by the TypeScript above.

use std::cell::RefCell;

use evp::Digest;
use evp::digest::{Hasher, ScryptCost};
use jsg::convert::{ByteView, uint8_array};
use jsg::js::{Local, Uint8Array, Value};
use jsg::modules::{Exports, NativeFunction};
use jsg::promise::Args;
use jsg::{Error, FromJs, Handle, Lock, Result, Untraced};

type Outcome<'s> = Result<Local<'s, Value>>;

/// The module, for the table of native modules.
pub fn natives<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    exports.functions(js, FUNCTIONS);
    Ok(())
}

static FUNCTIONS: &[NativeFunction] = &[
    NativeFunction {
        name: "readPrivateKey",
        body: crate::crypto_key_forms::read_private,
    },
    NativeFunction {
        name: "readPublicKey",
        body: crate::crypto_key_forms::read_public,
    },
    NativeFunction {
        name: "publicKeyOf",
        body: crate::crypto_key_forms::public_of,
    },
    NativeFunction {
        name: "partsOf",
        body: crate::crypto_key_forms::parts_of,
    },
    NativeFunction {
        name: "isExtractable",
        body: crate::crypto_key_forms::is_extractable,
    },
    NativeFunction {
        name: "webJwk",
        body: crate::crypto_key_forms::web_jwk,
    },
    NativeFunction {
        name: "secretJwk",
        body: crate::crypto_key_forms::secret_jwk,
    },
    NativeFunction {
        name: "detailsOf",
        body: crate::crypto_key_forms::details_of,
    },
    NativeFunction {
        name: "sameKeys",
        body: crate::crypto_key_forms::same_keys,
    },
    NativeFunction {
        name: "exportKey",
        body: crate::crypto_key_forms::export_key,
    },
    NativeFunction {
        name: "toCryptoKey",
        body: crate::crypto_key_forms::to_crypto_key,
    },
    NativeFunction {
        name: "keyFromJwk",
        body: crate::crypto_key_jwk::key_from_jwk,
    },
    NativeFunction {
        name: "jwkOf",
        body: crate::crypto_key_jwk::jwk_of,
    },
    NativeFunction {
        name: "generatePair",
        body: crate::crypto_key_pairs::generate_pair,
    },
    NativeFunction {
        name: "generatePairLater",
        body: crate::crypto_key_pairs::generate_pair_later,
    },
    NativeFunction {
        name: "openDh",
        body: crate::crypto_agreement::open_dh,
    },
    NativeFunction {
        name: "openDhGroup",
        body: crate::crypto_agreement::open_dh_group,
    },
    NativeFunction {
        name: "openEcdh",
        body: crate::crypto_agreement::open_ecdh,
    },
    NativeFunction {
        name: "convertPoint",
        body: crate::crypto_agreement::convert_point,
    },
    NativeFunction {
        name: "agree",
        body: crate::crypto_agreement::agree,
    },
    NativeFunction {
        name: "rsaCipher",
        body: crate::crypto_rsa_cipher::rsa_cipher,
    },
    NativeFunction {
        name: "spkacKey",
        body: crate::crypto_spkac::spkac_key,
    },
    NativeFunction {
        name: "spkacChallenge",
        body: crate::crypto_spkac::spkac_challenge,
    },
    NativeFunction {
        name: "readCertificate",
        body: crate::crypto_x509::read_certificate,
    },
    NativeFunction {
        name: "randomPrime",
        body: crate::crypto_primes::random_prime,
    },
    NativeFunction {
        name: "randomPrimeLater",
        body: crate::crypto_primes::random_prime_later,
    },
    NativeFunction {
        name: "isPrime",
        body: crate::crypto_primes::is_prime,
    },
    NativeFunction {
        name: "isPrimeLater",
        body: crate::crypto_primes::is_prime_later,
    },
    NativeFunction {
        name: "openCipher",
        body: crate::crypto_cipher::open_cipher,
    },
    NativeFunction {
        name: "openHash",
        body: open_hash,
    },
    NativeFunction {
        name: "openHmac",
        body: open_hmac,
    },
    NativeFunction {
        name: "digestSize",
        body: |js, args| {
            let size = digest_named(js, args.get(0)).map_or(0, |digest| digest.size() as i32);
            Ok(jsg::js::Integer::new(js, size).into())
        },
    },
    NativeFunction {
        name: "hkdf",
        body: hkdf,
    },
    NativeFunction {
        name: "pbkdf2",
        body: |js, args| {
            let derivation = Derivation::of(js, &args)?;
            let key = derivation.run().map_err(refused)?;
            Ok(uint8_array(js, &key)?.into())
        },
    },
    NativeFunction {
        name: "scrypt",
        body: |js, args| {
            let key = Scrypt::of(js, &args)?.run();
            let key = key.map_err(|_| Error::error(SCRYPT_FAILED))?;
            Ok(uint8_array(js, &key)?.into())
        },
    },
    NativeFunction {
        name: "scryptLater",
        body: |js, args| {
            let scrypt = Scrypt::of(js, &args)?;
            let promise = crypto::work::long(
                js,
                move || Ok(scrypt.run().ok()),
                |js, key| match key {
                    Some(key) => Ok(uint8_array(js, &key)?.into()),
                    None => Err(Error::error(SCRYPT_FAILED)),
                },
            )?;
            Ok(promise.into())
        },
    },
    NativeFunction {
        name: "pbkdf2Later",
        body: |js, args| {
            let derivation = Derivation::of(js, &args)?;
            let promise = crypto::work::long(
                js,
                move || {
                    let key = derivation.run();
                    key.map_err(|_| crypto::Error::Internal("PBKDF2 has failed".into()))
                },
                |js, key| Ok(uint8_array(js, &key)?.into()),
            )?;
            Ok(promise.into())
        },
    },
];

fn view<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<ByteView<'s>> {
    ByteView::try_from_js(js, value)?.ok_or_else(|| Error::type_error("not a buffer"))
}

pub fn bytes<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Vec<u8>> {
    Ok(view(js, value)?.with_bytes(js, <[u8]>::to_vec))
}

pub fn number(js: &Lock<'_, '_>, value: Local<'_, Value>) -> u32 {
    value.number_value(js).unwrap_or(0.0) as u32
}

fn refused(_: evp::Refused) -> Error {
    Error::error("Operation failed")
}

/// A hash function by one of the names that it has in Node.
pub fn digest_named<'s>(js: &Lock<'s, '_>, name: Local<'s, Value>) -> Option<Digest> {
    let name = name.to_rust_string_lossy(js).to_ascii_lowercase();
    let name = name.strip_prefix("rsa-").unwrap_or(&name);
    Some(match name {
        "md5" => Digest::Md5,
        "sha1" | "sha-1" | "dsa-sha" | "dsa-sha1" | "ecdsa-with-sha1" => Digest::Sha1,
        "sha224" | "sha-224" => Digest::Sha224,
        "sha256" | "sha-256" => Digest::Sha256,
        "sha384" | "sha-384" => Digest::Sha384,
        "sha512" | "sha-512" => Digest::Sha512,
        "sha512-256" | "sha-512/256" | "sha512/256" => Digest::Sha512Of256,
        _ => return None,
    })
}

/// A digest in the making; with the padded key of the outer one, an HMAC (RFC 2104).
struct Running {
    digest: Digest,
    hasher: Hasher,
    outer: Option<Vec<u8>>,
}

impl Running {
    fn hash(digest: Digest) -> std::result::Result<Self, evp::Refused> {
        Ok(Self {
            digest,
            hasher: Hasher::new(digest)?,
            outer: None,
        })
    }

    fn hmac(digest: Digest, key: &[u8]) -> std::result::Result<Self, evp::Refused> {
        let size = digest.block_size();
        let mut padded = if key.len() > size {
            evp::digest::hash(digest, key)?
        } else {
            key.to_vec()
        };
        padded.resize(size, 0);
        let mut hasher = Hasher::new(digest)?;
        let inner: Vec<u8> = padded.iter().map(|byte| byte ^ 0x36).collect();
        hasher.update(&inner)?;
        Ok(Self {
            digest,
            hasher,
            outer: Some(padded.iter().map(|byte| byte ^ 0x5c).collect()),
        })
    }

    fn finish(self) -> std::result::Result<Vec<u8>, evp::Refused> {
        let inner = self.hasher.finish()?;
        let Some(outer) = self.outer else {
            return Ok(inner);
        };
        let mut hasher = Hasher::new(self.digest)?;
        hasher.update(&outer)?;
        hasher.update(&inner)?;
        hasher.finish()
    }

    fn copy(&self) -> std::result::Result<Self, evp::Refused> {
        Ok(Self {
            digest: self.digest,
            hasher: self.hasher.try_clone()?,
            outer: self.outer.clone(),
        })
    }
}

/// A digest, in the making or done.
enum State {
    Running(Running),
    Done(Vec<u8>),
}

#[jsg::class]
pub struct HashHandle {
    // It holds no handles. Empty only while it is being finished.
    state: Untraced<RefCell<Option<State>>>,
}

impl HashHandle {
    fn open<'s>(js: &mut Lock<'s, '_>, running: Running) -> Local<'s, Value> {
        let handle = Self {
            state: Untraced(RefCell::new(Some(State::Running(running)))),
        };
        Handle::new(js, handle).object().into()
    }
}

fn finalized() -> Error {
    Error::dom("OperationError", "Hash context has already been finalized.")
}

#[jsg::methods]
impl HashHandle {
    #[jsg(method)]
    fn update<'s>(&self, js: &mut Lock<'s, '_>, data: ByteView<'s>) -> Result<()> {
        match &mut *self.state.0.borrow_mut() {
            Some(State::Running(running)) => {
                let updated = data.with_bytes(js, |bytes| running.hasher.update(bytes));
                updated.map_err(refused)
            }
            _ => Err(finalized()),
        }
    }

    /// The digest, as often as it is asked for.
    #[jsg(method)]
    fn digest<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        let digest = match self.state.0.take() {
            Some(State::Running(running)) => running.finish().map_err(refused)?,
            Some(State::Done(digest)) => digest,
            None => return Err(finalized()),
        };
        let array = uint8_array(js, &digest)?;
        self.state.0.replace(Some(State::Done(digest)));
        Ok(array)
    }

    #[jsg(method)]
    fn copy<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        let copy = match &*self.state.0.borrow() {
            Some(State::Running(running)) => running.copy().map_err(refused)?,
            _ => return Err(finalized()),
        };
        Ok(Self::open(js, copy))
    }
}

/// `openHash(name)`: undefined if there is no such function.
fn open_hash<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let Some(digest) = digest_named(js, args.get(0)) else {
        return Ok(jsg::js::undefined(js).into());
    };
    let running = Running::hash(digest).map_err(refused)?;
    Ok(HashHandle::open(js, running))
}

/// `openHmac(name, key)`.
fn open_hmac<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let Some(digest) = digest_named(js, args.get(0)) else {
        return Ok(jsg::js::undefined(js).into());
    };
    let key = bytes(js, args.get(1))?;
    let running = Running::hmac(digest, &key).map_err(refused)?;
    Ok(HashHandle::open(js, running))
}

/// `hkdf(name, length, key, salt, info)`; undefined if that is too long.
fn hkdf<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let digest =
        digest_named(js, args.get(0)).ok_or_else(|| Error::type_error("no such digest"))?;
    let length = number(js, args.get(1)) as usize;
    let key = bytes(js, args.get(2))?;
    let salt = bytes(js, args.get(3))?;
    let info = bytes(js, args.get(4))?;
    Ok(
        match evp::digest::hkdf(digest, length, &key, &salt, &info) {
            Ok(derived) => uint8_array(js, &derived)?.into(),
            Err(_) => jsg::js::undefined(js).into(),
        },
    )
}

/// What PBKDF2 is asked for: `(name, length, iterations, password, salt)`.
struct Derivation {
    digest: Digest,
    length: usize,
    iterations: u32,
    password: Vec<u8>,
    salt: Vec<u8>,
}

impl Derivation {
    fn of<'s>(js: &mut Lock<'s, '_>, args: &Args<'_, 's>) -> Result<Self> {
        Ok(Self {
            digest: digest_named(js, args.get(0))
                .ok_or_else(|| Error::type_error("no such digest"))?,
            length: number(js, args.get(1)) as usize,
            iterations: number(js, args.get(2)),
            password: bytes(js, args.get(3))?,
            salt: bytes(js, args.get(4))?,
        })
    }

    fn run(&self) -> std::result::Result<Vec<u8>, evp::Refused> {
        evp::digest::pbkdf2(
            self.digest,
            self.length,
            self.iterations,
            &self.password,
            &self.salt,
        )
    }
}

const SCRYPT_FAILED: &str = "Scrypt failed";

/// The longest key that is derived, in bytes.
const LONGEST: usize = 128 << 20;

/// What scrypt is asked for: `(length, password, salt, N, r, p, maxmem)`.
struct Scrypt {
    length: usize,
    password: Vec<u8>,
    salt: Vec<u8>,
    cost: ScryptCost,
}

impl Scrypt {
    fn of<'s>(js: &mut Lock<'s, '_>, args: &Args<'_, 's>) -> Result<Self> {
        Ok(Self {
            length: number(js, args.get(0)) as usize,
            password: bytes(js, args.get(1))?,
            salt: bytes(js, args.get(2))?,
            cost: ScryptCost {
                cost: number(js, args.get(3)),
                block_size: number(js, args.get(4)),
                parallelization: number(js, args.get(5)),
                memory: number(js, args.get(6)),
            },
        })
    }

    fn run(&self) -> std::result::Result<Vec<u8>, evp::Refused> {
        if self.length > LONGEST {
            return Err(evp::Refused::Unknown);
        }
        evp::digest::scrypt(self.length, &self.password, &self.salt, self.cost)
    }
}
