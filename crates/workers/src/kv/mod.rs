//! A binding to a KV namespace: values by key, in a service elsewhere.
//!
//! | operation | request | body |
//! | --- | --- | --- |
//! | `get`, `getWithMetadata` | GET `/KEY?urlencoded=true` | none; the metadata is in a header of the answer |
//! | the same of a list | POST `/bulk/get` | the keys as JSON, the answer as well |
//! | `list` | GET `/` with limit, prefix and cursor in the query | none |
//! | `put` | PUT `/KEY?urlencoded=true` | the value; the metadata is in a header |
//! | `delete` | DELETE `/KEY?urlencoded=true` | none |
//!
//! The address stands once more in the header `cf-kv-flprod-405`. `deleteBulk()` is a remote call of the service.

mod read;
mod url;

use std::rc::Rc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request};
use io::trace::Span;
use io::{IoContext, SubrequestChannel};
use jsg::convert::BufferSource;
use jsg::js::{Array, Local, Object, Promise, Value};
use jsg::{Call, Error, FromJs, Handle, Lock, Nullable, Result, Untraced};
use net::Body;
use web::fetch::Fetcher;
use web::streams::ReadableStream;

use crate::rpc::RpcPromise;
use crate::service_call::{self, Answer};
use read::{Query, Shape, bulk, list, value};
use url::Address;

/// The longest key, in bytes.
const MOST_KEY: usize = 512;

const METADATA: HeaderName = HeaderName::from_static("cf-kv-metadata");
const ADDRESS: HeaderName = HeaderName::from_static("cf-kv-flprod-405");

/// What the binding is.
#[jsg::class]
pub struct KvNamespace {
    name: String,
    channel: Untraced<Rc<dyn SubrequestChannel>>, // leads out of the isolate
}

#[derive(jsg::Union)]
enum NameOrNames {
    Name(String),
    Names(Vec<String>),
}

/// The same, named in the other order by errors.
#[derive(jsg::Union)]
enum NamesOrName {
    Names(Vec<String>),
    Name(String),
}

impl From<NamesOrName> for NameOrNames {
    fn from(names: NamesOrName) -> Self {
        match names {
            NamesOrName::Names(names) => Self::Names(names),
            NamesOrName::Name(name) => Self::Name(name),
        }
    }
}

#[derive(jsg::Union)]
enum TypeOrOptions {
    Type(String),
    Options(GetOptions),
}

#[derive(jsg::Dictionary)]
struct GetOptions {
    #[jsg(name = "type")]
    kind: Option<String>,
    cache_ttl: Option<i32>,
}

impl From<TypeOrOptions> for Query {
    fn from(options: TypeOrOptions) -> Self {
        let (kind, cache_ttl) = match options {
            TypeOrOptions::Type(kind) => (Some(kind), None),
            TypeOrOptions::Options(options) => (options.kind, options.cache_ttl),
        };
        Self { kind, cache_ttl }
    }
}

#[derive(jsg::Dictionary)]
struct ListOptions {
    limit: Option<i32>,
    prefix: Option<Nullable<String>>,
    cursor: Option<Nullable<String>>,
}

#[derive(jsg::Dictionary)]
struct PutOptions<'s> {
    expiration: Option<i32>,
    expiration_ttl: Option<i32>,
    metadata: Option<Local<'s, Value>>,
}

impl KvNamespace {
    /// `name` is that of the binding.
    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        name: &str,
        channel: Rc<dyn SubrequestChannel>,
    ) -> Local<'s, Object> {
        let namespace = Self {
            name: name.to_owned(),
            channel: Untraced(channel),
        };
        Handle::new(js, namespace).object()
    }

    fn span(&self, js: &mut Lock<'_, '_>, name: &'static str, operation: &'static str) -> Span {
        let span = Span::open(js, name);
        if span.is_traced() {
            span.set("db.system.name", "cloudflare-kv");
            span.set("db.operation.name", operation);
            span.set("cloudflare.binding.name", self.name.clone());
            span.set("cloudflare.binding.type", "KV");
        }
        span
    }

    fn read<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: &str,
        query: Query,
        shape: Shape,
        span: Span,
    ) -> Result<Local<'s, Promise>> {
        check(name, "GET")?;
        keys(&span, 1, || name.to_owned());
        query.describe(&span);
        let mut address = Address::of_key(name);
        if let Some(ttl) = query.cache_ttl {
            address.add("cache_ttl", &ttl.to_string());
        }
        let request = message(Method::GET, &address, HeaderMap::new(), Bytes::new())?;
        Ok(value(
            js,
            self.channel.0.clone(),
            request,
            query,
            shape,
            span,
        ))
    }

    fn read_all<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        names: &[String],
        query: &Query,
        shape: Shape,
        span: Span,
    ) -> Result<Local<'s, Promise>> {
        let count = i64::try_from(names.len()).unwrap_or(i64::MAX);
        keys(&span, count, || url::shortened(names.join(", ")));
        query.describe(&span);
        let body = bulk_body(js, names, query, shape)?;
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(CONTENT_TYPE, json);
        let request = message(Method::POST, &Address::of_bulk(), headers, body.into())?;
        Ok(bulk(js, self.channel.0.clone(), request, span))
    }

    /// One value, or those of a list; failures that are not those of arguments are the promise's, unless `throws`.
    fn get_any<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        names: NameOrNames,
        options: Option<TypeOrOptions>,
        shape: Shape,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let query: Query = options.map(Into::into).unwrap_or_default();
        let name = match shape {
            Shape::Value => "kv_get",
            Shape::WithMetadata => "kv_getWithMetadata",
        };
        let span = self.span(js, name, "get");
        match names {
            NameOrNames::Name(name) if shape == Shape::WithMetadata => {
                self.read(js, &name, query, shape, span)
            }
            NameOrNames::Name(name) => captured(js, |js| self.read(js, &name, query, shape, span)),
            NameOrNames::Names(names) => {
                captured(js, |js| self.read_all(js, &names, &query, shape, span))
            }
        }
    }
}

