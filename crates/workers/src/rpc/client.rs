//! Making calls.

use std::rc::Rc;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, Shared};
use io::rpc::{
    Broken, Call, CallResult, Capability, Disposable, Message, Operation, Ownership, Started,
};
use io::trace::{Origin, Session, Span, caller, calling, calling_as};
use io::{ChannelError, IoContext};
use jsg::js::{Array, Function, Local, Promise, Value};
use jsg::{Error, Flag, Lock, LockExt, Ref, Result, Trace};
use web::fetch::Fetcher;

use super::cancel::{self, Cancellation};
use super::dispose_value;
use super::message::{read_result, write};
use super::promise::{Link, RpcPromise};
use super::property::RpcProperty;
use super::reference::Held;
use super::stub::RpcStub;

/// Where a property is a property of.
#[derive(Trace)]
pub(super) enum Parent {
    Stub(Ref<RpcStub>),
    Promise(Ref<RpcPromise>),
    Property(Ref<RpcProperty>),
    Service(Ref<Fetcher>),
}

impl Parent {
    pub fn source<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Source> {
        match self {
            Self::Stub(stub) => stub.get(js).get().source(js),
            Self::Promise(promise) => promise.get(js).get().source(js),
            Self::Property(property) => property.get(js).get().source(js),
            Self::Service(service) => {
                IoContext::current(js)?;
                let service = service.get(js);
                let around = service.get().channel(js)?.clone().span(js);
                let own = match &around {
                    Some(around) => around.child("jsRpcSession"),
                    None => Span::open(js, "jsRpcSession"),
                };
                let span = own.child("jsRpcCall");
                let capability = calling(&span, || service.get().rpc(js))?;
                let session = span.is_traced().then(|| Rc::new(Session { own, around }));
                Ok(Source::new(capability, span, session, "fetcher"))
            }
        }
    }
}

/// What a call is made on: a capability and the path from it.
pub(super) struct Source {
    capability: Rc<dyn Capability>,
    pub path: Vec<String>,
    /// That of the call.
    span: Span,
    /// What the call's results come from.
    origin: Option<Origin>,
}

impl Source {
    fn new(
        capability: Rc<dyn Capability>,
        span: Span,
        session: Option<Rc<Session>>,
        kind: &'static str,
    ) -> Self {
        span.set("jsrpc.target_kind", kind);
        Self {
            capability,
            path: Vec::new(),
            origin: span.origin(session),
            span,
        }
    }

    /// A call on what is held.
    pub fn held(js: &mut Lock<'_, '_>, held: Held, kind: &'static str) -> Self {
        let Held {
            capability, origin, ..
        } = held;
        let span = Span::open_from(js, origin.as_ref(), "jsRpcCall");
        let session = origin.and_then(|origin| origin.session());
        Self::new(capability, span, session, kind)
    }
}

/// The result of a call that is under way, as something to call.
struct Pipeline(Shared<LocalBoxFuture<'static, Result<Rc<dyn Capability>, ChannelError>>>);

impl Capability for Pipeline {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        let target = self.0.clone();
        let caller = caller();
        Box::pin(async move {
            let target = target.await?;
            calling_as(caller, || target.call(call)).await
        })
    }
}

/// Calls what `source` finds, or reads it if there are no arguments. All failures are the promise's.
pub(super) fn call<'s>(
    js: &mut Lock<'s, '_>,
    source: impl FnOnce(&mut Lock<'s, '_>) -> Result<Source>,
    arguments: Option<&[Local<'s, Value>]>,
) -> (Local<'s, Promise>, Rc<Link>) {
    let link = Rc::new(Link::default());
    let started = jsg::promise::try_catch(js, |js| {
        let source = source(js)?;
        start(js, source, arguments, &link)
    });
    let promise = match started {
        Ok(promise) => promise,
        Err(exception) => {
            if let Ok(context) = IoContext::current(js) {
                let broken: Rc<dyn Capability> =
                    Rc::new(Broken(io::exception::to_remote(js, exception)));
                link.pipeline.set_pipeline(&context, broken);
            }
            jsg::promise::rejected(js, exception)
        }
    };
    (promise, link)
}

