//! Storage of Durable Objects on disk: after a restart, after a kill, and between servers.
//!
//! What the real workerd has written is read here and the other way round, if `WORKERD_REAL` names its binary.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::{Server, Setup, real};

const CODE: &str = r#"
export class Store {
  constructor(ctx) { this.storage = ctx.storage }
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const { storage } = this;
    const { sql } = storage;
    switch (pathname) {
      case "/fill":
        await storage.put({ object: { map: new Map([[1, new Date(5)]]), bytes: new Uint8Array([1, 2]) }, text: "ü" });
        sql.exec("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT); INSERT INTO t (b) VALUES ('x'), ('y')");
        sql.exec("CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('a quick fox')");
        return new Response("filled");
      case "/show": {
        const object = await storage.get("object");
        return Response.json([
          [...object.map], [...object.bytes], await storage.get("text"),
          sql.exec("SELECT * FROM t").toArray(), sql.exec("SELECT body FROM f('quick')").toArray(),
        ]);
      }
      case "/count": {
        const count = ((await storage.get("count")) ?? 0) + 1;
        await storage.put("count", count);
        sql.exec("CREATE TABLE IF NOT EXISTS c (n INTEGER PRIMARY KEY)");
        sql.exec("INSERT INTO c VALUES (?)", count);
        return new Response(String(count));
      }
      case "/counted": {
        const rows = sql.exec("SELECT count(*) AS n, max(n) AS m FROM c").one();
        return Response.json([await storage.get("count"), rows.n, rows.m]);
      }
      case "/copies":
        for (let number = 0; number < 200; ++number) {
          storage.put(`copy ${number}`, {
            map: new Map([["key", { deep: [1, 2.5, -3n, "text", null, undefined] }]]), set: new Set([true, "ü"]),
            when: new Date(5), pattern: /a+/g, error: new TypeError("no"), big: 2n ** 80n, sparse: [, 1],
            bytes: new Uint8Array([1, 2, 3]), view: new DataView(new ArrayBuffer(8), 2, 4), end: "the end",
          });
        }
        return new Response("copied");
      case "/read": {
        const results = [0, 0];
        for (let number = 0; number < 200; ++number) {
          try {
            // To its last corner.
            structuredClone(await storage.get(`copy ${number}`));
            ++results[0];
          } catch (error) {
            if (!error.message.startsWith("internal error")) throw error;
            ++results[1];
          }
        }
        return Response.json(results);
      }
      case "/raw":
        return new Response(String(await storage.get(searchParams.get("key")).then(() => "read", (e) => e.message)));
    }
  }
}
export default { fetch: (request, env) =>
  env.STORE.get(env.STORE.idFromName("one")).fetch(request).catch((error) => new Response(error.message, { status: 500 })) };
"#;

/// A server whose objects are stored in `store`.
fn server(store: &Store) -> Setup {
    store.setup(CODE)
}

/// Runs `test` with what starts this server and what starts the real one on the same store, in one order and, on a
/// store of its own, in the other.
pub fn in_either_order(
    server: fn(&Store) -> Setup,
    test: fn(first: &dyn Fn() -> Server, second: &dyn Fn() -> Server),
) {
    let Some(real) = real() else {
        return;
    };
    for ours_first in [true, false] {
        eprintln!("ours first: {ours_first}");
        let store = Store::new();
        let ours = || server(&store).start();
        let theirs = || server(&store).program(&real).start();
        if ours_first {
            test(&ours, &theirs);
        } else {
            test(&theirs, &ours);
        }
    }
}

/// A directory for what is stored; gone after the test.
pub struct Store(PathBuf);

impl Store {
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("store-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A server of this Worker, whose objects are stored here.
    pub fn setup(&self, code: &str) -> Setup {
        self.setup_with(code, "")
    }

    /// The same, with more fields of the Worker.
    pub fn setup_with(&self, code: &str, fields: &str) -> Setup {
        let disk = format!(
            "(name = \"store\", disk = (path = \"{}\", writable = true))",
            self.0.display()
        );
        Setup::new()
            .worker_with(
                "main",
                code,
                &format!(
                    "{fields}durableObjectNamespaces = [(className = \"Store\", uniqueKey = \"stores\", enableSql = true)], \
                     durableObjectStorage = (localDisk = \"store\"), \
                     bindings = [(name = \"STORE\", durableObjectNamespace = \"Store\")]"
                ),
            )
            .service(&disk)
            .socket("http", "main")
    }

    /// The files of the namespace.
    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.0.join("stores")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// A file of the namespace.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join("stores").join(name)
    }

