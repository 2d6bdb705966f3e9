//! The `disk` service, by requests that the socket passes on and by a Worker's.

use std::os::unix::fs::symlink;
use std::time::Duration;

use crate::harness::{Client, PATIENCE, Response, Server, Setup};

/// A read-only directory behind `ro`, the same behind `rw`, and with dotfiles behind `dot`.
fn setup() -> Setup {
    let setup = Setup::new()
        .directory("root/sub")
        .directory("out")
        .file("root/a.txt", "hello")
        .file("root/.dot", "hidden")
        .file("root/sub/b c", "deep")
        .file("root/big", "0123456789".repeat(100_000))
        .file("out/file", "outside");
    symlink("../out", setup.path("root/link")).unwrap();
    symlink("nowhere", setup.path("root/dangling")).unwrap();
    setup
        .service("(name = \"ro\", disk = \"root\")")
        .service("(name = \"rw\", disk = (path = \"root\", writable = true))")
        .service(
            "(name = \"dot\", disk = (path = \"root\", writable = true, allowDotfiles = true))",
        )
        .socket("ro", "ro")
        .socket("rw", "rw")
        .socket("dot", "dot")
}

fn ask(server: &Server, socket: &str, request: &str, headers: &str) -> Response {
    let mut client = server.connect_to(socket);
    client.send(format!("{request} HTTP/1.1\r\nHost: x\r\n{headers}\r\n"));
    client.response()
}

fn put(server: &Server, socket: &str, path: &str, body: &str) -> u16 {
    let headers = format!("Content-Length: {}\r\n\r\n{body}", body.len());
    let mut client = server.connect_to(socket);
    client.send(format!("PUT {path} HTTP/1.1\r\nHost: x\r\n{headers}"));
    client.head().status
}

