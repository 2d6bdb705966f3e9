//! What readable streams refuse, in the words of the real workerd.

use super::scope;

#[test]
fn refuses_at_the_newest_date() {
    scope::newest().check_kinds(NEWEST);
}

const NEWEST: &[(&str, &str)] = &[
    (
        "return (new Response('abc').body.getReader({ mode: 'byob' }).read(new Uint8Array(0)));",
        "TypeError: You must call read() on a \"byob\" reader with a positive-sized TypedArray object.",
    ),
    (
        "return (new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' }).read(new Uint8Array(0)));",
        "TypeError: You must call read() on a \"byob\" reader with a positive-sized TypedArray object.",
    ),
    (
        "return (new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' }).read(new Uint8Array(4), { min: 5 }));",
        "TypeError: Minimum bytes to read (5) exceeds size of buffer (4).",
    ),
    (
        "return (new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' }).read(new Uint8Array(4), { min: 0 }));",
        "TypeError: Requested invalid minimum number of bytes to read (0).",
    ),
    (
        "return (new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' }).read());",
        "TypeError: Failed to execute 'read' on 'ReadableStreamBYOBReader': parameter 1 is not of type 'ArrayBufferView'.",
    ),
    (
        "return (new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' }).read({}));",
        "TypeError: Failed to execute 'read' on 'ReadableStreamBYOBReader': parameter 1 is not of type 'ArrayBufferView'.",
    ),
    (
        "return (new Response('abc').body.getReader({ mode: 'byob' }).readAtLeast(0, new Uint8Array(4)));",
        "TypeError: Requested invalid minimum number of bytes to read (0).",
    ),
    (
        "return (new Response('abc').body.getReader({ mode: 'byob' }).readAtLeast(9, new Uint8Array(4)));",
        "TypeError: Minimum bytes to read (9) exceeds size of buffer (4).",
    ),
    (
        "return (new ReadableStreamBYOBReader(new ReadableStream()));",
        "TypeError: This ReadableStream does not support BYOB reads.",
    ),
    (
        "const s = new ReadableStream({ type: 'bytes', pull(c) { c.byobRequest.respond(99); } }); await s.getReader({ mode: 'byob' }).read(new Uint8Array(4));",
        "RangeError: Too many bytes [99] in response to a BYOB read request.",
    ),
    (
        "const s = new ReadableStream({ type: 'bytes', pull(c) { c.byobRequest.respond(0); } }); await s.getReader({ mode: 'byob' }).read(new Uint8Array(4));",
        "TypeError: The bytesWritten must be more than zero while the stream is open.",
    ),
    (
        "let c; new ReadableStream({ type: 'bytes', start(x) { c = x; } }); c.close(); c.close();",
        "TypeError: This ReadableStream is closed.",
    ),
    (
        "let c; new ReadableStream({ type: 'bytes', start(x) { c = x; } }); c.enqueue(new Uint8Array(0));",
        "TypeError: Cannot enqueue a zero-length ArrayBuffer.",
    ),
    (
        "let c; new ReadableStream({ type: 'bytes', start(x) { c = x; } }); c.enqueue('x');",
        "TypeError: Failed to execute 'enqueue' on 'ReadableByteStreamController': parameter 1 is not of type 'BufferSource'.",
    ),
    (
        "let c; new ReadableStream({ start(x) { c = x; } }); c.close(); c.close();",
        "TypeError: This ReadableStream is closed.",
    ),
    (
        "let c; new ReadableStream({ start(x) { c = x; } }); c.close(); c.enqueue(1);",
        "TypeError: Unable to enqueue",
    ),
    (
        "let c; new ReadableStream({ start(x) { c = x; } }, { size() { throw new Error('size'); } }); c.enqueue(1);",
        "value undefined",
    ),
    (
        "return (ReadableStreamDefaultController.prototype.enqueue.call({}, 1));",
        "TypeError: Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
    ),
    (
        "return (new ReadableStream({}, { highWaterMark: -1 }));",
        "TypeError: The value cannot be converted because it is negative and this API expects a positive bigint.",
    ),
    (
        "return (new ReadableStream({}, { highWaterMark: NaN }));",
        "TypeError: The value cannot be converted because it is not an integer.",
    ),
    (
        "return (new ReadableStream({ pull: 5 }));",
        "TypeError: Incorrect type for the 'pull' field on 'UnderlyingSource': the provided value is not of type 'function'.",
    ),
    (
        "return (new ReadableStream(5));",
        "TypeError: Failed to construct 'ReadableStream': constructor parameter 1 is not of type 'UnderlyingSource'.",
    ),
    (
        "return (new ReadableStream({ type: 'nope' }));",
        "TypeError: \"nope\" is not a valid type of ReadableStream.",
    ),
    (
        "return (new ReadableStream({ type: 'bytes', autoAllocateChunkSize: 0 }));",
        "TypeError: The autoAllocateChunkSize option cannot be zero.",
    ),
    (
        "return (new ReadableStream({ type: 'bytes' }, { size: () => 1 }));",
        "value object [object ReadableStream]",
    ),
    (
        "const s = new ReadableStream(); s.getReader(); await s.cancel();",
        "TypeError: This ReadableStream is currently locked to a reader.",
    ),
    (
        "return (new ReadableStream().getReader({ mode: 'nope' }));",
        "TypeError: mode must be undefined or 'byob' in call to getReader().",
    ),
    (
        "return (new ReadableStream().getReader({ mode: 'byob' }));",
        "TypeError: This ReadableStream does not support BYOB reads.",
    ),
    (
        "const s = new ReadableStream(); s.getReader(); s.getReader();",
        "TypeError: This ReadableStream is currently locked to a reader.",
    ),
    (
        "return (ReadableStream.prototype.getReader.call({}));",
        "TypeError: Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
    ),
    (
        "return (new ReadableStream().pipeThrough({}));",
        "TypeError: Incorrect type for the 'readable' field on 'Transform': the provided value is not of type 'ReadableStream'.",
    ),
    (
        "return (new ReadableStream().pipeTo());",
        "TypeError: Failed to execute 'pipeTo' on 'ReadableStream': parameter 1 is not of type 'WritableStream'.",
    ),
    (
        "return (new ReadableStream().pipeTo({}));",
        "TypeError: Failed to execute 'pipeTo' on 'ReadableStream': parameter 1 is not of type 'WritableStream'.",
    ),
    (
        "return (new ReadableStream({}, { size: 5 }));",
        "TypeError: Incorrect type for the 'size' field on 'StreamQueuingStrategy': the provided value is not of type 'function'.",
    ),
    (
        "return (new ReadableStream({ start() { throw new Error('boom'); } }));",
        "value object [object ReadableStream]",
    ),
    (
        "const s = new ReadableStream(); s.getReader(); return s.tee();",
        "TypeError: This ReadableStream is currently locked to a reader,",
    ),
    (
        "const s = new ReadableStream(); s.getReader(); return s.values();",
        "TypeError: This ReadableStream is currently locked to a reader.",
    ),
    (
        "const r = new ReadableStream().getReader(); r.releaseLock(); await r.cancel();",
        "TypeError: This ReadableStream reader has been released.",
    ),
    (
        "const r = new ReadableStream().getReader(); r.releaseLock(); await r.closed;",
        "TypeError: This ReadableStream reader has been released.",
    ),
    (
        "return (new ReadableStreamDefaultReader({}));",
        "TypeError: Failed to construct 'ReadableStreamDefaultReader': constructor parameter 1 is not of type 'ReadableStream'.",
    ),
    (
        "return (new ReadableStreamDefaultReader());",
        "TypeError: Failed to construct 'ReadableStreamDefaultReader': constructor parameter 1 is not of type 'ReadableStream'.",
    ),
    (
        "const r = new ReadableStream().getReader(); const p = r.read(); r.releaseLock(); await p;",
        "TypeError: This ReadableStream reader has been released.",
    ),
    (
        "const s = new ReadableStream({ start(c) { c.error(new RangeError('bad')); } }); await s.getReader().read();",
        "RangeError: bad",
    ),
    (
        "const r = new ReadableStream().getReader(); r.releaseLock(); await r.read();",
        "TypeError: This ReadableStream reader has been released.",
    ),
    (
        "return (typeof ReadableStreamDrainingReader);",
        "value string \"undefined\"",
    ),
    (
        "return (new Response((async function* () { yield 1; })()).text());",
        "TypeError: This ReadableStream did not return bytes.",
    ),
    (
        "return (new Response((async function* () { yield 'a'; throw new Error('gen'); })()).text());",
        "TypeError: This ReadableStream did not return bytes.",
    ),
    (
        "return (new Response(new ReadableStream({ pull(c) { throw new RangeError('later'); } })).arrayBuffer());",
        "RangeError: later",
    ),
    (
        "return (new Response(new ReadableStream({ start(c) { c.error(new TypeError('mine')); } })).text());",
        "TypeError: mine",
    ),
    (
        "return (new Response(new ReadableStream({ start(c) { c.enqueue({}); c.close(); } })).text());",
        "TypeError: This ReadableStream did not return bytes.",
    ),
    (
        "return (new Response(new ReadableStream({ start(c) { c.enqueue('x'); c.close(); } })).text());",
        "TypeError: This ReadableStream did not return bytes.",
    ),
];
