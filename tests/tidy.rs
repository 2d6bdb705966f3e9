//! The rules of the house that a program can check, over all Rust sources of `crates/`, `tests/` and `benches/`.
//!
//! Lists of exceptions may only shrink: an exception that is no longer needed fails as well.

use std::fs;
use std::path::{Path, PathBuf};

/// Levels of the crates. A crate may depend only on crates with a smaller number.
const LEVELS: &[(&str, u32)] = &[
    ("compat", 0),
    ("evp", 0),
    ("fiber", 0),
    ("sqlite", 0),
    ("capnp-text", 1),
    ("storage", 1),
    ("net", 1),
    ("ts", 1),
    ("vfs", 1),
    ("config", 2),
    ("jsg-macros", 2),
    ("jsg", 3),
    ("jsg-test", 4),
    ("io", 4),
    ("actor", 5),
    ("web", 5),
    ("crypto", 5),
    ("rpc", 5),
    ("capnp-session", 5),
    ("workers", 6),
    ("node", 6),
    ("runtime", 7),
    ("server", 8),
    ("cli", 9),
];

/// Flat tables, which may be longer than [`MAX_FILE`].
const TABLES: &[&str] = &["crates/compat/src/table.rs"];

/// Functions that are longer than [`MAX_FUNCTION`], as `file: name`. May only shrink.
const LONG_FUNCTIONS: &[&str] = &[];

const MAX_FILE: usize = 1000;
const MAX_FUNCTION: usize = 100;

/// Crates that may hold hand-written unsafe code.
const UNSAFE_CRATES: &[&str] = &["evp", "fiber", "jsg", "sqlite"];

struct Source {
    /// Relative to the repository.
    path: String,
    text: String,
}

impl Source {
    /// The crate that the file belongs to.
    fn krate(&self) -> &str {
        let mut parts = self.path.split('/');
        match (parts.next(), parts.next()) {
            (Some("crates"), Some(name)) => name,
            _ => "",
        }
    }

    /// Whether it is compiled for tests, benchmarks or examples only.
    fn is_test(&self) -> bool {
        !self.path.starts_with("crates/")
            || self.path.contains("/tests/")
            || self.path.contains("/examples/")
            || self.path.contains("/benches/")
            || self.path.ends_with("/tests.rs")
            || self.krate() == "jsg-test"
    }

    /// Whether it is what a test gives to a proc macro.
    fn is_macro_input(&self) -> bool {
        self.path.starts_with("crates/jsg-macros/tests/")
            && (self.path.contains("/refuse/") || self.path.contains("/expand/"))
    }

    /// The lines with their numbers, up to the module of tests at the end, without comments.
    fn library_code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let end = lines
            .windows(2)
            .position(|pair| {
                pair[0].trim() == "#[cfg(test)]" && pair[1].trim_start().starts_with("mod ")
            })
            .unwrap_or(lines.len());
        lines
            .into_iter()
            .take(end)
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Functions as a name, the line and the count of lines; found by indentation, which rustfmt guarantees.
    fn functions(&self) -> Vec<(String, usize, usize)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let mut found = Vec::new();
        for (start, line) in lines.iter().enumerate() {
            let code = line.trim_start();
            let indent = line.len() - code.len();
            let Some(name) = function_name(code) else {
                continue;
            };
            let end = lines[start..].iter().position(|later| {
                later.len() - later.trim_start().len() == indent
                    && (later.trim() == "}" || later.ends_with("{}") || later.ends_with(';'))
            });
            if let Some(length) = end {
                found.push((name.to_owned(), start + 1, length + 1));
            }
        }
        found
    }
}

fn function_name(code: &str) -> Option<&str> {
    let (before, after) = code.split_once("fn ")?;
    let words = [
        "pub", "const", "async", "unsafe", "extern", "\"C\"", "default",
    ];
    let is_definition = before
        .split_whitespace()
        .all(|word| words.contains(&word) || word.starts_with("pub("));
    let name = after.split(['(', '<']).next()?;
    is_definition.then_some(name)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for folder in ["crates", "tests", "benches"] {
        collect(&root().join(folder), folder, &mut found);
    }
    assert!(!found.is_empty(), "there are sources");
    found
}

fn collect(dir: &Path, name: &str, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            if !name.ends_with("/target") {
                collect(&path, &name, found);
            }
        } else if name.ends_with(".rs")
            && let Ok(text) = fs::read_to_string(&path)
        {
            found.push(Source { path: name, text });
        }
    }
}

fn assert_none(rule: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{rule}:\n{}", offenders.join("\n"));
}

/// All places in library code that have one of the words.
fn places(sources: &[Source], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_test()) {
        for (number, line) in source.library_code() {
            for word in words.iter().filter(|word| line.contains(*word)) {
                found.push(format!("{}:{number}: {word}", source.path));
            }
        }
    }
    found
}

