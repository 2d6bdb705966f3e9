//! Raw connections (`HttpService.connect`): a call that lasts as long as the connection does, with a stream for each
//! direction.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use bytes::BytesMut;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{Either, join, select, try_join};
use http::HeaderMap;
use io::channel::{ConnectRequest, ConnectResult, ConnectTls, Opened};
use io::{ChannelError, SubrequestChannel};
use net::Body;
use net::client::Connected;
use tokio::io::{AsyncReadExt, AsyncWrite};

use crate::error::{received, told};
use crate::headers::{read_headers, write_headers};
use crate::layout::{Answer, Cap, Incoming, Outgoing, Result, Serve, export, pipelined};
use crate::schema::{CONNECT, START_CONNECT, START_ERROR, body_size};
use crate::streams::{Writer, fed_body};
use crate::target::Session;

/// How much is read from a connection at once.
const READ: usize = 64 << 10;

/// How long the other side has to take the last bytes of a connection that nobody holds any more.
const LINGER: Duration = Duration::from_secs(5);

/// A connection whose directions and end are followed apart.
struct Carried(RefCell<Connected>);

impl Carried {
    fn poll<R>(&self, operation: impl FnOnce(Pin<&mut Connected>) -> R) -> R {
        operation(Pin::new(&mut self.0.borrow_mut()))
    }

    /// Sends what is read, to its end.
    async fn send(&self, to: Cap) -> std::result::Result<(), net::BodyError> {
        let mut writer = Writer::new(Rc::new(Session::default()), to);
        let mut buffer = BytesMut::new();
        loop {
            buffer.reserve(READ);
            let read = poll_fn(|cx| self.poll(|mut io| pin!(io.read_buf(&mut buffer)).poll(cx)));
            // A connection that breaks has ended.
            if matches!(read.await, Ok(0) | Err(_)) {
                return writer.end().await;
            }
            writer.write(&buffer).await?;
            buffer.clear();
        }
    }

    /// Writes what comes, to its end, however that is.
    async fn receive(&self, mut from: Body) {
        while let Some(Ok(bytes)) = from.next().await {
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let written = poll_fn(|cx| self.poll(|io| io.poll_write(cx, rest))).await;
                match written {
                    Ok(count @ 1..) => rest = &rest[count..],
                    Ok(0) | Err(_) => return,
                }
            }
            if poll_fn(|cx| self.poll(|io| io.poll_flush(cx)))
                .await
                .is_err()
            {
                return;
            }
        }
        // It fails only when nobody reads.
        let _ = poll_fn(|cx| self.poll(|io| io.poll_shutdown(cx))).await;
    }

    /// Waits until it is known that the other end has gone.
    async fn hung_up(&self) {
        poll_fn(|cx| self.0.borrow().poll_hangup(cx)).await;
    }
}

/// Opens a connection of a service of this side for the other one.
pub async fn serve(service: Rc<dyn SubrequestChannel>, mut call: Incoming) -> Result<()> {
    let params = call.params()?;
    let is_secure = params.has(4) && params.fields(4)?.flag(0); // settings.useTls
    let request = ConnectRequest {
        address: params.text(0)?.to_owned(), // host
        tls: if is_secure {
            ConnectTls::On
        } else {
            ConnectTls::Off
        },
    };
    let headers = read_headers(params.list(1)?)?; // headers
    let (down, context) = (params.cap(2)?, params.cap(3)?); // down, context
    let (body, up) = fed_body(&Rc::new(Session::default()), None);
    call.results::<0, 1>()?.cap(0, up); // up
    call.set_pipeline()?;
    let opened = service.connect(request).await;
    let Opened { io, tls: _ } = opened.map_err(|error| told(&error))?;
    let started = accept(&context, &headers).promise;
    let io = Carried(RefCell::new(io));
    let carried = async {
        let (sending, receiving) = (pin!(io.send(down)), pin!(io.receive(body)));
        let receiving = match select(sending, receiving).await {
            Either::Left((sent, receiving)) => {
                sent.map_err(|error| crate::error::of_stream(&error))?;
                receiving
            }
            Either::Right(((), sending)) => {
                let sent = sending.await;
                return sent.map_err(|error| crate::error::of_stream(&error));
            }
        };
        select(receiving, pin!(io.hung_up())).await;
        Ok(())
    };
    let started = async { started.await.map(drop) };
    try_join(started, carried).await.map(drop)
}

