//! WebSockets (`WebSocket`): each direction is calls on an object of whoever receives, one for each message. An object that
//! is dropped before the Close says that there will be none.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::{Rc, Weak};

use bytes::Bytes;
use capnp::Error;
use futures::StreamExt;
use futures::channel::oneshot;
use futures::future::{Either, select, try_join};
use futures::stream::FuturesOrdered;
use net::websocket::{self, Close, Message, WebSocket};
use tokio_util::sync::CancellationToken;

use crate::layout::{Answer, Cap, Incoming, Outgoing, Result, Sent, Serve, export};
use crate::schema::{CLOSE, SEND_DATA, SEND_TEXT};

/// The longest message that goes over: the real workerd takes 64 MiB with all that is around it.
const MAX_MESSAGE: usize = 60 << 20;

/// The most that is on its way without having been taken, a single message aside.
const WINDOW: usize = 256 << 10;

/// What a message takes besides its bytes.
const OVERHEAD: usize = 64;

struct Link {
    socket: WebSocket,
    /// Nothing is passed on any more.
    over: CancellationToken,
}

/// The end of a WebSocket that is here, to be joined with the other side.
pub struct Crossing {
    link: Rc<Link>,
    received: oneshot::Receiver<std::result::Result<(), websocket::Error>>,
}

/// Takes the messages of the other side.
struct Inbox {
    link: Weak<Link>,
    ended: RefCell<Option<oneshot::Sender<std::result::Result<(), websocket::Error>>>>,
}

impl Crossing {
    /// The second is the way for the other side to send.
    pub fn new(socket: WebSocket) -> (Self, Cap) {
        let (ended, received) = oneshot::channel();
        let link = Rc::new(Link {
            socket,
            over: CancellationToken::new(),
        });
        let inbox = Inbox {
            link: Rc::downgrade(&link),
            ended: RefCell::new(Some(ended)),
        };
        (Self { link, received }, export(Rc::new(inbox)))
    }

    /// Passes messages on until both directions have ended, or one has failed.
    pub async fn run(mut self, to: Cap) {
        let received = async {
            let gone = |_| Err(websocket::Error::Disconnected);
            (&mut self.received).await.unwrap_or_else(gone)
        };
        // An end without a Close in one direction ends the other one, too.
        if let Err(error) = try_join(send(&self.link.socket, to), received).await {
            self.link.socket.fail(error);
        }
    }
}

impl Drop for Crossing {
    fn drop(&mut self) {
        self.link.over.cancel();
    }
}

async fn send(socket: &WebSocket, to: Cap) -> std::result::Result<(), websocket::Error> {
    let gone = |_| websocket::Error::Disconnected;
    let mut sent = FuturesOrdered::new();
    let mut in_flight = 0;
    loop {
        let next = if sent.is_empty() {
            Either::Left(socket.receive(MAX_MESSAGE).await)
        } else if in_flight < WINDOW {
            match select(pin!(socket.receive(MAX_MESSAGE)), sent.next()).await {
                Either::Left((message, _)) => Either::Left(message),
                Either::Right((arrived, _)) => Either::Right(arrived),
            }
        } else {
            Either::Right(sent.next().await)
        };
        match next {
            Either::Left(message) => {
                let message = message?;
                let size = OVERHEAD + size(&message);
                let is_last = matches!(message, Message::Close(_));
                let call = called(&to, message);
                sent.push_back(async move { call.promise.await.map(|_| size) });
                in_flight += size;
                if is_last {
                    break;
                }
            }
            Either::Right(Some(arrived)) => in_flight -= arrived.map_err(gone)?,
            Either::Right(None) => {}
        }
    }
    while let Some(arrived) = sent.next().await {
        arrived.map_err(gone)?;
    }
    Ok(())
}

fn size(message: &Message) -> usize {
    match message {
        Message::Text(bytes) | Message::Binary(bytes) => bytes.len(),
        Message::Close(close) => close.reason.len(),
    }
}

fn called(to: &Cap, message: Message) -> Sent {
    let mut call;
    match message {
        Message::Text(text) => {
            call = Outgoing::new(&**to, SEND_TEXT);
            call.params::<0, 1>().text_bytes(0, &text); // text
        }
        Message::Binary(data) => {
            call = Outgoing::new(&**to, SEND_DATA);
            call.params::<0, 1>().data(0, &data); // data
        }
        Message::Close(close) => {
            call = Outgoing::new(&**to, CLOSE);
            let mut params = call.params::<1, 1>();
            params.u16(0, close.code); // code
            params.text(0, &close.reason); // reason
        }
    }
    call.send()
}

#[cold]
fn canceled() -> Error {
    Error::disconnected("request canceled".into())
}

impl Inbox {
    async fn pass(&self, message: Message) -> Result<()> {
        let link = self.link.upgrade().ok_or_else(canceled)?;
        let sending = link.over.run_until_cancelled(link.socket.send(message));
        match sending.await {
            Some(sent) => sent.map_err(|_| canceled()),
            None => Err(canceled()),
        }
    }

    async fn close(&self, call: Incoming) -> Result<()> {
        let params = call.params()?;
        let close = Close {
            code: params.u16(0),                                                 // code
            reason: String::from_utf8_lossy(params.text_bytes(0)?).into_owned(), // reason
        };
        let ended = self.ended.take().ok_or_else(canceled)?;
        let passed = self.pass(Message::Close(close)).await;
        // Nobody waits any more: nobody has to know.
        let _ = ended.send(match passed {
            Ok(()) => Ok(()),
            Err(_) => Err(websocket::Error::Disconnected),
        });
        passed
    }
}

impl Serve for Inbox {
    fn call(self: Rc<Self>, call: Incoming) -> Answer {
        let message: fn(Bytes) -> Message = match call.method {
            SEND_TEXT => Message::Text,
            SEND_DATA => Message::Binary,
            CLOSE => return Answer::later(async move { self.close(call).await }),
            other => return Answer::unknown(other),
        };
        Answer::streaming(async move {
            let bytes = {
                let params = call.params()?;
                let bytes = match call.method {
                    SEND_TEXT => params.text_bytes(0)?,
                    _ => params.data(0)?,
                };
                Bytes::copy_from_slice(bytes)
            };
            drop(call);
            if self.ended.borrow().is_none() {
                return Err(canceled());
            }
            self.pass(message(bytes)).await
        })
    }
}
