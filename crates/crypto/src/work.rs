//! Where the work of an operation is done: short work at once, long work by another thread while the
//! event waits.

use jsg::convert::BufferSource;
use jsg::js::{Local, Promise, Value};
use jsg::{Lock, LockExt, ToJs, promise};

use crate::error::{Error, Result};

/// As many bytes are no short work any more, in any algorithm.
const LONG: usize = 1 << 20;

/// Whether work on so many bytes is for another thread.
pub fn is_long(bytes: usize) -> bool {
    bytes >= LONG
}

/// A promise of what `work` gives of the bytes of `input`.
pub fn on_input<'s, T>(
    js: &mut Lock<'s, '_>,
    input: BufferSource<'s>,
    work: impl FnOnce(&[u8]) -> Result<T> + Send + 'static,
) -> jsg::Result<Local<'s, Promise>>
where
    T: for<'a> ToJs<'a> + Send + 'static,
{
    if is_long(input.byte_length()) {
        let bytes = input.to_vec();
        return long(js, move || work(&bytes), |js, value| value.to_js(js));
    }
    let value = input.with_bytes(js, work)?.to_js(js)?;
    Ok(promise::resolved(js, value))
}

/// A promise of what `work`, which takes long, leads to. It is done at once at global scope, where nobody can wait for it,
/// and while a profile is recorded, which is to show where the time goes.
pub fn long<'s, T: Send + 'static>(
    js: &mut Lock<'s, '_>,
    work: impl FnOnce() -> Result<T> + Send + 'static,
    convert: impl for<'a, 'i> FnOnce(&mut Lock<'a, 'i>, T) -> jsg::Result<Local<'a, Value>> + 'static,
) -> jsg::Result<Local<'s, Promise>> {
    let threads = tokio::runtime::Handle::try_current().ok();
    let is_for_threads = js.executor().is_some() && !jsg::inspector::is_profiling(js);
    let Some(threads) = threads.filter(|_| is_for_threads) else {
        let value = work()?;
        let value = convert(js, value)?;
        return Ok(promise::resolved(js, value));
    };
    let task = threads.spawn_blocking(work);
    let result = async move {
        match task.await {
            Ok(result) => Ok(result?),
            Err(failure) => Err(Error::Internal(failure.to_string()).into()),
        }
    };
    Ok(promise::from_future_with(js, result, convert))
}
