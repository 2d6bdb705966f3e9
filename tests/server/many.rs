//! A config of many Workers.

use crate::harness::{Setup, ours_only};

fn thousand() -> Setup {
    let mut setup = Setup::new().file(
        "router.js",
        "export default { fetch(request, env) {
           return env[`W${new URL(request.url).pathname.slice(1)}`].fetch(request);
         } };",
    );
    let mut bindings = String::new();
    for index in 0..1000 {
        setup = setup.worker(
            &format!("w{index}"),
            &format!("export default {{ fetch() {{ return new Response('I am {index}'); }} }};"),
        );
        bindings.push_str(&format!("(name = \"W{index}\", service = \"w{index}\"), "));
    }
    setup
        .service(&format!(
            "(name = \"router\", worker = (modules = [(name = \"router.js\", esModule = embed \"router.js\")], compatibilityDate = \"2026-11-01\", bindings = [{bindings}]))"
        ))
        .socket("http", "router")
        .socket("last", "w999")
}

#[test]
fn answers_from_the_first_and_the_last_of_a_thousand_workers() {
    let server = thousand().start();
    let mut client = server.connect();
    for index in [0, 999, 500, 0, 63, 64, 65] {
        assert_eq!(
            client.get(&format!("/{index}")).text(),
            format!("I am {index}")
        );
    }
    assert_eq!(server.connect_to("last").get("/").text(), "I am 999");
}

#[test]
fn pays_only_for_the_workers_in_use() {
    if ours_only() {
        return;
    }
    let server = thousand().argument("--start=lazy").start();
    let mut client = server.connect();
    assert_eq!(client.get("/0").text(), "I am 0");
    let few = server.resident();
    for index in 0..100 {
        assert_eq!(
            client.get(&format!("/{index}")).text(),
            format!("I am {index}")
        );
    }
    let hundred = server.resident();
    // Bounds with room to spare: an isolate takes one to two MiB.
    assert!(few < 200 * 1024, "{few} KiB with two Workers in use");
    assert!(hundred > few, "{hundred} KiB after {few} KiB");
    assert!(
        hundred < few + 100 * 5 * 1024,
        "{hundred} KiB after {few} KiB"
    );
}

#[test]
fn logs_a_broken_worker_among_many_and_serves_the_others() {
    // The real workerd refuses to start.
    if ours_only() {
        return;
    }
    let mut setup = Setup::new().worker("broken", "export default {\n  fetch( {\n} }");
    for index in 0..70 {
        setup = setup.worker(
            &format!("w{index}"),
            &format!("export default {{ fetch() {{ return new Response('{index}'); }} }};"),
        );
    }
    let server = setup.socket("http", "w69").socket("bad", "broken").start();
    assert_eq!(server.get("/").text(), "69");
    let line = server.stderr.line("service broken: ");
    assert!(
        line.ends_with("service broken: Uncaught SyntaxError: Unexpected token '}'"),
        "{line}"
    );
    assert_eq!(
        server.stderr.line("at broken.js").trim(),
        "at broken.js:3:2"
    );
    assert_eq!(server.connect_to("bad").get("/").status, 500);
    assert_eq!(server.get("/").text(), "69");
}

#[test]
fn starts_none_of_the_workers_when_told_to_be_lazy() {
    if ours_only() {
        return;
    }
    let server = Setup::new()
        .worker("main", "export default { fetch() { return new Response('fine'); } };")
        .worker("broken", "nonsense(")
        .worker("loud", "console.log('evaluated'); export default { fetch() { return new Response('loud'); } };")
        .socket("http", "main")
        .socket("loud", "loud")
        .argument("--start=lazy")
        .start();
    assert_eq!(server.get("/").text(), "fine");
    assert!(!server.stdout.text().contains("evaluated"));
    assert_eq!(server.connect_to("loud").get("/").text(), "loud");
    server.stdout.line("evaluated");
    assert_eq!(server.stderr.text(), "");
}

#[test]
fn starts_all_workers_when_told_to_be_eager() {
    if ours_only() {
        return;
    }
    let mut setup = Setup::new().argument("--start=eager");
    for index in 0..70 {
        setup = setup.worker(&format!("w{index}"), "export default {};");
    }
    let (status, _, stderr) = setup
        .worker("broken", "throw new Error('no');")
        .socket("http", "w0")
        .fail();
    assert_eq!(status, Some(1));
    assert_eq!(
        stderr,
        "service broken: Uncaught Error: no\n  at broken.js:1:7\n"
    );
}
