//! Tests of the table of builtin modules.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use compat::{DateCheck, Experimental, resolve};

use super::*;

fn flags(date: &str, names: &[&str]) -> FlagSet {
    resolve(Some(date), names, Experimental::Refused, DateCheck::Any)
        .expect("valid")
        .flags
}

fn typescript_files(directory: &Path, prefix: &str, files: &mut HashSet<String>) {
    for entry in fs::read_dir(directory).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("UTF-8")
            .to_owned();
        if path.is_dir() {
            typescript_files(&path, &format!("{prefix}{name}/"), files);
        } else if !name.ends_with(".d.ts") {
            files.insert(format!("{prefix}{}", name.trim_end_matches(".ts")));
        }
    }
}

#[test]
fn every_file_has_one_row() {
    let mut files = HashSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("ts");
    typescript_files(&root, "", &mut files);
    let rows: Vec<String> = all().map(|module| module.file.to_owned()).collect();
    assert_eq!(rows.iter().cloned().collect::<HashSet<_>>(), files);
    assert_eq!(rows.len(), files.len());
}

#[test]
fn imports_of_internal_modules_exist() {
    for module in all() {
        for import in module.source.split("'node-internal:").skip(1) {
            let name = import.split('\'').next().expect("a first part");
            let specifier = format!("node-internal:{name}");
            assert!(
                matches!(name, "util_natives" | "async_hooks" | "host")
                    || crate::natives::find(&specifier).is_some()
                    || find_internal(&specifier).is_some(),
                "{} imports {specifier}",
                module.specifier
            );
        }
    }
}

#[test]
fn types_are_stripped() {
    let module = find_internal("node-internal:internal_inspect").expect("there");
    assert!(module.source.contains("export function inspect(value"));
    assert!(!module.source.contains("unknown"));
}

#[test]
fn node_modules_need_a_flag_or_a_date() {
    let off = flags("2026-08-03", &[]);
    assert!(find("node:assert", &off).is_none());
    for on in [
        flags("2022-01-01", &["nodejs_compat"]),
        flags("2022-01-01", &["nodejs_compat_v2"]),
        flags("2026-08-04", &[]),
        flags("2026-08-04", &["no_nodejs_compat"]),
    ] {
        assert!(find("node:assert", &on).is_some());
    }
    let off = flags("2026-08-04", &["no_nodejs_compat", "no_nodejs_compat_v2"]);
    assert!(find("node:assert", &off).is_none());
}

#[test]
fn bare_names_need_the_second_version() {
    let first = flags("2022-01-01", &["nodejs_compat"]);
    assert!(find("assert/strict", &first).is_none());
    let second = flags("2022-01-01", &["nodejs_compat_v2"]);
    assert!(find("assert/strict", &second).is_some());
    assert!(find("node:nope", &second).is_none());
}

#[test]
fn internal_modules_do_not_exist_for_workers() {
    let on = flags("2026-08-04", &[]);
    assert!(find("node-internal:internal_inspect", &on).is_none());
    assert!(find("node:node-internal:internal_inspect", &on).is_none());
    assert!(find_internal("node:assert").is_none());
}
