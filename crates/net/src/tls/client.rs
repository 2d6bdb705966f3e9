//! The client's side: whom to trust, and the handshake.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_rustls::TlsConnector;

use super::{Alpn, TlsError, TlsOptions};
use crate::transport::Transport;

pub use rustls::pki_types::ServerName;

/// A connection on which the handshake is done.
pub type ClientStream<T> = tokio_rustls::client::TlsStream<T>;

/// Makes connections with one set of options. Sessions are resumed across clones.
#[derive(Clone)]
pub struct ClientTls {
    /// One for each value of [`Alpn`].
    configs: [Arc<ClientConfig>; 3],
}

impl std::fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientTls")
    }
}

/// The name that a server's certificate must bear: a host name or an IP address, the latter with or without brackets.
pub fn server_name(host: &str) -> Result<ServerName<'static>, TlsError> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host);
    ServerName::try_from(bare.to_owned()).map_err(TlsError::configuration)
}

impl ClientTls {
    pub fn new(options: &TlsOptions) -> Result<Self, TlsError> {
        let provider = options.provider()?;
        let verifier = Trust::new(options, Arc::clone(&provider))?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(options.versions())
            .map_err(TlsError::configuration)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let config = match options.key()? {
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, key)
                .map_err(TlsError::configuration)?,
            None => builder.with_no_client_auth(),
        };
        let offering = |alpn: Alpn| {
            let mut config = config.clone();
            config.alpn_protocols = alpn.protocols();
            Arc::new(config)
        };
        Ok(Self {
            configs: [Alpn::None, Alpn::Http1, Alpn::Http2].map(offering),
        })
    }

    /// The handshake. It has no time limit of its own.
    pub async fn connect<T: Transport>(
        &self,
        stream: T,
        name: ServerName<'static>,
        alpn: Alpn,
    ) -> Result<ClientStream<T>, TlsError> {
        let [none, http1, http2] = &self.configs;
        let config = match alpn {
            Alpn::None => none,
            Alpn::Http1 => http1,
            Alpn::Http2 => http2,
        };
        TlsConnector::from(Arc::clone(config))
            .connect(name, stream)
            .await
            .map_err(|error| TlsError::handshake(&error))
    }
}

/// Trust by certificate authority, or in a very certificate.
///
/// The latter is for a server whose own self-signed certificate was given to be trusted: such a certificate often
/// says that it is an authority's, which the usual check refuses for a server.
#[derive(Debug)]
struct Trust {
    provider: Arc<CryptoProvider>,
    /// `None` when nobody is trusted.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    exact: Vec<CertificateDer<'static>>,
}

impl Trust {
    fn new(options: &TlsOptions, provider: Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        if options.trust_browser_cas {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        let exact = options.trusted()?;
        roots.add_parsable_certificates(exact.iter().cloned());
        let authorities = if roots.is_empty() {
            None
        } else {
            let builder =
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            Some(builder.build().map_err(TlsError::configuration)?)
        };
        Ok(Self {
            provider,
            authorities,
            exact,
        })
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authorities) = &self.authorities else {
            return Err(CertificateError::UnknownIssuer.into());
        };
        let verified = authorities.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // Its validity has been checked, the name comes last.
            Err(Error::InvalidCertificate(CertificateError::Other(_)))
                if self.exact.contains(end_entity) =>
            {
                let parsed = ParsedCertificate::try_from(end_entity)?;
                rustls::client::verify_server_name(&parsed, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
