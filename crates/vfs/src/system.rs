//! The whole: the root, what is open, and what must not be moved.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::{Rc, Weak};

use crate::descriptors::{Access, Descriptors, OpenFile};
use crate::directory::{Directory, Open};
use crate::file::{Budget, Device, File};
use crate::link::Link;
use crate::{Error, Node, NodeType, Path};

/// What an event has to itself: `/tmp` and the working directory.
#[derive(Debug)]
pub struct Scratch {
    directory: Rc<Directory>,
    working: RefCell<Path>,
}

impl Scratch {
    /// An empty one, with `/bundle` as the working directory.
    pub fn new(budget: &Rc<Budget>) -> Rc<Self> {
        Rc::new(Self {
            directory: Directory::writable(budget),
            working: RefCell::new(Path::of("bundle")),
        })
    }

    pub fn working(&self) -> Path {
        self.working.borrow().clone()
    }

    pub fn set_working(&self, path: Path) {
        self.working.replace(path);
    }
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Opening {
    pub access: Access,
    /// Where there is no file, an empty one is made.
    pub create: bool,
    /// With `create`: nothing else will do.
    pub exclusive: bool,
    /// With `write`: what is in the file goes.
    pub truncate: bool,
}

/// What a file system is made of.
pub struct Setup<B, S> {
    /// The files of `/bundle`, asked for when it is first looked into.
    pub bundle: B,
    /// Whose event runs now; none where nothing can be written.
    pub scratch: S,
    /// As [`Device::Random`] has it.
    pub random: fn(&mut [u8]) -> usize,
}

/// The file system of one isolate.
pub struct FileSystem {
    root: Rc<Directory>,
    budget: Rc<Budget>,
    scratch: Rc<dyn Fn() -> Option<Rc<Scratch>>>,
    descriptors: Descriptors,
    locks: RefCell<HashMap<Path, usize>>,
    /// How many temporary directories have been named.
    named: Cell<u32>,
}

impl fmt::Debug for FileSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSystem").finish_non_exhaustive()
    }
}

impl FileSystem {
    pub fn new<B, S>(budget: Rc<Budget>, setup: Setup<B, S>) -> Rc<Self>
    where
        B: Fn() -> Vec<(Path, Rc<File>)> + 'static,
        S: Fn() -> Option<Rc<Scratch>> + 'static,
    {
        let device = |device| Node::File(File::device(device));
        let devices = Directory::fixed([
            ("null", device(Device::Null)),
            ("zero", device(Device::Zero)),
            ("full", device(Device::Full)),
            ("random", device(Device::Random(setup.random))),
        ]);
        let scratch: Rc<dyn Fn() -> Option<Rc<Scratch>>> = Rc::new(setup.scratch);
        let current = scratch.clone();
        let temporary =
            Directory::current(move || current().map(|scratch| scratch.directory.clone()));
        let root = Directory::fixed([
            ("bundle", Node::Directory(Directory::lazy(setup.bundle))),
            ("tmp", Node::Directory(temporary)),
            ("dev", Node::Directory(devices)),
        ]);
        Rc::new(Self {
            root,
            budget,
            scratch,
            descriptors: Descriptors::default(),
            locks: RefCell::default(),
            named: Cell::new(0),
        })
    }

    pub fn root(&self) -> &Rc<Directory> {
        &self.root
    }

    pub fn budget(&self) -> &Rc<Budget> {
        &self.budget
    }

    /// What the event that runs now has to itself.
    pub fn scratch(&self) -> Option<Rc<Scratch>> {
        (self.scratch)()
    }

    /// What is at `path`; `None` where there is nothing.
    ///
    /// # Errors
    /// A link leads back to itself.
    pub fn resolve(&self, path: &Path, follow: bool) -> Result<Option<Node>, Error> {
        let create = None;
        self.root.open(path, Open { create, follow })
    }

