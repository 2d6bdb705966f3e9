//! The ways from the global scope to `fetch()`.

use io::IoContext;
use jsg::js::{Local, Object, Promise, Value};
use jsg::{Call, FromJs, Lock, Result};

/// The global `fetch()`.
pub(crate) fn fetch<'s>(js: &mut Lock<'s, '_>, call: &Call<'s>) -> Result<Local<'s, Promise>> {
    let info = call.arg(js, 0)?;
    let init = call.arg(js, 1)?;
    crate::fetch::fetcher::fetch(js, None, info, init)
}

/// `navigator.sendBeacon()`: whether a request could be sent at all.
pub(crate) fn send_beacon<'s>(
    js: &mut Lock<'s, '_>,
    url: String,
    body: Option<Local<'s, Value>>,
) -> Result<bool> {
    let Some(context) = IoContext::try_current(js) else {
        return Ok(false);
    };
    let init = Object::new(js);
    let method = jsg::string(js, "POST");
    set(js, init, "method", method.into());
    if let Some(body) = body {
        set(js, init, "body", body);
    }
    let url = jsg::string(js, &url);
    let sent = jsg::promise::try_catch(js, |js| {
        let info = FromJs::from_js(js, url.into())?;
        let init = FromJs::from_js(js, init.into())?;
        crate::fetch::fetcher::fetch(js, None, info, init)
    });
    // A failure is that of the beacon, which nobody waits for.
    let promise = match sent {
        Ok(promise) => promise,
        Err(exception) => jsg::promise::rejected(js, exception),
    };
    context.wait_until(js, promise)?;
    Ok(true)
}

fn set<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>, name: &str, value: Local<'s, Value>) {
    let key = jsg::intern(js, name);
    object.set(js, key.into(), value);
}
