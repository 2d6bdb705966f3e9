//! Durable Objects behind a socket: what they hold in memory, what a client sees of one that fails, WebSockets that
//! one object joins.

use crate::harness::Setup;
use crate::websocket_peer::Socket;

const CODE: &str = "import { DurableObject } from 'cloudflare:workers';
export class Room extends DurableObject {
  count = 0;
  sockets = [];
  constructor(ctx, env) {
    super(ctx, env);
    if (ctx.id.name === '/stillborn') throw new Error('no');
  }
  async fetch(request) {
    if (request.headers.get('Upgrade') === 'websocket') {
      const [client, server] = Object.values(new WebSocketPair());
      server.accept();
      this.sockets.push(server);
      server.addEventListener('message', ({ data }) => {
        for (const socket of this.sockets) socket.send(data);
      });
      return new Response(null, { status: 101, webSocket: client });
    }
    const { search } = new URL(request.url);
    if (search === '?tick') setInterval(() => {}, 60_000);
    if (search === '?wait') this.wait = scheduler.wait(60_000);
    if (search === '?abort') this.ctx.abort('because');
    if (search === '?stream') {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      const write = async () => {
        for (let i = 0; i < 5; ++i) {
          await scheduler.wait(1);
          await writer.write(new TextEncoder().encode(String(i)));
        }
        await writer.close();
      };
      this.ctx.waitUntil(write());
      return new Response(readable);
    }
    return new Response(String(++this.count));
  }
}
export default {
  fetch(request, env) {
    return env.ROOM.getByName(new URL(request.url).pathname).fetch(request);
  },
};";

fn setup() -> Setup {
    let fields = "bindings = [(name = \"ROOM\", durableObjectNamespace = \"Room\")],
        durableObjectNamespaces = [(className = \"Room\", uniqueKey = \"room\")],
        durableObjectStorage = (inMemory = void)";
    Setup::new()
        .worker_with("main", CODE, fields)
        .socket("http", "main")
}

#[test]
fn objects_stay_between_requests() {
    let server = setup().start();
    for expected in ["1", "2", "3"] {
        assert_eq!(server.get("/a").text(), expected);
    }
    assert_eq!(server.get("/b").text(), "1");
    assert_eq!(server.get("/a?stream").text(), "01234");
    assert_eq!(server.get("/a").text(), "4");
}

/// What an object has started keeps it in memory, though no event waits for it.
#[test]
fn objects_with_tasks_under_way_are_not_evicted() {
    let server = setup().start();
    for path in ["/idle", "/timer?tick", "/task?wait"] {
        assert_eq!(server.get(path).text(), "1");
    }
    // Time that an object may be idle, and then some: to ask whether it is there would wake it.
    std::thread::sleep(std::time::Duration::from_secs(13));
    assert_eq!(server.get("/timer").text(), "2");
    assert_eq!(server.get("/task").text(), "2");
    assert_eq!(server.get("/idle").text(), "1");
}

#[test]
fn a_broken_object_is_a_failure_and_the_next_one_is_new() {
    let server = setup().start();
    assert_eq!(server.get("/a").text(), "1");
    let broken = server.get("/a?abort");
    assert_eq!(
        (broken.status, &*broken.text()),
        (500, "Internal Server Error")
    );
    assert_eq!(server.get("/a").text(), "1");
    for _ in 0..2 {
        assert_eq!(server.get("/stillborn").status, 500);
    }
}

#[test]
fn one_object_joins_web_sockets() {
    let server = setup().start();
    let mut one = Socket::open(&server, "/room");
    let mut two = Socket::open(&server, "/room");
    one.say("hello");
    assert_eq!(one.text(), "hello");
    assert_eq!(two.text(), "hello");
    two.say("back");
    assert_eq!(one.text(), "back");
    assert_eq!(two.text(), "back");
}

const FACETS: &str = "import { DurableObject } from 'cloudflare:workers';
export class Leaf extends DurableObject {
  put(value) { this.ctx.storage.kv.put('v', value); }
  get() { return this.ctx.storage.kv.get('v'); }
  within(name) { return facet(this, name).get(); }
  putWithin(name, value) { return facet(this, name).put(value); }
}
const facet = (object, name) => object.ctx.facets.get(name, () => ({ class: object.ctx.exports.Leaf }));
export class Root extends DurableObject {
  async write() {
    await facet(this, 'one').put(1);
    await facet(this, 'two').put(2);
    await facet(this, 'one').putWithin('inner', 3);
    this.ctx.facets.clone('one', 'copy');
    this.ctx.facets.delete('two');
  }
  async read() {
    return [
      await facet(this, 'one').get(),
      await facet(this, 'two').get(),
      await facet(this, 'copy').get(),
      await facet(this, 'copy').within('inner'),
    ];
  }
}
export default {
  async fetch(request, env) {
    const root = env.ROOT.getByName('x');
    if (request.url.endsWith('write')) await root.write();
    return Response.json(await root.read());
  },
};";

#[test]
fn facets_are_stored_beside_their_object() {
    let fields = "bindings = [(name = \"ROOT\", durableObjectNamespace = \"Root\")],
        durableObjectNamespaces = [(className = \"Root\", uniqueKey = \"root\", enableSql = true)],
        durableObjectStorage = (localDisk = \"disk\")";
    let setup = Setup::new()
        .directory("disk")
        .worker_with("main", FACETS, fields)
        .socket("http", "main");
    let disk = setup.path("disk");
    let path = disk.display().to_string();
    let setup = setup.service(&format!(
        "(name = \"disk\", disk = (path = \"{path}\", writable = true))"
    ));
    let server = setup.start();
    assert_eq!(server.get("/write").text(), "[1,null,1,3]");
    let id = "8f7deab6f027b6815a470a8b19c9a6f2405b134c7b3ce4e6d9cf9c633c79b828";
    let objects = disk.join("root");
    // `one`, `two`, `inner`, `copy` and the `inner` of that: in the order in which they were named.
    let index = std::fs::read(objects.join(format!("{id}.facets"))).unwrap();
    assert_eq!(
        index,
        b"\x57\xef\xb0\xc5\x5b\xce\xcd\xc4\0\0\x03\0one\0\0\x03\0two\x01\0\x05\0inner\0\0\x04\0copy\x04\0\x05\0inner"
    );
    for number in [1, 2, 3, 4, 5] {
        let file = objects.join(format!("{id}.{number}.sqlite"));
        assert!(file.exists(), "{number}");
    }
}
