//! A server that is killed again and again amid writes and alarms.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::harness::{Client, PATIENCE};
use crate::storage::Store;

const CODE: &str = r#"
import { DurableObject } from "cloudflare:workers";
export class Store extends DurableObject {
  async fetch(request) {
    const { storage } = this.ctx;
    const { sql } = storage;
    switch (new URL(request.url).pathname) {
      case "/count": {
        const count = ((await storage.get("count")) ?? 0) + 1;
        await storage.put("count", count);
        sql.exec("CREATE TABLE IF NOT EXISTS c (n INTEGER PRIMARY KEY)");
        sql.exec("INSERT INTO c VALUES (?)", count);
        return new Response(String(count));
      }
      case "/counted": {
        const rows = sql.exec("SELECT count(*) AS n, max(n) AS m FROM c").one();
        const ok = sql.exec("PRAGMA quick_check").one().quick_check === "ok";
        return Response.json([await storage.get("count"), rows.n, rows.m, ok ? 1 : 0]);
      }
      case "/set": {
        const set = ((await storage.get("set")) ?? 0) + 1;
        storage.put("set", set);
        await storage.setAlarm(Date.now() + set % 5 * 20);
        return new Response(String(set));
      }
      case "/set-later": {
        storage.put("set", 1);
        await storage.setAlarm(Date.now() + 500);
        return new Response("1");
      }
      case "/ran":
        return new Response(String((await storage.get("ran")) ?? 0));
    }
  }
  async alarm() {
    await this.ctx.storage.put("ran", await this.ctx.storage.get("set"));
  }
}
export default { fetch: (request, env) =>
  env.STORE.getByName(request.headers.get("object") ?? "counter").fetch(request) };
"#;

/// How often the server is killed.
const KILLS: usize = 200;
/// How many objects have alarms.
const SLEEPERS: usize = 10;

fn send(client: &mut Client, path: &str, object: &str) {
    client.send(format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nObject: {object}\r\n\r\n"
    ));
}

fn ask(client: &mut Client, path: &str, object: &str) -> String {
    send(client, path, object);
    let response = client.response();
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    response.text()
}

fn number(client: &mut Client, path: &str, object: &str) -> u64 {
    ask(client, path, object).parse().unwrap()
}

/// What is stored of the counter, after a look at whether it fits together.
fn counted(client: &mut Client) -> u64 {
    let text = ask(client, "/counted", "counter");
    let numbers: Vec<u64> = text
        .trim_matches(['[', ']'])
        .split(',')
        .map(|number| number.parse().unwrap())
        .collect();
    let count = numbers[0];
    assert_eq!(numbers, [count, count, count, 1], "one turn is one commit");
    count
}

/// The object's alarm of this number has come, or comes now.
fn has_run(client: &mut Client, object: &str, set: u64) {
    let since = Instant::now();
    loop {
        let ran = number(client, "/ran", object);
        if ran >= set {
            return;
        }
        assert!(
            since.elapsed() < PATIENCE,
            "alarm {set} of {object} is lost: {ran} came last"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn neither_a_write_nor_an_alarm_that_was_acknowledged_is_lost_by_kills() {
    let store = Store::new();
    let mut acknowledged = 0;
    let mut alarms = BTreeMap::new();
    let mut server = store.setup(CODE).start();
    assert_eq!(number(&mut server.connect(), "/count", "counter"), 1);
    for round in 0..KILLS {
        let mut client = server.connect();
        let found = counted(&mut client);
        assert!(found >= acknowledged, "{found} after {acknowledged}");
        acknowledged = found;

        let sleeper = format!("sleeper {}", round % SLEEPERS);
        if let Some(set) = alarms.get(&sleeper) {
            has_run(&mut client, &sleeper, *set);
        }
        alarms.insert(sleeper.clone(), number(&mut client, "/set", &sleeper));

        let killed = Instant::now() + Duration::from_millis(7 * round as u64 % 45);
        while Instant::now() < killed {
            acknowledged = number(&mut client, "/count", "counter");
        }
        // These may be written or not.
        send(&mut client, "/count", "counter");
        send(&mut client, "/set", &sleeper);
        server.end("KILL");
        server = store.setup(CODE).start();
    }
    let mut client = server.connect();
    assert!(counted(&mut client) >= acknowledged);
    for (sleeper, set) in &alarms {
        has_run(&mut client, sleeper, *set);
    }
}

#[test]
fn an_alarm_that_only_its_object_knows_of_comes_once_that_is_used() {
    let store = Store::new();
    let mut server = store.setup(CODE).start();
    assert_eq!(number(&mut server.connect(), "/set-later", "sleeper"), 1);
    server.end("KILL");
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(store.file(&format!("metadata.sqlite{suffix}")));
    }
    let server = store.setup(CODE).start();
    has_run(&mut server.connect(), "sleeper", 1);
}
