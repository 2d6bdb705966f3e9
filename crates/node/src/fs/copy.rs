//! `cp`: copies of files, links and whole directories.

use std::rc::Rc;

use jsg::{Error, Lock, Result};
use vfs::{Directory, FileSystem, Node, NodeType};

use super::current;
use super::error::{Call, Failure, coded};
use super::paths::Located;

const CALL: Call = "cp";

/// The deepest directory that is copied.
const DEEPEST: usize = 512;

#[derive(Clone, Copy)]
pub(super) struct Options {
    /// Links count as what they lead to.
    pub dereference: bool,
    pub recursive: bool,
    /// What is there already is overwritten.
    pub force: bool,
    pub error_on_exist: bool,
}

type Outcome<T> = Result<T, Failure>;

fn refused(error: vfs::Error) -> Failure {
    Failure::from(CALL, error)
}

fn refusal(code: &'static str, text: String) -> Failure {
    Failure::of(CALL, code).saying(text)
}

#[cold]
fn exists(js: &mut Lock<'_, '_>) -> Error {
    coded(js, "ERR_FS_CP_EEXIST", "File already exists")
}

pub(super) fn copy(
    js: &mut Lock<'_, '_>,
    from: &Located,
    to: &Located,
    options: Options,
) -> Result<()> {
    if from.path == to.path {
        return Err(Error::error(
            "Source and destination paths must not be the same",
        ));
    }
    if to.path.is_below(&from.path) {
        let text = format!(
            "Cannot copy '{}' to a subdirectory of itself, '{}'",
            from.name, to.name
        );
        return Err(coded(js, "ERR_FS_CP_EINVAL", text));
    }
    let system = current(js)?;
    let find = |located: &Located| system.resolve(&located.path, options.dereference);
    let nodes = find(from).and_then(|source| Ok((source, find(to)?)));
    let (source, target) = match nodes {
        Ok(nodes) => nodes,
        Err(error) => return Err(refused(error).throw(js)),
    };
    let copied = match (source, target) {
        (None, _) => Err(Failure::of(CALL, "ENOENT").at(&from.name)),
        (Some(Node::Directory(_)), _) if !options.recursive => {
            let text = "Expected a file but found a directory";
            return Err(coded(js, "ERR_FS_EISDIR", text));
        }
        (Some(Node::Directory(_)), Some(Node::File(_))) => {
            let text = "Cannot copy directory to non-directory";
            return Err(coded(js, "ERR_FS_CP_DIR_TO_NON_DIR", text));
        }
        (Some(Node::Directory(source)), Some(Node::Directory(target))) => {
            copy_entries(&system, &source, &target, options, 0)
        }
        (Some(Node::Directory(_)), Some(Node::Link(_))) => Err(Failure::of(CALL, "ENOTDIR")),
        (Some(Node::Directory(source)), None) => copy_to_new(&system, &source, to, options),
        (Some(Node::File(_)), Some(Node::Directory(_))) => {
            let text = "Cannot copy non-directory to directory";
            return Err(coded(js, "ERR_FS_CP_NON_DIR_TO_DIR", text));
        }
        (Some(Node::Link(_)), Some(Node::Directory(_))) => Err(Failure::of(CALL, "ENOTDIR")),
        (Some(_), Some(_)) if !options.force && options.error_on_exist => return Err(exists(js)),
        (Some(_), Some(_)) if !options.force => Ok(()),
        (Some(node), _) => put(&system, &node, to),
    };
    copied.map_err(|failure| failure.throw(js))
}

/// Puts a copy of a file, or a link itself, in the place of what is there.
fn put(system: &FileSystem, node: &Node, to: &Located) -> Outcome<()> {
    let (parent, name) = to.entry();
    let directory = system.resolve_or_create(&parent, NodeType::Directory);
    match directory.map_err(refused)? {
        Some(Node::Directory(directory)) => {
            directory.remove(&name, false).map_err(refused)?;
            add_copy(system, &directory, &name, node)
        }
        Some(Node::File(_)) => Err(Failure::of(CALL, "ENOTDIR")),
        Some(Node::Link(_)) | None => Err(Failure::of(CALL, "EINVAL")),
    }
}

fn add_copy(system: &FileSystem, directory: &Directory, name: &str, node: &Node) -> Outcome<()> {
    let node = match node {
        Node::File(file) => Node::File(file.duplicate(system.budget()).map_err(refused)?),
        node => node.clone(),
    };
    directory.add(name, node).map_err(refused)
}

fn copy_to_new(
    system: &FileSystem,
    source: &Rc<Directory>,
    to: &Located,
    options: Options,
) -> Outcome<()> {
    let target = system.resolve_or_create(&to.path, NodeType::Directory);
    match target.map_err(refused)? {
        Some(Node::Directory(target)) => copy_entries(system, source, &target, options, 0),
        Some(Node::File(_)) => Err(Failure::of(CALL, "ENOTDIR")),
        Some(Node::Link(_)) | None => Err(Failure::of(CALL, "EINVAL")),
    }
}

fn copy_entries(
    system: &FileSystem,
    source: &Rc<Directory>,
    target: &Rc<Directory>,
    options: Options,
    depth: usize,
) -> Outcome<()> {
    if !target.stat().is_writable {
        let text = "Destination directory is not writable";
        return Err(Failure::of(CALL, "EPERM").saying(text));
    }
    if Rc::ptr_eq(source, target) {
        let text = "Source and destination directories are the same";
        return Err(Failure::of(CALL, "EINVAL").saying(text));
    }
    if depth > DEEPEST {
        return Err(refused(vfs::Error::InvalidPath));
    }
    let follow = options.dereference;
    for (name, node) in source.entries() {
        let existing = target
            .open(
                &vfs::Path::default().join(&name),
                vfs::Open {
                    create: None,
                    follow,
                },
            )
            .map_err(refused)?;
        match (&node, existing) {
            (Node::Directory(source), Some(Node::Directory(target))) => {
                copy_entries(system, source, &target, options, depth + 1)?;
            }
            (Node::Directory(source), None) => {
                let made = Directory::writable(system.budget());
                target
                    .add(&name, Node::Directory(made.clone()))
                    .map_err(refused)?;
                copy_entries(system, source, &made, options, depth + 1)?;
            }
            (Node::Directory(_), Some(Node::File(_))) => {
                return Err(refusal(
                    "ENOTDIR",
                    format!("Cannot copy directory to file: {name}"),
                ));
            }
            (Node::Directory(_), Some(Node::Link(_))) => {
                let text = format!("Cannot copy directory to symbolic link: {name}");
                return Err(refusal("EISDIR", text));
            }
            (Node::File(_), Some(Node::Directory(_))) => {
                return Err(refusal(
                    "EISDIR",
                    format!("Cannot copy file to directory: {name}"),
                ));
            }
            (Node::Link(_), Some(Node::Directory(_))) => {
                return Err(refusal(
                    "EISDIR",
                    format!("Cannot copy link to directory: {name}"),
                ));
            }
            (node, Some(existing)) if node.is_same(&existing) => {}
            (node, Some(_)) if options.force => {
                target.remove(&name, false).map_err(refused)?;
                add_copy(system, target, &name, node)?;
            }
            (_, Some(_)) if options.error_on_exist => {
                return Err(refusal(
                    "EEXIST",
                    format!("Destination already exists: {name}"),
                ));
            }
            (_, Some(_)) => {}
            (node, None) => add_copy(system, target, &name, node)?,
        }
    }
    Ok(())
}
