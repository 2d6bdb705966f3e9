//! The clone of a lone buffer: one copy, without a serialization in between.

use crate::convert::{ByteView, array_buffer_from};
use crate::{Lock, Result};

/// A clone of an ArrayBuffer, or of a Uint8Array with the whole of its buffer; `None` for whatever
/// else the value is, and for buffers that are more than bytes.
pub(super) fn copy<'s>(
    js: &mut Lock<'s, '_>,
    value: v8::Local<'s, v8::Value>,
) -> Result<Option<v8::Local<'s, v8::Value>>> {
    if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(value) {
        return Ok(copy_buffer(js, buffer)?.map(Into::into));
    }
    let Ok(view) = v8::Local::<v8::Uint8Array>::try_from(value) else {
        return Ok(None);
    };
    let Some(buffer) = view.buffer(js) else {
        return Ok(None);
    };
    let (offset, length) = (view.byte_offset(), view.byte_length());
    Ok(copy_buffer(js, buffer)?
        .and_then(|buffer| v8::Uint8Array::new(js, buffer, offset, length))
        .map(Into::into))
}

fn copy_buffer<'s>(
    js: &mut Lock<'s, '_>,
    buffer: v8::Local<'s, v8::ArrayBuffer>,
) -> Result<Option<v8::Local<'s, v8::ArrayBuffer>>> {
    let value: v8::Local<'_, v8::Value> = buffer.into();
    // A view names its buffer as an ArrayBuffer even if it is a shared one.
    if value.is_shared_array_buffer()
        || buffer.was_detached()
        || buffer.get_backing_store().is_resizable_by_user_javascript()
    {
        return Ok(None);
    }
    let length = buffer.byte_length();
    array_buffer_from(js, ByteView::Buffer(buffer), length, |bytes, copy| {
        copy.copy_from_slice(bytes);
        Ok(())
    })
    .map(Some)
}
