//! Events of tail Workers: traces (`sendTraces`), and what happens as it happens (`tailStreamSession`).

use std::cell::Cell;
use std::rc::Rc;

use io::event::Outcome;
use io::trace::stream::{self, StreamEvent, Writer};
use io::trace::{TailBatch, TailStream};
use io::{ChannelError, SubrequestChannel};

use crate::error::{received, told};
use crate::layout::{Answer, Cap, Incoming, Outgoing, Result, Serve, export, pipelined};
use crate::schema::{REPORT, SEND_TRACES, TAIL_STREAM_SESSION};
use crate::tail_items::{has_place, read_items, write_item};
use crate::traces::{outcome_number, read_traces, write_trace};

/// Gives traces to a service of this side. Nobody waits for what it does with them.
pub fn serve_traces(service: Rc<dyn SubrequestChannel>, mut call: Incoming) -> Result<()> {
    let traces = read_traces(call.params()?.list(0)?)?; // traces
    let tail = service.tail(TailBatch {
        traces,
        from_self: false,
    });
    tokio::task::spawn_local(async move {
        // That the handler has failed is in the log.
        let _ = tail.await;
    });
    let mut results = call.results::<0, 1>()?;
    let outcome = outcome_number(Outcome::Ok);
    results.fields::<1, 0>(0).u16(0, outcome); // result.outcome
    Ok(())
}

/// Where the other side reports what happens.
struct Target {
    writer: Writer,
    has_begun: Cell<bool>,
}

/// Opens a stream for a service of this side. The call lasts as long as it does.
pub async fn serve_stream(service: Rc<dyn SubrequestChannel>, mut call: Incoming) -> Result<()> {
    let (writer, reader) = stream::queue();
    let target = Target {
        writer,
        has_begun: Cell::new(false),
    };
    let mut results = call.results::<1, 1>()?;
    results.cap(0, export(Rc::new(target))); // topLevel
    call.set_pipeline()?;
    let heard = service.tail_stream(TailStream {
        reader,
        from_self: false,
        depth: 0,
    });
    heard.await.map_err(|error| told(&error))?;
    let outcome = outcome_number(Outcome::Ok);
    call.existing_results::<1, 1>()?.u16(0, outcome); // result
    Ok(())
}

impl Serve for Target {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        match call.method {
            REPORT => Answer::later(async move { self.report(call).await }),
            other => Answer::unknown(other),
        }
    }
}

impl Target {
    /// Done when the handlers are.
    async fn report(&self, mut call: Incoming) -> Result<()> {
        let items = read_items(call.params()?.list(0)?)?; // events
        for item in items {
            // The first item is the onset, and no other one is.
            let is_onset = matches!(item.event, StreamEvent::Onset(_));
            if is_onset == self.has_begun.replace(true) {
                return Err(crate::traces::malformed("order"));
            }
            let size = size_of(&item.event);
            self.writer.push(item, size);
        }
        let is_wanted = self.writer.taken().await;
        call.results::<1, 0>()?.flag(0, !is_wanted); // stop
        Ok(())
    }
}

/// What the texts of an item take, in bytes, roughly.
fn size_of(event: &StreamEvent) -> usize {
    match event {
        StreamEvent::Log { log, .. } => log.message.len(),
        StreamEvent::Exception(exception) => exception.message.len(),
        StreamEvent::Diagnostic(diagnostic) => diagnostic.message.len(),
        _ => 0,
    }
}

/// Sends traces to a service at the other side.
pub async fn send_traces(
    dispatcher: Cap,
    batch: TailBatch,
) -> std::result::Result<(), ChannelError> {
    let mut call = Outgoing::new(&*dispatcher, SEND_TRACES);
    let mut params = call.params::<0, 1>();
    let mut list = params.list::<4, 15>(0, batch.traces.len() as u32); // traces
    for (index, trace) in batch.traces.iter().enumerate() {
        write_trace(&mut list.reborrow().get(index as u32), trace);
    }
    let sent = call.send().promise.await;
    sent.map(drop).map_err(|error| received(&error))
}

/// Reports to a service at the other side what happens, until it has ended or nobody wants to hear more.
pub async fn send_stream(
    dispatcher: Cap,
    stream: TailStream,
) -> std::result::Result<(), ChannelError> {
    let opening = Outgoing::new(&*dispatcher, TAIL_STREAM_SESSION).send();
    let target = pipelined(&opening, 0); // topLevel
    let reports = async move {
        while let Some(mut items) = stream.reader.next().await {
            items.retain(has_place);
            if items.is_empty() {
                continue;
            }
            let mut call = Outgoing::new(&*target, REPORT);
            let mut params = call.params::<0, 1>();
            let mut list = params.list::<2, 3>(0, items.len() as u32); // events
            for (index, item) in items.iter().enumerate() {
                write_item(&mut list.reborrow().get(index as u32), item);
            }
            drop(items);
            let sent = call.send().promise.await;
            // Why the other side does not listen, it says by the whole.
            let Ok(results) = sent else { break };
            if is_stopped(&results).unwrap_or(true) {
                break;
            }
        }
    };
    let (ended, ()) = futures::future::join(opening.promise, reports).await;
    ended.map(drop).map_err(|error| received(&error))
}

fn is_stopped(results: &crate::layout::Response) -> Result<bool> {
    let results: crate::layout::Fields<'_> = results.get()?.get_as()?;
    Ok(results.flag(0)) // stop
}
