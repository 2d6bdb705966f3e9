//! `external`: one fixed server, whatever host a request names.

use std::cell::RefCell;
use std::future::{Future, ready};
use std::rc::Rc;
use std::sync::Arc;

use capnp_session::{Connect, not_supported};
use config::model::{ExternalProtocol, ExternalServer};
use futures::future::{Either, LocalBoxFuture, Shared};
use futures::{FutureExt, TryFutureExt};
use io::channel::{
    ChannelError, ConnectRequest, ConnectResult, ConnectTls, EventFuture, Opened,
    SubrequestChannel, SubrequestResult,
};
use io::event::{QueueBatch, QueueResult};
use io::rpc::Capability;
use io::trace::{TailBatch, TailStream};
use net::client::{Origin, Secure};
use net::{Body, Client, Connector, DefaultPort, Destination};

use super::{outgoing, raw};
use crate::http_options::HttpRules;
use crate::tls::client_tls;

/// An external server, as all loops share it.
#[derive(Debug)]
pub struct External {
    destination: Destination,
    protocol: Protocol,
    secure: Option<Secure>,
}

#[derive(Debug)]
enum Protocol {
    Http(HttpRules),
    Tcp,
}

impl External {
    /// # Errors
    /// An address that cannot be read.
    pub fn new(server: &ExternalServer) -> Result<Self, String> {
        let (mut secure, mut certificate_host) = (None, None);
        let (protocol, port) = match &server.protocol {
            ExternalProtocol::Http(options) => {
                (Protocol::Http(HttpRules::new(options)), DefaultPort::HTTP)
            }
            ExternalProtocol::Https {
                options,
                tls,
                certificate_host: host,
            } => {
                secure = Some(tls.clone().unwrap_or_default());
                certificate_host = host.as_deref().map(Box::from);
                (Protocol::Http(HttpRules::new(options)), DefaultPort::HTTPS)
            }
            ExternalProtocol::Tcp {
                tls,
                certificate_host: host,
            } => {
                secure = tls.clone();
                certificate_host = host.as_deref().map(Box::from);
                (Protocol::Tcp, DefaultPort::NONE)
            }
            ExternalProtocol::Unknown(_) => return Err("unknown kind of external server".into()),
        };
        let address = server.address.as_deref().unwrap_or_default();
        let destination = Destination::parse(address, port).map_err(|error| error.to_string())?;
        let secure = match secure {
            Some(options) => Some(Secure {
                tls: client_tls(&options)?,
                certificate_host,
            }),
            None => None,
        };
        Ok(Self {
            destination,
            protocol,
            secure,
        })
    }
}

/// An external server on one loop.
pub struct ExternalService {
    server: Arc<External>,
    client: Client,
    /// The connection that carries RPC, or the way to it.
    rpc: RefCell<Option<Connecting>>,
}

type Connecting = Shared<LocalBoxFuture<'static, RpcResult>>;
type RpcResult = Result<Rc<capnp_session::Client>, ChannelError>;

impl ExternalService {
    /// The server's channel on the current loop.
    pub fn open(server: Arc<External>) -> Rc<dyn SubrequestChannel> {
        let client = Client::new(Connector::new(None, server.secure.clone()));
        Rc::new(Handle(Rc::new(Self {
            server,
            client,
            rpc: RefCell::default(),
        })))
    }

    fn fetch(
        &self,
        request: http::Request<Body>,
    ) -> impl Future<Output = SubrequestResult> + use<'_> {
        let Protocol::Http(rules) = &self.server.protocol else {
            return Either::Left(ready(Err(ChannelError::Failed(
                "External TCP servers don't support this event type.".into(),
            ))));
        };
        let origin = Origin {
            destination: &self.server.destination,
            key: "",
            secure: self.server.secure.is_some(),
        };
        let answered = outgoing::exchange(&self.client, origin, request, rules);
        Either::Right(answered.map_ok(|mut response| {
            rules.inject_into_response(response.headers_mut());
            response
        }))
    }
}

