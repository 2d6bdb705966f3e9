//! Remote calls by the hundred thousand, all under way at once, and what other requests notice of them.
//!
//!     cargo run --release -p benches --example calls_in_flight -- target/release/workerd [calls] [seconds] [loops]
//!
//! Starts a server whose Durable Objects answer after a while, makes requests that call them all at once, and asks for
//! hello meanwhile. Prints the server's memory before, during and after each of three rounds, and how long hello took.

#![expect(clippy::print_stdout, reason = "a command")]

mod server;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use server::{Result, Server};

const CODE: &str = "import { DurableObject } from 'cloudflare:workers';
export class Room extends DurableObject {
  async wait(seconds) { await scheduler.wait(seconds * 1000); return seconds; }
}
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== '/calls') return new Response('hello');
    const calls = Number(searchParams.get('calls'));
    const seconds = Number(searchParams.get('seconds'));
    const results = [];
    for (let number = 0; number < calls; ++number) {
      results.push(env.ROOM.get(env.ROOM.idFromName(`${number % 64}`)).wait(seconds));
    }
    const good = (await Promise.all(results)).filter((result) => result === seconds);
    return new Response(`${good.length}`);
  },
};";

const CONFIG: &str = "using Workerd = import \"/workerd/workerd.capnp\";
const config :Workerd.Config = (
  services = [(name = \"main\", worker = (
    modules = [(name = \"main.js\", esModule = embed \"main.js\")],
    compatibilityDate = \"2026-11-01\",
    durableObjectNamespaces = [(className = \"Room\", uniqueKey = \"a\")],
    durableObjectStorage = (inMemory = void),
    bindings = [(name = \"ROOM\", durableObjectNamespace = \"Room\")],
  ))],
  sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = (), service = \"main\")],
);
";

/// Calls that one request makes.
const CALLS_OF_ONE: usize = 1000;
const ROUNDS: usize = 3;

/// Asks for hello until told to stop; how long each answer took.
fn hello(port: u16, is_over: &AtomicBool) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let start = Instant::now();
        server::get(port, "/")?;
        times.push(start.elapsed());
        thread::sleep(Duration::from_millis(20));
    }
    times.sort_unstable();
    Ok(times)
}

fn round(server: &Server, calls: usize, seconds: usize) -> Result<()> {
    let (port, is_over) = (server.port, AtomicBool::new(false));
    let path = format!("/calls?calls={CALLS_OF_ONE}&seconds={seconds}");
    let start = Instant::now();
    let (good, mut times, most) = thread::scope(|scope| -> Result<_> {
        let hello = scope.spawn(|| hello(port, &is_over));
        let requests: Vec<_> = (0..calls / CALLS_OF_ONE)
            .map(|_| scope.spawn(|| server::get(port, &path)))
            .collect();
        let mut most: f64 = 0.0;
        while requests.iter().any(|request| !request.is_finished()) {
            most = most.max(server.resident()?);
            thread::sleep(Duration::from_millis(100));
        }
        let mut good = 0;
        for request in requests {
            let answer = request.join().map_err(|_| "a request has panicked")??;
            good += answer
                .trim()
                .lines()
                .last()
                .unwrap_or("0")
                .parse::<usize>()
                .unwrap_or(0);
        }
        is_over.store(true, Ordering::Relaxed);
        let times = hello.join().map_err(|_| "a request has panicked")??;
        Ok((good, times, most))
    })?;
    let took = start.elapsed();
    let last = times.pop().unwrap_or_default();
    let at = |share: usize| {
        times
            .get(times.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{good} of {calls} calls in {took:.1?}, at most {most:.0} MiB; hello: median {:.1?}, p99 {:.1?}, longest {last:.1?}",
        at(50),
        at(99),
    );
    Ok(())
}

fn main() -> Result<()> {
    let (binary, [calls, seconds, loops]) = server::arguments([100_000, 60, 2])?;
    let server = Server::start(&binary, CODE, CONFIG, loops)?;
    server::get(server.port, "/calls?calls=100&seconds=0")?;
    println!("{loops} loops; {:.0} MiB at the start", server.resident()?);
    for _ in 0..ROUNDS {
        round(&server, calls, seconds)?;
        thread::sleep(Duration::from_secs(15));
        println!("{:.0} MiB afterwards", server.resident()?);
    }
    Ok(())
}
