//! The ways out of an isolate. The server implements them; tests implement them too.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use jsg::Lock;
use net::Body;
use net::client::Connected;

use crate::event::{QueueBatch, QueueResult, Scheduled, ScheduledResult};
use crate::restored::Origin;
use crate::rpc::{Broken, Capability};
use crate::token::{NOT_STORABLE, Refusal, Token, Usage};
use crate::trace::{Span, TailBatch, TailStream};

/// Why a subrequest has no response.
#[derive(Debug, Clone)]
pub enum ChannelError {
    /// The other side, another Worker, threw: class and message as they crossed over. The class of a
    /// `DOMException` is `DOMException(name)`.
    Remote {
        class: Cow<'static, str>,
        message: String,
    },
    /// The same of an error that says what follows from it.
    Hinted {
        hint: Hint,
        thrown: Box<ChannelError>,
    },
    /// As [`Remote`](Self::Remote), with the whole error: its own properties and what caused it.
    Error {
        /// The error as structured clone writes it.
        value: Arc<[u8]>,
        /// The error for those who cannot read it.
        plain: Box<ChannelError>,
    },
    /// As [`Remote`](Self::Remote), without a sign of where it was thrown.
    Classed {
        class: Cow<'static, str>,
        message: String,
    },
    /// The network or the host failed; the text is for the guest.
    Failed(String),
    /// The host failed; the text is for its log, not for the guest.
    Internal(String),
    /// The connection is lost, which a later try may mend. Or the event that would have answered was cancelled, its Worker terminated or replaced.
    Disconnected(String),
}

/// What a thrown error tells whoever waits for an answer, by a property of this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// `retryable`: the other side is gone, and another try may find it.
    Retryable,
    /// `overloaded`: the other side has too much to do.
    Overloaded,
    /// `durableObjectReset`: the object that should have answered is gone, and what it held in memory with it.
    Reset,
}

impl Hint {
    pub fn property(self) -> &'static str {
        match self {
            Self::Retryable => "retryable",
            Self::Overloaded => "overloaded",
            Self::Reset => "durableObjectReset",
        }
    }
}

impl ChannelError {
    /// An error of this class, without a sign of where it was thrown.
    pub fn classed(class: &'static str, message: impl Into<String>) -> Self {
        Self::Classed {
            class: class.into(),
            message: message.into(),
        }
    }

    /// The same error with a hint.
    #[must_use]
    pub fn hinted(self, hint: Hint) -> Self {
        Self::Hinted {
            hint,
            thrown: Box::new(self),
        }
    }

    /// The same error, seen from the other side of a boundary.
    #[must_use]
    pub fn remote(self) -> Self {
        match self {
            Self::Classed { class, message } => Self::Remote { class, message },
            Self::Hinted { hint, thrown } => thrown.remote().hinted(hint),
            other => other,
        }
    }

    /// The same error without a sign of where it was thrown.
    #[must_use]
    pub fn not_remote(self) -> Self {
        match self {
            Self::Remote { class, message } => Self::Classed { class, message },
            Self::Hinted { hint, thrown } => thrown.not_remote().hinted(hint),
            Self::Error { plain, .. } => plain.not_remote(),
            other => other,
        }
    }

    /// Whether there is nobody who could have answered.
    pub fn is_disconnect(&self) -> bool {
        matches!(
            self,
            Self::Disconnected(_)
                | Self::Hinted {
                    hint: Hint::Retryable,
                    ..
                }
        )
    }
}

impl fmt::Display for ChannelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote { message, .. }
            | Self::Classed { message, .. }
            | Self::Failed(message)
            | Self::Internal(message)
            | Self::Disconnected(message) => f.write_str(message),
            Self::Hinted { thrown, .. } => thrown.fmt(f),
            Self::Error { plain, .. } => plain.fmt(f),
        }
    }
}

impl std::error::Error for ChannelError {}

impl From<ChannelError> for jsg::Error {
    fn from(error: ChannelError) -> Self {
        match error {
            ChannelError::Remote { class, message } => {
                let name = class
                    .strip_prefix("DOMException(")
                    .and_then(|class| class.strip_suffix(')'));
                match name.map(str::to_owned) {
                    Some(name) => Self::RemoteDom { name, message },
                    None => Self::Remote { class, message },
                }
            }
            ChannelError::Classed { class, message } => Self::Classed { class, message },
            ChannelError::Hinted { hint, thrown } => match *thrown {
                // Only what has become of the receiver is known at the boundary; the rest comes from beyond it.
                ChannelError::Remote { class, message } if hint != Hint::Reset => {
                    let error = Self::Classed { class, message };
                    error.hinted(hint.property()).hinted("remote")
                }
                thrown => Self::from(thrown).hinted(hint.property()),
            },
            ChannelError::Error { value, plain } => Self::RemoteValue {
                value,
                plain: Box::new((*plain).into()),
            },
            ChannelError::Failed(message) => Self::error(message),
            ChannelError::Internal(text) => Self::Internal(text),
            ChannelError::Disconnected(message) => Self::Disconnected {
                message: message.into(),
            },
        }
    }
}

/// The `cf` object of a subrequest, as JSON text, among the extensions of its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CfBlob(pub String);

