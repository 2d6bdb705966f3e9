//! A binding to an R2 bucket: objects by key, in a service elsewhere.
//!
//! | operation | request | body |
//! | --- | --- | --- |
//! | `head`, `get`, `list` | GET, what is asked as JSON in the header `cf-r2-request` | none |
//! | all others | PUT, with the length of the JSON in the header `cf-r2-metadata-size` | what is asked as JSON, then the value |
//!
//! Answers are JSON that is followed by the value of the object, its length in `cf-r2-metadata-size` as well; failures
//! have a status and JSON in the header `cf-r2-error`.

mod etag;
mod exchange;
mod http_metadata;
mod list;
mod multipart;
mod object;
mod options;

use std::rc::Rc;

use io::trace::Span;
use io::{IoContext, SubrequestChannel};
use jsg::convert::Record;
use jsg::js::{Local, Object, Promise, Value};
use jsg::{Error, Flag, Handle, Lock, LockExt, Result, Strong, Untraced};
use serde_json::{Value as Json, json};
use web::streams::ReadableStream;

use exchange::{Message, Outcome, PutValue, ValueOrNull};
use http_metadata::{HttpMetadata, OrHeaders};
use list::{ListOptions, listed};
use multipart::R2MultipartUpload;
use object::{Expected, Metadata};
use options::{ALGORITHMS, Conditional, Hash, Key, Range};

/// What the binding is.
#[jsg::class]
pub struct R2Bucket {
    name: String,
    bucket: String,
    channel: Untraced<Rc<dyn SubrequestChannel>>, // leads out of the isolate
}

#[derive(jsg::Dictionary)]
struct GetOptions<'s> {
    only_if: Option<OrHeaders<'s, Conditional>>,
    range: Option<OrHeaders<'s, Range>>,
    ssec_key: Option<Key<'s>>,
}

#[derive(jsg::Dictionary)]
struct PutOptions<'s> {
    only_if: Option<OrHeaders<'s, Conditional>>,
    http_metadata: Option<OrHeaders<'s, HttpMetadata>>,
    custom_metadata: Option<Record<String, String>>,
    md5: Option<Hash<'s>>,
    sha1: Option<Hash<'s>>,
    sha256: Option<Hash<'s>>,
    sha384: Option<Hash<'s>>,
    sha512: Option<Hash<'s>>,
    storage_class: Option<String>,
    ssec_key: Option<Key<'s>>,
}

#[derive(jsg::Dictionary)]
struct MultipartOptions<'s> {
    http_metadata: Option<OrHeaders<'s, HttpMetadata>>,
    custom_metadata: Option<Record<String, String>>,
    storage_class: Option<String>,
    ssec_key: Option<Key<'s>>,
}

#[derive(jsg::Union)]
enum NameOrNames {
    Name(String),
    Names(Vec<String>),
}

/// What is asked of one object.
fn request(method: &str, key: &str) -> Json {
    json!({"version": 1, "method": method, "object": key})
}

fn size(span: &Span, size: Option<u64>) {
    if let Some(size) = size {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        span.set("cloudflare.r2.request.size", size);
    }
}

/// What the guest has noted of an object that it puts.
#[derive(Default)]
struct Sent {
    http: HttpMetadata,
    custom: Vec<(String, String)>,
}

