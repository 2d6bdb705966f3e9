//! `FileSystemDirectoryHandle`.

use std::rc::Rc;

use jsg::js::{Function, Local, Promise, Value};
use jsg::{Error, Extends, Handle, Lock, Result};
use vfs::{Directory, FileSystem, Node, NodeType, Open, Path, Seen};

use super::file::FileSystemFileHandle;
use super::handle::{FileSystemHandle, Kind, RemoveOptions};
use super::listing::{self, EntryIterator, KeyIterator, ValueIterator};
use super::{current, done, mismatch, not_found, refusal, settled};

/// A directory's path.
#[jsg::class(extends = FileSystemHandle)]
pub struct FileSystemDirectoryHandle {
    parent: FileSystemHandle,
}

/// The argument of `getFileHandle()` and `getDirectoryHandle()`.
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "FileSystemGetFileOptions")]
struct GetOptions {
    create: Option<bool>,
}

impl FileSystemDirectoryHandle {
    pub(super) fn at<'s>(js: &mut Lock<'s, '_>, path: Path, name: String) -> Handle<'s, Self> {
        let parent = FileSystemHandle::new(Kind::Directory, path, name);
        Handle::new(js, Self { parent })
    }

    /// The directory that is there now.
    fn directory(&self, system: &FileSystem, missing: &'static str) -> Result<Rc<Directory>> {
        match system.resolve(self.parent.path(), true).map_err(refusal)? {
            Some(Node::Directory(directory)) => Ok(directory),
            Some(Node::File(_) | Node::Link(_)) => Err(mismatch("Not a directory")),
            None => Err(not_found(missing)),
        }
    }

    /// The path of `name` below this directory: as a relative URL names it.
    fn child(&self, name: &str) -> Option<Path> {
        let is_valid = !matches!(name, "" | "." | "..") && !name.contains(['/', '\\']);
        if !is_valid {
            return None;
        }
        let directory = self.parent.path();
        let base = match directory.parts() {
            [] => "/".to_owned(),
            _ => format!("{directory}/"),
        };
        let path = Path::of(&crate::url::file_path(name, &base)?);
        let (parent, _) = path.split_last()?;
        (parent == *directory).then_some(path)
    }

    /// What is there under `name`, and its path.
    fn get(
        &self,
        js: &Lock<'_, '_>,
        name: &str,
        create: Option<NodeType>,
    ) -> Result<(Path, Option<Node>)> {
        let is_file = create.is_none_or(|kind| kind == NodeType::File);
        let path = self.child(name).ok_or_else(|| {
            Error::type_error(if is_file {
                "Invalid file name"
            } else {
                "Invalid directory name"
            })
        })?;
        let directory = self.directory(&*current(js)?, "Directory not found")?;
        let how = Open {
            create,
            follow: true,
        };
        let below = path.parts().last().map(|name| Path::default().join(name));
        let node = directory.open(&below.unwrap_or_default(), how);
        Ok((path, node.map_err(refusal)?))
    }

