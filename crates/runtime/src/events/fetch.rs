//! The `fetch` event: a request to an entry point, its response back.
//!
//! The hot path of the server: most handlers settle within the turn that calls them, and then
//! nothing is spawned, boxed or registered.

use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::rc::Rc;

use futures::future::{Either, LocalBoxFuture, pending, select};
use http::request::Parts;
use http::{Method, StatusCode};
use io::channel::{ConnectRequest, ConnectResult, EventFuture, Opened, SubrequestResult};
use io::context::PassThrough;
use io::event::{QueueBatch, QueueResult, Scheduled, ScheduledResult};
use io::restored::Origin;
use io::rpc::Capability;
use io::token::{Referent, Refusal, Token, Usage};
use io::trace::{SpanContext, TailBatch, TailStream};
use io::{ChannelError, IoContext, SubrequestChannel};
use jsg::js::{Local, Object, Value};
use jsg::{Error, Flag, FromJs, Handle, Lock, LockExt};
use net::Body;
use web::events::{Event, EventTarget, ExtendableEvent, FetchEvent};
use web::fetch::{Request, RequestSource, Response, Upgrade};
use web::global_scope::ServiceWorkerGlobalScope;

use super::rpc::EntrypointTarget;
use super::{
    Guard, Waiting, check_entrypoint, connect, execution_context, instance_of, served,
    settle_later, wait_then,
};
use crate::definition::Entrypoint;
use crate::errors::{condemned, log_uncaught, to_remote, write_uncaught};
use crate::handlers;
use crate::instance::Instance;
use crate::restoring;
use crate::tokens;
use crate::tracer;
use crate::worker::Worker;

pub(crate) const NOT_A_PROMISE: &str = "Callback returned incorrect type; expected 'Promise'";
const NOT_A_RESPONSE: &str =
    "Incorrect type for Promise: the Promise did not resolve to 'Response'.";

pub(crate) const NO_HANDLER: &str = "Received a FetchEvent but we lack a handler for FetchEvents. Did you remember to export a fetch() \
     function?";

/// Answers a request: the handler is called at once, the future waits for what it comes to. Dropping the future ends
/// the event, unless `waitUntil` keeps it.
///
/// # Errors
/// What the handler threw, as the other side of a service boundary sees it.
// No `async fn`: that would keep the request's head for as long as the future lives, and move it with it.
pub fn fetch(
    worker: &Worker,
    entrypoint: &Entrypoint,
    parts: Parts,
    body: Body,
    source: RequestSource,
) -> impl Future<Output = SubrequestResult> + use<> {
    let begun = match begin(worker, entrypoint, parts, body, source) {
        Ok(begun) => begun,
        Err(error) => return Either::Left(Either::Left(ready(Err(error)))),
    };
    let Begun {
        context,
        instance,
        guard,
        waiting,
    } = begun;
    match waiting {
        Waiting::Now(answer) => Either::Left(end(context, instance, guard, Ok(answer))),
        Waiting::Later(slot) => Either::Right(async move {
            let settled = settle_later(&context, &instance, slot).await;
            end(context, instance, guard, settled).await
        }),
    }
}

/// An event whose handler has been called.
struct Begun {
    context: Rc<IoContext>,
    instance: Rc<Instance>,
    guard: Guard,
    waiting: Waiting<Answer>,
}

fn begin(
    worker: &Worker,
    entrypoint: &Entrypoint,
    parts: Parts,
    body: Body,
    source: RequestSource,
) -> Result<Begun, ChannelError> {
    let instance = instance_of(worker)?;
    check_entrypoint(&instance, entrypoint)?;
    let context = IoContext::new(instance.isolate().clone());
    let guard = Guard::new(context.clone());
    let caller = parts.extensions.get::<SpanContext>().copied();
    tracer::begin(&context, worker, entrypoint, caller);
    let upgrade = Upgrade::of(&parts.headers);
    let answered = answering(&context, upgrade, parts.method == Method::HEAD);
    let mut waiting =
        context.run(
            |js| match call(js, &instance, entrypoint, parts, body, source) {
                Ok(value) => wait_then(js, value, answered),
                Err(exception) => Waiting::Now(answered(js, Err(exception))),
            },
        );
    if let Some(error) = context.abort_reason().or_else(|| condemned(&instance)) {
        waiting = Waiting::Now(Some(Err(error)));
    }
    Ok(Begun {
        context,
        instance,
        guard,
        waiting,
    })
}

/// Ends an event that has its answer. Where its handler has failed others may be there to answer in its place.
fn end(
    context: Rc<IoContext>,
    instance: Rc<Instance>,
    guard: Guard,
    settled: Result<Answer, ChannelError>,
) -> Either<Ready<SubrequestResult>, LocalBoxFuture<'static, SubrequestResult>> {
    let result = match (context.abort_reason(), settled) {
        (Some(error), _) | (None, Err(error)) => Err(error),
        (None, Ok(Some(answer))) => answer,
        (None, Ok(None)) => Err(ChannelError::Disconnected(
            "The event was cancelled.".into(),
        )),
    };
    tracer::fetched(&context, &result);
    if result.is_err()
        && let Some(to) = context.take_pass_through()
        && condemned(&instance).is_none()
    {
        return Either::Right(Box::pin(async move {
            let response = passed_through(&context, to).await;
            guard.answered();
            Ok(response)
        }));
    }
    guard.answered();
    Either::Left(ready(result))
}

