//! What a remote call costs: on the same loop, over a session within the loop, to another loop, and over a session that
//! writes everything as bytes. The callee is a method of an entry point, which gets an event for each call.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use futures::future::join_all;
use io::rpc::{Call, Operation};
use io::{ChannelError, SubrequestChannel};
use jsg::modules::{Bundle, Source};
use rpc::{Directory, Link, Mailbox, Session, Side, byte_link};
use runtime::console::Output;
use runtime::events::fetch::WorkerChannel;
use runtime::pool::Pool;
use runtime::{ChannelId, Code, Definition, Entrypoint, Host, Worker};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

const CODE: &str = "import { WorkerEntrypoint } from 'cloudflare:workers';
export default class extends WorkerEntrypoint { answer() { return 42; } }";

/// Calls that are under way at once in the second kind of measurement.
const AT_ONCE: usize = 100;

struct Silent;

impl Output for Silent {
    fn write(&self, _: web::console::Level, _: &str) {}
}

/// A host of Workers without bindings.
#[derive(Default)]
struct Alone {
    pool: Pool,
}

impl Host for Alone {
    fn subrequest_channel(&self, _: ChannelId) -> Rc<dyn SubrequestChannel> {
        unreachable!("the Worker has no bindings")
    }

    fn console(&self) -> Rc<dyn Output> {
        Rc::new(Silent)
    }

    fn pool(&self) -> &Pool {
        &self.pool
    }
}

/// The callee, on the thread that asks for it.
fn callee() -> Rc<dyn SubrequestChannel> {
    let modules = vec![Arc::new(Source::es_module("w.js", CODE))];
    let code = Code::Modules(Arc::new(Bundle { modules }));
    let definition = Definition::new("bench", jsg_test::at("2024-09-23"), code);
    Rc::new(WorkerChannel {
        worker: Worker::new(Arc::new(definition), Rc::new(Alone::default())),
        entrypoint: Entrypoint::default(),
    })
}

struct Callee(Rc<dyn SubrequestChannel>);

impl Directory for Callee {
    fn open(&self, _: &[u8]) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        Ok(self.0.clone())
    }
}

/// What a side offers that only asks.
struct Nothing;

impl Directory for Nothing {
    fn open(&self, _: &[u8]) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        Err(ChannelError::Failed("nothing here".into()))
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// The callee as the other side of a link sees it.
fn opened(link: Link) -> Rc<dyn SubrequestChannel> {
    let session = Session::start(link, Side::First, Rc::new(Nothing));
    session.open(Bytes::new())
}

/// The callee behind a link within this thread.
fn beside(near: Link, far: Link) -> Rc<dyn SubrequestChannel> {
    Session::start(far, Side::Second, Rc::new(Callee(callee())));
    opened(near)
}

/// The callee on a thread of its own, which ends with the session.
fn elsewhere() -> Rc<dyn SubrequestChannel> {
    let (near, far) = Mailbox::pair();
    std::thread::spawn(move || {
        LocalSet::new().block_on(&runtime(), async {
            let session = Session::start(far.into(), Side::Second, Rc::new(Callee(callee())));
            while !session.is_over() {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        });
    });
    opened(near.into())
}

async fn call(callee: &dyn SubrequestChannel) {
    let result = callee.rpc().call(Call {
        path: vec!["answer".into()],
        operation: Operation::Call(None),
    });
    assert!(result.await.is_ok());
}

fn calls(c: &mut Criterion) {
    let runtime = runtime();
    let local = LocalSet::new();
    let _entered = local.enter();
    let callees = local.block_on(&runtime, async {
        let (near, far) = Mailbox::pair();
        let (first, second) = tokio::io::duplex(1 << 20);
        let bytes = beside(byte_link::over(first), byte_link::over(second));
        [
            ("same loop", callee()),
            (
                "a mailbox on the same loop",
                beside(near.into(), far.into()),
            ),
            ("another loop", elsewhere()),
            ("bytes", bytes),
        ]
    });
    for at_once in [1, AT_ONCE] {
        let mut group = c.benchmark_group(format!("a call, {at_once} at once"));
        group.throughput(criterion::Throughput::Elements(at_once as u64));
        for (name, callee) in &callees {
            group.bench_function(*name, |b| {
                b.iter(|| {
                    local.block_on(&runtime, async {
                        join_all((0..at_once).map(|_| call(&**callee))).await
                    })
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, calls);
criterion_main!(benches);
