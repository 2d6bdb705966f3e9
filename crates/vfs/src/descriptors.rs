//! What is open: numbers for nodes, each with a place and rights.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::stdio::Standard;
use crate::{Error, File, Node};

/// The most descriptors that are open at once.
const MOST_OPEN: usize = 1 << 16;

/// The first number that is not of a standard stream.
const FIRST: i32 = 3;

/// What an open file is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Access {
    pub read: bool,
    pub write: bool,
    /// Every write goes to the end.
    pub append: bool,
}

/// A node that is open.
#[derive(Debug)]
pub struct OpenFile {
    pub descriptor: i32,
    pub access: Access,
    pub node: Node,
    /// Where the next read or write without a place of its own begins.
    pub position: Cell<Position>,
}

/// A place in a file.
pub type Position = u32;

#[derive(Debug)]
pub(crate) struct Descriptors {
    next: Cell<i32>,
    open: RefCell<HashMap<i32, Rc<OpenFile>>>,
}

impl Default for Descriptors {
    fn default() -> Self {
        Self {
            next: Cell::new(FIRST),
            open: RefCell::default(),
        }
    }
}

impl Descriptors {
    pub(crate) fn add(&self, node: Node, access: Access) -> Result<Rc<OpenFile>, Error> {
        let descriptor = self.next.get();
        if descriptor == i32::MAX || self.open.borrow().len() >= MOST_OPEN {
            return Err(Error::TooManyOpenFiles);
        }
        self.next.set(descriptor + 1);
        Ok(self.insert(descriptor, node, access))
    }

    fn insert(&self, descriptor: i32, node: Node, access: Access) -> Rc<OpenFile> {
        let opened = Rc::new(OpenFile {
            descriptor,
            access,
            node,
            position: Cell::new(0),
        });
        self.open.borrow_mut().insert(descriptor, opened.clone());
        opened
    }

    /// The open file of this number; the standard streams are open always.
    pub(crate) fn get(&self, descriptor: i32) -> Option<Rc<OpenFile>> {
        let found = self.open.borrow().get(&descriptor).cloned();
        if found.is_some() || !(0..FIRST).contains(&descriptor) {
            return found;
        }
        let node = Node::File(File::standard(Standard::new(descriptor)));
        let access = Access {
            read: true,
            write: true,
            append: true,
        };
        Some(self.insert(descriptor, node, access))
    }

    pub(crate) fn close(&self, descriptor: i32) {
        if descriptor >= FIRST {
            // Dropped when nothing is borrowed.
            let closed = self.open.borrow_mut().remove(&descriptor);
            drop(closed);
        }
    }
}
