//! The global `Cloudflare`: what a Worker may know of its own configuration.

use jsg::js::{Boolean, IntegrityLevel, Local, Object, PropertyAttribute};
use jsg::{JsRef, Lock, LockExt};

use std::cell::OnceCell;

/// See the module.
#[jsg::class]
pub struct Cloudflare {
    flags: OnceCell<JsRef<Object>>,
}

#[jsg::methods]
impl Cloudflare {
    /// Every compatibility flag by its name; made when first asked for.
    #[jsg(instance_getter)]
    fn compatibility_flags<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Object> {
        let flags = self.flags.get_or_init(|| {
            let object = listing(js);
            JsRef::new(js, object)
        });
        flags.get(js)
    }
}

impl Cloudflare {
    pub(crate) fn new() -> Self {
        Self {
            flags: OnceCell::new(),
        }
    }
}

fn listing<'s>(js: &mut Lock<'s, '_>) -> Local<'s, Object> {
    let null = jsg::js::null(js).into();
    let object = Object::new(js);
    object.set_prototype(js, null);
    for (name, on) in js.flags().listing() {
        let key = jsg::intern(js, name);
        let value = Boolean::new(js, on);
        object.define_own_property(js, key.into(), value.into(), PropertyAttribute::READ_ONLY);
    }
    object.set_integrity_level(js, IntegrityLevel::Sealed);
    object
}
