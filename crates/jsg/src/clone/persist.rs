//! Values that outlive the process, or that another server reads: version 15 of V8's format, which every real workerd reads.

use super::{Options, References, serialize_with};
use crate::{Lock, Result};

/// What begins a value, before the version.
const HEADER: u8 = 0xff;
/// The version that is written.
const VERSION: u8 = 15;

/// The bytes of a value that is to be stored.
pub fn write_stored<'s>(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Vec<u8>> {
    write_stored_with(js, value, &References::default(), &Options::default())
}

/// The same for a value that holds `references`, which stand before it.
pub fn write_stored_with<'s>(
    js: &mut Lock<'s, '_>,
    value: v8::Local<'s, v8::Value>,
    references: &References<'_, 's>,
    options: &Options,
) -> Result<Vec<u8>> {
    let mut written = serialize_with(js, value, &[], references, options)?;
    // The engine's own version is a later one, which writes all of this the same.
    if let [HEADER, version, ..] = &mut written.data[..] {
        *version = VERSION;
    }
    Ok(written.data)
}
