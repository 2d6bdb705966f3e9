//! Runs Web Platform Tests (<https://github.com/web-platform-tests/wpt>) that need neither a browser nor a server.
//!
//! Nothing of that suite is kept here: `WPT_DIR=<checkout> cargo test -p cli --test wpt` runs those that
//! `expectations.txt` lists, each `*.any.js` in a Worker of its own under `workerd test`, and fails where a subtest
//! fails that should pass, or passes that should fail. Without `WPT_DIR` it runs nothing and succeeds. The binary is the
//! one that Cargo built, or the one named by `WORKERD`. Arguments that are no options choose tests by a part of their
//! path. `WPT_RESULTS=<file>` has the result of each subtest written there, to compare binaries by.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test runner")]

mod expectations;
mod worker;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use expectations::Expectations;

/// How many run at once.
const THREADS: usize = 2;

/// A test that is still running by then loops; the Worker's own limit is far shorter.
const LIMIT: Duration = Duration::from_secs(60);

/// One file of the suite, by its path there, and the listed folder that it is of.
struct Test {
    path: String,
    folder: usize,
}

/// What the subtests of a file came to: the message of each that failed, by name.
type Results = BTreeMap<String, Option<String>>;

#[derive(Clone, Copy, Default)]
struct Count {
    passed: usize,
    total: usize,
}

fn main() -> ExitCode {
    let Some(wpt) = std::env::var_os("WPT_DIR").map(PathBuf::from) else {
        println!("skipped: WPT_DIR does not name a checkout of Web Platform Tests");
        return ExitCode::SUCCESS;
    };
    let binary = std::env::var_os("WORKERD")
        .map_or_else(|| env!("CARGO_BIN_EXE_workerd").into(), PathBuf::from);
    let expectations = Expectations::parse(include_str!("expectations.txt")).unwrap();
    let filters: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let mut tests = Vec::new();
    for (folder, path) in expectations.run.iter().enumerate() {
        find_tests(&wpt, path, &mut |path| tests.push(Test { path, folder }));
    }
    tests.retain(|test| {
        let chosen = |filter: &String| test.path.contains(filter.as_str());
        !expectations.skips(&test.path) && (filters.is_empty() || filters.iter().any(chosen))
    });
    if tests.is_empty() {
        println!("no tests found under {}", wpt.display());
        return ExitCode::FAILURE;
    }
    tests.sort_by(|a, b| (a.folder, &a.path).cmp(&(b.folder, &b.path)));

    let scratch = std::env::temp_dir().join(format!("wpt-{}", std::process::id()));
    let counts = Mutex::new(vec![Count::default(); expectations.run.len()]);
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let written =
        std::env::var_os("WPT_RESULTS").map(|path| Mutex::new(File::create(path).unwrap()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(test) = tests.get(index) else { break };
                    let results = run(&binary, &wpt, &test.path, &scratch.join(index.to_string()));
                    let passed = results.values().filter(|result| result.is_none()).count();
                    let count = &mut counts.lock().unwrap()[test.folder];
                    count.passed += passed;
                    count.total += results.len();
                    if let Some(written) = &written {
                        write_results(&mut written.lock().unwrap(), &test.path, &results);
                    }
                    let surprises = compare(&expectations, &test.path, &results);
                    let verdict = if surprises.is_empty() {
                        "ok"
                    } else {
                        failed.fetch_add(1, Ordering::Relaxed);
                        "FAILED"
                    };
                    let total = results.len();
                    println!(
                        "test {} ... {verdict} ({passed}/{total})\n{surprises}",
                        test.path
                    );
                }
            });
        }
    });
    let _ = std::fs::remove_dir_all(&scratch);

    println!("subtests passed:");
    for (folder, count) in expectations.run.iter().zip(counts.into_inner().unwrap()) {
        if count.total > 0 {
            println!("  {folder}: {}/{}", count.passed, count.total);
        }
    }
    let failed = failed.into_inner();
    println!("\n{} as expected; {failed} not", tests.len() - failed);
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The tests that are the file or in the folder at `path`, but for those of interface definitions: these need a parser
/// and the definitions, and say little about behaviour.
fn find_tests(wpt: &Path, path: &str, found: &mut impl FnMut(String)) {
    let full = wpt.join(path);
    if full.is_dir() {
        for entry in std::fs::read_dir(full).unwrap() {
            let name = entry.unwrap().file_name();
            find_tests(wpt, &format!("{path}/{}", name.to_string_lossy()), found);
        }
    } else if full.is_file() && path.ends_with(".any.js") && !path.contains("/idlharness") {
        found(path.to_owned());
    }
}

fn run(binary: &Path, wpt: &Path, path: &str, directory: &Path) -> Results {
    let failure = |message: String| Results::from([("\"(run)\"".to_owned(), Some(message))]);
    let config = match worker::write(wpt, path, directory) {
        Ok(config) => config,
        Err(error) => return failure(error.to_string()),
    };
    let (stdout, stderr) = (directory.join("stdout"), directory.join("stderr"));
    let mut child = Command::new(binary)
        .arg("test")
        .arg(config)
        .arg("--experimental")
        .stdin(Stdio::null())
        .stdout(File::create(&stdout).unwrap())
        .stderr(File::create(&stderr).unwrap())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.to_string();
        }
        if started.elapsed() > LIMIT {
            let _ = child.kill();
            let _ = child.wait();
            break "still running".to_owned();
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let mut results = Results::new();
    let output = std::fs::read(&stdout).unwrap();
    let mut ended = false;
    for line in String::from_utf8_lossy(&output).lines() {
        let mut parts = line.splitn(4, '\t');
        let (Some("WPT"), Some(status), Some(name), Some(message)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        ended |= name == "\"(harness)\"" || name == "\"(script)\"";
        let result = (status != "PASS").then(|| format!("{status} {message}"));
        // One name may stand for several subtests: all of them must pass.
        let entry = results.entry(name.to_owned()).or_default();
        *entry = entry.take().or(result);
    }
    if !ended {
        let stderr = std::fs::read(&stderr).unwrap();
        let stderr = String::from_utf8_lossy(&stderr);
        let message = stderr.lines().take(12).collect::<Vec<_>>().join(" | ");
        results.extend(failure(format!("{status}: {message}")));
    }
    // A passing harness is no subtest.
    if results.get("\"(harness)\"").is_some_and(Option::is_none) {
        results.remove("\"(harness)\"");
    }
    results
}

fn write_results(file: &mut File, path: &str, results: &Results) {
    let mut lines = String::new();
    for (name, result) in results {
        let result = result.as_deref().unwrap_or("PASS");
        lines.push_str(&format!("{path}\t{name}\t{result}\n"));
    }
    file.write_all(lines.as_bytes()).unwrap();
}

/// What was not as expected, in the form of the file of expectations.
fn compare(expectations: &Expectations, path: &str, results: &Results) -> String {
    let mut surprises = String::new();
    for (name, result) in results {
        match (expectations.expects_failure(path, name), result) {
            (false, Some(message)) => {
                surprises.push_str(&format!("    {name}\n        failed: {message}\n"));
            }
            (true, None) => surprises.push_str(&format!("    {name}\n        passed\n")),
            _ => {}
        }
    }
    for name in expectations.missing(path, |name| results.contains_key(name)) {
        surprises.push_str(&format!("    {name}\n        did not run\n"));
    }
    surprises
}
