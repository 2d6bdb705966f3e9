//! What `node:fs` needs from Rust: the operations on the Worker's file system. The module
//! `node-internal:fs_natives`, declared in `ts/internal/fs_natives.d.ts`.
//!
//! Arguments are checked by the TypeScript above. A file is named by a `file:` URL or by a descriptor. All of it is in
//! memory, so that nothing here waits.

mod copy;
mod descriptor;
mod error;
mod names;
mod paths;
mod standard;
mod transfer;

use std::rc::Rc;

use jsg::convert::{BufferSource, Time, uint8_array};
use jsg::js::{Array, Local, Uint8Array, Value};
use jsg::modules::Exports;
use jsg::{Error, Handle, Lock, Result, ToJs};
use vfs::{Access, File, Node, NodeType, OpenFile, Opening, Path, Stat};
use web::file::Blob;
use web::file_system::current;

use descriptor::Descriptor;
use error::{Call, Failure, done};
use names::Making;
use paths::Located;

/// The module, for the table of native modules.
pub fn natives<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    exports.class::<Natives>(js);
    Ok(())
}

pub use standard::set_prefixes;

/// A file by its URL or by its descriptor.
#[derive(jsg::Union)]
enum Target {
    Descriptor(i32),
    Url(String),
}

/// What is open under this number.
fn opened(js: &mut Lock<'_, '_>, descriptor: i32, call: Call) -> Result<Rc<OpenFile>> {
    match current(js)?.opened(descriptor) {
        Some(opened) => Ok(opened),
        None => Err(Failure::of(call, "EBADF").throw(js)),
    }
}

/// What is at a path; the failure of its absence names the path.
fn found(js: &mut Lock<'_, '_>, located: &Located, follow: bool, call: Call) -> Result<Node> {
    let node = current(js)?.resolve(&located.path, follow);
    match node {
        Ok(Some(node)) => Ok(node),
        Ok(None) => Err(Failure::of(call, "ENOENT").at(&located.name).throw(js)),
        Err(error) => Err(Failure::from(call, error).throw(js)),
    }
}

/// A node as a file; what is none fails with these codes.
fn file(js: &mut Lock<'_, '_>, node: Node, call: Call) -> Result<Rc<File>> {
    match node {
        Node::File(file) => Ok(file),
        Node::Directory(_) => Err(Failure::of(call, "EISDIR").throw(js)),
        Node::Link(_) => Err(Failure::of(call, "EINVAL").throw(js)),
    }
}

/// Milliseconds since 1970, as a number of JavaScript.
fn milliseconds(nanoseconds: i64) -> f64 {
    (nanoseconds / 1_000_000) as f64
}

/// `[type, size, modified, writable, device]`.
fn described<'s>(js: &mut Lock<'s, '_>, stat: Stat) -> Result<Local<'s, Value>> {
    let kind = match stat.kind {
        NodeType::File => 1,
        NodeType::Directory => 2,
        NodeType::Link => 3,
    };
    let values = [
        kind.to_js(js)?,
        stat.size.to_js(js)?,
        milliseconds(stat.modified).to_js(js)?,
        stat.is_writable.to_js(js)?,
        stat.is_device.to_js(js)?,
    ];
    Ok(Array::new_with_elements(js, &values).into())
}

/// Where a read or write begins; `None` is where the last one has ended.
fn place(js: &mut Lock<'_, '_>, position: Option<f64>, call: Call) -> Result<Option<u32>> {
    match position {
        None => Ok(None),
        Some(position) if position < 0.0 => Err(Error::type_error(
            "The value cannot be converted because it is either negative and this API expects a positive bigint, or the \
             value would be truncated.",
        )),
        Some(position) if position > f64::from(u32::MAX) => {
            let failure = Failure::of(call, "EINVAL").saying("position out of range");
            Err(failure.throw(js))
        }
        Some(position) => Ok(Some(position as u32)),
    }
}

/// The functions of the module, as static methods.
#[jsg::class(name = "Files")]
pub struct Natives {}

