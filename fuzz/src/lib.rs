//! What fuzz targets share: an event loop whose time passes only when nothing else can happen, an isolate, and inputs to
//! start from.

pub mod connection;
pub mod echo;

use std::cell::RefCell;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;
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

/// Crates that others have written may end a connection by a panic, which is caught. One in our own code is a mistake.
pub fn allow_panics_of(crates: &'static [&'static str]) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let file = panic.location().map_or("", |at| at.file());
            if !crates.iter().any(|name| file.contains(name)) {
                eprintln!("{panic}");
                std::process::abort();
            }
        }));
    });
}

/// Writes inputs to start from into the corpus, which is the first directory among the arguments.
///
/// # Panics
/// They cannot be written.
pub fn plant<S: AsRef<[u8]>>(seeds: impl FnOnce() -> Vec<S>) {
    let corpus = env::args_os().skip(1).map(PathBuf::from);
    if let Some(corpus) = corpus.into_iter().find(|argument| argument.is_dir()) {
        for (number, seed) in seeds().iter().enumerate() {
            fs::write(corpus.join(format!("seed-{number}")), seed).expect("a file");
        }
    }
}

/// What comes after a first byte that says what it is for.
pub fn tagged(tag: u8, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    [&[tag], bytes.as_ref()].concat()
}

/// The small files with this ending among the samples and tests.
pub fn own_files(extension: &str) -> Vec<Vec<u8>> {
    const LARGE: usize = 4 << 10;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut directories = ["../samples", "../tests"]
        .map(|name| root.join(name))
        .to_vec();
    let mut found = Vec::new();
    while let Some(directory) = directories.pop() {
        let entries = fs::read_dir(&directory).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.extend(fs::read(&path).ok().filter(|bytes| bytes.len() <= LARGE));
            }
        }
    }
    found
}
