//! Events and their targets.

use crate::scope::{Scope, at, flags, newest};

#[test]
fn listeners_run_in_order_with_the_target_as_this() {
    newest().check(&[
        (
            "const t = new EventTarget(), l = []; t.addEventListener('x', function (e) { l.push(this === t, e.target === t, e.eventPhase, e.composedPath().length) }); const e = new Event('x'); t.dispatchEvent(e); return [...l, e.target === t, e.currentTarget === t, e.eventPhase, e.composedPath().length].join()",
            "true,true,2,1,true,true,0,0",
        ),
        (
            "const t = new EventTarget(), l = []; t.addEventListener('x', () => { l.push('h') }); t.onx = () => { l.push('on') }; t.dispatchEvent(new Event('x')); return l.join()",
            "on,h",
        ),
        (
            "const t = new EventTarget(), l = []; const h = { get handleEvent() { l.push('get'); return function () { l.push(this === h) } } }; t.addEventListener('x', h); t.dispatchEvent(new Event('x')); t.dispatchEvent(new Event('x')); return l.join()",
            "get,true,true",
        ),
        (
            "const t = new EventTarget(), l = []; const g = () => { l.push('g') }; t.addEventListener('x', () => { l.push('f'); t.removeEventListener('x', g); t.addEventListener('x', () => { l.push('late') }) }); t.addEventListener('x', g); t.dispatchEvent(new Event('x')); return l.join()",
            "f",
        ),
        (
            "const t = new EventTarget(); let n = 0; const f = () => { n++ }; t.addEventListener('x', f, { once: true }); t.addEventListener('x', f); t.dispatchEvent(new Event('x')); t.dispatchEvent(new Event('x')); return n",
            "1",
        ),
        (
            "const e = new Event('x'); e.stopImmediatePropagation(); const t = new EventTarget(), l = []; t.addEventListener('x', () => { l.push(2) }); t.dispatchEvent(e); return l.length",
            "0",
        ),
        (
            "const t = new EventTarget(); let n = 0; const c = new AbortController(); t.addEventListener('x', () => { n++ }, { signal: c.signal }); t.dispatchEvent(new Event('x')); c.abort(); t.dispatchEvent(new Event('x')); return n",
            "1",
        ),
        (
            "class T extends EventTarget {} ; const t = new T(); let n = 0; t.addEventListener('x', () => { n++ }); t.dispatchEvent(new CustomEvent('x')); return n",
            "1",
        ),
    ]);
}

#[test]
fn a_result_prevents_the_default_or_causes_one_warning() {
    let scope = newest();
    scope.check(&[
        (
            "const t = new EventTarget(); t.addEventListener('x', () => true); const e = new Event('x'); return [t.dispatchEvent(e), e.defaultPrevented].join()",
            "false,false",
        ),
        (
            "const e = new Event('x', { cancelable: true }); e.preventDefault(); return [e.defaultPrevented, e.returnValue].join()",
            "true,false",
        ),
    ]);
    assert_eq!(scope.logged(), "");
    scope.run("const t = new EventTarget(); t.addEventListener('x', () => 5); t.addEventListener('x', async () => 5); t.dispatchEvent(new Event('x'))");
    assert_eq!(
        scope.logged(),
        "hint: An event handler returned a value of type \"number\" that will be ignored. Event handlers should not have a return value."
    );
    scope.run("const t = new EventTarget(); t.addEventListener('x', async () => 5); t.dispatchEvent(new Event('x'))");
    assert!(
        scope
            .logged()
            .starts_with("hint: An event handler returned a promise")
    );
}

const THROWING: &str = "const t = new EventTarget(), l = []; t.addEventListener('x', () => { l.push(1); throw new Error('a') }); t.addEventListener('x', () => { l.push(2) }); try { l.push(t.dispatchEvent(new Event('x'))) } catch (e) { l.push(e.message) } return l.join()";

