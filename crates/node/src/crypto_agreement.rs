//! Agreement of `node:crypto`: the classes behind `DiffieHellman` and `ECDH`, and that of two key objects. Primes
//! that have to be searched for keep the caller waiting, since Node's constructor has no other way; their size is
//! bounded.

use std::cell::{Cell, RefCell};

use evp::Curve;
use evp::dh::{Dh, Group, WrongPublic};
use evp::ec::NamedCurve;
use evp::point::{Ecdh, PointForm, convert};
use jsg::convert::{ByteView, uint8_array};
use jsg::js::{Local, Uint8Array, Value};
use jsg::promise::Args;
use jsg::{Error, Handle, Lock, LockExt, Result, Untraced};

use crate::crypto_key_forms::handle_at;
use crate::crypto_natives::bytes;

type Outcome<'s> = Result<Local<'s, Value>>;

const MOST_BITS: i32 = 10_000;
const MOST_BYTES: usize = MOST_BITS as usize / 8;

const NO_GROUP: &str = "Failed to init DiffieHellmanGroup: invalid group. Only groups {modp14, modp15, modp16, modp17, \
                        modp18} are supported.";

#[jsg::class]
pub struct DhHandle {
    // They hold no handles.
    dh: Untraced<RefCell<Dh>>,
    verify_error: Untraced<Cell<i32>>,
}

impl DhHandle {
    fn open<'s>(js: &mut Lock<'s, '_>, dh: Dh) -> Outcome<'s> {
        let verify_error = dh
            .check()
            .map_err(|_| Error::error("DiffieHellman init failed"))?;
        let handle = Self {
            dh: Untraced(RefCell::new(dh)),
            verify_error: Untraced(Cell::new(verify_error)),
        };
        Ok(Handle::new(js, handle).object().into())
    }

    fn number<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        number: impl FnOnce(&Dh) -> Option<Vec<u8>>,
        missing: &'static str,
    ) -> Result<Local<'s, Uint8Array>> {
        let number = number(&self.dh.0.borrow()).ok_or_else(|| Error::error(missing))?;
        uint8_array(js, &number)
    }
}

fn set_failed(reason: WrongPublic) -> Error {
    let text = |what: &str| format!("DiffieHellman setPublicKey() failed: {what}");
    match reason {
        WrongPublic::TooSmall => Error::range_error(text("key is too small")),
        WrongPublic::TooLarge => Error::range_error(text("key is too large")),
        WrongPublic::Invalid => Error::error(text("invalid public key")),
        WrongPublic::Unknown => Error::error(text("could not validate public key")),
    }
}

fn compute_failed(what: &str) -> Error {
    Error::error(format!("DiffieHellman computeSecret() failed: {what}"))
}

fn peer_failed(reason: WrongPublic) -> Error {
    let range =
        |what: &str| Error::range_error(format!("DiffieHellman computeSecret() failed: {what}"));
    match reason {
        WrongPublic::TooSmall => range("Supplied key is too small"),
        WrongPublic::TooLarge => range("Supplied key is too large"),
        WrongPublic::Invalid => compute_failed("invalid peer public key"),
        WrongPublic::Unknown => compute_failed("could not validate peer public key"),
    }
}

#[jsg::methods]
impl DhHandle {
    /// The flags of OpenSSL's `DH_check()`.
    #[jsg(method)]
    fn verify_error(&self) -> i32 {
        self.verify_error.0.get()
    }

