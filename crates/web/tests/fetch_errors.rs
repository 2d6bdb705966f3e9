//! What `Headers`, `Request`, `Response` and `fetch()` refuse, in the words of the real workerd.

use super::scope;

#[test]
fn refuses_at_the_newest_date() {
    scope::newest().check_kinds(NEWEST);
}

#[test]
fn refuses_at_an_old_date() {
    scope::at("2021-11-02").check_kinds(OLD);
}

const NEWEST: &[(&str, &str)] = &[
    ("return (new Body());", "TypeError: Illegal constructor"),
    (
        "return ((await fetch('data:text/plain,hi')).text());",
        "value string \"hi\"",
    ),
    (
        "return (fetch('file:///etc/passwd'));",
        "TypeError: Fetch API cannot load: file:///etc/passwd",
    ),
    (
        "return (fetch.call({}, 'data:,x').then((r) => r.status));",
        "TypeError: Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
    ),
    ("return (fetch('nope'));", "TypeError: Invalid URL: nope"),
    (
        "return (fetch());",
        "TypeError: Failed to execute 'fetch' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'Request or string'.",
    ),
    ("return (fetch('/x'));", "TypeError: Invalid URL: /x"),
    (
        "return (fetch('ftp://example.com/'));",
        "TypeError: Fetch API cannot load: ftp://example.com/",
    ),
    (
        "const r = new Request('http://a/', { method: 'POST', body: 'x' }); await r.text(); await fetch(r);",
        "TypeError: Cannot reconstruct a Request with a used body.",
    ),
    (
        "return (new Headers().append('a'));",
        "TypeError: Failed to execute 'append' on 'Headers': parameter 2 is not of type 'string'.",
    ),
    (
        "return (Headers());",
        "TypeError: Failed to construct 'Headers': Please use the 'new' operator, this object constructor cannot be called as a function.",
    ),
    (
        "return (new Headers([['', 'c']]));",
        "value object [object Headers]",
    ),
    (
        "return (new Headers().forEach('x'));",
        "TypeError: Failed to execute 'forEach' on 'Headers': parameter 1 is not of type 'function'.",
    ),
    (
        "return (new Headers().get('a b'));",
        "TypeError: Invalid header name.",
    ),
    (
        "return (new Headers().get());",
        "TypeError: Failed to execute 'get' on 'Headers': parameter 1 is not of type 'string'.",
    ),
    (
        "return (new Headers({ a: 'b' }).getAll('a'));",
        "TypeError: getAll() can only be used with the header name \"Set-Cookie\".",
    ),
    (
        "return (Headers.prototype.get.call({}, 'a'));",
        "TypeError: Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
    ),
    (
        "return (Response.error().headers.set('a', 'b'));",
        "value undefined",
    ),
    (
        "return (Response.redirect('http://a/').headers.set('a', 'b'));",
        "TypeError: Can't modify immutable headers.",
    ),
    (
        "return (new Headers({ 'a b': 'c' }));",
        "TypeError: Invalid header name.",
    ),
    (
        "return (new Headers({ 'ü': 'c' }));",
        "value object [object Headers]",
    ),
    (
        "return (new Headers({ a: 'b\\nc' }));",
        "TypeError: Invalid header value.",
    ),
    (
        "return (new Headers({ a: 'b\\0c' }));",
        "TypeError: Invalid header value.",
    ),
    (
        "return (new Headers({ a: '\\u{1F600}' }));",
        "value object [object Headers]",
    ),
    (
        "return (new Headers(null));",
        "TypeError: Failed to construct 'Headers': constructor parameter 1 is not of type 'Headers or Sequence or object'.",
    ),
    (
        "return (new Headers(1));",
        "TypeError: Failed to construct 'Headers': constructor parameter 1 is not of type 'Headers or Sequence or object'.",
    ),
    (
        "return (new Headers([['a']]));",
        "TypeError: To initialize a Headers object from a sequence, each inner sequence must have exactly two elements.",
    ),
    (
        "return (new Headers([['a', 'b', 'c']]));",
        "TypeError: To initialize a Headers object from a sequence, each inner sequence must have exactly two elements.",
    ),
    (
        "return (new Headers().set('a:b', 'c'));",
        "TypeError: Invalid header name.",
    ),
    (
        "return (new Headers('a: b'));",
        "TypeError: Failed to construct 'Headers': constructor parameter 1 is not of type 'Headers or Sequence or object'.",
    ),
    (
        "return (new Headers({ a: Symbol('x') }));",
        "TypeError: Cannot convert a Symbol value to a string",
    ),
    (
        "return (new Request('http://a/', { cache: 'nope' }));",
        "TypeError: Unsupported cache mode: nope",
    ),
    (
        "return (new Request('http://a/', { method: 'a b' }));",
        "TypeError: Invalid HTTP method string: a b",
    ),
    (
        "return (new Request('http://a/', { redirect: 'nope' }));",
        "TypeError: Invalid redirect value, must be one of \"follow\" or \"manual\" (\"error\" won't be implemented since it does not make sense at the edge; use \"manual\" and check the response status code).",
    ),
    (
        "return (new Request('http://a/', { signal: {} }));",
        "TypeError: Incorrect type for the 'signal' field on 'RequestInitializerDict': the provided value is not of type 'AbortSignal'.",
    ),
    (
        "const r = new Request('http://a/', { method: 'POST', body: 'x' }); r.body.getReader(); await r.text();",
        "TypeError: This ReadableStream is currently locked to a reader.",
    ),
    (
        "return (new Request('http://a/', { method: 'POST', body: 5 }).text());",
        "value string \"5\"",
    ),
    (
        "return (new Request('http://a/', { method: 'POST', body: {} }).text());",
        "value string \"[object Object]\"",
    ),
    (
        "return (new Request('http://a/', { method: 'POST', body: Symbol('x') }));",
        "TypeError: Cannot convert a Symbol value to a string",
    ),
    (
        "const r = new Request('http://a/', { method: 'POST', body: 'x' }); await r.text(); await r.text();",
        "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice.",
    ),
    (
        "return (new Request('http://a/', { cache: 'default' }));",
        "TypeError: Unsupported cache mode: default",
    ),
    (
        "return (new Request('http://a/', { cache: 'force-cache' }));",
        "TypeError: Unsupported cache mode: force-cache",
    ),
    (
        "return (new Request('http://a/', { cache: 'reload' }));",
        "TypeError: Unsupported cache mode: reload",
    ),
    (
        "return (Request('http://a/'));",
        "TypeError: Failed to construct 'Request': Please use the 'new' operator, this object constructor cannot be called as a function.",
    ),
    (
        "return (Request.prototype.clone.call({}));",
        "TypeError: Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
    ),
    (
        "const r = new Request('http://a/', { method: 'POST', body: 'x' }); r.body.getReader(); return r.clone();",
        "TypeError: This ReadableStream is currently locked to a reader,",
    ),
    (
        "const r = new Request('http://a/', { method: 'POST', body: 'x' }); await r.text(); return r.clone();",
        "TypeError: This ReadableStream is currently locked to a reader,",
    ),
    (
        "return (new Request('http://a/', { credentials: 'include' }).credentials);",
        "value undefined",
    ),
    (
        "return (new Request('http://u:p@example.com/'));",
        "value object [object Request]",
    ),
    (
        "return (new Request('http://a/', { method: 'GET', body: 'x' }));",
        "TypeError: Request with a GET or HEAD method cannot have a body.",
    ),
    (
        "return (new Request('http://a/', { method: 'HEAD', body: 'x' }));",
        "TypeError: Request with a GET or HEAD method cannot have a body.",
    ),
    (
        "return (new Request('http://a/', { headers: 5 }));",
        "TypeError: Incorrect type for the 'headers' field on 'RequestInitializerDict': the provided value is not of type 'Headers or Sequence or object'.",
    ),
    (
        "return (Object.getOwnPropertyDescriptor(Request.prototype, 'url').get.call({}));",
        "TypeError: Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
    ),
    (
        "return (new Request('http://a/', 'POST'));",
        "TypeError: Failed to construct 'Request': constructor parameter 2 is not of type 'RequestInitializerDict or Request'.",
    ),
    (
        "return (new Request('http://a/', { integrity: 'sha256-x' }).integrity);",
        "TypeError: Subrequest integrity checking is not implemented. The integrity option must be either undefined or an empty string.",
    ),
    (
        "return (new Request('nope'));",
        "TypeError: Invalid URL: nope",
    ),
    (
        "return (new Request('http://a/', { method: 'POST', body: '' }).json());",
        "SyntaxError: Unexpected end of JSON input",
    ),
    (
        "return (new Request('http://a/', { method: 'POST', body: '{' }).json());",
        "SyntaxError: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
    ),
    (
        "return (new Request('http://a/', { method: 'CONNECT' }));",
        "TypeError: Invalid HTTP method string: CONNECT",
    ),
    (
        "return (new Request('http://a/', { method: 'TRACE' }));",
        "value object [object Request]",
    ),
    (
        "return (new Request('http://a/', { mode: 'cors' }).mode);",
        "value undefined",
    ),
    (
        "const r = new Request('http://a/', { method: 'POST', body: 'x' }); await r.text(); return new Request(r);",
        "TypeError: Cannot reconstruct a Request with a used body.",
    ),
    (
        "return (new Request());",
        "TypeError: Failed to construct 'Request': constructor parameter 1 is not of type 'Request or string'.",
    ),
    ("return (new Request(5));", "TypeError: Invalid URL: 5"),
    (
        "return (new Request('/path'));",
        "TypeError: Invalid URL: /path",
    ),
    (
        "const r = new Request('http://a/'); r.url = 'http://b/'; return r.url;",
        "TypeError: Cannot assign to read only property 'url' of object '#<Request>'",
    ),
    (
        "return (new Request('http://a/', { method: 'FOO' }));",
        "TypeError: Invalid HTTP method string: FOO",
    ),
    (
        "return (new Response('x', { status: 304 }));",
        "TypeError: Response with null body status (101, 204, 205, or 304) cannot have a body.",
    ),
    (
        "return (new Response('x', { statusText: 'a\\nb' }));",
        "TypeError: Invalid statusText",
    ),
    (
        "const s = new Response('x').body; s.getReader(); return new Response(s);",
        "TypeError: This ReadableStream is locked to a reader, and cannot be used as a body.",
    ),
    (
        "const r = new Response('x'); await r.text(); await r.text();",
        "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice.",
    ),
    (
        "const r = new Response('x'); await r.arrayBuffer(); await r.arrayBuffer();",
        "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice.",
    ),
    (
        "const r = new Response('x'); await r.bytes(); await r.bytes();",
        "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice.",
    ),
    (
        "const r = new Response('{}'); await r.json(); await r.json();",
        "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice.",
    ),
    (
        "const s = new Response('x').body; await s.getReader().read(); return new Response(s);",
        "TypeError: This ReadableStream is disturbed (has already been read from), and cannot be used as a body.",
    ),
    (
        "return (new Response('x', { cf: 5 }));",
        "TypeError: Incorrect type for the 'cf' field on 'InitializerDict': the provided value is not of type 'Object'.",
    ),
    (
        "const r = new Response('x'); await r.text(); return r.clone();",
        "TypeError: This ReadableStream is currently locked to a reader,",
    ),
    (
        "return (new Response('x', { encodeBody: 'nope' }));",
        "TypeError: encodeBody: unexpected value: nope",
    ),
    (
        "return (new Response('x', { headers: { 'a b': 'c' } }));",
        "TypeError: Invalid header name.",
    ),
    (
        "return (Object.getOwnPropertyDescriptor(Response.prototype, 'status').get.call({}));",
        "TypeError: Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
    ),
    (
        "return (new Response('x', 5));",
        "TypeError: Failed to construct 'Response': constructor parameter 2 is not of type 'InitializerDict or Response'.",
    ),
    (
        "return (Response.json({}, { status: 204 }));",
        "TypeError: Response with null body status (101, 204, 205, or 304) cannot have a body.",
    ),
    (
        "return (Response.json(1n));",
        "TypeError: Do not know how to serialize a BigInt",
    ),
    (
        "const o = {}; o.o = o; return Response.json(o);",
        "TypeError: Converting circular structure to JSON\n    --> starting at object with constructor 'Object'\n    --- property 'o' closes the circle",
    ),
    (
        "return (new Response('nope').json());",
        "SyntaxError: Unexpected token 'o', \"nope\" is not valid JSON",
    ),
    (
        "return (Response.json());",
        "TypeError: Failed to execute 'json' on 'Response': parameter 1 is not of type 'Value'.",
    ),
    (
        "return (Response.json(undefined));",
        "value object [object Response]",
    ),
    (
        "return (new Response('x', { status: 204 }));",
        "TypeError: Response with null body status (101, 204, 205, or 304) cannot have a body.",
    ),
    (
        "return (Response.redirect('http://a/', 200));",
        "RangeError: 200 is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308.",
    ),
    (
        "return (Response.redirect('nope'));",
        "TypeError: Unable to parse URL: nope",
    ),
    (
        "return (Response.redirect());",
        "TypeError: Failed to execute 'redirect' on 'Response': parameter 1 is not of type 'string'.",
    ),
    (
        "return (new Response(null, { status: 101 }));",
        "RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
    ),
    (
        "return (new Response('x', { status: 600 }));",
        "RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
    ),
    (
        "return (new Response('x', { status: 'abc' }));",
        "RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
    ),
    (
        "return (new Response('x', { status: 1000 }));",
        "RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
    ),
    (
        "return (new Response('x', { status: 100 }));",
        "RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
    ),
    (
        "return (new Response(null, { status: 101, webSocket: {} }));",
        "TypeError: Incorrect type for the 'webSocket' field on 'InitializerDict': the provided value is not of type 'WebSocket'.",
    ),
];