#[test]
fn exceptions_of_listeners_are_reported_from_their_date_on() {
    let scope = newest();
    scope.check(&[(THROWING, "1,2,true")]);
    assert_eq!(scope.logged(), ": Error: a");
    scope.check(&[
        (
            "const l = []; const h = e => { l.push(e.message, e.error.message, e.filename, e.type, e.isTrusted); e.preventDefault() }; addEventListener('error', h); const t = new EventTarget(); t.addEventListener('x', () => { throw new Error('a') }); t.dispatchEvent(new Event('x')); removeEventListener('error', h); return l.join()",
            "Uncaught Error: a,a,test.js,error,true",
        ),
        (
            "const e = new Event('x'), t = new EventTarget(); t.addEventListener('x', () => t.dispatchEvent(e)); return t.dispatchEvent(e)",
            "true",
        ),
    ]);
    assert_eq!(
        scope.logged(),
        ": InvalidStateError: The event is already being dispatched."
    );
    at("2026-09-14").check(&[(THROWING, "1,a")]);
    Scope::new(flags(
        "2026-11-17",
        &["no_spec_compliant_dispatch_exceptions"],
    ))
    .check(&[(THROWING, "1,a")]);
}

#[test]
fn wrong_arguments_are_refused_in_the_known_words() {
    const PARAMETER: &str = "TypeError: Failed to execute 'addEventListener' on 'EventTarget': parameter 2 is not of type 'function or HandlerObject'.";
    newest().check(&[
        ("return new EventTarget().addEventListener('x', null, true)", "undefined"),
        ("try { new EventTarget().addEventListener('x') } catch (e) { return e }", PARAMETER),
        ("try { new EventTarget().addEventListener('x', 5) } catch (e) { return e }", PARAMETER),
        (
            "try { new EventTarget().addEventListener('x', {}) } catch (e) { return e }",
            "TypeError: Incorrect type for the 'handleEvent' field on 'HandlerObject': the provided value is not of type 'function'.",
        ),
        (
            "try { new EventTarget().addEventListener('x', () => {}, 5) } catch (e) { return e }",
            "TypeError: addEventListener(): useCapture must be false.",
        ),
        (
            "try { new EventTarget().addEventListener('x', () => {}, { capture: true }) } catch (e) { return e }",
            "TypeError: addEventListener(): options.capture must be false.",
        ),
        ("return new EventTarget().addEventListener('x', () => {}, { passive: true })", "undefined"),
        (
            "try { new EventTarget().addEventListener('x', () => {}, { signal: {} }) } catch (e) { return e }",
            "TypeError: Incorrect type for the 'signal' field on 'AddEventListenerOptions': the provided value is not of type 'AbortSignal'.",
        ),
        ("return new EventTarget().removeEventListener('x', null)", "undefined"),
        (
            "try { new EventTarget().removeEventListener('x') } catch (e) { return e }",
            "TypeError: Failed to execute 'removeEventListener' on 'EventTarget': parameter 2 is not of type 'Object'.",
        ),
        (
            "try { new EventTarget().removeEventListener('x', () => {}, true) } catch (e) { return e }",
            "TypeError: removeEventListener(): useCapture must be false.",
        ),
        (
            "try { new EventTarget().dispatchEvent({}) } catch (e) { return e }",
            "TypeError: Failed to execute 'dispatchEvent' on 'EventTarget': parameter 1 is not of type 'Event'.",
        ),
        (
            "try { new Event('x', 5) } catch (e) { return e }",
            "TypeError: Failed to construct 'Event': constructor parameter 2 is not of type 'Init'.",
        ),
        (
            "try { new ErrorEvent('x', { lineno: 2 ** 40 }) } catch (e) { return e }",
            "TypeError: Value out of range. Must be between -2147483648 and 2147483647 (inclusive).",
        ),
        (
            "try { new MessageEvent('x', { source: 5 }) } catch (e) { return e }",
            "TypeError: Incorrect type for the 'source' field on 'Initializer': the provided value is not of type 'MessagePort'.",
        ),
        (
            "try { new MessageEvent('x', { ports: 5 }) } catch (e) { return e }",
            "TypeError: Incorrect type for the 'ports' field on 'Initializer': the provided value is not of type 'Array'.",
        ),
        (
            "const out = []; for (const c of [ExtendableEvent, FetchEvent, PromiseRejectionEvent]) try { new c('x') } catch (e) { out.push(e) } return out.join()",
            "TypeError: Illegal constructor,TypeError: Illegal constructor,TypeError: Illegal constructor",
        ),
    ]);
}

