//! The RPC event: calls on an entry point, and on what they give. It lasts as long as somebody can
//! make one.

use std::cell::Cell;
use std::rc::Rc;
use std::task::Poll;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use io::event::Outcome;
use io::rpc::{Call, CallResult, Capability};
use io::trace::{EventInfo, Span, SpanContext};
use io::{ChannelError, DriveEnd, IoContext};
use jsg::{Error, Lock, Result};
use workers::rpc::Receivable;
use workers::rpc::server::{Entrance, Receiver, deliver};

use super::{check_entrypoint, execution_context, instance_of};
use crate::definition::Entrypoint;
use crate::errors::{condemned, hung};
use crate::handlers::RpcReceiver;
use crate::instance::Instance;
use crate::restoring;
use crate::tracer;
use crate::worker::Worker;

/// What callers cannot reach: other events have these names, stubs use `dup`, and a class's
/// constructor is nobody's business.
pub(crate) const RESERVED: &[&str] = &[
    "fetch",
    "connect",
    "alarm",
    "webSocketMessage",
    "webSocketClose",
    "webSocketError",
    "dup",
    "constructor",
];

/// An entry point as a receiver of calls.
pub struct EntrypointTarget {
    pub worker: Rc<Worker>,
    pub entrypoint: Entrypoint,
    /// What the session comes from, if that is traced.
    pub caller: Option<SpanContext>,
}

impl Capability for EntrypointTarget {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        let (worker, entrypoint) = (self.worker.clone(), self.entrypoint.clone());
        let caller = self.caller;
        Box::pin(async move {
            restoring::check(&worker, entrypoint.origin.is_stored)?;
            let instance = instance_of(&worker)?;
            check_entrypoint(&instance, &entrypoint)?;
            let context = IoContext::new(instance.isolate().clone());
            tracer::begin(&context, &worker, &entrypoint, caller);
            let span = trace(&context, &call, caller);
            let event = Rc::new(Event {
                context,
                instance,
                is_hung: Cell::new(false),
            });
            event.call(&entrypoint, call, span).await
        })
    }
}

/// Tells of the session and of its first call.
pub(crate) fn trace(context: &IoContext, call: &Call, caller: Option<SpanContext>) -> Span {
    let Some(tracer) = context.tracer() else {
        return Span::default();
    };
    let method = call.path.join(".");
    tracer.set_event(EventInfo::JsRpc { method: None });
    let span = Span::around(&tracer, "jsRpcCall");
    tracer.set_method(&method);
    span.set("jsrpc.method", method);
    span.set("jsrpc.target_kind", "entrypoint");
    span.set("jsrpc.operation", call.operation.name());
    if let Some(caller) = caller {
        span.set("jsrpc.caller_span_id", caller.span.to_string());
    }
    span
}

/// The event of one session.
struct Event {
    context: Rc<IoContext>,
    instance: Rc<Instance>,
    is_hung: Cell<bool>,
}

impl Event {
    async fn call(self: Rc<Self>, entrypoint: &Entrypoint, call: Call, span: Span) -> CallResult {
        let hold = self.context.hold();
        tokio::task::spawn_local(self.clone().run());
        let instance = self.instance.clone();
        let entrance = Entrance {
            span: Span::default(),
            gate: None,
            reserved: RESERVED,
            holds: true,
        };
        let result = deliver(&self.context, entrance, call, |js| {
            receiver(js, &instance, entrypoint)
        })
        .await;
        span.end();
        self.context.answered();
        if let Some(Ok(_)) = result {
            tracer::returned(&self.context);
        }
        drop(hold);
        result.unwrap_or_else(|| Err(self.end_reason()))
    }

    fn end_reason(&self) -> ChannelError {
        if self.is_hung.get() {
            return crate::errors::hung_error();
        }
        self.context
            .abort_reason()
            .or_else(|| condemned(&self.instance))
            .unwrap_or_else(|| ChannelError::Disconnected("The event was cancelled.".into()))
    }

    /// Drives the event until nobody can call it any more and `waitUntil` has ended. What it keeps of its arguments
    /// lets it go on with what it has begun.
    async fn run(self: Rc<Self>) {
        let context = self.context.clone();
        let isolate = context.isolate().clone();
        let is_over = move |context: &Rc<IoContext>| {
            !context.is_held() && !context.is_retained() || isolate.condemned().is_some()
        };
        let start = || {
            let (driven, watched, is_over) = (context.clone(), context.clone(), is_over.clone());
            async move { driven.drive(|| is_over(&watched)).await }.boxed_local()
        };
        let mut drive = start();
        std::future::poll_fn(|cx| match drive.poll_unpin(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(DriveEnd::Done | DriveEnd::Cancelled) => Poll::Ready(()),
            // A call waits for what cannot come.
            Poll::Ready(DriveEnd::Idle) if context.is_called() => {
                self.is_hung.set(true);
                Poll::Ready(())
            }
            Poll::Ready(DriveEnd::Idle) if !context.is_held() => Poll::Ready(()),
            // Somebody may call yet; the context has the waker.
            Poll::Ready(DriveEnd::Idle) => {
                drive = start();
                Poll::Pending
            }
        })
        .await;
        if self.is_hung.get() {
            hung(&context);
        }
        // What a method throws is its caller's, and what is thrown later is only told of.
        let outcome = if self.is_hung.get() {
            Outcome::Exception
        } else {
            Outcome::Ok
        };
        tracer::set_outcome(&context, outcome);
        context.cancel();
    }
}

/// The object that has the entry point's methods.
fn receiver<'s>(
    js: &mut Lock<'s, '_>,
    instance: &Instance,
    entrypoint: &Entrypoint,
) -> Result<Receiver<'s>> {
    let handlers = instance
        .handlers(entrypoint.name.as_deref())
        .ok_or_else(|| Error::type_error("The Worker has no such entry point."))?;
    let env = instance.env(js);
    let ctx = execution_context(js, instance, entrypoint, !handlers.is_class())?.object();
    Ok(match handlers.rpc_receiver(js, env, ctx)? {
        RpcReceiver::Instance(object) => Receiver {
            object,
            receivable: Receivable::Target,
            handler: None,
        },
        RpcReceiver::Object(object) => Receiver {
            object,
            receivable: Receivable::Plain,
            handler: Some((env, ctx)),
        },
    })
}
