//! A pipe into a native sink, when its turn in the sink's queue has come.
//!
//! From a native source, bytes go straight to the sink. From a stream of guest code each chunk is read in
//! JavaScript and then written outside of it.

use std::future::poll_fn;
use std::rc::Rc;

use bytes::Bytes;
use futures::future::{AbortHandle, Abortable, Either, select};
use jsg::js::{Local, Value};
use jsg::promise::{self, Continuation};
use jsg::{Error, Handle, Lock, Result, Strong};

use super::byte_chunk::byte_chunk;
use super::native;
use super::native_sink::{NativeSink, NativeSource, StreamError, failure};
use super::native_writable::NativeWriter;
use super::pipe::{DESTINATION_CLOSED, Pipe, chunk_of, read};
use super::readable::ReadableStream;
use super::writable::WritableStream;

/// How a native pipe can fail.
enum Failure {
    Stream(StreamError),
    /// The signal's reason.
    Signal(Error),
}

/// Starts the pipe at the head of the queue.
pub(super) fn start<'s>(js: &mut Lock<'s, '_>, pipe: Handle<'s, Pipe>) -> Result<()> {
    if check_signal(js, pipe)? {
        return Ok(());
    }
    let Some(source) = pipe.get().source(js) else {
        return finish(js, pipe, Ok(()));
    };
    if source.get().is_closed() {
        return finish(js, pipe, Ok(()));
    }
    if let Some(reason) = source.get().stored_error(js) {
        return finish(js, pipe, Err(reason));
    }
    if source.get().is_native() {
        copy(js, pipe, source)
    } else {
        step(js, pipe)
    }
}

/// The end of the pipe when both streams were whole so far.
fn finish<'s>(
    js: &mut Lock<'s, '_>,
    pipe: Handle<'s, Pipe>,
    result: Result<(), Local<'s, Value>>,
) -> Result<()> {
    let this = pipe.get();
    let destination = this.destination.get(js);
    this.set_over();
    this.release_source(js, None);
    NativeWriter::pipe_over(js, destination)?;
    match result {
        Ok(()) => {
            if this.prevent_close {
                destination.get().unlock_pipe();
                this.settle(js, Ok(()));
                return Ok(());
            }
            let closed = WritableStream::close_stream(js, destination)?;
            promise::react::<Closed, CloseFailed>(js, closed, pipe)?;
        }
        Err(reason) => {
            this.settle(js, Err(reason));
            if this.prevent_abort {
                destination.get().unlock_pipe();
            } else {
                NativeWriter::fail(js, destination, reason)?;
            }
        }
    }
    Ok(())
}

fn check_signal<'s>(js: &mut Lock<'s, '_>, pipe: Handle<'s, Pipe>) -> Result<bool> {
    let Some(reason) = pipe.get().abort_reason(js) else {
        return Ok(false);
    };
    pipe.get().cancel_source(js, reason);
    if pipe.get().is_over() {
        // The source's cancel algorithm has ended the destination.
        pipe.get().settle(js, Err(reason));
    } else {
        finish(js, pipe, Err(reason))?;
    }
    Ok(true)
}

/// Moves everything from a native source to the sink.
fn copy<'s>(
    js: &mut Lock<'s, '_>,
    pipe: Handle<'s, Pipe>,
    source: Handle<'s, ReadableStream>,
) -> Result<()> {
    let destination = pipe.get().destination.get(js);
    let sink = NativeWriter::sink(js, destination)?;
    let taken = native::take_from(js, source)?;
    let identities =
        sink.is_identity() && taken.as_ref().is_some_and(|source| source.is_identity());
    if identities {
        let text = "Inter-TransformStream ReadableStream.pipeTo() is not implemented.";
        let reason = promise::exception_of(js, Error::type_error(text));
        return copied(js, pipe, Err(reason));
    }
    let signal = pipe.get().signal.as_ref().map(|signal| signal.get(js));
    let aborted = signal.map(|signal| Box::pin(signal.get().aborted(js)));
    let (handle, registration) = AbortHandle::new_pair();
    NativeWriter::set_running(destination, handle)?;
    let ends = !pipe.get().prevent_close;
    let pump = Abortable::new(pump(taken, sink, ends), registration);
    let pipe = Strong::new(js, pipe);
    let task = async move {
        let result = match aborted {
            None => pump.await.map(|result| result.map_err(Failure::Stream)),
            Some(aborted) => match select(Box::pin(pump), aborted).await {
                Either::Left((result, _)) => result.map(|result| result.map_err(Failure::Stream)),
                Either::Right((reason, _)) => Ok(Err(Failure::Signal(reason))),
            },
        };
        let finish: Continuation = Box::new(move |js| {
            // Aborted: the destination has ended, and the pipe with it.
            let Ok(result) = result else {
                return;
            };
            let result = result.map_err(|failure| match failure {
                Failure::Stream(error) => native::body_exception(js, error),
                Failure::Signal(reason) => promise::exception_of(js, reason),
            });
            let pipe = pipe.get(js);
            // Everybody concerned has heard of a failure by now.
            let _ = copied(js, pipe, result);
        });
        finish
    };
    native::spawn(js, false, task)
}