#[jsg::methods]
impl Natives {
    /// What is known of a file, undefined where there is none.
    #[jsg(static_method)]
    fn stat<'s>(
        js: &mut Lock<'s, '_>,
        target: Target,
        follow: bool,
    ) -> Result<Option<Local<'s, Value>>> {
        let stat = match target {
            Target::Descriptor(descriptor) => opened(js, descriptor, "fstat")?.node.stat(),
            Target::Url(url) => {
                let located = Located::of(&url)?;
                match current(js)?.resolve(&located.path, follow) {
                    Ok(Some(node)) => node.stat(),
                    Ok(None) => return Ok(None),
                    Err(error) => return Err(Failure::from("stat", error).throw(js)),
                }
            }
        };
        described(js, stat).map(Some)
    }

    /// Sets the time of the last change, in milliseconds since 1970.
    #[jsg(static_method)]
    fn set_modified(js: &mut Lock<'_, '_>, target: Target, time: Time, follow: bool) -> Result<()> {
        let node = match target {
            Target::Descriptor(descriptor) => opened(js, descriptor, "futimes")?.node.clone(),
            Target::Url(url) => {
                let located = Located::of(&url)?;
                match current(js)?.resolve(&located.path, follow) {
                    Ok(Some(node)) => node,
                    Ok(None) => {
                        let failure = Failure::of("utimes", "ENOENT").at(&located.name);
                        return Err(failure.throw(js));
                    }
                    Err(error) => return Err(Failure::from("futimes", error).throw(js)),
                }
            }
        };
        let nanoseconds = (time.0 * 1e6) as i64;
        match node {
            Node::File(file) => done(js, "futimes", file.set_modified(nanoseconds)),
            Node::Directory(_) | Node::Link(_) => Ok(()),
        }
    }

    #[jsg(static_method)]
    fn truncate(js: &mut Lock<'_, '_>, target: Target, size: u32) -> Result<()> {
        let node = match target {
            Target::Descriptor(descriptor) => opened(js, descriptor, "ftruncate")?.node.clone(),
            Target::Url(url) => found(js, &Located::of(&url)?, true, "ftruncate")?,
        };
        let file = file(js, node, "ftruncate")?;
        done(js, "ftruncate", file.resize(size as usize))
    }

    /// Opens a file in the way that the bits of `how` say; gives its descriptor.
    #[jsg(static_method)]
    fn open(js: &mut Lock<'_, '_>, url: String, how: u32) -> Result<i32> {
        let is = |bit: u32| how & bit != 0;
        let access = Access {
            read: is(1),
            write: is(2),
            append: is(4),
        };
        let how = Opening {
            access,
            create: is(8),
            exclusive: is(16),
            truncate: is(32),
        };
        let located = Located::of(&url)?;
        match current(js)?.open(&located.path, how) {
            Ok(opened) => Ok(opened.descriptor),
            Err(error) => Err(Failure::from("open", error).at(&located.name).throw(js)),
        }
    }

    #[jsg(static_method)]
    fn close(js: &mut Lock<'_, '_>, descriptor: i32) -> Result<()> {
        current(js)?.close(descriptor);
        Ok(())
    }

    /// Closes a descriptor when it is collected.
    #[jsg(static_method)]
    fn guard<'s>(js: &mut Lock<'s, '_>, descriptor: i32) -> Result<Handle<'s, Descriptor>> {
        Descriptor::guard(js, descriptor)
    }

    /// Writes one buffer after the other; gives how many bytes were written.
    #[jsg(static_method)]
    fn write<'s>(
        js: &mut Lock<'s, '_>,
        descriptor: i32,
        data: Vec<BufferSource<'s>>,
        position: Option<f64>,
    ) -> Result<u32> {
        transfer::write(js, descriptor, &data, position)
    }

    /// Reads into one buffer after the other; gives how many bytes were read.
    #[jsg(static_method)]
    fn read<'s>(
        js: &mut Lock<'s, '_>,
        descriptor: i32,
        buffers: Vec<BufferSource<'s>>,
        position: Option<f64>,
    ) -> Result<u32> {
        let opened = opened(js, descriptor, "read")?;
        if !opened.access.read {
            return Err(Failure::of("read", "EBADF").throw(js));
        }
        let file = file(js, opened.node.clone(), "read")?;
        let given = place(js, position, "read")?;
        let start = given.unwrap_or(opened.position.get());
        let mut total = 0;
        for buffer in buffers {
            let length = buffer.byte_length();
            let count = transfer::read(js, &file, start as usize + total, buffer);
            total += count;
            if count < length {
                break;
            }
        }
        let total = u32::try_from(total).unwrap_or(u32::MAX);
        if given.is_none() {
            opened.position.set(start.saturating_add(total));
        }
        Ok(total)
    }

    #[jsg(static_method)]
    fn read_all<'s>(js: &mut Lock<'s, '_>, target: Target) -> Result<Local<'s, Uint8Array>> {
        let file = match target {
            Target::Descriptor(descriptor) => {
                let opened = opened(js, descriptor, "fread")?;
                match &opened.node {
                    Node::File(file) if opened.access.read => {
                        opened.position.set(file.stat().size);
                        file.clone()
                    }
                    _ => return Err(Failure::of("fread", "EBADF").throw(js)),
                }
            }
            Target::Url(url) => {
                let node = found(js, &Located::of(&url)?, true, "readAll")?;
                self::file(js, node, "readAll")?
            }
        };
        file.with_bytes(|bytes| uint8_array(js, bytes))
    }

    /// Makes `data` the whole content of a file, or adds it to the end.
    #[jsg(static_method)]
    fn write_all<'s>(
        js: &mut Lock<'s, '_>,
        target: Target,
        data: BufferSource<'s>,
        append: bool,
        exclusive: bool,
    ) -> Result<u32> {
        match target {
            Target::Descriptor(descriptor) => transfer::write_open(js, descriptor, data, append),
            Target::Url(url) => {
                transfer::write_named(js, &Located::of(&url)?, data, append, exclusive)
            }
        }
    }

    #[jsg(static_method)]
    fn open_as_blob<'s>(
        js: &mut Lock<'s, '_>,
        url: String,
        kind: String,
    ) -> Result<Handle<'s, Blob>> {
        let located = Located::of(&url)?;
        let node = match current(js)?.resolve(&located.path, true) {
            Ok(Some(node)) => node,
            Ok(None) | Err(_) => {
                return Err(Failure::of("open", "ENOENT").at(&located.name).throw(js));
            }
        };
        let file = file(js, node, "open")?;
        let bytes = file.with_bytes(bytes::Bytes::copy_from_slice);
        Ok(Handle::new(js, Blob::of(bytes, kind)))
    }

    /// The target of a link, or the path itself.
    #[jsg(static_method)]
    fn read_link(js: &mut Lock<'_, '_>, url: String, only_links: bool) -> Result<String> {
        let located = Located::of(&url)?;
        let node = match current(js)?.resolve(&located.path, false) {
            Ok(Some(node)) => node,
            Ok(None) => {
                return Err(Failure::of("readlink", "ENOENT")
                    .at(&located.name)
                    .throw(js));
            }
            Err(error) => {
                return Err(Failure::from("readlink", error).at(&located.name).throw(js));
            }
        };
        match node {
            Node::Link(link) => Ok(link.target().to_string()),
            _ if only_links => Err(Failure::of("readlink", "EINVAL").throw(js)),
            _ => Ok(located.path.to_string()),
        }
    }

    #[jsg(static_method)]
    fn link(js: &mut Lock<'_, '_>, from: String, to: String, symbolic: bool) -> Result<()> {
        names::link(js, &Located::of(&from)?, &Located::of(&to)?, symbolic)
    }

    #[jsg(static_method)]
    fn unlink(js: &mut Lock<'_, '_>, url: String) -> Result<()> {
        names::unlink(js, &Located::of(&url)?)
    }

    #[jsg(static_method)]
    fn rename(js: &mut Lock<'_, '_>, from: String, to: String) -> Result<()> {
        names::rename(js, &Located::of(&from)?, &Located::of(&to)?)
    }

    #[jsg(static_method)]
    fn copy_file(js: &mut Lock<'_, '_>, from: String, to: String) -> Result<()> {
        names::copy_file(js, &Located::of(&from)?, &Located::of(&to)?)
    }

    /// Makes a directory, with those on the way if `recursive`; gives the first one made.
    #[jsg(static_method)]
    fn make_directory(
        js: &mut Lock<'_, '_>,
        url: String,
        recursive: bool,
    ) -> Result<Option<String>> {
        let how = if recursive {
            Making::WithParents
        } else {
            Making::One
        };
        names::make_directory(js, &Located::of(&url)?, how)
    }

    /// Makes a directory whose name begins in this way; gives its path.
    #[jsg(static_method)]
    fn make_temporary(js: &mut Lock<'_, '_>, url: String) -> Result<Option<String>> {
        names::make_directory(js, &Located::of(&url)?, Making::Temporary)
    }

    #[jsg(static_method)]
    fn remove(
        js: &mut Lock<'_, '_>,
        url: String,
        recursive: bool,
        only_directories: bool,
    ) -> Result<()> {
        names::remove(js, &Located::of(&url)?, recursive, only_directories)
    }

    /// What is in a directory: name, directory and type of each, in one list.
    #[jsg(static_method)]
    fn list<'s>(js: &mut Lock<'s, '_>, url: String, recursive: bool) -> Result<Local<'s, Value>> {
        names::list(js, &Located::of(&url)?, recursive)
    }

    #[jsg(static_method)]
    fn copy(
        js: &mut Lock<'_, '_>,
        from: String,
        to: String,
        dereference: bool,
        recursive: bool,
        force: bool,
        error_on_exist: bool,
    ) -> Result<()> {
        let options = copy::Options {
            dereference,
            recursive,
            force,
            error_on_exist,
        };
        copy::copy(js, &Located::of(&from)?, &Located::of(&to)?, options)
    }

    #[jsg(static_method)]
    fn working_directory(js: &mut Lock<'_, '_>) -> Result<String> {
        let scratch = current(js)?.scratch();
        let path = scratch.map_or_else(Path::default, |scratch| scratch.working());
        Ok(path.to_string())
    }

    #[jsg(static_method)]
    fn change_directory(js: &mut Lock<'_, '_>, path: String) -> Result<()> {
        names::change_directory(js, &path)
    }
}
