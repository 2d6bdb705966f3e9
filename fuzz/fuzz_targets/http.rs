//! Any bytes as what comes over a connection of a server or of a client, HTTP/1.1 and HTTP/2: it ends, and what comes of
//! them are requests or answers. The first byte says which side it is, and whether the bytes are the connection's or
//! frames of HTTP/2 behind a short head: kind, flags, stream and length, a byte each.

#![no_main]

use std::rc::Rc;

use fuzz::connection::over;
use http::{Request, Response};
use libfuzzer_sys::fuzz_target;
use net::client::Single;
use net::http1::{Connections, HttpService, NoResponse, Options, RequestHead, serve_connection};
use net::{Body, ClientAddress, PeerInfo};
use tokio::io::DuplexStream;

/// Gives back the body.
struct Echo;

impl HttpService for Echo {
    async fn call(
        self: Rc<Self>,
        head: RequestHead,
        body: Body,
        _: Rc<PeerInfo>,
    ) -> Result<Response<Body>, NoResponse> {
        // Bodies are not always read.
        if head.uri.path().len() % 2 == 0 {
            return Ok(Response::new(Body::from("none of it")));
        }
        Ok(Response::new(body))
    }
}

async fn serve(near: DuplexStream) {
    let client = PeerInfo {
        address: ClientAddress::Unknown,
    };
    let options = Options {
        head_timeout: None,
        ..Options::default()
    };
    let _ = serve_connection(near, client, Rc::new(Echo), &options, &Connections::new()).await;
}

async fn ask(near: DuplexStream) {
    let Ok(client) = Single::new(Box::new(near)).await else {
        return;
    };
    for method in ["GET", "HEAD", "POST"] {
        let request = Request::builder().method(method).uri("http://a/");
        let request = request.body(Body::from("asked")).expect("a request");
        let Ok(answer) = client.send(request).await else {
            return;
        };
        let _ = answer.into_body().collect(1 << 20).await;
    }
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The bytes of an HTTP/2 connection (RFC 9113 §3.4, §4.1).
fn joined(mut frames: &[u8]) -> Vec<u8> {
    let mut joined = PREFACE.to_vec();
    joined.extend_from_slice(&[0, 0, 0, 4, 0, 0, 0, 0, 0]);
    while let Some((&[kind, flags, stream, length], rest)) = frames.split_first_chunk() {
        let (payload, rest) = rest.split_at(rest.len().min(usize::from(length)));
        joined.extend_from_slice(&[0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream]);
        joined.extend_from_slice(payload);
        frames = rest;
    }
    joined
}

/// A GET or a POST of a path without a body.
const HEADERS: &[u8] = b"\x82\x86\x84\x41\x01a";
const POST: &[u8] = b"\x83\x86\x44\x03/xy\x41\x01a\x40\x03x-y\x01z\x0f\x0d\x014";

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    [&[kind, flags, stream, payload.len() as u8], payload].concat()
}

const REQUESTS: &[&str] = &[
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET http://a/b?c=d HTTP/1.1\r\nHost: a\r\nCookie: e=f\r\nConnection: close\r\n\r\n",
    "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbodyGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n\
     4;e=\"f\"\r\nbody\r\n1\r\na\r\n0\r\nx: y\r\n\r\nHEAD / HTTP/1.0\r\n\r\n",
    "POST /b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody",
    "GET /b HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
     Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nraw",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\nGET / HTTP/1.0\r\n\r\n",
];

const ANSWERS: &[&str] = &[
    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\
     HTTP/1.1 304 Not Modified\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nx: y\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Encoding: gzip\r\n\r\n1\r\na\r\n0\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nall until the end",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nraw",
    "HTTP/1.1 200 OK\r\nContent-Length: 4, 4\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\nbody",
];

fn seeds() -> Vec<Vec<u8>> {
    let requests = REQUESTS.iter().flat_map(|text| [(0, text), (6, text)]);
    let answers = ANSWERS.iter().flat_map(|text| [(1, text), (7, text)]);
    let texts = requests.chain(answers);
    let mut seeds: Vec<_> = texts.map(|(kind, text)| fuzz::tagged(kind, text)).collect();
    let conversations = [
        vec![frame(1, 5, 1, HEADERS), frame(1, 5, 3, HEADERS)],
        vec![
            frame(1, 4, 1, POST),
            frame(0, 0, 1, b"bo"),
            frame(0, 1, 1, b"dy"),
        ],
        vec![
            frame(1, 0, 1, &POST[..9]),
            frame(9, 4, 1, &POST[9..]),
            frame(8, 0, 1, &[0, 0, 1, 0]),
            frame(0, 9, 1, b"\x03body\0\0\0"),
            frame(6, 0, 0, b"12345678"),
        ],
        vec![
            frame(4, 0, 0, &[0, 4, 0, 0, 0, 1]),
            frame(1, 0x24, 1, &[&[0, 0, 0, 0, 9][..], POST].concat()),
            frame(8, 0, 0, &[0, 0, 1, 0]),
            frame(3, 0, 1, &[0, 0, 0, 8]),
            frame(2, 0, 3, &[0, 0, 0, 0, 1]),
            frame(7, 0, 0, &[0; 8]),
        ],
        // RFC 8441: a WebSocket.
        vec![
            frame(
                1,
                4,
                1,
                b"\x02\x07CONNECT\x86\x84\x41\x01a\x00\x09:protocol\x09websocket\
                  \x00\x15sec-websocket-version\x0213",
            ),
            frame(0, 0, 1, b"\x81\x81abcd\0"),
        ],
    ];
    for conversation in conversations {
        let frames = conversation.concat();
        seeds.push(fuzz::tagged(0, joined(&frames)));
        seeds.push(fuzz::tagged(2, frames));
    }
    seeds
}

fuzz_target!(init: fuzz::plant(seeds), |bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    let at_once = match kind & 4 {
        0 => bytes.len() + 1024,
        _ => usize::from(kind >> 3) + 1,
    };
    fuzz::run(async {
        match kind & 3 {
            0 => over(bytes, at_once, serve).await,
            2 => over(&joined(bytes), at_once, serve).await,
            _ => over(bytes, at_once, ask).await,
        }
    });
});
