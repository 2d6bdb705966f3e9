//! Operations on names: links, directories, moving and removing.

use std::rc::Rc;

use jsg::js::{Array, Local, Value};
use jsg::{Lock, Result, ToJs};
use vfs::{Directory, Error, Node, NodeType, Path, Seen};

use super::current;
use super::error::{Call, Failure, done};
use super::paths::Located;

/// The deepest directory that a recursive listing looks into.
const DEEPEST: usize = 512;

/// What is at a path, links followed.
fn look(js: &mut Lock<'_, '_>, path: &Path, call: Call) -> Result<Option<Node>> {
    let found = current(js)?.resolve(path, true);
    done(js, call, found)
}

/// A hard or symbolic link at `from` to `to`.
pub(super) fn link(
    js: &mut Lock<'_, '_>,
    from: &Located,
    to: &Located,
    symbolic: bool,
) -> Result<()> {
    const CALL: Call = "link";
    if look(js, &from.path, CALL)?.is_some() {
        return Err(Failure::of(CALL, "EEXIST")
            .saying("File already exists")
            .throw(js));
    }
    let (parent, name) = from.parent();
    if name.is_empty() {
        return Err(Failure::of(CALL, "EINVAL")
            .saying("Invalid filename")
            .throw(js));
    }
    let system = current(js)?;
    let directory = match system.resolve(&parent, true) {
        Ok(Some(Node::Directory(directory))) => directory,
        Ok(None) => {
            let failure = Failure::of(CALL, "ENOENT").saying("Directory does not exist");
            return Err(failure.at(&to.name).throw(js));
        }
        _ => {
            return Err(Failure::of(CALL, "EINVAL")
                .saying("Not a directory")
                .throw(js));
        }
    };
    let node = if symbolic {
        Node::Link(system.link(to.path.clone()))
    } else {
        match system.resolve(&to.path, false) {
            Ok(Some(Node::Directory(_))) => {
                let failure = Failure::of(CALL, "EPERM").saying("Cannot hardlink to a directory");
                return Err(failure.throw(js));
            }
            Ok(Some(node)) => node,
            Ok(None) => {
                let failure = Failure::of(CALL, "ENOENT").saying("File not found");
                return Err(failure.at(&to.name).throw(js));
            }
            Err(error) => return Err(Failure::from(CALL, error).throw(js)),
        }
    };
    done(js, CALL, directory.add(name, node))
}

pub(super) fn unlink(js: &mut Lock<'_, '_>, located: &Located) -> Result<()> {
    const CALL: Call = "unlink";
    let (parent, name) = located.entry();
    let missing = |name: &str| {
        Failure::of(CALL, "ENOENT")
            .saying("File not found")
            .at(name)
    };
    let directory = match current(js)?.resolve(&parent, true) {
        Ok(Some(Node::Directory(directory))) => directory,
        Ok(None) => return Err(missing(&name).throw(js)),
        _ => {
            let failure = Failure::of(CALL, "ENOTDIR").saying("Parent path is not a directory");
            return Err(failure.throw(js));
        }
    };
    // Of a link, what it leads to counts.
    match directory.stat_of(&name) {
        Ok(Some(stat)) if stat.kind == NodeType::Directory => {
            let failure = Failure::of(CALL, "EISDIR").saying("Cannot unlink a directory");
            return Err(failure.throw(js));
        }
        Ok(Some(_)) => {}
        Ok(None) => return Err(missing(&name).throw(js)),
        Err(error) => return Err(Failure::from(CALL, error).throw(js)),
    }
    match directory.remove(&name, false) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::from(CALL, error).throw(js)),
    }
}

/// The directory that a name is to be in.
fn directory_of(js: &mut Lock<'_, '_>, located: &Located, call: Call) -> Result<Rc<Directory>> {
    let (parent, name) = located.parent();
    match look(js, &parent, call)? {
        Some(Node::Directory(directory)) => Ok(directory),
        Some(_) => Err(Failure::of(call, "ENOTDIR").throw(js)),
        None => Err(Failure::of(call, "ENOENT").at(name).throw(js)),
    }
}

/// What is moved or copied; a link counts as what it leads to.
fn source(js: &mut Lock<'_, '_>, located: &Located, call: Call) -> Result<Node> {
    match look(js, &located.path, call)? {
        Some(node) => Ok(node),
        None => Err(Failure::of(call, "ENOENT").at(&located.name).throw(js)),
    }
}

pub(super) fn copy_file(js: &mut Lock<'_, '_>, from: &Located, to: &Located) -> Result<()> {
    const CALL: Call = "copy";
    let directory = directory_of(js, to, CALL)?;
    let name = to.parent().1;
    let Node::File(file) = source(js, from, CALL)? else {
        return Err(Failure::of(CALL, "EISDIR").throw(js));
    };
    if let Some(Node::Directory(_)) = directory.get(name) {
        return Err(Failure::of(CALL, "EISDIR").throw(js));
    }
    let copy = file.duplicate(current(js)?.budget());
    let copy = done(js, "cp", copy)?;
    done(js, CALL, directory.put(name, Node::File(copy)))
}

