//! TLS options of a config, as `net` takes them.

use config::model;
use net::tls::{ClientTls, Keypair, MinVersion, TlsOptions};

/// The versions below 1.2 that a config may name are not spoken any more: they mean 1.2.
pub fn tls_options(options: &model::TlsOptions) -> TlsOptions {
    TlsOptions {
        keypair: options.keypair.as_ref().map(|pair| Keypair {
            private_key: pair.private_key.clone(),
            certificate_chain: pair.certificate_chain.clone(),
        }),
        require_client_certs: options.require_client_certs,
        trust_browser_cas: options.trust_browser_cas,
        trusted_certificates: options.trusted_certificates.clone(),
        min_version: match options.min_version {
            model::TlsVersion::Tls1_3 => MinVersion::Tls13,
            _ => MinVersion::Tls12,
        },
        cipher_list: options.cipher_list.clone(),
    }
}

/// The client's side of TLS options.
///
/// # Errors
/// What is wrong with them.
pub fn client_tls(options: &model::TlsOptions) -> Result<ClientTls, String> {
    ClientTls::new(&tls_options(options)).map_err(|error| error.to_string())
}
