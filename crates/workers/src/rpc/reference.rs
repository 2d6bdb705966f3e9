//! References as the event that received them holds them.

use std::cell::RefCell;
use std::rc::Rc;

use io::rpc::{Capability, Disposable};
use io::{IoContext, IoOwn};
use jsg::{Lock, Result};

/// A reference, or none yet, or none any more.
#[derive(Default)]
pub(super) struct Reference {
    capability: RefCell<Option<IoOwn<Rc<dyn Capability>>>>,
}

impl Reference {
    pub fn new(context: &IoContext, capability: Rc<dyn Capability>) -> Self {
        let reference = Self::default();
        reference.set(context, capability);
        reference
    }

    pub fn set(&self, context: &IoContext, capability: Rc<dyn Capability>) {
        self.set_as("Client", context, capability);
    }

    /// As [`set`](Self::set), for the result of a call that is under way.
    pub fn set_pipeline(&self, context: &IoContext, capability: Rc<dyn Capability>) {
        self.set_as("Pipeline", context, capability);
    }

    fn set_as(&self, kind: &'static str, context: &IoContext, capability: Rc<dyn Capability>) {
        let owned = context.own(kind, capability);
        self.capability.replace(Some(owned));
    }

    /// What it refers to.
    ///
    /// # Errors
    /// It belongs to another event.
    pub fn get(&self, js: &Lock<'_, '_>) -> Result<Option<Rc<dyn Capability>>> {
        match &*self.capability.borrow() {
            Some(owned) => Ok(Some(Rc::clone(&*owned.get(js)?))),
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
