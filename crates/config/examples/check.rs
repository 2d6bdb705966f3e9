//! Checks a text config: its mistakes go to the error output, its binary form to the output.
//!
//! `check FILE [CONST [IMPORT_DIR...]]`; an empty CONST stands for none.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

struct Disk;

impl config::FileSystem for Disk {
    fn read(&self, path: &str) -> std::io::Result<Arc<[u8]>> {
        std::fs::read(path).map(Into::into)
    }

    fn current_dir(&self) -> Option<String> {
        std::env::current_dir().ok()?.to_str().map(str::to_owned)
    }
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(path) = args.next() else {
        return ExitCode::FAILURE;
    };
    let constant = args.next().filter(|name| !name.is_empty());
    let import_dirs: Vec<_> = args.collect();
    let lines: Vec<_> = match config::load_text(&path, constant.as_deref(), &import_dirs, &Disk) {
        Ok(loaded) => {
            if std::io::stdout().write_all(&loaded.encoded()).is_err() {
                return ExitCode::FAILURE;
            }
            let problems = config::validate(&loaded.config, &config::Permissions::default());
            problems.iter().map(ToString::to_string).collect()
        }
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    };
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    match std::io::stderr().write_all(text.as_bytes()) {
        Ok(()) if lines.is_empty() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
