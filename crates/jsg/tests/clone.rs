//! Structured clone: what can be cloned, what the refusals say, what moves.

use jsg::clone::{Cloneable, Options, Reader, Writer, deserialize, serialize, write_stored};
use jsg::js::{Array, Local, Object, Value};
use jsg::{Handle, Lock, Result};
use jsg_test::{at, eval, expose, isolate, isolate_with, text};

/// A class that can be cloned.
#[jsg::class]
pub struct Point {
    x: f64,
    label: String,
}

#[jsg::methods]
impl Point {
    #[jsg(constructor)]
    fn new(x: f64, label: String) -> Self {
        Self { x, label }
    }

    #[jsg(method)]
    fn describe(&self) -> String {
        format!("{}{}", self.label, self.x)
    }
}

impl Cloneable for Point {
    const TAG: u32 = 1000;

    fn write<'s>(_: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        to.f64(this.x);
        to.string(&this.label);
        Ok(())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<Local<'s, Object>> {
        let (x, label) = (from.f64()?, from.string()?);
        Ok(Handle::new(js, Self { x, label }).object())
    }
}

/// A class that cannot.
#[jsg::class]
pub struct Stubborn {}

#[jsg::methods]
impl Stubborn {
    #[jsg(constructor)]
    fn new() -> Self {
        Self {}
    }
}

fn install(js: &mut Lock<'_, '_>) {
    expose::<Point>(js);
    expose::<Stubborn>(js);
    expose::<jsg::DomException>(js);
    jsg::clone::register::<Point>(js);
    let clone = jsg::promise::function(js, "clone", |js, args| {
        let list = Local::<Array>::try_from(args.get(1));
        let transfer: Vec<Local<'_, Value>> = list
            .map(|list| {
                (0..list.length())
                    .filter_map(|i| list.get_index(js, i))
                    .collect()
            })
            .unwrap_or_default();
        jsg::clone::structured_clone(js, args.get(0), &transfer)
    });
    let key = jsg::string(js, "clone");
    let global = js.get_current_context().global(js);
    global.set(js, key.into(), clone.into());
}

fn check(date: &str, cases: &[(&str, &str)]) {
    isolate_with(at(date)).enter(|js| {
        install(js);
        for (source, expected) in cases {
            assert_eq!(eval(js, source), *expected, "{source}");
        }
    });
}

const NEW: &str = "2026-11-01";
const OLD: &str = "2026-01-01";

#[test]
fn values_of_the_language_are_copied() {
    check(
        NEW,
        &[
            (
                "JSON.stringify(clone({ a: [1, { b: 'x' }], d: new Date(0) }))",
                "{\"a\":[1,{\"b\":\"x\"}],\"d\":\"1970-01-01T00:00:00.000Z\"}",
            ),
            (
                "clone(new Map([[1, 2]])).get(1) + clone(new Set([3])).size + clone(1n).toString()",
                "31",
            ),
            (
                "{ const a = {}; a.a = a; const b = clone(a); b.a === b && b !== a }",
                "true",
            ),
            (
                "class Foo { x = 1 }; { const c = clone(new Foo()); c.constructor.name + c.x }",
                "Object1",
            ),
            ("clone({ get a() { return 5 } }).a", "5"),
            (
                "clone({ get a() { throw new RangeError('g') } })",
                "RangeError: g",
            ),
            (
                "{ const c = clone(new ArrayBuffer(4, { maxByteLength: 8 })); c.resizable + '' + c.maxByteLength }",
                "true8",
            ),
        ],
    );
}

#[test]
fn refusals_have_the_texts_of_the_real_workerd() {
    let refused = "DataCloneError: Could not serialize object of type \"Stubborn\". This type does not support serialization.";
    check(
        NEW,
        &[
            (
                "clone(() => 1)",
                "DataCloneError: () => 1 could not be cloned.",
            ),
            (
                "clone(Symbol('x'))",
                "DataCloneError: Symbol(x) could not be cloned.",
            ),
            (
                "clone(Promise.resolve())",
                "DataCloneError: #<Promise> could not be cloned.",
            ),
            (
                "clone(new WeakMap())",
                "DataCloneError: #<WeakMap> could not be cloned.",
            ),
            (
                "clone(new Proxy({}, {}))",
                "DataCloneError: #<Object> could not be cloned.",
            ),
            ("clone(new Stubborn())", refused),
            ("clone({ a: [new Stubborn()] })", refused),
            (
                "try { clone(() => 1) } catch (e) { e instanceof DOMException && e.code }",
                "25",
            ),
            ("clone(1, [{}])", "TypeError: Object is not transferable"),
            (
                "clone(1, [new SharedArrayBuffer(4)])",
                "TypeError: Object is not transferable",
            ),
            (
                "clone(1, [new Uint8Array(new SharedArrayBuffer(4))])",
                "DataCloneError: Object is not transferable.",
            ),
            (
                "{ const m = new WebAssembly.Memory({ initial: 1 }); clone(1, [m.buffer]) }",
                "DataCloneError: Object is not transferable.",
            ),
        ],
    );
    isolate().enter(|js| {
        install(js);
        jsg::codegen::with(js, true, |js| {
            let source =
                "clone(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])))";
            assert_eq!(
                eval(js, source),
                "Error: Unable to deserialize cloned data."
            );
        });
    });
}

