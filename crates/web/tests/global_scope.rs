//! What lives on the global scope.

use std::time::{Duration, Instant};

use crate::scope::{Scope, at, flags, newest};

#[test]
fn timers_run_in_order_with_their_arguments() {
    let scope = Scope::new(flags("2025-09-23", &[]));
    scope.check(&[
        (
            "const l = []; setTimeout(function (...a) { l.push(this === globalThis, ...a) }, 1, 2, 3); await scheduler.wait(10); return l.join()",
            "true,2,3",
        ),
        (
            "let n = 0; const i = setInterval(() => { if (++n == 3) clearInterval(i) }, 1); await scheduler.wait(40); return n",
            "3",
        ),
        (
            "const l = []; setTimeout(() => l.push('b'), 2); setTimeout(() => l.push('a'), 1); setTimeout(() => l.push('c'), 2); setTimeout(() => l.push('0')); await scheduler.wait(20); return l.join()",
            "0,a,b,c",
        ),
        (
            "const l = []; for (const d of [NaN, -5, '0', {}]) setTimeout(() => l.push(1), d); await scheduler.wait(10); return l.length",
            "4",
        ),
        (
            "const l = []; const t = setTimeout(() => l.push(1), 1); clearTimeout(String(t)); clearTimeout(null); clearTimeout({}); clearTimeout(1.5); clearTimeout(2 ** 60); await scheduler.wait(10); return l.length",
            "0",
        ),
        (
            "try { setTimeout('1', 1) } catch (e) { return e }",
            "TypeError: Failed to execute 'setTimeout' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'function'.",
        ),
        (
            "try { clearTimeout() } catch (e) { return e }",
            "TypeError: Failed to execute 'clearTimeout' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'Number'.",
        ),
        (
            "try { for (let i = 0; i < 10001; i++) setTimeout(() => {}, 1e8) } catch (e) { return e }",
            "QuotaExceededError: You have exceeded the number of active timeouts you may set. max active timeouts: 10000, current active timeouts: 10000, finished timeouts: 0",
        ),
    ]);
    assert!(
        scope
            .eval("setTimeout(() => {}, 1)")
            .starts_with("Error: Disallowed operation called within global scope.")
    );
}

#[test]
fn timer_numbers_are_unique_in_the_isolate() {
    let scope = newest();
    scope.check(&[
        ("return setTimeout(() => {}, 1)", "1"),
        ("return setTimeout(() => {}, Infinity)", "2"),
        ("setTimeout(() => { throw new Error('in timer') }, 0); await scheduler.wait(5); return 1", "1"),
    ]);
    assert_eq!(scope.logged(), "Uncaught: Error: in timer");
}

#[test]
fn immediates_are_handles_that_can_be_cleared() {
    newest().check(&[
        (
            "const l = []; setImmediate((...a) => l.push(...a), 1, 2); const i = setImmediate(() => l.push('no')); clearImmediate(i); clearImmediate(null); await scheduler.wait(5); return l.join() + i.hasRef() + i",
            "1,2false[object Immediate]",
        ),
        (
            "try { clearImmediate(5) } catch (e) { return e }",
            "TypeError: Failed to execute 'clearImmediate' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'Immediate'.",
        ),
    ]);
    assert_eq!(at("2024-01-01").eval("typeof setImmediate"), "undefined");
}

#[test]
fn errors_are_reported_to_listeners_and_then_to_the_log() {
    let scope = newest();
    scope.check(&[(
        "const l = []; const h = e => { l.push(e.message); e.preventDefault() }; addEventListener('error', h); reportError('str'); queueMicrotask(() => { throw new TypeError('z') }); await 0; await 0; removeEventListener('error', h); return l.join()",
        "Uncaught str,Uncaught TypeError: z",
    )]);
    assert_eq!(scope.logged(), "");
    scope.run("reportError({ stack: 'custom stack' }); reportError(null); reportError(() => {})");
    assert_eq!(scope.logged(), ": custom stack\n: null\n: () => {}");
    scope.run("const h = () => { throw new Error('second') }; addEventListener('error', h); reportError(new Error('first')); removeEventListener('error', h)");
    assert_eq!(scope.logged(), ": Error: second\n: Error: first");
    scope.run("globalThis.onerror = () => true; reportError(new Error('prevented')); globalThis.onerror = undefined");
    assert_eq!(scope.logged(), "");
}

