//! The event that guest code runs for at the moment (X1).

use std::cell::RefCell;
use std::rc::Rc;

use jsg::async_context;
use jsg::clock::Clock;
use jsg::promise::GLOBAL_SCOPE;
use jsg::{Error, Flag, Lock, Result};
use vfs::{Budget, Scratch};

use super::IoContext;
use crate::alive;

thread_local! {
    static CURRENT: RefCell<Option<Rc<IoContext>>> = const { RefCell::new(None) };
}

impl IoContext {
    /// The event that guest code now runs for.
    ///
    /// # Errors
    /// At global scope, and in what an event that is over has left behind: the documented errors.
    pub fn current(js: &Lock<'_, '_>) -> Result<Rc<Self>> {
        let entered = CURRENT.with(|current| current.borrow().clone());
        alive::followed(js, entered.ok_or_else(|| Error::error(GLOBAL_SCOPE))?)
    }

    /// The event that guest code now runs for, if any.
    pub fn try_current(js: &Lock<'_, '_>) -> Option<Rc<Self>> {
        let entered = CURRENT.with(|current| current.borrow().clone());
        alive::followed(js, entered?).ok()
    }

    /// Whether guest code now runs for the event with this number.
    pub(crate) fn is_current(js: &Lock<'_, '_>, id: u64) -> bool {
        let tag = async_context::event(js);
        Self::with_current(|entered| match entered {
            None => false,
            Some(entered) if tag.is_none_or(|tag| tag == entered.tag) => entered.id == id,
            Some(_) => Self::try_current(js).is_some_and(|current| current.id == id),
        })
    }

    /// Whether guest code now runs for any event.
    pub fn is_running() -> bool {
        Self::with_current(|current| current.is_some())
    }

    /// The temporary files of the event that guest code now runs for, if any.
    pub fn scratch(budget: &Rc<Budget>) -> Option<Rc<Scratch>> {
        Self::with_current(|current| {
            let scratch = &current?.scratch;
            Some(scratch.get_or_init(|| Scratch::new(budget)).clone())
        })
    }

    pub(crate) fn with_current<R>(read: impl FnOnce(Option<&Self>) -> R) -> R {
        CURRENT.with(|current| read(current.borrow().as_deref()))
    }

    /// Runs `body` with no event current: evaluation at global scope.
    pub fn without<R>(body: impl FnOnce() -> R) -> R {
        let _scope = Scope::enter(None);
        body()
    }
}

/// Makes a context current and the previous one again at its end.
///
/// Without one, guest code is at global scope and has no clock.
pub(super) struct Scope {
    before: Option<Rc<IoContext>>,
    clock: Clock,
}

impl Scope {
    pub(super) fn enter(context: Option<Rc<IoContext>>) -> Self {
        let clock = match &context {
            None => Clock::Stopped,
            Some(context) if context.isolate().has_flag(Flag::PreciseTimers) => Clock::Coarse,
            Some(_) => Clock::System,
        };
        Self {
            clock: jsg::clock::set(clock),
            before: CURRENT.with(|current| current.replace(context)),
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        jsg::clock::set(self.clock);
        let before = self.before.take();
        let ended = CURRENT.with(|current| current.replace(before));
        drop(ended);
    }
}
