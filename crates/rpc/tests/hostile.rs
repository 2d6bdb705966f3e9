//! A side that breaks the protocol: the session ends, and nothing else happens.

use std::cell::Cell;
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use io::rpc::External;
use net::Body;
use rpc::frame::{
    Ask, BodyFrame, ExportId, ExternalFrame, Frame, OpenedId, Payload, QuestionId, ReferenceFrame,
    StreamId, Target,
};
use rpc::{Link, Mailbox, Session, wire};

use crate::frames::{Noise, samples};
use crate::harness::{Object, Service, join, returned, run_over_mailbox as run, settle};

/// A session whose other side is this test. `x` is open, and was asked once.
async fn attacked(dropped: &Rc<Cell<usize>>) -> (Rc<Session>, Link) {
    let (first, second) = Mailbox::pair();
    let inner = Object::named("inner", dropped);
    let outer = Object::new(move |_| {
        let inner = inner.clone();
        Box::pin(async move { Ok(returned(b"", vec![External::Capability(inner)])) })
    });
    let (unused, _) = Mailbox::pair();
    let (_, session) = join(unused.into(), second.into(), Service::of_object(outer));
    let attacker = Link::from(first);
    attacker.outlet.send(Frame::Open {
        opened: OpenedId(0),
        name: Bytes::from_static(b"x"),
    });
    attacker
        .outlet
        .send(call(0, Target::Opened(OpenedId(0)), None));
    settle().await;
    assert!(!session.is_over());
    (session, attacker)
}

fn call(question: u64, to: Target, arguments: Option<Payload>) -> Frame {
    Frame::Ask {
        question: QuestionId(question),
        to,
        ask: Ask::Call {
            path: Vec::new(),
            arguments,
        },
    }
}

fn reach(to: Target, own: Option<Bytes>) -> Frame {
    Frame::Reach {
        opened: OpenedId(1),
        to,
        own,
        is_stored: true,
    }
}

fn with(external: ExternalFrame) -> Option<Payload> {
    Some(Payload {
        data: Bytes::new(),
        references: 0,
        externals: vec![external],
    })
}

/// Calls that pass one reference each.
fn breaches() -> Vec<Frame> {
    let opened = Target::Opened(OpenedId(0));
    let yours = |target| with(ExternalFrame::Capability(ReferenceFrame::Yours(target)));
    let stream = |number| {
        with(ExternalFrame::Readable(BodyFrame::Stream {
            stream: StreamId(number),
            length: None,
        }))
    };
    vec![
        // What was never given out.
        call(1, Target::Opened(OpenedId(1)), None),
        call(1, Target::Export(ExportId(1)), None),
        call(1, Target::Answer(QuestionId(1)), None),
        call(1, Target::Answer(QuestionId(7)), None),
        call(1, opened, yours(Target::Export(ExportId(5)))),
        call(1, opened, yours(Target::Answer(QuestionId(5)))),
        Frame::Close {
            opened: OpenedId(1),
        },
        reach(Target::Opened(OpenedId(1)), None),
        // An object is no service, and these bytes are no token.
        reach(Target::Answer(QuestionId(0)), None),
        reach(opened, Some(Bytes::from_static(b"token"))),
        Frame::Release {
            export: ExportId(1),
        },
        Frame::Gone {
            export: ExportId(1),
        },
        Frame::Finish {
            question: QuestionId(1),
        },
        Frame::Answer {
            question: QuestionId(0),
            result: Err(io::ChannelError::Failed(String::new())),
        },
        Frame::End {
            stream: StreamId(0),
        },
        Frame::Cancel {
            stream: StreamId(1),
            reason: None,
        },
        Frame::Credit {
            stream: StreamId(1),
            bytes: 1,
        },
        Frame::Chunk {
            stream: StreamId(2),
            bytes: Bytes::new(),
        },
        // What was given out already.
        call(0, opened, None),
        Frame::Open {
            opened: OpenedId(0),
            name: Bytes::new(),
        },
        // A number of the other side.
        call(1, opened, stream(1)),
        // An object that is no service.
        call(
            1,
            opened,
            with(ExternalFrame::Service(ReferenceFrame::Yours(
                Target::Export(ExportId(0)),
            ))),
        ),
        // A service whose token is none.
        call(
            1,
            opened,
            with(ExternalFrame::KnownService {
                reference: ReferenceFrame::Mine(ExportId(0)),
                token: Bytes::from_static(b"no token"),
            }),
        ),
        Frame::Ask {
            question: QuestionId(1),
            to: opened,
            ask: Ask::Restore {
                is_stub: false,
                params: Bytes::from_static(b"no value"),
            },
        },
    ]
}

