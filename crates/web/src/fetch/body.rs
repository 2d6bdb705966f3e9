//! `Body` (Fetch §5.3): a mixin in the standard, the parent class of both messages here.
//!
//! A body is known bytes or an untouched native body until JavaScript asks for the stream; consuming
//! it whole, sending it on and cloning it need no stream.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use io::{IoContext, IoOwn};
use jsg::convert::BufferSource;
use jsg::js::{Local, Object, Promise, Value};
use jsg::{Error, Flag, FromJs, Handle, Lock, LockExt, Nullable, Ref, Result};

use super::header_list::HeaderList;
use super::request::Request;
use super::response::Response;
use crate::file::Blob;
use crate::form_data::FormData;
use crate::mime::MimeType;
use crate::streams::ReadableStream;
use crate::streams::collect::{self, Kind};
use crate::streams::iterable;
use crate::streams::memory::{Memory, SOURCE};
use crate::streams::pump::Consumer;
use crate::url::{LegacyUrlSearchParams, UrlSearchParams};

/// What JavaScript sees as the parent of `Request` and `Response`, under the name `Body`.
#[jsg::class(name = "Body")]
pub struct MessageBody {
    content: RefCell<Content>,
    /// Whether it was consumed without its stream.
    used: Cell<bool>,
}

/// See the module's documentation.
#[derive(jsg::Trace)]
pub enum Content {
    Null,
    Bytes(jsg::Untraced<Memory>), // plain bytes
    Native(IoOwn<NativeBody>),
    Stream(Ref<ReadableStream>),
}

/// An untouched native body.
pub type NativeBody = Cell<Option<net::Body>>;

/// What a `BodyInit` comes to (Fetch §5.2, "extract").
pub struct Extracted {
    pub content: Content,
    pub content_type: Option<Cow<'static, str>>,
}

const USED: &str = "Body has already been used. It can only be used once. Use tee() first if you need to read it twice.";

/// Fetch §5.2, "extract a body".
pub fn extract<'s>(js: &mut Lock<'s, '_>, init: Local<'s, Value>) -> Result<Extracted> {
    let extracted = content_of(js, init)?;
    // Bytes are a stream of the event's; only streams of guest code exist without one.
    if matches!(extracted.content, Content::Bytes(_)) {
        IoContext::current(js)?;
    }
    Ok(extracted)
}

fn content_of<'s>(js: &mut Lock<'s, '_>, init: Local<'s, Value>) -> Result<Extracted> {
    let untyped = |content| Extracted {
        content,
        content_type: None,
    };
    if init.is_string() {
        return text(js, init);
    }
    if let Some(stream) = Handle::<ReadableStream>::from_value(js, init) {
        if stream.get().is_disturbed() {
            return Err(Error::type_error(
                "This ReadableStream is disturbed (has already been read from), and cannot be used as a body.",
            ));
        }
        if stream.get().is_locked() {
            return Err(Error::type_error(
                "This ReadableStream is locked to a reader, and cannot be used as a body.",
            ));
        }
        return Ok(untyped(Content::Stream(Ref::new(js, stream))));
    }
    if let Some(blob) = Handle::<Blob>::from_value(js, init) {
        let blob = blob.get();
        let kind = blob.kind();
        return Ok(Extracted {
            content: Content::of_bytes(js, blob.data().clone()),
            content_type: (!kind.is_empty()).then(|| kind.to_owned().into()),
        });
    }
    if let Some(form) = Handle::<FormData>::from_value(js, init) {
        let (bytes, content_type) = form.get().serialize(js)?;
        return Ok(Extracted {
            content: Content::of_bytes(js, bytes),
            content_type: Some(content_type.into()),
        });
    }
    if let Some(source) = BufferSource::try_from_js(js, init)? {
        return Ok(untyped(Content::of_bytes(js, source.to_vec())));
    }
    let params = match Handle::<UrlSearchParams>::from_value(js, init) {
        Some(params) => Some(params.get().serialized()),
        None => Handle::<LegacyUrlSearchParams>::from_value(js, init)
            .map(|params| params.get().serialized()),
    };
    if let Some(params) = params {
        return Ok(Extracted {
            content: Content::of_bytes(js, params),
            content_type: Some("application/x-www-form-urlencoded;charset=UTF-8".into()),
        });
    }
    if js.flag(Flag::FetchIterableTypeSupport)
        && let Ok(object) = Local::<Object>::try_from(init)
        && let Some(stream) = iterable::from_body(js, object)?
    {
        return Ok(untyped(Content::Stream(Ref::new(js, stream))));
    }
    text(js, init)
}

fn text<'s>(js: &mut Lock<'s, '_>, init: Local<'s, Value>) -> Result<Extracted> {
    let text = String::from_js(js, init)?;
    Ok(Extracted {
        content: Content::of_bytes(js, text),
        content_type: Some("text/plain;charset=UTF-8".into()),
    })
}

impl Content {
    /// Bytes of the current event.
    pub fn of_bytes(js: &Lock<'_, '_>, bytes: impl Into<Bytes>) -> Self {
        Self::Bytes(jsg::Untraced(Memory::new(js, bytes)))
    }

