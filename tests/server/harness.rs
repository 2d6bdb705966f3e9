//! A running `workerd serve`, and what it prints.
//!
//! The binary is the one that Cargo built, or the one named by `WORKERD`: the expectations of these tests hold for the
//! real workerd too, but for those that say `ours_only`.

use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

pub use crate::client::{Client, Response};

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The date of Workers whose test does not care.
pub const DATE: &str = "2026-11-01";

pub fn binary() -> PathBuf {
    std::env::var_os("WORKERD").map_or_else(|| env!("CARGO_BIN_EXE_workerd").into(), PathBuf::from)
}

/// Whether to skip a test of what the real workerd does not have.
pub fn ours_only() -> bool {
    let foreign = std::env::var_os("WORKERD").is_some();
    if foreign {
        eprintln!("skipped: not a feature of the binary in WORKERD");
    }
    foreign
}

/// The binary of the real workerd, for tests that take turns with it: `WORKERD_REAL` names it.
pub fn real() -> Option<PathBuf> {
    let real = std::env::var_os("WORKERD_REAL").map(PathBuf::from);
    if real.is_none() {
        eprintln!("skipped: WORKERD_REAL names no binary");
    }
    real
}

/// A config in the making, in a directory of its own.
pub struct Setup {
    directory: PathBuf,
    services: Vec<String>,
    sockets: Vec<String>,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    input: Stdio,
    /// In place of the config of these services and sockets.
    config: Option<PathBuf>,
    program: PathBuf,
    form: Form,
}

/// In which form the server gets its config.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    /// An executable that has it, called `compiled`, with no other file around.
    Executable,
    /// An encoded message, with no other file around.
    Message,
}

