//! Binding, accepting, and spreading connections over the event loops.
//!
//! **One listening socket per address, one accepting thread, connections handed over.** Why not `SO_REUSEPORT`: the
//! kernel would choose a loop by hashing the client's address, which leaves the few long-lived connections of a
//! reverse proxy unevenly spread; a busy loop would leave connections waiting in its own backlog while another loop
//! idles; and a second process could bind the same port unnoticed. Unix sockets and inherited sockets cannot do it
//! at all. Here the connection goes to the loop with the fewest open ones. The price, one wake-up of another thread,
//! is paid once per connection and not per request. With a single loop [`Listener`] accepts on the loop itself.
//!
//! The accepting thread runs no Worker, so a loop that is busy in JavaScript does not hold up the others.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{fmt, thread};

use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::mpsc;

use crate::address::{AddressError, ListenAddress};
use crate::shutdown::Shutdown;
pub use crate::transport::Transport;

mod stream;

pub use stream::Stream;
use stream::StreamKind;

/// What the kernel takes at most by default (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;
/// Pause after a failure such as "too many open files", which retrying at once cannot mend.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections that wait for one loop; beyond it the accepting thread waits and the kernel's backlog fills.
const HANDOVER_QUEUE: usize = 1024;

/// A listening socket, not yet tied to a loop.
#[derive(Debug)]
pub struct BoundSocket {
    socket: Socket,
}

impl BoundSocket {
    /// Looks up, binds and listens. Blocks: start-up only.
    pub fn bind(address: &ListenAddress) -> Result<Self, AddressError> {
        let bound = Self::open(address, Type::STREAM)?;
        bound.socket.listen(BACKLOG).map_err(AddressError::Listen)?;
        Ok(bound)
    }

    /// The same for datagrams. Blocks: start-up only.
    pub fn bind_datagrams(address: &ListenAddress) -> Result<Self, AddressError> {
        Self::open(address, Type::DGRAM)
    }

    /// The socket as one for datagrams, if it is.
    pub fn datagrams(&self) -> io::Result<Option<std::net::UdpSocket>> {
        if self.socket.r#type()? != Type::DGRAM {
            return Ok(None);
        }
        let socket = self.socket.try_clone()?;
        socket.set_nonblocking(true)?;
        Ok(Some(socket.into()))
    }

    fn open(address: &ListenAddress, kind: Type) -> Result<Self, AddressError> {
        let ip = address.resolve()?;
        let (domain, target) = match (ip, address) {
            (Some(ip), _) => (Domain::for_address(ip), SockAddr::from(ip)),
            (None, ListenAddress::UnixAbstract(name)) => {
                let mut path = vec![0];
                path.extend_from_slice(name);
                let path = std::ffi::OsString::from(String::from_utf8_lossy(&path).into_owned());
                (
                    Domain::UNIX,
                    SockAddr::unix(path).map_err(AddressError::Bind)?,
                )
            }
            (None, ListenAddress::Unix(path)) => (
                Domain::UNIX,
                SockAddr::unix(path).map_err(AddressError::Bind)?,
            ),
            (None, _) => unreachable!("only Unix sockets have no IP address"),
        };
        let socket = Socket::new(domain, kind, None).map_err(AddressError::Socket)?;
        if ip.is_some() && kind == Type::STREAM {
            socket
                .set_reuse_address(true)
                .map_err(AddressError::Socket)?;
        }
        if matches!(address, ListenAddress::Wildcard { .. }) {
            socket.set_only_v6(false).map_err(AddressError::Socket)?;
        }
        // A leftover file of a Unix socket is not removed: it is "Address already in use", as in the real workerd.
        socket.bind(&target).map_err(AddressError::Bind)?;
        Ok(Self { socket })
    }

    /// Takes over a socket that listens already (`--socket-fd`, systemd).
    pub fn from_fd(fd: OwnedFd) -> Self {
        Self {
            socket: Socket::from(fd),
        }
    }

    /// The IP address bound, with the port that the kernel chose for port 0. `None` for a Unix socket.
    pub fn local_address(&self) -> io::Result<Option<SocketAddr>> {
        Ok(self.socket.local_addr()?.as_socket())
    }
}

/// A listening socket on the current loop.
pub struct Listener {
    kind: ListenerKind,
}

