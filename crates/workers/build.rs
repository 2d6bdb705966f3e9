//! Strips the types from the built-in modules in `ts/`, to be embedded by `src/modules.rs`.

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=ts");
    let output = std::env::var("OUT_DIR")?;
    for entry in fs::read_dir("ts")? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if let Some(stem) = name.strip_suffix(".ts")
            && !stem.ends_with(".d")
        {
            let source = fs::read_to_string(&path)?;
            let stripped = ts::strip_types(&source, name)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            fs::write(Path::new(&output).join(format!("{stem}.js")), stripped)?;
        }
    }
    Ok(())
}
