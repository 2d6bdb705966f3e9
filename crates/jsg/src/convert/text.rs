//! Between bytes in buffers and strings, with at most one copy.
//!
//! T1. A slice of a buffer's memory lives only while no guest code can run, so nothing can detach or
//!     shrink the buffer meanwhile: readers get the bytes but no lock, and V8's string functions
//!     that are given a slice call no guest code.

use std::borrow::Cow;

use encoding_rs::mem;
use v8::simdutf;

use super::{FromJs, too_long, uint8_array};
use crate::{Error, Lock, Result, buffers};

/// Bytes to read: a buffer, shared or not, or a view on one.
#[derive(Clone, Copy)]
pub enum ByteView<'s> {
    Buffer(v8::Local<'s, v8::ArrayBuffer>),
    Shared(v8::Local<'s, v8::SharedArrayBuffer>),
    View(v8::Local<'s, v8::ArrayBufferView>),
}

/// Small views live in the JavaScript heap; they are copied into this much stack.
const ON_HEAP_LIMIT: usize = 64;

impl ByteView<'_> {
    /// Bytes that it covers now; 0 when it is detached.
    pub fn byte_length(&self) -> usize {
        match self {
            Self::Buffer(buffer) => buffer.byte_length(),
            Self::Shared(buffer) => buffer.byte_length(),
            Self::View(view) => view.byte_length(),
        }
    }

    /// Whether guest code can change the length of the buffer.
    pub fn is_resizable(&self, js: &Lock<'_, '_>) -> bool {
        match self {
            Self::Buffer(buffer) => buffer.get_backing_store().is_resizable_by_user_javascript(),
            Self::Shared(buffer) => buffer.get_backing_store().is_resizable_by_user_javascript(),
            Self::View(view) => view
                .buffer(js)
                .is_some_and(|buffer| buffer.get_backing_store().is_resizable_by_user_javascript()),
        }
    }

    /// Gives `read` the bytes where they are.
    pub fn with_bytes<R>(&self, _js: &mut Lock<'_, '_>, read: impl FnOnce(&[u8]) -> R) -> R {
        let mut storage = [0; ON_HEAP_LIMIT];
        // `read` cannot use the lock, which this function borrows (T1).
        read(self.contents(&mut storage))
    }

    /// Gives `write` the bytes of a buffer or view to change where they are. Bytes of a shared buffer
    /// are out of its reach: other threads may read them meanwhile.
    pub fn with_bytes_mut<R>(
        &self,
        js: &mut Lock<'_, '_>,
        write: impl FnOnce(&mut [u8]) -> R,
    ) -> R {
        let (data, length) = match self {
            Self::View(view) => extent(js, *view),
            Self::Buffer(buffer) => match buffer.data() {
                Some(data) => (data.as_ptr().cast(), buffer.byte_length()),
                None => return write(&mut []),
            },
            Self::Shared(_) => return write(&mut []),
        };
        if length == 0 {
            return write(&mut []);
        }
        // SAFETY: the extent of the view inside its buffer, which is alive; `write` cannot use the
        // lock, which this function borrows (T1).
        write(unsafe { std::slice::from_raw_parts_mut(data, length) })
    }

    /// The string that the bytes are as UTF-8, each malformed sequence replaced by U+FFFD. A byte
    /// order mark at the start goes when `strip_bom` says so.
    pub fn utf8_string<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        strip_bom: bool,
    ) -> Result<v8::Local<'s, v8::String>> {
        let mut storage = [0; ON_HEAP_LIMIT];
        let bytes = self.contents(&mut storage);
        let text = match bytes {
            [0xef, 0xbb, 0xbf, text @ ..] if strip_bom => text,
            text => text,
        };
        v8::String::new_from_utf8(js, text, v8::NewStringType::Normal).ok_or_else(too_long)
    }

    fn contents<'a>(&'a self, storage: &'a mut [u8; ON_HEAP_LIMIT]) -> &'a [u8] {
        let (data, length) = match self {
            Self::View(view) => return view.get_contents(storage),
            Self::Buffer(buffer) => (buffer.data(), buffer.byte_length()),
            Self::Shared(buffer) => (buffer.get_backing_store().data(), buffer.byte_length()),
        };
        match data {
            // SAFETY: the buffer's own extent, alive while the handle is; T1.
            Some(data) => unsafe { std::slice::from_raw_parts(data.as_ptr().cast(), length) },
            None => &[],
        }
    }
}