#[test]
fn the_global_object_looks_like_the_real_one() {
    let scope = Scope::new(flags(
        "2026-11-17",
        &["no_nodejs_compat", "no_nodejs_compat_v2"],
    ));
    scope.check(&[
        (
            "const l = []; for (let o = globalThis; o; o = Object.getPrototypeOf(o)) l.push(Object.prototype.toString.call(o)); return l.join()",
            "[object ServiceWorkerGlobalScope],[object ServiceWorkerGlobalScope],[object WorkerGlobalScope],[object EventTarget],[object Object]",
        ),
        (
            "const d = (o, k) => { const { value, ...rest } = Object.getOwnPropertyDescriptor(o, k) ?? {}; return typeof value + Object.values(rest).map(Number).join('') }; const p = Object.getPrototypeOf(globalThis); return [d(globalThis, 'self'), d(globalThis, 'origin'), d(p, 'Event'), d(p, 'setTimeout'), d(Object.getPrototypeOf(p), 'EventTarget'), d(globalThis, 'Event'), d(globalThis, 'ServiceWorkerGlobalScope')].join()",
            "object111,string011,function111,function111,function111,undefined,function111",
        ),
        ("return [self === globalThis, origin, typeof global, typeof navigator].join()", "true,null,undefined,object"),
        (
            "'use strict'; try { origin = 'x' } catch (e) { return e }",
            "TypeError: Cannot assign to read only property 'origin' of object '#<ServiceWorkerGlobalScope>'",
        ),
        ("globalThis.self = 5; const was = typeof self; globalThis.self = globalThis; return was", "number"),
        (
            "const f = Cloudflare.compatibilityFlags; return [Object.isSealed(f), f === Cloudflare.compatibilityFlags, f.nodejs_compat, f.global_navigator, Object.getPrototypeOf(f)].join()",
            "true,true,false,true,",
        ),
        (
            "return Object.keys(navigator).join() + navigator.userAgent + navigator.languages",
            "languages,language,platform,hardwareConcurrency,userAgentCloudflare-Workersen",
        ),
        (
            "const { setTimeout: later } = globalThis; try { setTimeout.call(5, () => {}) } catch (e) { return typeof later(() => {}) + e.message.slice(0, 18) }",
            "numberIllegal invocation",
        ),
    ]);
    let old = at("2021-11-02");
    assert_eq!(
        old.eval("typeof navigator + typeof Navigator + typeof Performance"),
        "undefinedundefinedundefined"
    );
    assert_eq!(
        old.eval("importScripts('x')"),
        "Error: Failed to execute 'importScripts' on 'WorkerGlobalScope': the method is not implemented."
    );
    assert_eq!(newest().eval("typeof importScripts"), "undefined");
}

#[test]
fn an_execution_context_has_its_properties_and_acts_on_the_current_event() {
    let scope = newest();
    scope.isolate.enter(|js| {
        let parts = web::execution_context::Parts {
            exports: None,
            props: None,
            version: None,
        };
        let context = web::execution_context::ExecutionContext::create(js, parts);
        let key = jsg::string(js, "ctx");
        let global = js.get_current_context().global(js);
        global.set(js, key.into(), context.object().into());
    });
    scope.check(&[
        ("return Object.keys(ctx).join()", "tracing,access,cache,props,exports"),
        ("const l = []; for (const k in ctx) l.push(k); return l.slice(5).join()", "waitUntil,passThroughOnException,mapVirtualHost,abort"),
        ("return [JSON.stringify(ctx.props), ctx.props === ctx.props, String(ctx.cache)].join()", "{},true,undefined"),
        ("ctx.props = 7; return ctx.props", "7"),
        ("return [ctx.waitUntil(5), ctx.waitUntil({ then(r) { r() } }), ctx.passThroughOnException()].map(String).join()", "undefined,undefined,undefined"),
        (
            "try { ctx.waitUntil() } catch (e) { return e }",
            "TypeError: Failed to execute 'waitUntil' on 'ExecutionContext': parameter 1 is not of type 'Promise'.",
        ),
        (
            "try { ctx.mapVirtualHost() } catch (e) { return e }",
            "TypeError: Failed to execute 'mapVirtualHost' on 'ExecutionContext': parameter 1 is not of type 'Fetcher'.",
        ),
        ("ctx.waitUntil(Promise.reject(new Error('wu'))); await 0; return 1", "1"),
    ]);
    assert_eq!(scope.logged(), "Uncaught (in promise): Error: wu");
    assert_eq!(at("2021-11-02").eval("typeof ctx"), "undefined");
}

#[test]
fn the_console_is_the_engines_with_five_functions_of_ours() {
    let scope = newest();
    scope.check(&[
        (
            "return Object.keys(console).join()",
            "debug,error,info,log,warn,dir,dirxml,table,trace,group,groupCollapsed,groupEnd,clear,count,countReset,assert,profile,profileEnd,time,timeLog,timeEnd,timeStamp,context",
        ),
        (
            "return [console.log.name, console.error.length, console.log === console.log, 'prototype' in console.warn, 'prototype' in console.table, console.table.name].join()",
            ",0,true,true,false,table",
        ),
        ("console.log('a', 5); console.warn(); const { error } = console; error('x'); console.table([1]); return 1", "1"),
    ]);
    assert_eq!(scope.logged(), "Log a 5\nWarn \nError x");
}