impl R2Bucket {
    /// `name` is that of the binding, `bucket` that of the service behind it.
    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        name: &str,
        bucket: &str,
        channel: Rc<dyn SubrequestChannel>,
    ) -> Local<'s, Object> {
        let bucket = Self {
            name: name.to_owned(),
            bucket: bucket.to_owned(),
            channel: Untraced(channel),
        };
        Handle::new(js, bucket).object()
    }

    fn span(&self, js: &mut Lock<'_, '_>, name: &'static str, operation: &'static str) -> Span {
        let span = Span::open(js, name);
        if span.is_traced() {
            span.set("cloudflare.binding.type", "r2");
            span.set("cloudflare.binding.name", self.name.clone());
            span.set("cloudflare.r2.operation", operation);
            span.set("cloudflare.r2.bucket", self.bucket.clone());
        }
        span
    }

    /// Asks for an object: null if it is missing, else what `make` makes of it. That a condition is not met is no failure.
    fn look<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        request: Json,
        action: &'static str,
        span: Span,
        make: impl for<'t> FnOnce(&mut Lock<'t, '_>, Metadata, Outcome) -> Result<Local<'t, Value>>
        + 'static,
    ) -> Local<'s, Promise> {
        let channel = self.channel.0.clone();
        let answer = async move {
            let outcome = exchange::get(channel, request, &span).await?;
            outcome.describe(&span);
            Ok((outcome, span))
        };
        jsg::promise::from_future_with(js, answer, move |js, (outcome, span)| {
            if outcome.is_missing() {
                return Ok(jsg::js::null(js).into());
            }
            if !outcome.has_failed_precondition() {
                outcome.check(action)?;
            }
            let metadata = Metadata::new(outcome.metadata()?, Expected::ALL);
            metadata.describe(js, &span)?;
            make(js, metadata, outcome)
        })
    }

    /// Asks for a change that has no result; that the object is missing is no failure.
    fn change<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        message: Message,
        action: &'static str,
        span: Span,
    ) -> Local<'s, Promise> {
        let channel = self.channel.0.clone();
        let done = async move {
            let outcome = exchange::put(channel, message, &span).await?;
            outcome.describe(&span);
            if outcome.is_missing() {
                return Ok(());
            }
            outcome.check(action)
        };
        jsg::promise::from_future_with(js, done, |js, ()| Ok(jsg::js::undefined(js).into()))
    }

    fn write_put<'s>(
        js: &mut Lock<'s, '_>,
        options: PutOptions<'s>,
        request: &mut Json,
        span: &Span,
    ) -> Result<Sent> {
        let mut sent = Sent::default();
        options::write_condition(js, options.only_if, request, span)?;
        if let Some(custom) = options.custom_metadata {
            sent.custom = options::write_custom(custom, request, span);
        }
        if let Some(http) = options.http_metadata {
            sent.http = HttpMetadata::read(js, http)?;
            sent.http.write(request, span);
        }
        let hashes = [
            options.md5,
            options.sha1,
            options.sha256,
            options.sha384,
            options.sha512,
        ];
        let mut has_hash = false;
        for (algorithm, hash) in ALGORITHMS.iter().zip(hashes) {
            let Some(hash) = hash else { continue };
            if std::mem::replace(&mut has_hash, true) {
                return Err(Error::type_error(
                    "You cannot specify multiple hashing algorithms.",
                ));
            }
            options::write_hash(js, algorithm, hash, request, span)?;
        }
        options::write_class(options.storage_class, request, span);
        options::write_key(js, options.ssec_key, request, span)?;
        Ok(sent)
    }
}

