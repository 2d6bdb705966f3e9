//! `AbortSignal` (DOM §3.2).
//!
//! A signal is no I/O object: any event may look at one and abort it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::{Rc, Weak};

use futures::channel::oneshot;
use io::IoContext;
use jsg::js::{Global, Local, Value};
use jsg::{
    DomException, Error, Handle, JsRef, Lock, Nullable, Ref, Result, Strong, Untraced, WeakRef,
};

use crate::events::{Event, EventTarget};

/// See the module.
#[jsg::class(extends = EventTarget)]
pub struct AbortSignal {
    origin: Origin,
    aborted: Cell<bool>,
    reason: RefCell<Option<JsRef<Value>>>,
    /// Signals that abort with this one (DOM §3.2, "dependent signals").
    dependents: RefCell<Vec<Ref<AbortSignal>>>,
    /// Native abort algorithms hold roots only.
    algorithms: Untraced<Rc<Algorithms>>,
    /// Listeners of other targets that go when this signal aborts.
    removals: RefCell<Vec<Removal>>,
    parent: EventTarget,
}

/// Who made a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Guest,
    /// The signal of an incoming request: whether a subrequest that is made from that request
    /// follows it depends on `request_signal_passthrough`.
    IncomingRequest,
}

impl jsg::Trace for Origin {
    fn trace(&self, _: &mut jsg::Visitor) {}
}

struct Removal {
    target: WeakRef<EventTarget>,
    kind: String,
    id: u64,
}

impl jsg::Trace for Removal {
    fn trace(&self, visitor: &mut jsg::Visitor) {
        self.target.trace(visitor);
    }
}

type Algorithm = Box<dyn for<'s, 'i> FnOnce(&mut Lock<'s, 'i>, Local<'s, Value>)>;

#[derive(Default)]
struct Algorithms {
    last_id: Cell<u64>,
    /// Those that tell a signal of another isolate.
    remote: RefCell<Vec<u64>>,
    waiting: RefCell<Vec<(u64, Algorithm)>>,
}

/// An abort algorithm's registration: dropped, it will not run.
pub struct AbortRegistration {
    algorithms: Weak<Algorithms>,
    id: u64,
}

impl Drop for AbortRegistration {
    fn drop(&mut self) {
        if let Some(algorithms) = self.algorithms.upgrade() {
            let mut waiting = algorithms.waiting.borrow_mut();
            let position = waiting.iter().position(|(id, _)| *id == self.id);
            let removed = position.map(|position| waiting.remove(position));
            // Its captures' destructors are not ours.
            drop(waiting);
            drop(removed);
        }
    }
}

#[jsg::methods]
impl AbortSignal {
    #[jsg(static_method)]
    fn abort<'s>(js: &mut Lock<'s, '_>, reason: Option<Local<'s, Value>>) -> Handle<'s, Self> {
        let reason = reason.unwrap_or_else(|| abort_error(js));
        Self::aborted_with(js, reason)
    }

    #[jsg(static_method)]
    fn timeout<'s>(js: &mut Lock<'s, '_>, delay: f64) -> Result<Handle<'s, Self>> {
        let signal = Self::create(js, Origin::Guest);
        let strong = Strong::new(js, signal);
        crate::timers::start(js, delay, move |js| {
            let signal = strong.get(js);
            let reason = interruption(
                js,
                "TimeoutError",
                "The operation was aborted due to timeout",
            );
            Self::trigger(js, signal, Some(reason))
        })?;
        Ok(signal)
    }

    #[jsg(static_method)]
    fn any<'s>(js: &mut Lock<'s, '_>, signals: Vec<Handle<'s, Self>>) -> Handle<'s, Self> {
        let dependent = Self::create(js, Origin::Guest);
        if let Some(aborted) = signals.iter().find(|signal| signal.is_aborted()) {
            let reason = aborted.reason_value(js);
            dependent.mark(js, reason);
            return dependent;
        }
        for signal in signals {
            let dependent = Ref::new(js, dependent);
            signal.dependents.borrow_mut().push(dependent);
        }
        dependent
    }

    #[jsg(getter, name = "aborted")]
    pub fn is_aborted(&self) -> bool {
        self.aborted.get()
    }

    /// The reason; undefined before the abort.
    #[jsg(getter, name = "reason")]
    pub fn reason_value<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        match &*self.reason.borrow() {
            Some(reason) => reason.get(js),
            None => jsg::js::undefined(js).into(),
        }
    }

    #[jsg(prototype_getter)]
    fn onabort<'s>(&self, js: &mut Lock<'s, '_>) -> Nullable<Local<'s, jsg::js::Object>> {
        Nullable(self.parent.attribute(js, ABORT))
    }

    #[jsg(setter)]
    fn set_onabort<'s>(&self, js: &mut Lock<'s, '_>, handler: Local<'s, Value>) {
        self.parent.set_attribute(js, ABORT, handler);
    }

    /// # Errors
    /// The reason, if the signal is aborted.
    #[jsg(method)]
    pub fn throw_if_aborted(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        if !self.is_aborted() {
            return Ok(());
        }
        let reason = self.reason_value(js);
        Err(Error::value(js, reason))
    }

    /// How many operations of the runtime follow the signal.
    #[jsg(method, flag = Experimental)]
    fn get_native_registration_count_for_test(&self) -> u32 {
        self.algorithms.waiting.borrow().len() as u32
    }

    /// From now on, signals that were sent elsewhere do not follow this one.
    #[jsg(method, flag = Experimental)]
    fn drop_rpc_triggers_for_test(&self) {
        let remote = self.algorithms.remote.take();
        let is_remote = |(id, _): &mut (u64, Algorithm)| remote.contains(id);
        let dropped: Vec<_> = {
            let mut waiting = self.algorithms.waiting.borrow_mut();
            waiting.extract_if(.., is_remote).collect()
        };
        drop(dropped);
    }
}

