//! A directory as JSON: an array of names and types, by name.

use std::fs::FileType;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::json::quoted;

/// Lists the directory; names that are no UTF-8 cannot be asked for and are left out.
pub fn list(directory: &Path, hide_dotfiles: bool) -> io::Result<String> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if hide_dotfiles && name.starts_with('.') {
            continue;
        }
        entries.push((name, type_name(entry.file_type()?)));
    }
    entries.sort_unstable();
    let mut text = String::from("[");
    for (index, (name, kind)) in entries.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str("{\"name\":");
        text.push_str(&quoted(name));
        text.push_str(",\"type\":\"");
        text.push_str(kind);
        text.push_str("\"}");
    }
    text.push(']');
    Ok(text)
}

fn type_name(kind: FileType) -> &'static str {
    if kind.is_file() {
        "file"
    } else if kind.is_dir() {
        "directory"
    } else if kind.is_symlink() {
        "symlink"
    } else if kind.is_block_device() {
        "blockDevice"
    } else if kind.is_char_device() {
        "characterDevice"
    } else if kind.is_fifo() {
        "namedPipe"
    } else if kind.is_socket() {
        "socket"
    } else {
        "other"
    }
}
