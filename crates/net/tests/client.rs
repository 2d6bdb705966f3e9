//! The HTTP/1.1 client's connections, over real sockets: when they are used again, and when they end.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::Future;
use std::time::Duration;

use http::{Method, Request};
use net::client::Origin;
use net::{Body, Client, Connector, DefaultPort, Destination};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A server that does what the test says, and a client for it.
struct Pair {
    listener: TcpListener,
    client: Client,
    destination: Destination,
}

impl Pair {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        Self {
            listener,
            client: Client::new(Connector::new(None, None)),
            destination: Destination::parse(&address, DefaultPort::HTTP).unwrap(),
        }
    }

    async fn send(&self, method: Method, body: Body) -> http::Response<Body> {
        let origin = Origin {
            destination: &self.destination,
            key: "",
            secure: false,
        };
        let request = Request::builder().method(method).uri("/");
        let request = request.header("host", "h").body(body).unwrap();
        self.client.send(origin, request).await.unwrap()
    }

    async fn get(&self) -> String {
        text(self.send(Method::GET, Body::empty()).await).await
    }

    async fn accept(&self) -> TcpStream {
        self.listener.accept().await.unwrap().0
    }
}

async fn text(mut response: http::Response<Body>) -> String {
    let mut all = Vec::new();
    while let Some(chunk) = response.body_mut().next().await {
        all.extend_from_slice(&chunk.unwrap());
    }
    String::from_utf8(all).unwrap()
}

/// Reads one head, and answers it.
async fn answer(stream: &mut TcpStream, answer: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.unwrap());
    }
    stream.write_all(answer.as_bytes()).await.unwrap();
    String::from_utf8(read).unwrap()
}

/// Waits for the other side to close.
async fn closed(mut stream: TcpStream) {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"");
}

fn run(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let limited = async {
        tokio::time::timeout(Duration::from_secs(20), test)
            .await
            .expect("nobody waits for ever");
    };
    runtime.block_on(LocalSet::new().run_until(limited));
}

#[test]
fn a_connection_is_used_again() {
    run(async {
        let pair = Pair::new().await;
        let server = async {
            let mut stream = pair.accept().await;
            for _ in 0..3 {
                answer(&mut stream, ANSWER).await;
            }
            stream
        };
        let client = async {
            for _ in 0..3 {
                assert_eq!(pair.get().await, "ok");
            }
        };
        let (stream, ()) = tokio::join!(server, client);
        // Nobody holds the client's side any more, which waits for its next request.
        drop(pair.client);
        closed(stream).await;
    });
}

#[test]
fn it_is_used_again_after_a_body_that_came_later() {
    run(async {
        let pair = Pair::new().await;
        let (head_seen, seen) = tokio::sync::oneshot::channel();
        let server = async {
            let mut stream = pair.accept().await;
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nla";
            answer(&mut stream, head).await;
            seen.await.unwrap();
            stream
                .write_all(b"\r\n3\r\nter\r\n0\r\n\r\n")
                .await
                .unwrap();
            answer(&mut stream, ANSWER).await;
        };
        let client = async {
            let response = pair.send(Method::GET, Body::empty()).await;
            head_seen.send(()).unwrap();
            assert_eq!(text(response).await, "later");
            assert_eq!(pair.get().await, "ok");
        };
        tokio::join!(server, client);
    });
}

#[test]
fn one_that_was_closed_meanwhile_is_replaced_whatever_the_method() {
    run(async {
        let pair = Pair::new().await;
        let server = async {
            let mut stream = pair.accept().await;
            answer(&mut stream, ANSWER).await;
            drop(stream);
            let mut stream = pair.accept().await;
            answer(&mut stream, ANSWER).await
        };
        let client = async {
            assert_eq!(pair.get().await, "ok");
            // The news of the end arrives.
            tokio::time::sleep(Duration::from_millis(50)).await;
            let response = pair.send(Method::POST, Body::empty()).await;
            assert_eq!(text(response).await, "ok");
        };
        let (head, ()) = tokio::join!(server, client);
        assert!(head.starts_with("POST / "), "{head}");
    });
}

#[test]
fn what_is_given_up_ends_the_connection() {
    run(async {
        let pair = Pair::new().await;
        let mut stream = {
            let server = async {
                let mut stream = pair.accept().await;
                answer(&mut stream, ANSWER).await;
                // The next request gets no answer.
                answer(&mut stream, "").await;
                stream
            };
            let client = async {
                pair.get().await;
                pair.get().await
            };
            tokio::select! {
                stream = server => stream,
                _ = client => panic!("there was no answer"),
            }
        };
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);

        // The same for a body that nobody wants any more.
        let server = async {
            let mut stream = pair.accept().await;
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart";
            answer(&mut stream, head).await;
            stream
        };
        let (stream, response) = tokio::join!(server, pair.send(Method::GET, Body::empty()));
        drop(response);
        closed(stream).await;
    });
}

#[test]
fn an_answer_that_says_so_ends_the_connection() {
    run(async {
        let pair = Pair::new().await;
        let server = async {
            let mut stream = pair.accept().await;
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
            answer(&mut stream, head).await;
            closed(stream).await;
        };
        let client = async { assert_eq!(pair.get().await, "ok") };
        tokio::join!(server, client);
    });
}