#[jsg::methods]
impl KvNamespace {
    #[jsg(method)]
    fn get<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: NameOrNames,
        options: Option<TypeOrOptions>,
    ) -> Result<Local<'s, Promise>> {
        self.get_any(js, name, options, Shape::Value)
    }

    #[jsg(method, promise)]
    fn list<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<ListOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let span = self.span(js, "kv_list", "list");
        let mut address = Address::of_list();
        if let Some(options) = options {
            if let Some(limit) = options.limit {
                span.set("cloudflare.kv.query.limit", i64::from(limit));
                if limit > 0 {
                    address.add("key_count_limit", &limit.to_string());
                }
            }
            for (name, attribute, text) in [
                ("prefix", "cloudflare.kv.query.prefix", options.prefix),
                ("cursor", "cloudflare.kv.query.cursor", options.cursor),
            ] {
                if let Some(Nullable(Some(text))) = text {
                    address.add(name, &text);
                    span.set(attribute, text);
                }
            }
        }
        let request = message(Method::GET, &address, HeaderMap::new(), Bytes::new())?;
        Ok(list(js, self.channel.0.clone(), request, span))
    }

    #[jsg(method, promise)]
    fn put<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        value: PutValue<'s>,
        options: Option<PutOptions<'s>>,
    ) -> Result<Local<'s, Promise>> {
        check(&name, "PUT")?;
        IoContext::current(js)?;
        let span = self.span(js, "kv_put", "put");
        keys(&span, 1, || name.clone());
        let mut address = Address::of_key(&name);
        let mut headers = HeaderMap::new();
        if let Some(options) = options {
            for (name, attribute, time) in [
                (
                    "expiration",
                    "cloudflare.kv.query.expiration",
                    options.expiration,
                ),
                (
                    "expiration_ttl",
                    "cloudflare.kv.query.expiration_ttl",
                    options.expiration_ttl,
                ),
            ] {
                if let Some(time) = time {
                    span.set(attribute, i64::from(time));
                    address.add(name, &time.to_string());
                }
            }
            let metadata = options.metadata.filter(|value| !value.is_null());
            if let Some(metadata) = metadata {
                let json = jsg::json_stringify(js, metadata)?.to_rust_string_lossy(js);
                let json = HeaderValue::from_bytes(json.as_bytes())
                    .map_err(|_| Error::Internal("JSON that is no header value".into()))?;
                headers.insert(METADATA, json);
                span.set("cloudflare.kv.query.metadata", true);
            }
        }
        let (kind, body) = match value {
            PutValue::Text(text) => {
                let plain = HeaderValue::from_static("text/plain;charset=UTF-8");
                headers.insert(CONTENT_TYPE, plain);
                ("text", Body::from(text))
            }
            PutValue::Bytes(bytes) => ("ArrayBuffer", Body::from(bytes.to_vec())),
            PutValue::Stream(stream) => ("ReadableStream", ReadableStream::into_body(js, stream)?),
            PutValue::Other => {
                return Err(Error::type_error(
                    "KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.",
                ));
            }
        };
        span.set("cloudflare.kv.query.value_type", kind);
        if let Some(length) = body.length() {
            let length = i64::try_from(length).unwrap_or(i64::MAX);
            span.set("cloudflare.kv.query.payload.size", length);
        }
        let mut request = message(Method::PUT, &address, headers, Bytes::new())?;
        *request.body_mut() = body;
        let channel = self.channel.0.clone();
        let done = async move {
            let answer = exchange(channel, request, "PUT", &span).await?;
            // The connection can be used again once the body has gone by.
            answer.read().await.map(drop)
        };
        Ok(jsg::promise::from_future_with(js, done, |js, ()| {
            Ok(jsg::js::undefined(js).into())
        }))
    }

    #[jsg(method)]
    fn get_with_metadata<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: NamesOrName,
        options: Option<TypeOrOptions>,
    ) -> Result<Local<'s, Promise>> {
        self.get_any(js, name.into(), options, Shape::WithMetadata)
    }

    #[jsg(method, promise)]
    fn delete<'s>(&self, js: &mut Lock<'s, '_>, name: String) -> Result<Local<'s, Promise>> {
        check(&name, "DELETE")?;
        IoContext::current(js)?;
        let span = self.span(js, "kv_delete", "delete");
        keys(&span, 1, || name.clone());
        let address = Address::of_deleted(&name);
        let request = message(Method::DELETE, &address, HeaderMap::new(), Bytes::new())?;
        let channel = self.channel.0.clone();
        let done = async move { exchange(channel, request, "DELETE", &span).await.map(drop) };
        Ok(jsg::promise::from_future_with(js, done, |js, ()| {
            Ok(jsg::js::undefined(js).into())
        }))
    }

    #[jsg(method, flag = Experimental)]
    fn delete_bulk<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
    ) -> Result<Handle<'s, RpcPromise>> {
        let service = Fetcher::create(js, self.channel.0.clone());
        RpcPromise::of_service(js, service, "delete", call)
    }
}

