//! Frames as bytes and back.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use io::ChannelError;
use io::channel::{CfBlob, ConnectRequest, ConnectTls, Hint};
use io::event::{Outcome, QueueBatch, QueueMessage, QueueMetrics, Scheduled};
use io::trace::stream::Diagnostic;
use io::trace::{EventInfo, Exception, Log, TailBatch, Trace};
use net::BodyError;
use net::websocket::{Close, Message};
use rpc::frame::{
    Answer, Ask, BodyFrame, ExportId, ExternalFrame, Frame, OpenedId, Payload, QuestionId,
    ReferenceFrame, SocketFrame, StreamId, Target,
};
use rpc::wire::{decode, encode};

fn ask(ask: Ask) -> Frame {
    Frame::Ask {
        question: QuestionId(300),
        to: Target::Export(ExportId(u64::MAX)),
        ask,
    }
}

fn trace() -> Trace {
    let exception = Exception {
        timestamp: 1.5,
        name: "Error".into(),
        message: "m".into(),
        stack: Some("at x".into()),
    };
    Trace {
        event: Some(EventInfo::Fetch {
            method: "GET".into(),
            url: "http://x".into(),
            headers: vec![("a".into(), "b".into())],
            cf: None,
        }),
        timestamp: -0.5,
        entrypoint: Some("e".into()),
        object: Some("o".into()),
        logs: vec![Log {
            timestamp: 2.0,
            level: "warn",
            message: "[1]".into(),
            errors: vec![None, Some(exception.clone())],
        }],
        exceptions: vec![exception],
        diagnostics: vec![Diagnostic {
            timestamp: 4.0,
            channel: "news".into(),
            message: vec![1, 2],
        }],
        outcome: Outcome::ExceededCpu,
        status: Some(500),
        wall_time: 7,
        truncated: true,
    }
}

/// One of everything.
pub fn samples() -> Vec<Frame> {
    let socket = SocketFrame {
        forth: StreamId(2),
        back: StreamId(4),
    };
    let payload = || Payload {
        data: Bytes::from_static(b"\xff\x0f"),
        references: 2,
        externals: vec![
            ExternalFrame::Capability(ReferenceFrame::Mine(ExportId(0))),
            ExternalFrame::Service(ReferenceFrame::Yours(Target::Opened(OpenedId(1)))),
            ExternalFrame::Readable(BodyFrame::Stream {
                stream: StreamId(6),
                length: Some(1 << 40),
            }),
            ExternalFrame::Readable(BodyFrame::Connection(socket)),
            ExternalFrame::Writable(StreamId(8)),
            ExternalFrame::Signal(StreamId(10)),
            ExternalFrame::KnownService {
                reference: ReferenceFrame::Mine(ExportId(1)),
                token: Bytes::from_static(b"t"),
            },
            ExternalFrame::KnownStub {
                reference: ReferenceFrame::Mine(ExportId(2)),
                token: Bytes::from_static(b"u"),
            },
        ],
    };
    let (mut request, ()) = http::Request::put("http://host/a?b=c")
        .header("x", "1")
        .header(
            "x",
            http::HeaderValue::from_bytes(b"\xe9").expect("a value"),
        )
        .extension(CfBlob("{}".into()))
        .body(())
        .expect("a request")
        .into_parts();
    request.version = http::Version::HTTP_11;
    let (mut response, ()) = http::Response::new(()).into_parts();
    net::set_reason(&mut response.extensions, "Fine");
    let error = ChannelError::Hinted {
        hint: Hint::Overloaded,
        thrown: Box::new(ChannelError::Error {
            value: Arc::from(&b"v"[..]),
            plain: Box::new(ChannelError::Remote {
                class: "RangeError".into(),
                message: "é".into(),
            }),
        }),
    };
    let question = QuestionId(1);
    let stream = StreamId(5);
    let answer = |answer| Frame::Answer {
        question,
        result: Ok(answer),
    };
    vec![
        Frame::Open {
            opened: OpenedId(0),
            name: Bytes::from_static(b"name"),
        },
        Frame::Reach {
            opened: OpenedId(1),
            to: Target::Export(ExportId(3)),
            own: Some(Bytes::from_static(b"token")),
            is_stored: true,
        },
        Frame::Close {
            opened: OpenedId(0),
        },
        ask(Ask::Get {
            path: vec!["a".into(), String::new()],
        }),
        ask(Ask::Call {
            path: Vec::new(),
            arguments: Some(payload()),
        }),
        ask(Ask::Request {
            head: Box::new(request),
            body: BodyFrame::Bytes(Bytes::from_static(b"text")),
        }),
        ask(Ask::Connect(ConnectRequest {
            address: "host:1".into(),
            tls: ConnectTls::On,
        })),
        ask(Ask::Scheduled(Scheduled {
            time: 1e12,
            cron: "* * * * *".into(),
        })),
        ask(Ask::Queue(QueueBatch {
            queue: "q".into(),
            messages: vec![QueueMessage {
                id: "1".into(),
                timestamp: 3.0,
                body: vec![1, 2],
                attempts: 1,
            }],
            metrics: QueueMetrics::default(),
        })),
        ask(Ask::Tail(TailBatch {
            traces: vec![Arc::new(trace())],
            from_self: true,
        })),
        ask(Ask::Restore {
            is_stub: true,
            params: Bytes::from_static(b"p"),
        }),
        answer(Answer::Returned {
            value: payload(),
            has_disposer: true,
        }),
        answer(Answer::Response {
            head: Box::new(response),
            body: BodyFrame::WebSocket(socket),
        }),
        answer(Answer::Connected(socket)),
        answer(Answer::Tail),
        Frame::Answer {
            question,
            result: Err(error),
        },
        Frame::Finish { question },
        Frame::Release {
            export: ExportId(9),
        },
        Frame::Gone {
            export: ExportId(9),
        },
        Frame::Chunk {
            stream,
            bytes: Bytes::from_static(b"chunk"),
        },
        Frame::Message {
            stream,
            message: Message::Close(Close {
                code: 1000,
                reason: "bye".into(),
            }),
        },
        Frame::End { stream },
        Frame::Fail {
            stream,
            error: BodyError::Thrown {
                class: "TypeError".into(),
                message: "no".into(),
                value: Some(Bytes::from_static(b"v")),
            },
        },
        Frame::Credit {
            stream,
            bytes: u32::MAX,
        },
        Frame::Cancel {
            stream,
            reason: Some(BodyError::TooLarge { limit: 5 }),
        },
    ]
}

