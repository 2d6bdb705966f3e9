//! `scheduler` (Prioritized Task Scheduling; only `wait()`, which is a proposal).

use std::cell::RefCell;
use std::rc::Rc;

use jsg::js::{Global, Local, Promise, PromiseResolver};
use jsg::{Handle, Lock, Result};

use crate::abort::AbortSignal;

/// See the module.
#[jsg::class]
pub struct Scheduler {}

#[derive(jsg::Dictionary)]
struct WaitOptions<'s> {
    signal: Option<Handle<'s, AbortSignal>>,
}

#[jsg::methods]
impl Scheduler {
    /// Fulfilled after `delay` milliseconds, rejected when the signal aborts before.
    #[jsg(method, promise)]
    fn wait<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        delay: f64,
        options: WaitOptions<'s>,
    ) -> Result<Local<'s, Promise>> {
        if let Some(signal) = options.signal {
            signal.throw_if_aborted(js)?;
        }
        let resolver = PromiseResolver::new(js).ok_or(jsg::Error::Pending)?;
        let promise = resolver.get_promise(js);
        let waiting = Rc::new(RefCell::new(None));
        let (on_time, fulfilled) = (waiting.clone(), Global::new(js, resolver));
        let timer = crate::timers::start(js, delay, move |js| {
            // Its registration goes: an abort finds nothing to do.
            drop(on_time.take());
            let undefined = jsg::js::undefined(js).into();
            Local::new(js, &fulfilled).resolve(js, undefined);
            Ok(())
        })?;
        if let Some(signal) = options.signal {
            let rejected = Global::new(js, resolver);
            let context = Rc::downgrade(&io::IoContext::current(js)?);
            let registration = signal.on_abort(js, move |js, reason| {
                if let Some(context) = context.upgrade() {
                    context.clear_timer(timer);
                }
                Local::new(js, &rejected).reject(js, reason);
            });
            waiting.replace(Some(registration));
        }
        Ok(promise)
    }
}

impl Scheduler {
    pub(crate) fn new() -> Self {
        Self {}
    }
}
