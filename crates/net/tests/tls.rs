//! TLS from the outside: both sides over a pipe.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use net::tls::{Alpn, ClientTls, Keypair, MinVersion, ServerTls, TlsError, TlsOptions};
use net::tls::{server_name, speaks_http2};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CA: &str = include_str!("../../../tests/certificates/ca.pem");
const SERVER: &str = include_str!("../../../tests/certificates/server.pem");
const SERVER_KEY: &str = include_str!("../../../tests/certificates/server.key");
const EXPIRED: &str = include_str!("../../../tests/certificates/expired.pem");
const CLIENT: &str = include_str!("../../../tests/certificates/client.pem");
const CLIENT_KEY: &str = include_str!("../../../tests/certificates/client.key");
const SELF: &str = include_str!("../../../tests/certificates/self.pem");
const SELF_KEY: &str = include_str!("../../../tests/certificates/self.key");

fn keypair(key: &str, chain: &str) -> TlsOptions {
    TlsOptions {
        keypair: Some(Keypair {
            private_key: key.into(),
            certificate_chain: chain.into(),
        }),
        ..TlsOptions::default()
    }
}

fn trusting(certificates: &[&str]) -> TlsOptions {
    TlsOptions {
        trusted_certificates: certificates.iter().map(|text| Arc::from(*text)).collect(),
        ..TlsOptions::default()
    }
}

/// What both sides say: the client's and the server's failure.
async fn shake(
    server: &TlsOptions,
    client: &TlsOptions,
    name: &str,
) -> (Result<bool, String>, Result<(), String>) {
    let server = ServerTls::new(server, Alpn::Http2).unwrap();
    let client = ClientTls::new(client).unwrap();
    let (near, far) = tokio::io::duplex(1 << 14);
    let name = server_name(name).unwrap();
    let serving = async {
        let mut stream = server.accept(far).await?;
        stream.write_all(b"hello").await.unwrap();
        stream.shutdown().await.unwrap();
        Ok(())
    };
    let asking = async {
        let mut stream = client.connect(near, name, Alpn::Http2).await?;
        let mut text = String::new();
        // A client of TLS 1.3 learns that its certificate is refused only when it reads.
        if let Err(error) = stream.read_to_string(&mut text).await {
            return Err(TlsError::Handshake(error.to_string()));
        }
        assert_eq!(text, "hello");
        Ok(speaks_http2(stream.get_ref().1))
    };
    let (served, asked) = tokio::join!(serving, asking);
    let text = |error: TlsError| error.to_string();
    (asked.map_err(text), served.map_err(text))
}

async fn refusal(server: &TlsOptions, client: &TlsOptions, name: &str) -> String {
    shake(server, client, name).await.0.unwrap_err()
}

#[tokio::test]
async fn a_server_is_trusted_by_its_authority() {
    let server = keypair(SERVER_KEY, SERVER);
    for name in ["localhost", "127.0.0.1"] {
        assert_eq!(
            shake(&server, &trusting(&[CA]), name).await,
            (Ok(true), Ok(()))
        );
    }
    assert_eq!(
        refusal(&server, &TlsOptions::default(), "localhost").await,
        "TLS handshake failed: invalid peer certificate: UnknownIssuer"
    );
    assert!(
        refusal(&server, &trusting(&[CA]), "example.com")
            .await
            .contains("certificate not valid for name \"example.com\"")
    );
    assert!(
        refusal(&keypair(SERVER_KEY, EXPIRED), &trusting(&[CA]), "localhost")
            .await
            .contains("certificate expired")
    );
}

#[tokio::test]
async fn a_self_signed_certificate_may_be_trusted_as_such() {
    let server = keypair(SELF_KEY, SELF);
    let both = trusting(&[&format!("{CA}{SELF}")]);
    assert_eq!(shake(&server, &both, "localhost").await, (Ok(true), Ok(())));
    let browser = TlsOptions {
        trust_browser_cas: true,
        ..TlsOptions::default()
    };
    assert_eq!(
        refusal(&server, &browser, "localhost").await,
        "TLS handshake failed: invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))"
    );
    assert!(
        refusal(&server, &both, "other")
            .await
            .contains("not valid for name \"other\"")
    );
}

#[tokio::test]
async fn client_certificates_are_checked() {
    let server = TlsOptions {
        require_client_certs: true,
        trusted_certificates: vec![CA.into()],
        ..keypair(SERVER_KEY, SERVER)
    };
    let with = |pair: TlsOptions| TlsOptions {
        trusted_certificates: vec![CA.into()],
        ..pair
    };
    let client = with(keypair(CLIENT_KEY, CLIENT));
    assert_eq!(
        shake(&server, &client, "localhost").await,
        (Ok(true), Ok(()))
    );
    let (_, served) = shake(&server, &trusting(&[CA]), "localhost").await;
    assert_eq!(
        served.unwrap_err(),
        "TLS handshake failed: peer sent no certificates"
    );
    let (_, served) = shake(&server, &with(keypair(SELF_KEY, SELF)), "localhost").await;
    assert!(served.unwrap_err().contains("invalid peer certificate"));
}

#[tokio::test]
async fn versions_and_ciphers_limit_both_sides() {
    let modern = TlsOptions {
        min_version: MinVersion::Tls13,
        cipher_list: Some("TLS_AES_128_GCM_SHA256".into()),
        ..keypair(SERVER_KEY, SERVER)
    };
    assert_eq!(
        shake(&modern, &trusting(&[CA]), "localhost").await.0,
        Ok(true)
    );
    let other = TlsOptions {
        cipher_list: Some("TLS_CHACHA20_POLY1305_SHA256".into()),
        ..trusting(&[CA])
    };
    assert!(shake(&modern, &other, "localhost").await.0.is_err());
}

#[test]
fn bad_options_are_told_of() {
    let server = |options: &TlsOptions| {
        let error = ServerTls::new(options, Alpn::None).unwrap_err().to_string();
        error.replacen("TLS configuration: ", "", 1)
    };
    assert_eq!(
        server(&TlsOptions::default()),
        "a TLS listener needs a keypair"
    );
    assert_eq!(server(&keypair("x", "y")), "no PEM certificate found");
    assert_eq!(server(&keypair("x", SERVER)), "no items found");
    assert_eq!(
        server(&keypair(SELF_KEY, SERVER)),
        "keys may not be consistent: KeyMismatch"
    );
    let mut options = keypair(SERVER_KEY, SERVER);
    options.require_client_certs = true;
    assert_eq!(server(&options), "no root trust anchors were provided");
    options.trust_browser_cas = true;
    assert!(
        server(&options).starts_with("requireClientCerts with trustBrowserCas is not supported")
    );
    let junk = ClientTls::new(&trusting(&["x"])).unwrap_err();
    assert_eq!(
        junk.to_string(),
        "TLS configuration: no PEM certificate found"
    );
    let name = server_name("bad host!").unwrap_err();
    assert_eq!(name.to_string(), "TLS configuration: invalid dns name");
}
