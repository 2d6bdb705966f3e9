//! The transform, flush and cancel algorithms of a transform stream, and how one runs: with no borrow of the
//! controller left, since it may be guest code.

use jsg::js::{Function, Local, Object, Promise, Value};
use jsg::promise;
use jsg::{Error, Handle, JsRef, Lock, Result};

use super::{TransformFailed, TransformStreamDefaultController, Transformed};
use crate::streams::controller::settle;
use crate::streams::deferred::resolved;
use crate::streams::text::{TextStep, TextTransform};
use crate::streams::transform::TransformerMembers;

/// What a transform stream does with what is written to it.
#[derive(jsg::Trace)]
pub enum TransformAlgorithms {
    /// The stream has ended: they are let go.
    Cleared,
    Guest(Transformer),
    Text(TextTransform),
}

/// The functions of a transformer that the guest has given, and the object that they are called on.
#[derive(jsg::Trace)]
pub struct Transformer {
    object: Option<JsRef<Object>>,
    transform: Option<JsRef<Function>>,
    flush: Option<JsRef<Function>>,
    cancel: Option<JsRef<Function>>,
}

/// Which algorithm to run, with its borrow of the controller ended.
enum Step<'s> {
    Nothing,
    Guest(Local<'s, Function>, Option<Local<'s, Object>>),
    Text(TextStep<'s>),
}

impl TransformAlgorithms {
    pub(in crate::streams) fn guest<'s>(
        js: &Lock<'s, '_>,
        object: Option<Local<'s, Object>>,
        members: &TransformerMembers<'s>,
    ) -> Self {
        let kept = |function: Option<Local<'s, Function>>| {
            function.map(|function| JsRef::new(js, function))
        };
        Self::Guest(Transformer {
            object: object.map(|object| JsRef::new(js, object)),
            transform: kept(members.transform),
            flush: kept(members.flush),
            cancel: kept(members.cancel),
        })
    }
}

impl TransformStreamDefaultController {
    fn step<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        function: impl FnOnce(&Transformer) -> &Option<JsRef<Function>>,
    ) -> Step<'s> {
        match &*self.algorithms.borrow() {
            TransformAlgorithms::Guest(guest) => match function(guest) {
                Some(function) => {
                    let object = guest.object.as_ref().map(|object| object.get(js));
                    Step::Guest(function.get(js), object)
                }
                None => Step::Nothing,
            },
            TransformAlgorithms::Text(text) => Step::Text(text.step(js)),
            TransformAlgorithms::Cleared => Step::Nothing,
        }
    }

    /// Streams §6.4.3, TransformStreamDefaultControllerPerformTransform.
    pub(super) fn transform<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        chunk: Local<'s, Value>,
    ) -> Result<Local<'s, Promise>> {
        let controller = this.object().into();
        let transforming = match this.get().step(js, |guest| &guest.transform) {
            Step::Guest(transform, object) => call(js, transform, object, &[chunk, controller]),
            Step::Text(text) => {
                let result = promise::try_catch(js, |js| text.transform(js, this, chunk));
                of_result(js, result)
            }
            Step::Nothing => {
                let result = promise::try_catch(js, |js| Self::enqueue_chunk(js, this, chunk));
                return Ok(of_result(js, result));
            }
        };
        promise::react::<Transformed, TransformFailed>(js, transforming, this)
    }

    pub(super) fn run_flush<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Option<Local<'s, Promise>> {
        let controller = this.object().into();
        match this.get().step(js, |guest| &guest.flush) {
            Step::Nothing => None,
            Step::Guest(flush, object) => Some(call(js, flush, object, &[controller])),
            Step::Text(text) => {
                let result = promise::try_catch(js, |js| text.flush(js, this));
                Some(of_result(js, result))
            }
        }
    }

    pub(super) fn run_cancel<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        reason: Local<'s, Value>,
    ) -> Option<Local<'s, Promise>> {
        match this.get().step(js, |guest| &guest.cancel) {
            Step::Guest(cancel, object) => Some(call(js, cancel, object, &[reason])),
            Step::Nothing | Step::Text(_) => None,
        }
    }
}

pub(super) fn call<'s>(
    js: &mut Lock<'s, '_>,
    function: Local<'s, Function>,
    object: Option<Local<'s, Object>>,
    arguments: &[Local<'s, Value>],
) -> Local<'s, Promise> {
    let receiver = match object {
        Some(object) => object.into(),
        None => jsg::js::undefined(js).into(),
    };
    let result = promise::try_catch(js, |js| {
        function.call(js, receiver, arguments).ok_or(Error::Pending)
    });
    settle(js, result)
}

fn of_result<'s>(
    js: &mut Lock<'s, '_>,
    result: Result<(), Local<'s, Value>>,
) -> Local<'s, Promise> {
    match result {
        Ok(()) => resolved(js),
        Err(reason) => promise::rejected(js, reason),
    }
}
