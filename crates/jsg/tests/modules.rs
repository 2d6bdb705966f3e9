//! The module registry: kinds, resolution, evaluation, errors, sharing between isolates.

use std::rc::Rc;
use std::sync::Arc;

use jsg::modules::{
    Builtin, Builtins, Bundle, Content, Exports, Kind, NativeFunction, Registry, Rewrite, Source,
};
use jsg::{Isolate, Lock, LockExt};
use jsg_test::{at, eval, isolate, isolate_with, text};

/// A few built-in modules.
struct TestBuiltins;

static FUNCTIONS: &[NativeFunction] = &[
    NativeFunction {
        name: "double",
        body: |js, args| {
            let number = args.get(0).number_value(js).unwrap_or(f64::NAN);
            Ok(jsg::js::Number::new(js, number * 2.0).into())
        },
    },
    NativeFunction {
        name: "explode",
        body: |_, _| panic!("a test's panic"),
    },
];

fn native<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> jsg::Result<()> {
    exports.functions(js, FUNCTIONS);
    let version = jsg::string(js, "1.0");
    exports.value("version", version);
    Ok(())
}

impl Builtins for TestBuiltins {
    fn find(&self, _: &jsg::Lock<'_, '_>, specifier: &str, kind: Kind) -> Option<Builtin> {
        let source = |text| {
            Some(Builtin::Source(Arc::new(Source::es_module(
                specifier, text,
            ))))
        };
        match (kind, specifier) {
            (Kind::Public, "node:thing") => source(
                "import { double } from 'test-internal:native'; export const four = double(2);",
            ),
            (Kind::Public, "node:curious") => source("import 'node:thing';"),
            (Kind::Internal, "test-internal:native") => Some(Builtin::Native(native)),
            _ => None,
        }
    }

    fn rewrite(&self, _: &jsg::Lock<'_, '_>, specifier: &str) -> Option<Rewrite> {
        match specifier {
            "thing" => Some(Rewrite::To("node:thing".into())),
            "node:native" => Some(Rewrite::Internal("test-internal:native".into())),
            _ => None,
        }
    }
}

fn es(name: &str, text: &str) -> Arc<Source> {
    Arc::new(Source::es_module(name, text.to_owned()))
}

fn cjs(name: &str, text: &str, named: &[&str]) -> Arc<Source> {
    let named_exports = named.iter().map(|name| (*name).to_owned()).collect();
    let source = text.to_owned().into();
    Arc::new(Source::new(
        name,
        Content::CommonJs {
            source,
            named_exports,
        },
    ))
}

fn other(name: &str, content: Content) -> Arc<Source> {
    Arc::new(Source::new(name, content))
}

const EMPTY_WASM: [u8; 8] = [0, 97, 115, 109, 1, 0, 0, 0];

/// Runs a Worker whose first module is the main one, which leaves its findings in `globalThis.out`.
fn run_in(isolate: &Isolate, modules: &[Arc<Source>]) -> String {
    let bundle = Arc::new(Bundle {
        modules: modules.to_vec(),
    });
    let main = modules[0].name.clone();
    isolate.enter(|js| {
        let registry = Registry::new(bundle, Rc::new(TestBuiltins));
        let result = jsg::promise::try_catch(js, |js| {
            registry.install(js)?;
            registry.import_main(js, &main)
        });
        match result {
            Ok(_) => eval(js, "globalThis.out"),
            Err(exception) => text(js, exception),
        }
    })
}

fn run(modules: &[Arc<Source>]) -> String {
    run_in(&isolate(), modules)
}

