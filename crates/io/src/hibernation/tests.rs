//! WebSockets whose object is a list of what it was told.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use net::websocket::{Close, Error, Message};
use tokio::task::{LocalSet, yield_now};

use super::*;

type Told = Rc<RefCell<Vec<SocketEvent>>>;

struct Object(Told);

impl Deliver for Object {
    fn deliver(&self, _: Rc<Socket>, event: SocketEvent) -> LocalBoxFuture<'static, ()> {
        self.0.borrow_mut().push(event);
        async {}.boxed_local()
    }
}

fn text(text: &'static str) -> Message {
    Message::Text(Bytes::from_static(text.as_bytes()))
}

fn closing(code: u16) -> Message {
    Message::Close(Close {
        code,
        reason: String::new(),
    })
}

/// Lets all tasks do what they can.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

/// Runs `body` with sockets of an object, one of them, and its client.
fn with<F: Future<Output = ()>>(body: impl FnOnce(Rc<Sockets>, Rc<Socket>, WebSocket, Told) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    LocalSet::new().block_on(&runtime, async {
        let told = Told::default();
        let sockets = Sockets::new(Box::new(Object(told.clone())));
        let (here, client) = WebSocket::pair();
        let tags = vec!["a".into(), "b".into()];
        let socket = sockets.add(here, tags, Kept::default());
        body(sockets, socket, client, told).await;
    });
}

#[test]
fn messages_reach_the_object_and_a_close_ends_its_place() {
    with(async |sockets, socket, client, told| {
        client.send(text("one")).await.expect("taken");
        client.send(closing(4000)).await.expect("taken");
        settle().await;
        let close = Close {
            code: 4000,
            reason: String::new(),
        };
        let was_clean = true;
        let expected = [
            SocketEvent::Message(text("one")),
            SocketEvent::Close { close, was_clean },
        ];
        assert_eq!(*told.borrow(), expected);
        assert!(sockets.is_empty() && sockets.tagged("a").is_empty());
        // What is sent now still goes out, and then the connection ends.
        socket.send(closing(1000), None);
        assert_eq!(client.receive(100).await, Ok(closing(1000)));
        assert_eq!(client.receive(100).await, Err(Error::Disconnected));
    });
}

#[test]
fn a_connection_that_is_lost_is_told_of_as_a_close() {
    with(async |sockets, socket, client, told| {
        drop(client);
        settle().await;
        let told = told.borrow();
        let [SocketEvent::Close { close, was_clean }] = &told[..] else {
            panic!("{told:?}");
        };
        assert_eq!((close.code, *was_clean), (1006, false));
        assert!(sockets.is_empty() && socket.is_aborted());
    });
}

#[test]
fn known_messages_are_answered_without_the_object() {
    with(async |sockets, socket, client, told| {
        let answer = Answer {
            request: Bytes::from_static(b"ping"),
            response: Bytes::from_static(b"pong"),
        };
        sockets.set_answer(Some(answer));
        client.send(text("ping")).await.expect("taken");
        assert_eq!(client.receive(100).await, Ok(text("pong")));
        assert!(socket.answered().is_some());
        let bytes = Message::Binary(Bytes::from_static(b"ping"));
        client.send(bytes.clone()).await.expect("taken");
        sockets.set_answer(None);
        client.send(text("ping")).await.expect("taken");
        settle().await;
        let expected = [bytes, text("ping")].map(SocketEvent::Message);
        assert_eq!(*told.borrow(), expected);
    });
}

#[test]
fn what_is_sent_waits_for_its_gate_and_keeps_its_order() {
    with(async |_sockets, socket, client, _| {
        let (open, opened) = oneshot::channel::<()>();
        let gate = opened.map(|_| Ok(())).boxed_local();
        socket.send(text("one"), Some(gate));
        socket.send(text("two"), None);
        settle().await;
        assert_eq!(socket.buffered(), 6);
        assert!(client.receive(100).now_or_never().is_none());
        open.send(()).expect("it waits");
        assert_eq!(client.receive(100).await, Ok(text("one")));
        assert_eq!(client.receive(100).await, Ok(text("two")));
        settle().await;
        assert_eq!(socket.buffered(), 0);
    });
}

#[test]
fn hibernation_lets_go_of_the_isolate_and_keeps_the_rest() {
    with(async |sockets, socket, client, told| {
        socket.set_awake(Rc::new(5));
        socket.set_attachment(Some(vec![1, 2]));
        assert_eq!(socket.awake::<Rc<i32>>().as_deref(), Some(&5));
        sockets.hibernate();
        assert_eq!(socket.awake::<Rc<i32>>(), None);
        assert_eq!(socket.kept().attachment, Some(vec![1, 2]));
        assert_eq!(sockets.tagged("b").len(), 1);
        client.send(text("wake up")).await.expect("taken");
        settle().await;
        assert_eq!(told.borrow().len(), 1);
    });
}

#[test]
fn a_broken_object_ends_its_connections() {
    with(async |sockets, socket, client, told| {
        socket.set_awake(Rc::new(5));
        sockets.close();
        settle().await;
        assert_eq!(client.receive(100).await, Err(Error::Disconnected));
        assert!(socket.awake::<Rc<i32>>().is_none() && told.borrow().is_empty());
    });
}