enum ListenerKind {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// Must be called inside the loop's runtime.
    pub fn new(bound: BoundSocket) -> io::Result<Self> {
        bound.socket.set_nonblocking(true)?;
        let kind = if bound.socket.domain()? == Domain::UNIX {
            ListenerKind::Unix(UnixListener::from_std(bound.socket.into())?)
        } else {
            ListenerKind::Tcp(TcpListener::from_std(bound.socket.into())?)
        };
        Ok(Self { kind })
    }

    /// The next connection, tied to the current loop. Failures that concern one connection are skipped; lack of
    /// resources is waited out.
    pub async fn accept(&self) -> (Stream, PeerInfo) {
        loop {
            match self.try_accept().await {
                Ok(accepted) => return accepted,
                Err(error) if is_about_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn try_accept(&self) -> io::Result<(Stream, PeerInfo)> {
        let (kind, address) = match &self.kind {
            ListenerKind::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // It fails only when the client has gone, which the first read will tell.
                let _ = stream.set_nodelay(true);
                (StreamKind::Tcp(stream), ClientAddress::Ip(address))
            }
            ListenerKind::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                let address = stream
                    .peer_cred()
                    .map_or(ClientAddress::Unknown, |credentials| ClientAddress::Unix {
                        pid: credentials.pid(),
                        uid: credentials.uid(),
                    });
                (StreamKind::Unix(stream), address)
            }
        };
        Ok((Stream { kind, _load: None }, PeerInfo { address }))
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted, TimedOut,
    };
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted | TimedOut
    )
}

/// A connection just accepted, free to move to the loop that will serve it.
#[derive(Debug)]
pub struct Accepted {
    socket: AcceptedKind,
    client: PeerInfo,
    /// Which of the sockets given to [`spread`] it came in at.
    pub socket_index: usize,
    load: Load,
}

#[derive(Debug)]
enum AcceptedKind {
    Tcp(std::net::TcpStream),
    Unix(std::os::unix::net::UnixStream),
}

impl Accepted {
    fn new(stream: Stream, client: PeerInfo, socket_index: usize, load: Load) -> io::Result<Self> {
        let socket = match stream.kind {
            StreamKind::Tcp(stream) => AcceptedKind::Tcp(stream.into_std()?),
            StreamKind::Unix(stream) => AcceptedKind::Unix(stream.into_std()?),
        };
        Ok(Self {
            socket,
            client,
            socket_index,
            load,
        })
    }

    /// Ties the connection to the current loop.
    pub fn into_stream(self) -> io::Result<(Stream, PeerInfo)> {
        let kind = match self.socket {
            AcceptedKind::Tcp(stream) => StreamKind::Tcp(TcpStream::from_std(stream)?),
            AcceptedKind::Unix(stream) => StreamKind::Unix(UnixStream::from_std(stream)?),
        };
        Ok((
            Stream {
                kind,
                _load: Some(self.load),
            },
            self.client,
        ))
    }
}