#[test]
fn each_kind_of_module_has_its_default_export() {
    let out = run(&[
        es(
            "main.js",
            "import t from 't.txt'; import d from 'd.bin'; import w from 'w.wasm'; import j from 'j.json'; \
             import c from './c.js'; import source s from 'w.wasm'; \
             globalThis.out = [t, d.byteLength, w instanceof WebAssembly.Module, s === w, j.a, c.x].join()",
        ),
        other("t.txt", Content::Text("text".into())),
        other("d.bin", Content::Data(Arc::from(*b"abc"))),
        other("w.wasm", Content::Wasm(Arc::from(EMPTY_WASM))),
        other("j.json", Content::Json("{\"a\": 1}".into())),
        cjs("c.js", "exports.x = 5", &[]),
    ]);
    assert_eq!(out, "text,3,true,true,1,5");
}

#[test]
fn specifiers_resolve_against_their_referrer() {
    let out = run(&[
        es(
            "a/main.js",
            "import { b } from './b.js'; import { c } from '../c.js'; import { d } from '/d.js'; globalThis.out = b + c + d",
        ),
        es("a/b.js", "export { c as b } from '../c.js'"),
        es("c.js", "export const c = 'c'"),
        es("d.js", "export const d = 'd'"),
    ]);
    assert_eq!(out, "ccd");
}

#[test]
fn errors_have_the_texts_of_the_real_workerd() {
    let cases: &[(&[Arc<Source>], &str)] = &[
        (
            &[es("main.js", "import './x.js'")],
            "Error: No such module \"x.js\".\n  imported from \"main.js\"",
        ),
        (
            &[es("a/main.js", "import 'x'")],
            "Error: No such module \"a/x\".\n  imported from \"a/main.js\"",
        ),
        (
            &[es("main.js", "import '../x.js'")],
            "TypeError: Invalid module specifier \"../x.js\".\n  imported from \"main.js\".",
        ),
        (
            &[es("main.js", "import { zz } from './b.js'"), es("b.js", "")],
            "SyntaxError: The requested module './b.js' does not provide an export named 'zz'",
        ),
        (
            &[es("main.js", "let a = ;")],
            "SyntaxError: Unexpected token ';'",
        ),
        (
            &[es("main.js", ""), es("unused.js", "let a = ;")],
            "SyntaxError: Unexpected token ';'",
        ),
        (
            &[es("main.js", ""), other("b", Content::Json("{a:".into()))],
            "SyntaxError: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
        ),
        (
            &[
                es("main.js", ""),
                other("b", Content::Wasm(Arc::from(*b"abc"))),
            ],
            "CompileError: WasmModuleObject::Compile(): expected 4 bytes, fell off end @+0",
        ),
        (
            &[es("main.js", "throw new RangeError('top')")],
            "RangeError: top",
        ),
        (&[es("main.js", "throw 5")], "5"),
        (
            &[es("main.js", "await new Promise(() => {})")],
            "Error: Top-level await in module is unsettled.",
        ),
        (
            &[es("main.js", ""), es("./main.js", "")],
            "Error: Module \"main.js\" already added to bundle",
        ),
        (
            &[other("main", Content::Text("".into()))],
            "TypeError: Main module must be an ES module.",
        ),
        (
            &[cjs("main", "", &[])],
            "TypeError: Main module must be an ES module.",
        ),
        (
            &[
                es("main.js", "import j from './j' with { type: 'json' }"),
                other("j", Content::Json("1".into())),
            ],
            "Error: Unrecognized import attributes specified",
        ),
        (
            &[es("main.js", "import source w from 'b.js'"), es("b.js", "")],
            "SyntaxError: Source phase import not available for module: b.js.\n  imported from \"main.js\"",
        ),
        (
            &[es("main.js", "import 'test-internal:native'")],
            "Error: No such module \"test-internal:native\".\n  imported from \"main.js\"",
        ),
        (
            &[es("main.js", "import 'node:curious'")],
            "Error: No such module \"node:thing\".\n  imported from \"node:curious\"",
        ),
    ];
    for (modules, expected) in cases {
        assert_eq!(run(modules), *expected, "{:?}", modules[0].content);
    }
}

