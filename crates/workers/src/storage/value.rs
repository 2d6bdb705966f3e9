//! Values as bytes: structured clone, as `jsg::clone` writes what is stored.

use std::rc::Rc;

use jsg::clone::{Options, Serialized, deserialize, write_stored_with};
use jsg::js::{Local, Value};
use jsg::{Error, Lock, Result};
use web::fetch::Stored;

/// What begins a value, before the version.
const HEADER: u8 = 0xff;
/// The version of values without a header, of the first days of Durable Objects.
const FIRST_VERSION: u8 = 13;

fn options() -> Options {
    Options {
        externals: Some(Rc::new(Stored)),
        ..Options::default()
    }
}

/// The bytes of a value.
///
/// # Errors
/// It cannot be cloned, or refers to something that cannot be stored.
pub fn write<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Vec<u8>> {
    write_stored_with(js, value, &options())
}

/// The value in what [`write`] has written.
pub fn read<'s>(js: &mut Lock<'s, '_>, key: &str, mut bytes: Vec<u8>) -> Result<Local<'s, Value>> {
    let (length, start) = (bytes.len(), bytes.get(..3).map(<[u8]>::to_vec));
    if bytes.first().is_some_and(|first| *first != HEADER) {
        bytes.splice(..0, [HEADER, FIRST_VERSION]);
    }
    let result = jsg::promise::try_catch(js, |js| {
        deserialize(js, Serialized::from(bytes), &options())
    });
    result.map_err(|_| {
        // Enough to find it, and little of what is in it.
        Error::Internal(format!(
            "a stored value cannot be read: key {key:?}, {length} bytes, beginning with {start:?}"
        ))
    })
}
