//! Bodies and sockets under flow control.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use net::websocket::{Close, Error, Message, WebSocket};
use net::{Body, BodyError};

use crate::harness::{Service, run, sessions, settle, x};

const CHUNK: usize = 100_000;

/// A body of `count` chunks; counts those that were read.
fn counted(count: usize, read: &Rc<Cell<usize>>, length: Option<u64>) -> Body {
    let read = read.clone();
    let chunks = futures::stream::iter(0..count).map_to(move |_| {
        read.set(read.get() + 1);
        Ok(Bytes::from(vec![b'x'; CHUNK]))
    });
    Body::stream(chunks, length)
}

trait MapTo: futures::Stream + Sized {
    fn map_to<T>(self, map: impl FnMut(Self::Item) -> T) -> impl futures::Stream<Item = T> {
        futures::StreamExt::map(self, map)
    }
}

impl<S: futures::Stream> MapTo for S {}

/// The body that `service` answers with.
async fn answered(body: impl Fn() -> Body + 'static) -> (Body, impl Fn() -> (usize, usize)) {
    let (near, far) = sessions(Service::of_requests(move |_| {
        let body = body();
        Box::pin(async move { Ok(http::Response::new(body)) })
    }));
    let response = x(&near).request(http::Request::new(Body::empty())).await;
    let body = response
        .unwrap_or_else(|error| panic!("{error}"))
        .into_body();
    (body, move || (near.load(), far.load()))
}

#[test]
fn a_body_goes_over_with_its_length() {
    run(|| async {
        let read = Rc::new(Cell::new(0));
        let source = read.clone();
        let length = Some(20 * CHUNK as u64);
        let (body, load) = answered(move || counted(20, &source, length)).await;
        assert_eq!(body.length(), length);
        let all = body.collect(usize::MAX).await.map(|bytes| bytes.len());
        assert_eq!(all, Ok(20 * CHUNK));
        settle().await;
        assert_eq!(load(), (0, 0));
    });
}

#[test]
fn what_nobody_reads_waits() {
    run(|| async {
        let read = Rc::new(Cell::new(0));
        let source = read.clone();
        let (mut body, load) = answered(move || counted(50, &source, None)).await;
        settle().await;
        assert_eq!(read.get(), 3);
        for _ in 0..4 {
            body.next().await;
        }
        settle().await;
        assert!((4..=7).contains(&read.get()), "{}", read.get());
        drop(body);
        settle().await;
        assert_eq!(load(), (0, 0));
        assert!(read.get() <= 7);
    });
}

#[test]
fn the_end_tells_finished_from_truncated() {
    run(|| async {
        for (length, error) in [
            (None, None),
            (Some(CHUNK as u64 + 1), Some(BodyError::Incomplete)),
        ] {
            let (mut body, _) = answered(move || counted(1, &Rc::default(), length)).await;
            assert!(matches!(body.next().await, Some(Ok(_))));
            assert_eq!(body.next().await, error.map(Err));
        }
        let failing = || {
            Body::stream(
                futures::stream::iter([Err(BodyError::Aborted("stop".into()))]),
                None,
            )
        };
        let (mut body, _) = answered(failing).await;
        assert_eq!(
            body.next().await,
            Some(Err(BodyError::Aborted("stop".into())))
        );
    });
}

#[test]
fn messages_of_a_web_socket_go_both_ways() {
    run(|| async {
        let (near, far) = sessions(Service::of_requests(|_| {
            Box::pin(async {
                let (ours, theirs) = WebSocket::pair();
                tokio::task::spawn_local(async move {
                    loop {
                        let message = ours.receive(1 << 20).await.unwrap();
                        let is_last = matches!(message, Message::Close(_));
                        ours.send(message).await.unwrap();
                        if is_last {
                            return;
                        }
                    }
                });
                Ok(http::Response::new(Body::web_socket(theirs)))
            })
        }));
        let response = x(&near).request(http::Request::new(Body::empty())).await;
        let mut body = response
            .unwrap_or_else(|error| panic!("{error}"))
            .into_body();
        let socket = body.take_web_socket().unwrap();
        let large = Bytes::from(vec![7; 1 << 20]);
        let close = Close {
            code: 1000,
            reason: "done".into(),
        };
        for message in [
            Message::Text("a".into()),
            Message::Binary(large),
            Message::Text("b".into()),
            Message::Close(close),
        ] {
            socket.send(message.clone()).await.unwrap();
            assert_eq!(socket.receive(1 << 20).await, Ok(message));
        }
        settle().await;
        assert_eq!((near.load(), far.load()), (0, 0));
    });
}

#[test]
fn a_web_socket_that_is_dropped_disconnects_its_peer() {
    run(|| async {
        let gone = Rc::new(Cell::new(false));
        let flag = gone.clone();
        let (near, far) = sessions(Service::of_requests(move |_| {
            let flag = flag.clone();
            Box::pin(async move {
                let (ours, theirs) = WebSocket::pair();
                tokio::task::spawn_local(async move {
                    assert_eq!(ours.receive(100).await, Err(Error::Disconnected));
                    flag.set(true);
                });
                Ok(http::Response::new(Body::web_socket(theirs)))
            })
        }));
        let response = x(&near).request(http::Request::new(Body::empty())).await;
        settle().await;
        drop(response);
        settle().await;
        assert!(gone.get());
        assert_eq!((near.load(), far.load()), (0, 0));
    });
}
