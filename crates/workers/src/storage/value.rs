//! Values as bytes: structured clone in version 15 of V8's format, which every real workerd reads.

use jsg::clone::{Options, Serialized, deserialize, serialize};
use jsg::js::{Local, Value};
use jsg::{Error, Lock, Result};

/// The bytes of a value.
pub fn write<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Vec<u8>> {
    let written = serialize(js, value, &[], &Options::default())?;
    Ok(written.data)
}

/// The value in what [`write`] has written.
pub fn read<'s>(js: &mut Lock<'s, '_>, key: &str, bytes: Vec<u8>) -> Result<Local<'s, Value>> {
    let (length, start) = (bytes.len(), bytes.get(..3).map(<[u8]>::to_vec));
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
