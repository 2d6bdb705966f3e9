//! The stages between a parsed request and its response: entering an isolate, and whole `fetch`
//! events of small Workers, without sockets.

use std::rc::Rc;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use io::{IoContext, SubrequestChannel};
use jsg::modules::{Bundle, Source};
use net::Body;
use runtime::console::Output;
use runtime::events::fetch::{WorkerChannel, fetch};
use runtime::pool::Pool;
use runtime::{Binding, BindingValue, ChannelId, Code, Definition, Entrypoint, Host, Worker};
use web::fetch::RequestSource;

const HELLO: &str = r#"export default { fetch(req) { return new Response("Hello World\n"); } }"#;
const HEADERS: &str = r#"export default { async fetch(req) { const u = new URL(req.url); const h = new Headers(req.headers);
 h.set("x-path", u.pathname); h.append("x-q", u.searchParams.get("q") ?? ""); h.delete("user-agent");
 return new Response(u.pathname, { status: 201, headers: h }); } }"#;
const HOP: &str = "export default { fetch(req, env) { return env.NEXT.fetch(req); } }";

struct Silent;

impl Output for Silent {
    fn write(&self, _: web::console::Level, _: &str) {}
}

/// A host with one Worker behind channel 0.
struct OneWorker {
    next: Option<Rc<Worker>>,
    pool: Pool,
}

impl Host for OneWorker {
    fn subrequest_channel(&self, _: ChannelId) -> Rc<dyn SubrequestChannel> {
        let worker = self.next.clone().expect("only bound Workers ask");
        Rc::new(WorkerChannel {
            worker,
            entrypoint: Entrypoint::default(),
        })
    }

    fn console(&self) -> Rc<dyn Output> {
        Rc::new(Silent)
    }

    fn pool(&self) -> &Pool {
        &self.pool
    }
}

fn worker(code: &'static str, next: Option<Rc<Worker>>) -> Rc<Worker> {
    let bindings = match next {
        Some(_) => vec![Binding {
            name: "NEXT".into(),
            value: BindingValue::Service(ChannelId(0)),
        }],
        None => Vec::new(),
    };
    let modules = vec![Arc::new(Source::es_module("w.js", code))];
    let code = Code::Modules(Arc::new(Bundle { modules }));
    let definition = Definition {
        bindings,
        ..Definition::new("bench", jsg_test::at("2024-09-23"), code)
    };
    Worker::new(
        Arc::new(definition),
        Rc::new(OneWorker {
            next,
            pool: Pool::default(),
        }),
    )
}

fn request() -> http::request::Parts {
    let request = http::Request::get("http://example.com/some/path?q=1")
        .header("host", "example.com")
        .header("user-agent", "bench");
    request.body(()).expect("a valid request").into_parts().0
}

fn events(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let local = tokio::task::LocalSet::new();
    let mut group = c.benchmark_group("fetch event");
    let hello = worker(HELLO, None);
    let cases = [
        ("hello", hello.clone()),
        ("headers and url", worker(HEADERS, None)),
        ("one hop", worker(HOP, Some(hello))),
    ];
    for (name, worker) in cases {
        group.bench_function(name, |b| {
            b.iter(|| {
                let (worker, entrypoint) = (&worker, Entrypoint::default());
                local.block_on(&runtime, async {
                    fetch(
                        worker,
                        &entrypoint,
                        request(),
                        Body::empty(),
                        RequestSource::Subrequest,
                    )
                    .await
                })
            });
        });
    }
    group.finish();
}

fn enter(c: &mut Criterion) {
    let isolate = Rc::new(jsg_test::isolate());
    c.bench_function("enter an isolate", |b| b.iter(|| isolate.enter(|_| ())));
    c.bench_function("an event that does nothing", |b| {
        b.iter(|| IoContext::new(isolate.clone()).run(|_| ()));
    });
}

criterion_group!(benches, enter, events);
criterion_main!(benches);
