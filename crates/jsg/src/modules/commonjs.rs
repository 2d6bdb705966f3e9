//! CommonJS: the object whose properties a CommonJS module sees as its variables, and `require`.

use std::cell::RefCell;

use jsg_macros::{class, methods};

use super::urls::names::relative_path;
use super::{Registry, Require, path};
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
    /// What `require` resolves against: a path, or a URL where names are URLs.
    referrer: String,
    /// The file's path without a slash at its start.
    file: String,
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
        registry.require(js, &specifier, &self.referrer, Require::CommonJs)
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
    fn filename(&self) -> Result<String> {
        if self.file.is_empty() {
            return Err(Error::error("Module specifier has no filename"));
        }
        Ok(format!("/{}", self.file))
    }

    #[jsg(instance_getter, name = "__dirname")]
    fn dirname(&self) -> Result<String> {
        if self.file.is_empty() {
            return Err(Error::Internal("an empty path has no parent".into()));
        }
        Ok(format!("/{}", path::parent(&self.file)))
    }
}

impl CommonJsModuleContext {
    /// The context of the module at `path`, with empty exports.
    pub(super) fn create<'s>(js: &mut Lock<'s, '_>, path: &str) -> Handle<'s, Self> {
        Self::at(js, format!("/{path}"), path.to_owned(), path.to_owned())
    }

    /// The context of the module at a URL, with empty exports.
    pub(super) fn of_url<'s>(js: &mut Lock<'s, '_>, url: &str) -> Handle<'s, Self> {
        let file = path::parse(&relative_path(url)).unwrap_or_default();
        let file = if file == "." { String::new() } else { file };
        Self::at(js, url.to_owned(), url.to_owned(), file)
    }

    fn at<'s>(
        js: &mut Lock<'s, '_>,
        path: String,
        referrer: String,
        file: String,
    ) -> Handle<'s, Self> {
        let exports: v8::Local<'_, v8::Value> = v8::Object::new(js).into();
        let module = CommonJsModuleObject {
            exports: RefCell::new(JsRef::new(js, exports)),
            path,
        };
        let module = Handle::new(js, module);
        let context = Self {
            module: Ref::new(js, module),
            exports: RefCell::new(JsRef::new(js, exports)),
            referrer,
            file,
        };
        Handle::new(js, context)
    }

    /// What the module exports now: `module.exports`.
    pub(super) fn module_exports<'s>(&self, js: &mut Lock<'s, '_>) -> v8::Local<'s, v8::Value> {
        self.module.get(js).exports.borrow().get(js)
    }
}
