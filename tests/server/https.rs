//! Sockets with TLS, and HTTP/2 with and without it.

use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use net::tls::{Alpn, ClientStream, ClientTls, Keypair, TlsOptions, server_name, speaks_http2};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::harness::{PATIENCE, Server, Setup, ours_only};

const CA: &str = include_str!("../certificates/ca.pem");
const CLIENT: &str = include_str!("../certificates/client.pem");
const CLIENT_KEY: &str = include_str!("../certificates/client.key");

const KEYPAIR: &str =
    "keypair = (privateKey = embed \"server.key\", certificateChain = embed \"server.pem\")";

const TELLER: &str = "export default { async fetch(request) {
    const body = await request.text();
    return new Response([request.method, request.url, Object.keys(request.cf), body].join(' '));
} }";

fn setup(tls: &str) -> Setup {
    Setup::new()
        .worker("main", TELLER)
        .file("server.pem", include_str!("../certificates/server.pem"))
        .file("server.key", include_str!("../certificates/server.key"))
        .file("ca.pem", CA)
        .secure_socket("https", "main", tls)
}

fn trusting() -> TlsOptions {
    TlsOptions {
        trusted_certificates: vec![CA.into()],
        ..TlsOptions::default()
    }
}

pub fn run<F: Future>(test: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, async {
        tokio::time::timeout(PATIENCE, test).await.unwrap()
    })
}

pub async fn connect(
    server: &Server,
    options: &TlsOptions,
    alpn: Alpn,
) -> Result<ClientStream<TcpStream>, String> {
    let address = ("127.0.0.1", server.port("https"));
    let stream = TcpStream::connect(address).await.unwrap();
    let client = ClientTls::new(options).unwrap();
    let name = server_name("localhost").unwrap();
    let connected = client.connect(stream, name, alpn).await;
    connected.map_err(|error| error.to_string())
}

/// What comes until the server closes.
pub async fn exchange(
    stream: &mut ClientStream<TcpStream>,
    request: &str,
) -> Result<String, String> {
    let mut text = String::new();
    let sent = stream.write_all(request.as_bytes()).await;
    sent.map_err(|error| error.to_string())?;
    match stream.read_to_string(&mut text).await {
        Ok(_) => Ok(text),
        Err(error) => Err(error.to_string()),
    }
}

async fn post_by_http2<T>(stream: T, body: &'static str) -> (http::Response<()>, String)
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + 'static,
{
    let (sender, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::task::spawn_local(async move {
        let _ = connection.await;
    });
    let request = http::Request::post("https://localhost/p?q")
        .body(())
        .unwrap();
    let mut sender = sender.ready().await.unwrap();
    let (response, mut upload) = sender.send_request(request, false).unwrap();
    upload
        .send_data(Bytes::from_static(body.as_bytes()), true)
        .unwrap();
    let (head, mut body) = response.await.unwrap().into_parts();
    let mut text = String::new();
    while let Some(chunk) = body.data().await {
        text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
    }
    (http::Response::from_parts(head, ()), text)
}

#[test]
fn http_1_over_tls() {
    let server = setup(KEYPAIR).start();
    run(async {
        for alpn in [Alpn::None, Alpn::Http1] {
            let mut stream = connect(&server, &trusting(), alpn).await.unwrap();
            let request = "POST /p?q HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";
            let answer = exchange(&mut stream, request).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
            assert!(
                answer.ends_with("\r\n\r\nPOST https://localhost/p?q clientIp hi"),
                "{answer}"
            );
        }
    });
}

#[test]
fn http_2_over_tls() {
    if ours_only() {
        return;
    }
    let server = setup(KEYPAIR).start();
    run(async {
        let stream = connect(&server, &trusting(), Alpn::Http2).await.unwrap();
        assert!(speaks_http2(stream.get_ref().1));
        let (head, text) = post_by_http2(stream, "hi").await;
        assert_eq!(text, "POST https://localhost/p?q clientIp hi");
        assert_eq!(head.status(), 200);
        assert_eq!(head.headers()["content-type"], "text/plain;charset=UTF-8");
        assert_eq!(head.headers()["content-length"], "38");
    });
}

#[test]
fn a_web_socket_over_http_2() {
    if ours_only() {
        return;
    }
    let worker = "export default { fetch(request) {
       const [client, server] = Object.values(new WebSocketPair());
       server.accept();
       server.addEventListener('message', ({ data }) => server.send(`${request.method} ${request.url} ${data}`));
       return new Response(null, { status: 101, webSocket: client });
     } };";
    let server = Setup::hello(worker).start();
    run(async {
        let address = ("127.0.0.1", server.port("http"));
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::task::spawn_local(async move {
            let _ = connection.await;
        });
        let mut sender = sender.ready().await.unwrap();
        while !sender.is_extended_connect_protocol_enabled() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let request = http::Request::connect("http://localhost/p?q")
            .extension(h2::ext::Protocol::from_static("websocket"))
            .header("sec-websocket-version", "13")
            .body(())
            .unwrap();
        let (response, mut up) = sender.send_request(request, false).unwrap();
        let mut down = response.await.unwrap().into_body();
        up.send_data(Bytes::from_static(b"\x81\x82\0\0\0\0hi"), false)
            .unwrap();
        let answer = b"\x81\x1bGET http://localhost/p?q hi";
        let mut got = Vec::new();
        while got.len() < answer.len() {
            got.extend_from_slice(&down.data().await.unwrap().unwrap());
        }
        assert_eq!(got, answer);
    });
}

