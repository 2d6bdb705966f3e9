//! Configs of the shapes that people write, each read, validated and compared with its binary form.

#![expect(clippy::unwrap_used, reason = "a failure is the test's result")]

#[path = "support/mod.rs"]
mod support;

use config::model::*;
use config::{Config, Permissions, load_binary, load_text, unsupported, validate};
use support::Files;

fn load(text: &str) -> Config {
    let text = format!("using Workerd = import \"/workerd/workerd.capnp\";\n{text}");
    let files = Files::new(&[
        ("app/config.capnp", text.as_bytes()),
        ("app/worker.js", b"export default {};"),
        ("app/sub/util.js", b"export let a = 1;"),
        ("app/blob.wasm", b"\0asm"),
        ("app/sub/page.html", b"<p>"),
        (
            "app/shared.capnp",
            b"using Workerd = import \"/workerd/workerd.capnp\";\n\
              const worker :Workerd.Worker = (serviceWorkerScript = embed \"sub/util.js\", compatibilityDate = .date);\n\
              const date :Text = \"2026-01-01\";",
        ),
    ]);
    let loaded = match load_text("app/config.capnp", None, &[], &files) {
        Ok(loaded) => loaded,
        Err(errors) => panic!("{errors:#?}"),
    };
    assert_eq!(
        load_binary("c.bin", loaded.encoded().into()).unwrap(),
        loaded.config
    );
    let permissions = Permissions {
        experimental: true,
        ..Permissions::default()
    };
    assert_eq!(validate(&loaded.config, &permissions), []);
    loaded.config
}

