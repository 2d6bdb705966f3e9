//! Promises and async functions between Rust and JS.

use std::cell::RefCell;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use jsg::LockExt;
use jsg::promise::{Continuation, Executor};
use jsg_test::{eval, isolate};

/// Collects tasks; the test runs them when it likes.
#[derive(Default)]
struct Queue(RefCell<Vec<LocalBoxFuture<'static, Continuation>>>);

impl Executor for Queue {
    fn spawn(&self, _: &jsg::Lock<'_, '_>, task: LocalBoxFuture<'static, Continuation>) {
        self.0.borrow_mut().push(task);
    }
}

fn later<'s>(
    js: &mut jsg::Lock<'s, '_>,
    result: jsg::Result<i32>,
) -> jsg::js::Local<'s, jsg::js::Promise> {
    jsg::promise::from_future(js, async move { result })
}

fn publish<'s>(js: &mut jsg::Lock<'s, '_>, name: &str, value: jsg::js::Local<'s, jsg::js::Value>) {
    let key = jsg::string(js, name);
    js.get_current_context()
        .global(js)
        .set(js, key.into(), value);
}

#[test]
fn a_future_settles_its_promise_inside_the_isolate() {
    let isolate = isolate();
    let queue = Rc::new(Queue::default());
    isolate.enter(|js| {
        js.set_executor(Some(queue.clone()));
        let good = later(js, Ok(5));
        publish(js, "good", good.into());
        let bad = later(js, Err(jsg::Error::range_error("bad")));
        publish(js, "bad", bad.into());
        eval(
            js,
            "var seen = []; good.then(v => seen.push(v)); bad.catch(e => seen.push(String(e)))",
        );
    });
    let tasks: Vec<_> = queue.0.borrow_mut().drain(..).collect();
    for task in tasks {
        let finish = futures::executor::block_on(task);
        isolate.enter(|js| {
            finish(js);
            jsg::Isolate::drain_microtasks(js);
        });
    }
    isolate.enter(|js| assert_eq!(eval(js, "seen.join()"), "5,RangeError: bad"));
}

#[test]
fn a_future_at_global_scope_is_refused() {
    let isolate = isolate();
    isolate.enter(|js| {
        let promise = later(js, Ok(5));
        publish(js, "promise", promise.into());
        eval(js, "var seen; promise.catch(e => seen = e.message)");
        jsg::Isolate::drain_microtasks(js);
        assert!(eval(js, "seen").starts_with("Disallowed operation called within global scope."));
    });
}

#[test]
fn then_continues_in_rust_and_chains() {
    let isolate = isolate();
    isolate.enter(|js| {
        let value = jsg::js::Number::new(js, 20.0);
        let promise = jsg::promise::resolved(js, value.into());
        let chained = jsg::promise::then(
            js,
            promise,
            |js, value| {
                let number = value.number_value(js).unwrap_or(0.0);
                Ok(jsg::js::Number::new(js, number + 1.0).into())
            },
            |_, reason| Ok(reason),
        )
        .unwrap();
        publish(js, "chained", chained.into());
        eval(js, "var seen; chained.then(v => seen = v)");
        jsg::Isolate::drain_microtasks(js);
        assert_eq!(eval(js, "seen"), "21");
    });
}
