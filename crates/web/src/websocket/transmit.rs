//! From `send()` and `close()` to the peer: a queue, and a task while there is something in it.

use std::rc::Rc;

use futures::FutureExt;
use io::IoContext;
use jsg::promise::Continuation;
use jsg::{Handle, Lock, Result, Strong};
use net::websocket::{Error, Message};

use super::WebSocket;
use super::native::{Gate, Native, State};

/// How much a message counts for in `bufferedAmount`.
fn size(message: &Message) -> usize {
    match message {
        Message::Text(bytes) | Message::Binary(bytes) => bytes.len(),
        Message::Close(_) => 0,
    }
}

/// What a message has to wait for: writes of its Durable Object that the other side might learn of by it.
fn gate(js: &Lock<'_, '_>) -> Result<Option<Gate>> {
    let gate = IoContext::current(js)?.wait_for_output();
    Ok(gate.map(FutureExt::boxed_local))
}

/// Puts a message in the queue of an accepted WebSocket.
pub(super) fn enqueue<'s>(
    js: &mut Lock<'s, '_>,
    this: Handle<'s, WebSocket>,
    message: Message,
) -> Result<()> {
    let native = this.native.get(js)?;
    if let Some(socket) = native.hibernatable() {
        let gate = gate(js)?;
        socket.send(message, gate);
        return Ok(());
    }
    let State::Accepted(peer) = &*native.state.borrow() else {
        return Ok(());
    };
    let gate = gate(js)?;
    native.buffered.set(native.buffered.get() + size(&message));
    native.queue.borrow_mut().push_back((message, gate));
    if native.is_pumping.replace(true) {
        return Ok(());
    }
    let (peer, queue) = (Rc::clone(peer), Rc::clone(&native));
    let strong = Strong::new(js, this);
    IoContext::current(js)?.add_background_then(async move {
        let result = pump(&peer, &queue).await;
        drop(peer);
        let finish: Continuation = Box::new(move |js| finished(js, &strong, &queue, result));
        finish
    });
    Ok(())
}

async fn pump(peer: &net::WebSocket, native: &Native) -> std::result::Result<(), Error> {
    let result = async {
        loop {
            let Some((message, gate)) = native.queue.borrow_mut().pop_front() else {
                return Ok(());
            };
            if let Some(gate) = gate {
                // What a broken object has said never leaves.
                gate.await.map_err(|_| Error::Disconnected)?;
            }
            let size = size(&message);
            peer.send(message).await?;
            native
                .buffered
                .set(native.buffered.get().saturating_sub(size));
        }
    }
    .await;
    native.is_pumping.set(false);
    if result.is_err() {
        native.outgoing_aborted.set(true);
        native.queue.borrow_mut().clear();
    }
    result
}

fn finished(
    js: &mut Lock<'_, '_>,
    this: &Strong<WebSocket>,
    native: &Native,
    result: std::result::Result<(), Error>,
) {
    let this = this.get(js);
    if let Err(error) = result {
        WebSocket::report(js, this, &error);
    } else if native.outgoing_aborted.get() && native.closed_incoming.get() {
        // The Worker knows already.
        native.release();
    } else if native.outgoing_aborted.get() {
        WebSocket::report(js, this, &Error::Disconnected);
    } else if native.closed_incoming.get()
        && native.closed_outgoing.get()
        && !native.is_pumping.get()
    {
        native.release();
    }
}
