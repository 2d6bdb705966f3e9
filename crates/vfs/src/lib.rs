//! The file system that a Worker sees: a tree in memory. It knows neither the engine nor the machine's files.
//!
//! `/bundle` holds the Worker's modules and cannot be written; `/tmp` is writable and belongs to one event (the
//! [`Scratch`] that the embedder names); `/dev` has four devices. What is open is in a table of descriptors.
//!
//! V1. A name in a directory is one segment of a path: not empty, no dots alone, no slash.
//! V2. All files of one isolate share a [`Budget`]; no file is larger than [`FILE_LIMIT`].
//! V3. Directories form a tree: none is moved into itself. Links refer by path and hold nothing alive.
//! V4. Nothing here calls back into its caller while a cell is borrowed.
#![forbid(unsafe_code)]

mod descriptors;
mod directory;
mod file;
mod link;
mod path;
mod stdio;
mod system;

pub use descriptors::{Access, OpenFile, Position};
pub use directory::{Directory, Open};
pub use file::{Budget, Device, FILE_LIMIT, File};
pub use link::{Link, Seen};
pub use path::Path;
pub use stdio::{Line, Standard};
pub use system::{FileSystem, Locked, Opening, Scratch, Setup};

use std::cell::OnceCell;
use std::rc::Rc;

/// Why an operation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("not found")]
    NotFound,
    #[error("not a directory")]
    NotDirectory,
    #[error("directory not empty")]
    NotEmpty,
    #[error("read-only")]
    ReadOnly,
    #[error("not permitted")]
    NotPermitted,
    #[error("not permitted on a directory")]
    NotPermittedOnDirectory,
    #[error("already exists")]
    AlreadyExists,
    #[error("too many open files")]
    TooManyOpenFiles,
    #[error("failed")]
    Failed,
    #[error("invalid path")]
    InvalidPath,
    #[error("file too large")]
    FileTooLarge,
    #[error("too many links")]
    TooManyLinks,
}

/// What a name stands for.
#[derive(Debug, Clone)]
pub enum Node {
    File(Rc<File>),
    Directory(Rc<Directory>),
    Link(Rc<Link>),
}

/// The kinds of [`Node`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeType {
    File,
    Directory,
    Link,
}

/// What is known of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    pub kind: NodeType,
    /// In bytes; 0 for all but files.
    pub size: u32,
    /// In nanoseconds since 1970.
    pub modified: i64,
    pub is_writable: bool,
    pub is_device: bool,
}

impl Stat {
    const fn of(kind: NodeType, is_writable: bool) -> Self {
        Self {
            kind,
            size: 0,
            modified: 0,
            is_writable,
            is_device: false,
        }
    }
}

impl Node {
    /// What is known of it; a link is not followed.
    pub fn stat(&self) -> Stat {
        match self {
            Self::File(file) => file.stat(),
            Self::Directory(directory) => directory.stat(),
            Self::Link(link) => link.stat(),
        }
    }

    /// The name that tells it from all others, made when first asked for.
    pub fn id(&self, make: impl FnOnce() -> Box<str>) -> &str {
        match self {
            Self::File(file) => file.id.get(make),
            Self::Directory(directory) => directory.id.get(make),
            Self::Link(link) => link.id.get(make),
        }
    }

    /// Whether both are the same node, not only alike.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(one), Self::File(other)) => Rc::ptr_eq(one, other),
            (Self::Directory(one), Self::Directory(other)) => Rc::ptr_eq(one, other),
            (Self::Link(one), Self::Link(other)) => Rc::ptr_eq(one, other),
            _ => false,
        }
    }
}

/// A node's unique name.
#[derive(Debug, Default)]
struct Id(OnceCell<Box<str>>);

impl Id {
    fn get(&self, make: impl FnOnce() -> Box<str>) -> &str {
        self.0.get_or_init(make)
    }
}

#[cfg(test)]
mod tests;
