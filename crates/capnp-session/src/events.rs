//! Events from the other side (`WorkerdBootstrap`, `EventDispatcher`), and events for it.

use std::cell::RefCell;
use std::rc::Rc;

use ::http::Request;
use capnp::Error;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use io::channel::{CfBlob, ConnectRequest, ConnectResult, SubrequestResult};
use io::rpc::{Call, CallResult, Capability, Started};
use io::trace::{TailBatch, TailStream};
use io::{ChannelError, SubrequestChannel};
use net::Body;

use crate::error::told;
use crate::http::{self, serve_requests};
use crate::layout::{Answer, Cap, Incoming, Outgoing, Result, Serve, export, pipelined};
use crate::schema::{
    GET_HTTP_SERVICE, JS_RPC_SESSION, SEND_TRACES, START_EVENT, TAIL_STREAM_SESSION,
};
use crate::tails;
use crate::target::{RemoteTarget, Session, serve_capability, start};
use crate::tunnels;

/// What is said of other events than those that the real workerd takes.
const NOT_SUPPORTED: &str = "RPC connections don't yet support this event type.";

/// What becomes of such an event.
#[cold]
pub fn not_supported() -> ChannelError {
    ChannelError::classed("Error", NOT_SUPPORTED)
}

/// A service, for the other side to start events at.
struct Bootstrap(Rc<dyn SubrequestChannel>);

/// One event, before it is known what kind of event it is.
struct Dispatcher {
    service: RefCell<Option<Rc<dyn SubrequestChannel>>>,
    /// `request.cf`, as JSON.
    cf: Option<String>,
}

/// Nothing but something that is dropped. Its byte gives it an address of its own.
struct Handle(u8);

/// The way for the other side to start events at a service.
pub fn serve_service(service: Rc<dyn SubrequestChannel>) -> Cap {
    export(Rc::new(Bootstrap(service)))
}

impl Serve for Handle {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        debug_assert_eq!(self.0, 0);
        Answer::unknown(call.method)
    }
}

impl Serve for Bootstrap {
    fn call(self: Rc<Self>, mut call: Incoming) -> Answer {
        if call.method != START_EVENT {
            return Answer::unknown(call.method);
        }
        let mut answer = || {
            let params = call.params()?;
            let dispatcher = Dispatcher {
                service: RefCell::new(Some(self.0.clone())),
                cf: if params.has(0) {
                    Some(params.text(0)?.to_owned()) // cfBlobJson
                } else {
                    None
                },
            };
            call.results::<0, 1>()?.cap(0, export(Rc::new(dispatcher))); // dispatcher
            Ok(())
        };
        Answer::now(answer())
    }
}

impl Serve for Dispatcher {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        if call.method == TAIL_STREAM_SESSION {
            return Answer::later(async move { tails::serve_stream(self.service()?, call).await });
        }
        Answer::now(match call.method {
            JS_RPC_SESSION => self.js_rpc_session(call),
            GET_HTTP_SERVICE => self.http_service(call),
            SEND_TRACES => self
                .service()
                .and_then(|service| tails::serve_traces(service, call)),
            _ => Err(told(&not_supported())),
        })
    }
}

impl Dispatcher {
    fn service(&self) -> Result<Rc<dyn SubrequestChannel>> {
        let service = self.service.take();
        service
            .ok_or_else(|| Error::failed("EventDispatcher can only be used for one request".into()))
    }

    fn http_service(&self, mut call: Incoming) -> Result<()> {
        let http = serve_requests(self.service()?, self.cf.clone());
        call.results::<0, 1>()?.cap(0, http); // http
        Ok(())
    }

    fn js_rpc_session(&self, mut call: Incoming) -> Result<()> {
        let service = self.service()?;
        let (ended, end) = oneshot::channel();
        let session = Rc::new(Session::default());
        session.ended.replace(Some(ended));
        let (alive, gone) = oneshot::channel::<()>();
        let gone = gone.map(drop).boxed_local().shared();
        // It is set here alone.
        let _ = session.gone.set(gone);
        let mut results = call.results::<0, 2>()?;
        results.cap(0, serve_capability(&session, service.rpc())); // topLevel
        let over: capnp::capability::Client = capnp_rpc::new_future_client(async move {
            // It is over when nobody is left to tell of it.
            let _ = end.await;
            drop(alive);
            Ok(capnp::capability::Client::new(export(Rc::new(Handle(0)))))
        });
        results.cap(1, over.hook); // session
        Ok(())
    }
}

/// A service at the other side.
#[derive(Clone)]
pub struct Service(Cap);

impl Service {
    pub(crate) fn new(bootstrap: Cap) -> Self {
        Self(bootstrap)
    }

    /// Starts an event; its dispatcher is used before it has come.
    fn start(&self, cf: Option<&CfBlob>) -> Cap {
        let mut starting = Outgoing::new(&*self.0, START_EVENT);
        if let Some(CfBlob(json)) = cf {
            starting.params::<1, 1>().text(0, json); // cfBlobJson
        }
        let starting = starting.send();
        let dispatcher = pipelined(&starting, 0);
        tokio::task::spawn_local(starting.promise);
        dispatcher
    }

    /// Sends a request. Must be called inside a `LocalSet`.
    ///
    /// # Errors
    /// There is no response.
    pub async fn request(&self, request: Request<Body>) -> SubrequestResult {
        http::request(self.http(request.extensions().get()), request).await
    }

    /// Opens a raw connection. Must be called inside a `LocalSet`.
    ///
    /// # Errors
    /// It is refused.
    pub async fn connect(&self, request: ConnectRequest) -> ConnectResult {
        tunnels::connect(self.http(None), request).await
    }

    /// Delivers what other events have left.
    ///
    /// # Errors
    /// The other side does not take it.
    pub async fn tail(&self, batch: TailBatch) -> std::result::Result<(), ChannelError> {
        tails::send_traces(self.start(None), batch).await
    }

    /// Delivers what another event does, until it has ended or nobody wants to hear more.
    ///
    /// # Errors
    /// The other side does not take it, or its handler has failed.
    pub async fn tail_stream(&self, stream: TailStream) -> std::result::Result<(), ChannelError> {
        tails::send_stream(self.start(None), stream).await
    }

    /// Starts an event that is a request.
    fn http(&self, cf: Option<&CfBlob>) -> Cap {
        let dispatcher = self.start(cf);
        let getting = Outgoing::new(&*dispatcher, GET_HTTP_SERVICE).send();
        let service = pipelined(&getting, 0);
        tokio::task::spawn_local(getting.promise);
        service
    }

    /// Starts an event of remote calls.
    fn calls(&self) -> RemoteTarget {
        let dispatcher = self.start(None);
        let opening = Outgoing::new(&*dispatcher, JS_RPC_SESSION).send();
        let (top_level, kept) = (pipelined(&opening, 0), pipelined(&opening, 1));
        tokio::task::spawn_local(opening.promise);
        let session = Session::default();
        session.kept.replace(Some(kept));
        RemoteTarget::new(Rc::new(session), top_level)
    }
}

/// The entry point at the other side, as a receiver of remote calls. Each call is an event of its own.
pub struct Entrance<C>(pub C);

/// Gives the way to the other side.
pub trait Connect: Clone + 'static {
    fn connect(self) -> impl Future<Output = std::result::Result<Service, ChannelError>> + 'static;
}

impl<C: Connect> Capability for Entrance<C> {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        self.start(call).result
    }

    fn start(&self, call: Call) -> Started {
        let connecting = self.0.clone().connect();
        let target = async move { Ok(Rc::new(connecting.await?.calls())) };
        start(target, call)
    }
}
