//! A server and a raw client on one loop.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use net::http1::{Connections, HttpService, Options, Upgraded, serve_connection};
use net::{BoundSocket, DefaultPort, ListenAddress, Listener, Shutdown};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Server {
    pub address: SocketAddr,
    pub connections: Connections,
    pub shutdown: Shutdown,
}

/// Without a time-out: a paused clock runs whenever the sockets are slower than the test.
pub async fn serve<S: HttpService>(service: Rc<S>) -> Server {
    serve_with(
        service,
        Options {
            head_timeout: None,
            ..Options::default()
        },
    )
    .await
}

pub async fn serve_with<S: HttpService>(service: Rc<S>, options: Options) -> Server {
    let address = ListenAddress::parse("127.0.0.1:0", DefaultPort::HTTP).unwrap();
    let socket = BoundSocket::bind(&address).unwrap();
    let address = socket.local_address().unwrap().unwrap();
    let listener = Listener::new(socket).unwrap();
    let (connections, shutdown) = (Connections::new(), Shutdown::new());
    connections.drain_on(&shutdown);
    let set = connections.clone();
    tokio::task::spawn_local(async move {
        loop {
            let (stream, client) = listener.accept().await;
            let (service, set, options) = (Rc::clone(&service), set.clone(), options.clone());
            tokio::task::spawn_local(async move {
                let _ = serve_connection(stream, client, service, &options, &set).await;
            });
        }
    });
    Server {
        address,
        connections,
        shutdown,
    }
}

impl Server {
    /// A connection that the server has taken up.
    pub async fn connect(&self) -> Client {
        let before = self.connections.count();
        let stream = TcpStream::connect(self.address).await.unwrap();
        while self.connections.count() == before {
            tokio::task::yield_now().await;
        }
        Client { stream }
    }

    /// Sends `request` and returns what comes until the server closes.
    pub async fn exchange(&self, request: &str) -> String {
        let mut client = Client {
            stream: TcpStream::connect(self.address).await.unwrap(),
        };
        client.send(request).await;
        client.rest().await
    }
}

pub struct Client {
    stream: TcpStream,
}

impl Client {
    pub async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Stops sending, not receiving.
    pub async fn end(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    pub async fn expect(&mut self, text: &str) {
        let mut got = vec![0; text.len()];
        self.stream.read_exact(&mut got).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&got), text);
    }

    pub async fn rest(&mut self) -> String {
        let mut got = Vec::new();
        self.stream.read_to_end(&mut got).await.unwrap();
        String::from_utf8(got).unwrap()
    }

    pub async fn discard(&mut self, mut bytes: usize) {
        let mut buffer = vec![0; 64 << 10];
        while bytes > 0 {
            bytes = bytes.saturating_sub(self.stream.read(&mut buffer).await.unwrap());
        }
    }

    pub fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// Sends a request with a body of `length` bytes, counting them.
    pub async fn upload(mut self, length: u64, sent: Rc<Cell<usize>>) {
        self.send(&format!(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
        ))
        .await;
        let chunk = vec![b'x'; 64 << 10];
        while (sent.get() as u64) < length {
            sent.set(sent.get() + self.stream.write(&chunk).await.unwrap());
        }
    }
}

pub fn answer(text: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    )
}

/// Waits until `counter` has moved and then stands still. The clock must be paused: it moves when the loop is idle.
pub async fn settled(counter: &Cell<usize>) -> usize {
    const STILL: u32 = 200;
    let (mut last, mut still) = (0, 0);
    while still < STILL || last == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
        still = if counter.get() == last { still + 1 } else { 0 };
        last = counter.get();
    }
    last
}

pub async fn echo_one_line(mut upgraded: Upgraded) {
    let mut line = upgraded.read_ahead.to_vec();
    while !line.ends_with(b"\n") {
        let mut byte = [0];
        upgraded.io.read_exact(&mut byte).await.unwrap();
        line.push(byte[0]);
    }
    upgraded.io.write_all(&line).await.unwrap();
    upgraded.io.shutdown().await.unwrap();
}
