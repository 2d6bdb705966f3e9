//! Datagrams of one socket, as `connect` events of the service behind it: one event for each peer.
//!
//! 1. A peer that is silent for the idle timeout has left: its handler reads an end, and what it sends next is for a
//!    new event. What the handler sends is no sign of the peer.
//! 2. Datagrams that wait for a handler are bounded by peer, and peers by socket: beyond that they are dropped, as any
//!    network does.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use compat::Flag;
use futures::future::LocalBoxFuture;
use io::ChannelError;
use io::channel::Datagrams;
use runtime::ChannelId;
use runtime::events::connect::{self, Carrier, Incoming};
use tokio::net::UdpSocket;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::event_loop::Services;
use crate::http_socket::Described;

/// The longest datagram.
const LONGEST: usize = 65_535;
/// What a waiting datagram counts besides its bytes.
const OVERHEAD: usize = 24;
/// Peers at once.
const MOST_PEERS: usize = 16_384;
/// Pause after a failure to receive, which retrying at once cannot mend.
const PAUSE: Duration = Duration::from_millis(100);

/// One socket, on the loop that serves it.
pub struct UdpService {
    pub services: Rc<Services>,
    pub channel: ChannelId,
    pub idle_timeout: Duration,
    pub max_pending_bytes: usize,
}

type Peers = RefCell<HashMap<SocketAddr, Rc<Peer>>>;

impl UdpService {
    /// Serves until it is dropped.
    pub async fn serve(&self, socket: UdpSocket) {
        let (socket, peers) = (Rc::new(socket), Rc::<Peers>::default());
        let mut buffer = vec![0; LONGEST];
        loop {
            match socket.recv_from(&mut buffer).await {
                Ok((length, address)) => {
                    let datagram = Bytes::copy_from_slice(&buffer[..length]);
                    self.deliver(&socket, &peers, address, datagram);
                }
                Err(error) => {
                    tracing::warn!("UDP receive failed: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn deliver(
        &self,
        socket: &Rc<UdpSocket>,
        peers: &Rc<Peers>,
        address: SocketAddr,
        datagram: Bytes,
    ) {
        let known = peers.borrow().get(&address).cloned();
        if let Some(peer) = known
            && peer.push(&datagram)
        {
            return;
        }
        if peers.borrow().len() >= MOST_PEERS {
            return;
        }
        let peer = Rc::new(Peer::new(self, socket.clone(), address, datagram));
        peers.borrow_mut().insert(address, peer.clone());
        let (services, channel, peers) = (self.services.clone(), self.channel, peers.clone());
        tokio::task::spawn_local(async move {
            if let Err(error) = dispatch(&services, channel, peer.clone()).await {
                tracing::error!("UDP connect() handler threw: {}", Described(&error));
            }
            peer.state.borrow_mut().over = true;
            let mut peers = peers.borrow_mut();
            // By now it may be that of a later event.
            if peers
                .get(&address)
                .is_some_and(|current| Rc::ptr_eq(current, &peer))
            {
                peers.remove(&address);
            }
        });
    }
}

async fn dispatch(
    services: &Services,
    channel: ChannelId,
    peer: Rc<Peer>,
) -> Result<(), ChannelError> {
    let Some((worker, entrypoint)) = services.worker_of(channel) else {
        return Err(ChannelError::Failed(
            "udp connect event not supported".into(),
        ));
    };
    let instance = connect::check(&worker, entrypoint)?;
    if !worker.definition().flags.contains(Flag::Experimental) {
        return Err(ChannelError::Failed(
            "UDP ingress requires the experimental flag.".into(),
        ));
    }
    let local_address = peer.socket.local_addr().ok();
    let incoming = Incoming {
        carrier: Carrier::Datagrams(peer),
        local_address: local_address.map(|address| address.to_string()),
        remote_address: None,
        start_tls: false,
    };
    let running = connect::start(&instance, entrypoint, incoming);
    // That the handler has thrown is in the log.
    let _ = running.finish().await;
    Ok(())
}

/// One peer, for the time of one event.
struct Peer {
    socket: Rc<UdpSocket>,
    address: SocketAddr,
    idle_timeout: Duration,
    max_pending_bytes: usize,
    state: RefCell<State>,
}

struct State {
    waiting: VecDeque<Bytes>,
    pending_bytes: usize,
    reader: Option<Waker>,
    idle: Pin<Box<Sleep>>,
    /// The peer has left, or the handler has ended.
    over: bool,
}

impl Peer {
    fn new(
        service: &UdpService,
        socket: Rc<UdpSocket>,
        address: SocketAddr,
        datagram: Bytes,
    ) -> Self {
        Self {
            socket,
            address,
            idle_timeout: service.idle_timeout,
            max_pending_bytes: service.max_pending_bytes,
            state: RefCell::new(State {
                pending_bytes: datagram.len() + OVERHEAD,
                waiting: VecDeque::from([datagram]),
                reader: None,
                idle: Box::pin(sleep_until(Instant::now() + service.idle_timeout)),
                over: false,
            }),
        }
    }

    /// Takes a datagram, if it is still for this event.
    fn push(&self, datagram: &Bytes) -> bool {
        let mut state = self.state.borrow_mut();
        let now = Instant::now();
        if state.over || state.idle.deadline() <= now {
            state.over = true;
            return false;
        }
        state.idle.as_mut().reset(now + self.idle_timeout);
        let size = datagram.len() + OVERHEAD;
        if state.pending_bytes + size <= self.max_pending_bytes {
            state.pending_bytes += size;
            state.waiting.push_back(datagram.clone());
            if let Some(reader) = state.reader.take() {
                reader.wake();
            }
        }
        true
    }
}

impl Datagrams for Peer {
    fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.state.borrow_mut();
        if let Some(datagram) = state.waiting.pop_front() {
            state.pending_bytes -= datagram.len() + OVERHEAD;
            return Poll::Ready(Some(datagram));
        }
        if state.over || state.idle.as_mut().poll(cx).is_ready() {
            state.over = true;
            return Poll::Ready(None);
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    fn send(&self, datagram: Bytes) -> LocalBoxFuture<'static, Result<(), ChannelError>> {
        let (socket, address) = (self.socket.clone(), self.address);
        Box::pin(async move {
            match socket.send_to(&datagram, address).await {
                Ok(_) => Ok(()),
                Err(error) => Err(ChannelError::Internal(format!("UDP send failed: {error}"))),
            }
        })
    }
}
