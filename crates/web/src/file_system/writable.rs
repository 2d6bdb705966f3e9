//! `FileSystemWritableFileStream`: a writable stream into a file, with a place in it (F2).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use jsg::convert::{ByteView, Nullable};
use jsg::js::{Local, Promise, Value};
use jsg::{Error, FromJs, Handle, Lock, Result, Untraced};
use vfs::{FileSystem, Locked, Node, NodeType, Path};

use super::{done, mismatch, refusal};
use crate::file::Blob;
use crate::streams::WritableStream;
use crate::streams::sink::ChunkSink;

/// A stream that replaces a file when it is closed.
#[jsg::class(extends = WritableStream)]
pub struct FileSystemWritableFileStream {
    parent: WritableStream,
    writing: Untraced<Rc<Writing>>, // holds no JavaScript
}

/// What has been written until now.
struct Writing {
    system: Rc<FileSystem>,
    path: Path,
    /// None when the stream has ended.
    content: RefCell<Option<Rc<vfs::File>>>,
    lock: RefCell<Option<Locked>>,
    position: Cell<u32>,
}

/// What can be written.
#[derive(jsg::Union)]
enum Data<'s> {
    Blob(Handle<'s, Blob>),
    Buffer(ByteView<'s>),
    Text(String),
    Command(WriteParams<'s>),
}

/// The bytes that a command writes.
#[derive(jsg::Union)]
enum Chunk<'s> {
    Blob(Handle<'s, Blob>),
    Buffer(ByteView<'s>),
    Text(String),
}

/// `WriteParams`.
#[derive(jsg::Dictionary)]
#[jsg(name = "WriteParams")]
struct WriteParams<'s> {
    #[jsg(name = "type")]
    kind: String,
    size: Option<u32>,
    position: Option<u32>,
    data: Option<Nullable<Chunk<'s>>>,
}

impl Chunk<'_> {
    fn with_bytes<R>(&self, js: &mut Lock<'_, '_>, read: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Blob(blob) => read(blob.get().data()),
            Self::Buffer(buffer) => buffer.with_bytes(js, read),
            Self::Text(text) => read(text.as_bytes()),
        }
    }
}

const CLOSED: &str = "write() after closed";
const WITHOUT_DATA: &str = "write() requires a non-null data parameter";

/// The name of [`WriteParams`] in the real one's text.
const MANGLED: &str = "N7workerd3api25FileSystemFileWriteParamsE";

#[cold]
fn syntax(text: &'static str) -> Error {
    Error::dom("SyntaxError", text)
}

impl Writing {
    fn content(&self, closed: &'static str) -> Result<Rc<vfs::File>> {
        let content = self.content.borrow().clone();
        content.ok_or_else(|| Error::type_error(closed))
    }

    fn end(&self) {
        self.content.replace(None);
        self.lock.replace(None);
        self.position.set(0);
    }

    fn put(&self, js: &mut Lock<'_, '_>, at: u32, chunk: &Chunk<'_>) -> Result<()> {
        let content = self.content(CLOSED)?;
        let written = chunk.with_bytes(js, |bytes| content.write(at as usize, bytes));
        let written = written.map_err(refusal)?;
        self.position
            .set(at + u32::try_from(written).unwrap_or(u32::MAX));
        Ok(())
    }

    fn write<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<()> {
        if value.is_null_or_undefined() {
            return Err(jsg::convert::no_dictionary(MANGLED));
        }
        let data = match Data::try_from_js(js, value)? {
            Some(data) => data,
            None => {
                let text = "WritableStream received a value that is not writable";
                return Err(Error::type_error(text));
            }
        };
        self.content(CLOSED)?;
        let chunk = match data {
            Data::Blob(blob) => Chunk::Blob(blob),
            Data::Buffer(buffer) => Chunk::Buffer(buffer),
            Data::Text(text) => Chunk::Text(text),
            Data::Command(command) => return self.obey(js, command),
        };
        self.put(js, self.position.get(), &chunk)
    }

