//! Requests of bindings to the service behind them, which speaks a protocol of its own over HTTP.

use std::borrow::Cow;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use io::SubrequestChannel;
use io::trace::Span;
use jsg::{Error, Result};
use net::Body;

/// The most that is read of an answer.
const MOST_ANSWER: usize = 128 << 20;

/// A whole answer, or its head alone.
pub(crate) struct Answer<B> {
    pub status: StatusCode,
    /// The reason phrase, the usual one if none came.
    pub status_text: Cow<'static, str>,
    pub headers: HeaderMap,
    pub body: B,
}

impl<B> Answer<B> {
    /// A header of which only text is expected.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A request to `url`.
pub(crate) fn message(
    method: Method,
    url: &str,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Request<Body>> {
    let uri = url
        .parse()
        .map_err(|_| Error::type_error(format!("Invalid URL: {url}")))?;
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Sends a request and waits for the head of its answer.
pub(crate) async fn begin(
    channel: Rc<dyn SubrequestChannel>,
    mut request: Request<Body>,
    span: &Span,
) -> Result<Answer<Body>> {
    if let Some(caller) = span.context() {
        request.extensions_mut().insert(caller);
    }
    let (parts, body) = channel.request(request).await?.into_parts();
    let usual = parts.status.canonical_reason().unwrap_or_default();
    Ok(Answer {
        status: parts.status,
        status_text: match net::reason(&parts.extensions) {
            Some(reason) => reason.to_owned().into(),
            None => usual.into(),
        },
        headers: parts.headers,
        body,
    })
}

impl Answer<Body> {
    /// Waits for the rest.
    pub async fn read(self) -> Result<Answer<Bytes>> {
        let body = self.body.collect(MOST_ANSWER).await;
        Ok(Answer {
            status: self.status,
            status_text: self.status_text,
            headers: self.headers,
            body: body.map_err(web::streams::native::body_error)?,
        })
    }
}
