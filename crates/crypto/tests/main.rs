//! `crypto` as a Worker sees it.

use std::rc::Rc;

use crypto::{Crypto, SubtleCrypto};
use io::IoContext;
use jsg_test::{eval, expose, isolate};

fn install(js: &mut jsg::Lock<'_, '_>) {
    expose::<Crypto>(js);
    expose::<SubtleCrypto>(js);
    let crypto = jsg::Handle::new(js, Crypto::new());
    let global = js.get_current_context().global(js);
    let key = jsg::intern(js, "crypto");
    global.set(js, key.into(), crypto.object().into());
}

fn check(cases: &[(&str, &str)]) {
    let isolate = Rc::new(isolate());
    isolate.enter(install);
    let context = IoContext::new(isolate);
    context.run(|js| {
        for (source, expected) in cases {
            assert_eq!(eval(js, source), *expected, "{source}");
        }
    });
}

#[test]
fn random_values_fill_integer_views() {
    check(&[
        (
            "const a = new Uint8Array(64); crypto.getRandomValues(a) === a && a.some(x => x > 0)",
            "true",
        ),
        ("crypto.getRandomValues(new BigInt64Array(2)).length", "2"),
        (
            "crypto.getRandomValues(new Uint8ClampedArray(2)).length",
            "2",
        ),
        (
            "const whole = new Uint8Array(8); crypto.getRandomValues(whole.subarray(4)); whole.slice(0, 4).join()",
            "0,0,0,0",
        ),
        (
            "crypto.getRandomValues(new Uint8Array(new SharedArrayBuffer(3)).subarray(1)).length",
            "2",
        ),
        (
            "crypto.getRandomValues([])",
            "TypeError: Failed to execute 'getRandomValues' on 'Crypto': parameter 1 is not of type 'ArrayBufferView'.",
        ),
        (
            "crypto.getRandomValues(new Float32Array(1))",
            "TypeMismatchError: ArrayBufferView argument to getRandomValues() must be an integer-typed view.",
        ),
        (
            "crypto.getRandomValues(new DataView(new ArrayBuffer(1)))",
            "TypeMismatchError: ArrayBufferView argument to getRandomValues() must be an integer-typed view.",
        ),
        (
            "crypto.getRandomValues(new Uint8Array(65537))",
            "QuotaExceededError: getRandomValues() only accepts buffers of size <= 64K but provided 65537 bytes.",
        ),
    ]);
}

#[test]
fn uuids_are_of_version_four() {
    check(&[
        (
            "/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())",
            "true",
        ),
        (
            "new Set(Array.from({ length: 500 }, () => crypto.randomUUID())).size",
            "500",
        ),
        ("new Crypto()", "TypeError: Illegal constructor"),
        (
            "const names = []; for (const name in crypto) names.push(name); names.join()",
            "subtle,getRandomValues,randomUUID",
        ),
    ]);
}

#[test]
fn global_scope_gets_no_random_values() {
    let refusal = "Error: Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or connect()), setting a timeout, and generating random values are not allowed within global scope. To fix this error, perform this operation within a handler. https://developers.cloudflare.com/workers/runtime-apis/handlers/";
    isolate().enter(|js| {
        install(js);
        assert_eq!(eval(js, "crypto.randomUUID()"), refusal);
        assert_eq!(
            eval(js, "crypto.getRandomValues(new Uint8Array(1))"),
            refusal
        );
    });
}

#[test]
fn timing_safe_equality_compares_bytes() {
    check(&[
        ("crypto.subtle === crypto.subtle", "true"),
        (
            "crypto.subtle.timingSafeEqual(new Uint8Array([1, 2]), new Uint8Array([1, 2]).buffer)",
            "true",
        ),
        (
            "crypto.subtle.timingSafeEqual(new Uint8Array([1, 2]), new Uint8Array([1, 3]))",
            "false",
        ),
        (
            "crypto.subtle.timingSafeEqual(new Uint8Array(1), new Uint8Array(2))",
            "TypeError: Input buffers must have the same byte length.",
        ),
        (
            "crypto.subtle.timingSafeEqual(new Uint8Array(1))",
            "TypeError: Failed to execute 'timingSafeEqual' on 'SubtleCrypto': parameter 2 is not of type 'BufferSource'.",
        ),
        (
            "crypto.subtle.timingSafeEqual(new Uint8Array(3), new SharedArrayBuffer(3))",
            "TypeError: Failed to execute 'timingSafeEqual' on 'SubtleCrypto': parameter 2 is not of type 'BufferSource'.",
        ),
    ]);
}
