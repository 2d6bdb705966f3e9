//! WebSockets and connections: two streams, one in each direction.

use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;

use bytes::BytesMut;
use futures::future::{Either, join, select, try_join};
use net::BodyError;
use net::client::Connected;
use net::websocket::{Error, Message, WebSocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};

use crate::Malformed;
use crate::frame::{Frame, SocketFrame, StreamId};
use crate::session::Session;
use crate::streams::{Carries, Inflow, Item, message_cost};
use crate::window::Window;

/// The longest message of a WebSocket that goes over.
const MAX_MESSAGE: usize = 128 << 20;
/// How much is read from a connection at once.
const READ: usize = 64 * 1024;

/// The way out of one end.
struct Outflow {
    session: Rc<Session>,
    stream: StreamId,
    window: Rc<Window>,
}

impl Outflow {
    fn finish(&self, end: Result<(), BodyError>) {
        self.session.streams.finish(&self.session, self.stream, end);
    }
}

impl Drop for Outflow {
    fn drop(&mut self) {
        self.finish(Err(BodyError::Incomplete));
    }
}

impl Session {
    fn own_streams(self: &Rc<Self>, carries: Carries) -> (SocketFrame, Outflow, Inflow) {
        let (forth, window) = self.streams.send_own();
        let (back, inflow) = self.streams.receive_own(self, carries);
        let outflow = Outflow {
            session: self.clone(),
            stream: forth,
            window,
        };
        (SocketFrame { forth, back }, outflow, inflow)
    }

    fn their_streams(
        self: &Rc<Self>,
        socket: SocketFrame,
        carries: Carries,
    ) -> Result<(Outflow, Inflow), Malformed> {
        let inflow = self.streams.receive_theirs(self, socket.forth, carries)?;
        let outflow = Outflow {
            session: self.clone(),
            stream: socket.back,
            window: self.streams.send_theirs(socket.back)?,
        };
        Ok((outflow, inflow))
    }

    pub(crate) fn export_web_socket(self: &Rc<Self>, web_socket: WebSocket) -> SocketFrame {
        let (socket, outflow, inflow) = self.own_streams(Carries::Messages);
        tokio::task::spawn_local(pump_web_socket(web_socket, outflow, inflow));
        socket
    }

    pub(crate) fn import_web_socket(
        self: &Rc<Self>,
        socket: SocketFrame,
    ) -> Result<WebSocket, Malformed> {
        let (outflow, inflow) = self.their_streams(socket, Carries::Messages)?;
        let (near, far) = WebSocket::pair();
        tokio::task::spawn_local(pump_web_socket(far, outflow, inflow));
        Ok(near)
    }

    pub(crate) fn export_connection(self: &Rc<Self>, io: Connected) -> SocketFrame {
        let (socket, outflow, inflow) = self.own_streams(Carries::Bytes);
        tokio::task::spawn_local(pump_connection(io, outflow, inflow));
        socket
    }

    pub(crate) fn import_connection(
        self: &Rc<Self>,
        socket: SocketFrame,
    ) -> Result<Connected, Malformed> {
        let (outflow, inflow) = self.their_streams(socket, Carries::Bytes)?;
        let (near, far) = net::pipe();
        tokio::task::spawn_local(pump_connection(Box::new(far), outflow, inflow));
        Ok(Box::new(near))
    }
}

/// Passes messages in both directions until both have ended, or one has failed.
async fn pump_web_socket(web_socket: WebSocket, outflow: Outflow, inflow: Inflow) {
    let sending = send_messages(&web_socket, &outflow);
    let receiving = receive_messages(&web_socket, inflow);
    let passing = pin!(try_join(sending, receiving));
    let result = passing.await;
    if let Err(error) = result {
        outflow.finish(Err(as_body_error(&error)));
        web_socket.fail(error);
    }
}

async fn send_messages(web_socket: &WebSocket, outflow: &Outflow) -> Result<(), Error> {
    loop {
        let window = &outflow.window;
        let gone = |_| Error::Disconnected;
        window.ready().await.map_err(gone)?;
        let receive = web_socket.receive(MAX_MESSAGE);
        let message = window.unless_closed(receive).await.map_err(gone)??;
        let is_last = matches!(message, Message::Close(_));
        window.spend(message_cost(&message));
        let stream = outflow.stream;
        outflow.session.send(Frame::Message { stream, message });
        if is_last {
            outflow.finish(Ok(()));
            return Ok(());
        }
    }
}

async fn receive_messages(web_socket: &WebSocket, mut inflow: Inflow) -> Result<(), Error> {
    loop {
        let next = {
            let aborted = pin!(poll_fn(|cx| web_socket.poll_aborted(cx)));
            match select(pin!(inflow.next()), aborted).await {
                Either::Left((next, _)) => next,
                Either::Right(((), _)) => return Err(Error::Disconnected),
            }
        };
        match next {
            Some(Ok(Item::Message(message))) => {
                let is_last = matches!(message, Message::Close(_));
                web_socket.send(message).await?;
                if is_last {
                    return Ok(());
                }
            }
            // The flow takes no bytes.
            Some(Ok(Item::Bytes(_))) | None => return Err(Error::Disconnected),
            Some(Err(error)) => return Err(as_socket_error(error)),
        }
    }
}

fn as_body_error(error: &Error) -> BodyError {
    match error {
        Error::Disconnected => BodyError::Incomplete,
        Error::Protocol { .. } | Error::Failed(_) => BodyError::Aborted(error.to_string()),
    }
}

fn as_socket_error(error: BodyError) -> Error {
    match error {
        BodyError::Aborted(message) => Error::Failed(message),
        _ => Error::Disconnected,
    }
}

/// Passes bytes in both directions until both have ended.
async fn pump_connection(io: Connected, outflow: Outflow, inflow: Inflow) {
    let (from, to) = tokio::io::split(io);
    join(send_bytes(from, outflow), receive_bytes(to, inflow)).await;
}

async fn send_bytes(mut from: ReadHalf<Connected>, outflow: Outflow) {
    let Outflow {
        session,
        stream,
        window,
    } = &outflow;
    let mut buffer = BytesMut::new();
    loop {
        if window.ready().await.is_err() {
            return;
        }
        buffer.reserve(READ);
        let Ok(read) = window.unless_closed(from.read_buf(&mut buffer)).await else {
            return;
        };
        match read {
            Ok(0) => return outflow.finish(Ok(())),
            Ok(_) => {
                let bytes = buffer.split().freeze();
                if window.send(session, *stream, bytes).await.is_err() {
                    return;
                }
            }
            Err(error) => return outflow.finish(Err(BodyError::Connection(error.to_string()))),
        }
    }
}

async fn receive_bytes(mut to: WriteHalf<Connected>, mut inflow: Inflow) {
    while let Some(bytes) = inflow.next_bytes().await {
        let Ok(bytes) = bytes else {
            return;
        };
        let written = match to.write_all(&bytes).await {
            Ok(()) => to.flush().await,
            Err(error) => Err(error),
        };
        if written.is_err() {
            return;
        }
    }
    // It fails only when nobody reads.
    let _ = to.shutdown().await;
}
