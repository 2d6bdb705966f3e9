//! The Cache API (Service Workers §5.4): `caches`, over the service that the config calls `cacheApiOutbound`.
//!
//! | operation | request | answer |
//! | --- | --- | --- |
//! | `match` | GET with `cache-control: only-if-cached` | `cf-cache-status` tells a hit from a miss |
//! | `put` | PUT whose body is a response as HTTP/1.1 has it ([`payload`]) | 204, or 413 when it was not stored |
//! | `delete` | PURGE with `x-real-ip: 127.0.0.1` | 200, or 404 when nothing was there |
//!
//! A cache with a name adds it as `cf-cache-namespace`.

mod payload;

use std::borrow::Cow;
use std::rc::Rc;

use http::Method;
use http::header::{
    CACHE_CONTROL, ETAG, EXPIRES, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, RANGE,
};
use io::channel::CfBlob;
use io::trace::Span;
use io::{ChannelError, IoContext, SubrequestChannel};
use jsg::js::{Local, Object, Promise, Value};
use jsg::{Error, FromJs, Handle, Lock, LockExt, Ref, Result};
use net::Body;
use web::fetch::cf::CfSlot;
use web::fetch::request_init::RequestInfo;
use web::fetch::response::Encoding;
use web::fetch::{Request, Response};

const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");

/// Names are shorter than this, in bytes.
const MAX_NAME: usize = 1024;

/// Where the cache is: an extension of the isolate.
pub struct CacheOutbound(pub Rc<dyn SubrequestChannel>);

/// What `caches` is.
#[jsg::class]
pub struct CacheStorage {
    default: std::cell::OnceCell<Ref<Cache>>,
}

/// A cache.
#[jsg::class]
pub struct Cache {
    name: Option<String>,
}

/// `CacheQueryOptions`.
#[derive(Default)]
struct QueryOptions {
    ignore_method: Option<bool>,
}

impl QueryOptions {
    fn describe(&self, span: &Span) {
        if let Some(ignore) = self.ignore_method {
            span.set("cache.request.ignore_method", ignore);
        }
    }
}

/// The name in error texts.
const OPTIONS: &str = "CacheQueryOptions";

static IGNORE_METHOD: jsg::Name = jsg::Name::new("ignoreMethod");

impl<'s> FromJs<'s> for QueryOptions {
    fn type_name() -> Cow<'static, str> {
        OPTIONS.into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if value.is_null_or_undefined() {
            return Ok(Some(Self::default()));
        }
        let Ok(object) = Local::<Object>::try_from(value) else {
            return Ok(None);
        };
        let ignore_method: Option<bool> = jsg::convert::field(js, object, &IGNORE_METHOD, OPTIONS)?;
        for name in ["ignoreSearch", "ignoreVary", "cacheName"] {
            let key = jsg::intern(js, name);
            let value = object.get(js, key.into()).ok_or(Error::Pending)?;
            if !value.is_undefined() {
                return Err(Error::error(format!(
                    "The '{name}' field on '{OPTIONS}' is not implemented."
                )));
            }
        }
        Ok(Some(Self { ignore_method }))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_object()
    }
}

impl CacheStorage {
    #[expect(clippy::new_without_default, reason = "made once a global scope")]
    pub fn new() -> Self {
        Self {
            default: std::cell::OnceCell::new(),
        }
    }
}

#[cold]
fn not_implemented(class: &str, method: &str) -> Error {
    Error::error(format!(
        "Failed to execute '{method}' on '{class}': the method is not implemented."
    ))
}

#[jsg::methods]
impl CacheStorage {
    #[jsg(method, promise)]
    fn open<'s>(&self, js: &mut Lock<'s, '_>, name: String) -> Result<Local<'s, Promise>> {
        if name.len() >= MAX_NAME {
            return Err(Error::type_error("Cache name is too long."));
        }
        let cache = Handle::new(js, Cache { name: Some(name) });
        Ok(jsg::promise::resolved(js, cache.object().into()))
    }

