//! The memory of ArrayBuffers: where it comes from, and buffers that are filled as they are made.

use crate::convert::ByteView;
use crate::{Error, Lock, Result};

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod sandbox;

/// Where V8 has no sandbox, or takes the memory from wherever it likes.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod sandbox {
    pub fn set_allocator(params: v8::CreateParams) -> v8::CreateParams {
        params
    }

    pub fn reserve(_: &mut v8::PinScope<'_, '_>, _: v8::Local<'_, v8::Object>) {}

    pub fn with_block<R>(_: usize, make: impl FnOnce() -> R) -> Option<R> {
        Some(make())
    }
}

pub(crate) use sandbox::{reserve, set_allocator};

/// A buffer of `length` bytes of which nobody knows what they are: the caller overwrites them all
/// before a script can see one. What another Worker has left may be in there.
pub(crate) fn uninitialized<'s>(
    js: &mut Lock<'s, '_>,
    length: usize,
) -> Result<v8::Local<'s, v8::ArrayBuffer>> {
    if length == 0 {
        return Ok(v8::ArrayBuffer::new(js, 0));
    }
    if let Some(buffer) = sandbox::with_block(length, || v8::ArrayBuffer::new(js, length)) {
        return Ok(buffer);
    }
    // V8 collects when a script's own buffer finds no room, but aborts when one of ours does.
    js.low_memory_notification();
    sandbox::with_block(length, || v8::ArrayBuffer::new(js, length))
        .ok_or_else(|| Error::range_error("Array buffer allocation failed"))
}

/// A buffer of `length` bytes that `fill` writes: it returns how many, and the others are zero. What
/// it is given holds anything.
pub fn array_buffer_with<'s>(
    js: &mut Lock<'s, '_>,
    length: usize,
    fill: impl FnOnce(&mut [u8]) -> usize,
) -> Result<v8::Local<'s, v8::ArrayBuffer>> {
    let buffer = uninitialized(js, length)?;
    with_fresh(buffer, |bytes| {
        let written = fill(bytes).min(length);
        bytes[written..].fill(0);
    });
    Ok(buffer)
}

/// A buffer of `length` bytes that `fill` makes of the bytes of `input`. What it is given to write to
/// holds anything: it overwrites all of it or fails.
pub fn array_buffer_from<'s>(
    js: &mut Lock<'s, '_>,
    input: ByteView<'s>,
    length: usize,
    fill: impl FnOnce(&[u8], &mut [u8]) -> Result<()>,
) -> Result<v8::Local<'s, v8::ArrayBuffer>> {
    let buffer = uninitialized(js, length)?;
    input.with_bytes(js, |input| with_fresh(buffer, |bytes| fill(input, bytes)))?;
    Ok(buffer)
}

/// Gives `write` the bytes of a buffer that is known to nobody else.
fn with_fresh<R>(buffer: v8::Local<'_, v8::ArrayBuffer>, write: impl FnOnce(&mut [u8]) -> R) -> R {
    match buffer.data() {
        // SAFETY: the whole of a buffer that nobody else has seen yet, and which stays alive; its
        // memory has been written by the system or by an earlier owner.
        Some(data) => write(unsafe {
            std::slice::from_raw_parts_mut(data.as_ptr().cast::<u8>(), buffer.byte_length())
        }),
        None => write(&mut []),
    }
}
