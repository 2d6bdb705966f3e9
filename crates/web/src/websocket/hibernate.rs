//! WebSockets of a Durable Object that hibernate: the JavaScript side comes and goes, the rest stays in
//! [`io::hibernation`].

use std::rc::Rc;

use io::hibernation::{Kept, MAX_SOCKETS, Socket, Sockets};
use jsg::{Error, Handle, Lock, Result, Strong};

use super::WebSocket;
use super::native::{Native, State};

impl WebSocket {
    /// Whether a WebSocket could be handed over.
    ///
    /// # Errors
    /// It is in use already.
    pub fn check_hibernation<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>) -> Result<()> {
        let native = this.native.get(js)?;
        if native.is_accepted() {
            return Err(Error::error(
                "Cannot call `acceptWebSocket()` if the WebSocket was already accepted via `accept()`",
            ));
        }
        if !this.peer_waits(js) || !matches!(*native.state.borrow(), State::Waiting(_)) {
            return Err(Error::error(
                "Cannot call `acceptWebSocket()` on this WebSocket because its pair has already been accepted or used \
                 in a Response.",
            ));
        }
        Ok(())
    }

    /// Hands a WebSocket over. `tags` are distinct.
    ///
    /// # Errors
    /// It is in use already, or there are too many.
    pub fn accept_for_hibernation<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        sockets: &Rc<Sockets>,
        tags: Vec<Rc<str>>,
    ) -> Result<()> {
        Self::check_hibernation(js, this)?;
        let native = this.native.get(js)?;
        if sockets.len() >= MAX_SOCKETS {
            return Err(Error::error(format!(
                "only {MAX_SOCKETS} websockets can be accepted on a single Durable Object instance"
            )));
        }
        let State::Waiting(web_socket) = native.state.replace(State::Released) else {
            return Err(Error::Internal("a WebSocket that changed meanwhile".into()));
        };
        let kept = Kept {
            url: this.url.clone(),
            protocol: this.protocol.borrow().clone(),
            extensions: this.extensions.borrow().clone(),
            allows_half_open: this.allows_half_open.get(),
            attachment: this.attachment.borrow().clone(),
        };
        let socket = sockets.add(web_socket, tags, kept);
        socket.set_awake(Strong::new(js, this));
        native.state.replace(State::Hibernatable(socket));
        Ok(())
    }

    /// The JavaScript side of a WebSocket that was handed over: the one that there is, or a new one.
    ///
    /// # Errors
    /// At global scope.
    pub fn of_hibernatable<'s>(
        js: &mut Lock<'s, '_>,
        socket: &Rc<Socket>,
    ) -> Result<Handle<'s, Self>> {
        if let Some(awake) = socket.awake::<Strong<Self>>() {
            return Ok(awake.get(js));
        }
        let kept = socket.kept();
        let state = State::Hibernatable(socket.clone());
        let this = Self::over(js, state, kept.url)?;
        this.native
            .get(js)?
            .closed_outgoing
            .set(socket.closed_outgoing());
        this.protocol.replace(kept.protocol);
        this.extensions.replace(kept.extensions);
        this.attachment.replace(kept.attachment);
        this.allows_half_open.set(kept.allows_half_open);
        let this = Handle::new(js, this);
        socket.set_awake(Strong::new(js, this));
        Ok(this)
    }

    /// No further message will come.
    ///
    /// # Errors
    /// The WebSocket is another event's.
    pub fn end_incoming(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        self.native.get(js)?.closed_incoming.set(true);
        Ok(())
    }

    /// # Errors
    /// It was not handed over.
    pub fn tags(&self, js: &mut Lock<'_, '_>) -> Result<Vec<String>> {
        let native = self.native.get(js)?;
        match native.hibernatable() {
            Some(socket) => Ok(socket.tags().iter().map(|tag| tag.to_string()).collect()),
            None if native.is_accepted() => {
                Err(Error::error("only hibernatable websockets can have tags."))
            }
            None => Err(Error::error(
                "you must call 'acceptWebSocket()' before attempting to access the tags of a WebSocket.",
            )),
        }
    }

    /// When a message was last answered without the object, in milliseconds since the epoch.
    ///
    /// # Errors
    /// The WebSocket is another event's.
    pub fn auto_response_time(&self, js: &mut Lock<'_, '_>) -> Result<Option<f64>> {
        let native = self.native.get(js)?;
        Ok(native.hibernatable().and_then(|socket| socket.answered()))
    }

    /// Whether the other end of a pair is there and has no use yet.
    fn peer_waits(&self, js: &mut Lock<'_, '_>) -> bool {
        self.with_peer(js, |native| {
            matches!(*native.state.borrow(), State::Waiting(_))
        })
    }

    /// Whether the other end of a pair was handed over.
    pub(super) fn peer_hibernates(&self, js: &mut Lock<'_, '_>) -> bool {
        self.with_peer(js, |native| native.hibernatable().is_some())
    }

    fn with_peer(&self, js: &mut Lock<'_, '_>, is: impl FnOnce(&Native) -> bool) -> bool {
        let peer = self.peer.borrow().as_ref().and_then(|peer| peer.get(js));
        peer.and_then(|peer| peer.native.get(js).ok())
            .is_some_and(|native| is(&native))
    }
}
