//! `get()`, `put()` and `delete()` of service bindings, which Workers have before the flag
//! `fetcher_no_get_put_delete`.

use jsg::js::{Local, Promise, Value};
use jsg::{Error, Handle, Lock, Nullable, Result};

use super::fetcher::Fetcher;
use super::request_init::RequestDict;
use super::response::Response;
use crate::streams::ReadableStream;
use crate::streams::collect::Kind;
use crate::streams::memory::Memory;

/// The last argument of `put()`.
#[derive(jsg::Dictionary)]
pub struct PutOptions {
    expiration: Option<i32>,
    expiration_ttl: Option<i32>,
}

/// What `get()` makes of a body.
enum Shape {
    Whole(Kind),
    Stream,
}

fn with_method(method: &str) -> RequestDict<'static> {
    RequestDict {
        method: Some(method.to_owned()),
        ..RequestDict::default()
    }
}

pub(super) fn get<'s>(
    js: &mut Lock<'s, '_>,
    fetcher: &Fetcher,
    url: String,
    kind: Option<String>,
) -> Result<Local<'s, Promise>> {
    let sent = fetcher.fetch_with(js, url, with_method("GET"))?;
    jsg::promise::then(
        js,
        sent,
        move |js, value| {
            let response = response(js, value)?;
            match response.get().code() {
                404 | 410 => Ok(jsg::js::null(js).into()),
                200..=299 => shaped(js, response, kind.as_deref().unwrap_or("text")),
                _ => Err(failed("GET", response.get())),
            }
        },
        |js, reason| Err(Error::value(js, reason)),
    )
}

pub(super) fn put<'s>(
    js: &mut Lock<'s, '_>,
    fetcher: &Fetcher,
    mut url: String,
    body: Local<'s, Value>,
    options: Option<PutOptions>,
) -> Result<Local<'s, Promise>> {
    if let Some(options) = options {
        for (name, value) in [
            ("expiration", options.expiration),
            ("expiration_ttl", options.expiration_ttl),
        ] {
            if let Some(value) = value {
                let separator = if url.contains('?') { '&' } else { '?' };
                url.push_str(&format!("{separator}{name}={value}"));
            }
        }
    }
    let dict = RequestDict {
        body: Some(Nullable(Some(body))),
        ..with_method("PUT")
    };
    let sent = fetcher.fetch_with(js, url, dict)?;
    nothing_or_error(js, sent, "PUT")
}

pub(super) fn delete<'s>(
    js: &mut Lock<'s, '_>,
    fetcher: &Fetcher,
    url: String,
) -> Result<Local<'s, Promise>> {
    let sent = fetcher.fetch_with(js, url, with_method("DELETE"))?;
    nothing_or_error(js, sent, "DELETE")
}

fn nothing_or_error<'s>(
    js: &mut Lock<'s, '_>,
    sent: Local<'s, Promise>,
    method: &'static str,
) -> Result<Local<'s, Promise>> {
    jsg::promise::then(
        js,
        sent,
        move |js, value| {
            let response = response(js, value)?;
            match response.get().code() {
                200..=299 => Ok(jsg::js::undefined(js).into()),
                _ => Err(failed(method, response.get())),
            }
        },
        |js, reason| Err(Error::value(js, reason)),
    )
}

fn response<'s>(js: &Lock<'s, '_>, value: Local<'s, Value>) -> Result<Handle<'s, Response>> {
    Handle::from_value(js, value)
        .ok_or_else(|| Error::Internal("fetch() gave something else than a response".into()))
}

fn shaped<'s>(
    js: &mut Lock<'s, '_>,
    response: Handle<'s, Response>,
    kind: &str,
) -> Result<Local<'s, Value>> {
    let shape = match kind {
        "text" => Shape::Whole(Kind::Text),
        "json" => Shape::Whole(Kind::Json),
        "arrayBuffer" => Shape::Whole(Kind::ArrayBuffer),
        "stream" => Shape::Stream,
        _ => {
            return Err(Error::type_error(
                "Unknown response type. Possible types are \"text\", \"arrayBuffer\", \"json\", and \"stream\".",
            ));
        }
    };
    let body = response.get().body();
    match shape {
        Shape::Whole(kind) => Ok(body.consume(js, kind)?.into()),
        Shape::Stream => {
            let stream = match body.stream(js)? {
                Some(stream) => stream,
                None => {
                    let empty = Memory::new(js, bytes::Bytes::new());
                    Handle::new(js, ReadableStream::from_memory(empty))
                }
            };
            Ok(stream.object().into())
        }
    }
}

#[cold]
fn failed(method: &str, response: &Response) -> Error {
    Error::error(format!(
        "HTTP {method} request failed: {} {}",
        response.code(),
        response.reason()
    ))
}
