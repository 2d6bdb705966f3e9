//! A response as the body of a request: head and body as HTTP/1.1 has them (RFC 9112), but never with the
//! chunked coding, whatever the head says.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::{BufMut, Bytes, BytesMut};
use futures::StreamExt;
use http::HeaderMap;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, UPGRADE};
use net::{Body, BodyError};

/// Why the body could not be read to its end, if so.
#[derive(Default)]
pub struct Failure(Rc<RefCell<Option<BodyError>>>);

impl Failure {
    pub fn take(&self) -> Option<BodyError> {
        self.0.borrow_mut().take()
    }
}

/// The body to send, and what becomes of reading it.
pub fn serialize(response: http::Response<Body>) -> (Body, Failure) {
    let (parts, body) = response.into_parts();
    let reason = match net::reason(&parts.extensions) {
        Some(reason) => reason,
        None => parts.status.canonical_reason().unwrap_or_default(),
    };
    let head = head(parts.status.as_u16(), reason, &parts.headers, body.length());
    let failure = Failure::default();
    let body = match body.into_bytes() {
        Ok(bytes) => {
            let mut all = BytesMut::from(&head[..]);
            all.extend_from_slice(&bytes);
            Body::from(all.freeze())
        }
        Err(body) => {
            let length = body.length().map(|length| length + head.len() as u64);
            let failed = Rc::clone(&failure.0);
            let first = futures::stream::once(std::future::ready(Ok(head)));
            let rest = futures::stream::unfold(body, move |mut body| {
                let failed = Rc::clone(&failed);
                async move {
                    let item = body.next().await?;
                    if let Err(error) = &item {
                        failed.replace(Some(error.clone()));
                    }
                    Some((item, body))
                }
            });
            Body::stream(first.chain(rest), length)
        }
    };
    (body, failure)
}

fn head(status: u16, reason: &str, headers: &HeaderMap, length: Option<u64>) -> Bytes {
    let mut head = BytesMut::with_capacity(256);
    head.extend_from_slice(format!("HTTP/1.1 {status} {reason}\r\n").as_bytes());
    let framing = match length {
        Some(length) => format!("Content-Length: {length}\r\n"),
        None => "Transfer-Encoding: chunked\r\n".to_owned(),
    };
    head.extend_from_slice(framing.as_bytes());
    let own = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE];
    let types = headers.iter().filter(|(name, _)| *name == CONTENT_TYPE);
    let others = headers.iter().filter(|(name, _)| *name != CONTENT_TYPE);
    for (name, value) in types.chain(others) {
        if own.contains(name) {
            continue;
        }
        put_name(&mut head, name.as_str());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head.freeze()
}

/// Each word of a name starts with a capital letter, as most senders have it.
fn put_name(head: &mut BytesMut, name: &str) {
    let mut first = true;
    for byte in name.bytes() {
        head.put_u8(if first {
            byte.to_ascii_uppercase()
        } else {
            byte
        });
        first = byte == b'-';
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use http::HeaderValue;

    use super::*;

    #[test]
    fn known_bytes_have_a_length() {
        let mut response = http::Response::new(Body::from("ab"));
        let headers = response.headers_mut();
        headers.insert("x-y", HeaderValue::from_static("z"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("99"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("t"));
        let (body, _) = serialize(response);
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: t\r\nX-Y: z\r\n\r\nab";
        assert_eq!(body.length(), Some(text.len() as u64));
        assert_eq!(
            block_on(body.collect(1000)),
            Ok(Bytes::from_static(text.as_bytes()))
        );
    }

    #[test]
    fn a_failing_stream_is_remembered() {
        let error = BodyError::Aborted("x".into());
        let items = [Ok(Bytes::from_static(b"a")), Err(error.clone())];
        let (body, failure) = serialize(http::Response::new(Body::stream(
            futures::stream::iter(items),
            None,
        )));
        assert_eq!(body.length(), None);
        assert_eq!(block_on(body.collect(1000)), Err(error.clone()));
        assert_eq!(failure.take(), Some(error));
    }
}
