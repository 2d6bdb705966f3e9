//! The Web File System API (File System, WHATWG): handles on what is in the Worker's file system.
//!
//! F1. A handle is a path; what is there is looked up anew by each call.
//! F2. A writable stream collects in a file of its own, which replaces the real one when the stream is closed. Until
//!     then the path and all directories above it cannot be removed through handles.

mod directory;
mod file;
mod handle;
mod listing;
mod writable;

pub use directory::FileSystemDirectoryHandle;
pub use file::FileSystemFileHandle;
pub use handle::FileSystemHandle;
pub use writable::FileSystemWritableFileStream;

use std::rc::Rc;

use jsg::js::{Local, Promise, Value};
use jsg::{Error, Handle, Lock, LockExt, Result, promise};
use vfs::{FileSystem, Path};

/// `navigator.storage` (Storage §4), of which there is the file system only.
#[jsg::class]
pub struct StorageManager {}

impl StorageManager {
    pub(crate) fn new() -> Self {
        Self {}
    }
}

#[jsg::methods]
impl StorageManager {
    #[jsg(method, captured)]
    fn get_directory<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Result<Local<'s, Promise>> {
        let _ = this;
        current(js)?;
        let root = FileSystemDirectoryHandle::at(js, Path::default(), String::new());
        Ok(promise::resolved(js, root.object().into()))
    }
}

/// The file system of this isolate.
///
/// # Errors
/// It has none.
pub fn current(js: &Lock<'_, '_>) -> Result<Rc<FileSystem>> {
    js.extension()
        .ok_or_else(|| Error::Internal("an isolate without a file system".into()))
}

/// The promise of an operation that is done.
fn settled<'s>(
    js: &mut Lock<'s, '_>,
    result: Result<Local<'s, Value>>,
) -> Result<Local<'s, Promise>> {
    Ok(match result {
        Ok(value) => promise::resolved(js, value),
        Err(error) => promise::rejected_with(js, error),
    })
}

/// As [`settled`], where there is nothing to tell.
fn done<'s>(js: &mut Lock<'s, '_>, result: Result<()>) -> Result<Local<'s, Promise>> {
    let undefined = jsg::js::undefined(js).into();
    settled(js, result.map(|()| undefined))
}

/// A refusal of the file system as a guest sees it.
#[cold]
fn refusal(error: vfs::Error) -> Error {
    use vfs::Error as E;
    let (name, text) = match error {
        E::NotFound => ("NotFoundError", "Not found"),
        E::NotDirectory => ("NotSupportedError", "Not a directory"),
        E::NotEmpty => ("InvalidModificationError", "Directory not empty"),
        E::ReadOnly => ("InvalidStateError", "Read-only file system"),
        E::NotPermitted => ("NotAllowedError", "Operation not permitted"),
        E::NotPermittedOnDirectory => ("NotAllowedError", "Operation not permitted on a directory"),
        E::AlreadyExists => ("InvalidStateError", "File already exists"),
        E::TooManyOpenFiles => (
            "QuotaExceededError",
            "Too many open files, please close some files and try again",
        ),
        E::Failed => ("UnknownError", "File system operation failed"),
        E::InvalidPath => ("TypeMismatchError", "Invalid file path"),
        E::FileTooLarge => (
            "QuotaExceededError",
            "File size limit exceeded, please reduce the file size and try again",
        ),
        E::TooManyLinks => (
            "InvalidStateError",
            "Symbolic link depth exceeded, please check the symbolic links",
        ),
    };
    Error::dom(name, text)
}

#[cold]
fn not_found(text: &'static str) -> Error {
    Error::dom("NotFoundError", text)
}

#[cold]
fn mismatch(text: &'static str) -> Error {
    Error::dom("TypeMismatchError", text)
}
