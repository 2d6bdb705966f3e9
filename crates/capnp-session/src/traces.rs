//! What events have left for tail Workers (`Trace`).

use std::sync::Arc;

use capnp::Error;
use io::event::Outcome;
use io::trace::stream::Diagnostic;
use io::trace::{EventInfo, Exception, Log, SocketInfo, Trace};
use net::methods::METHODS;

use crate::layout::{Fields, List, New, Result};
use crate::schema::{
    Kind, LEVELS, OUTCOMES, TRACE_KINDS, error_slot, execution_model, socket_event,
};

/// More entries are in no list.
const MOST_ENTRIES: u32 = 1 << 16;

const NANOSECONDS: f64 = 1e6;

#[cold]
pub fn malformed(what: &str) -> Error {
    Error::failed(format!("a trace with a broken {what}"))
}

/// The entries of a list, if it is not too long.
pub fn entries<'a>(list: List<'a>) -> Result<impl Iterator<Item = Fields<'a>>> {
    if list.len() > MOST_ENTRIES {
        return Err(malformed("list"));
    }
    Ok((0..list.len()).map(move |index| list.get(index)))
}

/// A time as its own kind of number: nanoseconds since the epoch, from milliseconds.
pub fn to_nanoseconds(time: f64) -> u64 {
    ((time * NANOSECONDS) as i64).cast_unsigned()
}

/// In whole milliseconds, as guests see times.
pub fn from_nanoseconds(time: u64) -> f64 {
    (time.cast_signed() as f64 / NANOSECONDS).floor()
}

pub fn outcome_number(outcome: Outcome) -> u16 {
    let number = OUTCOMES.iter().position(|known| *known == outcome);
    number.unwrap_or_default() as u16
}

/// One that nobody knows is said not to be known.
pub fn read_outcome(number: u16) -> Outcome {
    let known = OUTCOMES.get(usize::from(number));
    known.copied().unwrap_or(Outcome::Unknown)
}

pub fn optional(fields: Fields<'_>, pointer: usize) -> Result<Option<String>> {
    if fields.has(pointer) {
        return Ok(Some(fields.text(pointer)?.to_owned()));
    }
    Ok(None)
}

pub fn write_trace(to: &mut New<'_, 4, 15>, trace: &Trace) {
    let mut list = to.list::<2, 2>(0, trace.logs.len() as u32); // logs
    for (index, log) in trace.logs.iter().enumerate() {
        write_log(&mut list.reborrow().get(index as u32), log, false);
    }
    let mut list = to.list::<1, 3>(1, trace.exceptions.len() as u32); // exceptions
    for (index, exception) in trace.exceptions.iter().enumerate() {
        write_exception(&mut list.reborrow().get(index as u32), exception);
    }
    to.flag(32, trace.truncated); // truncated
    to.u16(0, outcome_number(trace.outcome)); // outcome
    to.u64(3, trace.wall_time.into()); // wallTime
    to.u16(3, execution_model(trace.object.is_some())); // executionModel
    if let Some(entrypoint) = &trace.entrypoint {
        to.text(9, entrypoint); // entrypoint
    }
    if let Some(id) = &trace.object {
        to.text(12, id); // durableObjectId
    }
    to.u64(1, to_nanoseconds(trace.timestamp)); // eventTimestampNs
    if let Some(event) = &trace.event {
        let kind = write_info(to, 3, event); // eventInfo
        let tag = TRACE_KINDS.iter().position(|known| *known == kind);
        to.u16(1, tag.map_or(0, |tag| tag as u16 + 1));
    }
    if let Some(status) = trace.status {
        to.fields::<1, 0>(4).u16(0, status); // response.statusCode
    }
    let mut list = to.list::<1, 2>(7, trace.diagnostics.len() as u32); // diagnosticChannelEvents
    for (index, diagnostic) in trace.diagnostics.iter().enumerate() {
        write_diagnostic(&mut list.reborrow().get(index as u32), diagnostic);
    }
}

