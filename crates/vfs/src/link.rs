//! Symbolic links.

use std::rc::{Rc, Weak};

use crate::directory::{Directory, Open};
use crate::{Error, Id, Node, NodeType, Path, Stat};

/// The most links that one operation follows.
const MOST: usize = 256;

/// A name that stands for a path (V3).
#[derive(Debug)]
pub struct Link {
    root: Weak<Directory>,
    target: Path,
    pub(crate) id: Id,
}

/// The links that an operation has come across: none is followed twice.
#[derive(Debug, Default)]
pub struct Seen(Vec<*const Link>);

impl Seen {
    /// Notes that `link` is followed now.
    ///
    /// # Errors
    /// It has been followed before, or too many have.
    pub fn add(&mut self, link: &Rc<Link>) -> Result<(), Error> {
        let link = Rc::as_ptr(link);
        if self.0.len() == MOST || self.0.contains(&link) {
            return Err(Error::TooManyLinks);
        }
        self.0.push(link);
        Ok(())
    }
}

impl Link {
    pub(crate) fn new(root: &Rc<Directory>, target: Path) -> Rc<Self> {
        Rc::new(Self {
            root: Rc::downgrade(root),
            target,
            id: Id::default(),
        })
    }

    pub fn target(&self) -> &Path {
        &self.target
    }

    pub fn stat(&self) -> Stat {
        Stat::of(NodeType::Link, false)
    }

    /// The file or directory at its end; `None` where there is nothing.
    ///
    /// # Errors
    /// It leads back to itself.
    pub fn resolve(self: &Rc<Self>, seen: &mut Seen) -> Result<Option<Node>, Error> {
        seen.add(self)?;
        match self.root.upgrade() {
            Some(root) => root.open_with(&self.target, Open::default(), seen),
            None => Ok(None),
        }
    }
}
