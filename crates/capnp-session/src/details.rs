//! The details of exceptions: bytes under numbers beside the text, which `capnp-rpc` knows nothing of. Between it and the
//! connection, they are taken out of an exception that leaves and put into one that has come: in its text, after a
//! [mark](MARK), where [`error`](crate::error) reads and writes them.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use capnp::Error;
use capnp::any_pointer;
use capnp::capability::Promise;
use capnp::message::{Builder, HeapAllocator};
use capnp_rpc::{Connection, FlowController, IncomingMessage, OutgoingMessage, VatNetwork};
use futures::channel::mpsc::UnboundedReceiver;
use futures::future::LocalBoxFuture;
use futures::{FutureExt, StreamExt};
use tokio::io::AsyncRead;

use crate::layout::{Fields, New, Result, Shape};
use crate::receive::Receiver;
use crate::tail_calls::{Made, TailCalls};

/// What stands between the text of an exception and each of its details, and in no text of a guest's.
const MARK: char = '\u{1}';

/// One detail: what it is, and its bytes.
pub type Detail = (u64, Vec<u8>);

/// A text with details.
pub fn join(text: &str, details: impl IntoIterator<Item = Detail>) -> String {
    let mut joined = plain(text);
    for (id, data) in details {
        joined.push(MARK);
        joined.push_str(&format!("{id:016x}"));
        base64_simd::STANDARD.encode_append(&data, &mut joined);
    }
    joined
}

/// A text that nobody takes for one with details.
fn plain(text: &str) -> String {
    text.replace(MARK, " ")
}

/// The text and its details.
pub fn split(joined: &str) -> (&str, Vec<Detail>) {
    let mut parts = joined.split(MARK);
    let text = parts.next().unwrap_or_default();
    let detail = |part: &str| {
        let (id, data) = part.split_at_checked(16)?;
        let data = base64_simd::STANDARD.decode_to_vec(data).ok()?;
        Some((u64::from_str_radix(id, 16).ok()?, data))
    };
    (text, parts.filter_map(detail).collect())
}

/// The tags of `rpc.capnp`'s `Message`, and of `Return` and `Resolve`.
mod tags {
    pub const RETURN: u16 = 3;
    pub const RETURN_EXCEPTION: u16 = 1;
    pub const RESOLVE: u16 = 5;
    pub const RESOLVE_EXCEPTION: u16 = 1;
}

/// Whether a message is about an exception. That is the first pointer of the message's own first one.
fn has_exception(message: Fields<'_>) -> Result<bool> {
    let (place, exception) = match message.u16(0) {
        tags::RETURN => (3, tags::RETURN_EXCEPTION),
        tags::RESOLVE => (2, tags::RESOLVE_EXCEPTION),
        _ => return Ok(false),
    };
    Ok(message.fields(0)?.u16(place) == exception)
}

/// Moves the details from the text to their own place.
fn take_out(body: any_pointer::Reader<'_>) -> Result<Option<(String, Vec<Detail>)>> {
    let message: Fields<'_> = body.get_as()?;
    if !has_exception(message)? {
        return Ok(None);
    }
    let text = message.fields(0)?.fields(0)?.text(0)?; // reason
    if !text.contains(MARK) {
        return Ok(None);
    }
    let (text, details) = split(text);
    Ok(Some((text.to_owned(), details)))
}

fn write(body: any_pointer::Builder<'_>, text: &str, details: &[Detail]) -> Result<()> {
    let mut message: New<'_, 1, 1> = body.get_as()?;
    let mut about = message.existing::<1, 1>(0)?;
    let mut exception = about.existing::<1, 3>(0)?;
    exception.text(0, text); // reason
    let length = u32::try_from(details.len()).map_err(|_| Error::failed("details".into()))?;
    let mut list = exception.list::<1, 1>(2, length); // details
    for (at, (id, data)) in (0..length).zip(details) {
        let mut detail = list.reborrow().get(at);
        detail.u64(0, *id); // detailId
        detail.data(0, data); // data
    }
    Ok(())
}

