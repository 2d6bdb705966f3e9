//! `Event` (DOM §2.2).

use std::cell::{Cell, RefCell};

use jsg::js::{Local, Value};
use jsg::{Error, Handle, Lock, LockExt, Ref, Result, ToJs};

use super::EventTarget;

/// See the module.
#[jsg::class]
pub struct Event {
    kind: String,
    init: Init,
    trusted: bool,
    stopped: Cell<bool>,
    propagation_stopped: Cell<bool>,
    prevented: Cell<bool>,
    /// While a listener runs that may not prevent the default.
    in_passive_listener: Cell<bool>,
    dispatching: Cell<bool>,
    target: RefCell<Option<Ref<EventTarget>>>,
}

/// `EventInit`, resolved.
#[derive(Debug, Clone, Copy, Default)]
pub struct Init {
    pub bubbles: bool,
    pub cancelable: bool,
    pub composed: bool,
}

impl jsg::Trace for Init {
    fn trace(&self, _: &mut jsg::Visitor) {}
}

#[derive(jsg::Dictionary)]
#[jsg(name = "Init")]
struct EventInit {
    bubbles: Option<bool>,
    cancelable: Option<bool>,
    composed: Option<bool>,
}

impl Init {
    pub(super) fn of(
        bubbles: Option<bool>,
        cancelable: Option<bool>,
        composed: Option<bool>,
    ) -> Self {
        Self {
            bubbles: bubbles.unwrap_or(false),
            cancelable: cancelable.unwrap_or(false),
            composed: composed.unwrap_or(false),
        }
    }
}

#[jsg::methods]
impl Event {
    #[jsg(constructor, length = 1)]
    fn new(kind: String, init: EventInit) -> Self {
        let init = Init::of(init.bubbles, init.cancelable, init.composed);
        Self::by_guest(kind, init)
    }

    #[jsg(getter, name = "type")]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    #[jsg(getter)]
    fn event_phase(&self) -> u16 {
        if self.dispatching.get() {
            AT_TARGET
        } else {
            NONE
        }
    }

    #[jsg(getter)]
    fn composed(&self) -> bool {
        self.init.composed
    }

    #[jsg(getter)]
    fn bubbles(&self) -> bool {
        self.init.bubbles
    }

    #[jsg(getter)]
    fn cancelable(&self) -> bool {
        self.init.cancelable
    }

    #[jsg(getter)]
    fn default_prevented(&self) -> bool {
        self.init.cancelable && self.prevented.get()
    }

    #[jsg(getter, unless = PedanticWpt)]
    #[jsg(getter, flag = PedanticWpt)]
    fn return_value(&self) -> bool {
        !self.default_prevented()
    }

    #[jsg(setter, flag = PedanticWpt)]
    fn set_return_value(&self, value: bool) {
        if !value {
            self.prevent_default();
        }
    }

    /// Before the flag the target stays here after the dispatch, and is undefined before it.
    #[jsg(getter)]
    fn current_target<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        if js.flag(jsg::Flag::PedanticWpt) {
            self.target_or_null(js)
        } else {
            self.target(js).to_js(js)
        }
    }

    #[jsg(getter)]
    pub fn target<'s>(&self, js: &mut Lock<'s, '_>) -> Option<Handle<'s, EventTarget>> {
        self.target.borrow().as_ref().map(|target| target.get(js))
    }

    #[jsg(getter)]
    fn src_element<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        if js.flag(jsg::Flag::WorkersApiGettersSettersOnPrototype) {
            self.target(js).to_js(js)
        } else {
            self.target_or_null(js)
        }
    }

    /// No clock: events say nothing about time.
    #[jsg(getter)]
    fn time_stamp(&self) -> f64 {
        0.0
    }

    #[jsg(getter, unless = PedanticWpt)]
    #[jsg(instance_getter, flag = PedanticWpt)]
    pub fn is_trusted(&self) -> bool {
        self.trusted
    }

    #[jsg(getter)]
    fn cancel_bubble(&self) -> bool {
        self.propagation_stopped.get()
    }

    #[jsg(setter)]
    fn set_cancel_bubble(&self, value: bool) {
        self.propagation_stopped.set(value);
    }

    #[jsg(method)]
    fn stop_immediate_propagation(&self) {
        self.stop();
    }

    #[jsg(method)]
    pub fn prevent_default(&self) {
        if !self.in_passive_listener.get() {
            self.prevented.set(true);
        }
    }

    #[jsg(method)]
    fn stop_propagation(&self) {
        self.propagation_stopped.set(true);
    }

    #[jsg(method)]
    fn composed_path<'s>(&self, js: &mut Lock<'s, '_>) -> Vec<Handle<'s, EventTarget>> {
        let target = self.dispatching.get().then(|| self.target(js)).flatten();
        target.into_iter().collect()
    }

    #[jsg(define)]
    fn constants(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.constant("NONE", f64::from(NONE));
        builder.constant("CAPTURING_PHASE", 1.0);
        builder.constant("AT_TARGET", f64::from(AT_TARGET));
        builder.constant("BUBBLING_PHASE", 3.0);
    }
}

const NONE: u16 = 0;
const AT_TARGET: u16 = 2;

impl Event {
    fn with(kind: String, init: Init, trusted: bool) -> Self {
        Self {
            kind,
            init,
            trusted,
            stopped: Cell::new(false),
            propagation_stopped: Cell::new(false),
            prevented: Cell::new(false),
            in_passive_listener: Cell::new(false),
            dispatching: Cell::new(false),
            target: RefCell::new(None),
        }
    }

    /// An event of ours.
    pub fn trusted(kind: impl Into<String>) -> Self {
        Self::with(kind.into(), Init::default(), true)
    }

    /// An event that a guest constructs.
    pub(super) fn by_guest(kind: String, init: Init) -> Self {
        Self::with(kind, init, false)
    }

    /// DOM §2.2, "in passive listener flag".
    pub(super) fn set_in_passive_listener(&self, passive: bool) {
        self.in_passive_listener.set(passive);
    }

    /// Whether `preventDefault()` was called since the dispatch began, cancelable or not.
    pub(super) fn is_prevented(&self) -> bool {
        self.prevented.get()
    }

    /// As `stopImmediatePropagation()`.
    pub(super) fn stop(&self) {
        self.stopped.set(true);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.get()
    }

    /// Marks the event as dispatched to `target` until the guard goes.
    pub(super) fn begin_dispatch<'s>(
        &'s self,
        js: &mut Lock<'s, '_>,
        target: Handle<'s, EventTarget>,
    ) -> Result<Dispatching<'s>> {
        if self.dispatching.get() {
            return Err(Error::dom(
                "InvalidStateError",
                "The event is already being dispatched.",
            ));
        }
        let target = Ref::new(js, target);
        self.target.borrow_mut().replace(target);
        self.dispatching.set(true);
        self.prevented.set(false);
        Ok(Dispatching(self))
    }

    fn target_or_null<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        let target = self.dispatching.get().then(|| self.target(js)).flatten();
        jsg::Nullable(target).to_js(js)
    }
}

/// While it lives, its event is being dispatched.
pub(super) struct Dispatching<'a>(&'a Event);

impl Drop for Dispatching<'_> {
    fn drop(&mut self) {
        self.0.dispatching.set(false);
    }
}
