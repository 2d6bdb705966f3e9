//! Where this program differs from the real workerd: what it does not have yet, and options of its own.

use crate::{GENERAL_USAGE, Outcome, Place, framed};

#[test]
fn commands_that_are_not_built_are_refused_by_name() {
    let place = Place::new("commands");
    for (arguments, command) in [
        ("bench c.capnp --quick", "bench"),
        (
            "make-pyodide-baseline-snapshot 0.28 out",
            "make-pyodide-baseline-snapshot",
        ),
        ("deploy --experimental --bucket s3://bucket", "deploy"),
    ] {
        let message = format!("The {command} command is not supported yet.");
        let expected = Outcome::failure(framed(&message, Some(GENERAL_USAGE)));
        assert_eq!(place.run(arguments), expected, "{arguments}");
    }
}

#[test]
fn options_that_are_not_built_are_refused_by_name() {
    let place = Place::new("options");
    for (arguments, option) in [
        ("test c.capnp -w", "--watch"),
        ("test c.capnp -i 127.0.0.1:0", "--inspector-addr"),
        ("serve c.capnp --cluster-addr 127.0.0.1:0", "--cluster-addr"),
        ("serve c.capnp --async-trace out", "--async-trace"),
        (
            "serve c.capnp --python-save-snapshot",
            "--python-save-snapshot",
        ),
    ] {
        let message = format!("{option} is not supported yet.");
        let expected = Outcome::failure(framed(&message, Some(GENERAL_USAGE)));
        assert_eq!(place.run(arguments), expected, "{arguments}");
    }
}

#[test]
fn values_of_our_own_options_are_checked() {
    let place = Place::new("own");
    for (arguments, message) in [
        (
            "serve c.capnp --threads 0",
            "invalid value '0' for '--threads <n>': number would be zero for non-zero type",
        ),
        (
            "serve c.capnp --start late",
            "invalid value 'late' for '--start <when>'\n  [possible values: eager, lazy]",
        ),
        (
            "serve c.capnp --heap-limit-mib x",
            "invalid value 'x' for '--heap-limit-mib <mib>': invalid digit found in string",
        ),
        (
            "serve c.capnp --cpu-limit-ms x",
            "invalid value 'x' for '--cpu-limit-ms <ms>': invalid digit found in string",
        ),
        (
            "serve c.capnp --drain-timeout x",
            "invalid value 'x' for '--drain-timeout <seconds>': invalid digit found in string",
        ),
    ] {
        let expected = Outcome::failure(framed(message, None));
        assert_eq!(place.run(arguments), expected, "{arguments}");
    }
}