    fn file_handle<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        create: bool,
    ) -> Result<Local<'s, Value>> {
        let (path, node) = self.get(js, &name, create.then_some(NodeType::File))?;
        match node {
            Some(Node::File(_)) => Ok(FileSystemFileHandle::at(js, path, name).object().into()),
            Some(Node::Directory(_)) => Err(mismatch("File name is a directory")),
            Some(Node::Link(_)) => Err(mismatch("Not a file")),
            None => Err(not_found("Not found")),
        }
    }

    fn directory_handle<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        create: bool,
    ) -> Result<Local<'s, Value>> {
        if self.child(&name).is_none() {
            return Err(Error::type_error("Invalid directory name"));
        }
        let (path, node) = self.get(js, &name, create.then_some(NodeType::Directory))?;
        match node {
            Some(Node::Directory(_)) => Ok(Self::at(js, path, name).object().into()),
            Some(Node::File(_)) => Err(mismatch("File name is a file")),
            Some(Node::Link(_)) => Err(mismatch("Not a directory")),
            None => Err(not_found("Directory not opened or created")),
        }
    }

    fn remove_now(&self, js: &Lock<'_, '_>, name: &str, recursive: bool) -> Result<()> {
        let path = self
            .child(name)
            .ok_or_else(|| Error::type_error("Invalid name"))?;
        let system = current(js)?;
        let directory = self.directory(&system, "Not found")?;
        if system.is_locked(&path) {
            return Err(Error::dom(
                "NoModificationAllowedError",
                "Cannot remove an entry that is currently locked.",
            ));
        }
        let name = path.parts().last().map_or("", |name| name);
        match directory.remove(name, recursive).map_err(refusal)? {
            true => Ok(()),
            false => Err(not_found("File not found")),
        }
    }

    /// Handles on what is in the directory; links count as what they lead to.
    pub(super) fn children<'s>(
        &self,
        js: &mut Lock<'s, '_>,
    ) -> Result<Vec<Handle<'s, FileSystemHandle>>> {
        let directory = self.directory(&*current(js)?, "Not found")?;
        let mut children = Vec::new();
        for (name, node) in directory.entries() {
            let node = match node {
                Node::Link(link) => match link.resolve(&mut Seen::default()) {
                    Ok(node) => node,
                    Err(_) => {
                        let text = "Symbolic link recursion detected";
                        return Err(Error::dom("OperationError", text));
                    }
                },
                node => Some(node),
            };
            let path = self.parent.path().join(&name);
            match node {
                Some(Node::File(_)) => {
                    let file = FileSystemFileHandle::at(js, path, name.into());
                    children.push(general(js, file));
                }
                Some(Node::Directory(_)) => {
                    let directory = Self::at(js, path, name.into());
                    children.push(general(js, directory));
                }
                Some(Node::Link(_)) | None => {}
            }
        }
        Ok(children)
    }
}

/// A handle as what it is in general.
fn general<'s, T: jsg::Class + Extends<FileSystemHandle>>(
    js: &Lock<'s, '_>,
    handle: Handle<'s, T>,
) -> Handle<'s, FileSystemHandle> {
    handle.upcast(js)
}

#[jsg::methods]
impl FileSystemDirectoryHandle {
    #[jsg(method, captured)]
    fn get_file_handle<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        options: Option<GetOptions>,
    ) -> Result<Local<'s, Promise>> {
        let create = options.unwrap_or_default().create.unwrap_or(false);
        let handle = self.file_handle(js, name, create);
        settled(js, handle)
    }

    #[jsg(method, captured)]
    fn get_directory_handle<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        options: Option<GetOptions>,
    ) -> Result<Local<'s, Promise>> {
        let create = options.unwrap_or_default().create.unwrap_or(false);
        let handle = self.directory_handle(js, name, create);
        settled(js, handle)
    }

    #[jsg(method, captured)]
    fn remove_entry<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: String,
        options: Option<RemoveOptions>,
    ) -> Result<Local<'s, Promise>> {
        let recursive = options.unwrap_or_default().recursive.unwrap_or(false);
        let removed = self.remove_now(js, &name, recursive);
        done(js, removed)
    }

    /// The real workerd has none either.
    #[jsg(method, captured)]
    fn resolve<'s>(&self, descendant: Handle<'s, FileSystemHandle>) -> Result<Local<'s, Promise>> {
        let _ = descendant;
        Err(Error::error("Not implemented"))
    }

    #[jsg(method)]
    fn entries<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Handle<'s, EntryIterator>> {
        listing::of(js, self, |js, steps| EntryIterator::create(js, steps))
    }

    #[jsg(method)]
    fn keys<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Handle<'s, KeyIterator>> {
        listing::of(js, self, |js, steps| KeyIterator::create(js, steps))
    }

    #[jsg(method)]
    fn values<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Handle<'s, ValueIterator>> {
        listing::of(js, self, |js, steps| ValueIterator::create(js, steps))
    }

    #[jsg(method)]
    fn for_each<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        callback: Local<'s, Function>,
        receiver: Option<Local<'s, Value>>,
    ) -> Result<()> {
        let receiver = receiver.filter(|receiver| !receiver.is_null_or_undefined());
        let receiver = receiver.unwrap_or_else(|| jsg::js::undefined(js).into());
        for child in this.get().children(js)? {
            let name = jsg::ToJs::to_js(child.get().name(), js)?;
            let arguments = [name, child.object().into(), this.object().into()];
            callback
                .call(js, receiver, &arguments)
                .ok_or(Error::Pending)?;
        }
        Ok(())
    }

    #[jsg(async_iterator)]
    fn iterate<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Handle<'s, EntryIterator>> {
        self.entries(js)
    }
}
