//! A queue binding: messages for a queue.
//!
//! | operation | request | body |
//! | --- | --- | --- |
//! | `send` | POST `/message`, the format in `x-msg-fmt` | the message |
//! | `sendBatch` | POST `/batch`, sizes in headers | JSON, each message in base64 |
//! | `metrics` | GET `/metrics` | none |
//!
//! The service answers with what is in the queue now, as JSON.

use std::rc::Rc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use io::trace::Span;
use io::{IoContext, SubrequestChannel};
use jsg::base64::Alphabet;
use jsg::convert::{
    BufferSource, Sequence, Time, set_member as set, set_optional_member as set_optional,
};
use jsg::js::{ArrayBufferView, Local, Object, Promise, Value};
use jsg::{Error, Flag, FromJs, Lock, LockExt, Result, Untraced};
use net::Body;

use crate::service_call::{self, Answer};

/// What the binding is.
#[jsg::class]
pub struct WorkerQueue {
    channel: Untraced<Rc<dyn SubrequestChannel>>, // leads out of the isolate
}

#[derive(jsg::Dictionary)]
struct SendOptions {
    content_type: Option<String>,
    delay_seconds: Option<i32>,
}

#[derive(jsg::Dictionary)]
struct SendBatchOptions {
    delay_seconds: Option<i32>,
}

#[derive(jsg::Dictionary)]
#[jsg(mangled = "N7workerd3api11WorkerQueue18MessageSendRequestE")]
struct MessageSendRequest<'s> {
    body: Local<'s, Value>,
    content_type: Option<String>,
    delay_seconds: Option<i32>,
}

/// How a message is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Bytes,
    Json,
    V8,
}

const FORMATS: [(Format, &str); 4] = [
    (Format::Text, "text"),
    (Format::Bytes, "bytes"),
    (Format::Json, "json"),
    (Format::V8, "v8"),
];

impl Format {
    fn of(name: &str) -> Option<Self> {
        let known = FORMATS.iter().find(|(_, known)| *known == name);
        known.map(|(format, _)| *format)
    }

    /// In any case of letters.
    fn parse(name: &str) -> Result<Self> {
        Self::of(&name.to_ascii_lowercase()).ok_or_else(|| unsupported(name))
    }

    fn name(self) -> &'static str {
        let named = FORMATS.iter().find(|(format, _)| *format == self);
        named.map_or("", |(_, name)| name)
    }
}

#[cold]
fn unsupported(name: &str) -> Error {
    Error::type_error(format!("Unsupported queue message content type: {name}"))
}

impl WorkerQueue {
    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        channel: Rc<dyn SubrequestChannel>,
    ) -> Local<'s, Object> {
        let channel = Untraced(channel);
        jsg::Handle::new(js, Self { channel }).object()
    }
}

#[jsg::methods]
impl WorkerQueue {
    #[jsg(method, captured)]
    fn metrics<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let url = "https://fake-host/metrics";
        let request = service_call::message(Method::GET, url, HeaderMap::new(), Bytes::new())?;
        let span = Span::open(js, "queue_metrics");
        let answer = exchange(self.channel.0.clone(), request, span, queue_error);
        Ok(jsg::promise::from_future_with(js, answer, |js, answer| {
            let metrics = Metrics::read::<QueueMetrics>(js, &answer, "metrics")?;
            Ok(metrics.to_object(js)?.into())
        }))
    }

    #[jsg(method, captured)]
    fn send<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        body: Local<'s, Value>,
        options: Option<SendOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        defined(body)?;
        let (format, delay) = match options {
            Some(options) => (options.content_type, options.delay_seconds),
            None => (None, None),
        };
        let format = match format {
            Some(name) => Some(Format::parse(&name)?),
            None => js.flag(Flag::QueuesJsonMessages).then_some(Format::Json),
        };
        let mut headers = HeaderMap::new();
        let octets = HeaderValue::from_static("application/octet-stream");
        headers.insert(CONTENT_TYPE, octets);
        if let Some(format) = format {
            let name = HeaderName::from_static("x-msg-fmt");
            headers.insert(name, HeaderValue::from_static(format.name()));
        }
        insert_delay(&mut headers, delay);
        let body = match format {
            Some(Format::Bytes) => take_bytes(js, body)?,
            _ => write(js, body, format.unwrap_or(Format::V8))?,
        };
        let url = "https://fake-host/message";
        let request = service_call::message(Method::POST, url, headers, body.into())?;
        Ok(self.deliver(js, request, "send"))
    }

    #[jsg(method, captured)]
    fn send_batch<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        messages: Sequence<MessageSendRequest<'s>>,
        options: Option<SendBatchOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        if messages.0.is_empty() {
            return Err(Error::type_error(
                "sendBatch() requires at least one message",
            ));
        }
        let mut batch = Batch::default();
        for message in messages.0 {
            batch.add(js, message)?;
        }
        let mut headers = batch.headers();
        insert_delay(
            &mut headers,
            options.and_then(|options| options.delay_seconds),
        );
        let url = "https://fake-host/batch";
        let request = service_call::message(Method::POST, url, headers, batch.finish().into())?;
        Ok(self.deliver(js, request, "sendBatch"))
    }
}

