//! The numbers of the protocol: ids of interfaces, ordinals of methods, tags of unions. They are those of workerd's
//! `worker-interface.capnp` and of Cap'n Proto's `http-over-capnp.capnp` and `byte-stream.capnp`. The places of fields
//! stand where they are read and written, each after its name.

use io::event::Outcome;

use crate::layout::Method;

const WORKERD_BOOTSTRAP: u64 = 0x8780_48cd_a334_ade3;
const EVENT_DISPATCHER: u64 = 0xf206_9747_5ec1_752d;
const DEBUG_PORT: u64 = 0xea5b_0b48_7aea_7327;
const HTTP_SERVICE: u64 = 0x9296_3bfd_ad2b_eb6a;
const CLIENT_REQUEST_CONTEXT: u64 = 0xea32_5670_5c0b_63ba;
const CONNECT_CLIENT_REQUEST_CONTEXT: u64 = 0xda57_2939_a4c3_d728;
const WEB_SOCKET: u64 = 0xb09c_33a9_f4ca_a823;
const JS_RPC_TARGET: u64 = 0xa1a9_6525_142a_9d98;
const EXTERNAL_PUSHER: u64 = 0xee2e_b0d2_e1aa_d430;
const ABORT_TRIGGER: u64 = 0x8dec_253e_6cb3_6e31;
const TAIL_STREAM_TARGET: u64 = 0xf2a8_b4b8_11f1_6ecf;
const BYTE_STREAM: u64 = 0xd2e7_d8a0_dc0a_9766;
const SUBSTREAM_CALLBACK: u64 = 0xb23c_0a13_cf65_c36e;

pub const START_EVENT: Method = Method(WORKERD_BOOTSTRAP, 0);

pub const GET_ENTRYPOINT: Method = Method(DEBUG_PORT, 0);
pub const GET_ACTOR: Method = Method(DEBUG_PORT, 1);

pub const GET_HTTP_SERVICE: Method = Method(EVENT_DISPATCHER, 0);
pub const REQUEST: Method = Method(HTTP_SERVICE, 1);
pub const START_RESPONSE: Method = Method(CLIENT_REQUEST_CONTEXT, 0);
pub const START_WEB_SOCKET: Method = Method(CLIENT_REQUEST_CONTEXT, 1);

pub const SEND_TEXT: Method = Method(WEB_SOCKET, 0);
pub const SEND_DATA: Method = Method(WEB_SOCKET, 1);
pub const CLOSE: Method = Method(WEB_SOCKET, 2);

pub const CONNECT: Method = Method(HTTP_SERVICE, 2);
pub const START_CONNECT: Method = Method(CONNECT_CLIENT_REQUEST_CONTEXT, 0);
pub const START_ERROR: Method = Method(CONNECT_CLIENT_REQUEST_CONTEXT, 1);

pub const SEND_TRACES: Method = Method(EVENT_DISPATCHER, 1);
pub const TAIL_STREAM_SESSION: Method = Method(EVENT_DISPATCHER, 10);
pub const REPORT: Method = Method(TAIL_STREAM_TARGET, 0);

pub const JS_RPC_SESSION: Method = Method(EVENT_DISPATCHER, 9);

pub const CALL: Method = Method(JS_RPC_TARGET, 0);

pub const PUSH_BYTE_STREAM: Method = Method(EXTERNAL_PUSHER, 0);
pub const PUSH_ABORT_SIGNAL: Method = Method(EXTERNAL_PUSHER, 1);

pub const ABORT: Method = Method(ABORT_TRIGGER, 0);
pub const RELEASE: Method = Method(ABORT_TRIGGER, 1);

pub const WRITE: Method = Method(BYTE_STREAM, 0);
pub const END: Method = Method(BYTE_STREAM, 1);
pub const GET_SUBSTREAM: Method = Method(BYTE_STREAM, 2);

pub const ENDED: Method = Method(SUBSTREAM_CALLBACK, 0);
pub const REACHED_LIMIT: Method = Method(SUBSTREAM_CALLBACK, 1);

/// Unions of `JsRpcTarget.CallParams`.
pub mod call_params {
    pub const METHOD_NAME: u16 = 0;
    pub const METHOD_PATH: u16 = 1;
    pub const CALL_WITH_ARGS: u16 = 0;
    pub const GET_PROPERTY: u16 = 1;
    pub const EXTERNAL_PUSHER: u16 = 1;
}