    /// A native body as content.
    pub fn from_native(js: &Lock<'_, '_>, body: net::Body) -> Result<Self> {
        if body.is_empty() {
            return Ok(Self::of_bytes(js, Bytes::new()));
        }
        let body = Cell::new(Some(body));
        Ok(Self::Native(IoContext::current(js)?.own(SOURCE, body)))
    }

    /// How many bytes it has, if it is known without reading.
    pub fn known_length(&self) -> Option<usize> {
        match self {
            Self::Null => Some(0),
            Self::Bytes(memory) => Some(memory.length()),
            Self::Native(_) | Self::Stream(_) => None,
        }
    }
}

impl MessageBody {
    pub fn new(content: Content) -> Self {
        Self {
            content: RefCell::new(content),
            used: Cell::new(false),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(*self.content.borrow(), Content::Null)
    }

    /// Whether it has been read from (Fetch §5.3, `bodyUsed`).
    pub fn is_used(&self, js: &Lock<'_, '_>) -> bool {
        match &*self.content.borrow() {
            Content::Stream(stream) => stream.get(js).get().is_disturbed(),
            _ => self.used.get(),
        }
    }

    /// The stream, made now if nobody has asked for it before.
    pub fn stream<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Option<Handle<'s, ReadableStream>>> {
        let stream = match &*self.content.borrow() {
            Content::Null => return Ok(None),
            Content::Stream(stream) => return Ok(Some(stream.get(js))),
            _ if self.used.get() => ReadableStream::consumed(),
            Content::Bytes(memory) => ReadableStream::from_memory(memory.0.clone()),
            Content::Native(body) => match body.get(js) {
                Ok(body) => ReadableStream::from_body(js, body.take().unwrap_or_default())?,
                // The body stays with its event.
                Err(_) => {
                    let foreign = Memory::foreign(body.owner());
                    let stream = ReadableStream::from_memory(foreign);
                    return Ok(Some(Handle::new(js, stream)));
                }
            },
        };
        let stream = Handle::new(js, stream);
        let kept = Ref::new(js, stream);
        self.content.replace(Content::Stream(kept));
        Ok(Some(stream))
    }

    /// Reads everything (Fetch §5.3, "consume body").
    pub fn consume<'s>(&self, js: &mut Lock<'s, '_>, kind: Kind) -> Result<Local<'s, Promise>> {
        if self.is_used(js) {
            return Err(Error::type_error(USED));
        }
        let stream = match &*self.content.borrow() {
            Content::Null => return Ok(collect::ready(js, kind, Bytes::new())),
            Content::Stream(stream) => stream.get(js),
            Content::Bytes(memory) => {
                let bytes = memory.get(js)?.clone();
                self.used.set(true);
                return Ok(collect::ready(js, kind, bytes));
            }
            Content::Native(body) => {
                let body = body.get(js)?.take().unwrap_or_default();
                self.used.set(true);
                return Ok(collect::collect_body(js, kind, body));
            }
        };
        ReadableStream::collect(js, stream, kind)
    }

    /// The body for the HTTP layer; it is used up by it.
    pub fn send(&self, js: &mut Lock<'_, '_>) -> Result<net::Body> {
        self.send_to(js, Consumer::Http)
    }

    fn send_to(&self, js: &mut Lock<'_, '_>, consumer: Consumer) -> Result<net::Body> {
        if self.is_used(js) {
            return Err(Error::type_error(USED));
        }
        let stream = match &*self.content.borrow() {
            Content::Null => return Ok(net::Body::empty()),
            Content::Stream(stream) => stream.get(js),
            Content::Bytes(memory) => {
                let bytes = memory.get(js)?.clone();
                self.used.set(true);
                return Ok(net::Body::from(bytes));
            }
            Content::Native(body) => {
                let body = body.get(js)?.take().unwrap_or_default();
                body.leave();
                self.used.set(true);
                return Ok(body);
            }
        };
        ReadableStream::into_body_for(js, stream, consumer)
    }

    /// As [`send`](Self::send), for a response: one whose stream has failed already has a head all the same.
    pub fn answer(&self, js: &mut Lock<'_, '_>) -> Result<net::Body> {
        let failed = match &*self.content.borrow() {
            Content::Stream(stream) => ReadableStream::failed_body(js, stream.get(js)),
            _ => None,
        };
        failed.map_or_else(|| self.send_to(js, Consumer::Response), Ok)
    }

    /// The bytes, if they can be sent any number of times.
    pub fn rewindable(&self, js: &Lock<'_, '_>) -> Option<Bytes> {
        match &*self.content.borrow() {
            Content::Null => Some(Bytes::new()),
            Content::Bytes(memory) => memory.get(js).ok().cloned(),
            Content::Stream(stream) => stream.get(js).get().known_bytes(js),
            Content::Native(_) => None,
        }
    }

