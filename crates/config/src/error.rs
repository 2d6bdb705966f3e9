//! Errors of reading a config.

use capnp_text::Diagnostic;

/// Why a config cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// A mistake in the text, with its place.
    #[error("{0}")]
    Text(Diagnostic),
    /// The file as a whole cannot be used. The real workerd shows these as errors of the command line.
    #[error("{file}: {message}")]
    Unusable { file: String, message: String },
}
