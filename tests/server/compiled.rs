//! What `workerd compile` writes.

use crate::harness::{Form, Setup, binary};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

const HELLO: &str = "export default { fetch() { return new Response('compiled'); } };";

#[test]
fn an_executable_serves_its_config_without_any_other_file() {
    let mut server = Setup::hello(HELLO)
        .form(Form::Executable)
        .argument("--socket-addr=http=127.0.0.1:0")
        .start();
    assert_eq!(server.get("/").text(), "compiled");
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn an_executable_takes_no_config() {
    for argument in ["config.capnp", "-I.", "--binary"] {
        let (status, stdout, stderr) = Setup::hello(HELLO)
            .form(Form::Executable)
            .argument(argument)
            .fail();
        assert_eq!((status, stdout.as_str()), (Some(1), ""), "{argument}");
        let shown = argument.get(..2).filter(|short| *short == "-I");
        let shown = shown.unwrap_or(argument);
        let expected = format!("error: unexpected argument '{shown}' found\n\nUsage: compiled ");
        assert!(stderr.starts_with(&expected), "{stderr}");
    }
}

#[test]
fn mistakes_that_clap_does_not_see_are_framed_with_the_name_of_the_program() {
    let (status, _, stderr) = Setup::hello(HELLO)
        .form(Form::Executable)
        .argument("--socket-fd=http=77")
        .fail();
    assert_eq!(status, Some(1));
    assert_eq!(
        stderr,
        "error: --socket-fd=http=77: File descriptor is not open.\n\nUsage: workerd [OPTIONS]\n\nFor more information, try '--help'.\n"
    );
}

#[test]
fn an_encoded_config_is_served_with_binary() {
    let server = Setup::hello(HELLO).form(Form::Message).start();
    assert_eq!(server.get("/").text(), "compiled");
}

#[test]
fn an_encoded_config_is_a_whole_message_and_encodes_to_itself() {
    let server = Setup::hello(HELLO).start();
    let compile = |arguments: &[&str]| {
        let output = Command::new(binary())
            .args(["compile", "--config-only"])
            .args(arguments)
            .current_dir(server.path(""))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success());
        output.stdout
    };
    let message = compile(&["config.capnp", "config"]);
    let words = u32::from_le_bytes(message[4..8].try_into().unwrap());
    assert_eq!(&message[..4], &[0; 4], "one segment");
    assert_eq!(message.len(), 8 + 8 * words as usize);
    let mut followed = message.clone();
    followed.extend_from_slice(b"what is no part of it");
    std::fs::write(server.path("message"), &followed).unwrap();
    assert_eq!(compile(&["--binary", "message"]), message);
}

#[test]
fn only_a_file_of_its_own_becomes_executable() {
    let server = Setup::hello(HELLO).start();
    let mode = |name: &str, before: &[u8], options: &[&str]| {
        let path = server.path(name);
        std::fs::write(&path, before).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let file = std::fs::File::options().append(true).open(&path).unwrap();
        let mut compile = Command::new(binary());
        compile.args(["compile", "config.capnp"]).args(options);
        compile.current_dir(server.path("")).stdout(file);
        assert!(compile.status().unwrap().success());
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("new", b"", &[]), 0o750);
    assert_eq!(mode("longer", b"something", &[]), 0o640);
    assert_eq!(mode("message", b"", &["--config-only"]), 0o640);
}