/// A message that came with details, as one that has them in its text.
fn put_in(body: any_pointer::Reader<'_>) -> Result<Option<Builder<HeapAllocator>>> {
    let message: Fields<'_> = body.get_as()?;
    if !has_exception(message)? {
        return Ok(None);
    }
    let exception = message.fields(0)?.fields(0)?;
    if !exception.has(2) && !exception.text(0)?.contains(MARK) {
        return Ok(None);
    }
    let mut details = Vec::new();
    if exception.has(2) {
        let list = exception.list(2)?; // details
        for at in 0..list.len() {
            let detail = list.get(at);
            details.push((detail.u64(0), detail.data(0)?.to_vec()));
        }
    }
    let joined = join(exception.text(0)?, details);
    let mut copy = Builder::new_default();
    copy.set_root::<Shape<1, 1>>(message)?;
    let mut message: New<'_, 1, 1> = copy.get_root::<any_pointer::Builder<'_>>()?.get_as()?;
    message
        .existing::<1, 1>(0)?
        .existing::<1, 2>(0)?
        .text(0, &joined); // reason
    Ok(Some(copy))
}

/// A network that sends what it is given, receives what comes from elsewhere, and whose exceptions keep their details.
pub struct Detailed<N, R> {
    pub network: N,
    pub receiver: Receiver<R>,
}

impl<Id, N, R> VatNetwork<Id> for Detailed<N, R>
where
    Id: 'static,
    N: VatNetwork<Id>,
    R: AsyncRead + Unpin + 'static,
{
    fn connect(&mut self, host_id: Id) -> Option<Box<dyn Connection<Id>>> {
        let connection = self.network.connect(host_id)?;
        Some(Box::new(Through::new(connection, self.receiver.clone())))
    }

    fn accept(&mut self) -> Promise<Box<dyn Connection<Id>>, Error> {
        let receiver = self.receiver.clone();
        Promise::from_future(self.network.accept().map(|accepted| {
            let connection: Box<dyn Connection<Id>> = Box::new(Through::new(accepted?, receiver));
            Ok(connection)
        }))
    }

    fn drive_until_shutdown(&mut self) -> Promise<(), Error> {
        self.network.drive_until_shutdown()
    }
}

type Received = Result<Option<Box<dyn IncomingMessage>>>;

/// Where messages come from: the other side, and calls of this side that it has passed on.
struct Sources<R> {
    receiver: Receiver<R>,
    /// The message that is being read. It is read on when another is taken in between.
    reading: Option<LocalBoxFuture<'static, Received>>,
    late: UnboundedReceiver<Made>,
    tail_calls: Rc<TailCalls>,
}

impl<R: AsyncRead + Unpin + 'static> Sources<R> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Received> {
        loop {
            if let Poll::Ready(Some(made)) = self.late.poll_next_unpin(cx) {
                return Poll::Ready(Ok(Some(Box::new(made))));
            }
            let receiver = &self.receiver;
            let read = || receiver.clone().next().boxed_local();
            let came = ready!(self.reading.get_or_insert_with(read).poll_unpin(cx));
            self.reading = None;
            let Some(message) = came? else {
                return Poll::Ready(Ok(None));
            };
            if let Some(message) = self.tail_calls.come(message)? {
                return Poll::Ready(Ok(Some(match put_in(message.get_body()?)? {
                    Some(copy) => Box::new(Made(copy)),
                    None => message,
                })));
            }
        }
    }
}

struct Through<Id, R> {
    connection: Box<dyn Connection<Id>>,
    sources: Rc<RefCell<Sources<R>>>,
    tail_calls: Rc<TailCalls>,
}

impl<Id, R> Through<Id, R> {
    fn new(connection: Box<dyn Connection<Id>>, receiver: Receiver<R>) -> Self {
        let (tail_calls, late) = TailCalls::new();
        let tail_calls = Rc::new(tail_calls);
        let sources = Sources {
            receiver,
            reading: None,
            late,
            tail_calls: tail_calls.clone(),
        };
        Self {
            connection,
            sources: Rc::new(RefCell::new(sources)),
            tail_calls,
        }
    }
}

