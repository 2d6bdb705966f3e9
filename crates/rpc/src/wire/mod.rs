//! Frames as bytes.
//!
//! | module | what |
//! | --- | --- |
//! | `frames` | the frames themselves |
//! | `http` | heads of requests and responses |
//! | `events` | events that are no requests, and traces |
//! | `errors` | errors |
//!
//! Numbers are LEB128, lengths come before what they count, alternatives start with a byte that tells which it
//! is. Reading trusts nothing: what is counted must be there before room is made for it, recursion ends at a
//! fixed depth, and bytes that are left over are refused.

mod errors;
mod events;
mod frames;
mod http;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::Malformed;
use crate::frame::Frame;

const SHORT: Malformed = Malformed("a frame that is too short");
const UNKNOWN: Malformed = Malformed("an alternative that does not exist");

/// A frame as bytes, after those that `to` has.
pub fn encode(frame: &Frame, to: &mut BytesMut) {
    frame.write(to);
}

/// A frame from its bytes, which it shares.
///
/// # Errors
/// They are no frame.
pub fn decode(bytes: Bytes) -> Result<Frame, Malformed> {
    let mut from = Reader { bytes, depth: 0 };
    let frame = Frame::read(&mut from)?;
    if from.bytes.is_empty() {
        Ok(frame)
    } else {
        Err(Malformed("a frame that is too long"))
    }
}

/// What is still to be read.
struct Reader {
    bytes: Bytes,
    /// How many values that hold others of their kind are being read.
    depth: u32,
}

impl Reader {
    /// So many bytes.
    fn take(&mut self, count: usize) -> Result<Bytes, Malformed> {
        if count > self.bytes.len() {
            return Err(SHORT);
        }
        Ok(self.bytes.split_to(count))
    }

    /// How many bytes or elements come: never more than there are bytes.
    fn count(&mut self) -> Result<usize, Malformed> {
        let count = usize::read(self)?;
        if count > self.bytes.len() {
            return Err(SHORT);
        }
        Ok(count)
    }

    /// Reads what holds others of its kind.
    fn nested<T: Wire>(&mut self) -> Result<T, Malformed> {
        const DEEPEST: u32 = 8;
        if self.depth == DEEPEST {
            return Err(Malformed("values within values within values"));
        }
        self.depth += 1;
        let value = T::read(self)?;
        self.depth -= 1;
        Ok(value)
    }
}

/// What can be written and read back.
trait Wire: Sized {
    fn write(&self, to: &mut BytesMut);
    fn read(from: &mut Reader) -> Result<Self, Malformed>;
}

/// Structures: their fields in turn.
macro_rules! wire_struct {
    ($($name:ty { $($field:tt),* $(,)? })*) => {$(
        impl $crate::wire::Wire for $name {
            fn write(&self, to: &mut ::bytes::BytesMut) {
                $($crate::wire::Wire::write(&self.$field, to);)*
            }
            fn read(from: &mut $crate::wire::Reader) -> Result<Self, $crate::Malformed> {
                Ok(Self { $($field: $crate::wire::Wire::read(from)?),* })
            }
        }
    )*};
}

/// Alternatives: a byte, then the fields.
macro_rules! wire_enum {
    ($name:ty { $($tag:literal $variant:ident $(($($unnamed:ident),*))? $({$($named:ident),*})?,)* }) => {
        impl $crate::wire::Wire for $name {
            fn write(&self, to: &mut ::bytes::BytesMut) {
                match self {
                    $(Self::$variant $(($($unnamed),*))? $({$($named),*})? => {
                        ::bytes::BufMut::put_u8(to, $tag);
                        $($($crate::wire::Wire::write($unnamed, to);)*)?
                        $($($crate::wire::Wire::write($named, to);)*)?
                    })*
                }
            }
            fn read(from: &mut $crate::wire::Reader) -> Result<Self, $crate::Malformed> {
                Ok(match <u8 as $crate::wire::Wire>::read(from)? {
                    $($tag => {
                        $($(let $unnamed = $crate::wire::Wire::read(from)?;)*)?
                        $($(let $named = $crate::wire::Wire::read(from)?;)*)?
                        Self::$variant $(($($unnamed),*))? $({$($named),*})?
                    })*
                    _ => return Err($crate::wire::UNKNOWN),
                })
            }
        }
    };
}

