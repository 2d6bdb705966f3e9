//! The module registry: what a specifier resolves to, and how each kind of module is compiled, linked
//! and evaluated.
//!
//! A Worker's modules are a [`Bundle`] of plain data that all its isolates share; a [`Registry`] is one
//! isolate's compiled state of it. Built-in modules come from a [`Builtins`] table that the embedder
//! gives, which also knows which of them a Worker's flags offer.
//!
//! Three kinds of modules form a hierarchy of visibility: the Worker's own may import each other and
//! the public built-in ones (and hide one of these behind their own name); built-in ones may import
//! internal ones only.
//!
//! Names are paths, or URLs where the flag `new_module_registry` is on (see [`urls`]).
//!
//! M1. A registry is installed in `State::modules` before any of its modules is compiled, so every
//!     callback of V8 that names a module finds it there.
//! M2. `entries` and `by_hash` are never borrowed across a call that can run guest code or compile.
//! M3. Entries are never removed: an `Rc<Entry>` outlives the evaluation of its module.

mod callbacks;
mod commonjs;
mod compile;
mod compiled;
mod dynamic;
mod evaluate;
mod fallback;
mod manner;
mod native;
pub mod path;
mod source;
mod urls;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::num::NonZeroI32;
use std::rc::Rc;
use std::sync::Arc;

pub use compile::{compile_function, run_script};
pub use compiled::{wasm_holders, wasm_object};
pub use evaluate::Require;
pub use fallback::{Answer, Fallback, Method, Question};
pub use native::{Exports, NativeFunction, NativeModule, function};
pub use source::{Bundle, CodeCache, Content, Source, Text};
pub use urls::names::normalized_path;

pub(crate) use callbacks::install_hooks;
pub(crate) use manner::ModuleConstructor;

use crate::{Error, Lock, LockExt, Result};

/// Who may import a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The Worker's own: the Worker may import it.
    Bundle,
    /// Part of the runtime: the Worker may import it.
    Public,
    /// Part of the runtime: only the runtime's own modules may import it.
    Internal,
}

/// A module that is part of the runtime.
pub enum Builtin {
    Source(Arc<Source>),
    Native(NativeModule),
}

