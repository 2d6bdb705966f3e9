//! Sending a request and following its redirects (Fetch §4.4), outside of the isolate.

use std::borrow::Cow;
use std::rc::Rc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, LOCATION, TRANSFER_ENCODING};
use http::{HeaderMap, Method};
use io::SubrequestChannel;
use io::channel::{CfBlob, WrittenUrl};
use io::trace::Span;
use jsg::{Error, Result};
use net::{Body, OddHeaders};

use super::{redirect, status};

/// Redirects that are followed for one request.
const LIMIT: usize = 20;

/// A request on its way out.
pub struct Outgoing {
    pub channel: Rc<dyn SubrequestChannel>,
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub odd_headers: Option<OddHeaders>,
    pub body: Body,
    /// The body's bytes, where it can be sent again.
    pub rewind: Option<Bytes>,
    pub cf: Option<String>,
    pub follow: bool,
    /// Whether credentials stay behind when a redirect leads elsewhere.
    pub strip_authorization: bool,
    pub span: Span,
}

/// What came back.
pub struct Answer {
    pub response: http::Response<Body>,
    /// The URLs on the way, the last one that of the response.
    pub urls: Vec<String>,
    pub to_head: bool,
}

/// Sends the request. Dropping the future cancels it.
///
/// # Errors
/// What the guest's promise is rejected with.
pub async fn send(out: &mut Outgoing) -> Result<Answer> {
    let mut urls = Vec::with_capacity(1);
    loop {
        // In a block: the request is not to be a part of this future.
        let sent = {
            let request = next_request(out)?;
            urls.push(std::mem::take(&mut out.url));
            out.channel.request(request)
        };
        let mut response = sent.await?;
        let status = response.status().as_u16();
        let location = (out.follow && status::is_redirect(status.into()))
            .then(|| location(response.headers()))
            .flatten();
        let Some(location) = location else {
            // What is shown as the response's URL has no fragment (Fetch §2.2.6).
            if let Some(url) = urls.last_mut()
                && let Some(end) = url.find('#')
            {
                url.truncate(end);
            }
            describe(&out.span, &response);
            return Ok(Answer {
                response,
                urls,
                to_head: out.method == Method::HEAD,
            });
        };
        out.url = next_url(&location, &urls)?;
        if urls.len() > LIMIT {
            return Err(Error::type_error(format!(
                "Too many redirects.{}",
                urls.join(", ")
            )));
        }
        redirected(out, status, &urls)?;
        // The connection can be used again once the body has gone by.
        while let Some(Ok(_)) = response.body_mut().next().await {}
    }
}

/// Tells the span of the answer, and ends it.
fn describe(span: &Span, response: &http::Response<Body>) {
    if !span.is_traced() {
        return;
    }
    // Of a WebSocket nothing is told.
    if response.status() == http::StatusCode::SWITCHING_PROTOCOLS {
        return span.end();
    }
    let status = i64::from(response.status().as_u16());
    span.set("http.response.status_code", status);
    if let Some(length) = response.body().length() {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        span.set("http.response.body.size", length);
    }
    if let Some(ray) = response.headers().get("cf-ray") {
        let ray = String::from_utf8_lossy(ray.as_bytes()).into_owned();
        span.set("cloudflare.ray_id", ray);
    }
    span.end();
}

fn next_request(out: &mut Outgoing) -> Result<http::Request<Body>> {
    let mut request = http::Request::new(std::mem::take(&mut out.body));
    *request.method_mut() = out.method.clone();
    let url = redirect::sendable(&out.url);
    *request.uri_mut() = url
        .as_deref()
        .and_then(|url| url.parse().ok())
        .ok_or_else(|| Error::type_error(format!("Fetch API cannot load: {}", out.url)))?;
    *request.headers_mut() = if out.follow {
        out.headers.clone()
    } else {
        std::mem::take(&mut out.headers)
    };
    if let Some(odd_headers) = &out.odd_headers {
        request.extensions_mut().insert(odd_headers.clone());
    }
    if let Some(caller) = out.span.context() {
        request.extensions_mut().insert(caller);
    }
    // One that HTTP can send as it is needs no second.
    if let Some(Cow::Owned(_)) = url
        && let Some(url) = redirect::written(&out.url)
    {
        request.extensions_mut().insert(WrittenUrl(url));
    }
    if let Some(cf) = &out.cf {
        request.extensions_mut().insert(CfBlob(cf.clone()));
    }
    Ok(request)
}

/// Where a redirect leads, if it says so: several headers are one with commas, and bytes that are no UTF-8 are escaped.
fn location(headers: &HeaderMap) -> Option<String> {
    let mut location = String::new();
    for value in headers.get_all(LOCATION) {
        if !location.is_empty() {
            location.push_str(", ");
        }
        for part in value.as_bytes().utf8_chunks() {
            location.push_str(part.valid());
            location.extend(part.invalid().iter().map(|byte| format!("%{byte:02X}")));
        }
    }
    (!location.is_empty()).then_some(location)
}

fn next_url(location: &str, urls: &[String]) -> Result<String> {
    let base = urls.last().map_or("", String::as_str);
    redirect::follow(location, base)
        .ok_or_else(|| Error::type_error("Invalid Location header; unable to follow redirect."))
}

/// Method, body and credentials of the request to the next URL.
fn redirected(out: &mut Outgoing, status: u16, urls: &[String]) -> Result<()> {
    let from = urls.last().map_or("", String::as_str);
    if out.strip_authorization && !redirect::same_origin(from, &out.url) {
        out.headers.remove(AUTHORIZATION);
    }
    let becomes_get = (matches!(status, 301 | 302) && out.method == Method::POST)
        || (status == 303 && out.method != Method::HEAD);
    if status != 303 && out.rewind.is_none() {
        return Err(Error::type_error(
            "A request with a one-time-use body (it was initialized from a stream, not a buffer) encountered a redirect \
             requiring the body to be retransmitted. To avoid this error in the future, construct this request from a \
             buffer-like body initializer.",
        ));
    }
    if becomes_get {
        out.method = Method::GET;
        out.rewind = Some(Bytes::new());
        out.headers.remove(CONTENT_LENGTH);
        out.headers.remove(TRANSFER_ENCODING);
    }
    out.body = Body::from(out.rewind.clone().unwrap_or_default());
    Ok(())
}
