//! Who has the right to read a stream: a reader, a pipe, its branches, or a consumer in Rust.

use jsg::js::{Local, PromiseResolver, Value};
use jsg::{Error, Handle, JsRef, Lock, Ref, Result};

use super::{LOCKED, RELEASED, ReadableStream, Source};
use crate::streams::deferred::Shown;
use crate::streams::tee::Tee;

/// Who has the right to read.
#[derive(jsg::Trace)]
pub(super) enum Locked {
    Free,
    /// A reader; its `closed` promise is settled through this.
    Reader(JsRef<PromiseResolver>),
    /// A consumer in Rust, for good.
    Native,
    Pipe,
    /// Its branches, for good.
    Tee(Ref<Tee>),
}

impl ReadableStream {
    /// Takes the lock for a consumer in Rust.
    pub(in crate::streams) fn lock_native(&self) -> Result<()> {
        if self.is_locked() {
            return Err(Error::type_error(LOCKED));
        }
        self.lock.replace(Locked::Native);
        Ok(())
    }

    pub(in crate::streams) fn lock_for_tee<'s>(&self, js: &mut Lock<'s, '_>, tee: Handle<'s, Tee>) {
        self.lock.replace(Locked::Tee(Ref::new(js, tee)));
    }

    pub(in crate::streams) fn lock_to_pipe(&self) {
        self.lock.replace(Locked::Pipe);
    }

    /// Ends a pipe's lock; with a reason the stream is cancelled first.
    pub(in crate::streams) fn release_pipe<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Option<Local<'s, Value>>,
    ) {
        let stream = this.get();
        if !matches!(*stream.lock.borrow(), Locked::Pipe) {
            return;
        }
        if let Some(reason) = reason
            && let Ok(cancelled) = Self::cancel_stream(js, this, reason)
            && stream.is_native()
        {
            // A native stream that has ended has nobody to tell.
            jsg::promise::mark_handled(cancelled);
        }
        if matches!(*stream.lock.borrow(), Locked::Pipe) {
            stream.lock.replace(Locked::Free);
        }
    }

    /// Streams §4.9.2, ReadableStreamReaderGenericInitialize. Gives the `closed` promise.
    pub(in crate::streams) fn lock_to_reader<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Shown> {
        if self.is_locked() {
            return Err(Error::type_error(LOCKED));
        }
        let resolver = PromiseResolver::new(js).ok_or(Error::Pending)?;
        let promise = resolver.get_promise(js);
        jsg::promise::mark_handled(promise);
        match self.ended(js) {
            None => {}
            Some(Ok(())) => {
                let undefined = jsg::js::undefined(js);
                resolver.resolve(js, undefined.into());
            }
            Some(Err(reason)) => {
                resolver.reject(js, reason);
            }
        }
        self.lock.replace(Locked::Reader(JsRef::new(js, resolver)));
        Ok(Shown::new(js, promise))
    }

    /// Streams §4.9.2, ReadableStreamReaderGenericRelease.
    pub(in crate::streams) fn release_reader<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Result<()> {
        let stream = this.get();
        let internal = matches!(
            *stream.source.borrow(),
            Source::Memory(_) | Source::Io(_) | Source::Gone
        );
        if internal && !stream.requests.borrow().is_empty() {
            return Err(Error::type_error(
                "Cannot call releaseLock() on a reader with outstanding read promises.",
            ));
        }
        let lock = stream.lock.replace(Locked::Free);
        let reason = jsg::promise::exception_of(js, Error::type_error(RELEASED));
        Self::fail_requests(js, this, reason);
        if let Locked::Reader(resolver) = lock {
            let resolver = resolver.get(js);
            // Without effect when the stream has ended: the promise is settled then.
            resolver.reject(js, reason);
        }
        Ok(())
    }

    pub(super) fn closed_resolver<'s>(
        &self,
        js: &Lock<'s, '_>,
    ) -> Option<Local<'s, PromiseResolver>> {
        match &*self.lock.borrow() {
            Locked::Reader(resolver) => Some(resolver.get(js)),
            _ => None,
        }
    }
}
