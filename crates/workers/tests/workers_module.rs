//! `cloudflare:workers`.

use std::rc::Rc;
use std::sync::Arc;

use io::IoContext;
use jsg::js::{Function, Global, Local, Object};
use jsg::modules::{Builtin, Builtins, Bundle, Kind, Registry, Source};
use jsg::{Lock, LockExt};
use jsg_test::{isolate, text};
use workers::{EntrypointKind, EnvObject, entrypoint_kind};

struct Table;

impl Builtins for Table {
    fn find(&self, js: &Lock<'_, '_>, specifier: &str, kind: Kind) -> Option<Builtin> {
        workers::modules::find(js, specifier, kind)
    }
}

/// The exports of a main module, with `{ A: 'a' }` as the Worker's environment.
fn run<R>(
    source: &str,
    body: impl for<'s, 'i> FnOnce(&mut Lock<'s, 'i>, Local<'s, Object>) -> R,
) -> R {
    let isolate = Rc::new(isolate());
    let bundle = Bundle {
        modules: vec![Arc::new(Source::es_module("w.js", source.to_owned()))],
    };
    let namespace = isolate.enter(|js| {
        let env = jsg::json_parse(js, r#"{"A":"a"}"#).expect("JSON");
        let env = Local::<Object>::try_from(env).expect("an object");
        js.set_extension(Rc::new(EnvObject(Global::new(js, env))));
        let registry = Registry::new(Arc::new(bundle), Rc::new(Table));
        registry.install(js).expect("fresh");
        let namespace = jsg::promise::try_catch(js, |js| registry.import_main(js, "w.js"));
        match namespace {
            Ok(namespace) => Global::new(js, namespace),
            Err(exception) => panic!("{}", text(js, exception)),
        }
    });
    let event = IoContext::new(isolate.clone());
    event.run(|js| {
        let namespace = Local::new(js, namespace);
        body(js, namespace)
    })
}

const PRELUDE: &str = "
    import * as W from 'cloudflare:workers';
    import { WorkerEntrypoint, DurableObject, WorkflowEntrypoint, RpcTarget, RpcStub, env, exports as own } from 'cloudflare:workers';
    const atStart = JSON.stringify(env);
    const fails = f => { try { f(); return 'no' } catch (e) { return `${e.name}: ${e.message}` } };
    ";

#[track_caller]
fn gives(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        let main = format!("{PRELUDE} export function f() {{ return {source} }}");
        let found = run(&main, |js, namespace| {
            let key = jsg::intern(js, "f");
            let f = namespace.get(js, key.into()).expect("exported");
            let f = Local::<Function>::try_from(f).expect("a function");
            let result = jsg::promise::try_catch(js, |js| {
                f.call(js, namespace.into(), &[]).ok_or(jsg::Error::Pending)
            });
            let (Ok(value) | Err(value)) = result;
            text(js, value)
        });
        assert_eq!(found, *expected, "{source}");
    }
}

#[test]
fn it_exports_what_it_should() {
    gives(&[
        (
            "Object.keys(W).join()",
            "DurableObject,RpcPromise,RpcProperty,RpcStub,RpcTarget,ServiceStub,WorkerEntrypoint,WorkflowEntrypoint,\
         abortIsolate,cache,env,exports,restore,tracing,waitUntil,withEnv,withEnvAndExports,withExports",
        ),
        (
            "[W.withEnv, W.withExports, W.withEnvAndExports, W.abortIsolate, W.waitUntil].map(f => f.name + f.length).join()",
            "withEnv2,withExports2,withEnvAndExports3,abortIsolate1,bound waitUntil0",
        ),
        (
            "[WorkerEntrypoint, DurableObject, WorkflowEntrypoint, RpcTarget, RpcStub, W.RpcPromise, W.RpcProperty, \
          W.ServiceStub].map(c => c.name + '/' + c.prototype[Symbol.toStringTag]).join()",
            "WorkerEntrypoint/WorkerEntrypoint,DurableObject/DurableObjectBase,WorkflowEntrypoint/WorkflowEntrypoint,\
         RpcTarget/JsRpcTarget,RpcStub/JsRpcStub,RpcPromise/JsRpcPromise,RpcProperty/JsRpcProperty,Fetcher/Fetcher",
        ),
        (
            "String(W.restore) + (W.restore === Symbol.for('cloudflare:workers:restore'))",
            "Symbol(cloudflare:workers:restore)false",
        ),
    ]);
}

#[test]
fn base_classes_keep_ctx_and_env() {
    let construct = |class: &str, n: u8, ty: &str| {
        format!(
            "TypeError: Failed to construct '{class}': constructor parameter {n} is not of type '{ty}'."
        )
    };
    gives(&[
        (
            "(() => { const c = {}, e = {}, w = new (class extends WorkerEntrypoint {})(c, e); \
             return Object.keys(w).join() + (w.ctx === c) + (w.env === e) })()",
            "ctx,envtruetrue",
        ),
        (
            "fails(() => new WorkerEntrypoint())",
            &construct("WorkerEntrypoint", 1, "Object"),
        ),
        (
            "fails(() => new WorkerEntrypoint({}))",
            &construct("WorkerEntrypoint", 2, "Object"),
        ),
        (
            "fails(() => new DurableObject())",
            &construct("DurableObjectBase", 1, "DurableObjectState"),
        ),
        (
            "fails(() => new DurableObject({}, {}))",
            &construct("DurableObjectBase", 1, "DurableObjectState"),
        ),
        (
            "fails(() => new WorkflowEntrypoint({}, {}))",
            &construct("WorkflowEntrypoint", 1, "ExecutionContext"),
        ),
        (
            "fails(() => new RpcStub(5))",
            &construct("JsRpcStub", 1, "Object"),
        ),
        (
            "fails(() => new W.RpcPromise())",
            "TypeError: Illegal constructor",
        ),
        (
            "fails(() => new W.ServiceStub())",
            "TypeError: Illegal constructor",
        ),
        (
            "new (class extends RpcTarget { constructor() { super(); this.x = 1 } })().x",
            "1",
        ),
    ]);
}

#[test]
fn env_is_live() {
    gives(&[
        ("atStart", r#"{"A":"a"}"#),
        (
            "(env.B = 1, JSON.stringify(env) + ('B' in env) + delete env.B + ('B' in env))",
            r#"{"A":"a","B":1}truetruefalse"#,
        ),
        (
            "(Object.defineProperty(env, 'C', { value: 1, configurable: true }), Object.getOwnPropertyNames(env).join())",
            "A,C",
        ),
        (
            "W.withEnv({ Q: 1 }, () => JSON.stringify(env)) + JSON.stringify(env)",
            r#"{"Q":1}{"A":"a"}"#,
        ),
        ("W.withEnv(5, () => JSON.stringify(env))", r#"{"A":"a"}"#),
        (
            "W.withExports({ Q: 1 }, () => JSON.stringify(own)) + Reflect.ownKeys(own).length",
            r#"{"Q":1}0"#,
        ),
        (
            "W.withEnvAndExports({ Q: 1 }, { R: 2 }, () => env.Q + own.R)",
            "3",
        ),
        (
            "fails(() => W.withEnv({}, 5))",
            "TypeError: Failed to execute 'withEnv' on 'EnvModule': parameter 2 is not of type 'function'.",
        ),
        (
            "fails(() => W.withEnvAndExports({}, {}, 5))",
            "TypeError: Failed to execute 'withEnvAndExports' on 'EnvModule': parameter 3 is not of type 'function'.",
        ),
        (
            "fails(() => W.waitUntil())",
            "TypeError: Failed to execute 'waitUntil' on 'EntrypointsModule': parameter 1 is not of type 'Promise'.",
        ),
        ("W.waitUntil(5)", "undefined"),
        (
            "Reflect.ownKeys(W.cache).length + typeof W.cache.purge + ('x' in W.cache)",
            "0undefinedfalse",
        ),
    ]);
}

#[test]
fn spans_run_what_they_are_given() {
    gives(&[
        (
            "W.tracing.enterSpan('x', (s, ...a) => (s === W.tracing.getActiveSpan()) + a.join(), 1, 2)",
            "true1,2",
        ),
        (
            "W.tracing.startActiveSpan('x', s => s.setAttribute('a', 1) === s && s.isTraced)",
            "false",
        ),
        (
            "W.tracing.withActiveSpan(W.tracing.startSpan('x'), (...a) => a.length, 1)",
            "1",
        ),
        (
            "W.tracing.getActiveSpan() === W.tracing.getActiveSpan()",
            "true",
        ),
        (
            "JSON.stringify(W.tracing.startSpan('x').spanContext())",
            r#"{"traceId":"00000000000000000000000000000000","spanId":"0000000000000000","traceFlags":0}"#,
        ),
        (
            "fails(() => new W.tracing.Span())",
            "TypeError: Illegal constructor",
        ),
        (
            "fails(() => W.tracing.withActiveSpan(null, () => 1))",
            "TypeError: Failed to execute 'withActiveSpan' on 'Tracing': parameter 1 is not of type 'Span'.",
        ),
        (
            "fails(() => W.tracing.enterSpan('x'))",
            "TypeError: Failed to execute 'enterSpan' on 'Tracing': parameter 2 is not of type 'Function'.",
        ),
        (
            "fails(() => W.tracing.startSpan('x').setAttributes(5))",
            "TypeError: Failed to execute 'setAttributes' on 'Span': parameter 1 is not of type 'object'.",
        ),
        (
            "fails(() => W.tracing.startSpan('x').setStatus({ code: 1 }))",
            "TypeError: Span status code must be 'unset', 'ok', or 'error'.",
        ),
    ]);
}

#[test]
fn a_class_is_what_it_extends() {
    let cases = [
        ("class extends WorkerEntrypoint {}", EntrypointKind::Worker),
        (
            "class extends (class extends DurableObject {}) {}",
            EntrypointKind::Actor,
        ),
        (
            "class extends WorkflowEntrypoint {}",
            EntrypointKind::Workflow,
        ),
        ("class extends RpcTarget {}", EntrypointKind::PlainActor),
        ("() => 1", EntrypointKind::PlainActor),
        ("WorkerEntrypoint", EntrypointKind::Worker),
        (
            "Object.setPrototypeOf(class {}, WorkerEntrypoint)",
            EntrypointKind::Worker,
        ),
    ];
    for (source, expected) in cases {
        let main = format!("{PRELUDE} export const C = {source};");
        let kind = run(&main, |js, namespace| {
            let key = jsg::intern(js, "C");
            let class = namespace.get(js, key.into()).expect("exported");
            let class = Local::<Function>::try_from(class).expect("a function");
            entrypoint_kind(js, class)
        });
        assert_eq!(kind, expected, "{source}");
    }
}

#[test]
fn at_global_scope_there_is_no_event() {
    let main = format!("{PRELUDE} export const said = fails(() => W.waitUntil(5)).slice(0, 52);");
    let said = run(&main, |js, namespace| {
        let key = jsg::intern(js, "said");
        let said = namespace.get(js, key.into()).expect("exported");
        text(js, said)
    });
    assert_eq!(said, "Error: Disallowed operation called within global sco");
}