#[test]
fn stacks_show_paths_and_positions() {
    let out = run(&[
        es(
            "main.js",
            "import { b } from './a/b.js';\nglobalThis.out = b()",
        ),
        es(
            "a/b.js",
            "export function b() { return new Error('q').stack }",
        ),
    ]);
    assert_eq!(out, "Error: q\n    at b (a/b.js:1:30)\n    at main.js:2:18");
    isolate().enter(|js| {
        let result = jsg::modules::run_script(js, "\nnew Error('e').stack", "worker", None);
        let value = result.expect("the script runs");
        assert_eq!(text(js, value), "Error: e\n    at worker:2:1");
    });
}

#[test]
fn a_cycle_of_modules_is_evaluated_in_order() {
    let out = run(&[
        es("main.js", "import './a.js'; globalThis.out = log.join()"),
        es(
            "a.js",
            "globalThis.log ??= []; import { b } from './b.js'; export const a = 1; log.push('a' + b)",
        ),
        es(
            "b.js",
            "import { a } from './a.js'; export const b = 2; globalThis.log = []; try { log.push(a) } catch (e) { log.push(e.name) }",
        ),
    ]);
    assert_eq!(out, "ReferenceError,a2");
}

#[test]
fn top_level_await_settles_before_the_main_module_is_there() {
    let c = || es("c.js", "await 1; await 2; export const c = 'c'");
    let declared = "import { c } from './c.js'; globalThis.out = c";
    assert_eq!(run(&[es("main.js", declared), c()]), "c");
    let called = "const { c } = await import('./c.js'); globalThis.out = c";
    assert_eq!(run(&[es("main.js", called), c()]), "c");
    // The queue is being drained already: nothing can settle the second module inside the call.
    let late = format!("await 0; {called}");
    assert_eq!(
        run(&[es("main.js", &late), c()]),
        "Error: Top-level await in module is unsettled."
    );
}

#[test]
fn dynamic_imports_fail_as_rejections() {
    let out = run(&[
        es(
            "a/main.js",
            "const fail = (s, o) => import(s, o).then(() => 'ok', (e) => String(e)); \
             globalThis.out = [await fail('./zz.js'), await fail('../../x'), await fail('./thrower.js'), \
             await fail('http://x/'), await fail('./thrower.js', { with: { type: 'json' } })].join('|')",
        ),
        es("a/thrower.js", "throw new RangeError('r')"),
    ]);
    assert_eq!(
        out,
        "Error: No such module \"a/zz.js\".|Error: No such module \"../../x\"|RangeError: r\
         |Error: No such module \"a/http:/x\".|Error: Unrecognized import attributes specified"
    );
}

#[test]
fn import_attributes_are_ignored_before_their_date() {
    let isolate = isolate_with(at("2024-01-01"));
    let out = run_in(
        &isolate,
        &[
            es(
                "main.js",
                "import j from './j' with { type: 'json' }; globalThis.out = j",
            ),
            other("j", Content::Json("7".into())),
        ],
    );
    assert_eq!(out, "7");
}

#[test]
fn commonjs_modules_see_their_variables() {
    let out = run(&[
        es("main.js", "import c from './d/c.js'; globalThis.out = c"),
        cjs(
            "d/c.js",
            "module.exports = [__filename, __dirname, module.path, this === globalThis, exports === module.exports, \
             Object.keys(module), require.name].join()",
            &[],
        ),
    ]);
    assert_eq!(out, "/d/c.js,/d,/d/c.js,true,true,path,exports,require");
}

#[test]
fn commonjs_modules_export_names() {
    let out = run(&[
        es(
            "main.js",
            "import c, { x, y } from './c.js'; globalThis.out = [c.x, x, y].join()",
        ),
        cjs("c.js", "exports.x = 1", &["x", "y", "default", "x"]),
    ]);
    assert_eq!(out, "1,1,");
}

