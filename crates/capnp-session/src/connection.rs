//! Connections: Cap'n Proto RPC over bytes, with limits on what comes.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use capnp::capability::FromClientHook;
use capnp::message::ReaderOptions;
use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capnp_rpc::twoparty::VatNetwork;
use futures::FutureExt;
use io::SubrequestChannel;
use net::client::Connected;
use tokio::io::{BufReader, split};
use tokio_util::compat::TokioAsyncWriteCompatExt;

use crate::debug_port::{DebugPort, serve_port};
use crate::details::Detailed;
use crate::events::{Service, serve_service};
use crate::layout::{Cap, Outgoing, pipelined};
use crate::receive::Receiver;
use crate::schema::{GET_ACTOR, GET_ENTRYPOINT, frankenvalue};

/// The most words of a message: a value of a remote call has at most 32 MiB.
const MOST_WORDS: usize = (64 << 20) / 8;

/// How deep the structs of a message may be within each other.
const MOST_DEPTH: i32 = 64;

fn system(io: Connected, side: Side, bootstrap: Option<Cap>) -> RpcSystem<Side> {
    let (reader, writer) = split(io);
    let options = ReaderOptions {
        traversal_limit_in_words: Some(MOST_WORDS),
        nesting_limit: MOST_DEPTH,
    };
    let receiver = Receiver::new(BufReader::new(reader), options);
    // It only sends.
    let network = VatNetwork::new(futures::io::empty(), writer.compat_write(), side, options);
    let bootstrap = bootstrap.map(capnp::capability::Client::new);
    RpcSystem::new(Box::new(Detailed { network, receiver }), bootstrap)
}

/// Runs a connection to its end. What the other side breaks ends it, whatever that is.
async fn run(system: RpcSystem<Side>) {
    match AssertUnwindSafe(system).catch_unwind().await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::info!("an RPC connection has ended: {error}"),
        Err(_) => tracing::error!(
            "an RPC connection has ended, for the other side has broken the protocol"
        ),
    }
}

/// Lets the other side start events at a service, until it goes.
pub async fn serve(io: Connected, service: Rc<dyn SubrequestChannel>) {
    run(system(io, Side::Server, Some(serve_service(service)))).await;
}

/// Lets the other side reach all that a debug port offers, until it goes.
pub async fn serve_debug_port(io: Connected, port: Rc<impl DebugPort>) {
    run(system(io, Side::Server, Some(serve_port(port)))).await;
}

/// A connection to a service elsewhere.
pub struct Client {
    bootstrap: Cap,
    is_over: Rc<Cell<bool>>,
}

impl Client {
    /// Must be called inside a `LocalSet`.
    pub fn new(io: Connected) -> Self {
        let mut system = system(io, Side::Client, None);
        let bootstrap: capnp::capability::Client = system.bootstrap(Side::Server);
        let is_over = Rc::new(Cell::new(false));
        let tells = is_over.clone();
        tokio::task::spawn_local(async move {
            run(system).await;
            tells.set(true);
        });
        Self {
            bootstrap: bootstrap.into_client_hook(),
            is_over,
        }
    }

    /// The service that the connection is for.
    pub fn service(&self) -> Service {
        Service::new(self.bootstrap.clone())
    }

    /// An entry point, if the connection is to a debug port. The properties are as structured clone writes them.
    pub fn entrypoint(
        &self,
        service: &str,
        entrypoint: Option<&str>,
        props: Option<&[u8]>,
    ) -> Service {
        let mut call = Outgoing::new(&*self.bootstrap, GET_ENTRYPOINT);
        let mut params = call.params::<0, 3>();
        params.text(0, service); // service
        if let Some(entrypoint) = entrypoint {
            params.text(1, entrypoint); // entrypoint
        }
        if let Some(props) = props {
            let mut value = params.fields::<2, 4>(2); // props
            value.u16(0, frankenvalue::V8_SERIALIZED);
            value.data(0, props);
        }
        result_of(call)
    }

    /// A Durable Object, if the connection is to a debug port.
    pub fn object(&self, service: &str, class: &str, id: &str) -> Service {
        let mut call = Outgoing::new(&*self.bootstrap, GET_ACTOR);
        let mut params = call.params::<0, 3>();
        for (at, text) in [service, class, id].into_iter().enumerate() {
            params.text(at, text); // service, entrypoint, actorId
        }
        result_of(call)
    }

    /// Whether the other side has gone.
    pub fn is_over(&self) -> bool {
        self.is_over.get()
    }
}

/// The service that a call gives, used before it has come.
fn result_of(call: Outgoing) -> Service {
    let sent = call.send();
    let service = Service::new(pipelined(&sent, 0));
    tokio::task::spawn_local(sent.promise);
    service
}
