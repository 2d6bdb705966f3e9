//! I/O objects that JavaScript holds but only their event may touch.
//!
//! O1. The event owns the object; JavaScript's side holds a weak reference with the event's number.
//!     When the event ends the object goes, whoever still holds the JavaScript side.
//!     What needs no end of its own, such as bytes in memory, is marked with its [`Owner`] alone.
//! O2. Dropping the JavaScript side drops the object at once: nothing can reach it any more.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use jsg::{Error, Lock, Result};

use crate::IoContext;

/// What a guest reads when it touches another event's I/O object.
pub(crate) const OTHER_EVENT: &str = "Cannot perform I/O on behalf of a different request. I/O objects (such as streams, \
     request/response bodies, and others) created in the context of one request handler cannot be accessed from a \
     different request's handler. This is a limitation of Cloudflare Workers which allows us to improve overall \
     performance.";

/// The objects of one event.
#[derive(Default)]
pub(crate) struct Owned {
    next: RefCell<u64>,
    objects: RefCell<BTreeMap<u64, Rc<dyn Any>>>,
}

impl Owned {
    pub(crate) fn insert<T: 'static>(
        self: &Rc<Self>,
        event: u64,
        kind: &'static str,
        value: T,
    ) -> IoOwn<T> {
        let object = Rc::new(value);
        let weak = Rc::downgrade(&object);
        let key = {
            let mut next = self.next.borrow_mut();
            *next += 1;
            *next
        };
        self.objects.borrow_mut().insert(key, object);
        IoOwn {
            event,
            kind,
            key,
            owner: Rc::downgrade(self),
            object: weak,
        }
    }

    pub(crate) fn clear(&self) {
        // Taken out first: a destructor may own further objects of this event.
        let objects = std::mem::take(&mut *self.objects.borrow_mut());
        drop(objects);
    }
}

/// JavaScript's side of an I/O object.
pub struct IoOwn<T: 'static> {
    event: u64,
    kind: &'static str,
    key: u64,
    owner: Weak<Owned>,
    object: Weak<T>,
}

impl<T: 'static> IoOwn<T> {
    /// The object, if the current event is its owner.
    ///
    /// # Errors
    /// The documented error when another event, or none, is current.
    pub fn get(&self, js: &Lock<'_, '_>) -> Result<Rc<T>> {
        if IoContext::is_current(js, self.event)
            && let Some(object) = self.object.upgrade()
        {
            return Ok(object);
        }
        Err(self.foreign())
    }

    /// Whether the object has gone with its event.
    pub fn is_gone(&self) -> bool {
        self.object.strong_count() == 0
    }

    /// The event that the object belongs to.
    pub fn owner(&self) -> Owner {
        Owner(Some(self.event))
    }

    /// Leaves the object to its event, which drops it at its end.
    pub fn leave(mut self) {
        self.owner = Weak::new();
    }

    fn foreign(&self) -> Error {
        foreign(self.kind)
    }
}

#[cold]
fn foreign(kind: &str) -> Error {
    if kind.is_empty() {
        Error::error(OTHER_EVENT)
    } else {
        Error::error(format!("{OTHER_EVENT} (I/O type: {kind})"))
    }
}

/// The event that something belongs to, if it belongs to one.
#[derive(Debug, Clone, Copy)]
pub struct Owner(Option<u64>);

impl Owner {
    /// The current event; nobody at global scope.
    pub fn current(js: &Lock<'_, '_>) -> Self {
        Self(IoContext::try_current(js).map(|context| context.id()))
    }

    /// Refuses events that are not the owner. `kind` is as for [`IoContext::own`].
    ///
    /// # Errors
    /// The documented error when another event, or none, is current.
    pub fn check(self, js: &Lock<'_, '_>, kind: &'static str) -> Result<()> {
        match self.0 {
            Some(event) if !IoContext::is_current(js, event) => Err(foreign(kind)),
            _ => Ok(()),
        }
    }
}

impl<T: 'static> Drop for IoOwn<T> {
    fn drop(&mut self) {
        if let Some(owner) = self.owner.upgrade() {
            let object = owner.objects.borrow_mut().remove(&self.key);
            drop(object);
        }
    }
}

impl<T: 'static> jsg::Trace for IoOwn<T> {
    fn trace(&self, _: &mut jsg::Visitor) {}
}
