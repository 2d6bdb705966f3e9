//! The table of builtin modules.
//!
//! 1. A public module is imported by Workers under its `node:` name, and under the bare name where `nodejs_compat_v2`
//!    is on. Internal modules are imported by builtin modules only; for a Worker they do not exist.
//! 2. Modules are loaded when first imported. `node-internal:primordials` is the exception: the runtime must evaluate it
//!    before any code of a Worker, since it captures what that code could replace.

use std::borrow::Cow;

use compat::{Flag, FlagSet};

/// A module that is part of the runtime.
pub struct BuiltinModule {
    /// The name under which it is imported.
    pub specifier: &'static str,
    /// Its file below `ts/`, without the extension; no two modules have the same.
    pub file: &'static str,
    /// Its JavaScript.
    pub source: &'static str,
    pub visibility: Visibility,
    /// Whether the module exists for a Worker with these flags.
    pub enabled: fn(&FlagSet) -> bool,
}

/// Who may import a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    Public,
    Internal,
}

/// Every builtin module of this crate.
pub fn all() -> impl Iterator<Item = &'static BuiltinModule> {
    PUBLIC.iter().chain(INTERNAL)
}

/// The module that a Worker with `flags` gets for `specifier`.
pub fn find(specifier: &str, flags: &FlagSet) -> Option<&'static BuiltinModule> {
    let bare = specifier.strip_prefix("node:");
    // A module of tests may well be called so.
    if bare.is_none() && (specifier == "test" || !flags.contains(Flag::NodejsCompatV2)) {
        return None;
    }
    let bare = bare.unwrap_or(specifier);
    PUBLIC.iter().find(|module| {
        module.specifier.strip_prefix("node:") == Some(bare) && (module.enabled)(flags)
    })
}

/// What a specifier means to a Worker with `flags`, whether or not it gets the module: `node:fs` for `fs`.
pub fn full_name(specifier: &str, flags: &FlagSet) -> Option<Cow<'static, str>> {
    if !flags.contains(Flag::NodejsCompatV2) {
        return None;
    }
    if matches!(specifier, "sys" | "node:sys") {
        return Some("node:util".into());
    }
    NAMES
        .contains(&specifier)
        .then(|| format!("node:{specifier}").into())
}

/// Whether a program that asks takes this for a module of Node.js: by name alone, whatever there is.
pub fn is_node_name(specifier: &str) -> bool {
    specifier.starts_with("node:") || specifier == "sys" || NAMES.contains(&specifier)
}

/// The names of Node.js that need no prefix.
const NAMES: &[&str] = &[
    "_http_agent",
    "_http_client",
    "_http_common",
    "_http_incoming",
    "_http_outgoing",
    "_http_server",
    "_stream_duplex",
    "_stream_passthrough",
    "_stream_readable",
    "_stream_transform",
    "_stream_wrap",
    "_stream_writable",
    "_tls_common",
    "_tls_wrap",
    "assert",
    "assert/strict",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "dns/promises",
    "domain",
    "events",
    "fs",
    "fs/promises",
    "http",
    "http2",
    "https",
    "inspector",
    "inspector/promises",
    "module",
    "net",
    "os",
    "path",
    "path/posix",
    "path/win32",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "readline/promises",
    "repl",
    "sqlite",
    "stream",
    "stream/consumers",
    "stream/promises",
    "stream/web",
    "string_decoder",
    "timers",
    "timers/promises",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "util/types",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// The internal module that another builtin module gets for `specifier`.
pub fn find_internal(specifier: &str) -> Option<&'static BuiltinModule> {
    INTERNAL.iter().find(|module| module.specifier == specifier)
}

macro_rules! public {
    ($name:literal, $enabled:expr) => {
        public!($name, $name, $enabled)
    };
    ($name:literal, $file:literal, $enabled:expr) => {
        BuiltinModule {
            specifier: concat!("node:", $name),
            file: $file,
            source: include_str!(concat!(env!("OUT_DIR"), "/", $file, ".js")),
            visibility: Visibility::Public,
            enabled: $enabled,
        }
    };
}

macro_rules! internal {
    ($name:literal) => {
        BuiltinModule {
            specifier: concat!("node-internal:", $name),
            file: concat!("internal/", $name),
            source: include_str!(concat!(env!("OUT_DIR"), "/internal/", $name, ".js")),
            visibility: Visibility::Internal,
            enabled: always,
        }
    };
}

fn always(_flags: &FlagSet) -> bool {
    true
}

