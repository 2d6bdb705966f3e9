//! `scheduler` (Prioritized Task Scheduling; only `wait()`, which is a proposal).

use std::cell::RefCell;
use std::rc::Rc;

use jsg::js::{Global, Local, Object, Promise, PromiseResolver, Value};
use jsg::{DomException, Error, Handle, Lock, Result};

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
    #[jsg(method, promise, length = 1)]
    fn wait<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        delay: f64,
        options: WaitOptions<'s>,
    ) -> Result<Local<'s, Promise>> {
        if let Some(signal) = options.signal
            && let Err(reason) = jsg::promise::try_catch(js, |js| signal.throw_if_aborted(js))
        {
            return Err(passed_on(js, reason));
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
                let error = passed_on(js, reason);
                let copy = jsg::promise::exception_of(js, error);
                if is_retryable(js, reason)
                    && let Ok(copy) = Local::<Object>::try_from(copy)
                {
                    let key = jsg::intern(js, "retryable");
                    let yes = jsg::js::Boolean::new(js, true);
                    copy.set(js, key.into(), yes.into());
                }
                Local::new(js, &rejected).reject(js, copy);
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

/// The reason of an abort as the promise gets it: a copy with a stack of its own, and always an object.
fn passed_on<'s>(js: &mut Lock<'s, '_>, reason: Local<'s, Value>) -> Error {
    let copied = jsg::promise::try_catch(js, |js| copy(js, reason));
    if let Ok(Some(copy)) = copied {
        return Error::value(js, copy);
    }
    let text = jsg::promise::try_catch(js, |js| {
        let text = reason.to_string(js).ok_or(Error::Pending)?;
        Ok(text.to_rust_string_lossy(js))
    });
    Error::error(text.unwrap_or_default())
}

fn copy<'s>(js: &mut Lock<'s, '_>, reason: Local<'s, Value>) -> Result<Option<Local<'s, Value>>> {
    let Ok(object) = Local::<Object>::try_from(reason) else {
        return Ok(None);
    };
    if let Some(exception) = Handle::<DomException>::from_object(js, object) {
        let (name, message) = (exception.get().name_str(), exception.get().message_str());
        return Ok(Some(DomException::create(js, name, message)));
    }
    let options = jsg::clone::Options {
        fresh_stacks: true,
        ..Default::default()
    };
    let written = jsg::clone::serialize(js, reason, &[], &options)?;
    jsg::clone::deserialize(js, written, &options).map(Some)
}

/// Whether the reason is that of an abort without one.
fn is_retryable<'s>(js: &mut Lock<'s, '_>, reason: Local<'s, Value>) -> bool {
    let Ok(reason) = Local::<Object>::try_from(reason) else {
        return false;
    };
    let key = jsg::intern(js, "retryable");
    Handle::<DomException>::from_object(js, reason).is_some()
        && reason
            .get(js, key.into())
            .is_some_and(|value| value.is_true())
}