#[test]
fn each_breach_ends_the_session() {
    run(|| async {
        for number in 0..breaches().len() {
            let dropped = Rc::new(Cell::new(0));
            let (session, attacker) = attacked(&dropped).await;
            let frame = breaches().swap_remove(number);
            let text = format!("{frame:?}");
            attacker.outlet.send(frame);
            settle().await;
            assert!(session.is_over(), "{text}");
            assert_eq!(session.load(), 0, "{text}");
        }
    });
}

#[test]
fn what_has_crossed_its_end_on_the_way_is_ignored() {
    run(|| async {
        let (session, attacker) = attacked(&Rc::default()).await;
        for _ in 0..2 {
            attacker.outlet.send(Frame::Finish {
                question: QuestionId(0),
            });
        }
        let stream = StreamId(0);
        let body = BodyFrame::Stream {
            stream,
            length: None,
        };
        let opened = Target::Opened(OpenedId(0));
        attacker
            .outlet
            .send(call(1, opened, with(ExternalFrame::Readable(body))));
        settle().await;
        // The body was dropped with the arguments.
        attacker.outlet.send(Frame::Chunk {
            stream,
            bytes: Bytes::from_static(b"late"),
        });
        attacker.outlet.send(Frame::End { stream });
        settle().await;
        assert!(!session.is_over());
    });
}

#[test]
fn more_than_the_window_ends_the_session() {
    run(|| async {
        let (first, second) = Mailbox::pair();
        let service = Service::of_requests(|request| {
            Box::pin(async move {
                let _request = request;
                std::future::pending().await
            })
        });
        let (unused, _) = Mailbox::pair();
        let (_, session) = join(unused.into(), second.into(), service);
        let attacker = Link::from(first);
        attacker.outlet.send(Frame::Open {
            opened: OpenedId(0),
            name: Bytes::from_static(b"x"),
        });
        let stream = StreamId(0);
        let (head, ()) = http::Request::new(()).into_parts();
        attacker.outlet.send(Frame::Ask {
            question: QuestionId(0),
            to: Target::Opened(OpenedId(0)),
            ask: Ask::Request {
                head: Box::new(head),
                body: BodyFrame::Stream {
                    stream,
                    length: None,
                },
            },
        });
        let bytes = Bytes::from(vec![0; 100 << 10]);
        for expected in [false, false, true] {
            attacker.outlet.send(Frame::Chunk {
                stream,
                bytes: bytes.clone(),
            });
            settle().await;
            assert_eq!(session.is_over(), expected);
        }
    });
}

#[test]
fn no_series_of_frames_breaks_anything_else() {
    run(|| async {
        let mut noise = Noise(7);
        for _ in 0..200 {
            let (session, attacker) = attacked(&Rc::default()).await;
            for _ in 0..20 {
                let frames = samples();
                let chosen = noise.below(frames.len());
                let mut bytes = BytesMut::new();
                wire::encode(&frames[chosen], &mut bytes);
                // Small numbers are ids that may exist.
                for _ in 0..noise.below(4) {
                    let place = 1 + noise.below(bytes.len().min(6) - 1);
                    bytes[place] = noise.below(4) as u8;
                }
                if let Ok(frame) = wire::decode(bytes.freeze()) {
                    attacker.outlet.send(frame);
                }
            }
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            session.close();
            assert_eq!(session.load(), 0);
        }
    });
}

#[test]
fn a_connection_that_sends_anything_else_ends_the_session() {
    run(|| async {
        for garbage in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            &[0, 0, 0, 1, 99],
            &[0xff; 9],
        ] {
            let (near, mut far) = tokio::io::duplex(100);
            let service = Service::of_requests(|_| {
                Box::pin(async { Ok(http::Response::new(Body::empty())) })
            });
            let (unused, _) = Mailbox::pair();
            let (_, session) = join(unused.into(), rpc::byte_link::over(near), service);
            tokio::io::AsyncWriteExt::write_all(&mut far, garbage)
                .await
                .expect("there is room");
            settle().await;
            assert!(session.is_over(), "{garbage:?}");
        }
    });
}