    #[jsg(method, length = 1)]
    fn delete(&self) -> Result<()> {
        Err(not_implemented("CacheStorage", "delete"))
    }

    #[jsg(method, name = "match", length = 1)]
    fn matching(&self) -> Result<()> {
        Err(not_implemented("CacheStorage", "match"))
    }

    #[jsg(method, length = 1)]
    fn has(&self) -> Result<()> {
        Err(not_implemented("CacheStorage", "has"))
    }

    #[jsg(method)]
    fn keys(&self) -> Result<()> {
        Err(not_implemented("CacheStorage", "keys"))
    }

    #[jsg(instance_getter)]
    fn default<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, Cache> {
        if let Some(cache) = self.default.get() {
            return cache.get(js);
        }
        let cache = Handle::new(js, Cache { name: None });
        self.default.get_or_init(|| Ref::new(js, cache)).get(js)
    }
}

#[jsg::methods]
impl Cache {
    #[jsg(method, length = 1)]
    fn add(&self) -> Result<()> {
        Err(not_implemented("Cache", "add"))
    }

    #[jsg(method, length = 1)]
    fn add_all(&self) -> Result<()> {
        Err(not_implemented("Cache", "addAll"))
    }

    #[jsg(method, promise)]
    fn delete<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        request: RequestInfo<'s>,
        options: Option<QueryOptions>,
    ) -> Result<Local<'s, Promise>> {
        let Some((span, request)) = asked(js, "cache_delete", request, options)? else {
            let no = jsg::js::Boolean::new(js, false);
            return Ok(jsg::promise::resolved(js, no.into()));
        };
        let mut outgoing = self.outgoing(js, request)?;
        *outgoing.message.method_mut() = purge()?;
        let local = HeaderValue::from_static("127.0.0.1");
        let name = HeaderName::from_static("x-real-ip");
        outgoing.message.headers_mut().append(name, local);
        let answer = async move {
            let mut response = outgoing.send(&span).await?;
            let status = response.status();
            span.set("cache.response.status_code", i64::from(status.as_u16()));
            span.set("cache.response.success", status == 200);
            let body = std::mem::take(response.body_mut());
            drop(body);
            match status.as_u16() {
                200 => Ok(true),
                404 => Ok(false),
                429 => Err(Error::error(
                    "Unable to delete cached response. Subrequests are being rate-limited.",
                )),
                _ => Err(Error::error("Unable to delete cached response.")),
            }
        };
        Ok(jsg::promise::from_future(js, answer))
    }

    #[jsg(method, promise, name = "match")]
    fn matching<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        request: RequestInfo<'s>,
        options: Option<QueryOptions>,
    ) -> Result<Local<'s, Promise>> {
        let Some((span, request)) = asked(js, "cache_match", request, options)? else {
            return Ok(undefined(js));
        };
        let mut outgoing = self.outgoing(js, request)?;
        let cached = HeaderValue::from_static("only-if-cached");
        outgoing.message.headers_mut().insert(CACHE_CONTROL, cached);
        describe_headers(
            &span,
            outgoing.message.headers(),
            [
                ("cache.request.header.range", RANGE),
                ("cache.request.header.if_modified_since", IF_MODIFIED_SINCE),
                ("cache.request.header.if_none_match", IF_NONE_MATCH),
            ],
        );
        let answer = async move {
            let response = outgoing.send(&span).await?;
            describe_match(&span, &response);
            Ok(response)
        };
        let answer = jsg::promise::from_future_with(js, answer, |js, response| {
            // Whatever is no hit is none: a cache may forget anything at any time.
            if !is_hit(response.headers()) {
                return Ok(jsg::js::undefined(js).into());
            }
            let response =
                Response::from_http(js, response, Vec::new(), Encoding::Automatic, false)?;
            Ok(Handle::new(js, response).object().into())
        });
        Ok(answer)
    }

    #[jsg(method, promise)]
    fn put<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        request: RequestInfo<'s>,
        response: Handle<'s, Response>,
    ) -> Result<Local<'s, Promise>> {
        if response.get().code() == 0 {
            return Err(Error::type_error(
                "Cache is unable to store an error response",
            ));
        }
        let request = coerce(js, request)?;
        IoContext::current(js)?;
        let span = Span::open(js, "cache_put");
        describe(&span, request);
        let status = i64::from(response.get().code());
        span.set("cache.request.payload.status_code", status);
        if *request.get().method_name() != Method::GET {
            return Err(Error::type_error(
                "Cannot cache response to non-GET request.",
            ));
        }
        if response.get().code() == 206 {
            return Err(Error::type_error(
                "Cannot cache response to a range request (206 Partial Content).",
            ));
        }
        if response.get().varies_on_anything(js) {
            return Err(Error::type_error(
                "Cannot cache response with 'Vary: *' header.",
            ));
        }
        if response.get().code() == 304 {
            web::console::warn(
                js,
                "Ignoring attempt to Cache.put() a 304 status response. 304 responses are not meaningful to cache, and \
                 a potential source of bugs. Consider validating that the response status is meaningful to cache \
                 before calling Cache.put().",
            );
            return Ok(undefined(js));
        }
        // The body is used from now on, as the guest can see.
        let response = Response::into_http(js, response, None)?;
        let mut outgoing = self.outgoing(js, request)?;
        describe_headers(
            &span,
            response.headers(),
            [
                ("cache.request.payload.header.cache_control", CACHE_CONTROL),
                ("cache.request.payload.header.cache_tag", CACHE_TAG),
                ("cache.request.payload.header.etag", ETAG),
                ("cache.request.payload.header.expires", EXPIRES),
                ("cache.request.payload.header.last_modified", LAST_MODIFIED),
            ],
        );
        let (body, failure) = payload::serialize(response);
        if let Some(length) = body.length() {
            let length = i64::try_from(length).unwrap_or(i64::MAX);
            span.set("cache.request.payload.size", length);
        }
        *outgoing.message.method_mut() = Method::PUT;
        *outgoing.message.body_mut() = body;
        let answer = async move {
            let result = outgoing.exchange(&span).await;
            let stored = matches!(&result, Ok(response) if response.status() == 204);
            span.set("cache.response.success", stored);
            if let Some(error) = failure.take() {
                return Err(web::streams::native::body_error(error));
            }
            match result {
                // Nobody promises that anything is stored.
                Ok(_) | Err(ChannelError::Disconnected(_)) => Ok(()),
                Err(error) => Err(error.into()),
            }
        };
        Ok(jsg::promise::from_future_with(js, answer, |js, ()| {
            Ok(jsg::js::undefined(js).into())
        }))
    }

    #[jsg(method)]
    fn match_all(&self) -> Result<()> {
        Err(not_implemented("Cache", "matchAll"))
    }

    #[jsg(method)]
    fn keys(&self) -> Result<()> {
        Err(not_implemented("Cache", "keys"))
    }
}

