//! Values as bytes: structured clone, as `jsg::clone` writes what is stored.

pub use jsg::clone::write_stored as write;
use jsg::clone::{Options, Serialized, deserialize};
use jsg::js::{Local, Value};
use jsg::{Error, Lock, Result};

/// What begins a value, before the version.
const HEADER: u8 = 0xff;
/// The version of values without a header, of the first days of Durable Objects.
const FIRST_VERSION: u8 = 13;

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