/// Tells that the connection is there. Its headers are those of the request, for nobody names others.
fn accept(context: &Cap, headers: &HeaderMap) -> crate::layout::Sent {
    let mut call = Outgoing::new(&**context, START_CONNECT);
    let mut params = call.params::<0, 1>();
    let mut response = params.fields::<2, 2>(0); // response
    response.u16(0, 200); // statusCode
    response.text(0, "OK"); // statusText
    response.u16(1, body_size::FIXED);
    write_headers(&mut response, 1, headers);
    call.send()
}

/// Waits for the answer to a CONNECT request of this side: its status, 0 for a refusal.
struct Asked(RefCell<Option<oneshot::Sender<u16>>>);

impl Serve for Asked {
    fn call(self: Rc<Self>, mut call: Incoming) -> Answer {
        let is_refused = match call.method {
            START_CONNECT => false,
            START_ERROR => true,
            other => return Answer::unknown(other),
        };
        let mut answer = || {
            let status = call.params()?.fields(0)?.u16(0); // response.statusCode
            if is_refused {
                // Nobody reads why.
                let (_, sink) = fed_body(&Rc::new(Session::default()), None);
                call.results::<0, 1>()?.cap(0, sink); // body
            }
            if let Some(asked) = self.0.take() {
                // Nobody waits any more: the call is cancelled.
                let _ = asked.send(if is_refused { 0 } else { status });
            }
            Ok(())
        };
        Answer::now(answer())
    }
}

/// Opens a connection of a service at the other side.
pub async fn connect(service: Cap, request: ConnectRequest) -> ConnectResult {
    let (sender, answered) = oneshot::channel();
    let (body, down) = fed_body(&Rc::new(Session::default()), None);
    let mut call = Outgoing::new(&*service, CONNECT);
    let mut params = call.params::<0, 5>();
    params.text(0, &request.address); // host
    params.cap(2, down); // down
    params.cap(3, export(Rc::new(Asked(RefCell::new(Some(sender)))))); // context
    let is_secure = request.tls == ConnectTls::On;
    params.fields::<1, 0>(4).flag(0, is_secure); // settings.useTls
    let sent = call.send();
    let up = pipelined(&sent, 0); // up
    let mut connected = sent.promise;
    match select(answered, &mut connected).await {
        Either::Left((Ok(status), _)) if (200..300).contains(&status) => {}
        Either::Right((Err(error), _)) => return Err(received(&error)),
        Either::Left(_) | Either::Right(_) => {
            let message = "the connection was refused".to_owned();
            return Err(ChannelError::Failed(message));
        }
    }
    let (near, far) = net::pipe();
    tokio::task::spawn_local(async move {
        let io = Carried(RefCell::new(Box::new(far)));
        let receiving = io.receive(body).shared();
        // A failure is seen by both sides, as the end of the connection.
        let sending = io.send(up).map(drop).shared();
        let ended = async {
            // What is on its way still comes.
            if connected.await.is_ok() {
                receiving.clone().await;
            }
        };
        let left = async {
            io.hung_up().await;
            // What was written before still goes.
            let _ = tokio::time::timeout(LINGER, sending.clone()).await;
        };
        let carried = join(receiving.clone(), sending.clone());
        let carried = carried.then(|_| std::future::pending::<()>());
        select(pin!(ended), select(pin!(left), pin!(carried))).await;
    });
    Ok(Opened {
        io: Box::new(near),
        tls: None,
    })
}