const REQUIRED: [(&str, &str); 4] = [
    ("default.js", "export default 5; export const q = 1"),
    ("names.js", "export const q = 1"),
    (
        "unwrap.js",
        "export const __cjsUnwrapDefault = true; export default 7",
    ),
    (
        "exports.js",
        "const z = 8; export { z as 'module.exports' }; export default 7",
    ),
];

fn required(date: &str) -> String {
    let mut modules = vec![
        es("main.js", "import c from './c.js'; globalThis.out = c"),
        cjs(
            "c.js",
            "const show = (name) => { const v = require('./' + name); return typeof v === 'object' ? \
             JSON.stringify(v) + (Object.isExtensible(v) ? '+' : '') + (v === require(name)) : v }; \
             module.exports = ['default.js', 'names.js', 'unwrap.js', 'exports.js'].map(show).join('|')",
            &[],
        ),
    ];
    modules.extend(REQUIRED.iter().map(|(name, text)| es(name, text)));
    run_in(&isolate_with(at(date)), &modules)
}

#[test]
fn require_unwraps_as_the_flags_say() {
    assert_eq!(
        required("2022-01-01"),
        "{\"default\":5,\"q\":1}true|{\"q\":1}true|7|8"
    );
    assert_eq!(required("2026-01-01"), "5||7|8");
}

#[test]
fn require_gives_what_a_cycle_has_exported_so_far() {
    let out = run(&[
        es(
            "main.js",
            "import a from './a.js'; globalThis.out = JSON.stringify(a)",
        ),
        cjs(
            "a.js",
            "exports.a1 = 1; exports.b = require('b.js'); exports.a2 = 2",
            &[],
        ),
        cjs("b.js", "exports.seen = Object.keys(require('a.js'))", &[]),
    ]);
    assert_eq!(out, "{\"a1\":1,\"b\":{\"seen\":[\"a1\"]},\"a2\":2}");
}

#[test]
fn require_fails_with_the_texts_of_the_real_workerd() {
    let out = run(&[
        es("main.js", "import a from './d/a.js'; globalThis.out = a"),
        cjs(
            "d/a.js",
            "const t = (...s) => { try { return require(...s) } catch (e) { return String(e) } }; \
             module.exports = [t('./zz'), t('../../zz'), t('node:none'), t(), t(5), t('../tla.js'), t('../tla.js'), t('../bad.js')].join('|')",
            &[],
        ),
        es("tla.js", "await 1"),
        cjs("bad.js", "throw new Error('x')", &[]),
    ]);
    let expected = "Error: No such module \"d/zz\".|TypeError: Invalid module specifier \"../../zz\".\
        |Error: No such module \"node:none\".\
        |TypeError: Failed to execute 'require' on 'CommonJsModuleContext': parameter 1 is not of type 'string'.\
        |Error: No such module \"d/5\".|Error: Top-level await in module is not permitted at this time.\
        |Error: Top-level await in module is not permitted at this time.|Error: x";
    assert_eq!(out, expected);
}

#[test]
fn builtin_modules_are_found_by_visibility() {
    let out = run(&[es(
        "main.js",
        "import { four } from 'node:thing'; import { four as again } from 'thing'; import all, { double, version } from 'node:native'; \
         globalThis.out = [four, again, double(4), version, Object.keys(all)].join()",
    )]);
    assert_eq!(out, "4,4,8,1.0,double,explode,version");
    let hidden = run(&[
        es(
            "main.js",
            "import { four } from 'node:thing'; globalThis.out = four",
        ),
        es("node:thing", "export const four = 'mine'"),
    ]);
    assert_eq!(hidden, "mine");
}

#[test]
fn a_panic_in_a_native_module_is_an_internal_error() {
    let isolate = isolate();
    let out = run_in(
        &isolate,
        &[es(
            "main.js",
            "import { explode } from 'node:native'; try { explode() } catch (e) { globalThis.out = String(e) }",
        )],
    );
    assert!(
        out.starts_with("Error: internal error; reference = "),
        "{out}"
    );
    assert!(isolate.is_poisoned());
}

