//! `require`, the main module and built-in modules where names are URLs: evaluation that is finished
//! when the call returns.

use super::super::evaluate::{has, namespace_of, property};
use super::super::fallback::{Asking, Method};
use super::super::{Entry, Registry, Scope, path};
use super::import::invalid;
use super::names;
use crate::promise;
use crate::{Error, Lock, Result};

impl Registry {
    /// Evaluates the Worker's main module and gives its namespace.
    pub(in crate::modules) fn import_main_url<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: &str,
    ) -> Result<v8::Local<'s, v8::Object>> {
        // The name of the main module is a path first, although its module has a URL.
        let path = path::parse(name).map_err(|_| {
            Error::Internal(format!("the main module leads out of the bundle: {name}"))
        })?;
        let url = names::resolve(names::BUNDLE, &path).ok_or_else(|| invalid(&path))?;
        let entry = self
            .resolve(js, &url, Scope::Worker)?
            .ok_or_else(|| Error::error(format!("Module not found: {url}")))?;
        if !entry.is_es_module() {
            return Err(Error::type_error("Main module must be an ES module."));
        }
        self.evaluate_now(js, &entry, None)?;
        Ok(namespace_of(js, &entry))
    }

    /// `require(specifier)` in the script at the URL `referrer`.
    pub(in crate::modules) fn require_url<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        specifier: &str,
        referrer: &str,
    ) -> Result<v8::Local<'s, v8::Value>> {
        let name = self.builtin_name(js, specifier);
        let name = name.as_deref().unwrap_or(specifier);
        let target = self
            .target(js, referrer, specifier)
            .ok_or_else(|| invalid(name))?;
        let entry = self
            .find_target(
                js,
                &target,
                Scope::Worker,
                Asking {
                    method: Method::Require,
                    raw_specifier: specifier,
                    referrer,
                    import_type: None,
                },
            )?
            .ok_or_else(|| Error::error(format!("Module not found: {name}")))?;
        self.evaluate_now(js, &entry, Some(&target.url))?;
        required(js, &entry)
    }

    /// Evaluates a module. `required_as` is its name for `require`, which cannot wait at all.
    pub(super) fn evaluate_now(
        &self,
        js: &mut Lock<'_, '_>,
        entry: &Entry,
        required_as: Option<&str>,
    ) -> Result<()> {
        let module = v8::Local::new(js, &entry.module);
        let name = required_as.unwrap_or(&entry.path);
        let cannot_wait = || {
            Error::error(format!(
                "Top-level await is not supported in this context for module: {name}"
            ))
        };
        match module.get_status() {
            v8::ModuleStatus::Errored => return Err(Error::value(js, module.get_exception())),
            v8::ModuleStatus::Evaluating if entry.is_es_module() => {
                return Err(Error::error(format!(
                    "Circular dependency when resolving module: {name}"
                )));
            }
            v8::ModuleStatus::Evaluating | v8::ModuleStatus::Evaluated => {
                if required_as.is_some() && module.is_graph_async() {
                    return Err(cannot_wait());
                }
                return Ok(());
            }
            _ => {}
        }
        if required_as.is_some() {
            promise::try_catch(js, |js| self.link(js, module))
                .map_err(|_| Error::error(format!("Failed to instantiate module: {name}")))?;
            if module.is_graph_async() {
                return Err(cannot_wait());
            }
        }
        let promise = self.start(js, entry)?;
        // Draining while an outer module is being evaluated could finish one of its dependencies too
        // early; such a call can only take what there is.
        if self.evaluating.get() == 0 {
            js.perform_microtask_checkpoint();
        }
        match promise.state() {
            v8::PromiseState::Fulfilled => Ok(()),
            v8::PromiseState::Rejected => {
                promise.mark_as_handled();
                let reason = promise.result(js);
                Err(Error::value(js, reason))
            }
            v8::PromiseState::Pending => Err(Error::error(format!(
                "Use of top-level await in a synchronously required module is restricted to \
                 promises that are resolved synchronously. This includes any top-level awaits in \
                 the entrypoint module for a worker. Specifier: \"{name}\"."
            ))),
        }
    }
}

/// What `require` gives for an evaluated module.
fn required<'s>(js: &mut Lock<'s, '_>, entry: &Entry) -> Result<v8::Local<'s, v8::Value>> {
    let namespace = namespace_of(js, entry);
    if !entry.is_es_module() {
        return property(js, namespace, "default");
    }
    if property(js, namespace, "__cjsUnwrapDefault")?.boolean_value(js) {
        return property(js, namespace, "default");
    }
    if has(js, namespace, "module.exports")? {
        return property(js, namespace, "module.exports");
    }
    if entry.kind.is_builtin() && has(js, namespace, "default")? {
        return property(js, namespace, "default");
    }
    Ok(namespace.into())
}