    #[jsg(method)]
    fn generate_keys<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        let failed = "Error while generating DiffieHellman keys";
        self.dh
            .0
            .borrow()
            .generate()
            .map_err(|_| Error::error(failed))?;
        self.number(js, Dh::public, failed)
    }

    #[jsg(method)]
    fn compute_secret<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        peer: ByteView<'s>,
    ) -> Result<Local<'s, Uint8Array>> {
        let peer = peer.with_bytes(js, <[u8]>::to_vec);
        if peer.is_empty() {
            return Err(compute_failed("invalid key"));
        }
        let secret = self.dh.0.borrow().compute(&peer).map_err(peer_failed)?;
        let secret = secret.ok_or_else(|| compute_failed("error computing shared secret"))?;
        uint8_array(js, &secret)
    }

    #[jsg(method)]
    fn prime<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        self.number(js, Dh::prime, "No DiffieHellman prime")
    }

    #[jsg(method)]
    fn generator<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        self.number(js, Dh::generator, "No DiffieHellman generator")
    }

    #[jsg(method)]
    fn public_key<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        self.number(js, Dh::public, "No public key")
    }

    #[jsg(method)]
    fn private_key<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        self.number(js, Dh::private, "No private key")
    }

    #[jsg(method)]
    fn set_public_key<'s>(&self, js: &mut Lock<'s, '_>, key: ByteView<'s>) -> Result<()> {
        let key = key.with_bytes(js, <[u8]>::to_vec);
        self.dh.0.borrow().set_public(&key).map_err(set_failed)
    }

    #[jsg(method)]
    fn set_private_key<'s>(&self, js: &mut Lock<'s, '_>, key: ByteView<'s>) -> Result<()> {
        let key = key.with_bytes(js, <[u8]>::to_vec);
        let set = self.dh.0.borrow().set_private(&key);
        set.map_err(|_| Error::error("Operation failed"))
    }
}

fn init_failed(what: &str) -> Error {
    Error::error(format!("DiffieHellman init failed: {what}"))
}

fn init_range(what: &str) -> Error {
    Error::range_error(format!("DiffieHellman init failed: {what}"))
}

/// `openDh(size or prime, generator)`: both are a number or bytes.
pub fn open_dh<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let integer = |js: &Lock<'s, '_>, at: i32| {
        let given = args.get(at);
        given
            .is_number()
            .then(|| given.number_value(js).unwrap_or(0.0) as i32)
    };
    let (size, small) = (integer(js, 0), integer(js, 1));
    if let Some(size) = size {
        let generator = small.ok_or_else(|| init_failed("invalid parameters"))?;
        if js.executor().is_none() {
            let text = "DiffieHellman key generation requires an active request";
            return Err(Error::error(text));
        }
        if size > MOST_BITS {
            return Err(init_range("requested prime size too large"));
        }
        let dh = Dh::generate_parameters(size, generator)
            .map_err(|_| init_failed("could not generate parameters"))?;
        return DhHandle::open(js, dh);
    }
    let prime = bytes(js, args.get(0))?;
    if prime.len() > MOST_BYTES {
        return Err(init_range("key is too large"));
    }
    if prime.is_empty() {
        return Err(init_failed("invalid key"));
    }
    let generator = match small {
        Some(small) if small < 2 => return Err(init_range("generator too small")),
        Some(small) => small.to_be_bytes().to_vec(),
        None => bytes(js, args.get(1))?,
    };
    if generator.len() > MOST_BYTES {
        return Err(init_range("generator is too large"));
    }
    let digits = significant(&generator);
    if digits.is_empty() || digits == [1] {
        return Err(init_failed("invalid generator"));
    }
    let prime = significant(&prime);
    let odd = prime.last().is_some_and(|last| last % 2 == 1);
    if !odd || (digits.len(), digits) >= (prime.len(), prime) {
        return Err(init_failed("Invalid DH prime generated"));
    }
    let dh = Dh::new(prime, digits).map_err(|_| init_failed("could not set keys"))?;
    DhHandle::open(js, dh)
}

/// A number without its leading zeros.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// `openDhGroup(name)`.
pub fn open_dh_group<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let name = args.get(0).to_rust_string_lossy(js);
    // The smaller ones are not safe any more (RFC 8247 §2.4).
    let group = Group::by_name(&name).filter(|group| *group != Group::Modp5);
    let group = group.ok_or_else(|| Error::error(NO_GROUP))?;
    let dh = Dh::of_group(group)
        .map_err(|_| Error::error("DiffieHellmanGroup init failed: could not set keys"))?;
    DhHandle::open(js, dh)
}

/// `agree(handle, handle)`: what a private and a public key share.
pub fn agree<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let (own, peer) = (handle_at(js, &args, 0)?, handle_at(js, &args, 1)?);
    let secret = own.get().key().derive(peer.get().key());
    let secret =
        secret.map_err(|_| Error::error("Failed to derive shared diffie-hellman secret"))?;
    Ok(uint8_array(js, &secret)?.into())
}

