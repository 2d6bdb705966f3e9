//! What fuzz targets share: an event loop whose time passes only when nothing else can happen, and an isolate.

use std::cell::RefCell;
use std::time::Duration;

use jsg::{Class, Isolate, IsolateOptions, LockExt};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;
use web::global_scope::ServiceWorkerGlobalScope;

/// Longer than anything waits for.
const TOO_LONG: Duration = Duration::from_secs(3600);

/// Runs a future to its end.
///
/// # Panics
/// It waits for something that does not come.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
    }
    RUNTIME.with_borrow_mut(|runtime| {
        let runtime = runtime.get_or_insert_with(|| {
            let mut builder = Builder::new_current_thread();
            builder.enable_time().start_paused(true);
            builder.build().expect("a runtime")
        });
        let ended = async { tokio::time::timeout(TOO_LONG, future).await };
        LocalSet::new().block_on(runtime, ended).expect("it ends")
    })
}

/// A Worker's global scope at the newest date, with what is experimental.
pub fn isolate() -> &'static Isolate {
    thread_local! {
        static ISOLATE: &'static Isolate = Box::leak(Box::new(new_isolate()));
    }
    ISOLATE.with(|isolate| *isolate)
}

fn new_isolate() -> Isolate {
    jsg::engine::init(&jsg::engine::EngineOptions {
        worker_threads: 1,
        ..Default::default()
    });
    let newest = compat::NEWEST_DATE.to_string();
    let flags = compat::resolve(
        Some(&newest),
        &["allow_irrevocable_stub_storage"],
        compat::Experimental::Allowed,
        compat::DateCheck::Any,
    );
    let isolate = Isolate::new(IsolateOptions {
        flags: flags.expect("flags that exist").flags,
        global: ServiceWorkerGlobalScope::info(),
        heap_limit: None,
    });
    isolate.enter(|js| {
        web::global_scope::create(js);
        workers::rpc::install(js);
        assert!(js.flag(jsg::Flag::AllowIrrevocableStubStorage));
    });
    isolate
}
