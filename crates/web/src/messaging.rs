//! `MessageChannel` and `MessagePort` (HTML §9.4).
//!
//! Both ports are in the same isolate: a message is cloned when it is posted and delivered by a
//! microtask. A port delivers while it has a listener, a handler or was started; what comes before waits.
//! Nothing is transferred, ports themselves neither.

use std::cell::{Cell, OnceCell, RefCell};

use jsg::js::{Local, Object, Value};
use jsg::{Error, Handle, JsRef, Lock, Nullable, Ref, Result};

use crate::events::{Event, EventTarget, MessageEvent};

/// One end of a channel.
#[jsg::class(extends = EventTarget)]
pub struct MessagePort {
    state: Cell<State>,
    /// Messages that came before the port was started.
    queue: RefCell<Vec<JsRef<Value>>>,
    /// The other end. A closed port may keep it: it delivers nothing.
    peer: OnceCell<Ref<MessagePort>>,
    on_message: RefCell<Option<JsRef<Object>>>,
    parent: EventTarget,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Started,
    Closed,
}

#[derive(jsg::Dictionary)]
#[jsg(name = "PostMessageOptions")]
struct PostMessageOptions<'s> {
    transfer: Option<Vec<Local<'s, Value>>>,
}

#[derive(jsg::Union)]
enum Transfer<'s> {
    List(Vec<Local<'s, Value>>),
    Options(PostMessageOptions<'s>),
}

#[jsg::methods]
impl MessagePort {
    #[jsg(method)]
    fn post_message<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        data: Option<Local<'s, Value>>,
        options: Option<Transfer<'s>>,
    ) -> Result<()> {
        let transfer = match options {
            None => None,
            Some(Transfer::List(list)) => Some(list),
            Some(Transfer::Options(options)) => options.transfer,
        };
        if transfer.is_some_and(|list| !list.is_empty()) {
            return Err(Error::error("Transfer list is not supported"));
        }
        let data = data.unwrap_or_else(|| jsg::js::undefined(js).into());
        let options = jsg::clone::Options::default();
        // A value that cannot be cloned is refused also where nobody receives it.
        let message = jsg::clone::serialize(js, data, &[], &options)?;
        if !message.shared.is_empty() {
            return Err(Error::type_error(
                "SharedArrayBuffer is unsupported with MessagePort",
            ));
        }
        // Cloning ran guest code, which may have closed the port.
        if self.state.get() == State::Closed {
            return Ok(());
        }
        if let Some(peer) = self.peer.get() {
            let peer = peer.get(js);
            let message = jsg::clone::deserialize(js, message, &options)?;
            Self::deliver(js, peer, message);
        }
        Ok(())
    }

    #[jsg(method)]
    fn close<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) -> Result<()> {
        if this.state.replace(State::Closed) == State::Closed {
            return Ok(());
        }
        this.queue.take();
        if let Some(peer) = this.peer.get() {
            let peer = peer.get(js);
            Self::close(peer, js)?;
        }
        let event = Handle::new(js, Event::trusted("close"));
        let target = this.upcast(js);
        EventTarget::dispatch(js, target, event).map(|_| ())
    }

    #[jsg(method)]
    fn start<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>) {
        if this.state.get() != State::Waiting {
            return;
        }
        this.state.set(State::Started);
        let messages = this.queue.take();
        let messages = messages.iter().map(|message| message.get(js)).collect();
        Self::dispatch_soon(js, this, messages);
    }

    #[jsg(prototype_getter)]
    fn onmessage<'s>(&self, js: &mut Lock<'s, '_>) -> Nullable<Local<'s, Object>> {
        Nullable(self.on_message.borrow().as_ref().map(|value| value.get(js)))
    }

    #[jsg(setter)]
    fn set_onmessage<'s>(this: Handle<'s, Self>, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        match Local::<Object>::try_from(value) {
            Ok(handler) => {
                let handler = JsRef::new(js, handler);
                this.on_message.replace(Some(handler));
                Self::start(this, js);
            }
            Err(_) => {
                this.on_message.replace(None);
                this.pause_without_listeners(this.parent.listener_count(MESSAGE));
            }
        }
    }
}

