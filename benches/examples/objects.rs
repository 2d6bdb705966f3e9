//! Durable Objects and hibernating WebSockets by the thousand: how long they take, and how much memory each.
//!
//!     cargo run --release -p benches --example objects -- target/release/workerd [objects] [sockets] [loops]

#![expect(clippy::print_stdout, reason = "a command")]

mod server;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use server::{Result, Server, get};

const CODE: &str = "import { DurableObject } from 'cloudflare:workers';
export class Room extends DurableObject {
  count = 0;
  increment() { return ++this.count; }
  async put() { await this.ctx.storage.put('count', ++this.count); return this.count; }
  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }
  webSocketMessage(socket, message) { socket.send(message); }
}
const room = (env, name) => env.ROOM.get(env.ROOM.idFromName(name));
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const method = pathname.slice(1);
    if (method === 'socket') return room(env, `room ${searchParams.get('room')}`).fetch(request);
    const calls = [];
    for (let number = Number(searchParams.get('from')); number < Number(searchParams.get('to')); ++number) {
      calls.push(room(env, `${method} ${number}`)[method]());
    }
    const results = await Promise.all(calls);
    return new Response(`${results.reduce((one, other) => one + other, 0)}`);
  },
};";

fn config(eviction: &str) -> String {
    format!(
        "using Workerd = import \"/workerd/workerd.capnp\";
const config :Workerd.Config = (
  services = [
    (name = \"main\", worker = (
      modules = [(name = \"main.js\", esModule = embed \"main.js\")],
      compatibilityDate = \"2026-11-01\",
      durableObjectNamespaces = [(className = \"Room\", uniqueKey = \"a\", enableSql = true, {eviction})],
      durableObjectStorage = (localDisk = \"disk\"),
      bindings = [(name = \"ROOM\", durableObjectNamespace = \"Room\")],
    )),
    (name = \"disk\", disk = (path = \".\", writable = true)),
  ],
  sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = (), service = \"main\")],
);
"
    )
}

/// Objects that one request calls.
const OBJECTS_OF_ONE: usize = 500;
/// WebSockets of one object.
const SOCKETS_OF_ONE: usize = 50;
/// Longer than an object stays in memory without being used.
const EVICTION: Duration = Duration::from_secs(13);

/// Calls each object once. How long that took.
fn call_each(server: &Server, method: &str, objects: usize) -> Result<Duration> {
    let start = Instant::now();
    for from in (0..objects).step_by(OBJECTS_OF_ONE) {
        let to = (from + OBJECTS_OF_ONE).min(objects);
        let answer = get(server.port, &format!("/{method}?from={from}&to={to}"))?;
        answer
            .lines()
            .rfind(|line| line.parse::<usize>().is_ok_and(|sum| sum >= to - from))
            .ok_or(answer.clone())?;
    }
    Ok(start.elapsed())
}

fn measure_objects(binary: &str, objects: usize, loops: usize) -> Result<()> {
    for method in ["increment", "put"] {
        let server = Server::start(binary, CODE, &config("preventEviction = true"), loops)?;
        call_each(&server, method, 100)?;
        let before = server.resident()?;
        let first = call_each(&server, method, objects)?;
        let after = server.resident()?;
        let again = call_each(&server, method, objects)?;
        println!(
            "{objects} objects, {method}: {first:.2?}, again {again:.2?}; {before:.0} MiB before, {after:.0} MiB after, {:.1} KiB each",
            (after - before) * 1024.0 / objects as f64,
        );
    }
    Ok(())
}

/// An open WebSocket.
fn connect(port: u16, room: usize) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    write!(
        stream,
        "GET /socket?room={room} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    match head.starts_with(b"HTTP/1.1 101") {
        true => Ok(stream),
        false => Err(String::from_utf8_lossy(&head).into()),
    }
}

/// A message there and back on each.
fn echo(sockets: &mut [TcpStream]) -> Result<Duration> {
    let start = Instant::now();
    for socket in &mut *sockets {
        // Text, two bytes, masked with zeros.
        socket.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i'])?;
    }
    for socket in sockets {
        let mut answer = [0; 4];
        socket.read_exact(&mut answer)?;
        if answer != [0x81, 2, b'h', b'i'] {
            return Err("another answer".into());
        }
    }
    Ok(start.elapsed())
}

fn measure_sockets(binary: &str, count: usize, loops: usize) -> Result<()> {
    let server = Server::start(binary, CODE, &config("preventEviction = false"), loops)?;
    drop(connect(server.port, 0)?);
    let before = server.resident()?;
    let start = Instant::now();
    let mut sockets = (0..count)
        .map(|number| connect(server.port, number / SOCKETS_OF_ONE))
        .collect::<Result<Vec<_>>>()?;
    let opened = start.elapsed();
    let open = server.resident()?;
    thread::sleep(EVICTION);
    let hibernating = server.resident()?;
    let echoed = echo(&mut sockets)?;
    println!(
        "{count} WebSockets opened in {opened:.2?}: {before:.0} MiB before, {open:.0} MiB open, {hibernating:.0} MiB hibernating, \
         {:.1} KiB each; woken and answered on all in {echoed:.2?}; {:.0} MiB",
        (hibernating - before) * 1024.0 / count as f64,
        server.resident()?,
    );
    Ok(())
}

fn main() -> Result<()> {
    let (binary, [objects, sockets, loops]) = server::arguments([10_000, 5_000, 2])?;
    measure_objects(&binary, objects, loops)?;
    measure_sockets(&binary, sockets, loops)
}
