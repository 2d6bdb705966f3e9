//! The WebSocket of a response, handed to whoever made the request.

use io::IoContext;
use jsg::{Error, Handle, Lock, Result};

use super::WebSocket;
use super::native::State;

impl WebSocket {
    /// Takes the native side out, for a response.
    ///
    /// While the other end of a pair is here, the event goes on until the WebSocket has ended.
    ///
    /// # Errors
    /// When it has another use already, or is another event's.
    pub fn take_for_response<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
    ) -> Result<net::WebSocket> {
        let native = this.native.get(js)?;
        let text = match &*native.state.borrow() {
            State::Connecting { .. } => {
                "Can't return WebSocket in a Response if it was created with `new WebSocket()`"
            }
            State::Released => "Can't return WebSocket that was already used in a response.",
            State::Accepted(_) => "Can't return WebSocket in a Response after calling accept().",
            State::Hibernatable(_) => {
                "Can't return WebSocket in a Response after calling acceptWebSocket()."
            }
            State::Waiting(_) => "",
        };
        if !text.is_empty() {
            return Err(Error::type_error(text));
        }
        let State::Waiting(web_socket) = native.state.replace(State::Released) else {
            return Err(Error::Internal("a WebSocket that changed meanwhile".into()));
        };
        // An object that hibernates does not wait for its WebSockets.
        if this.has_local_peer(js) && !this.peer_hibernates(js) {
            let context = IoContext::current(js)?;
            web_socket.attach((context.hold(), context.expect()));
        }
        Ok(web_socket)
    }

    /// What the header `Sec-WebSocket-Extensions` of a response should say if guest code does not.
    pub fn preferred_extensions(&self, js: &Lock<'_, '_>) -> Result<Option<String>> {
        let native = self.native.get(js)?;
        let state = native.state.borrow();
        Ok(match &*state {
            State::Waiting(web_socket) => {
                web_socket.preferred_extensions(net::websocket::HeaderOf::Response)
            }
            _ => None,
        })
    }
}