fn bytes_of(frame: &Frame) -> Bytes {
    let mut bytes = BytesMut::new();
    encode(frame, &mut bytes);
    bytes.freeze()
}

#[test]
fn frames_are_read_as_they_were_written() {
    for frame in samples() {
        let bytes = bytes_of(&frame);
        let read = decode(bytes.clone()).unwrap_or_else(|error| panic!("{frame:?}: {error}"));
        assert_eq!(bytes_of(&read), bytes, "{frame:?}");
        assert_eq!(format!("{read:?}"), format!("{frame:?}"));
    }
}

#[test]
fn a_frame_that_is_cut_short_or_goes_on_is_refused() {
    for frame in samples() {
        let bytes = bytes_of(&frame);
        for length in 0..bytes.len() {
            assert!(decode(bytes.slice(..length)).is_err(), "{frame:?} {length}");
        }
        let mut longer = BytesMut::from(bytes);
        longer.extend_from_slice(b"\0");
        assert!(decode(longer.freeze()).is_err(), "{frame:?}");
    }
}

#[test]
fn counts_and_nesting_are_not_believed() {
    // A call with a path of 2^60 names, and a chunk of as many bytes.
    for head in [&[2, 0, 1, 0, 1][..], &[6, 0]] {
        let mut bytes = BytesMut::from(head);
        bytes.extend_from_slice(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
        assert!(decode(bytes.freeze()).is_err());
    }
    // An error within an error, and so on.
    let mut bytes = BytesMut::from(&[3, 0, 0][..]);
    for _ in 0..100_000 {
        bytes.extend_from_slice(&[1, 0]);
    }
    assert!(decode(bytes.freeze()).is_err());
    // A number that goes on for ever.
    assert!(decode(Bytes::from_static(&[0xff; 40])).is_err());
}

/// Numbers that look random, the same in every run.
pub struct Noise(pub u64);

impl Noise {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % limit
    }
}

#[test]
fn broken_frames_are_refused_or_read_as_others() {
    let mut noise = Noise(1);
    for frame in samples() {
        let bytes = bytes_of(&frame);
        for _ in 0..500 {
            let mut broken = BytesMut::from(&bytes[..]);
            for _ in 0..=noise.below(3) {
                let place = noise.below(broken.len());
                broken[place] = noise.below(256) as u8;
            }
            if let Ok(read) = decode(broken.freeze()) {
                decode(bytes_of(&read)).unwrap_or_else(|error| panic!("{read:?}: {error}"));
            }
        }
    }
}