pub fn read_trace(from: Fields<'_>) -> Result<Trace> {
    let event = match from.u16(1).checked_sub(1) {
        None => None,
        Some(tag) => {
            let kind = TRACE_KINDS.get(usize::from(tag));
            let kind = kind.ok_or_else(|| malformed("event"))?;
            Some(read_info(*kind, from.fields(3)?)?) // eventInfo
        }
    };
    let logs = entries(from.list(0)?)?.map(read_log); // logs
    let exceptions = entries(from.list(1)?)?.map(read_exception); // exceptions
    let diagnostics = entries(from.list(7)?)?.map(read_diagnostic); // diagnosticChannelEvents
    Ok(Trace {
        event,
        timestamp: from_nanoseconds(from.u64(1)), // eventTimestampNs
        entrypoint: optional(from, 9)?.map(Into::into), // entrypoint
        object: optional(from, 12)?.map(Into::into), // durableObjectId
        logs: logs.collect::<Result<_>>()?,
        exceptions: exceptions.collect::<Result<_>>()?,
        diagnostics: diagnostics.collect::<Result<_>>()?,
        outcome: read_outcome(from.u16(0)), // outcome
        status: if from.has(4) {
            Some(from.fields(4)?.u16(0)) // response.statusCode
        } else {
            None
        },
        wall_time: u32::try_from(from.u64(3)).unwrap_or(u32::MAX), // wallTime
        truncated: from.flag(32),                                  // truncated
    })
}

/// Traces, each for many to read.
pub fn read_traces(list: List<'_>) -> Result<Vec<Arc<Trace>>> {
    entries(list)?
        .map(|trace| read_trace(trace).map(Arc::new))
        .collect()
}

pub fn write_log(to: &mut New<'_, 2, 2>, log: &Log, truncated: bool) {
    to.u64(0, to_nanoseconds(log.timestamp)); // timestampNs
    let level = LEVELS.iter().position(|known| *known == log.level);
    to.u16(4, level.unwrap_or_default() as u16); // logLevel
    to.text(0, &log.message); // message
    to.flag(80, truncated); // truncated
    if log.errors.is_empty() {
        return;
    }
    let mut list = to.list::<1, 1>(1, log.errors.len() as u32); // errorInfo
    for (index, error) in log.errors.iter().enumerate() {
        let Some(error) = error else { continue };
        let mut slot = list.reborrow().get(index as u32);
        slot.u16(0, error_slot::INFO);
        write_error(&mut slot.fields::<0, 3>(0), error);
    }
}

/// Whether the message was cut is beside it.
pub fn read_log(from: Fields<'_>) -> Result<Log> {
    let timestamp = from_nanoseconds(from.u64(0)); // timestampNs
    let level = LEVELS.get(usize::from(from.u16(4))); // logLevel
    let errors = entries(from.list(1)?)?.map(|slot| {
        if slot.u16(0) == error_slot::INFO {
            let error = read_error(slot.fields(0)?, timestamp)?;
            return Ok(Some(error));
        }
        Ok(None)
    });
    Ok(Log {
        timestamp,
        level: level.copied().ok_or_else(|| malformed("log"))?,
        message: from.text(0)?.to_owned(),      // message
        errors: errors.collect::<Result<_>>()?, // errorInfo
    })
}

fn write_error<const D: u16>(to: &mut New<'_, D, 3>, error: &Exception) {
    to.text(0, &error.name); // name
    to.text(1, &error.message); // message
    if let Some(stack) = &error.stack {
        to.text(2, stack); // stack
    }
}

fn read_error(from: Fields<'_>, timestamp: f64) -> Result<Exception> {
    Ok(Exception {
        timestamp,
        name: from.text(0)?.to_owned(),    // name
        message: from.text(1)?.to_owned(), // message
        stack: optional(from, 2)?,         // stack
    })
}

pub fn write_exception(to: &mut New<'_, 1, 3>, exception: &Exception) {
    to.u64(0, to_nanoseconds(exception.timestamp)); // timestampNs
    write_error(to, exception);
}

pub fn read_exception(from: Fields<'_>) -> Result<Exception> {
    read_error(from, from_nanoseconds(from.u64(0))) // timestampNs
}

pub fn write_diagnostic(to: &mut New<'_, 1, 2>, diagnostic: &Diagnostic) {
    to.u64(0, to_nanoseconds(diagnostic.timestamp)); // timestampNs
    to.text(0, &diagnostic.channel); // channel
    to.data(1, &diagnostic.message); // message
}

pub fn read_diagnostic(from: Fields<'_>) -> Result<Diagnostic> {
    Ok(Diagnostic {
        timestamp: from_nanoseconds(from.u64(0)), // timestampNs
        channel: from.text(0)?.to_owned(),        // channel
        message: from.data(1)?.to_vec(),          // message
    })
}

