//! Linking and evaluating modules, for the main module, `require` and the runtime itself.

use std::rc::Rc;

use compat::Flag;

use super::callbacks::{resolve_module, resolve_source};
use super::fallback::{Asking, Method};
use super::{Entry, Kind, Registry, Rewrite, Scope, Synthetic, path};
use crate::{Error, Lock, LockExt, Result};

/// What a caller can do with a module that waits at its top level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TopLevelAwait {
    /// It must settle before the call returns.
    MustSettle,
    /// The module may not wait at all.
    Refused,
    /// If the module cannot settle before the call returns, its promise will do.
    MayBePending,
}

/// Which function of this name is called. They differ in what they make of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Require {
    /// The one that a CommonJS module is given.
    CommonJs,
    /// One that `createRequire()` of `node:module` made.
    Created,
}

/// Where an evaluation stands when the call returns.
pub(super) enum Evaluation<'s> {
    Settled,
    Pending(v8::Local<'s, v8::Promise>),
}

impl Registry {
    /// Evaluates the Worker's main module and gives its namespace. The microtask queue is drained;
    /// a module that still waits then is an error.
    pub fn import_main<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: &str,
    ) -> Result<v8::Local<'s, v8::Object>> {
        if self.urls.is_some() {
            return self.import_main_url(js, name);
        }
        let entry = path::parse(name)
            .ok()
            .and_then(|path| self.lookup(Kind::Bundle, &path))
            .ok_or_else(|| Error::error(format!("No such module \"{name}\".")))?;
        if entry.synthetic.is_some() {
            return Err(Error::type_error("Main module must be an ES module."));
        }
        self.namespace(js, &entry)
    }

    /// Evaluates a built-in module, internal ones first, and gives its namespace.
    pub fn import_builtin<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        specifier: &str,
    ) -> Result<v8::Local<'s, v8::Object>> {
        let entry = match self.resolve(js, specifier, Scope::Internal)? {
            Some(entry) => Some(entry),
            None => self.resolve(js, specifier, Scope::Public)?,
        };
        match entry {
            Some(entry) => self.namespace(js, &entry),
            None => Err(Error::Internal(format!("No such module \"{specifier}\"."))),
        }
    }

    /// Evaluates an internal module and gives its namespace; `None` when there is none of this name.
    pub fn import_internal<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        specifier: &str,
    ) -> Result<Option<v8::Local<'s, v8::Object>>> {
        match self.resolve(js, specifier, Scope::Internal)? {
            Some(entry) => self.namespace(js, &entry).map(Some),
            None => Ok(None),
        }
    }

    /// Evaluates a public built-in module, even one that a module of the Worker hides, and gives its
    /// namespace.
    pub fn import_public<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        specifier: &str,
    ) -> Result<Option<v8::Local<'s, v8::Object>>> {
        let name = match self.builtins.rewrite(js, specifier) {
            Some(Rewrite::To(name)) => name.into_owned(),
            _ => specifier.to_owned(),
        };
        match self.resolve_kind(js, &name, Kind::Public)? {
            Some(entry) => self.namespace(js, &entry).map(Some),
            None => Ok(None),
        }
    }

    fn namespace<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        entry: &Entry,
    ) -> Result<v8::Local<'s, v8::Object>> {
        self.evaluate(js, entry, TopLevelAwait::MustSettle)?;
        Ok(namespace_of(js, entry))
    }

    /// `require(specifier)` in the module at `referrer`: a path, or a URL where names are URLs.
    pub fn require<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        specifier: &str,
        referrer: &str,
        function: Require,
    ) -> Result<v8::Local<'s, v8::Value>> {
        if self.urls.is_some() {
            return self.require_url(js, specifier, referrer);
        }
        let asking = Asking {
            method: Method::Require,
            raw_specifier: specifier,
            referrer,
            import_type: None,
        };
        let rewritten;
        let specifier = match self.builtins.rewrite(js, specifier) {
            Some(Rewrite::To(name)) => {
                rewritten = name;
                &*rewritten
            }
            _ => specifier,
        };
        let target = if path::is_builtin_specifier(specifier) {
            path::parse(specifier)
        } else {
            path::resolve(referrer, specifier)
        };
        let target = target
            .map_err(|_| Error::type_error(format!("Invalid module specifier \"{specifier}\".")))?;
        let entry = self
            .resolve_or_ask(js, &target, Scope::Worker, asking)?
            .ok_or_else(|| Error::error(format!("No such module \"{target}\".")))?;
        self.require_entry(js, &entry, function)
    }

    fn require_entry<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        entry: &Rc<Entry>,
        function: Require,
    ) -> Result<v8::Local<'s, v8::Value>> {
        let module = v8::Local::new(js, &entry.module);
        let status = module.get_status();
        if let Some(Synthetic::CommonJs { context, .. }) = &entry.synthetic
            && matches!(
                status,
                v8::ModuleStatus::Evaluating | v8::ModuleStatus::Instantiating
            )
        {
            // A cycle: the caller gets what the module has exported so far.
            return Ok(context.get(js).module_exports(js));
        }
        let mode = if js.flag(Flag::DisableTopLevelAwaitInRequire) {
            if status == v8::ModuleStatus::Evaluated && module.is_graph_async() {
                return Err(await_refused());
            }
            TopLevelAwait::Refused
        } else {
            TopLevelAwait::MustSettle
        };
        self.evaluate(js, entry, mode)?;
        let namespace = namespace_of(js, entry);
        if entry.synthetic.is_none() {
            if property(js, namespace, "__cjsUnwrapDefault")?.is_true() {
                return property(js, namespace, "default");
            }
            if has(js, namespace, "module.exports")? {
                return property(js, namespace, "module.exports");
            }
        }
        let unwraps = match function {
            Require::CommonJs => js.flag(Flag::ExportCommonjsDefault),
            Require::Created => entry.synthetic.is_some(),
        };
        if unwraps {
            return property(js, namespace, "default");
        }
        if !js.flag(Flag::RequireReturnsDefaultExport) {
            return Ok(namespace.into());
        }
        if has(js, namespace, "default")? {
            return property(js, namespace, "default");
        }
        mutable_copy(js, entry, namespace)
    }

    /// Links and evaluates a module, once; a failure is thrown again to every later caller.
    pub(super) fn evaluate<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        entry: &Entry,
        mode: TopLevelAwait,
    ) -> Result<Evaluation<'s>> {
        let module = v8::Local::new(js, &entry.module);
        match module.get_status() {
            v8::ModuleStatus::Errored => return Err(Error::value(js, module.get_exception())),
            v8::ModuleStatus::Evaluated | v8::ModuleStatus::Evaluating => {
                return Ok(Evaluation::Settled);
            }
            _ => self.link(js, module)?,
        }
        let promise = self.run(js, module)?;
        if module.is_graph_async()
            && promise.state() == v8::PromiseState::Pending
            && mode == TopLevelAwait::Refused
        {
            return Err(await_refused());
        }
        // Draining while an outer module is being evaluated could finish one of its dependencies too
        // early; such a call can only take what there is.
        let nested = self.evaluating.get() > 0;
        // A built-in module may be loaded by a property of the global scope, in the midst of guest code.
        let waits = promise.state() == v8::PromiseState::Pending;
        if !nested && (waits || entry.kind == Kind::Bundle) {
            js.perform_microtask_checkpoint();
        }
        match promise.state() {
            v8::PromiseState::Fulfilled => Ok(Evaluation::Settled),
            v8::PromiseState::Rejected => {
                promise.mark_as_handled();
                Err(Error::value(js, module.get_exception()))
            }
            v8::PromiseState::Pending if nested && mode == TopLevelAwait::MayBePending => {
                Ok(Evaluation::Pending(promise))
            }
            v8::PromiseState::Pending => {
                Err(Error::error("Top-level await in module is unsettled."))
            }
        }
    }

    /// Finds and links what a module imports, unless that is done.
    pub(super) fn link<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        module: v8::Local<'s, v8::Module>,
    ) -> Result<()> {
        if module.get_status() == v8::ModuleStatus::Uninstantiated {
            module
                .instantiate_module2(js, resolve_module, resolve_source)
                .ok_or(Error::Pending)?;
        }
        Ok(())
    }

    pub(super) fn run<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        module: v8::Local<'s, v8::Module>,
    ) -> Result<v8::Local<'s, v8::Promise>> {
        struct Evaluating<'a>(&'a Registry);
        impl Drop for Evaluating<'_> {
            fn drop(&mut self) {
                self.0.evaluating.set(self.0.evaluating.get() - 1);
            }
        }
        self.evaluating.set(self.evaluating.get() + 1);
        let _evaluating = Evaluating(self);
        let result = module.evaluate(js).ok_or(Error::Pending)?;
        v8::Local::<v8::Promise>::try_from(result)
            .map_err(|_| Error::Internal("module evaluation gave no promise".into()))
    }
}