const MESSAGE: &str = "message";

impl MessagePort {
    fn create<'s>(js: &mut Lock<'s, '_>) -> Handle<'s, Self> {
        let parent = EventTarget::default();
        parent.set_watcher(Self::listeners_changed);
        Handle::new(
            js,
            Self {
                state: Cell::new(State::Waiting),
                queue: RefCell::default(),
                peer: OnceCell::new(),
                on_message: RefCell::new(None),
                parent,
            },
        )
    }

    /// A listener starts the port, whichever way it came; the standard wants a call of `start()`.
    fn listeners_changed<'s>(
        js: &mut Lock<'s, '_>,
        target: Handle<'s, EventTarget>,
        kind: &str,
        count: usize,
    ) {
        let this = Handle::<Self>::from_object(js, target.object());
        let Some(this) = this.filter(|_| kind == MESSAGE) else {
            return;
        };
        if count > 0 {
            Self::start(this, js);
        } else {
            this.pause_without_listeners(count);
        }
    }

    fn pause_without_listeners(&self, count: usize) {
        let is_heard = count > 0 || self.on_message.borrow().is_some();
        if !is_heard && self.state.get() == State::Started {
            self.state.set(State::Waiting);
        }
    }

    fn deliver<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, message: Local<'s, Value>) {
        match this.state.get() {
            State::Waiting => {
                let message = JsRef::new(js, message);
                this.queue.borrow_mut().push(message);
            }
            State::Started => Self::dispatch_soon(js, this, vec![message]),
            State::Closed => {}
        }
    }

    fn dispatch_soon<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        messages: Vec<Local<'s, Value>>,
    ) {
        if messages.is_empty() {
            return;
        }
        let this = jsg::Strong::new(js, this);
        let messages: Vec<_> = messages
            .into_iter()
            .map(|message| jsg::js::Global::new(js, message))
            .collect();
        let task = jsg::promise::once_function(js, move |js, _| {
            for message in messages {
                let (this, message) = (this.get(js), Local::new(js, &message));
                Self::dispatch(js, this, message)?;
            }
            Ok(jsg::js::undefined(js).into())
        });
        js.enqueue_microtask(task);
    }

    fn dispatch<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        message: Local<'s, Value>,
    ) -> Result<()> {
        let dispatch = |js: &mut Lock<'s, '_>, data: Local<'s, Value>| {
            let event = MessageEvent::from_port(js, data, this.object());
            let event = Handle::new(js, event).upcast(js);
            let target = this.upcast(js);
            EventTarget::dispatch(js, target, event).map(|_| ())
        };
        // Before `spec_compliant_dispatch_exceptions` a listener's exception comes out here: the port
        // gets it as a message.
        jsg::promise::try_catch(js, |js| dispatch(js, message))
            .or_else(|exception| dispatch(js, exception))
    }
}

/// Two ports that are connected.
#[jsg::class]
pub struct MessageChannel {
    ports: [Ref<MessagePort>; 2],
}

#[jsg::methods]
impl MessageChannel {
    #[jsg(constructor)]
    fn new(js: &mut Lock<'_, '_>) -> Result<Self> {
        let (one, two) = (MessagePort::create(js), MessagePort::create(js));
        let ports = [Ref::new(js, one), Ref::new(js, two)];
        let is_new = "a new port has a peer";
        one.peer
            .set(Ref::new(js, two))
            .and_then(|()| two.peer.set(Ref::new(js, one)))
            .map_err(|_| Error::Internal(is_new.into()))?;
        Ok(Self { ports })
    }

    #[jsg(instance_getter)]
    fn port1<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, MessagePort> {
        self.ports[0].get(js)
    }

    #[jsg(instance_getter)]
    fn port2<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, MessagePort> {
        self.ports[1].get(js)
    }
}
