//! `FileSystemHandle`: what files and directories have in common.

use io::IoContext;
use jsg::js::{Local, Promise};
use jsg::{Error, Handle, Lock, Result, ToJs};
use vfs::{Node, Path};

use super::{current, done, not_found, refusal, settled};

/// A path in the file system, and what was there.
#[jsg::class]
pub struct FileSystemHandle {
    kind: Kind,
    path: jsg::Untraced<Path>, // plain text
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, jsg::Trace)]
pub(super) enum Kind {
    File,
    Directory,
}

/// The argument of `remove()` and `removeEntry()`.
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "RemoveOptions")]
pub(super) struct RemoveOptions {
    pub recursive: Option<bool>,
}

impl FileSystemHandle {
    pub(super) fn new(kind: Kind, path: Path, name: String) -> Self {
        Self {
            kind,
            path: jsg::Untraced(path),
            name,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path.0
    }

    fn unique_id(&self, js: &Lock<'_, '_>) -> Result<String> {
        let node = current(js)?
            .resolve(self.path(), true)
            .map_err(refusal)?
            .ok_or_else(|| not_found("The entry was not found."))?;
        let mut bytes = [0; 16];
        if IoContext::try_current(js).is_none() {
            return Err(Error::error(
                "Cannot generate a unique ID outside of a request",
            ));
        }
        getrandom::fill(&mut bytes).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(node.id(|| uuid(bytes).into()).to_owned())
    }

    fn remove_now(&self, js: &Lock<'_, '_>, recursive: bool) -> Result<()> {
        let system = current(js)?;
        if system.is_locked(self.path()) {
            return Err(Error::dom(
                "NoModificationAllowedError",
                "Cannot remove a handle that is not writable or not a directory.",
            ));
        }
        let missing = || not_found("The entry was not found.");
        let (parent, name) = self.path().split_last().ok_or_else(missing)?;
        match system.resolve(&parent, true).map_err(refusal)? {
            Some(Node::Directory(parent)) => {
                parent.stat_of(name).map_err(refusal)?.ok_or_else(missing)?;
                match parent.remove(name, recursive).map_err(refusal)? {
                    true => Ok(()),
                    false => Err(missing()),
                }
            }
            Some(Node::File(_) | Node::Link(_)) => Err(refusal(vfs::Error::NotDirectory)),
            None => Err(missing()),
        }
    }
}

#[jsg::methods]
impl FileSystemHandle {
    #[jsg(prototype_getter)]
    fn kind(&self) -> &'static str {
        match self.kind {
            Kind::File => "file",
            Kind::Directory => "directory",
        }
    }

    #[jsg(prototype_getter)]
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    #[jsg(method, captured)]
    fn is_same_entry<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        other: Handle<'s, Self>,
    ) -> Result<Local<'s, Promise>> {
        let other = other.get();
        let is_same = self.kind == other.kind && self.path() == other.path();
        let is_same = is_same.to_js(js);
        settled(js, is_same)
    }

    #[jsg(method, captured)]
    fn get_unique_id<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        let id = self.unique_id(js).and_then(|id| id.to_js(js));
        settled(js, id)
    }

    #[jsg(method, captured)]
    fn remove<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<RemoveOptions>,
    ) -> Result<Local<'s, Promise>> {
        let recursive = options.unwrap_or_default().recursive.unwrap_or(false);
        let removed = self.remove_now(js, recursive);
        done(js, removed)
    }
}

/// A version 4 UUID of random bytes.
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
