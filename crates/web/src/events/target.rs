//! `EventTarget` (DOM §2.7) and the dispatch (DOM §2.9).
//!
//! T1. A listener may do anything, so a dispatch works on a snapshot and borrows nothing while it
//!     calls; a listener that an earlier one has removed is not called.

use std::cell::{Cell, RefCell};

use jsg::js::{Function, Local, Object, Value};
use jsg::{Error, Flag, Handle, JsRef, Lock, LockExt, Result};

use super::Event;
use super::listeners::{Action, Found, Listeners, Registration};
use crate::abort::AbortSignal;
use crate::argument::Given;

/// See the module.
#[jsg::class]
#[derive(Default)]
pub struct EventTarget {
    listeners: RefCell<Listeners>,
    /// The types whose `on…` property is an attribute of the class: their handlers are listeners
    /// in their own place instead of properties that a dispatch looks up.
    attributes: Cell<&'static [&'static str]>,
    handlers: RefCell<Vec<(&'static str, JsRef<Object>)>>,
    /// Whether listeners of the module handlers' names deserve a warning.
    warns_of_module_handlers: Cell<bool>,
    has_warned_of_result: Cell<bool>,
    watcher: Cell<Option<Watcher>>,
}

/// What a class does when the listeners of a type have become more or fewer, `count` in all.
pub type Watcher =
    for<'s, 'i> fn(&mut Lock<'s, 'i>, Handle<'s, EventTarget>, kind: &str, count: usize);

#[derive(jsg::Dictionary)]
struct HandlerObject<'s> {
    handle_event: Local<'s, Function>,
}

#[derive(jsg::Union)]
enum Handler<'s> {
    Function(Local<'s, Function>),
    Object(HandlerObject<'s>),
}

#[derive(jsg::Dictionary)]
struct AddEventListenerOptions<'s> {
    capture: Option<bool>,
    passive: Option<bool>,
    once: Option<bool>,
    signal: Option<Handle<'s, AbortSignal>>,
}

#[derive(jsg::Union)]
enum AddOptions<'s> {
    Options(AddEventListenerOptions<'s>),
    Capture(bool),
}

#[derive(jsg::Dictionary)]
struct EventListenerOptions {
    capture: Option<bool>,
}

#[derive(jsg::Union)]
enum RemoveOptions {
    Options(EventListenerOptions),
    Capture(bool),
}

/// What becomes of a listener's exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exceptions {
    /// It is reported, and the next listener is called.
    Report,
    /// It ends the dispatch.
    Throw,
}

impl Exceptions {
    fn of_flag(js: &Lock<'_, '_>) -> Self {
        if js.flag(Flag::SpecCompliantDispatchExceptions) {
            Self::Report
        } else {
            Self::Throw
        }
    }
}

#[jsg::methods]
impl EventTarget {
    #[jsg(constructor)]
    fn new() -> Self {
        Self::default()
    }

    #[jsg(method)]
    fn add_event_listener<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        call: &jsg::Call<'s>,
        kind: String,
        handler: Given<Handler<'s>>,
        options: Option<AddOptions<'s>>,
    ) -> Result<()> {
        if this.warns_of_module_handlers.get() && is_module_handler(&kind) {
            let text = format!(
                "When using module syntax, the '{kind}' event handler should be declared as an exported function on \
                 the root module as opposed to using the global addEventListener()."
            );
            crate::console::hint(js, &text);
        }
        let (Some(handler), Ok(identity)) = (handler.0, Local::<Object>::try_from(call.value(1)))
        else {
            return Ok(());
        };
        let sets_this = js.flag(Flag::SetEventTargetThis);
        let (callback, own_this) = match handler {
            Handler::Function(function) => (function, this.object()),
            Handler::Object(object) => (object.handle_event, identity),
        };
        let (once, passive, signal) = match options {
            None | Some(AddOptions::Capture(false)) => (false, false, None),
            Some(AddOptions::Capture(true)) => {
                return Err(Error::type_error(
                    "addEventListener(): useCapture must be false.",
                ));
            }
            Some(AddOptions::Options(options)) => {
                if options.capture == Some(true) {
                    return Err(Error::type_error(
                        "addEventListener(): options.capture must be false.",
                    ));
                }
                (
                    options.once == Some(true),
                    options.passive == Some(true),
                    options.signal,
                )
            }
        };
        if signal.is_some_and(|signal| signal.is_aborted()) {
            return Ok(());
        }
        let registration = Registration {
            identity,
            callback,
            receiver: if sets_this {
                own_this.into()
            } else {
                jsg::js::undefined(js).into()
            },
            once,
            passive,
        };
        let added = this
            .listeners
            .borrow_mut()
            .add(js, kind.clone(), &registration);
        Self::tell_watcher(js, this, &kind);
        if let (Some(id), Some(signal)) = (added, signal) {
            signal.remove_listener_on_abort(js, this, kind, id);
        }
        Ok(())
    }

    #[jsg(method)]
    fn remove_event_listener<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        kind: String,
        handler: Given<Local<'s, Object>>,
        options: Option<RemoveOptions>,
    ) -> Result<()> {
        match options {
            None | Some(RemoveOptions::Capture(false)) => {}
            Some(RemoveOptions::Capture(true)) => {
                return Err(Error::type_error(
                    "removeEventListener(): useCapture must be false.",
                ));
            }
            Some(RemoveOptions::Options(options)) => {
                if options.capture == Some(true) {
                    return Err(Error::type_error(
                        "removeEventListener(): options.capture must be false.",
                    ));
                }
            }
        }
        if let Some(handler) = handler.0 {
            this.listeners.borrow_mut().remove(js, &kind, handler);
            Self::tell_watcher(js, this, &kind);
        }
        Ok(())
    }

    #[jsg(method)]
    fn dispatch_event<'s>(
        this: Handle<'s, Self>,
        js: &mut Lock<'s, '_>,
        event: Handle<'s, Event>,
    ) -> Result<bool> {
        Self::dispatch(js, this, event)
    }
}

