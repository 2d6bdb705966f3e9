//! Raw connections of one socket, as `connect` events of the service behind it.

use std::rc::Rc;

use futures::future::LocalBoxFuture;
use io::ChannelError;
use io::channel::{ConnectRequest, ConnectTls, Opened, StartTls};
use net::client::Connected;
use net::tls::{ServerTls, TlsError};
use net::{ClientAddress, PeerInfo, Stream};
use runtime::ChannelId;
use runtime::events::connect::{self, Carrier, Incoming};

use crate::event_loop::Services;
use crate::http_socket::Described;

/// One socket on one loop.
pub struct TcpService {
    pub services: Rc<Services>,
    pub channel: ChannelId,
    pub tls: Option<ServerTls>,
    /// Whether the handler may put TLS on a connection, which then starts without.
    pub start_tls: bool,
}

impl TcpService {
    /// Serves one connection to its end.
    pub async fn serve(&self, stream: Stream, client: PeerInfo) {
        let local_address = stream.local_address();
        let io: Connected = match &self.tls {
            Some(tls) if !self.start_tls => match tls.accept(stream).await {
                Ok(stream) => Box::new(stream),
                Err(TlsError::Disconnected(_)) => return,
                Err(error) => {
                    tracing::error!("TCP connection failed: {error}");
                    return;
                }
            },
            _ => Box::new(stream),
        };
        if let Err(error) = self.dispatch(io, local_address, client).await {
            tracing::error!("TCP connect() handler threw: {}", Described(&error));
        }
    }

    async fn dispatch(
        &self,
        io: Connected,
        local_address: Option<String>,
        client: PeerInfo,
    ) -> Result<(), ChannelError> {
        let Some((worker, entrypoint)) = self.services.connected_worker_of(self.channel) else {
            return self.pass_on(io, local_address.unwrap_or_default()).await;
        };
        let instance = connect::check(&worker, entrypoint)?;
        let may_start = worker
            .definition()
            .flags
            .contains(compat::Flag::ConnectHandlerStarttls);
        let starter = self.tls.clone().filter(|_| self.start_tls && may_start);
        let start_tls = starter.is_some();
        let tls = starter.map(|tls| Rc::new(Starter(tls)) as Rc<dyn StartTls>);
        let incoming = Incoming {
            carrier: Carrier::Stream(Opened { io, tls }),
            local_address,
            remote_address: match client.address {
                ClientAddress::Unknown => None,
                address => Some(address.to_string()),
            },
            start_tls,
        };
        connect::start(&instance, entrypoint, incoming)
            .finish()
            .await
    }

    /// To a service that is no Worker.
    async fn pass_on(&self, mut io: Connected, address: String) -> Result<(), ChannelError> {
        let request = ConnectRequest {
            address,
            tls: ConnectTls::Off,
        };
        let mut opened = self.services.channel(self.channel).connect(request).await?;
        // A failure is seen by both sides, as the end of the connection.
        let _ = tokio::io::copy_bidirectional(&mut io, &mut opened.io).await;
        Ok(())
    }
}

/// The server's side of TLS on a connection that is in use.
struct Starter(ServerTls);

impl StartTls for Starter {
    fn start(
        &self,
        io: Connected,
        _host: String,
    ) -> LocalBoxFuture<'static, Result<Connected, ChannelError>> {
        let tls = self.0.clone();
        Box::pin(async move {
            match tls.accept(io).await {
                Ok(stream) => Ok(Box::new(stream) as Connected),
                Err(error) => Err(ChannelError::Internal(error.to_string())),
            }
        })
    }
}