/// What others answer to a request that the handler has failed to answer, or a response that says that they have failed, too.
#[cold]
async fn passed_through(context: &Rc<IoContext>, to: PassThrough) -> http::Response<Body> {
    let sent = context.run(|js| jsg::promise::try_catch(js, to).ok());
    if let Some(answer) = sent {
        // The body may come through what the handler has started.
        let driven = async {
            context.drive(|| false).await;
            pending().await
        };
        let (Either::Left((answer, _)) | Either::Right((answer, _))) =
            select(answer, pin!(driven)).await;
        if let Ok(response) = answer {
            return response;
        }
    }
    let mut response = http::Response::new(Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// What a handler came to.
pub(crate) type Outcome<'s> = Result<Local<'s, Value>, Local<'s, Value>>;

/// The answer to a request; none when the event was over before.
type Answer = Option<SubrequestResult>;

/// Makes the answer of what the handler came to.
fn answering(
    context: &Rc<IoContext>,
    upgrade: Option<Upgrade>,
    is_head: bool,
) -> impl for<'s, 'i> FnOnce(&mut Lock<'s, 'i>, Outcome<'s>) -> Answer + use<> {
    let event = Rc::downgrade(context);
    move |js, result| {
        let event = event.upgrade().filter(|event| !event.is_cancelled())?;
        let bodies = event.guest_bodies();
        let mut answer = finish(js, result, upgrade.as_ref());
        match &mut answer {
            // Only what guest code sends itself can be stopped for the client's sake.
            Ok(response) if event.watches_client() && event.guest_bodies() > bodies && !is_head => {
                let body = std::mem::take(response.body_mut());
                *response.body_mut() = served::watched(event, body);
            }
            _ => event.client_served(),
        }
        Some(answer)
    }
}

fn call<'s>(
    js: &mut Lock<'s, '_>,
    instance: &Instance,
    entrypoint: &Entrypoint,
    parts: Parts,
    body: Body,
    source: RequestSource,
) -> Outcome<'s> {
    jsg::promise::try_catch(js, |js| {
        let request = Request::from_http(js, parts, body, source)?;
        tracer::request(js, &request)?;
        if instance.is_script() {
            return dispatch(js, request);
        }
        let handlers = match (
            instance.handlers(entrypoint.name.as_deref()),
            &entrypoint.name,
        ) {
            (Some(handlers), _) => handlers,
            (None, None) => return pass_on(js, request),
            (None, Some(name)) => return Err(missing(name)),
        };
        let env = instance.env(js);
        let ctx = execution_context(js, instance, entrypoint, !handlers.is_class())?;
        ctx.get().set_request(js, request);
        let callee = handlers
            .callee(js, handlers::Event::Fetch, env, ctx.object())?
            .ok_or_else(|| {
                web::console::warn_once(js, NO_HANDLER);
                Error::error("Handler does not export a fetch() function.")
            })?;
        let value = callee.call(js, request.object().into(), env, ctx.object())?;
        if value.is_promise() || Handle::<Response>::from_value(js, value).is_some() {
            return Ok(value);
        }
        if js.flag(Flag::UnwrapCustomThenables) && is_thenable(js, value)? {
            return Ok(jsg::promise::resolved(js, value).into());
        }
        Err(Error::type_error(NOT_A_PROMISE))
    })
}

fn is_thenable<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<bool, Error> {
    let Ok(object) = Local::<Object>::try_from(value) else {
        return Ok(false);
    };
    let key = jsg::intern(js, "then");
    let then = object.get(js, key.into()).ok_or(Error::Pending)?;
    Ok(then.is_function())
}

/// A classic script's handlers are listeners of its global scope (Service Workers §4.6).
fn dispatch<'s>(
    js: &mut Lock<'s, '_>,
    request: Handle<'s, Request>,
) -> Result<Local<'s, Value>, Error> {
    let scope = ServiceWorkerGlobalScope::current(js)
        .ok_or_else(|| Error::Internal("an isolate without a global scope".into()))?;
    let target = ServiceWorkerGlobalScope::target(js, scope);
    if target.listener_count("fetch") == 0 {
        return pass_on(js, request);
    }
    let event = FetchEvent::create(js, request.object());
    let dispatched = event.upcast::<ExtendableEvent>(js).upcast::<Event>(js);
    EventTarget::dispatch_from_host(js, target, dispatched)?;
    match event.take_response(js) {
        Some(promise) => Ok(promise.into()),
        None => pass_on(js, request),
    }
}

/// What nobody answers goes where the Worker's own requests go.
fn pass_on<'s>(
    js: &mut Lock<'s, '_>,
    request: Handle<'s, Request>,
) -> Result<Local<'s, Value>, Error> {
    let request = FromJs::from_js(js, request.object().into())?;
    Ok(web::fetch::fetcher::fetch(js, None, request, None)?.into())
}

