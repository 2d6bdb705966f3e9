//! `ReadableStreamDefaultReader` and `ReadableStreamBYOBReader` (Streams §4.4, §4.5).

use std::cell::RefCell;

use io::Owner;
use jsg::js::{ArrayBufferView, Local, Promise, PromiseResolver, Value};
use jsg::{Error, Flag, Handle, JsRef, Lock, LockExt, Ref, Result, ToJs};

use super::byte_controller::transfer;
use super::deferred::{Shown, refused, to_guest};
use super::readable::{RELEASED, ReadableStream};
use super::request::{ReadRequest, Receiver, Target, promise_of};
use super::view::ViewKind;

/// What both readers have.
#[derive(jsg::Trace)]
pub(super) struct ReaderCore {
    /// None when the lock has been released.
    stream: RefCell<Option<Ref<ReadableStream>>>,
    pub(super) closed: Shown,
    owner: jsg::Untraced<Owner>, // a number
}

/// What a reader of a native stream has of its event, as guests are told of it.
const CANCELER: &str = "Canceler";

/// Reads chunk by chunk.
#[jsg::class]
pub struct ReadableStreamDefaultReader {
    core: ReaderCore,
}

/// Reads into buffers that it is given.
#[jsg::class]
pub struct ReadableStreamBYOBReader {
    core: ReaderCore,
}

/// Either reader.
pub enum Reader<'s> {
    Default(Handle<'s, ReadableStreamDefaultReader>),
    Byob(Handle<'s, ReadableStreamBYOBReader>),
}

impl<'s> ToJs<'s> for Reader<'s> {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        match self {
            Self::Default(reader) => reader.to_js(js),
            Self::Byob(reader) => reader.to_js(js),
        }
    }
}

/// The argument of `getReader()`.
#[derive(jsg::Dictionary)]
pub struct GetReaderOptions {
    mode: Option<String>,
}

/// The second argument of a BYOB reader's `read()`.
#[derive(jsg::Dictionary)]
pub struct ReadableStreamBYOBReaderReadOptions {
    min: Option<i32>,
}

impl<'s> Reader<'s> {
    /// A reader that holds the stream's lock.
    pub fn acquire(
        js: &mut Lock<'s, '_>,
        stream: Handle<'s, ReadableStream>,
        options: Option<GetReaderOptions>,
    ) -> Result<Self> {
        if stream.get().is_locked() {
            return Err(Error::type_error(super::readable::LOCKED));
        }
        match options.and_then(|options| options.mode).as_deref() {
            None => {
                let reader = ReadableStreamDefaultReader::over(js, stream)?;
                Ok(Self::Default(Handle::new(js, reader)))
            }
            Some("byob") => {
                let reader = ReadableStreamBYOBReader::over(js, stream)?;
                Ok(Self::Byob(Handle::new(js, reader)))
            }
            Some(_) => Err(Error::type_error(
                "mode must be undefined or 'byob' in call to getReader().",
            )),
        }
    }
}

impl ReaderCore {
    pub(super) fn over<'s>(
        js: &mut Lock<'s, '_>,
        stream: Handle<'s, ReadableStream>,
    ) -> Result<Self> {
        let closed = stream.get().lock_to_reader(js)?;
        Ok(Self {
            stream: RefCell::new(Some(Ref::new(js, stream))),
            closed,
            owner: jsg::Untraced(Owner::current(js)),
        })
    }

    pub(super) fn stream<'s>(&self, js: &Lock<'s, '_>) -> Result<Handle<'s, ReadableStream>> {
        match &*self.stream.borrow() {
            Some(stream) => Ok(stream.get(js)),
            None => Err(Error::type_error(RELEASED)),
        }
    }

    fn read<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        target: Option<Target>,
    ) -> Result<Local<'s, Promise>> {
        let Ok(stream) = self.stream(js) else {
            return Ok(refused(js, RELEASED));
        };
        let resolver = PromiseResolver::new(js).ok_or(Error::Pending)?;
        let receiver = Receiver::Promise(JsRef::new(js, resolver));
        let request = match target {
            Some(target) => ReadRequest::with_buffer(receiver, target),
            None => ReadRequest::new(receiver),
        };
        let promise = promise_of(js, resolver)?;
        ReadableStream::read(js, stream, request);
        Ok(promise)
    }

    /// Readers of native streams serve the event that they were made for.
    fn check_owner<'s>(&self, js: &Lock<'s, '_>, stream: Handle<'s, ReadableStream>) -> Result<()> {
        if stream.get().is_native() && stream.get().is_readable() {
            self.owner.check(js, CANCELER)?;
        }
        Ok(())
    }

    pub(super) fn cancel<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        reason: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        let Ok(stream) = self.stream(js) else {
            return Ok(refused(js, RELEASED));
        };
        self.check_owner(js, stream)?;
        stream.get().check_owner(js)?;
        let reason = reason.unwrap_or_else(|| jsg::js::undefined(js).into());
        ReadableStream::cancel_stream(js, stream, reason)
    }

    pub(super) fn release(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        if let Ok(stream) = self.stream(js) {
            self.check_owner(js, stream)?;
            ReadableStream::release_reader(js, stream)?;
            self.stream.replace(None);
        }
        Ok(())
    }
}

