//! `import` declarations and `import()` where names are URLs.
//!
//! `import()` finds and evaluates its module before it returns, away from the event that calls it;
//! only a module that waits at its top level keeps its promise waiting.

use std::rc::Rc;

use super::super::dynamic::outside_events;
use super::super::evaluate::namespace_of;
use super::super::fallback::{Asking, Method};
use super::super::{Entry, Kind, Registry};
use super::names;
use crate::async_context::Captured;
use crate::class::call::guarded_value;
use crate::promise;
use crate::{Error, Lock, Result};

/// How V8 lays out the attributes of an import.
#[derive(Debug, Clone, Copy)]
enum Attributes {
    /// Of a declaration: key, value, position.
    Declared,
    /// Of a call: key, value.
    Called,
}

/// What the `type` attribute asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ImportType {
    Json,
    Text,
    Bytes,
}

impl Attributes {
    /// Reads the attributes; all but `type` are refused.
    fn read<'s>(
        self,
        js: &mut Lock<'s, '_>,
        attributes: v8::Local<'s, v8::FixedArray>,
    ) -> Result<Option<ImportType>> {
        let step = match self {
            Self::Declared => 3,
            Self::Called => 2,
        };
        let mut wanted = None;
        let mut index = 0;
        while index + 1 < attributes.length() {
            let key = text(js, attributes, index);
            let value = text(js, attributes, index + 1);
            if key != "type" {
                return Err(Error::type_error(format!(
                    "Unsupported import attribute: \"{key}\""
                )));
            }
            wanted = Some(match &*value {
                "json" => ImportType::Json,
                "text" => ImportType::Text,
                "bytes" => ImportType::Bytes,
                _ => {
                    return Err(Error::type_error(format!(
                        "Unsupported import attribute type: \"{value}\""
                    )));
                }
            });
            index += step;
        }
        Ok(wanted)
    }
}

fn text<'s>(
    js: &mut Lock<'s, '_>,
    attributes: v8::Local<'s, v8::FixedArray>,
    index: usize,
) -> String {
    let data = attributes.get(js, index);
    data.and_then(|data| v8::Local::<v8::String>::try_from(data).ok())
        .map(|text| text.to_rust_string_lossy(js))
        .unwrap_or_default()
}

fn asking<'a>(specifier: &'a str, referrer: &'a str, wanted: Option<ImportType>) -> Asking<'a> {
    Asking {
        method: Method::Import,
        raw_specifier: specifier,
        referrer,
        import_type: wanted.map(|wanted| match wanted {
            ImportType::Json => "json",
            ImportType::Text => "text",
            ImportType::Bytes => "bytes",
        }),
    }
}

/// Whether the module is what the importer says it is.
fn check_type(wanted: Option<ImportType>, entry: &Entry, specifier: &str) -> Result<()> {
    match wanted {
        None => Ok(()),
        Some(ImportType::Json) if entry.is_json() => Ok(()),
        Some(ImportType::Json) => Err(Error::type_error(format!(
            "Module \"{specifier}\" is not of type \"json\""
        ))),
        Some(ImportType::Text) => Err(Error::type_error(
            "Import attribute type \"text\" is not yet supported",
        )),
        Some(ImportType::Bytes) => Err(Error::type_error(
            "Import attribute type \"bytes\" is not yet supported",
        )),
    }
}

fn not_found(url: &str) -> Error {
    Error::error(format!("Module not found: {url}"))
}

fn no_source(name: &str) -> Error {
    Error::syntax_error(format!(
        "Source phase import not available for module: {name}"
    ))
}

