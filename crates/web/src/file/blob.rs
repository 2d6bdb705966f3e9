//! `Blob` (File API §3).

use bytes::Bytes;
use jsg::clone::{Cloneable, Reader, Writer, data_clone_error};
use jsg::convert::ByteView;
use jsg::js::{Local, Object, Promise, Value};
use jsg::{Error, Flag, Handle, Lock, LockExt, Result, ToJs, Untraced};

use crate::streams::ReadableStream;
use crate::streams::collect::{self, Kind};
use crate::streams::memory::Memory;

/// The most bytes that a blob holds.
pub const LIMIT: usize = 128 << 20;

/// Bytes and their type.
#[jsg::class]
pub struct Blob {
    data: Untraced<Bytes>, // plain bytes
    kind: String,
}

/// A part of a blob that is made.
#[derive(jsg::Union)]
pub enum Part<'s> {
    Buffer(ByteView<'s>),
    Text(String),
    Blob(Handle<'s, Blob>),
}

/// `BlobPropertyBag`.
#[derive(jsg::Dictionary)]
#[jsg(name = "Options")]
struct Options<'s> {
    #[jsg(name = "type")]
    kind: Option<String>,
    endings: Option<Local<'s, Value>>,
}

/// Parts to bytes (§3.1, "process blob parts").
pub(super) fn concat(js: &mut Lock<'_, '_>, parts: &[Part<'_>]) -> Result<Bytes> {
    if let [Part::Blob(blob)] = parts {
        return Ok(blob.get().data.0.clone());
    }
    let mut size = 0;
    for part in parts {
        let length = match part {
            Part::Buffer(source) => {
                refuse_resizable(js, source)?;
                source.byte_length()
            }
            Part::Text(text) => text.len(),
            Part::Blob(blob) => blob.get().data.len(),
        };
        size += length;
        if size > LIMIT {
            return Err(Error::range_error(format!(
                "Blob size {size} exceeds limit {LIMIT}"
            )));
        }
    }
    let mut all = Vec::with_capacity(size);
    for part in parts {
        match part {
            Part::Buffer(source) => source.with_bytes(js, |bytes| all.extend_from_slice(bytes)),
            Part::Text(text) => all.extend_from_slice(text.as_bytes()),
            Part::Blob(blob) => all.extend_from_slice(&blob.get().data),
        }
    }
    Ok(all.into())
}

fn refuse_resizable(js: &Lock<'_, '_>, source: &ByteView<'_>) -> Result<()> {
    if js.flag(Flag::NoResizableArrayBufferInBlob) && source.is_resizable(js) {
        return Err(Error::type_error(
            "Cannot create a Blob with a resizable ArrayBuffer",
        ));
    }
    Ok(())
}

/// A type in lower case; none with control characters or anything beyond ASCII.
pub(super) fn normalized(kind: Option<String>) -> String {
    let mut kind = kind.unwrap_or_default();
    if kind.bytes().any(|byte| !(0x20..0x80).contains(&byte)) {
        return String::new();
    }
    kind.make_ascii_lowercase();
    kind
}

/// `endings` is known, to be refused.
pub(super) fn refuse_endings(endings: Option<Local<'_, Value>>) -> Result<()> {
    match endings {
        None => Ok(()),
        Some(_) => Err(Error::error(
            "The 'endings' field on 'Options' is not implemented.",
        )),
    }
}

impl Blob {
    /// A blob of a type that is taken as it is.
    pub fn of(data: Bytes, kind: String) -> Self {
        Self {
            data: Untraced(data),
            kind,
        }
    }

    /// Its content.
    pub fn data(&self) -> &Bytes {
        &self.data
    }
}

#[jsg::methods]
impl Blob {
    #[jsg(constructor)]
    fn new<'s>(
        js: &mut Lock<'s, '_>,
        parts: Option<Vec<Part<'s>>>,
        options: Option<Options<'s>>,
    ) -> Result<Self> {
        let mut kind = String::new();
        if let Some(options) = options {
            refuse_endings(options.endings)?;
            kind = normalized(options.kind);
        }
        let data = concat(js, &parts.unwrap_or_default())?;
        Ok(Self::of(data, kind))
    }

    #[jsg(getter)]
    fn size(&self) -> u32 {
        // At most `LIMIT`.
        self.data.len() as u32
    }

    #[jsg(getter, name = "type")]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    #[jsg(method)]
    fn slice<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        start: Option<i32>,
        end: Option<i32>,
        kind: Option<String>,
    ) -> Handle<'s, Self> {
        let size = self.data.len();
        // A negative position counts from the end.
        let place = |position: i32| match usize::try_from(position) {
            Ok(position) => position.min(size),
            Err(_) => size.saturating_sub(position.unsigned_abs() as usize),
        };
        let start = start.map_or(0, place);
        let end = end.map_or(size, place).max(start);
        let part = Self::of(self.data.slice(start..end), normalized(kind));
        Handle::new(js, part)
    }

    #[jsg(method, promise)]
    fn array_buffer<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Promise> {
        self.settled(js, Kind::ArrayBuffer)
    }

    #[jsg(method, promise)]
    fn bytes<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Promise> {
        self.settled(js, Kind::Bytes)
    }

    #[jsg(method, promise)]
    fn text<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        let text = String::from_utf8_lossy(&self.data).to_js(js)?;
        Ok(jsg::promise::resolved(js, text))
    }

    #[jsg(method)]
    fn stream<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Handle<'s, ReadableStream>> {
        io::IoContext::current(js)?;
        let memory = Memory::new(js, self.data.0.clone());
        Ok(Handle::new(js, ReadableStream::from_memory(memory)))
    }
}

impl Blob {
    fn settled<'s>(&self, js: &mut Lock<'s, '_>, kind: Kind) -> Local<'s, Promise> {
        collect::ready(js, kind, self.data.0.clone())
    }
}

/// A blob is written as its type and its bytes.
impl Cloneable for Blob {
    const TAG: u32 = 15;

    fn write<'s>(_: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        let blob = this.get();
        to.string(&blob.kind);
        to.bytes(&blob.data);
        Ok(())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        let kind = normalized(Some(from.string()?));
        let data = Bytes::from(from.bytes()?);
        if data.len() > LIMIT {
            let size = data.len();
            return Err(data_clone_error(format!(
                "Deserialization failed: Blob size exceeds limit ({size})"
            )));
        }
        Ok(Handle::new(js, Self::of(data, kind)).object())
    }
}
