//! Events from the other side (`WorkerdBootstrap`, `EventDispatcher`), and events for it.

use std::cell::RefCell;
use std::rc::Rc;

use capnp::Error;
use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use io::rpc::{Call, CallResult, Capability, Started};
use io::{ChannelError, SubrequestChannel};

use crate::connection::Client;
use crate::layout::{Answer, Cap, Incoming, Outgoing, Result, Serve, export, pipelined};
use crate::schema::{JS_RPC_SESSION, START_EVENT};
use crate::target::{RemoteTarget, Session, serve_capability, start};

/// What is said of other events than those that the real workerd takes.
const NOT_SUPPORTED: &str = "jsg.Error: RPC connections don't yet support this event type.";

/// A service, for the other side to start events at.
struct Bootstrap(Rc<dyn SubrequestChannel>);

/// One event, before it is known what kind of event it is.
struct Dispatcher(RefCell<Option<Rc<dyn SubrequestChannel>>>);

/// Nothing but something that is dropped.
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
            let dispatcher = Dispatcher(RefCell::new(Some(self.0.clone())));
            call.results::<0, 1>()?.cap(0, export(Rc::new(dispatcher))); // dispatcher
            Ok(())
        };
        Answer::now(answer())
    }
}

impl Serve for Dispatcher {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        Answer::now(match call.method {
            JS_RPC_SESSION => self.js_rpc_session(call),
            _ => Err(Error::failed(NOT_SUPPORTED.into())),
        })
    }
}

impl Dispatcher {
    fn service(&self) -> Result<Rc<dyn SubrequestChannel>> {
        let service = self.0.take();
        service
            .ok_or_else(|| Error::failed("EventDispatcher can only be used for one request".into()))
    }

    fn js_rpc_session(&self, mut call: Incoming) -> Result<()> {
        let service = self.service()?;
        let (ended, end) = oneshot::channel();
        let session = Rc::new(Session::default());
        session.ended.replace(Some(ended));
        let mut results = call.results::<0, 2>()?;
        results.cap(0, serve_capability(&session, service.rpc())); // topLevel
        let over: capnp::capability::Client = capnp_rpc::new_future_client(async move {
            // It is over when nobody is left to tell of it.
            let _ = end.await;
            Ok(capnp::capability::Client::new(export(Rc::new(Handle(0)))))
        });
        results.cap(1, over.hook); // session
        Ok(())
    }
}

/// The entry point at the other side, as a receiver of remote calls. Each call is an event of its own.
pub struct Entrance<C>(pub C);

/// Gives the connection to the other side.
pub trait Connect: Clone + 'static {
    fn connect(
        self,
    ) -> impl Future<Output = std::result::Result<Rc<Client>, ChannelError>> + 'static;
}

impl<C: Connect> Capability for Entrance<C> {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        self.start(call).result
    }

    fn start(&self, call: Call) -> Started {
        let connecting = self.0.clone().connect();
        let target = async move { Ok(Rc::new(open(&*connecting.await?))) };
        start(target, call)
    }
}

/// Starts an event of remote calls at the other side.
fn open(client: &Client) -> RemoteTarget {
    let starting = Outgoing::new(&*client.bootstrap, START_EVENT).send();
    let dispatcher = pipelined(&starting, 0);
    let opening = Outgoing::new(&*dispatcher, JS_RPC_SESSION).send();
    let (top_level, kept) = (pipelined(&opening, 0), pipelined(&opening, 1));
    // Their results are used before they have come.
    tokio::task::spawn_local(futures::future::join(starting.promise, opening.promise));
    let session = Session::default();
    session.kept.replace(Some(kept));
    RemoteTarget::new(Rc::new(session), top_level)
}
