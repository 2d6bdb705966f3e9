//! `import()`.
//!
//! At global scope the module is evaluated at once. Inside an event it is evaluated later and outside
//! of the event, as if at global scope: a module belongs to the Worker, not to the request that
//! happened to import it first. The async context frame of the import goes with it.

use std::rc::Rc;

use compat::Flag;

use super::evaluate::{Evaluation, TopLevelAwait, namespace_of};
use super::fallback::{Asking, Method};
use super::{Entry, Kind, OutsideEvents, Registry, Rewrite, Scope, path};
use crate::async_context::Captured;
use crate::promise::{self, Continuation};
use crate::{Error, Lock, LockExt, Result};

impl Registry {
    /// Handles `import(specifier)` in the script `referrer`. A failure becomes a rejection.
    pub(super) fn import_dynamically<'s>(
        self: &Rc<Self>,
        js: &mut Lock<'s, '_>,
        referrer: &str,
        specifier: &str,
        has_attributes: bool,
    ) -> v8::Local<'s, v8::Promise> {
        let result = promise::try_catch(js, |js| {
            if has_attributes && js.flag(Flag::ThrowOnUnrecognizedImportAssertion) {
                return Err(Error::error("Unrecognized import attributes specified"));
            }
            let entry = match self.builtins.rewrite(js, specifier) {
                Some(Rewrite::Internal(name)) => {
                    let namespace = self.import_builtin(js, &name)?;
                    return Ok(promise::resolved(js, namespace.into()));
                }
                Some(Rewrite::To(name)) => self.find_dynamically(js, referrer, &name, specifier)?,
                None => self.find_dynamically(js, referrer, specifier, specifier)?,
            };
            if js.executor().is_some() {
                return Ok(self.evaluate_later(js, entry));
            }
            let result = self.evaluate_for_import(js, &entry)?;
            Ok(promise::resolved(js, result))
        });
        result.unwrap_or_else(|exception| promise::rejected(js, exception))
    }

    fn find_dynamically(
        &self,
        js: &mut Lock<'_, '_>,
        referrer: &str,
        specifier: &str,
        written: &str,
    ) -> Result<Rc<Entry>> {
        let referrer = path::parse(referrer);
        let target = match &referrer {
            Ok(_) if path::is_builtin_specifier(specifier) => path::parse(specifier),
            Ok(referrer) => path::resolve(referrer, specifier),
            Err(bad) => Err(*bad),
        };
        let (Ok(referrer), Ok(target)) = (referrer, target) else {
            return Err(Error::error(format!("No such module \"{written}\"")));
        };
        let from_builtin = self.lookup(Kind::Bundle, &referrer).is_none()
            && (self.lookup(Kind::Public, &referrer).is_some()
                || self.lookup(Kind::Internal, &referrer).is_some());
        let scope = if from_builtin {
            Scope::Internal
        } else {
            Scope::Worker
        };
        let asking = Asking {
            method: Method::Import,
            raw_specifier: written,
            referrer: &referrer,
            import_type: None,
        };
        self.resolve_or_ask(js, &target, scope, asking)?
            .ok_or_else(|| Error::error(format!("No such module \"{target}\".")))
    }

    /// The namespace, or a promise of it when the evaluation cannot be finished now.
    fn evaluate_for_import<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        entry: &Rc<Entry>,
    ) -> Result<v8::Local<'s, v8::Value>> {
        match self.evaluate(js, entry, TopLevelAwait::MayBePending)? {
            Evaluation::Settled => Ok(namespace_of(js, entry).into()),
            Evaluation::Pending(pending) => {
                let namespace = v8::Global::new(js, namespace_of(js, entry));
                let namespace = promise::then(
                    js,
                    pending,
                    move |js, _| Ok(v8::Local::new(js, namespace).into()),
                    |js, reason| Err(Error::value(js, reason)),
                )?;
                Ok(namespace.into())
            }
        }
    }

    /// Inside an event: evaluates when the running code has returned, away from the event.
    fn evaluate_later<'s>(
        self: &Rc<Self>,
        js: &mut Lock<'s, '_>,
        entry: Rc<Entry>,
    ) -> v8::Local<'s, v8::Promise> {
        let resolver = v8::PromiseResolver::new(js).expect("promises are made without guest code");
        let promise = resolver.get_promise(js);
        let resolver = v8::Global::new(js, resolver);
        let registry = Rc::clone(self);
        let frame = Captured::capture(js);
        let finish: Continuation = Box::new(move |js| {
            let mut result = None;
            let hook = registry.outside_events.borrow().clone();
            outside_events(js, hook, &mut |js| {
                result = Some(frame.run(js, |js| {
                    promise::try_catch(js, |js| registry.evaluate_for_import(js, &entry))
                }));
            });
            let resolver = v8::Local::new(js, &resolver);
            match result {
                Some(Ok(value)) => resolver.resolve(js, value),
                Some(Err(exception)) => resolver.reject(js, exception),
                None => None,
            };
        });
        if let Some(executor) = js.executor() {
            executor.spawn(js, Box::pin(async move { finish }));
        }
        promise
    }
}

/// Runs an evaluation away from the current event, see [`OutsideEvents`].
pub(super) fn outside_events<'s, 'i>(
    js: &mut Lock<'s, 'i>,
    hook: Option<OutsideEvents>,
    body: &mut dyn FnMut(&mut Lock<'s, 'i>),
) {
    if let Some(hook) = hook {
        return hook(js, body);
    }
    let executor = js.set_executor(None);
    body(js);
    js.set_executor(executor);
}