async fn pump(
    source: Option<Box<dyn NativeSource>>,
    sink: Rc<dyn NativeSink>,
    ends: bool,
) -> Result<(), StreamError> {
    if let Some(mut source) = source {
        while let Some(chunk) = poll_fn(|cx| source.poll_read(cx, usize::MAX)).await {
            sink.write(chunk?).await?;
        }
    }
    if ends {
        sink.close().await?;
    }
    Ok(())
}

/// The end of a copy.
fn copied<'s>(
    js: &mut Lock<'s, '_>,
    pipe: Handle<'s, Pipe>,
    result: Result<(), Local<'s, Value>>,
) -> Result<()> {
    let this = pipe.get();
    if this.is_over() {
        return Ok(());
    }
    this.set_over();
    let destination = this.destination.get(js);
    if let Some(source) = this.source(js) {
        match result {
            Ok(()) => ReadableStream::close(js, source),
            Err(reason) => ReadableStream::error(js, source, reason),
        }
    }
    this.release_source(js, None);
    NativeWriter::pipe_over(js, destination)?;
    this.settle(js, result);
    match result {
        Ok(()) if this.prevent_close => destination.get().unlock_pipe(),
        Ok(()) => {
            WritableStream::finish(js, destination, Ok(()));
        }
        Err(_) if this.prevent_abort => destination.get().unlock_pipe(),
        Err(reason) => NativeWriter::fail(js, destination, reason)?,
    }
    Ok(())
}

/// One round of the loop from a stream of guest code.
fn step<'s>(js: &mut Lock<'s, '_>, pipe: Handle<'s, Pipe>) -> Result<()> {
    let this = pipe.get();
    let Some(source) = this.source(js).filter(|_| !this.is_over()) else {
        this.settle(js, Ok(()));
        return Ok(());
    };
    if check_signal(js, pipe)? {
        return Ok(());
    }
    if let Some(reason) = source.get().stored_error(js) {
        return finish(js, pipe, Err(reason));
    }
    let destination = this.destination.get(js);
    let ended = destination.get().stored_error(js).or_else(|| {
        destination
            .get()
            .is_closed()
            .then(|| promise::exception_of(js, Error::type_error(DESTINATION_CLOSED)))
    });
    if let Some(reason) = ended {
        this.set_over();
        destination.get().unlock_pipe();
        this.cancel_source(js, reason);
        this.settle(js, Err(reason));
        return Ok(());
    }
    if source.get().is_closed() {
        return finish(js, pipe, Ok(()));
    }
    let read = read(js, source);
    promise::react::<Read, Again>(js, read, pipe)?;
    Ok(())
}

/// Writes a chunk of guest code and goes on.
fn write<'s>(js: &mut Lock<'s, '_>, pipe: Handle<'s, Pipe>, bytes: Bytes) -> Result<()> {
    if bytes.is_empty() {
        return step(js, pipe);
    }
    let destination = pipe.get().destination.get(js);
    let sink = NativeWriter::sink(js, destination)?;
    let (handle, registration) = AbortHandle::new_pair();
    NativeWriter::set_running(destination, handle)?;
    let writing = Abortable::new(sink.write(bytes), registration);
    let waits_for_guest = sink.waits_for_guest();
    let pipe = Strong::new(js, pipe);
    let task = async move {
        let result = writing.await;
        let finish: Continuation = Box::new(move |js| {
            let Ok(result) = result else {
                return;
            };
            let pipe = pipe.get(js);
            // As above.
            let _ = match result {
                Ok(()) => step(js, pipe),
                Err(error) => {
                    let reason = native::body_exception(js, error);
                    broken(js, pipe, reason)
                }
            };
        });
        finish
    };
    native::spawn(js, waits_for_guest, task)
}

/// The sink has failed.
fn broken<'s>(
    js: &mut Lock<'s, '_>,
    pipe: Handle<'s, Pipe>,
    reason: Local<'s, Value>,
) -> Result<()> {
    let this = pipe.get();
    if this.is_over() {
        return Ok(());
    }
    this.set_over();
    let destination = this.destination.get(js);
    NativeWriter::pipe_over(js, destination)?;
    WritableStream::finish(js, destination, Err(reason));
    this.cancel_source(js, reason);
    this.settle(js, Err(reason));
    Ok(())
}

jsg::reactions! {
    Pipe;

    Read = |js, this, result| {
        let chunk = chunk_of(js, result)?;
        if this.get().is_over() {
            this.get().settle(js, Ok(()));
        } else if !check_signal(js, this)? {
            match chunk {
                None => step(js, this)?,
                Some(chunk) => match byte_chunk(js, chunk)? {
                    Some(bytes) => write(js, this, bytes)?,
                    None => {
                        // The pipe itself learns of it with its next write.
                        let text = "This WritableStream only supports writing byte types.";
                        let destination = this.get().destination.get(js);
                        let sink = NativeWriter::sink(js, destination)?;
                        sink.abort(failure("TypeError", text));
                        step(js, this)?;
                    }
                },
            }
        }
    }

    Again = |js, this, _value| {
        step(js, this)?;
    }

    Closed = |js, this, _value| {
        this.get().settle(js, Ok(()));
    }

    CloseFailed = |js, this, reason| {
        this.get().settle(js, Err(reason));
    }
}
