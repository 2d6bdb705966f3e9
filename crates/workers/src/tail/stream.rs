//! What a streaming tail Worker's handler gets: plain objects.

use io::trace::stream::{Attribute, Diagnostic, Onset, StreamEvent, StreamItem, Value};
use io::trace::{EventInfo, Exception, Log, SocketInfo, is_predictable};
use jsg::convert::{Time, set_member as set, set_optional_member as set_optional};
use jsg::js::{Array, BigInt, Local, Object, Value as JsValue};
use jsg::{Lock, Result};

/// The item as its handler gets it.
///
/// # Errors
/// A message cannot be made.
pub fn object<'s>(js: &mut Lock<'s, '_>, item: StreamItem) -> Result<Local<'s, Object>> {
    let context = Object::new(js);
    set(js, context, "traceId", item.trace.to_string())?;
    let span = item.span.map(|span| span.to_string());
    set_optional(js, context, "spanId", span)?;
    let object = Object::new(js);
    set(js, object, "spanContext", context)?;
    set(js, object, "invocationId", item.invocation.to_string())?;
    set(js, object, "timestamp", Time(item.timestamp))?;
    set(js, object, "sequence", item.sequence)?;
    let event = event(js, item.event)?;
    set(js, object, "event", event)?;
    Ok(object)
}

/// What the function for it is called where the handler is an object; nothing is called for the onset.
pub fn handler_name(event: &StreamEvent) -> Option<&'static str> {
    Some(match event {
        StreamEvent::Onset(_) => return None,
        StreamEvent::Attributes(_) => "attributes",
        StreamEvent::Log { .. } => "log",
        StreamEvent::Exception(_) => "exception",
        StreamEvent::Diagnostic(_) => "diagnosticChannel",
        StreamEvent::SpanOpen { .. } => "spanOpen",
        StreamEvent::SpanName(_) | StreamEvent::SpanStatus { .. } => "spanUpdate",
        StreamEvent::SpanClose => "spanClose",
        StreamEvent::Return(_) => "return",
        StreamEvent::Outcome(_) => "outcome",
        StreamEvent::Dropped(_) => "streamDiagEvent",
    })
}

fn typed<'s>(js: &mut Lock<'s, '_>, kind: &'static str) -> Result<Local<'s, Object>> {
    let object = Object::new(js);
    let kind = jsg::intern(js, kind);
    set(js, object, "type", kind)?;
    Ok(object)
}

fn event<'s>(js: &mut Lock<'s, '_>, event: StreamEvent) -> Result<Local<'s, Object>> {
    match event {
        StreamEvent::Onset(onset) => self::onset(js, onset),
        StreamEvent::Attributes(attributes) => {
            let object = typed(js, "attributes")?;
            let mut list = Vec::with_capacity(attributes.len());
            for attribute in attributes {
                list.push(self::attribute(js, attribute)?.into());
            }
            let list = Array::new_with_elements(js, &list);
            set(js, object, "info", list)?;
            Ok(object)
        }
        StreamEvent::Log { log, truncated } => self::log(js, log, truncated),
        StreamEvent::Exception(exception) => {
            let object = typed(js, "exception")?;
            describe(js, object, exception)?;
            Ok(object)
        }
        StreamEvent::Diagnostic(diagnostic) => {
            let object = typed(js, "diagnosticChannel")?;
            let message = self::message(js, &diagnostic)?;
            set(js, object, "channel", diagnostic.channel)?;
            set(js, object, "message", message)?;
            Ok(object)
        }
        StreamEvent::SpanOpen { id, name } => {
            let object = typed(js, "spanOpen")?;
            set(js, object, "name", name.into_owned())?;
            set(js, object, "spanId", id.to_string())?;
            Ok(object)
        }
        StreamEvent::SpanName(name) => {
            let info = typed(js, "name")?;
            set(js, info, "name", name)?;
            update(js, info)
        }
        StreamEvent::SpanStatus { code, message } => {
            let status = Object::new(js);
            set(js, status, "code", code)?;
            set_optional(js, status, "message", message)?;
            let info = typed(js, "status")?;
            set(js, info, "status", status)?;
            update(js, info)
        }
        StreamEvent::SpanClose => {
            let object = typed(js, "spanClose")?;
            set(js, object, "outcome", "ok".to_owned())?;
            Ok(object)
        }
        StreamEvent::Return(status) => {
            let object = typed(js, "return")?;
            if let Some(status) = status {
                let info = typed(js, "fetch")?;
                set(js, info, "statusCode", u32::from(status))?;
                set(js, object, "info", info)?;
            }
            Ok(object)
        }
        StreamEvent::Outcome(outcome) => {
            let object = typed(js, "outcome")?;
            set(js, object, "outcome", outcome.name().to_owned())?;
            // Not measured.
            set(js, object, "cpuTime", 0_u32)?;
            set(js, object, "wallTime", 0_u32)?;
            Ok(object)
        }
        StreamEvent::Dropped(count) => {
            let object = typed(js, "streamDiagnostic")?;
            let diagnostic = Object::new(js);
            let kind = "droppedEvents".to_owned();
            set(js, diagnostic, "diagnosticsType", kind)?;
            set(js, diagnostic, "count", count)?;
            set(js, object, "diagnostic", diagnostic)?;
            Ok(object)
        }
    }
}

fn update<'s>(js: &mut Lock<'s, '_>, info: Local<'s, Object>) -> Result<Local<'s, Object>> {
    let object = typed(js, "spanUpdate")?;
    set(js, object, "info", info)?;
    Ok(object)
}

