//! CONNECT requests, and TLS on raw connections.

use net::tls::{Alpn, ClientTls, TlsOptions, server_name};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{PATIENCE, Server, Setup};
use crate::upstream::Upstream;

const KEYPAIR: &str =
    "keypair = (privateKey = embed \"server.key\", certificateChain = embed \"server.pem\")";

const CONNECT: &str = "CONNECT example.com:70 HTTP/1.1\r\nHost: example.com:70\r\n\r\n";

/// A Worker `main` with `code` as its connect handler, behind the socket `http`.
fn handler(code: &str) -> Server {
    Setup::hello(&format!(
        "export default {{ fetch() {{ return new Response('ok'); }}, async connect(socket) {{ {code} }} }};"
    ))
    .start()
}

#[test]
fn a_tunnel_leads_to_the_handler() {
    let server = handler(
        "const { localAddress, remoteAddress } = await socket.opened;
         const writer = socket.writable.getWriter();
         await writer.write(new TextEncoder().encode(`${localAddress} ${remoteAddress} `));
         writer.releaseLock();
         await socket.readable.pipeTo(socket.writable);",
    );
    let mut client = server.connect();
    assert_eq!(client.get("/").text(), "ok");
    client.send(CONNECT);
    client.send("early");
    let head = client.head();
    assert_eq!(head.status, 200);
    let expected = b"example.com:70 undefined early";
    assert_eq!(client.bytes(expected.len()), expected);
}

#[test]
fn without_a_handler_there_is_no_tunnel() {
    let server = Setup::hello("export default { fetch() { return new Response('ok'); } };").start();
    let mut client = server.connect();
    client.send(CONNECT);
    let response = client.response();
    assert_eq!(response.status, 500);
    assert_eq!(response.text(), "Internal Server Error");
    server
        .stderr
        .line("Handler does not export a connect() function.");
}

#[test]
fn a_tunnel_leads_into_the_network() {
    let upstream = Upstream::start(|peer| {
        let said = peer.bytes(5);
        peer.send(said);
    });
    let server = Setup::new()
        .service(r#"(name = "net", network = (allow = ["private"]))"#)
        .socket("http", "net")
        .start();
    let mut client = server.connect();
    client.send(format!(
        "CONNECT 127.0.0.1:{} HTTP/1.1\r\nHost: x\r\n\r\n",
        upstream.port()
    ));
    assert_eq!(client.head().status, 200);
    client.send("hello");
    assert_eq!(client.rest(), b"hello");

    let mut refused = server.connect();
    refused.send("CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(refused.closed(), "nobody is there");
    let mut filtered = server.connect();
    filtered.send("CONNECT 8.8.8.8:53 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(filtered.response().status, 500);
}

/// A socket `tcp` with TLS, whose handler runs `code`.
fn secure(mode: &str, code: &str) -> Server {
    Setup::new()
        .worker_with(
            "main",
            &format!("export default {{ async connect(socket) {{ {code} }} }};"),
            r#"compatibilityFlags = ["experimental", "connect_handler_starttls"]"#,
        )
        .file("server.pem", include_str!("../certificates/server.pem"))
        .file("server.key", include_str!("../certificates/server.key"))
        .socket_of(
            "tcp",
            &format!("tcp = (tlsOptions = ({KEYPAIR}){mode})"),
            "\"main\"",
        )
        .argument("--experimental")
        .start()
}

/// Speaks to the socket `tcp`: reads `greeting` in the clear, then says "hello" over TLS and hears an answer.
fn speak(server: &Server, greeting: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let talk = async {
        let address = ("127.0.0.1", server.port("tcp"));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut clear = vec![0; greeting.len()];
        stream.read_exact(&mut clear).await.unwrap();
        assert_eq!(clear, greeting.as_bytes());
        let client = ClientTls::new(&TlsOptions {
            trusted_certificates: vec![include_str!("../certificates/ca.pem").into()],
            ..TlsOptions::default()
        });
        let name = server_name("localhost").unwrap();
        let connected = client.unwrap().connect(stream, name, Alpn::None).await;
        let mut stream = connected.unwrap();
        stream.write_all(b"hello").await.unwrap();
        let mut answer = vec![0; 100];
        let length = stream.read(&mut answer).await.unwrap();
        String::from_utf8(answer[..length].to_vec()).unwrap()
    };
    runtime.block_on(async { tokio::time::timeout(PATIENCE, talk).await.unwrap() })
}

const ECHO: &str = "const { value } = await secured.readable.getReader().read();
    const text = new TextDecoder().decode(value);
    await secured.writable.getWriter().write(new TextEncoder().encode(`${socket.secureTransport} ${secured.secureTransport} ${text}`));";

#[test]
fn tls_at_once() {
    let server = secure("", &format!("const secured = socket; {ECHO}"));
    assert_eq!(speak(&server, ""), "off off hello");
}

#[test]
fn tls_when_the_handler_asks_for_it() {
    let server = secure(
        ", tlsMode = startTls",
        &format!(
            "const writer = socket.writable.getWriter();
             await writer.write(new TextEncoder().encode('ready'));
             writer.releaseLock();
             const secured = socket.startTls();
             await secured.opened;
             {ECHO}"
        ),
    );
    assert_eq!(speak(&server, "ready"), "starttls on hello");
}
