//! Runs `workerd test` on every config under `tests/js`.
//!
//! Each config runs at the dates that it asks for in a line `# dates: ...`, the newest date where there is none, and once
//! more at its first date with a collection at each awaited I/O. A config with a `compatibilityDate` of its own runs at
//! that one only. One with a line `# disk` gets a directory of its own, for a disk service called `disk`. One with a line `# loops: ...` runs at its first date with so many event loops, too. The binary is the one that Cargo built, or the one named by `WORKERD`.
//!
//! Arguments that are no options choose configs by a part of their path.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test runner")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The oldest and the newest date that `--compat-date` takes.
const OLDEST: &str = "2000-01-01";
const NEWEST: &str = "2999-12-31";

/// How many run at once.
const THREADS: usize = 2;

/// One run of one config.
struct Run {
    config: PathBuf,
    /// The date to ask for, unless the config says its own.
    date: Option<String>,
    gc_stress: bool,
    /// How many event loops there are, if not one.
    loops: Option<String>,
    has_disk: bool,
}

impl Run {
    fn name(&self, root: &Path) -> String {
        let path = self.config.strip_prefix(root).unwrap_or(&self.config);
        let mut name = path.with_extension("").display().to_string();
        if let Some(date) = &self.date {
            name.push_str(" at ");
            name.push_str(date);
        }
        if self.gc_stress {
            name.push_str(" under gc stress");
        }
        if let Some(loops) = &self.loops {
            name.push_str(&format!(" over {loops} loops"));
        }
        name
    }

    /// What it printed, when it failed.
    fn failure(&self, binary: &Path) -> Option<String> {
        let mut command = Command::new(binary);
        command.arg("test").arg(&self.config).arg("--experimental");
        if let Some(date) = &self.date {
            command.arg(format!("--compat-date={date}"));
        }
        if self.gc_stress {
            command.arg("--gc-stress");
        }
        if let Some(loops) = &self.loops {
            command.arg(format!("--threads={loops}"));
        }
        let disk = self.has_disk.then(Disk::new);
        if let Some(Disk(path)) = &disk {
            command.arg(format!("--directory-path=disk={}", path.display()));
        }
        let output = match command.output() {
            Ok(output) => output,
            Err(error) => return Some(format!("{}: {error}\n", binary.display())),
        };
        let stderr = String::from_utf8_lossy(&output.stderr);
        // A status alone does not show that there was a test.
        if output.status.success() && stderr.contains("[ PASS ]") {
            return None;
        }
        let stdout = String::from_utf8_lossy(&output.stdout);
        Some(format!("{}\n{stdout}{stderr}", output.status))
    }
}

/// A directory that is gone after the run.
struct Disk(PathBuf);

impl Disk {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("js-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn main() -> ExitCode {
    let binary = std::env::var_os("WORKERD")
        .map_or_else(|| env!("CARGO_BIN_EXE_workerd").into(), PathBuf::from);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/js")
        .canonicalize()
        .unwrap();
    let filters: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let mut configs = Vec::new();
    find_configs(&root, &mut configs);
    configs.sort();
    let mut runs: Vec<Run> = configs.into_iter().flat_map(runs_of).collect();
    runs.retain(|run| {
        filters.is_empty()
            || filters
                .iter()
                .any(|filter| run.name(&root).contains(filter))
    });
    if runs.is_empty() {
        println!("no tests found under {}", root.display());
        return ExitCode::FAILURE;
    }

    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = run.name(&root);
                    match run.failure(&binary) {
                        None => println!("test {name} ... ok"),
                        Some(output) => {
                            failed.fetch_add(1, Ordering::Relaxed);
                            println!("test {name} ... FAILED\n{output}");
                        }
                    }
                }
            });
        }
    });
    let failed = failed.into_inner();
    println!("\n{} passed; {failed} failed", runs.len() - failed);
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn find_configs(directory: &Path, configs: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_configs(&path, configs);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "capnp")
        {
            configs.push(path);
        }
    }
}

fn runs_of(config: PathBuf) -> Vec<Run> {
    let text = std::fs::read_to_string(&config).unwrap();
    let dates: Vec<Option<String>> = if text.contains("compatibilityDate") {
        vec![None]
    } else {
        let listed = text
            .lines()
            .find_map(|line| line.strip_prefix("# dates:"))
            .unwrap_or("newest");
        let words = listed.split_whitespace();
        words.map(|word| Some(date(word))).collect()
    };
    let run = |date: &Option<String>, gc_stress| Run {
        config: config.clone(),
        date: date.clone(),
        gc_stress,
        loops: None,
        has_disk: text.lines().any(|line| line == "# disk"),
    };
    let plain = dates.iter().map(|date| run(date, false));
    let stressed = dates.first().map(|date| run(date, true));
    let loops = text.lines().find_map(|line| line.strip_prefix("# loops:"));
    let spread = loops.into_iter().flat_map(str::split_whitespace);
    let spread = spread.zip(dates.first().into_iter().cycle());
    let spread = spread.map(|(loops, date)| Run {
        loops: Some(loops.to_owned()),
        ..run(date, false)
    });
    plain.chain(stressed).chain(spread).collect()
}

fn date(word: &str) -> String {
    match word {
        "oldest" => OLDEST,
        "newest" => NEWEST,
        date => date,
    }
    .to_owned()
}
