//! Chunks that have to be bytes, since they leave JavaScript.

use bytes::Bytes;
use jsg::convert::BufferSource;
use jsg::js::{Local, Value};
use jsg::{Error, FromJs, Lock, Result};

/// The bytes of a chunk: strings are taken as UTF-8. None of what is no bytes.
pub(super) fn byte_chunk<'s>(
    js: &mut Lock<'s, '_>,
    chunk: Local<'s, Value>,
) -> Result<Option<Bytes>> {
    if chunk.is_string() {
        return String::from_js(js, chunk).map(|text| Some(text.into()));
    }
    let source = BufferSource::try_from_js(js, chunk)?;
    Ok(source.map(|source| source.to_vec().into()))
}

/// As [`byte_chunk`], where all chunks have to be bytes.
pub(super) fn bytes_of<'s>(js: &mut Lock<'s, '_>, chunk: Local<'s, Value>) -> Result<Bytes> {
    if let Some(bytes) = byte_chunk(js, chunk)? {
        return Ok(bytes);
    }
    let text = "This TransformStream is being used as a byte stream, but received an object of \
                non-ArrayBuffer/ArrayBufferView type on its writable side.";
    crate::console::warn(js, text);
    Err(Error::type_error(text))
}
