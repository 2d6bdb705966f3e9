//! Remote calls between processes: Cap'n Proto RPC on a connection that a CONNECT request has opened.
//!
//! The real workerd is the one side and the other side in turn, if `WORKERD_REAL` names its binary.

use std::path::Path;

use crate::harness::{Client, Server, Setup, binary, real};

const FLAGS: &str = "compatibilityFlags = [\"nodejs_compat\", \"enable_abortsignal_rpc\", \"experimental\", \
     \"enhanced_error_serialization\"]";

const CONNECT: &str = "CONNECT calls HTTP/1.1\r\nHost: calls\r\n\r\n";

/// The service of the tests under `tests/js/rpc`, behind the socket `http`.
fn service(program: &Path, address: &str) -> Server {
    let date = crate::harness::DATE;
    Setup::new()
        .program(program)
        .argument("--experimental")
        .file("service.js", include_str!("../js/rpc/connection-service.js"))
        .service(&format!(
            "(name = \"main\", worker = (modules = [(name = \"main\", esModule = \"export * from 'service'; \
             export {{ Service as default }} from 'service'\"), (name = \"service\", esModule = embed \"service.js\")], \
             compatibilityDate = \"{date}\", {FLAGS}))"
        ))
        .socket_with("http", "main", "capnpConnectHost = \"calls\"")
        .argument(&format!("--socket-addr=http={address}"))
        .start()
}

/// A Worker that runs those tests against the service at a port.
fn caller(program: &Path, port: u16) -> Server {
    let date = crate::harness::DATE;
    Setup::new()
        .program(program)
        .argument("--experimental")
        .file("tests.js", include_str!("../js/rpc/connection.js"))
        .file("service.js", include_str!("../js/rpc/connection-service.js"))
        .file(
            "main.js",
            "import * as tests from 'tests.js';
             export default { async fetch(request, env) {
               const { default: _, Service, Named, ...all } = tests;
               for (const [name, { test }] of Object.entries(all)) {
                 try { await test(null, env); } catch (error) { return new Response(`${name}: ${error.stack}`); }
               }
               return new Response(`${Object.keys(all).length} passed`);
             } };",
        )
        .service(&format!(
            "(name = \"main\", worker = (modules = [(name = \"main.js\", esModule = embed \"main.js\"), \
             (name = \"tests.js\", esModule = embed \"tests.js\"), \
             (name = \"connection-service.js\", esModule = embed \"service.js\")], \
             bindings = [(name = \"SERVICE\", service = \"far\"), (name = \"NONE\", service = \"none\")], \
             compatibilityDate = \"{date}\", {FLAGS}))"
        ))
        .service(&format!(
            "(name = \"far\", external = (address = \"127.0.0.1:{port}\", http = (capnpConnectHost = \"calls\")))"
        ))
        .service(&format!(
            "(name = \"none\", external = (address = \"127.0.0.1:{port}\", http = ()))"
        ))
        .socket("http", "main")
        .start()
}

fn call(caller_program: &Path, service_program: &Path) {
    let service = service(service_program, "127.0.0.1:0");
    let caller = caller(caller_program, service.port("http"));
    assert_eq!(caller.get("/").text(), "9 passed");
    // Over the same connection.
    assert_eq!(caller.get("/").text(), "9 passed");
}

#[test]
fn one_process_calls_another() {
    call(&binary(), &binary());
}

#[test]
fn either_server_calls_the_other() {
    let Some(real) = real() else {
        return;
    };
    call(&binary(), &real);
    call(&real, &binary());
}

#[test]
fn a_service_that_comes_back_is_called_again() {
    let first = service(&binary(), "127.0.0.1:0");
    let port = first.port("http");
    let caller = caller(&binary(), port);
    assert_eq!(caller.get("/").text(), "9 passed");
    drop(first);
    assert_ne!(caller.get("/").text(), "9 passed");
    let _again = service(&binary(), &format!("127.0.0.1:{port}"));
    assert_eq!(caller.get("/").text(), "9 passed");
}

/// A message of one segment.
fn message(words: &[u64]) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes.extend((words.len() as u32).to_le_bytes());
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes
}

fn opened(server: &Server) -> Client {
    let mut client = server.connect();
    client.send(CONNECT);
    assert_eq!(client.head().status, 200);
    client
}

#[test]
fn hostile_bytes_end_the_connection_and_no_more() {
    let mut server = service(&binary(), "127.0.0.1:0");
    let endless: Vec<u8> = (0..4096_u32).map(|n| ((n * 7919) >> 3) as u8).collect();
    let attacks = [
        // No message at all.
        b"garbage garbage garbage garbage ".to_vec(),
        endless,
        // As many segments as can be said, and a segment as long.
        [0xff; 64].to_vec(),
        [0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f].to_vec(),
        // A root that leads nowhere, to itself, and into a far segment that is not there.
        message(&[0x0001_0001_7fff_fffc]),
        message(&[0x0001_0001_ffff_fffc, 0, 0]),
        message(&[0xffff_ffff_ffff_fffa]),
        // A return, a finish and a resolve of what nobody has asked.
        message(&[0x0001_0001_0000_0000, 3, 0x0000_0000_0000_0000]),
        message(&[0x0001_0001_0000_0000, 4, 0x0000_0001_0000_0000, 99]),
        message(&[0x0001_0001_0000_0000, 5, 0x0001_0001_0000_0000, 77, 0]),
        message(&[0x0001_0001_0000_0000, 6, 0x0000_0001_0000_0000, 55]),
        // An abort.
        message(&[0x0001_0001_0000_0000, 1, 0]),
    ];
    for attack in attacks {
        let mut client = opened(&server);
        client.try_send(&attack);
        drop(client);
    }
    // One that stops in the middle of a message holds up nobody.
    let mut stuck = opened(&server);
    stuck.send([0, 0, 0, 0, 9]);
    let caller = caller(&binary(), server.port("http"));
    assert_eq!(caller.get("/").text(), "9 passed");
    assert!(server.running());
}

#[test]
fn other_targets_are_tunnels() {
    let server = service(&binary(), "127.0.0.1:0");
    let mut client = server.connect();
    client.send("CONNECT other HTTP/1.1\r\nHost: other\r\n\r\n");
    // The Worker has no handler for them.
    assert_eq!(client.response().status, 500);
}
