//! `crypto.DigestStream`: a writable stream whose bytes are hashed.
//!
//! 1. The promise `digest` is settled once: when the stream is closed, aborted or disposed of.
//! 2. The stream's controller holds the sink, which holds the stream; the collector sees both.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crypto::crc::Crc;
use crypto::digest::by_name;
use crypto::params::Hash;
use evp::digest::Hasher;
use jsg::convert::{ByteView, array_buffer};
use jsg::js::{Local, Promise, PromiseResolver, Value};
use jsg::{Call, Error, FromJs, Handle, JsRef, Lock, Ref, Result, Trace, Untraced, promise};
use web::streams::WritableStream;
use web::streams::sink::ChunkSink;

/// A stream into a hash function or checksum.
#[jsg::class(extends = WritableStream)]
pub struct DigestStream {
    digest: JsRef<Promise>,
    state: RefCell<State>,
    bytes_written: Cell<u64>,
    parent: WritableStream,
}

#[derive(Trace)]
enum State {
    Ready {
        hash: Untraced<Context>, // plain data
        resolver: JsRef<PromiseResolver>,
    },
    Closed,
    Errored(JsRef<Value>),
}

/// What takes the bytes.
enum Context {
    Hash(Hasher),
    Checksum(Crc),
}

impl Context {
    fn by_name(name: &str) -> Result<Self> {
        if let Some(crc) = Crc::by_name(name) {
            return Ok(Self::Checksum(crc));
        }
        let digest = by_name(name)?;
        Hasher::new(digest).map(Self::Hash).map_err(refused)
    }

    fn update(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Hash(hasher) => hasher.update(bytes).map_err(refused),
            Self::Checksum(crc) => {
                crc.update(bytes);
                Ok(())
            }
        }
    }

    fn finish(self) -> Result<Vec<u8>> {
        match self {
            Self::Hash(hasher) => hasher.finish().map_err(refused),
            Self::Checksum(crc) => Ok(crc.finish()),
        }
    }
}

#[cold]
fn refused(reason: evp::Refused) -> Error {
    Error::Internal(format!("hashing: {reason}"))
}

/// The end of the stream, as its controller sees it.
#[derive(Trace)]
struct Sink(Ref<DigestStream>);

impl ChunkSink for Sink {
    fn write<'s>(&self, js: &mut Lock<'s, '_>, chunk: Local<'s, Value>) -> Result<()> {
        self.0.get(js).get().write(js, chunk)
    }

    fn close(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        self.0.get(js).get().finish(js)
    }

    fn abort<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) -> Result<()> {
        self.0.get(js).get().fail(js, reason);
        Ok(())
    }
}

impl DigestStream {
    fn write<'s>(&self, js: &mut Lock<'s, '_>, chunk: Local<'s, Value>) -> Result<()> {
        if chunk.is_array_buffer() || chunk.is_array_buffer_view() {
            let view = ByteView::from_js(js, chunk)?;
            view.with_bytes(js, |bytes| self.take(bytes))
        } else if chunk.is_string() {
            let text = String::from_js(js, chunk)?;
            self.take(text.as_bytes())
        } else {
            Err(Error::type_error(
                "DigestStream is a byte stream but received an object of non-ArrayBuffer/ArrayBufferView/string type \
                 on its writable side.",
            ))
        }
        .map_err(|error| match &*self.state.borrow() {
            State::Errored(reason) => Error::value(js, reason.get(js)),
            _ => error,
        })
    }

    fn take(&self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        match &mut *self.state.borrow_mut() {
            State::Ready { hash, .. } => hash.0.update(bytes)?,
            State::Closed => {}
            // Whoever calls knows the reason.
            State::Errored(_) => return Err(Error::Internal("the stream has failed".into())),
        }
        self.bytes_written
            .set(self.bytes_written.get() + bytes.len() as u64);
        Ok(())
    }

    fn finish(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        match self.state.replace(State::Closed) {
            State::Ready { hash, resolver } => {
                let resolver = resolver.get(js);
                let digest = hash.0.finish()?;
                let digest = array_buffer(js, &digest)?;
                resolver.resolve(js, digest.into());
                Ok(())
            }
            State::Closed => Ok(()),
            State::Errored(reason) => {
                let error = Error::value(js, reason.get(js));
                self.state.replace(State::Errored(reason));
                Err(error)
            }
        }
    }

    /// Fails what has not ended yet.
    fn fail<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) {
        let resolver = match &*self.state.borrow() {
            State::Ready { resolver, .. } => resolver.get(js),
            _ => return,
        };
        let kept = JsRef::new(js, reason);
        self.state.replace(State::Errored(kept));
        resolver.reject(js, reason);
    }
}

#[jsg::methods]
impl DigestStream {
    #[jsg(constructor, length = 2)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
        algorithm: Hash,
    ) -> Result<Handle<'s, Self>> {
        let hash = Context::by_name(&algorithm.0.name.0)?;
        let resolver = promise::resolver(js);
        let digest = resolver.get_promise(js);
        let stream = Self {
            digest: JsRef::new(js, digest),
            state: RefCell::new(State::Ready {
                hash: Untraced(hash),
                resolver: JsRef::new(js, resolver),
            }),
            bytes_written: Cell::new(0),
            parent: WritableStream::without_sink(js),
        };
        let stream = call.attach(js, stream);
        let sink = Rc::new(Sink(Ref::new(js, stream)));
        WritableStream::drain_into(js, stream.upcast(js), sink)?;
        Ok(stream)
    }

    #[jsg(getter)]
    fn digest<'s>(&self, js: &Lock<'s, '_>) -> Local<'s, Promise> {
        self.digest.get(js)
    }

    #[jsg(prototype_getter)]
    fn bytes_written(&self) -> u64 {
        self.bytes_written.get()
    }

    #[jsg(dispose)]
    fn dispose(&self, js: &mut Lock<'_, '_>) {
        let error = Error::type_error("The DigestStream was disposed.");
        let reason = promise::exception_of(js, error);
        self.fail(js, reason);
    }
}
