//! A pending read (Streams §4.2.3, "read request") and what becomes of its chunk.

use bytes::Bytes;
use jsg::js::{ArrayBuffer, Function, Global, Local, Object, Promise, PromiseResolver, Value};
use jsg::{Error, JsRef, Lock, LockExt, Ref, Result, Shape};

use super::byte_controller::{ViewKind, write_at};
use super::collect::Collector;
use super::draining_reader::Draining;
use super::pump::Pump;
use super::tee::Tee;

/// One read of a stream. It is answered exactly once.
#[derive(jsg::Trace)]
pub struct ReadRequest {
    receiver: Receiver,
    /// Where the reader wants the bytes.
    pub(super) into: Option<Target>,
}

/// Who gets the chunk.
#[derive(jsg::Trace)]
pub enum Receiver {
    Promise(JsRef<PromiseResolver>),
    Collector(Ref<Collector>),
    Pump(Ref<Pump>),
    Tee(Ref<Tee>),
    Draining(Ref<Draining>),
}

/// The buffer of a "bring your own buffer" read. The reader has transferred it: nobody else sees it.
#[derive(jsg::Trace)]
pub struct Target {
    pub buffer: JsRef<ArrayBuffer>,
    pub offset: usize,
    /// In bytes.
    pub length: usize,
    /// The fewest bytes that answer the read.
    pub min: usize,
    /// The fewest bytes that the source is told to bring: more than `min` when a branch of a tee reads.
    pub at_least: usize,
    pub kind: jsg::Untraced<ViewKind>, // an enum
}

impl ReadRequest {
    pub fn new(receiver: Receiver) -> Self {
        Self {
            receiver,
            into: None,
        }
    }

    pub fn with_buffer(receiver: Receiver, into: Target) -> Self {
        Self {
            receiver,
            into: Some(into),
        }
    }

    /// Whether the receiver is in Rust and takes bytes as they are.
    pub(super) fn takes_bytes(&self) -> bool {
        !matches!(self.receiver, Receiver::Promise(_))
    }

    /// Answers with bytes: to JavaScript an array, or a view on the buffer that the reader brought.
    /// The caller has seen to it that they fit.
    pub fn bytes<'s>(self, js: &mut Lock<'s, '_>, bytes: Bytes) {
        match self.receiver {
            Receiver::Collector(collector) => {
                return Collector::bytes(js, collector.get(js), &bytes);
            }
            Receiver::Pump(pump) => return Pump::bytes(js, pump.get(js), bytes),
            Receiver::Tee(tee) => return Tee::bytes(js, tee.get(js), &bytes),
            Receiver::Promise(_) | Receiver::Draining(_) => {}
        }
        let view = match &self.into {
            None => jsg::convert::uint8_array(js, &bytes).map(Into::into),
            Some(into) => {
                let buffer = into.buffer.get(js);
                // What no longer fits is lost.
                let count = write_at(js, buffer, into.offset, &bytes);
                let (buffer, offset) = match count {
                    0 => (ArrayBuffer::new(js, 0), 0),
                    _ => (buffer, into.offset),
                };
                ViewKind::Uint8
                    .view(js, buffer, offset, count)
                    .ok_or(Error::Pending)
            }
        };
        match view {
            Ok(view) => self.chunk(js, view),
            Err(error) => {
                let reason = jsg::promise::exception_of(js, error);
                self.error(js, reason);
            }
        }
    }

    /// Answers with a chunk.
    pub fn chunk<'s>(self, js: &mut Lock<'s, '_>, chunk: Local<'s, Value>) {
        match self.receiver {
            Receiver::Promise(resolver) => {
                let result = read_result(js, chunk, false);
                fulfil(js, resolver.get(js), result);
            }
            Receiver::Collector(collector) => Collector::chunk(js, collector.get(js), chunk),
            Receiver::Pump(pump) => Pump::chunk(js, pump.get(js), chunk),
            Receiver::Tee(tee) => Tee::chunk(js, tee.get(js), chunk),
            Receiver::Draining(draining) => Draining::chunk(js, draining.get(js), chunk),
        }
    }

    /// Answers that no more comes; `value` gives a transferred buffer back.
    pub fn close<'s>(self, js: &mut Lock<'s, '_>, value: Option<Local<'s, Value>>) {
        match self.receiver {
            Receiver::Promise(resolver) => {
                let value = value.unwrap_or_else(|| jsg::js::undefined(js).into());
                let result = read_result(js, value, true);
                fulfil(js, resolver.get(js), result);
            }
            Receiver::Collector(collector) => Collector::close(js, collector.get(js)),
            Receiver::Pump(pump) => Pump::close(js, pump.get(js)),
            Receiver::Tee(tee) => Tee::close(js, tee.get(js)),
            Receiver::Draining(draining) => Draining::finish(js, draining.get(js)),
        }
    }

    /// Answers that the stream is broken.
    pub fn error<'s>(self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) {
        match self.receiver {
            Receiver::Promise(resolver) => {
                resolver.get(js).reject(js, reason);
            }
            Receiver::Collector(collector) => Collector::error(js, collector.get(js), reason),
            Receiver::Pump(pump) => Pump::error(js, pump.get(js), reason),
            Receiver::Tee(tee) => Tee::error(js, tee.get(js), reason),
            Receiver::Draining(draining) => Draining::error(js, draining.get(js), reason),
        }
    }
}

/// The function that every read's promise goes through, an extension of the isolate.
struct Unwrap(Global<Function>);

/// The promise that the guest gets for a read. What answers the read runs no guest code: a result has
/// the guest's `Object.prototype`, where a `then` could be, so it travels in an object without one.
pub fn promise_of<'s>(
    js: &mut Lock<'s, '_>,
    resolver: Local<'s, PromiseResolver>,
) -> Result<Local<'s, Promise>> {
    let unwrap = match js.extension::<Unwrap>() {
        Some(unwrap) => Local::new(js, &unwrap.0),
        None => {
            let unwrap = jsg::promise::function(js, "", |js, args| {
                let wrapped = Local::<Object>::try_from(args.get(0))
                    .map_err(|_| Error::Internal("a read without its result".into()))?;
                let key = jsg::intern(js, "value");
                wrapped.get(js, key.into()).ok_or(Error::Pending)
            });
            let kept = Unwrap(Global::new(js, unwrap));
            js.set_extension(std::rc::Rc::new(kept));
            unwrap
        }
    };
    let promise = resolver.get_promise(js);
    promise.then(js, unwrap).ok_or(Error::Pending)
}

fn fulfil<'s>(
    js: &mut Lock<'s, '_>,
    resolver: Local<'s, PromiseResolver>,
    result: Local<'s, Object>,
) {
    let nothing = jsg::js::null(js).into();
    let key = jsg::intern(js, "value");
    let wrapped =
        Object::with_prototype_and_properties(js, nothing, &[key.into()], &[result.into()]);
    resolver.resolve(js, wrapped.into());
}

fn read_result<'s>(
    js: &mut Lock<'s, '_>,
    value: Local<'s, Value>,
    done: bool,
) -> Local<'s, Object> {
    static RESULT: Shape<2> = Shape::new(["value", "done"]);
    let done = jsg::js::Boolean::new(js, done);
    RESULT.object(js, [value, done.into()])
}
