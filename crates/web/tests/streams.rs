//! Readable streams as a Worker sees them, with collections forced in between.

use super::scope;

#[test]
fn streams_behave_as_the_real_ones() {
    scope::newest().check(&[
        ("const r = new Response('abc').body.getReader(); const a = await r.read(), b = await r.read(); return [Object.keys(a), a.value.constructor.name, a.value.length, b.done, b.value].join()", "value,done,Uint8Array,3,true,"),
        ("const r = new Response('x'.repeat(10000)).body.getReader(); const s = []; for (;;) { const { value, done } = await r.read(); if (done) break; s.push(value.length) } return s.join()", "4096,4096,1808"),
        ("let c; const s = new ReadableStream({ type: 'bytes', start(x) { c = x } }); c.enqueue(new Uint8Array([1, 2])); c.enqueue(new Uint8Array([3])); const d = c.desiredSize; const r = s.getReader(); const v = await r.read(); const p = r.read(); const q = c.byobRequest; c.enqueue(new Uint8Array([9])); return [d, [...v.value], q.view, q.atLeast, [...(await p).value]].join('|')", "-3|1,2,3|||9"),
        ("let c; const s = new ReadableStream({ start(x) { c = x } }); c.enqueue(1); const r = s.getReader(); const a = await r.read(); c.close(); const b = await r.read(); return [a.value, b.done, await r.closed].join()", "1,true,"),
        ("return [1.5, '3', null, 2n].map(h => { let c; new ReadableStream({ start(x) { c = x } }, { highWaterMark: h }); return c.desiredSize }).join()", "1,3,0,2"),
        ("let e; const s = new ReadableStream({ start(x) { e = x } }); const it = s.values(); const n = it.next(); e.enqueue(5); const a = await n; const r = await it.return(7); return [Object.keys(a), a.value, JSON.stringify(r), s.locked, (await it.next()).done].join()", "done,value,5,{\"done\":true,\"value\":7},false,true"),
        ("const [a, b] = new ReadableStream({ i: 0, pull(c) { this.i++ < 3 ? c.enqueue(this.i) : c.close() } }).tee(); const x = [], y = []; for await (const v of a) x.push(v); for await (const v of b) y.push(v); return x + '|' + y", "1,2,3|1,2,3"),
        ("let r; const [a, b] = new ReadableStream({ cancel(x) { r = x } }).tee(); const p = a.cancel(1); const q = b.cancel(2); await p; await q; return String(r)", "2"),
        ("const r = []; for await (const v of ReadableStream.from(['a', Promise.resolve('b')])) r.push(v); return r.join()", "a,b"),
        ("const b = new Uint32Array(2); const s = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array([1, 0, 0, 0, 2])); c.enqueue(new Uint8Array([0, 0, 0])) } }); const v = await s.getReader({ mode: 'byob' }).read(b); return [v.value.constructor.name, ...v.value, b.byteLength].join()", "Uint32Array,1,2,0"),
        ("const s = new ReadableStream({ type: 'bytes', pull(c) { c.byobRequest.view.set([7, 8]); c.byobRequest.respond(2); } }); const v = await s.getReader({ mode: 'byob' }).read(new Uint8Array(4)); return [...v.value].join()", "7,8"),
        ("const s = new ReadableStream({ start(c) { c.error(new Error('x')) } }); const r = s.getReader(); return [await r.closed.catch(String), await r.read().catch(String), await s.cancel().catch(String)].join()", "Error: x,Error: x,TypeError: This ReadableStream is currently locked to a reader."),
        ("const h = new Response('a').body; const i = h.getReader(); const p = i.read(); i.releaseLock(); return [h.locked, (await p).value.length].join()", "TypeError: Cannot call releaseLock() on a reader with outstanding read promises."),
    ]);
}

#[test]
fn streams_survive_collections() {
    scope::newest().check(&[
        ("let i = 0; const s = new ReadableStream({ async pull(c) { gc(); await 0; i++ < 50 ? c.enqueue(new Uint8Array(10)) : c.close() } }); const [a, b] = s.tee(); gc(); return (await Promise.all([new Response(a).text(), new Response(b).text()])).map(t => t.length).join()", "500,500"),
        ("let i = 0; const s = new ReadableStream({ type: 'bytes', async pull(c) { gc(); await 0; const r = c.byobRequest; r.view[0] = 65; gc(); r.respond(1); if (++i === 20) c.close() } }); return (await new Response(s).text()).length", "20"),
        ("const s = new ReadableStream({ start(c) { for (let i = 0; i < 20000; i++) c.enqueue(new Uint8Array(1)); c.close() } }); gc(); return (await new Response(s).arrayBuffer()).byteLength", "20000"),
        ("const waiting = []; let c; const s = new ReadableStream({ start(x) { c = x } }); const r = s.getReader(); for (let i = 0; i < 100; i++) waiting.push(r.read()); gc(); c.close(); gc(); return (await Promise.all(waiting)).every(x => x.done)", "true"),
        ("for (let i = 0; i < 200; i++) { const r = new Request('http://a/', { method: 'POST', body: new ReadableStream(), headers: { a: 'b' } }); r.headers; r.signal; r.clone().body.getReader().read(); if (i % 50 === 0) gc(); } return 'ok'", "ok"),
    ]);
}
