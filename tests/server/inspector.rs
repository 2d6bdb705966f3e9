//! Debuggers: what the inspector lists, what a session hears, and code that is paused.

use crate::client::Client;
use crate::harness::{Server, Setup, ours_only};
use crate::websocket_peer::Socket;

const CODE: &str = "export default { async fetch(request) {
  console.log('asked', { for: new URL(request.url).pathname });
  switch (new URL(request.url).pathname) {
    case '/throw': throw new TypeError('bad \\u{1f4a5}');
    case '/pause': { const secret = 'before'; debugger; return new Response(secret); }
    case '/loop': while (!globalThis.enough); return new Response('enough');
    case '/derive': {
      const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']);
      await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(16), iterations: 300_000 }, key, 256);
    }
  }
  return new Response('fine');
} };";

fn inspected() -> Server {
    Setup::hello(CODE)
        .worker("other", "export default {}")
        .argument("--inspector-addr=localhost:0")
        .start()
}

fn inspector(server: &Server) -> Client {
    let port = server.stdout.until(|text| {
        let (_, rest) = text.split_once("{\"event\":\"listen-inspector\",\"port\":")?;
        rest.split_once('}')?.0.parse().ok()
    });
    Client::to_port(port.expect("the inspector is announced"))
}

/// A session on the Worker `main`.
struct Debugger {
    socket: Socket,
    asked: u32,
}

impl Debugger {
    fn attach(server: &Server) -> Self {
        let socket = Socket::over(inspector(server), "/any/main", "");
        Self { socket, asked: 0 }
    }

    /// Gives a command and returns its answer; notifications before it are passed over.
    #[track_caller]
    fn ask(&mut self, method: &str, parameters: &str) -> String {
        self.asked += 1;
        let id = self.asked;
        self.socket.say(&format!(
            r#"{{"id":{id},"method":"{method}","params":{{{parameters}}}}}"#
        ));
        self.until(&format!("{{\"id\":{id},"))
    }

    /// The next message that begins so.
    #[track_caller]
    fn until(&mut self, start: &str) -> String {
        loop {
            let message = self.socket.text();
            if message.starts_with(start) {
                return message;
            }
        }
    }

    #[track_caller]
    fn hears(&mut self, method: &str) -> String {
        self.until(&format!("{{\"method\":\"{method}\","))
    }
}

/// A request whose answer comes later.
fn asking(server: &Server, path: &str) -> Client {
    let mut client = server.connect();
    client.send(format!("GET {path} HTTP/1.1\r\nHost: example.com\r\n\r\n"));
    client
}

