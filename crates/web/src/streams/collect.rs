//! Reading a stream to its end (Fetch §2.2.4, "fully read").
//!
//! Bytes in memory and native bodies never become JavaScript chunks on the way; a stream that guest
//! code feeds is read by a [`Collector`].

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use jsg::convert::{BufferSource, LONGEST_STRING, body_too_long};
use jsg::js::{Global, Local, Promise, PromiseResolver, Value};
use jsg::promise::Continuation;
use jsg::{Error, Flag, FromJs, Handle, JsRef, Lock, LockExt, Ref, Result, ToJs};

use super::native;
use super::native_sink::{NativeSource, StreamError};
use super::readable::{LOCKED, ReadableStream, Source, State};
use super::request::{ReadRequest, Receiver};
use super::rounds::Rounds;
use crate::file::Blob;
use crate::form_data::FormData;

/// The most bytes that are collected: a Worker's memory is its heap and what lies beside it.
fn limit(js: &Lock<'_, '_>) -> usize {
    js.heap_limit().unwrap_or(usize::MAX)
}

/// What the bytes become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Text,
    Json,
    ArrayBuffer,
    Bytes,
    /// Of this type.
    Blob(String),
    /// From this content type.
    FormData(String),
}

impl Kind {
    /// The value for all the bytes.
    pub fn finish<'s>(self, js: &mut Lock<'s, '_>, bytes: Bytes) -> Result<Local<'s, Value>> {
        match self {
            Self::Text => text(js, &bytes),
            Self::Json => {
                let text = text(js, &bytes)?;
                let text = Local::<jsg::js::String>::try_from(text)
                    .map_err(|_| Error::Internal("text is no string".into()))?;
                jsg::js::json::parse(js, text).ok_or(Error::Pending)
            }
            Self::ArrayBuffer => Ok(jsg::convert::array_buffer(js, &bytes)?.into()),
            Self::Bytes => Ok(jsg::convert::uint8_array(js, &bytes)?.into()),
            Self::Blob(kind) => Handle::new(js, Blob::of(bytes, kind)).to_js(js),
            Self::FormData(kind) => FormData::parse(js, &bytes, &kind)?.to_js(js),
        }
    }
}

/// Encoding §6, "UTF-8 decode".
fn text<'s>(js: &mut Lock<'s, '_>, bytes: &[u8]) -> Result<Local<'s, Value>> {
    let bytes = if js.flag(Flag::StripBomInReadAllText) {
        bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
    } else {
        bytes
    };
    if bytes.len() > LONGEST_STRING && least_code_units(bytes) > LONGEST_STRING {
        return Err(body_too_long());
    }
    String::from_utf8_lossy(bytes).to_js(js)
}

/// How many code units these bytes become as UTF-8, at the least: one for each byte that does not
/// continue a sequence.
fn least_code_units(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// Settles at once.
pub fn ready<'s>(js: &mut Lock<'s, '_>, kind: Kind, bytes: Bytes) -> Local<'s, Promise> {
    match jsg::promise::try_catch(js, |js| kind.finish(js, bytes)) {
        Ok(value) => jsg::promise::resolved(js, value),
        Err(reason) => jsg::promise::rejected(js, reason),
    }
}

/// Reads a native body to its end.
pub fn collect_body<'s>(js: &mut Lock<'s, '_>, kind: Kind, body: net::Body) -> Local<'s, Promise> {
    let body = match body.into_bytes() {
        Ok(bytes) => return ready(js, kind, bytes),
        Err(body) => body,
    };
    let limit = limit(js);
    let bytes = async move { body.collect(limit).await.map_err(native::body_error) };
    jsg::promise::from_future_with(js, bytes, move |js, bytes: Bytes| kind.finish(js, bytes))
}

/// Reads another native source to its end.
fn collect_source<'s>(
    js: &mut Lock<'s, '_>,
    kind: Kind,
    source: Box<dyn NativeSource>,
) -> Result<Local<'s, Promise>> {
    if !source.waits_for_guest() {
        return Ok(collect_body(js, kind, source.into_body()));
    }
    let resolver = jsg::promise::resolver(js);
    let promise = resolver.get_promise(js);
    let resolver = Global::new(js, resolver);
    let limit = limit(js);
    let task = async move {
        let result = read_all(source, limit).await;
        let finish: Continuation = Box::new(move |js| {
            let resolver = Local::new(js, resolver);
            let value = match result {
                Ok(bytes) => jsg::promise::try_catch(js, |js| kind.finish(js, bytes.into())),
                Err(error) => Err(native::body_exception(js, error)),
            };
            match value {
                Ok(value) => resolver.resolve(js, value),
                Err(reason) => resolver.reject(js, reason),
            };
        });
        finish
    };
    native::spawn(js, true, task)?;
    Ok(promise)
}

async fn read_all(mut source: Box<dyn NativeSource>, limit: usize) -> Result<Vec<u8>, StreamError> {
    let mut all = Vec::new();
    while let Some(chunk) = std::future::poll_fn(|cx| source.poll_read(cx, usize::MAX)).await {
        all.extend_from_slice(&chunk?);
        if all.len() > limit {
            return Err(StreamError::TooLarge { limit });
        }
    }
    Ok(all)
}