impl Setup {
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("server-{}-{number}", std::process::id());
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&directory).unwrap();
        Self {
            directory,
            services: Vec::new(),
            sockets: Vec::new(),
            arguments: Vec::new(),
            variables: Vec::new(),
            input: Stdio::null(),
            config: None,
            form: Form::Text,
            program: binary(),
        }
    }

    /// A Worker `main` behind the socket `http`.
    pub fn hello(code: &str) -> Self {
        Self::new().worker("main", code).socket("http", "main")
    }

    /// A config under `samples`, with its socket on a free port.
    pub fn sample(name: &str, socket: &str) -> Self {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
        let mut setup = Self::new().argument(&format!("--socket-addr={socket}=127.0.0.1:0"));
        setup.config = Some(samples.join(name).join("config.capnp"));
        setup.sockets.push(socket.to_owned());
        setup
    }

    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.directory.join(name), content).unwrap();
        self
    }

    pub fn directory(self, name: &str) -> Self {
        std::fs::create_dir_all(self.path(name)).unwrap();
        self
    }

    /// A Worker of one module, `NAME.js`.
    pub fn worker(self, name: &str, code: &str) -> Self {
        self.worker_with(name, code, "")
    }

    /// With more fields of the config's `worker`.
    pub fn worker_with(self, name: &str, code: &str, fields: &str) -> Self {
        let module = format!("(name = \"{name}.js\", esModule = embed \"{name}.js\")");
        self.file(&format!("{name}.js"), code).service(&format!(
            "(name = \"{name}\", worker = (modules = [{module}], compatibilityDate = \"{DATE}\", {fields}))"
        ))
    }

    /// Where a file of the server is, or will be.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub fn service(mut self, text: &str) -> Self {
        self.services.push(text.to_owned());
        self
    }

    pub fn socket(self, name: &str, service: &str) -> Self {
        let service = format!("\"{service}\"");
        self.socket_at(name, "127.0.0.1:0", &service)
    }

    /// With fields of the socket's `http`.
    pub fn socket_with(mut self, name: &str, service: &str, http: &str) -> Self {
        self.sockets.push(format!(
            "(name = \"{name}\", address = \"127.0.0.1:0\", http = ({http}), service = \"{service}\")"
        ));
        self
    }

    /// A socket without an address in the config.
    pub fn socket_elsewhere(mut self, name: &str, service: &str) -> Self {
        self.sockets.push(format!(
            "(name = \"{name}\", http = (), service = \"{service}\")"
        ));
        self
    }

    /// `service` is the text of a designator.
    pub fn socket_at(mut self, name: &str, address: &str, service: &str) -> Self {
        self.sockets.push(format!(
            "(name = \"{name}\", address = \"{address}\", http = (), service = {service})"
        ));
        self
    }

    /// A socket that speaks HTTP over TLS, with fields of its `tlsOptions`.
    pub fn secure_socket(mut self, name: &str, service: &str, tls: &str) -> Self {
        self.sockets.push(format!(
            "(name = \"{name}\", address = \"127.0.0.1:0\", https = (tlsOptions = ({tls})), service = \"{service}\")"
        ));
        self
    }

    /// A socket with the text of its protocol; `service` is the text of a designator.
    pub fn socket_of(mut self, name: &str, protocol: &str, service: &str) -> Self {
        self.sockets.push(format!(
            "(name = \"{name}\", address = \"127.0.0.1:0\", {protocol}, service = {service})"
        ));
        self
    }

    pub fn argument(mut self, text: &str) -> Self {
        self.arguments.push(text.to_owned());
        self
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What the server finds as its descriptor 0.
    pub fn input(mut self, input: impl Into<Stdio>) -> Self {
        self.input = input.into();
        self
    }

    /// Another binary.
    pub fn program(mut self, program: &Path) -> Self {
        self.program = program.to_owned();
        self
    }

    pub fn form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// The file of the config in another form. All other files are gone.
    fn compile(&self) -> PathBuf {
        let path = self.directory.join("compiled");
        let only = (self.form == Form::Message).then_some("--config-only");
        let status = Command::new(&self.program)
            .args(["compile", "config.capnp"])
            .args(only)
            .current_dir(&self.directory)
            .stdout(std::fs::File::create(&path).unwrap())
            .status();
        assert!(status.unwrap().success());
        for entry in std::fs::read_dir(&self.directory).unwrap() {
            let other = entry.unwrap().path();
            if other != path {
                std::fs::remove_file(other).unwrap();
            }
        }
        path
    }

    /// Starts the server, which may yet fail.
    pub fn spawn(self) -> Server {
        let config = format!(
            "using Workerd = import \"/workerd/workerd.capnp\";\nconst config :Workerd.Config = (\n  services = [\n    {}\n  ],\n  sockets = [\n    {}\n  ],\n);\n",
            self.services.join(",\n    "),
            self.sockets.join(",\n    "),
        );
        std::fs::write(self.directory.join("config.capnp"), config).unwrap();
        let mut command = match self.form {
            Form::Executable => Command::new(self.compile()),
            Form::Text | Form::Message => Command::new(&self.program),
        };
        let config = self.config.as_deref().unwrap_or(Path::new("config.capnp"));
        match self.form {
            Form::Text => command.arg("serve").arg(config),
            Form::Message => command.args(["serve", "--binary"]).arg(self.compile()),
            Form::Executable => &mut command,
        };
        command
            .arg("--control-fd=1")
            .args(&self.arguments)
            .envs(self.variables)
            .current_dir(&self.directory)
            .stdin(self.input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = loop {
            match command.spawn() {
                // A process that another test is just starting still has the new executable open.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {}
                spawned => break spawned.unwrap(),
            }
        };
        let stdout = Lines::collect(child.stdout.take().unwrap());
        let stderr = Lines::collect(child.stderr.take().unwrap());
        Server {
            child,
            stdout,
            stderr,
            directory: self.directory,
            sockets: self.sockets.len(),
        }
    }

    /// Starts the server and waits until each of its sockets is announced.
    pub fn start(self) -> Server {
        let server = self.spawn();
        let wanted = server.sockets;
        let up = server
            .stdout
            .until(|text| (text.matches("\"event\":\"listen\"").count() >= wanted).then_some(()));
        assert!(
            up.is_some(),
            "the server did not start:\n{}",
            server.stderr.text()
        );
        server
    }

    /// Runs a server that is expected to end by itself, and returns its status, stdout and stderr.
    pub fn fail(self) -> (Option<i32>, String, String) {
        let mut server = self.spawn();
        let status = server.wait();
        (status.code(), server.stdout.all(), server.stderr.all())
    }
}

/// The process. It is killed when a test is done with it.
pub struct Server {
    child: Child,
    pub stdout: Lines,
    pub stderr: Lines,
    directory: PathBuf,
    sockets: usize,
}

impl Server {
    /// The port of a socket.
    pub fn port(&self, socket: &str) -> u16 {
        let key = format!("\"socket\":\"{socket}\",\"port\":");
        let port = self.stdout.until(|text| {
            let rest = text.split_once(&key)?.1;
            rest.split_once('}')?.0.parse().ok()
        });
        port.expect("the socket is announced")
    }

    /// A connection to the socket `http`.
    pub fn connect(&self) -> Client {
        self.connect_to("http")
    }

    pub fn connect_to(&self, socket: &str) -> Client {
        Client::to_port(self.port(socket))
    }

    /// A connection to the socket at `path` below the server's directory.
    pub fn connect_unix(&self, path: &str) -> Client {
        Client::to_path(&self.directory.join(path))
    }

    /// A file below the server's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The answer to a request on a new connection.
    pub fn get(&self, path: &str) -> Response {
        self.connect().get(path)
    }

    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status();
        assert!(status.unwrap().success());
    }

    /// Sends the signal and waits for the process to end.
    pub fn end(&mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        self.wait()
    }

    pub fn running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the process to end.
    pub fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "the server does not end");
            std::thread::yield_now();
        }
    }

    /// Memory of the process, in KiB.
    pub fn resident(&self) -> usize {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        line.unwrap()
            .split_whitespace()
            .nth(1)
            .unwrap()
            .parse()
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Failing means that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!(
                "--- stdout\n{}--- stderr\n{}",
                self.stdout.text(),
                self.stderr.text()
            );
        } else {
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}

