//! File operations, on the blocking pool.
//!
//! A small file is opened and read in one go; a large one is read chunk by chunk as its receiver asks for it. An upload
//! goes to a temporary file beside its target, is synced, and takes the target's name at the end; whatever ends it
//! earlier removes the temporary file.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use bytes::Bytes;
use futures::stream;
use http::HeaderValue;
use net::{Body, BodyError};
use rustix::fs::OFlags;
use tokio::task::spawn_blocking;

use super::listing;
use super::range::{self, Selection};

/// The most that is read or written at a time.
const CHUNK: usize = 256 << 10;

/// What a path led to.
pub enum Opened {
    File(OpenFile),
    Directory {
        listing: String,
        modified: SystemTime,
    },
    /// Neither a file nor a directory.
    Special,
    /// The range asked for is not in the file.
    Unsatisfiable {
        size: u64,
    },
}

pub struct OpenFile {
    file: Arc<File>,
    pub size: u64,
    pub modified: SystemTime,
    pub selection: Selection,
    /// The beginning of what is selected.
    first: Bytes,
}

/// Opens what is at `path`, and reads the beginning.
pub async fn open(
    path: PathBuf,
    range: Option<HeaderValue>,
    hide_dotfiles: bool,
) -> io::Result<Opened> {
    blocking(move || open_now(&path, range.as_ref(), hide_dotfiles)).await
}

fn open_now(path: &Path, range: Option<&HeaderValue>, hide_dotfiles: bool) -> io::Result<Opened> {
    // Looked at before it is opened: opening a device or a pipe may have effects.
    let kind = std::fs::metadata(path)?.file_type();
    if !kind.is_file() && !kind.is_dir() {
        return Ok(Opened::Special);
    }
    let file = OpenOptions::new()
        .read(true)
        // It may have been replaced in between.
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)?;
    let metadata = file.metadata()?;
    let modified = metadata.modified()?;
    if metadata.is_dir() {
        let listing = listing::list(path, hide_dotfiles)?;
        return Ok(Opened::Directory { listing, modified });
    }
    if !metadata.is_file() {
        return Ok(Opened::Special);
    }
    let size = metadata.len();
    let selection = match range {
        Some(range) => range::select(range.as_bytes(), size),
        None => Some(Selection::whole(size)),
    };
    let Some(selection) = selection else {
        return Ok(Opened::Unsatisfiable { size });
    };
    let first = read_at(&file, selection.start, selection.length)?;
    Ok(Opened::File(OpenFile {
        file: Arc::new(file),
        size,
        modified,
        selection,
        first,
    }))
}

/// Reads one chunk, fewer than `left` bytes only if it is a full one or the file has become shorter.
fn read_at(file: &File, start: u64, left: u64) -> io::Result<Bytes> {
    let wanted = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
    let mut buffer = vec![0; wanted];
    let mut filled = 0;
    while filled < wanted {
        match file.read_at(&mut buffer[filled..], start + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(filled);
    Ok(buffer.into())
}

impl OpenFile {
    /// The selected bytes.
    pub fn into_body(self) -> Body {
        let length = self.selection.length;
        if self.first.len() as u64 == length {
            return self.first.into();
        }
        let start = Reading {
            file: self.file,
            at: self.selection.start,
            left: length,
            first: Some(self.first),
        };
        let chunks = stream::try_unfold(start, |mut reading| async move {
            if reading.left == 0 {
                return Ok(None);
            }
            let chunk = reading.next().await?;
            Ok(Some((chunk, reading)))
        });
        Body::stream(chunks, Some(length))
    }
}

struct Reading {
    file: Arc<File>,
    at: u64,
    left: u64,
    first: Option<Bytes>,
}

impl Reading {
    async fn next(&mut self) -> Result<Bytes, BodyError> {
        let chunk = match self.first.take() {
            Some(chunk) => Ok(chunk),
            None => {
                let (file, at, left) = (self.file.clone(), self.at, self.left);
                blocking(move || read_at(&file, at, left)).await
            }
        };
        let chunk = chunk.map_err(|error| BodyError::Aborted(error.to_string()))?;
        if chunk.is_empty() {
            // The file has become shorter.
            return Err(BodyError::Incomplete);
        }
        self.at += chunk.len() as u64;
        self.left -= chunk.len() as u64;
        Ok(chunk)
    }
}

pub async fn delete(path: PathBuf) -> io::Result<()> {
    blocking(move || {
        if std::fs::symlink_metadata(&path)?.is_dir() {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        }
    })
    .await
}

/// A file on its way to its place.
pub struct Upload {
    /// `None` while the blocking pool has it.
    file: Option<File>,
    temporary: Temporary,
    target: PathBuf,
    waiting: Vec<Bytes>,
    waiting_bytes: usize,
}

impl Upload {
    /// Makes the directories above `target` if they are not there.
    pub async fn start(target: PathBuf) -> io::Result<Self> {
        blocking(move || {
            if let Some(parent) = target.parent() {
                std::fs::create_dir_all(parent)?;
            }
            let path = temporary_name(&target);
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&path)?;
            Ok(Self {
                file: Some(file),
                temporary: Temporary(Some(path)),
                target,
                waiting: Vec::new(),
                waiting_bytes: 0,
            })
        })
        .await
    }

    pub async fn write(&mut self, chunk: Bytes) -> io::Result<()> {
        self.waiting_bytes += chunk.len();
        self.waiting.push(chunk);
        if self.waiting_bytes < CHUNK {
            return Ok(());
        }
        let (file, waiting) = (self.take_file()?, std::mem::take(&mut self.waiting));
        self.waiting_bytes = 0;
        self.file = Some(blocking(move || write_all(file, &waiting)).await?);
        Ok(())
    }

    /// Gives the file its name. It is on the disk by then, and so is its name.
    pub async fn finish(mut self) -> io::Result<()> {
        let (file, waiting) = (self.take_file()?, std::mem::take(&mut self.waiting));
        let (temporary, target) = (self.temporary, self.target);
        blocking(move || {
            write_all(file, &waiting)?.sync_all()?;
            temporary.become_file(&target)?;
            match target.parent() {
                Some(parent) => File::open(parent)?.sync_all(),
                None => Ok(()),
            }
        })
        .await
    }

    fn take_file(&mut self) -> io::Result<File> {
        let gone = || io::Error::other("an earlier write failed");
        self.file.take().ok_or_else(gone)
    }
}

fn write_all(mut file: File, chunks: &[Bytes]) -> io::Result<File> {
    for chunk in chunks {
        file.write_all(chunk)?;
    }
    Ok(file)
}

/// Beside the target, hidden, and of a name that nobody else uses.
fn temporary_name(target: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    // A long name plus ours might be too long for the file system.
    const NAME_MAX: usize = 200;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let shown: String = name.chars().take(NAME_MAX / 4).collect();
    let name = format!(".{shown}.{}.{number}.tmp", std::process::id());
    target.with_file_name(OsString::from(name))
}

/// A temporary file, removed unless it has got its place.
struct Temporary(Option<PathBuf>);

impl Temporary {
    fn become_file(mut self, target: &Path) -> io::Result<()> {
        if let Some(path) = &self.0 {
            std::fs::rename(path, target)?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let Some(path) = self.0.take() else { return };
        let remove = move || {
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!("cannot remove {}: {error}", path.display());
            }
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}
