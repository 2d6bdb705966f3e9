//! Servers elsewhere whose answers break or are odd, and requests whose bodies break on the way there.

use crate::outbound::with_upstream;
use crate::upstream::Upstream;

#[test]
fn a_request_whose_answer_has_begun_is_not_repeated() {
    for broken in [
        "HTTP/1.1 200 OK\r\nX: 1",
        "HTTP/1.1 200 OK\r\nX Y: 1\r\n\r\n",
    ] {
        let upstream = Upstream::start(move |peer| {
            peer.request();
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            peer.request();
            peer.send(broken);
        });
        let server = with_upstream(
            &upstream,
            "",
            "const first = await (await env.UP.fetch('http://x/')).text();
             try { await env.UP.fetch('http://x/'); } catch (error) { return new Response(`${first} ${error.message}`); }",
        );
        assert_eq!(server.get("/").text(), "ok Network connection lost.");
        assert_eq!(upstream.connections(), 1);
    }
}

#[test]
fn a_request_fails_with_its_body() {
    let upstream = Upstream::start(|peer| {
        peer.request();
        peer.bytes(100);
    });
    let server = with_upstream(
        &upstream,
        "",
        "const failing = new ReadableStream({
           async pull(controller) {
             if (this.some) { await scheduler.wait(50); controller.error(new RangeError('no more')); }
             this.some = true;
             controller.enqueue(new Uint8Array(2));
           },
         });
         const fixed = new FixedLengthStream(3);
         const writer = fixed.writable.getWriter();
         writer.write(new Uint8Array(2)).then(() => writer.close()).catch(() => {});
         const answers = [];
         for (const body of [failing, fixed.readable])
           answers.push(await env.UP.fetch('http://x/', { method: 'POST', body }).catch(error => `${error.name} ${error.message}`));
         return new Response(answers.join());",
    );
    // Of a body whose length was told the server knows that it is not complete: there the connection is what is lost.
    assert_eq!(
        server.get("/").text(),
        "RangeError no more,Error Network connection lost."
    );
}

#[test]
fn several_headers_are_one() {
    let upstream = Upstream::start(|peer| {
        while let Some(head) = peer.request() {
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let headers = match path.as_str() {
                "/two" => "302 Found\r\nLocation: /a\r\nLocation: /b",
                _ => "200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip",
            };
            let length = path.len();
            peer.send(format!(
                "HTTP/1.1 {headers}\r\nContent-Length: {length}\r\n\r\n{path}"
            ));
        }
    });
    let server = with_upstream(
        &upstream,
        "",
        "const answers = [];
         for (const path of ['/two', '/coded']) {
           const response = await env.UP.fetch(`http://x${path}`);
           answers.push(await response.text());
         }
         return new Response(answers.join(' '));",
    );
    assert_eq!(server.get("/").text(), "/a,%20/b /coded");
}