/// See [`ReadableStream::collect`].
pub fn collect<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, ReadableStream>,
    kind: Kind,
) -> Result<Local<'s, Promise>> {
    let stream = this.get();
    if stream.is_locked() {
        return Err(Error::type_error(LOCKED));
    }
    stream.check_owner(js)?;
    stream.lock_native()?;
    stream.set_disturbed();
    if let State::Errored(reason) = &*stream.state.borrow() {
        return Err(Error::value(js, reason.get(js)));
    }
    if matches!(
        *stream.source.borrow(),
        Source::Default(_) | Source::Byte(_)
    ) {
        return Collector::start(js, this, kind);
    }
    let source = stream.source.replace(Source::Gone);
    ReadableStream::close(js, this);
    if let Source::Memory(memory) = source {
        let bytes = memory.get(js)?.clone();
        return Ok(ready(js, kind, bytes));
    }
    match native::take(js, source)? {
        None => Ok(ready(js, kind, Bytes::new())),
        Some(source) => collect_source(js, kind, source),
    }
}

/// Gathers what guest code enqueues. JavaScript never sees this class.
#[jsg::class]
pub struct Collector {
    stream: Ref<ReadableStream>,
    resolver: JsRef<PromiseResolver>,
    data: jsg::Untraced<RefCell<Vec<u8>>>, // plain bytes
    kind: jsg::Untraced<Kind>,             // plain text
    /// Up to which length the bytes may be a string.
    check_at: Cell<usize>,
    rounds: Rounds,
}

#[jsg::methods]
impl Collector {}

impl Collector {
    fn start<'s>(
        js: &mut Lock<'s, '_>,
        stream: Handle<'s, ReadableStream>,
        kind: Kind,
    ) -> Result<Local<'s, Promise>> {
        let resolver = PromiseResolver::new(js).ok_or(Error::Pending)?;
        let collector = Self {
            stream: Ref::new(js, stream),
            resolver: JsRef::new(js, resolver),
            data: jsg::Untraced(RefCell::default()),
            kind: jsg::Untraced(kind),
            check_at: Cell::new(LONGEST_STRING),
            rounds: Rounds::default(),
        };
        let collector = Handle::new(js, collector);
        Self::read(js, collector);
        Ok(resolver.get_promise(js))
    }

    /// Reads while chunks are there.
    fn read<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        this.get().rounds.run(|| {
            let stream = this.get().stream.get(js);
            let receiver = Receiver::Collector(Ref::new(js, this));
            ReadableStream::read(js, stream, ReadRequest::new(receiver));
        });
    }

    pub(super) fn chunk<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Local<'s, Value>,
    ) {
        match BufferSource::try_from_js(js, chunk) {
            Ok(Some(bytes)) => Self::bytes(js, this, &bytes.to_vec()),
            _ => {
                let error = Error::type_error("This ReadableStream did not return bytes.");
                Self::give_up(js, this, error);
            }
        }
    }

    pub(super) fn bytes<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, bytes: &[u8]) {
        let limit = limit(js);
        let too_much = {
            let collector = this.get();
            let mut data = collector.data.borrow_mut();
            if data.len() + bytes.len() > limit {
                Some(Error::type_error("Memory limit exceeded before EOF."))
            } else {
                data.extend_from_slice(bytes);
                collector.refuse_text(&data).err()
            }
        };
        if let Some(error) = too_much {
            return Self::give_up(js, this, error);
        }
        Self::read(js, this);
    }

    pub(super) fn close<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) {
        let data = std::mem::take(&mut *this.get().data.borrow_mut());
        let kind = this.get().kind.0.clone();
        let resolver = this.get().resolver.get(js);
        match jsg::promise::try_catch(js, |js| kind.finish(js, data.into())) {
            Ok(value) => resolver.resolve(js, value),
            Err(reason) => resolver.reject(js, reason),
        };
    }

    pub(super) fn error<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) {
        let resolver = this.get().resolver.get(js);
        resolver.reject(js, reason);
    }

    /// Fails as soon as the bytes can be no string any more, rather than when all of them are here.
    fn refuse_text(&self, data: &[u8]) -> Result<()> {
        if data.len() <= self.check_at.get() || !matches!(self.kind.0, Kind::Text | Kind::Json) {
            return Ok(());
        }
        // A further byte is at most one code unit: until as many have come, counting is in vain.
        match LONGEST_STRING.checked_sub(least_code_units(data)) {
            Some(left) => self.check_at.set(data.len() + left),
            None => return Err(body_too_long()),
        }
        Ok(())
    }

    fn give_up<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, error: Error) {
        let reason = jsg::promise::exception_of(js, error);
        this.get().data.take();
        Self::error(js, this, reason);
        let stream = this.get().stream.get(js);
        if let Ok(cancelled) = ReadableStream::cancel_stream(js, stream, reason) {
            jsg::promise::mark_handled(cancelled);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::least_code_units;

    #[test]
    fn counts_code_units_from_below() {
        for text in ["", "abc", "ä€", "😀a"] {
            let units = text.encode_utf16().count();
            let least = least_code_units(text.as_bytes());
            assert!(least <= units && least * 2 >= units, "{text}: {least}");
        }
        assert_eq!(least_code_units(b"\x80\x80"), 0);
    }
}
