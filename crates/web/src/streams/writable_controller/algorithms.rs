//! Running the sink's algorithms, and what follows when they have ended.

use jsg::js::{Function, Local, Object, Promise, Value};
use jsg::promise;
use jsg::{Error, Flag, Handle, Lock, LockExt};

use super::{State, WritableStreamDefaultController};
use crate::streams::controller::{receiver, settle};
use crate::streams::deferred::resolved;
use crate::streams::sink::{SharedSink, SinkAlgorithms};
use crate::streams::transform_controller::TransformStreamDefaultController as Transform;
use crate::streams::writable::WritableStream;

impl WritableStreamDefaultController {
    pub(super) fn run_write<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Local<'s, Value>,
    ) -> Option<Local<'s, Promise>> {
        let object = this.object().into();
        Self::run(js, this, Method::Write, &[chunk, object])
    }

    pub(super) fn run_close<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Option<Local<'s, Promise>> {
        Self::run(js, this, Method::Close, &[])
    }

    pub(super) fn run_abort<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) -> Option<Local<'s, Promise>> {
        Self::run(js, this, Method::Abort, &[reason])
    }

    /// Runs an algorithm of the sink; none if there is none, which then counts as having succeeded.
    fn run<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        method: Method,
        arguments: &[Local<'s, Value>],
    ) -> Option<Local<'s, Promise>> {
        let step = match &*this.get().algorithms.borrow() {
            SinkAlgorithms::Cleared => None,
            SinkAlgorithms::Transform(transform) => Some(Step::Transform(transform.get(js))),
            SinkAlgorithms::Native(sink) => Some(Step::Native(sink.clone())),
            SinkAlgorithms::Guest {
                object,
                write,
                close,
                abort,
            } => {
                let function = match method {
                    Method::Write => write,
                    Method::Close => close,
                    Method::Abort => abort,
                };
                let object = object.as_ref().map(|object| object.get(js));
                function
                    .as_ref()
                    .map(|function| Step::Guest(function.get(js), object))
            }
        };
        let (function, object) = match step {
            None => {
                let later = js.flag(Flag::PedanticWpt) && method != Method::Abort;
                return later.then(|| resolved(js));
            }
            Some(Step::Guest(function, object)) => (function, object),
            Some(Step::Native(sink)) => {
                let first = arguments.first().copied();
                let argument = first.unwrap_or_else(|| jsg::js::undefined(js).into());
                let done = promise::try_catch(js, |js| match method {
                    Method::Write => sink.0.write(js, argument),
                    Method::Close => sink.0.close(js),
                    Method::Abort => sink.0.abort(js, argument),
                });
                return Some(match done {
                    Ok(()) => resolved(js),
                    Err(reason) => promise::rejected(js, reason),
                });
            }
            Some(Step::Transform(transform)) => {
                let first = arguments.first().copied();
                let argument = first.unwrap_or_else(|| jsg::js::undefined(js).into());
                let running = promise::try_catch(js, |js| match method {
                    Method::Write => Transform::write(js, transform, argument),
                    Method::Close => Transform::close(js, transform),
                    Method::Abort => Transform::abort(js, transform, argument),
                });
                return Some(running.unwrap_or_else(|reason| promise::rejected(js, reason)));
            }
        };
        let receiver = receiver(js, object);
        let result = promise::try_catch(js, |js| {
            function.call(js, receiver, arguments).ok_or(Error::Pending)
        });
        Some(settle(js, result))
    }
}

/// Which algorithm to run, with its borrow of the controller ended.
enum Step<'s> {
    Guest(Local<'s, Function>, Option<Local<'s, Object>>),
    Transform(Handle<'s, Transform>),
    Native(SharedSink),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Write,
    Close,
    Abort,
}

jsg::reactions! {
    WritableStreamDefaultController;

    pub(super) Started = |js, this, _value| {
        if this.get().is_writable() {
            this.get().resolve_ready(js);
        }
        this.get().started.set(true);
        WritableStreamDefaultController::advance_queue(js, this);
    }

    pub(super) StartFailed = |js, this, reason| {
        this.get().reject_ready(js, reason);
        this.get().started.set(true);
        WritableStreamDefaultController::deal_with_rejection(js, this, reason);
    }

    /// Streams §5.3.2, WritableStreamFinishInFlightWrite, and what follows it in §5.5.4.
    pub(super) WriteDone = |js, this, _value| {
        let controller = this.get();
        let written = controller.in_flight_write.take();
        if let Some(written) = written {
            controller.queued.set(controller.queued.get() - written.size);
            written.done.resolve(js);
        }
        if !controller.is_closing() && controller.is_writable() {
            controller.update_backpressure(js);
        }
        if controller.is_erroring() || controller.writes.borrow().is_empty() {
            WritableStreamDefaultController::advance_queue(js, this);
        } else {
            // A turn later, so that a long queue needs no deep stack.
            let next = resolved(js);
            let advance = promise::reaction::<Advance>(js, this);
            next.then(js, advance).ok_or(Error::Pending)?;
        }
    }

    pub(super) WriteFailed = |js, this, reason| {
        let written = this.get().in_flight_write.take();
        if let Some(written) = written {
            this.get().queued.set(this.get().queued.get() - written.size);
            written.done.reject(js, reason);
        }
        WritableStreamDefaultController::deal_with_rejection(js, this, reason);
    }

    Advance = |js, this, _value| {
        WritableStreamDefaultController::advance_queue(js, this);
    }

    /// Streams §5.3.2, WritableStreamFinishInFlightClose.
    pub(super) CloseDone = |js, this, _value| {
        let controller = this.get();
        controller.clear_algorithms();
        let request = controller.in_flight_close.take();
        if let Some(request) = request {
            request.resolve(js);
        }
        if controller.is_erroring() {
            controller.settle_abort(js, Ok(()));
        }
        controller.state.replace(State::Closed);
        let stream = controller.stream.get(js);
        WritableStream::finish(js, stream, Ok(()));
    }

    /// Streams §5.3.2, WritableStreamFinishInFlightCloseWithError.
    pub(super) CloseFailed = |js, this, reason| {
        let controller = this.get();
        controller.clear_algorithms();
        let request = controller.in_flight_close.take();
        if let Some(request) = request {
            request.reject(js, reason);
        }
        controller.settle_abort(js, Err(reason));
        WritableStreamDefaultController::deal_with_rejection(js, this, reason);
    }

    pub(super) AbortDone = |js, this, _value| {
        this.get().settle_abort(js, Ok(()));
        WritableStreamDefaultController::reject_close(js, this);
    }

    pub(super) AbortFailed = |js, this, reason| {
        this.get().settle_abort(js, Err(reason));
        WritableStreamDefaultController::reject_close(js, this);
    }
}