impl Registry {
    /// The module that an `import` declaration of the Worker names.
    pub(in crate::modules) fn find_declared<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        referrer: &Entry,
        specifier: &str,
        attributes: v8::Local<'s, v8::FixedArray>,
    ) -> Result<Rc<Entry>> {
        let wanted = Attributes::Declared.read(js, attributes)?;
        let target = self
            .target(js, &referrer.path, specifier)
            .ok_or_else(|| invalid(specifier))?;
        let entry = self
            .find_target(
                js,
                &target,
                referrer.kind.scope(),
                asking(specifier, &referrer.path, wanted),
            )?
            .ok_or_else(|| not_found(&target.url))?;
        let module = v8::Local::new(js, &entry.module);
        match module.get_status() {
            // V8 would not look whether a module without source text has failed.
            v8::ModuleStatus::Errored => return Err(Error::value(js, module.get_exception())),
            v8::ModuleStatus::Evaluating => {
                return Err(Error::error(format!(
                    "Circular dependency when resolving module: {specifier}"
                )));
            }
            _ => {}
        }
        check_type(wanted, &entry, specifier)?;
        Ok(entry)
    }

    /// The object that `import source` of the Worker names: the module is evaluated for it.
    pub(in crate::modules) fn source_declared<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        referrer: &Entry,
        specifier: &str,
        attributes: v8::Local<'s, v8::FixedArray>,
    ) -> Result<v8::Local<'s, v8::Object>> {
        let entry = self.find_declared(js, referrer, specifier, attributes)?;
        if !entry.is_wasm() {
            return Err(no_source(specifier));
        }
        self.evaluate_now(js, &entry, None)?;
        self.source_object(js, &entry)?
            .ok_or_else(|| no_source(specifier))
    }

    fn source_object<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        entry: &Entry,
    ) -> Result<Option<v8::Local<'s, v8::Object>>> {
        let key = crate::intern(js, "default");
        let value = namespace_of(js, entry)
            .get(js, key.into())
            .ok_or(Error::Pending)?;
        if !value.is_wasm_module_object() {
            return Ok(None);
        }
        Ok(v8::Local::try_from(value).ok())
    }

    /// Handles `import(specifier)` of the script that V8 names. A failure becomes a rejection.
    pub(in crate::modules) fn import_url<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        script: v8::Local<'s, v8::Value>,
        specifier: v8::Local<'s, v8::String>,
        attributes: v8::Local<'s, v8::FixedArray>,
        phase: v8::ModuleImportPhase,
    ) -> v8::Local<'s, v8::Promise> {
        let script = script.to_rust_string_lossy(js);
        let specifier = specifier.to_rust_string_lossy(js);
        let result = promise::try_catch(js, |js| {
            let wanted = Attributes::Called.read(js, attributes)?;
            let base = names::absolute(&script).unwrap_or_else(|| names::BUNDLE.to_owned());
            let target = self
                .target(js, &base, &specifier)
                .ok_or_else(|| invalid(&specifier))?;
            let kind = self
                .urls
                .as_ref()
                .and_then(|urls| urls.kind_of_script(&base))
                .ok_or_else(|| {
                    Error::type_error(format!(
                        "Referring module not found in the registry: {base}"
                    ))
                })?;
            let entry = self
                .find_target(js, &target, kind.scope(), asking(&specifier, &base, wanted))?
                .ok_or_else(|| not_found(&target.url))?;
            check_type(wanted, &entry, &specifier)?;
            let module = v8::Local::new(js, &entry.module);
            if module.get_status() == v8::ModuleStatus::Errored {
                return Err(Error::value(js, module.get_exception()));
            }
            let evaluated = self.start(js, &entry)?;
            let is_source = phase == v8::ModuleImportPhase::kSource;
            if is_source && !entry.is_wasm() {
                promise::mark_handled(evaluated);
                return Err(no_source(&target.url));
            }
            let namespace = v8::Global::new(js, namespace_of(js, &entry));
            promise::then(
                js,
                evaluated,
                move |js, _| {
                    let namespace = v8::Local::new(js, namespace);
                    if !is_source {
                        return Ok(namespace.into());
                    }
                    let key = crate::intern(js, "default");
                    namespace.get(js, key.into()).ok_or(Error::Pending)
                },
                |js, reason| Err(Error::value(js, reason)),
            )
        });
        result.unwrap_or_else(|exception| promise::rejected(js, exception))
    }

    /// Links and evaluates a module, away from the current event where it is an ES module. The
    /// promise is that of the module's evaluation.
    pub(super) fn start<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        entry: &Entry,
    ) -> Result<v8::Local<'s, v8::Promise>> {
        let module = v8::Local::new(js, &entry.module);
        self.link(js, module)?;
        if !entry.is_es_module() {
            return self.run(js, module);
        }
        let mut result = None;
        let hook = self.outside_events.borrow().clone();
        // Away from the event, but with what the importer's `AsyncLocalStorage` has.
        let frame = Captured::capture(js);
        outside_events(js, hook, &mut |js| {
            let promise = frame.run(js, |js| self.run(js, module));
            result = Some(promise.map(|promise| v8::Global::new(js, promise)));
        });
        let promise = result.unwrap_or(Err(Error::Internal("the hook did not evaluate".into())))?;
        Ok(v8::Local::new(js, promise))
    }
}

pub(super) fn invalid(specifier: &str) -> Error {
    Error::type_error(format!("Invalid module specifier: {specifier}"))
}

/// Which modules the code of a script may name, for [`Registry::import_url`].
pub(in crate::modules) fn import_with_phase<'s>(
    js: &mut Lock<'s, '_>,
    _host_defined: v8::Local<'s, v8::Data>,
    script: v8::Local<'s, v8::Value>,
    specifier: v8::Local<'s, v8::String>,
    phase: v8::ModuleImportPhase,
    attributes: v8::Local<'s, v8::FixedArray>,
) -> Option<v8::Local<'s, v8::Promise>> {
    guarded_value(js, |js| {
        let registry = Registry::current(js)
            .filter(|registry| registry.urls.is_some())
            .ok_or_else(|| Error::error("Not supported"))?;
        Ok(registry.import_url(js, script, specifier, attributes, phase))
    })
}

impl Kind {
    pub(super) fn is_builtin(self) -> bool {
        self != Self::Bundle
    }
}
