//! Extensions: modules offered to every Worker.

use super::Text;

/// A set of modules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extension {
    pub modules: Vec<ExtensionModule>,
}

/// One module of an extension.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExtensionModule {
    pub name: Text,
    /// Importable by other extension modules only.
    pub internal: bool,
    pub es_module: Text,
}
