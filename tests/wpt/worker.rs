//! Makes a Worker of one test: its config, and one module each for the shim and the scripts. What it fetches comes from
//! a second Worker, which stands for the server of the suite.

use std::io;
use std::path::{Component, Path, PathBuf};

const SHIM: &str = include_str!("shim.js");
const SERVER: &str = include_str!("server.js");

/// The host that the suite's server has.
const HOST: &str = "web-platform.test";

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
    let scripts = substitute(&scripts);

    std::fs::create_dir_all(directory)?;
    std::fs::write(
        directory.join("shim.js"),
        SHIM.replacen("BASE_URL", &base_url(path), 1),
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
    std::fs::write(directory.join("server.js"), SERVER)?;
    let files = wpt.canonicalize()?;
    let files = files.display();
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
      ],
      compatibilityDate = "{COMPATIBILITY_DATE}",
      compatibilityFlags = ["pedantic_wpt"],
      globalOutbound = "server",
    ),
  ), (
    name = "server",
    worker = (
      modules = [(name = "server", esModule = embed "server.js")],
      bindings = [(name = "files", service = "files")],
      compatibilityDate = "{COMPATIBILITY_DATE}",
    ),
  ), (
    name = "files",
    disk = (path = "{files}"),
  )],
);
"#
        ),
    )?;
    Ok(config)
}

/// Where the suite's server has the test.
fn base_url(path: &str) -> String {
    let scheme = if path.contains(".https.") {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{HOST}/{path}")
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

/// What the server of the suite puts into the scripts that ask for it.
fn substitute(scripts: &str) -> String {
    let mut result = String::with_capacity(scripts.len());
    let mut rest = scripts;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, left)) = after.split_once("}}") else {
            break;
        };
        let value = match name {
            "host" => HOST,
            "domains[www]" | "domains[www1]" | "domains[www2]" => "www.web-platform.test",
            "hosts[alt][]" | "hosts[alt][www]" | "hosts[alt][www2]" => "not-web-platform.test",
            "ports[http][0]" | "ports[ws][0]" => "80",
            "ports[https][0]" | "ports[wss][0]" | "ports[h2][0]" => "443",
            "ports[http][1]" | "ports[https][1]" => "8080",
            _ => {
                result.push_str(before);
                result.push_str("{{");
                rest = after;
                continue;
            }
        };
        result.push_str(before);
        result.push_str(value);
        rest = left;
    }
    result.push_str(rest);
    result
}