/// A request to the cache.
struct Outgoing {
    channel: Rc<dyn SubrequestChannel>,
    message: http::Request<Body>,
}

impl Outgoing {
    async fn send(self, span: &Span) -> Result<http::Response<Body>> {
        Ok(self.exchange(span).await?)
    }

    async fn exchange(mut self, span: &Span) -> Result<http::Response<Body>, ChannelError> {
        if let Some(caller) = span.context() {
            self.message.extensions_mut().insert(caller);
        }
        self.channel.request(self.message).await
    }
}

impl Cache {
    /// The guest's request as the cache gets it; the method is GET.
    fn outgoing<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        request: Handle<'s, Request>,
    ) -> Result<Outgoing> {
        let channel = match js.extension::<CacheOutbound>() {
            Some(outbound) => Rc::clone(&outbound.0),
            None => return Err(Error::error("No Cache was configured")),
        };
        let request = request.get();
        let mut message = http::Request::new(Body::empty());
        let url = request.url_text();
        *message.uri_mut() = url
            .parse()
            .map_err(|_| Error::type_error(format!("Invalid URL: {url}")))?;
        *message.headers_mut() = request.header_slot().to_map(js)?;
        if let Some(name) = self.name.as_deref().filter(|name| !name.is_empty()) {
            let value = HeaderValue::from_str(&encode_name(name))
                .map_err(|_| Error::Internal("an encoded name is no header value".into()))?;
            let key = HeaderName::from_static("cf-cache-namespace");
            message.headers_mut().append(key, value);
        }
        if let Some(cf) = CfSlot::to_json(request.cf_slot(), js)? {
            message.extensions_mut().insert(CfBlob(cf));
        }
        Ok(Outgoing { channel, message })
    }
}

