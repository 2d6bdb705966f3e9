//! Tail Workers in another process: what they hear over Cap'n Proto RPC.
//!
//! The real workerd is the one side and the other side in turn, if `WORKERD_REAL` names its binary.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::harness::{Server, Setup, binary};

const DATE: &str = crate::harness::DATE;

/// A tail Worker that tells what it has heard, without what differs from run to run.
const HEARS: &str = r#"
    const traces = [], items = [];
    const told = (trace) => ({
      outcome: trace.outcome,
      model: trace.executionModel,
      entrypoint: trace.entrypoint,
      isRecent: Math.abs(Date.now() - trace.eventTimestamp) < 60000,
      event: [trace.event.request.method, new URL(trace.event.request.url).pathname, trace.event.request.headers['x-a']],
      status: trace.event.response?.status,
      logs: trace.logs.map(({ level, message, errorInfo }) => [level, message, errorInfo?.map((info) => info?.name)]),
      exceptions: trace.exceptions.map(({ name, message, stack }) => [name, message, typeof stack]),
      channels: trace.diagnosticsChannelEvents.map(({ channel, message }) => [channel, message]),
    });
    const item = ({ event, sequence, invocationId, spanContext }) => {
      const { type } = event;
      if (invocationId.length !== 32 || spanContext.traceId.length !== 32) throw new Error('ids');
      if (type === 'onset') return [sequence, type, event.info.type, event.info.method, event.entrypoint];
      if (type === 'log') return [sequence, type, event.level, event.message, event.errorInfo?.map((info) => info?.name)];
      if (type === 'exception') return [sequence, type, event.name, event.message];
      if (type === 'diagnosticChannel') return [sequence, type, event.channel, event.message];
      if (type === 'spanOpen') return [sequence, type, event.name];
      if (type === 'attributes') return [sequence, type, event.info.map(({ name, value }) => `${name}=${value}`)];
      if (type === 'return') return [sequence, type, event.info?.statusCode];
      return [sequence, type, event.outcome];
    };
    export default {
      fetch: () => Response.json({ traces, items }),
      tail: (heard) => { traces.push(...heard.map(told)); },
      tailStream(onset) {
        items.push(item(onset));
        return (event) => { items.push(item(event)); };
      },
    };"#;

/// A Worker that does something to be heard of.
const HEARD: &str = r#"
    import { channel } from 'node:diagnostics_channel';
    export class Named {};
    export default {
      async fetch(request, env) {
        console.log('said', { a: 1 }, new TypeError('logged'));
        console.warn('warned');
        channel('news').publish({ b: [2] });
        await env.NEXT.fetch('http://next/');
        throw new RangeError('bad');
      },
    };"#;

fn hearing(program: &Path) -> Server {
    Setup::new()
        .program(program)
        .argument("--experimental")
        .worker_with(
            "main",
            HEARS,
            "compatibilityFlags = [\"nodejs_compat\", \"experimental\"]",
        )
        .socket_with("http", "main", "capnpConnectHost = \"tails\"")
        .start()
}

fn heard(program: &Path, port: u16) -> Server {
    let flags = "compatibilityFlags = [\"nodejs_compat\", \"experimental\"]";
    let next = "export default { fetch() { return new Response('next', { status: 202 }); } };";
    Setup::new()
        .program(program)
        .argument("--experimental")
        .file("main.js", HEARD)
        .worker("next", next)
        .service(&format!(
            "(name = \"main\", worker = (modules = [(name = \"main.js\", esModule = embed \"main.js\")], \
             compatibilityDate = \"{DATE}\", {flags}, tails = [\"far\"], streamingTails = [\"far\"], \
             bindings = [(name = \"NEXT\", service = \"next\")]))"
        ))
        .service(&format!(
            "(name = \"far\", external = (address = \"127.0.0.1:{port}\", http = (capnpConnectHost = \"tails\")))"
        ))
        .socket("http", "main")
        .start()
}

const EXPECTED: &str = concat!(
    r#"{"traces":[{"outcome":"exception","model":"stateless","isRecent":true,"event":["GET","/path","b"],"#,
    r#""logs":[["log",["said",{"a":1},"TypeError: logged"],[null,null,"TypeError"]],["warn",["warned"],null]],"#,
    r#""exceptions":[["RangeError","bad","string"]],"channels":[["news",{"b":[2]}]]}],"#,
    r#""items":[[0,"onset","fetch","GET",null],"#,
    r#"[1,"log","log",["said",{"a":1},"TypeError: logged"],[null,null,"TypeError"]],"#,
    r#"[2,"log","warn",["warned"],null],[3,"diagnosticChannel","news",{"b":[2]}],"#,
    r#"[4,"spanOpen","fetch"],"#,
    r#"[5,"attributes",["#,
);

fn check(heard_by: &Path, hears: &Path) {
    let hearing = hearing(hears);
    let heard = heard(heard_by, hearing.port("http"));
    let mut client = heard.connect();
    client.send("GET /path HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n");
    assert_eq!(client.response().status, 500);
    let start = Instant::now();
    let text = loop {
        let text = hearing.get("/").text();
        let is_whole = text.contains("\"outcome\",\"exception\"") && text.contains("\"traces\":[{");
        if is_whole || start.elapsed() > Duration::from_secs(10) {
            break text;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(text.starts_with(EXPECTED), "{text}");
    let end =
        r#"[6,"spanClose","ok"],[7,"exception","RangeError","bad"],[8,"outcome","exception"]]}"#;
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn one_process_hears_of_another() {
    check(&binary(), &binary());
}

#[test]
fn either_server_hears_of_the_other() {
    let Some(real) = std::env::var_os("WORKERD_REAL").map(PathBuf::from) else {
        eprintln!("skipped: WORKERD_REAL names no binary");
        return;
    };
    check(&binary(), &real);
    check(&real, &binary());
}
