//! What the two controllers share: the algorithms of a source, and when to pull
//! (Streams §4.9.3 and §4.9.5).

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;

use jsg::js::{Function, Local, Object, Promise, Value};
use jsg::promise::{self, React};
use jsg::{Class, Error, Handle, JsRef, Lock, Ref, Result};

use super::byte_controller::ReadableByteStreamController;
use super::default_controller::ReadableStreamDefaultController;
use super::deferred::{after, resolved};
use super::iterable;
use super::readable::{ReadableStream, Source};
use super::source::{QueuingStrategy, UnderlyingSource};
use super::tee::{Branch, Tee};
use super::transform_controller::TransformStreamDefaultController;

/// The start, pull and cancel algorithms of a source.
#[derive(jsg::Trace)]
pub enum Algorithms {
    /// The stream has ended: they are let go.
    Cleared,
    Guest {
        source: Option<JsRef<Object>>,
        pull: Option<JsRef<Function>>,
        cancel: Option<JsRef<Function>>,
    },
    /// An iterator and its `next` method.
    Iterator(JsRef<Object>, JsRef<Function>),
    Tee(Ref<Tee>, jsg::Untraced<Branch>), // an enum
    Transform(Ref<TransformStreamDefaultController>),
}

/// The state of pulling.
#[derive(jsg::Trace)]
pub struct Driver {
    stream: RefCell<Option<Ref<ReadableStream>>>,
    algorithms: RefCell<Algorithms>,
    started: Cell<bool>,
    pulling: Cell<bool>,
    pull_again: Cell<bool>,
}

/// A controller, as its driver sees it.
pub trait Controlled: Class {
    fn driver(&self) -> &Driver;
    /// Streams, "…ShouldCallPull".
    fn should_pull<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> bool;
    /// What an iterator has yielded; `None` when it has ended.
    fn yielded<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        value: Option<Local<'s, Value>>,
    ) -> Result<()>;
    /// Streams, "…Error".
    fn fail<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, reason: Local<'s, Value>);
}

impl Driver {
    pub fn new(algorithms: Algorithms) -> Self {
        Self {
            stream: RefCell::new(None),
            algorithms: RefCell::new(algorithms),
            started: Cell::new(false),
            pulling: Cell::new(false),
            pull_again: Cell::new(false),
        }
    }

    /// Ties the controller to its stream.
    pub fn attach<'s>(&self, js: &Lock<'s, '_>, stream: Handle<'s, ReadableStream>) {
        self.stream.replace(Some(Ref::new(js, stream)));
    }

    pub fn stream<'s>(&self, js: &Lock<'s, '_>) -> Option<Handle<'s, ReadableStream>> {
        self.stream.borrow().as_ref().map(|stream| stream.get(js))
    }

    pub fn is_started(&self) -> bool {
        self.started.get()
    }

    pub fn clear(&self) {
        self.algorithms.replace(Algorithms::Cleared);
    }
}

/// Makes the controller of a new stream, ties it to `stream` and starts the source.
pub fn set_up<'s>(
    js: &mut Lock<'s, '_>,
    stream: Handle<'s, ReadableStream>,
    source: UnderlyingSource<'s>,
    strategy: QueuingStrategy<'s>,
) -> Result<()> {
    let members = source.members;
    let algorithms = Algorithms::Guest {
        source: source.object.map(|object| JsRef::new(js, object)),
        pull: members.pull.map(|pull| JsRef::new(js, pull)),
        cancel: members.cancel.map(|cancel| JsRef::new(js, cancel)),
    };
    let driver = Driver::new(algorithms);
    let high_water_mark = strategy.high_water_mark.map(|mark| mark.0);
    match members.kind.as_deref() {
        Some("bytes") => {
            let chunk_size = match members.auto_allocate_chunk_size {
                None => None,
                Some(size) if size > 0 => Some(size as usize),
                Some(_) => {
                    return Err(Error::type_error(
                        "The autoAllocateChunkSize option cannot be zero.",
                    ));
                }
            };
            let controller = ReadableByteStreamController::new(
                driver,
                high_water_mark.unwrap_or(0.0),
                chunk_size,
            );
            let controller = Handle::new(js, controller);
            stream
                .get()
                .source
                .replace(Source::Byte(Ref::new(js, controller)));
            start(js, stream, controller, source.object, members.start)
        }
        None | Some("") => {
            let controller = ReadableStreamDefaultController::new(
                driver,
                high_water_mark.unwrap_or(1.0),
                strategy.size.map(|size| JsRef::new(js, size)),
            );
            let controller = Handle::new(js, controller);
            stream
                .get()
                .source
                .replace(Source::Default(Ref::new(js, controller)));
            start(js, stream, controller, source.object, members.start)
        }
        Some(kind) => Err(Error::type_error(format!(
            "\"{kind}\" is not a valid type of ReadableStream."
        ))),
    }
}