/// The union of `JsValue.External`.
pub mod external {
    pub const RPC_TARGET: u16 = 1;
    pub const WRITABLE_STREAM: u16 = 2;
    pub const READABLE_STREAM: u16 = 3;
    pub const SERVICE_TOKEN: u16 = 5;
    pub const CLASS_TOKEN: u16 = 6;
    pub const ABORT_SIGNAL: u16 = 7;
    pub const SOCKET: u16 = 10;
}

/// The unions of `HttpHeader`.
pub mod header {
    pub const COMMON: u16 = 0;
    pub const UNCOMMON: u16 = 1;
    pub const COMMON_VALUE: u16 = 0;
    pub const VALUE: u16 = 1;
}

/// The unions `bodySize`.
pub mod body_size {
    pub const FIXED: u16 = 1;
}

/// The union of `Frankenvalue`.
pub mod frankenvalue {
    pub const EMPTY_OBJECT: u16 = 0;
    pub const JSON: u16 = 1;
    pub const V8_SERIALIZED: u16 = 2;
}

/// `EventOutcome`.
pub const OUTCOMES: [Outcome; 14] = [
    Outcome::Unknown,
    Outcome::Ok,
    Outcome::Exception,
    Outcome::ExceededCpu,
    Outcome::KillSwitch,
    Outcome::DaemonDown,
    Outcome::ScriptNotFound,
    Outcome::Canceled,
    Outcome::ExceededMemory,
    Outcome::LoadShed,
    Outcome::ResponseStreamDisconnected,
    Outcome::InternalError,
    Outcome::ExceededWallTime,
    Outcome::Aborted,
];

/// `Trace.Log.Level`.
pub const LEVELS: [&str; 5] = ["debug", "info", "log", "warn", "error"];

/// `Trace.ExecutionModel`.
pub fn execution_model(is_object: bool) -> u16 {
    is_object.into()
}

/// What kind of event a trace is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Fetch,
    JsRpc,
    Scheduled,
    Alarm,
    Queue,
    Email,
    Trace,
    HibernatableWebSocket,
    Custom,
    Connect,
}

/// The union `Trace.eventInfo`, from 1 on: 0 is none.
pub const TRACE_KINDS: [Kind; 10] = [
    Kind::Fetch,
    Kind::Scheduled,
    Kind::Alarm,
    Kind::Custom,
    Kind::Queue,
    Kind::Email,
    Kind::Trace,
    Kind::HibernatableWebSocket,
    Kind::JsRpc,
    Kind::Connect,
];

/// The union `Trace.Onset.Info`.
pub const ONSET_KINDS: [Kind; 10] = [
    Kind::Fetch,
    Kind::JsRpc,
    Kind::Scheduled,
    Kind::Alarm,
    Kind::Queue,
    Kind::Email,
    Kind::Trace,
    Kind::HibernatableWebSocket,
    Kind::Custom,
    Kind::Connect,
];

/// The union of `Trace.ErrorInfoSlot`.
pub mod error_slot {
    pub const INFO: u16 = 1;
}

/// The union of `Trace.HibernatableWebSocketEventInfo`.
pub mod socket_event {
    pub const MESSAGE: u16 = 0;
    pub const CLOSE: u16 = 1;
    pub const ERROR: u16 = 2;
}

/// The union of `Trace.TailEvent`.
pub mod tail_event {
    pub const ONSET: u16 = 0;
    pub const OUTCOME: u16 = 1;
    pub const SPAN_OPEN: u16 = 2;
    pub const SPAN_CLOSE: u16 = 3;
    pub const ATTRIBUTE: u16 = 4;
    pub const RETURN: u16 = 5;
    pub const DIAGNOSTIC: u16 = 6;
    pub const EXCEPTION: u16 = 7;
    pub const LOG: u16 = 8;
    pub const STREAM_DIAGNOSTICS: u16 = 9;
}

/// The union of `TagValue`.
pub mod tag_value {
    pub const TEXT: u16 = 0;
    pub const BOOL: u16 = 1;
    pub const INTEGER: u16 = 2;
    pub const NUMBER: u16 = 3;
}
