//! Any bytes as a frame of a session: reading ends, with a frame that can be written again or an error.

#![no_main]

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use io::ChannelError;
use libfuzzer_sys::fuzz_target;
use net::websocket::{Close, Message};
use rpc::frame::{
    Answer, Ask, BodyFrame, ExportId, ExternalFrame, Frame, OpenedId, Payload, QuestionId,
    ReferenceFrame, SocketFrame, StreamId, Target,
};
use rpc::wire::{decode, encode};

fn payload() -> Payload {
    let (stream, bytes) = (StreamId(8), Bytes::from_static(b"bytes"));
    let mine = ReferenceFrame::Mine(ExportId(1));
    let yours = ReferenceFrame::Yours(Target::Answer(QuestionId(300)));
    Payload {
        data: Bytes::from_static(b"\xff\x0f_"),
        references: 1,
        externals: vec![
            ExternalFrame::Capability(mine),
            ExternalFrame::Service(yours),
            ExternalFrame::Readable(BodyFrame::Bytes(bytes.clone())),
            ExternalFrame::Writable(stream),
            ExternalFrame::Signal(stream),
            ExternalFrame::Class(bytes.clone()),
            ExternalFrame::KnownStub {
                reference: mine,
                token: bytes,
            },
        ],
    }
}

fn asks() -> Vec<Ask> {
    let request = Request::post("http://a/b?c").header("x-y", "z").body(());
    let (head, ()) = request.expect("a request").into_parts();
    let socket = SocketFrame {
        forth: StreamId(0),
        back: StreamId(1),
    };
    vec![
        Ask::Get {
            path: vec!["a".into(), "b".into()],
        },
        Ask::Call {
            path: vec!["a".into()],
            arguments: Some(payload()),
        },
        Ask::Request {
            head: Box::new(head),
            body: BodyFrame::WebSocket(socket),
        },
        Ask::Restore {
            is_stub: true,
            params: Bytes::from_static(b"params"),
        },
    ]
}

fn results() -> Vec<Result<Answer, ChannelError>> {
    let response = Response::builder().status(404).header("x-y", "z").body(());
    let (head, ()) = response.expect("a response").into_parts();
    vec![
        Ok(Answer::Returned {
            value: payload(),
            has_disposer: true,
        }),
        Ok(Answer::Response {
            head: Box::new(head),
            body: BodyFrame::Stream {
                stream: StreamId(2),
                length: Some(1000),
            },
        }),
        Ok(Answer::Tail),
        Err(ChannelError::Remote {
            class: "TypeError".into(),
            message: "a message".into(),
        }),
        Err(ChannelError::Disconnected("a message".into())),
    ]
}

fn seeds() -> Vec<Vec<u8>> {
    let (stream, opened) = (StreamId(3), OpenedId(2));
    let message = Message::Close(Close {
        code: 1000,
        reason: "done".into(),
    });
    let mut frames = vec![
        Frame::Open {
            opened,
            name: Bytes::from_static(b"name"),
        },
        Frame::Reach {
            opened,
            to: Target::Export(ExportId(1)),
            own: Some(Bytes::from_static(b"own")),
            is_stored: true,
        },
        Frame::Message { stream, message },
        Frame::Chunk {
            stream,
            bytes: Bytes::from_static(b"bytes"),
        },
        Frame::Credit {
            stream,
            bytes: 70_000,
        },
        Frame::Cancel {
            stream,
            reason: Some(net::BodyError::Incomplete),
        },
    ];
    let (to, question) = (Target::Opened(opened), QuestionId(5));
    frames.extend(
        asks()
            .into_iter()
            .map(|ask| Frame::Ask { question, to, ask }),
    );
    let results = results().into_iter();
    frames.extend(results.map(|result| Frame::Answer { question, result }));
    let written = frames.iter().map(|frame| {
        let mut written = BytesMut::new();
        encode(frame, &mut written);
        written.to_vec()
    });
    written.collect()
}

fuzz_target!(init: fuzz::plant(seeds), |bytes: &[u8]| {
    if let Ok(frame) = decode(Bytes::copy_from_slice(bytes)) {
        let mut written = BytesMut::new();
        encode(&frame, &mut written);
        assert!(decode(written.freeze()).is_ok());
    }
});