#[test]
fn lists_the_workers() {
    let server = inspected();
    let list = inspector(&server).get("/json/list");
    assert_eq!(list.header("content-type"), Some("application/json"));
    let list = list.text();
    assert!(list.starts_with(
        r#"[{"id":"main","title":"workerd: worker main","type":"node","description":"workerd worker","webSocketDebuggerUrl":"ws://"#
    ), "{list}");
    assert!(list.contains(r#"},{"id":"other","#), "{list}");
    assert_eq!(
        inspector(&server).get("/json/version").text(),
        r#"{"Browser": "workerd", "Protocol-Version": "1.3" }"#
    );
    let other = inspector(&server).get("/");
    assert_eq!((other.status, &*other.text()), (500, "Not yet implemented"));
}

#[test]
fn knows_no_other_workers() {
    let server = inspected();
    let mut client = inspector(&server);
    client.send(crate::websocket_peer::request("/nobody", ""));
    let response = client.response();
    assert_eq!(
        (response.status, &*response.text()),
        (404, "Unknown worker session")
    );
}

#[test]
fn a_session_hears_of_logs_and_exceptions() {
    let server = inspected();
    let mut debugger = Debugger::attach(&server);
    assert_eq!(
        debugger.ask("Network.enable", ""),
        r#"{"id":1,"method":"Network.enable","result":{}}"#
    );
    assert_eq!(
        debugger.ask("Runtime.enable", ""),
        r#"{"id":2,"result":{}}"#
    );
    assert_eq!(
        debugger.ask("No.such", ""),
        r#"{"id":3,"error":{"code":-32601,"message":"'No.such' wasn't found"}}"#
    );
    assert_eq!(server.get("/throw").status, 500);
    let log = debugger.hears("Runtime.consoleAPICalled");
    assert!(
        log.contains(r#""type":"log","args":[{"type":"string","value":"asked"}"#),
        "{log}"
    );
    assert!(!log.contains(r#""timestamp":0,"#), "{log}");
    // The promise of the handler, and the response that it was to be.
    for _ in 0..2 {
        let thrown = debugger.hears("Runtime.exceptionThrown");
        assert!(
            thrown.contains(
                r#""text":"Uncaught TypeError: bad \ud83d\udca5","lineNumber":3,"columnNumber":25"#
            ),
            "{thrown}"
        );
    }
}

#[test]
fn tail_workers_hear_of_an_exception_once_all_the_same() {
    let tail = "export default { tail(events) { console.log(`exceptions: ${events[0].exceptions.length};`); } };";
    let server = Setup::new()
        .worker("tail", tail)
        .worker_with("main", CODE, "tails = [\"tail\"]")
        .socket("http", "main")
        .argument("--inspector-addr=localhost:0")
        .start();
    assert_eq!(server.get("/throw").status, 500);
    assert_eq!(server.stdout.line("exceptions: "), "exceptions: 1;");
}

#[test]
fn paused_code_waits_for_its_debugger() {
    let server = inspected();
    let mut debugger = Debugger::attach(&server);
    // Without a debugger the statement does nothing.
    assert_eq!(server.get("/pause").text(), "before");
    debugger.ask("Debugger.enable", "");
    let mut answer = asking(&server, "/pause");
    let paused = debugger.hears("Debugger.paused");
    assert_eq!(inspector(&server).get("/json/version").status, 200);
    let value = evaluate(&mut debugger, &paused, "secret + '!'");
    assert!(value.contains(r#""value":"before!""#), "{value}");
    debugger.ask("Debugger.resume", "");
    assert_eq!(answer.response().text(), "before");
}

#[track_caller]
fn evaluate(debugger: &mut Debugger, paused: &str, expression: &str) -> String {
    let frame = paused.split_once("\"callFrameId\":\"").unwrap().1;
    let frame = frame.split_once('"').unwrap().0;
    debugger.ask(
        "Debugger.evaluateOnCallFrame",
        &format!(r#""callFrameId":"{frame}","expression":"{expression}""#),
    )
}

#[test]
fn code_that_never_returns_can_be_paused() {
    if !ours_only() {
        return;
    }
    let server = inspected();
    let mut debugger = Debugger::attach(&server);
    debugger.ask("Runtime.enable", "");
    debugger.ask("Debugger.enable", "");
    let mut answer = asking(&server, "/loop");
    debugger.hears("Runtime.consoleAPICalled");
    debugger.ask("Debugger.pause", "");
    let paused = debugger.hears("Debugger.paused");
    evaluate(&mut debugger, &paused, "globalThis.enough = true");
    debugger.ask("Debugger.resume", "");
    assert_eq!(answer.response().text(), "enough");
}

#[test]
fn a_debugger_that_leaves_lets_go_of_what_it_has_paused() {
    let server = inspected();
    let mut debugger = Debugger::attach(&server);
    debugger.ask("Debugger.enable", "");
    let mut answer = asking(&server, "/pause");
    debugger.hears("Debugger.paused");
    drop(debugger);
    assert_eq!(answer.response().text(), "before");
}

#[test]
fn more_commands_than_may_wait_are_all_answered() {
    let server = inspected();
    let mut debugger = Debugger::attach(&server);
    const MANY: u32 = 5000;
    for id in 1..=MANY {
        let command = format!(r#"{{"id":{id},"method":"No.such"}}"#);
        debugger.socket.say(&command);
    }
    for id in 1..=MANY {
        let start = format!("{{\"id\":{id},\"error\":");
        let answer = debugger.socket.text();
        assert!(answer.starts_with(&start), "{answer}");
    }
}

#[test]
fn answers_of_the_profiler_name_their_method() {
    let server = inspected();
    let mut debugger = Debugger::attach(&server);
    debugger.ask("Profiler.enable", "");
    debugger.ask("Profiler.start", "");
    assert_eq!(server.get("/").text(), "fine");
    let profile = debugger.ask("Profiler.stop", "");
    let start = r#"{"id":3,"method":"Profiler.stop","result":{"profile":{"nodes":["#;
    assert!(profile.starts_with(start), "{profile}");
}

#[test]
fn a_profile_shows_the_time_of_native_functions() {
    let server = inspected();
    let mut debugger = Debugger::attach(&server);
    debugger.ask("Profiler.enable", "");
    debugger.ask("Profiler.start", "");
    assert_eq!(server.get("/derive").text(), "fine");
    let profile = debugger.ask("Profiler.stop", "");
    let (_, node) = profile
        .split_once("\"functionName\":\"deriveBits\"")
        .expect("the function is in the profile");
    let (_, hits) = node.split_once("\"hitCount\":").expect("a node has hits");
    assert!(!hits.starts_with("0,"), "{profile}");
}

#[test]
fn an_address_that_is_none_is_refused() {
    let setup = Setup::hello(CODE).argument("--inspector-addr=no address:x");
    let (status, _, stderr) = setup.fail();
    assert_eq!(status, Some(1));
    assert!(
        stderr.contains("--inspector-addr=no address:x: "),
        "{stderr}"
    );
}
