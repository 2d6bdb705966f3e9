//! Abort signals and controllers.

use crate::scope::{at, newest};

#[test]
fn a_controller_aborts_its_signal_once() {
    newest().check(&[
        (
            "const c = new AbortController(), l = []; c.signal.onabort = function (e) { l.push('on', this === c.signal, e.isTrusted, e.type) }; c.signal.addEventListener('abort', () => { l.push('h') }); c.abort(); c.abort(); return l.join()",
            "on,false,true,abort,h",
        ),
        (
            "const c = new AbortController(); c.abort(); const r = c.signal.reason; return [c.signal.aborted, r.name, r.message, r.code, r instanceof DOMException, Object.getOwnPropertyNames(r).includes('retryable')].join()",
            "true,AbortError,The operation was aborted,20,true,true",
        ),
        ("try { AbortSignal.abort('because').throwIfAborted() } catch (e) { return e }", "because"),
        ("return [AbortSignal.abort(null).reason, AbortSignal.abort(undefined).reason.name].join()", ",AbortError"),
        (
            "const c = new AbortController(), l = []; c.signal.addEventListener('abort', () => { l.push('late') }); c.signal.addEventListener('x', () => { l.push('x') }); c.abort(); c.signal.dispatchEvent(new Event('abort')); c.signal.dispatchEvent(new Event('x')); return l.join()",
            "late",
        ),
        ("try { new AbortSignal() } catch (e) { return e }", "TypeError: Illegal constructor"),
    ]);
}

#[test]
fn onabort_is_a_listener_in_its_place() {
    newest().check(&[
        (
            "const c = new AbortController(), l = []; c.signal.addEventListener('abort', () => { l.push('h') }); c.signal.onabort = () => { l.push('on') }; c.abort(); return l.join()",
            "h,on",
        ),
        (
            "const c = new AbortController(), l = []; const f = () => { l.push('on') }; c.signal.onabort = f; c.signal.addEventListener('abort', () => { l.push('h') }); c.signal.onabort = () => { l.push('on2') }; c.abort(); return l.join()",
            "on2,h",
        ),
        (
            "const c = new AbortController(), l = []; c.signal.onabort = () => {}; c.signal.addEventListener('abort', () => { l.push('h') }); c.signal.onabort = null; c.signal.onabort = () => { l.push('on2') }; c.abort(); return l.join()",
            "h,on2",
        ),
        (
            "const c = new AbortController(), l = []; const f = () => { l.push('on') }; c.signal.onabort = f; c.signal.removeEventListener('abort', f); c.abort(); return [l, c.signal.onabort === f].join()",
            "on,true",
        ),
        (
            "const c = new AbortController(); c.signal.onabort = 5; const l = [c.signal.onabort]; c.signal.onabort = {}; l.push(typeof c.signal.onabort); c.abort(); return l.join()",
            ",object",
        ),
    ]);
}

#[test]
fn dependent_signals_know_the_reason_before_anyone_hears_of_it() {
    newest().check(&[
        (
            "const c = new AbortController(); const s = AbortSignal.any([c.signal]), l = []; c.signal.addEventListener('abort', () => { l.push(s.aborted, s.reason) }); s.onabort = () => { l.push('any') }; c.abort('r'); return l.join()",
            "true,r,any",
        ),
        ("const s = AbortSignal.any([AbortSignal.abort('r')]); return s.aborted + s.reason", "truer"),
        ("return AbortSignal.any([]).aborted", "false"),
        (
            "const a = new AbortController(), b = new AbortController(); const s = AbortSignal.any([AbortSignal.any([a.signal]), b.signal]); a.abort(1); b.abort(2); return s.reason",
            "1",
        ),
        (
            "try { AbortSignal.any([{}]) } catch (e) { return e }",
            "TypeError: Incorrect type for array element 0: the provided value is not of type 'AbortSignal'.",
        ),
        (
            "try { AbortSignal.any(5) } catch (e) { return e }",
            "TypeError: Failed to execute 'any' on 'AbortSignal': parameter 1 is not of type 'Array'.",
        ),
    ]);
}

