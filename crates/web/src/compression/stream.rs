//! `CompressionStream` and `DecompressionStream` (Compression §4, §5): what is written comes out coded.
//!
//! C1. At most [`AHEAD`] bytes are coded before somebody reads them: a few bytes that would become many
//!     wait as they came. A writer waits with them, but only once somebody has begun to read: guest code
//!     may write everything, close, and read then.
//! C2. An error sticks, both sides see it, and what was not read by then is lost.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jsg::{Error, Flag, Lock, LockExt, Result};
use net::Body;

use super::codec::{Codec, Format, Step};
use crate::streams::native_sink::{NativeSink, NativeSource, StreamError, chunked, failure};
use crate::streams::transform::TransformStream;
use crate::streams::{ReadableStream, WritableStream};

/// How far the codec runs ahead of the reader, in bytes.
const AHEAD: usize = 1 << 20;

/// How many bytes a writer may leave uncoded where nobody reads.
const WAITING: usize = 64 << 20;

/// What one step of the codec puts out at most.
const STEP: usize = 16 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Compress,
    /// Strict: the input ends with the coded stream, not before it and not after.
    Decompress {
        strict: bool,
    },
}

struct Pipe {
    /// None once the coded stream is complete.
    codec: Option<Codec>,
    direction: Direction,
    input: VecDeque<Bytes>,
    output: BytesMut,
    state: State,
    has_reader: bool,
    /// The reader has gone: what comes out is dropped.
    is_unread: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

enum State {
    Open,
    /// Nothing is written any more.
    Closing,
    /// The codec has put out all.
    Ended,
    Errored(StreamError),
}

impl Pipe {
    fn new(codec: Codec, direction: Direction) -> Self {
        Self {
            codec: Some(codec),
            direction,
            input: VecDeque::new(),
            output: BytesMut::new(),
            state: State::Open,
            has_reader: false,
            is_unread: false,
            reader: None,
            writer: None,
        }
    }

    fn wake(&mut self) {
        let waiting = [self.reader.take(), self.writer.take()];
        waiting.into_iter().flatten().for_each(Waker::wake);
    }

    fn fail(&mut self, error: StreamError) {
        if !matches!(self.state, State::Errored(_)) {
            self.state = State::Errored(error);
            self.input.clear();
            self.output = BytesMut::new();
            self.wake();
        }
    }

    fn error(&self) -> Option<StreamError> {
        match &self.state {
            State::Errored(error) => Some(error.clone()),
            _ => None,
        }
    }

    /// Codes what is there, as far as C1 lets it.
    fn run(&mut self) {
        while self.output.len() < AHEAD && self.step() {}
        self.wake();
    }

    /// One step of the codec; whether there may be another.
    fn step(&mut self) -> bool {
        let is_last = match self.state {
            State::Open => false,
            State::Closing => self.input.len() <= 1,
            State::Ended | State::Errored(_) => return false,
        };
        let Some(codec) = &mut self.codec else {
            self.end();
            return false;
        };
        let input = self.input.pop_front();
        if input.is_none() && !is_last {
            return false;
        }
        let mut input = input.unwrap_or_default();
        let start = self.output.len();
        self.output.resize(start + STEP, 0);
        let step = codec.step(&input, is_last, &mut self.output[start..]);
        let Ok(Step {
            consumed,
            produced,
            ended,
        }) = step
        else {
            self.fail(failure("TypeError", self.broken()));
            return false;
        };
        let kept = if self.is_unread { 0 } else { produced };
        self.output.truncate(start + kept);
        let _ = input.split_to(consumed);
        let is_stuck = consumed == 0 && produced == 0;
        if !input.is_empty() {
            self.input.push_front(input);
        }
        if ended {
            self.codec = None;
            self.end();
            return false;
        }
        if is_stuck && is_last {
            // What came was not all; before the flag nobody asks.
            if self.direction == (Direction::Decompress { strict: true }) {
                let text = "Called close() on a decompression stream with incomplete data";
                self.fail(failure("TypeError", text));
            } else {
                self.state = State::Ended;
            }
        }
        !is_stuck
    }

