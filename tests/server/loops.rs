//! Durable Objects on several event loops: requests come in on any of them, each object lives on one.

use std::thread;

use crate::harness::{Server, Setup, ours_only};
use crate::websocket_peer::Socket;

const OBJECTS: &str = "
import { DurableObject, RpcTarget } from 'cloudflare:workers';
class Counter extends RpcTarget {
  constructor(object) { super(); this.object = object; }
  add(number) { return this.object.count += number; }
  each(callback) { return callback(this.object.count); }
}
export class Room extends DurableObject {
  count = 0;
  increment() { return ++this.count; }
  counter() { return new Counter(this); }
  async fetch(request) {
    const { pathname, search } = new URL(request.url);
    if (pathname === '/echo') return new Response(request.body);
    if (pathname === '/never') return new Promise(() => {});
    if (pathname === '/slow') {
      console.log(`begun ${search};`);
      await new Promise((resolve) => setTimeout(resolve, 500));
      return new Response('slow');
    }
    if (pathname === '/socket') {
      const [client, server] = Object.values(new WebSocketPair());
      server.accept();
      server.addEventListener('message', ({ data }) => server.send(`${++this.count} ${data}`));
      return new Response(null, { status: 101, webSocket: client });
    }
    throw new RangeError('no such path');
  }
}
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const name = url.searchParams.get('name');
    const room = env.ROOM.get(env.ROOM.idFromName(name));
    if (url.pathname === '/increment') return new Response(await room.increment());
    if (url.pathname === '/rpc') {
      using counter = await room.counter();
      const piped = await room.counter().add(0);
      const called = await counter.each((count) => `here ${count}`);
      return new Response(`${await counter.add(2)} ${piped} ${called}`);
    }
    try {
      return await room.fetch(request);
    } catch (error) {
      return new Response(`${error} ${error.remote}`, { status: 500 });
    }
  },
};";

fn start(threads: usize) -> Server {
    let fields = "durableObjectNamespaces = [(className = \"Room\", uniqueKey = \"a\")], \
        durableObjectStorage = (inMemory = void), bindings = [(name = \"ROOM\", durableObjectNamespace = \"Room\")]";
    Setup::new()
        .worker_with("main", OBJECTS, fields)
        .socket("http", "main")
        .argument(&format!("--threads={threads}"))
        .start()
}

/// Runs `test` with one, two and four loops.
fn over_loops(test: impl Fn(&mut Server)) {
    if ours_only() {
        return;
    }
    for threads in [1, 2, 4] {
        test(&mut start(threads));
    }
}

#[test]
fn an_object_is_one_for_all_loops() {
    over_loops(|server| {
        let server = &*server;
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(move || {
                    let mut client = server.connect();
                    for turn in 0..40 {
                        client.get(&format!("/increment?name={}", turn % 4));
                    }
                });
            }
        });
        for name in 0..4 {
            let count = server.get(&format!("/increment?name={name}")).text();
            assert_eq!(count, "81");
        }
    });
}

#[test]
fn references_cross_loops() {
    over_loops(|server| {
        for name in 0..6 {
            let text = server.get(&format!("/rpc?name={name}")).text();
            assert_eq!(text, "2 0 here 0");
        }
    });
}

#[test]
fn bodies_and_errors_cross_loops() {
    over_loops(|server| {
        let body = "0123456789".repeat(200_000);
        for name in 0..4 {
            let mut client = server.connect();
            client.send(format!(
                "POST /echo?name={name} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ));
            assert!(client.response().text() == body);
            let failed = client.get(&format!("/x?name={name}"));
            assert_eq!(failed.text(), "RangeError: no such path true");
        }
    });
}

#[test]
fn web_sockets_cross_loops() {
    over_loops(|server| {
        for name in 0..4 {
            let mut socket = Socket::open(server, &format!("/socket?name={name}"));
            for turn in 1..4 {
                socket.say("hello");
                assert_eq!(socket.text(), format!("{turn} hello"));
            }
        }
    });
}

#[test]
fn a_client_that_leaves_ends_nothing_else() {
    over_loops(|server| {
        for name in 0..4 {
            let mut client = server.connect();
            client.send(format!(
                "GET /never?name={name} HTTP/1.1\r\nHost: a\r\n\r\n"
            ));
            drop(client);
            let count = server.get(&format!("/increment?name={name}")).text();
            assert_eq!(count, "1");
        }
    });
}

#[test]
fn loops_wait_for_each_other_at_the_end() {
    over_loops(|server| {
        let mut clients: Vec<_> = (0..4).map(|_| server.connect()).collect();
        for (name, client) in clients.iter_mut().enumerate() {
            client.send(format!("GET /slow?name={name} HTTP/1.1\r\nHost: a\r\n\r\n"));
            server.stdout.line(&format!("begun ?name={name};"));
        }
        server.signal("TERM");
        for client in &mut clients {
            assert_eq!(client.response().text(), "slow");
        }
        assert_eq!(server.wait().code(), Some(0));
    });
}
