//! The `tailStream` event: what another event does, as it does it.
//!
//! The handler is called with the onset and returns what is called with the rest: a function, or an object with a
//! function for each kind. Items come in batches: the next one when all that the handler has returned for this one has
//! settled.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use io::event::Outcome;
use io::trace::TailStream;
use io::trace::stream::{Reader, StreamEvent, StreamItem};
use io::{ChannelError, DriveEnd, IoContext};
use jsg::js::{Function, Global, Local, Object, Promise, Value};
use jsg::promise::Continuation;
use jsg::{Error, Lock};
use workers::tail::stream::{handler_name, object};

use super::{Guard, execution_context, instance_of};
use crate::definition::Entrypoint;
use crate::errors::{condemned, hung, log_uncaught};
use crate::handlers::Event;
use crate::instance::Instance;
use crate::tracer::{self, Heard};
use crate::worker::Worker;

const NO_HANDLER: &str =
    "A worker configured to act as a streaming tail worker does not export a tailStream() handler.";
const FAILED: &str = "A worker configured to act as a streaming tail worker did not return a valid tailStream() handler.";

/// Delivers what comes until the other event has ended, or nobody wants to hear more; waits for all that the handlers
/// start.
///
/// # Errors
/// The Worker could not start or was stopped. A handler that fails is in the log.
pub async fn tail_stream(
    worker: &Worker,
    entrypoint: &Entrypoint,
    stream: TailStream,
) -> Result<(), ChannelError> {
    let instance = instance_of(worker)?;
    let context = IoContext::new(instance.isolate().clone());
    let _guard = Guard::new(context.clone());
    tracer::begin_tail(&context, worker, entrypoint, Heard::stream(&stream));
    let session = Rc::new(Session {
        instance: instance.clone(),
        entrypoint: entrypoint.clone(),
        reader: RefCell::new(Some(Rc::new(stream.reader))),
        handler: RefCell::default(),
        is_done: Cell::new(false),
        has_failed: Cell::new(false),
    });
    session.listen(&context);
    let isolate = context.isolate().clone();
    let end = context
        .drive(|| session.is_done.get() || isolate.condemned().is_some())
        .await;
    // The other side is told that nobody listens any more.
    session.reader.take();
    if let Some(error) = condemned(&instance) {
        return Err(error);
    }
    if end == DriveEnd::Idle {
        hung(&context);
        session.has_failed.set(true);
    }
    tracer::returned(&context);
    context.drive(|| !context.is_held()).await;
    let outcome = if session.has_failed.get() || context.has_failed() {
        Outcome::Exception
    } else {
        Outcome::Ok
    };
    tracer::set_outcome(&context, outcome);
    Ok(())
}

/// What one stream is at.
struct Session {
    instance: Rc<Instance>,
    entrypoint: Entrypoint,
    reader: RefCell<Option<Rc<Reader>>>,
    /// What the handler has returned for the onset.
    handler: RefCell<Option<Global<Object>>>,
    is_done: Cell<bool>,
    has_failed: Cell<bool>,
}

impl Session {
    /// Waits for the next batch.
    fn listen(self: &Rc<Self>, context: &Rc<IoContext>) {
        let Some(reader) = self.reader.borrow().clone() else {
            return;
        };
        let session = self.clone();
        context.add_task_then(async move {
            let batch = reader.next().await;
            let finish: Continuation = Box::new(move |js| match batch {
                Some(batch) => session.handle(js, batch),
                None => session.stop(),
            });
            finish
        });
    }

    fn stop(&self) {
        self.is_done.set(true);
    }