#[test]
fn transferred_buffers_move() {
    check(
        NEW,
        &[
            (
                "{ const b = new ArrayBuffer(4); clone(b, [b]).byteLength + '' + b.detached }",
                "4true",
            ),
            (
                "{ const b = new ArrayBuffer(4); const u = new Uint8Array(b); clone(u, [b]).length + '' + u.length }",
                "40",
            ),
            (
                "{ const u = new Uint8Array(4); clone(u, [u]).length + '' + u.length }",
                "40",
            ),
            (
                "{ const b = new ArrayBuffer(4); clone(b, [b, b]).byteLength }",
                "4",
            ),
            (
                "{ const b = new ArrayBuffer(4); clone(b, [b]); clone(b) }",
                "DataCloneError: An ArrayBuffer is detached and could not be cloned.",
            ),
            (
                "{ const b = new ArrayBuffer(4); clone(b, [b]); clone(b, [b]).byteLength }",
                "0",
            ),
            (
                "{ const s = new SharedArrayBuffer(4); const c = clone(s); new Uint8Array(c)[0] = 8; (c === s) + '' + new Uint8Array(s)[0] }",
                "false8",
            ),
        ],
    );
}

#[test]
fn errors_keep_what_the_flag_says() {
    let source = "{ const e = new TypeError('m', { cause: { a: 1 } }); e.extra = 1; e.name = 'Zork'; const c = clone(e); \
                  [c, c.constructor.name, c.cause.a, c.extra, c.stack === e.stack, Object.getOwnPropertyNames(c)].join() }";
    let many = "{ const c = clone(new AggregateError([1], 'm')); [c, c.constructor.name, c.errors, c instanceof AggregateError].join() }";
    check(
        OLD,
        &[
            (source, "Error: m,Error,1,,true,stack,message,cause"),
            (many, "Error: m,Error,,false"),
        ],
    );
    check(
        NEW,
        &[
            (
                source,
                "Zork: m,Error,1,1,true,stack,message,name,cause,extra",
            ),
            (many, "AggregateError: m,AggregateError,1,true"),
            (
                "{ class My extends RangeError {}; const c = clone(new My('m')); [c, c.constructor.name].join() }",
                "RangeError: m,RangeError",
            ),
            (
                "{ const e = new Error('m'); e.f = () => 1; clone(e) }",
                "DataCloneError: () => 1 could not be cloned.",
            ),
            (
                "{ const e = new Error('m'); e.message = 5; clone(e) }",
                "DataCloneError: Deserialization failed: error message is not a string",
            ),
            (
                "{ globalThis.EvalError = 1; const c = clone(Object.assign(new Error('m'), { name: 'EvalError' })); c.name }",
                "EvalError",
            ),
        ],
    );
}

#[test]
fn objects_of_our_classes_write_themselves() {
    check(
        NEW,
        &[
            (
                "{ const p = clone({ p: new Point(4, 'x') }).p; p.describe() + (p instanceof Point) }",
                "x4true",
            ),
            (
                "{ class Far extends Point {}; clone(new Far(4, 'x')).constructor.name }",
                "Point",
            ),
            (
                "{ const d = clone(new DOMException('m', 'AbortError')); [d.name, d.message, d.code, d instanceof DOMException].join() }",
                "AbortError,m,20,true",
            ),
            (
                "{ const d = new DOMException('m', 'AbortError'); clone(d).stack === d.stack }",
                "true",
            ),
        ],
    );
}

#[test]
fn bytes_go_from_one_isolate_to_another() {
    let options = Options::default();
    let serialized = isolate().enter(|js| {
        install(js);
        let value =
            jsg::run_script(js, "({ a: new Point(1, 'p'), b: [1] })", "test.js").expect("it runs");
        serialize(js, value, &[], &options).expect("it can be cloned")
    });
    isolate().enter(|js| {
        install(js);
        let value = deserialize(js, serialized, &options).expect("it is intact");
        let json = jsg::json_stringify(js, value).expect("it is plain");
        assert_eq!(text(js, json.into()), "{\"a\":{},\"b\":[1]}");
    });
}

#[test]
fn damaged_bytes_are_an_error() {
    isolate().enter(|js| {
        install(js);
        let value = eval_value(js, "({ a: new Point(1, 'p') })");
        let whole = serialize(js, value, &[], &Options::default())
            .expect("it can be cloned")
            .data;
        for length in 0..whole.len() {
            let result = jsg::promise::try_catch(js, |js| {
                deserialize(js, whole[..length].to_vec().into(), &Options::default())
            });
            assert!(result.is_err(), "{length} bytes");
        }
    });
}

#[test]
fn class_instances_are_refused_on_demand() {
    isolate().enter(|js| {
        install(js);
        let options = Options { refuse_class_instances: true, ..Options::default() };
        let value = eval_value(js, "class Foo {}; new Foo()");
        let error = jsg::promise::try_catch(js, |js| serialize(js, value, &[], &options).map(|_| ()));
        let error = error.expect_err("a class instance");
        assert_eq!(
            text(js, error),
            "DataCloneError: Could not serialize object of type \"Foo\". This type does not support serialization."
        );
        let value = eval_value(js, "({ a: { b: [1] } })");
        assert!(serialize(js, value, &[], &options).is_ok());
    });
}

fn eval_value<'s>(js: &mut Lock<'s, '_>, source: &str) -> Local<'s, Value> {
    jsg::run_script(js, source, "test.js").expect("the script runs")
}

#[test]
fn what_is_stored_has_the_version_that_others_read() {
    isolate().enter(|js| {
        let value = jsg::run_script(js, "[1, 'two', 3n, new Date(4)]", "test.js").unwrap();
        let stored = write_stored(js, value).unwrap();
        assert_eq!(stored[..2], [0xff, 15]);
        let read = deserialize(js, stored.into(), &Options::default()).unwrap();
        assert_eq!(text(js, read), text(js, value));
    });
}
