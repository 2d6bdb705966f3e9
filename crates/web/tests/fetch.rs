//! Messages and `fetch()` as a Worker sees them, and as the HTTP layer does.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::rc::Rc;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::LocalBoxFuture;
use http::{HeaderValue, StatusCode};
use io::channel::SubrequestResult;
use io::{IoContext, SubrequestChannel};
use jsg::LockExt;
use jsg::js::Local;
use net::Body;
use web::fetch::{ClientCf, Fetcher, GlobalOutbound, Request, RequestSource, Response};

use super::scope::{self, Scope};

/// A service that answers by the path of the URL.
struct Service;

impl SubrequestChannel for Service {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let url = head.uri.to_string();
            let mut response = http::Response::new(Body::empty());
            let redirect = |response: &mut http::Response<Body>, status, to: &str| {
                *response.status_mut() = status;
                let to = HeaderValue::from_str(to).unwrap();
                response.headers_mut().insert("location", to);
            };
            match head.uri.path() {
                "/loop" => redirect(&mut response, StatusCode::FOUND, "/loop"),
                "/away" => redirect(&mut response, StatusCode::FOUND, "http://other/echo"),
                "/again" => redirect(&mut response, StatusCode::TEMPORARY_REDIRECT, "/echo"),
                "/bad" => redirect(&mut response, StatusCode::FOUND, "http://%"),
                "/hang" => std::future::pending().await,
                "/chunks" => *response.body_mut() = chunks(),
                "/broken" => {
                    let broken = [Ok(Bytes::from("a")), Err(net::BodyError::Incomplete)];
                    *response.body_mut() = Body::stream(futures::stream::iter(broken), None);
                }
                _ => {
                    let headers: Vec<_> = head.headers.iter().collect();
                    let body = body.collect(1 << 20).await.unwrap();
                    let text = format!("{} {url} {headers:?} {body:?}", head.method);
                    *response.body_mut() = text.into();
                    response
                        .headers_mut()
                        .insert("x-a", HeaderValue::from_static("b"));
                }
            }
            Ok(response)
        })
    }
}

fn chunks() -> Body {
    let chunks = ["one ", "two ", "three"].map(|chunk| Ok(Bytes::from(chunk)));
    let chunks = futures::stream::iter(chunks).then(|chunk| async {
        tokio::task::yield_now().await;
        chunk
    });
    Body::stream(chunks, None)
}

fn with_service(scope: Scope) -> Scope {
    scope.isolate.enter(|js| {
        js.set_extension(Rc::new(GlobalOutbound(Rc::new(Service))));
        let service = Fetcher::create(js, Rc::new(Service));
        let key = jsg::string(js, "service");
        let global = js.get_current_context().global(js);
        global.set(js, key.into(), service.object().into());
    });
    scope
}

fn newest() -> Scope {
    with_service(scope::newest())
}

