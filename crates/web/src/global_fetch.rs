//! The ways from the global scope to `fetch()`.

use io::IoContext;
use jsg::js::{Local, Promise, Value};
use jsg::{Call, Lock, Result};

/// The global `fetch()`.
pub(crate) fn fetch<'s>(js: &mut Lock<'s, '_>, call: &Call<'s>) -> Result<Local<'s, Promise>> {
    let info = call.arg(js, 0)?;
    let init = call.arg(js, 1)?;
    crate::fetch::fetcher::fetch(js, None, info, init)
}

/// `navigator.sendBeacon()`: whether a request could be sent at all.
pub(crate) fn send_beacon<'s>(
    js: &mut Lock<'s, '_>,
    _url: String,
    _body: Option<Local<'s, Value>>,
) -> Result<bool> {
    Ok(IoContext::try_current(js).is_some())
}