/// Writes what kind of event it was as the struct in a field, and gives the kind, which is written beside it.
pub fn write_info<const D: u16, const P: u16>(
    to: &mut New<'_, D, P>,
    at: usize,
    info: &EventInfo,
) -> Kind {
    match info {
        EventInfo::Fetch {
            method,
            url,
            headers,
            cf,
        } => {
            let mut to = to.fields::<1, 3>(at);
            let number = METHODS.iter().position(|known| known == method);
            to.u16(0, number.unwrap_or_default() as u16); // method
            to.text(0, url); // url
            to.text(1, cf.as_deref().unwrap_or_default()); // cfJson
            let mut list = to.list::<0, 2>(2, headers.len() as u32); // headers
            for (index, (name, value)) in headers.iter().enumerate() {
                let mut header = list.reborrow().get(index as u32);
                header.text(0, name); // name
                header.text(1, value); // value
            }
            Kind::Fetch
        }
        EventInfo::Scheduled { time, cron } => {
            let mut to = to.fields::<1, 1>(at);
            to.u64(0, time.to_bits()); // scheduledTime
            to.text(0, cron); // cron
            Kind::Scheduled
        }
        EventInfo::Queue { queue, batch_size } => {
            let mut to = to.fields::<1, 1>(at);
            to.text(0, queue); // queueName
            to.u32(0, u32::try_from(*batch_size).unwrap_or(u32::MAX)); // batchSize
            Kind::Queue
        }
        EventInfo::Tail { consumed, .. } => {
            let mut to = to.fields::<0, 1>(at);
            to.list::<0, 1>(0, u32::try_from(*consumed).unwrap_or(MOST_ENTRIES)); // traces
            Kind::Trace
        }
        EventInfo::TailStream => {
            to.fields::<0, 1>(at);
            Kind::Trace
        }
        EventInfo::JsRpc { method } => {
            let method = method.as_deref().unwrap_or_default();
            to.fields::<0, 1>(at).text(0, method); // methodName
            Kind::JsRpc
        }
        EventInfo::Connect => {
            to.fields::<0, 0>(at);
            Kind::Connect
        }
        EventInfo::Alarm { time } => {
            let time = *time as i64;
            to.fields::<1, 0>(at).u64(0, time.cast_unsigned()); // scheduledTimeMs
            Kind::Alarm
        }
        EventInfo::HibernatableWebSocket { event } => {
            let mut to = to.fields::<1, 0>(at);
            match *event {
                SocketInfo::Message => to.u16(0, socket_event::MESSAGE),
                SocketInfo::Close { code, was_clean } => {
                    to.u16(0, socket_event::CLOSE);
                    to.u16(1, code); // close.code
                    to.flag(32, was_clean); // close.wasClean
                }
                SocketInfo::Error => to.u16(0, socket_event::ERROR),
            }
            Kind::HibernatableWebSocket
        }
        EventInfo::Custom => {
            to.fields::<0, 0>(at);
            Kind::Custom
        }
    }
}

pub fn read_info(kind: Kind, from: Fields<'_>) -> Result<EventInfo> {
    Ok(match kind {
        Kind::Fetch => {
            let method = METHODS.get(usize::from(from.u16(0))); // method
            let cf = from.text(1)?; // cfJson
            let headers = entries(from.list(2)?)?.map(|header| {
                let (name, value) = (header.text(0)?, header.text(1)?); // name, value
                Ok((name.to_owned(), value.to_owned()))
            });
            EventInfo::Fetch {
                method: (*method.ok_or_else(|| malformed("method"))?).to_owned(),
                url: from.text(0)?.to_owned(), // url
                headers: headers.collect::<Result<_>>()?,
                cf: (!cf.is_empty()).then(|| cf.to_owned()),
            }
        }
        Kind::Scheduled => EventInfo::Scheduled {
            time: f64::from_bits(from.u64(0)), // scheduledTime
            cron: from.text(0)?.to_owned(),    // cron
        },
        Kind::Queue => EventInfo::Queue {
            queue: from.text(0)?.to_owned(),  // queueName
            batch_size: from.u32(0) as usize, // batchSize
        },
        Kind::Trace => EventInfo::Tail {
            consumed: entries(from.list(0)?)?.count(), // traces
            depth: 0,
        },
        Kind::JsRpc => {
            let method = from.text(0)?; // methodName
            EventInfo::JsRpc {
                method: (!method.is_empty()).then(|| method.to_owned()),
            }
        }
        Kind::Connect => EventInfo::Connect,
        Kind::Alarm => EventInfo::Alarm {
            time: from.u64(0).cast_signed() as f64, // scheduledTimeMs
        },
        Kind::HibernatableWebSocket => EventInfo::HibernatableWebSocket {
            event: match from.u16(0) {
                socket_event::MESSAGE => SocketInfo::Message,
                socket_event::CLOSE => SocketInfo::Close {
                    code: from.u16(1),        // close.code
                    was_clean: from.flag(32), // close.wasClean
                },
                socket_event::ERROR => SocketInfo::Error,
                _ => return Err(malformed("event")),
            },
        },
        // Nothing here has messages.
        Kind::Email | Kind::Custom => EventInfo::Custom,
    })
}
