//! A harness for tests of the binding layer: an isolate with a bare global object, scripts, forced
//! collection and drop counters. A dev-dependency only.

use std::cell::Cell;
use std::rc::Rc;

use jsg::js::{Local, Value};
use jsg::{Isolate, IsolateOptions, Lock};

/// The global object of a test: nothing but the language.
#[jsg::class(name = "TestGlobal")]
pub struct TestGlobal {}

#[jsg::methods]
impl TestGlobal {}

/// An isolate under the given flags.
pub fn isolate_with(flags: compat::FlagSet) -> Isolate {
    jsg::engine::init(&jsg::engine::EngineOptions {
        v8_flags: vec!["--expose-gc".into()],
        worker_threads: 1,
        ..Default::default()
    });
    let isolate = Isolate::new(IsolateOptions {
        flags,
        global: <TestGlobal as jsg::Class>::info(),
        heap_limit: Some(64 << 20),
    });
    isolate.enter(|js| {
        jsg::attach_global(js, TestGlobal {});
    });
    isolate
}

/// An isolate at the newest date.
pub fn isolate() -> Isolate {
    isolate_with(newest())
}

/// The flags of the newest compatibility date.
pub fn newest() -> compat::FlagSet {
    at(&compat::NEWEST_DATE.to_string())
}

/// The flags of a compatibility date.
pub fn at(date: &str) -> compat::FlagSet {
    let none: [&str; 0] = [];
    compat::resolve(
        Some(date),
        &none,
        compat::Experimental::Refused,
        compat::DateCheck::Any,
    )
    .expect("a date alone always resolves")
    .flags
}

/// Puts a class on the global object.
pub fn expose<T: jsg::Class>(js: &mut Lock<'_, '_>) {
    let global = js.get_current_context().global(js);
    jsg::class::install_lazily(
        js,
        global,
        T::info().name,
        T::info(),
        jsg::js::PropertyAttribute::NONE,
    );
}

/// Runs a script and gives its value as text; an exception is `ClassName: message`.
pub fn eval(js: &mut Lock<'_, '_>, source: &str) -> String {
    let result = jsg::promise::try_catch(js, |js| jsg::run_script(js, source, "test.js"));
    let (Ok(value) | Err(value)) = result;
    text(js, value)
}

/// Runs each case's source through `run` and compares; the failure lists all that differ.
///
/// # Panics
/// A result is not the expected one.
pub fn check_all(cases: &[(&str, &str)], mut run: impl FnMut(&str) -> String) {
    let mut wrong = String::new();
    for (source, expected) in cases {
        let found = run(source);
        if found != *expected {
            wrong += &format!("{source}\n  expected {expected:?}\n  found    {found:?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A value as text.
pub fn text<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> String {
    value.to_rust_string_lossy(js)
}

/// Collects all garbage, the Rust objects of unreachable wrappers included.
pub fn collect(isolate: &Isolate) {
    isolate.enter(jsg::collect_garbage_for_testing);
    isolate.enter(jsg::collect_garbage_for_testing);
}

/// Counts how many of its tokens are alive.
#[derive(Clone, Default)]
pub struct Counter(Rc<Cell<usize>>);

/// Alive until dropped.
pub struct Token(Rc<Cell<usize>>);

impl Counter {
    pub fn token(&self) -> Token {
        self.0.set(self.0.get() + 1);
        Token(self.0.clone())
    }

    pub fn alive(&self) -> usize {
        self.0.get()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl jsg::Trace for Token {
    fn trace(&self, _: &mut jsg::Visitor) {}
}
