//! `FileSystemFileHandle`.

use bytes::Bytes;
use jsg::js::{Local, Promise, Value};
use jsg::{Handle, Lock, Result};
use vfs::{Node, Path};

use super::handle::{FileSystemHandle, Kind};
use super::writable::FileSystemWritableFileStream;
use super::{current, mismatch, not_found, refusal, settled};
use crate::file::File;

/// A file's path.
#[jsg::class(extends = FileSystemHandle)]
pub struct FileSystemFileHandle {
    parent: FileSystemHandle,
}

/// The argument of `createWritable()`.
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "FileSystemCreateWritableOptions")]
struct WritableOptions {
    keep_existing_data: Option<bool>,
}

impl FileSystemFileHandle {
    pub(super) fn at<'s>(js: &mut Lock<'s, '_>, path: Path, name: String) -> Handle<'s, Self> {
        let parent = FileSystemHandle::new(Kind::File, path, name);
        Handle::new(js, Self { parent })
    }

    fn file<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        let node = current(js)?
            .resolve(self.parent.path(), true)
            .map_err(refusal)?;
        let file = match node {
            Some(Node::File(file)) => file,
            Some(Node::Directory(_)) => return Err(mismatch("Is a directory")),
            Some(Node::Link(_)) => return Err(mismatch("Is a symbolic link")),
            None => return Err(not_found("Not found")),
        };
        let bytes = file.with_bytes(Bytes::copy_from_slice);
        // Whole milliseconds are exact far beyond any date.
        let modified = (file.stat().modified / 1_000_000) as f64;
        let name = self.parent.name().to_owned();
        let file = File::modified_at(bytes, name, String::new(), modified);
        Ok(Handle::new(js, file).object().into())
    }

    fn writable<'s>(&self, js: &mut Lock<'s, '_>, keep: bool) -> Result<Local<'s, Value>> {
        let system = current(js)?;
        let node = system
            .resolve(self.parent.path(), true)
            .map_err(refusal)?
            .ok_or_else(|| not_found("File not found"))?;
        let budget = system.budget();
        let content = match node {
            _ if !keep => vfs::File::writable(budget),
            Node::File(file) => file.duplicate(budget).map_err(refusal)?,
            Node::Directory(_) => return Err(mismatch("Is a directory")),
            Node::Link(_) => return Err(mismatch("Is a symbolic link")),
        };
        let path = self.parent.path().clone();
        let stream = FileSystemWritableFileStream::into_file(js, system, path, content)?;
        Ok(stream.object().into())
    }
}

#[jsg::methods]
impl FileSystemFileHandle {
    #[jsg(method, captured)]
    fn get_file<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        let file = self.file(js);
        settled(js, file)
    }

    #[jsg(method, captured)]
    fn create_writable<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<WritableOptions>,
    ) -> Result<Local<'s, Promise>> {
        let keep = options.unwrap_or_default().keep_existing_data;
        let stream = self.writable(js, keep.unwrap_or(false));
        settled(js, stream)
    }
}
