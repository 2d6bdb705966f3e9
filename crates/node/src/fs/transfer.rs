//! Bytes on their way between files and buffers.

use jsg::convert::{BufferSource, ByteView};
use jsg::{Lock, Result};
use vfs::{File, Node};

use super::error::{Call, Failure, done};
use super::paths::Located;
use super::{current, file, opened, place, standard};

/// Reads into one buffer; gives how many bytes there were.
pub(super) fn read(
    js: &mut Lock<'_, '_>,
    file: &File,
    at: usize,
    buffer: BufferSource<'_>,
) -> usize {
    if file.stat().is_device {
        return ByteView::from(buffer).with_bytes_mut(js, |bytes| file.read(at, bytes));
    }
    file.with_bytes(|bytes| buffer.write(js, bytes.get(at..).unwrap_or_default()))
}

/// Writes buffers where the descriptor stands, or elsewhere.
pub(super) fn write(
    js: &mut Lock<'_, '_>,
    descriptor: i32,
    data: &[BufferSource<'_>],
    position: Option<f64>,
) -> Result<u32> {
    let opened = opened(js, descriptor, "write")?;
    let file = file(js, opened.node.clone(), "write")?;
    if file.as_standard().is_some() {
        return standard::write(js, &file, data);
    }
    let given = place(js, position, "write")?;
    let start = match given {
        _ if opened.access.append => file.stat().size,
        given => given.unwrap_or(opened.position.get()),
    };
    let mut at = start as usize;
    for buffer in data {
        let written = buffer.with_bytes(js, |bytes| file.write(at, bytes));
        at += done(js, "write", written)?;
    }
    let total = u32::try_from(at - start as usize).unwrap_or(u32::MAX);
    if given.is_none() && !opened.access.append {
        opened.position.set(start.saturating_add(total));
    }
    Ok(total)
}

/// Makes `data` all of an open file, or adds it.
pub(super) fn write_open(
    js: &mut Lock<'_, '_>,
    descriptor: i32,
    data: BufferSource<'_>,
    append: bool,
) -> Result<u32> {
    let opened = opened(js, descriptor, "fwrite")?;
    let file = match &opened.node {
        Node::File(file) if opened.access.write => file.clone(),
        _ => return Err(Failure::of("fwrite", "EBADF").throw(js)),
    };
    if !file.stat().is_writable {
        return Err(Failure::of("fwrite", "EPERM").throw(js));
    }
    let written = if opened.access.append || append {
        let end = f64::from(file.stat().size);
        write(js, descriptor, &[data], Some(end))
    } else {
        replace(js, &file, data, "fwriteAll")
    };
    opened.position.set(file.stat().size);
    written
}

fn replace(js: &mut Lock<'_, '_>, file: &File, data: BufferSource<'_>, call: Call) -> Result<u32> {
    let written = data.with_bytes(js, |bytes| file.write_all(bytes));
    let written = done(js, call, written)?;
    Ok(u32::try_from(written).unwrap_or(u32::MAX))
}

/// Makes `data` all of a file, which may be new, or adds it.
pub(super) fn write_named(
    js: &mut Lock<'_, '_>,
    located: &Located,
    data: BufferSource<'_>,
    append: bool,
    exclusive: bool,
) -> Result<u32> {
    const CALL: Call = "writeAll";
    let system = current(js)?;
    match system.resolve(&located.path, true) {
        Ok(Some(_)) if exclusive => {
            let failure = Failure::of(CALL, "EEXIST").saying("file already exists");
            return Err(failure.throw(js));
        }
        Ok(Some(node)) => {
            let file = file(js, node, CALL)?;
            let stat = file.stat();
            if !stat.is_writable {
                return Err(Failure::of(CALL, "EPERM").throw(js));
            }
            if !append {
                return replace(js, &file, data, CALL);
            }
            let written = data.with_bytes(js, |bytes| file.write(stat.size as usize, bytes));
            let written = done(js, CALL, written)?;
            return Ok(u32::try_from(written).unwrap_or(u32::MAX));
        }
        Ok(None) => {}
        Err(error) => return Err(Failure::from(CALL, error).throw(js)),
    }
    let missing = || Failure::of(CALL, "ENOENT").at(&located.name);
    let (parent, name) = located.parent();
    let directory = match system.resolve(&parent, true) {
        Ok(Some(Node::Directory(directory))) => directory,
        Ok(Some(Node::File(_))) => return Err(Failure::of(CALL, "ENOTDIR").throw(js)),
        Ok(Some(Node::Link(_))) => return Err(Failure::of(CALL, "EINVAL").throw(js)),
        Ok(None) => return Err(missing().throw(js)),
        Err(error) => return Err(Failure::from(CALL, error).throw(js)),
    };
    if !directory.stat().is_writable {
        return Err(Failure::of(CALL, "EPERM").throw(js));
    }
    let file = File::writable(system.budget());
    let written = replace(js, &file, data, CALL)?;
    done(js, CALL, directory.add(name, Node::File(file)))?;
    Ok(written)
}
