//! The module registry: what a specifier resolves to, and how each kind of module is compiled.

/// A Worker's modules.
pub struct Registry;
