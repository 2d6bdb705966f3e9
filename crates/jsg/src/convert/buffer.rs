//! Buffer sources (WebIDL §3.2.24) and buffers made from bytes.
//!
//! With the V8 sandbox every buffer's memory lies inside it, so bytes from outside are copied once
//! on their way in, here.

use std::borrow::Cow;

use super::{ByteView, FromJs, ToJs};
pub use crate::buffers::{array_buffer_from, array_buffer_with};
use crate::{Error, Lock, Result};

/// An ArrayBuffer, a SharedArrayBuffer or a view on one.
#[derive(Clone, Copy)]
pub enum BufferSource<'s> {
    Buffer(v8::Local<'s, v8::ArrayBuffer>),
    View(v8::Local<'s, v8::ArrayBufferView>),
}

impl BufferSource<'_> {
    /// Bytes that the source covers now; 0 when it is detached.
    pub fn byte_length(&self) -> usize {
        match self {
            Self::Buffer(buffer) => buffer.byte_length(),
            Self::View(view) => view.byte_length(),
        }
    }

    /// A copy of the bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Buffer(buffer) => copy_out(buffer),
            Self::View(view) => {
                let mut bytes = vec![0; view.byte_length()];
                let copied = view.copy_contents(&mut bytes);
                bytes.truncate(copied);
                bytes
            }
        }
    }

    /// Gives `read` the bytes where they are.
    pub fn with_bytes<R>(&self, js: &mut Lock<'_, '_>, read: impl FnOnce(&[u8]) -> R) -> R {
        ByteView::from(*self).with_bytes(js, read)
    }

    /// Overwrites the start of the source with `bytes`; what does not fit is left out. Returns how
    /// many bytes were written.
    pub fn write(&self, js: &Lock<'_, '_>, bytes: &[u8]) -> usize {
        let (buffer, offset, length) = match self {
            Self::Buffer(buffer) => (Some(*buffer), 0, buffer.byte_length()),
            Self::View(view) => (view.buffer(js), view.byte_offset(), view.byte_length()),
        };
        let Some(buffer) = buffer else { return 0 };
        let store = buffer.get_backing_store();
        let count = length
            .min(bytes.len())
            .min(store.byte_length().saturating_sub(offset));
        for (cell, byte) in store[offset..offset + count].iter().zip(bytes) {
            cell.set(*byte);
        }
        count
    }
}

impl<'s> From<BufferSource<'s>> for ByteView<'s> {
    fn from(source: BufferSource<'s>) -> Self {
        match source {
            BufferSource::Buffer(buffer) => Self::Buffer(buffer),
            BufferSource::View(view) => Self::View(view),
        }
    }
}

fn copy_out(buffer: &v8::ArrayBuffer) -> Vec<u8> {
    let store = buffer.get_backing_store();
    store.iter().map(std::cell::Cell::get).collect()
}

impl<'s> FromJs<'s> for BufferSource<'s> {
    fn type_name() -> Cow<'static, str> {
        "BufferSource".into()
    }

    fn try_from_js(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        if let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(value) {
            return Ok(Some(Self::View(view)));
        }
        Ok(v8::Local::<v8::ArrayBuffer>::try_from(value)
            .ok()
            .map(Self::Buffer))
    }

    fn matches(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
        value.is_array_buffer_view() || value.is_array_buffer()
    }
}

/// Bytes: a copy of a buffer source on the way in, an ArrayBuffer on the way out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);

impl<'s> FromJs<'s> for Bytes {
    fn type_name() -> Cow<'static, str> {
        "Array".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        Ok(BufferSource::try_from_js(js, value)?.map(|source| Self(source.to_vec())))
    }

    fn matches(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
        BufferSource::matches(js, value)
    }
}

impl<'s> ToJs<'s> for Bytes {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        Ok(array_buffer(js, &self.0)?.into())
    }
}

/// An ArrayBuffer with a copy of `bytes`.
pub fn array_buffer<'s>(
    js: &mut Lock<'s, '_>,
    bytes: &[u8],
) -> Result<v8::Local<'s, v8::ArrayBuffer>> {
    array_buffer_with(js, bytes.len(), |target| {
        target.copy_from_slice(bytes);
        bytes.len()
    })
}

/// A Uint8Array with a copy of `bytes`.
pub fn uint8_array<'s>(
    js: &mut Lock<'s, '_>,
    bytes: &[u8],
) -> Result<v8::Local<'s, v8::Uint8Array>> {
    let buffer = array_buffer(js, bytes)?;
    v8::Uint8Array::new(js, buffer, 0, bytes.len())
        .ok_or_else(|| Error::range_error("Array buffer allocation failed"))
}
