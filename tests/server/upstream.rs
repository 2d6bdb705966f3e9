//! A raw server for Workers to talk to, scripted by the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::harness::PATIENCE;

/// Listens on a port of the loopback; each connection runs the script on a thread of its own.
pub struct Upstream {
    port: u16,
    connections: Arc<Mutex<usize>>,
}

impl Upstream {
    pub fn start(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(Mutex::new(0));
        let (script, count) = (Arc::new(script), connections.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                *count.lock().unwrap() += 1;
                let script = script.clone();
                std::thread::spawn(move || script(&mut Peer::new(stream)));
            }
        });
        Self { port, connections }
    }

    /// Answers every request on a connection with the same bytes.
    pub fn fixed(answer: &'static str) -> Self {
        Self::start(move |peer| {
            while peer.request().is_some() {
                peer.send(answer);
            }
        })
    }

    /// Answers with the head of the request as the body.
    pub fn echo() -> Self {
        Self::start(|peer| {
            while let Some(head) = peer.request() {
                let length = head.len();
                peer.send(format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{head}"
                ));
            }
        })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

/// The upstream's end of a connection.
pub struct Peer {
    stream: BufReader<TcpStream>,
}

impl Peer {
    fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// The head of the next request, up to and without the empty line; `None` at the end.
    pub fn request(&mut self) -> Option<String> {
        let mut head = String::new();
        loop {
            let mut line = String::new();
            match self.stream.read_line(&mut line) {
                Ok(0) | Err(_) => return None,
                Ok(_) if line == "\r\n" => return Some(head),
                Ok(_) => head.push_str(&line),
            }
        }
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// What comes until the other side ends, or resets the connection.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = self.stream.read_to_end(&mut bytes);
        bytes
    }

    /// A failure means that the other side has hung up.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.get_mut().write_all(bytes.as_ref());
    }
}