/// What can be stored. Other values than objects are stored as strings.
enum PutValue<'s> {
    Text(String),
    Bytes(BufferSource<'s>),
    Stream(Handle<'s, ReadableStream>),
    /// An object of another kind.
    Other,
}

impl<'s> FromJs<'s> for PutValue<'s> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        "string or Object".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if !value.is_object() {
            return Ok(Some(Self::Text(String::from_js(js, value)?)));
        }
        if let Some(bytes) = BufferSource::try_from_js(js, value)? {
            return Ok(Some(Self::Bytes(bytes)));
        }
        let stream = Handle::from_value(js, value);
        Ok(Some(stream.map_or(Self::Other, Self::Stream)))
    }

    fn matches(_: &mut Lock<'s, '_>, _: Local<'s, Value>) -> bool {
        true
    }
}

/// # Errors
/// No namespace has such a key.
fn check(name: &str, method: &str) -> Result<()> {
    match name {
        "" => Err(Error::type_error("Key name cannot be empty.")),
        "." | ".." => Err(Error::type_error(format!(
            "\"{name}\" is not allowed as a key name."
        ))),
        _ if name.len() > MOST_KEY => Err(Error::error(format!(
            "KV {method} failed: 414 UTF-8 encoded length of {} exceeds key length limit of {MOST_KEY}.",
            name.len()
        ))),
        _ => Ok(()),
    }
}

/// Tells the span which keys are asked for.
fn keys(span: &Span, count: i64, names: impl FnOnce() -> String) {
    if span.is_traced() {
        span.set("cloudflare.kv.query.keys", names());
        span.set("cloudflare.kv.query.keys.count", count);
    }
}

fn captured<'s>(
    js: &mut Lock<'s, '_>,
    body: impl FnOnce(&mut Lock<'s, '_>) -> Result<Local<'s, Promise>>,
) -> Result<Local<'s, Promise>> {
    let promise = jsg::promise::try_catch(js, body);
    Ok(promise.unwrap_or_else(|exception| jsg::promise::rejected(js, exception)))
}

fn message(
    method: Method,
    address: &Address,
    mut headers: HeaderMap,
    body: Bytes,
) -> Result<Request<Body>> {
    let value = HeaderValue::from_str(address.text())
        .map_err(|_| Error::Internal("an address that is no header value".into()))?;
    headers.insert(ADDRESS, value);
    service_call::message(method, address.text(), headers, body)
}

/// The keys as the service gets them.
fn bulk_body<'s>(
    js: &mut Lock<'s, '_>,
    names: &[String],
    query: &Query,
    shape: Shape,
) -> Result<String> {
    use jsg::convert::set_member as set;
    let keys: Vec<Local<'s, Value>> = names
        .iter()
        .map(|name| jsg::string(js, name).into())
        .collect();
    let keys = Array::new_with_elements(js, &keys);
    let object = Object::new(js);
    set(js, object, "keys", keys)?;
    if let Some(kind) = query.kind.as_ref().filter(|kind| !kind.is_empty()) {
        set(js, object, "type", kind.clone())?;
    }
    if shape == Shape::WithMetadata {
        set(js, object, "withMetadata", true)?;
    }
    if let Some(ttl) = query.cache_ttl {
        set(js, object, "cacheTtl", ttl.to_string())?;
    }
    let json = jsg::json_stringify(js, object.into())?;
    Ok(json.to_rust_string_lossy(js))
}

/// # Errors
/// The service cannot be reached, or has answered that it has failed.
async fn exchange(
    channel: Rc<dyn SubrequestChannel>,
    request: Request<Body>,
    method: &'static str,
    span: &Span,
) -> Result<Answer<Body>> {
    let answer = service_call::begin(channel, request, span).await?;
    succeeded(answer, method)
}

fn succeeded(answer: Answer<Body>, method: &str) -> Result<Answer<Body>> {
    if answer.status.is_success() {
        return Ok(answer);
    }
    let (status, text) = (answer.status.as_u16(), &answer.status_text);
    Err(Error::error(format!("KV {method} failed: {status} {text}")))
}
