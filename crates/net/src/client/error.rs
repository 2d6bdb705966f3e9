//! Why a request has no response. The texts are for logs; a guest learns whether it was a lost connection.

use std::io;

use crate::body::BodyError;
use crate::tls::TlsError;

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{0}")]
    Connect(#[source] io::Error),
    #[error(
        "DNS lookup failed. host = {host}; service = (none); failed to lookup address information: {reason}"
    )]
    Lookup { host: String, reason: String },
    #[error("connecting to {0} is not allowed")]
    NotAllowed(String),
    #[error("this client has no TLS configuration")]
    NoTls,
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("client error (SendRequest): {0}")]
    Exchange(String),
    #[error("invalid request: {0}")]
    Request(String),
    /// The request's own body has failed.
    #[error("the body of the request: {0}")]
    Body(BodyError),
    #[error("invalid response: {0}")]
    Protocol(String),
    #[error("{0}")]
    Handshake(String),
    #[error("this HTTP client's connection has been closed by the server or due to an error")]
    Unavailable,
    #[error(
        "application did not finish reading previous HTTP response body; can't read next pipelined request/response"
    )]
    Unread,
}

impl ClientError {
    /// Whether the other side or the network is to blame, and a later try may succeed.
    pub fn is_disconnect(&self) -> bool {
        match self {
            Self::Exchange(_) | Self::Protocol(_) => true,
            Self::Connect(error) => is_disconnect(error),
            Self::Body(error) => matches!(error, BodyError::Incomplete | BodyError::Connection(_)),
            Self::Lookup { .. }
            | Self::NotAllowed(_)
            | Self::NoTls
            | Self::Tls(_)
            | Self::Request(_)
            | Self::Handshake(_)
            | Self::Unavailable
            | Self::Unread => false,
        }
    }
}

/// Whether an I/O error means that the peer cannot be reached any more.
pub fn is_disconnect(error: &io::Error) -> bool {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable,
        NetworkDown, NetworkUnreachable, NotConnected, TimedOut, UnexpectedEof,
    };
    matches!(
        error.kind(),
        BrokenPipe
            | ConnectionAborted
            | ConnectionRefused
            | ConnectionReset
            | HostUnreachable
            | NetworkDown
            | NetworkUnreachable
            | NotConnected
            | TimedOut
            | UnexpectedEof
    )
}

/// hyper's error with its cause.
pub(super) fn exchange_error(error: &hyper::Error) -> ClientError {
    use std::error::Error;
    if error.is_user() {
        if let Some(body) = error.source().and_then(|source| source.downcast_ref()) {
            return ClientError::Body(BodyError::clone(body));
        }
        return ClientError::Request(match error.source() {
            Some(source) => source.to_string(),
            None => error.to_string(),
        });
    }
    let text = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    if error.is_parse() {
        ClientError::Protocol(text)
    } else {
        ClientError::Exchange(text)
    }
}
