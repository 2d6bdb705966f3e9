//! Where source text comes from, and how a place in it is reported.

use std::fmt;
use std::io;
use std::sync::Arc;

/// Reads the files that a source names. The only way in which this crate reaches the outside.
pub trait FileSystem {
    /// The whole content of the file at `path`.
    fn read(&self, path: &str) -> io::Result<Arc<[u8]>>;

    /// The directory that relative paths start from, if it is known. Files below it are named relative to it.
    fn current_dir(&self) -> Option<String> {
        None
    }
}

/// A range of bytes of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Span {
        // Files are limited to `u32::MAX` bytes when they are read.
        Span {
            start: start as u32,
            end: end as u32,
        }
    }

    pub fn at(place: usize) -> Span {
        Span::new(place, place)
    }

    pub fn to(self, end: Span) -> Span {
        Span {
            start: self.start,
            end: end.end,
        }
    }
}

/// A mistake in a source, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file as it was named.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// First column, in bytes, counted from 1.
    pub column: u32,
    /// The column after the last one, when the place is a range within one line.
    pub end_column: Option<u32>,
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)?;
        if let Some(end) = self.end_column {
            write!(f, "-{end}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for Diagnostic {}

/// Turns a byte range into lines and columns.
pub(crate) struct LineIndex {
    /// Offset at which each line starts.
    starts: Vec<u32>,
}

impl LineIndex {
    pub fn new(text: &[u8]) -> LineIndex {
        let mut starts = vec![0];
        for (at, byte) in text.iter().enumerate() {
            if *byte == b'\n' {
                starts.push(at as u32 + 1);
            }
        }
        LineIndex { starts }
    }

    pub fn diagnostic(&self, file: &str, span: Span, message: String) -> Diagnostic {
        let (line, column) = self.place(span.start);
        let (end_line, end_column) = self.place(span.end);
        Diagnostic {
            file: file.to_owned(),
            line,
            column,
            end_column: (line == end_line && column < end_column).then_some(end_column),
            message,
        }
    }

    fn place(&self, offset: u32) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line.saturating_sub(1)];
        (line as u32, offset - start + 1)
    }
}

/// The directory part of a path, without its last separator.
pub(crate) fn directory(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) => "/",
        Some(at) => &path[..at],
        None => "",
    }
}

/// `path` seen from `directory`, with `.` and `..` taken out where that can be done by name alone.
pub(crate) fn join(directory: &str, path: &str) -> String {
    let whole = if path.starts_with('/') || directory.is_empty() {
        path.to_owned()
    } else {
        format!("{directory}/{path}")
    };
    let absolute = whole.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"))
}

/// `path` as it is named in messages: relative below the current directory, absolute elsewhere.
pub(crate) fn shown(current_dir: Option<&str>, path: &str) -> String {
    let Some(current) = current_dir else {
        return join("", path);
    };
    let whole = join(current, path);
    let below = whole
        .strip_prefix(current)
        .and_then(|rest| rest.strip_prefix('/'));
    below.map(str::to_owned).unwrap_or(whole)
}
