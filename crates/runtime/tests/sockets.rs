//! Events with WebSockets: how long they live.

use bytes::Bytes;
use http::HeaderValue;
use http::header::UPGRADE;
use io::IoContext;
use net::websocket::{Close, Message};
use net::{Body, WebSocket};
use runtime::events::fetch::fetch;
use runtime::{Entrypoint, Worker};
use web::fetch::RequestSource;

use crate::{on_a_loop, worker};

const MAX: usize = 1 << 20;

/// The WebSocket that a Worker answers with.
async fn socket(worker: &Worker) -> WebSocket {
    let (mut head, ()) = http::Request::get("http://test/")
        .body(())
        .expect("a valid request")
        .into_parts();
    let websocket = HeaderValue::from_static("websocket");
    head.headers.insert(UPGRADE, websocket);
    let entrypoint = Entrypoint::default();
    let source = RequestSource::Subrequest;
    let answer = fetch(worker, &entrypoint, head, Body::empty(), source);
    let mut response = answer.await.expect("an answer");
    assert_eq!(response.status(), 101);
    response.body_mut().take_web_socket().expect("a WebSocket")
}

/// Lets everything that can go on do so.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

fn text(text: &'static str) -> Message {
    Message::Text(Bytes::from_static(text.as_bytes()))
}

const ECHO: &str = "export default { fetch() {
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.addEventListener('message', ({ data }) => server.send(data));
  server.addEventListener('close', ({ code }) => { if (code === 1000) server.close(1000) });
  return new Response(null, { status: 101, webSocket: client });
} };";

#[test]
fn an_accepted_socket_keeps_its_event_until_its_client_goes() {
    on_a_loop(async {
        let worker = worker(ECHO);
        let sockets = [socket(&worker).await, socket(&worker).await];
        settle().await;
        assert_eq!(IoContext::alive(), 2);
        for socket in &sockets {
            socket.send(text("hello")).await.unwrap();
            assert_eq!(socket.receive(MAX).await, Ok(text("hello")));
        }
        let [first, second] = sockets;
        drop(first);
        settle().await;
        assert_eq!(IoContext::alive(), 1);
        drop(second);
        settle().await;
        assert_eq!(IoContext::alive(), 0);
    });
}

#[test]
fn a_close_of_both_sides_ends_the_event() {
    on_a_loop(async {
        let worker = worker(ECHO);
        let socket = socket(&worker).await;
        let close = Message::Close(Close {
            code: 1000,
            reason: String::new(),
        });
        socket.send(close.clone()).await.unwrap();
        assert_eq!(socket.receive(MAX).await, Ok(close));
        drop(socket);
        settle().await;
        assert_eq!(IoContext::alive(), 0);
    });
}

#[test]
fn a_client_that_goes_frees_a_socket_that_nobody_accepted() {
    on_a_loop(async {
        let worker = worker(
            "let kept; export default { fetch() {
               const [client, server] = Object.values(new WebSocketPair());
               kept = server;
               return new Response(null, { status: 101, webSocket: client });
             } };",
        );
        let socket = socket(&worker).await;
        settle().await;
        assert_eq!(IoContext::alive(), 1);
        drop(socket);
        settle().await;
        assert_eq!(IoContext::alive(), 0);
    });
}

#[test]
fn a_pair_within_an_event_does_not_keep_it() {
    on_a_loop(async {
        let worker = worker(
            "export default { fetch() {
               const [a, b] = Object.values(new WebSocketPair());
               a.accept(); b.accept(); a.send('nobody listens');
               return new Response('x');
             } };",
        );
        let (head, ()) = http::Request::get("http://test/")
            .body(())
            .expect("a valid request")
            .into_parts();
        let entrypoint = Entrypoint::default();
        let source = RequestSource::Subrequest;
        let answer = fetch(&worker, &entrypoint, head, Body::empty(), source);
        assert_eq!(answer.await.unwrap().status(), 200);
        settle().await;
        assert_eq!(IoContext::alive(), 0);
    });
}
