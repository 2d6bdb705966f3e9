//! Errors as their peer knows them: a kind, a text that begins with the class of what was thrown, and among the details
//! the whole error as structured clone writes it.

use std::borrow::Cow;

use capnp::{Error, ErrorKind};
use io::ChannelError;
use io::channel::Hint;
use net::BodyError;

use crate::details::{join, split};

const LOST: &str = "Network connection lost.";

/// What stands before the text of an error that has crossed a connection.
const CROSSED: &str = "remote exception: ";

/// The number of the detail that is the whole error.
const WHOLE_ERROR: u64 = 0xe802_7292_171b_1646;

/// The number of the detail that says how the whole error is written: without it the real workerd passes over the other.
const FORM: u64 = 0xbdc9_17cd_ea1f_7681;
/// As an error's own properties, behind its message and its stack.
const OWN_PROPERTIES: &[u8] = &[1];

/// The error of a call as its caller sees it.
pub fn received(error: &Error) -> ChannelError {
    let (text, details) = split(&error.extra);
    let plain = classified(error.kind, text);
    let whole = details.into_iter().find(|(id, _)| *id == WHOLE_ERROR);
    match (whole, &plain) {
        (_, ChannelError::Internal(_) | ChannelError::Disconnected(_)) | (None, _) => plain,
        (Some((_, value)), _) => ChannelError::Error {
            value: value.into(),
            plain: Box::new(plain),
        },
    }
}

fn classified(kind: ErrorKind, mut text: &str) -> ChannelError {
    while let Some(rest) = text.strip_prefix(CROSSED) {
        text = rest;
    }
    let (mut is_remote, mut is_reset) = (false, false);
    while let Some(rest) = text.strip_prefix("remote.") {
        is_remote = true;
        text = rest;
    }
    while text.starts_with("broken.") {
        is_reset = true;
        text = text.split_once("; ").map_or("", |(_, rest)| rest);
    }
    let thrown = match text.strip_prefix("jsg.").and_then(classed) {
        Some((class, message)) if is_remote => ChannelError::Remote { class, message },
        Some((class, message)) => ChannelError::Classed { class, message },
        None if kind == ErrorKind::Disconnected => ChannelError::Disconnected(LOST.into()),
        None => return ChannelError::Internal(text.to_owned()),
    };
    let is_lost = matches!(thrown, ChannelError::Disconnected(_));
    match kind {
        _ if is_reset => thrown.hinted(Hint::Reset),
        ErrorKind::Disconnected if !is_lost => thrown.hinted(Hint::Retryable),
        ErrorKind::Overloaded => thrown.hinted(Hint::Overloaded),
        _ => thrown,
    }
}

/// `Class: message`, or the class alone.
fn classed(text: &str) -> Option<(Cow<'static, str>, String)> {
    let (class, message) = match text.strip_prefix("DOMException(") {
        Some(rest) => {
            let (name, rest) = rest.split_once(')')?;
            (format!("DOMException({name})"), rest.strip_prefix(": ")?)
        }
        None => {
            let (class, message) = text.split_once(": ").unwrap_or((text, ""));
            (class.to_owned(), message)
        }
    };
    Some((class.into(), message.to_owned()))
}

/// The error of a call as it is told to whoever has called.
pub fn told(error: &ChannelError) -> Error {
    let Error { kind, extra } = told_as(ErrorKind::Failed, error);
    let details = whole(error).map(|value| {
        [
            (WHOLE_ERROR, value.to_vec()),
            (FORM, OWN_PROPERTIES.to_vec()),
        ]
    });
    Error {
        kind,
        extra: join(&extra, details.into_iter().flatten()),
    }
}

fn whole(error: &ChannelError) -> Option<&[u8]> {
    match error {
        ChannelError::Error { value, .. } => Some(value),
        ChannelError::Hinted { thrown, .. } => whole(thrown),
        _ => None,
    }
}

fn told_as(kind: ErrorKind, error: &ChannelError) -> Error {
    let (kind, extra) = match error {
        ChannelError::Remote { class, message } => (kind, format!("remote.jsg.{class}: {message}")),
        ChannelError::Classed { class, message } => (kind, format!("jsg.{class}: {message}")),
        ChannelError::Failed(message) => (kind, format!("jsg.Error: {message}")),
        ChannelError::Hinted { hint, thrown } => match hint {
            Hint::Retryable => return told_as(ErrorKind::Disconnected, thrown),
            Hint::Overloaded => return told_as(ErrorKind::Overloaded, thrown),
            Hint::Reset => {
                let mut inner = told_as(kind, thrown);
                inner.extra = format!("broken.exceptionInObject; {}", inner.extra);
                return inner;
            }
        },
        ChannelError::Error { plain, .. } => return told_as(kind, plain),
        ChannelError::Internal(text) => (kind, text.clone()),
        ChannelError::Disconnected(text) => (ErrorKind::Disconnected, text.clone()),
    };
    Error { kind, extra }
}

/// The failure of a stream as the other side is told of it.
pub fn of_stream(error: &BodyError) -> Error {
    match error {
        BodyError::Thrown { class, message, .. } => {
            Error::failed(format!("jsg.{class}: {message}"))
        }
        BodyError::Incomplete | BodyError::Connection(_) => Error::disconnected(error.to_string()),
        other => Error::failed(other.to_string()),
    }
}

/// The failure of a call on a stream of the other side.
pub fn to_stream(error: &Error) -> BodyError {
    match received(error) {
        ChannelError::Remote { class, message } | ChannelError::Classed { class, message } => {
            BodyError::Thrown {
                class,
                message,
                value: None,
            }
        }
        other => BodyError::Connection(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_name_the_class() {
        let crossed = |text: &str| received(&Error::failed(format!("{CROSSED}{text}")));
        assert!(matches!(
            crossed("remote.jsg.TypeError: a: b"),
            ChannelError::Remote { class, message } if class == "TypeError" && message == "a: b"
        ));
        assert!(matches!(
            crossed("jsg.DOMException(AbortError): c"),
            ChannelError::Classed { class, message } if class == "DOMException(AbortError)" && message == "c"
        ));
        assert!(
            matches!(crossed("expected x"), ChannelError::Internal(text) if text == "expected x")
        );
        assert!(crossed("broken.outputGateBroken; jsg.Error: d").to_string() == "d");
        let lost = received(&Error::disconnected("whatever".into()));
        assert!(matches!(lost, ChannelError::Disconnected(text) if text == LOST));
    }

    #[test]
    fn an_error_comes_back_as_it_went() {
        for error in [
            ChannelError::Remote {
                class: "RangeError".into(),
                message: "m".into(),
            },
            ChannelError::classed("Error", "n"),
            ChannelError::Error {
                value: b"all".as_slice().into(),
                plain: Box::new(ChannelError::Remote {
                    class: "Error".into(),
                    message: "o".into(),
                }),
            },
        ] {
            let mut told = told(&error);
            told.extra.insert_str(0, CROSSED);
            assert_eq!(format!("{:?}", received(&told)), format!("{error:?}"));
        }
    }
}