fn start<'s>(
    js: &mut Lock<'s, '_>,
    source: Source,
    arguments: Option<&[Local<'s, Value>]>,
    link: &Rc<Link>,
) -> Result<Local<'s, Promise>> {
    let context = IoContext::current(js)?;
    let Source {
        capability,
        path,
        span,
        origin,
    } = source;
    let operation = match arguments {
        None => Operation::Get,
        Some([]) => Operation::Call(None),
        Some(arguments) => {
            let message = span.within(js, |js| write_arguments(js, &context, arguments))?;
            Operation::Call(Some(message))
        }
    };
    if span.is_traced() {
        span.set("jsrpc.operation", operation.name());
        span.set("jsrpc.method", path_name(&path));
    }
    let (sender, receiver) = oneshot::channel();
    let target = receiver.map(|sent: Result<_, oneshot::Canceled>| {
        sent.unwrap_or_else(|_| Err(ChannelError::Disconnected("The call was cancelled.".into())))
    });
    let call = Call { path, operation };
    let Started { result, pipeline } = match context.wait_for_output() {
        None => calling(&span, || capability.start(call)),
        // What is called on the result waits for the call.
        Some(open) => {
            let (capability, caller) = (capability.clone(), span.context());
            Started {
                result: Box::pin(async move {
                    open.await?;
                    calling_as(caller, || capability.call(call)).await
                }),
                pipeline: None,
            }
        }
    };
    let pipeline = pipeline.unwrap_or_else(|| Rc::new(Pipeline(target.boxed_local().shared())));
    let cancellable = js.flag(Flag::RpcDisposeCancelsCall).then(|| {
        let (cancellation, cancelled) = Cancellation::new(&context, &pipeline);
        link.cancellation.replace(Some(cancellation));
        cancelled
    });
    link.pipeline.set_pipeline(&context, pipeline);
    link.origin.replace(origin);
    let failed = link.clone();
    let future = async move {
        let result = result.await;
        span.end();
        if result.is_err() {
            drop(failed.origin.take());
        }
        // It outlives the call.
        drop(capability);
        match result {
            Ok(result) => {
                // Nobody calls on it: nobody has to know.
                let _ = sender.send(Ok(result.pipeline.clone()));
                Ok(result)
            }
            Err(error) => {
                let _ = sender.send(Err(error.clone()));
                Err(error.into())
            }
        }
    };
    let future = cancel::unless_cancelled(future, cancellable);
    let link = link.clone();
    Ok(jsg::promise::from_future_with(
        js,
        future,
        move |js, result| {
            let pipeline = result.has_disposer.then_some(result.pipeline);
            let origin = link.origin.take();
            let value = read_result(js, result.value, pipeline, origin)?;
            link.pipeline.dispose();
            if link.is_disposed.get() {
                dispose_value(js, value)?;
            }
            Ok(value)
        },
    ))
}

fn write_arguments<'s>(
    js: &mut Lock<'s, '_>,
    context: &IoContext,
    arguments: &[Local<'s, Value>],
) -> Result<Message> {
    let ownership = if js.flag(Flag::RpcParamsDupStubs) {
        Ownership::Duplicate
    } else {
        Ownership::Transfer
    };
    let array = Array::new_with_elements(js, arguments);
    // An object stays for what it has sent.
    let holds = context.actor().is_some();
    let written = write(js, array.into(), ownership, holds)?;
    for reference in written.transferred {
        reference.dispose();
    }
    Ok(written.message)
}

/// What a path is called.
pub(super) fn path_name(path: &[String]) -> String {
    match path {
        [] => "(this)".to_owned(),
        _ => path.join("."),
    }
}

/// `promise.then(handler, errorHandler)`.
pub(super) fn then<'s>(
    js: &mut Lock<'s, '_>,
    promise: Local<'s, Promise>,
    handler: Local<'s, Function>,
    error_handler: Option<Local<'s, Function>>,
) -> Result<Local<'s, Promise>> {
    match error_handler {
        Some(error_handler) => promise.then2(js, handler, error_handler),
        None => promise.then(js, handler),
    }
    .ok_or(Error::Pending)
}

/// `promise.finally(handler)`, which V8 offers to JavaScript only.
pub(super) fn finally<'s>(
    js: &mut Lock<'s, '_>,
    promise: Local<'s, Promise>,
    handler: Local<'s, Function>,
) -> Result<Local<'s, Value>> {
    let key = jsg::intern(js, "finally");
    let finally = promise.get(js, key.into()).ok_or(Error::Pending)?;
    let finally = Local::<Function>::try_from(finally)
        .map_err(|_| Error::type_error("promise.finally is not a function"))?;
    finally
        .call(js, promise.into(), &[handler.into()])
        .ok_or(Error::Pending)
}
