//! Agreement on curves with points in any form (SEC 1 §2.3.3), and keys that may be missing.

use aws_lc_sys as sys;

use crate::ec::{Curve, new_key, new_point};
use crate::{Owned, Refused, Result, bignum, bytes_of, check, refused};

/// How a point is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointForm {
    Compressed,
    Uncompressed,
    Hybrid,
}

impl PointForm {
    fn id(self) -> sys::point_conversion_form_t {
        match self {
            Self::Compressed => sys::point_conversion_form_t::POINT_CONVERSION_COMPRESSED,
            Self::Uncompressed => sys::point_conversion_form_t::POINT_CONVERSION_UNCOMPRESSED,
            Self::Hybrid => sys::point_conversion_form_t::POINT_CONVERSION_HYBRID,
        }
    }
}

/// One side of an agreement.
pub struct Ecdh {
    key: Owned<sys::EC_KEY>,
    curve: Curve,
}

impl Ecdh {
    /// Without keys.
    pub fn new(curve: Curve) -> Result<Self> {
        Ok(Self {
            key: new_key(curve)?,
            curve,
        })
    }

    /// With a private key, and the public one that belongs to it.
    pub fn with_private(curve: Curve, private: &[u8]) -> Result<Self> {
        let this = Self::new(curve)?;
        let (group, point) = new_point(&this.key)?;
        let private = bignum(private)?;
        // SAFETY: E2; a number below one, or of the curve's order at least, is no private key.
        let fits = unsafe {
            let order = sys::EC_GROUP_get0_order(group);
            sys::BN_is_zero(private.get()) == 0 && sys::BN_cmp(private.get(), order) < 0
        };
        if !fits {
            return Err(Refused::Unknown);
        }
        let (none, null) = (std::ptr::null(), std::ptr::null());
        // SAFETY: E2; the point becomes the generator times the number.
        check(unsafe {
            sys::EC_POINT_mul(
                group,
                point.get(),
                private.get(),
                none,
                null,
                std::ptr::null_mut(),
            )
        })?;
        // SAFETY: E2; the key copies both.
        check(unsafe { sys::EC_KEY_set_private_key(this.key.get(), private.get()) })?;
        // SAFETY: as above.
        check(unsafe { sys::EC_KEY_set_public_key(this.key.get(), point.get()) })?;
        Ok(this)
    }

    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// Makes fresh keys.
    pub fn generate(&self) -> Result<()> {
        // SAFETY: E2; the key is this one's alone: it is neither `Send` nor `Sync`.
        check(unsafe { sys::EC_KEY_generate_key(self.key.get()) })
    }

    pub fn has_public(&self) -> bool {
        // SAFETY: E2.
        unsafe { !sys::EC_KEY_get0_public_key(self.key.get()).is_null() }
    }

    /// Whether both keys are there.
    pub fn is_complete(&self) -> bool {
        // SAFETY: E2.
        self.has_public() && unsafe { !sys::EC_KEY_get0_private_key(self.key.get()).is_null() }
    }

    /// The secret that is shared with the owner of a point.
    pub fn compute(&self, peer: &[u8]) -> Result<Vec<u8>> {
        let (_, point) = read(&self.key, peer)?;
        let mut out = vec![0; self.curve.size()];
        // SAFETY: E1, E2; no function derives from the secret.
        let size = unsafe {
            sys::ECDH_compute_key(
                out.as_mut_ptr().cast(),
                out.len(),
                point.get(),
                self.key.get(),
                None,
            )
        };
        if usize::try_from(size) == Ok(out.len()) {
            Ok(out)
        } else {
            Err(refused())
        }
    }

    /// The private key, without leading zeros.
    pub fn private(&self) -> Option<Vec<u8>> {
        // SAFETY: E2; the number is null or valid.
        unsafe { bytes_of(sys::EC_KEY_get0_private_key(self.key.get()), 0) }
    }

    pub fn public(&self, form: PointForm) -> Result<Vec<u8>> {
        // SAFETY: E2; the key keeps its parts.
        let (group, point) = unsafe {
            (
                sys::EC_KEY_get0_group(self.key.get()),
                sys::EC_KEY_get0_public_key(self.key.get()),
            )
        };
        if point.is_null() {
            return Err(Refused::Unknown);
        }
        // SAFETY: both are valid, and belong together.
        unsafe { write(group, point, form) }
    }
}

/// A point in another form.
pub fn convert(curve: Curve, point: &[u8], form: PointForm) -> Result<Vec<u8>> {
    let key = new_key(curve)?;
    let (group, point) = read(&key, point)?;
    // SAFETY: both are valid, and belong together.
    unsafe { write(group, point.get(), form) }
}

fn read(
    key: &Owned<sys::EC_KEY>,
    bytes: &[u8],
) -> Result<(*const sys::EC_GROUP, Owned<sys::EC_POINT>)> {
    // The point at infinity is nobody's key.
    if matches!(bytes, [] | [0]) {
        return Err(Refused::PointEncoding);
    }
    let (group, point) = new_point(key)?;
    let none = std::ptr::null_mut();
    // SAFETY: E1, E2.
    check(unsafe {
        sys::EC_POINT_oct2point(group, point.get(), bytes.as_ptr(), bytes.len(), none)
    })?;
    Ok((group, point))
}

/// # Safety
/// Both are valid, and the point is one of the group.
unsafe fn write(
    group: *const sys::EC_GROUP,
    point: *const sys::EC_POINT,
    form: PointForm,
) -> Result<Vec<u8>> {
    let write = |out: &mut [u8]| {
        let at = if out.is_empty() {
            std::ptr::null_mut()
        } else {
            out.as_mut_ptr()
        };
        // SAFETY: the caller's, and E1; a null output asks for the size.
        unsafe {
            sys::EC_POINT_point2oct(group, point, form.id(), at, out.len(), std::ptr::null_mut())
        }
    };
    let mut out = vec![0; write(&mut [])];
    if out.is_empty() || write(&mut out) != out.len() {
        return Err(refused());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_get_the_secret() {
        for curve in Curve::ALL {
            let [one, other] = [0, 1].map(|_| {
                let ecdh = Ecdh::new(curve).unwrap();
                assert!(!ecdh.is_complete() && ecdh.private().is_none());
                ecdh.generate().unwrap();
                ecdh
            });
            let point = other.public(PointForm::Uncompressed).unwrap();
            let short = one.public(PointForm::Compressed).unwrap();
            assert_eq!(short.len(), curve.size() + 1);
            let secret = one.compute(&point).unwrap();
            assert_eq!(other.compute(&short).unwrap(), secret);
            let again = Ecdh::with_private(curve, &one.private().unwrap()).unwrap();
            assert_eq!(again.compute(&point).unwrap(), secret);
            assert_eq!(again.public(PointForm::Compressed).unwrap(), short);
            let whole = convert(curve, &short, PointForm::Uncompressed);
            assert_eq!(whole, one.public(PointForm::Uncompressed));
            assert!(one.compute(&[0; 65]).is_err() && one.compute(&[]).is_err());
            for wrong in [&[0; 4][..], &[0xff; 80]] {
                assert!(Ecdh::with_private(curve, wrong).is_err());
            }
        }
    }
}
