//! The importable `env` and `exports` of `cloudflare:workers`.
//!
//! Both belong to the Worker; `withEnv()` and its kin replace them for a callback and all that it
//! starts, by a value in the async context frame.

use std::rc::Rc;

use jsg::async_context::{self, Key};
use jsg::js::{Function, Global, Local, Object, Value};
use jsg::{Error, Flag, Lock, LockExt, Result};

/// The Worker's environment. Set as an extension before the Worker's code is evaluated.
pub struct EnvObject(pub Global<Object>);

/// The Worker's loopback bindings (`ctx.exports`). Set when its exports are known.
pub struct ExportsObject(pub Global<Object>);

/// What replaces them in a frame.
struct Keys {
    env: Key,
    exports: Key,
}

fn keys(js: &Lock<'_, '_>) -> Rc<Keys> {
    js.extension::<Keys>().unwrap_or_else(|| {
        let keys = Rc::new(Keys {
            env: Key::new(),
            exports: Key::new(),
        });
        js.set_extension(keys.clone());
        keys
    })
}

/// What the frame says, or else what `of_worker` does unless the Worker's are not importable.
fn current<'s>(
    js: &mut Lock<'s, '_>,
    key: &Key,
    of_worker: impl FnOnce(&mut Lock<'s, '_>) -> Option<Local<'s, Object>>,
) -> Option<Local<'s, Object>> {
    if let Some(value) = async_context::get(js, key) {
        if let Ok(object) = Local::<Object>::try_from(value) {
            return Some(object);
        }
        if js.flag(Flag::EnvModuleNullableSupport) && value.is_null_or_undefined() {
            return None;
        }
    }
    if js.flag(Flag::DisallowImportableEnv) {
        return None;
    }
    of_worker(js)
}

/// A guest's callback, called with the global object as `this` and no arguments.
fn run<'s>(js: &mut Lock<'s, '_>, callback: Local<'s, Function>) -> Result<Local<'s, Value>> {
    let receiver = js.get_current_context().global(js).into();
    callback.call(js, receiver, &[]).ok_or(Error::Pending)
}

/// The natives of `cloudflare:workers` for its live objects.
#[jsg::class]
pub(crate) struct EnvModule {}

#[jsg::methods]
impl EnvModule {
    #[jsg(method)]
    fn get_current_env<'s>(&self, js: &mut Lock<'s, '_>) -> Option<Local<'s, Object>> {
        let key = keys(js).env.clone();
        current(js, &key, |js| {
            let env = js.extension::<EnvObject>()?;
            Some(Local::new(js, &env.0))
        })
    }

    #[jsg(method)]
    fn get_current_exports<'s>(&self, js: &mut Lock<'s, '_>) -> Option<Local<'s, Object>> {
        let key = keys(js).exports.clone();
        current(js, &key, |js| {
            let exports = js.extension::<ExportsObject>()?;
            Some(Local::new(js, &exports.0))
        })
    }

    #[jsg(method)]
    fn with_env<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        env: Local<'s, Value>,
        callback: Local<'s, Function>,
    ) -> Result<Local<'s, Value>> {
        let keys = keys(js);
        async_context::with_value(js, &keys.env, env, |js| run(js, callback))
    }

    #[jsg(method)]
    fn with_exports<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        exports: Local<'s, Value>,
        callback: Local<'s, Function>,
    ) -> Result<Local<'s, Value>> {
        let keys = keys(js);
        async_context::with_value(js, &keys.exports, exports, |js| run(js, callback))
    }

    #[jsg(method)]
    fn with_env_and_exports<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        env: Local<'s, Value>,
        exports: Local<'s, Value>,
        callback: Local<'s, Function>,
    ) -> Result<Local<'s, Value>> {
        let keys = keys(js);
        async_context::with_value(js, &keys.env, env, |js| {
            async_context::with_value(js, &keys.exports, exports, |js| run(js, callback))
        })
    }
}
