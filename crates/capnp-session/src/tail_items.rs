//! What streaming tail Workers hear (`Trace.TailEvent`).

use io::trace::stream::{Attribute, Onset, StreamEvent, StreamItem, Value};
use io::trace::{SpanId, TraceId};

use crate::layout::{Fields, List, New, Result};
use crate::schema::{ONSET_KINDS, execution_model, tag_value, tail_event};
use crate::traces::{
    entries, from_nanoseconds, malformed, optional, outcome_number, read_diagnostic,
    read_exception, read_info, read_log, read_outcome, to_nanoseconds, write_diagnostic,
    write_exception, write_info, write_log,
};

/// The outcome of a span that has ended.
const OK: u16 = 1;

/// The place of what happened.
const EVENT: usize = 2;

fn write_id(to: &mut New<'_, 2, 0>, id: TraceId) {
    let (high, low) = id.halves();
    to.u64(0, high); // high
    to.u64(1, low); // low
}

fn read_id(from: Fields<'_>) -> TraceId {
    TraceId::from_halves(from.u64(0), from.u64(1)) // high, low
}

/// Whether an item can be told to other processes: what a span is called later, and the guest's verdict on it, cannot.
pub fn has_place(item: &StreamItem) -> bool {
    !matches!(
        item.event,
        StreamEvent::SpanName(_) | StreamEvent::SpanStatus { .. }
    )
}

pub fn write_item(to: &mut New<'_, 2, 3>, item: &StreamItem) {
    let mut context = to.fields::<2, 2>(0); // spanContext
    write_id(&mut context.fields(0), item.trace); // traceId
    if let Some(span) = item.span {
        context.u16(0, 1); // info
        context.u64(1, span.number()); // info.spanId
    }
    write_id(&mut to.fields(1), item.invocation); // invocationId
    to.u64(0, to_nanoseconds(item.timestamp)); // timestampNs
    to.u32(2, item.sequence); // sequence
    let tag = match &item.event {
        StreamEvent::Onset(onset) => {
            write_onset(&mut to.fields(EVENT), onset);
            tail_event::ONSET
        }
        StreamEvent::Attributes(attributes) => {
            write_attributes(to, EVENT, attributes);
            tail_event::ATTRIBUTE
        }
        StreamEvent::Log { log, truncated } => {
            write_log(&mut to.fields(EVENT), log, *truncated);
            tail_event::LOG
        }
        StreamEvent::Exception(exception) => {
            write_exception(&mut to.fields(EVENT), exception);
            tail_event::EXCEPTION
        }
        StreamEvent::Diagnostic(diagnostic) => {
            write_diagnostic(&mut to.fields(EVENT), diagnostic);
            tail_event::DIAGNOSTIC
        }
        StreamEvent::SpanOpen { id, name } => {
            let mut span = to.fields::<2, 2>(EVENT);
            span.text(0, name); // operationName
            span.u64(0, id.number()); // spanId
            tail_event::SPAN_OPEN
        }
        StreamEvent::SpanClose | StreamEvent::SpanName(_) | StreamEvent::SpanStatus { .. } => {
            to.fields::<1, 0>(EVENT).u16(0, OK); // outcome
            tail_event::SPAN_CLOSE
        }
        StreamEvent::Return(status) => {
            let mut returned = to.fields::<1, 1>(EVENT);
            if let Some(status) = status {
                returned.u16(0, 1); // info
                returned.fields::<1, 0>(0).u16(0, *status); // info.fetch.statusCode
            }
            tail_event::RETURN
        }
        StreamEvent::Outcome(outcome) => {
            let number = outcome_number(*outcome);
            to.fields::<3, 0>(EVENT).u16(0, number); // outcome
            tail_event::OUTCOME
        }
        StreamEvent::Dropped(count) => {
            let mut diagnostic = to.fields::<1, 1>(EVENT);
            diagnostic.u16(0, 1); // diagnostic
            diagnostic.fields::<1, 0>(0).u32(0, *count); // diagnostic.droppedEvents.count
            tail_event::STREAM_DIAGNOSTICS
        }
    };
    to.u16(6, tag); // event
}

fn write_onset(to: &mut New<'_, 2, 10>, onset: &Onset) {
    to.u16(0, execution_model(onset.object.is_some())); // executionModel
    to.u64(1, onset.span.number()); // spanId
    to.texts(4, 0); // scriptTags
    if let Some(entrypoint) = &onset.entrypoint {
        to.text(5, entrypoint); // entryPoint
    }
    if let Some(id) = &onset.object {
        to.text(9, id); // durableObjectId
    }
    let mut info = to.fields::<1, 1>(6); // info
    let kind = write_info(&mut info, 0, &onset.info);
    let tag = ONSET_KINDS.iter().position(|known| *known == kind);
    info.u16(0, tag.unwrap_or_default() as u16);
}

