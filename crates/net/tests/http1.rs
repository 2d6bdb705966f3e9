//! The HTTP/1.1 server on real loopback sockets. Expected bytes are those of the real workerd.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use net::http1::{HttpService, NoResponse, Options, RequestHead, framed_headers};
use net::{Body, PeerInfo};
use tokio::sync::{Notify, oneshot};
use tokio::task::LocalSet;

use crate::harness::{self, Client, Server, answer, serve, serve_with};

type Answer = Result<Response<Body>, NoResponse>;

/// Echoes by path.
pub struct Echo;

impl HttpService for Echo {
    async fn call(self: Rc<Self>, head: RequestHead, body: Body, _client: Rc<PeerInfo>) -> Answer {
        let body = match head.uri.path() {
            "/echo" => body,
            "/text" => Body::from(body.collect(1 << 20).await.map_err(|_| NoResponse)?),
            "/unread" => Body::from("unread"),
            "/hello" => Body::from("hello"),
            "/none" => return Err(NoResponse),
            _ => Body::empty(),
        };
        let mut response = Response::new(body);
        *response.headers_mut() = framed_headers(&head.method, StatusCode::OK, response.body(), 1);
        Ok(response)
    }
}

pub async fn local<T>(test: impl Future<Output = T>) -> T {
    LocalSet::new().run_until(test).await
}

#[tokio::test]
async fn keeps_alive_and_pipelines_in_order() {
    local(async {
        let server = serve(Rc::new(Echo)).await;
        let mut client = server.connect().await;
        client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").await;
        client.expect(&answer("hello")).await;
        client
            .send(
                "POST /text HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1\
                 POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc\
                 POST /text HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n2\r\n0\r\n\r\n\
                 garbage\r\n\r\n",
            )
            .await;
        for text in ["1", "unread", "2"] {
            client.expect(&answer(text)).await;
        }
        assert!(client.rest().await.ends_with("\r\n\r\ninvalid HTTP method parsed"));
    })
    .await;
}

