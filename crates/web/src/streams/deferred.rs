//! Promises that a stream keeps and settles later, and how they reach the guest.
//!
//! The guest never gets a kept promise itself but one that follows it, a turn of the microtask queue
//! later: the order in which the guest sees promises settle depends on that.

use std::cell::RefCell;
use std::rc::Rc;

use jsg::js::{Function, Global, Local, Promise, PromiseResolver, Value};
use jsg::promise::{self, React};
use jsg::{Error, Flag, Handle, JsRef, Lock, LockExt, Result};

/// A promise for nothing in particular, with the right to settle it.
#[derive(jsg::Trace)]
pub struct Deferred(JsRef<PromiseResolver>);

impl Deferred {
    pub fn new(js: &mut Lock<'_, '_>) -> Self {
        let resolver = promise::resolver(js);
        Self(JsRef::new(js, resolver))
    }

    /// One whose rejection is nobody's fault.
    pub fn handled(js: &mut Lock<'_, '_>) -> Self {
        let deferred = Self::new(js);
        promise::mark_handled(deferred.promise(js));
        deferred
    }

    pub fn promise<'s>(&self, js: &Lock<'s, '_>) -> Local<'s, Promise> {
        self.0.get(js).get_promise(js)
    }

    pub fn resolve(&self, js: &mut Lock<'_, '_>) {
        let undefined = jsg::js::undefined(js);
        self.0.get(js).resolve(js, undefined.into());
    }

    pub fn resolve_with<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.0.get(js).resolve(js, value);
    }

    pub fn reject<'s>(&self, js: &mut Lock<'s, '_>, reason: Local<'s, Value>) {
        self.0.get(js).reject(js, reason);
    }
}

/// A kept promise whose rejection needs no handler, shown to the guest as always the same promise.
#[derive(jsg::Trace)]
pub struct Shown {
    kept: JsRef<Promise>,
    shown: RefCell<Option<JsRef<Promise>>>,
}

impl Shown {
    pub fn new<'s>(js: &Lock<'s, '_>, kept: Local<'s, Promise>) -> Self {
        Self {
            kept: JsRef::new(js, kept),
            shown: RefCell::new(None),
        }
    }

    /// What the guest gets; made when it first asks.
    pub fn get<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        if let Some(shown) = &*self.shown.borrow() {
            return Ok(shown.get(js));
        }
        let kept = self.kept.get(js);
        let shown = to_guest(js, kept)?;
        promise::mark_handled(shown);
        self.shown.replace(Some(JsRef::new(js, shown)));
        Ok(shown)
    }
}

/// The function that makes any result undefined, an extension of the isolate.
struct Nothing(Global<Function>);

/// The promise that the guest gets for `kept`.
pub fn to_guest<'s>(js: &mut Lock<'s, '_>, kept: Local<'s, Promise>) -> Result<Local<'s, Promise>> {
    let nothing = match js.extension::<Nothing>() {
        Some(nothing) => Local::new(js, &nothing.0),
        None => {
            let nothing = promise::function(js, "", |js, _| Ok(jsg::js::undefined(js).into()));
            let kept = Nothing(Global::new(js, nothing));
            js.set_extension(Rc::new(kept));
            nothing
        }
    };
    kept.then(js, nothing).ok_or(Error::Pending)
}

/// A promise fulfilled with nothing.
pub fn resolved<'s>(js: &mut Lock<'s, '_>) -> Local<'s, Promise> {
    let undefined = jsg::js::undefined(js).into();
    promise::resolved(js, undefined)
}

/// A promise rejected with an error of ours.
pub fn refused<'s>(
    js: &mut Lock<'s, '_>,
    text: impl Into<std::borrow::Cow<'static, str>>,
) -> Local<'s, Promise> {
    promise::rejected_with(js, Error::type_error(text))
}

/// What a method fails with: a rejection, but thrown with the older flags.
pub fn captured<'s>(
    js: &mut Lock<'s, '_>,
    body: impl FnOnce(&mut Lock<'s, '_>) -> Result<Local<'s, Promise>>,
) -> Result<Local<'s, Promise>> {
    if !js.flag(Flag::CaptureAsyncApiThrows) && !js.flag(Flag::TypescriptImplementedStreams) {
        return body(js);
    }
    match promise::try_catch(js, body) {
        Ok(promise) => Ok(promise),
        Err(reason) => Ok(promise::rejected(js, reason)),
    }
}

/// Continues with a reaction when an algorithm has ended: at once if there was none to run.
pub fn after<'s, F: React, R: React<Target = F::Target>>(
    js: &mut Lock<'s, '_>,
    algorithm: Option<Local<'s, Promise>>,
    target: Handle<'s, F::Target>,
) -> Result<Local<'s, Promise>> {
    match algorithm {
        Some(running) => promise::react::<F, R>(js, running, target),
        None => {
            let undefined = jsg::js::undefined(js).into();
            F::run(js, target, undefined)?;
            Ok(resolved(js))
        }
    }
}