/// What a process has printed so far.
#[derive(Clone)]
pub struct Lines(Arc<(Mutex<Printed>, Condvar)>);

#[derive(Default)]
struct Printed {
    text: String,
    ended: bool,
}

impl Lines {
    fn collect(stream: impl Read + Send + 'static) -> Self {
        let lines = Self(Arc::default());
        let shared = lines.clone();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while matches!(reader.read_until(b'\n', &mut line), Ok(count) if count > 0) {
                let (printed, changed) = &*shared.0;
                printed
                    .lock()
                    .unwrap()
                    .text
                    .push_str(&String::from_utf8_lossy(&line));
                changed.notify_all();
                line.clear();
            }
            let (printed, changed) = &*shared.0;
            printed.lock().unwrap().ended = true;
            changed.notify_all();
        });
        lines
    }

    pub fn text(&self) -> String {
        self.0.0.lock().unwrap().text.clone()
    }

    /// Waits until `find` finds something; `None` when the stream ends or patience does.
    pub fn until<T>(&self, find: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (printed, changed) = &*self.0;
        let start = Instant::now();
        let mut guard = printed.lock().unwrap();
        loop {
            if let Some(found) = find(&guard.text) {
                return Some(found);
            }
            let left = PATIENCE.checked_sub(start.elapsed())?;
            if guard.ended {
                return None;
            }
            guard = changed.wait_timeout(guard, left).unwrap().0;
        }
    }

    /// Waits for a line that contains `wanted` and returns it.
    #[track_caller]
    pub fn line(&self, wanted: &str) -> String {
        let line = self.until(|text| {
            let line = text.lines().find(|line| line.contains(wanted))?;
            Some(line.to_owned())
        });
        line.unwrap_or_else(|| panic!("no line with {wanted:?} in:\n{}", self.text()))
    }

    /// All of it, once the stream has ended.
    pub fn all(&self) -> String {
        let (printed, changed) = &*self.0;
        let guard = printed.lock().unwrap();
        let (guard, _) = changed
            .wait_timeout_while(guard, PATIENCE, |printed| !printed.ended)
            .unwrap();
        guard.text.clone()
    }
}
