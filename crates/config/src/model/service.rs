//! Services: the named things that answer events, and how to refer to one.

use super::{HttpOptions, Text, TlsOptions, Worker};

/// A named service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    pub name: Text,
    pub kind: ServiceKind,
}

/// What a service is.
#[derive(Clone, Debug, PartialEq)]
pub enum ServiceKind {
    Unspecified,
    Worker(Box<Worker>),
    Network(Network),
    External(ExternalServer),
    Disk(DiskDirectory),
    Bucket(ClusterBucket),
    Assets(AssetsService),
    /// A member of a newer schema.
    Unknown(u16),
}

/// A reference to a service, with what the caller adds to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceDesignator {
    pub name: Text,
    /// A named export of the target; `None` is its default export.
    pub entrypoint: Option<Text>,
    pub props: Props,
}

/// What the target sees as `ctx.props`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Props {
    #[default]
    Empty,
    /// JSON text, not yet parsed.
    Json(Text),
    /// A member of a newer schema.
    Unknown(u16),
}

/// Access to a network by host name.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Address blocks or group names (`public`, `private`, `local`, …).
    pub allow: Vec<Text>,
    /// Blocks refused though allowed.
    pub deny: Vec<Text>,
    pub tls: Option<TlsOptions>,
}

impl Network {
    /// The service called `internet` that exists when a config defines none.
    pub fn internet() -> Network {
        Network {
            allow: vec!["public".into()],
            deny: Vec::new(),
            tls: Some(TlsOptions {
                trust_browser_cas: true,
                ..TlsOptions::default()
            }),
        }
    }
}

/// One fixed server.
#[derive(Clone, Debug, PartialEq)]
pub struct ExternalServer {
    /// May come from the command line instead.
    pub address: Option<Text>,
    pub protocol: ExternalProtocol,
}

/// How to talk to an [`ExternalServer`].
#[derive(Clone, Debug, PartialEq)]
pub enum ExternalProtocol {
    Http(HttpOptions),
    Https {
        options: HttpOptions,
        tls: Option<TlsOptions>,
        /// Host that the certificate must name; the address when absent.
        certificate_host: Option<Text>,
    },
    Tcp {
        tls: Option<TlsOptions>,
        certificate_host: Option<Text>,
    },
    /// A member of a newer schema.
    Unknown(u16),
}

/// A directory over HTTP.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DiskDirectory {
    /// May come from the command line instead.
    pub path: Option<Text>,
    pub writable: bool,
    pub allow_dotfiles: bool,
}

/// A directory of the cluster's bucket over HTTP.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterBucket {
    pub path: Text,
}

/// Static assets with routing rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssetsService {
    pub path: Text,
    /// JSON text, not yet parsed.
    pub config: Option<Text>,
    pub user_worker: Option<ServiceDesignator>,
    pub compatibility_date: Option<Text>,
    pub compatibility_flags: Vec<Text>,
}
