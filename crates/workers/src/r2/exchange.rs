//! What goes to the service behind a bucket, and what comes back.

use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use io::SubrequestChannel;
use io::trace::Span;
use jsg::convert::BufferSource;
use jsg::js::{Local, Value};
use jsg::{Error, FromJs, Handle, Lock, Result};
use net::Body;
use serde_json::Value as Json;
use web::file::Blob;
use web::streams::ReadableStream;
use web::streams::native_error::body_error;

use crate::service_call;

const ADDRESS: &str = "https://fake-host";
const REQUEST: HeaderName = HeaderName::from_static("cf-r2-request");
const METADATA_SIZE: HeaderName = HeaderName::from_static("cf-r2-metadata-size");
const ERROR: &str = "cf-r2-error";

/// The most that is read of what is told of objects.
const MOST_METADATA: usize = 1 << 20;

const NOT_FOUND: u64 = 10007;
const PRECONDITIONS_FAILED: [u64; 2] = [10031, 10032];

/// What can be stored.
pub(super) enum PutValue<'s> {
    Stream(Handle<'s, ReadableStream>),
    Bytes(BufferSource<'s>),
    Text(String),
    Blob(Handle<'s, Blob>),
}

impl<'s> FromJs<'s> for PutValue<'s> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        "JsReadableStream or ArrayBuffer or ArrayBufferView or string or Blob".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if let Some(stream) = Handle::from_value(js, value) {
            return Ok(Some(Self::Stream(stream)));
        }
        if let Some(blob) = Handle::from_value(js, value) {
            return Ok(Some(Self::Blob(blob)));
        }
        if value.is_string() {
            return Ok(Some(Self::Text(String::from_js(js, value)?)));
        }
        Ok(BufferSource::try_from_js(js, value)?.map(Self::Bytes))
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        matches!(Self::try_from_js(js, value), Ok(Some(_)))
    }
}

/// The same, or null for nothing at all. What is missing is no value.
pub(super) struct ValueOrNull<'s>(pub Option<PutValue<'s>>);

impl<'s> FromJs<'s> for ValueOrNull<'s> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        PutValue::type_name()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if value.is_null() {
            return Ok(Some(Self(None)));
        }
        Ok(PutValue::try_from_js(js, value)?.map(|value| Self(Some(value))))
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_null() || PutValue::matches(js, value)
    }
}

impl<'s> PutValue<'s> {
    /// How many bytes it has, if that is known.
    pub fn length(&self, js: &Lock<'s, '_>) -> Option<u64> {
        Some(match self {
            Self::Stream(stream) => return stream.get().length(js),
            Self::Bytes(bytes) => bytes.byte_length() as u64,
            Self::Text(text) => text.len() as u64,
            Self::Blob(blob) => blob.get().data().len() as u64,
        })
    }
}

/// A request that changes something: what is asked as JSON, and the value after it.
pub(super) struct Message {
    metadata_size: usize,
    body: Body,
}

impl Message {
    pub fn new(request: &Json) -> Self {
        let json = request.to_string();
        Self {
            metadata_size: json.len(),
            body: Body::from(json),
        }
    }

    /// # Errors
    /// It is not known how long the value is.
    pub fn with_value<'s>(
        js: &mut Lock<'s, '_>,
        request: &Json,
        value: PutValue<'s>,
    ) -> Result<Self> {
        let mut message = request.to_string().into_bytes();
        let metadata_size = message.len();
        match value {
            PutValue::Stream(stream) => {
                let length = stream.get().length(js).ok_or_else(|| {
                    Error::type_error(
                        "Provided readable stream must have a known length (request/response body or readable half \
                         of FixedLengthStream)",
                    )
                })?;
                let value = ReadableStream::into_body(js, stream)?;
                let length = length + metadata_size as u64;
                return Ok(Self {
                    metadata_size,
                    body: joined(message.into(), value, Some(length)),
                });
            }
            PutValue::Bytes(bytes) => {
                bytes.with_bytes(js, |bytes| message.extend_from_slice(bytes))
            }
            PutValue::Text(text) => message.extend_from_slice(text.as_bytes()),
            PutValue::Blob(blob) => message.extend_from_slice(blob.get().data()),
        }
        Ok(Self {
            metadata_size,
            body: Body::from(message),
        })
    }
}

fn joined(first: Bytes, mut rest: Body, length: Option<u64>) -> Body {
    let first = futures::stream::iter((!first.is_empty()).then_some(Ok(first)));
    let rest = futures::stream::poll_fn(move |cx| rest.poll_next(cx));
    Body::stream(first.chain(rest), length)
}

/// What the service says has gone wrong.
struct Failure {
    code: u64,
    message: String,
}

/// What the service has answered.
pub(super) struct Outcome {
    status: StatusCode,
    failure: Option<Failure>,
    metadata: Option<Bytes>,
    /// The value of the object.
    pub value: Body,
}

impl Outcome {
    fn code(&self) -> Option<u64> {
        self.failure.as_ref().map(|failure| failure.code)
    }

