//! Sockets: where the process listens.

use super::{HttpOptions, ServiceDesignator, Text, TlsOptions};

/// A listening address and the service behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Socket {
    pub name: Text,
    /// May come from the command line instead.
    pub address: Option<Text>,
    pub protocol: SocketProtocol,
    pub service: ServiceDesignator,
}

/// What is spoken on a [`Socket`].
#[derive(Clone, Debug, PartialEq)]
pub enum SocketProtocol {
    Http(HttpOptions),
    Https {
        options: HttpOptions,
        tls: TlsOptions,
    },
    Tcp {
        tls: Option<TlsOptions>,
        mode: TcpTlsMode,
    },
    Udp {
        idle_timeout_ms: u32,
        max_pending_bytes: u32,
    },
    /// A member of a newer schema.
    Unknown(u16),
}

/// When the TLS handshake of a raw TCP socket happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TcpTlsMode {
    /// At once.
    #[default]
    Implicit,
    /// When the handler asks for it.
    StartTls,
    /// A value of a newer schema.
    Unknown(u16),
}
