//! WebSockets on streams of an HTTP/2 connection (RFC 8441).
//!
//! An extended CONNECT for the protocol "websocket" reaches the service as the GET request that it would be in
//! HTTP/1.1, and the service's WebSocket is joined to the stream. The stream counts as a request at work until
//! both sides have closed.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderValue, Method, Response, StatusCode};
use hyper::ext::Protocol;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::plain;
use crate::body::Body;
use crate::http1::{InFlight, RequestHead, Upgraded};
use crate::transport::{Transport, read_through, write_through};
use crate::websocket::handshake::Asked;

/// What is kept of the request.
pub(super) struct Connect {
    asked: Asked,
    stream: OnUpgrade,
}

impl Connect {
    /// Takes a request for a WebSocket for what it is, and gives it the form of HTTP/1.1.
    pub(super) fn of(head: &mut RequestHead) -> Option<Self> {
        if head.method != Method::CONNECT || head.uri.path_and_query().is_none() {
            return None;
        }
        let protocol = head.extensions.remove::<Protocol>()?;
        if protocol.as_str() != "websocket" {
            return None;
        }
        let stream = head.extensions.remove::<OnUpgrade>()?;
        head.method = Method::GET;
        let headers = &mut head.headers;
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        let asked = Asked::of(head)?;
        Some(Self { asked, stream })
    }

    /// The answer for the stream. One with success opens it, so no other than a WebSocket may have it.
    pub(super) fn answer(self, mut response: Response<Body>, busy: InFlight) -> Response<Body> {
        let Some(web_socket) = response.body_mut().take_web_socket() else {
            if response.status().is_success() {
                return plain(StatusCode::BAD_REQUEST);
            }
            return response;
        };
        let stream = self.stream;
        self.asked
            .accept_on_stream(response, web_socket, async move {
                let io = stream.await.ok()?;
                Some(Upgraded {
                    io: Box::new(Stream {
                        io: TokioIo::new(io),
                        _busy: busy,
                    }),
                    read_ahead: Bytes::new(),
                    kept: None,
                })
            })
    }
}

/// One stream, both ways.
struct Stream {
    io: TokioIo<hyper::upgrade::Upgraded>,
    _busy: InFlight,
}

impl Transport for Stream {}

impl AsyncRead for Stream {
    read_through!(io);
}

impl AsyncWrite for Stream {
    write_through!(io);
}
