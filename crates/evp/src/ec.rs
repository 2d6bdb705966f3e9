//! Keys on the curves of NIST. WebCrypto does not have the shortest one, Node has.

use std::ffi::CString;

use aws_lc_sys as sys;

use crate::pkey::{Kind, Pkey};
use crate::{Owned, Refused, Result, bignum, bytes_of, check, refused};

/// A curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    P224,
    P256,
    P384,
    P521,
}

/// What a name means where a curve is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedCurve {
    Known(Curve),
    /// Something else that has a name, maybe another curve.
    Other,
    None,
}

/// The numbers of a key, each as long as the curve's field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coordinates {
    pub x: Vec<u8>,
    pub y: Vec<u8>,
    pub d: Option<Vec<u8>>,
}

impl Curve {
    pub const ALL: [Self; 4] = [Self::P224, Self::P256, Self::P384, Self::P521];

    pub(crate) fn nid(self) -> i32 {
        match self {
            Self::P224 => sys::NID_secp224r1,
            Self::P256 => sys::NID_X9_62_prime256v1,
            Self::P384 => sys::NID_secp384r1,
            Self::P521 => sys::NID_secp521r1,
        }
    }

    /// By the name that NIST or OpenSSL has for it.
    pub fn by_any_name(name: &str) -> NamedCurve {
        match name {
            "P-224" => NamedCurve::Known(Self::P224),
            "P-256" => NamedCurve::Known(Self::P256),
            "P-384" => NamedCurve::Known(Self::P384),
            "P-521" => NamedCurve::Known(Self::P521),
            name => Self::by_short_name(name),
        }
    }

    /// By the name that OpenSSL has for it.
    pub fn by_short_name(name: &str) -> NamedCurve {
        let Ok(name) = CString::new(name) else {
            return NamedCurve::None;
        };
        // SAFETY: the name ends with a zero.
        let nid = unsafe { sys::OBJ_sn2nid(name.as_ptr()) };
        match Self::ALL.into_iter().find(|curve| curve.nid() == nid) {
            Some(curve) => NamedCurve::Known(curve),
            None if nid != sys::NID_undef => NamedCurve::Other,
            None => NamedCurve::None,
        }
    }

