//! Errors as their peer knows them: a kind, and a text that begins with the class of what was thrown.

use std::borrow::Cow;

use capnp::{Error, ErrorKind};
use io::ChannelError;
use io::channel::Hint;
use net::BodyError;

const LOST: &str = "Network connection lost.";

/// What stands before the text of an error that has crossed a connection.
const CROSSED: &str = "remote exception: ";

/// The error of a call as its caller sees it.
pub fn received(error: &Error) -> ChannelError {
    let mut text = error.extra.as_str();
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
        None if error.kind == ErrorKind::Disconnected => ChannelError::Disconnected(LOST.into()),
        None => return ChannelError::Internal(text.to_owned()),
    };
    let is_lost = matches!(thrown, ChannelError::Disconnected(_));
    match error.kind {
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
    told_as(ErrorKind::Failed, error)
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
        ] {
            let mut told = told(&error);
            told.extra.insert_str(0, CROSSED);
            assert_eq!(format!("{:?}", received(&told)), format!("{error:?}"));
        }
    }
}
