//! Asynchronous iteration of a stream (Streams §4.2.5).

use std::cell::RefCell;

use jsg::js::{Local, Object, Promise, Value};
use jsg::promise::{self, React};
use jsg::{Error, Handle, Lock, Ref, Result};

use super::readable::ReadableStream;
use super::reader::ReadableStreamDefaultReader;
use crate::iterator;

/// What `for await` uses.
#[jsg::class]
pub struct ReadableStreamAsyncIterator {
    /// None when the iteration has ended.
    reader: RefCell<Option<Ref<ReadableStreamDefaultReader>>>,
    prevent_cancel: bool,
}

/// The argument of `values()`.
#[derive(jsg::Dictionary)]
pub struct ValuesOptions {
    prevent_cancel: Option<bool>,
}

impl ReadableStreamAsyncIterator {
    pub(super) fn over<'s>(
        js: &mut Lock<'s, '_>,
        stream: Handle<'s, ReadableStream>,
        options: Option<ValuesOptions>,
    ) -> Result<Handle<'s, Self>> {
        let reader = ReadableStreamDefaultReader::over(js, stream)?;
        let reader = Handle::new(js, reader);
        let iterator = Self {
            reader: RefCell::new(Some(Ref::new(js, reader))),
            prevent_cancel: options.and_then(|o| o.prevent_cancel).unwrap_or(false),
        };
        Ok(Handle::new(js, iterator))
    }

    fn take<'s>(&self, js: &Lock<'s, '_>) -> Option<Handle<'s, ReadableStreamDefaultReader>> {
        self.reader.take().map(|reader| reader.get(js))
    }
}

#[jsg::methods]
impl ReadableStreamAsyncIterator {
    #[jsg(define)]
    fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.inherit_async_iterator_prototype();
    }

    #[jsg(method, promise)]
    fn next<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<Local<'s, Promise>> {
        let reader = this.get().reader.borrow().as_ref().map(|r| r.get(js));
        let Some(reader) = reader else {
            let end = iterator::result(js, None);
            return Ok(promise::resolved(js, end.into()));
        };
        let read = reader.get().next(js)?;
        promise::react::<Read, Broken>(js, read, this)
    }

    #[jsg(method, promise, name = "return")]
    fn finish<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        value: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        if let Some(reader) = this.get().take(js) {
            let cancelled = if this.get().prevent_cancel {
                None
            } else {
                Some(reader.get().cancel_with(js, value)?)
            };
            reader.get().release(js)?;
            if let Some(cancelled) = cancelled {
                let value = value.map(|value| jsg::js::Global::new(js, value));
                return promise::then(
                    js,
                    cancelled,
                    move |js, _| {
                        let value = value.map(|value| Local::new(js, value));
                        Ok(done(js, value).into())
                    },
                    |js, reason| Err(Error::value(js, reason)),
                );
            }
        }
        let result = done(js, value);
        Ok(promise::resolved(js, result.into()))
    }

    #[jsg(async_iterator)]
    fn iterate<'s>(this: Handle<'s, Self>) -> Handle<'s, Self> {
        this
    }
}

/// The result that ends an iteration with a value.
fn done<'s>(js: &mut Lock<'s, '_>, value: Option<Local<'s, Value>>) -> Local<'s, Object> {
    let result = iterator::result(js, None);
    if let Some(value) = value {
        let key = jsg::intern(js, "value");
        result.set(js, key.into(), value);
    }
    result
}

/// Turns the result of a read into that of an iterator.
struct Read;
struct Broken;

impl React for Read {
    type Target = ReadableStreamAsyncIterator;
    fn run<'s>(
        js: &mut Lock<'s, '_>,
        target: Handle<'s, Self::Target>,
        value: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        let result = Local::<Object>::try_from(value)
            .map_err(|_| Error::Internal("a read's result is no object".into()))?;
        let (done_key, value_key) = (jsg::intern(js, "done"), jsg::intern(js, "value"));
        let done = result.get(js, done_key.into()).ok_or(Error::Pending)?;
        if done.is_true() {
            if let Some(reader) = target.get().take(js) {
                reader.get().release(js)?;
            }
            return Ok(iterator::result(js, None).into());
        }
        let value = result.get(js, value_key.into()).ok_or(Error::Pending)?;
        Ok(iterator::result(js, Some(value)).into())
    }
}

impl React for Broken {
    type Target = ReadableStreamAsyncIterator;
    fn run<'s>(
        js: &mut Lock<'s, '_>,
        target: Handle<'s, Self::Target>,
        reason: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        if let Some(reader) = target.get().take(js) {
            reader.get().release(js)?;
        }
        Err(Error::value(js, reason))
    }
}
