//! What V8 asks of the embedder about modules.
//!
//! Each callback runs behind the panic barrier: a failure becomes an exception in V8 and an empty
//! result.

use compat::Flag;

use super::fallback::{Asking, Method};
use super::{Entry, Kind, Registry, Rewrite, Scope, Synthetic, path, urls};
use crate::class::call::guarded_value;
use crate::{Error, Lock, LockExt, Result};

/// Installs the callbacks that belong to the isolate rather than to one call.
pub(crate) fn install_hooks(isolate: &mut v8::OwnedIsolate) {
    isolate.set_host_import_module_dynamically_callback(import_dynamically);
}

/// Installs the callbacks of a registry whose names are URLs.
pub(super) fn install_url_hooks(js: &mut Lock<'_, '_>) {
    js.set_host_initialize_import_meta_object_callback(urls::import_meta);
    js.set_host_import_module_with_phase_dynamically_callback(urls::import_with_phase);
}

/// Finds the module that an `import` declaration names.
pub(super) fn resolve_module<'s>(
    context: v8::Local<'s, v8::Context>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
    referrer: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Module>> {
    // SAFETY: V8 calls this inside the isolate and context that it names.
    v8::callback_scope!(unsafe scope, context);
    guarded_value(scope, |js| {
        let import = Import::new(js, specifier, attributes, referrer)?;
        let entry = if import.is_of_urls() {
            let (registry, referrer) = (&import.registry, &import.referrer);
            registry.find_declared(js, referrer, &import.specifier, attributes)?
        } else {
            import.find(js)?
        };
        Ok(v8::Local::new(js, &entry.module))
    })
}

/// Finds the object that an `import source` declaration names.
pub(super) fn resolve_source<'s>(
    context: v8::Local<'s, v8::Context>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
    referrer: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Object>> {
    // SAFETY: V8 calls this inside the isolate and context that it names.
    v8::callback_scope!(unsafe scope, context);
    guarded_value(scope, |js| {
        let import = Import::new(js, specifier, attributes, referrer)?;
        if import.is_of_urls() {
            let (registry, referrer) = (&import.registry, &import.referrer);
            return registry.source_declared(js, referrer, &import.specifier, attributes);
        }
        let entry = import.find(js)?;
        match &entry.source_object {
            Some(object) => Ok(v8::Local::new(js, object)),
            None => Err(Error::syntax_error(format!(
                "Source phase import not available for module: {}.\n  imported from \"{}\"",
                entry.path, import.referrer.path
            ))),
        }
    })
}

/// One `import` declaration.
struct Import {
    registry: std::rc::Rc<Registry>,
    referrer: std::rc::Rc<Entry>,
    specifier: String,
}

impl Import {
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        specifier: v8::Local<'s, v8::String>,
        attributes: v8::Local<'s, v8::FixedArray>,
        referrer: v8::Local<'s, v8::Module>,
    ) -> Result<Self> {
        let registry = Registry::current(js)
            .ok_or_else(|| Error::Internal("M1: a module without a registry".into()))?;
        if attributes.length() > 0
            && registry.urls.is_none()
            && js.flag(Flag::ThrowOnUnrecognizedImportAssertion)
        {
            return Err(Error::error("Unrecognized import attributes specified"));
        }
        let referrer = registry.entry_of(js, referrer)?;
        Ok(Self {
            registry,
            referrer,
            specifier: specifier.to_rust_string_lossy(js),
        })
    }

    /// Whether the specifier is a URL: built-in modules name each other as they are.
    fn is_of_urls(&self) -> bool {
        self.registry.urls.is_some() && self.referrer.kind == Kind::Bundle
    }

    fn find(&self, js: &mut Lock<'_, '_>) -> Result<std::rc::Rc<Entry>> {
        let Self {
            registry, referrer, ..
        } = self;
        let rewritten;
        let mut specifier = self.specifier.as_str();
        match registry.builtins.rewrite(js, specifier) {
            Some(Rewrite::Internal(name)) => {
                if let Some(entry) = registry.resolve(js, &name, Scope::Internal)? {
                    return Ok(entry);
                }
            }
            Some(Rewrite::To(name)) => {
                rewritten = name;
                specifier = &rewritten;
            }
            None => {}
        }
        let scope = referrer.kind.scope();
        let target = if scope == Scope::Internal || path::is_builtin_specifier(specifier) {
            path::parse(specifier)
        } else {
            path::resolve(&referrer.path, specifier)
        };
        let target = target.map_err(|_| {
            Error::type_error(format!(
                "Invalid module specifier \"{specifier}\".\n  imported from \"{}\".",
                referrer.path
            ))
        })?;
        let asking = Asking {
            method: Method::Import,
            raw_specifier: &self.specifier,
            referrer: &referrer.path,
            import_type: None,
        };
        let entry = registry.resolve_or_ask(js, &target, scope, asking)?;
        entry.ok_or_else(|| {
            if registry.urls.is_some() {
                return Error::error(format!("Module not found: {target}"));
            }
            Error::error(format!(
                "No such module \"{target}\".\n  imported from \"{}\"",
                referrer.path
            ))
        })
    }
}

