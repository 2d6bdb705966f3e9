//! A hello-world server to measure the HTTP layer with: `hello ADDRESS [LOOPS]`.

use std::rc::Rc;

use http::{HeaderValue, Response, StatusCode, header};
use net::http1::{self, Connections, HttpService, NoResponse, Options, RequestHead};
use net::listener::{Inbox, spread};
use net::{Body, BoundSocket, DefaultPort, ListenAddress, PeerInfo, Shutdown};

struct Hello;

impl HttpService for Hello {
    async fn call(
        self: Rc<Self>,
        head: RequestHead,
        _body: Body,
        _client: Rc<PeerInfo>,
    ) -> Result<Response<Body>, NoResponse> {
        let body = Body::from("Hello World!\n");
        let headers = http1::framed_headers(&head.method, StatusCode::OK, &body, 1);
        let mut response = Response::new(body);
        *response.headers_mut() = headers;
        let text = HeaderValue::from_static("text/plain;charset=UTF-8");
        response.headers_mut().insert(header::CONTENT_TYPE, text);
        Ok(response)
    }
}

fn run_loop(mut inbox: Inbox, shutdown: Shutdown) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        let (service, connections) = (Rc::new(Hello), Connections::new());
        connections.drain_on(&shutdown);
        while let Some(accepted) = inbox.next().await {
            let (service, connections) = (Rc::clone(&service), connections.clone());
            tokio::task::spawn_local(async move {
                if let Ok((stream, client)) = accepted.into_stream() {
                    let _ = http1::serve_connection(
                        stream,
                        client,
                        service,
                        &Options::default(),
                        &connections,
                    )
                    .await;
                }
            });
        }
        connections.all_closed().await;
    });
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "*:8080".to_owned());
    let loops = arguments.next().map_or(Ok(1), |count| count.parse())?;
    let socket = BoundSocket::bind(&ListenAddress::parse(&address, DefaultPort::HTTP)?)?;
    let shutdown = Shutdown::new();
    let threads: Vec<_> = spread(vec![socket], loops, shutdown.clone())?
        .into_iter()
        .map(|inbox| {
            let shutdown = shutdown.clone();
            std::thread::spawn(move || run_loop(inbox, shutdown))
        })
        .collect();
    let signals = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    signals.block_on(tokio::signal::ctrl_c())?;
    shutdown.drain();
    for thread in threads {
        thread.join().map_err(|_| "a loop panicked")??;
    }
    Ok(())
}
