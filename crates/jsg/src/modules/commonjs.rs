//! CommonJS: the object whose properties a CommonJS module sees as its variables, and `require`.

use std::cell::RefCell;

use jsg_macros::{class, methods};

use super::{Registry, path};
use crate::{Error, Handle, JsRef, Lock, Ref, Result};

/// `module`.
#[class]
pub(super) struct CommonJsModuleObject {
    exports: RefCell<JsRef<v8::Value>>,
    path: String,
}

#[methods]
impl CommonJsModuleObject {
    #[jsg(instance_getter)]
    fn exports<'s>(&self, js: &mut Lock<'s, '_>) -> v8::Local<'s, v8::Value> {
        self.exports.borrow().get(js)
    }

    #[jsg(setter)]
    fn set_exports<'s>(&self, js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) {
        *self.exports.borrow_mut() = JsRef::new(js, value);
    }

    #[jsg(instance_getter)]
    fn path(&self) -> &str {
        &self.path
    }
}

/// The scope of a CommonJS module.
#[class]
pub(super) struct CommonJsModuleContext {
    module: Ref<CommonJsModuleObject>,
    exports: RefCell<JsRef<v8::Value>>,
    path: String,
}

#[methods]
impl CommonJsModuleContext {
    #[jsg(method)]
    fn require<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        specifier: String,
    ) -> Result<v8::Local<'s, v8::Value>> {
        let registry = Registry::current(js)
            .ok_or_else(|| Error::Internal("require without a registry".into()))?;
        registry.require(js, &specifier, &self.path)
    }

    #[jsg(instance_getter)]
    fn module<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, CommonJsModuleObject> {
        self.module.get(js)
    }

    #[jsg(instance_getter)]
    fn exports<'s>(&self, js: &mut Lock<'s, '_>) -> v8::Local<'s, v8::Value> {
        self.exports.borrow().get(js)
    }

    #[jsg(setter)]
    fn set_exports<'s>(&self, js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) {
        *self.exports.borrow_mut() = JsRef::new(js, value);
    }

    #[jsg(instance_getter, name = "__filename")]
    fn filename(&self) -> String {
        format!("/{}", self.path)
    }

    #[jsg(instance_getter, name = "__dirname")]
    fn dirname(&self) -> String {
        format!("/{}", path::parent(&self.path))
    }
}

impl CommonJsModuleContext {
    /// The context of the module at `path`, with empty exports.
    pub(super) fn create<'s>(js: &mut Lock<'s, '_>, path: &str) -> Handle<'s, Self> {
        let exports: v8::Local<'_, v8::Value> = v8::Object::new(js).into();
        let module = CommonJsModuleObject {
            exports: RefCell::new(JsRef::new(js, exports)),
            path: format!("/{path}"),
        };
        let module = Handle::new(js, module);
        let context = Self {
            module: Ref::new(js, module),
            exports: RefCell::new(JsRef::new(js, exports)),
            path: path.to_owned(),
        };
        Handle::new(js, context)
    }

    /// What the module exports now: `module.exports`.
    pub(super) fn module_exports<'s>(&self, js: &mut Lock<'s, '_>) -> v8::Local<'s, v8::Value> {
        self.module.get(js).exports.borrow().get(js)
    }
}
