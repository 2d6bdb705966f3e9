//! Exceptions on their way out of a Worker: to the log, to the caller, to the person who starts it.

use io::context::ErrorSink;
use io::exception::thrown;
pub use io::exception::{text, to_remote};
use io::{ChannelError, IoContext};
use jsg::js::{Local, Message, Value};
use jsg::{Condemned, Lock};

use crate::instance::Instance;

/// Why a Worker could not start, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartError {
    /// Class and message, and where it was thrown.
    pub message: String,
    /// What follows from it, each to be told as a mistake of its own.
    pub consequences: Vec<String>,
}

impl StartError {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            consequences: Vec::new(),
        }
    }

    /// The messages to show.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.message).chain(self.consequences.iter().map(String::as_str))
    }
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StartError {}

/// `Uncaught RangeError: boom` and where it was thrown.
pub fn describe_start<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) -> StartError {
    let mut message = match thrown(js, exception) {
        ChannelError::Remote { class, message } if message.is_empty() => {
            format!("Uncaught {class}")
        }
        ChannelError::Remote { class, message } => format!("Uncaught {class}: {message}"),
        other => format!("Uncaught {other}"),
    };
    let details = jsg::exception_message(js, exception);
    for line in position_lines(js, details) {
        message.push('\n');
        message.push_str(&line);
    }
    StartError::new(message)
}

fn position_lines<'s>(js: &mut Lock<'s, '_>, message: Local<'s, Message>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(trace) = message.get_stack_trace(js) {
        for index in 0..trace.get_frame_count() {
            let Some(frame) = trace.get_frame(js, index) else {
                continue;
            };
            let script = frame
                .get_script_name(js)
                .map(|name| name.to_rust_string_lossy(js))
                .unwrap_or_default();
            let position = format!(
                "{script}:{}:{}",
                frame.get_line_number(),
                frame.get_column()
            );
            let function = frame
                .get_function_name(js)
                .map(|name| name.to_rust_string_lossy(js))
                .unwrap_or_default();
            lines.push(if function.is_empty() {
                format!("  at {position}")
            } else {
                format!("  at {position} in {function}")
            });
        }
    }
    if lines.is_empty()
        && let Some(line @ 1..) = message.get_line_number(js)
    {
        // V8 counts columns from 0 here, and so does the real workerd.
        let column = message.get_start_column();
        let name = message.get_script_resource_name(js);
        lines.push(match name.filter(|name| name.is_string()) {
            Some(name) => {
                let name = name.to_rust_string_lossy(js);
                format!("  at {name}:{line}:{column}")
            }
            // JSON has no name.
            None => format!(":{line}:{column}"),
        });
    }
    lines
}

/// What the events of a condemned isolate end with.
pub fn condemned(instance: &Instance) -> Option<ChannelError> {
    let condemned = instance.isolate().condemned()?;
    let reason = match condemned {
        Condemned::Memory => "Worker exceeded memory limit.",
        Condemned::Time => "Worker exceeded CPU time limit.",
        Condemned::Guest => "Worker called abortIsolate().",
    };
    let name = &instance.definition().name;
    let text = format!("service {name}: {reason}");
    Some(match condemned {
        // What it has to say is in its log.
        Condemned::Guest => ChannelError::Internal(text),
        _ => ChannelError::Failed(text),
    })
}

/// What the event of a Worker that can never answer ends with.
const HUNG: &str = "The Workers runtime canceled this request because it detected that your Worker's code had hung \
     and would never generate a response. Refer to: https://developers.cloudflare.com/workers/observability/errors/";

/// Ends an event that can never answer: the log and who traces it know, and so does its caller.
pub fn hung(context: &IoContext) -> ChannelError {
    tracing::info!("execution context aborted; e = {HUNG}");
    crate::tracer::failure(context, HUNG);
    hung_error()
}

/// What the caller of such an event gets.
pub fn hung_error() -> ChannelError {
    ChannelError::Remote {
        class: "Error".into(),
        message: HUNG.into(),
    }
}

/// The [`ErrorSink`] of every Worker: exceptions that nobody catches go to the log.
pub struct Log;

impl ErrorSink for Log {
    fn uncaught<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        origin: &'static str,
        exception: Local<'s, Value>,
    ) {
        log_uncaught(js, origin, exception);
    }

    fn response_failed<'s>(&self, js: &mut Lock<'s, '_>, exception: Local<'s, Value>) {
        log_uncaught(js, "Uncaught (in response)", exception);
        if let Some(context) = IoContext::try_current(js) {
            crate::tracer::set_outcome(&context, io::event::Outcome::Exception);
        }
    }

    fn passed_on<'s>(&self, js: &mut Lock<'s, '_>, exception: Local<'s, Value>) {
        write_uncaught(js, "Uncaught (in promise)", exception);
    }
}

/// Logs an exception; who traces the event hears of it, too. Of code that was stopped nothing is said: whoever has stopped
/// it says why.
pub fn log_uncaught<'s>(js: &mut Lock<'s, '_>, origin: &'static str, exception: Local<'s, Value>) {
    if !js.is_execution_terminating() {
        write_uncaught(js, origin, exception);
        crate::tracer::exception(js, exception);
    }
}

/// Logs an exception, with its stack if it has one. Who traces the event does not hear of it.
pub fn write_uncaught<'s>(
    js: &mut Lock<'s, '_>,
    origin: &'static str,
    exception: Local<'s, Value>,
) {
    let stack = stack(js, exception);
    let text = text(js, exception);
    jsg::inspector::report(js, exception, &text);
    match (origin, stack) {
        ("", stack) => {
            tracing::info!("uncaught exception; desc = {}", stack.unwrap_or(text));
        }
        (_, Some(stack)) => {
            tracing::info!("uncaught exception; source = {origin}; stack = {stack}");
        }
        (_, None) => tracing::info!("uncaught exception; source = {origin}; exception = {text}"),
    }
}

fn stack<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) -> Option<String> {
    let found = jsg::promise::try_catch(js, |js| {
        let Ok(object) = Local::<jsg::js::Object>::try_from(exception) else {
            return Ok(None);
        };
        let key = jsg::intern(js, "stack");
        let value = object.get(js, key.into()).ok_or(jsg::Error::Pending)?;
        Ok(value.is_string().then(|| value.to_rust_string_lossy(js)))
    });
    found.ok().flatten()
}
