//! What a namespace answers, as the guest gets it.

use std::rc::Rc;

use bytes::Bytes;
use http::{Request, StatusCode};
use io::SubrequestChannel;
use io::trace::Span;
use jsg::convert::{Bytes as ArrayBufferOf, set_member as set};
use jsg::js::{Array, Local, Map, Object, Promise, Value};
use jsg::{Error, Handle, Lock, Result, ToJs};
use net::Body;
use web::streams::ReadableStream;

use super::{METADATA, exchange, succeeded};
use crate::service_call::{self, Answer};

/// What is asked for.
#[derive(Default)]
pub(super) struct Query {
    pub kind: Option<String>,
    pub cache_ttl: Option<i32>,
}

impl Query {
    pub fn describe(&self, span: &Span) {
        if let Some(kind) = &self.kind {
            span.set("cloudflare.kv.query.type", kind.clone());
        }
        if let Some(ttl) = self.cache_ttl {
            span.set("cloudflare.kv.query.cache_ttl", i64::from(ttl));
        }
    }
}

/// What the guest gets of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Value,
    WithMetadata,
}

/// What a value is given as.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    ArrayBuffer,
    Json,
    Stream,
}

impl Kind {
    fn of(name: Option<&str>) -> Result<Self> {
        Ok(match name {
            None | Some("text") => Self::Text,
            Some("arrayBuffer") => Self::ArrayBuffer,
            Some("json") => Self::Json,
            Some("stream") => Self::Stream,
            Some(_) => {
                return Err(Error::type_error(
                    "Unknown response type. Possible types are \"text\", \"arrayBuffer\", \"json\", and \"stream\".",
                ));
            }
        })
    }
}

/// A value with what belongs to it.
#[derive(Default)]
struct Found {
    content: Option<Content>,
    metadata: Option<String>,
    cache_status: Option<String>,
}

enum Content {
    Whole(Kind, Bytes),
    Stream(Body),
}

fn cache_status<B>(answer: &Answer<B>, span: &Span) -> Option<String> {
    let status = answer.headers.get("cf-cache-status")?;
    let status = String::from_utf8_lossy(status.as_bytes()).into_owned();
    span.set("cloudflare.kv.response.cache_status", status.clone());
    Some(status)
}

fn size(span: &Span, length: Option<u64>) {
    if let Some(length) = length {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        span.set("cloudflare.kv.response.size", length);
    }
}

/// Asks for one value.
pub(super) fn value<'s>(
    js: &mut Lock<'s, '_>,
    channel: Rc<dyn SubrequestChannel>,
    request: Request<Body>,
    query: Query,
    shape: Shape,
    span: Span,
) -> Local<'s, Promise> {
    let found = async move {
        let answer = service_call::begin(channel, request, &span).await?;
        let cache_status = cache_status(&answer, &span);
        if matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::GONE) {
            return Ok(Found {
                cache_status,
                ..Found::default()
            });
        }
        let answer = succeeded(answer, "GET")?;
        let metadata = answer.headers.get(METADATA);
        let metadata = metadata.map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned());
        if metadata.is_some() {
            span.set("cloudflare.kv.response.metadata", true);
        }
        size(&span, answer.body.length());
        span.set("cloudflare.kv.response.returned_rows", 1_i64);
        let content = match Kind::of(query.kind.as_deref())? {
            Kind::Stream => Content::Stream(answer.body),
            kind => Content::Whole(kind, answer.read().await?.body),
        };
        Ok(Found {
            content: Some(content),
            metadata,
            cache_status,
        })
    };
    jsg::promise::from_future_with(js, found, move |js, found| {
        let value = content(js, found.content)?;
        let metadata = match &found.metadata {
            Some(json) => jsg::json_parse(js, json)?,
            None => jsg::js::null(js).into(),
        };
        if shape == Shape::Value {
            return Ok(value);
        }
        let object = Object::new(js);
        set(js, object, "value", value)?;
        set(js, object, "metadata", metadata)?;
        let status = text_or_null(js, found.cache_status.as_deref());
        set(js, object, "cacheStatus", status)?;
        Ok(object.into())
    })
}

fn text_or_null<'s>(js: &mut Lock<'s, '_>, text: Option<&str>) -> Local<'s, Value> {
    match text {
        Some(text) => jsg::string(js, text).into(),
        None => jsg::js::null(js).into(),
    }
}