#[cold]
fn missing(name: &str) -> Error {
    Error::type_error(format!("The Worker has no entry point named '{name}'."))
}

fn finish<'s>(
    js: &mut Lock<'s, '_>,
    settled: Outcome<'s>,
    upgrade: Option<&Upgrade>,
) -> Result<http::Response<Body>, ChannelError> {
    respond(js, settled, upgrade).map_err(|exception| to_remote(js, exception))
}

/// The response that a handler has given, or what it has thrown, which is logged.
pub(crate) fn respond<'s>(
    js: &mut Lock<'s, '_>,
    settled: Outcome<'s>,
    upgrade: Option<&Upgrade>,
) -> Result<http::Response<Body>, Local<'s, Value>> {
    let exception = match settled {
        Ok(value) => {
            let response =
                jsg::promise::try_catch(js, |js| match Handle::<Response>::from_value(js, value) {
                    Some(response) => Response::into_http(js, response, upgrade),
                    None => Err(Error::type_error(NOT_A_RESPONSE)),
                });
            match response {
                Ok(response) => return Ok(response),
                Err(exception) => exception,
            }
        }
        Err(reason) => reason,
    };
    log_uncaught(js, "Uncaught (in promise)", exception);
    // Debuggers hear of the promise and of the response that it was to be.
    if jsg::inspector::is_installed(js) {
        write_uncaught(js, "Uncaught (in response)", exception);
    }
    Err(exception)
}

/// A Worker's entry point as a service of others on the same loop.
pub struct WorkerChannel {
    pub worker: Rc<Worker>,
    pub entrypoint: Entrypoint,
}

impl SubrequestChannel for WorkerChannel {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let (worker, entrypoint) = (self.worker.clone(), self.entrypoint.clone());
        let (parts, body) = request.into_parts();
        Box::pin(async move {
            restoring::check(&worker, entrypoint.origin.is_stored)?;
            fetch(&worker, &entrypoint, parts, body, RequestSource::Subrequest).await
        })
    }

    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        let Entrypoint { name, props, .. } = &self.entrypoint;
        let named = tokens::named(&self.worker, name.as_deref(), props, usage)?;
        Token::new(Referent::Service(named), false, usage)
    }

    fn not_sendable(&self) -> Option<&'static str> {
        let is_dynamic = self.worker.host().is_dynamic();
        is_dynamic.then_some(workers::worker_loader::NOT_SENDABLE)
    }

    fn with_origin(&self, origin: Origin) -> Option<Rc<dyn SubrequestChannel>> {
        let entrypoint = Entrypoint {
            origin,
            ..self.entrypoint.clone()
        };
        let worker = self.worker.clone();
        Some(Rc::new(Self { worker, entrypoint }))
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        Rc::new(EntrypointTarget {
            worker: self.worker.clone(),
            entrypoint: self.entrypoint.clone(),
            caller: io::trace::caller(),
        })
    }

    fn connect(&self, request: ConnectRequest) -> LocalBoxFuture<'static, ConnectResult> {
        let (worker, entrypoint) = (self.worker.clone(), self.entrypoint.clone());
        if let Some(next) = connect::next(&worker) {
            return next.connect(request);
        }
        Box::pin(async move {
            let instance = connect::check(&worker, &entrypoint)?;
            let (near, far) = net::pipe();
            let incoming = connect::Incoming {
                carrier: connect::Carrier::Stream(Opened {
                    io: Box::new(far),
                    tls: None,
                }),
                local_address: Some(request.address),
                remote_address: None,
                start_tls: false,
            };
            // The caller has its connection when the handler has been called.
            let running = connect::start(&instance, &entrypoint, incoming);
            tokio::task::spawn_local(async move {
                // That the handler has thrown is in the log.
                let _ = running.finish().await;
            });
            Ok(Opened {
                io: Box::new(near),
                tls: None,
            })
        })
    }

    fn scheduled(&self, event: Scheduled) -> EventFuture<ScheduledResult> {
        let (worker, entrypoint) = (self.worker.clone(), self.entrypoint.clone());
        let caller = io::trace::caller();
        Box::pin(
            async move { super::scheduled::scheduled(&worker, &entrypoint, event, caller).await },
        )
    }

    fn tail(&self, batch: TailBatch) -> EventFuture<()> {
        let (worker, entrypoint) = (self.worker.clone(), self.entrypoint.clone());
        Box::pin(async move { super::tail::tail(&worker, &entrypoint, batch).await })
    }

    fn tail_stream(&self, stream: TailStream) -> EventFuture<()> {
        let (worker, entrypoint) = (self.worker.clone(), self.entrypoint.clone());
        Box::pin(async move { super::tail_stream::tail_stream(&worker, &entrypoint, stream).await })
    }

    fn queue(&self, batch: QueueBatch) -> EventFuture<QueueResult> {
        let (worker, entrypoint) = (self.worker.clone(), self.entrypoint.clone());
        let caller = io::trace::caller();
        Box::pin(async move { super::queue::queue(&worker, &entrypoint, batch, caller).await })
    }
}
