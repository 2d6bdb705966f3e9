//! The command line from the outside: arguments in; stdout, stderr and exit status out.
//!
//! The expectations were observed on the real workerd 2026-11-17. What only this program has is in `own.rs`.

mod own;
mod table;

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What a run left behind.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Outcome {
    fn failure(stderr: String) -> Outcome {
        Outcome {
            status: Some(1),
            stdout: String::new(),
            stderr,
        }
    }
}

/// A directory with the files that the tables name.
struct Place {
    dir: PathBuf,
}

impl Place {
    fn new(name: &str) -> Place {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&dir).expect("the directory of tests is writable");
        let worker = |date: &str| {
            format!(
                "using Workerd = import \"/workerd/workerd.capnp\";\n\
                 const config :Workerd.Config = (services = [(name = \"main\", worker = (\n\
                 modules = [(name = \"w.js\", esModule = embed \"w.js\")]{date}))],\n\
                 sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = (), service = \"main\")]);\n"
            )
        };
        let files = [
            (
                "c.capnp",
                worker(", compatibilityDate = \"2026-11-17\"").as_str(),
            ),
            ("nodate.capnp", worker("").as_str()),
            ("bad.capnp", "bad\n"),
            (
                "w.js",
                "export default { fetch() { return new Response(\"ok\"); }, test() {} };\n",
            ),
        ]
        .map(|(name, text)| (name, text.to_owned()));
        for (name, text) in files {
            std::fs::write(dir.join(name), text).expect("the directory of tests is writable");
        }
        Place { dir }
    }

    /// Runs the binary with arguments that are separated by spaces, and waits for it.
    fn run(&self, arguments: &str) -> Outcome {
        let output = Command::new(env!("CARGO_BIN_EXE_workerd"))
            .args(arguments.split_whitespace())
            .current_dir(&self.dir)
            .stdin(Stdio::null())
            .output()
            .expect("the binary is built");
        Outcome {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("output is text"),
            stderr: String::from_utf8(output.stderr).expect("output is text"),
        }
    }
}

/// An error in clap's frame.
fn framed(message: &str, usage: Option<&str>) -> String {
    let usage = usage.map_or(String::new(), |usage| format!("Usage: {usage}\n\n"));
    format!("error: {message}\n\n{usage}For more information, try '--help'.\n")
}

const GENERAL_USAGE: &str = "workerd [OPTIONS] <COMMAND>";

#[test]
fn errors_have_the_text_and_frame_of_the_real_workerd() {
    let place = Place::new("errors");
    for (arguments, message) in table::GENERAL {
        let expected = Outcome::failure(framed(message, Some(GENERAL_USAGE)));
        assert_eq!(place.run(arguments), expected, "{arguments}");
    }
    for (arguments, message) in table::VALUES {
        let expected = Outcome::failure(framed(message, None));
        assert_eq!(place.run(arguments), expected, "{arguments}");
    }
    for (arguments, message, usage) in table::ARGUMENTS {
        let expected = Outcome::failure(framed(message, Some(usage)));
        assert_eq!(place.run(arguments), expected, "{arguments}");
    }
}

#[test]
fn mistakes_in_a_config_have_no_frame() {
    let place = Place::new("plain");
    for (arguments, message) in table::PLAIN {
        let expected = Outcome::failure(format!("{message}\n"));
        assert_eq!(place.run(arguments), expected, "{arguments}");
    }
}

#[test]
fn abort_isolate_ends_the_tests() {
    let place = Place::new("abort-isolate");
    let config = r#"using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  compatibilityDate = "2025-11-01", modules = [(name = "m.js", esModule = embed "abort.js")],
))]);
"#;
    let module = "import { abortIsolate } from 'cloudflare:workers';\n\
                  export default { test() { try { abortIsolate('beyond repair'); } catch {} } };\n\
                  export const later = { test() {} };\n";
    std::fs::write(place.dir.join("abort.js"), module).expect("the directory is writable");
    std::fs::write(place.dir.join("abort.capnp"), config).expect("the directory is writable");
    let outcome = place.run("test abort.capnp");
    assert_eq!(outcome.status, Some(1));
    assert!(
        outcome
            .stderr
            .contains("*** Fatal uncaught kj::Exception: ")
    );
    let text = "abortIsolate() called, terminating process; reason = beyond repair";
    assert!(outcome.stderr.contains(text), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("later"), "{}", outcome.stderr);
}

#[test]
fn answers_go_to_stdout() {
    let place = Place::new("answers");
    for (arguments, answer) in table::ANSWERS {
        let outcome = place.run(arguments);
        assert_eq!(outcome.stdout, *answer, "{arguments}");
        assert_eq!(outcome.stderr, "", "{arguments}");
        assert_eq!(outcome.status, Some(0), "{arguments}");
    }
}

const HELP: &str = "\
Runs the Workers JavaScript/Wasm runtime

Usage: workerd [OPTIONS] <COMMAND>

Commands:
  serve                           run the server
  compile                         create a self-contained binary
  test                            run unit tests
  bench                           run benchmarks
  make-pyodide-baseline-snapshot  Make a Pyodide baseline memory snapshot
  deploy                          publish an application to a cluster
  help                            Print this message or the help of the given subcommand(s)

Options:
      --verbose  Log informational messages to stderr; useful for debugging
  -h, --help     Print help
  -V, --version  Print version
";

#[test]
fn help_is_an_answer_when_asked_for_and_an_error_otherwise() {
    let place = Place::new("help");
    for arguments in ["-h", "--help", "help"] {
        let outcome = place.run(arguments);
        assert_eq!(outcome.stdout, HELP, "{arguments}");
        assert_eq!(outcome.status, Some(0), "{arguments}");
    }
    assert_eq!(place.run(""), Outcome::failure(HELP.to_owned()));
}

#[test]
fn predictable_tests_can_collect_garbage() {
    let place = Place::new("predictable");
    let code = "export default { test() { console.log(typeof gc); }, fetch() { return new Response(); } };\n";
    std::fs::write(place.dir.join("w.js"), code).expect("the directory of tests is writable");
    for (arguments, expected) in [
        ("test c.capnp", "undefined\n"),
        ("test c.capnp --predictable", "function\n"),
    ] {
        let outcome = place.run(arguments);
        assert_eq!(outcome.status, Some(0), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, expected, "{arguments}");
    }
}
