//! What the command line answers to which arguments, as the real workerd does.
//!
//! Each row holds arguments, split at spaces, and what comes of them. The files that they name are made by `main.rs`.

/// Errors about the arguments or files, with the general usage below. The exit status is 1.
pub const GENERAL: &[(&str, &str)] = &[
    ("help -h", "unrecognized subcommand '-h'"),
    ("help nope", "unrecognized subcommand 'nope'"),
    (
        "--verbose",
        "'workerd' requires a subcommand but one was not provided\n  [subcommands: serve, compile, fuzzilli, test, bench, make-pyodide-baseline-snapshot, deploy, help]",
    ),
    ("--nope", "unexpected argument '--nope' found"),
    ("-x", "unexpected argument '-x' found"),
    ("nope --x", "unrecognized subcommand 'nope'"),
    ("serv", "unrecognized subcommand 'serv'"),
    ("tes c", "unrecognized subcommand 'tes'"),
    ("pyodide-lock", "unrecognized subcommand 'pyodide-lock'"),
    (
        "serve -b -b c.capnp",
        "c.capnp: Too many or too few segments 1852404598",
    ),
    (
        "serve c.capnp -S a=99",
        "--socket-fd=a=99: File descriptor is not open.",
    ),
    (
        "serve c.capnp -S a=0",
        "--socket-fd=a=0: File descriptor is not a socket.",
    ),
    (
        "serve c.capnp -S =0",
        "--socket-fd==0: File descriptor is not a socket.",
    ),
    (
        "serve c.capnp -S http=+0",
        "--socket-fd=http=0: File descriptor is not a socket.",
    ),
    (
        "serve c.capnp --control-fd=77",
        "--control-fd=77: Bad file descriptor (os error 9)",
    ),
    (
        "serve c.capnp --control-fd=77 -I/nope",
        "--control-fd=77: Bad file descriptor (os error 9)",
    ),
    (
        "serve nope.capnp --control-fd=77 -S x=99",
        "--socket-fd=x=99: File descriptor is not open.",
    ),
    (
        "serve nope.capnp --control-fd=77",
        "--control-fd=77: Bad file descriptor (os error 9)",
    ),
    (
        "serve c.capnp -I /nonexistent",
        "--import-path=/nonexistent: No such directory.",
    ),
    (
        "serve c.capnp -I w.js",
        "--import-path=w.js: No such directory.",
    ),
    (
        "serve -",
        "-: Reading config from stdin is only allowed with --binary.",
    ),
    ("serve -b -", "-: Premature end of file"),
    ("serve -b nope", "nope: No such file."),
    ("serve -b .", ".: Config path is not a file."),
    (
        "serve -b w.js",
        "w.js: Too many or too few segments 1869641830",
    ),
    ("serve .", ".: Config path is not a file."),
    ("serve nope.capnp", "nope.capnp: No such file."),
    ("serve -- --x", "--x: No such file."),
    (
        "serve c.capnp -- --verbose",
        "c.capnp: --verbose: No such constant is defined in the config file.",
    ),
    (
        "serve c.capnp nope",
        "c.capnp: nope: No such constant is defined in the config file.",
    ),
    (
        "serve c.capnp a.b",
        "c.capnp: a.b: No such constant is defined in the config file (the parent scope 'a' does not exist).",
    ),
    ("serve help", "help: No such file."),
    (
        "test c.capnp nope:main:x",
        "c.capnp: nope: No such constant is defined in the config file.",
    ),
    (
        "test c.capnp :main:default",
        "c.capnp: : No such constant is defined in the config file.",
    ),
    (
        "deploy --bucket s3://x/y",
        "The deploy command is experimental. Pass --experimental to use it.",
    ),
    ("fuzzilli c.capnp", "unrecognized subcommand 'fuzzilli'"),
];