/// Sets the exports of a module without source text.
pub(super) fn evaluate_synthetic<'s>(
    context: v8::Local<'s, v8::Context>,
    module: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Value>> {
    // SAFETY: V8 calls this inside the isolate and context that it names.
    v8::callback_scope!(unsafe scope, context);
    guarded_value(scope, |js| {
        let registry = Registry::current(js)
            .ok_or_else(|| Error::Internal("M1: a module without a registry".into()))?;
        let entry = registry.entry_of(js, module)?;
        match &entry.synthetic {
            Some(Synthetic::Value(value)) => {
                let value = v8::Local::new(js, value);
                export(js, module, "default", value)?;
            }
            Some(Synthetic::Native(values)) => {
                for (name, value) in values {
                    let value = v8::Local::new(js, value);
                    export(js, module, name, value)?;
                }
            }
            Some(Synthetic::CommonJs { .. }) => evaluate_common_js(js, module, &entry)?,
            Some(Synthetic::Lazy) => urls::export_lazily(js, module, &entry)?,
            None => return Err(Error::Internal("not a synthetic module".into())),
        }
        let undefined = v8::undefined(js).into();
        Ok(crate::promise::resolved(js, undefined).into())
    })
}

fn evaluate_common_js<'s>(
    js: &mut Lock<'s, '_>,
    module: v8::Local<'s, v8::Module>,
    entry: &Entry,
) -> Result<()> {
    let Some(Synthetic::CommonJs { context, function }) = &entry.synthetic else {
        return Ok(());
    };
    let function = v8::Local::new(js, function);
    let receiver = v8::undefined(js).into();
    function.call(js, receiver, &[]).ok_or(Error::Pending)?;
    let exports = context.get(js).module_exports(js);
    export(js, module, "default", exports)?;
    if let Some(source) = &entry.source
        && let super::Content::CommonJs { named_exports, .. } = &source.content
    {
        let names = named_exports.iter().map(String::as_str);
        let names = names.filter(|name| *name != "default");
        export_members(js, module, exports, names)?;
    }
    Ok(())
}

/// Exports members of what a CommonJS module exports, if that is an object.
pub(super) fn export_members<'s, 'n>(
    js: &mut Lock<'s, '_>,
    module: v8::Local<'s, v8::Module>,
    exports: v8::Local<'s, v8::Value>,
    names: impl Iterator<Item = &'n str>,
) -> Result<()> {
    let Ok(object) = v8::Local::<v8::Object>::try_from(exports) else {
        return Ok(());
    };
    for name in names {
        let key = crate::intern(js, name);
        let value = object.get(js, key.into()).ok_or(Error::Pending)?;
        export(js, module, name, value)?;
    }
    Ok(())
}

pub(super) fn export<'s>(
    js: &mut Lock<'s, '_>,
    module: v8::Local<'s, v8::Module>,
    name: &str,
    value: v8::Local<'s, v8::Value>,
) -> Result<()> {
    let name = crate::intern(js, name);
    module
        .set_synthetic_module_export(js, name, value)
        .ok_or(Error::Pending)?;
    Ok(())
}

fn import_dynamically<'s>(
    js: &mut Lock<'s, '_>,
    _host_defined: v8::Local<'s, v8::Data>,
    resource_name: v8::Local<'s, v8::Value>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    guarded_value(js, |js| {
        if let Some(registry) = Registry::current(js).filter(|registry| registry.urls.is_some()) {
            let phase = v8::ModuleImportPhase::kEvaluation;
            return Ok(registry.import_url(js, resource_name, specifier, attributes, phase));
        }
        let referrer = resource_name.to_rust_string_lossy(js);
        let specifier = specifier.to_rust_string_lossy(js);
        let registry = Registry::current(js)
            .ok_or_else(|| Error::error(format!("No such module \"{specifier}\".")))?;
        Ok(registry.import_dynamically(js, &referrer, &specifier, attributes.length() > 0))
    })
}
