//! The event of a schedule, as classic scripts and as modules see it.

use std::cell::Cell;
use std::rc::Rc;

use io::event::Scheduled;
use jsg::{Handle, Lock, Untraced};
use web::events::ExtendableEvent;

/// In service worker syntax.
#[jsg::class(extends = ExtendableEvent)]
pub struct ScheduledEvent {
    event: Untraced<Shared>,
    parent: ExtendableEvent,
}

/// What a module's handler gets.
#[jsg::class]
pub struct ScheduledController {
    event: Untraced<Shared>,
}

/// The event, and what the host is to know of it afterwards. It holds nothing of the isolate.
#[derive(Clone)]
struct Shared {
    event: Rc<Scheduled>,
    no_retry: Rc<Cell<bool>>,
}

#[jsg::methods]
impl ScheduledEvent {
    #[jsg(instance_getter)]
    fn scheduled_time(&self) -> f64 {
        self.event.event.time
    }

    #[jsg(instance_getter)]
    fn cron(&self) -> String {
        self.event.event.cron.clone()
    }

    #[jsg(method)]
    fn no_retry(&self) {
        self.event.no_retry.set(true);
    }
}

#[jsg::methods]
impl ScheduledController {
    #[jsg(instance_getter)]
    fn scheduled_time(&self) -> f64 {
        self.event.event.time
    }

    #[jsg(instance_getter)]
    fn cron(&self) -> String {
        self.event.event.cron.clone()
    }

    #[jsg(method)]
    fn no_retry(&self) {
        self.event.no_retry.set(true);
    }
}

impl ScheduledEvent {
    /// `no_retry` becomes true when the guest wants no other try.
    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        event: Scheduled,
        no_retry: Rc<Cell<bool>>,
    ) -> Handle<'s, Self> {
        let event = Shared {
            event: Rc::new(event),
            no_retry,
        };
        let event = Self {
            event: Untraced(event),
            parent: ExtendableEvent::trusted("scheduled"),
        };
        Handle::new(js, event)
    }

    /// The same for a module.
    pub fn controller<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, ScheduledController> {
        let event = Untraced(self.event.0.clone());
        Handle::new(js, ScheduledController { event })
    }
}
