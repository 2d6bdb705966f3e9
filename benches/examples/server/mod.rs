//! A server in a process of its own, for what measures it from outside.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The arguments of the program: the binary, and numbers that have defaults.
pub fn arguments<const COUNT: usize>(defaults: [usize; COUNT]) -> Result<(String, [usize; COUNT])> {
    let mut given = std::env::args().skip(1);
    let binary = given.next().ok_or("which binary?")?;
    let mut numbers = defaults;
    for (number, text) in numbers.iter_mut().zip(given) {
        *number = text.parse()?;
    }
    Ok((binary, numbers))
}

/// The server, which ends with this.
pub struct Server {
    child: Child,
    directory: PathBuf,
    pub port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Server {
    /// Runs the Worker `code` in a directory of its own.
    pub fn start(binary: &str, code: &str, config: &str, loops: usize) -> Result<Self> {
        let directory = std::env::temp_dir().join(format!("server-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        std::fs::write(directory.join("main.js"), code)?;
        std::fs::write(directory.join("config.capnp"), config)?;
        let mut child = Command::new(std::fs::canonicalize(binary)?)
            .args(["serve", "--experimental", "--control-fd=1", "config.capnp"])
            .arg(format!("--threads={loops}"))
            .current_dir(&directory)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let port = line.rsplit_once(':').map(|(_, port)| port.trim_end());
        let port = port.and_then(|port| port.trim_end_matches('}').parse().ok());
        let port = port.ok_or("the server tells no port")?;
        Ok(Self {
            child,
            directory,
            port,
        })
    }

    /// In MiB.
    pub fn resident(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: f64 = line
            .and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
            .ok_or("no size")?;
        Ok(kib / 1024.0)
    }
}

/// The body of the answer.
pub fn get(port: u16, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body);
    Ok(body.ok_or("no answer")?.to_owned())
}
