//! Any bytes as a value that another event has sent, or that storage has: it is read, or refused. One that is read can be
//! looked through. The first byte says where it comes from.

#![no_main]

use std::rc::Rc;

use io::rpc::{External, Incoming, Outgoing, Ownership};
use jsg::clone::{Options, deserialize_with, serialize};
use libfuzzer_sys::fuzz_target;
use net::Body;
use web::fetch::Stored;

/// Looks at everything that the value has, to a depth.
const LOOK: &str = "(value) => {
  const seen = new Set();
  const look = (value, depth) => {
    if (typeof value !== 'object' || value === null || depth > 8 || seen.size > 1000 || seen.has(value)) return;
    seen.add(value);
    String(Object.prototype.toString.call(value));
    if (value instanceof Map || value instanceof Set || value instanceof Headers) {
      for (const entry of value) look(entry, depth + 1);
    }
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) value.slice(0, 16);
    if (value instanceof DataView) value.byteLength && value.getUint8(0);
    if (Array.isArray(value) && value.length > 1000) return;
    for (const key of Reflect.ownKeys(value).slice(0, 1000)) look(value[key], depth + 1);
    for (const key in value) { try { look(value[key], depth + 1) } catch {} }
  };
  look(value, 0);
}";

fn externals() -> Vec<External> {
    vec![
        External::Readable(Body::from("body")),
        External::Token(b"no token".to_vec()),
        External::Readable(Body::empty()),
    ]
}

/// Values of all kinds that are written.
const VALUES: &[&str] = &[
    "({ a: 1, b: [1.5, -0, NaN, 2n ** 70n, 'é', '\\u4f60'], c: undefined, d: null, e: true, f: [, 1, ,] })",
    "new Map([[1, new Set(['a', new Map()])], ['b', new Date(5)]])",
    "const a = { b: {} }; a.b.a = a; a.c = a.b; a",
    "[/a/giu, new Boolean(true), new Number(1), new String('a'), Object(1n)]",
    "const b = new ArrayBuffer(16); [b, new Uint8Array(b, 4, 8), new DataView(b), new Float64Array(1), new BigInt64Array(1)]",
    "const b = new ArrayBuffer(4, { maxByteLength: 16 }); [b, new Uint8Array(b)]",
    "[new Error('a', { cause: new TypeError('b') }), new RangeError('c'), Object.assign(new Error('d'), { e: 1 })]",
    "new AggregateError([1, new Error('a')], 'b')",
    "new DOMException('a', 'DataCloneError')",
    "new Headers({ a: 'b', 'set-cookie': 'c' })",
    "new Request('http://a/', { method: 'POST', headers: { a: 'b' }, body: 'c' })",
    "new Response('a', { status: 404, headers: { a: 'b' } })",
    "new ReadableStream()",
    "[new Blob(['a'], { type: 'b' }), new File(['c'], 'd'), new URL('http://a/')]",
    "Array(50).fill({ a: 'b' })",
];

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for value in VALUES {
        for kind in [0, 2] {
            let outgoing = || Outgoing::new(Ownership::Duplicate, false);
            let options = Options {
                externals: (kind == 2).then(|| Rc::new(outgoing()) as Rc<dyn std::any::Any>),
                ..Options::default()
            };
            let written = fuzz::isolate().enter(|js| {
                jsg::promise::try_catch(js, |js| {
                    let value = jsg::run_script(js, &format!("{{ {value} }}"), "value.js")?;
                    serialize(js, value, &[], &options)
                })
                .ok()
            });
            seeds.extend(written.map(|written| fuzz::tagged(kind, written.data)));
        }
    }
    seeds
}

fuzz_target!(init: fuzz::plant(seeds), |bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    let options = match kind & 3 {
        0 => Options::default(),
        1 => {
            let token = bytes.to_vec();
            Options {
                externals: Some(Rc::new(Stored::new(move || Ok(vec![token])))),
                ..Options::default()
            }
        }
        2 => Options {
            externals: Some(Rc::new(Incoming::new(externals()))),
            ..Options::default()
        },
        _ => Options {
            externals: Some(Rc::new(Incoming::of_carried(externals()))),
            fresh_stacks: true,
            ..Options::default()
        },
    };
    let references = u32::from(kind >> 2 & 3);
    fuzz::isolate().enter(|js| {
        let _ = jsg::promise::try_catch(js, |js| {
            let value = deserialize_with(js, bytes.to_vec().into(), references, &options)?;
            let look = jsg::run_script(js, LOOK, "look.js")?;
            let look = jsg::js::Local::<jsg::js::Function>::try_from(look).expect("a function");
            look.call(js, value, &[value]).ok_or(jsg::Error::Pending)
        });
        jsg::Isolate::drain_microtasks(js);
    });
});