fn onset<'s>(js: &mut Lock<'s, '_>, onset: Onset) -> Result<Local<'s, Object>> {
    let object = typed(js, "onset")?;
    let model = super::execution_model(onset.object.is_some());
    set(js, object, "executionModel", model.to_owned())?;
    set(js, object, "spanId", onset.span.to_string())?;
    let entrypoint = onset.entrypoint.map(|name| name.to_string());
    set_optional(js, object, "entrypoint", entrypoint)?;
    if let Some(id) = onset.object {
        set(js, object, "durableObjectId", id.to_string())?;
    }
    // The host gives Workers none.
    let tags = Array::new(js, 0);
    set(js, object, "scriptTags", tags)?;
    let info = info(js, onset.info)?;
    set(js, object, "info", info)?;
    Ok(object)
}

fn info<'s>(js: &mut Lock<'s, '_>, info: EventInfo) -> Result<Local<'s, Object>> {
    match info {
        EventInfo::Fetch {
            method,
            url,
            headers,
            cf,
        } => {
            let object = typed(js, "fetch")?;
            set(js, object, "method", method)?;
            set(js, object, "url", url)?;
            if let Some(cf) = cf {
                let cf = jsg::json_parse(js, &cf)?;
                set(js, object, "cfJson", cf)?;
            }
            let mut list = Vec::with_capacity(headers.len());
            for (name, value) in headers {
                let header = Object::new(js);
                set(js, header, "name", name)?;
                set(js, header, "value", value)?;
                list.push(header.into());
            }
            let list = Array::new_with_elements(js, &list);
            set(js, object, "headers", list)?;
            Ok(object)
        }
        EventInfo::Scheduled { time, cron } => {
            let object = typed(js, "scheduled")?;
            let time = if is_predictable() { 0.0 } else { time };
            set(js, object, "scheduledTime", Time(time))?;
            set(js, object, "cron", cron)?;
            Ok(object)
        }
        EventInfo::Queue { queue, batch_size } => {
            let object = typed(js, "queue")?;
            set(js, object, "queueName", queue)?;
            set(js, object, "batchSize", batch_size as f64)?;
            Ok(object)
        }
        EventInfo::Tail { consumed, .. } => {
            // The host gives Workers no names.
            let nameless = jsg::string(js, "").into();
            let traces = Array::new_with_elements(js, &vec![nameless; consumed]);
            trace(js, traces)
        }
        EventInfo::TailStream => {
            let traces = Array::new(js, 0);
            trace(js, traces)
        }
        EventInfo::JsRpc { .. } => typed(js, "jsrpc"),
        EventInfo::Connect => typed(js, "connect"),
        EventInfo::Alarm { time } => {
            let object = typed(js, "alarm")?;
            let time = if is_predictable() { 0.0 } else { time };
            set(js, object, "scheduledTime", Time(time))?;
            Ok(object)
        }
        EventInfo::HibernatableWebSocket { event } => {
            let object = typed(js, "hibernatableWebSocket")?;
            let info = typed(js, event.name())?;
            if let SocketInfo::Close { code, was_clean } = event {
                set(js, info, "code", u32::from(code))?;
                set(js, info, "wasClean", was_clean)?;
            }
            set(js, object, "info", info)?;
            Ok(object)
        }
        EventInfo::Custom => typed(js, "custom"),
    }
}

fn trace<'s>(js: &mut Lock<'s, '_>, traces: Local<'s, Array>) -> Result<Local<'s, Object>> {
    let object = typed(js, "trace")?;
    set(js, object, "traces", traces)?;
    Ok(object)
}

fn attribute<'s>(js: &mut Lock<'s, '_>, attribute: Attribute) -> Result<Local<'s, Object>> {
    let object = Object::new(js);
    set(js, object, "name", attribute.name.into_owned())?;
    let value: Local<'s, JsValue> = match attribute.value {
        Value::Text(text) => jsg::string(js, &text).into(),
        Value::Bool(value) => jsg::js::Boolean::new(js, value).into(),
        Value::Number(number) => jsg::js::Number::new(js, number).into(),
        Value::Integer(number) => BigInt::new_from_i64(js, number).into(),
    };
    set(js, object, "value", value)?;
    Ok(object)
}

fn log<'s>(js: &mut Lock<'s, '_>, log: Log, truncated: bool) -> Result<Local<'s, Object>> {
    let object = typed(js, "log")?;
    set(js, object, "level", log.level.to_owned())?;
    if truncated {
        set(js, object, "message", log.message)?;
        set(js, object, "truncated", true)?;
    } else {
        let message = jsg::json_parse(js, &log.message)?;
        set(js, object, "message", message)?;
    }
    if !log.errors.is_empty() {
        let errors = error_list(js, log.errors)?;
        set(js, object, "errorInfo", errors)?;
    }
    Ok(object)
}

/// What logged errors tell; null for what is none.
pub(super) fn error_list<'s>(
    js: &mut Lock<'s, '_>,
    errors: Vec<Option<Exception>>,
) -> Result<Local<'s, Array>> {
    let mut list: Vec<Local<'s, JsValue>> = Vec::with_capacity(errors.len());
    for error in errors {
        let Some(error) = error else {
            list.push(jsg::js::null(js).into());
            continue;
        };
        let object = Object::new(js);
        describe(js, object, error)?;
        list.push(object.into());
    }
    Ok(Array::new_with_elements(js, &list))
}

fn describe<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
    exception: Exception,
) -> Result<()> {
    set(js, object, "name", exception.name)?;
    set(js, object, "message", exception.message)?;
    set_optional(js, object, "stack", exception.stack)
}

/// The message of a diagnostics channel.
pub(super) fn message<'s>(
    js: &mut Lock<'s, '_>,
    diagnostic: &Diagnostic,
) -> Result<Local<'s, JsValue>> {
    let written = diagnostic.message.clone().into();
    jsg::clone::deserialize(js, written, &Default::default())
}
