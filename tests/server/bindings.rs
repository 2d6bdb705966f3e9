//! Bindings to plain values: what a Worker finds in `env`.

use crate::harness::Setup;

/// A module with one function `add`.
const WASM: &[u8] = &[
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 7, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 3, 2, 1, 0, 7, 7, 1, 3,
    b'a', b'd', b'd', 0, 0, 10, 9, 1, 7, 0, 0x20, 0, 0x20, 1, 0x6a, 0x0b,
];

#[test]
fn binds_values() {
    let server = Setup::new()
        .file("data.bin", [1, 2, 255])
        .variable("SERVER_TEST_VARIABLE", "from outside")
        .worker_with(
            "main",
            "export default { fetch(request, env) {
               return Response.json({
                 keys: Object.keys(env),
                 text: env.TEXT,
                 data: [env.DATA instanceof ArrayBuffer, ...new Uint8Array(env.DATA)],
                 json: env.JSON,
                 there: env.THERE,
                 gone: env.GONE === null,
               });
             } };",
            r#"bindings = [
              (name = "TEXT", text = "plain"),
              (name = "DATA", data = embed "data.bin"),
              (name = "JSON", json = "{\"a\": [1, null, \"b\"]}"),
              (name = "THERE", fromEnvironment = "SERVER_TEST_VARIABLE"),
              (name = "GONE", fromEnvironment = "SERVER_TEST_NO_SUCH_VARIABLE"),
            ]"#,
        )
        .socket("http", "main")
        .start();
    assert_eq!(
        server.get("/").text(),
        r#"{"keys":["TEXT","DATA","JSON","THERE","GONE"],"text":"plain","data":[true,1,2,255],"json":{"a":[1,null,"b"]},"there":"from outside","gone":true}"#
    );
}

#[test]
fn gives_bindings_to_a_service_worker_as_globals() {
    let server = Setup::new()
        .file("add.wasm", WASM)
        .file(
            "sw.js",
            "const { exports } = new WebAssembly.Instance(WASM);
             addEventListener('fetch', (event) => {
               event.respondWith(new Response(`${TEXT} ${self.TEXT === TEXT} ${typeof env} ${exports.add(2, 3)}`));
             });",
        )
        .service(
            r#"(name = "main", worker = (
              serviceWorkerScript = embed "sw.js", compatibilityDate = "2026-11-01",
              bindings = [(name = "TEXT", text = "global"), (name = "WASM", wasmModule = embed "add.wasm")]))"#,
        )
        .socket("http", "main")
        .start();
    assert_eq!(server.get("/").text(), "global true undefined 5");
}

#[test]
fn shows_bindings_to_module_scope() {
    let server = Setup::new()
        .worker_with(
            "main",
            "import { env } from 'cloudflare:workers';
             const early = env.TEXT;
             export default { fetch() { return new Response(early); } };",
            r#"bindings = [(name = "TEXT", text = "early")]"#,
        )
        .socket("http", "main")
        .start();
    assert_eq!(server.get("/").text(), "early");
}

#[test]
fn refuses_broken_values_at_start() {
    let (status, _, stderr) = Setup::new()
        .worker_with(
            "json",
            "export default {};",
            r#"bindings = [(name = "J", json = "{oops")]"#,
        )
        .worker_with(
            "wasm",
            "export default {};",
            r#"bindings = [(name = "W", wasmModule = "no wasm")]"#,
        )
        .worker_with("bare", "export default {};", r#"bindings = [(name = "X")]"#)
        .socket("http", "bare")
        .fail();
    assert_eq!(status, Some(1));
    assert_eq!(
        stderr,
        "\
service json: Uncaught SyntaxError: Expected property name or '}' in JSON at position 1 (line 1 column 2)
:1:1
service wasm: Worker \"wasm\"'s binding \"W\" is a Wasm binding, but Wasm bindings are not allowed in modules-based scripts. Use Wasm modules instead.
service bare: Worker \"bare\"'s binding \"X\" does not specify any binding value.
"
    );
}
