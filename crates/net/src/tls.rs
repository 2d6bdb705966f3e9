//! TLS on rustls with aws-lc: from plain options to what a connector and a listener need.
//!
//! | module | what |
//! |---|---|
//! | [`ciphers`](self) | cipher lists in OpenSSL's syntax |
//! | [`client`](self) | [`ClientTls`]: trust, names, the client's side of a handshake |
//! | [`server`](self) | [`ServerTls`]: the keypair, client certificates, the server's side |
//!
//! TLS 1.2 and 1.3 are spoken, nothing older: a lower minimum means 1.2. Options are read once, at the start; both
//! ends are cheap to clone and may be shared by all loops.

mod ciphers;
mod client;
mod server;

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
pub use rustls::pki_types::pem::SectionKind;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CommonState, SupportedProtocolVersion};

use crate::transport::Transport;
pub use client::{ClientStream, ClientTls, ServerName, server_name};
pub use server::{ServerStream, ServerTls};

/// Keys, trust and limits, for servers and clients alike. Texts are PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    pub keypair: Option<Keypair>,
    /// For a server: a client must show a certificate that the trusted ones vouch for.
    pub require_client_certs: bool,
    /// For a client: trust what browsers trust.
    pub trust_browser_cas: bool,
    pub trusted_certificates: Vec<Arc<str>>,
    pub min_version: MinVersion,
    /// An OpenSSL cipher list.
    pub cipher_list: Option<Arc<str>>,
}

/// A private key and its certificates, leaf first, both PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Keypair {
    pub private_key: Arc<str>,
    pub certificate_chain: Arc<str>,
}

impl std::fmt::Debug for Keypair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keypair")
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MinVersion {
    #[default]
    Tls12,
    Tls13,
}

/// What one side offers by ALPN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alpn {
    /// Nothing: what follows is no HTTP, or HTTP/1.1 without a word.
    #[default]
    None,
    Http1,
    /// HTTP/2, or else HTTP/1.1.
    Http2,
}

impl Alpn {
    fn protocols(self) -> Vec<Vec<u8>> {
        match self {
            Alpn::None => Vec::new(),
            Alpn::Http1 => vec![b"http/1.1".to_vec()],
            Alpn::Http2 => vec![HTTP_2.to_vec(), b"http/1.1".to_vec()],
        }
    }
}

const HTTP_2: &[u8] = b"h2";

/// Whether the two sides agreed on HTTP/2. `connection` is what a TLS stream's `get_ref()` gives.
pub fn speaks_http2(connection: &CommonState) -> bool {
    connection.alpn_protocol() == Some(HTTP_2)
}

/// Texts are the real workerd's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    #[error("TLS configuration: {0}")]
    Configuration(String),
    #[error("TLS handshake failed: {0}")]
    Handshake(String),
    /// The other end went away before the handshake was done.
    #[error("TLS handshake failed: {0}")]
    Disconnected(String),
}

impl TlsError {
    fn configuration(why: impl ToString) -> Self {
        Self::Configuration(why.to_string())
    }

    fn handshake(error: &io::Error) -> Self {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        let text = error.to_string();
        match error.kind() {
            BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => {
                Self::Disconnected(text)
            }
            _ => Self::Handshake(text),
        }
    }
}

impl<T: Transport> Transport for ClientStream<T> {
    fn poll_reset(&self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.get_ref().0.poll_reset(cx)
    }
}

impl<T: Transport> Transport for ServerStream<T> {
    fn poll_reset(&self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.get_ref().0.poll_reset(cx)
    }
}

type Key = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl TlsOptions {
    fn provider(&self) -> Result<Arc<CryptoProvider>, TlsError> {
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        if let Some(list) = &self.cipher_list {
            provider.cipher_suites = ciphers::parse(list).map_err(TlsError::Configuration)?;
        }
        Ok(Arc::new(provider))
    }

    fn versions(&self) -> &'static [&'static SupportedProtocolVersion] {
        const TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
        match self.min_version {
            MinVersion::Tls12 => rustls::ALL_VERSIONS,
            MinVersion::Tls13 => TLS13,
        }
    }

    /// The keypair, if there is one. PKCS #8, PKCS #1 and SEC 1 keys are known.
    fn key(&self) -> Result<Option<Key>, TlsError> {
        let Some(pair) = &self.keypair else {
            return Ok(None);
        };
        let chain = certificates(&pair.certificate_chain)?;
        let key = PrivateKeyDer::from_pem_slice(pair.private_key.as_bytes())
            .map_err(TlsError::configuration)?;
        Ok(Some((chain, key)))
    }

    fn trusted(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let mut all = Vec::new();
        for text in &self.trusted_certificates {
            all.extend(certificates(text)?);
        }
        Ok(all)
    }
}

/// The first section of a PEM text whose kind is known.
pub fn pem_section(text: &[u8]) -> Option<(SectionKind, Vec<u8>)> {
    PemObject::from_pem_slice(text).ok()
}

/// All certificates of a PEM text; other things in it are skipped.
fn certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(TlsError::configuration)?;
    if all.is_empty() {
        return Err(TlsError::configuration("no PEM certificate found"));
    }
    Ok(all)
}
