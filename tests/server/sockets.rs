//! Raw connections: `connect()` to servers elsewhere, and connections that come in at `tcp` sockets.

use std::net::UdpSocket;
use std::time::Duration;

use crate::harness::{PATIENCE, Server, Setup};
use crate::upstream::Upstream;

const ALL: &str = r#"(name = "all", network = (allow = ["public", "private"]))"#;

/// Runs `code` as the handler of a Worker with `connect()`, the port of the upstream, and a service at it.
fn client(upstream: &Upstream, code: &str) -> Server {
    let port = upstream.port();
    Setup::new()
        .worker_with(
            "main",
            &format!(
                "import {{ connect }} from 'cloudflare:sockets';
                 const PORT = {port};
                 const text = (readable) => new Response(readable).text();
                 const bytes = (text) => new TextEncoder().encode(text);
                 export default {{ async fetch(request, env) {{ {code} }} }};"
            ),
            r#"bindings = [(name = "UP", service = "up"), (name = "PROXY", service = "proxy")], globalOutbound = "all""#,
        )
        .service(&format!(
            "(name = \"up\", external = (address = \"127.0.0.1:{port}\", tcp = ()))"
        ))
        .service(&format!(
            "(name = \"proxy\", external = (address = \"127.0.0.1:{port}\", http = (style = proxy)))"
        ))
        .service(ALL)
        .socket("http", "main")
        .start()
}

/// A server of the Gopher kind: one line in, one text out.
fn lines() -> Upstream {
    Upstream::start(|peer| {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            line.extend(peer.bytes(1));
        }
        peer.send(format!("you said {}", String::from_utf8_lossy(&line)));
    })
}

#[test]
fn a_worker_talks_to_a_server() {
    let server = client(
        &lines(),
        "const answers = [];
         for (const open of [connect, (...args) => env.UP.connect(...args)]) {
           const socket = open(`127.0.0.1:${PORT}`);
           const writer = socket.writable.getWriter();
           await writer.write(bytes('hello\\n'));
           const { remoteAddress, localAddress } = await socket.opened;
           let said = '';
           for await (const chunk of socket.readable) said += new TextDecoder().decode(chunk);
           await socket.closed;
           answers.push(remoteAddress === `127.0.0.1:${PORT}`, localAddress, said);
         }
         return Response.json(answers);",
    );
    assert_eq!(
        server.get("/").text(),
        r#"[true,null,"you said hello\n",true,null,"you said hello\n"]"#
    );
}

#[test]
fn a_tunnel_leads_through_a_proxy() {
    let proxy = Upstream::start(|peer| {
        let head = peer.request().unwrap();
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        let said = peer.bytes(5);
        peer.send(format!("{head}{}", String::from_utf8_lossy(&said)));
    });
    let server = client(
        &proxy,
        "const socket = env.PROXY.connect('example.com:70');
         await socket.opened;
         await socket.writable.getWriter().write(bytes('hello'));
         return new Response(await text(socket.readable));",
    );
    assert_eq!(
        server.get("/").text(),
        "CONNECT example.com:70 HTTP/1.1\r\nhello"
    );
}

#[test]
fn a_refusal_of_the_proxy_is_one_of_the_socket() {
    let proxy = Upstream::fixed("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    let server = client(
        &proxy,
        "const socket = env.PROXY.connect('example.com:70');
         const reason = await socket.opened.catch((error) => error);
         return new Response(String(reason));",
    );
    assert_eq!(
        server.get("/").text(),
        "Error: proxy request failed, cannot connect to the specified address"
    );
}

/// A database whose clients say who they are in one line, and each of whose lines it answers.
#[test]
fn a_database_is_reached_through_its_binding() {
    let database = Upstream::start(|peer| {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            line.extend(peer.bytes(1));
        }
        peer.send(format!("welcome {}", String::from_utf8_lossy(&line)));
    });
    let server = Setup::new()
        .worker_with(
            "main",
            "import { connect } from 'cloudflare:sockets';
             export default { async fetch(request, { DB, GONE }) {
               const { username, password, hostname, port, pathname } = new URL(DB.connectionString);
               const answers = [];
               for (const open of [() => DB.connect(), () => connect({ hostname, port: Number(port) }), () => connect(`${DB.ip}:${port}`)]) {
                 const socket = open();
                 const writer = socket.writable.getWriter();
                 await writer.write(new TextEncoder().encode(`${username}:${password}${pathname}\\n`));
                 answers.push(await new Response(socket.readable).text());
               }
               answers.push(String(await GONE.connect().opened.catch((error) => error)));
               return new Response(answers.join(''));
             } };",
            "bindings = [
               (name = \"DB\", hyperdrive = (designator = \"database\", database = \"shop\", user = \"me\",
                 password = \"secret\", scheme = \"postgresql\")),
               (name = \"GONE\", hyperdrive = (designator = \"gone\")),
             ], globalOutbound = \"none\"",
        )
        .service(&format!(
            "(name = \"database\", external = (address = \"127.0.0.1:{}\", tcp = ()))",
            database.port()
        ))
        .service("(name = \"gone\", external = (address = \"127.0.0.1:1\", tcp = ()))")
        .service("(name = \"none\", network = (deny = [\"0.0.0.0/0\", \"::/0\"]))")
        .socket("http", "main")
        .start();
    let welcome = "welcome me:secret/shop\n";
    assert_eq!(
        server.get("/").text(),
        format!("{welcome}{welcome}{welcome}Error: connection attempt failed")
    );
}

