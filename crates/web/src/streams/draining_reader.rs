//! `ReadableStreamDrainingReader`: takes all that a stream has queued with one read. An aid of tests, behind the flag
//! `expose_draining_reader`.

use std::cell::Cell;

use jsg::js::{Array, BigInt, Boolean, Local, Object, Promise, PromiseResolver, Value};
use jsg::{Error, Handle, JsRef, Lock, Ref, Result};

use super::deferred::{refused, to_guest};
use super::readable::ReadableStream;
use super::reader::ReaderCore;
use super::request::{ReadRequest, Receiver};
use super::rounds::Rounds;

const RELEASED: &str = "This reader has been released";

/// Reads all that is queued.
#[jsg::class]
pub struct ReadableStreamDrainingReader {
    core: ReaderCore,
}

/// The argument of its `read()`.
#[derive(Default, jsg::Dictionary)]
pub struct DrainingReadOptions {
    max_size: Option<f64>,
}

#[jsg::methods]
impl ReadableStreamDrainingReader {
    #[jsg(constructor)]
    fn new<'s>(js: &mut Lock<'s, '_>, stream: Handle<'s, ReadableStream>) -> Result<Self> {
        if stream.get().is_locked() {
            return Err(Error::type_error(
                "Cannot get a reader for a stream that is locked",
            ));
        }
        let core = ReaderCore::over(js, stream)?;
        Ok(Self { core })
    }

    #[jsg(prototype_getter)]
    fn closed<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.core.closed.get(js)
    }

    /// How many bytes are still to come, if that is known.
    #[jsg(prototype_getter)]
    fn expected_length<'s>(&self, js: &mut Lock<'s, '_>) -> Option<Local<'s, BigInt>> {
        let stream = self.core.stream(js).ok()?;
        let length = stream.get().length(js)?;
        Some(BigInt::new_from_u64(js, length))
    }

    #[jsg(method, promise)]
    fn cancel<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        reason: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        let cancelled = match self.core.stream(js) {
            Ok(_) => self.core.cancel(js, reason)?,
            Err(_) => refused(js, RELEASED),
        };
        to_guest(js, cancelled)
    }

    #[jsg(method, promise)]
    fn read<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<DrainingReadOptions>,
    ) -> Result<Local<'s, Promise>> {
        let Ok(stream) = self.core.stream(js) else {
            return Ok(refused(js, RELEASED));
        };
        let limit = options.unwrap_or_default().max_size;
        if limit.is_some_and(|limit| limit.is_nan() || limit <= 0.0) {
            return Ok(refused(js, "options.maxSize must be a positive number"));
        }
        Draining::start(js, stream, limit.unwrap_or(f64::INFINITY))
    }

    #[jsg(method)]
    fn release_lock(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        self.core.release(js)
    }
}

/// One read. JavaScript never sees this class.
#[jsg::class]
pub struct Draining {
    stream: Ref<ReadableStream>,
    resolver: JsRef<PromiseResolver>,
    chunks: JsRef<Array>,
    count: Cell<u32>,
    /// How much more may come.
    room: Cell<f64>,
    /// What the queue held before the current chunk.
    queued: Cell<f64>,
    rounds: Rounds,
}

#[jsg::methods]
impl Draining {}

impl Draining {
    fn start<'s>(
        js: &mut Lock<'s, '_>,
        stream: Handle<'s, ReadableStream>,
        room: f64,
    ) -> Result<Local<'s, Promise>> {
        let resolver = PromiseResolver::new(js).ok_or(Error::Pending)?;
        let chunks = Array::new(js, 0);
        let draining = Self {
            stream: Ref::new(js, stream),
            resolver: JsRef::new(js, resolver),
            chunks: JsRef::new(js, chunks),
            count: Cell::new(0),
            room: Cell::new(room),
            queued: Cell::new(0.0),
            rounds: Rounds::default(),
        };
        let draining = Handle::new(js, draining);
        Self::read(js, draining);
        Ok(resolver.get_promise(js))
    }

    /// Reads while chunks are queued.
    fn read<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        this.get().rounds.run(|| {
            let stream = this.get().stream.get(js);
            this.get()
                .queued
                .set(stream.get().queued(js).unwrap_or(0.0));
            let receiver = Receiver::Draining(Ref::new(js, this));
            ReadableStream::read(js, stream, ReadRequest::new(receiver));
        });
    }

    pub(super) fn chunk<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Local<'s, Value>,
    ) {
        let draining = this.get();
        let (chunks, count) = (draining.chunks.get(js), draining.count.get());
        chunks.set_index(js, count, chunk);
        draining.count.set(count + 1);
        let stream = draining.stream.get(js);
        let left = stream.get().queued(js);
        let taken = draining.queued.get() - left.unwrap_or(0.0);
        draining.room.set(draining.room.get() - taken.max(0.0));
        if left.is_some() && draining.room.get() > 0.0 {
            Self::read(js, this);
        } else {
            Self::finish(js, this);
        }
    }

    /// Answers with what has come.
    pub(super) fn finish<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        let draining = this.get();
        let ended = !draining.stream.get(js).get().is_readable();
        let keys = [jsg::intern(js, "chunks"), jsg::intern(js, "done")].map(Into::into);
        let done = Boolean::new(js, ended);
        let values = [draining.chunks.get(js).into(), done.into()];
        let nothing = jsg::js::null(js).into();
        let result = Object::with_prototype_and_properties(js, nothing, &keys, &values);
        draining.resolver.get(js).resolve(js, result.into());
    }

    pub(super) fn error<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) {
        this.get().resolver.get(js).reject(js, reason);
    }
}
