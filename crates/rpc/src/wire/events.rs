//! Events that are no requests, and traces.

use bytes::BytesMut;
use io::event::{
    Outcome, QueueBatch, QueueMessage, QueueMetrics, QueueResult, Retry, Scheduled,
    ScheduledResult, Verdicts,
};
use io::trace::stream::Diagnostic;
use io::trace::{EventInfo, Exception, Log, SocketInfo, TailBatch, Trace};

use super::{Reader, Wire, wire_enum, wire_struct, write_bytes};
use crate::Malformed;

wire_struct! {
    Scheduled { time, cron }
    ScheduledResult { outcome, no_retry }
    QueueBatch { queue, messages, metrics }
    QueueMetrics { backlog_count, backlog_bytes, oldest_message }
    QueueResult { outcome, verdicts }
    Verdicts { ack_all, retry_all, acks, retries }
    Retry { delay_seconds }
    TailBatch { traces, from_self }
    Trace {
        event, timestamp, entrypoint, object, logs, exceptions, diagnostics, outcome, status, wall_time,
        truncated,
    }
    Exception { timestamp, name, message, stack }
}

wire_enum! { Outcome {
    0 Ok,
    1 Exception,
    2 ExceededCpu,
    3 ExceededMemory,
    4 Canceled,
    5 Unknown,
    6 KillSwitch,
    7 DaemonDown,
    8 ScriptNotFound,
    9 LoadShed,
    10 ResponseStreamDisconnected,
    11 InternalError,
    12 ExceededWallTime,
    13 Aborted,
} }

wire_enum! { EventInfo {
    0 Fetch { method, url, headers, cf },
    1 Scheduled { time, cron },
    2 Queue { queue, batch_size },
    3 Tail { consumed, depth },
    4 TailStream,
    5 JsRpc { method },
    6 Connect,
    7 Custom,
    8 Alarm { time },
    9 HibernatableWebSocket { event },
} }

wire_enum! { SocketInfo {
    0 Message,
    1 Close { code, was_clean },
    2 Error,
} }

impl Wire for QueueMessage {
    fn write(&self, to: &mut BytesMut) {
        self.id.write(to);
        self.timestamp.write(to);
        write_bytes(&self.body, to);
        self.attempts.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        Ok(Self {
            id: Wire::read(from)?,
            timestamp: Wire::read(from)?,
            body: Vec::from(bytes::Bytes::read(from)?),
            attempts: Wire::read(from)?,
        })
    }
}

impl Wire for Diagnostic {
    fn write(&self, to: &mut BytesMut) {
        self.timestamp.write(to);
        self.channel.write(to);
        write_bytes(&self.message, to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        Ok(Self {
            timestamp: Wire::read(from)?,
            channel: Wire::read(from)?,
            message: Vec::from(bytes::Bytes::read(from)?),
        })
    }
}

impl Wire for Log {
    fn write(&self, to: &mut BytesMut) {
        self.timestamp.write(to);
        write_bytes(self.level.as_bytes(), to);
        self.message.write(to);
        self.errors.write(to);
    }

    fn read(from: &mut Reader) -> Result<Self, Malformed> {
        const LEVELS: [&str; 5] = ["debug", "error", "info", "log", "warn"];
        let timestamp = Wire::read(from)?;
        let level = String::read(from)?;
        let level = LEVELS.into_iter().find(|known| *known == level);
        Ok(Self {
            timestamp,
            level: level.ok_or(Malformed("a level that does not exist"))?,
            message: Wire::read(from)?,
            errors: Wire::read(from)?,
        })
    }
}