#[tokio::test]
async fn frames_bodies_both_ways() {
    local(async {
        let server = serve(Rc::new(Echo)).await;
        let mut client = server.connect().await;
        client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc").await;
        client.expect(&answer("abc")).await;
        client
            .send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n")
            .await;
        client.expect("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").await;
        client.send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n").await;
        client.expect("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").await;
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
        client.expect("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        let old = server.exchange("GET /hello HTTP/1.0\r\nHost: x\r\n\r\n").await;
        assert_eq!(old, "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        let big = format!("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\nA: {}\r\n\r\n", "a".repeat(200_000));
        assert_eq!(
            server.exchange(&big).await,
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
        );
    })
    .await;
}

#[tokio::test]
async fn asks_for_an_expected_body_only_when_it_is_read() {
    local(async {
        let server = serve(Rc::new(Echo)).await;
        let mut client = server.connect().await;
        client.send("POST /text HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n").await;
        client.expect("HTTP/1.1 100 Continue\r\n\r\n").await;
        client.send("abc").await;
        client.expect(&answer("abc")).await;
        client.send("POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n").await;
        let rest = client.rest().await;
        assert_eq!(rest, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nunread");
    })
    .await;
}

/// Answers when told to, and reports when its future or its bodies are dropped.
#[derive(Default)]
struct Gated {
    entered: Notify,
    release: Notify,
    dropped: Rc<Notify>,
}

struct DropSignal(Rc<Notify>);

impl Drop for DropSignal {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl HttpService for Gated {
    async fn call(
        self: Rc<Self>,
        _head: RequestHead,
        _body: Body,
        _client: Rc<PeerInfo>,
    ) -> Answer {
        let _signal = DropSignal(Rc::clone(&self.dropped));
        self.entered.notify_one();
        self.release.notified().await;
        Ok(Response::new(Body::from("late")))
    }
}

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

#[tokio::test]
async fn a_reset_drops_the_service_future() {
    local(async {
        let gated = Rc::new(Gated::default());
        let server = serve(Rc::clone(&gated)).await;
        let mut client = server.connect().await;
        client.send(GET).await;
        gated.entered.notified().await;
        client.reset();
        gated.dropped.notified().await;
        server.connections.all_closed().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_that_only_stops_sending_gets_its_answer() {
    local(async {
        let gated = Rc::new(Gated::default());
        let server = serve(Rc::clone(&gated)).await;
        let mut client = server.connect().await;
        client.send(GET).await;
        client.end().await;
        gated.entered.notified().await;
        gated.release.notify_one();
        assert!(client.rest().await.ends_with("\r\n\r\nlate"));
    })
    .await;
}

#[tokio::test]
async fn drains_in_flight_and_idle_connections() {
    local(async {
        let gated = Rc::new(Gated::default());
        let server = serve(Rc::clone(&gated)).await;
        let (mut fresh, mut idle, mut busy) = (
            server.connect().await,
            server.connect().await,
            server.connect().await,
        );
        idle.send(GET).await;
        gated.entered.notified().await;
        gated.release.notify_one();
        idle.expect("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")
            .await;
        busy.send(GET).await;
        gated.entered.notified().await;
        server.shutdown.drain();
        assert_eq!(fresh.rest().await, "");
        assert_eq!(idle.rest().await, "");
        assert_eq!(server.connections.count(), 1);
        gated.release.notify_one();
        assert_eq!(
            busy.rest().await,
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlate"
        );
        server.connections.all_closed().await;
    })
    .await;
}

/// Sends 64 KiB chunks for as long as somebody takes them, counting.
struct Firehose {
    sent: Rc<Cell<usize>>,
    ended: RefCell<Option<oneshot::Sender<()>>>,
}

impl HttpService for Firehose {
    async fn call(
        self: Rc<Self>,
        _head: RequestHead,
        _body: Body,
        _client: Rc<PeerInfo>,
    ) -> Answer {
        let (mut sender, body) = Body::channel(64 << 10);
        let (sent, ended) = (Rc::clone(&self.sent), self.ended.take());
        tokio::task::spawn_local(async move {
            let chunk = Bytes::from(vec![b'x'; 64 << 10]);
            while sender.send(chunk.clone()).await.is_ok() {
                sent.set(sent.get() + chunk.len());
            }
            ended.map(|ended| ended.send(()))
        });
        Ok(Response::new(body))
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_holds_the_producer_back() {
    const BOUND: usize = 32 << 20;
    local(async {
        let (ended_sender, ended) = oneshot::channel();
        let sent = Rc::new(Cell::new(0));
        let service = Firehose {
            sent: Rc::clone(&sent),
            ended: RefCell::new(Some(ended_sender)),
        };
        let server = serve(Rc::new(service)).await;
        let mut client = server.connect().await;
        client.send(GET).await;
        let stalled_at = harness::settled(&sent).await;
        assert!(stalled_at > 0 && stalled_at < BOUND, "{stalled_at}");
        client.discard(stalled_at).await;
        assert!(harness::settled(&sent).await > stalled_at);
        client.reset();
        ended.await.unwrap();
        server.connections.all_closed().await;
    })
    .await;
}

/// Never reads its request's body.
struct Deaf;

impl HttpService for Deaf {
    async fn call(
        self: Rc<Self>,
        _head: RequestHead,
        _body: Body,
        _client: Rc<PeerInfo>,
    ) -> Answer {
        pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn an_unread_body_holds_the_client_back() {
    const BOUND: usize = 32 << 20;
    local(async {
        let server = serve(Rc::new(Deaf)).await;
        let client = server.connect().await;
        let sent = Rc::new(Cell::new(0));
        let upload = tokio::task::spawn_local(client.upload(4 << 30, Rc::clone(&sent)));
        let stalled_at = harness::settled(&sent).await;
        assert!(stalled_at > 0 && stalled_at < BOUND, "{stalled_at}");
        assert!(!upload.is_finished());
    })
    .await;
}

/// A response whose body fails after a chunk.
struct Failing;

impl HttpService for Failing {
    async fn call(self: Rc<Self>, head: RequestHead, _body: Body, _client: Rc<PeerInfo>) -> Answer {
        let (mut sender, body) = Body::channel(1024);
        sender
            .send(Bytes::from_static(b"abc"))
            .await
            .map_err(|_| NoResponse)?;
        tokio::task::spawn_local(async move {
            tokio::task::yield_now().await;
            if head.uri.path() == "/abort" {
                sender.abort("no")
            } else {
                drop(sender)
            }
        });
        Ok(Response::new(body))
    }
}

#[tokio::test]
async fn a_truncated_body_has_no_end() {
    local(async {
        let server = serve(Rc::new(Failing)).await;
        for path in ["/abort", "/drop"] {
            let got = server
                .exchange(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"))
                .await;
            assert!(!got.ends_with("0\r\n\r\n"), "{got:?}");
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn closes_connections_that_send_no_head_in_time() {
    local(async {
        let options = Options {
            head_timeout: Some(Duration::from_secs(15)),
            ..Options::default()
        };
        let gated = Rc::new(Gated::default());
        let server = serve_with(Rc::clone(&gated), options).await;
        let (mut idle, mut partial, mut busy) = (
            server.connect().await,
            server.connect().await,
            server.connect().await,
        );
        busy.send(GET).await;
        gated.entered.notified().await;
        partial.send("GET / HTTP/1.1\r\nHo").await;
        let start = tokio::time::Instant::now();
        assert_eq!(idle.rest().await, "");
        assert_eq!(partial.rest().await, "");
        let waited = start.elapsed().as_secs();
        assert!((14..=17).contains(&waited), "{waited}");
        gated.release.notify_one();
        busy.expect("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")
            .await;
    })
    .await;
}

/// Hands the connection over, and echoes one line on it.
struct Upgrader;

impl HttpService for Upgrader {
    async fn call(self: Rc<Self>, head: RequestHead, _body: Body, _client: Rc<PeerInfo>) -> Answer {
        let mut response = Response::new(Body::upgrade(Box::new(|upgraded| {
            tokio::task::spawn_local(harness::echo_one_line(upgraded));
        })));
        if head.method != Method::CONNECT {
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            response
                .headers_mut()
                .insert(header::UPGRADE, header::HeaderValue::from_static("x"));
        }
        Ok(response)
    }
}

#[tokio::test]
async fn hands_an_upgraded_connection_over() {
    local(async {
        let server: Server = serve(Rc::new(Upgrader)).await;
        let upgrade = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nearly";
        for (head, status) in [
            (upgrade, "101 Switching Protocols"),
            ("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\nearly", "200 OK"),
        ] {
            let mut client: Client = server.connect().await;
            client.send(head).await;
            client.expect(&format!("HTTP/1.1 {status}\r\n")).await;
            client.send(" and late\n").await;
            let rest = client.rest().await;
            assert!(rest.ends_with("\r\nearly and late\n"), "{rest:?}");
        }
    })
    .await;
}
