//! What goes over a session: plain data that may pass to another thread, or be written as bytes.

use bytes::Bytes;
use http::{request, response};
use io::ChannelError;
use io::channel::ConnectRequest;
use io::event::{QueueBatch, QueueResult, Scheduled, ScheduledResult};
use io::rpc::SocketInfo;
use io::trace::TailBatch;
use net::BodyError;
use net::websocket::Message;

/// Defines ids: numbers that one side gives out in ascending order and never again.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u64);
    )*};
}

ids! {
    /// Something that the sender of [`Frame::Open`] has opened at the other side.
    OpenedId;
    /// A question of the sender of [`Frame::Ask`], and so the answer to it.
    QuestionId;
    /// An object that its owner lets the other side use.
    ExportId;
    /// A stream in one direction. Both sides give out numbers: one the even ones, one the odd ones.
    StreamId;
}

/// One message of a session.
#[derive(Debug)]
pub enum Frame {
    /// Asks the other side's directory for something; nothing is answered.
    Open { opened: OpenedId, name: Bytes },
    /// Opens a service of the other side as whoever comes by a reference reaches it; nothing is answered.
    Reach {
        opened: OpenedId,
        to: Target,
        /// What the reference is found again by.
        own: Option<Bytes>,
        is_stored: bool,
    },
    /// What was opened is not needed any more.
    Close { opened: OpenedId },
    /// Asks something of `to`.
    Ask {
        question: QuestionId,
        to: Target,
        ask: Ask,
    },
    /// What a question comes to.
    Answer {
        question: QuestionId,
        result: Result<Answer, ChannelError>,
    },
    /// Whoever asked needs neither the answer nor anything it could call on it. Not sent once an
    /// answer has come that nothing can be called on.
    Finish { question: QuestionId },
    /// The object is not referred to any more.
    Release { export: ExportId },
    /// The sender's object can no longer be called; it is to be released all the same.
    Gone { export: ExportId },
    /// Bytes of a stream.
    Chunk { stream: StreamId, bytes: Bytes },
    /// A message of a stream that is half of a WebSocket.
    Message { stream: StreamId, message: Message },
    /// The stream is complete.
    End { stream: StreamId },
    /// The stream breaks off.
    Fail { stream: StreamId, error: BodyError },
    /// So many bytes more may be sent on a stream.
    Credit { stream: StreamId, bytes: u32 },
    /// Nobody reads the stream any more. For the bytes of a writable stream this is its end, and
    /// the reason why it is not a good one.
    Cancel {
        stream: StreamId,
        reason: Option<BodyError>,
    },
}

/// Whom a question is for, as the one who asks names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    Opened(OpenedId),
    Export(ExportId),
    /// What another question comes to.
    Answer(QuestionId),
}

/// A question.
#[derive(Debug)]
pub enum Ask {
    /// Reads what a path leads to.
    Get {
        path: Vec<String>,
    },
    /// Calls it.
    Call {
        path: Vec<String>,
        arguments: Option<Payload>,
    },
    Request {
        head: Box<request::Parts>,
        body: BodyFrame,
    },
    Connect(ConnectRequest),
    Scheduled(Scheduled),
    Queue(QueueBatch),
    Tail(TailBatch),
    /// Calls `[restore]()` for a stub or a service.
    Restore {
        is_stub: bool,
        /// As a token holds them.
        params: Bytes,
    },
}

/// An answer.
#[derive(Debug)]
pub enum Answer {
    /// Of [`Ask::Get`] and [`Ask::Call`]; it can be called until the question is finished.
    Returned {
        value: Payload,
        has_disposer: bool,
    },
    Response {
        head: Box<response::Parts>,
        body: BodyFrame,
    },
    Connected(SocketFrame),
    Scheduled(ScheduledResult),
    Queue(QueueResult),
    Tail,
}

/// A value with its references.
#[derive(Debug)]
pub struct Payload {
    pub data: Bytes,
    pub references: u32,
    pub externals: Vec<ExternalFrame>,
}

/// A reference.
#[derive(Debug)]
pub enum ExternalFrame {
    Capability(ReferenceFrame),
    Service(ReferenceFrame),
    Readable(BodyFrame),
    /// A stream from the receiver of the frame to its sender.
    Writable(StreamId),
    /// A stream with one chunk, the reason, when the signal aborts.
    Signal(StreamId),
    /// A class, as what it is found again by.
    Class(Bytes),
    /// A service with its token, for storage.
    KnownService {
        reference: ReferenceFrame,
        token: Bytes,
    },
    /// A stub with its token.
    KnownStub {
        reference: ReferenceFrame,
        token: Bytes,
    },
    /// What is known of a raw connection, whose streams come next.
    Socket(SocketInfo),
}

/// Where an object lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceFrame {
    /// At the sender of the frame, who gives it this number.
    Mine(ExportId),
    /// At the receiver, who may have given it a number or not yet.
    Yours(Target),
}

/// A body.
#[derive(Debug)]
pub enum BodyFrame {
    Bytes(Bytes),
    Stream {
        stream: StreamId,
        length: Option<u64>,
    },
    WebSocket(SocketFrame),
    Connection(SocketFrame),
}

/// Two streams that make a connection, both with numbers of the sender of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketFrame {
    /// From the sender of the frame.
    pub forth: StreamId,
    /// To it.
    pub back: StreamId,
}
