//! One connection, and the exchange of one request on it.

use std::cell::RefCell;
use std::future::{Future, poll_fn, ready};
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use futures::FutureExt;
use futures::future::Either;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::connector::Connected;
use super::driver::Driver;
use super::error::exchange_error;
use super::io::{ClientIo, Exchange};
use super::pool::Pool;
use super::{ClientError, Origin, replay};
use crate::body::Body;
use crate::http1::{Upgraded, detach};

/// The requesting side of a connection. At most one exists for each.
pub struct Connection {
    sender: Sender,
    shared: Rc<Shared>,
}

/// hyper's side of the same. Without it the connection ends.
struct Sender {
    requests: http1::SendRequest<Body>,
    driver: Driver,
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.driver.wake_keeper();
    }
}

/// What the requesting side and the connection tell each other.
struct Shared {
    pool: Weak<Pool>,
    key: Box<str>,
    secure: bool,
    driver: Driver,
    /// The requesting side, on its way to the pool: the exchange is not over.
    returning: RefCell<Option<Sender>>,
    end: RefCell<End>,
    exchange: Rc<Exchange>,
}

enum End {
    Open(Option<Waker>),
    Ended(Option<Upgraded>),
}

/// A failed exchange.
pub struct Failure {
    pub error: ClientError,
    /// The request, if nothing of it was sent.
    pub unsent: Option<Box<Request<Body>>>,
    /// The connection was lost before the server had answered anything.
    pub unheard: bool,
}

/// Starts to speak HTTP on a connection.
///
/// # Errors
/// Never in practice: nothing is exchanged yet.
pub async fn open(
    io: Connected,
    pool: &Rc<Pool>,
    origin: Origin<'_>,
) -> Result<Connection, ClientError> {
    let exchange = Rc::<Exchange>::default();
    let io = ClientIo {
        stream: io,
        exchange: exchange.clone(),
    };
    let (requests, connection) = http1::Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(io))
        .await
        .map_err(|error| exchange_error(&error))?;
    let driver = Driver::new(connection);
    let sender = Sender {
        requests,
        driver: driver.clone(),
    };
    let shared = Rc::new(Shared {
        pool: Rc::downgrade(pool),
        key: origin.key.into(),
        secure: origin.secure,
        driver,
        returning: RefCell::new(None),
        end: RefCell::new(End::Open(None)),
        exchange,
    });
    let kept = shared.clone();
    tokio::task::spawn_local(async move {
        poll_fn(|cx| kept.driver.poll_as_keeper(cx, || kept.poll())).await;
    });
    Ok(Connection { sender, shared })
}

impl Sender {
    fn is_ready(&self) -> bool {
        self.requests.is_ready()
    }
}

impl Shared {
    /// Moves bytes until the connection ends. Between exchanges it holds no more than the connection itself.
    fn poll(self: &Rc<Self>) -> Poll<()> {
        let ended = match self.driver.poll() {
            Poll::Ready(ended) => ended,
            Poll::Pending => {
                self.return_to_pool();
                return Poll::Pending;
            }
        };
        if let Some(ended) = ended {
            let upgraded = ended.map(|parts| Upgraded {
                io: parts.io.into_inner().stream,
                read_ahead: parts.read_buf,
                kept: None,
            });
            self.finish(upgraded);
        }
        Poll::Ready(())
    }

    /// Puts the requesting side into the pool once the exchange is over.
    fn return_to_pool(self: &Rc<Self>) {
        let ready = self
            .returning
            .borrow()
            .as_ref()
            .is_some_and(Sender::is_ready);
        if !ready {
            return;
        }
        let sender = self.returning.take();
        if let (Some(sender), Some(pool)) = (sender, self.pool.upgrade()) {
            let shared = self.clone();
            pool.put(Connection { sender, shared });
        }
    }

    fn finish(&self, upgraded: Option<Upgraded>) {
        // Closed here, unless its reader wants the connection: because a response has switched protocols, or is still
        // to be read.
        let upgraded =
            upgraded.filter(|rest| self.exchange.is_upgrading.get() || !rest.read_ahead.is_empty());
        let before = self.end.replace(End::Ended(upgraded));
        if let End::Open(Some(waker)) = before {
            waker.wake();
        }
        if let Some(pool) = self.pool.upgrade() {
            pool.freed.notify_waiters();
        }
    }