#[test]
fn the_runtime_imports_its_own_modules() {
    isolate().enter(|js| {
        let registry = Registry::new(Arc::default(), Rc::new(TestBuiltins));
        registry.install(js).expect("an empty bundle installs");
        let namespace = registry
            .import_builtin(js, "test-internal:native")
            .expect("it exists");
        let key = jsg::string(js, "version");
        let value = namespace
            .get(js, key.into())
            .expect("a namespace has no getters");
        assert_eq!(text(js, value), "1.0");
        assert!(registry.import_builtin(js, "test-internal:none").is_err());
    });
}

#[test]
fn making_code_needs_permission() {
    isolate().enter(|js| {
        let wasm = "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])) && 'ok'";
        let refused = "EvalError: Code generation from strings disallowed for this context";
        assert_eq!(eval(js, "eval('1')"), refused);
        assert_eq!(eval(js, "new Function('return 1')()"), refused);
        assert_eq!(eval(js, "eval(5)"), refused);
        assert_eq!(
            eval(js, wasm),
            "CompileError: WebAssembly.Module(): Wasm code generation disallowed by embedder"
        );
        jsg::codegen::with(js, true, |js| {
            assert_eq!(eval(js, "eval('1')"), "1");
            assert_eq!(eval(js, wasm), "ok");
        });
        assert_eq!(eval(js, "eval('1')"), refused);
    });
}

#[test]
fn the_second_isolate_compiles_from_the_code_cache() {
    let body = format!(
        "export default 1; function f() {{ return 1 }} f(); /* {} */",
        "x".repeat(600)
    );
    let common = format!(
        "exports.f = () => 1; exports.f(); /* {} */",
        "x".repeat(600)
    );
    let bundle = Arc::new(Bundle {
        modules: vec![
            es("main.js", &format!("import './c.js'; {body}")),
            cjs("c.js", &common, &[]),
            other("w.wasm", Content::Wasm(Arc::from(EMPTY_WASM))),
        ],
    });
    for round in 0..3 {
        isolate().enter(|js| {
            let registry = Registry::new(Arc::clone(&bundle), Rc::new(TestBuiltins));
            registry.install(js).expect("the bundle compiles");
            registry
                .import_main(js, "main.js")
                .expect("the module runs");
            registry.produce_code_cache(js);
        });
        for module in &bundle.modules[..2] {
            assert!(module.code.get().is_some(), "{}", module.name);
            assert_eq!(module.code.accepted(), round, "{}", module.name);
        }
    }
}

#[test]
fn web_assembly_of_the_same_bytes_is_compiled_once() {
    // A custom section makes the bytes this test's own.
    let bytes = [&EMPTY_WASM[..], &b"\0\x07\x04onceab"[..]].concat();
    let holders = || jsg::modules::wasm_holders(&bytes);
    let worker = || {
        [
            es(
                "main.js",
                "import m from './w.wasm'; globalThis.out = m instanceof WebAssembly.Module && !!new WebAssembly.Instance(m);",
            ),
            other("w.wasm", Content::Wasm(bytes.as_slice().into())),
        ]
    };
    let (first, second, third) = (worker(), worker(), worker());
    assert_eq!(holders(), 0);
    let isolate = isolate();
    assert_eq!(run_in(&isolate, &first), "true");
    assert_eq!(holders(), 1);
    assert_eq!(run(&second), "true");
    assert_eq!(holders(), 2);
    let on_another_thread = std::thread::spawn(move || run(&third));
    assert_eq!(on_another_thread.join().expect("it runs"), "true");
    assert_eq!(holders(), 2, "the third Worker is gone already");
    drop(second);
    assert_eq!(holders(), 1);
    drop((isolate, first));
    assert_eq!(holders(), 0, "nothing is kept for nobody");
}

