//! Where the consoles of Workers write: `log`, `info` and `debug` to standard output, `warn` and
//! `error` to standard error, one line at a time.

use std::io::Write;

use runtime::console::Output;
use web::console::Level;

/// The process's standard streams.
pub struct Standard {
    pub structured: bool,
}

impl Output for Standard {
    fn write(&self, level: Level, line: &str) {
        if self.structured {
            let millis = std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |since| since.as_millis());
            let level = match level {
                Level::Debug => "debug",
                Level::Info => "info",
                Level::Log => "log",
                Level::Warn => "warn",
                Level::Error => "error",
            };
            let message = crate::json::quoted(line);
            put(
                true,
                &format!("{{\"timestamp\":{millis},\"level\":\"{level}\",\"message\":{message}}}"),
            );
            return;
        }
        put(!matches!(level, Level::Warn | Level::Error), line);
    }
}

/// A line for the person who started the process.
pub fn notice(line: &str) {
    put(false, line);
}

/// A line in one write, so that lines of several loops do not mix. A closed stream is no reason to
/// stop serving.
fn put(to_stdout: bool, line: &str) {
    let mut bytes = Vec::with_capacity(line.len() + 1);
    bytes.extend_from_slice(line.as_bytes());
    bytes.push(b'\n');
    let _ = if to_stdout {
        std::io::stdout().lock().write_all(&bytes)
    } else {
        std::io::stderr().lock().write_all(&bytes)
    };
}
