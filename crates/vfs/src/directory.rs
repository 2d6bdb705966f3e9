//! Directories. Entries stand in the order in which they were added; the last one takes the place of one that is removed.

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::file::{Budget, File};
use crate::link::Seen;
use crate::{Error, Id, Node, NodeType, Path, Stat};

type Entries = IndexMap<Box<str>, Node>;

/// The most segments of a path that is opened.
const DEEPEST: usize = 1024;

/// What an entry counts for besides its name.
const ENTRY: usize = 256;

/// A directory.
#[derive(Debug)]
pub struct Directory {
    content: Content,
    pub(crate) id: Id,
}

enum Content {
    Fixed(Entries),
    /// Made when first looked into.
    Lazy {
        made: OnceCell<Entries>,
        make: Box<dyn Fn() -> Entries>,
    },
    Writable {
        entries: RefCell<Entries>,
        budget: Rc<Budget>,
    },
    /// Another one for each event, or none.
    Current(Box<dyn Fn() -> Option<Rc<Directory>>>),
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "Fixed",
            Self::Lazy { .. } => "Lazy",
            Self::Writable { .. } => "Writable",
            Self::Current(_) => "Current",
        })
    }
}

impl Drop for Directory {
    /// A tree may be deeper than the stack: its directories are taken apart one by one.
    fn drop(&mut self) {
        let Content::Writable { entries, budget } = &mut self.content else {
            return;
        };
        let mut waiting: Vec<(Box<str>, Node)> = entries.get_mut().drain(..).collect();
        while let Some((name, node)) = waiting.pop() {
            budget.give_back(name.len() + ENTRY);
            if let Node::Directory(directory) = node
                && let Some(mut directory) = Rc::into_inner(directory)
                && let Content::Writable { entries, .. } = &mut directory.content
            {
                waiting.extend(entries.get_mut().drain(..));
            }
        }
    }
}

/// How to open.
#[derive(Debug, Clone, Copy)]
pub struct Open {
    /// What is made where there is nothing, with the directories on the way.
    pub create: Option<NodeType>,
    /// Whether links are followed: the last one, and those on the way.
    pub follow: bool,
}

impl Default for Open {
    fn default() -> Self {
        Self {
            create: None,
            follow: true,
        }
    }
}

impl Directory {
    fn of(content: Content) -> Rc<Self> {
        let id = Id::default();
        Rc::new(Self { content, id })
    }

