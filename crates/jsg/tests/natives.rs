//! What built-in JavaScript learns of values without running the guest's code.

use std::rc::Rc;

use jsg::Lock;
use jsg::modules::{Builtin, Builtins, Kind, Registry};
use jsg_test::{eval, expose, isolate};

struct Natives;

impl Builtins for Natives {
    fn find(&self, _: &Lock<'_, '_>, specifier: &str, kind: Kind) -> Option<Builtin> {
        (kind == Kind::Internal && specifier == "node-internal:util_natives")
            .then_some(Builtin::Native(jsg::natives::util_natives))
    }
}

/// A class with a property that only inspection sees.
#[jsg::class]
pub struct Guarded {}

#[jsg::methods]
impl Guarded {
    #[jsg(constructor)]
    fn new() -> Self {
        Self {}
    }

    #[jsg(inspect_getter)]
    fn immutable(&self) -> bool {
        true
    }
}

fn check(cases: &[(&str, &str)]) {
    isolate().enter(|js| {
        expose::<Guarded>(js);
        let registry = Registry::new(Default::default(), Rc::new(Natives));
        registry.install(js).expect("nothing to compile");
        let namespace = registry
            .import_builtin(js, "node-internal:util_natives")
            .expect("the module is there");
        let key = jsg::string(js, "n");
        let global = js.get_current_context().global(js);
        global.set(js, key.into(), namespace.into());
        for (source, expected) in cases {
            assert_eq!(eval(js, source), *expected, "{source}");
        }
    });
}

#[test]
fn details_of_values() {
    check(&[
        (
            "n.getOwnNonIndexProperties(Object.assign([1], { a: 1, [Symbol('s')]: 2 }), 'all').map(String).join()",
            "length,a,Symbol(s)",
        ),
        (
            "n.getOwnNonIndexProperties(Object.assign([1], { a: 1 }), 'enumerable').join()",
            "a",
        ),
        (
            "n.getOwnNonIndexProperties(new Proxy({}, { ownKeys() { throw 1 } }), 'all').length",
            "0",
        ),
        (
            "JSON.stringify([n.getPromiseDetails(Promise.resolve(4)), n.getPromiseDetails(new Promise(() => {}))])",
            "[{\"state\":\"fulfilled\",\"result\":4},{\"state\":\"pending\"}]",
        ),
        (
            "{ const p = Promise.reject(5); p.catch(() => {}); n.getPromiseDetails(p).state + n.getPromiseDetails(p).result }",
            "rejected5",
        ),
        ("n.getPromiseDetails({})", "undefined"),
        (
            "JSON.stringify(n.getProxyDetails(new Proxy({ t: 1 }, { h: 2 })))",
            "{\"target\":{\"t\":1},\"handler\":{\"h\":2}}",
        ),
        (
            "{ const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); JSON.stringify(n.getProxyDetails(proxy)) }",
            "{\"target\":null,\"handler\":null}",
        ),
        ("n.getProxyDetails({})", "undefined"),
        (
            "JSON.stringify(n.previewEntries(new Map([[1, 2]]).entries()))",
            "{\"entries\":[1,2],\"isKeyValue\":true}",
        ),
        (
            "{ const i = new Set([1, 2]).values(); i.next(); JSON.stringify(n.previewEntries(i)) + i.next().value }",
            "{\"entries\":[2],\"isKeyValue\":false}2",
        ),
        (
            "JSON.stringify(n.previewEntries(new WeakSet([{ a: 1 }])))",
            "{\"entries\":[{\"a\":1}],\"isKeyValue\":false}",
        ),
        (
            "JSON.stringify(n.previewEntries({}))",
            "{\"entries\":[],\"isKeyValue\":false}",
        ),
        (
            "class Foo {}; n.getConstructorName(Object.setPrototypeOf(new Foo(), null))",
            "Foo",
        ),
        (
            "n.getConstructorName(Object.setPrototypeOf(new Guarded(), null))",
            "Guarded",
        ),
    ]);
}

#[test]
fn inspection_only_properties_are_listed_with_their_symbols() {
    check(&[
        (
            "{ const g = new Guarded(); const [[name, symbol]] = n.getApiProperties(g); name + g[symbol] }",
            "immutabletrue",
        ),
        ("n.getApiProperties({})", "undefined"),
        (
            "n.getApiProperties(Object.setPrototypeOf(new Guarded(), null))",
            "undefined",
        ),
        (
            "n.getApiProperties(Object.setPrototypeOf(new Guarded(), new Proxy({}, { get() { throw 1 } })))",
            "undefined",
        ),
    ]);
}

#[test]
fn call_sites_start_at_the_caller() {
    check(&[
        (
            "function inner() { return n.getCallSites(1) }\nfunction outer() { return inner() }\n\
             outer().map((s) => [s.functionName, s.scriptName, s.lineNumber, s.columnNumber, s.column, typeof s.scriptId].join()).join('|')",
            "inner,test.js,1,29,29,string",
        ),
        (
            "outer2 = () => n.getCallSites(); outer2().map((s) => s.functionName).join()",
            "outer2",
        ),
    ]);
}

#[test]
fn predicates_see_through_prototypes_but_not_proxies() {
    check(&[
        (
            "[n.isNativeError(new TypeError()), n.isNativeError(Object.create(Error.prototype)), n.isProxy(new Proxy({}, {}))].join()",
            "true,false,true",
        ),
        (
            "[n.isMap(new Map()), n.isMap(new Proxy(new Map(), {})), n.isMapIterator(new Map().keys()), n.isSetIterator([].values())].join()",
            "true,false,true,false",
        ),
        (
            "[n.isAsyncFunction(async () => {}), n.isGeneratorFunction(function* () {}), n.isModuleNamespaceObject(n), n.isExternal({})].join()",
            "true,true,true,false",
        ),
        (
            "(function () { return n.isArgumentsObject(arguments) })() + '' + n.isBigIntObject(Object(1n)) + n.isSymbolObject(1)",
            "truetruefalse",
        ),
    ]);
}