#[test]
fn crates_depend_only_on_lower_levels() {
    let level = |name: &str| LEVELS.iter().find(|(krate, _)| *krate == name);
    let mut offenders = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(manifest) = fs::read_to_string(entry.path().join("Cargo.toml")) else {
            continue;
        };
        let Some((_, own)) = level(&name) else {
            offenders.push(format!("{name} has no level"));
            continue;
        };
        // What only tests need may come from anywhere.
        let mut counts = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                counts = line.ends_with("dependencies]") && !line.contains("dev-dependencies");
                continue;
            }
            let dependency = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if counts
                && let Some((_, other)) = level(dependency)
                && other >= own
            {
                offenders.push(format!("{name} ({own}) depends on {dependency} ({other})"));
            }
        }
    }
    assert_none("a crate depends only on crates of lower levels", &offenders);
}

#[test]
fn files_and_functions_are_short() {
    let sources = sources();
    let mut offenders = Vec::new();
    let mut exceptions = Vec::new();
    for source in &sources {
        let lines = source.text.lines().count();
        let is_table = TABLES.contains(&source.path.as_str());
        if lines > MAX_FILE && !is_table {
            offenders.push(format!("{}: {lines} lines", source.path));
        }
        if is_table && lines <= MAX_FILE {
            offenders.push(format!("{}: no longer needs its exception", source.path));
        }
        // Tests may be tables of cases.
        if source.is_test() {
            continue;
        }
        for (name, line, length) in source.functions() {
            if length <= MAX_FUNCTION {
                continue;
            }
            let key = format!("{}: {name}", source.path);
            if !LONG_FUNCTIONS.contains(&key.as_str()) {
                offenders.push(format!("{}:{line}: {name}: {length} lines", source.path));
            }
            exceptions.push(key);
        }
    }
    for stale in LONG_FUNCTIONS {
        if !exceptions.iter().any(|key| key == stale) {
            offenders.push(format!("{stale}: no longer needs its exception"));
        }
    }
    assert_none("files and functions have limits", &offenders);
}

#[test]
fn every_file_says_what_it_is() {
    let offenders: Vec<_> = sources()
        .iter()
        .filter(|source| !source.text.starts_with("//!") && !source.is_macro_input())
        .map(|source| source.path.clone())
        .collect();
    assert_none("a file begins with a module header", &offenders);
}

/// A file that the target beside it does not name would be compiled by nobody.
#[test]
fn every_test_is_run() {
    let sources = sources();
    let mut offenders = Vec::new();
    for main in sources.iter().filter(|source| source.is_test()) {
        let Some(folder) = main.path.strip_suffix("main.rs") else {
            continue;
        };
        for source in sources.iter().filter(|source| !source.is_macro_input()) {
            let Some(name) = source.path.strip_prefix(folder) else {
                continue;
            };
            let name = name.split(['/', '.']).next().unwrap_or_default();
            let is_named = main.text.contains(&format!("mod {name};"));
            if name != "main" && !is_named {
                offenders.push(source.path.clone());
            }
        }
    }
    assert_none("tests are modules of the target beside them", &offenders);
}

#[test]
fn only_the_binding_layer_names_the_engine() {
    let mut offenders = places(&sources(), &["v8::"]);
    offenders.retain(|place| !place.starts_with("crates/jsg"));
    assert_none("only jsg names v8", &offenders);
}

#[test]
fn unsafe_code_is_written_only_where_it_may_be() {
    let keyword = ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"];
    let mut offenders = places(&sources(), &keyword);
    offenders.retain(|place| {
        !UNSAFE_CRATES
            .iter()
            .chain(&["jsg-macros"])
            .any(|krate| place.starts_with(&format!("crates/{krate}/")))
    });
    assert_none(
        "unsafe code belongs to evp, fiber, jsg and sqlite",
        &offenders,
    );
}

#[test]
fn library_code_does_not_give_up() {
    let words = [".unwrap()", "todo!(", "unimplemented!("];
    assert_none(
        "no unwrap, todo or unimplemented outside tests",
        &places(&sources(), &words),
    );
}

#[test]
fn sources_know_no_machine() {
    // Written in pieces, so that this file passes too.
    let words = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("ora", "cle"),
    ];
    let mut offenders = Vec::new();
    for source in sources() {
        for (index, line) in source.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(*word)) {
                offenders.push(format!("{}:{}: {word}", source.path, index + 1));
            }
        }
    }
    assert_none("no machine paths and no words of a workplace", &offenders);
}

#[test]
fn every_todo_names_its_condition() {
    let mark = concat!("TO", "DO");
    let mut offenders = Vec::new();
    for source in sources() {
        for (index, line) in source.text.lines().enumerate() {
            let named = format!("{mark}(");
            if line.contains(&format!("// {mark}")) && !line.contains(&named) {
                offenders.push(format!("{}:{}", source.path, index + 1));
            }
        }
    }
    assert_none("a TODO names its condition in parentheses", &offenders);
}
