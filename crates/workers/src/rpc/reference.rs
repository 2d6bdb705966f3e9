//! References as the event that received them holds them.

use std::cell::RefCell;
use std::rc::Rc;

use io::rpc::{Capability, Disposable};
use io::trace::Origin;
use io::{IoContext, IoOwn};
use jsg::{Lock, Result};

/// A reference, or none yet, or none any more.
#[derive(Default)]
pub(super) struct Reference {
    capability: RefCell<Option<IoOwn<Held>>>,
}

/// What it refers to, and the call that it has come with, if that is traced.
#[derive(Clone)]
pub(super) struct Held {
    pub capability: Rc<dyn Capability>,
    pub origin: Option<Origin>,
}

impl From<Rc<dyn Capability>> for Held {
    fn from(capability: Rc<dyn Capability>) -> Self {
        Self {
            capability,
            origin: None,
        }
    }
}

impl Reference {
    pub fn new(context: &IoContext, held: Held) -> Self {
        let reference = Self::default();
        reference.set(context, held);
        reference
    }

    pub fn set(&self, context: &IoContext, held: Held) {
        self.set_as("Client", context, held);
    }

    /// As [`set`](Self::set), for the result of a call that is under way.
    pub fn set_pipeline(&self, context: &IoContext, capability: Rc<dyn Capability>) {
        self.set_as("Pipeline", context, capability.into());
    }

    fn set_as(&self, kind: &'static str, context: &IoContext, held: Held) {
        let owned = context.own(kind, held);
        self.capability.replace(Some(owned));
    }

    /// What it refers to.
    ///
    /// # Errors
    /// It belongs to another event.
    pub fn get(&self, js: &Lock<'_, '_>) -> Result<Option<Held>> {
        match &*self.capability.borrow() {
            Some(owned) => Ok(Some(Held::clone(&*owned.get(js)?))),
            None => Ok(None),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.capability.borrow().is_none()
    }
}

impl Disposable for Reference {
    fn dispose(&self) {
        let capability = self.capability.take();
        drop(capability);
    }
}

impl Drop for Reference {
    /// R1: what was not disposed of stays with the event.
    fn drop(&mut self) {
        if let Some(capability) = self.capability.take() {
            capability.leave();
        }
    }
}
