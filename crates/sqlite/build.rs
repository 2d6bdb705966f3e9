//! Compiles SQLite from `third_party/sqlite`, with the changes of `build/changes.rs`.

use std::fs;
use std::io::{Error, Read};
use std::path::PathBuf;

#[path = "build/changes.rs"]
mod changes;

const SOURCE: &str = "../../third_party/sqlite/sqlite3.c.gz";

/// How the real workerd compiles it, as far as a guest can see, and what saves time or memory without being seen.
const DEFINES: &[(&str, Option<&str>)] = &[
    ("SQLITE_MAX_ALLOCATION_SIZE", Some("16777216")),
    ("SQLITE_PRINTF_PRECISION_LIMIT", Some("100000")),
    ("SQLITE_ENABLE_FTS5", None),
    ("SQLITE_ENABLE_MATH_FUNCTIONS", None),
    ("SQLITE_DEFAULT_FOREIGN_KEYS", Some("1")),
    ("SQLITE_ENABLE_RTREE", None),
    ("SQLITE_OMIT_SHARED_CACHE", None),
    // A connection is used by one thread at a time; different connections by different threads.
    ("SQLITE_THREADSAFE", Some("2")),
    ("HAVE_FDATASYNC", Some("1")),
    ("HAVE_USLEEP", Some("1")),
    ("HAVE_LOCALTIME_R", Some("1")),
];

fn main() -> Result<(), Error> {
    println!("cargo:rerun-if-changed={SOURCE}");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build/changes.rs");

    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(SOURCE)?).read_to_string(&mut text)?;
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