    /// A directory that stays as it is.
    pub(crate) fn fixed(entries: impl IntoIterator<Item = (&'static str, Node)>) -> Rc<Self> {
        let entries = entries.into_iter();
        Self::of(Content::Fixed(
            entries.map(|(name, node)| (name.into(), node)).collect(),
        ))
    }

    /// A directory of files at their paths, which are asked for when it is first looked into. Of two at one path, or
    /// of one below another, the first counts.
    pub(crate) fn lazy(files: impl Fn() -> Vec<(Path, Rc<File>)> + 'static) -> Rc<Self> {
        Self::of(Content::Lazy {
            made: OnceCell::new(),
            make: Box::new(move || tree(files())),
        })
    }

    /// The directory that `current` gives at each moment.
    pub(crate) fn current(current: impl Fn() -> Option<Rc<Self>> + 'static) -> Rc<Self> {
        Self::of(Content::Current(Box::new(current)))
    }

    /// An empty directory that can be written.
    pub fn writable(budget: &Rc<Budget>) -> Rc<Self> {
        Self::of(Content::Writable {
            entries: RefCell::default(),
            budget: budget.clone(),
        })
    }

    /// Gives `read` the entries.
    fn with_entries<R>(&self, read: impl FnOnce(&Entries) -> R) -> R {
        match &self.content {
            Content::Fixed(entries) => read(entries),
            Content::Lazy { made, make } => read(made.get_or_init(make)),
            Content::Writable { entries, .. } => read(&entries.borrow()),
            Content::Current(current) => match current() {
                Some(directory) => directory.with_entries(read),
                None => read(&Entries::default()),
            },
        }
    }

    pub fn stat(&self) -> Stat {
        Stat::of(NodeType::Directory, self.is_writable())
    }

    pub fn is_empty(&self) -> bool {
        self.with_entries(Entries::is_empty)
    }

    /// The entries as they are now.
    pub fn entries(&self) -> Vec<(Box<str>, Node)> {
        self.with_entries(|entries| {
            let entries = entries.iter();
            entries
                .map(|(name, node)| (name.clone(), node.clone()))
                .collect()
        })
    }

    /// What has this name here; a link is not followed.
    pub fn get(&self, name: &str) -> Option<Node> {
        self.with_entries(|entries| entries.get(name).cloned())
    }

    /// What is known of what has this name; a link is followed.
    ///
    /// # Errors
    /// A link leads back to itself.
    pub fn stat_of(&self, name: &str) -> Result<Option<Stat>, Error> {
        Ok(match self.get(name) {
            Some(Node::Link(link)) => link.resolve(&mut Seen::default())?,
            node => node,
        }
        .map(|node| node.stat()))
    }

    /// What is at `path`; `None` where there is nothing.
    ///
    /// # Errors
    /// A link leads back to itself, or what should be created cannot be.
    pub fn open(self: &Rc<Self>, path: &Path, how: Open) -> Result<Option<Node>, Error> {
        self.open_with(path, how, &mut Seen::default())
    }

    pub(crate) fn open_with(
        self: &Rc<Self>,
        path: &Path,
        how: Open,
        seen: &mut Seen,
    ) -> Result<Option<Node>, Error> {
        if path.parts().len() > DEEPEST {
            return Err(Error::InvalidPath);
        }
        let mut at = self.clone();
        let mut parts = path.parts();
        loop {
            if let Content::Current(current) = &at.content {
                let Some(directory) = current() else {
                    return Ok(None);
                };
                at = directory;
            }
            let Some((name, rest)) = parts.split_first() else {
                return Ok(Some(Node::Directory(at)));
            };
            let Some(found) = at.get(name) else {
                return how
                    .create
                    .map(|kind| at.create(name, rest, kind))
                    .transpose();
            };
            let found = match found {
                Node::Link(link) if how.follow => match link.resolve(seen)? {
                    Some(node) => node,
                    None => return Ok(None),
                },
                node => node,
            };
            match found {
                node if rest.is_empty() => return Ok(Some(node)),
                Node::Directory(directory) => at = directory,
                Node::File(_) | Node::Link(_) => return Ok(None),
            }
            parts = rest;
        }
    }

    /// Makes a node under `name`, or below new directories from there on.
    fn create(&self, name: &str, rest: &[Box<str>], kind: NodeType) -> Result<Node, Error> {
        let Content::Writable { budget, .. } = &self.content else {
            return Err(Error::ReadOnly);
        };
        let node = match kind {
            NodeType::File => Node::File(File::writable(budget)),
            NodeType::Directory => Node::Directory(Self::writable(budget)),
            NodeType::Link => return Err(Error::NotPermitted),
        };
        let mut top = node.clone();
        for name in rest.iter().rev() {
            let directory = Self::writable(budget);
            directory.add(name, top)?;
            top = Node::Directory(directory);
        }
        let first = if rest.is_empty() { node.clone() } else { top };
        self.add(name, first)?;
        Ok(node)
    }

    /// Adds a node under a new name.
    ///
    /// # Errors
    /// The name is none, or in use; the directory cannot be written.
    pub fn add(&self, name: &str, node: Node) -> Result<(), Error> {
        let (entries, budget) = match &self.content {
            Content::Writable { entries, budget } => (entries, budget),
            Content::Current(current) => {
                return current().ok_or(Error::NotPermitted)?.add(name, node);
            }
            Content::Fixed(_) | Content::Lazy { .. } => return Err(Error::NotPermitted),
        };
        if !Path::is_name(name) {
            return Err(Error::InvalidPath);
        }
        let mut entries = entries.borrow_mut();
        if entries.contains_key(name) {
            return Err(Error::AlreadyExists);
        }
        budget.take(name.len() + ENTRY)?;
        entries.insert(name.into(), node);
        Ok(())
    }

    /// Gives a name to a node, whatever had it before.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn put(&self, name: &str, node: Node) -> Result<(), Error> {
        if !self.is_writable() {
            return Err(Error::NotPermitted);
        }
        self.remove(name, true)?;
        self.add(name, node)
    }

    fn is_writable(&self) -> bool {
        matches!(self.content, Content::Writable { .. } | Content::Current(_))
    }

    /// Removes what has this name; false where there is nothing.
    ///
    /// # Errors
    /// A directory is not empty; this one cannot be written.
    pub fn remove(&self, name: &str, recursive: bool) -> Result<bool, Error> {
        let (entries, budget) = match &self.content {
            Content::Writable { entries, budget } => (entries, budget),
            Content::Current(current) => {
                return current().map_or(Ok(false), |directory| directory.remove(name, recursive));
            }
            Content::Fixed(_) | Content::Lazy { .. } => return Err(Error::ReadOnly),
        };
        if let Some(Node::Directory(directory)) = self.get(name)
            && !recursive
            && !directory.is_empty()
        {
            return Err(Error::NotEmpty);
        }
        // What is removed may be a whole tree: dropped when nothing is borrowed.
        let removed = entries.borrow_mut().swap_remove(name);
        if removed.is_some() {
            budget.give_back(name.len() + ENTRY);
        }
        Ok(removed.is_some())
    }
}

/// Directories and files of a list of paths.
fn tree(files: Vec<(Path, Rc<File>)>) -> Entries {
    enum Part {
        File(Rc<File>),
        Below(Vec<(Path, Rc<File>)>),
    }
    let mut parts: IndexMap<Box<str>, Part> = IndexMap::new();
    for (path, file) in files {
        let Some((name, rest)) = path.parts().split_first() else {
            continue;
        };
        if rest.len() >= DEEPEST {
            continue;
        }
        let part = parts.entry(name.clone());
        if rest.is_empty() {
            part.or_insert(Part::File(file));
        } else if let Part::Below(below) = part.or_insert_with(|| Part::Below(Vec::new())) {
            below.push((Path::of(&rest.join("/")), file));
        }
    }
    let parts = parts.into_iter().map(|(name, part)| {
        let node = match part {
            Part::File(file) => Node::File(file),
            Part::Below(files) => Node::Directory(Directory::of(Content::Fixed(tree(files)))),
        };
        (name, node)
    });
    parts.collect()
}
