//! HTTP/2 without TLS, over real sockets, with h2's client.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use net::Body;
use net::http1::{HttpService, NoResponse, Options, RequestHead};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::harness::{self, Server};

/// Tells what it was asked; `/echo` sends the body back, `/hang` never answers.
#[derive(Default)]
struct Teller {
    hanging: Rc<Cell<u32>>,
}

struct Hanging(Rc<Cell<u32>>);

impl Drop for Hanging {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl HttpService for Teller {
    async fn call(
        self: Rc<Self>,
        head: RequestHead,
        body: Body,
        _: Rc<net::PeerInfo>,
    ) -> Result<Response<Body>, NoResponse> {
        match head.uri.path() {
            "/echo" => return Ok(Response::new(body)),
            "/hang" => {
                self.hanging.set(self.hanging.get() + 1);
                let _hanging = Hanging(self.hanging.clone());
                std::future::pending::<()>().await;
            }
            "/upgrade" => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
                return Ok(response);
            }
            "/ws" => return Ok(echo(&head)),
            _ => {}
        }
        let text = |name: &str| {
            let values = head.headers.get_all(name).iter();
            let values: Vec<_> = values.map(|value| value.to_str().unwrap()).collect();
            values.join("|")
        };
        let text = format!(
            "{} {} {} {}",
            head.method,
            head.uri,
            text("host"),
            text("cookie")
        );
        let mut response = Response::new(Body::from(text));
        let headers = response.headers_mut();
        headers.insert("transfer-encoding", "chunked".parse().unwrap());
        headers.insert("connection", "close".parse().unwrap());
        Ok(response)
    }
}

/// A WebSocket that sends back what it gets, if it was asked for like in HTTP/1.1.
fn echo(head: &RequestHead) -> Response<Body> {
    assert_eq!(
        (&head.method, head.headers["upgrade"].to_str().unwrap()),
        (&Method::GET, "websocket")
    );
    let (near, far) = net::websocket::WebSocket::pair();
    tokio::task::spawn_local(async move {
        while let Ok(message) = near.receive(1 << 20).await {
            near.send(message).await.unwrap();
        }
    });
    let mut response = Response::new(Body::web_socket(far));
    let headers = response.headers_mut();
    headers.insert(
        "sec-websocket-protocol",
        head.headers["sec-websocket-protocol"].clone(),
    );
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response
}

async fn connect(server: &Server) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (sender, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::task::spawn_local(async move {
        let _ = connection.await;
    });
    sender.ready().await.unwrap()
}

fn get(uri: &str) -> Request<()> {
    Request::get(uri).body(()).unwrap()
}

async fn fetch(
    sender: &SendRequest<Bytes>,
    request: Request<()>,
) -> (StatusCode, HeaderMap, String) {
    let mut sender = sender.clone().ready().await.unwrap();
    let (response, _) = sender.send_request(request, true).unwrap();
    let (head, mut body) = response.await.unwrap().into_parts();
    let mut text = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.unwrap();
        let _ = body.flow_control().release_capacity(chunk.len());
        text.extend_from_slice(&chunk);
    }
    (head.status, head.headers, String::from_utf8(text).unwrap())
}

/// The end of a body may come with an empty chunk.
async fn ended(mut body: h2::RecvStream) {
    while let Some(chunk) = body.data().await {
        assert_eq!(chunk.unwrap(), "");
    }
}

async fn run<F: Future>(test: F) -> F::Output {
    LocalSet::new()
        .run_until(async {
            tokio::time::timeout(Duration::from_secs(20), test)
                .await
                .unwrap()
        })
        .await
}

