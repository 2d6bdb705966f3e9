//! Values as bytes: structured clone in version 15 of V8's format, which every real workerd reads.

use jsg::clone::{Options, Serialized, deserialize, serialize};
use jsg::js::{Local, Value};
use jsg::{Error, Lock, Result};

/// What begins a value, before the version.
const HEADER: u8 = 0xff;
/// The version that is written.
const VERSION: u8 = 15;
/// The version of values without a header, of the first days of Durable Objects.
const FIRST_VERSION: u8 = 13;

/// The bytes of a value.
pub fn write<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Vec<u8>> {
    let mut written = serialize(js, value, &[], &Options::default())?;
    // The engine's own version is a later one, which writes all of this the same.
    if let [HEADER, version, ..] = &mut written.data[..] {
        *version = VERSION;
    }
    Ok(written.data)
}

/// The value in what [`write`] has written.
pub fn read<'s>(js: &mut Lock<'s, '_>, key: &str, mut bytes: Vec<u8>) -> Result<Local<'s, Value>> {
    let (length, start) = (bytes.len(), bytes.get(..3).map(<[u8]>::to_vec));
    if bytes.first().is_some_and(|first| *first != HEADER) {
        bytes.splice(..0, [HEADER, FIRST_VERSION]);
    }
    let result = jsg::promise::try_catch(js, |js| {
        deserialize(js, Serialized::from(bytes), &Options::default())
    });
    result.map_err(|_| {
        // Enough to find it, and little of what is in it.
        Error::Internal(format!(
            "a stored value cannot be read: key {key:?}, {length} bytes, beginning with {start:?}"
        ))
    })
}
