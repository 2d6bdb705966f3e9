//! Objects of this isolate that other events may call.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures::future::LocalBoxFuture;
use io::passage::{Departure, Watch, gone};
use io::rpc::{Call, CallResult, Capability, Disposable};
use io::trace::{Span, SpanId};
use io::{ChannelError, Expected, Hold, InputGate, IoContext, IoOwn};
use jsg::js::{Function, Global, Local, Object};
use jsg::{Error, Lock, Result};

use super::client::path_name;
use super::server::{Entrance, Receiver, deliver};
use super::{Receivable, dispose_key};

/// `dup()` is the stub's own, and a class's constructor is nobody's business.
const RESERVED: &[&str] = &["dup", "constructor"];

struct Handles {
    object: Global<Object>,
    dispose: Option<Global<Function>>,
}

/// The event's side: at its end nothing can be called any more.
struct Revoke(Rc<RefCell<Option<Handles>>>, Rc<Departure>);

impl Drop for Revoke {
    fn drop(&mut self) {
        let handles = self.0.take();
        drop(handles);
        self.1.tell();
    }
}

/// What keeps the event of an object that was sent away.
enum Kept {
    /// It may be called, so the event does not hang while it waits.
    Expected { _expected: Expected },
    /// The event lasts as long as somebody may call.
    Held { _hold: Hold },
}

/// See the module.
pub(crate) struct LocalTarget {
    context: Weak<IoContext>,
    /// Where calls come in: a critical section that has sent the object may be waiting for one.
    gate: Option<InputGate>,
    /// The event's, but no longer than the target: the event of an object goes on and on.
    _revoke: IoOwn<Revoke>,
    handles: Rc<RefCell<Option<Handles>>>,
    departure: Rc<Departure>,
    receivable: Receivable,
    /// Whether the object is told when nobody refers to it any more.
    is_armed: Cell<bool>,
    kept: RefCell<Option<Kept>>,
    /// Let go of together with the object.
    transferred: Vec<Rc<dyn Disposable>>,
    /// What calls are inside of.
    span: Option<SpanId>,
}

impl LocalTarget {
    /// An object that is told when nobody refers to it any more, once [`armed`](Self::arm).
    pub fn new<'s>(
        js: &mut Lock<'s, '_>,
        object: Local<'s, Object>,
        receivable: Receivable,
    ) -> Result<Rc<Self>> {
        let key = dispose_key(js);
        let dispose = object.get(js, key).ok_or(Error::Pending)?;
        let dispose = Local::<Function>::try_from(dispose).ok();
        Self::with(js, object, receivable, dispose, Vec::new())
    }

    /// An object that stays its owner's.
    pub fn borrowed<'s>(
        js: &mut Lock<'s, '_>,
        object: Local<'s, Object>,
        receivable: Receivable,
    ) -> Result<Rc<Self>> {
        Self::with(js, object, receivable, None, Vec::new())
    }

    /// The result of a call, with what goes when its caller has done with it.
    pub fn result<'s>(
        js: &mut Lock<'s, '_>,
        object: Local<'s, Object>,
        receivable: Receivable,
        dispose: Option<Local<'s, Function>>,
        transferred: Vec<Rc<dyn Disposable>>,
    ) -> Result<Rc<Self>> {
        let target = Self::with(js, object, receivable, dispose, transferred)?;
        target.arm();
        Ok(target)
    }

    fn with<'s>(
        js: &mut Lock<'s, '_>,
        object: Local<'s, Object>,
        receivable: Receivable,
        dispose: Option<Local<'s, Function>>,
        transferred: Vec<Rc<dyn Disposable>>,
    ) -> Result<Rc<Self>> {
        let context = IoContext::current(js)?;
        let handles = Rc::new(RefCell::new(Some(Handles {
            object: Global::new(js, object),
            dispose: dispose.map(|dispose| Global::new(js, dispose)),
        })));
        let departure = Rc::new(Departure::default());
        let revoke = context.own("", Revoke(handles.clone(), departure.clone()));
        Ok(Rc::new(Self {
            context: Rc::downgrade(&context),
            gate: context.input_gate(),
            _revoke: revoke,
            handles,
            departure,
            receivable,
            is_armed: Cell::new(false),
            kept: RefCell::new(None),
            transferred,
            span: io::trace::current(js),
        }))
    }

    pub fn arm(&self) {
        self.is_armed.set(true);
    }

    /// With `holds` the event lasts as long as the object can be called. Without, it may yet be called.
    pub fn keep(&self, holds: bool) {
        let Some(context) = self.context.upgrade() else {
            return;
        };
        let kept = if holds {
            Kept::Held {
                _hold: context.hold(),
            }
        } else {
            Kept::Expected {
                _expected: context.expect(),
            }
        };
        self.kept.replace(Some(kept));
    }
}