/// A Worker `main` with `code` as its connect handler, behind the sockets `http` and `tcp`.
fn ingress(code: &str) -> Server {
    Setup::new()
        .worker(
            "main",
            &format!(
                "export default {{
                   fetch() {{ return new Response('ok'); }},
                   async connect(socket, env, ctx) {{ {code} }},
                 }};"
            ),
        )
        .socket("http", "main")
        .socket_of("tcp", "tcp = ()", "\"main\"")
        .start()
}

#[test]
fn a_worker_echoes_what_comes_in() {
    let server = ingress("await socket.readable.pipeTo(socket.writable);");
    let mut client = server.connect_to("tcp");
    client.send("Hello World!\n");
    assert_eq!(client.bytes(13), b"Hello World!\n");
    let big = vec![b'x'; 100_000];
    client.send(&big);
    assert_eq!(client.bytes(big.len()), big);
    assert_eq!(server.get("/").text(), "ok");
}

#[test]
fn the_connection_ends_with_the_handler() {
    let server = ingress(
        "const { localAddress, remoteAddress } = await socket.opened;
         const writer = socket.writable.getWriter();
         await writer.write(new TextEncoder().encode(`${localAddress} ${remoteAddress} ${socket.secureTransport}`));",
    );
    let mut client = server.connect_to("tcp");
    let said = String::from_utf8(client.rest()).unwrap();
    let port = server.port("tcp");
    assert!(said.starts_with(&format!("127.0.0.1:{port} ")), "{said}");
    assert!(said.ends_with(" off"), "{said}");
}

#[test]
fn a_connection_lasts_when_the_server_is_told_to_end() {
    let mut server = ingress("await socket.readable.pipeTo(socket.writable);");
    let mut client = server.connect_to("tcp");
    client.send("one");
    assert_eq!(client.bytes(3), b"one");
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    client.send("two");
    assert_eq!(client.bytes(3), b"two");
    drop(client);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_handler_that_throws_hangs_up() {
    let server = ingress("throw new Error('no');");
    assert!(server.connect_to("tcp").closed());
    server
        .stderr
        .line("TCP connect() handler threw: remote.jsg.Error: no");
}

/// A socket `udp` with fields of its options, and a Worker behind it that may have datagrams.
fn datagrams(options: &str, code: &str) -> Server {
    Setup::new()
        .worker_with(
            "main",
            &format!("let events = 0; export default {{ async connect(socket) {{ const event = ++events; {code} }} }};"),
            r#"compatibilityFlags = ["experimental"]"#,
        )
        .socket_of("udp", &format!("udp = ({options})"), "\"main\"")
        .argument("--experimental")
        .start()
}

fn peer(server: &Server) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.connect(("127.0.0.1", server.port("udp"))).unwrap();
    socket
}

fn receive(peer: &UdpSocket) -> String {
    let mut bytes = [0; 1000];
    let length = peer.recv(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

const ANSWERS: &str = "const writer = socket.writable.getWriter();
    for await (const chunk of socket.readable) {
      const said = new TextDecoder().decode(chunk.data);
      await writer.write(new Datagram(new TextEncoder().encode(`${event} ${chunk instanceof Datagram} ${said}`)));
    }
    await writer.write(new Datagram(new Uint8Array([101, 110, 100])));";

#[test]
fn each_peer_has_an_event() {
    let server = datagrams("", ANSWERS);
    let (a, b) = (peer(&server), peer(&server));
    a.send(b"one").unwrap();
    assert_eq!(receive(&a), "1 true one");
    b.send(b"two").unwrap();
    assert_eq!(receive(&b), "2 true two");
    a.send(b"").unwrap();
    assert_eq!(receive(&a), "1 true ");
}

#[test]
fn a_silent_peer_has_left() {
    let server = datagrams("idleTimeoutMs = 100", ANSWERS);
    let peer = peer(&server);
    peer.send(b"one").unwrap();
    assert_eq!(receive(&peer), "1 true one");
    assert_eq!(receive(&peer), "end");
    peer.send(b"two").unwrap();
    assert_eq!(receive(&peer), "2 true two");
}

#[test]
fn datagrams_that_nobody_reads_are_bounded() {
    let server = datagrams(
        "maxPendingBytes = 100, idleTimeoutMs = 1000",
        "const reader = socket.readable.getReader();
         const writer = socket.writable.getWriter();
         const answer = (text) => writer.write(new Datagram(new TextEncoder().encode(text)));
         await reader.read();
         await answer('ready');
         await scheduler.wait(300);
         const sizes = [];
         for (;;) {
           const { done, value } = await reader.read();
           if (done) break;
           sizes.push(value.data.length);
         }
         await answer(sizes.join());",
    );
    let peer = peer(&server);
    peer.send(b"").unwrap();
    assert_eq!(receive(&peer), "ready");
    for size in [40, 50, 0, 20] {
        peer.send(&vec![0; size]).unwrap();
    }
    assert_eq!(receive(&peer), "40,0");
}

#[test]
fn only_datagrams_are_sent() {
    let server = datagrams(
        "",
        "const writer = socket.writable.getWriter();
         const { localAddress, remoteAddress } = await socket.opened;
         console.log([socket.protocol, localAddress.split(':')[0], remoteAddress, socket.secureTransport].join());
         await writer.write(new Uint8Array(1)).catch((error) => console.log(String(error)));",
    );
    peer(&server).send(b"x").unwrap();
    server.stdout.line("udp,127.0.0.1,,off");
    server
        .stdout
        .line("TypeError: This socket's writable stream only accepts Datagram instances.");
}

#[test]
fn datagrams_need_the_flag() {
    let server = Setup::new()
        .worker("main", "export default { connect() {} };")
        .socket_of("udp", "udp = ()", "\"main\"")
        .start();
    peer(&server).send(b"x").unwrap();
    server
        .stderr
        .line("UDP ingress requires the experimental flag.");
}