    async fn upgraded(&self) -> Option<Upgraded> {
        poll_fn(|cx| match &mut *self.end.borrow_mut() {
            End::Open(waker) => {
                *waker = Some(cx.waker().clone());
                Poll::Pending
            }
            End::Ended(upgraded) => Poll::Ready(upgraded.take()),
        })
        .await
    }
}

/// Tells whether a connection has come to its end.
pub struct Life(Rc<Shared>);

impl Life {
    pub fn is_over(&self) -> bool {
        matches!(*self.0.end.borrow(), End::Ended(_))
    }
}

impl Connection {
    pub fn life(&self) -> Life {
        Life(self.shared.clone())
    }

    pub fn key(&self) -> &str {
        &self.shared.key
    }

    pub fn is_secure(&self) -> bool {
        self.shared.secure
    }

    /// Whether a request can be sent at once, as far as is known.
    pub fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    /// Whether a connection that waits can still be used.
    pub fn is_open(&self) -> bool {
        self.shared.poll().is_pending() && self.sender.is_ready()
    }

    /// Sends a request and waits for the head of the final response.
    // No `async fn`: it would keep the request, which hyper has, and move it with the future.
    pub fn exchange(
        mut self,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Body>, Failure>> {
        let is_connect = request.method() == Method::CONNECT;
        let asks_upgrade = is_connect || super::asks_for_upgrade(&request);
        self.shared.exchange.is_upgrading.set(asks_upgrade);
        self.shared.exchange.is_heard.set(false);
        let method = request.method().clone();
        let sent = self.sender.requests.try_send_request(request);
        let shared = self.shared.clone();
        let attended = self.shared.driver.attend(sent, move || {
            // The answer, which is there then, tells how it ended.
            let _ = shared.poll();
        });
        attended.then(move |sent| match sent {
            Ok(mut response) => {
                detach(response.headers_mut());
                if has_switched(&response, is_connect) {
                    self.shared.driver.wake_keeper();
                    return Either::Right(self.switch(response).boxed_local());
                }
                Either::Left(ready(Ok(self.received(response))))
            }
            Err(failure) if failure.error().is_parse_too_large() && !asks_upgrade => {
                self.shared.driver.wake_keeper();
                let error = failure.into_error();
                Either::Right(self.read_large_head(method, error).boxed_local())
            }
            Err(mut failure) => {
                let unsent = failure.take_message().map(Box::new);
                let error = exchange_error(failure.error());
                let is_lost = matches!(error, ClientError::Exchange(_));
                Either::Left(ready(Err(Failure {
                    error,
                    unsent,
                    unheard: is_lost && !self.shared.exchange.is_heard.get(),
                })))
            }
        })
    }

    /// A response like most; the connection can be used again at its end.
    fn received(self, response: Response<Incoming>) -> Response<Body> {
        let Self { sender, shared } = self;
        shared.exchange.is_upgrading.set(false);
        if sender.is_ready() {
            if let Some(pool) = shared.pool.upgrade() {
                if pool.is_lasting() {
                    shared.driver.wake_keeper();
                }
                pool.put(Self { sender, shared });
            }
        } else if !sender.requests.is_closed() {
            shared.driver.wake_keeper();
            shared.returning.replace(Some(sender));
        }
        response.map(Body::from)
    }

    /// A response after which the connection speaks another protocol.
    async fn switch(self, response: Response<Incoming>) -> Result<Response<Body>, Failure> {
        let response = response.map(|_| Body::empty());
        Ok(match self.shared.upgraded().await {
            Some(upgraded) => response.map(|_| Body::connection(upgraded)),
            None => response,
        })
    }

    /// A response that hyper has refused for its head.
    #[cold]
    async fn read_large_head(
        self,
        method: Method,
        refusal: hyper::Error,
    ) -> Result<Response<Body>, Failure> {
        let failed = |error: &hyper::Error| Failure {
            error: exchange_error(error),
            unsent: None,
            unheard: false,
        };
        let Some(connection) = self.shared.upgraded().await else {
            return Err(failed(&refusal));
        };
        match replay::read(connection, method).await {
            Ok(response) => Ok(response.map(Body::from)),
            Err(error) => Err(failed(&error)),
        }
    }
}

fn has_switched(response: &Response<Incoming>, is_connect: bool) -> bool {
    response.status() == StatusCode::SWITCHING_PROTOCOLS
        || (is_connect && response.status().is_success())
}
