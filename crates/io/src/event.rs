//! Events of Workers that are no requests, and what they come to: plain data, so that they can pass from one
//! isolate to another.

/// How an event has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Exception,
    ExceededCpu,
    ExceededMemory,
    Canceled,
    /// This and what follows is only said by other servers.
    Unknown,
    KillSwitch,
    DaemonDown,
    ScriptNotFound,
    LoadShed,
    ResponseStreamDisconnected,
    InternalError,
    ExceededWallTime,
    Aborted,
}

impl Outcome {
    /// What guests see.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Exception => "exception",
            Self::ExceededCpu => "exceededCpu",
            Self::ExceededMemory => "exceededMemory",
            Self::Canceled => "canceled",
            Self::Unknown => "unknown",
            Self::KillSwitch => "killSwitch",
            Self::DaemonDown => "daemonDown",
            Self::ScriptNotFound => "scriptNotFound",
            Self::LoadShed => "loadShed",
            Self::ResponseStreamDisconnected => "responseStreamDisconnected",
            Self::InternalError => "internalError",
            Self::ExceededWallTime => "exceededWallTime",
            Self::Aborted => "aborted",
        }
    }
}

/// The time of a schedule has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Scheduled {
    /// When it should happen, in milliseconds since the epoch.
    pub time: f64,
    /// The expression that asks for it.
    pub cron: String,
}

/// What a [`Scheduled`] event came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledResult {
    pub outcome: Outcome,
    /// Whether the handler asks for no other try.
    pub no_retry: bool,
}

/// What an alarm of a Durable Object came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmEnd {
    /// It was handled, or is not to be handled at all.
    Done,
    /// It failed.
    Failed {
        /// Whether the guest is to blame: the number of such failures is limited.
        by_guest: bool,
    },
    /// The object was reset and asks for no other try.
    Refused,
}

/// Messages of a queue for a consumer.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueBatch {
    pub queue: String,
    pub messages: Vec<QueueMessage>,
    pub metrics: QueueMetrics,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueMessage {
    pub id: String,
    /// When it was sent, in milliseconds since the epoch.
    pub timestamp: f64,
    /// A value as structured clone writes it.
    pub body: Vec<u8>,
    /// How often it was delivered, this time included.
    pub attempts: u16,
}

/// What the queue holds besides a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct QueueMetrics {
    pub backlog_count: f64,
    pub backlog_bytes: f64,
    /// In milliseconds since the epoch.
    pub oldest_message: Option<f64>,
}

/// What the consumer of a batch wants to happen with its messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    pub ack_all: bool,
    pub retry_all: Option<Retry>,
    /// The messages that are done.
    pub acks: Vec<String>,
    /// The messages to deliver once more.
    pub retries: Vec<(String, Retry)>,
}

/// How to deliver once more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retry {
    pub delay_seconds: Option<i32>,
}

/// What a [`QueueBatch`] came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueResult {
    pub outcome: Outcome,
    pub verdicts: Verdicts,
}