    /// The database of the object.
    fn database(&self) -> PathBuf {
        let is_database = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.len() > 64 && name.ends_with(".sqlite")
        };
        self.files().into_iter().find(is_database).unwrap()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const SHOWN: &str = r#"[[[1,"1970-01-01T00:00:00.005Z"]],[1,2],"ü",[{"a":1,"b":"x"},{"a":2,"b":"y"}],[{"body":"a quick fox"}]]"#;

#[test]
fn what_was_stored_is_there_after_a_restart() {
    let store = Store::new();
    let mut first = server(&store).start();
    assert_eq!(first.get("/fill").text(), "filled");
    first.end("TERM");
    assert!(store.database().exists());
    let second = server(&store).start();
    assert_eq!(second.get("/show").text(), SHOWN);
}

#[test]
fn either_server_opens_what_the_other_has_stored() {
    in_either_order(server, |first_kind, second_kind| {
        let mut first = first_kind();
        assert_eq!(first.get("/fill").text(), "filled");
        assert_eq!(first.get("/count").text(), "1");
        // With its log as it is.
        first.end("KILL");
        let mut second = second_kind();
        assert_eq!(second.get("/show").text(), SHOWN);
        assert_eq!(second.get("/count").text(), "2");
        second.end("TERM");
        let third = first_kind();
        assert_eq!(third.get("/counted").text(), "[2,2,2]");
    });
}

#[test]
fn files_of_something_else_are_refused_and_left_alone() {
    let store = Store::new();
    let mut first = server(&store).start();
    first.get("/count");
    first.end("TERM");
    let file = store.database();
    let foreign = vec![b'x'; 8192];
    std::fs::write(&file, &foreign).unwrap();
    let second = server(&store).start();
    for _ in 0..2 {
        let response = second.get("/count");
        assert_eq!(response.status, 500);
        assert!(
            response.text().contains("internal error"),
            "{}",
            response.text()
        );
    }
    assert_eq!(std::fs::read(&file).unwrap(), foreign);
}

#[test]
fn a_value_that_cannot_be_read_is_an_error_and_others_are_fine() {
    let store = Store::new();
    let mut first = server(&store).start();
    first.get("/fill");
    first.end("TERM");
    let file = store.database();
    let mut bytes = std::fs::read(&file).unwrap();
    let object = bytes.windows(3).position(|window| window == b"\xff\x0fo");
    bytes[object.unwrap() + 2] = 0xfe;
    std::fs::write(&file, bytes).unwrap();
    let second = server(&store).start();
    let message = second.get("/raw?key=object").text();
    assert!(message.starts_with("internal error"), "{message}");
    assert_eq!(second.get("/raw?key=text").text(), "read");
}

#[test]
fn values_with_broken_bytes_are_read_as_others_or_refused() {
    let store = Store::new();
    let mut first = server(&store).start();
    assert_eq!(first.get("/copies").text(), "copied");
    first.end("TERM");
    let file = store.database();
    let whole = std::fs::read(&file).unwrap();
    let is_start = |place: &usize| whole[*place..].starts_with(b"\xff\x0fo");
    let starts: Vec<usize> = (0..whole.len() - 3).filter(is_start).collect();
    // Pages that were split keep what has moved.
    assert!(starts.len() >= 200);
    let end = whole[starts[0]..]
        .windows(7)
        .position(|window| window == b"the end")
        .unwrap();
    let mut noise: u64 = 1;
    let mut below = |limit: usize| {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (noise >> 33) as usize % limit
    };
    for _ in 0..4 {
        let mut bytes = whole.clone();
        for start in &starts {
            for _ in 0..=below(3) {
                bytes[start + 2 + below(end - 2)] = below(256) as u8;
            }
        }
        std::fs::write(&file, bytes).unwrap();
        let mut second = server(&store).start();
        let results = second.get("/read").text();
        let numbers: Vec<u32> = results
            .trim_matches(['[', ']'])
            .split(',')
            .map(|number| number.parse().unwrap_or_else(|_| panic!("{results}")))
            .collect();
        assert_eq!(numbers[0] + numbers[1], 200);
        assert!(numbers[0] > 0 && numbers[1] > 0, "{results}");
        second.end("TERM");
    }
}