const OLD: &[(&str, &str)] = &[
    (
        "return (new Response('nope').json());",
        "SyntaxError: Unexpected token 'o', \"nope\" is not valid JSON",
    ),
    (
        "const r = new Response('x'); await r.text(); await r.text();",
        "TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice.",
    ),
    (
        "return (fetch('nope'));",
        "TypeError: Fetch API cannot load: nope",
    ),
    (
        "const r = new Response('x').body.getReader(); r.releaseLock(); await r.read();",
        "TypeError: This ReadableStream reader has been released.",
    ),
    (
        "return (new Headers(null));",
        "TypeError: Failed to construct 'Headers': constructor parameter 1 is not of type 'Headers or Sequence or object'.",
    ),
    (
        "return (new ReadableStream({}));",
        "Error: To use the new ReadableStream() constructor, enable the streams_enable_constructors compatibility flag. Refer to the docs for more information: https://developers.cloudflare.com/workers/platform/compatibility-dates/#compatibility-flags",
    ),
    (
        "return (new Request('http://a/', { cache: 'no-store' }));",
        "Error: The 'cache' field on 'RequestInitializerDict' is not implemented.",
    ),
    (
        "return (new Request('http://a/', { method: 'foo' }));",
        "TypeError: Invalid HTTP method string: foo",
    ),
    (
        "return (new Request('http://a/', { method: 'patch' }).method);",
        "TypeError: Invalid HTTP method string: patch",
    ),
    (
        "return (Response.redirect('/x'));",
        "TypeError: Unable to parse URL: /x",
    ),
    (
        "return (String(new Request('http://a/')));",
        "value string \"[object Object]\"",
    ),
];
