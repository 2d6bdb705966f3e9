//! How what an event does gets into its trace, and the trace to the Worker's tail Workers.

use std::rc::Rc;
use std::sync::Arc;

use io::event::Outcome;
use io::trace::{EventInfo, Exception, Log, TailBatch, Tracer};
use io::{ChannelError, IoContext};
use jsg::js::{Local, Object, Value};
use jsg::{Condemned, Error, Handle, Lock};
use net::Body;
use web::console::Level;
use web::fetch::Request;

use crate::definition::Entrypoint;
use crate::worker::Worker;

/// Workers that are each other's tail would hear of each other for ever.
const MOST_TAILS: u8 = 8;

/// Gathers the event's trace if the Worker has tail Workers.
pub(crate) fn begin(context: &IoContext, worker: &Worker, entrypoint: &Entrypoint) {
    if !worker.definition().tails.is_empty() {
        start(context, worker, entrypoint, None);
    }
}

/// The same for the event of a tail Worker that has such, too.
pub(crate) fn begin_tail(
    context: &IoContext,
    worker: &Worker,
    entrypoint: &Entrypoint,
    batch: &TailBatch,
) {
    let info = EventInfo::tail(&batch.traces);
    let ends = matches!(info, EventInfo::Tail { depth, .. } if depth >= MOST_TAILS);
    if !worker.definition().tails.is_empty() && !ends {
        start(context, worker, entrypoint, Some((info, batch.from_self)));
    }
}

#[cold]
fn start(
    context: &IoContext,
    worker: &Worker,
    entrypoint: &Entrypoint,
    tail: Option<(EventInfo, bool)>,
) {
    let from_self = matches!(tail, Some((_, true)));
    let tails: Vec<_> = worker
        .definition()
        .tails
        .iter()
        .filter(|to| !(to.is_self && from_self))
        .map(|to| (worker.host().subrequest_channel(to.channel), to.is_self))
        .collect();
    let deliver = Box::new(move |trace| {
        for (tail, from_self) in tails {
            let delivered = tail.tail(TailBatch {
                traces: vec![Arc::clone(&trace)],
                from_self,
            });
            tokio::task::spawn_local(async move {
                // A tail Worker that fails is in the log; the event that it was to hear of has ended.
                let _ = delivered.await;
            });
        }
    });
    let tracer = Tracer::new(context.now(), entrypoint.name.clone(), deliver);
    if let Some((info, _)) = tail {
        tracer.set_event(info);
    }
    context.trace_with(Rc::new(tracer));
}

/// The tracer of the event that guest code runs for.
pub(crate) fn current(js: &Lock<'_, '_>) -> Option<Rc<Tracer>> {
    IoContext::try_current(js)?.tracer()
}

/// Adds the request of a fetch event.
pub(crate) fn request(js: &mut Lock<'_, '_>, request: &Request) -> jsg::Result<()> {
    if let Some(tracer) = current(js) {
        tracer.set_event(request_info(js, request)?);
    }
    Ok(())
}

#[cold]
fn request_info(js: &mut Lock<'_, '_>, request: &Request) -> jsg::Result<EventInfo> {
    let map = request.header_slot().to_map(js)?;
    let mut headers = Vec::with_capacity(map.keys_len());
    for name in map.keys() {
        let values: Vec<_> = map
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        headers.push((name.as_str().to_owned(), values.join(", ")));
    }
    headers.sort();
    Ok(EventInfo::Fetch {
        method: request.method_name().as_str().to_owned(),
        url: request.url_text().to_owned(),
        headers,
        cf: request.cf_slot().to_json(js)?,
    })
}

/// Adds an exception that nobody has caught.
pub(crate) fn exception<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) {
    let Some(tracer) = current(js) else { return };
    let known = jsg::promise::try_catch(js, |js| error_info(js, exception));
    let exception = match known {
        Ok(Some(known)) => known,
        Ok(None) | Err(_) => Exception {
            timestamp: jsg::clock::now(),
            name: "Error".to_owned(),
            message: crate::errors::text(js, exception),
            stack: None,
        },
    };
    tracer.exception(exception);
}

/// Adds a failure that no guest code has thrown.
pub(crate) fn failure(context: &IoContext, message: &str) {
    if let Some(tracer) = context.tracer() {
        tracer.exception(Exception {
            timestamp: context.now(),
            name: "Error".to_owned(),
            message: message.to_owned(),
            stack: None,
        });
    }
}

