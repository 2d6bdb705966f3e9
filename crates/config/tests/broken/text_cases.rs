//! Configs that cannot be read, with every line that the real workerd prints for them.

use super::Source::{self, Config, File, Raw};

pub const CASES: &[(Source, &[&str])] = &[
    (
        Raw(""),
        &["c.capnp: The config file does not define any top-level constants of type 'Config'."],
    ),
    (Raw("this is not capnp {"), &["c.capnp:1:20: Parse error."]),
    (
        File("const a :Workerd.Config = ();\nconst b :Workerd.Config = ();"),
        &[
            "c.capnp: The config file defines multiple top-level constants of type 'Config', so you must specify which one to use with <const-name>. The options are: a, b",
        ],
    ),
    (
        Raw(r#"using W = import "nope.capnp";
const config :W.Config = ();"#),
        &[
            "c.capnp:1:18-30: Import failed: nope.capnp",
            "c.capnp:2:15-16: Not defined: W",
        ],
    ),
    (
        Raw(r#"using W = import "/nope/nope.capnp";
const config :W.Config = ();"#),
        &[
            "c.capnp:1:18-36: Import failed: /nope/nope.capnp",
            "c.capnp:2:15-16: Not defined: W",
        ],
    ),
    (
        Config(r#"(services = [(name = "m", worker = (serviceWorkerScript = embed "nope.js"))])"#),
        &["c.capnp:2:96-105: Couldn't read file for embed: nope.js"],
    ),
    (
        Config("(nope = 1)"),
        &["c.capnp:2:33-37: Struct has no field named 'nope'."],
    ),
    (
        Config(
            r#"(sockets = [(name = "s", address = "*:0", http = (style = nope), service = "x")])"#,
        ),
        &["c.capnp:2:90-94: Not defined: nope"],
    ),
    (
        Config(r#"(services = "x")"#),
        &["c.capnp:2:44-47: Type mismatch; expected List(Service)."],
    ),
    (
        Config(r#"(services = [(name = "a)])"#),
        &["c.capnp:2:59: Parse error."],
    ),
    (
        File(
            r#"const a :Int32 = 1.5; const b :Text = 3; const c :Bool = 1; const d :UInt8 = 256; const e :Int8 = -129; const f :UInt64 = -1; const g :Float32 = "x"; const h :Data = 5; const i :Void = 1; const j :List(Int8) = (1); const k :List(Int8) = [1, x, 300];
const config :Workerd.Config = ();"#,
        ),
        &[
            "c.capnp:2:18-21: Type mismatch; expected Int32.",
            "c.capnp:2:39-40: Type mismatch; expected Text.",
            "c.capnp:2:58-59: Type mismatch; expected Bool.",
            "c.capnp:2:78-81: Integer value out of range.",
            "c.capnp:2:100-103: Integer value out of range.",
            "c.capnp:2:124-125: Integer value out of range.",
            "c.capnp:2:146-149: Type mismatch; expected Float32.",
            "c.capnp:2:167-168: Type mismatch; expected Data.",
            "c.capnp:2:186-187: Type mismatch; expected Void.",
            "c.capnp:2:212-213: Type mismatch; expected List(Int8).",
            "c.capnp:2:242-243: Not defined: x",
            "c.capnp:2:245-248: Integer value out of range.",
        ],
    ),
    (
        Config(r#"(services = [(name = "a" network = ())])"#),
        &["c.capnp:2:65-69: Parse error."],
    ),
    (
        Config("(services = [(name = )])"),
        &["c.capnp:2:46-52: Parse error."],
    ),
    (
        Config("(services = [(name)])"),
        &["c.capnp:2:46-50: Not defined: name"],
    ),
    (
        Config("(services = [,])"),
        &["c.capnp:2:44-47: Parse error: Empty list item."],
    ),
    (
        File(
            "const config :Workerd.Config = (services =.w);\nconst w :List(Workerd.Service) = [];",
        ),
        &["c.capnp:2:44-45: Parse error."],
    ),
    (
        File("const config :Workerd.Config = (services = .w)"),
        &["c.capnp:2:47: Parse error."],
    ),
    (
        Config("(services = .w)"),
        &["c.capnp:2:45-46: Not defined: w"],
    ),
    (
        Config("(services = foo.bar)"),
        &["c.capnp:2:44-47: Not defined: foo"],
    ),
    (
        Config("(services = Workerd.nope)"),
        &["c.capnp:2:52-56: 'Workerd' has no member named 'nope'"],
    ),
    (
        Config("(services = Workerd)"),
        &["c.capnp:2:44-51: 'Workerd' does not refer to a constant."],
    ),
    (
        Config("(services = Workerd.Service)"),
        &["c.capnp:2:44-59: 'Workerd.Service' does not refer to a constant."],
    ),
    (
        File(r#"const config :Workerd.Config = (services = .w); const w :Text = "x";"#),
        &["c.capnp:2:44-46: Type mismatch; expected List(Service)."],
    ),
    (
        File("const config :Nope.Config = ();"),
        &["c.capnp:2:15-19: Not defined: Nope"],
    ),
    (
        File("const config :Workerd.Nope = ();"),
        &["c.capnp:2:23-27: 'Workerd' has no member named 'Nope'"],
    ),
    (
        File("const config :Workerd = ();"),
        &["c.capnp:2:15-22: 'Workerd' is not a type."],
    ),
    (File("const config = ();"), &["c.capnp:2:16: Parse error."]),
    (
        File("const config :Workerd.Config;"),
        &["c.capnp:2:29: Parse error."],
    ),
    (
        File("const Config :Workerd.Config = ();"),
        &["c.capnp:2:7-13: Non-type names must begin with a lower-case letter."],
    ),
    (
        File("const con_fig :Workerd.Config = ();"),
        &[
            "c.capnp:2:7-14: Cap'n Proto declaration names should use camelCase and must not contain underscores. (Code generators may convert names to the appropriate style for the target language.)",
        ],
    ),
    (
        Config(r#"(services = [(name = "\q")])"#),
        &["c.capnp:2:55: Parse error."],
    ),
    (
        Config(r#"(services = [(name = "\x4g")])"#),
        &["c.capnp:2:57: Parse error."],
    ),
    (
        Config(r#"(v8Flags = [0x"61 62"])"#),
        &["c.capnp:2:44-53: Type mismatch; expected Text."],
    ),
    (
        Config(r#"(v8Flags = [0x"616"])"#),
        &["c.capnp:2:50: Parse error."],
    ),
    (
        Config("(v8Flags = [0x6162])"),
        &["c.capnp:2:44-50: Type mismatch; expected Text."],
    ),
    (
        Config("(structuredLogging = 1, v8Flags = [true, inf, 1.5, -3, ()])"),
        &[
            "c.capnp:2:53-54: Type mismatch; expected Bool.",
            "c.capnp:2:67-71: Type mismatch; expected Text.",
            "c.capnp:2:73-76: Type mismatch; expected Text.",
            "c.capnp:2:78-81: Type mismatch; expected Text.",
            "c.capnp:2:84-85: Type mismatch; expected Text.",
            "c.capnp:2:87-89: Type mismatch; expected Text.",
        ],
    ),
    (
        Config("(cluster = (stopTimeoutMs = -1, unsafeTimeDivisor = 4294967296))"),
        &[
            "c.capnp:2:61-62: Integer value out of range.",
            "c.capnp:2:84-94: Integer value out of range.",
        ],
    ),
    (
        Config("(cluster = (stopTimeoutMs = 1.0))"),
        &["c.capnp:2:60-63: Type mismatch; expected UInt32."],
    ),
    (
        Config("(cluster = (stopTimeoutMs = 99999999999999999999999))"),
        &["c.capnp:2:60-83: Integer value out of range."],
    ),
    (
        Config(r#""x""#),
        &["c.capnp:2:32-35: Type mismatch; expected Config."],
    ),
    (
        Config("5"),
        &["c.capnp:2:32-33: Type mismatch; expected Config."],
    ),
    (
        Config("[]"),
        &["c.capnp:2:32-34: Type mismatch; expected Config."],
    ),
    (
        Config("(services = [5])"),
        &["c.capnp:2:45-46: Type mismatch; expected Service."],
    ),
    (
        Config(r#"(services = [(name = "m", worker = (globalOutbound = 5))])"#),
        &["c.capnp:2:85-86: Type mismatch; expected ServiceDesignator."],
    ),
    (
        Config(r#"(services = [(name = "m", disk = "x", worker = "y")])"#),
        &["c.capnp:2:79-82: Type mismatch; expected Worker."],
    ),
    (
        Config("(sockets = [(https = (nope = 1))])"),
        &["c.capnp:2:54-58: Struct has no field named 'nope'."],
    ),
    (
        Config(r#"(services = [(name = "m", worker = (durableObjectStorage = inMemory))])"#),
        &["c.capnp:2:91-99: Not defined: inMemory"],
    ),
    (
        Config(r#"(services = [(name = "m", worker = (durableObjectStorage = (inMemory = 1)))])"#),
        &["c.capnp:2:103-104: Type mismatch; expected Void."],
    ),
    (
        Config(
            r#"(services = [(name = "m", worker = (compatibilityFlags = "x", bindings = (name = "x")))])"#,
        ),
        &[
            "c.capnp:2:89-92: Type mismatch; expected List(Text).",
            "c.capnp:2:105-117: Type mismatch; expected List(Binding).",
        ],
    ),
    (
        Config(r#"(services = embed "c.capnp")"#),
        &["c.capnp:2:44-59: Embeds can only be used when Text, Data, or a struct is expected."],
    ),
    (
        Config(r#"(v8Flags = [embed "nope.js", embed "nope2.js"])"#),
        &[
            "c.capnp:2:50-59: Couldn't read file for embed: nope.js",
            "c.capnp:2:67-77: Couldn't read file for embed: nope2.js",
        ],
    ),
    (
        Config(r#"(v8Flags = [import "nope.capnp"])"#),
        &["c.capnp:2:51-63: Import failed: nope.capnp"],
    ),
    (
        Config("(sockets = [(http = (style = 5))])"),
        &["c.capnp:2:61-62: Type mismatch; expected Style."],
    ),
    (
        Config(r#"(sockets = [(http = (style = "host"))])"#),
        &["c.capnp:2:61-67: Type mismatch; expected Style."],
    ),
    (
        Config("(sockets = [(http = (style = Workerd.HttpOptions.Style.proxy))])"),
        &["c.capnp:2:87-92: 'Workerd.HttpOptions.Style' has no member named 'proxy'"],
    ),
    (
        Config("(a = 1, b = 2, services = [(c = 1)], sockets = 5)"),
        &[
            "c.capnp:2:33-34: Struct has no field named 'a'.",
            "c.capnp:2:40-41: Struct has no field named 'b'.",
            "c.capnp:2:60-61: Struct has no field named 'c'.",
            "c.capnp:2:79-80: Type mismatch; expected List(Socket).",
        ],
    ),
    (
        Config("(1, 2)"),
        &[
            "c.capnp:2:33-34: Missing field name.",
            "c.capnp:2:36-37: Missing field name.",
        ],
    ),
    (
        Config("(services = [], 2)"),
        &["c.capnp:2:48-49: Missing field name."],
    ),
    (Raw("foo"), &["c.capnp:1:4: Parse error."]),
    (
        Raw(r#"foo;
using Workerd = import "/workerd/workerd.capnp";
bar baz;
const config :Workerd.Config = ();"#),
        &["c.capnp:1:4: Parse error.", "c.capnp:3:5: Parse error."],
    ),
    (Raw("{"), &["c.capnp:1:2: Parse error."]),
    (Raw("}"), &["c.capnp:1:1: Parse error."]),
    (
        File("/* c */ const config :Workerd.Config = ();"),
        &["c.capnp:2:4: Parse error."],
    ),
    (Config("(services = [)]"), &["c.capnp:2:45: Parse error."]),
    (Config("('x')"), &["c.capnp:2:33: Parse error."]),
    (
        Config("(v8Flags = ['--x'])"),
        &["c.capnp:2:44: Parse error."],
    ),
    (
        Config("() { }"),
        &[
            "c.capnp:2:1-38: This statement should end with a semicolon, not a block.",
            "c.capnp:2:38: Parse error.",
        ],
    ),
    (
        File("struct Foo;\nconst config :Workerd.Config = ();"),
        &["c.capnp:2:1-12: This statement should end with a block, not a semicolon."],
    ),
    (
        File(
            "using Foo = Bar; using x = Workerd; using Workerd.Nope; using Workerd.Service;\nconst config :Workerd.Config = ();",
        ),
        &[
            "c.capnp:2:24-25: Type names must begin with a capital letter.",
            "c.capnp:2:13-16: Not defined: Bar",
            "c.capnp:2:51-55: 'Workerd' has no member named 'Nope'",
        ],
    ),
    (
        File("using A = B; using B = A; const c :A = 1;\nconst config :Workerd.Config = ();"),
        &[
            "c.capnp:2:24-25: Not defined: A",
            "c.capnp:2:11-12: Not defined: B",
            "c.capnp:2:36-37: Not defined: A",
        ],
    ),
    (
        File("const a :Text = .b; const b :Text = .a;\nconst config :Workerd.Config = ();"),
        &["c.capnp:2:7-8: Declaration recursively depends on itself."],
    ),
    (
        Raw(r#"@0x123;
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = ();"#),
        &["c.capnp:1:2-7: Invalid ID.  Please generate a new one with 'capnpc -i'."],
    ),
    (
        Raw(r#"@0xbf5147cbbecf40c1; @0xbf5147cbbecf40c2;
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = ();"#),
        &["c.capnp:1:22-42: File can only have one ID."],
    ),
    (
        Config(
            r#"(services = [(name = "x", worker = (modules = [(name = "a", esModule = 5, data = "x", wasm = 0x"00")]))])"#,
        ),
        &["c.capnp:2:103-104: Type mismatch; expected Text."],
    ),
    (
        Config(r#"(services = [(name = "é" bad)])"#),
        &["c.capnp:2:46-61: Parse error."],
    ),
    (
        Config("(extensions = [(modules = void)], logging = void)"),
        &[
            "c.capnp:2:58-62: Type mismatch; expected List(Module).",
            "c.capnp:2:76-80: Type mismatch; expected LoggingOptions.",
        ],
    ),
    (
        Config("(services = [(unspecified = ())])"),
        &["c.capnp:2:60-62: Type mismatch; expected Void."],
    ),
    (
        Raw(
            r#"const x :Foo = (a = 1); struct Foo { a @0 :AnyPointer; } using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = ();"#,
        ),
        &["c.capnp:1:21-22: Type mismatch; expected AnyPointer."],
    ),
    (
        Raw(
            r#"using W = import "/workerd/workerd.capnp"; using C = import "/capnp/c++.capnp"; using X = import "/capnp/schema.capnp"; const config :W.Config = (services = [(name="x")]);"#,
        ),
        &["c.capnp:1:98-119: Import failed: /capnp/schema.capnp"],
    ),
    (
        Config(
            "(\n  services = [\n  (name = 5),\n (nope = [\n 5])], v8Flags = [\n(a = 2,\n b = 3)])",
        ),
        &[
            "c.capnp:4:11-12: Type mismatch; expected Text.",
            "c.capnp:5:3-7: Struct has no field named 'nope'.",
            "c.capnp:7:1: Type mismatch; expected Text.",
        ],
    ),
    (
        Config(r#"(services = [(name = embed "/etc/hostname")])"#),
        &["c.capnp:2:59-74: Couldn't read file for embed: /etc/hostname"],
    ),
    (
        Config(r#"(services = [(name = "\101\x41\n\0 tail\e")])"#),
        &["c.capnp:2:72: Parse error."],
    ),
    (
        Config(r#"(services = [(name = 0x"41")])"#),
        &["c.capnp:2:53-59: Type mismatch; expected Text."],
    ),
    (
        File(
            "const config :Workerd.Config = (structuredLogging = .t); const t :Bool = true; const n :UInt32 = 0o17; const m :UInt32 = 017; const q :UInt32 = 08; const r :UInt32 = 0x1g; const z :Float64 = 1e5; const y :Float64 = -inf; const x :Float32 = nan; const w :Int32 = 0b1;",
        ),
        &["c.capnp:2:99: Parse error."],
    ),
    (
        File(
            "const config :Workerd.Config = (cluster = (stopTimeoutMs = .t)); const t :Int64 = 5000000000;",
        ),
        &["c.capnp:2:60-62: Integer value out of range."],
    ),
    (
        File("const config :Workerd.Config = (services = [.s]); const s :Workerd.Socket = ();"),
        &["c.capnp:2:45-47: Type mismatch; expected Service."],
    ),
    (
        File(
            r#"const config :Workerd.Config = (services = [(name = "a", worker = (modules = [(name = "m", data = .t)]))]); const t :Text = "x";"#,
        ),
        &["c.capnp:2:99-101: Type mismatch; expected Data."],
    ),
    (
        Config("(services = [(name = .Workerd)])"),
        &["c.capnp:2:53-61: '.Workerd' does not refer to a constant."],
    ),
    (
        Config("(services = [(name = Workerd.Service.name)])"),
        &["c.capnp:2:69-73: 'Workerd.Service' has no member named 'name'"],
    ),
    (
        Config("(services = [(name = Text)])"),
        &["c.capnp:2:53-57: 'Text' does not refer to a constant."],
    ),
    (
        Config("(services = [(name = config)])"),
        &["c.capnp:2:7-13: Declaration recursively depends on itself."],
    ),
    (
        File(r#"const config :Workerd.Config = (services = [(name = s)]); const s :Text = "zz";"#),
        &[
            "c.capnp:2:53-54: Constant names must be qualified to avoid confusion.  Please replace 's' with '.s', if that's what you intended.",
        ],
    ),
    (
        Config("(services = [(name = [1,2])])"),
        &["c.capnp:2:53-58: Type mismatch; expected Text."],
    ),
    (
        Config(r#"(services = [(name = "a"),, (name = "b")])"#),
        &["c.capnp:2:44-73: Parse error: Empty list item."],
    ),
    (
        File("const config :Workerd.Config = (v8Flags = []) ; ;"),
        &["c.capnp:2:49: Parse error."],
    ),
    (
        Config(r#"(v8Flags = ["--x" + "y"])"#),
        &["c.capnp:2:52-55: Parse error."],
    ),
    (
        Config(r#"(v8Flags = ["--x"(a = 1)])"#),
        &["c.capnp:2:44-49: Expected name."],
    ),
    (
        Config("(v8Flags = [1.])"),
        &["c.capnp:2:44-46: Type mismatch; expected Text."],
    ),
    (
        Config("(v8Flags = [@5])"),
        &["c.capnp:2:45-46: Parse error."],
    ),
    (
        File(
            r#"using import "x.capnp";
const config :Workerd.Config = ();"#,
        ),
        &[
            "c.capnp:2:7-23: 'using' declaration without '=' must specify a named declaration from a different scope.",
            "c.capnp:2:14-23: Import failed: x.capnp",
        ],
    ),
    (
        File(
            r#"using import "x.capnp".Foo;
const config :Workerd.Config = ();"#,
        ),
        &["c.capnp:2:14-23: Import failed: x.capnp"],
    ),
];
