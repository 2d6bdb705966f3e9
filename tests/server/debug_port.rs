//! The debug port of one process, and the Workers of another that use it.
//!
//! The real workerd is the one side and the other side in turn, if `WORKERD_REAL` names its binary.

use std::path::Path;

use crate::harness::{DATE, Server, Setup, binary, real};

/// A process with the Worker of `tests/js/bindings/debug-port.js`, whose debug port is at `port`.
fn offering(program: &Path, port: u16) -> Server {
    Setup::new()
        .program(program)
        .argument("--experimental")
        .argument(&format!("--debug-port=127.0.0.1:{port}"))
        .file(
            "debug-port.js",
            include_str!("../js/bindings/debug-port.js"),
        )
        .file(
            "main.js",
            "export { Closes, Counter, Named, Sockets, default } from 'debug-port.js';",
        )
        .service(&format!(
            "(name = \"debug-port\", worker = (modules = [(name = \"main.js\", esModule = embed \"main.js\"), \
             (name = \"debug-port.js\", esModule = embed \"debug-port.js\")], compatibilityDate = \"{DATE}\", \
             durableObjectNamespaces = [(className = \"Counter\", uniqueKey = \"counter\")], \
             durableObjectStorage = (inMemory = void)))"
        ))
        .service(&format!(
            "(name = \"ids\", worker = (modules = [(name = \"ids\", esModule = \
             \"export default {{ fetch(_, env) {{ return new Response(env.IDS.idFromName('a').toString()); }} }}\")], \
             compatibilityDate = \"{DATE}\", bindings = [(name = \"IDS\", durableObjectNamespace = \
             (className = \"Counter\", serviceName = \"debug-port\"))]))"
        ))
        .socket("http", "ids")
        .start()
}

/// A process with a Worker that checks what the port offers.
fn using(program: &Path, port: u16, id: &str) -> Server {
    Setup::new()
        .program(program)
        .argument("--experimental")
        .file(
            "debug-port.js",
            include_str!("../js/bindings/debug-port.js"),
        )
        .file(
            "main.js",
            format!(
                "import {{ check }} from 'debug-port.js';
                 export default {{ async fetch(request, env) {{
                   try {{ await check(env.PORT.connect('127.0.0.1:{port}'), '{id}'); }}
                   catch (error) {{ return new Response(error.stack); }}
                   return new Response('passed');
                 }} }};"
            ),
        )
        .service(&format!(
            "(name = \"main\", worker = (modules = [(name = \"main.js\", esModule = embed \"main.js\"), \
             (name = \"debug-port.js\", esModule = embed \"debug-port.js\")], compatibilityDate = \"{DATE}\", \
             bindings = [(name = \"PORT\", workerdDebugPort = void)]))"
        ))
        .socket("http", "main")
        .start()
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn check(user: &Path, offerer: &Path) {
    let port = free_port();
    let offering = offering(offerer, port);
    let id = offering.get("/").text();
    let using = using(user, port, &id);
    assert_eq!(using.get("/").text(), "passed");
    assert_eq!(using.get("/").text(), "passed");
}

#[test]
fn workers_of_one_process_reach_those_of_another() {
    check(&binary(), &binary());
}

#[test]
fn either_server_reaches_the_other() {
    let Some(real) = real() else {
        return;
    };
    check(&binary(), &real);
    check(&real, &binary());
}
