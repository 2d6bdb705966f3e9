//! The opening handshake (RFC 6455 §4): requests that ask for a WebSocket, and responses that give one.

use aws_lc_rs::digest;
use http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};

use super::deflate::{agreed, negotiate, offers};
use super::{Parameters, Role, WebSocket, couple};
use crate::body::Body;
use crate::http1::Upgraded;

const VERSION: &str = "13";

/// Whether a request asks for a WebSocket.
pub fn is_upgrade(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(UPGRADE);
    upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// The value of `Sec-WebSocket-Accept` that proves that a server has understood (§4.2.2, step 5.4).
pub fn accept_key(key: &[u8]) -> String {
    let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    context.update(key);
    context.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    base64_simd::STANDARD.encode_to_string(context.finish().as_ref())
}

/// A head with the names of its headers as the standard spells them, which is not quite title case: some peers mind.
#[cold]
pub(crate) fn spelled(head: &[u8]) -> Vec<u8> {
    const TITLE_CASE: &[u8] = b"\r\nSec-Websocket-";
    let mut head = head.to_vec();
    for at in 0..head.len().saturating_sub(TITLE_CASE.len()) {
        if head[at..].starts_with(TITLE_CASE) {
            head[at + 9] = b'S';
        }
    }
    head
}

/// What a server keeps of a request that asks for a WebSocket.
pub(crate) struct Asked {
    method: Method,
    key: Option<HeaderValue>,
    is_known_version: bool,
    offers: String,
}

impl Asked {
    pub(crate) fn of(head: &http::request::Parts) -> Option<Self> {
        if !is_upgrade(&head.headers) {
            return None;
        }
        let version = head.headers.get(SEC_WEBSOCKET_VERSION);
        Some(Self {
            method: head.method.clone(),
            key: head.headers.get(SEC_WEBSOCKET_KEY).cloned(),
            is_known_version: version.is_some_and(|version| version == VERSION),
            offers: joined(&head.headers, &SEC_WEBSOCKET_EXTENSIONS),
        })
    }

    /// Makes the response with which a stream becomes a WebSocket (RFC 8441 §5), where no keys prove anything. `io` gives
    /// the stream once the response is sent.
    pub(crate) fn accept_on_stream(
        self,
        mut response: Response<Body>,
        web_socket: WebSocket,
        io: impl Future<Output = Option<Upgraded>> + 'static,
    ) -> Response<Body> {
        if !self.is_known_version {
            let text = "ERROR: The requested WebSocket version is not supported.";
            return refusal(StatusCode::BAD_REQUEST, text);
        }
        let headers = response.headers_mut();
        let wanted = joined(headers, &SEC_WEBSOCKET_EXTENSIONS);
        let deflate = negotiate(&self.offers, &wanted);
        for name in [
            CONNECTION,
            UPGRADE,
            SEC_WEBSOCKET_ACCEPT,
            SEC_WEBSOCKET_EXTENSIONS,
        ] {
            headers.remove(name);
        }
        if let Some(Ok(agreed)) = deflate.map(|it| HeaderValue::try_from(it.to_answer())) {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, agreed);
        }
        *response.status_mut() = StatusCode::OK;
        tokio::task::spawn_local(async move {
            if let Some(stream) = io.await {
                let client = WebSocket::connection(stream, Role::Server, deflate);
                couple(client, web_socket).await;
            }
        });
        response
    }

    /// Makes the response with which the connection becomes a WebSocket, joined to `web_socket`. The response's own
    /// headers stay, but for those of the handshake.
    pub(crate) fn accept(
        self,
        mut response: Response<Body>,
        web_socket: WebSocket,
    ) -> Response<Body> {
        if self.method != Method::GET {
            return refusal(
                StatusCode::BAD_REQUEST,
                "ERROR: WebSocket must be initiated with a GET request.",
            );
        }
        if !self.is_known_version {
            let text = "ERROR: The requested WebSocket version is not supported.";
            return refusal(StatusCode::UPGRADE_REQUIRED, text);
        }
        let accept = self.key.map(|key| accept_key(key.as_bytes()));
        let Some(Ok(accept)) = accept.map(HeaderValue::try_from) else {
            return refusal(StatusCode::BAD_REQUEST, "ERROR: Missing Sec-WebSocket-Key");
        };
        let headers = response.headers_mut();
        let wanted = joined(headers, &SEC_WEBSOCKET_EXTENSIONS);
        let deflate = negotiate(&self.offers, &wanted);
        headers.remove(SEC_WEBSOCKET_EXTENSIONS);
        // Those of the handshake come first, as in the real workerd.
        let own = std::mem::take(headers);
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        if let Some(Ok(agreed)) = deflate.map(|it| HeaderValue::try_from(it.to_answer())) {
            headers.insert(SEC_WEBSOCKET_EXTENSIONS, agreed);
        }
        append_others(headers, own);
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        *response.body_mut() = Body::upgrade(Box::new(move |upgraded| {
            let client = WebSocket::connection(upgraded, Role::Server, deflate);
            tokio::task::spawn_local(couple(client, web_socket));
        }));
        response
    }
}