    /// Fetch §2.2.4, "clone a body".
    pub fn duplicate(&self, js: &mut Lock<'_, '_>) -> Result<Content> {
        if self.used.get() {
            return Err(Error::type_error(
                "This ReadableStream is currently locked to a reader,",
            ));
        }
        let stream = match &*self.content.borrow() {
            Content::Null => return Ok(Content::Null),
            Content::Bytes(memory) => {
                return Ok(Content::of_bytes(js, memory.get(js)?.clone()));
            }
            Content::Stream(stream) => Some(stream.get(js)),
            Content::Native(_) => None,
        };
        let stream = match stream {
            Some(stream) => stream,
            None => self.stream(js)?.ok_or(Error::Pending)?,
        };
        let branches = ReadableStream::tee_stream(js, stream)?;
        let [own, other] = branches.map(|branch| Content::Stream(Ref::new(js, branch)));
        self.content.replace(own);
        Ok(other)
    }

    /// Moves the content to another message; this one is used up.
    pub fn detach(&self, js: &mut Lock<'_, '_>) -> Result<Content> {
        let stream = match &*self.content.borrow() {
            Content::Null => return Ok(Content::Null),
            Content::Bytes(memory) => {
                self.used.set(true);
                return Ok(Content::Bytes(jsg::Untraced(memory.0.clone())));
            }
            Content::Native(body) => {
                let body = body.get(js)?.take().unwrap_or_default();
                self.used.set(true);
                return Content::from_native(js, body);
            }
            Content::Stream(stream) => stream.get(js),
        };
        let moved = ReadableStream::detach(js, stream)?;
        Ok(Content::Stream(Ref::new(js, moved)))
    }
}

#[jsg::methods]
impl MessageBody {
    #[jsg(getter)]
    fn body<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Nullable<Handle<'s, ReadableStream>>> {
        self.stream(js).map(Nullable)
    }

    #[jsg(getter)]
    fn body_used(&self, js: &mut Lock<'_, '_>) -> bool {
        self.is_used(js)
    }

    #[jsg(method, promise)]
    fn array_buffer<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.consume(js, Kind::ArrayBuffer)
    }

    #[jsg(method, promise)]
    fn bytes<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.consume(js, Kind::Bytes)
    }

    #[jsg(method, promise)]
    fn text<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        warn_of_binary(js, this);
        this.consume(js, Kind::Text)
    }

    #[jsg(method, promise)]
    fn json<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        warn_of_binary(js, this);
        this.consume(js, Kind::Json)
    }

    #[jsg(method, promise)]
    fn form_data<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        if this.is_used(js) {
            return Err(Error::type_error(USED));
        }
        let Some(content_type) = content_type_of(js, this) else {
            return Err(Error::type_error(
                "Parsing a Body as FormData requires a Content-Type header.",
            ));
        };
        this.consume(js, Kind::FormData(content_type))
    }

    #[jsg(method, promise)]
    fn blob<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        let mut kind = content_type_of(js, this).unwrap_or_default();
        if js.flag(Flag::BlobStandardMimeType) {
            kind = MimeType::extract(&kind).map_or_else(String::new, |kind| kind.to_string());
        }
        this.consume(js, Kind::Blob(kind))
    }
}

/// The content type of the message that has this body.
fn content_type_of<'s>(js: &Lock<'s, '_>, body: Handle<'s, MessageBody>) -> Option<String> {
    let message = body.object();
    let joined = |list: &mut HeaderList| list.joined(&CONTENT_TYPE);
    if let Some(response) = Handle::<Response>::from_object(js, message) {
        return response.get().header_slot().with(js, joined);
    }
    let request = Handle::<Request>::from_object(js, message)?;
    request.get().header_slot().with(js, joined)
}

/// Tells the author of the Worker when bytes that are no text are about to be read as text.
fn warn_of_binary<'s>(js: &mut Lock<'s, '_>, body: Handle<'s, MessageBody>) {
    if matches!(&*body.content.borrow(), Content::Null) || body.is_used(js) {
        return;
    }
    if let Some(content_type) = content_type_of(js, body).filter(|name| !is_textual(name)) {
        crate::console::hint(
            js,
            &format!(
                "Called .text() on an HTTP body which does not appear to be text. The body's Content-Type is \
                 \"{content_type}\". The result will probably be corrupted. Consider checking the Content-Type header \
                 before interpreting entities as text."
            ),
        );
    }
}

/// Whether a media type is one of text (MIME Sniffing §4.6, "XML", "JSON" and "JavaScript MIME type").
fn is_textual(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let Some((kind, subtype)) = essence.split_once('/') else {
        return false;
    };
    let subtype = subtype.to_ascii_lowercase();
    kind.eq_ignore_ascii_case("text")
        || subtype.ends_with("+json")
        || subtype.ends_with("+xml")
        || (kind.eq_ignore_ascii_case("application")
            && ["json", "xml", "javascript", "x-javascript"].contains(&subtype.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_by_their_media_types() {
        for name in [
            "text/x",
            "TEXT/plain",
            "application/JSON; charset=latin1",
            "image/svg+xml",
            "application/ld+json",
            "application/javascript",
        ] {
            assert!(is_textual(name), "{name}");
        }
        for name in [
            "",
            "text",
            "image/json",
            "application/x-ndjson",
            "image/png; charset=utf-8",
        ] {
            assert!(!is_textual(name), "{name}");
        }
    }
}