/// Where the bytes of a view are, outside of the JavaScript heap, and how many.
#[inline]
fn extent(js: &Lock<'_, '_>, view: v8::Local<'_, v8::ArrayBufferView>) -> (*mut u8, usize) {
    let mut storage = [0; ON_HEAP_LIMIT];
    // SAFETY: there is room for what a view may have in the JavaScript heap.
    let (data, length) = unsafe { view.get_contents_raw_parts(&mut storage) };
    if !std::ptr::eq(data, storage.as_ptr()) {
        return (data, length);
    }
    // Asking for the buffer moves a small array's bytes out of the JavaScript heap.
    match view.buffer(js) {
        Some(_) if length > 0 => (view.data().cast(), length),
        _ => (std::ptr::dangling_mut(), 0),
    }
}

impl<'s> FromJs<'s> for ByteView<'s> {
    fn type_name() -> Cow<'static, str> {
        "Array".into()
    }

    fn try_from_js(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        if let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(value) {
            return Ok(Some(Self::View(view)));
        }
        if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(value) {
            return Ok(Some(Self::Buffer(buffer)));
        }
        Ok(v8::Local::<v8::SharedArrayBuffer>::try_from(value)
            .ok()
            .map(Self::Shared))
    }

    fn matches(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
        value.is_array_buffer_view() || value.is_array_buffer() || value.is_shared_array_buffer()
    }
}

/// A string of UTF-16 code units, lone surrogates included.
pub fn two_byte_string<'s>(js: &Lock<'s, '_>, units: &[u16]) -> Result<v8::Local<'s, v8::String>> {
    v8::String::new_from_two_byte(js, units, v8::NewStringType::Normal).ok_or_else(too_long)
}

/// The characters of a string where they are.
#[derive(Clone, Copy)]
pub enum Characters<'a> {
    Latin1(&'a [u8]),
    Utf16(&'a [u16]),
}

/// Gives `read` the characters of a string (T1).
pub fn with_characters<R>(
    js: &mut Lock<'_, '_>,
    text: v8::Local<'_, v8::String>,
    read: impl FnOnce(Characters<'_>) -> R,
) -> R {
    let view = v8::ValueView::new(js, text);
    read(match view.data() {
        v8::ValueViewData::OneByte(bytes) => Characters::Latin1(bytes),
        v8::ValueViewData::TwoByte(units) => Characters::Utf16(units),
    })
}

impl Characters<'_> {
    /// The length in UTF-8, lone surrogates replaced by U+FFFD.
    pub fn utf8_length(self) -> usize {
        match self {
            Self::Latin1(bytes) => simdutf::utf8_length_from_latin1(bytes),
            Self::Utf16(units) if simdutf::validate_utf16le(units) => {
                simdutf::utf8_length_from_utf16le(units)
            }
            Self::Utf16(units) => {
                let beyond = |limit| units.iter().filter(|unit| **unit >= limit).count();
                let surrogates = units.iter().filter(|unit| is_surrogate(**unit)).count();
                // Counted as if each had three bytes; a pair has four.
                let pairs = if surrogates < 2 {
                    0
                } else {
                    let mut characters = char::decode_utf16(units.iter().copied());
                    let pair = |character: &std::result::Result<char, _>| matches!(character, Ok(c) if c.len_utf16() == 2);
                    characters.by_ref().filter(pair).count()
                };
                units.len() + beyond(0x80) + beyond(0x800) - 2 * pairs
            }
        }
    }

    /// Fills `target`, which has the length in UTF-8.
    fn write_utf8(self, target: &mut [u8]) {
        match self {
            Self::Latin1(bytes) if bytes.len() == target.len() => target.copy_from_slice(bytes),
            Self::Latin1(bytes) => {
                assert!(target.len() >= simdutf::utf8_length_from_latin1(bytes));
                // SAFETY: there is room for the result, as just seen.
                unsafe { simdutf::convert_latin1_to_utf8(bytes, target) };
            }
            Self::Utf16(units) => {
                assert!(target.len() >= simdutf::utf8_length_from_utf16le(units));
                // SAFETY: there is room for the result, as just seen: lone surrogates end it early.
                let done = unsafe { simdutf::convert_utf16le_to_utf8_with_errors(units, target) };
                if done.is_ok() {
                    return;
                }
                let (read, written) = mem::convert_utf16_to_utf8_partial(units, target);
                let rest = char::decode_utf16(units[read..].iter().copied())
                    .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER));
                write_characters(rest, &mut target[written..]);
            }
        }
    }
}

