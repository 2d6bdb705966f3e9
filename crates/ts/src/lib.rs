//! TypeScript to JavaScript by erasing types.
//!
//! Used at run time for Workers with the flag `typescript_strip_types`, and at build time for builtin modules.
//!
//! 1. Only erasable syntax is accepted: what would need code (enums, parameter properties, namespaces with values) is an
//!    error.
//! 2. Everything erased is replaced by spaces, so that lines and columns stay what they were.
//! 3. Nothing is type-checked, and mistakes that only the JavaScript engine finds are left to it.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use swc_common::SourceMap;
use swc_common::errors::{DiagnosticBuilder, Emitter, HANDLER, Handler, Level};
use swc_ts_fast_strip::{Mode, Options};

/// Why a source cannot be stripped. Its text is that of the real workerd, which puts
/// `Error transpiling NAME : ` before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripError {
    /// The kind of failure: "Syntax error" or "Unsupported syntax".
    pub kind: String,
    /// What was found, in the order of the source.
    pub diagnostics: Vec<String>,
}

/// The JavaScript in `source`, a module in TypeScript. `filename` is what messages may call it.
pub fn strip_types(source: &str, filename: &str) -> Result<String, StripError> {
    let diagnostics = Diagnostics::default();
    let handler = Handler::with_emitter(false, false, Box::new(diagnostics.clone()));
    let options = Options {
        filename: Some(filename.to_owned()),
        mode: Mode::StripOnly,
        ..Options::default()
    };
    let sources: Rc<SourceMap> = Rc::default();
    let stripped = HANDLER.set(&handler, || {
        swc_ts_fast_strip::operate(&sources, &handler, source.to_owned(), options)
    });
    stripped
        .map(|output| output.code)
        .map_err(|error| StripError {
            kind: error.message,
            diagnostics: diagnostics.take(),
        })
}

impl fmt::Display for StripError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        self.diagnostics
            .iter()
            .try_for_each(|diagnostic| write!(f, "\n    {diagnostic}"))
    }
}

impl std::error::Error for StripError {}

/// Collects the messages of errors and warnings, without their positions.
#[derive(Clone, Default)]
struct Diagnostics(Rc<RefCell<Vec<String>>>);

impl Diagnostics {
    fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

impl Emitter for Diagnostics {
    fn emit(&mut self, diagnostic: &mut DiagnosticBuilder<'_>) {
        if diagnostic.is_error() || diagnostic.level == Level::Warning {
            self.0.borrow_mut().push(diagnostic.message());
        }
    }
}

#[cfg(test)]
mod tests;
