//! The global object: `WorkerGlobalScope` and `ServiceWorkerGlobalScope` (HTML §10.2.1, Service Workers
//! §4.1). Their methods are here; what else the scope offers is in [`globals`](crate::globals).

use jsg::class::StaticInfo;
use jsg::js::{Function, Global, Local, Promise, Value};
use jsg::{Call, Error, Handle, Lock, Result};

use crate::argument::{Given, Text, TimerNumber};
use crate::events::EventTarget;
use crate::timers::{Immediate, Repeat};

/// The part that all kinds of worker share.
#[jsg::class(extends = EventTarget)]
pub struct WorkerGlobalScope {
    parent: EventTarget,
}

#[jsg::methods]
impl WorkerGlobalScope {
    #[jsg(define)]
    fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.class("EventTarget", EventTarget::INFO);
    }

    #[jsg(method, unless = NoGlobalImportscripts)]
    fn import_scripts(&self, _url: String) -> Result<()> {
        Err(Error::error(
            "Failed to execute 'importScripts' on 'WorkerGlobalScope': the method is not implemented.",
        ))
    }
}

/// The class of a Worker's global object.
#[jsg::class(extends = WorkerGlobalScope)]
pub struct ServiceWorkerGlobalScope {
    parent: WorkerGlobalScope,
}

#[derive(jsg::Dictionary)]
struct StructuredCloneOptions<'s> {
    transfer: Option<Vec<Local<'s, Value>>>,
}

#[jsg::methods]
impl ServiceWorkerGlobalScope {
    #[jsg(method)]
    fn btoa<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        data: Local<'s, jsg::js::String>,
    ) -> Result<Local<'s, jsg::js::String>> {
        crate::base64::btoa(js, data)
    }

    #[jsg(method)]
    fn atob<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        data: Text<'s>,
    ) -> Result<Local<'s, jsg::js::String>> {
        crate::base64::atob(js, data.0)
    }

    #[jsg(method)]
    fn set_timeout<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        callback: Local<'s, Function>,
        delay: Option<f64>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<f64> {
        let delay = delay.unwrap_or(0.0);
        let id = crate::timers::call_later(js, callback, delay, Repeat::Once, rest)?;
        Ok(id.0 as f64)
    }

    #[jsg(method)]
    fn clear_timeout(&self, js: &mut Lock<'_, '_>, id: Given<TimerNumber>) -> Result<()> {
        match id.0 {
            Some(id) => crate::timers::clear(js, id.0),
            None => Ok(()),
        }
    }

    #[jsg(method)]
    fn set_interval<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        callback: Local<'s, Function>,
        delay: Option<f64>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<f64> {
        let delay = delay.unwrap_or(0.0);
        let id = crate::timers::call_later(js, callback, delay, Repeat::Forever, rest)?;
        Ok(id.0 as f64)
    }

    #[jsg(method)]
    fn clear_interval(&self, js: &mut Lock<'_, '_>, id: Given<TimerNumber>) -> Result<()> {
        self.clear_timeout(js, id)
    }

    /// An exception of the task goes the way of `reportError()`.
    #[jsg(method)]
    fn queue_microtask<'s>(&self, js: &mut Lock<'s, '_>, task: Local<'s, Function>) {
        let task = Global::new(js, task);
        let microtask = jsg::promise::once_function(js, move |js, _| {
            let ended = jsg::promise::try_catch(js, |js| {
                let receiver = js.get_current_context().global(js).into();
                let task = Local::new(js, &task);
                task.call(js, receiver, &[]).ok_or(Error::Pending)
            });
            if let Err(exception) = ended
                && !js.is_execution_terminating()
            {
                crate::report::report_exception(js, exception);
            }
            Ok(jsg::js::undefined(js).into())
        });
        js.enqueue_microtask(microtask);
    }

    #[jsg(method, length = 1)]
    fn structured_clone<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        value: Local<'s, Value>,
        options: StructuredCloneOptions<'s>,
    ) -> Result<Local<'s, Value>> {
        jsg::clone::structured_clone(js, value, &options.transfer.unwrap_or_default())
    }

    #[jsg(method)]
    fn report_error<'s>(&self, js: &mut Lock<'s, '_>, error: Local<'s, Value>) -> Result<()> {
        crate::report::report_error(js, error)
    }

    #[jsg(method, promise, length = 1)]
    fn fetch<'s>(&self, js: &mut Lock<'s, '_>, call: &Call<'s>) -> Result<Local<'s, Promise>> {
        crate::global_fetch::fetch(js, call)
    }

    #[jsg(method, flag = NodejsCompatV2)]
    fn set_immediate<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        callback: Local<'s, Function>,
        rest: Vec<Local<'s, Value>>,
    ) -> Result<Handle<'s, Immediate>> {
        let id = crate::timers::call_later(js, callback, 0.0, Repeat::Once, rest)?;
        let immediate = Immediate::new(js, id)?;
        Ok(Handle::new(js, immediate))
    }

    #[jsg(method, flag = NodejsCompatV2)]
    fn clear_immediate<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        immediate: Given<Handle<'s, Immediate>>,
    ) -> Result<()> {
        match immediate.0 {
            Some(immediate) => immediate.clear(js),
            None => Ok(()),
        }
    }

    #[jsg(define)]
    fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.inherit_apart(WorkerGlobalScope::INFO);
        crate::globals::define(builder);
    }
}

impl ServiceWorkerGlobalScope {
    /// The scope as a target of events.
    pub fn target<'s>(js: &mut Lock<'s, '_>, scope: Handle<'s, Self>) -> Handle<'s, EventTarget> {
        scope
            .upcast::<WorkerGlobalScope>(js)
            .upcast::<EventTarget>(js)
    }

    /// The scope of the current context, if [`create`] has made one.
    pub fn current<'s>(js: &mut Lock<'s, '_>) -> Option<Handle<'s, Self>> {
        let global = js.get_current_context().global(js);
        Handle::from_object(js, global)
    }
}

/// Makes the current context's global object a scope and installs everything that it offers.
///
/// The isolate was made with this class as its global.
pub fn create<'s>(js: &mut Lock<'s, '_>) -> Handle<'s, ServiceWorkerGlobalScope> {
    let scope = ServiceWorkerGlobalScope {
        parent: WorkerGlobalScope {
            parent: EventTarget::default(),
        },
    };
    let scope = jsg::attach_global(js, scope);
    crate::globals::install(js);
    crate::fetch::register_clones(js);
    scope
}