fn is_surrogate(unit: u16) -> bool {
    unit & 0xf800 == 0xd800
}

/// What a conversion that wants more room than it needs has left over.
fn write_characters(characters: impl Iterator<Item = char>, mut target: &mut [u8]) {
    for character in characters {
        if character.len_utf8() > target.len() {
            return;
        }
        let length = character.encode_utf8(target).len();
        target = &mut target[length..];
    }
}

/// A fresh Uint8Array with `text` as UTF-8, lone surrogates replaced by U+FFFD.
pub fn encode_utf8<'s>(
    js: &mut Lock<'s, '_>,
    text: v8::Local<'s, v8::String>,
) -> Result<v8::Local<'s, v8::Uint8Array>> {
    if text.length() <= SHORT {
        return encode_short(js, text);
    }
    let length = with_characters(js, text, |characters| characters.utf8_length());
    let buffer = buffers::uninitialized(js, length)?;
    if let Some(data) = buffer.data() {
        // SAFETY: the whole of a buffer that nobody else has seen yet; T1.
        let target = unsafe { std::slice::from_raw_parts_mut(data.as_ptr().cast(), length) };
        with_characters(js, text, |characters| characters.write_utf8(target));
    }
    v8::Uint8Array::new(js, buffer, 0, length)
        .ok_or_else(|| Error::range_error("Array buffer allocation failed"))
}

/// Texts of up to so many code units are encoded on the stack, at one look.
const SHORT: usize = 64;

fn encode_short<'s>(
    js: &mut Lock<'s, '_>,
    text: v8::Local<'s, v8::String>,
) -> Result<v8::Local<'s, v8::Uint8Array>> {
    // A code unit has three bytes at most, or half of four.
    let mut bytes = [0; 3 * SHORT];
    let length = with_characters(js, text, |characters| {
        let length = characters.utf8_length();
        characters.write_utf8(&mut bytes[..length]);
        length
    });
    uint8_array(js, &bytes[..length])
}

/// Writes as much of `text` into `target` as whole characters fit. Returns how many code units were
/// read and how many bytes written.
pub fn encode_utf8_into<'s>(
    js: &mut Lock<'s, '_>,
    text: v8::Local<'s, v8::String>,
    target: v8::Local<'s, v8::Uint8Array>,
) -> (usize, usize) {
    let (data, length) = extent(js, target.into());
    if length == 0 {
        return (0, 0);
    }
    // SAFETY: the array's own extent inside its buffer, which is alive; T1.
    let bytes = unsafe { std::slice::from_raw_parts_mut(data, length) };
    let ascii = with_characters(js, text, |characters| match characters {
        Characters::Latin1(text) => {
            let count = text.len().min(length);
            let is_ascii = simdutf::validate_ascii(&text[..count]);
            is_ascii.then(|| {
                bytes[..count].copy_from_slice(&text[..count]);
                count
            })
        }
        Characters::Utf16(_) => None,
    });
    if let Some(count) = ascii {
        return (count, count);
    }
    let mut read = 0;
    let flags = v8::WriteFlags::kReplaceInvalidUtf8;
    let written = text.write_utf8_v2(js, bytes, flags, Some(&mut read));
    (read, written)
}