/// Node compatibility of either version.
fn nodejs(flags: &FlagSet) -> bool {
    flags.contains(Flag::NodejsCompat) || flags.contains(Flag::NodejsCompatV2)
}

/// Context storage is offered without the rest of Node, too. Its natives are of a crate above.
fn async_hooks(flags: &FlagSet) -> bool {
    nodejs(flags) || flags.contains(Flag::NodejsAls)
}

macro_rules! gated {
    ($flag:ident) => {
        |flags| nodejs(flags) && flags.contains(Flag::$flag)
    };
}

static PUBLIC: &[BuiltinModule] = &[
    public!("_http_agent", gated!(EnableNodejsHttpModules)),
    public!("_http_client", gated!(EnableNodejsHttpModules)),
    public!("_http_common", gated!(EnableNodejsHttpModules)),
    public!("_http_incoming", gated!(EnableNodejsHttpModules)),
    public!("_http_outgoing", gated!(EnableNodejsHttpModules)),
    public!("_http_server", gated!(EnableNodejsHttpServerModules)),
    public!("_stream_duplex", nodejs),
    public!("_stream_passthrough", nodejs),
    public!("_stream_readable", nodejs),
    public!("_stream_transform", nodejs),
    public!("_stream_wrap", gated!(EnableNodejsStreamWrapModule)),
    public!("_stream_writable", nodejs),
    public!("_tls_common", nodejs),
    public!("_tls_wrap", nodejs),
    public!("assert", nodejs),
    public!("assert/strict", nodejs),
    public!("async_hooks", async_hooks),
    public!("buffer", nodejs),
    public!("child_process", gated!(EnableNodejsChildProcessModule)),
    public!("cluster", gated!(EnableNodejsClusterModule)),
    public!("console", gated!(EnableNodejsConsoleModule)),
    public!("constants", nodejs),
    public!("crypto", nodejs),
    public!("dgram", gated!(EnableNodejsDgramModule)),
    public!("diagnostics_channel", nodejs),
    public!("dns", nodejs),
    public!("dns/promises", nodejs),
    public!("domain", gated!(EnableNodejsDomainModule)),
    public!("events", nodejs),
    public!("fs", gated!(EnableNodejsFsModule)),
    public!("fs/promises", nodejs),
    public!("http", gated!(EnableNodejsHttpModules)),
    public!("http2", gated!(EnableNodejsHttp2Module)),
    public!("https", gated!(EnableNodejsHttpModules)),
    public!("inspector", gated!(EnableNodejsInspectorModule)),
    public!("inspector/promises", gated!(EnableNodejsInspectorModule)),
    public!("module", nodejs),
    public!("net", nodejs),
    public!("os", gated!(EnableNodejsOsModule)),
    public!("path", nodejs),
    public!("path/posix", nodejs),
    public!("path/win32", nodejs),
    public!("perf_hooks", gated!(EnableNodejsPerfHooksModule)),
    public!("process", gated!(EnableNodejsProcessV2)),
    public!("process", "legacy_process", |flags| {
        !(nodejs(flags) && flags.contains(Flag::EnableNodejsProcessV2))
    }),
    public!("punycode", gated!(EnableNodejsPunycodeModule)),
    public!("querystring", nodejs),
    public!("readline", gated!(EnableNodejsReadlineModule)),
    public!("readline/promises", gated!(EnableNodejsReadlineModule)),
    public!("repl", gated!(EnableNodejsReplModule)),
    public!("sqlite", gated!(EnableNodejsSqliteModule)),
    public!("stream", nodejs),
    public!("stream/consumers", nodejs),
    public!("stream/promises", nodejs),
    public!("stream/web", nodejs),
    public!("string_decoder", nodejs),
    public!("sys", nodejs),
    public!("test", nodejs),
    public!("timers", nodejs),
    public!("timers/promises", nodejs),
    public!("tls", nodejs),
    public!("trace_events", gated!(EnableNodejsTraceEventsModule)),
    public!("tty", gated!(EnableNodejsTtyModule)),
    public!("url", nodejs),
    public!("util", nodejs),
    public!("util/types", nodejs),
    public!("v8", gated!(EnableNodejsV8Module)),
    public!("vm", gated!(EnableNodejsVmModule)),
    public!("wasi", gated!(EnableNodejsWasiModule)),
    public!("worker_threads", gated!(EnableNodejsWorkerThreadsModule)),
    public!("zlib", gated!(NodejsZlib)),
];

static INTERNAL: &[BuiltinModule] = include!(concat!(env!("OUT_DIR"), "/internal.rs"));

#[cfg(test)]
mod tests;