impl<Id, R: AsyncRead + Unpin + 'static> Connection<Id> for Through<Id, R> {
    fn get_peer_vat_id(&self) -> Id {
        self.connection.get_peer_vat_id()
    }

    fn new_outgoing_message(&mut self, first_segment_word_size: u32) -> Box<dyn OutgoingMessage> {
        Box::new(Leaving {
            message: self
                .connection
                .new_outgoing_message(first_segment_word_size),
            tail_calls: self.tail_calls.clone(),
        })
    }

    fn receive_incoming_message(&mut self) -> Promise<Option<Box<dyn IncomingMessage>>, Error> {
        let sources = self.sources.clone();
        Promise::from_future(poll_fn(move |cx| sources.borrow_mut().poll(cx)))
    }

    fn new_stream(&mut self) -> (Box<dyn FlowController>, Promise<(), Error>) {
        self.connection.new_stream()
    }

    fn shutdown(&mut self, result: Result<()>) -> Promise<(), Error> {
        self.connection.shutdown(result)
    }
}

struct Leaving {
    message: Box<dyn OutgoingMessage>,
    tail_calls: Rc<TailCalls>,
}

impl OutgoingMessage for Leaving {
    fn get_body(&mut self) -> Result<any_pointer::Builder<'_>> {
        self.message.get_body()
    }

    fn get_body_as_reader(&self) -> Result<any_pointer::Reader<'_>> {
        self.message.get_body_as_reader()
    }

    fn send(mut self: Box<Self>) -> (Promise<(), Error>, Rc<Builder<HeapAllocator>>) {
        let left = self.message.get_body();
        if let Err(error) = left.and_then(|body| self.tail_calls.leave(body)) {
            tracing::error!("the results of a call are lost: {error}");
        }
        // What cannot be rewritten goes as it is.
        if let Ok(Some((text, details))) = self.message.get_body_as_reader().and_then(take_out)
            && let Ok(body) = self.message.get_body()
            && let Err(error) = write(body, &text, &details)
        {
            tracing::error!("the details of an exception are lost: {error}");
        }
        self.message.send()
    }

    fn take(self: Box<Self>) -> Builder<HeapAllocator> {
        self.message.take()
    }

    fn size_in_words(&self) -> usize {
        self.message.size_in_words()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_stand_behind_the_text() {
        let details = vec![(7, b"seven".to_vec()), (u64::MAX, Vec::new())];
        let joined = join("a text", details.clone());
        assert_eq!(split(&joined), ("a text", details));
        assert_eq!(split("another"), ("another", Vec::new()));
        // A guest's own text has none.
        assert_eq!(split(&join("x\u{1}0", [])), ("x 0", Vec::new()));
        assert_eq!(split("y\u{1}short"), ("y", Vec::new()));
    }

    #[test]
    fn details_have_their_own_place_in_a_message() {
        use capnp_rpc::rpc_capnp::message;

        let mut leaving = Builder::new_default();
        let mut exception = leaving
            .init_root::<message::Builder<'_>>()
            .init_return()
            .init_exception();
        exception.set_reason(join("text", [(5, b"five".to_vec())]));
        let body = leaving.get_root_as_reader().unwrap();
        let (text, details) = take_out(body).unwrap().unwrap();
        write(leaving.get_root().unwrap(), &text, &details).unwrap();
        let sent: any_pointer::Reader<'_> = leaving.get_root_as_reader().unwrap();
        let reason = |body: any_pointer::Reader<'_>| {
            let message: Fields<'_> = body.get_as().unwrap();
            let exception = message.fields(0).unwrap().fields(0).unwrap();
            exception.text(0).unwrap().to_owned()
        };
        assert_eq!(reason(sent), "text");
        let come = put_in(sent).unwrap().unwrap();
        let reason = reason(come.get_root_as_reader().unwrap());
        assert_eq!(split(&reason), ("text", vec![(5, b"five".to_vec())]));
    }
}
