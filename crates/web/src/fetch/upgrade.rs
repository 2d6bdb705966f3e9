//! Requests that ask for a WebSocket, and the responses that give one.

use http::HeaderMap;
use http::header::{HeaderValue, SEC_WEBSOCKET_EXTENSIONS};
use jsg::{Error, Flag, Handle, Lock, LockExt, Result};
use net::Body;
use net::websocket::handshake::is_upgrade;

use crate::websocket::WebSocket;

/// What an event remembers of a request that asks for a WebSocket.
pub struct Upgrade {
    /// The extensions that the client offers.
    offers: Option<HeaderValue>,
}

impl Upgrade {
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        is_upgrade(headers).then(|| Self {
            offers: headers.get(SEC_WEBSOCKET_EXTENSIONS).cloned(),
        })
    }
}

/// The body of a response with a WebSocket; the headers say which extensions would do.
///
/// # Errors
/// When nobody asked for a WebSocket, or this one has another use.
pub(super) fn respond<'s>(
    js: &mut Lock<'s, '_>,
    web_socket: Handle<'s, WebSocket>,
    upgrade: Option<&Upgrade>,
    headers: &mut HeaderMap,
) -> Result<Body> {
    let Some(upgrade) = upgrade else {
        return Err(Error::type_error(
            "Worker tried to return a WebSocket in a response to a request which did not contain the header \"Upgrade: \
             websocket\".",
        ));
    };
    if !js.flag(Flag::WebSocketCompression) {
        headers.remove(SEC_WEBSOCKET_EXTENSIONS);
    } else if !headers.contains_key(SEC_WEBSOCKET_EXTENSIONS) {
        let preferred = web_socket.preferred_extensions(js)?;
        let value = match preferred {
            Some(preferred) => HeaderValue::try_from(preferred).ok(),
            None => upgrade.offers.clone(),
        };
        if let Some(value) = value {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, value);
        }
    }
    WebSocket::take_for_response(js, web_socket).map(Body::web_socket)
}

/// Prepares the request of a `fetch()` that asks for a WebSocket; whether it does.
pub(super) fn prepare(js: &Lock<'_, '_>, headers: &mut HeaderMap) -> bool {
    let asks = is_upgrade(headers);
    if asks && !js.flag(Flag::WebSocketCompression) {
        headers.remove(SEC_WEBSOCKET_EXTENSIONS);
    }
    asks
}
