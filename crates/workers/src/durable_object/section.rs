//! `blockConcurrencyWhile()`: a critical section of the object's input gate around a guest's function.
//!
//! B1. The section ends when the function's promise settles, and what waits for the result goes on with the lock that
//!     the section held: nothing else happens to the object in between.
//! B2. A section that fails, or takes too long, breaks the object.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{Either, select};
use io::channel::Hint;
use io::{ChannelError, CriticalSection, IoContext};
use jsg::async_context::Captured;
use jsg::js::{Function, Global, Local, Promise, PromiseResolver, Value};
use jsg::promise::Continuation;
use jsg::{Error, Lock, Result};

/// How deep sections may be nested.
const DEEPEST: usize = 64;
/// How long a section may take.
const LONGEST: Duration = Duration::from_secs(30);

const TOO_LONG: &str = "A call to blockConcurrencyWhile() in a Durable Object waited for too long. The call was canceled and the \
     Durable Object was reset.";

/// A section that runs, until somebody ends it.
#[derive(Clone)]
struct Running(Rc<RefCell<Option<Section>>>);

struct Section {
    section: CriticalSection,
    /// Dropped with the section: then nobody watches the time any more.
    _watch: oneshot::Sender<()>,
}

/// Runs `callback` in a section; the promise is that of its result.
///
/// # Errors
/// There is no object, or sections are nested too deeply.
pub fn block_concurrency_while<'s>(
    js: &mut Lock<'s, '_>,
    callback: Local<'s, Function>,
) -> Result<Local<'s, Promise>> {
    let context = IoContext::current(js)?;
    let lock = context
        .input_lock()
        .ok_or_else(|| Error::Internal("a section outside of any object".into()))?;
    let section = lock.start_section();
    if section.gate().depth() > DEEPEST {
        return Err(Error::error(
            "blockConcurrencyWhile() calls are nested too deeply.",
        ));
    }
    let entering = section.enter();
    let resolver = jsg::promise::resolver(js);
    let promise = resolver.get_promise(js);
    let (resolver, callback) = (Global::new(js, resolver), Global::new(js, callback));
    let frame = Captured::capture(js);
    context.add_entry(async move {
        let lock = entering.await.ok()?;
        let finish: Continuation =
            Box::new(move |js| frame.run(js, |js| run(js, section, callback, resolver)));
        Some((lock, finish))
    });
    Ok(promise)
}

fn run(
    js: &mut Lock<'_, '_>,
    section: CriticalSection,
    callback: Global<Function>,
    resolver: Global<PromiseResolver>,
) {
    let Some(context) = IoContext::try_current(js) else {
        return;
    };
    let (watch, ended) = oneshot::channel();
    let running = Running(Rc::new(RefCell::new(Some(Section {
        section,
        _watch: watch,
    }))));
    let callback = Local::new(js, callback);
    let undefined = jsg::js::undefined(js).into();
    let (fulfilled, rejected) = (running.clone(), running.clone());
    let attached = jsg::promise::try_catch(js, |js| {
        let value = callback.call(js, undefined, &[]).ok_or(Error::Pending)?;
        let promise = jsg::promise::of(js, value);
        jsg::promise::observe(
            js,
            promise,
            move |js, value| {
                fulfilled.succeed(js, resolver, value);
                Ok(())
            },
            move |js, reason| {
                rejected.fail(js, reason);
                Ok(())
            },
        )
    });
    match attached {
        Ok(()) => context.add_task(watch_time(Rc::downgrade(&running.0), ended)),
        Err(exception) => running.fail(js, exception),
    }
}

/// Breaks the object when the section takes too long.
async fn watch_time(running: Weak<RefCell<Option<Section>>>, ended: oneshot::Receiver<()>) {
    let time = std::pin::pin!(io::timers::sleep(LONGEST));
    if let Either::Left(_) = select(time, ended).await
        && let Some(running) = running.upgrade()
        && let Some(section) = running.take()
    {
        let error = ChannelError::classed("Error", TOO_LONG).hinted(Hint::Reset);
        section.section.fail(&error.hinted(Hint::Overloaded));
    }
}

impl Running {
    fn succeed<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        resolver: Global<PromiseResolver>,
        value: Local<'s, Value>,
    ) {
        let Some(section) = self.0.take() else { return };
        let (Some(lock), Some(context)) = (section.section.succeed(), IoContext::try_current(js))
        else {
            return;
        };
        let value = Global::new(js, value);
        let frame = Captured::capture(js);
        let finish: Continuation = Box::new(move |js| {
            frame.run(js, |js| {
                let (resolver, value) = (Local::new(js, resolver), Local::new(js, value));
                resolver.resolve(js, value);
            });
        });
        context.add_entry(async move { Some((lock, finish)) });
    }

    fn fail<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) {
        let Some(section) = self.0.take() else { return };
        io::context::report_rejection(js, reason);
        let error = io::exception::to_remote(js, reason);
        section
            .section
            .fail(&error.not_remote().hinted(Hint::Reset));
    }
}