pub(super) fn rename(js: &mut Lock<'_, '_>, from: &Located, to: &Located) -> Result<()> {
    const CALL: Call = "rename";
    let target = directory_of(js, to, CALL)?;
    let origin = directory_of(js, from, CALL)?;
    let moved = source(js, from, CALL)?;
    if from.path == to.path {
        return Ok(());
    }
    if !origin.stat().is_writable {
        return Err(Failure::of(CALL, "EPERM").throw(js));
    }
    let (old_name, name) = (from.parent().1, to.parent().1);
    let refusal = match (&moved, target.get(name)) {
        (Node::Directory(moved), _) if holds(moved, &target) => Some("EINVAL"),
        (Node::Directory(_), Some(Node::Directory(there))) => {
            (!there.is_empty()).then_some("ENOTEMPTY")
        }
        (Node::Directory(_), Some(_)) => Some("ENOTDIR"),
        (_, Some(Node::Directory(_))) => Some("EISDIR"),
        _ => None,
    };
    if let Some(code) = refusal {
        return Err(Failure::of(CALL, code).throw(js));
    }
    done(js, CALL, target.put(name, moved))?;
    done(js, CALL, origin.remove(old_name, true)).map(drop)
}

/// Whether `inner` is `outer` or below it.
fn holds(outer: &Rc<Directory>, inner: &Rc<Directory>) -> bool {
    let mut waiting = vec![outer.clone()];
    while let Some(directory) = waiting.pop() {
        if Rc::ptr_eq(&directory, inner) {
            return true;
        }
        for (_, node) in directory.entries() {
            if let Node::Directory(directory) = node {
                waiting.push(directory);
            }
        }
    }
    false
}

/// How a directory is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Making {
    One,
    WithParents,
    /// A number is added to its name.
    Temporary,
}

pub(super) fn make_directory(
    js: &mut Lock<'_, '_>,
    located: &Located,
    how: Making,
) -> Result<Option<String>> {
    const CALL: Call = "mkdir";
    let system = current(js)?;
    match system.resolve(&located.path, false) {
        Ok(Some(Node::Directory(_))) => return Ok(None),
        Ok(Some(_)) => return Err(Failure::of(CALL, "EEXIST").throw(js)),
        Ok(None) => {}
        Err(error) => return Err(Failure::from(CALL, error).throw(js)),
    }
    if how == Making::WithParents {
        return make_directories(js, &located.path);
    }
    let (parent, name) = located.parent();
    let directory = match system.resolve(&parent, true) {
        Ok(Some(Node::Directory(directory))) => directory,
        Ok(Some(_)) => return Err(Failure::of(CALL, "ENOTDIR").throw(js)),
        Ok(None) => return Err(Failure::of(CALL, "ENOENT").at(name).throw(js)),
        Err(error) => return Err(Failure::from(CALL, error).at(name).throw(js)),
    };
    if !directory.stat().is_writable {
        return Err(Failure::of(CALL, "EPERM").throw(js));
    }
    let made = Node::Directory(Directory::writable(system.budget()));
    if how == Making::One {
        done(js, CALL, directory.add(name, made))?;
        return Ok(None);
    }
    let Ok(number) = system.next_name() else {
        let failure = Failure::of(CALL, "EPERM").saying("Too many temporary directories created");
        return Err(failure.throw(js));
    };
    let name = format!("{name}{number}");
    done(js, CALL, directory.add(&name, made))?;
    Ok(Some(parent.join(&name).to_string()))
}

/// A directory and those on the way to it; gives the first one that was not there, unless it is the last.
fn make_directories(js: &mut Lock<'_, '_>, path: &Path) -> Result<Option<String>> {
    const CALL: Call = "mkdir";
    let system = current(js)?;
    let mut at = system.root().clone();
    let mut place = Path::default();
    let mut first = None;
    let last = path.parts().len().saturating_sub(1);
    for (index, part) in path.parts().iter().enumerate() {
        place = place.join(part);
        match look(js, &place, CALL)? {
            Some(Node::Directory(directory)) => at = directory,
            Some(_) => return Err(Failure::of(CALL, "ENOTDIR").throw(js)),
            None => {
                if !at.stat().is_writable && index < last {
                    return Err(Failure::of(CALL, "EPERM").throw(js));
                }
                let made = Directory::writable(system.budget());
                done(js, CALL, at.add(part, Node::Directory(made.clone())))?;
                at = made;
                if first.is_none() && index < last {
                    first = Some(place.to_string());
                }
            }
        }
    }
    Ok(first)
}

