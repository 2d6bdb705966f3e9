//! `HttpOptions` of sockets and of external servers. Those of an external server alone are tried in `outbound` too.

use crate::harness::{Client, Response, Server, Setup};
use crate::upstream::Upstream;

/// Answers with what it is asked for, and with two headers of its own.
const SHOW: &str = "export default { fetch(request) {
  let cf;
  try { cf = JSON.stringify(request.cf); } catch (error) { cf = error.name; }
  const headers = [...request.headers].map(([name, value]) => `${name}=${value}`);
  return new Response([new URL(request.url).href, cf, ...headers].join('|'), { headers: { 'x-mine': 'own', 'x-gone': 'own' } });
} };";

const TRUSTED: &str = "forwardedProtoHeader = \"X-Proto\", cfBlobHeader = \"X-Cf\"";

fn ask(client: &mut Client, line: &str, headers: &[&str]) -> Response {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    client.send(format!("{line} HTTP/1.1\r\n{headers}\r\n"));
    client.response()
}

fn show(options: &str) -> Server {
    Setup::new()
        .worker("main", SHOW)
        .socket_with("http", "main", options)
        .start()
}

#[test]
fn trusted_headers_are_taken_out() {
    let server = show(TRUSTED);
    let text = |headers: &[&str]| ask(&mut server.connect(), "GET /a", headers).text();
    assert_eq!(
        text(&["Host: h", "X-Proto: https", "X-Cf: {\"a\":1}", "B: c"]),
        "https://h/a|{\"a\":1}|b=c|host=h"
    );
    assert_eq!(text(&["Host: h"]), "http://h/a||host=h");
    assert_eq!(
        text(&["Host: h", "X-Proto: ftp", "X-Cf: no JSON"]),
        "ftp://h/a|SyntaxError|host=h"
    );
    // Several lines are one value.
    assert_eq!(
        text(&["Host: h", "X-Cf: 3", "X-Cf: 4"]),
        "http://h/a|SyntaxError|host=h"
    );
    // An empty one says nothing, and what is no object is none of the Worker's mistakes.
    assert_eq!(
        text(&["Host: h", "X-Proto:", "X-Cf:"]),
        "http://h/a||host=h"
    );
    assert_eq!(text(&["Host: h", "X-Cf: 3"]), "http://h/a|Error|host=h");
    let twice = ["Host: h", "X-Proto: http", "X-Proto: https"];
    assert_eq!(ask(&mut server.connect(), "GET /a", &twice).status, 500);
}

#[test]
fn headers_are_injected_and_removed() {
    let server = show(
        "injectRequestHeaders = [(name = \"X-In\", value = \"1\"), (name = \"x-in\", value = \"2\"), (name = \"x-out\"),
           (name = \"x-empty\", value = \"\"), (name = \"Host\", value = \"other\"), (name = \"content-length\", value = \"7\")],
         injectResponseHeaders = [(name = \"X-Mine\", value = \"injected\"), (name = \"x-gone\"), (name = \"content-type\"),
           (name = \"server\", value = \"us\"), (name = \"Content-Length\", value = \"99\"), (name = \"Connection\", value = \"close\")]",
    );
    let mut client = server.connect();
    let headers = ["Host: h", "X-In: mine", "X-Out: mine", "X-Empty: mine"];
    let shown = ask(&mut client, "GET /a", &headers);
    // The URL is the one that the client asked for.
    assert!(shown.text().starts_with("http://h/a|{"), "{}", shown.text());
    assert!(
        shown.text().ends_with("|host=other|x-in=2"),
        "{}",
        shown.text()
    );
    let header = |name| shown.header(name);
    assert_eq!(
        (header("x-mine"), header("server")),
        (Some("injected"), Some("us"))
    );
    assert_eq!((header("x-gone"), header("content-type")), (None, None));
    assert_eq!(header("connection"), None);
    assert_eq!(
        header("content-length"),
        Some(&*shown.body.len().to_string())
    );

    client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(client.head().header("content-length"), Some("99"));
    // What is refused, or fails, is not the service's answer.
    let refused = ask(&mut client, "GET /a", &[]);
    assert_eq!((refused.status, refused.header("server")), (400, None));
}

#[test]
fn a_proxy_socket_takes_whole_urls() {
    let server = show(&format!("style = proxy, {TRUSTED}"));
    let mut client = server.connect();
    let headers = ["Host: h", "X-Proto: https", "X-Cf: [1]"];
    // The scheme is in the URL, so that the header is none of ours.
    assert_eq!(
        ask(&mut client, "GET http://foo/bar?q", &headers).text(),
        "http://foo/bar?q|[1]|host=h|x-proto=https"
    );
    assert_eq!(
        ask(&mut client, "GET https://foo:8443", &[]).text(),
        "https://foo:8443/|"
    );
    let refused = ask(&mut client, "GET /bar", &["Host: h"]);
    assert_eq!(refused.status, 500);
}

#[test]
fn a_proxy_socket_leads_to_servers() {
    let upstream = Upstream::echo();
    let address = format!("address = \"127.0.0.1:{}\"", upstream.port());
    let server = Setup::new()
        .service(&format!(
            "(name = \"proxy\", external = ({address}, http = (style = proxy, {TRUSTED})))"
        ))
        .service(&format!(
            "(name = \"host\", external = ({address}, http = ({TRUSTED})))"
        ))
        .socket_with("to-proxy", "proxy", "style = proxy")
        .socket_with("to-host", "host", "style = proxy, cfBlobHeader = \"x-cf\"")
        .start();
    let get = |socket: &str, line: &str, headers: &[&str]| {
        ask(&mut server.connect_to(socket), line, headers)
    };
    let proxied = get(
        "to-proxy",
        "GET https://foo/bar",
        &["Host: h", "X-Proto: a"],
    )
    .text();
    let mut lines: Vec<_> = proxied.lines().collect();
    assert_eq!(lines.remove(0), "GET https://foo/bar HTTP/1.1");
    assert!(
        lines.contains(&"Host: h") && lines.contains(&"X-Proto: a"),
        "{proxied}"
    );

    let direct = get(
        "to-host",
        "GET https://foo/bar",
        &["Host: h", "X-Proto: a", "X-Cf: [1]"],
    )
    .text();
    let mut lines: Vec<_> = direct.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "GET /bar HTTP/1.1",
            "Host: foo",
            "X-Cf: [1]",
            "X-Proto: https"
        ]
    );

    for (socket, problem) in [
        ("to-proxy", "a proxy is asked for absolute URLs: /bar"),
        ("to-host", "outgoing request URL has no host: /bar"),
    ] {
        assert_eq!(get(socket, "GET /bar", &["Host: h"]).status, 500);
        server.stderr.line(problem);
    }
    assert_eq!(upstream.connections(), 2);
}

#[test]
fn an_old_server_is_no_reason_to_answer_in_its_version() {
    let upstream = Upstream::fixed("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx");
    let server = Setup::new()
        .service(&format!(
            "(name = \"old\", external = (address = \"127.0.0.1:{}\", http = ()))",
            upstream.port()
        ))
        .socket("http", "old")
        .start();
    assert_eq!(server.get("/").first, "HTTP/1.1 200 OK");
}