/// What a question to the cache is about, with its span. None: the request's method is one that is never cached.
fn asked<'s>(
    js: &mut Lock<'s, '_>,
    operation: &'static str,
    request: RequestInfo<'s>,
    options: Option<QueryOptions>,
) -> Result<Option<(Span, Handle<'s, Request>)>> {
    IoContext::current(js)?;
    let span = Span::open(js, operation);
    let options = options.unwrap_or_default();
    options.describe(&span);
    let request = coerce(js, request)?;
    describe(&span, request);
    let is_cached =
        options.ignore_method.unwrap_or(false) || *request.get().method_name() == Method::GET;
    Ok(is_cached.then_some((span, request)))
}

fn describe(span: &Span, request: Handle<'_, Request>) {
    if span.is_traced() {
        let request = request.get();
        span.set("cache.request.url", request.url_text().to_owned());
        let method = request.method_name().to_string();
        span.set("cache.request.method", method);
    }
}

/// Tells the span of those headers that are there.
fn describe_headers<const N: usize>(
    span: &Span,
    headers: &HeaderMap,
    wanted: [(&'static str, HeaderName); N],
) {
    if span.is_traced() {
        for (attribute, name) in wanted {
            if let Some(value) = headers.get(name) {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                span.set(attribute, value);
            }
        }
    }
}

fn describe_match(span: &Span, response: &http::Response<Body>) {
    if !span.is_traced() {
        return;
    }
    let status = i64::from(response.status().as_u16());
    span.set("cache.response.status_code", status);
    if let Some(length) = response.body().length() {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        span.set("cache.response.body.size", length);
    }
    if let Some(status) = response.headers().get("cf-cache-status") {
        let status = String::from_utf8_lossy(status.as_bytes()).into_owned();
        span.set("cache.response.cache_status", status);
    }
    span.set("cache.response.success", is_hit(response.headers()));
}

fn coerce<'s>(js: &mut Lock<'s, '_>, info: RequestInfo<'s>) -> Result<Handle<'s, Request>> {
    match info {
        RequestInfo::Request(request) => Ok(request),
        info => Request::construct(js, info, None),
    }
}

fn undefined<'s>(js: &mut Lock<'s, '_>) -> Local<'s, Promise> {
    let undefined = jsg::js::undefined(js).into();
    jsg::promise::resolved(js, undefined)
}

fn purge() -> Result<Method> {
    Method::from_bytes(b"PURGE").map_err(|_| Error::Internal("PURGE is no method".into()))
}

fn is_hit(headers: &HeaderMap) -> bool {
    headers
        .get("cf-cache-status")
        .is_some_and(|status| status == "HIT")
}

/// ECMAScript's encodeURIComponent.
fn encode_name(name: &str) -> String {
    use std::fmt::Write;
    name.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(byte.into()),
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => out.push(byte.into()),
            // Writing to a string does not fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_percent_encoded() {
        assert_eq!(encode_name("a\nb é-_.!~*'()"), "a%0Ab%20%C3%A9-_.!~*'()");
    }

    #[test]
    fn only_a_hit_is_one() {
        let mut headers = HeaderMap::new();
        assert!(!is_hit(&headers));
        for (status, hit) in [("MISS", false), ("HIT", true), ("REVALIDATED", false)] {
            headers.insert("cf-cache-status", HeaderValue::from_static(status));
            assert_eq!(is_hit(&headers), hit);
        }
    }
}