fn write_attributes(to: &mut New<'_, 2, 3>, at: usize, attributes: &[Attribute]) {
    let mut list = to.list::<0, 2>(at, attributes.len() as u32);
    for (index, attribute) in attributes.iter().enumerate() {
        let mut entry = list.reborrow().get(index as u32);
        entry.text(0, &attribute.name); // name
        let mut values = entry.list::<2, 1>(1, 1); // value
        let mut value = values.reborrow().get(0);
        match &attribute.value {
            Value::Text(text) => {
                value.u16(0, tag_value::TEXT);
                value.text(0, text); // string
            }
            Value::Bool(is_true) => {
                value.u16(0, tag_value::BOOL);
                value.flag(16, *is_true); // bool
            }
            Value::Integer(number) => {
                value.u16(0, tag_value::INTEGER);
                value.u64(1, number.cast_unsigned()); // int64
            }
            Value::Number(number) => {
                value.u16(0, tag_value::NUMBER);
                value.u64(1, number.to_bits()); // float64
            }
        }
    }
}

/// Items of one report.
pub fn read_items(list: List<'_>) -> Result<Vec<StreamItem>> {
    entries(list)?.map(read_item).collect()
}

fn read_item(from: Fields<'_>) -> Result<StreamItem> {
    let context = from.fields(0)?; // spanContext
    let has_span = context.u16(0) == 1; // info
    Ok(StreamItem {
        trace: read_id(context.fields(0)?),   // traceId
        invocation: read_id(from.fields(1)?), // invocationId
        span: has_span.then(|| SpanId::numbered(context.u64(1))), // info.spanId
        timestamp: from_nanoseconds(from.u64(0)), // timestampNs
        sequence: from.u32(2),                // sequence
        event: read_event(from)?,
    })
}

fn read_event(from: Fields<'_>) -> Result<StreamEvent> {
    let tag = from.u16(6); // event
    if tag == tail_event::ATTRIBUTE {
        let attributes = entries(from.list(EVENT)?)?.map(read_attribute);
        return Ok(StreamEvent::Attributes(attributes.collect::<Result<_>>()?));
    }
    let from = from.fields(EVENT)?;
    Ok(match tag {
        tail_event::ONSET => StreamEvent::Onset(read_onset(from)?),
        tail_event::OUTCOME => StreamEvent::Outcome(read_outcome(from.u16(0))), // outcome
        tail_event::SPAN_OPEN => StreamEvent::SpanOpen {
            id: SpanId::numbered(from.u64(0)),     // spanId
            name: from.text(0)?.to_owned().into(), // operationName
        },
        tail_event::SPAN_CLOSE => StreamEvent::SpanClose,
        tail_event::RETURN => {
            let has_status = from.u16(0) == 1; // info
            let status = has_status.then(|| from.fields(0)).transpose()?; // info.fetch
            StreamEvent::Return(status.map(|response| response.u16(0))) // statusCode
        }
        tail_event::DIAGNOSTIC => StreamEvent::Diagnostic(read_diagnostic(from)?),
        tail_event::EXCEPTION => StreamEvent::Exception(read_exception(from)?),
        tail_event::LOG => StreamEvent::Log {
            log: read_log(from)?,
            truncated: from.flag(80), // truncated
        },
        // diagnostic.droppedEvents.count
        tail_event::STREAM_DIAGNOSTICS => StreamEvent::Dropped(from.fields(0)?.u32(0)),
        _ => return Err(malformed("item")),
    })
}

fn read_onset(from: Fields<'_>) -> Result<Onset> {
    let info = from.fields(6)?; // info
    let kind = ONSET_KINDS.get(usize::from(info.u16(0)));
    let kind = kind.ok_or_else(|| malformed("event"))?;
    Ok(Onset {
        span: SpanId::numbered(from.u64(1)),            // spanId
        entrypoint: optional(from, 5)?.map(Into::into), // entryPoint
        object: optional(from, 9)?.map(Into::into),     // durableObjectId
        info: read_info(*kind, info.fields(0)?)?,
    })
}

fn read_attribute(from: Fields<'_>) -> Result<Attribute> {
    let value = entries(from.list(1)?)?.next(); // value
    let value = value.ok_or_else(|| malformed("attribute"))?;
    Ok(Attribute {
        name: from.text(0)?.to_owned().into(), // name
        value: match value.u16(0) {
            tag_value::TEXT => Value::Text(value.text(0)?.to_owned().into()), // string
            tag_value::BOOL => Value::Bool(value.flag(16)),                   // bool
            tag_value::INTEGER => Value::Integer(value.u64(1).cast_signed()), // int64
            tag_value::NUMBER => Value::Number(f64::from_bits(value.u64(1))), // float64
            _ => return Err(malformed("attribute")),
        },
    })
}

#[cfg(test)]
mod tests {
    use capnp::any_pointer;
    use capnp::message::{Builder, HeapAllocator};
    use io::event::Outcome;
    use io::trace::stream::Diagnostic;
    use io::trace::{EventInfo, Exception, Log, SocketInfo};

    use super::*;

    type Item<'a> = New<'a, 2, 3>;