/// Another name for a specifier.
pub enum Rewrite {
    /// The specifier means this one, as if it stood there.
    To(Cow<'static, str>),
    /// The specifier means this internal module, if there is one.
    Internal(Cow<'static, str>),
}

/// The modules that are part of the runtime.
pub trait Builtins {
    /// The module of this name and kind ([`Kind::Public`] or [`Kind::Internal`]), if the Worker's
    /// flags offer it.
    fn find(&self, js: &Lock<'_, '_>, specifier: &str, kind: Kind) -> Option<Builtin>;

    /// What a specifier means instead, before it is resolved: `fs` for `node:fs`.
    fn rewrite(&self, _js: &Lock<'_, '_>, _specifier: &str) -> Option<Rewrite> {
        None
    }
}

/// No built-in modules at all.
pub struct NoBuiltins;

impl Builtins for NoBuiltins {
    fn find(&self, _: &Lock<'_, '_>, _: &str, _: Kind) -> Option<Builtin> {
        None
    }
}

/// Runs a module's evaluation away from the current event, so that it can do no I/O on its behalf.
pub type OutsideEvents =
    Rc<dyn for<'s, 'i> Fn(&mut Lock<'s, 'i>, &mut dyn FnMut(&mut Lock<'s, 'i>))>;

/// Which modules a name is looked up among.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The Worker's own, then the public ones.
    Worker,
    /// The public ones, whatever the Worker has of that name.
    Public,
    /// The internal ones.
    Internal,
}

impl Kind {
    /// What modules of this kind may import.
    fn scope(self) -> Scope {
        match self {
            Self::Bundle => Scope::Worker,
            Self::Public | Self::Internal => Scope::Internal,
        }
    }
}

/// What a module without source text exports.
enum Synthetic {
    /// One value, as the default export.
    Value(v8::Global<v8::Value>),
    CommonJs {
        context: crate::Strong<commonjs::CommonJsModuleContext>,
        function: v8::Global<v8::Function>,
    },
    Native(Vec<(Cow<'static, str>, v8::Global<v8::Value>)>),
    /// Made of the source when the module is evaluated.
    Lazy,
}

/// A compiled module.
struct Entry {
    path: String,
    kind: Kind,
    module: v8::Global<v8::Module>,
    synthetic: Option<Synthetic>,
    /// What `import source` gives.
    source_object: Option<v8::Global<v8::Object>>,
    /// The copy of the namespace that `require` gives (flag `require_returns_default_export`).
    mutable_exports: RefCell<Option<v8::Global<v8::Object>>>,
    /// What it is made of; its code cache is filled.
    source: Option<Arc<Source>>,
}

/// The modules of one isolate.
pub struct Registry {
    bundle: Arc<Bundle>,
    builtins: Rc<dyn Builtins>,
    entries: RefCell<HashMap<Kind, HashMap<String, Rc<Entry>>>>,
    /// By V8's identity hash of the module, which need not be unique.
    by_hash: RefCell<HashMap<NonZeroI32, Vec<Rc<Entry>>>>,
    /// How many evaluations are on the stack.
    evaluating: Cell<u32>,
    outside_events: RefCell<Option<OutsideEvents>>,
    /// Names are URLs (flag `new_module_registry`), not paths.
    urls: Option<urls::Urls>,
    /// Who may know modules that nobody else knows.
    fallback: RefCell<Option<Arc<dyn Fallback>>>,
    /// What it has said to look up instead of a name.
    elsewhere: RefCell<HashMap<String, String>>,
}

impl Registry {
    /// A registry whose names are paths. All modules of the Worker are compiled when it is installed.
    pub fn new(bundle: Arc<Bundle>, builtins: Rc<dyn Builtins>) -> Rc<Self> {
        Self::with(bundle, builtins, None)
    }

    /// A registry whose names are URLs. Modules are compiled when they are imported.
    ///
    /// # Errors
    /// A module has no good name; the text tells the person who starts the Worker.
    pub fn with_urls(bundle: Arc<Bundle>, builtins: Rc<dyn Builtins>) -> Result<Rc<Self>, String> {
        let urls = urls::Urls::new(&bundle)?;
        Ok(Self::with(bundle, builtins, Some(urls)))
    }

    fn with(bundle: Arc<Bundle>, builtins: Rc<dyn Builtins>, urls: Option<urls::Urls>) -> Rc<Self> {
        Rc::new(Self {
            bundle,
            builtins,
            entries: RefCell::default(),
            by_hash: RefCell::default(),
            evaluating: Cell::new(0),
            outside_events: RefCell::new(None),
            urls,
            fallback: RefCell::new(None),
            elsewhere: RefCell::default(),
        })
    }

    /// Makes this the isolate's registry and, unless names are URLs, compiles the Worker's modules in
    /// their order.
    pub fn install(self: &Rc<Self>, js: &mut Lock<'_, '_>) -> Result<()> {
        *js.state().modules.borrow_mut() = Some(Rc::clone(self));
        if self.urls.is_some() {
            callbacks::install_url_hooks(js);
            return Ok(());
        }
        for source in &self.bundle.modules {
            let path = path::parse(&source.name).map_err(|_| {
                Error::Internal(format!(
                    "module name leads out of the bundle: {}",
                    source.name
                ))
            })?;
            if self.lookup(Kind::Bundle, &path).is_some() {
                return Err(Error::error(format!(
                    "Module \"{path}\" already added to bundle"
                )));
            }
            let entry = compile::source(js, path, Kind::Bundle, source)?;
            self.add(js, entry);
        }
        Ok(())
    }

    /// The isolate's registry.
    pub fn current(js: &Lock<'_, '_>) -> Option<Rc<Self>> {
        js.state().modules.borrow().clone()
    }

    /// How module evaluation leaves the current event; by default only the executor is taken away.
    pub fn set_outside_events(&self, hook: OutsideEvents) {
        *self.outside_events.borrow_mut() = Some(hook);
    }

    fn lookup(&self, kind: Kind, path: &str) -> Option<Rc<Entry>> {
        self.entries.borrow().get(&kind)?.get(path).cloned()
    }

    fn add(&self, js: &Lock<'_, '_>, entry: Entry) -> Rc<Entry> {
        if let Some(urls) = &self.urls {
            urls.add(&entry);
        }
        let entry = Rc::new(entry);
        let hash = v8::Local::new(js, &entry.module).get_identity_hash();
        self.by_hash
            .borrow_mut()
            .entry(hash)
            .or_default()
            .push(Rc::clone(&entry));
        self.entries
            .borrow_mut()
            .entry(entry.kind)
            .or_default()
            .insert(entry.path.clone(), Rc::clone(&entry));
        entry
    }

    /// The entry of a module that V8 names.
    fn entry_of(&self, js: &Lock<'_, '_>, module: v8::Local<'_, v8::Module>) -> Result<Rc<Entry>> {
        let by_hash = self.by_hash.borrow();
        by_hash
            .get(&module.get_identity_hash())
            .and_then(|entries| {
                entries
                    .iter()
                    .find(|entry| v8::Local::new(js, &entry.module) == module)
            })
            .cloned()
            .ok_or_else(|| Error::Internal("V8 names a module that is not in the registry".into()))
    }

    /// The module of a path, compiled now if it is a built-in one that nobody has imported yet.
    fn resolve(
        &self,
        js: &mut Lock<'_, '_>,
        path: &str,
        scope: Scope,
    ) -> Result<Option<Rc<Entry>>> {
        let kind = match scope {
            Scope::Worker => {
                if let Some(entry) = self.resolve_own(js, path)? {
                    return Ok(Some(entry));
                }
                Kind::Public
            }
            Scope::Public => Kind::Public,
            Scope::Internal => Kind::Internal,
        };
        self.resolve_kind(js, path, kind)
    }

    /// The built-in module of this kind.
    fn resolve_kind(
        &self,
        js: &mut Lock<'_, '_>,
        path: &str,
        kind: Kind,
    ) -> Result<Option<Rc<Entry>>> {
        if let Some(entry) = self.lookup(kind, path) {
            return Ok(Some(entry));
        }
        let name = match &self.urls {
            Some(_) => urls::Urls::script(path),
            None => path,
        };
        let Some(builtin) = self.builtins.find(js, name, kind) else {
            return Ok(None);
        };
        let entry = match builtin {
            Builtin::Source(source) if self.urls.is_some() => {
                compile::lazily(js, path, name, kind, &source)?
            }
            Builtin::Source(source) => compile::source(js, path.to_owned(), kind, &source)?,
            Builtin::Native(native) => compile::native(js, path.to_owned(), kind, native)?,
        };
        Ok(Some(self.add(js, entry)))
    }

    /// The Worker's module at a path, compiled now if names are URLs and nobody has imported it yet.
    fn resolve_own(&self, js: &mut Lock<'_, '_>, path: &str) -> Result<Option<Rc<Entry>>> {
        if let Some(entry) = self.lookup(Kind::Bundle, path) {
            return Ok(Some(entry));
        }
        let Some(urls) = &self.urls else {
            return Ok(None);
        };
        let Some(source) = urls.definition(path) else {
            return Ok(None);
        };
        let script = urls::Urls::script(path);
        let entry = compile::lazily(js, path, script, Kind::Bundle, &source)?;
        Ok(Some(self.add(js, entry)))
    }

    /// Produces code for the sources that have none, functions compiled so far included. Other
    /// isolates compile faster with it; call it when the isolate is idle after some work.
    pub fn produce_code_cache(&self, js: &mut Lock<'_, '_>) {
        let entries: Vec<_> = self
            .by_hash
            .borrow()
            .values()
            .flatten()
            .filter(|entry| entry.source.is_some())
            .cloned()
            .collect();
        for entry in entries {
            compile::produce_code_cache(js, &entry);
        }
    }
}
