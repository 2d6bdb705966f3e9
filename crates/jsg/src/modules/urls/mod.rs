//! The registry whose names are URLs (flag `new_module_registry`).
//!
//! Nothing is compiled before it is imported, and no value of a module is made before the module is
//! evaluated. A specifier is a URL relative to that of the module that names it; the Worker's own
//! modules are below `file:///bundle/`. Query and fragment make further instances of a module.
//!
//! U1. The path of an entry is the URL of its instance: what `import.meta.url` says.
//! U2. The name of its script is the URL of its definition, which is what V8 tells about the module
//!     that calls `import()`.

mod evaluate;
mod import;
mod meta;
pub(super) mod names;
mod require;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

pub(super) use evaluate::export_lazily;
pub(super) use import::import_with_phase;
pub(super) use meta::initialize as import_meta;

use super::fallback::Asking;
use super::{Bundle, Content, Entry, Kind, Registry, Rewrite, Scope, Source};
use crate::{Lock, Result};

/// What the registry knows beyond its entries when names are URLs.
pub(super) struct Urls {
    /// The Worker's modules by URL.
    definitions: RefCell<HashMap<String, Arc<Source>>>,
    /// The URL of the main module.
    main: Option<String>,
    /// The scripts that V8 may name, see U2.
    scripts: RefCell<HashSet<(Kind, String)>>,
}

impl Urls {
    /// # Errors
    /// A name is none or there twice; the text tells the person who starts the Worker.
    pub(super) fn new(bundle: &Bundle) -> Result<Self, String> {
        let mut definitions = HashMap::with_capacity(bundle.modules.len());
        let mut main = None;
        for source in &bundle.modules {
            let url = names::of_bundle(&source.name)?;
            main.get_or_insert_with(|| url.clone());
            if definitions
                .insert(url.clone(), Arc::clone(source))
                .is_some()
            {
                return Err(format!("Module \"{url}\" already added to bundle"));
            }
        }
        Ok(Self {
            definitions: RefCell::new(definitions),
            main,
            scripts: RefCell::default(),
        })
    }

    /// The Worker's module that the URL of an instance names.
    pub(super) fn definition(&self, url: &str) -> Option<Arc<Source>> {
        self.definitions
            .borrow()
            .get(names::definition(url))
            .cloned()
    }

    /// Adds a module to the Worker's.
    pub(super) fn define(&self, url: &str, source: Arc<Source>) {
        self.definitions.borrow_mut().insert(url.to_owned(), source);
    }

    /// The name of the script of an instance.
    pub(super) fn script(url: &str) -> &str {
        names::definition(url)
    }

    /// Notes that an instance exists.
    pub(super) fn add(&self, entry: &Entry) {
        let script = Self::script(&entry.path).to_owned();
        self.scripts.borrow_mut().insert((entry.kind, script));
    }

    /// The kind of the module that runs as this script: the Worker's own come first.
    fn kind_of_script(&self, script: &str) -> Option<Kind> {
        let scripts = self.scripts.borrow();
        [Kind::Bundle, Kind::Public, Kind::Internal]
            .into_iter()
            .find(|kind| scripts.contains(&(*kind, script.to_owned())))
    }

    fn is_main(&self, entry: &Entry) -> bool {
        entry.kind == Kind::Bundle && self.main.as_deref() == Some(Self::script(&entry.path))
    }
}

impl Entry {
    fn is_json(&self) -> bool {
        self.content()
            .is_some_and(|content| matches!(content, Content::Json(_)))
    }

    fn is_wasm(&self) -> bool {
        self.content()
            .is_some_and(|content| matches!(content, Content::Wasm(_)))
    }

    fn content(&self) -> Option<&Content> {
        self.source.as_ref().map(|source| &source.content)
    }

    fn is_es_module(&self) -> bool {
        self.synthetic.is_none()
    }
}

/// What a specifier means in a module.
struct Target {
    url: String,
    /// The internal module that stands behind the name unless the Worker has one of that name.
    internal: Option<String>,
}

impl Registry {
    /// What `specifier` means in the module at `base`; `None` when it is no URL.
    fn target(&self, js: &Lock<'_, '_>, base: &str, specifier: &str) -> Option<Target> {
        let (name, internal) = match self.builtins.rewrite(js, specifier) {
            Some(Rewrite::To(name)) => (name, None),
            Some(Rewrite::Internal(internal)) => (with_node(specifier), Some(internal.into())),
            None => (specifier.into(), None),
        };
        let url = names::resolve(base, &name)?;
        Some(Target { url, internal })
    }

    /// The full name of a built-in module that has a short one.
    fn builtin_name(&self, js: &Lock<'_, '_>, specifier: &str) -> Option<String> {
        Some(match self.builtins.rewrite(js, specifier)? {
            Rewrite::To(name) => name.into_owned(),
            Rewrite::Internal(_) => with_node(specifier).into_owned(),
        })
    }

    fn find_target(
        &self,
        js: &mut Lock<'_, '_>,
        target: &Target,
        scope: Scope,
        asking: Asking<'_>,
    ) -> Result<Option<Rc<Entry>>> {
        match &target.internal {
            Some(name) => match self.resolve(js, &target.url, scope)? {
                Some(entry) => Ok(Some(entry)),
                None => self.resolve(js, name, Scope::Internal),
            },
            None => self.resolve_or_ask(js, &target.url, scope, asking),
        }
    }
}

fn with_node(specifier: &str) -> Cow<'_, str> {
    if specifier.starts_with("node:") {
        specifier.into()
    } else {
        format!("node:{specifier}").into()
    }
}