impl WorkerQueue {
    /// Sends messages; the promise is for what is in the queue then.
    fn deliver<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        request: Request<Body>,
        method: &'static str,
    ) -> Local<'s, Promise> {
        let exposes = js.flag(Flag::QueueExposeErrorCodes);
        let failure = move |answer: &Answer<Body>| {
            if exposes {
                return queue_error(answer);
            }
            let text = &answer.status_text;
            Error::error(format!("Queue {method} failed: {text}"))
        };
        let span = Span::open(js, "queue_send");
        let answer = exchange(self.channel.0.clone(), request, span, failure);
        jsg::promise::from_future_with(js, answer, move |js, answer| {
            let metrics = if method == "send" {
                Metrics::read::<SendResponse>(js, &answer, "send")?
            } else {
                Metrics::read::<SendBatchResponse>(js, &answer, "send")?
            };
            let metrics = metrics.to_object(js)?;
            let metadata = Object::new(js);
            set(js, metadata, "metrics", metrics)?;
            let response = Object::new(js);
            set(js, response, "metadata", metadata)?;
            Ok(response.into())
        })
    }
}

/// Messages as the service gets them together.
#[derive(Default)]
struct Batch {
    json: String,
    count: usize,
    bytes: usize,
    largest: usize,
}

impl Batch {
    fn add<'s>(&mut self, js: &mut Lock<'s, '_>, message: MessageSendRequest<'s>) -> Result<()> {
        use std::fmt::Write;
        defined(message.body)?;
        let format = match &message.content_type {
            // The name has been accepted in any case of letters, but only small ones name a way to write.
            Some(name) => {
                Format::parse(name)?;
                Some(Format::of(name).ok_or_else(|| unsupported(name))?)
            }
            None => js.flag(Flag::QueuesJsonMessages).then_some(Format::Json),
        };
        let body = match format {
            Some(Format::Bytes) => view(js, message.body)?.to_vec(),
            _ => write(js, message.body, format.unwrap_or(Format::V8))?,
        };
        self.count += 1;
        self.bytes += body.len();
        self.largest = self.largest.max(body.len());
        self.json.push_str(if self.count == 1 {
            "{\"messages\":[{\"body\":\""
        } else {
            ",{\"body\":\""
        });
        Alphabet::Standard.append(&body, &mut self.json);
        self.json.push('"');
        // Writing to a string does not fail.
        if let Some(format) = format {
            let _ = write!(self.json, ",\"contentType\":\"{}\"", format.name());
        }
        if let Some(seconds) = message.delay_seconds {
            let _ = write!(self.json, ",\"delaySecs\": {seconds}");
        }
        self.json.push('}');
        Ok(())
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, number) in [
            ("cf-queue-batch-count", self.count),
            ("cf-queue-batch-bytes", self.bytes),
            ("cf-queue-largest-msg", self.largest),
        ] {
            headers.insert(HeaderName::from_static(name), number.into());
        }
        let json = HeaderValue::from_static("application/json");
        headers.insert(CONTENT_TYPE, json);
        headers
    }

    fn finish(mut self) -> String {
        self.json.push_str("]}");
        self.json
    }
}

fn defined(body: Local<'_, Value>) -> Result<()> {
    if body.is_undefined() {
        return Err(Error::type_error("Message body cannot be undefined"));
    }
    Ok(())
}

fn insert_delay(headers: &mut HeaderMap, seconds: Option<i32>) {
    if let Some(seconds) = seconds {
        headers.insert(HeaderName::from_static("x-msg-delay-secs"), seconds.into());
    }
}

/// A message in any format but bytes.
fn write<'s>(js: &mut Lock<'s, '_>, body: Local<'s, Value>, format: Format) -> Result<Vec<u8>> {
    match format {
        Format::Text if !body.is_string() => Err(wrong_value(js, body, "text", "string")),
        Format::Text => Ok(body.to_rust_string_lossy(js).into_bytes()),
        Format::Json => {
            let text = jsg::json_stringify(js, body)?;
            Ok(text.to_rust_string_lossy(js).into_bytes())
        }
        Format::V8 => jsg::clone::write_stored(js, body),
        Format::Bytes => Ok(view(js, body)?.to_vec()),
    }
}

fn view<'s>(js: &mut Lock<'s, '_>, body: Local<'s, Value>) -> Result<BufferSource<'s>> {
    match Local::<ArrayBufferView>::try_from(body) {
        Ok(view) => Ok(BufferSource::View(view)),
        Err(_) => Err(wrong_value(js, body, "bytes", "ArrayBufferView")),
    }
}