impl ExternalService {
    /// A raw connection: to the server itself, or through it, as a proxy (RFC 9110 §9.3.6).
    async fn connect(&self, request: ConnectRequest) -> ConnectResult {
        let Protocol::Http(rules) = &self.server.protocol else {
            let secure = self.server.secure.is_some() || request.tls == ConnectTls::On;
            let connector = self.client.connector().clone();
            return raw::open(connector, &self.server.destination, secure).await;
        };
        if request.tls == ConnectTls::On {
            return Err(ChannelError::Failed(
                "TLS through a proxy must be started with startTls().".into(),
            ));
        }
        self.tunnel(&request.address, rules).await
    }

    async fn tunnel(&self, address: &str, rules: &HttpRules) -> ConnectResult {
        let tunnel = outgoing::tunnel(address, rules)?;
        let origin = Origin {
            destination: &self.server.destination,
            key: "",
            secure: self.server.secure.is_some(),
        };
        let sent = self.client.send(origin, tunnel).await;
        let mut response = sent.map_err(outgoing::error)?;
        match response.body_mut().take_connection() {
            Some(upgraded) => Ok(Opened {
                io: Box::new(upgraded),
                tls: None,
            }),
            None => Err(ChannelError::Failed(format!(
                "the proxy answered {}",
                response.status()
            ))),
        }
    }

    async fn open_rpc(&self) -> RpcResult {
        let Protocol::Http(rules) = &self.server.protocol else {
            return Err(not_configured());
        };
        let host = rules.rpc_host.as_deref().ok_or_else(not_configured)?;
        let opened = self.tunnel(host, rules).await?;
        Ok(Rc::new(capnp_session::Client::new(opened.io)))
    }
}

#[cold]
fn not_configured() -> ChannelError {
    tracing::info!("This ExternalServer not configured for RPC.");
    ChannelError::Disconnected("Network connection lost.".into())
}

/// The way to the connection that carries RPC: there is one for all events, until it ends.
#[derive(Clone)]
struct RpcWay(Rc<ExternalService>);

impl Connect for RpcWay {
    async fn connect(self) -> Result<capnp_session::Service, ChannelError> {
        let known = self.0.rpc.borrow().clone();
        let known = known.filter(|connecting| match connecting.peek() {
            Some(Ok(client)) => !client.is_over(),
            Some(Err(_)) => false,
            None => true,
        });
        let connecting = known.unwrap_or_else(|| {
            let service = self.0.clone();
            let connecting = async move { service.open_rpc().await };
            let connecting = connecting.boxed_local().shared();
            self.0.rpc.replace(Some(connecting.clone()));
            connecting
        });
        Ok(connecting.await?.service())
    }
}

/// What bindings hold: a request in flight keeps the service.
struct Handle(Rc<ExternalService>);

impl SubrequestChannel for Handle {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let service = self.0.clone();
        Box::pin(async move { service.fetch(request).await })
    }

    fn reads_cf(&self) -> bool {
        match &self.0.server.protocol {
            Protocol::Http(rules) => rules.cf_blob.is_some(),
            Protocol::Tcp => false,
        }
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        Rc::new(capnp_session::Entrance(RpcWay(self.0.clone())))
    }

    fn connect(&self, request: ConnectRequest) -> LocalBoxFuture<'static, ConnectResult> {
        let service = self.0.clone();
        Box::pin(async move { service.connect(request).await })
    }

    fn queue(&self, _: QueueBatch) -> EventFuture<QueueResult> {
        let connecting = Connect::connect(RpcWay(self.0.clone()));
        Box::pin(async move { Err(connecting.await.err().unwrap_or_else(not_supported)) })
    }

    fn tail(&self, batch: TailBatch) -> EventFuture<()> {
        let connecting = Connect::connect(RpcWay(self.0.clone()));
        Box::pin(async move { connecting.await?.tail(batch).await })
    }

    fn tail_stream(&self, stream: TailStream) -> EventFuture<()> {
        let connecting = Connect::connect(RpcWay(self.0.clone()));
        Box::pin(async move { connecting.await?.tail_stream(stream).await })
    }
}