const ABORT: &str = "abort";

impl AbortSignal {
    /// A signal that is not aborted yet.
    pub fn create<'s>(js: &mut Lock<'s, '_>, origin: Origin) -> Handle<'s, Self> {
        let signal = Self {
            origin,
            aborted: Cell::new(false),
            reason: RefCell::new(None),
            dependents: RefCell::default(),
            algorithms: Untraced(Rc::default()),
            removals: RefCell::default(),
            parent: EventTarget::with_attributes(&[ABORT]),
        };
        Handle::new(js, signal)
    }

    /// A signal that is aborted already.
    pub fn aborted_with<'s>(js: &mut Lock<'s, '_>, reason: Local<'s, Value>) -> Handle<'s, Self> {
        let signal = Self::create(js, Origin::Guest);
        signal.mark(js, reason);
        signal
    }

    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Aborts when the client of the current event goes before it has its answer.
    pub fn abort_when_client_gone<'s>(js: &mut Lock<'s, '_>, signal: Handle<'s, Self>) {
        let Some(context) = IoContext::try_current(js) else {
            return;
        };
        let signal = Strong::new(js, signal);
        context.when_client_gone(Box::new(move |js| {
            let reason = interruption(js, "AbortError", "The client has disconnected");
            let signal = signal.get(js);
            let aborted = jsg::promise::try_catch(js, |js| Self::trigger(js, signal, Some(reason)));
            if let Err(exception) = aborted {
                io::context::report_rejection(js, exception);
            }
        }));
    }

    /// "Signal abort" (DOM §3.2); without a reason it is an `AbortError`. A second time does nothing.
    ///
    /// # Errors
    /// What a listener throws, before `spec_compliant_dispatch_exceptions`.
    pub fn trigger<'s>(
        js: &mut Lock<'s, '_>,
        signal: Handle<'s, Self>,
        reason: Option<Local<'s, Value>>,
    ) -> Result<()> {
        if signal.is_aborted() {
            return Ok(());
        }
        let reason = reason.unwrap_or_else(|| abort_error(js));
        let mut aborting = vec![signal];
        let mut index = 0;
        signal.mark(js, reason);
        // All dependents know the reason before guest code hears of the abort.
        while let Some(source) = aborting.get(index) {
            index += 1;
            let dependents: Vec<_> = {
                let dependents = source.dependents.borrow();
                dependents.iter().map(|signal| signal.get(js)).collect()
            };
            source.dependents.borrow_mut().clear();
            for dependent in dependents {
                if !dependent.is_aborted() {
                    dependent.mark(js, reason);
                    aborting.push(dependent);
                }
            }
        }
        let mut result = Ok(());
        for signal in aborting {
            let ended = Self::run_steps(js, signal, reason);
            result = result.and(ended);
        }
        result
    }

    fn mark<'s>(&self, js: &Lock<'s, '_>, reason: Local<'s, Value>) {
        self.aborted.set(true);
        let reason = JsRef::new(js, reason);
        self.reason.borrow_mut().replace(reason);
    }

    /// "Run the abort steps" (DOM §3.2). Listeners go with the abort, since nothing follows it.
    fn run_steps<'s>(
        js: &mut Lock<'s, '_>,
        signal: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) -> Result<()> {
        // The references are traced where they are: they leave only when they have been used.
        for removal in &*signal.removals.borrow() {
            if let Some(target) = removal.target.get(js) {
                target.remove_listener(&removal.kind, removal.id);
            }
        }
        signal.removals.borrow_mut().clear();
        let algorithms = signal.algorithms.waiting.take();
        for (_, algorithm) in algorithms {
            algorithm(js, reason);
        }
        let event = Handle::new(js, Event::trusted(ABORT));
        let target = signal.upcast::<EventTarget>(js);
        let dispatched = EventTarget::dispatch(js, target, event);
        signal.parent.remove_all();
        dispatched.map(|_| ())
    }

    /// Runs `algorithm` with the reason when the signal aborts; at once if it has.
    pub fn on_abort<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: impl for<'a, 'i> FnOnce(&mut Lock<'a, 'i>, Local<'a, Value>) + 'static,
    ) -> AbortRegistration {
        let algorithms = &self.algorithms;
        let id = algorithms.last_id.get() + 1;
        algorithms.last_id.set(id);
        if self.is_aborted() {
            let reason = self.reason_value(js);
            algorithm(js, reason);
        } else {
            let waiting = (id, Box::new(algorithm) as Algorithm);
            algorithms.waiting.borrow_mut().push(waiting);
        }
        AbortRegistration {
            algorithms: Rc::downgrade(algorithms),
            id,
        }
    }

    /// As [`on_abort`](Self::on_abort), for an algorithm that tells a signal of another isolate.
    pub fn on_abort_remotely<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        algorithm: impl for<'a, 'i> FnOnce(&mut Lock<'a, 'i>, Local<'a, Value>) + 'static,
    ) -> AbortRegistration {
        let registration = self.on_abort(js, algorithm);
        self.algorithms.remote.borrow_mut().push(registration.id);
        registration
    }

    /// A future that yields the reason as an error when the signal aborts, and never otherwise.
    pub fn aborted(&self, js: &mut Lock<'_, '_>) -> impl Future<Output = Error> + use<> {
        let (sender, receiver) = oneshot::channel::<Global<Value>>();
        let registration = self.on_abort(js, move |js, reason| {
            // Nobody waits any more: nobody has to know.
            let _ = sender.send(Global::new(js, reason));
        });
        async move {
            let _registration = registration;
            match receiver.await {
                Ok(reason) => Error::Value(reason),
                Err(_) => std::future::pending().await,
            }
        }
    }

    /// Removes a listener of `target` when this signal aborts.
    pub(crate) fn remove_listener_on_abort<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        target: Handle<'s, EventTarget>,
        kind: String,
        id: u64,
    ) {
        let target = WeakRef::new(js, target);
        let mut removals = self.removals.borrow_mut();
        removals.push(Removal { target, kind, id });
        // A long-lived signal forgets dead targets, at a cost that stays constant per listener.
        if removals.len() >= 32 && removals.len().is_power_of_two() {
            removals.retain(|removal| removal.target.get(js).is_some());
        }
    }
}

/// The reason of an abort without one.
fn abort_error<'s>(js: &mut Lock<'s, '_>) -> Local<'s, Value> {
    interruption(js, "AbortError", "The operation was aborted")
}

/// An exception that says that trying again may help.
fn interruption<'s>(
    js: &mut Lock<'s, '_>,
    name: &'static str,
    message: &'static str,
) -> Local<'s, Value> {
    let exception = DomException::create(js, name, message);
    if let Ok(object) = Local::<jsg::js::Object>::try_from(exception) {
        let key = jsg::intern(js, "retryable");
        let yes = jsg::js::Boolean::new(js, true);
        object.set(js, key.into(), yes.into());
    }
    exception
}
