//! The frames themselves.

use io::channel::{ConnectRequest, ConnectTls};
use io::rpc::SocketInfo;
use net::websocket::{Close, Message};

use super::{wire_enum, wire_struct};
use crate::frame::{
    Answer, Ask, BodyFrame, ExportId, ExternalFrame, Frame, OpenedId, Payload, QuestionId,
    ReferenceFrame, SocketFrame, StreamId, Target,
};

wire_struct! {
    OpenedId { 0 }
    QuestionId { 0 }
    ExportId { 0 }
    StreamId { 0 }
    Payload { data, references, externals }
    SocketFrame { forth, back }
    ConnectRequest { address, tls }
    SocketInfo { remote_address, local_address, secure_transport, is_default_fetch_port, allow_half_open }
    Close { code, reason }
}

wire_enum! { Frame {
    0 Open { opened, name },
    1 Close { opened },
    2 Ask { question, to, ask },
    3 Answer { question, result },
    4 Finish { question },
    5 Release { export },
    6 Chunk { stream, bytes },
    7 Message { stream, message },
    8 End { stream },
    9 Fail { stream, error },
    10 Credit { stream, bytes },
    11 Cancel { stream, reason },
    12 Reach { opened, to, own, is_stored },
    13 Gone { export },
} }

wire_enum! { Target {
    0 Opened(id),
    1 Export(id),
    2 Answer(id),
} }

wire_enum! { Ask {
    0 Get { path },
    1 Call { path, arguments },
    2 Request { head, body },
    3 Connect(request),
    4 Scheduled(event),
    5 Queue(batch),
    6 Tail(batch),
    7 Restore { is_stub, params },
} }

wire_enum! { Answer {
    0 Returned { value, has_disposer },
    1 Response { head, body },
    2 Connected(socket),
    3 Scheduled(result),
    4 Queue(result),
    5 Tail,
} }

wire_enum! { ExternalFrame {
    0 Capability(reference),
    1 Service(reference),
    2 Readable(body),
    3 Writable(stream),
    4 Signal(stream),
    5 Class(token),
    6 Socket(info),
    7 KnownService { reference, token },
    8 KnownStub { reference, token },
} }

wire_enum! { ReferenceFrame {
    0 Mine(export),
    1 Yours(target),
} }

wire_enum! { BodyFrame {
    0 Bytes(bytes),
    1 Stream { stream, length },
    2 WebSocket(socket),
    3 Connection(socket),
} }

wire_enum! { ConnectTls {
    0 Off,
    1 On,
} }

wire_enum! { Message {
    0 Text(bytes),
    1 Binary(bytes),
    2 Close(close),
} }
