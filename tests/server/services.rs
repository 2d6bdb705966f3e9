//! Workers that call each other through service bindings.

use crate::harness::Setup;

#[test]
fn calls_the_default_entrypoint() {
    let server = Setup::new()
        .worker_with(
            "main",
            "export default { async fetch(request, env) {
               const response = await env.CALLEE.fetch('http://callee/path', { method: 'PUT', body: 'body', headers: { a: 'b' } });
               return new Response(`${response.status} ${response.headers.get('x')} ${await response.text()}`);
             } };",
            r#"bindings = [(name = "CALLEE", service = "callee")]"#,
        )
        .worker(
            "callee",
            "export default { async fetch(request) {
               const { method, url, headers } = request;
               return new Response(`${method} ${url} ${headers.get('a')} ${headers.has('host')} ${await request.text()}`, {
                 status: 201, headers: { x: 'y' },
               });
             } };",
        )
        .socket("http", "main")
        .start();
    assert_eq!(
        server.get("/").text(),
        "201 y PUT http://callee/path b false body"
    );
}

#[test]
fn passes_request_and_response_through() {
    let server = Setup::new()
        .worker_with(
            "main",
            "export default { fetch(request, env) { return env.CALLEE.fetch(request); } };",
            r#"bindings = [(name = "CALLEE", service = "callee")]"#,
        )
        .worker("callee", "export default { fetch(request) { return new Response(request.body, { headers: { method: request.method } }); } };")
        .socket("http", "main")
        .start();
    let mut client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    assert_eq!(client.head().header("method"), Some("POST"));
    assert_eq!(client.chunk().unwrap(), b"a");
    client.send("1\r\nb\r\n0\r\n\r\n");
    assert_eq!(client.chunk().unwrap(), b"b");
    assert_eq!(client.chunk(), None);
}

#[test]
fn calls_named_entrypoints_with_props() {
    let server = Setup::new()
        .worker_with(
            "main",
            "export default { async fetch(request, env) {
               const answers = [];
               for (const binding of [env.NAMED, env.PROPS, env.PLAIN]) {
                 answers.push(await (await binding.fetch('http://x/')).text());
               }
               return new Response(answers.join());
             } };",
            r#"bindings = [
              (name = "NAMED", service = (name = "callee", entrypoint = "Named")),
              (name = "PROPS", service = (name = "callee", entrypoint = "Named", props = (json = "{\"who\":\"me\"}"))),
              (name = "PLAIN", service = (name = "callee", entrypoint = "plain")),
            ]"#,
        )
        .worker(
            "callee",
            "import { WorkerEntrypoint } from 'cloudflare:workers';
             export class Named extends WorkerEntrypoint {
               fetch() { return new Response(`named ${JSON.stringify(this.ctx.props)}`); }
             }
             export const plain = { fetch() { return new Response('plain'); } };
             export default { fetch() { return new Response('default'); } };",
        )
        .socket("http", "main")
        .start();
    assert_eq!(
        server.get("/").text(),
        "named {},named {\"who\":\"me\"},plain"
    );
}

#[test]
fn chains_ten_workers() {
    let mut setup = Setup::new();
    for index in 0..10 {
        let next = index + 1;
        setup = setup.worker_with(
            &format!("w{index}"),
            "export default { async fetch(request, env) {
               const response = await env.NEXT.fetch(request);
               return new Response(`${env.NAME} ${await response.text()}`);
             } };",
            &format!(r#"bindings = [(name = "NEXT", service = "w{next}"), (name = "NAME", text = "w{index}")]"#),
        );
    }
    let server = setup
        .worker(
            "w10",
            "export default { fetch(request) { return new Response(`end ${request.url}`); } };",
        )
        .socket("http", "w0")
        .start();
    let expected = "w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 end http://example.com/x";
    let mut client = server.connect();
    for _ in 0..3 {
        assert_eq!(client.get("/x").text(), expected);
    }
}

#[test]
fn lets_a_worker_call_itself() {
    let server = Setup::new()
        .worker_with(
            "main",
            "let events = 0;
             export default { async fetch(request, env) {
               events++;
               const depth = Number(new URL(request.url).searchParams.get('depth'));
               if (depth === 0) return new Response(`${events}`);
               const response = await env.SELF.fetch(`http://self/?depth=${depth - 1}`);
               return new Response(`${depth} ${await response.text()}`);
             } };",
            r#"bindings = [(name = "SELF", service = "main")]"#,
        )
        .socket("http", "main")
        .start();
    assert_eq!(server.get("/?depth=5").text(), "5 4 3 2 1 6");
}

#[test]
fn hands_the_exception_of_a_callee_to_the_caller() {
    let server = Setup::new()
        .worker_with(
            "main",
            "export default { async fetch(request, env) {
               try { await env.CALLEE.fetch('http://x/'); } catch (error) {
                 return new Response(`${error.constructor === RangeError} ${error.name} ${error.message}`);
               }
             } };",
            r#"bindings = [(name = "CALLEE", service = "callee")]"#,
        )
        .worker("callee", "export default { fetch() { throw new RangeError('too far'); } };")
        .socket("http", "main")
        .start();
    assert_eq!(server.get("/").text(), "true RangeError too far");
}

#[test]
fn tells_the_caller_what_an_exception_means() {
    let server = Setup::new()
        .worker_with(
            "main",
            "export default { async fetch(request, { CALLEE }) {
               try {
                 await CALLEE.fetch(request);
               } catch (error) {
                 return Response.json([`${error}`, error.retryable, error.overloaded, error.remote]);
               }
             } };",
            "bindings = [(name = \"CALLEE\", service = \"callee\")]",
        )
        .worker(
            "callee",
            "export default { fetch(request) {
               throw Object.assign(new TypeError('x'), Object.fromEntries(new URL(request.url).searchParams));
             } };",
        )
        .socket("http", "main")
        .start();
    for (query, told) in [
        ("", "null,null"),
        ("?retryable=1", "true,null"),
        ("?overloaded=1", "null,true"),
    ] {
        assert_eq!(
            server.get(&format!("/{query}")).text(),
            format!("[\"TypeError: x\",{told},true]")
        );
    }
}

#[test]
fn runs_the_wait_until_of_a_callee() {
    let server = Setup::new()
        .worker_with(
            "main",
            "export default { fetch(request, env) { return env.CALLEE.fetch(request); } };",
            r#"bindings = [(name = "CALLEE", service = "callee")]"#,
        )
        .worker(
            "callee",
            "export default { fetch(request, env, ctx) {
               ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 20)).then(() => console.log('callee is done')));
               return new Response('early');
             } };",
        )
        .socket("http", "main")
        .start();
    assert_eq!(server.get("/").text(), "early");
    server.stdout.line("callee is done");
}

#[test]
fn refuses_entrypoints_that_are_not_there() {
    let (status, _, stderr) = Setup::new()
        .worker_with(
            "main",
            "export default {};",
            r#"bindings = [(name = "B", service = (name = "callee", entrypoint = "Nope"))]"#,
        )
        .worker_with(
            "lost",
            "export default {};",
            r#"bindings = [(name = "B", service = "nobody")]"#,
        )
        .worker("callee", "export default {};")
        .socket("http", "main")
        .fail();
    assert_eq!(status, Some(1));
    assert_eq!(
        stderr,
        "\
Worker \"main\"'s binding \"B\" refers to service \"callee\" with a named entrypoint \"Nope\", but \"callee\" has no such named entrypoint.
Worker \"lost\"'s binding \"B\" refers to a service \"nobody\", but no such service is defined.
"
    );
}
