//! References that pass through an event, and the end of what they refer to.
//!
//! P1. What an event got in answer to a call can be used until that event ends, by whomever it was passed on to.
//! P2. What an event gives in answer to a call keeps that event going, whosever it is; so does what calls on it give.
//! P3. What comes home is what it was when it went: nothing refers to itself by way of others, and a reference that goes
//!     to and fro has no longer a way than one that does not.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

use futures::future::{LocalBoxFuture, ready};

use crate::channel::ChannelError;
use crate::restored::StubChannel;
use crate::rpc::{Call, CallResult, Capability, External, Return, Started};
use crate::{Hold, IoContext, IoOwn};

/// Why an object cannot be called any more.
#[must_use]
pub fn gone() -> ChannelError {
    let text = "The execution context which hosts this callback is no longer running.";
    ChannelError::Failed(text.into())
}

type Watcher = RefCell<Option<Box<dyn FnOnce()>>>;

/// Somebody wants to know when an object can no longer be called. Dropping it ends that.
pub struct Watch {
    _watcher: Rc<Watcher>,
}

/// The end of an object that others refer to.
#[derive(Default)]
pub struct Departure {
    is_over: Cell<bool>,
    watchers: RefCell<Vec<Weak<Watcher>>>,
}

impl Departure {
    /// Calls `then` at the end, or now if that has come.
    #[must_use]
    pub fn watch(&self, then: Box<dyn FnOnce()>) -> Watch {
        if self.is_over.get() {
            then();
            return Watch::default();
        }
        let watcher = Rc::new(RefCell::new(Some(then)));
        let mut watchers = self.watchers.borrow_mut();
        if watchers.len() == watchers.capacity() {
            watchers.retain(|watcher| watcher.strong_count() > 0);
        }
        watchers.push(Rc::downgrade(&watcher));
        Watch { _watcher: watcher }
    }

    /// The end has come.
    pub fn tell(&self) {
        self.is_over.set(true);
        for watcher in self.watchers.take() {
            let then = watcher.upgrade().and_then(|watcher| watcher.take());
            if let Some(then) = then {
                then();
            }
        }
    }
}

impl Default for Watch {
    /// What never ends, as far as one can know.
    fn default() -> Self {
        Self {
            _watcher: Rc::default(),
        }
    }
}

/// What a call has brought to `context` (P1).
pub fn received(context: &Rc<IoContext>, capability: Rc<dyn Capability>) -> Rc<dyn Capability> {
    match capability.clone().at_home(context.id()) {
        Some(own) => own,
        None => Rc::new(Received::new(context, capability)),
    }
}

/// What has come to `context` otherwise.
pub fn arrived(context: &Rc<IoContext>, capability: Rc<dyn Capability>) -> Rc<dyn Capability> {
    let own = capability.clone().at_home(context.id());
    own.unwrap_or(capability)
}

/// What `context` gives away and stays for (P2).
pub fn given(context: &Rc<IoContext>, capability: Rc<dyn Capability>) -> Rc<dyn Capability> {
    Rc::new(Given {
        capability,
        event: context.id(),
        hold: Rc::new(context.hold()),
    })
}

/// See [`received`].
struct Received {
    event: u64,
    way: Rc<Way>,
    /// The event's, but no longer than the reference: the event of an object goes on and on.
    _revoke: IoOwn<Revoke>,
}

struct Way {
    /// None: the event has ended.
    capability: RefCell<Option<Rc<dyn Capability>>>,
    /// The end of the event, or of what is referred to.
    departure: Departure,
    beyond: OnceCell<Watch>,
}

/// The event's side.
struct Revoke(Rc<Way>);

impl Drop for Revoke {
    fn drop(&mut self) {
        let capability = self.0.capability.take();
        drop(capability);
        self.0.departure.tell();
    }
}

impl Received {
    fn new(context: &IoContext, capability: Rc<dyn Capability>) -> Self {
        let way = Rc::new(Way {
            capability: RefCell::new(Some(capability)),
            departure: Departure::default(),
            beyond: OnceCell::new(),
        });
        Self {
            event: context.id(),
            _revoke: context.own("", Revoke(way.clone())),
            way,
        }
    }

    fn capability(&self) -> Option<Rc<dyn Capability>> {
        self.way.capability.borrow().clone()
    }
}

impl Capability for Received {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        match self.capability() {
            Some(capability) => capability.call(call),
            None => Box::pin(ready(Err(gone()))),
        }
    }

    fn start(&self, call: Call) -> Started {
        match self.capability() {
            Some(capability) => capability.start(call),
            None => Started {
                result: Box::pin(ready(Err(gone()))),
                pipeline: None,
            },
        }
    }

    fn channel(&self) -> Option<Rc<dyn StubChannel>> {
        self.capability()?.channel()
    }

    fn beneath(&self) -> Option<Rc<dyn Capability>> {
        self.capability()
    }

    fn at_home(self: Rc<Self>, event: u64) -> Option<Rc<dyn Capability>> {
        if self.event == event {
            return Some(self);
        }
        self.capability()?.at_home(event)
    }

    fn watch(&self, then: Box<dyn FnOnce()>) -> Watch {
        if let (None, Some(capability)) = (self.way.beyond.get(), self.capability()) {
            let way = Rc::downgrade(&self.way);
            let beyond = capability.watch(Box::new(move || {
                if let Some(way) = way.upgrade() {
                    way.departure.tell();
                }
            }));
            // Only this sets it, and what it has called does not come here.
            let _ = self.way.beyond.set(beyond);
        }
        self.way.departure.watch(then)
    }
}

/// See [`given`].
struct Given {
    capability: Rc<dyn Capability>,
    event: u64,
    hold: Rc<Hold>,
}

impl Given {
    /// What calls give is given by the same event.
    fn around(event: u64, hold: &Rc<Hold>, returned: Return) -> Return {
        let give = |capability: Rc<dyn Capability>| -> Rc<dyn Capability> {
            Rc::new(Self {
                capability,
                event,
                hold: hold.clone(),
            })
        };
        let Return {
            mut value,
            pipeline,
            has_disposer,
        } = returned;
        let externals = value.externals.into_iter();
        value.externals = externals
            .map(|external| match external {
                External::Capability(capability) => External::Capability(give(capability)),
                other => other,
            })
            .collect();
        Return {
            value,
            pipeline: give(pipeline),
            has_disposer,
        }
    }
}

impl Capability for Given {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        self.start(call).result
    }

    fn start(&self, call: Call) -> Started {
        let Started { result, pipeline } = self.capability.start(call);
        let (event, hold) = (self.event, self.hold.clone());
        Started {
            result: Box::pin(async move {
                let returned = result.await?;
                Ok(Self::around(event, &hold, returned))
            }),
            pipeline,
        }
    }

    fn channel(&self) -> Option<Rc<dyn StubChannel>> {
        self.capability.channel()
    }

    fn beneath(&self) -> Option<Rc<dyn Capability>> {
        Some(self.capability.clone())
    }

    fn at_home(self: Rc<Self>, event: u64) -> Option<Rc<dyn Capability>> {
        if self.event == event {
            return Some(self.capability.clone());
        }
        self.capability.clone().at_home(event)
    }

    fn watch(&self, then: Box<dyn FnOnce()>) -> Watch {
        self.capability.watch(then)
    }
}