impl EventTarget {
    /// A target whose class has event handler attributes for these types.
    pub fn with_attributes(kinds: &'static [&'static str]) -> Self {
        let target = Self::default();
        target.attributes.set(kinds);
        target
    }

    /// Calls `watcher` whenever a guest adds or removes listeners.
    pub fn set_watcher(&self, watcher: Watcher) {
        self.watcher.set(Some(watcher));
    }

    fn tell_watcher<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, kind: &str) {
        if let Some(watcher) = this.watcher.get() {
            let count = this.listener_count(kind);
            watcher(js, this, kind, count);
        }
    }

    /// Dispatches `event`; false if a listener has prevented its default.
    ///
    /// # Errors
    /// If the event is being dispatched already, and before `spec_compliant_dispatch_exceptions`
    /// what the first listener to throw has thrown.
    pub fn dispatch<'s>(
        js: &mut Lock<'s, '_>,
        target: Handle<'s, Self>,
        event: Handle<'s, Event>,
    ) -> Result<bool> {
        let exceptions = Exceptions::of_flag(js);
        Self::dispatch_with(js, target, event, exceptions).map(|(kept, _)| kept)
    }

    /// Dispatches an event of the host, which the first listener to throw ends.
    ///
    /// # Errors
    /// What the listener has thrown.
    pub fn dispatch_from_host<'s>(
        js: &mut Lock<'s, '_>,
        target: Handle<'s, Self>,
        event: Handle<'s, Event>,
    ) -> Result<bool> {
        Self::dispatch_with(js, target, event, Exceptions::Throw).map(|(kept, _)| kept)
    }

    /// As [`dispatch`](Self::dispatch), for an event whose source ends when a listener throws: what the first one to do
    /// so has thrown is thrown even when it was reported.
    ///
    /// # Errors
    /// If the event is being dispatched already, and what a listener has thrown.
    pub fn fire<'s>(
        js: &mut Lock<'s, '_>,
        target: Handle<'s, Self>,
        event: Handle<'s, Event>,
    ) -> Result<bool> {
        let exceptions = Exceptions::of_flag(js);
        match Self::dispatch_with(js, target, event, exceptions)? {
            (kept, None) => Ok(kept),
            (_, Some(exception)) => Err(Error::value(js, exception)),
        }
    }

    /// Whether no listener has prevented the default, and the first exception that was reported.
    fn dispatch_with<'s>(
        js: &mut Lock<'s, '_>,
        target: Handle<'s, Self>,
        event: Handle<'s, Event>,
        exceptions: Exceptions,
    ) -> Result<(bool, Option<Local<'s, Value>>)> {
        let event_value = event.get();
        let mut first = None;
        let _dispatching = event_value.begin_dispatch(js, target)?;
        let kind = event_value.kind();
        let property = handler_property(js, target, kind)?;
        let found = target.listeners.borrow().snapshot(js, kind);
        if let Some(callback) = property {
            let receiver = jsg::js::undefined(js).into();
            first = target.invoke(js, event, callback, receiver, exceptions)?;
        }
        for Found {
            id,
            once,
            passive,
            action,
        } in found
        {
            if event.is_stopped() {
                break;
            }
            if !target.listeners.borrow().has_id(kind, id) {
                continue;
            }
            if once {
                target.listeners.borrow_mut().remove_id(kind, id);
            }
            match action {
                Action::Call { callback, receiver } => {
                    event_value.set_in_passive_listener(passive);
                    let reported = target.invoke(js, event, callback, receiver, exceptions);
                    event_value.set_in_passive_listener(false);
                    let reported = reported?;
                    first = first.or(reported);
                }
                Action::Attribute => {
                    let handler = target.attribute(js, kind);
                    if let Some(Ok(callback)) = handler.map(Local::<Function>::try_from) {
                        let receiver = jsg::js::undefined(js).into();
                        let reported = target.invoke(js, event, callback, receiver, exceptions)?;
                        first = first.or(reported);
                    }
                }
            }
        }
        Ok((!event.is_prevented(), first))
    }

    /// Calls one listener (DOM §2.9, "inner invoke", steps 10 to 12). The exception is one that was reported.
    fn invoke<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        event: Handle<'s, Event>,
        callback: Local<'s, Function>,
        receiver: Local<'s, Value>,
        exceptions: Exceptions,
    ) -> Result<Option<Local<'s, Value>>> {
        let argument = event.object().into();
        let result = if exceptions == Exceptions::Report {
            let result = jsg::promise::try_catch(js, |js| {
                callback
                    .call(js, receiver, &[argument])
                    .ok_or(Error::Pending)
            });
            match result {
                Ok(result) => result,
                Err(_) if js.is_execution_terminating() => return Err(Error::Pending),
                Err(exception) => {
                    crate::report::report_exception(js, exception);
                    return Ok(Some(exception));
                }
            }
        } else {
            callback
                .call(js, receiver, &[argument])
                .ok_or(Error::Pending)?
        };
        if result.is_undefined() {
            return Ok(None);
        }
        if result.is_true() {
            event.prevent_default();
        }
        if !result.is_boolean() && !self.has_warned_of_result.replace(true) {
            let text = if result.is_promise() {
                "An event handler returned a promise that will be ignored. Event handlers should not have a return \
                 value and should not be async functions."
                    .to_owned()
            } else {
                let kind = result.type_of(js).to_rust_string_lossy(js);
                format!(
                    "An event handler returned a value of type \"{kind}\" that will be ignored. Event handlers should \
                     not have a return value."
                )
            };
            crate::console::hint(js, &text);
        }
        Ok(None)
    }

    /// The value of an event handler attribute.
    pub fn attribute<'s>(&self, js: &Lock<'s, '_>, kind: &str) -> Option<Local<'s, Object>> {
        let handlers = self.handlers.borrow();
        let (_, handler) = handlers.iter().find(|(known, _)| *known == kind)?;
        Some(handler.get(js))
    }

    /// Sets an event handler attribute; what is no object unsets it.
    pub fn set_attribute<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        kind: &'static str,
        value: Local<'s, Value>,
    ) {
        let mut handlers = self.handlers.borrow_mut();
        handlers.retain(|(known, _)| *known != kind);
        match Local::<Object>::try_from(value) {
            Ok(handler) => {
                handlers.push((kind, JsRef::new(js, handler)));
                self.listeners.borrow_mut().add_attribute(kind);
            }
            Err(_) => self.listeners.borrow_mut().remove_attribute(kind),
        }
    }

    /// Removes the listener of this id, wherever it is in its life.
    pub(crate) fn remove_listener(&self, kind: &str, id: u64) {
        self.listeners.borrow_mut().remove_id(kind, id);
    }

    /// Removes all listeners.
    pub fn remove_all(&self) {
        self.listeners.borrow_mut().clear();
    }

    /// How many listeners there are for a type.
    pub fn listener_count(&self, kind: &str) -> usize {
        self.listeners.borrow().count(kind)
    }

    /// The types that have listeners.
    pub fn listener_kinds(&self) -> Vec<String> {
        self.listeners.borrow().kinds().map(str::to_owned).collect()
    }

    /// From now on listeners for what a module exports as handlers cause a warning.
    pub fn warn_of_module_handlers(&self) {
        self.warns_of_module_handlers.set(true);
    }
}

/// The function in the property `on…` of this type, where that is no attribute of the class.
fn handler_property<'s>(
    js: &mut Lock<'s, '_>,
    target: Handle<'s, EventTarget>,
    kind: &str,
) -> Result<Option<Local<'s, Function>>> {
    if target.attributes.get().contains(&kind) {
        return Ok(None);
    }
    let key = jsg::string(js, &format!("on{kind}"));
    let value = target.object().get(js, key.into()).ok_or(Error::Pending)?;
    Ok(Local::<Function>::try_from(value).ok())
}

/// The events that a module's exports handle instead of listeners.
fn is_module_handler(kind: &str) -> bool {
    matches!(kind, "fetch" | "scheduled" | "tail" | "trace" | "alarm")
}
