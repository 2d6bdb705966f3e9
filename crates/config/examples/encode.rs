//! Prints the binary form of a text config, or its mistakes.

use std::io::Write;
use std::sync::Arc;

struct Disk;

impl config::FileSystem for Disk {
    fn read(&self, path: &str) -> std::io::Result<Arc<[u8]>> {
        std::fs::read(path).map(Into::into)
    }
}

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(path) = args.next() else {
        return std::process::ExitCode::FAILURE;
    };
    let constant = args.next();
    match config::load_text(&path, constant.as_deref(), &args.collect::<Vec<_>>(), &Disk) {
        Ok(loaded) => match std::io::stdout().write_all(&loaded.encoded) {
            Ok(()) => std::process::ExitCode::SUCCESS,
            Err(_) => std::process::ExitCode::FAILURE,
        },
        Err(errors) => {
            let text: String = errors.iter().map(|error| format!("{error}\n")).collect();
            let _ = std::io::stderr().write_all(text.as_bytes());
            std::process::ExitCode::FAILURE
        }
    }
}