/// Errors about one value, without any usage. The exit status is 1.
pub const VALUES: &[(&str, &str)] = &[
    (
        "serve c.capnp -S",
        "a value is required for '--socket-fd <name>=<fd>' but none was supplied",
    ),
    (
        "serve c.capnp -S a",
        "invalid value 'a' for '--socket-fd <name>=<fd>': Expected <name>=<value>",
    ),
    (
        "serve c.capnp -S a=x",
        "invalid value 'a=x' for '--socket-fd <name>=<fd>': Socket value must be a file descriptor (non-negative integer).",
    ),
    (
        "serve c.capnp -S http=-1",
        "invalid value 'http=-1' for '--socket-fd <name>=<fd>': Socket value must be a file descriptor (non-negative integer).",
    ),
    (
        "serve c.capnp --socket-addr",
        "a value is required for '--socket-addr <name>=<addr>' but none was supplied",
    ),
    (
        "serve c.capnp -s a",
        "invalid value 'a' for '--socket-addr <name>=<addr>': Expected <name>=<value>",
    ),
    (
        "serve --socket-addr=a c",
        "invalid value 'a' for '--socket-addr <name>=<addr>': Expected <name>=<value>",
    ),
    (
        "serve c.capnp -sa",
        "invalid value 'a' for '--socket-addr <name>=<addr>': Expected <name>=<value>",
    ),
    (
        "serve c.capnp -d",
        "a value is required for '--directory-path <name>=<path>' but none was supplied",
    ),
    (
        "serve c.capnp -d nope",
        "invalid value 'nope' for '--directory-path <name>=<path>': Expected <name>=<value>",
    ),
    (
        "serve c.capnp -dx",
        "invalid value 'x' for '--directory-path <name>=<path>': Expected <name>=<value>",
    ),
    (
        "serve c.capnp -e nope",
        "invalid value 'nope' for '--external-addr <name>=<addr>': Expected <name>=<value>",
    ),
    (
        "serve c.capnp --perfetto-trace x",
        "invalid value 'x' for '--perfetto-trace <path>=<categories>': Expected <name>=<value>",
    ),
    (
        "serve c.capnp --async-trace-stacks x",
        "invalid value 'x' for '--async-trace-stacks <frames>': invalid digit found in string",
    ),
    (
        "serve c.capnp --inspector-addr",
        "a value is required for '--inspector-addr <addr>' but none was supplied",
    ),
    (
        "serve c.capnp --control-fd",
        "a value is required for '--control-fd <fd>' but none was supplied",
    ),
    (
        "serve c.capnp --control-fd x",
        "invalid value 'x' for '--control-fd <fd>': Output value must be a file descriptor (non-negative integer).",
    ),
    (
        "serve c.capnp --control-fd=99999999999",
        "invalid value '99999999999' for '--control-fd <fd>': Output value must be a file descriptor (non-negative integer).",
    ),
    (
        "serve c.capnp --control-fd=",
        "invalid value '' for '--control-fd <fd>': Output value must be a file descriptor (non-negative integer).",
    ),
    (
        "serve c.capnp -I",
        "a value is required for '--import-path <dir>' but none was supplied",
    ),
    (
        "test nodate.capnp --compat-date",
        "a value is required for '--compat-date <date>' but none was supplied",
    ),
    (
        "test c.capnp a:b:c:d",
        "invalid value 'a:b:c:d' for '[filter]': Too many colons.",
    ),
    (
        "bench c.capnp --format nope",
        "invalid value 'nope' for '--format <FORMAT>'\n  [possible values: text, json]",
    ),
    (
        "deploy --experimental --bucket x",
        "invalid value 'x' for '--bucket <url>': expected s3://<bucket>[/<prefix>] or gs://<bucket>[/<prefix>]",
    ),
];

