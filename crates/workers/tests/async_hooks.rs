//! `node:async_hooks` natives.

use std::rc::Rc;

use io::IoContext;
use jsg::Isolate;
use jsg_test::{at, eval, isolate, isolate_with};
use workers::async_hooks::{AsyncLocalStorage, AsyncResource};

fn ready(isolate: &Isolate) {
    isolate.enter(|js| {
        jsg_test::expose::<AsyncLocalStorage>(js);
        jsg_test::expose::<AsyncResource>(js);
        eval(
            js,
            "var als = new AsyncLocalStorage(); var get = () => als.getStore();
             function fails(f) { try { f(); return 'no' } catch (e) { return `${e.name}: ${e.message}` } }",
        );
    });
}

#[track_caller]
fn gives(cases: &[(&str, &str)]) {
    let isolate = isolate();
    ready(&isolate);
    isolate.enter(|js| {
        for (source, expected) in cases {
            assert_eq!(eval(js, source), *expected, "{source}");
        }
    });
}

#[test]
fn a_store_is_seen_by_the_callback_alone() {
    gives(&[
        ("als.run(1, (a, b) => [get(), a, b].join(), 2, 3)", "1,2,3"),
        ("als.run(1, () => als.run(2, get) + get())", "3"),
        (
            "als.run(1, () => als.exit(x => String(get()) + x, 7))",
            "undefined7",
        ),
        (
            "als.run(1, function () { return this === globalThis })",
            "true",
        ),
        (
            "fails(() => als.run(1, () => { throw new Error('x') }))",
            "Error: x",
        ),
        ("String(get())", "undefined"),
        ("new AsyncLocalStorage({ defaultValue: 5 }).getStore()", "5"),
        (
            "const d = new AsyncLocalStorage({ defaultValue: 5 }); String(d.run(undefined, () => d.getStore()))",
            "undefined",
        ),
        ("als.name + new AsyncLocalStorage({ name: 5 }).name", "5"),
    ]);
}

#[test]
fn bound_functions_keep_their_frame() {
    gives(&[
        ("als.run(1, () => AsyncLocalStorage.bind(get))()", "1"),
        (
            "als.run(1, () => AsyncLocalStorage.snapshot())(a => get() + a, 3)",
            "4",
        ),
        (
            "var b = AsyncLocalStorage.bind(get); String(als.run(1, b))",
            "undefined",
        ),
        ("b.name + b.length + Object.hasOwn(b, 'prototype')", "0true"),
        (
            "fails(AsyncLocalStorage.snapshot())",
            "TypeError: The first argument must be a function",
        ),
        ("var r = als.run(9, () => new AsyncResource('x')); 0", "0"),
        (
            "r.runInAsyncScope(function (a) { return get() + this.x + a }, { x: 1 }, 2)",
            "12",
        ),
        (
            "r.bind(function () { return get() + this.x }, { x: 3 })()",
            "12",
        ),
        ("r.bind(get).asyncResource === r", "true"),
        ("als.run(4, () => AsyncResource.bind(get))()", "4"),
        (
            "[r.asyncId(), r.triggerAsyncId(), r.emitDestroy()].join()",
            "0,0,",
        ),
    ]);
}

#[test]
fn mistakes_read_as_expected() {
    let method = |m: &str, class: &str, n: u8, ty: &str| {
        format!(
            "TypeError: Failed to execute '{m}' on '{class}': parameter {n} is not of type '{ty}'."
        )
    };
    let als = "AsyncLocalStorage";
    let resource = "AsyncResource";
    gives(&[
        ("fails(() => als.run())", &method("run", als, 1, "Value")),
        (
            "fails(() => als.run(1, 5))",
            &method("run", als, 2, "function"),
        ),
        (
            "fails(() => als.exit())",
            &method("exit", als, 1, "function"),
        ),
        (
            "fails(() => als.enterWith(1))",
            "Error: asyncLocalStorage.enterWith() is not implemented",
        ),
        (
            "fails(() => als.disable())",
            "Error: asyncLocalStorage.disable() is not implemented",
        ),
        (
            "fails(() => AsyncLocalStorage.bind(5))",
            &method("bind", als, 1, "Function"),
        ),
        (
            "fails(() => new AsyncLocalStorage(5))",
            "TypeError: Failed to construct 'AsyncLocalStorage': constructor parameter 1 is not of type \
             'AsyncLocalStorageOptions'.",
        ),
        (
            "fails(() => new AsyncResource('x', { triggerAsyncId: 1 }))",
            "Error: The 'triggerAsyncId' field on 'Options' is not implemented.",
        ),
        (
            "fails(() => new AsyncResource('x', 5))",
            "TypeError: Failed to construct 'AsyncResource': constructor parameter 2 is not of type 'Options'.",
        ),
        (
            "fails(() => new AsyncResource().runInAsyncScope(1))",
            &method("runInAsyncScope", resource, 1, "function"),
        ),
        (
            "fails(() => new AsyncResource().bind())",
            &method("bind", resource, 1, "Function"),
        ),
    ]);
}

#[test]
fn promises_and_microtasks_carry_the_frame() {
    let isolate = isolate();
    ready(&isolate);
    isolate.enter(|js| {
        eval(
            js,
            "var log = []; var p = als.run('made', () => Promise.resolve());
             als.run('then', () => p.then(() => log.push(get())));
             als.run('async', async () => { await p; await 0; log.push(get()); });
             als.run('thenable', async () => { await { then(f) { log.push('t' + get()); f() } } });",
        );
        Isolate::drain_microtasks(js);
        assert_eq!(eval(js, "log.join() + get()"), "then,tthenable,asyncundefined");
    });
}

#[test]
fn values_die_with_their_storage() {
    let isolate = isolate();
    ready(&isolate);
    isolate.enter(|js| {
        eval(
            js,
            "var seen = new WeakRef({}); var kept;
             (() => { const short = new AsyncLocalStorage();
                      kept = short.run({ big: 1 }, () => { seen = new WeakRef(short.getStore());
                                                            return 1; }); })();",
        );
        // A `WeakRef` holds its target until the job ends.
        Isolate::drain_microtasks(js);
    });
    jsg_test::collect(&isolate);
    isolate.enter(|js| assert_eq!(eval(js, "String(seen.deref())"), "undefined"));
}

const OTHER_EVENT: &str = "Error: Cannot call this AsyncLocalStorage bound function outside of the request in which it was created.";

fn across_events(isolate: Isolate) -> String {
    let isolate = Rc::new(isolate);
    ready(&isolate);
    let first = IoContext::new(isolate.clone());
    first.run(|js| {
        eval(
            js,
            "var saved = als.run(1, () => AsyncLocalStorage.snapshot()); var same = saved(get)",
        );
    });
    let second = IoContext::new(isolate);
    second.run(|js| eval(js, "same + '; ' + fails(() => saved(get))"))
}

#[test]
fn a_bound_function_belongs_to_its_event() {
    assert_eq!(across_events(isolate()), format!("1; {OTHER_EVENT}"));
    assert_eq!(across_events(isolate_with(at("2024-01-01"))), "1; no");
}
