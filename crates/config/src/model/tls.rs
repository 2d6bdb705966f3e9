//! TLS options, for servers and clients alike.

use super::Text;

/// Keys, trust and limits of TLS.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TlsOptions {
    pub keypair: Option<Keypair>,
    pub require_client_certs: bool,
    pub trust_browser_cas: bool,
    /// PEM certificates.
    pub trusted_certificates: Vec<Text>,
    pub min_version: TlsVersion,
    pub cipher_list: Option<Text>,
}

/// A private key and its certificates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keypair {
    /// PEM.
    pub private_key: Text,
    /// PEM, leaf first.
    pub certificate_chain: Text,
}

/// Lowest TLS version accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsVersion {
    #[default]
    GoodDefault,
    Ssl3,
    Tls1_0,
    Tls1_1,
    Tls1_2,
    Tls1_3,
    /// A value of a newer schema.
    Unknown(u16),
}