/// Errors about the arguments of one command, with its usage: arguments, message, usage. The exit status is 1.
pub const ARGUMENTS: &[(&str, &str, &str)] = &[
    (
        "help serve test",
        "unrecognized subcommand 'test'",
        "workerd serve [OPTIONS] <config-file> [const-name]",
    ),
    (
        "serve",
        "the following required arguments were not provided:\n  <config-file>",
        "workerd serve <config-file> [const-name]",
    ),
    (
        "test",
        "the following required arguments were not provided:\n  <config-file>",
        "workerd test <config-file> [filter]",
    ),
    (
        "compile",
        "the following required arguments were not provided:\n  <config-file>",
        "workerd compile <config-file> [const-name]",
    ),
    (
        "bench",
        "the following required arguments were not provided:\n  <config-file>",
        "workerd bench <config-file> [filter]",
    ),
    (
        "deploy",
        "the following required arguments were not provided:\n  --bucket <url>",
        "workerd deploy --bucket <url> [project] [const-name]",
    ),
    (
        "fuzzilli",
        "the following required arguments were not provided:\n  <config-file>",
        "workerd fuzzilli <config-file>",
    ),
    (
        "make-pyodide-baseline-snapshot",
        "the following required arguments were not provided:\n  <python-version>\n  <output-directory>",
        "workerd make-pyodide-baseline-snapshot <python-version> <output-directory>",
    ),
    (
        "serve --nope",
        "unexpected argument '--nope' found\n\n  tip: to pass '--nope' as a value, use '-- --nope'",
        "workerd serve [OPTIONS] <config-file> [const-name]",
    ),
    (
        "serve --nope c",
        "unexpected argument '--nope' found\n\n  tip: to pass '--nope' as a value, use '-- --nope'",
        "workerd serve [OPTIONS] <config-file> [const-name]",
    ),
    (
        "serve -z c.capnp",
        "unexpected argument '-z' found\n\n  tip: to pass '-z' as a value, use '-- -z'",
        "workerd serve [OPTIONS] <config-file> [const-name]",
    ),
    (
        "serve a b c",
        "unexpected argument 'c' found",
        "workerd serve [OPTIONS] <config-file> [const-name]",
    ),
    (
        "test a b c",
        "unexpected argument 'c' found",
        "workerd test [OPTIONS] <config-file> [filter]",
    ),
    (
        "serve c.capnp --compat-date=2026-11-17",
        "unexpected argument '--compat-date' found\n\n  tip: to pass '--compat-date' as a value, use '-- --compat-date'",
        "workerd serve <config-file> [const-name]",
    ),
    (
        "serve c.capnp --predictable",
        "unexpected argument '--predictable' found\n\n  tip: to pass '--predictable' as a value, use '-- --predictable'",
        "workerd serve <config-file> [const-name]",
    ),
    (
        "serve c.capnp --control-fd -1",
        "unexpected argument '-1' found\n\n  tip: to pass '-1' as a value, use '-- -1'",
        "workerd serve [OPTIONS] <config-file> [const-name]",
    ),
    (
        "serve c.capnp --verbose=1",
        "unexpected value '1' for '--verbose' found; no more were expected",
        "workerd serve --verbose <config-file> [const-name]",
    ),
    (
        "compile --help=1",
        "unexpected value '1' for '--help' found; no more were expected",
        "workerd compile --help <config-file> [const-name]",
    ),
    (
        "serve --verb",
        "unexpected argument '--verb' found\n\n  tip: to pass '--verb' as a value, use '-- --verb'",
        "workerd serve [OPTIONS] <config-file> [const-name]",
    ),
    (
        "serve c.capnp --experimenta",
        "unexpected argument '--experimenta' found\n\n  tip: to pass '--experimenta' as a value, use '-- --experimenta'",
        "workerd serve <config-file> [const-name]",
    ),
    (
        "test c.capnp --no-verbose=x",
        "unexpected value 'x' for '--no-verbose' found; no more were expected",
        "workerd test --no-verbose <config-file> [filter]",
    ),
    (
        "test c.capnp -S x=1",
        "unexpected argument '-S' found\n\n  tip: to pass '-S' as a value, use '-- -S'",
        "workerd test [OPTIONS] <config-file> [filter]",
    ),
    (
        "test c.capnp --control-fd=1",
        "unexpected argument '--control-fd' found\n\n  tip: to pass '--control-fd' as a value, use '-- --control-fd'",
        "workerd test <config-file> [filter]",
    ),
    (
        "compile c.capnp -o out",
        "unexpected argument '-o' found\n\n  tip: to pass '-o' as a value, use '-- -o'",
        "workerd compile [OPTIONS] <config-file> [const-name]",
    ),
];

/// Errors in no frame. The exit status is 1.
pub const PLAIN: &[(&str, &str)] = &[
    ("serve bad.capnp", "bad.capnp:2:1: Parse error."),
    (
        "serve c.capnp -s a=",
        "Config did not define any socket named \"a\" to match the override provided on the command line.",
    ),
    (
        "serve c.capnp -dTEST_TMPDIR=/tmp",
        "Config did not define any disk service named \"TEST_TMPDIR\" to match the override provided on the command line.",
    ),
    (
        "test c.capnp -e x=y",
        "Config did not define any external service named \"x\" to match the override provided on the command line.",
    ),
];

/// Answers on stdout. The exit status is 0.
pub const ANSWERS: &[(&str, &str)] = &[
    ("--version", "workerd 2026-11-17\n"),
    ("-V", "workerd 2026-11-17\n"),
    ("serve -V", "workerd 2026-11-17\n"),
    ("test --version", "workerd 2026-11-17\n"),
    ("serve -Vx", "workerd 2026-11-17\n"),
];
