//! The built-in modules that a Worker's imports find.

use jsg::modules::{Builtin, Builtins, Kind, Rewrite, Source};
use jsg::{Lock, LockExt};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use node::modules::{BuiltinModule, Visibility};

use crate::definition::ExtensionModule;

/// The modules of the crates below this one and those of extensions, in one table.
pub struct Modules {
    pub extensions: Arc<[ExtensionModule]>,
}

/// The built-in sources of the process; their code cache is shared by all isolates.
static SOURCES: LazyLock<HashMap<&'static str, Arc<Source>>> = LazyLock::new(|| {
    node::modules::all()
        .map(|module| {
            (
                module.file,
                Arc::new(Source::es_module(module.specifier, module.source)),
            )
        })
        .collect()
});

fn source(module: &BuiltinModule) -> Option<Builtin> {
    SOURCES.get(module.file).cloned().map(Builtin::Source)
}

impl Builtins for Modules {
    fn find(&self, js: &Lock<'_, '_>, specifier: &str, kind: Kind) -> Option<Builtin> {
        builtin(js, specifier, kind).or_else(|| {
            let found = self.extensions.iter().find(|module| {
                let known = if module.is_internal {
                    Kind::Internal
                } else {
                    Kind::Public
                };
                known == kind && module.source.name == specifier
            });
            found.map(|module| Builtin::Source(module.source.clone()))
        })
    }

    fn rewrite(&self, js: &Lock<'_, '_>, specifier: &str) -> Option<Rewrite> {
        node::modules::full_name(specifier, js.flags()).map(Rewrite::To)
    }
}

fn builtin(js: &Lock<'_, '_>, specifier: &str, kind: Kind) -> Option<Builtin> {
    if let Some(module) = workers::modules::find(js, specifier, kind) {
        return Some(module);
    }
    match kind {
        Kind::Public => {
            let module = node::modules::find(specifier, js.flags())?;
            (module.visibility == Visibility::Public)
                .then(|| source(module))
                .flatten()
        }
        Kind::Internal if specifier == "node-internal:util_natives" => {
            Some(Builtin::Native(jsg::natives::util_natives))
        }
        Kind::Internal if specifier == "node-internal:host" => {
            Some(Builtin::Native(crate::node_host::natives))
        }
        Kind::Internal if let Some(natives) = node::natives::find(specifier) => {
            Some(Builtin::Native(natives))
        }
        Kind::Internal => source(node::modules::find_internal(specifier)?),
        Kind::Bundle => None,
    }
}
