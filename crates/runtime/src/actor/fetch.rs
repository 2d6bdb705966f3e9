//! Requests to an object.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use futures::channel::oneshot;
use io::IoOwn;
use io::channel::{ChannelError, SubrequestResult};
use io::trace::SpanContext;
use jsg::js::{Function, Local, Promise, PromiseState};
use jsg::{Error, Handle, Isolate, Lock};
use net::Body;
use web::fetch::{Request, RequestSource, Response, Upgrade};

use super::traced::Traced;
use super::{Actor, gone};
use crate::events::fetch::{NO_HANDLER, NOT_A_PROMISE, Outcome, respond};
use crate::tracer;

/// Sends the request and waits for the answer, and for the writes that it may tell of.
///
/// # Errors
/// What the object threw, or why it is broken, as the other side of a boundary sees it.
pub(super) async fn fetch(actor: &Actor, request: http::Request<Body>) -> SubrequestResult {
    let lock = actor.enter().await.map_err(ChannelError::remote)?;
    let (parts, body) = request.into_parts();
    let upgrade = Upgrade::of(&parts.headers);
    let context = &actor.context;
    let traced = Traced::begin(actor, parts.extensions.get::<SpanContext>().copied());
    let first = context.run_locked(Some(lock), |js| {
        let called = jsg::promise::try_catch(js, |js| {
            let request = Request::from_http(js, parts, body, RequestSource::Subrequest)?;
            tracer::request(js, &request)?;
            call(js, actor, request)
        });
        match called {
            Ok(promise) => settle(js, actor, promise, upgrade),
            Err(exception) => Ok(finish(js, Err(exception), None)),
        }
    });
    let answer = match first {
        Ok(answer) => answer,
        Err(later) => later.await.unwrap_or_else(|_| Err(gone())),
    };
    let answer = match actor.broken() {
        Some(error) => Err(error.remote()),
        None => answer,
    };
    if let Some(context) = traced.resume() {
        tracer::fetched(context, &answer);
    }
    if let Some(open) = context.wait_for_output() {
        open.await.map_err(ChannelError::remote)?;
    }
    answer
}

fn call<'s>(
    js: &mut Lock<'s, '_>,
    actor: &Actor,
    request: Handle<'s, Request>,
) -> Result<Local<'s, Promise>, Error> {
    let object = actor.object(js)?;
    let key = jsg::intern(js, "fetch");
    let function = object.get(js, key.into()).ok_or(Error::Pending)?;
    let function = Local::<Function>::try_from(function).map_err(|_| {
        web::console::warn_once(js, NO_HANDLER);
        Error::error("Handler does not export a fetch() function.")
    })?;
    let value = function
        .call(js, object.into(), &[request.object().into()])
        .ok_or(Error::Pending)?;
    if let Ok(promise) = Local::<Promise>::try_from(value) {
        return Ok(promise);
    }
    if Handle::<Response>::from_value(js, value).is_none() {
        return Err(Error::type_error(NOT_A_PROMISE));
    }
    Ok(jsg::promise::resolved(js, value))
}

/// The answer, if it is there after a drain of the microtask queue, or else the way by which it comes.
fn settle<'s>(
    js: &mut Lock<'s, '_>,
    actor: &Actor,
    promise: Local<'s, Promise>,
    upgrade: Option<Upgrade>,
) -> Result<SubrequestResult, oneshot::Receiver<SubrequestResult>> {
    // Its rejection is the answer, whenever it comes.
    promise.mark_as_handled();
    Isolate::drain_microtasks(js);
    match promise.state() {
        PromiseState::Fulfilled => {
            let value = promise.result(js);
            Ok(finish(js, Ok(value), upgrade.as_ref()))
        }
        PromiseState::Rejected => {
            let reason = promise.result(js);
            Ok(finish(js, Err(reason), None))
        }
        PromiseState::Pending => {
            let (sender, receiver) = oneshot::channel();
            attach(js, promise, Answer::new(actor, sender), upgrade);
            Err(receiver)
        }
    }
}

/// The answer that somebody waits for: the object's end is one, too.
struct Answer {
    /// Whatever event settles the promise, the answer is there.
    slot: Weak<Slot>,
    _owned: IoOwn<Rc<Slot>>,
}

type Slot = RefCell<Option<oneshot::Sender<SubrequestResult>>>;

impl Answer {
    fn new(actor: &Actor, sender: oneshot::Sender<SubrequestResult>) -> Rc<Self> {
        let slot = Rc::new(RefCell::new(Some(sender)));
        Rc::new(Self {
            slot: Rc::downgrade(&slot),
            _owned: actor.context.own("", slot),
        })
    }

    fn send(&self, result: SubrequestResult) {
        if let Some(sender) = self.slot.upgrade().and_then(|slot| slot.take()) {
            // The caller has gone: nobody has to know.
            let _ = sender.send(result);
        }
    }
}

fn attach<'s>(
    js: &mut Lock<'s, '_>,
    promise: Local<'s, Promise>,
    answer: Rc<Answer>,
    upgrade: Option<Upgrade>,
) {
    let other = answer.clone();
    // A guest that is being terminated attaches nothing.
    let _ = jsg::promise::observe(
        js,
        promise,
        move |js, value| {
            let response = finish(js, Ok(value), upgrade.as_ref());
            answer.send(response);
            Ok(())
        },
        move |js, reason| {
            let failure = finish(js, Err(reason), None);
            other.send(failure);
            Ok(())
        },
    );
}

/// The answer that guests of other events see: errors whole.
fn finish<'s>(
    js: &mut Lock<'s, '_>,
    settled: Outcome<'s>,
    upgrade: Option<&Upgrade>,
) -> SubrequestResult {
    respond(js, settled, upgrade).map_err(|exception| io::exception::to_remote_whole(js, exception))
}