#[tokio::test]
async fn a_request_arrives_in_the_form_of_http_1() {
    run(async {
        let server = harness::serve(Rc::new(Teller::default())).await;
        let sender = connect(&server).await;
        let request = Request::get("http://u@example.com:81/a?b")
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .body(())
            .unwrap();
        let (status, headers, text) = fetch(&sender, request).await;
        assert_eq!(
            text,
            "GET http://u@example.com:81/a?b example.com:81 a=1; b=2"
        );
        assert_eq!(status, 200);
        assert!(!headers.contains_key("transfer-encoding") && !headers.contains_key("connection"));
        let (status, ..) = fetch(&sender, get("http://h/upgrade")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        let mut odd = get("http://h/");
        *odd.method_mut() = Method::from_bytes(b"NONSENSE").unwrap();
        let (status, _, text) = fetch(&sender, odd).await;
        assert_eq!(status, StatusCode::NOT_IMPLEMENTED);
        assert_eq!(text, "ERROR: Unrecognized request method.");
    })
    .await;
}

#[tokio::test]
async fn bodies_stream_both_ways_and_side_by_side() {
    run(async {
        let server = harness::serve(Rc::new(Teller::default())).await;
        let sender = connect(&server).await;
        let ask = async |fill: u8| {
            let mut sender = sender.clone().ready().await.unwrap();
            let request = Request::post("http://h/echo").body(()).unwrap();
            let (response, mut upload) = sender.send_request(request, false).unwrap();
            let mut body = response.await.unwrap().into_body();
            let mut received = 0;
            for round in 0..64 {
                upload.reserve_capacity(16 << 10);
                while upload.capacity() < 16 << 10 {
                    std::future::poll_fn(|cx| upload.poll_capacity(cx))
                        .await
                        .unwrap()
                        .unwrap();
                }
                upload
                    .send_data(vec![fill; 16 << 10].into(), round == 63)
                    .unwrap();
                while received < (round + 1) * (16 << 10) {
                    let chunk = body.data().await.unwrap().unwrap();
                    assert!(chunk.iter().all(|&byte| byte == fill));
                    received += chunk.len();
                    body.flow_control().release_capacity(chunk.len()).unwrap();
                }
            }
            ended(body).await;
        };
        tokio::join!(ask(1), ask(2), ask(3));
    })
    .await;
}

#[tokio::test]
async fn the_preface_may_come_in_pieces() {
    run(async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let server = harness::serve(Rc::new(Teller::default())).await;
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
        for split in [1, 11, 12, 13, 14, 15, 16, 17, 18, 20, 23, 24, 30] {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            stream.write_all(&preface[..split]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(30)).await;
            stream.write_all(&preface[split..]).await.unwrap();
            let mut answer = [0; 9];
            stream.read_exact(&mut answer).await.unwrap();
            assert_eq!(answer[3], 4, "split at {split}: {answer:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_taken_back_is_dropped() {
    run(async {
        let service = Rc::new(Teller::default());
        let server = harness::serve(service.clone()).await;
        let sender = connect(&server).await;
        let mut one = sender.clone().ready().await.unwrap();
        let (response, _upload) = one.send_request(get("http://h/hang"), true).unwrap();
        while service.hanging.get() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop((response, _upload));
        while service.hanging.get() == 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // The connection goes on.
        assert_eq!(fetch(&sender, get("http://h/")).await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_takes_everything_back_is_cut_off() {
    run(async {
        let service = Rc::new(Teller::default());
        let server = harness::serve(service.clone()).await;
        let sender = connect(&server).await;
        for round in 0.. {
            assert!(round < 1000, "the connection is still there");
            let Ok(mut sender) = sender.clone().ready().await else {
                break;
            };
            let Ok((mut response, mut upload)) = sender.send_request(get("http://h/hang"), true)
            else {
                break;
            };
            tokio::select! {
                biased;
                failed = &mut response => { assert!(failed.is_err()); break }
                () = tokio::time::sleep(Duration::from_millis(2)) => {}
            }
            upload.send_reset(h2::Reason::CANCEL);
        }
        while server.connections.count() > 0 || service.hanging.get() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    run(async {
        let server = harness::serve(Rc::new(Teller::default())).await;
        let sender = connect(&server).await;
        let mut request = get("http://h/");
        for index in 0..80 {
            let name: http::HeaderName = format!("x-{index}").parse().unwrap();
            let value = "v".repeat(1000).parse().unwrap();
            request.headers_mut().insert(name, value);
        }
        let mut ready = sender.clone().ready().await.unwrap();
        let (response, _) = ready.send_request(request, true).unwrap();
        match response.await {
            Ok(response) => assert_eq!(response.status(), 431),
            Err(error) => assert!(error.is_reset() || error.is_go_away(), "{error}"),
        }
    })
    .await;
}

#[tokio::test]
async fn a_drain_lets_streams_finish_and_ends_the_connection() {
    run(async {
        let server = harness::serve(Rc::new(Teller::default())).await;
        let sender = connect(&server).await;
        let mut ready = sender.clone().ready().await.unwrap();
        let request = Request::post("http://h/echo").body(()).unwrap();
        let (response, mut upload) = ready.send_request(request, false).unwrap();
        let mut body = response.await.unwrap().into_body();
        server.shutdown.drain();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(server.connections.count(), 1);
        upload.send_data(Bytes::from_static(b"late"), true).unwrap();
        assert_eq!(body.data().await.unwrap().unwrap(), "late");
        ended(body).await;
        server.connections.all_closed().await;
    })
    .await;
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    run(async {
        let options = Options {
            head_timeout: Some(Duration::from_secs(1)),
            ..Options::default()
        };
        let server = harness::serve_with(Rc::new(Teller::default()), options).await;
        let sender = connect(&server).await;
        assert_eq!(fetch(&sender, get("http://h/")).await.0, 200);
        server.connections.all_closed().await;
    })
    .await;
}

#[tokio::test]
async fn the_answer_to_head_has_no_body() {
    run(async {
        let server = harness::serve(Rc::new(Teller::default())).await;
        let sender = connect(&server).await;
        let head = Request::head("http://h/").body(()).unwrap();
        let (status, headers, text) = fetch(&sender, head).await;
        assert_eq!((status.as_u16(), text.as_str()), (200, ""));
        assert_eq!(headers["content-length"], "17");
    })
    .await;
}

fn extended_connect(uri: &str, protocol: &'static str) -> Request<()> {
    Request::connect(uri)
        .extension(h2::ext::Protocol::from_static(protocol))
        .header("sec-websocket-version", "13")
        .header("sec-websocket-protocol", "p")
        .body(())
        .unwrap()
}

#[tokio::test]
async fn a_web_socket_takes_a_stream() {
    run(async {
        let server = harness::serve(Rc::new(Teller::default())).await;
        let sender = connect(&server).await;
        // The server's settings have come by then.
        fetch(&sender, get("http://h/")).await;
        assert!(sender.is_extended_connect_protocol_enabled());
        let mut sender = sender.ready().await.unwrap();
        let request = extended_connect("http://h/ws", "websocket");
        let (response, mut up) = sender.send_request(request, false).unwrap();
        let (head, mut down) = response.await.unwrap().into_parts();
        assert_eq!(head.status, 200);
        assert_eq!(head.headers["sec-websocket-protocol"], "p");
        assert!(!head.headers.contains_key("sec-websocket-accept"));
        for (frame, answer) in [
            (&b"\x81\x82\0\0\0\0hi"[..], &b"\x81\x02hi"[..]),
            (b"\x88\x82\0\0\0\0\x03\xe8", b"\x88\x02\x03\xe8"),
        ] {
            up.send_data(Bytes::from_static(frame), false).unwrap();
            let mut got = Vec::new();
            while got.len() < answer.len() {
                got.extend_from_slice(&down.data().await.unwrap().unwrap());
            }
            assert_eq!(got, answer);
        }
        ended(down).await;
    })
    .await;
}

#[tokio::test]
async fn only_a_web_socket_opens_a_stream() {
    run(async {
        let server = harness::serve(Rc::new(Teller::default())).await;
        let sender = connect(&server).await;
        fetch(&sender, get("http://h/")).await;
        for (uri, protocol, status) in [
            ("http://h/", "websocket", 400),
            ("http://h/ws", "connect-udp", 501),
        ] {
            let request = extended_connect(uri, protocol);
            assert_eq!(fetch(&sender, request).await.0, status);
        }
    })
    .await;
}
