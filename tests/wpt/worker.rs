//! Makes a Worker of one test: its config, and one module each for the shim, the scripts and the files that they fetch.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Component, Path, PathBuf};

const SHIM: &str = include_str!("shim.js");

/// As of this date all of what the tests are about is on.
const COMPATIBILITY_DATE: &str = "2026-08-01";

/// Writes the config and the modules of the test at `path` (relative to `wpt`) into `directory`, and gives the config.
pub(crate) fn write(wpt: &Path, path: &str, directory: &Path) -> io::Result<PathBuf> {
    let test = read(&wpt.join(path))?;
    let mut scripts = String::new();
    for script in test.lines().filter_map(|line| {
        let meta = line.strip_prefix("// META:")?.trim();
        meta.strip_prefix("script=")
    }) {
        scripts.push_str(&read(&wpt.join(resolve(path, script)))?);
        scripts.push_str("\n;\n");
    }
    scripts.push_str(&test);
    let files = files_of(wpt, path, &scripts);

    std::fs::create_dir_all(directory)?;
    std::fs::write(
        directory.join("shim.js"),
        SHIM.replacen("PATH", &format!("/{path}"), 1),
    )?;
    // The harness is made for sloppy mode, and so are many tests: hence no ES modules. What is nothing to a script in
    // a browser must be nothing here either, or libraries take it for Node.js.
    let harness = read(&wpt.join("resources/testharness.js"))?;
    let directive = if is_strict(&test) {
        "\"use strict\";"
    } else {
        ""
    };
    std::fs::write(
        directory.join("scripts.js"),
        format!(
            "exports.harness = function (WorkerGlobalScope, \
             ServiceWorkerGlobalScope, require, exports, module) {{\n{harness}\n}};\n\
             exports.test = function (require, exports, module) {{ {directive}\n{scripts}\n}};\n"
        ),
    )?;
    let mut modules = String::new();
    let mut imports = String::new();
    let mut table = String::new();
    for (index, (served, file)) in files.iter().enumerate() {
        std::fs::copy(file, directory.join(format!("file{index}")))?;
        let _ = writeln!(imports, "import file{index} from \"file{index}\";");
        let _ = writeln!(table, "  \"/{served}\": file{index},");
        let _ = writeln!(
            modules,
            "        (name = \"file{index}\", data = embed \"file{index}\"),"
        );
    }
    std::fs::write(
        directory.join("files.js"),
        format!("{imports}export default {{\n{table}}};\n"),
    )?;
    let config = directory.join("config.capnp");
    std::fs::write(
        &config,
        format!(
            r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "wpt",
    worker = (
      modules = [
        (name = "shim", esModule = embed "shim.js"),
        (name = "scripts", commonJsModule = embed "scripts.js"),
        (name = "files", esModule = embed "files.js"),
{modules}      ],
      compatibilityDate = "{COMPATIBILITY_DATE}",
      compatibilityFlags = ["pedantic_wpt"],
    ),
  )],
);
"#
        ),
    )?;
    Ok(config)
}

fn read(path: &Path) -> io::Result<String> {
    let bytes = std::fs::read(path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether the first statement is the directive, as it is for a script that has only comments before it.
fn is_strict(script: &str) -> bool {
    script
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with("//"))
        .is_some_and(|line| line.starts_with("'use strict'") || line.starts_with("\"use strict\""))
}

/// The path below the root that a URL in the script at `path` stands for.
fn resolve(path: &str, url: &str) -> PathBuf {
    let base = Path::new(path).parent().unwrap_or(Path::new(""));
    let joined = match url.strip_prefix('/') {
        Some(rooted) => PathBuf::from(rooted),
        None => base.join(url),
    };
    let mut resolved = PathBuf::new();
    for component in joined.components() {
        match component {
            Component::ParentDir => {
                resolved.pop();
            }
            Component::Normal(name) => resolved.push(name),
            _ => {}
        }
    }
    resolved
}

/// The files that string literals of the scripts name, by the path below the root: what the test may fetch.
fn files_of(wpt: &Path, path: &str, scripts: &str) -> BTreeMap<String, PathBuf> {
    let is_path = |text: &&str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
        text.contains('.') && !text.ends_with(".js") && text.bytes().all(plain)
    };
    scripts
        .split(['"', '\'', '`'])
        .filter(is_path)
        .filter_map(|url| {
            let resolved = resolve(path, url);
            let file = wpt.join(&resolved);
            file.is_file()
                .then(|| (resolved.display().to_string(), file))
        })
        .collect()
}