#[test]
fn headers_are_sorted_combined_and_snapshot() {
    newest().check(&[
        ("return JSON.stringify([...new Headers([['set-cookie','a'],['Set-Cookie','b'],['x','1'],['X','2']])])",
         r#"[["set-cookie","a"],["set-cookie","b"],["x","1, 2"]]"#),
        ("return new Headers([['set-cookie','a'],['Set-Cookie','b']]).get('set-cookie')", "a, b"),
        ("const h = new Headers({ a: '1' }); const e = h.entries(); h.set('b', '2'); return [...e].length", "1"),
        ("return [new Headers({ '': 'x' }).get(''), new Headers({ 'ü': 'x' }).get('ü'), new Headers({ 'Ü': 'x' }).get('ü')].join()", "x,x,"),
        ("return JSON.stringify([...new Headers({ a: '\\x01 é €' })])", "[[\"a\",\"\\u0001 é €\"]]"),
        ("return new Headers({ a: '  x \\t\\r\\n' }).get('a') + '|'", "x|"),
        ("const h = new Headers({ a: '1' }); const r = []; h.forEach(function (v, k, p) { r.push(typeof this, v, k, p === h) }, {}); return r.join()", "object,1,a,true"),
        ("const h = new Headers({ a: '\\x01' }); h.append('a', 'b'); h.append('A', 'c'); return h.get('a').length + ' ' + h.has('A')", "7 true"),
        ("const h = new Headers({ a: '1' }); h.set('a', '\\x01'); h.set('a', '2'); h.delete('a'); return String(h.get('a'))", "null"),
        ("return Object.keys(new Headers({ a: 'b' }).keys().next()).join()", "done,value"),
    ]);
    scope::at("2021-11-02").check(&[(
        "return [...new Headers([['set-cookie','a'],['Set-Cookie','b']])] + ''",
        "set-cookie,a, b",
    )]);
}

#[test]
fn messages_have_the_real_shape() {
    newest().check(&[
        ("const k = []; for (const n in new Response('x')) k.push(n); return k.join()", "clone,status,statusText,headers,ok,redirected,url,webSocket,cf,type,body,bodyUsed,arrayBuffer,bytes,text,json,formData,blob"),
        ("const k = []; for (const n in new Request('http://a')) k.push(n); return k.join()", "clone,method,url,headers,redirect,fetcher,signal,cf,integrity,keepalive,cache,body,bodyUsed,arrayBuffer,bytes,text,json,formData,blob"),
        ("return new Request('HTTP://EXAMPLE.com:80/a b?c#frag').url", "http://example.com/a%20b?c#frag"),
        ("return [new Request('http://a', { redirect: 'MANUAL' }).redirect, new Request('http://a', { method: 'purge' }).method, new Request('http://a', { method: undefined, body: null }).method].join()", "manual,PURGE,GET"),
        ("return JSON.stringify([[...new Response('a').headers], [...new Response(new Uint8Array(1)).headers], [...new Response(new URLSearchParams('a=b')).headers], [...Response.json({}).headers], [...Response.redirect('http://a').headers]])",
         r#"[[["content-type","text/plain;charset=UTF-8"]],[],[["content-type","application/x-www-form-urlencoded;charset=UTF-8"]],[["content-type","application/json"]],[["location","http://a/"]]]"#),
        ("return JSON.stringify([...new Response('a', { headers: { 'Content-Type': 'x/y' } }).headers])", r#"[["content-type","x/y"]]"#),
        ("const r = Response.error(); r.headers.set('a', 'b'); return [r.status, r.type, r.bodyUsed, r.body].join()", "0,error,false,"),
        ("const r = new Response('x'); return [r.body === r.body, r.headers === r.headers, new Response('').body !== null, new Response('', { status: 204 }).body, new Response().body].join()", "true,true,true,,"),
        ("const o = { a: { b: 1 } }; const r = new Request('http://a', { cf: o }); return [r.cf === r.cf, r.cf === o, r.cf.a === o.a, JSON.stringify(new Response('x', { cf: o }).cf)].join()", "true,false,false,{\"a\":{\"b\":1}}"),
        ("const a = new AbortController(); const r = new Request('http://a/', { signal: a.signal }); const s = new Request('http://a/'); return [r.signal === a.signal, s.signal === s.signal, s.signal.aborted].join()", "true,true,false"),
        ("return [Response.json({ a: 1 }, { status: 201, headers: { 'content-type': 'q' } }).headers.get('content-type'), new Response('x', null).status, new Response('', { status: '201' }).status].join()", "q,200,201"),
        ("const r = new Response('x', { status: 404, statusText: 'No', headers: { a: 'b' } }); const c = new Response('y', r); return [c.status, c.statusText, c.headers.get('a'), await c.text()].join()", "404,No,b,y"),
    ]);
    scope::at("2021-11-02").check(&[
        (
            "return Object.keys(new Response('x')).join()",
            "type,cf,webSocket,url,redirected,ok,headers,statusText,status,bodyUsed,body",
        ),
        (
            "return Object.keys(new Request('http://a')).join()",
            "keepalive,integrity,cf,signal,fetcher,redirect,headers,url,method,bodyUsed,body",
        ),
        (
            "return Response.redirect('HTTP://EXAMPLE.com:80/a b?c#frag').headers.get('location')",
            "http://example.com:80/a b?c#frag",
        ),
        ("return new Request('nope').url", "nope"),
    ]);
}

#[test]
fn bodies_are_used_once() {
    newest().check(&[
        ("const r = new Response('abc'); const c = r.clone(); return [await c.text(), await r.text(), r.bodyUsed].join()", "abc,abc,true"),
        ("const r = new Response('abc'); const b = r.body; await r.text(); return [b.locked, r.body === b, r.bodyUsed].join()", "true,true,true"),
        ("const r = new Response('abc'); await r.text(); return [r.body.locked, r.bodyUsed].join()", "true,true"),
        ("const r = new Response(null); return [await r.text(), r.bodyUsed, await r.text(), (await r.arrayBuffer()).byteLength].join('|')", "|false||0"),
        ("const r = new Request('http://a/', { method: 'POST', body: 'abc' }); const q = new Request(r); return [r.bodyUsed, q.bodyUsed, await q.text(), r.body === null].join()", "true,false,abc,false"),
        ("const r = new Request('http://a/', { method: 'POST', body: 'abc' }); const q = new Request(r, { body: 'd' }); return [r.bodyUsed, q.bodyUsed, await q.text(), await r.text()].join()", "false,false,d,abc"),
        ("const b = new ReadableStream({ start(c) { c.enqueue(new Uint8Array([65])); c.close() } }); const r = new Response(b); return [r.body === b, r.bodyUsed, await r.text(), b.locked, r.bodyUsed].join()", "true,false,A,true,true"),
        ("return (await new Response(new Uint8Array([239, 187, 191, 65])).text()).length", "1"),
        ("return JSON.stringify(await new Response('{\"a\":[1]}').json())", "{\"a\":[1]}"),
        ("return [...await new Response('ab').bytes()].join() + new Uint8Array(await new Response('ab').arrayBuffer()).length", "97,982"),
        ("return new Response(async function* () { yield new Uint8Array([65]) }()).text()", "A"),
        ("const k = new Response('abc'); const rd = k.body.getReader(); await rd.read(); rd.releaseLock(); return k.bodyUsed", "true"),
        ("const r = new Response('ab'); const c = r.clone(); const d = c.clone(); r.body; return (await Promise.all([r, c, d].map(x => x.text()))).join()", "ab,ab,ab"),
    ]);
}

#[test]
fn fetch_sends_requests_and_follows_redirects() {
    newest().check(&[
        ("return (await fetch('http://u:p@x/echo?q#f', { method: 'POST', body: 'hi', headers: { a: 'b' } })).text()",
         r#"POST http://x/echo?q [("a", "b"), ("content-type", "text/plain;charset=UTF-8")] b"hi""#),
        ("const r = await fetch('http://x/echo'); return [r.status, r.statusText, r.url, r.headers.get('x-a'), r.redirected, r.bodyUsed].join()", "200,OK,http://x/echo,b,false,false"),
        ("try { (await fetch('http://x/echo')).headers.set('a', 'b') } catch (e) { return e }", "TypeError: Can't modify immutable headers."),
        ("return (await fetch('http://x/chunks')).text()", "one two three"),
        ("const r = []; for await (const c of (await fetch('http://x/chunks')).body) r.push(String.fromCharCode(...c)); return r.join('|')", "one |two |three"),
        ("const r = await fetch('http://x/chunks'); const c = r.clone(); return [await c.text(), await r.text()].join('|')", "one two three|one two three"),
        ("const [a, b] = (await fetch('http://x/chunks')).body.tee(); return [await new Response(b).text(), await new Response(a).text()].join('|')", "one two three|one two three"),
        ("const r = (await fetch('http://x/chunks')).body.getReader({ mode: 'byob' }); const { value } = await r.readAtLeast(6, new Uint8Array(20)); const s = await r.read(new Uint8Array(1)); return [String.fromCharCode(...value), value.buffer.byteLength, String.fromCharCode(...s.value)].join()", "one two ,20,t"),
        ("return (await fetch('http://x/broken')).text().catch(String)", "Error: Network connection lost."),
        ("const r = await fetch('http://x/away', { headers: { authorization: 'a' } }); return [r.redirected, r.url, await r.text()].join()", "true,http://other/echo,GET http://other/echo [] b\"\""),
        ("return (await fetch('http://x/again', { method: 'PUT', body: 'b' })).text()", r#"PUT http://x/echo [("content-type", "text/plain;charset=UTF-8")] b"b""#),
        ("return fetch('http://x/again', { method: 'PUT', body: new Response('b').body }).then(r => r.text())", r#"PUT http://x/echo [] b"b""#),
        ("return fetch('http://x/bad').catch(String)", "TypeError: Invalid Location header; unable to follow redirect."),
        ("return fetch('http://x/loop').catch(e => String(e).slice(0, 50))", "TypeError: Too many redirects.http://x/loop, http:"),
        ("return (await fetch('http://x/loop', { redirect: 'manual' })).status", "302"),
        ("const s = new ReadableStream({ start(c) { c.enqueue(new Uint8Array([65])); c.close() } }); return (await fetch('http://x/', { method: 'POST', body: s })).text()", "POST http://x/ [] b\"A\""),
        ("const c = new AbortController(); const p = fetch('http://x/hang', { signal: c.signal }); c.abort(); return p.catch(String)", "AbortError: The operation was aborted"),
        (
            "const c = new AbortController(); const r = await fetch('http://x/chunks', { signal: c.signal }); c.abort(); return r.text().catch(String)",
            "AbortError: The operation was aborted",
        ),
        (
            "const q = new Request('http://x/', { method: 'POST', body: 'x' }); const a = await (await fetch(q)).text(); return a + await fetch(q).catch(String)",
            "POST http://x/ [(\"content-type\", \"text/plain;charset=UTF-8\")] b\"x\"TypeError: Cannot reconstruct a Request with a used body.",
        ),
        ("const r = new Request('http://x/', { method: 'POST', body: 'x' }); await fetch(r); return r.bodyUsed", "true"),
        ("const r = await fetch('data:text/html;charset=x,hi%20'); return [r.headers.get('content-type'), await r.text()].join()", "text/html;charset=x,hi "),
    ]);
}

#[test]
fn service_bindings_have_verbs_of_their_own_before_their_flag() {
    let old = with_service(scope::at("2021-11-02"));
    old.check(&[
        ("return service.get('http://x/v')", "GET http://x/v [] b\"\""),
        ("return service.get('http://x/v', 'nope').catch(String)", "TypeError: Unknown response type. Possible types are \"text\", \"arrayBuffer\", \"json\", and \"stream\"."),
        ("return [await service.put('http://x/v', 'b', { expiration: 1 }), await service.delete('http://x/v')].join()", ","),
        ("return service.get('http://x/loop', 'text').catch(e => String(e).slice(0, 28))", "TypeError: Too many redirect"),
    ]);
    newest().check(&[
        ("return [typeof service.get, typeof service.fetch, typeof service.connect].join()", "undefined,function,function"),
        ("return (await service.fetch('http://x/v')).text()", "GET http://x/v [] b\"\""),
        ("return service.fetch().catch(String)", "TypeError: Failed to execute 'fetch' on 'Fetcher': parameter 1 is not of type 'Request or string'."),
    ]);
}

#[test]
fn a_request_comes_from_http_and_a_response_goes_there() {
    let scope = newest();
    let answers = [
        (
            "new Response('x' + r.method + r.url + JSON.stringify(r.cf))",
            "200 text/plain;charset=UTF-8 xPOSThttp://host/p?q{\"clientIp\":\"1.2.3.4:5\"}",
        ),
        (
            "new Response(r.body, { status: 201, statusText: 'Hey' })",
            "201 - one two three",
        ),
        ("new Response(r.body.tee()[1])", "200 - one two three"),
        (
            "new Response(new ReadableStream({ i: 0, pull(c) { this.i++ < 3 ? c.enqueue(new Uint8Array([64 + this.i])) : c.close() } }))",
            "200 - ABC",
        ),
        (
            "new Response(new ReadableStream({ type: 'bytes', async pull(c) { await 0; c.byobRequest.view[0] = 66; c.byobRequest.respond(1); c.close() } }))",
            "200 - B",
        ),
        (
            "new Response(new ReadableStream({ pull(c) { for (let i = 0; i < 20; i++) c.enqueue(new Uint8Array(10000)); c.close() } }))",
            "200 - 200000 bytes",
        ),
        (
            "Response.json({ a: 1 }, { headers: { 'X-A': 'é' } })",
            "200 application/json {\"a\":1}",
        ),
    ];
    for (source, expected) in answers {
        assert_eq!(answer(&scope, source), expected, "{source}");
    }
}

#[test]
fn what_a_request_came_with_is_frozen_and_its_fetcher_leads_outside() {
    let (newest, old) = (scope::newest(), scope::at("2021-11-02"));
    for scope in [&newest, &old] {
        scope
            .isolate
            .enter(|js| js.set_extension(Rc::new(GlobalOutbound(Rc::new(Service)))));
    }
    let sources = [
        (
            &newest,
            "new Response([Object.isFrozen(r.cf), Object.isFrozen(r.clone().cf), Object.isFrozen(new Request(r).cf)].join())",
            "200 text/plain;charset=UTF-8 true,false,false",
        ),
        (
            &newest,
            "new Response([r.fetcher, r.fetcher === r.fetcher, r.clone().fetcher, new Request(r, { fetcher: null }).fetcher, new Request('http://a/').fetcher].join())",
            "200 text/plain;charset=UTF-8 [object Fetcher],true,[object Fetcher],,",
        ),
        (
            &old,
            "new Response([Object.keys(r.cf), Object.isFrozen(r.cf.botManagement.detectionIds), new Request(r).cf.botManagement.score].join())",
            "200 text/plain;charset=UTF-8 clientIp,botManagement,true,99",
        ),
        (
            &old,
            "new Response(JSON.stringify(new Request('http://a/', { cf: { a: 1 } }).cf))",
            "200 text/plain;charset=UTF-8 {\"a\":1}",
        ),
    ];
    for (scope, source, expected) in sources {
        assert_eq!(answer(scope, source), expected, "{source}");
    }
}

/// What the HTTP layer gets for the response that `source` makes of the request `r`.
fn answer(scope: &Scope, source: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime starts");
    let context = IoContext::new(scope.isolate.clone());
    runtime.block_on(async {
        let response = context.run(|js| {
            let head = http::Request::post("/p?q").header("host", "host");
            let (head, ()) = head.body(()).unwrap().into_parts();
            let client = net::ClientAddress::Ip("1.2.3.4:5".parse().unwrap());
            let from = RequestSource::Socket {
                scheme: None,
                cf: ClientCf::Client(client),
                proxy: false,
                secure: false,
            };
            let request = Request::from_http(js, head, chunks(), from).unwrap();
            let key = jsg::string(js, "r");
            let global = js.get_current_context().global(js);
            global.set(js, key.into(), request.object().into());
            let response = jsg::run_script(js, source, "test.js").unwrap();
            let response = Local::<jsg::js::Object>::try_from(response).unwrap();
            let response = jsg::Handle::<Response>::from_object(js, response).unwrap();
            Response::into_http(js, response, None).unwrap()
        });
        let (head, body) = response.into_parts();
        let kind = head.headers.get("content-type");
        let kind = kind.map_or("-", |kind| kind.to_str().unwrap()).to_owned();
        let collected = async { body.collect(1 << 20).await };
        let driven = context.drive(|| false);
        let (body, ended) = futures::future::join(collected, driven).await;
        assert_eq!(ended, io::DriveEnd::Idle);
        let body = body.unwrap();
        context.cancel();
        if body.len() > 1000 {
            return format!("{} {kind} {} bytes", head.status.as_u16(), body.len());
        }
        format!(
            "{} {kind} {}",
            head.status.as_u16(),
            String::from_utf8_lossy(&body)
        )
    })
}

#[test]
fn headers_and_messages_without_a_body_can_be_cloned() {
    scope::newest().check(&[
        (
            "const h = structuredClone(new Headers([['a', 'b'], ['Content-Type', 'c'], ['set-cookie', '1'], ['set-cookie', '2']])); return JSON.stringify([...h])",
            r#"[["a","b"],["content-type","c"],["set-cookie","1"],["set-cookie","2"]]"#,
        ),
        (
            "const r = structuredClone(new Request('http://a/b', { method: 'PUT', redirect: 'manual', headers: { x: 'y' }, cf: { z: 1 } })); return [r instanceof Request, r.method, r.url, r.redirect, r.headers.get('x'), r.cf.z, r.body].join()",
            "true,PUT,http://a/b,manual,y,1,",
        ),
        (
            "const r = structuredClone(new Response(null, { status: 201, statusText: 'q', headers: { x: 'y' } })); return [r instanceof Response, r.status, r.statusText, r.headers.get('x'), r.body].join()",
            "true,201,q,y,",
        ),
        (
            "const r = structuredClone(Response.error()); return [r.type, r.status].join()",
            "error,0",
        ),
        (
            "const l = []; for (const v of [new Response('x'), new ReadableStream(), new WritableStream(), new Request('http://a/', { method: 'POST', body: 'x' }), new AbortController().signal, new URL('http://a/')]) try { structuredClone(v) } catch (e) { l.push(e.name + ' ' + e.message) } return l.join('|')",
            "DataCloneError ReadableStream can only be serialized for RPC.|DataCloneError ReadableStream can only be serialized for RPC.|DataCloneError WritableStream can only be serialized for RPC.|DataCloneError ReadableStream can only be serialized for RPC.|DataCloneError AbortSignal serialization is not enabled.|DataCloneError Could not serialize object of type \"URL\". This type does not support serialization.",
        ),
    ]);
}

#[test]
fn a_body_of_bytes_needs_an_event() {
    let scope = scope::newest();
    let refused = "Error: Disallowed operation called within global scope.";
    for source in [
        "new Response('')",
        "Response.json({})",
        "new Response(new Uint8Array(2))",
        "new Request('http://a/', { method: 'POST', body: 'x' })",
    ] {
        assert!(scope.eval(source).starts_with(refused), "{source}");
    }
    for source in ["new Response()", "new Response(new ReadableStream({}))"] {
        assert_eq!(scope.eval(source), "[object Response]", "{source}");
    }
}