#[test]
fn each_interface_has_its_members_where_they_belong() {
    const FOR_IN: &str = "const keys = []; for (const key in new CustomEvent('x')) keys.push(key); return keys.join()";
    const ALL: &str = "detail,type,eventPhase,composed,bubbles,cancelable,defaultPrevented,returnValue,currentTarget,target,srcElement,timeStamp,isTrusted,cancelBubble,stopImmediatePropagation,preventDefault,stopPropagation,composedPath,NONE,CAPTURING_PHASE,AT_TARGET,BUBBLING_PHASE";
    newest().check(&[
        (FOR_IN, ALL),
        ("return Object.keys(new Event('x')).join()", ""),
        (
            "return JSON.stringify(new MessageEvent('x'))",
            r#"{"ports":[],"source":null,"lastEventId":"","origin":"","data":null}"#,
        ),
        (
            "return JSON.stringify(new CloseEvent('x', { code: 70000 }))",
            r#"{"wasClean":false,"reason":"","code":70000}"#,
        ),
        (
            "const e = new ErrorEvent('x', { message: 'm', filename: 'f', lineno: 3, colno: 4, error: 5, bubbles: true }); return [e.message, e.filename, e.lineno, e.colno, e.error, e.bubbles, e.type].join()",
            "m,f,3,4,5,true,x",
        ),
        ("return [new Event('x').currentTarget, new Event('x').srcElement].map(String).join()", "undefined,undefined"),
    ]);
    at("2021-11-02").check(&[
        (
            "return Object.keys(new Event('x')).join()",
            "cancelBubble,isTrusted,timeStamp,srcElement,target,currentTarget,returnValue,defaultPrevented,cancelable,bubbles,composed,eventPhase,type",
        ),
        ("return [new Event('x').currentTarget, new Event('x').srcElement].map(String).join()", "undefined,null"),
    ]);
    Scope::new(flags("2026-11-17", &["pedantic_wpt"])).check(&[
        ("return Object.keys(new Event('x')).join()", "isTrusted"),
        ("return Object.keys(new CloseEvent('x')).join()", "wasClean,reason,code,isTrusted"),
        ("return String(new Event('x').currentTarget)", "null"),
        (
            "const e = new Event('x', { cancelable: true }); e.returnValue = false; return [e.returnValue, e.defaultPrevented].join()",
            "false,true",
        ),
        ("const e = new Event('x', { cancelable: true }); e.returnValue = true; return e.returnValue", "true"),
    ]);
}

#[test]
fn handlers_of_modules_registered_as_listeners_cause_a_warning() {
    let scope = newest();
    scope.isolate.enter(|js| {
        let global = web::global_scope::ServiceWorkerGlobalScope::current(js).unwrap();
        web::global_scope::ServiceWorkerGlobalScope::target(js, global).warn_of_module_handlers();
    });
    scope.eval("addEventListener('fetch', () => {}); new EventTarget().addEventListener('fetch', () => {})");
    assert_eq!(
        scope.logged(),
        "hint: When using module syntax, the 'fetch' event handler should be declared as an exported function on the root module as opposed to using the global addEventListener()."
    );
}

#[test]
fn a_fetch_event_is_answered_once_and_in_time() {
    let scope = newest();
    scope.isolate.enter(|js| {
        let request = jsg::js::Object::new(js);
        let event = web::events::FetchEvent::create(js, request);
        let key = jsg::string(js, "event");
        let global = js.get_current_context().global(js);
        global.set(js, key.into(), event.object().into());
        assert_eq!(
            jsg_test::eval(js, "event.respondWith(5); event.respondWith(6)"),
            "InvalidStateError: FetchEvent.respondWith() has already been called; it can only be called once."
        );
        assert!(event.take_response(js).is_some());
        assert!(event.take_response(js).is_none());
        assert_eq!(
            jsg_test::eval(js, "event.respondWith(6)"),
            "InvalidStateError: Too late to call FetchEvent.respondWith(). It must be called synchronously in the event handler."
        );
        assert_eq!(
            jsg_test::eval(js, "Object.keys(event) + event.isTrusted + event.type"),
            "request,actorStatetruefetch"
        );
    });
}