use {wire_enum, wire_struct};

impl Wire for u8 {
    fn write(&self, to: &mut BytesMut) {
        to.put_u8(*self);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        if from.bytes.is_empty() {
            return Err(SHORT);
        }
        Ok(from.bytes.get_u8())
    }
}

impl Wire for u64 {
    fn write(&self, to: &mut BytesMut) {
        let mut rest = *self;
        while rest >= 0x80 {
            to.put_u8(rest as u8 | 0x80);
            rest >>= 7;
        }
        to.put_u8(rest as u8);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = u8::read(from)?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Malformed("a number that is too large"))
    }
}

/// Numbers that are written as wider ones.
macro_rules! wire_numbers {
    ($($narrow:ty),*) => {$(
        impl Wire for $narrow {
            fn write(&self, to: &mut BytesMut) {
                (*self as u64).write(to);
            }

            fn read(from: &mut Reader) -> Result<Self, Malformed> {
                let number = u64::read(from)?;
                Self::try_from(number).map_err(|_| Malformed("a number that is too large"))
            }
        }
    )*};
}

wire_numbers!(u16, u32, usize);

impl Wire for i32 {
    fn write(&self, to: &mut BytesMut) {
        to.put_i32(*self);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        Ok(from.take(4)?.get_i32())
    }
}

impl Wire for f64 {
    fn write(&self, to: &mut BytesMut) {
        to.put_f64(*self);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        Ok(from.take(8)?.get_f64())
    }
}

impl Wire for bool {
    fn write(&self, to: &mut BytesMut) {
        to.put_u8((*self).into());
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        match u8::read(from)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(UNKNOWN),
        }
    }
}

fn write_bytes(bytes: &[u8], to: &mut BytesMut) {
    bytes.len().write(to);
    to.put_slice(bytes);
}

impl Wire for Bytes {
    fn write(&self, to: &mut BytesMut) {
        write_bytes(self, to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        let count = from.count()?;
        from.take(count)
    }
}

impl Wire for String {
    fn write(&self, to: &mut BytesMut) {
        write_bytes(self.as_bytes(), to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        let bytes = Vec::from(Bytes::read(from)?);
        Self::from_utf8(bytes).map_err(|_| Malformed("text that is not UTF-8"))
    }
}

impl Wire for Arc<str> {
    fn write(&self, to: &mut BytesMut) {
        write_bytes(self.as_bytes(), to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        Ok(String::read(from)?.into())
    }
}

impl Wire for Cow<'static, str> {
    fn write(&self, to: &mut BytesMut) {
        write_bytes(self.as_bytes(), to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        Ok(String::read(from)?.into())
    }
}

impl Wire for Arc<[u8]> {
    fn write(&self, to: &mut BytesMut) {
        write_bytes(self, to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        Ok(Bytes::read(from)?[..].into())
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, to: &mut BytesMut) {
        self.is_some().write(to);
        if let Some(value) = self {
            value.write(to);
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        bool::read(from)?.then(|| T::read(from)).transpose()
    }
}

impl<T: Wire, E: Wire> Wire for Result<T, E> {
    fn write(&self, to: &mut BytesMut) {
        self.is_ok().write(to);
        match self {
            Ok(value) => value.write(to),
            Err(error) => error.write(to),
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        match bool::read(from)? {
            true => T::read(from).map(Ok),
            false => E::read(from).map(Err),
        }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, to: &mut BytesMut) {
        self.len().write(to);
        for element in self {
            element.write(to);
        }
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        // An element may take far more room than its bytes: none is made before they are read.
        let count = from.count()?;
        (0..count).map(|_| T::read(from)).collect()
    }
}

impl<T: Wire> Wire for Box<T> {
    fn write(&self, to: &mut BytesMut) {
        T::write(self, to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        from.nested().map(Self::new)
    }
}

impl<T: Wire> Wire for Arc<T> {
    fn write(&self, to: &mut BytesMut) {
        T::write(self, to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        T::read(from).map(Self::new)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn write(&self, to: &mut BytesMut) {
        self.0.write(to);
        self.1.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        Ok((A::read(from)?, B::read(from)?))
    }
}