/// The bytes of a view, whose buffer the guest cannot use any more: what it sends is not its own.
fn take_bytes<'s>(js: &mut Lock<'s, '_>, body: Local<'s, Value>) -> Result<Vec<u8>> {
    let source = view(js, body)?;
    let bytes = source.to_vec();
    if let BufferSource::View(view) = source
        && let Some(buffer) = view.buffer(js)
        && !buffer.is_shared_array_buffer()
        && buffer.is_detachable()
    {
        buffer.detach(None);
    }
    Ok(bytes)
}

#[cold]
fn wrong_value(js: &Lock<'_, '_>, body: Local<'_, Value>, format: &str, wanted: &str) -> Error {
    let received = body.type_of(js).to_rust_string_lossy(js);
    Error::type_error(format!(
        "Content Type \"{format}\" requires a value of type {wanted}, but received: {received}"
    ))
}

/// Sends the request and reads what is answered with 200.
async fn exchange(
    channel: Rc<dyn SubrequestChannel>,
    request: Request<Body>,
    span: Span,
    failure: impl FnOnce(&Answer<Body>) -> Error,
) -> Result<Bytes> {
    let answer = service_call::begin(channel, request, &span).await?;
    if answer.status != StatusCode::OK {
        return Err(failure(&answer));
    }
    Ok(answer.read().await?.body)
}

#[cold]
fn queue_error(answer: &Answer<Body>) -> Error {
    let code = answer.header("cf-queues-error-code").unwrap_or("15000");
    let cause = answer
        .header("cf-queues-error-cause")
        .unwrap_or("Unknown Internal Error");
    Error::error(format!("{cause} ({code})"))
}

/// What the service tells of the queue.
struct Metrics {
    backlog_count: f64,
    backlog_bytes: f64,
    oldest_message: Option<Time>,
}

impl Metrics {
    /// # Errors
    /// The text is not the JSON of an `R`. `what` was asked for.
    fn read<'s, R>(js: &mut Lock<'s, '_>, text: &[u8], what: &str) -> Result<Self>
    where
        R: FromJs<'s> + Into<Self>,
    {
        let text = String::from_utf8_lossy(text);
        let value = jsg::json_parse(js, &text)?;
        match R::try_from_js(js, value)? {
            Some(answer) => Ok(answer.into()),
            None => Err(Error::error(format!(
                "Failed to parse queue {what} response{text}"
            ))),
        }
    }

    fn to_object<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        // The epoch stands for no message.
        let oldest = self.oldest_message.filter(|time| time.0 != 0.0);
        let object = Object::new(js);
        set(js, object, "backlogCount", self.backlog_count)?;
        set(js, object, "backlogBytes", self.backlog_bytes)?;
        set_optional(js, object, "oldestMessageTimestamp", oldest)?;
        Ok(object)
    }
}

/// The same dictionary under names of their own, which stand in errors.
macro_rules! metrics {
    ($name:ident $shown:literal $mangled:literal) => {
        #[derive(jsg::Dictionary)]
        #[jsg(name = $shown, mangled = $mangled)]
        struct $name {
            backlog_count: f64,
            backlog_bytes: f64,
            oldest_message_timestamp: Option<Time>,
        }

        impl From<$name> for Metrics {
            fn from(metrics: $name) -> Self {
                Self {
                    backlog_count: metrics.backlog_count,
                    backlog_bytes: metrics.backlog_bytes,
                    oldest_message: metrics.oldest_message_timestamp,
                }
            }
        }
    };
}

metrics!(QueueMetrics "Metrics" "N7workerd3api11WorkerQueue7MetricsE");
metrics!(SendMetrics "SendMetrics" "N7workerd3api11WorkerQueue11SendMetricsE");
metrics!(SendBatchMetrics "SendBatchMetrics" "N7workerd3api11WorkerQueue16SendBatchMetricsE");

/// The answer to a way of sending.
macro_rules! answer {
    ($name:ident $metadata:ident $metrics:ident $mangled:literal $mangled_metadata:literal) => {
        #[derive(jsg::Dictionary)]
        #[jsg(mangled = $mangled)]
        struct $name {
            metadata: $metadata,
        }

        #[derive(jsg::Dictionary)]
        #[jsg(mangled = $mangled_metadata)]
        struct $metadata {
            metrics: $metrics,
        }

        impl From<$name> for Metrics {
            fn from(answer: $name) -> Self {
                answer.metadata.metrics.into()
            }
        }
    };
}

answer!(SendResponse SendMetadata SendMetrics
    "N7workerd3api11WorkerQueue12SendResponseE" "N7workerd3api11WorkerQueue12SendMetadataE");
answer!(SendBatchResponse SendBatchMetadata SendBatchMetrics
    "N7workerd3api11WorkerQueue17SendBatchResponseE" "N7workerd3api11WorkerQueue17SendBatchMetadataE");
