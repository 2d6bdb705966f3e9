//! Compiles the SQLite that crate `libsqlite3-sys` brings, with the changes of `build/changes.rs`.
//!
//! Its functions get a prefix, so that a program can hold them beside those of that crate's own library.

use std::fs;
use std::io::Error;
use std::path::PathBuf;

#[path = "build/changes.rs"]
mod changes;

/// What the name of each function of the interface begins with, and with what here.
const PREFIX: (&str, &str) = ("sqlite3_", "workerd_sqlite3_");

/// How the real workerd compiles it, as far as a guest can see, and what saves time or memory without being seen.
const DEFINES: &[(&str, Option<&str>)] = &[
    ("SQLITE_MAX_ALLOCATION_SIZE", Some("16777216")),
    ("SQLITE_PRINTF_PRECISION_LIMIT", Some("100000")),
    ("SQLITE_ENABLE_FTS5", None),
    ("SQLITE_ENABLE_MATH_FUNCTIONS", None),
    ("SQLITE_DEFAULT_FOREIGN_KEYS", Some("1")),
    ("SQLITE_ENABLE_RTREE", None),
    ("SQLITE_OMIT_SHARED_CACHE", None),
    // With the parser of `build/changes.rs`.
    ("SQLITE_ENABLE_UPDATE_DELETE_LIMIT", None),
    ("SQLITE_UDL_CAPABLE_PARSER", None),
    // Memory for small things that each connection has from the start: one object of thousands needs little.
    ("SQLITE_DEFAULT_LOOKASIDE", Some("1200,10")),
    // The same for pages, which are 4 KiB each.
    ("SQLITE_DEFAULT_PCACHE_INITSZ", Some("0")),
    // A connection is used by one thread at a time; different connections by different threads.
    ("SQLITE_THREADSAFE", Some("2")),
    ("HAVE_FDATASYNC", Some("1")),
    ("HAVE_USLEEP", Some("1")),
    ("HAVE_LOCALTIME_R", Some("1")),
];

fn main() -> Result<(), Error> {
    println!("cargo:rerun-if-env-changed=DEP_SQLITE3_INCLUDE");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build/changes.rs");

    let published = std::env::var_os("DEP_SQLITE3_INCLUDE").map(PathBuf::from);
    let published =
        published.ok_or_else(|| Error::other("libsqlite3-sys does not say where SQLite is"))?;
    let mut text = fs::read_to_string(published.join("sqlite3.c"))?;
    for change in changes::CHANGES {
        let count = text.matches(change.from).count();
        if count != 1 {
            return Err(Error::other(format!(
                "SQLite has this text {count} times instead of once, for {:?}:\n{}",
                change.why, change.from
            )));
        }
        text = text.replacen(change.from, change.to, 1);
    }
    let text = text.replace(PREFIX.0, PREFIX.1);

    let out = std::env::var_os("OUT_DIR").map(PathBuf::from);
    let file = out
        .ok_or_else(|| Error::other("no OUT_DIR"))?
        .join("sqlite3.c");
    fs::write(&file, text)?;

    let mut build = cc::Build::new();
    build.file(&file).warnings(false);
    for (name, value) in DEFINES {
        build.define(name, *value);
    }
    build.compile("workerd_sqlite");
    Ok(())
}
