//! A global scope for tests: what a Worker sees, with what it logs kept, inside or outside an event.

use std::cell::RefCell;
use std::rc::Rc;

use io::IoContext;
use io::context::{ErrorSink, Errors};
use jsg::js::{Local, Promise, PromiseState, Value};
use jsg::{Class, FlagSet, Isolate, IsolateOptions, Lock, LockExt};
use web::console::{Console, ConsoleSink, Level};
use web::global_scope::ServiceWorkerGlobalScope;

pub type Log = Rc<RefCell<Vec<String>>>;

pub struct Scope {
    pub isolate: Rc<Isolate>,
    pub log: Log,
}

struct Sink(Log);

impl ErrorSink for Sink {
    fn uncaught<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        origin: &'static str,
        exception: Local<'s, Value>,
    ) {
        let text = exception.to_rust_string_lossy(js);
        let first = text.lines().next().unwrap_or_default().to_owned();
        self.0.borrow_mut().push(format!("{origin}: {first}"));
    }
}

impl ConsoleSink for Sink {
    fn log<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        level: Level,
        values: &[Local<'s, Value>],
    ) -> jsg::Result<()> {
        let values: Vec<_> = values
            .iter()
            .map(|value| value.to_rust_string_lossy(js))
            .collect();
        let line = format!("{level:?} {}", values.join(" "));
        self.0.borrow_mut().push(line);
        Ok(())
    }

    fn warning(&self, _: &mut Lock<'_, '_>, text: &str) {
        self.0.borrow_mut().push(format!("warning: {text}"));
    }

    fn hint(&self, _: &mut Lock<'_, '_>, text: &str) {
        self.0.borrow_mut().push(format!("hint: {text}"));
    }
}

/// The flags of a date, with more flags switched.
pub fn flags(date: &str, names: &[&str]) -> FlagSet {
    compat::resolve(
        Some(date),
        names,
        compat::Experimental::Allowed,
        compat::DateCheck::Any,
    )
    .expect("the flags of a test exist")
    .flags
}

pub fn newest() -> Scope {
    Scope::new(jsg_test::newest())
}

pub fn at(date: &str) -> Scope {
    Scope::new(jsg_test::at(date))
}

impl Scope {
    pub fn new(flags: FlagSet) -> Self {
        jsg::engine::init(&jsg::engine::EngineOptions {
            v8_flags: vec!["--expose-gc".into()],
            worker_threads: 1,
            ..Default::default()
        });
        let isolate = Isolate::new(IsolateOptions {
            flags,
            global: ServiceWorkerGlobalScope::info(),
            heap_limit: Some(64 << 20),
        });
        let log = Log::default();
        isolate.enter(|js| {
            js.set_extension(Rc::new(Errors(Box::new(Sink(log.clone())))));
            js.set_extension(Rc::new(Console(Box::new(Sink(log.clone())))));
            web::global_scope::create(js);
        });
        Self {
            isolate: Rc::new(isolate),
            log,
        }
    }

    /// Runs a script at global scope.
    pub fn eval(&self, source: &str) -> String {
        self.isolate.enter(|js| {
            let result = jsg_test::eval(js, source);
            Isolate::drain_microtasks(js);
            result
        })
    }

    /// Runs the body of an async function in an event; the text of its result or of what it throws.
    pub fn run(&self, body: &str) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime starts");
        let context = IoContext::new(self.isolate.clone());
        runtime.block_on(async {
            let source = format!("(async () => {{ {body} }})()");
            let promise = context.run(|js| {
                let promise =
                    jsg::promise::try_catch(js, |js| jsg::run_script(js, &source, "test.js"));
                let promise = promise
                    .unwrap_or_else(|error| panic!("{source}: {}", error.to_rust_string_lossy(js)));
                let promise = Local::<Promise>::try_from(promise).expect("async");
                jsg::js::Global::new(js, promise)
            });
            let isolate = &self.isolate;
            let settled =
                || isolate.enter(|js| Local::new(js, &promise).state() != PromiseState::Pending);
            context.drive(settled).await;
            let text = isolate.enter(|js| {
                let promise = Local::new(js, &promise);
                match promise.state() {
                    PromiseState::Pending => "(pending)".to_owned(),
                    _ => promise.result(js).to_rust_string_lossy(js),
                }
            });
            context.cancel();
            text
        })
    }

    /// As [`check`](Self::check), by the kind and the text of what each body returns or throws.
    pub fn check_kinds(&self, cases: &[(&str, &str)]) {
        jsg_test::check_all(cases, |body| {
            self.run(&format!(
                "'use strict'; const v = await (async () => {{ {body} }})(); return 'value ' + (v === undefined ? 'undefined' \
                 : typeof v + ' ' + (typeof v === 'string' ? JSON.stringify(v) : String(v)));"
            ))
        });
    }

    /// What was logged since the last call.
    pub fn logged(&self) -> String {
        self.log.take().join("\n")
    }

    /// Checks the results of bodies, each run in an event of its own.
    pub fn check(&self, cases: &[(&str, &str)]) {
        jsg_test::check_all(cases, |body| self.run(body));
    }
}