#[jsg::methods]
impl R2Bucket {
    #[jsg(method, promise)]
    fn head<'s>(&self, js: &mut Lock<'s, '_>, key: String) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let span = self.span(js, "r2_head", "HeadObject");
        let request = request("head", &key);
        span.set("cloudflare.r2.request.key", key);
        Ok(self.look(js, request, "head", span, |js, metadata, _| {
            metadata.head(js)
        }))
    }

    #[jsg(method, promise)]
    fn get<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        key: String,
        options: Option<GetOptions<'s>>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let span = self.span(js, "r2_get", "GetObject");
        let mut request = request("get", &key);
        span.set("cloudflare.r2.request.key", key);
        if let Some(options) = options {
            options::write_condition(js, options.only_if, &mut request, &span)?;
            options::write_range(options.range, &mut request, &span)?;
            options::write_key(js, options.ssec_key, &mut request, &span)?;
        }
        Ok(
            self.look(js, request, "get", span, |js, metadata, outcome| {
                if outcome.has_failed_precondition() {
                    metadata.head(js)
                } else {
                    metadata.with_value(js, outcome.value)
                }
            }),
        )
    }

    #[jsg(method, promise)]
    fn put<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        key: String,
        value: ValueOrNull<'s>,
        options: Option<PutOptions<'s>>,
    ) -> Result<Local<'s, Promise>> {
        let ValueOrNull(value) = value;
        IoContext::current(js)?;
        let span = self.span(js, "r2_put", "PutObject");
        let mut request = request("put", &key);
        span.set("cloudflare.r2.request.key", key);
        let sent = match options {
            None => Ok(Sent::default()),
            Some(options) => Self::write_put(js, options, &mut request, &span),
        };
        let sent = match (sent, &value) {
            (Err(error), Some(PutValue::Stream(stream))) => {
                let reason = Error::error(
                    "Stream cancelled because the associated put operation encountered an error.",
                );
                let reason = reason.into_exception(js).ok_or(Error::Pending)?;
                ReadableStream::cancel_stream(js, *stream, reason)?;
                return Err(error);
            }
            (sent, _) => sent?,
        };
        let message = match value {
            Some(value) => {
                size(&span, value.length(js));
                Message::with_value(js, &request, value)?
            }
            None => Message::new(&request),
        };
        let channel = self.channel.0.clone();
        let answer = async move {
            let outcome = exchange::put(channel, message, &span).await?;
            outcome.describe(&span);
            Ok((outcome, span))
        };
        Ok(jsg::promise::from_future_with(
            js,
            answer,
            |js, (outcome, span)| {
                if outcome.is_missing() || outcome.has_failed_precondition() {
                    return Ok(jsg::js::null(js).into());
                }
                outcome.check("put")?;
                let mut metadata = Metadata::new(outcome.metadata()?, Expected::ALL);
                metadata.http = Some(sent.http);
                metadata.custom = Some(sent.custom);
                metadata.describe(js, &span)?;
                metadata.head(js)
            },
        ))
    }

    #[jsg(method, promise)]
    fn create_multipart_upload<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        key: String,
        options: Option<MultipartOptions<'s>>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let bucket = this.get();
        let span = bucket.span(js, "r2_createMultipartUpload", "CreateMultipartUpload");
        let mut request = request("createMultipartUpload", &key);
        span.set("cloudflare.r2.request.key", key.clone());
        if let Some(options) = options {
            if let Some(custom) = options.custom_metadata {
                options::write_custom(custom, &mut request, &span);
            }
            if let Some(http) = options.http_metadata {
                HttpMetadata::read(js, http)?.write(&mut request, &span);
            }
            options::write_class(options.storage_class, &mut request, &span);
            options::write_key(js, options.ssec_key, &mut request, &span)?;
        }
        let message = Message::new(&request);
        let channel = bucket.channel.0.clone();
        let answer = async move {
            let outcome = exchange::put(channel, message, &span).await?;
            outcome.describe(&span);
            outcome.check("createMultipartUpload")?;
            let id = object::text(&outcome.metadata()?, "uploadId");
            span.set("cloudflare.r2.response.upload_id", id.clone());
            Ok(id)
        };
        let bucket = Strong::new(js, this);
        Ok(jsg::promise::from_future_with(js, answer, move |js, id| {
            let bucket = bucket.get(js);
            R2MultipartUpload::create(js, bucket, key, id)
        }))
    }

    #[jsg(method)]
    fn resume_multipart_upload<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        key: String,
        upload_id: String,
    ) -> Result<Local<'s, Value>> {
        R2MultipartUpload::create(js, this, key, upload_id)
    }

    #[jsg(method, promise)]
    fn delete<'s>(&self, js: &mut Lock<'s, '_>, keys: NameOrNames) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let span = self.span(js, "r2_delete", "DeleteObject");
        let mut request = json!({"version": 1, "method": "delete"});
        let shown = match keys {
            NameOrNames::Name(key) => {
                request["object"] = key.as_str().into();
                key
            }
            NameOrNames::Names(keys) => {
                let shown = keys.join(", ");
                request["objects"] = keys.into();
                shown
            }
        };
        span.set("cloudflare.r2.request.keys", shown);
        Ok(self.change(js, Message::new(&request), "delete", span))
    }

    #[jsg(method, promise)]
    fn list<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<ListOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let span = self.span(js, "r2_list", "ListObjects");
        let honors_include = js.flag(Flag::R2ListHonorInclude);
        let mut request = json!({"version": 1, "method": "list", "newRuntime": true});
        let expected = match options {
            Some(options) => options.write(&mut request, &span, honors_include)?,
            None => Expected {
                http: false,
                custom: false,
            },
        };
        let expected = if honors_include {
            expected
        } else {
            request["include"] = json!([0, 1]);
            Expected::ALL
        };
        let channel = self.channel.0.clone();
        let answer = async move {
            let outcome = exchange::get(channel, request, &span).await?;
            outcome.describe(&span);
            outcome.check("list")?;
            Ok((outcome.metadata()?, span))
        };
        Ok(jsg::promise::from_future_with(
            js,
            answer,
            move |js, (told, span)| {
                let result = listed(js, told, expected, &span)?;
                Ok(result.into())
            },
        ))
    }
}
