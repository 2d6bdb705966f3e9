//! From a destination to a connection: look-up off the loop, filter, connect. The one place where TLS comes in.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::FuturesUnordered;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Semaphore;

use super::ClientError;
use crate::address::{AddressError, DefaultPort, ListenAddress};
use crate::filter::AddressFilter;
use crate::listener::Transport;
use crate::tls::{self, Alpn, ClientTls};

/// Look-ups that run at once on one loop, each on a thread of its own.
const LOOKUPS: usize = 16;
/// How long an address gets before the next one is tried beside it (RFC 8305 §5).
const STAGGER: Duration = Duration::from_millis(250);

/// Where to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    Host { host: Box<str>, port: u16 },
    Unix(PathBuf),
    UnixAbstract(Vec<u8>),
}

impl Destination {
    /// Reads the forms of a config's addresses: `HOST:PORT`, `[V6]:PORT`, `unix:PATH`, `unix-abstract:NAME`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str, default_port: DefaultPort) -> Result<Self, AddressError> {
        Ok(match ListenAddress::parse(text, default_port)? {
            ListenAddress::Wildcard { port } => Self::Host {
                host: "0.0.0.0".into(),
                port,
            },
            ListenAddress::Ip(address) => Self::Host {
                host: address.ip().to_string().into(),
                port: address.port(),
            },
            ListenAddress::Host { host, port } => Self::Host {
                host: host.into(),
                port,
            },
            ListenAddress::Unix(path) => Self::Unix(path),
            ListenAddress::UnixAbstract(name) => Self::UnixAbstract(name),
        })
    }
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Host { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Host { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::UnixAbstract(name) => {
                write!(f, "unix-abstract:{}", String::from_utf8_lossy(name))
            }
        }
    }
}

/// A connection of any kind.
pub type Connected = Box<dyn Transport>;

/// The client's side of TLS.
#[derive(Clone, Debug)]
pub struct Secure {
    pub tls: ClientTls,
    /// The name that the certificate must bear, if not that of the destination.
    pub certificate_host: Option<Box<str>>,
}

/// A connection on which TLS may have been agreed on.
pub struct Agreed {
    pub io: Connected,
    /// HTTP/2 is spoken.
    pub http2: bool,
}

/// Makes connections.
pub struct Connector {
    filter: Option<Arc<AddressFilter>>,
    secure: Option<Secure>,
    lookups: Semaphore,
}

impl Connector {
    /// Without a filter every address is allowed.
    pub fn new(filter: Option<Arc<AddressFilter>>, secure: Option<Secure>) -> Self {
        Self {
            filter,
            secure,
            lookups: Semaphore::new(LOOKUPS),
        }
    }

    /// Whether connections can be made secure.
    pub fn has_tls(&self) -> bool {
        self.secure.is_some()
    }

    /// Connects, with TLS if `secure`.
    ///
    /// # Errors
    /// The last of the reasons when every address fails.
    pub async fn connect(
        &self,
        destination: &Destination,
        secure: bool,
        alpn: Alpn,
    ) -> Result<Agreed, ClientError> {
        if !secure {
            let io = self.connect_plain(destination).await?;
            return Ok(Agreed { io, http2: false });
        }
        if self.secure.is_none() {
            return Err(ClientError::NoTls);
        }
        let io = self.connect_plain(destination).await?;
        let host = match destination {
            Destination::Host { host, .. } => host,
            Destination::Unix(_) | Destination::UnixAbstract(_) => "",
        };
        self.handshake(io, host, alpn).await
    }

    /// Puts TLS on a connection to a host.
    ///
    /// # Errors
    /// No TLS here, or no trust.
    pub async fn handshake(
        &self,
        io: Connected,
        host: &str,
        alpn: Alpn,
    ) -> Result<Agreed, ClientError> {
        let Some(secure) = &self.secure else {
            return Err(ClientError::NoTls);
        };
        let host = secure.certificate_host.as_deref().unwrap_or(host);
        let stream = secure
            .tls
            .connect(io, tls::server_name(host)?, alpn)
            .await?;
        let http2 = tls::speaks_http2(stream.get_ref().1);
        let io = Box::new(stream);
        Ok(Agreed { io, http2 })
    }

    /// Connects without TLS.
    ///
    /// # Errors
    /// The last of the reasons when every address fails.
    pub async fn connect_plain(&self, destination: &Destination) -> Result<Connected, ClientError> {
        let allowed = |test: fn(&AddressFilter) -> bool| match &self.filter {
            Some(filter) if !test(filter) => Err(ClientError::NotAllowed(destination.to_string())),
            _ => Ok(()),
        };
        match destination {
            Destination::Host { host, port } => {
                let mut addresses = self.lookup(host, *port).await?;
                if let Some(filter) = &self.filter {
                    addresses.retain(|address| filter.allows(*address));
                }
                if addresses.is_empty() {
                    return Err(ClientError::NotAllowed(destination.to_string()));
                }
                let stream = connect_any(addresses).await.map_err(ClientError::Connect)?;
                // It fails only when the peer has gone, which the first read will tell.
                let _ = stream.set_nodelay(true);
                Ok(Box::new(stream))
            }
            Destination::Unix(path) => {
                allowed(AddressFilter::allows_unix)?;
                let stream = UnixStream::connect(path).await;
                Ok(Box::new(stream.map_err(ClientError::Connect)?))
            }
            Destination::UnixAbstract(name) => {
                allowed(AddressFilter::allows_unix_abstract)?;
                let stream = connect_abstract(name);
                Ok(Box::new(stream.map_err(ClientError::Connect)?))
            }
        }
    }

    async fn lookup(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ClientError> {
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        const PREFIX: &str = "failed to lookup address information: ";
        let failed = |reason: &str| ClientError::Lookup {
            host: host.to_owned(),
            reason: reason.strip_prefix(PREFIX).unwrap_or(reason).to_owned(),
        };
        // The resolver of the standard library takes an empty host for the local machine.
        if bare.is_empty() {
            return Err(failed("Name or service not known"));
        }
        // It is closed never: an error cannot be.
        let _permit = self.lookups.acquire().await;
        let found = tokio::net::lookup_host((bare, port)).await;
        Ok(found.map_err(|error| failed(&error.to_string()))?.collect())
    }
}

/// The first of the addresses that answers; each one gets a head start before the next (RFC 8305).
async fn connect_any(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = addresses.into_iter();
    let mut running = FuturesUnordered::new();
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    running.extend(waiting.next().map(TcpStream::connect));
    loop {
        let done = if waiting.len() == 0 {
            running.next().await
        } else {
            match first(running.next(), tokio::time::sleep(STAGGER)).await {
                Some(done) => done,
                None => {
                    running.extend(waiting.next().map(TcpStream::connect));
                    continue;
                }
            }
        };
        match done {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(error)) => last = error,
            None => {}
        }
        if running.is_empty() {
            match waiting.next() {
                Some(address) => running.push(TcpStream::connect(address)),
                None => return Err(last),
            }
        }
    }
}

/// What `future` gives, unless `limit` ends first.
async fn first<T>(future: impl Future<Output = T>, limit: impl Future<Output = ()>) -> Option<T> {
    match select(pin!(future), pin!(limit)).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

fn connect_abstract(name: &[u8]) -> io::Result<UnixStream> {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net;
    let address = net::SocketAddr::from_abstract_name(name)?;
    let stream = net::UnixStream::connect_addr(&address)?;
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}
