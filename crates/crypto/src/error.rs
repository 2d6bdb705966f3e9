//! Why an operation is refused: plain data, which may come from another thread.

use std::borrow::Cow;

use evp::Refused;

/// Result of what needs no isolate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal, with the class and text that the guest sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    Dom(&'static str, Cow<'static, str>),
    Type(Cow<'static, str>),
    /// A plain error.
    Plain(Cow<'static, str>),
    /// Nothing that the guest has done explains it.
    Internal(String),
}

impl From<Error> for jsg::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Dom(name, text) => Self::dom(name, text),
            Error::Type(text) => Self::type_error(text),
            Error::Plain(text) => Self::error(text),
            Error::Internal(text) => Self::Internal(text),
        }
    }
}

pub(crate) fn operation(text: impl Into<Cow<'static, str>>) -> Error {
    Error::Dom("OperationError", text.into())
}

pub(crate) fn data(text: impl Into<Cow<'static, str>>) -> Error {
    Error::Dom("DataError", text.into())
}

pub(crate) fn access(text: impl Into<Cow<'static, str>>) -> Error {
    Error::Dom("InvalidAccessError", text.into())
}

pub(crate) fn syntax(text: impl Into<Cow<'static, str>>) -> Error {
    Error::Dom("SyntaxError", text.into())
}

pub(crate) fn not_supported(text: impl Into<Cow<'static, str>>) -> Error {
    Error::Dom("NotSupportedError", text.into())
}

pub(crate) fn type_error(text: impl Into<Cow<'static, str>>) -> Error {
    Error::Type(text.into())
}

/// The error for a member of an algorithm that must be there.
pub(crate) fn missing(field: &str) -> Error {
    type_error(format!("Missing field \"{field}\" in \"algorithm\"."))
}

/// What guests are told of the library's reasons.
fn text_of(reason: Refused) -> Option<&'static str> {
    Some(match reason {
        Refused::Unknown => return None,
        Refused::PointEncoding => "Invalid point encoding.",
        Refused::CompressedPoint => "Invalid compressed point.",
        Refused::PointNotOnCurve => "Point is not on curve.",
        Refused::UnknownCurve => "Unsupported elliptic curve group.",
        Refused::DataLength => "Invalid RSA signature.",
        Refused::KeyTooSmall => "RSA key size is too small.",
        Refused::RsaInternal => "RSA operation failed.",
    })
}

/// What follows a text of ours: the library's reason where guests are told, or a full stop.
pub(crate) fn because(reason: Refused) -> String {
    match text_of(reason) {
        // The real one's library gives this reason twice.
        Some(text) if reason == Refused::CompressedPoint => format!(": {text} {text}."),
        Some(text) => format!(": {text}."),
        None => ".".to_owned(),
    }
}

/// The library has refused where it hardly ever does.
pub(crate) fn refused(reason: Refused) -> Error {
    match text_of(reason) {
        Some(text) => operation(text),
        None => Error::Internal("a call of the cryptographic library has failed".to_owned()),
    }
}