/// Tells what a fetch event's handler came to.
pub(crate) fn fetched(context: &IoContext, result: &Result<http::Response<Body>, ChannelError>) {
    let Some(tracer) = context.tracer() else {
        return;
    };
    match result {
        Ok(response) => {
            tracer.set_outcome(Outcome::Ok);
            tracer.set_status(response.status().as_u16());
        }
        Err(_) => tracer.set_outcome(match context.isolate().condemned() {
            Some(Condemned::Memory) => Outcome::ExceededMemory,
            Some(Condemned::Time) => Outcome::ExceededCpu,
            Some(Condemned::Guest) | None => Outcome::Exception,
        }),
    }
}

/// Tells how the event's handler has ended.
pub(crate) fn set_outcome(context: &IoContext, outcome: Outcome) {
    if let Some(tracer) = context.tracer() {
        tracer.set_outcome(outcome);
    }
}

/// Adds a call of a function of `console`.
pub(crate) fn log<'s>(js: &mut Lock<'s, '_>, level: Level, values: &[Local<'s, Value>]) {
    let Some(tracer) = current(js) else { return };
    let texts: Vec<_> = values.iter().map(|value| json(js, *value)).collect();
    let mut errors = Vec::new();
    if values.iter().any(|value| value.is_native_error()) {
        for value in values {
            let error = jsg::promise::try_catch(js, |js| error_info(js, *value));
            errors.push(error.ok().flatten());
        }
    }
    tracer.log(Log {
        timestamp: jsg::clock::now(),
        level: match level {
            Level::Debug => "debug",
            Level::Error => "error",
            Level::Info => "info",
            Level::Log => "log",
            Level::Warn => "warn",
        },
        message: format!("[{}]", texts.join(", ")),
        errors,
    });
}

/// A logged value as JSON: plain data as it is, any other object as its string.
fn json<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> String {
    let text = jsg::promise::try_catch(js, |js| {
        let value = if is_data(js, value)? {
            value
        } else {
            value.to_string(js).ok_or(Error::Pending)?.into()
        };
        let text = jsg::json_stringify(js, value)?;
        Ok(text.to_rust_string_lossy(js))
    });
    match text {
        Ok(text) if text == "undefined" => "null".to_owned(),
        Ok(text) => text,
        // What cannot be written must not break the code that logs it.
        Err(_) => "{}".to_owned(),
    }
}

fn is_data<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> jsg::Result<bool> {
    let Ok(object) = Local::<Object>::try_from(value) else {
        return Ok(!value.is_symbol() && !value.is_big_int());
    };
    if value.is_array() {
        return Ok(true);
    }
    let plain = Object::new(js).get_prototype(js);
    let prototype = object.get_prototype(js);
    let is_plain = match (prototype, plain) {
        (Some(prototype), Some(plain)) => prototype.is_null() || prototype.same_value(plain),
        _ => false,
    };
    let key = jsg::intern(js, "toJSON");
    Ok(is_plain
        || object
            .get(js, key.into())
            .ok_or(Error::Pending)?
            .is_function())
}

/// Name, message and frames of an error.
fn error_info<'s>(
    js: &mut Lock<'s, '_>,
    value: Local<'s, Value>,
) -> jsg::Result<Option<Exception>> {
    let is_dom = Handle::<jsg::DomException>::from_value(js, value).is_some();
    let Ok(object) = Local::<Object>::try_from(value) else {
        return Ok(None);
    };
    if !value.is_native_error() && !is_dom {
        return Ok(None);
    }
    let read = |name: &str| -> jsg::Result<Option<String>> {
        let key = jsg::intern(js, name);
        let value = object.get(js, key.into()).ok_or(Error::Pending)?;
        Ok((!value.is_undefined()).then(|| value.to_rust_string_lossy(js)))
    };
    let name = read("name")?.unwrap_or_default();
    let message = read("message")?.unwrap_or_default();
    let stack = read("stack")?;
    // The first line says the same once more.
    let head = if message.is_empty() {
        name.clone()
    } else {
        format!("{name}: {message}")
    };
    let stack = stack.map(|stack| match stack.strip_prefix(&head) {
        Some(frames) => frames.trim_start_matches('\n').to_owned(),
        None => stack,
    });
    Ok(Some(Exception {
        timestamp: jsg::clock::now(),
        name,
        message,
        stack: stack.filter(|stack| !stack.is_empty()),
    }))
}
