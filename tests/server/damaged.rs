//! Data directories that something has damaged: what cannot be read is refused with an error, the log says where it is, and
//! other objects carry on.

use std::fs;
use std::path::Path;

use crate::harness::{Server, ours_only};
use crate::storage::Store;

const CODE: &str = r#"
import { DurableObject } from "cloudflare:workers";
async function count({ storage }) {
  const count = ((await storage.get("count")) ?? 0) + 1;
  await storage.put("count", count);
  return count;
}
export class Inner extends DurableObject {
  count() { return count(this.ctx); }
}
export class Store extends DurableObject {
  async fetch(request) {
    const { storage, facets, exports, id } = this.ctx;
    switch (new URL(request.url).pathname) {
      case "/id": return new Response(id.toString());
      case "/count": return new Response(await count(this.ctx));
      case "/facet": return new Response(await facets.get("inner", () => ({ class: exports.Inner })).count());
      case "/forget": facets.delete("inner"); return new Response("forgotten");
      case "/clear": await storage.deleteAll(); return new Response("cleared");
      case "/alarm": await storage.setAlarm(Date.now() + 3_600_000); return new Response("set");
    }
  }
  alarm() {}
}
export default { fetch(request, env) {
  const object = env.STORE.getByName(new URL(request.url).searchParams.get("of"));
  return object.fetch(request).catch((error) => new Response(error.message, { status: 500 }));
} };
"#;

const FIELDS: &str = "compatibilityFlags = [\"experimental\"], ";

/// Servers of one directory, which has two objects, "one" and "two".
struct Place {
    store: Store,
    one: String,
    two: String,
}

impl Place {
    fn new() -> Self {
        let mut place = Self {
            store: Store::new(),
            one: String::new(),
            two: String::new(),
        };
        let mut server = place.serve();
        for object in ["one", "two"] {
            assert_eq!(text(&server, "/count", object), "1");
            assert_eq!(text(&server, "/facet", object), "1");
        }
        place.one = text(&server, "/id", "one");
        place.two = text(&server, "/id", "two");
        server.signal("TERM");
        server.wait();
        place
    }

    fn serve(&self) -> Server {
        let setup = self.store.setup_with(CODE, FIELDS);
        setup.argument("--experimental").start()
    }
}

fn text(server: &Server, path: &str, object: &str) -> String {
    server.get(&format!("{path}?of={object}")).text()
}

#[track_caller]
fn refused(server: &Server, path: &str, named: &str) {
    let text = text(server, path, "one");
    assert!(text.starts_with("internal error"), "{path}: {text}");
    server.stderr.line(named);
}

fn replace(file: &Path, from: &[u8], to: &[u8]) {
    let mut bytes = fs::read(file).unwrap();
    let at = bytes.windows(from.len()).position(|part| part == from);
    let at = at.expect("it is there");
    bytes[at..at + to.len()].copy_from_slice(to);
    fs::write(file, bytes).unwrap();
}

fn becomes_a_directory(file: &Path, _other: &Path) {
    fs::remove_file(file).unwrap();
    fs::create_dir(file).unwrap();
}

fn links_to_the_other(file: &Path, other: &Path) {
    fs::remove_file(file).unwrap();
    std::os::unix::fs::symlink(other, file).unwrap();
}

/// What happens to the database of "one"; that of "two" comes second.
type Damage = fn(&Path, &Path);

const DAMAGES: &[(&str, Damage)] = &[
    ("its second half is missing", |file, _| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    }),
    ("only some of its first page is there", |file, _| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..100]).unwrap();
    }),
    ("its table has other columns", |file, _| {
        replace(file, b"key TEXT PRIMARY", b"kex TEXT PRIMARY");
    }),
    ("its table has more columns", |file, _| {
        replace(file, b"value BLOB", b"v,a, u,b,c");
    }),
    ("its schema is no SQL", |file, _| {
        replace(file, b"CREATE TABLE", b"DETONATE BOMB");
    }),
    ("it is a directory", becomes_a_directory),
    ("it is a link to nothing", |file, _| {
        fs::remove_file(file).unwrap();
        std::os::unix::fs::symlink("nothing", file).unwrap();
    }),
    ("it is a link to that of another object", links_to_the_other),
];

#[test]
fn databases_that_are_damaged_are_refused_and_named() {
    if ours_only() {
        return;
    }
    for (what, damage) in DAMAGES {
        eprintln!("{what}");
        let place = Place::new();
        let name = format!("{}.sqlite", place.one);
        let other = place.store.file(&format!("{}.sqlite", place.two));
        damage(&place.store.file(&name), &other);
        let server = place.serve();
        refused(&server, "/count", &name);
        refused(&server, "/count", &name);
        assert_eq!(text(&server, "/count", "two"), "2");
        assert_eq!(text(&server, "/facet", "two"), "2");
    }
}

#[test]
fn an_index_of_facets_that_is_damaged_is_refused_and_named() {
    if ours_only() {
        return;
    }
    let damages: [Damage; 3] = [
        |file, _| fs::write(file, "something else").unwrap(),
        becomes_a_directory,
        links_to_the_other,
    ];
    for damage in damages {
        let place = Place::new();
        let name = format!("{}.facets", place.one);
        let other = place.store.file(&format!("{}.facets", place.two));
        damage(&place.store.file(&name), &other);
        let server = place.serve();
        refused(&server, "/facet", &name);
        refused(&server, "/forget", &name);
        assert_eq!(text(&server, "/count", "one"), "2");
        // It does not say that all is gone, for the facet is not.
        refused(&server, "/clear", &name);
        assert_eq!(text(&server, "/facet", "two"), "2");
        assert_eq!(text(&server, "/forget", "two"), "forgotten");
        assert_eq!(text(&server, "/facet", "two"), "1");
    }
}

#[test]
fn a_table_of_alarms_that_is_damaged_is_named_and_objects_carry_on() {
    if ours_only() {
        return;
    }
    let damages: [Damage; 3] = [
        |file, _| fs::write(file, [b'x'; 8192]).unwrap(),
        becomes_a_directory,
        |file, other| {
            fs::remove_file(file).unwrap();
            fs::copy(other, file).unwrap();
            replace(file, b"_cf_KV (", b"_cf_ALARM(");
        },
    ];
    for damage in damages {
        let place = Place::new();
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(place.store.file(&format!("metadata.sqlite{suffix}")));
        }
        let other = place.store.file(&format!("{}.sqlite", place.two));
        damage(&place.store.file("metadata.sqlite"), &other);
        let server = place.serve();
        server.stderr.line("metadata.sqlite");
        for object in ["one", "two"] {
            assert_eq!(text(&server, "/count", object), "2");
            assert_eq!(text(&server, "/facet", object), "2");
        }
        let message = text(&server, "/alarm", "one");
        assert_ne!(message, "set");
    }
}