    pub fn is_missing(&self) -> bool {
        self.status == StatusCode::NOT_FOUND && self.code() == Some(NOT_FOUND)
    }

    pub fn has_failed_precondition(&self) -> bool {
        let code = self.code();
        self.status == StatusCode::PRECONDITION_FAILED
            && code.is_some_and(|code| PRECONDITIONS_FAILED.contains(&code))
    }

    /// # Errors
    /// What the service says has gone wrong.
    pub fn check(&self, action: &str) -> Result<()> {
        match &self.failure {
            None => Ok(()),
            Some(Failure { code, message }) => {
                Err(Error::error(format!("{action}: {message} ({code})")))
            }
        }
    }

    /// # Errors
    /// The service has told nothing, or no JSON.
    pub fn metadata(&self) -> Result<Json> {
        let metadata = self.metadata.as_deref();
        let metadata = metadata.and_then(|json| serde_json::from_slice(json).ok());
        metadata.ok_or_else(|| Error::Internal("an answer of R2 without metadata".into()))
    }

    pub fn describe(&self, span: &Span) {
        let is_success = self.status.is_success() || self.status.is_redirection();
        span.set("cloudflare.r2.response.success", is_success);
        if let Some(Failure { code, message }) = &self.failure {
            span.set("error.type", message.clone());
            span.set("cloudflare.r2.error.message", message.clone());
            let code = i64::try_from(*code).unwrap_or(i64::MAX);
            span.set("cloudflare.r2.error.code", code);
        }
    }
}

fn failure(headers: &HeaderMap) -> Failure {
    let told = headers.get(ERROR);
    let told: Option<Json> = told.and_then(|json| serde_json::from_slice(json.as_bytes()).ok());
    match told {
        Some(told) => Failure {
            code: told["v4code"].as_u64().unwrap_or_default(),
            message: told["message"].as_str().unwrap_or_default().to_owned(),
        },
        None => Failure {
            code: 0,
            message: "Unspecified error".to_owned(),
        },
    }
}

/// Asks for what is there.
pub(super) async fn get(
    channel: Rc<dyn SubrequestChannel>,
    request: Json,
    span: &Span,
) -> Result<Outcome> {
    let json = HeaderValue::try_from(request.to_string().into_bytes())
        .map_err(|_| Error::Internal("JSON that is no header value".into()))?;
    let headers = HeaderMap::from_iter([(REQUEST, json)]);
    let request = service_call::message(Method::GET, ADDRESS, headers, Bytes::new())?;
    let answer = service_call::begin(channel, request, span).await?;
    let is_failure = answer.status.as_u16() >= 400;
    let failure = is_failure.then(|| failure(&answer.headers));
    let size = answer.header(METADATA_SIZE.as_str());
    let size = size.map(|size| size.parse().unwrap_or(0));
    let (metadata, value) = match size {
        None => (None, Body::empty()),
        Some(size) => {
            let (metadata, value) = split(answer.body, size).await?;
            (Some(metadata), value)
        }
    };
    Ok(Outcome {
        status: answer.status,
        failure,
        metadata,
        value,
    })
}

/// Takes the first bytes off a body.
async fn split(mut body: Body, size: usize) -> Result<(Bytes, Body)> {
    if size > MOST_METADATA {
        return Err(Error::Internal("R2 metadata that is too large".into()));
    }
    let total = body.length();
    let mut read = BytesMut::new();
    while read.len() < size {
        let chunk = body.next().await;
        let chunk = chunk.ok_or_else(|| Error::Internal("R2 metadata that is cut short".into()))?;
        let mut chunk = chunk.map_err(body_error)?;
        if chunk.len() + read.len() < size {
            read.extend_from_slice(&chunk);
            continue;
        }
        let missing = chunk.split_to(size - read.len());
        let metadata = if read.is_empty() {
            missing
        } else {
            read.extend_from_slice(&missing);
            read.freeze()
        };
        let rest = total.map(|total| total.saturating_sub(size as u64));
        if rest == Some(chunk.len() as u64) {
            return Ok((metadata, Body::from(chunk)));
        }
        return Ok((metadata, joined(chunk, body, rest)));
    }
    Ok((Bytes::new(), body))
}

/// Asks for a change.
pub(super) async fn put(
    channel: Rc<dyn SubrequestChannel>,
    message: Message,
    span: &Span,
) -> Result<Outcome> {
    let headers = HeaderMap::from_iter([(METADATA_SIZE, message.metadata_size.into())]);
    let mut request = service_call::message(Method::PUT, ADDRESS, headers, Bytes::new())?;
    *request.body_mut() = message.body;
    let answer = service_call::begin(channel, request, span).await?;
    let status = answer.status;
    let (failure, metadata) = if status.as_u16() >= 400 {
        (Some(failure(&answer.headers)), None)
    } else {
        (None, Some(answer.read().await?.body))
    };
    Ok(Outcome {
        status,
        failure,
        metadata,
        value: Body::empty(),
    })
}