    /// Bytes of a number of the field.
    pub fn size(self) -> usize {
        match self {
            Self::P224 => 28,
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

pub(crate) fn new_key(curve: Curve) -> Result<Owned<sys::EC_KEY>> {
    // SAFETY: takes no pointer.
    Owned::new(
        unsafe { sys::EC_KEY_new_by_curve_name(curve.nid()) },
        sys::EC_KEY_free,
    )
}

pub(crate) fn new_point(
    key: &Owned<sys::EC_KEY>,
) -> Result<(*const sys::EC_GROUP, Owned<sys::EC_POINT>)> {
    // SAFETY: E2; the key keeps its group.
    let group = unsafe { sys::EC_KEY_get0_group(key.get()) };
    // SAFETY: E2.
    let point = Owned::new(unsafe { sys::EC_POINT_new(group) }, sys::EC_POINT_free)?;
    Ok((group, point))
}

fn into_pkey(key: &Owned<sys::EC_KEY>) -> Result<Pkey> {
    let pkey = Pkey::empty()?;
    // SAFETY: E2; the key takes a reference of its own.
    check(unsafe { sys::EVP_PKEY_set1_EC_KEY(pkey.0.get(), key.get()) })?;
    Ok(pkey)
}

/// Which part of a key was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    Point(Refused),
    Private(Refused),
    Pair(Refused),
}

impl Pkey {
    pub(crate) fn ec(&self) -> Result<*const sys::EC_KEY> {
        if self.kind() != Kind::Ec {
            return Err(Refused::Unknown);
        }
        // SAFETY: E2; the key keeps the object.
        let key = unsafe { sys::EVP_PKEY_get0_EC_KEY(self.0.get()) };
        if key.is_null() {
            Err(refused())
        } else {
            Ok(key)
        }
    }

    /// A fresh private key.
    pub fn generate_ec(curve: Curve) -> Result<Self> {
        let key = new_key(curve)?;
        // SAFETY: E2.
        check(unsafe { sys::EC_KEY_generate_key(key.get()) })?;
        into_pkey(&key)
    }

    /// A public key from a point as X9.62 encodes it.
    pub fn from_ec_point(curve: Curve, bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            return Err(Refused::PointEncoding);
        }
        let key = new_key(curve)?;
        let (group, point) = new_point(&key)?;
        let none = std::ptr::null_mut();
        // SAFETY: E1, E2.
        check(unsafe {
            sys::EC_POINT_oct2point(group, point.get(), bytes.as_ptr(), bytes.len(), none)
        })?;
        // SAFETY: E2; the key copies the point.
        check(unsafe { sys::EC_KEY_set_public_key(key.get(), point.get()) })?;
        // SAFETY: E2.
        check(unsafe { sys::EC_KEY_check_key(key.get()) })?;
        into_pkey(&key)
    }

    /// A key of given numbers: private when `d` is there.
    pub fn from_coordinates(
        curve: Curve,
        x: &[u8],
        y: &[u8],
        d: Option<&[u8]>,
    ) -> Result<Self, Invalid> {
        let key = new_key(curve).map_err(Invalid::Point)?;
        let (group, point) = new_point(&key).map_err(Invalid::Point)?;
        let (x, y) = (
            bignum(x).map_err(Invalid::Point)?,
            bignum(y).map_err(Invalid::Point)?,
        );
        let none = std::ptr::null_mut();
        // SAFETY: E2.
        let set = unsafe {
            sys::EC_POINT_set_affine_coordinates_GFp(group, point.get(), x.get(), y.get(), none)
        };
        check(set).map_err(Invalid::Point)?;
        // SAFETY: E2.
        check(unsafe { sys::EC_KEY_set_public_key(key.get(), point.get()) })
            .map_err(Invalid::Point)?;
        if let Some(d) = d {
            let d = bignum(d).map_err(Invalid::Private)?;
            // SAFETY: E2; the key copies the number.
            let set = unsafe { sys::EC_KEY_set_private_key(key.get(), d.get()) };
            check(set).map_err(Invalid::Private)?;
        }
        // SAFETY: E2.
        check(unsafe { sys::EC_KEY_check_key(key.get()) }).map_err(Invalid::Pair)?;
        into_pkey(&key).map_err(Invalid::Pair)
    }

    /// The key's curve, if it is one of those here.
    pub fn curve(&self) -> Option<Curve> {
        let key = self.ec().ok()?;
        // SAFETY: E2.
        let nid = unsafe { sys::EC_GROUP_get_curve_name(sys::EC_KEY_get0_group(key)) };
        Curve::ALL.into_iter().find(|curve| curve.nid() == nid)
    }

    pub fn coordinates(&self) -> Result<Coordinates> {
        let key = self.ec()?;
        let size = self.curve().ok_or(Refused::Unknown)?.size();
        // SAFETY: E2; the key keeps its parts.
        let (group, point, private) = unsafe {
            (
                sys::EC_KEY_get0_group(key),
                sys::EC_KEY_get0_public_key(key),
                sys::EC_KEY_get0_private_key(key),
            )
        };
        if point.is_null() {
            return Err(Refused::Unknown);
        }
        let (x, y) = (bignum(&[])?, bignum(&[])?);
        let none = std::ptr::null_mut();
        // SAFETY: E2.
        check(unsafe {
            sys::EC_POINT_get_affine_coordinates_GFp(group, point, x.get(), y.get(), none)
        })?;
        // SAFETY: the numbers are valid; the private one is null or valid.
        unsafe {
            Ok(Coordinates {
                x: bytes_of(x.get(), size).ok_or(Refused::Unknown)?,
                y: bytes_of(y.get(), size).ok_or(Refused::Unknown)?,
                d: bytes_of(private, size),
            })
        }
    }

    /// The public key as an uncompressed point.
    pub fn ec_point(&self) -> Result<Vec<u8>> {
        let Coordinates { x, y, .. } = self.coordinates()?;
        Ok([&[4], &x[..], &y[..]].concat())
    }

    /// The public part of a key on a curve.
    pub fn ec_public(&self) -> Result<Self> {
        let curve = self.curve().ok_or(Refused::Unknown)?;
        Self::from_ec_point(curve, &self.ec_point()?)
    }
}

/// A signature in DER as its two numbers one after the other.
pub fn signature_from_der(curve: Curve, der: &[u8]) -> Result<Vec<u8>> {
    // SAFETY: E1.
    let signature = unsafe { sys::ECDSA_SIG_from_bytes(der.as_ptr(), der.len()) };
    let signature = Owned::new(signature, sys::ECDSA_SIG_free)?;
    let (mut r, mut s) = (std::ptr::null(), std::ptr::null());
    // SAFETY: E2; the signature keeps its numbers.
    unsafe { sys::ECDSA_SIG_get0(signature.get(), &mut r, &mut s) };
    // SAFETY: as above.
    let (r, s) = unsafe { (bytes_of(r, curve.size()), bytes_of(s, curve.size())) };
    Ok([r.ok_or(Refused::Unknown)?, s.ok_or(Refused::Unknown)?].concat())
}

/// The other way.
pub fn signature_to_der(curve: Curve, numbers: &[u8]) -> Result<Vec<u8>> {
    if numbers.len() != 2 * curve.size() {
        return Err(Refused::Unknown);
    }
    let (r, s) = numbers.split_at(curve.size());
    let mut body = Vec::with_capacity(numbers.len() + 8);
    for number in [r, s] {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let digits = &number[zeros.min(number.len() - 1)..];
        let padding = usize::from(digits[0] >= 0x80);
        body.extend_from_slice(&[2, (digits.len() + padding) as u8]);
        body.extend(std::iter::repeat_n(0, padding));
        body.extend_from_slice(digits);
    }
    let mut der = vec![0x30];
    if body.len() >= 0x80 {
        der.push(0x81);
    }
    der.push(body.len() as u8);
    der.extend(body);
    Ok(der)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;
    use crate::pkey::Scheme;

    #[test]
    fn keys_sign_and_agree() {
        for curve in Curve::ALL {
            let [key, other] = [0, 1].map(|_| Pkey::generate_ec(curve).unwrap());
            let Coordinates { x, y, d } = key.coordinates().unwrap();
            let key = Pkey::from_coordinates(curve, &x, &y, d.as_deref()).unwrap();
            let public = key.ec_public().unwrap();
            assert_eq!(public.curve(), Some(curve));
            let der = key
                .sign(Some(Digest::Sha512), Scheme::Plain, b"data")
                .unwrap();
            let numbers = signature_from_der(curve, &der).unwrap();
            assert_eq!(signature_to_der(curve, &numbers).unwrap(), der);
            assert_eq!(
                public.verify(Some(Digest::Sha512), Scheme::Plain, &der, b"data"),
                Ok(true)
            );
            assert_eq!(
                key.derive(&other.ec_public().unwrap()),
                other.derive(&public)
            );
            assert_eq!(
                Pkey::from_coordinates(curve, &x, &x, None).err(),
                Some(Invalid::Point(Refused::PointNotOnCurve))
            );
        }
    }
}
