//! What guest code sees of a [`ReadableStream`] (Streams §4.2.4).

use jsg::js::{Local, Object, Promise, Value};
use jsg::{Error, Flag, Handle, Lock, LockExt, Result};

use super::async_iterator::{ReadableStreamAsyncIterator, ValuesOptions};
use super::deferred::{refused, to_guest};
use super::pipe::{self, Caller, PipeToOptions};
use super::readable::{LOCKED, ReadableStream, Source, State};
use super::reader::{GetReaderOptions, Reader};
use super::source::{QueuingStrategy, UnderlyingSource};
use super::writable::{self, WritableStream};
use super::{controller, iterable};

/// Whether guest code may make streams at all. Those that the real workerd has in TypeScript are the
/// standard's, whatever the other flags say.
pub(super) fn has_constructors(js: &Lock<'_, '_>) -> bool {
    js.flag(Flag::StreamsEnableConstructors) || js.flag(Flag::TypescriptImplementedStreams)
}

/// Refuses where [`has_constructors`] says no.
pub(super) fn require_constructors(js: &Lock<'_, '_>) -> Result<()> {
    if has_constructors(js) {
        return Ok(());
    }
    Err(Error::error(
        "To use the new ReadableStream() constructor, enable the streams_enable_constructors compatibility flag. \
         Refer to the docs for more information: \
         https://developers.cloudflare.com/workers/platform/compatibility-dates/#compatibility-flags",
    ))
}

/// An object that may turn out to be iterable, or a string, which is.
struct AsyncGenerator<'s>(Local<'s, Object>);

impl<'s> jsg::FromJs<'s> for AsyncGenerator<'s> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        "AsyncGenerator".into()
    }
    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if value.is_string() {
            return value
                .to_object(js)
                .map(Self)
                .map(Some)
                .ok_or(Error::Pending);
        }
        Ok(Local::<Object>::try_from(value).ok().map(Self))
    }
    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_object() || value.is_string()
    }
}

/// `ReadableWritablePair`.
#[derive(jsg::Dictionary)]
struct Transform<'s> {
    readable: Handle<'s, ReadableStream>,
    writable: Handle<'s, WritableStream>,
}

#[jsg::methods]
impl ReadableStream {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        call: &jsg::Call<'s>,
        source: Option<UnderlyingSource<'s>>,
        strategy: Option<QueuingStrategy<'s>>,
    ) -> Result<Handle<'s, Self>> {
        require_constructors(js)?;
        let stream = call.attach(js, Self::with_source(Source::Gone));
        let (source, strategy) = (source.unwrap_or_default(), strategy.unwrap_or_default());
        stream
            .get()
            .set_expected_length(source.members.expected_length);
        controller::set_up(js, stream, source, strategy)?;
        Ok(stream)
    }

    #[jsg(static_method)]
    fn from<'s>(js: &mut Lock<'s, '_>, source: AsyncGenerator<'s>) -> Result<Handle<'s, Self>> {
        iterable::from(js, source.0)?.ok_or_else(|| {
            Error::type_error(
                "Failed to execute 'from' on 'ReadableStream': parameter 1 is not of type 'AsyncGenerator'.",
            )
        })
    }

    #[jsg(getter)]
    fn locked(&self) -> bool {
        self.is_locked()
    }

    #[jsg(method, promise)]
    fn cancel<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        if this.get().is_locked() {
            let cancelled = refused(js, LOCKED);
            return to_guest(js, cancelled);
        }
        this.get().check_owner(js)?;
        let reason = reason.unwrap_or_else(|| jsg::js::undefined(js).into());
        let cancelled = Self::cancel_stream(js, this, reason)?;
        to_guest(js, cancelled)
    }

    #[jsg(method)]
    fn get_reader<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        options: Option<GetReaderOptions>,
    ) -> Result<Reader<'s>> {
        Reader::acquire(js, this, options)
    }

    #[jsg(method)]
    fn pipe_through<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        transform: Transform<'s>,
        options: Option<PipeToOptions<'s>>,
    ) -> Result<Handle<'s, Self>> {
        if this.get().is_locked() {
            return Err(Error::type_error(LOCKED));
        }
        if transform.writable.get().is_locked() {
            return Err(Error::type_error(writable::LOCKED));
        }
        let options = options.unwrap_or_default();
        pipe::pipe(js, this, transform.writable, options, Caller::PipeThrough)?;
        Ok(transform.readable)
    }

    #[jsg(method, promise)]
    fn pipe_to<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        destination: Handle<'s, WritableStream>,
        options: Option<PipeToOptions<'s>>,
    ) -> Result<Local<'s, Promise>> {
        let options = options.unwrap_or_default();
        let piped = Self::pipe_into(js, this, destination, options)?;
        to_guest(js, piped)
    }

    #[jsg(method)]
    fn tee<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<Vec<Handle<'s, Self>>> {
        Ok(Self::tee_stream(js, this)?.into())
    }

    #[jsg(method)]
    fn values<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        options: Option<ValuesOptions>,
    ) -> Result<Handle<'s, ReadableStreamAsyncIterator>> {
        ReadableStreamAsyncIterator::over(js, this, options)
    }

    #[jsg(inspect_getter)]
    fn state(&self) -> &'static str {
        match *self.state.borrow() {
            State::Readable => "readable",
            State::Closed => "closed",
            State::Errored(_) => "errored",
        }
    }

    #[jsg(inspect_getter, name = "supportsBYOB")]
    fn supports_byob(&self) -> bool {
        self.is_byte_oriented()
    }

    #[jsg(inspect_getter, name = "length")]
    fn inspect_length(&self, js: &mut Lock<'_, '_>) -> Option<u64> {
        self.length(js)
    }

    #[jsg(async_iterator)]
    fn iterate<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        options: Option<ValuesOptions>,
    ) -> Result<Handle<'s, ReadableStreamAsyncIterator>> {
        ReadableStreamAsyncIterator::over(js, this, options)
    }
}