pub(super) fn namespace_of<'s>(js: &Lock<'s, '_>, entry: &Entry) -> v8::Local<'s, v8::Object> {
    let namespace = v8::Local::new(js, &entry.module).get_module_namespace();
    v8::Local::<v8::Object>::try_from(namespace).expect("a namespace is an object")
}

fn await_refused() -> Error {
    Error::error("Top-level await in module is not permitted at this time.")
}

pub(super) fn property<'s>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Result<v8::Local<'s, v8::Value>> {
    let key = crate::intern(js, name);
    object.get(js, key.into()).ok_or(Error::Pending)
}

pub(super) fn has<'s>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Result<bool> {
    let key = crate::intern(js, name);
    object.has(js, key.into()).ok_or(Error::Pending)
}

/// A copy of the namespace that the Worker may change; the same one for every `require`.
fn mutable_copy<'s>(
    js: &mut Lock<'s, '_>,
    entry: &Entry,
    namespace: v8::Local<'s, v8::Object>,
) -> Result<v8::Local<'s, v8::Value>> {
    if let Some(copy) = &*entry.mutable_exports.borrow() {
        return Ok(v8::Local::new(js, copy).into());
    }
    let null = v8::null(js);
    let copy = v8::Object::with_prototype_and_properties(js, null.into(), &[], &[]);
    let names = namespace
        .get_own_property_names(
            js,
            v8::GetPropertyNamesArgs {
                mode: v8::KeyCollectionMode::OwnOnly,
                property_filter: v8::PropertyFilter::ALL_PROPERTIES,
                index_filter: v8::IndexFilter::IncludeIndices,
                key_conversion: v8::KeyConversionMode::KeepNumbers,
            },
        )
        .ok_or(Error::Pending)?;
    for index in 0..names.length() {
        let key = names.get_index(js, index).ok_or(Error::Pending)?;
        let value = namespace.get(js, key).ok_or(Error::Pending)?;
        copy.set(js, key, value).ok_or(Error::Pending)?;
    }
    *entry.mutable_exports.borrow_mut() = Some(v8::Global::new(js, copy));
    Ok(copy.into())
}
