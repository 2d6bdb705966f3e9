//! `--watch`: starting over when the config, a file that it imports or embeds, or the program changes.
//!
//! Starting over is executing the program anew in the same process with the same arguments. Descriptors handed over stay
//! open, and everything else is as after a first start; requests in flight are broken off.
//!
//! Directories are watched rather than files, since editors put new files in the place of old ones.

use crate::failure::Failure;
use crate::log;
use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What happens to a name in a directory when its file gets another content.
const CHANGES: WatchFlags = WatchFlags::MODIFY
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE);

/// After this many [`PAUSE`]s without a change all changes of a kind are taken to be made.
const QUIET_PAUSES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(50);

/// The files whose change matters.
pub struct Watch {
    inotify: OwnedFd,
    program: PathBuf,
    /// The names that matter in each watched directory.
    names: RefCell<HashMap<i32, HashSet<OsString>>>,
}

impl Watch {
    /// Watches the program; the config's files are for [`Self::add`].
    pub fn start() -> Result<Watch, Failure> {
        let started = || -> io::Result<Watch> {
            let watch = Watch {
                inotify: inotify::init(CreateFlags::CLOEXEC)?,
                program: std::env::current_exe()?,
                names: RefCell::default(),
            };
            watch.add(&watch.program);
            Ok(watch)
        };
        started().map_err(|error| Failure::Run(vec![format!("--watch: {error}")]))
    }

    /// Watches a file, which need not exist. To miss no change this comes before the file is read.
    pub fn add(&self, file: &Path) {
        let (Some(directory), Some(name)) = (file.parent(), file.file_name()) else {
            return;
        };
        let directory = match directory.as_os_str().is_empty() {
            true => Path::new("."),
            false => directory,
        };
        match inotify::add_watch(&self.inotify, directory, CHANGES) {
            Ok(number) => {
                let mut names = self.names.borrow_mut();
                names.entry(number).or_default().insert(name.to_owned());
            }
            Err(error) => tracing::warn!("cannot watch {}: {error}", file.display()),
        }
    }

    /// Waits for changes and starts over.
    ///
    /// # Errors
    /// The changes cannot be watched any longer.
    pub fn reload(self) -> Failure {
        loop {
            if let Err(error) = self.wait() {
                return Failure::Run(vec![format!("--watch: {error}")]);
            }
            let mut arguments = std::env::args_os();
            let mut program = Command::new(&self.program);
            if let Some(name) = arguments.next() {
                program.arg0(name);
            }
            // It comes back only when it fails, as while a new program is being written: the next change may be better.
            let error = program.args(arguments).exec();
            log::plain(&format!("{}: {error}", self.program.display()));
        }
    }

    /// Waits until something has changed and nothing else changes for a while.
    fn wait(&self) -> io::Result<()> {
        let flags = fcntl_getfl(&self.inotify)?;
        fcntl_setfl(&self.inotify, flags - OFlags::NONBLOCK)?;
        while !self.changed()? {}
        // The next line goes over this one. Nobody is left to tell when stderr is closed.
        let notice = b"Noticed configuration change, reloading shortly...\r";
        let _ = io::stderr().lock().write_all(notice);
        fcntl_setfl(&self.inotify, flags | OFlags::NONBLOCK)?;
        let mut quiet = 0;
        while quiet < QUIET_PAUSES {
            std::thread::sleep(PAUSE);
            quiet = if self.changed()? { 0 } else { quiet + 1 };
        }
        log::plain(&format!("{:<71}", "Reloading due to config change..."));
        Ok(())
    }

    /// Reads what has happened, and tells whether any of it matters.
    fn changed(&self) -> io::Result<bool> {
        let mut space = [MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(&self.inotify, &mut space);
        let names = self.names.borrow();
        let mut changed = false;
        loop {
            match events.next() {
                Ok(event) => {
                    let name = event
                        .file_name()
                        .map(|name| std::ffi::OsStr::from_bytes(name.to_bytes()));
                    let watched = names.get(&event.wd());
                    changed |= watched
                        .zip(name)
                        .is_some_and(|(names, name)| names.contains(name));
                }
                Err(Errno::AGAIN) => return Ok(changed),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            if events.is_buffer_empty() {
                return Ok(changed);
            }
        }
    }
}
