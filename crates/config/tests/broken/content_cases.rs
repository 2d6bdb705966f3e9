//! Configs that can be read but say something wrong, with every line that the real workerd prints for them.

use super::Source::{self, Config, Raw};

pub const CASES: &[(Source, &[&str])] = &[
    (
        Raw(r#"@0xbf5147cbbecf40c1;
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "x")]);"#),
        &[r#"Service named "x" does not specify what to serve."#],
    ),
    (
        Config(r#"(services = [(name = "a", network = (), disk = ())])"#),
        &[
            r#"service a: Directory "a" has no path in the config, so must be specified on the command line with `--directory-path`."#,
        ],
    ),
    (
        Config(r#"(services = [(name = "x", network = ()), (name = "x", network = ())])"#),
        &[r#"Config defines multiple services named "x"."#],
    ),
    (
        Config(r#"(sockets = [(name = "s", address = "127.0.0.1:0", http = ())])"#),
        &[r#"Socket "s" refers to a service "", but no such service is defined."#],
    ),
    (
        Config(
            r#"(sockets = [(name = "s", address = "127.0.0.1:0", http = (), service = "nope")])"#,
        ),
        &[r#"Socket "s" refers to a service "nope", but no such service is defined."#],
    ),
    (
        Config(r#"(sockets = [(name = "s", http = (), service = "internet")])"#),
        &[
            r#"Socket "s" has no address in the config, so must be specified on the command line with `--socket-addr`."#,
        ],
    ),
    (
        Config(
            r#"(sockets = [(name = "s", address = "127.0.0.1:0", http = (), service = (name = "internet", entrypoint = "x"))])"#,
        ),
        &[
            r#"Socket "s" refers to service "internet" with a named entrypoint "x", but "internet" is not a Worker, so does not have any named entrypoints."#,
        ],
    ),
    (
        Config(
            r#"(sockets = [(name = "s", address = "127.0.0.1:0", http = (), service = (name = "internet", props = (json = "{}")))])"#,
        ),
        &[
            r#"Socket "s" refers to service "internet" and provides a `props` value, but "internet" is not a Worker, so cannot accept `props`"#,
        ],
    ),
    (
        Config(r#"(services = [(name = "x", external = (http = ()))])"#),
        &[
            r#"service x: External service "x" has no address in the config, so must be specified on the command line with `--external-addr`."#,
        ],
    ),
    (
        Config(r#"(services = [(name = "x", network = (allow = ["nope"]))])"#),
        &["service x: invalid CIDR: nope"],
    ),
    (
        Config(r#"(services = [(name = "x", network = (allow = ["10.0.0.0/99"]))])"#),
        &["service x: invalid CIDR: 10.0.0.0/99"],
    ),
    (
        Config(r#"(services = [(name = "x", disk = ())])"#),
        &[
            r#"service x: Directory "x" has no path in the config, so must be specified on the command line with `--directory-path`."#,
        ],
    ),
    (
        Config(r#"(services = [(name = "x", bucket = (path = "a"))])"#),
        &["service x: A bucket service requires Config.cluster."],
    ),
    (
        Config(r#"(services = [(name = "x", assets = (path = "/tmp"))])"#),
        &[
            "Assets services are an experimental feature which may change or go away in the future. You must run workerd with `--experimental` to use this feature.",
        ],
    ),
    (
        Config(
            r#"(cluster = (bucket = "s3://b/p", address = "127.0.0.1:0", key = "0123456789012345678901234567890123456789"))"#,
        ),
        &["Cluster mode is experimental; it requires --experimental."],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &["service main: Worker must specify compatibilityDate."],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", bundled = "/workerd/kv.js")], compatibilityDate = "2026-11-17"))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            "Bundled modules are an experimental feature which may change or go away in the future. You must run workerd with `--experimental` to use this feature.",
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", globalOutbound = "nope"))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"Worker "main"'s globalOutbound refers to a service "nope", but no such service is defined."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", globalOutbound = (name = "")))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"Worker "main"'s globalOutbound refers to a service "", but no such service is defined."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", cacheApiOutbound = "nope"))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"Worker "main"'s cacheApiOutbound refers to a service "nope", but no such service is defined."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", tails = ["nope"]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[r#"Worker "main"'s tails refers to a service "nope", but no such service is defined."#],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", accessBlobHeader = "x y"))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"service main: Worker "main" has accessBlobHeader configured but this is an experimental feature. You must run workerd with `--experimental` to use this feature."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", workflowsEngine = (actorClass = "nope")))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"service main: workflowsEngine.actorClass refers to a service "nope", but no such service is defined."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", durableObjectNamespaces = [(className = "A", uniqueKey = "a")]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"Worker service "main" implements durable object classes but has `durableObjectStorage` set to `none`."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", durableObjectNamespaces = [(className = "A", uniqueKey = "a")], durableObjectStorage = (localDisk = "nope")))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"service main: durableObjectStorage config refers to a service "nope", but no such service is defined."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", durableObjectNamespaces = [(className = "A", uniqueKey = "a")], durableObjectStorage = (localDisk = "internet")))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"service main: durableObjectStorage config refers to the service "internet", but that service is not a local disk service."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", durableObjectNamespaces = [(className = "A", uniqueKey = "a")], durableObjectStorage = (localDisk = "d"))), (name = "d", disk = (path = "/tmp"))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"service main: durableObjectStorage config refers to the disk service "d", but that service is defined read-only."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", durableObjectNamespaces = [(className = "A", ephemeralLocal = void)]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            "Ephemeral objects (Durable Object namespaces with type 'ephemeralLocal') are an experimental feature which may change or go away in the future. You must run workerd with `--experimental` to use this feature.",
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", durableObjectUniqueKeyModifier = "x"))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &["service main: durableObjectUniqueKeyModifier is not implemented yet"],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A")]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[r#"service main: Worker "main"'s binding "A" does not specify any binding value."#],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A", service = "nope")]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"Worker "main"'s binding "A" refers to a service "nope", but no such service is defined."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A", service = (name = "internet", entrypoint = "x"))]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"Worker "main"'s binding "A" refers to service "internet" with a named entrypoint "x", but "internet" is not a Worker, so does not have any named entrypoints."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A", durableObjectNamespace = "Nope")]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"service main: Worker "main"'s binding "A" refers to a Durable Object namespace named "Nope", but no such Durable Object namespace is defined by this Worker."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A", durableObjectNamespace = (className = "A", serviceName = "nope"))]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"service main: Worker "main"'s binding "A" refers to a service "nope", but no such service is defined."#,
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A", durableObjectClass = "main")]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            "service main: Durable Object class bindings are an experimental feature which may change or go away in the future. You must run workerd with `--experimental` to use this feature.",
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A", analyticsEngine = "internet")]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            "service main: AnalyticsEngine bindings are an experimental feature which may change or go away in the future. You must run workerd with `--experimental` to use this feature.",
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A", unsafeEval = void)]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            "service main: Unsafe eval bindings are an experimental feature which may change or go away in the future. You must run workerd with `--experimental` to use this feature.",
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A", memoryCache = (id = "x", limits = (maxKeys = 1, maxValueSize = 1, maxTotalValueSize = 1)))]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            "service main: MemoryCache bindings are an experimental feature which may change or go away in the future. You must run workerd with `--experimental` to use this feature.",
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A", workerLoader = ())]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            "service main: Worker loader bindings are an experimental feature which may change or go away in the future. You must run workerd with `--experimental` to use this feature.",
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A", workerdDebugPort = void)]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            "service main: workerdDebugPort bindings are an experimental feature which may change or go away in the future. You must run workerd with `--experimental` to use this feature.",
        ],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A", obsolete0 = "internet")]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[r#"service main: Worker "main"'s binding "A" uses an obsolete binding type."#],
    ),
    (
        Config(
            r#"(services = [(name = "main", worker = (modules = [(name = "w.js", esModule = embed "w.js")], compatibilityDate = "2026-11-17", bindings = [(name = "A", wasmModule = "x")]))], sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")])"#,
        ),
        &[
            r#"service main: Worker "main"'s binding "A" is a Wasm binding, but Wasm bindings are not allowed in modules-based scripts. Use Wasm modules instead."#,
        ],
    ),
];