pub(super) fn remove(
    js: &mut Lock<'_, '_>,
    located: &Located,
    recursive: bool,
    only_directories: bool,
) -> Result<()> {
    const CALL: Call = "rm";
    let (parent, name) = located.entry();
    let directory = match current(js)?.resolve(&parent, true) {
        Ok(Some(Node::Directory(directory))) => directory,
        Ok(None) => return Err(Failure::of(CALL, "ENOENT").at(name).throw(js)),
        _ => return Err(Failure::of(CALL, "ENOTDIR").at(name).throw(js)),
    };
    if !directory.stat().is_writable {
        return Err(Failure::of(CALL, "EPERM").throw(js));
    }
    if only_directories {
        match directory.stat_of(&name) {
            Ok(Some(stat)) if stat.kind == NodeType::Directory => {}
            Ok(Some(_)) => return Err(Failure::of(CALL, "ENOTDIR").throw(js)),
            Ok(None) => return Err(Failure::of(CALL, "ENOENT").at(name).throw(js)),
            Err(error) => return Err(Failure::from(CALL, error).throw(js)),
        }
    }
    match directory.remove(&name, recursive) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::from(CALL, error).at(name).throw(js)),
    }
}

/// One entry of a listing.
struct Entry {
    name: String,
    parent: String,
    kind: i32,
}

/// Types of entries, as libuv numbers them.
const FILE: i32 = 1;
const DIRECTORY: i32 = 2;
const LINK: i32 = 3;
const CHARACTER_DEVICE: i32 = 6;

pub(super) fn list<'s>(
    js: &mut Lock<'s, '_>,
    located: &Located,
    recursive: bool,
) -> Result<Local<'s, Value>> {
    const CALL: Call = "readdir";
    let failure = match current(js)?.resolve(&located.path, false) {
        Ok(Some(Node::Directory(directory))) => {
            let mut entries = Vec::new();
            let listed = collect(&directory, &located.path, recursive, None, &mut entries);
            done(js, CALL, listed)?;
            return flattened(js, entries);
        }
        Ok(Some(Node::File(_))) => Failure::of(CALL, "ENOTDIR"),
        Ok(Some(Node::Link(_))) => Failure::of(CALL, "EINVAL"),
        Ok(None) => Failure::of(CALL, "ENOENT"),
        Err(error) => Failure::from(CALL, error),
    };
    Err(failure.at(&located.name).throw(js))
}

fn collect(
    directory: &Directory,
    path: &Path,
    recursive: bool,
    mut seen: Option<&mut Seen>,
    entries: &mut Vec<Entry>,
) -> Result<(), Error> {
    if path.parts().len() > DEEPEST {
        return Err(Error::InvalidPath);
    }
    for (name, node) in directory.entries() {
        let below = path.join(&name);
        let kind = match &node {
            Node::File(file) if file.stat().is_device => CHARACTER_DEVICE,
            Node::File(_) => FILE,
            Node::Directory(_) => DIRECTORY,
            Node::Link(_) => LINK,
        };
        entries.push(Entry {
            name: if recursive {
                below.relative()
            } else {
                name.into()
            },
            parent: path.to_string(),
            kind,
        });
        if !recursive {
            continue;
        }
        match node {
            Node::File(_) => {}
            Node::Directory(directory) => {
                collect(&directory, &below, recursive, seen.as_deref_mut(), entries)?;
            }
            Node::Link(link) => {
                // Below a link, all links count together.
                let mut own = Seen::default();
                let seen = seen.as_deref_mut().unwrap_or(&mut own);
                if let Some(Node::Directory(directory)) = link.resolve(seen)? {
                    collect(&directory, &below, recursive, Some(seen), entries)?;
                }
            }
        }
    }
    Ok(())
}

fn flattened<'s>(js: &mut Lock<'s, '_>, entries: Vec<Entry>) -> Result<Local<'s, Value>> {
    let mut values = Vec::with_capacity(3 * entries.len());
    for entry in entries {
        values.push(entry.name.to_js(js)?);
        values.push(entry.parent.to_js(js)?);
        values.push(entry.kind.to_js(js)?);
    }
    Ok(Array::new_with_elements(js, &values).into())
}

/// The longest name of a working directory, in bytes.
const LONGEST: usize = 4096;

pub(super) fn change_directory(js: &mut Lock<'_, '_>, path: &str) -> Result<()> {
    const CALL: Call = "chdir";
    if path.len() > LONGEST {
        return Err(Failure::of(CALL, "ENAMETOOLONG").at(path).throw(js));
    }
    if path.is_empty() {
        return Err(Failure::of(CALL, "ENOENT").at(path).throw(js));
    }
    let system = current(js)?;
    let scratch = system.scratch();
    let target = match &scratch {
        Some(scratch) if !path.starts_with('/') => {
            Path::of(&format!("{}/{path}", scratch.working()))
        }
        _ => Path::of(path),
    };
    let failure = match system.resolve(&target, true) {
        Ok(Some(Node::Directory(_))) => match scratch {
            Some(scratch) => {
                scratch.set_working(target);
                return Ok(());
            }
            None => Failure::of(CALL, "EPERM"),
        },
        Ok(Some(_)) => Failure::of(CALL, "ENOTDIR"),
        Ok(None) | Err(_) => Failure::of(CALL, "ENOENT"),
    };
    Err(failure.at(target.relative()).throw(js))
}
