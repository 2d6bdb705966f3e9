//! The sockets of a config on one loop: who serves a connection that came in at which.

use std::io;
use std::rc::Rc;

use net::http1::{Connections, Options};
use net::{PeerInfo, Stream};
use tokio::net::UdpSocket;

use crate::event_loop::Services;
use crate::graph::{Graph, Spoken};
use crate::http_socket::SocketService;
use crate::tcp_socket::TcpService;
use crate::udp_socket::UdpService;

/// Serves the connections of one loop.
pub struct Listening {
    sockets: Vec<Handler>,
    pub connections: Rc<Connections>,
    options: Rc<Options>,
}

#[derive(Clone)]
enum Handler {
    Http(Rc<SocketService>),
    Raw(Rc<TcpService>),
    Datagrams(Rc<UdpService>),
}

impl Listening {
    pub fn new(graph: &Graph, services: &Rc<Services>, options: Options) -> Self {
        let handler = |socket: &crate::graph::Socket| {
            let (services, channel) = (services.clone(), socket.channel);
            let tls = socket.tls.clone();
            match &socket.spoken {
                Spoken::Http(options) => {
                    let service = SocketService::new(services, channel, options, tls);
                    Handler::Http(Rc::new(service))
                }
                Spoken::Raw { start_tls } => Handler::Raw(Rc::new(TcpService {
                    services,
                    channel,
                    tls,
                    start_tls: *start_tls,
                })),
                Spoken::Datagrams {
                    idle_timeout,
                    max_pending_bytes,
                } => Handler::Datagrams(Rc::new(UdpService {
                    services,
                    channel,
                    idle_timeout: *idle_timeout,
                    max_pending_bytes: *max_pending_bytes,
                })),
            }
        };
        Self {
            sockets: graph.sockets.iter().map(handler).collect(),
            connections: Rc::default(),
            options: Rc::new(options),
        }
    }

    /// Starts to serve a connection that came in at the socket of that number.
    pub fn serve(&self, socket: usize, stream: Stream, client: PeerInfo) {
        let Some(handler) = self.sockets.get(socket).cloned() else {
            return;
        };
        let (options, connections) = (self.options.clone(), self.connections.clone());
        // In a box: what still waits for the socket when it is a WebSocket's keeps the task, but not what that has done.
        tokio::task::spawn_local(Box::pin(async move {
            match handler {
                Handler::Http(http) => http.serve(stream, client, &options, &connections).await,
                Handler::Raw(raw) => {
                    let _kept = connections.keep();
                    raw.serve(stream, client).await;
                }
                Handler::Datagrams(_) => {}
            }
        }));
    }

    /// Starts to serve the datagrams of the socket of that number.
    ///
    /// # Errors
    /// When the loop cannot watch the socket.
    pub fn serve_datagrams(&self, socket: usize, bound: std::net::UdpSocket) -> io::Result<()> {
        if let Some(Handler::Datagrams(service)) = self.sockets.get(socket).cloned() {
            let bound = UdpSocket::from_std(bound)?;
            tokio::task::spawn_local(async move { service.serve(bound).await });
        }
        Ok(())
    }
}