/// Runs the start algorithm; what it throws breaks the stream, not the constructor.
pub fn start<'s, C: Controlled>(
    js: &mut Lock<'s, '_>,
    stream: Handle<'s, ReadableStream>,
    controller: Handle<'s, C>,
    source: Option<Local<'s, Object>>,
    start: Option<Local<'s, Function>>,
) -> Result<()> {
    controller.get().driver().attach(js, stream);
    let receiver = receiver(js, source);
    let started = start.map(|start| {
        let result = promise::try_catch(js, |js| {
            start
                .call(js, receiver, &[controller.object().into()])
                .ok_or(Error::Pending)
        });
        settle(js, result)
    });
    begin(js, stream, controller, started)
}

/// Goes on when the start algorithm has ended: at once if there is none.
pub(super) fn begin<'s, C: Controlled>(
    js: &mut Lock<'s, '_>,
    stream: Handle<'s, ReadableStream>,
    controller: Handle<'s, C>,
    started: Option<Local<'s, Promise>>,
) -> Result<()> {
    controller.get().driver().attach(js, stream);
    after::<Started<C>, Failed<C>>(js, started, controller)?;
    Ok(())
}

/// What a guest's algorithm is called on.
pub(super) fn receiver<'s>(
    js: &Lock<'s, '_>,
    source: Option<Local<'s, Object>>,
) -> Local<'s, Value> {
    match source {
        Some(source) => source.into(),
        None => jsg::js::undefined(js).into(),
    }
}

/// What an algorithm has returned or thrown, as a promise.
pub(super) fn settle<'s>(
    js: &mut Lock<'s, '_>,
    result: Result<Local<'s, Value>, Local<'s, Value>>,
) -> Local<'s, Promise> {
    match result {
        Ok(value) => promise::of(js, value),
        Err(reason) => promise::rejected(js, reason),
    }
}

/// Streams, "…CallPullIfNeeded".
pub fn pull_if_needed<'s, C: Controlled>(js: &mut Lock<'s, '_>, this: Handle<'s, C>) {
    if !C::should_pull(js, this) {
        return;
    }
    let driver = this.get().driver();
    if driver.pulling.get() {
        driver.pull_again.set(true);
        return;
    }
    driver.pulling.set(true);
    let pulled = pull(js, this);
    if after::<Pulled<C>, Failed<C>>(js, pulled, this).is_err() {
        driver.pulling.set(false);
    }
}