#[test]
fn a_script_uses_the_code_cache() {
    let code = jsg::modules::CodeCache::default();
    let source = format!("(() => 4)() /* {} */", "x".repeat(600));
    for round in 0..2 {
        isolate().enter(|js| {
            let value =
                jsg::modules::run_script(js, &source, "worker", Some(&code)).expect("it runs");
            assert_eq!(text(js, value), "4");
        });
        assert_eq!(code.accepted(), round);
    }
}

#[test]
fn the_module_graph_goes_with_its_isolate() {
    let counter = jsg_test::Counter::default();
    {
        let isolate = isolate();
        let token = counter.token();
        run_in(&isolate, &[cjs("c.js", "", &[]), es("main.js", "")]);
        isolate.enter(|js| js.set_extension(Rc::new(token)));
        jsg_test::collect(&isolate);
        assert_eq!(counter.alive(), 1);
        let weak = isolate.enter(|js| Registry::current(js).as_ref().map(Rc::downgrade));
        drop(isolate);
        assert!(weak.is_some_and(|weak| weak.upgrade().is_none()));
    }
    assert_eq!(counter.alive(), 0);
}

/// Keeps what an event would run until the test says so.
#[derive(Default)]
struct Queue(
    std::cell::RefCell<Vec<futures::future::LocalBoxFuture<'static, jsg::promise::Continuation>>>,
);

impl jsg::promise::Executor for Queue {
    fn spawn(
        &self,
        _: &jsg::Lock<'_, '_>,
        task: futures::future::LocalBoxFuture<'static, jsg::promise::Continuation>,
    ) {
        self.0.borrow_mut().push(task);
    }
}

#[test]
fn an_import_in_an_event_is_evaluated_later_and_outside_of_it() {
    let isolate = isolate();
    let modules = [
        es(
            "main.js",
            "globalThis.load = (s) => import(s).then((m) => { globalThis.out += m.b }, (e) => { globalThis.out += e.message })",
        ),
        es(
            "b.js",
            "globalThis.out += 'evaluated,' + inEvent(); await 1; export const b = ',done'",
        ),
        es("stuck.js", "await new Promise(() => {})"),
    ];
    run_in(&isolate, &modules);
    let queue = Rc::new(Queue::default());
    isolate.enter(|js| {
        let in_event = jsg::promise::function(js, "inEvent", |js, _| {
            Ok(jsg::js::Boolean::new(js, js.executor().is_some()).into())
        });
        let key = jsg::string(js, "inEvent");
        let global = js.get_current_context().global(js);
        global.set(js, key.into(), in_event.into());
        js.set_executor(Some(Rc::clone(&queue) as Rc<dyn jsg::promise::Executor>));
        assert_eq!(
            eval(
                js,
                "globalThis.out = 'before,'; load('b.js'); load('stuck.js'); out"
            ),
            "before,"
        );
        Isolate::drain_microtasks(js);
        assert_eq!(eval(js, "out"), "before,");
    });
    let tasks = queue.0.take();
    assert_eq!(tasks.len(), 2);
    for task in tasks {
        let finish = futures::executor::block_on(task);
        isolate.enter(|js| {
            finish(js);
            Isolate::drain_microtasks(js);
        });
    }
    isolate.enter(|js| {
        let expected = "before,evaluated,false,doneTop-level await in module is unsettled.";
        assert_eq!(eval(js, "out"), expected);
        assert!(js.executor().is_some());
        js.set_executor(None);
    });
}

#[test]
fn a_source_phase_import_is_not_dynamic() {
    let out = run(&[
        es(
            "main.js",
            "try { await import.source('w.wasm'); globalThis.out = 'ok' } catch (e) { globalThis.out = String(e) }",
        ),
        other("w.wasm", Content::Wasm(Arc::from(EMPTY_WASM))),
    ]);
    assert_eq!(out, "Error: Not supported");
}