    fn obey(&self, js: &mut Lock<'_, '_>, command: WriteParams<'_>) -> Result<()> {
        let mut at = self.position.get();
        if let Some(position) = command.position {
            let content = self.content(CLOSED)?;
            if position > content.stat().size {
                content.resize(at as usize).map_err(refusal)?;
            }
            at = position;
        }
        match &*command.kind {
            "write" => match command.data {
                Some(Nullable(Some(chunk))) => self.put(js, at, &chunk),
                Some(Nullable(None)) => Err(Error::type_error(WITHOUT_DATA)),
                None => Err(syntax(WITHOUT_DATA)),
            },
            "seek" => {
                let position = command.position;
                self.seek(position.ok_or_else(|| syntax("seek() requires a position parameter"))?)
            }
            "truncate" => {
                let size = command.size;
                self.truncate(size.ok_or_else(|| syntax("truncate() requires a size parameter"))?)
            }
            kind => Err(Error::type_error(format!("Invalid write type: {kind}"))),
        }
    }

    fn seek(&self, position: u32) -> Result<()> {
        let content = self.content("seek() after closed")?;
        if position > content.stat().size {
            content.resize(position as usize).map_err(refusal)?;
        }
        self.position.set(position);
        Ok(())
    }

    fn truncate(&self, size: u32) -> Result<()> {
        let content = self.content("truncate() after closed")?;
        content.resize(size as usize).map_err(refusal)?;
        self.position.set(self.position.get().min(size));
        Ok(())
    }

    /// Puts what was written in the place of the file.
    fn commit(&self) -> Result<()> {
        let Some(content) = self.content.borrow().clone() else {
            return Ok(());
        };
        let node = self.system.resolve_or_create(&self.path, NodeType::File);
        match node.map_err(refusal)? {
            Some(Node::File(file)) => file.replace(&content).map_err(refusal),
            Some(Node::Directory(_)) => Err(mismatch("Is a directory")),
            Some(Node::Link(_)) => Err(mismatch("Is a symbolic link")),
            None => Err(Error::dom(
                "InvalidStateError",
                "Failed to open or create file",
            )),
        }
    }
}

/// The end of the stream.
struct Sink(Rc<Writing>);

impl jsg::Trace for Sink {
    fn trace(&self, _: &mut jsg::Visitor) {}
}

impl ChunkSink for Sink {
    fn write<'s>(&self, js: &mut Lock<'s, '_>, chunk: Local<'s, Value>) -> Result<()> {
        self.0.write(js, chunk)
    }

    fn close(&self, _: &mut Lock<'_, '_>) -> Result<()> {
        let result = self.0.commit();
        self.0.end();
        result
    }

    fn abort<'s>(&self, _: &mut Lock<'s, '_>, _: Local<'s, Value>) -> Result<()> {
        self.0.end();
        Ok(())
    }
}

impl FileSystemWritableFileStream {
    /// A stream into `content`, which replaces what is at `path` in the end.
    pub(super) fn into_file<'s>(
        js: &mut Lock<'s, '_>,
        system: Rc<FileSystem>,
        path: Path,
        content: Rc<vfs::File>,
    ) -> Result<Handle<'s, Self>> {
        let lock = system.lock(path.clone());
        let writing = Rc::new(Writing {
            system,
            path,
            content: RefCell::new(Some(content)),
            lock: RefCell::new(Some(lock)),
            position: Cell::new(0),
        });
        let stream = Self {
            parent: WritableStream::without_sink(js),
            writing: Untraced(writing.clone()),
        };
        let stream = Handle::new(js, stream);
        WritableStream::drain_into(js, stream.upcast(js), Rc::new(Sink(writing)))?;
        Ok(stream)
    }
}

#[jsg::methods]
impl FileSystemWritableFileStream {
    /// Writes at once, past the stream's queue.
    #[jsg(method, captured)]
    fn write<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        data: Local<'s, Value>,
    ) -> Result<Local<'s, Promise>> {
        if self.parent.is_locked() {
            let text = "Cannot write to a stream that is locked to a reader";
            return Err(Error::type_error(text));
        }
        let written = self.writing.0.write(js, data);
        done(js, written)
    }

    #[jsg(method, captured)]
    fn seek<'s>(&self, js: &mut Lock<'s, '_>, position: u32) -> Result<Local<'s, Promise>> {
        let moved = self.writing.0.seek(position);
        done(js, moved)
    }

    #[jsg(method, captured)]
    fn truncate<'s>(&self, js: &mut Lock<'s, '_>, size: u32) -> Result<Local<'s, Promise>> {
        let cut = self.writing.0.truncate(size);
        done(js, cut)
    }
}