#[test]
fn http_2_without_tls() {
    if ours_only() {
        return;
    }
    let server = Setup::hello(TELLER).start();
    run(async {
        let address = ("127.0.0.1", server.port("http"));
        let stream = TcpStream::connect(address).await.unwrap();
        let (_, text) = post_by_http2(stream, "hi").await;
        assert_eq!(text, "POST http://localhost/p?q clientIp hi");
    });
}

#[test]
fn curl_speaks_all_of_them() {
    if ours_only() || Command::new("curl").arg("-V").output().is_err() {
        return;
    }
    let server = setup(KEYPAIR).socket("http", "main").start();
    let (plain, secure) = (server.port("http"), server.port("https"));
    let ca = server.path("ca.pem");
    for (option, url, version) in [
        ("--http1.1", format!("https://localhost:{secure}/"), "1.1"),
        ("--http2", format!("https://localhost:{secure}/"), "2"),
        ("--http2", format!("http://localhost:{plain}/"), "1.1"),
        (
            "--http2-prior-knowledge",
            format!("http://localhost:{plain}/"),
            "2",
        ),
    ] {
        let output = Command::new("curl")
            .args([
                "-s",
                option,
                &url,
                "-d",
                "hi",
                "-w",
                " %{http_version}",
                "--cacert",
            ])
            .arg(&ca)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            text,
            format!("POST {url} clientIp hi {version}"),
            "{option}"
        );
    }
}

#[test]
fn a_client_must_show_its_certificate() {
    let tls =
        format!("{KEYPAIR}, requireClientCerts = true, trustedCertificates = [embed \"ca.pem\"]");
    let server = setup(&tls).start();
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    run(async {
        let known = TlsOptions {
            keypair: Some(Keypair {
                private_key: CLIENT_KEY.into(),
                certificate_chain: CLIENT.into(),
            }),
            ..trusting()
        };
        let mut stream = connect(&server, &known, Alpn::None).await.unwrap();
        let answer = exchange(&mut stream, request).await.unwrap();
        assert!(
            answer.ends_with("GET https://localhost/ clientIp "),
            "{answer}"
        );
        let refused = match connect(&server, &trusting(), Alpn::None).await {
            Ok(mut stream) => exchange(&mut stream, request).await,
            Err(error) => Err(error),
        };
        assert!(refused.is_err());
    });
    let line = server.stderr.line("HTTP connection failed");
    assert!(line.ends_with(
        "error: HTTP connection failed: TLS handshake failed: peer sent no certificates"
    ));
}

#[test]
fn a_handshake_that_hangs_or_fails_bothers_nobody() {
    let server = setup(KEYPAIR).start();
    let mut idle = server.connect_to("https");
    idle.send("\x16\x03\x01");
    let mut wrong = server.connect_to("https");
    wrong.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    server
        .stderr
        .line("received corrupt message of type InvalidContentType");
    run(async {
        let mut stream = connect(&server, &trusting(), Alpn::None).await.unwrap();
        let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        assert!(exchange(&mut stream, request).await.is_ok());
    });
    drop(idle);
}

#[test]
fn a_drain_ends_idle_connections_of_http_2() {
    if ours_only() {
        return;
    }
    let mut server = setup(KEYPAIR).start();
    run(async {
        let stream = connect(&server, &trusting(), Alpn::Http2).await.unwrap();
        let (mut sender, connection) = h2::client::handshake(stream).await.unwrap();
        let ended = tokio::task::spawn_local(connection);
        sender = sender.ready().await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.signal("TERM");
        let _ = ended.await.unwrap();
        drop(sender);
    });
    assert!(server.wait().success());
}

#[test]
fn mistakes_in_options_end_the_process() {
    for (tls, text) in [
        ("", "TLS configuration: a TLS listener needs a keypair"),
        (
            "keypair = (privateKey = \"x\", certificateChain = embed \"server.pem\")",
            "TLS configuration: no items found",
        ),
    ] {
        let (status, _, stderr) = setup(tls).fail();
        assert_eq!(status, Some(1));
        assert!(stderr.contains(text), "{stderr}");
    }
    if ours_only() {
        return;
    }
    let (status, _, stderr) = setup(&format!("{KEYPAIR}, cipherList = \"NOPE\"")).fail();
    assert_eq!(status, Some(1));
    assert_eq!(
        stderr,
        "Socket \"https\": TLS configuration: cipherList: unknown cipher \"NOPE\"\n"
    );
}
