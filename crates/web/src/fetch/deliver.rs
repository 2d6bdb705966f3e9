//! `Fetcher.scheduled()` and `Fetcher.queue()`: events for another Worker (flag `service_binding_extra_handlers`).

use std::rc::Rc;

use io::event::{QueueBatch, QueueMessage, QueueMetrics, QueueResult, Retry, Scheduled};
use io::trace::{Span, calling};
use io::{ChannelError, IoContext, SubrequestChannel};
use jsg::convert::{Bytes, Time, set_member as set, set_optional_member as set_optional};
use jsg::js::{Array, Local, Object, Promise, Value};
use jsg::{Error, FromJs, Lock, Result, ToJs};

/// The argument of `scheduled()`.
#[derive(jsg::Dictionary)]
pub struct ScheduledOptions {
    scheduled_time: Option<Time>,
    cron: Option<String>,
}

/// One message of `queue()`.
#[derive(jsg::Dictionary)]
#[jsg(name = "ServiceBindingQueueMessage")]
pub struct Message<'s> {
    /// Absent it is "undefined".
    id: Option<String>,
    timestamp: Time,
    body: Option<Local<'s, Value>>,
    serialized_body: Option<Bytes>,
    attempts: u16,
}

/// What the queue tells of itself.
#[derive(jsg::Dictionary)]
#[jsg(name = "MessageBatchMetadata")]
pub struct Metadata {
    /// Required.
    metrics: Option<Metrics>,
}

struct Metrics(QueueMetrics);

#[derive(jsg::Dictionary)]
#[jsg(name = "MessageBatchMetrics")]
struct MetricsDict {
    backlog_count: f64,
    backlog_bytes: f64,
    oldest_message_timestamp: Option<Time>,
}

impl<'s> FromJs<'s> for Metrics {
    fn type_name() -> std::borrow::Cow<'static, str> {
        MetricsDict::type_name()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if value.is_null_or_undefined() {
            return Err(no_metrics());
        }
        let Some(dict) = MetricsDict::try_from_js(js, value)? else {
            return Ok(None);
        };
        // The epoch stands for no message.
        let oldest = dict.oldest_message_timestamp.map(|time| time.0);
        Ok(Some(Self(QueueMetrics {
            backlog_count: dict.backlog_count,
            backlog_bytes: dict.backlog_bytes,
            oldest_message: oldest.filter(|time| *time != 0.0),
        })))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_object()
    }
}

#[cold]
fn no_metrics() -> Error {
    Error::type_error(
        "Cannot initialize N7workerd3api19MessageBatchMetricsE with required members from an undefined or null value.",
    )
}

/// Delivers an event of a schedule, for now if no time is given.
pub(super) fn scheduled<'s>(
    js: &mut Lock<'s, '_>,
    channel: &Rc<dyn SubrequestChannel>,
    options: Option<ScheduledOptions>,
) -> Result<Local<'s, Promise>> {
    let context = IoContext::current(js)?;
    let (time, cron) = match options {
        Some(options) => (options.scheduled_time, options.cron),
        None => (None, None),
    };
    let scheduled = Scheduled {
        time: time.map_or_else(|| context.now(), |time| time.0),
        cron: cron.unwrap_or_default(),
    };
    let span = Span::open(js, "scheduled");
    let result = calling(&span, || channel.scheduled(scheduled));
    let result = async move {
        let result = result.await.map_err(Error::from);
        span.end();
        result
    };
    Ok(jsg::promise::from_future_with(js, result, |js, result| {
        let object = Object::new(js);
        set(js, object, "outcome", result.outcome.name())?;
        set(js, object, "noRetry", result.no_retry)?;
        Ok(object.into())
    }))
}

/// Delivers messages of a queue.
pub(super) fn queue<'s>(
    js: &mut Lock<'s, '_>,
    channel: &Rc<dyn SubrequestChannel>,
    queue: String,
    messages: Vec<Message<'s>>,
    metadata: Option<Metadata>,
) -> Result<Local<'s, Promise>> {
    IoContext::current(js)?;
    let metrics = match metadata {
        Some(metadata) => metadata.metrics.ok_or_else(no_metrics)?.0,
        None => QueueMetrics::default(),
    };
    let messages = messages.into_iter().map(|message| plain(js, message));
    let batch = QueueBatch {
        queue,
        messages: messages.collect::<Result<_>>()?,
        metrics,
    };
    let span = Span::open(js, "queue");
    let result = calling(&span, || channel.queue(batch));
    let result = async move {
        let result = result.await.map_err(|error: ChannelError| error.into());
        span.end();
        result
    };
    Ok(jsg::promise::from_future_with(js, result, |js, result| {
        Ok(queue_result(js, result)?.into())
    }))
}

fn plain<'s>(js: &mut Lock<'s, '_>, message: Message<'s>) -> Result<QueueMessage> {
    let body = match (message.body, message.serialized_body) {
        (Some(body), None) => jsg::clone::serialize(js, body, &[], &Default::default())?.data,
        (None, Some(bytes)) => bytes.0.to_vec(),
        _ => {
            return Err(Error::type_error(
                "Expected one of body or serializedBody for each message",
            ));
        }
    };
    Ok(QueueMessage {
        id: message.id.unwrap_or_else(|| "undefined".to_owned()),
        timestamp: message.timestamp.0,
        body,
        attempts: message.attempts,
    })
}

fn queue_result<'s>(js: &mut Lock<'s, '_>, result: QueueResult) -> Result<Local<'s, Object>> {
    let verdicts = result.verdicts;
    let retry_batch = Object::new(js);
    set(js, retry_batch, "retry", verdicts.retry_all.is_some())?;
    set_delay(js, retry_batch, verdicts.retry_all.unwrap_or_default())?;
    let acks = Array::new(js, 0);
    for (index, id) in (0..).zip(verdicts.acks) {
        let id = id.to_js(js)?;
        acks.set_index(js, index, id).ok_or(Error::Pending)?;
    }
    let retries = Array::new(js, 0);
    for (index, (id, retry)) in (0..).zip(verdicts.retries) {
        let object = Object::new(js);
        set(js, object, "msgId", id)?;
        set_delay(js, object, retry)?;
        retries
            .set_index(js, index, object.into())
            .ok_or(Error::Pending)?;
    }
    let object = Object::new(js);
    set(js, object, "outcome", result.outcome.name())?;
    set(js, object, "ackAll", verdicts.ack_all)?;
    set(js, object, "retryBatch", retry_batch)?;
    set(js, object, "explicitAcks", acks)?;
    set(js, object, "retryMessages", retries)?;
    Ok(object)
}

fn set_delay<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>, retry: Retry) -> Result<()> {
    set_optional(js, object, "delaySeconds", retry.delay_seconds)
}