    /// What is at `path`, made where there is nothing.
    ///
    /// # Errors
    /// A link leads back to itself, or the directory cannot be written.
    pub fn resolve_or_create(&self, path: &Path, kind: NodeType) -> Result<Option<Node>, Error> {
        let create = Some(kind);
        let follow = true;
        self.root.open(path, Open { create, follow })
    }

    /// A link to `target`, in no directory yet.
    pub fn link(&self, target: Path) -> Rc<Link> {
        Link::new(&self.root, target)
    }

    /// Opens what is at `path`.
    ///
    /// # Errors
    /// There is nothing, or something where nothing should be; what is there cannot be opened in this way.
    pub fn open(&self, path: &Path, how: Opening) -> Result<Rc<OpenFile>, Error> {
        let node = match self.resolve(path, true)? {
            Some(_) if how.create && how.exclusive => return Err(Error::AlreadyExists),
            Some(node) => node,
            None => self.made(path, how.create)?,
        };
        if how.access.write {
            match &node {
                Node::File(file) if file.stat().is_writable => {
                    if how.truncate {
                        file.resize(0)?;
                    }
                }
                Node::File(_) | Node::Link(_) => return Err(Error::NotPermitted),
                Node::Directory(_) => return Err(Error::NotPermittedOnDirectory),
            }
        }
        self.descriptors.add(node, how.access)
    }

    /// A new file in a directory that is there.
    fn made(&self, path: &Path, create: bool) -> Result<Node, Error> {
        let (parent, name) = path.split_last().ok_or(Error::NotFound)?;
        let directory = match self.resolve(&parent, true)? {
            Some(Node::Directory(directory)) => directory,
            Some(Node::File(_)) => return Err(Error::NotDirectory),
            Some(Node::Link(_)) | None => return Err(Error::NotFound),
        };
        if !create {
            return Err(Error::NotFound);
        }
        if directory.get(name).is_some() {
            // A link that leads nowhere.
            return Err(Error::Failed);
        }
        let file = Node::File(File::writable(&self.budget));
        directory.add(name, file.clone())?;
        Ok(file)
    }

    /// The open file of this number.
    pub fn opened(&self, descriptor: i32) -> Option<Rc<OpenFile>> {
        self.descriptors.get(descriptor)
    }

    pub fn close(&self, descriptor: i32) {
        self.descriptors.close(descriptor);
    }

    /// A number that no temporary directory has had yet.
    ///
    /// # Errors
    /// There are none left.
    pub fn next_name(&self) -> Result<u32, Error> {
        let name = self.named.get();
        self.named
            .set(name.checked_add(1).ok_or(Error::NotPermitted)?);
        Ok(name)
    }

    /// Keeps `path` and all directories above it from being removed by who asks [`is_locked`](Self::is_locked).
    pub fn lock(self: &Rc<Self>, path: Path) -> Locked {
        self.for_each_above(&path, |locks, path| {
            *locks.entry(path).or_insert(0) += 1;
        });
        Locked {
            system: Rc::downgrade(self),
            path,
        }
    }

    pub fn is_locked(&self, path: &Path) -> bool {
        self.locks.borrow().contains_key(path)
    }

    /// Calls `each` with `path` and every directory above it but the root.
    fn for_each_above(&self, path: &Path, each: impl Fn(&mut HashMap<Path, usize>, Path)) {
        let mut locks = self.locks.borrow_mut();
        let mut at = Path::default();
        for part in path.parts() {
            at = at.join(part);
            each(&mut locks, at.clone());
        }
    }
}

/// Ends a lock when dropped.
#[derive(Debug)]
pub struct Locked {
    system: Weak<FileSystem>,
    path: Path,
}

impl Drop for Locked {
    fn drop(&mut self) {
        let Some(system) = self.system.upgrade() else {
            return;
        };
        system.for_each_above(&self.path, |locks, path| {
            if let Some(count) = locks.get_mut(&path) {
                *count -= 1;
                if *count == 0 {
                    locks.remove(&path);
                }
            }
        });
    }
}