impl ReadableStreamDefaultReader {
    pub(super) fn over<'s>(
        js: &mut Lock<'s, '_>,
        stream: Handle<'s, ReadableStream>,
    ) -> Result<Self> {
        let core = ReaderCore::over(js, stream)?;
        Ok(Self { core })
    }

    pub(super) fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.core.read(js, None)
    }

    pub(super) fn cancel_with<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        reason: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        self.core.cancel(js, reason)
    }

    pub(super) fn release(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        self.core.release(js)
    }
}

#[jsg::methods]
impl ReadableStreamDefaultReader {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new<'s>(js: &mut Lock<'s, '_>, stream: Handle<'s, ReadableStream>) -> Result<Self> {
        Self::over(js, stream)
    }

    #[jsg(getter)]
    fn closed<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.core.closed.get(js)
    }

    #[jsg(method, promise)]
    fn cancel<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        reason: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        let cancelled = self.core.cancel(js, reason)?;
        to_guest(js, cancelled)
    }

    #[jsg(method, promise)]
    fn read<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.core.read(js, None)
    }

    #[jsg(method)]
    fn release_lock(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        self.core.release(js)
    }
}

impl ReadableStreamBYOBReader {
    fn over<'s>(js: &mut Lock<'s, '_>, stream: Handle<'s, ReadableStream>) -> Result<Self> {
        if stream.get().is_locked() {
            return Err(Error::type_error(super::readable::LOCKED));
        }
        if stream.get().is_readable() && !stream.get().is_byte_oriented() {
            return Err(Error::type_error(
                "This ReadableStream does not support BYOB reads.",
            ));
        }
        let core = ReaderCore::over(js, stream)?;
        Ok(Self { core })
    }

    /// `min` counts elements of the view.
    fn read_into<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        view: Local<'s, ArrayBufferView>,
        min: i32,
        detach: bool,
    ) -> Result<Local<'s, Promise>> {
        let Ok(stream) = self.core.stream(js) else {
            return Ok(refused(js, RELEASED));
        };
        let length = view.byte_length();
        let kind = ViewKind::of(view);
        if length == 0 {
            let text = "You must call read() on a \"byob\" reader with a positive-sized TypedArray object.";
            return Ok(refused(js, text));
        }
        if min <= 0 {
            let text = format!("Requested invalid minimum number of bytes to read ({min}).");
            return Ok(refused(js, text));
        }
        let min = min as usize * kind.element_size();
        if min > length {
            let text = format!("Minimum bytes to read ({min}) exceeds size of buffer ({length}).");
            return Ok(refused(js, text));
        }
        let offset = view.byte_offset();
        let buffer = view.buffer(js).ok_or(Error::Pending)?;
        let guest_fed = stream.get().byte_controller(js).is_some();
        let buffer = if detach || guest_fed {
            transfer(js, buffer)?
        } else {
            buffer
        };
        let target = Target {
            buffer: JsRef::new(js, buffer),
            offset,
            length,
            min,
            at_least: min,
            kind: jsg::Untraced(kind),
        };
        self.core.read(js, Some(target))
    }
}

#[jsg::methods]
impl ReadableStreamBYOBReader {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new<'s>(js: &mut Lock<'s, '_>, stream: Handle<'s, ReadableStream>) -> Result<Self> {
        Self::over(js, stream)
    }

    #[jsg(getter)]
    fn closed<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.core.closed.get(js)
    }

    #[jsg(method, promise)]
    fn cancel<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        reason: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        let cancelled = self.core.cancel(js, reason)?;
        to_guest(js, cancelled)
    }

    #[jsg(method, promise)]
    fn read<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        view: Local<'s, ArrayBufferView>,
        options: Option<ReadableStreamBYOBReaderReadOptions>,
    ) -> Result<Local<'s, Promise>> {
        let min = options.and_then(|options| options.min).unwrap_or(1);
        let detach = js.flag(Flag::StreamsByobReaderDetachesBuffer);
        self.read_into(js, view, min, detach)
    }

    #[jsg(method)]
    fn release_lock(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        self.core.release(js)
    }

    #[jsg(method, promise)]
    fn read_at_least<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        min_elements: i32,
        view: Local<'s, ArrayBufferView>,
    ) -> Result<Local<'s, Promise>> {
        self.read_into(js, view, min_elements, true)
    }
}
