//! References as the event that received them holds them.

use std::cell::RefCell;
use std::rc::Rc;

use io::passage::{Watch, arrived, received};
use io::rpc::{Brings, Capability, Disposable};
use io::trace::Origin;
use io::{Hold, IoContext, IoOwn, Retained};
use jsg::{Lock, Result};

/// A reference, or none yet, or none any more.
#[derive(Default)]
pub(super) struct Reference {
    capability: RefCell<Option<IoOwn<Owned>>>,
}

/// What it refers to, and the call that it has come with, if that is traced.
#[derive(Clone)]
pub(super) struct Held {
    pub capability: Rc<dyn Capability>,
    pub origin: Option<Origin>,
    pub by: Option<Brings>,
}

impl From<Rc<dyn Capability>> for Held {
    fn from(capability: Rc<dyn Capability>) -> Self {
        Self {
            capability,
            origin: None,
            by: None,
        }
    }
}

impl Held {
    /// What a message has brought.
    pub fn brought(
        context: &Rc<IoContext>,
        capability: Rc<dyn Capability>,
        by: Brings,
        origin: Option<Origin>,
    ) -> Self {
        let capability = match by {
            Brings::Result => received(context, capability),
            Brings::Arguments | Brings::Kept => arrived(context, capability),
        };
        let by = Some(by);
        Self {
            capability,
            origin,
            by,
        }
    }
}

/// What is held, and what that keeps.
struct Owned {
    held: Held,
    _keeps: Option<Keeps>,
}

/// Keeps the event that holds a reference while there is something at the other end of it.
struct Keeps {
    _kept: Rc<RefCell<Option<Kept>>>,
    _watch: Watch,
}

enum Kept {
    /// Objects stay for all that they hold, be it their own.
    Object { _hold: Hold },
    /// Other events only while they have something to do, and for what they were called with.
    Argument { _retained: Retained },
}

impl Keeps {
    fn new(context: &Rc<IoContext>, held: &Held) -> Option<Self> {
        let kept = match held.by {
            // It is had anew once it is needed.
            Some(Brings::Kept) => return None,
            _ if context.actor().is_some() => Kept::Object {
                _hold: context.hold(),
            },
            Some(Brings::Arguments) => Kept::Argument {
                _retained: context.retain(),
            },
            Some(Brings::Result) | None => return None,
        };
        let kept = Rc::new(RefCell::new(Some(kept)));
        let other = Rc::downgrade(&kept);
        let watch = held.capability.watch(Box::new(move || {
            let kept = other.upgrade().and_then(|kept| kept.take());
            drop(kept);
        }));
        Some(Self {
            _kept: kept,
            _watch: watch,
        })
    }
}

impl Reference {
    pub fn new(context: &Rc<IoContext>, held: Held) -> Self {
        let reference = Self::default();
        reference.set(context, held);
        reference
    }

    pub fn set(&self, context: &Rc<IoContext>, held: Held) {
        let keeps = Keeps::new(context, &held);
        let owned = Owned {
            held,
            _keeps: keeps,
        };
        let owned = context.own("Client", owned);
        self.capability.replace(Some(owned));
    }

    /// As [`set`](Self::set), for the result of a call that is under way.
    pub fn set_pipeline(&self, context: &IoContext, capability: Rc<dyn Capability>) {
        let owned = Owned {
            held: capability.into(),
            _keeps: None,
        };
        let owned = context.own("Pipeline", owned);
        self.capability.replace(Some(owned));
    }

    /// What it refers to.
    ///
    /// # Errors
    /// It belongs to another event.
    pub fn get(&self, js: &Lock<'_, '_>) -> Result<Option<Held>> {
        match &*self.capability.borrow() {
            Some(owned) => Ok(Some(owned.get(js)?.held.clone())),
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
