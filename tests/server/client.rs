//! Raw clients of a server, which see every byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::harness::PATIENCE;

trait Duplex: Read + Write {}

impl<T: Read + Write> Duplex for T {}

/// A raw connection.
pub struct Client {
    stream: BufReader<Box<dyn Duplex>>,
}

impl Client {
    fn new(stream: Box<dyn Duplex>) -> Self {
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// A connection to a port of this machine.
    pub fn to_port(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self::new(Box::new(stream))
    }

    /// A connection to a Unix socket.
    pub fn to_path(path: &Path) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self::new(Box::new(stream))
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// Like [`Client::send`], for a server that may have hung up already.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.get_mut().write_all(bytes.as_ref());
    }

    pub fn get(&mut self, path: &str) -> Response {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: example.com\r\n\r\n"));
        self.response()
    }

    /// Reads an answer with its body.
    #[track_caller]
    pub fn response(&mut self) -> Response {
        let mut response = self.head();
        if response.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk() {
                response.body.extend(chunk);
            }
        } else if let Some(length) = response.header("content-length") {
            let length: usize = length.parse().unwrap();
            response.body = self.bytes(length);
        } else if response.header("connection") == Some("close") {
            self.stream.read_to_end(&mut response.body).unwrap();
        }
        response
    }

    /// Reads the head of an answer.
    #[track_caller]
    pub fn head(&mut self) -> Response {
        let first = self.text_line();
        let status = first
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let mut headers = Vec::new();
        loop {
            let line = self.text_line();
            match line.split_once(':') {
                Some((name, value)) => {
                    headers.push((name.to_ascii_lowercase(), value.trim().to_owned()))
                }
                None => break,
            }
        }
        let status = status.unwrap_or_else(|| panic!("no status in {first:?}"));
        Response {
            first,
            status,
            headers,
            body: Vec::new(),
        }
    }

    /// Reads a chunk of a chunked body; `None` is its end.
    #[track_caller]
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = usize::from_str_radix(&self.text_line(), 16).unwrap();
        let bytes = self.bytes(size);
        assert_eq!(self.text_line(), "");
        (size > 0).then_some(bytes)
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Whether the server hangs up without another byte.
    pub fn closed(&mut self) -> bool {
        // A reset is an end too.
        matches!(self.stream.fill_buf(), Ok([]) | Err(_))
    }

    /// All bytes until the server hangs up.
    #[track_caller]
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).unwrap();
        rest
    }

    #[track_caller]
    fn text_line(&mut self) -> String {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).unwrap();
        let line = String::from_utf8(line).unwrap();
        line.trim_end().to_owned()
    }
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    /// The status line.
    pub first: String,
    pub status: u16,
    /// With names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
