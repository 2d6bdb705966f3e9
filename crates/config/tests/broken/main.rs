//! Broken configs: each must give exactly the real workerd's messages, in its order.

#![expect(clippy::unwrap_used, reason = "a failure is the test's result")]

mod content_cases;
mod text_cases;

#[path = "../support/mod.rs"]
mod support;

use config::{Overrides, Permissions, Problem, load_binary, load_text, validate};
use support::Files;

/// A config file, written short.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// The value of the one constant.
    Config(&'static str),
    /// What follows the import of the schema.
    File(&'static str),
    /// All of it.
    Raw(&'static str),
}

const HEAD: &str = "using Workerd = import \"/workerd/workerd.capnp\";\n";

impl Source {
    fn text(self) -> String {
        match self {
            Source::Config(value) => format!("{HEAD}const config :Workerd.Config = {value};\n"),
            Source::File(rest) => format!("{HEAD}{rest}"),
            Source::Raw(text) => text.to_owned(),
        }
    }
}

/// All lines that a config leads to.
fn lines(text: &str, constant: Option<&str>) -> Vec<String> {
    let script = b"export default { fetch() { return new Response(\"ok\"); }, test() {} };\n";
    let files = Files::new(&[("c.capnp", text.as_bytes()), ("w.js", script)]);
    match load_text("c.capnp", constant, &[], &files) {
        Ok(loaded) => {
            let problems = validate(&loaded.config, &Permissions::default());
            // The binary form says the same.
            let binary = load_binary("c.bin", loaded.encoded().into()).unwrap();
            assert_eq!(binary, loaded.config);
            problems.iter().map(ToString::to_string).collect()
        }
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

fn check(cases: &[(Source, &[&str])]) {
    let mut failures = Vec::new();
    for (source, expected) in cases {
        let found = lines(&source.text(), None);
        let found: Vec<_> = found.iter().flat_map(|line| line.lines()).collect();
        if found != *expected {
            failures.push(format!(
                "{source:?}\n  expected {expected:#?}\n  found {found:#?}"
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn broken_texts_give_the_real_messages() {
    check(text_cases::CASES);
}

#[test]
fn broken_contents_give_the_real_messages() {
    check(content_cases::CASES);
}

#[test]
fn all_problems_come_in_stages() {
    let config = Source::Config(
        r#"(
  services = [
    (name = "a"),
    (name = "b", worker = (modules = [(name = "w.js", esModule = embed "w.js")])),
    (name = "a"),
    (name = "a", network = (allow = ["zz"], deny = ["yy"])),
    (name = "d", disk = ()),
    (name = "e", external = ()),
    (name = "c", worker = (
      modules = [(name = "w.js", esModule = embed "w.js")],
      compatibilityDate = "2026-11-17",
      bindings = [
        (name = "X", service = "n1"),
        (name = "Y"),
        (name = "Z", kvNamespace = "n2"),
        (name = "W", wasmModule = "x"),
        (name = "V", durableObjectNamespace = "Nope"),
        (name = "U", service = (name = "internet", entrypoint = "ee")),
        (name = "wr", wrapped = (moduleName = "m", innerBindings = [(name = "in")]))
      ],
      globalOutbound = "n3", cacheApiOutbound = "n4", tails = ["n5"], streamingTails = ["n6"],
      durableObjectNamespaces = [(className = "A", uniqueKey = "a"), (className = "B", ephemeralLocal = void)],
      durableObjectUniqueKeyModifier = "z",
      accessBlobHeader = "q", accessBindingService = "n7", workflowsEngine = (actorClass = "n8")
    ))
  ],
  sockets = [
    (name = "s1", http = (), service = "n9"),
    (name = "s2", address = "127.0.0.1:0", http = ()),
    (name = "s3", http = (), service = (name = "internet", entrypoint = "q"))
  ]
)"#,
    );
    let expected = r#"Socket "s1" has no address in the config, so must be specified on the command line with `--socket-addr`.
Socket "s3" has no address in the config, so must be specified on the command line with `--socket-addr`.
Config defines multiple services named "a".
Config defines multiple services named "a".
Ephemeral objects (Durable Object namespaces with type 'ephemeralLocal') are an experimental feature which may change or go away in the future. You must run workerd with `--experimental` to use this feature.
Worker service "c" implements durable object classes but has `durableObjectStorage` set to `none`.
service c: durableObjectUniqueKeyModifier is not implemented yet
Service named "a" does not specify what to serve.
service b: Worker must specify compatibilityDate.
Service named "a" does not specify what to serve.
service a: invalid CIDR: zz
service d: Directory "d" has no path in the config, so must be specified on the command line with `--directory-path`.
service e: External service "e" has no address in the config, so must be specified on the command line with `--external-addr`.
service c: Worker "c"'s binding "Y" does not specify any binding value.
service c: Worker "c"'s binding "W" is a Wasm binding, but Wasm bindings are not allowed in modules-based scripts. Use Wasm modules instead.
service c: Worker "c"'s binding "V" refers to a Durable Object namespace named "Nope", but no such Durable Object namespace is defined by this Worker.
service c: Worker "c"'s binding "in" does not specify any binding value.
service c: Worker "c" has accessBlobHeader configured but this is an experimental feature. You must run workerd with `--experimental` to use this feature.
service c: workflowsEngine.actorClass refers to a service "n8", but no such service is defined.
Worker "c"'s globalOutbound refers to a service "n3", but no such service is defined.
Worker "c"'s binding "X" refers to a service "n1", but no such service is defined.
Worker "c"'s binding "Z" refers to a service "n2", but no such service is defined.
Worker "c"'s binding "U" refers to service "internet" with a named entrypoint "ee", but "internet" is not a Worker, so does not have any named entrypoints.
Worker "c"'s accessBindingService refers to a service "n7", but no such service is defined.
Worker "c"'s cacheApiOutbound refers to a service "n4", but no such service is defined.
Worker "c"'s tails refers to a service "n5", but no such service is defined.
Worker "c"'s streaming tails refers to a service "n6", but no such service is defined.
Socket "s2" refers to a service "", but no such service is defined."#;
    let found = lines(&config.text(), None);
    assert_eq!(found.join("\n"), expected);
}

#[test]
fn memory_caches_need_limits() {
    let config = Source::Config(
        r#"(services = [(name = "main", worker = (serviceWorkerScript = "", compatibilityDate = "2026-11-17", bindings = [(name = "A", memoryCache = (id = "x"))]))])"#,
    );
    let files = Files::new(&[("c.capnp", config.text().as_bytes())]);
    let loaded = load_text("c.capnp", None, &[], &files).unwrap();
    let permissions = Permissions {
        experimental: true,
        ..Permissions::default()
    };
    let problems = validate(&loaded.config, &permissions);
    let found: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "service main: MemoryCache bindings must specify limits. Please update the binding in the worker configuration and try again."
        ]
    );
}

#[test]
fn a_constant_is_chosen_by_name() {
    let text = format!(
        "{HEAD}const a :Workerd.Config = (services = [(name = \"q\")]); const b :Text = \"x\"; const c :Workerd.Config = ();\n\
         struct S {{ const d :Workerd.Config = (services = [(name = \"r\")]); }}"
    );
    let cases = [
        ("a", "Service named \"q\" does not specify what to serve."),
        ("S.d", "Service named \"r\" does not specify what to serve."),
        ("b", "c.capnp: b: Constant is not of type 'Config'."),
        (
            "b.c",
            "c.capnp: c: No such constant is defined in the config file.",
        ),
        (
            "nope",
            "c.capnp: nope: No such constant is defined in the config file.",
        ),
        (
            "",
            "c.capnp: : No such constant is defined in the config file.",
        ),
        ("Workerd", "c.capnp: Workerd: Symbol is not a constant."),
    ];
    for (name, expected) in cases {
        assert_eq!(lines(&text, Some(name)), [expected], "{name}");
    }
    assert_eq!(lines(&text, Some("c")), Vec::<String>::new());
}

#[test]
fn missing_files_are_named() {
    let files = Files::new(&[]);
    let errors = load_text("nope.capnp", None, &[], &files).unwrap_err();
    assert_eq!(errors[0].to_string(), "nope.capnp: No such file.");
}

#[test]
fn broken_binaries_give_the_real_messages() {
    fn words(words: &[u64]) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        bytes.extend((words.len() as u32).to_le_bytes());
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        bytes
    }
    let struct_pointer = 1 << 48;
    let cases = [
        (
            b"not binary".to_vec(),
            "Too many or too few segments 544501615",
        ),
        (Vec::new(), "Premature end of file"),
        (vec![0, 0], "failed to fill the whole buffer"),
        (words(&[]), "Message contains out-of-bounds pointer"),
        (
            words(&[(1 | 7 << 16) << 32 | 5 << 2]),
            "Message contains out-of-bounds pointer",
        ),
        (
            words(&[1 | 1 << 32]),
            "Message contains non-struct pointer where struct pointer was expected.",
        ),
        (
            words(&[struct_pointer, 100 << 35 | 7 << 32 | 1 | 5 << 2]),
            "Message contains out-of-bounds pointer",
        ),
        (
            words(&[struct_pointer, 2 | 7 << 3 | 9 << 32]),
            "Invalid segment id 9",
        ),
    ];
    for (bytes, expected) in cases {
        let errors = load_binary("c.bin", bytes.into()).unwrap_err();
        assert_eq!(errors[0].to_string(), format!("c.bin: {expected}"));
    }
    assert_eq!(
        load_binary("c.bin", words(&[0]).into()).unwrap(),
        config::Config::default()
    );
}

/// Sets the word at `at` of an encoded config, which must be a union's tag, to an unknown tag.
fn with_unknown_tag(text: &str, at: usize) -> String {
    let files = Files::new(&[("c.capnp", text.as_bytes())]);
    let mut bytes = load_text("c.capnp", None, &[], &files).unwrap().encoded();
    bytes[at] = 99;
    let config = load_binary("c.bin", bytes.into()).unwrap();
    validate(&config, &Permissions::default())[0].to_string()
}

#[test]
fn tags_of_a_newer_schema_are_named() {
    let served = Source::Config(
        r#"(services=[(name="x",network=())],sockets=[(name="s",address="127.0.0.1:0",http=(),service="x")])"#,
    );
    let worker = Source::Config(
        r#"(services=[(name="x",worker=(modules=[(name="w",esModule="export default {fetch(){}}")],compatibilityDate="2026-01-01",bindings=[(name="B",text="x")]))])"#,
    );
    let cases = [
        (served, 88, "Service named \"x\" has unrecognized type."),
        (served, 152, "Encountered unknown socket type in \"s\"."),
        (
            served,
            232,
            "Encountered unknown HttpOptions::style setting.",
        ),
        (served, 280, "Socket \"s\" has unrecognized props type."),
        (
            worker,
            120,
            "service x: Encountered unknown Worker code type.",
        ),
        (
            worker,
            264,
            "service x: Encountered unknown Worker.Module type.",
        ),
        (
            worker,
            360,
            "service x: Worker \"x\"'s binding \"B\"has unrecognized type.",
        ),
    ];
    for (source, at, expected) in cases {
        let expected =
            format!("{expected} Was the config compiled with a newer version of the schema?");
        assert_eq!(with_unknown_tag(&source.text(), at), expected);
    }
}

#[test]
fn overrides_replace_and_must_match() {
    let config = Source::Config(
        r#"(
  services = [(name = "y", network = ()), (name = "d", disk = ()), (name = "e", external = ())],
  sockets = [(name = "z", http = (), service = "y"), (name = "fd", http = (), service = "y")]
)"#,
    );
    let text = config.text();
    let files = Files::new(&[("c.capnp", text.as_bytes())]);
    let mut config = load_text("c.capnp", None, &[], &files).unwrap().config;
    let pair = |name: &str, value: &str| (name.into(), value.into());
    let overrides = Overrides {
        socket_addresses: vec![pair("z", "127.0.0.1:0"), pair("y", "127.0.0.1:0")],
        socket_descriptors: vec!["fd".into()],
        external_addresses: vec![pair("e", "127.0.0.1:1"), pair("y", "127.0.0.1:0")],
        directory_paths: vec![pair("d", "/tmp"), pair("y", "/tmp")],
    };
    let problems = overrides.apply(&mut config);
    let expected = ["socket", "external service", "disk service"].map(|kind| {
        format!("Config did not define any {kind} named \"y\" to match the override provided on the command line.")
    });
    assert_eq!(
        problems.iter().map(Problem::to_string).collect::<Vec<_>>(),
        expected
    );
    let permissions = Permissions {
        socket_descriptors: overrides.socket_descriptors,
        ..Permissions::default()
    };
    assert_eq!(validate(&config, &permissions), []);
}