fn worker<'a>(config: &'a Config, name: &str) -> &'a Worker {
    match &config.service(name).unwrap().kind {
        ServiceKind::Worker(worker) => worker,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_worker_of_modules_behind_a_socket() {
    let config = load(
        r#"
const config :Workerd.Config = (
  services = [ (name = "main", worker = .mainWorker) ],
  sockets = [ (name = "http", address = "*:8080", http = (), service = "main") ],
);
const mainWorker :Workerd.Worker = (
  modules = [
    (name = "worker", esModule = embed "worker.js"),
    (name = "util", commonJsModule = embed "sub/util.js", namedExports = ["a"]),
    (name = "page", text = embed "sub/page.html"),
    (name = "bytes", data = 0x"00 ff"),
    (name = "blob", wasm = embed "blob.wasm"),
    (name = "conf", json = "{\"a\": 1}"),
  ],
  compatibilityDate = "2026-11-17",
  compatibilityFlags = ["nodejs_compat"],
);
"#,
    );
    let main = worker(&config, "main");
    let WorkerSource::Modules(modules) = &main.source else {
        panic!()
    };
    assert_eq!(
        modules[0].content,
        ModuleContent::EsModule("export default {};".into())
    );
    assert_eq!(modules[1].named_exports, ["a".into()]);
    assert_eq!(modules[2].content, ModuleContent::Text("<p>".into()));
    assert_eq!(modules[3].content, ModuleContent::Data([0, 255].into()));
    assert_eq!(modules[4].content, ModuleContent::Wasm(b"\0asm"[..].into()));
    assert_eq!(modules[5].content, ModuleContent::Json("{\"a\": 1}".into()));
    assert_eq!(&*main.global_outbound.name, "internet");
    assert_eq!(main.compatibility_date.as_deref(), Some("2026-11-17"));
    assert_eq!(config.sockets[0].address.as_deref(), Some("*:8080"));
    assert_eq!(config.sockets[0].service.name, "main".into());
    assert_eq!(unsupported(&config), []);
}

#[test]
fn bindings_of_every_simple_kind() {
    let config = load(
        r#"
const config :Workerd.Config = (services = [
  (name = "main", worker = (
    serviceWorkerScript = embed "worker.js", compatibilityDate = "2026-11-17",
    bindings = [
      (name = "TEXT", text = "t"),
      (name = "JSON", json = "[]"),
      (name = "DATA", data = "raw"),
      (name = "WASM", wasmModule = embed "blob.wasm"),
      (name = "ENV", fromEnvironment = "HOME"),
      (name = "PLAIN", service = "other"),
      (name = "FULL", service = (name = "other", entrypoint = "Named", props = (json = "{}"))),
    ],
    globalOutbound = "other", cacheApiOutbound = "other",
  )),
  (name = "other", worker = import "shared.capnp".worker),
]);
"#,
    );
    let main = worker(&config, "main");
    let values: Vec<_> = main
        .bindings
        .iter()
        .map(|binding| binding.value.clone())
        .collect();
    let designator = |name: &str| ServiceDesignator {
        name: name.into(),
        ..ServiceDesignator::default()
    };
    let expected = [
        BindingValue::Text("t".into()),
        BindingValue::Json("[]".into()),
        BindingValue::Data(b"raw"[..].into()),
        BindingValue::WasmModule(b"\0asm"[..].into()),
        BindingValue::FromEnvironment("HOME".into()),
        BindingValue::Service(designator("other")),
        BindingValue::Service(ServiceDesignator {
            name: "other".into(),
            entrypoint: Some("Named".into()),
            props: Props::Json("{}".into()),
        }),
    ];
    assert_eq!(values, expected);
    assert_eq!(main.cache_api_outbound, Some(designator("other")));
    let other = worker(&config, "other");
    assert_eq!(
        other.source,
        WorkerSource::ServiceWorkerScript("export let a = 1;".into())
    );
    assert_eq!(other.compatibility_date.as_deref(), Some("2026-01-01"));
    assert_eq!(unsupported(&config), []);
}

#[test]
fn all_other_parts_of_the_schema() {
    let config = load(
        r#"
const config :Workerd.Config = (
  services = [
    (name = "internet", network = (allow = ["public", "10.0.0.0/8"], deny = ["::1/128"],
      tlsOptions = (trustBrowserCas = true, minVersion = tls1Dot2))),
    (name = "api", external = (address = "api:443", https = (options = (style = proxy,
      injectRequestHeaders = [(name = "A", value = "b"), (name = "C")]), certificateHost = "api"))),
    (name = "raw", external = (address = "db:5432", tcp = ())),
    (name = "disk", disk = (path = "/var/lib", writable = true, allowDotfiles = true)),
    (name = "short", disk = "/srv"),
    (name = "main", worker = (
      modules = [(name = "worker", esModule = embed "worker.js")], compatibilityDate = "2026-11-17",
      durableObjectNamespaces = [
        (className = "A", uniqueKey = "k", preventEviction = true, enableSql = true,
          container = (imageName = "i", privileges = (devices = [(pathOnHost = "/dev/x")]))),
        (className = "B", ephemeralLocal = void),
      ],
      durableObjectStorage = (localDisk = "disk"),
      bindings = [
        (name = "A", durableObjectNamespace = "A"),
        (name = "B", durableObjectNamespace = (className = "B", serviceName = "main")),
        (name = "KV", kvNamespace = "api"), (name = "R2", r2Bucket = "api"), (name = "Q", queue = "api"),
        (name = "KEY", cryptoKey = (hex = "00", algorithm = (name = "HMAC"), extractable = true,
          usages = [sign, verify])),
        (name = "HD", hyperdrive = (designator = "raw", database = "d", user = "u", password = "p",
          scheme = "postgres")),
        (name = "MC", memoryCache = (id = "m", limits = (maxKeys = 1, maxValueSize = 2, maxTotalValueSize = 3))),
        (name = "WR", wrapped = (moduleName = "x:y", innerBindings = [(name = "in", service = "api")])),
        (name = "AE", analyticsEngine = "api"), (name = "UE", unsafeEval = void),
        (name = "WL", workerLoader = (id = "l")), (name = "DC", durableObjectClass = "main"),
      ],
      tails = ["main"], streamingTails = ["main"], containerEngine = (localDocker = (socketPath = "s")),
    )),
  ],
  sockets = [
    (name = "tls", address = "*:443", https = (options = (cfBlobHeader = "CF"), tlsOptions = (
      keypair = (privateKey = "k", certificateChain = "c"))), service = (name = "main", entrypoint = "E")),
    (name = "tcp", address = "*:1", tcp = (tlsMode = startTls), service = "main"),
    (name = "udp", address = "*:2", udp = (maxPendingBytes = 5), service = "main"),
  ],
  extensions = [(modules = [(name = "x:y", internal = true, esModule = "export default 1")])],
  v8Flags = ["--expose-gc"], autogates = ["workerd-autogate-x"],
  logging = (structuredLogging = true, stdoutPrefix = ""),
);
"#,
    );
    assert!(config.wants_structured_logs());
    assert_eq!(
        (
            &*config.logging.stdout_prefix,
            &*config.logging.stderr_prefix
        ),
        ("", "stderr: ")
    );
    assert_eq!(
        config.sockets[2].protocol,
        SocketProtocol::Udp {
            idle_timeout_ms: 30000,
            max_pending_bytes: 5
        }
    );
    let ServiceKind::External(api) = &config.service("api").unwrap().kind else {
        panic!()
    };
    let ExternalProtocol::Https {
        options, tls: None, ..
    } = &api.protocol
    else {
        panic!()
    };
    assert_eq!(options.style, HttpStyle::Proxy);
    assert_eq!(options.inject_request_headers[1].value, None);
    let main = worker(&config, "main");
    assert_eq!(
        main.durable_object_storage,
        DurableObjectStorage::LocalDisk("disk".into())
    );
    assert_eq!(
        main.durable_object_namespaces[1].key,
        NamespaceKey::EphemeralLocal
    );
    let BindingValue::CryptoKey(key) = &main.bindings[5].value else {
        panic!()
    };
    assert_eq!(key.usages, [KeyUsage::Sign, KeyUsage::Verify]);

    let refused: Vec<_> = unsupported(&config)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        refused,
        ["service main: Containers of Durable Objects are not implemented yet."]
    );
}

#[test]
fn nothing_at_all_is_a_config() {
    assert_eq!(
        load("const config :Workerd.Config = ();"),
        Config::default()
    );
}

#[test]
fn the_model_crosses_threads() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Config>();
}

#[test]
fn workers_that_embed_the_same_file_share_its_content() {
    let text = "using Workerd = import \"/workerd/workerd.capnp\";
        const config :Workerd.Config = (services = [
          (name = \"a\", worker = .common), (name = \"b\", worker = .common),
          (name = \"c\", worker = (compatibilityDate = \"2026-01-01\", modules = [(name = \"d\", data = embed \"copy.wasm\")])),
        ]);
        const common :Workerd.Worker = (compatibilityDate = \"2026-01-01\",
          modules = [(name = \"w\", wasm = embed \"large.wasm\")]);";
    let large = vec![7; 10_000];
    let files = Files::new(&[
        ("c.capnp", text.as_bytes()),
        ("large.wasm", &large),
        ("copy.wasm", &large),
    ]);
    let loaded = load_text("c.capnp", None, &[], &files).unwrap();
    let contents = ["a", "b", "c"].map(|name| {
        let WorkerSource::Modules(modules) = &worker(&loaded.config, name).source else {
            panic!("{name} has no modules");
        };
        match &modules[0].content {
            ModuleContent::Wasm(data) | ModuleContent::Data(data) => data.as_ptr(),
            other => panic!("{other:?}"),
        }
    });
    assert!(contents.iter().all(|content| *content == contents[0]));
}