#[test]
fn the_performance_timeline_has_marks_and_measures() {
    newest().check(&[
        ("return performance.now() === Date.now() || performance.now() > 1e12", "true"),
        ("const m = performance.mark('a', { startTime: 5, detail: { a: 1 } }); return JSON.stringify(m.toJSON())", r#"{"name":"a","entryType":"mark","startTime":5,"duration":0,"detail":{"a":1}}"#),
        ("return JSON.stringify(performance.measure('m', { start: 1, duration: 3 }))", r#"{"name":"m","entryType":"measure","startTime":1,"duration":3}"#),
        ("performance.mark('s', { startTime: 2 }); performance.mark('e', { startTime: 9 }); const m = performance.measure('se', 's', 'e'); return [m.startTime, m.duration, m.detail].join()", "2,7,"),
        ("performance.clearMarks(); performance.clearMeasures('m'); return performance.getEntries().map((e) => e.name).join()", "se"),
        ("return performance.getEntriesByType('measure').length + '' + performance.getEntriesByName('se', 'mark').length", "10"),
        ("return [...performance.eventCounts].length + performance.eventCounts.size", "0"),
        ("return String(performance.eventCounts.entries())", "[object EntryIterator]"),
        ("return JSON.stringify(performance.nodeTiming)", r#"{"name":"node","entryType":"node","startTime":0,"duration":0,"nodeStart":0,"v8Start":0,"bootstrapComplete":0,"environment":0,"loopStart":0,"loopExit":0,"idleTime":0,"uvMetricsInfo":{"loopCount":0,"events":0,"eventsWaiting":0}}"#),
        ("return Object.keys(performance.nodeTiming).join()", "uvMetricsInfo,idleTime,loopExit,loopStart,environment,bootstrapComplete,v8Start,nodeStart"),
        ("return PerformanceObserver.supportedEntryTypes.join() + new PerformanceObserver(5).takeRecords().length", "measure,mark0"),
        ("return new PerformanceMark('x', { startTime: 7 }).startTime", "7"),
        (
            "try { performance.mark('a', { detail: 5 }) } catch (e) { return e }",
            "TypeError: Incorrect type for the 'detail' field on 'Options': the provided value is not of type 'Object'.",
        ),
    ]);
    let old = at("2024-09-23");
    assert_eq!(
        old.eval("const k = []; for (const x in performance) k.push(x); k.join() + performance.now() + performance.constructor.name"),
        "timeOrigin,now0Performance"
    );
}

/// Not a bench: only says when installing has become something else.
#[test]
fn installing_the_globals_is_cheap() {
    let scope = newest();
    let fastest = (0..20)
        .map(|_| {
            scope.isolate.enter(|js| {
                let start = Instant::now();
                web::globals::install(js);
                start.elapsed()
            })
        })
        .min()
        .unwrap();
    println!("globals installed in {fastest:?}");
    assert!(fastest < Duration::from_millis(5));
}

#[test]
fn classes_of_the_scope_become_ordinary_properties_when_touched() {
    let scope = newest();
    scope.check(&[
        ("return Event === Object.getPrototypeOf(globalThis).Event && new Event('x') instanceof Event", "true"),
        (
            "const p = Object.getPrototypeOf(globalThis); const { value, ...rest } = Object.getOwnPropertyDescriptor(p, 'AbortSignal'); return typeof value + JSON.stringify(rest)",
            r#"function{"writable":true,"enumerable":true,"configurable":true}"#,
        ),
        ("globalThis.CustomEvent = 5; const own = Object.hasOwn(globalThis, 'CustomEvent'); delete globalThis.CustomEvent; return own + typeof CustomEvent", "truefunction"),
        ("const p = Object.getPrototypeOf(globalThis); p.CloseEvent = 7; return CloseEvent + String(Object.hasOwn(globalThis, 'CloseEvent'))", "7false"),
        ("const p = Object.getPrototypeOf(globalThis); return delete p.MessageEvent && typeof MessageEvent", "undefined"),
        ("return Object.getPrototypeOf(AbortSignal) === Function.prototype && Object.getPrototypeOf(AbortSignal.prototype) === EventTarget.prototype", "true"),
    ]);
}

#[test]
fn a_beacon_needs_an_event_and_fails_in_silence() {
    let scope = newest();
    assert_eq!(
        scope.eval("navigator.sendBeacon('http://a/', 'x')"),
        "false"
    );
    scope.check(&[
        ("return navigator.sendBeacon('nope')", "true"),
        (
            "try { navigator.sendBeacon() } catch (e) { return e }",
            "TypeError: Failed to execute 'sendBeacon' on 'Navigator': parameter 1 is not of type 'string'.",
        ),
    ]);
}

#[test]
fn a_structured_clone_copies_and_moves() {
    newest().check(&[
        ("const a = { b: [1, new Date(5)] }; const c = structuredClone(a); return c !== a && JSON.stringify(c) === JSON.stringify(a)", "true"),
        ("const b = new ArrayBuffer(4); const c = structuredClone(b, { transfer: [b] }); return b.byteLength + ',' + c.byteLength", "0,4"),
        ("try { structuredClone(() => {}) } catch (e) { return e + e.code }", "DataCloneError: () => {} could not be cloned.25"),
        (
            "try { structuredClone(5, { transfer: 5 }) } catch (e) { return e }",
            "TypeError: Incorrect type for the 'transfer' field on 'StructuredCloneOptions': the provided value is not of type 'Array'.",
        ),
        (
            "try { structuredClone() } catch (e) { return e }",
            "TypeError: Failed to execute 'structuredClone' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'Value'.",
        ),
    ]);
}