/// Asked where a message leaves for where there is nothing but HTTP.
///
/// # Errors
/// It has a header that HTTP cannot carry and that must not be left out.
pub fn check_headers(extensions: &http::Extensions) -> Result<(), ChannelError> {
    match net::odd_headers::refused(extensions) {
        None => Ok(()),
        Some(name) => Err(ChannelError::Classed {
            class: "TypeError".into(),
            message: unsendable_header(name),
        }),
    }
}

#[cold]
pub fn unsendable_header(name: &str) -> String {
    format!("The header \"{name}\" cannot be sent over HTTP.")
}

/// The URL of a subrequest as its sender has written it, among the extensions of its head: where that is not what HTTP
/// sends, and another Worker gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenUrl(pub String);

/// What a subrequest comes to.
pub type SubrequestResult = Result<http::Response<Body>, ChannelError>;

/// What an event that is no request comes to.
pub type EventFuture<T> = LocalBoxFuture<'static, Result<T, ChannelError>>;

/// A service as a Worker reaches it: by binding, or by global `fetch()`.
///
/// Nothing happens before the future is polled; dropping it cancels the request.
pub trait SubrequestChannel {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult>;

    /// The entry point as a receiver of remote calls: one event for all calls on it and on what they give.
    fn rpc(&self) -> Rc<dyn Capability> {
        let message = "The receiver is not an RPC object";
        Rc::new(Broken(ChannelError::classed("TypeError", message)))
    }

    /// Opens a span around that of a request or of a remote call, if there is one.
    fn span(&self, js: &mut Lock<'_, '_>) -> Option<Span> {
        let _ = js;
        None
    }

    /// Whether it looks at the [`CfBlob`] of a request.
    fn reads_cf(&self) -> bool {
        true
    }

    /// What it is for the transport that made it.
    fn as_any(&self) -> Option<&dyn Any> {
        None
    }

    /// Why a reference to the service cannot be sent to another event, if so.
    fn not_sendable(&self) -> Option<&'static str> {
        None
    }

    /// What the service is found again by.
    ///
    /// # Errors
    /// It is not.
    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        let _ = usage;
        Err(NOT_STORABLE.into())
    }

    /// The same service, told of the reference that it is reached by. None: it has no need to know.
    fn with_origin(&self, origin: Origin) -> Option<Rc<dyn SubrequestChannel>> {
        let _ = origin;
        None
    }

    /// What others get when it is sent to them, if that is another one: it does not share what this one has come to.
    fn anew(&self) -> Option<Rc<dyn SubrequestChannel>> {
        None
    }

    /// Lets go of the Durable Object behind it once that is idle. For tests.
    fn evict(&self, eviction: Eviction) -> EventFuture<()> {
        let _ = eviction;
        let message = "evict() can only be used on a Durable Object stub.";
        Box::pin(async move { Err(ChannelError::classed("Error", message)) })
    }

    /// Why no raw connection can be opened, if so.
    fn not_connectable(&self) -> Option<&'static str> {
        None
    }

    /// Opens a raw connection.
    fn connect(&self, request: ConnectRequest) -> LocalBoxFuture<'static, ConnectResult> {
        let _ = request;
        Box::pin(async {
            Err(ChannelError::Failed(
                "This service does not accept connections.".into(),
            ))
        })
    }

    /// Delivers an event of a schedule.
    fn scheduled(&self, event: Scheduled) -> EventFuture<ScheduledResult> {
        drop(event);
        let message = "External HTTP servers don't support this event type.".to_owned();
        Box::pin(async { Err(ChannelError::Failed(message)) })
    }

    /// Delivers messages of a queue.
    fn queue(&self, batch: QueueBatch) -> EventFuture<QueueResult> {
        drop(batch);
        Box::pin(async { Err(ChannelError::Internal("queue event not supported".into())) })
    }

    /// Delivers what other events have left.
    fn tail(&self, batch: TailBatch) -> EventFuture<()> {
        drop(batch);
        let message = "External HTTP servers don't support this event type.".to_owned();
        Box::pin(async { Err(ChannelError::Failed(message)) })
    }

    /// Delivers what another event does, until it has ended or nobody wants to hear more.
    fn tail_stream(&self, stream: TailStream) -> EventFuture<()> {
        drop(stream);
        let message = "External HTTP servers don't support this event type.".to_owned();
        Box::pin(async { Err(ChannelError::Failed(message)) })
    }
}

/// What becomes of the WebSockets of a Durable Object that is let go of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eviction {
    /// Those that can hibernate do.
    Hibernate,
    Close,
}

/// A raw connection to open.
#[derive(Debug, Clone)]
pub struct ConnectRequest {
    /// `HOST:PORT`.
    pub address: String,
    pub tls: ConnectTls,
}

/// Whether a connection starts with TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectTls {
    Off,
    On,
}

/// A raw connection that is there.
pub struct Opened {
    pub io: Connected,
    /// The way to put TLS on it later, where there is one.
    pub tls: Option<Rc<dyn StartTls>>,
}

/// What opening a connection comes to.
pub type ConnectResult = Result<Opened, ChannelError>;

/// Puts TLS on a connection.
pub trait StartTls {
    fn start(
        &self,
        io: Connected,
        host: String,
    ) -> LocalBoxFuture<'static, Result<Connected, ChannelError>>;
}

/// Datagrams from one peer, and to it.
pub trait Datagrams {
    /// The next one; `None` when no more come. One waits at a time.
    fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>>;

    fn send(&self, datagram: Bytes) -> LocalBoxFuture<'static, Result<(), ChannelError>>;
}