/// Which algorithm to run, with its borrow of the driver ended.
enum Step<'s> {
    Nothing,
    Guest(Local<'s, Function>, Local<'s, Value>),
    Iterator(Local<'s, Object>, Local<'s, Function>),
    Tee(Handle<'s, Tee>, Branch),
    Transform(Handle<'s, TransformStreamDefaultController>),
}

/// What an algorithm is for.
#[derive(Clone, Copy)]
enum Task {
    Pull,
    Cancel,
}

impl<'s> Step<'s> {
    fn of(js: &Lock<'s, '_>, algorithms: &Algorithms, task: Task) -> Self {
        match algorithms {
            Algorithms::Guest {
                source,
                pull,
                cancel,
            } => {
                let function = match task {
                    Task::Pull => pull,
                    Task::Cancel => cancel,
                };
                let Some(function) = function else {
                    return Self::Nothing;
                };
                let source = source.as_ref().map(|source| source.get(js));
                Self::Guest(function.get(js), receiver(js, source))
            }
            Algorithms::Tee(tee, branch) => Self::Tee(tee.get(js), **branch),
            Algorithms::Transform(transform) => Self::Transform(transform.get(js)),
            Algorithms::Iterator(iterator, next) => Self::Iterator(iterator.get(js), next.get(js)),
            Algorithms::Cleared => Self::Nothing,
        }
    }
}

fn pull<'s, C: Controlled>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, C>,
) -> Option<Local<'s, Promise>> {
    let algorithms = &this.get().driver().algorithms;
    let step = Step::of(js, &algorithms.borrow(), Task::Pull);
    let result = match step {
        Step::Nothing => return None,
        Step::Transform(transform) => {
            return Some(TransformStreamDefaultController::pull(js, transform));
        }
        Step::Iterator(iterator, next) => {
            promise::try_catch(js, |js| iterable::advance(js, this, iterator, next))
        }
        Step::Guest(pull, receiver) => promise::try_catch(js, |js| {
            pull.call(js, receiver, &[this.object().into()])
                .ok_or(Error::Pending)
        }),
        Step::Tee(tee, branch) => {
            Tee::pull(js, tee, branch);
            Ok(jsg::js::undefined(js).into())
        }
    };
    Some(settle(js, result))
}

/// Runs the cancel algorithm.
pub fn cancel<'s, C: Controlled>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, C>,
    reason: Local<'s, Value>,
) -> Result<Local<'s, Promise>> {
    let driver = this.get().driver();
    let step = Step::of(js, &driver.algorithms.borrow(), Task::Cancel);
    driver.clear();
    let result = match step {
        Step::Nothing => return Ok(resolved(js)),
        Step::Transform(transform) => {
            let cancelled = promise::try_catch(js, |js| {
                TransformStreamDefaultController::cancel(js, transform, reason)
            });
            cancelled.map(Into::into)
        }
        Step::Iterator(iterator, _) => {
            promise::try_catch(js, |js| iterable::finish(js, iterator, reason))
        }
        Step::Guest(cancel, receiver) => promise::try_catch(js, |js| {
            cancel.call(js, receiver, &[reason]).ok_or(Error::Pending)
        }),
        Step::Tee(tee, branch) => return Tee::cancel(js, tee, branch, reason),
    };
    let cancelled = settle(js, result);
    let done = promise::reaction::<Discard<C>>(js, this);
    cancelled.then(js, done).ok_or(Error::Pending)
}

struct Started<C>(PhantomData<C>);
struct Pulled<C>(PhantomData<C>);
struct Failed<C>(PhantomData<C>);
/// Makes the result of a promise undefined.
struct Discard<C>(PhantomData<C>);

impl<C: Controlled> React for Started<C> {
    type Target = C;
    fn run<'s>(
        js: &mut Lock<'s, '_>,
        target: Handle<'s, C>,
        _: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        target.get().driver().started.set(true);
        pull_if_needed(js, target);
        Ok(jsg::js::undefined(js).into())
    }
}

impl<C: Controlled> React for Pulled<C> {
    type Target = C;
    fn run<'s>(
        js: &mut Lock<'s, '_>,
        target: Handle<'s, C>,
        _: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        let driver = target.get().driver();
        driver.pulling.set(false);
        if driver.pull_again.replace(false) {
            pull_if_needed(js, target);
        }
        Ok(jsg::js::undefined(js).into())
    }
}

impl<C: Controlled> React for Failed<C> {
    type Target = C;
    fn run<'s>(
        js: &mut Lock<'s, '_>,
        target: Handle<'s, C>,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        C::fail(js, target, reason);
        Ok(jsg::js::undefined(js).into())
    }
}

impl<C: Controlled> React for Discard<C> {
    type Target = C;
    fn run<'s>(
        js: &mut Lock<'s, '_>,
        _: Handle<'s, C>,
        _: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        Ok(jsg::js::undefined(js).into())
    }
}
