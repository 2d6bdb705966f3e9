//! Log lines: what the program reports through `tracing`, and the errors that end it.
//!
//! Human form, on stderr: `FILE:LINE: LEVEL: TEXT; name = value`. Structured form: one JSON object a line, on stdout;
//! only what ends the process stays on stderr. Which form is known once the config is read, so lines before that are
//! human. Spans are not shown.
//!
//! Invariants:
//! 1. A line is written by one call on a locked stream: lines of several threads do not mix.
//! 2. Info and debug lines are formatted only when they are shown.

use std::fmt::{self, Write as _};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Events of this target are shown whatever their level: the results of tests.
const REPORT_TARGET: &str = "report";

/// Whether lines are JSON. Set once, before there are other threads.
static STRUCTURED: AtomicBool = AtomicBool::new(false);

/// Starts logging. `verbose` shows info and debug lines too.
pub fn start(verbose: bool) {
    // It fails only when there is a subscriber already, and this is the one place that sets one.
    let _ = tracing::subscriber::set_global_default(Log { verbose });
}

/// Chooses between the human and the structured form.
pub fn set_structured(structured: bool) {
    STRUCTURED.store(structured, Ordering::Relaxed);
}

/// Writes a line to stderr as it is.
pub fn plain(line: &str) {
    write_line(&mut io::stderr().lock(), line.to_owned());
}

/// Writes the error that ends the process.
#[track_caller]
pub fn fatal(message: &str) {
    let place = std::panic::Location::caller();
    if STRUCTURED.load(Ordering::Relaxed) {
        let source = format!("{}:{}", place.file(), place.line());
        let line = json_line("error", &source, message);
        write_line(&mut io::stderr().lock(), line);
    } else {
        plain(message);
    }
}

/// Whether it is a library's account of what went over the wire, frame by frame.
fn is_protocol(metadata: &Metadata<'_>) -> bool {
    ["h2", "hyper", "rustls"].iter().any(|library| {
        let rest = metadata.target().strip_prefix(library);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    })
}

/// The subscriber of the process.
struct Log {
    verbose: bool,
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && (*metadata.level() <= Level::WARN
                || metadata.target() == REPORT_TARGET
                || (self.verbose && *metadata.level() <= Level::DEBUG && !is_protocol(metadata)))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut text = Text::default();
        event.record(&mut text);
        let text = text.finish();
        let place = format!(
            "{}:{}",
            metadata.file().unwrap_or("workerd"),
            metadata.line().unwrap_or(0)
        );
        if STRUCTURED.load(Ordering::Relaxed) {
            let line = json_line(json_level(metadata.level()), &place, &text);
            write_line(&mut io::stdout().lock(), line);
        } else {
            let line = format!("{place}: {}: {text}", human_level(metadata.level()));
            write_line(&mut io::stderr().lock(), line);
        }
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

/// The message of an event, with its other fields after it.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = if field.name() == "message" {
            self.message.write_fmt(value)
        } else {
            write!(self.fields, "; {} = {value}", field.name())
        };
    }

    fn finish(mut self) -> String {
        self.message.push_str(&self.fields);
        self.message
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.add(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"));
    }
}

fn human_level(level: &Level) -> &'static str {
    match *level {
        Level::ERROR => "error",
        Level::WARN => "warning",
        Level::INFO => "info",
        _ => "debug",
    }
}

fn json_level(level: &Level) -> &'static str {
    match *level {
        Level::WARN => "warn",
        _ => human_level(level),
    }
}

/// One line of the structured form. The timestamp is a string here, and a number in lines of a Worker's console.
fn json_line(level: &str, source: &str, message: &str) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis());
    let mut line = format!("{{\"timestamp\":\"{now}\",\"level\":\"{level}\",\"source\":");
    server::json::quote(&mut line, source);
    line.push_str(",\"message\":");
    server::json::quote(&mut line, message);
    line.push_str(",\"context_depth\":0}");
    line
}

fn write_line(stream: &mut dyn io::Write, mut line: String) {
    line.push('\n');
    // A log that nobody reads is no reason to stop serving.
    let _ = stream.write_all(line.as_bytes());
    let _ = stream.flush();
}

#[cfg(test)]
mod tests {
    use super::json_line;

    #[test]
    fn a_structured_line_has_its_timestamp_as_a_string() {
        let line = json_line("warn", "a.rs:1", "text");
        assert!(line.starts_with("{\"timestamp\":\"1"), "{line}");
        assert!(
            line.ends_with(
                "\",\"level\":\"warn\",\"source\":\"a.rs:1\",\"message\":\"text\",\"context_depth\":0}"
            ),
            "{line}"
        );
    }
}