    fn item(event: StreamEvent) -> StreamItem {
        StreamItem {
            trace: TraceId::from_halves(1, 2),
            invocation: TraceId::from_halves(3, 4),
            span: Some(SpanId::numbered(5)),
            timestamp: 1_795_322_013_919.0,
            sequence: 6,
            event,
        }
    }

    /// What is read of what `write` has written.
    fn read(write: impl FnOnce(&mut Item<'_>)) -> Result<StreamItem> {
        let mut message = Builder::new(HeapAllocator::new());
        write(&mut message.get_root::<any_pointer::Builder<'_>>()?.init_as());
        let root = message.get_root_as_reader::<any_pointer::Reader<'_>>()?;
        read_item(root.get_as()?)
    }

    #[test]
    fn items_come_back_as_they_went() {
        let exception = Exception {
            timestamp: 7.0,
            name: "Error".into(),
            message: "m".into(),
            stack: None,
        };
        let log = Log {
            timestamp: 7.0,
            level: "warn",
            message: "[]".into(),
            errors: vec![None, Some(exception.clone())],
        };
        let values = [
            Value::Text("t".into()),
            Value::Bool(true),
            Value::Number(-0.5),
            Value::Integer(-7),
        ];
        let attributes = values.map(|value| Attribute {
            name: "n".into(),
            value,
        });
        let close = SocketInfo::Close {
            code: 4001,
            was_clean: true,
        };
        let infos = [
            EventInfo::Fetch {
                method: "PUT".into(),
                url: "http://a/".into(),
                headers: vec![("a".into(), "b".into())],
                cf: Some("{}".into()),
            },
            EventInfo::Scheduled {
                time: 0.25,
                cron: "* * * * *".into(),
            },
            EventInfo::Queue {
                queue: "q".into(),
                batch_size: 3,
            },
            EventInfo::Tail {
                consumed: 2,
                depth: 0,
            },
            EventInfo::JsRpc {
                method: Some("m".into()),
            },
            EventInfo::Connect,
            EventInfo::Alarm { time: 9.0 },
            EventInfo::HibernatableWebSocket { event: close },
            EventInfo::Custom,
        ];
        let onsets = infos.map(|info| {
            StreamEvent::Onset(Onset {
                span: SpanId::numbered(8),
                entrypoint: Some("E".into()),
                object: Some("0f".into()),
                info,
            })
        });
        let others = [
            StreamEvent::Attributes(attributes.into()),
            StreamEvent::Log {
                log,
                truncated: true,
            },
            StreamEvent::Exception(exception),
            StreamEvent::Diagnostic(Diagnostic {
                timestamp: 7.0,
                channel: "c".into(),
                message: vec![0xff, 0],
            }),
            StreamEvent::SpanOpen {
                id: SpanId::numbered(9),
                name: "fetch".into(),
            },
            StreamEvent::SpanClose,
            StreamEvent::Return(Some(204)),
            StreamEvent::Return(None),
            StreamEvent::Outcome(Outcome::ExceededCpu),
            StreamEvent::Outcome(Outcome::Aborted),
            StreamEvent::Dropped(10),
        ];
        for event in onsets.into_iter().chain(others) {
            let went = item(event);
            let came = read(|to| write_item(to, &went)).unwrap();
            assert_eq!(format!("{came:?}"), format!("{went:?}"));
        }
    }

    #[test]
    fn what_is_no_item_is_refused() {
        assert!(read(|_| ()).is_ok_and(|item| item.span.is_none()));
        let unknown = |number| read(move |to| to.u16(6, number));
        for number in [10, 11, u16::MAX] {
            assert!(unknown(number).is_err(), "{number}");
        }
        let numbered = |tag: u16, at: usize, number: u16| {
            read(move |to| {
                to.u16(6, tag);
                to.fields::<2, 10>(EVENT).u16(at, number);
            })
        };
        assert!(numbered(tail_event::LOG, 4, 5).is_err());
        assert!(numbered(tail_event::LOG, 4, 4).is_ok());
        let of_event = |kind: u16, method: u16| {
            read(move |to| {
                let mut onset = to.fields::<2, 10>(EVENT);
                let mut info = onset.fields::<1, 1>(6);
                info.u16(0, kind);
                info.fields::<1, 3>(0).u16(0, method);
            })
        };
        assert!(of_event(0, 0).is_ok());
        assert!(of_event(0, 28).is_err());
        assert!(of_event(7, 3).is_err());
        assert!(of_event(10, 0).is_err());
        // An outcome that nobody knows is none.
        let outcome = numbered(tail_event::OUTCOME, 0, 99).unwrap().event;
        assert!(matches!(outcome, StreamEvent::Outcome(Outcome::Unknown)));
        // A list of nothing, as long as can be said.
        let long = read(|to| {
            to.u16(6, tail_event::ATTRIBUTE);
            to.list::<0, 0>(EVENT, 1 << 20);
        });
        assert!(long.is_err());
    }
}