#[test]
fn files_and_directories_are_read() {
    let server = setup().start();
    let get = |socket: &str, path: &str| ask(&server, socket, &format!("GET {path}"), "");
    let file = get("ro", "/a.txt?query");
    assert_eq!((file.status, file.text().as_str()), (200, "hello"));
    let names: Vec<_> = file.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-length", "content-type", "last-modified"]);
    assert_eq!(
        file.header("content-type"),
        Some("application/octet-stream")
    );
    assert!(file.header("last-modified").unwrap().ends_with(" GMT"));

    let list = get("ro", "/");
    assert_eq!(list.header("transfer-encoding"), Some("chunked"));
    assert_eq!(list.header("content-type"), Some("application/json"));
    assert_eq!(
        list.text(),
        r#"[{"name":"a.txt","type":"file"},{"name":"big","type":"file"},{"name":"dangling","type":"symlink"},{"name":"link","type":"symlink"},{"name":"sub","type":"directory"}]"#
    );
    assert!(
        get("dot", "/")
            .text()
            .starts_with(r#"[{"name":".dot","type":"file"},"#)
    );

    assert_eq!(get("ro", "/sub/b%20c").text(), "deep");
    assert_eq!(get("ro", "/link/file").text(), "outside");
    assert_eq!(get("dot", "/.dot").text(), "hidden");
    for path in [
        "/nope",
        "/.dot",
        "/a.txt/x",
        "/dangling",
        "//a.txt",
        "/sub%2Fb%20c",
        "/../out/file",
        "/%00",
    ] {
        let missing = get("ro", path);
        assert_eq!(
            (missing.status, missing.text().as_str()),
            (404, "Not Found"),
            "{path}"
        );
    }
    let big = get("ro", "/big");
    assert_eq!(big.body.len(), 1_000_000);
    assert!(big.body.chunks(10).all(|chunk| chunk == b"0123456789"));
}

#[test]
fn a_head_request_gets_the_headers() {
    let server = setup().start();
    let mut client = server.connect_to("ro");
    for (path, length) in [
        ("/a.txt", Some("5")),
        ("/big", Some("1000000")),
        ("/sub", None),
    ] {
        client.send(format!("HEAD {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
        let head = client.head();
        assert_eq!((head.status, head.header("content-length")), (200, length));
        assert_eq!(head.header("transfer-encoding"), None);
    }
}

#[test]
fn a_range_of_a_file_is_read() {
    let server = setup().start();
    let range = |path: &str, range: &str| {
        ask(
            &server,
            "ro",
            &format!("GET {path}"),
            &format!("Range: {range}\r\n"),
        )
    };
    let part = range("/a.txt", "bytes=1-3");
    assert_eq!((part.status, part.text().as_str()), (206, "ell"));
    assert_eq!(part.header("content-range"), Some("bytes 1-3/5"));
    assert_eq!(range("/a.txt", "bytes=0-").status, 200);
    let none = range("/a.txt", "bytes=5-");
    assert_eq!(
        (none.status, none.header("content-range")),
        (416, Some("bytes */5"))
    );
    let long = range("/big", "bytes=300005-900004");
    assert_eq!(long.body.len(), 600_000);
    assert!(long.body.chunks(10).all(|chunk| chunk == b"5678901234"));
}

#[test]
fn files_are_written_and_removed() {
    let server = setup().start();
    assert_eq!(put(&server, "rw", "/new/dir/file", "one"), 204);
    assert_eq!(put(&server, "rw", "/new/dir/file", "two"), 204);
    assert_eq!(
        std::fs::read(server.path("root/new/dir/file")).unwrap(),
        b"two"
    );
    assert_eq!(put(&server, "dot", "/.new", "x"), 204);
    let refused = ask(&server, "rw", "PUT /.new", "Content-Length: 0\r\n");
    assert_eq!(refused.first, "HTTP/1.1 403 Unauthorized");
    assert_eq!(refused.text(), "Unauthorized");
    for (socket, path, status) in [
        ("rw", "/", 403),
        ("rw", "/a%2fb", 403),
        ("rw", "/sub", 500),
        ("ro", "/x", 405),
    ] {
        assert_eq!(put(&server, socket, path, "x"), status, "{path}");
    }
    server.stderr.line("Is a directory (os error 21)");
    // A link is replaced, not what it leads to.
    assert_eq!(put(&server, "rw", "/link", "x"), 204);
    assert!(server.path("out/file").exists());

    let delete =
        |socket: &str, path: &str| ask(&server, socket, &format!("DELETE {path}"), "").status;
    assert_eq!(delete("rw", "/new"), 204);
    assert_eq!(delete("rw", "/new"), 404);
    assert_eq!(delete("rw", "/.new"), 403);
    assert_eq!(delete("ro", "/a.txt"), 405);
    assert!(!server.path("root/new").exists());
    let post = ask(&server, "rw", "POST /a.txt", "Content-Length: 0\r\n");
    assert_eq!(
        (post.status, post.text().as_str()),
        (501, "Not Implemented")
    );
}

#[test]
fn a_file_appears_only_when_it_is_complete() {
    let server = setup().start();
    let files = || std::fs::read_dir(server.path("root/up")).unwrap().count();
    let start = |client: &mut Client| {
        client.send("PUT /up/file HTTP/1.1\r\nHost: x\r\nContent-Length: 600000\r\n\r\n");
        client.send(vec![b'x'; 300_000]);
        while !server.path("root/up").exists() || files() == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(!server.path("root/up/file").exists());
    };
    let mut client = server.connect_to("rw");
    start(&mut client);
    client.send(vec![b'x'; 300_000]);
    assert_eq!(client.head().status, 204);
    assert_eq!(
        std::fs::metadata(server.path("root/up/file"))
            .unwrap()
            .len(),
        600_000
    );
    std::fs::remove_dir_all(server.path("root/up")).unwrap();

    let mut client = server.connect_to("rw");
    start(&mut client);
    drop(client);
    let since = std::time::Instant::now();
    while files() > 0 {
        assert!(since.elapsed() < PATIENCE, "the temporary file stays");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_worker_uses_it_as_a_service() {
    let code = "export default { async fetch(request, { files }) {
        const put = await files.fetch('http://any/made/here', { method: 'PUT', body: new Blob(['abc']).stream() });
        const get = await files.fetch('http://any/made/here', { headers: { range: 'bytes=1-' } });
        const list = await (await files.fetch('http://any/made')).json();
        const big = await (await files.fetch('http://any/big')).arrayBuffer();
        return Response.json([put.status, get.status, await get.text(), list, big.byteLength]);
    } }";
    let server = setup()
        .worker_with(
            "main",
            code,
            "bindings = [(name = \"files\", service = \"rw\")]",
        )
        .socket("http", "main")
        .start();
    assert_eq!(
        server.get("/").text(),
        r#"[204,206,"bc",[{"name":"here","type":"file"}],1000000]"#
    );
}

#[test]
fn the_directory_may_come_from_the_command_line() {
    let server = Setup::new()
        .directory("other")
        .file("other/a", "there")
        .service("(name = \"files\", disk = (writable = false))")
        .socket("http", "files")
        .argument("--directory-path=files=other")
        .start();
    assert_eq!(server.get("/a").text(), "there");
    for (arguments, text) in [
        (
            &[][..],
            "service files: Directory \"files\" has no path in the config, so must be specified on the command line with `--directory-path`.\n",
        ),
        (
            &["-dfiles=nope"],
            "service files: Directory named \"files\" not found: nope\n",
        ),
    ] {
        let mut setup = Setup::new()
            .service("(name = \"files\", disk = (writable = false))")
            .socket("http", "files");
        for argument in arguments {
            setup = setup.argument(argument);
        }
        let (status, _, stderr) = setup.fail();
        assert_eq!((status, stderr.as_str()), (Some(1), text));
    }
}