/// Starts the accepting thread and returns one inbox per loop. Sockets for datagrams accept nothing. The thread ends, and with it the inboxes, when the
/// drain starts or all inboxes are gone.
pub fn spread(
    sockets: Vec<BoundSocket>,
    loops: usize,
    shutdown: Shutdown,
) -> io::Result<Vec<Inbox>> {
    let mut senders = Vec::with_capacity(loops);
    let mut inboxes = Vec::with_capacity(loops);
    for _ in 0..loops {
        let (sender, receiver) = mpsc::channel(HANDOVER_QUEUE);
        senders.push(Outlet {
            sender,
            load: Arc::new(AtomicUsize::new(0)),
        });
        inboxes.push(Inbox { receiver });
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::Builder::new()
        .name("accept".to_owned())
        .spawn(move || {
            runtime.block_on(async move {
                let local = tokio::task::LocalSet::new();
                let senders: Rc<[Outlet]> = senders.into();
                for (socket_index, socket) in sockets.into_iter().enumerate() {
                    if !matches!(socket.datagrams(), Ok(None)) {
                        continue;
                    }
                    let senders = Rc::clone(&senders);
                    local.spawn_local(async move {
                        match Listener::new(socket) {
                            Ok(listener) => hand_over(&listener, socket_index, &senders).await,
                            Err(error) => tracing::error!(%error, "cannot listen"),
                        }
                    });
                }
                local.run_until(shutdown.started()).await;
            });
        })?;
    Ok(inboxes)
}

async fn hand_over(listener: &Listener, socket_index: usize, outlets: &[Outlet]) {
    let mut next = 0;
    loop {
        let (stream, client) = listener.accept().await;
        // The least loaded loop; among equals the one after the last chosen.
        let chosen = (0..outlets.len())
            .map(|offset| (next + offset) % outlets.len())
            .min_by_key(|&index| outlets[index].load.load(Ordering::Relaxed));
        let Some(chosen) = chosen else { return };
        next = chosen + 1;
        let outlet = &outlets[chosen];
        let Ok(accepted) = Accepted::new(stream, client, socket_index, Load::new(&outlet.load))
        else {
            continue;
        };
        if outlet.sender.send(accepted).await.is_err() {
            return;
        }
    }
}

struct Outlet {
    sender: mpsc::Sender<Accepted>,
    load: Arc<AtomicUsize>,
}

/// The connections that one loop is to serve.
pub struct Inbox {
    receiver: mpsc::Receiver<Accepted>,
}

impl Inbox {
    /// The next connection; `None` once no more will come.
    pub async fn next(&mut self) -> Option<Accepted> {
        self.receiver.recv().await
    }
}

/// One open connection, counted for its loop.
#[derive(Debug)]
struct Load(Arc<AtomicUsize>);

impl Load {
    fn new(counter: &Arc<AtomicUsize>) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(counter))
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug)]
pub struct PeerInfo {
    pub address: ClientAddress,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientAddress {
    Ip(SocketAddr),
    Unix { pid: Option<i32>, uid: u32 },
    Unknown,
}

/// `ADDRESS:PORT` as in `cf.clientIp`; an IPv4 client of a dual-stack socket is `[::ffff:1.2.3.4]:PORT`.
impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => write!(f, "{address}"),
            Self::Unix {
                pid: Some(pid),
                uid,
            } => write!(f, "unix (pid {pid}, uid {uid})"),
            Self::Unix { pid: None, uid } => write!(f, "unix (uid {uid})"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::DefaultPort;

    fn bind(address: &str) -> Result<BoundSocket, String> {
        let address = ListenAddress::parse(address, DefaultPort::HTTP).unwrap();
        BoundSocket::bind(&address).map_err(|error| error.to_string())
    }

    #[test]
    fn a_taken_address_is_an_error() {
        const IN_USE: &str = "bind(): Address already in use (os error 98)";
        let first = bind("*:0").unwrap();
        let port = first.local_address().unwrap().unwrap().port();
        assert_eq!(bind(&format!("*:{port}")).unwrap_err(), IN_USE);
        assert_eq!(bind(&format!("127.0.0.1:{port}")).unwrap_err(), IN_USE);
        let name = format!("unix-abstract:net-test-{port}");
        let _abstract = bind(&name).unwrap();
        assert_eq!(bind(&name).unwrap_err(), IN_USE);
        assert_eq!(bind("unix:/dev/null").unwrap_err(), IN_USE);
        assert_eq!(
            bind("unix:/nonexistent/x").unwrap_err(),
            "bind(): No such file or directory (os error 2)"
        );
    }

    #[tokio::test]
    async fn spreads_connections_evenly() {
        let (tcp, unix) = (
            bind("*:0").unwrap(),
            bind("unix-abstract:net-test-spread").unwrap(),
        );
        let port = tcp.local_address().unwrap().unwrap().port();
        let shutdown = Shutdown::new();
        let mut inboxes = spread(vec![tcp, unix], 2, shutdown.clone()).unwrap();
        let mut clients = Vec::new();
        for _ in 0..4 {
            clients.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        }
        let mut served = Vec::new();
        for inbox in &mut inboxes {
            for _ in 0..2 {
                let (stream, client) = inbox.next().await.unwrap().into_stream().unwrap();
                assert!(
                    client
                        .address
                        .to_string()
                        .starts_with("[::ffff:127.0.0.1]:"),
                    "{}",
                    client.address
                );
                served.push(stream);
            }
        }
        // The first loop gets idle, so that it is the one to take the next two.
        served.drain(..2);
        for _ in 0..2 {
            clients.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
            served.push(inboxes[0].next().await.unwrap().into_stream().unwrap().0);
        }
        shutdown.drain();
        for inbox in &mut inboxes {
            assert!(inbox.next().await.is_none());
        }
    }
}