fn append_others(headers: &mut HeaderMap, own: HeaderMap) {
    let mut last: Option<HeaderName> = None;
    for (name, value) in own {
        last = name.or(last);
        if let Some(name) = &last
            && !matches!(*name, CONNECTION | UPGRADE | SEC_WEBSOCKET_ACCEPT)
        {
            headers.append(name.clone(), value);
        }
    }
}

fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let mut text = String::new();
    for value in headers.get_all(name) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&String::from_utf8_lossy(value.as_bytes()));
    }
    text
}

#[cold]
fn refusal(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    if status == StatusCode::UPGRADE_REQUIRED {
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// A client's half of a handshake: what it sent and must see answered.
#[derive(Debug)]
pub struct Asking {
    accept: String,
    offer: Option<Parameters>,
}

impl Asking {
    /// Puts the headers of the handshake into a request that goes over the network. Those of guest code give way.
    pub fn new(headers: &mut HeaderMap) -> Self {
        let mut nonce = [0; 16];
        // The generator fails only if the system has no entropy, and then the process does not get here.
        let _ = aws_lc_rs::rand::fill(&mut nonce);
        let key = base64_simd::STANDARD.encode_to_string(nonce);
        let accept = accept_key(key.as_bytes());
        let offers = offers(&joined(headers, &SEC_WEBSOCKET_EXTENSIONS));
        let own = std::mem::take(headers);
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
        if let Ok(key) = HeaderValue::try_from(key) {
            headers.insert(SEC_WEBSOCKET_KEY, key);
        }
        if !offers.is_empty() {
            let text: Vec<_> = offers.iter().map(|offer| offer.to_offer()).collect();
            if let Ok(text) = HeaderValue::try_from(text.join(", ")) {
                headers.insert(SEC_WEBSOCKET_EXTENSIONS, text);
            }
        }
        let mut others = own;
        for name in [
            &SEC_WEBSOCKET_VERSION,
            &SEC_WEBSOCKET_KEY,
            &SEC_WEBSOCKET_EXTENSIONS,
        ] {
            others.remove(name);
        }
        append_others(headers, others);
        Self {
            accept,
            offer: offers.first().copied(),
        }
    }

    /// Checks the head of a 101 response.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, headers: &HeaderMap) -> Result<Option<Parameters>, String> {
        const FAILED: &str = "Server failed WebSocket handshake: ";
        let text = |name| {
            headers
                .get(name)
                .map(|value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()))
        };
        if !is_upgrade(headers) {
            return Err(match text(UPGRADE) {
                Some(actual) => format!(
                    "{FAILED}incorrect Upgrade header: expected 'websocket', got '{actual}'."
                ),
                None => format!("{FAILED}missing Upgrade header."),
            });
        }
        match text(SEC_WEBSOCKET_ACCEPT) {
            Some(actual) if actual == self.accept => {}
            Some(actual) => {
                let expected = &self.accept;
                return Err(format!(
                    "{FAILED}incorrect Sec-WebSocket-Accept header: expected '{expected}', got '{actual}'."
                ));
            }
            // The text of the real workerd.
            None => return Err(format!("{FAILED}missing Upgrade header.")),
        }
        if !headers.contains_key(SEC_WEBSOCKET_EXTENSIONS) {
            return Ok(None);
        }
        match agreed(self.offer, &joined(headers, &SEC_WEBSOCKET_EXTENSIONS)) {
            Ok(parameters) => Ok(Some(parameters)),
            Err(text) => Err(format!("{FAILED}{text}")),
        }
    }

    /// The response to the request once the connection has been handed over after a 101.
    ///
    /// # Errors
    /// What is wrong with the response's head.
    pub fn finish(
        &self,
        head: http::response::Parts,
        upgraded: Upgraded,
    ) -> Result<Response<Body>, String> {
        let deflate = self.check(&head.headers)?;
        let web_socket = WebSocket::connection(upgraded, Role::Client, deflate);
        Ok(Response::from_parts(head, Body::web_socket(web_socket)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_the_accept_key_of_the_standard() {
        assert_eq!(
            accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn heads_are_spelled_as_in_the_standard() {
        let head = b"GET / HTTP/1.1\r\nSec-Websocket-Key: Sec-Websocket-\r\nSec-Websocket-Version: 13\r\n\r\n";
        let expected = b"GET / HTTP/1.1\r\nSec-WebSocket-Key: Sec-Websocket-\r\nSec-WebSocket-Version: 13\r\n\r\n";
        assert_eq!(spelled(head), expected);
        assert_eq!(spelled(b""), b"");
    }

    #[test]
    fn a_client_checks_the_answer_of_the_server() {
        let mut headers = HeaderMap::new();
        let asking = Asking::new(&mut headers);
        assert!(is_upgrade(&headers));
        let mut answer = HeaderMap::new();
        assert!(asking.check(&answer).is_err());
        answer.insert(UPGRADE, HeaderValue::from_static("WebSocket"));
        assert!(asking.check(&answer).is_err());
        let accept = accept_key(headers[SEC_WEBSOCKET_KEY].as_bytes());
        answer.insert(SEC_WEBSOCKET_ACCEPT, HeaderValue::try_from(accept).unwrap());
        assert_eq!(asking.check(&answer), Ok(None));
        let extension = HeaderValue::from_static("permessage-deflate");
        answer.insert(SEC_WEBSOCKET_EXTENSIONS, extension);
        assert!(asking.check(&answer).is_err());
    }
}