#[jsg::class]
pub struct EcdhHandle {
    // It holds no handles.
    ecdh: Untraced<RefCell<Ecdh>>,
}

fn form(js: &Lock<'_, '_>, name: Local<'_, Value>) -> PointForm {
    match name.to_rust_string_lossy(js).as_str() {
        "compressed" => PointForm::Compressed,
        "hybrid" => PointForm::Hybrid,
        _ => PointForm::Uncompressed,
    }
}

fn curve<'s>(js: &Lock<'s, '_>, name: Local<'s, Value>, other: &'static str) -> Result<Curve> {
    match Curve::by_short_name(&name.to_rust_string_lossy(js)) {
        NamedCurve::Known(curve) => Ok(curve),
        NamedCurve::Other => Err(Error::error(other)),
        NamedCurve::None => Err(Error::error("Invalid curve")),
    }
}

/// `openEcdh(curve)`.
pub fn open_ecdh<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let failed = "Failed to create key using named curve";
    let curve = curve(js, args.get(0), failed)?;
    let ecdh = Ecdh::new(curve).map_err(|_| Error::error(failed))?;
    let ecdh = Untraced(RefCell::new(ecdh));
    Ok(Handle::new(js, EcdhHandle { ecdh }).object().into())
}

const NO_LENGTH: &str = "Failed to get public key length";

/// `convertPoint(point, curve, form)`.
pub fn convert_point<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let point = bytes(js, args.get(0))?;
    if point.is_empty() {
        return Ok(uint8_array(js, &[])?.into());
    }
    let failed = "Failed to allocate EC_POINT for a public key";
    let curve = curve(js, args.get(1), failed)?;
    let form = form(js, args.get(2));
    if form == PointForm::Hybrid {
        return Err(Error::error(NO_LENGTH));
    }
    let converted =
        convert(curve, &point, form).map_err(|_| Error::error("Failed to set point"))?;
    Ok(uint8_array(js, &converted)?.into())
}

#[jsg::methods]
impl EcdhHandle {
    #[jsg(method)]
    fn generate_keys(&self) -> Result<()> {
        let generated = self.ecdh.0.borrow().generate();
        generated.map_err(|_| Error::error("Failed to generate keys"))
    }

    #[jsg(method)]
    fn compute_secret<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        peer: ByteView<'s>,
    ) -> Result<Local<'s, Uint8Array>> {
        let peer = peer.with_bytes(js, <[u8]>::to_vec);
        let ecdh = self.ecdh.0.borrow();
        if !ecdh.is_complete() {
            return Err(Error::error("Invalid keypair"));
        }
        let secret = ecdh
            .compute(&peer)
            .map_err(|_| Error::error("Failed to set point"))?;
        uint8_array(js, &secret)
    }

    #[jsg(method)]
    fn private_key<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Uint8Array>> {
        let key = self.ecdh.0.borrow().private();
        uint8_array(
            js,
            &key.ok_or_else(|| Error::error("Failed to get ECDH private key"))?,
        )
    }

    #[jsg(method)]
    fn public_key<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        form: Local<'s, Value>,
    ) -> Result<Local<'s, Uint8Array>> {
        let form = self::form(js, form);
        let ecdh = self.ecdh.0.borrow();
        if !ecdh.has_public() {
            return Err(Error::error("Failed to get ECDH public key"));
        }
        // The real one's library does not have this form.
        if form == PointForm::Hybrid {
            return Err(Error::error(NO_LENGTH));
        }
        let point = ecdh.public(form).map_err(|_| Error::error(NO_LENGTH))?;
        uint8_array(js, &point)
    }

    #[jsg(method)]
    fn set_private_key<'s>(&self, js: &mut Lock<'s, '_>, key: ByteView<'s>) -> Result<()> {
        let key = key.with_bytes(js, <[u8]>::to_vec);
        let set = Ecdh::with_private(self.ecdh.0.borrow().curve(), &key)
            .map_err(|_| Error::error("Private key is not valid for specified curve."))?;
        *self.ecdh.0.borrow_mut() = set;
        Ok(())
    }
}