#[test]
fn timeouts_abort_and_need_an_event() {
    let scope = newest();
    scope.check(&[
        (
            "const s = AbortSignal.timeout(1), l = []; s.onabort = () => { l.push('t') }; await scheduler.wait(20); return [s.aborted, s.reason.name, s.reason.message, s.reason.code, l].join()",
            "true,TimeoutError,The operation was aborted due to timeout,23,t",
        ),
        (
            "return [AbortSignal.timeout(-1), AbortSignal.timeout('abc'), AbortSignal.timeout(1e20)].map((s) => s.aborted).join()",
            "false,false,false",
        ),
    ]);
    assert!(
        scope
            .eval("AbortSignal.timeout(1)")
            .starts_with("Error: Disallowed operation called within global scope.")
    );
    assert_eq!(
        scope.eval("const c = new AbortController(); c.abort(1); c.signal.reason"),
        "1"
    );
}

#[test]
fn before_its_date_abort_throws_what_a_listener_throws() {
    const THROWING: &str = "const c = new AbortController(); c.signal.addEventListener('abort', () => { throw new Error('q') }); try { c.abort() } catch (e) { return e.message + c.signal.aborted } return 'none'";
    newest().check(&[(THROWING, "none")]);
    at("2021-11-02").check(&[(THROWING, "qtrue")]);
}

#[test]
fn an_aborted_wait_rejects_and_frees_its_timer() {
    newest().check(&[
        (
            "const c = new AbortController(); setTimeout(() => c.abort('mine'), 1); try { await scheduler.wait(10000, { signal: c.signal }) } catch (e) { return e }",
            "Error: mine",
        ),
        ("try { await scheduler.wait(1, { signal: AbortSignal.abort('x') }) } catch (e) { return e }", "Error: x"),
        ("return await scheduler.wait(-1)", "undefined"),
        (
            "try { await scheduler.wait() } catch (e) { return e }",
            "TypeError: Failed to execute 'wait' on 'Scheduler': parameter 1 is not of type 'number'.",
        ),
        (
            "try { await scheduler.wait(1, { signal: 5 }) } catch (e) { return e }",
            "TypeError: Incorrect type for the 'signal' field on 'WaitOptions': the provided value is not of type 'AbortSignal'.",
        ),
    ]);
}

#[test]
fn dead_targets_and_signals_are_collected() {
    let scope = newest();
    scope.eval(
        "globalThis.c = new AbortController(); for (let i = 0; i < 100; i++) { const t = new EventTarget(); t.self = t; t.addEventListener('x', () => t, { signal: c.signal }); AbortSignal.any([c.signal]) }",
    );
    jsg_test::collect(&scope.isolate);
    assert_eq!(scope.eval("c.abort(5); c.signal.reason"), "5");
}

#[test]
fn a_wait_that_is_aborted_fails_with_a_copy_of_the_reason() {
    newest().check(&[
        (
            "const e = Object.assign(new RangeError('x'), { foo: 1 }); try { await scheduler.wait(1, { signal: AbortSignal.abort(e) }) } catch (c) { return [c === e, c, Object.keys(c)].join() }",
            "false,RangeError: x,foo",
        ),
        (
            "try { await scheduler.wait(1, { signal: AbortSignal.abort() }) } catch (e) { return Object.keys(e) }",
            "code,name,message,stack",
        ),
        (
            "const c = new AbortController(); setTimeout(() => c.abort(), 1); try { await scheduler.wait(1000, { signal: c.signal }) } catch (e) { return [Object.keys(e), e === c.signal.reason].join() }",
            "code,name,message,stack,retryable,false",
        ),
        (
            "const r = []; for (const reason of [5, 'text', () => 1]) try { await scheduler.wait(1, { signal: AbortSignal.abort(reason) }) } catch (e) { r.push(e) } return r.join()",
            "Error: 5,Error: text,Error: () => 1",
        ),
        (
            "try { scheduler.wait.call({}, 1); return 'promise' } catch (e) { return e.name }",
            "TypeError",
        ),
    ]);
}