    fn fail<'s>(&self, js: &mut Lock<'s, '_>, exception: Local<'s, Value>) {
        log_uncaught(js, "Uncaught (in promise)", exception);
        self.has_failed.set(true);
        self.stop();
    }

    fn handle(self: &Rc<Self>, js: &mut Lock<'_, '_>, batch: Vec<StreamItem>) {
        if !matches!(batch.first(), Some(first) if matches!(first.event, StreamEvent::Onset(_))) {
            return self.items(js, batch);
        }
        for onset in batch {
            match jsg::promise::try_catch(js, |js| self.onset(js, onset)) {
                Ok(Some(returned)) => self.begin(js, returned),
                Ok(None) => self.stop(),
                Err(_) => {
                    web::console::warn_once(js, FAILED);
                    self.stop();
                }
            }
        }
    }

    /// Calls `tailStream()`; `None` when there is none.
    fn onset<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        onset: StreamItem,
    ) -> Result<Option<Local<'s, Value>>, Error> {
        let name = self.entrypoint.name.as_deref();
        let Some(handlers) = self.instance.handlers(name) else {
            web::console::warn_once(js, NO_HANDLER);
            return Ok(None);
        };
        let env = self.instance.env(js);
        let ctx = execution_context(js, &self.instance, &self.entrypoint, !handlers.is_class())?;
        let Some(callee) = handlers.callee(js, Event::TailStream, env, ctx.object())? else {
            web::console::warn_once(js, NO_HANDLER);
            return Ok(None);
        };
        let event = object(js, onset)?;
        let arguments = [event.into(), env.into(), ctx.object().into()];
        let value = callee
            .function
            .call(js, callee.this, &arguments)
            .ok_or(Error::Pending)?;
        Ok(Some(value))
    }

    /// Waits for what `tailStream()` has returned.
    fn begin<'s>(self: &Rc<Self>, js: &mut Lock<'s, '_>, returned: Local<'s, Value>) {
        let promise = jsg::promise::of(js, returned);
        let (session, failing) = (self.clone(), self.clone());
        let attached = jsg::promise::observe(
            js,
            promise,
            move |js, handler| {
                session.accept(js, handler);
                Ok(())
            },
            move |js, reason| {
                failing.fail(js, reason);
                Ok(())
            },
        );
        self.attached(js, attached);
    }

    fn accept<'s>(self: &Rc<Self>, js: &mut Lock<'s, '_>, handler: Local<'s, Value>) {
        if let Ok(handler) = Local::<Object>::try_from(handler) {
            self.handler.replace(Some(Global::new(js, handler)));
            if let Some(context) = IoContext::try_current(js) {
                self.listen(&context);
            }
            return;
        }
        if !handler.is_undefined() {
            let kind = handler.type_of(js).to_rust_string_lossy(js);
            let warning = format!(
                "tailStream() handler returned an unusable value. The tailStream() handler is expected to return \
                 either a function, an object, or undefined. Received {kind}"
            );
            web::console::warn_once(js, warning);
        }
        self.stop();
    }

    /// Calls the handler with each item and waits for what it returns.
    fn items(self: &Rc<Self>, js: &mut Lock<'_, '_>, batch: Vec<StreamItem>) {
        let Some(handler) = self.handler.borrow().clone() else {
            return self.stop();
        };
        let handler = Local::new(js, handler);
        let is_last = |item: &StreamItem| matches!(item.event, StreamEvent::Outcome(_));
        let ends = batch.iter().any(is_last);
        let waiting = Rc::new(Cell::new(1));
        for item in batch {
            let called = jsg::promise::try_catch(js, |js| call(js, handler, item));
            match called {
                Ok(Some(promise)) => self.wait(js, promise, &waiting, ends),
                Ok(None) => {}
                Err(exception) => return self.fail(js, exception),
            }
        }
        self.settled(js, &waiting, ends);
    }

    fn wait<'s>(
        self: &Rc<Self>,
        js: &mut Lock<'s, '_>,
        promise: Local<'s, Promise>,
        waiting: &Rc<Cell<usize>>,
        ends: bool,
    ) {
        waiting.set(waiting.get() + 1);
        let (session, failing, waiting) = (self.clone(), self.clone(), waiting.clone());
        let attached = jsg::promise::observe(
            js,
            promise,
            move |js, _| {
                session.settled(js, &waiting, ends);
                Ok(())
            },
            move |js, reason| {
                failing.fail(js, reason);
                Ok(())
            },
        );
        self.attached(js, attached);
    }

    /// One of those that are waited for has settled; the last one brings the next batch.
    fn settled(self: &Rc<Self>, js: &mut Lock<'_, '_>, waiting: &Cell<usize>, ends: bool) {
        waiting.set(waiting.get() - 1);
        if waiting.get() > 0 || self.is_done.get() {
            return;
        }
        if ends {
            self.stop();
        } else if let Some(context) = IoContext::try_current(js) {
            self.listen(&context);
        }
    }

    fn attached(&self, js: &mut Lock<'_, '_>, attached: Result<(), Error>) {
        if let Err(error) = attached {
            let exception = jsg::promise::exception_of(js, error);
            self.fail(js, exception);
        }
    }
}

/// Calls the function for an item, if there is one; gives the promise that it returns, if it does.
fn call<'s>(
    js: &mut Lock<'s, '_>,
    handler: Local<'s, Object>,
    item: StreamItem,
) -> Result<Option<Local<'s, Promise>>, Error> {
    let function = match Local::<Function>::try_from(handler) {
        Ok(function) => function,
        Err(_) => {
            let Some(name) = handler_name(&item.event) else {
                return Ok(None);
            };
            let key = jsg::intern(js, name);
            let function = handler.get(js, key.into()).ok_or(Error::Pending)?;
            match Local::<Function>::try_from(function) {
                Ok(function) => function,
                Err(_) => return Ok(None),
            }
        }
    };
    let event = object(js, item)?;
    let value = function
        .call(js, handler.into(), &[event.into()])
        .ok_or(Error::Pending)?;
    Ok(Local::<Promise>::try_from(value).ok())
}