    /// Nothing belongs to the coded stream any more.
    fn end(&mut self) {
        let has_more = !self.input.is_empty();
        self.input.clear();
        if has_more && self.direction == (Direction::Decompress { strict: true }) {
            let text = "Trailing bytes after end of compressed data";
            self.fail(failure("TypeError", text));
        } else if matches!(self.state, State::Closing) {
            self.state = State::Ended;
        }
    }

    fn broken(&self) -> &'static str {
        match self.direction {
            Direction::Compress => "Compression failed.",
            Direction::Decompress { .. } => "Decompression failed.",
        }
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
    ) -> Poll<Option<Result<Bytes, StreamError>>> {
        self.has_reader = true;
        if let Some(error) = self.error() {
            return Poll::Ready(Some(Err(error)));
        }
        if self.output.is_empty() {
            if matches!(self.state, State::Ended) {
                return Poll::Ready(None);
            }
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = self.output.len().min(limit);
        let bytes = self.output.split_to(count).freeze();
        self.run();
        Poll::Ready(Some(Ok(bytes)))
    }

    /// Whether the writer may go on.
    fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamError>> {
        if let Some(error) = self.error() {
            return Poll::Ready(Err(error));
        }
        let waiting: usize = self.input.iter().map(Bytes::len).sum();
        let allowed = if self.has_reader { 0 } else { WAITING };
        if waiting > allowed && !self.is_unread {
            self.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

struct Reader(Rc<RefCell<Pipe>>);

struct Writer(Rc<RefCell<Pipe>>);

impl Drop for Reader {
    fn drop(&mut self) {
        let mut pipe = self.0.borrow_mut();
        pipe.is_unread = true;
        pipe.output = BytesMut::new();
        pipe.run();
    }
}

impl NativeSource for Reader {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
    ) -> Poll<Option<Result<Bytes, StreamError>>> {
        self.0.borrow_mut().poll_read(cx, limit)
    }

    fn cancel(&mut self, reason: StreamError) {
        self.0.borrow_mut().fail(reason);
    }

    fn waits_for_guest(&self) -> bool {
        true
    }

    fn at_hand(&self) -> usize {
        self.0.borrow().output.len()
    }

    fn into_body(self: Box<Self>) -> Body {
        chunked(*self)
    }
}

impl NativeSink for Writer {
    fn write(&self, bytes: Bytes) -> LocalBoxFuture<'static, Result<(), StreamError>> {
        {
            let mut pipe = self.0.borrow_mut();
            pipe.input.push_back(bytes);
            pipe.run();
        }
        let pipe = Rc::clone(&self.0);
        poll_fn(move |cx| pipe.borrow_mut().poll_written(cx)).boxed_local()
    }

    fn close(&self) -> LocalBoxFuture<'static, Result<(), StreamError>> {
        let mut pipe = self.0.borrow_mut();
        if matches!(pipe.state, State::Open) {
            pipe.state = State::Closing;
        }
        pipe.run();
        // Where the reader is behind, it will hear of what is wrong with the end.
        let result = pipe.error().map_or(Ok(()), Err);
        std::future::ready(result).boxed_local()
    }

    fn abort(&self, reason: StreamError) {
        self.0.borrow_mut().fail(reason);
    }

    fn waits_for_guest(&self) -> bool {
        true
    }
}

fn pair(codec: Codec, direction: Direction) -> (Box<dyn NativeSource>, Rc<dyn NativeSink>) {
    let pipe = Rc::new(RefCell::new(Pipe::new(codec, direction)));
    (Box::new(Reader(Rc::clone(&pipe))), Rc::new(Writer(pipe)))
}

fn stream(
    js: &mut Lock<'_, '_>,
    format: &str,
    codec: fn(Format) -> Codec,
    direction: Direction,
) -> Result<TransformStream> {
    let format = match format {
        "deflate" => Format::Deflate,
        "deflate-raw" => Format::DeflateRaw,
        "gzip" => Format::Gzip,
        _ => {
            return Err(Error::type_error(
                "The compression format must be either 'deflate', 'deflate-raw' or 'gzip'.",
            ));
        }
    };
    let (source, sink) = pair(codec(format), direction);
    let readable = ReadableStream::from_source(js, source)?;
    let writable = WritableStream::from_sink(js, sink, None)?;
    Ok(TransformStream::of(js, readable, writable))
}

/// Compresses.
#[jsg::class(extends = TransformStream)]
pub struct CompressionStream {
    parent: TransformStream,
}

#[jsg::methods]
impl CompressionStream {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        crate::streams::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new(js: &mut Lock<'_, '_>, format: String) -> Result<Self> {
        let parent = stream(js, &format, Codec::compress, Direction::Compress)?;
        Ok(Self { parent })
    }
}

/// Decompresses.
#[jsg::class(extends = TransformStream)]
pub struct DecompressionStream {
    parent: TransformStream,
}

#[jsg::methods]
impl DecompressionStream {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        crate::streams::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new(js: &mut Lock<'_, '_>, format: String) -> Result<Self> {
        let strict = js.flag(Flag::StrictCompressionChecks);
        let direction = Direction::Decompress { strict };
        let parent = stream(js, &format, Codec::decompress, direction)?;
        Ok(Self { parent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;

    type Ends = (Box<dyn NativeSource>, Rc<dyn NativeSink>, Rc<RefCell<Pipe>>);

    fn ends(codec: Codec, direction: Direction) -> Ends {
        let pipe = Rc::new(RefCell::new(Pipe::new(codec, direction)));
        let reader = Box::new(Reader(Rc::clone(&pipe)));
        (reader, Rc::new(Writer(Rc::clone(&pipe))), pipe)
    }

    fn inflating() -> Ends {
        let direction = Direction::Decompress { strict: true };
        ends(Codec::decompress(Format::Gzip), direction)
    }

    async fn read_all(source: &mut dyn NativeSource) -> Result<usize, StreamError> {
        let mut count = 0;
        while let Some(bytes) = poll_fn(|cx| source.poll_read(cx, 4096)).await {
            count += bytes?.len();
        }
        Ok(count)
    }

    fn compressed(length: usize) -> Bytes {
        let (mut source, sink, _) = ends(Codec::compress(Format::Gzip), Direction::Compress);
        block_on(async {
            sink.write(vec![0; length].into()).await.unwrap();
            sink.close().await.unwrap();
            let mut all = Vec::new();
            while let Some(bytes) = poll_fn(|cx| source.poll_read(cx, 4096)).await {
                all.extend_from_slice(&bytes.unwrap());
            }
            all.into()
        })
    }

    #[test]
    fn what_grows_beyond_measure_waits_for_its_reader() {
        let length = 4 << 20;
        let bomb = compressed(length);
        assert!(bomb.len() < 10 << 10);
        let (mut source, sink, pipe) = inflating();
        block_on(async {
            sink.write(bomb.slice(..bomb.len() - 9)).await.unwrap();
            assert!(pipe.borrow().output.len() < AHEAD + STEP);
            assert_eq!(
                poll_fn(|cx| source.poll_read(cx, 10))
                    .await
                    .unwrap()
                    .unwrap()
                    .len(),
                10
            );
            // Somebody reads: now the writer waits.
            let mut write = sink.write(bomb.slice(bomb.len() - 9..));
            assert!((&mut write).now_or_never().is_none());
            assert!(pipe.borrow().output.len() < AHEAD + STEP);
            let (count, written) = futures::join!(
                async {
                    let mut count = 10;
                    while count < length {
                        let bytes = poll_fn(|cx| source.poll_read(cx, 1 << 20)).await;
                        count += bytes.unwrap().unwrap().len();
                    }
                    count
                },
                write
            );
            assert_eq!(count, length);
            written.unwrap();
            sink.close().await.unwrap();
            assert_eq!(read_all(&mut *source).await.unwrap(), 0);
        });
    }

    #[test]
    fn a_late_mistake_is_the_readers() {
        let good = compressed(3 << 20);
        let (mut source, sink, _) = inflating();
        block_on(async {
            sink.write(good.slice(..good.len() - 5)).await.unwrap();
            sink.close().await.unwrap();
            let error = read_all(&mut *source).await.unwrap_err();
            assert!(format!("{error:?}").contains("incomplete data"));
        });
    }

    #[test]
    fn without_a_reader_nothing_is_kept() {
        let data = compressed(3 << 20);
        let (source, sink, pipe) = inflating();
        drop(source);
        block_on(async {
            sink.write(data).await.unwrap();
            sink.close().await.unwrap();
        });
        assert_eq!(pipe.borrow().output.len(), 0);
        assert!(matches!(pipe.borrow().state, State::Ended));
    }
}