impl LocalTarget {
    /// Tells of a call, if somebody listens.
    fn trace(&self, context: &IoContext, call: &Call) -> Span {
        let Some(tracer) = context.tracer() else {
            return Span::default();
        };
        let span = Span::inside(&tracer, self.span, "jsRpcCall");
        if span.is_traced() {
            span.set("jsrpc.method", path_name(&call.path));
            span.set("jsrpc.target_kind", "transient");
            span.set("jsrpc.operation", call.operation.name());
            if let Some(caller) = io::trace::caller() {
                span.set("jsrpc.caller_span_id", caller.span.to_string());
            }
        }
        span
    }
}

impl Drop for LocalTarget {
    fn drop(&mut self) {
        for reference in self.transferred.drain(..) {
            reference.dispose();
        }
        let Some(handles) = self.handles.take() else {
            return;
        };
        let Some(context) = self.context.upgrade() else {
            return;
        };
        if !self.is_armed.get() || handles.dispose.is_none() || context.is_cancelled() {
            return;
        }
        let hold = context.hold();
        context.add_task_then(async move {
            let finish: jsg::promise::Continuation = Box::new(move |js| {
                let _hold = hold;
                let Some(dispose) = handles.dispose else {
                    return;
                };
                let object = Local::new(js, handles.object);
                let dispose = Local::new(js, dispose);
                let disposed = jsg::promise::try_catch(js, |js| {
                    dispose
                        .call(js, object.into(), &[])
                        .map(|_| ())
                        .ok_or(Error::Pending)
                });
                if let Err(exception) = disposed {
                    io::context::report_rejection(js, exception);
                }
            });
            finish
        });
    }
}

/// Why the event's object can do nothing any more, if it is one of an object.
fn broken(context: &IoContext) -> Option<ChannelError> {
    context.actor()?.broken()
}

/// Why a call has no result: its event has ended meanwhile.
fn cancelled(context: &IoContext) -> ChannelError {
    let reason = context.abort_reason().or_else(|| broken(context));
    reason.unwrap_or_else(|| {
        let text = "The execution context responding to this call was canceled.";
        ChannelError::Disconnected(text.into())
    })
}

impl Capability for LocalTarget {
    fn at_home(self: Rc<Self>, event: u64) -> Option<Rc<dyn Capability>> {
        let context = self.context.upgrade()?;
        (context.id() == event).then_some(self)
    }

    fn watch(&self, then: Box<dyn FnOnce()>) -> Watch {
        self.departure.watch(then)
    }

    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        // As things are now: what ends the event before its turn has come is the reason for its failure.
        let context = self.context.upgrade();
        let context =
            context.filter(|context| !context.is_cancelled() && broken(context).is_none());
        let handles = self.handles.clone();
        let receivable = self.receivable;
        let span = context.as_ref().map(|context| self.trace(context, &call));
        let entrance = Entrance {
            span: span.unwrap_or_default(),
            gate: self.gate.clone(),
            reserved: RESERVED,
            holds: matches!(&*self.kept.borrow(), Some(Kept::Held { .. })),
        };
        Box::pin(async move {
            let Some(context) = context else {
                return Err(gone());
            };
            if context.is_cancelled() {
                return Err(cancelled(&context));
            }
            if handles.borrow().is_none() {
                return Err(gone());
            }
            let result = deliver(&context, entrance, call, move |js| {
                let handles = handles.borrow();
                let handles = handles.as_ref().ok_or_else(|| Error::from(gone()))?;
                Ok(Receiver {
                    object: Local::new(js, &handles.object),
                    receivable,
                    handler: None,
                })
            })
            .await;
            match broken(&context) {
                Some(error) => Err(error),
                None => result.unwrap_or_else(|| Err(cancelled(&context))),
            }
        })
    }
}
