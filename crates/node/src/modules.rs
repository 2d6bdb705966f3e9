//! The table of builtin modules.
//!
//! 1. A public module is imported by Workers under its `node:` name, and under the bare name where `nodejs_compat_v2`
//!    is on. Internal modules are imported by builtin modules only; for a Worker they do not exist.
//! 2. Modules are loaded when first imported. `node-internal:primordials` is the exception: the runtime must evaluate it
//!    before any code of a Worker, since it captures what that code could replace.

use compat::{Flag, FlagSet};

/// A module that is part of the runtime.
pub struct BuiltinModule {
    /// The name under which it is imported.
    pub specifier: &'static str,
    /// Its JavaScript.
    pub source: &'static str,
    pub visibility: Visibility,
    /// Whether the module exists for a Worker with these flags.
    pub enabled: fn(&FlagSet) -> bool,
}

/// Who may import a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Public,
    Internal,
}

/// Every builtin module of this crate.
pub fn all() -> &'static [BuiltinModule] {
    MODULES
}

/// The module that a Worker with `flags` gets for `specifier`.
pub fn find(specifier: &str, flags: &FlagSet) -> Option<&'static BuiltinModule> {
    let bare = specifier.strip_prefix("node:");
    if bare.is_none() && !flags.contains(Flag::NodejsCompatV2) {
        return None;
    }
    let bare = bare.unwrap_or(specifier);
    all().iter().find(|module| {
        module.visibility == Visibility::Public
            && module.specifier.strip_prefix("node:") == Some(bare)
            && (module.enabled)(flags)
    })
}

/// The internal module that another builtin module gets for `specifier`.
pub fn find_internal(specifier: &str) -> Option<&'static BuiltinModule> {
    all()
        .iter()
        .find(|module| module.visibility == Visibility::Internal && module.specifier == specifier)
}

macro_rules! public {
    ($name:literal, $enabled:expr) => {
        BuiltinModule {
            specifier: concat!("node:", $name),
            source: include_str!(concat!(env!("OUT_DIR"), "/", $name, ".js")),
            visibility: Visibility::Public,
            enabled: $enabled,
        }
    };
}

macro_rules! internal {
    ($name:literal) => {
        BuiltinModule {
            specifier: concat!("node-internal:", $name),
            source: include_str!(concat!(env!("OUT_DIR"), "/internal/", $name, ".js")),
            visibility: Visibility::Internal,
            enabled: always,
        }
    };
}

fn always(_flags: &FlagSet) -> bool {
    true
}

/// Node compatibility of either version.
fn nodejs(flags: &FlagSet) -> bool {
    flags.contains(Flag::NodejsCompat) || flags.contains(Flag::NodejsCompatV2)
}

/// Context storage is offered without the rest of Node, too. Its natives are of a crate above.
fn async_hooks(flags: &FlagSet) -> bool {
    nodejs(flags) || flags.contains(Flag::NodejsAls)
}

static MODULES: &[BuiltinModule] = &[
    public!("assert", nodejs),
    public!("assert/strict", nodejs),
    public!("async_hooks", async_hooks),
    public!("test", nodejs),
    internal!("assert_diff"),
    internal!("assert_error"),
    internal!("assert_throws"),
    internal!("inspect_api"),
    internal!("inspect_collections"),
    internal!("inspect_context"),
    internal!("inspect_errors"),
    internal!("inspect_layout"),
    internal!("inspect_names"),
    internal!("inspect_shape"),
    internal!("inspect_text"),
    internal!("inspect_value"),
    internal!("internal_assert"),
    internal!("internal_comparisons"),
    internal!("internal_errors"),
    internal!("internal_inspect"),
    internal!("internal_types"),
    internal!("mock"),
    internal!("primordials"),
    internal!("validators"),
];

#[cfg(test)]
mod tests;
