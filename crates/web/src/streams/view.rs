//! The kinds of array buffer views: what a reader brings, it gets back.

use jsg::Lock;
use jsg::js::{
    ArrayBuffer, ArrayBufferView, BigInt64Array, BigUint64Array, DataView, Float32Array,
    Float64Array, Int8Array, Int16Array, Int32Array, Local, Uint8Array, Uint8ClampedArray,
    Uint16Array, Uint32Array, Value,
};

/// A view's constructor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewKind {
    Uint8,
    Uint8Clamped,
    Int8,
    Uint16,
    Int16,
    Uint32,
    Int32,
    Float32,
    Float64,
    BigInt64,
    BigUint64,
    DataView,
}

impl ViewKind {
    /// The kind of a view.
    pub fn of(view: Local<'_, ArrayBufferView>) -> Self {
        let view: Local<'_, Value> = view.into();
        let kinds = [
            (view.is_uint8_clamped_array(), Self::Uint8Clamped),
            (view.is_int8_array(), Self::Int8),
            (view.is_uint16_array(), Self::Uint16),
            (view.is_int16_array(), Self::Int16),
            (view.is_uint32_array(), Self::Uint32),
            (view.is_int32_array(), Self::Int32),
            (view.is_float32_array(), Self::Float32),
            (view.is_float64_array(), Self::Float64),
            (view.is_big_int64_array(), Self::BigInt64),
            (view.is_big_uint64_array(), Self::BigUint64),
            (view.is_data_view(), Self::DataView),
        ];
        kinds
            .into_iter()
            .find_map(|(found, kind)| found.then_some(kind))
            .unwrap_or(Self::Uint8)
    }

    /// Bytes an element.
    pub fn element_size(self) -> usize {
        match self {
            Self::Uint8 | Self::Uint8Clamped | Self::Int8 | Self::DataView => 1,
            Self::Uint16 | Self::Int16 => 2,
            Self::Uint32 | Self::Int32 | Self::Float32 => 4,
            Self::Float64 | Self::BigInt64 | Self::BigUint64 => 8,
        }
    }

    /// A view of this kind on `bytes` bytes of a buffer; none if the region does not fit.
    pub fn view<'s>(
        self,
        js: &Lock<'s, '_>,
        buffer: Local<'s, ArrayBuffer>,
        offset: usize,
        bytes: usize,
    ) -> Option<Local<'s, Value>> {
        // The engine takes a region that is too large for a fatal mistake.
        if buffer.byte_length() < offset.checked_add(bytes)? {
            return None;
        }
        let length = bytes / self.element_size();
        Some(match self {
            Self::Uint8 => Uint8Array::new(js, buffer, offset, length)?.into(),
            Self::Uint8Clamped => Uint8ClampedArray::new(js, buffer, offset, length)?.into(),
            Self::Int8 => Int8Array::new(js, buffer, offset, length)?.into(),
            Self::Uint16 => Uint16Array::new(js, buffer, offset, length)?.into(),
            Self::Int16 => Int16Array::new(js, buffer, offset, length)?.into(),
            Self::Uint32 => Uint32Array::new(js, buffer, offset, length)?.into(),
            Self::Int32 => Int32Array::new(js, buffer, offset, length)?.into(),
            Self::Float32 => Float32Array::new(js, buffer, offset, length)?.into(),
            Self::Float64 => Float64Array::new(js, buffer, offset, length)?.into(),
            Self::BigInt64 => BigInt64Array::new(js, buffer, offset, length)?.into(),
            Self::BigUint64 => BigUint64Array::new(js, buffer, offset, length)?.into(),
            Self::DataView => DataView::new(js, buffer, offset, length).into(),
        })
    }
}