fn content<'s>(js: &mut Lock<'s, '_>, content: Option<Content>) -> Result<Local<'s, Value>> {
    let (kind, bytes) = match content {
        None => return Ok(jsg::js::null(js).into()),
        Some(Content::Stream(body)) => {
            let stream = ReadableStream::from_body(js, body)?;
            return Ok(Handle::new(js, stream).object().into());
        }
        Some(Content::Whole(kind, bytes)) => (kind, bytes),
    };
    match kind {
        Kind::ArrayBuffer => ArrayBufferOf(bytes.to_vec()).to_js(js),
        Kind::Json => jsg::json_parse(js, &String::from_utf8_lossy(&bytes)),
        Kind::Text | Kind::Stream => Ok(jsg::string(js, &String::from_utf8_lossy(&bytes)).into()),
    }
}

/// Asks for the values of a list of keys.
pub(super) fn bulk<'s>(
    js: &mut Lock<'s, '_>,
    channel: Rc<dyn SubrequestChannel>,
    request: Request<Body>,
    span: Span,
) -> Local<'s, Promise> {
    let answer = async move {
        let answer = exchange(channel, request, "GET_BULK", &span).await?;
        Ok((answer.read().await?.body, span))
    };
    jsg::promise::from_future_with(js, answer, |js, (body, span)| {
        size(&span, Some(body.len() as u64));
        let value = jsg::json_parse(js, &String::from_utf8_lossy(&body))?;
        let map = Map::new(js);
        if let Ok(object) = Local::<Object>::try_from(value) {
            let names = object
                .get_own_property_names(js, Default::default())
                .ok_or(Error::Pending)?;
            let mut rows = 0_i64;
            for index in 0..names.length() {
                let name = names.get_index(js, index).ok_or(Error::Pending)?;
                // Keys that are numbers are left out, as they always were.
                if name.is_uint32() {
                    continue;
                }
                let value = object.get(js, name).ok_or(Error::Pending)?;
                map.set(js, name, value);
                rows += 1;
            }
            span.set("cloudflare.kv.response.returned_rows", rows);
        }
        Ok(map.into())
    })
}

/// Asks for a list of keys.
pub(super) fn list<'s>(
    js: &mut Lock<'s, '_>,
    channel: Rc<dyn SubrequestChannel>,
    request: Request<Body>,
    span: Span,
) -> Local<'s, Promise> {
    let answer = async move {
        let answer = exchange(channel, request, "GET", &span).await?;
        let status = cache_status(&answer, &span);
        size(&span, answer.body.length());
        Ok((answer.read().await?.body, status, span))
    };
    jsg::promise::from_future_with(js, answer, |js, (body, status, span)| {
        let value = jsg::json_parse(js, &String::from_utf8_lossy(&body))?;
        let object = Local::<Object>::try_from(value)
            .map_err(|_| Error::Internal("a list of keys that is no object".into()))?;
        describe_list(js, object, &span)?;
        parse_metadata(js, object, &span)?;
        let status = text_or_null(js, status.as_deref());
        set(js, object, "cacheStatus", status)?;
        Ok(object.into())
    })
}

fn member<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
    name: &str,
) -> Result<Local<'s, Value>> {
    let key = jsg::intern(js, name);
    object.get(js, key.into()).ok_or(Error::Pending)
}

fn describe_list<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>, span: &Span) -> Result<()> {
    if !span.is_traced() {
        return Ok(());
    }
    let complete = member(js, object, "list_complete")?;
    if complete.is_boolean() {
        let complete = complete.boolean_value(js);
        span.set("cloudflare.kv.response.list_complete", complete);
    }
    let cursor = member(js, object, "cursor")?;
    if cursor.is_string() {
        let cursor = cursor.to_rust_string_lossy(js);
        span.set("cloudflare.kv.response.cursor", cursor);
    }
    let expiration = member(js, object, "expiration")?;
    if expiration.is_number() {
        let expiration = expiration.integer_value(js).unwrap_or_default();
        span.set("cloudflare.kv.response.expiration", expiration);
    }
    Ok(())
}

/// The metadata of each key comes as JSON in a string.
fn parse_metadata<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>, span: &Span) -> Result<()> {
    let keys = member(js, object, "keys")?;
    let Ok(keys) = Local::<Array>::try_from(keys) else {
        return Ok(());
    };
    let rows = i64::from(keys.length());
    span.set("cloudflare.kv.response.returned_rows", rows);
    for index in 0..keys.length() {
        let key = keys.get_index(js, index).ok_or(Error::Pending)?;
        let Ok(key) = Local::<Object>::try_from(key) else {
            continue;
        };
        let metadata = member(js, key, "metadata")?;
        if metadata.is_string() {
            let metadata = metadata.to_rust_string_lossy(js);
            let metadata = jsg::json_parse(js, &metadata)?;
            set(js, key, "metadata", metadata)?;
        }
    }
    Ok(())
}
