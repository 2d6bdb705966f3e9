//! Strips the types from the builtin modules in `ts/` and lists the internal ones, for `src/modules.rs`.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=ts");
    let output = std::env::var("OUT_DIR")?;
    let output = Path::new(&output);
    strip_directory(Path::new("ts"), output)?;
    list_internal(output)
}

fn strip_directory(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if path.is_dir() {
            strip_directory(&path, &to.join(name))?;
        } else if let Some(stem) = name.strip_suffix(".ts")
            && !stem.ends_with(".d")
        {
            let source = fs::read_to_string(&path)?;
            let stripped = ts::strip_types(&source, name)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            fs::write(to.join(format!("{stem}.js")), stripped)?;
        }
    }
    Ok(())
}

/// Writes the rows of all internal modules, as `internal.rs`.
fn list_internal(output: &Path) -> Result<(), Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in fs::read_dir("ts/internal")? {
        let path = entry?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str())
            && let Some(stem) = name.strip_suffix(".ts")
            && !stem.ends_with(".d")
        {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    let mut rows = String::from("&[\n");
    for name in names {
        writeln!(rows, "internal!({name:?}),")?;
    }
    rows.push(']');
    fs::write(output.join("internal.rs"), rows)?;
    Ok(())
}
