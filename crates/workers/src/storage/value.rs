//! Values as bytes: structured clone, as `jsg::clone` writes what is stored.

use std::rc::Rc;

use io::inline::Places;
use jsg::clone::{Options, Serialized, deserialize, write_stored_with};
use jsg::js::{self, Local};
use jsg::{Error, Lock, Result};
use storage::ObjectStorage;
use storage::kv::Value;
use web::fetch::Stored;

use super::failure;
use crate::carried::{stand_ins, with_stubs, with_stubs_in_place};

/// What begins a value, before the version.
const HEADER: u8 = 0xff;
/// The version of values without a header, of the first days of Durable Objects.
const FIRST_VERSION: u8 = 13;

fn options(stored: Rc<Stored>) -> Options {
    Options {
        externals: Some(stored),
        ..Options::default()
    }
}

/// What is stored for a value.
///
/// # Errors
/// It cannot be cloned, or refers to something that cannot be stored.
pub fn write<'s>(js: &mut Lock<'s, '_>, value: Local<'s, js::Value>) -> Result<Value> {
    with_stubs(js, value, |js, value, stubs| {
        let stored = Rc::new(Stored::default());
        let options = options(stored.clone());
        let bytes = write_stored_with(js, value, &stand_ins(stubs), &options)?;
        let inlined = with_stubs_in_place(bytes, stubs, Places::Stored)?;
        let mut tokens = stored.finish();
        if !stubs.is_empty() {
            // They were written before the value; they are read as the value has them.
            let in_order = inlined.order.iter().filter_map(|place| tokens.get(*place));
            tokens = in_order.cloned().collect();
        }
        Ok(Value {
            bytes: inlined.data,
            externals: tokens,
        })
    })
}

/// The value of a key in what [`write`] has written.
pub fn read<'s>(
    js: &mut Lock<'s, '_>,
    storage: &Rc<ObjectStorage>,
    key: &str,
    mut bytes: Vec<u8>,
) -> Result<Local<'s, js::Value>> {
    let (length, start) = (bytes.len(), bytes.get(..3).map(<[u8]>::to_vec));
    if bytes.first().is_some_and(|first| *first != HEADER) {
        bytes.splice(..0, [HEADER, FIRST_VERSION]);
    }
    let stored = {
        let (storage, key) = (storage.clone(), key.to_owned());
        Stored::new(move || {
            let externals = storage.kv().and_then(|kv| kv.externals(&key));
            externals.map_err(failure)
        })
    };
    let options = options(Rc::new(stored));
    let result =
        jsg::promise::try_catch(js, |js| deserialize(js, Serialized::from(bytes), &options));
    result.map_err(|_| {
        // Enough to find it, and little of what is in it.
        Error::Internal(format!(
            "a stored value cannot be read: key {key:?}, {length} bytes, beginning with {start:?}"
        ))
    })
}
