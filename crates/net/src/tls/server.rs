//! The server's side: one keypair, and client certificates when they are asked for.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs::Ticketer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use super::{Alpn, TlsError, TlsOptions};
use crate::transport::Transport;

/// A connection on which the handshake is done.
pub type ServerStream<T> = tokio_rustls::server::TlsStream<T>;

/// How long a client may take for its handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(15);

/// Accepts connections with one set of options. Sessions are resumed by tickets, so that clones on different loops
/// share no state.
#[derive(Clone)]
pub struct ServerTls {
    acceptor: TlsAcceptor,
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerTls")
    }
}

impl ServerTls {
    pub fn new(options: &TlsOptions, alpn: Alpn) -> Result<Self, TlsError> {
        let Some((chain, key)) = options.key()? else {
            return Err(TlsError::configuration("a TLS listener needs a keypair"));
        };
        let provider = options.provider()?;
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(options.versions())
            .map_err(TlsError::configuration)?;
        let builder = if options.require_client_certs {
            if options.trust_browser_cas {
                return Err(TlsError::configuration(
                    "requireClientCerts with trustBrowserCas is not supported: list the certificate authorities to \
                     accept client certificates from in trustedCertificates",
                ));
            }
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(options.trusted()?);
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().map_err(TlsError::configuration)?)
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder
            .with_single_cert(chain, key)
            .map_err(TlsError::configuration)?;
        config.alpn_protocols = alpn.protocols();
        config.ticketer = Ticketer::new().map_err(TlsError::configuration)?;
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }

    /// The handshake, within a time limit.
    pub async fn accept<T: Transport>(&self, stream: T) -> Result<ServerStream<T>, TlsError> {
        match tokio::time::timeout(HANDSHAKE_TIMEOUT, self.acceptor.accept(stream)).await {
            Ok(accepted) => accepted.map_err(|error| TlsError::handshake(&error)),
            Err(_) => Err(TlsError::Disconnected("timed out".to_owned())),
        }
    }
}
