//! Remote calls between events: what crosses over, and the trait of what can be called.
//!
//! A message is plain bytes with a table of references. Between events of one loop the table is passed
//! on as it is; a transport that leaves the loop gives each reference a number of its own.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use jsg::clone::{Reader, Writer};
use net::Body;

use crate::carried::{ActorClass, Carried};
use crate::channel::{ChannelError, SubrequestChannel};
use crate::passage::Watch;
use crate::restored::StubChannel;
use crate::sink::NativeSink;
use crate::token::Kind;
use crate::trace::Origin;

/// What can be called from another event: an entry point, an object, a function, or the result of a
/// call that is still under way. The last reference dropped tells the other side that nobody calls any more.
pub trait Capability {
    /// Makes a call. It is delivered when the future is first polled; calls whose futures are polled
    /// in turn are delivered in turn. A future that is dropped gives up the result, not the call. The
    /// caller keeps the capability until the future is done.
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult>;

    /// As [`call`](Self::call), with the way to call the result before it has come.
    fn start(&self, call: Call) -> Started {
        Started {
            result: self.call(call),
            pipeline: None,
        }
    }

    /// What it is for the transport that made it.
    fn as_any(&self) -> Option<&dyn Any> {
        None
    }

    /// How to have it again, if that is known.
    fn channel(&self) -> Option<Rc<dyn StubChannel>> {
        None
    }

    /// What it stands for, if that is another one: see [`passage`](crate::passage).
    fn beneath(&self) -> Option<Rc<dyn Capability>> {
        None
    }

    /// What it is to the event with this number, if it has come from there.
    fn at_home(self: Rc<Self>, event: u64) -> Option<Rc<dyn Capability>> {
        let _ = event;
        None
    }

    /// Calls `then` when it can no longer be called, if that will be known.
    fn watch(&self, then: Box<dyn FnOnce()>) -> Watch {
        drop(then);
        Watch::default()
    }
}

/// A call that was made.
pub struct Started {
    pub result: LocalBoxFuture<'static, CallResult>,
    /// For calls on the result that go the same way without waiting for it. None: they wait here.
    pub pipeline: Option<Rc<dyn Capability>>,
}

/// What a call comes to.
pub type CallResult = Result<Return, ChannelError>;

/// One call.
pub struct Call {
    /// Names of properties that lead from the capability to what is called or read; empty for the
    /// capability itself.
    pub path: Vec<String>,
    pub operation: Operation,
}

/// What to do with what a path leads to.
pub enum Operation {
    /// Read it.
    Get,
    /// Call it, with an array of arguments; none when there are no arguments.
    Call(Option<Message>),
    /// Call `[restore]()`. The one reference in the result is what it gives.
    Restore(Restore),
}

impl Operation {
    /// What those who trace calls call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Get => "getProperty",
            Self::Call(_) | Self::Restore(_) => "call",
        }
    }
}

/// What a reference is restored by.
#[derive(Clone)]
pub struct Restore {
    pub kind: Kind,
    pub params: Carried,
}

/// A value on its way.
pub struct Message {
    /// The value as structured clone writes it.
    pub data: Vec<u8>,
    /// How many references stand before the value itself.
    pub references: u32,
    /// What the bytes cannot hold, in the order in which they mention it.
    pub externals: Vec<External>,
}

/// Something that is passed by reference.
pub enum External {
    Capability(Rc<dyn Capability>),
    Readable(Body),
    Service(Rc<dyn SubrequestChannel>),
    Writable(Rc<dyn NativeSink>),
    /// A class of Durable Objects.
    Class(Rc<dyn ActorClass>),
    /// A class of another loop, or a service or a class that comes over a connection, as its [token](crate::token).
    Token(Vec<u8>),
    /// Comes to the reason when a signal aborts, as structured clone writes it.
    Signal(oneshot::Receiver<Vec<u8>>),
    /// A raw connection. What is read from it and what is written to it come next.
    Socket(SocketInfo),
}

/// What is known of a raw connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketInfo {
    pub remote_address: String,
    pub local_address: Option<String>,
    /// 0: without TLS, 1: with TLS later perhaps, 2: with TLS.
    pub secure_transport: u16,
    pub is_default_fetch_port: bool,
    pub allow_half_open: bool,
}

/// A call's result.
pub struct Return {
    pub value: Message,
    /// For calls on the result, made before it has arrived or later.
    pub pipeline: Rc<dyn Capability>,
    /// Whether the callee wants to know when the caller has done with the result.
    pub has_disposer: bool,
}

/// Whose the references in a message are once it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// The receiver's alone.
    Transfer,
    /// The sender keeps its own.
    Duplicate,
}

/// Something to be let go of early.
pub trait Disposable {
    fn dispose(&self);
}

/// The table that a message's value fills while it is written.
pub struct Outgoing {
    ownership: Ownership,
    holds: bool,
    is_numbered: bool,
    table: RefCell<Vec<External>>,
    when_sent: RefCell<Vec<Box<dyn FnOnce()>>>,
    transferred: RefCell<Vec<Rc<dyn Disposable>>>,
}

impl Outgoing {
    pub fn new(ownership: Ownership, holds: bool) -> Self {
        Self {
            ownership,
            holds,
            is_numbered: false,
            table: RefCell::default(),
            when_sent: RefCell::default(),
            transferred: RefCell::default(),
        }
    }

    /// The table of a value that is [`Carried`].
    pub fn of_carried() -> Self {
        Self {
            is_numbered: true,
            ..Self::new(Ownership::Duplicate, false)
        }
    }

    /// Whether each reference is followed by its number, see [`add`](Self::add).
    pub fn is_numbered(&self) -> bool {
        self.is_numbered
    }

    pub fn ownership(&self) -> Ownership {
        self.ownership
    }

    /// Whether the references keep the sender's event going, as those of a result do.
    pub fn holds(&self) -> bool {
        self.holds
    }

    /// Adds a reference, which is read at the same place of the bytes.
    pub fn push(&self, external: External) {
        self.table.borrow_mut().push(external);
    }

    /// As [`push`](Self::push), for references that values may carry.
    pub fn add(&self, external: External, to: &Writer<'_>) {
        if self.is_numbered {
            to.u32(self.table.borrow().len() as u32);
        }
        self.push(external);
    }

    /// Does something when the whole value has been written, and never if it could not be.
    pub fn when_sent(&self, action: impl FnOnce() + 'static) {
        self.when_sent.borrow_mut().push(Box::new(action));
    }

    /// Says that the sender's own reference goes with the message.
    pub fn transfer(&self, reference: Rc<dyn Disposable>) {
        self.transferred.borrow_mut().push(reference);
    }

    /// Ends the writing: the table, and what the sender is to let go of.
    pub fn finish(&self) -> (Vec<External>, Vec<Rc<dyn Disposable>>) {
        for action in self.when_sent.take() {
            action();
        }
        (self.table.take(), self.transferred.take())
    }
}

/// The table of a message while its value is read.
pub struct Incoming {
    table: RefCell<Vec<Option<External>>>,
    next: Cell<usize>,
    is_numbered: bool,
    received: RefCell<Vec<Rc<dyn Disposable>>>,
    /// The call whose result it is, if that is traced.
    pub origin: Option<Origin>,
    pub brings: Brings,
}

/// What a message is that comes to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brings {
    Arguments,
    Result,
    /// Something that was kept for the event, such as a part of its environment.
    Kept,
}

impl Incoming {
    pub fn new(table: Vec<External>) -> Self {
        Self {
            origin: None,
            brings: Brings::Kept,
            table: RefCell::new(table.into_iter().map(Some).collect()),
            next: Cell::new(0),
            is_numbered: false,
            received: RefCell::default(),
        }
    }

    /// The table of a value that is [`Carried`].
    pub fn of_carried(table: Vec<External>) -> Self {
        Self {
            is_numbered: true,
            ..Self::new(table)
        }
    }

    /// Whether the value is [`Carried`].
    pub fn is_carried(&self) -> bool {
        self.is_numbered
    }

    /// The next reference.
    pub fn take(&self) -> Option<External> {
        let place = self.next.replace(self.next.get() + 1);
        self.table.borrow_mut().get_mut(place)?.take()
    }

    /// As [`take`](Self::take), for references that values may carry.
    ///
    /// # Errors
    /// The bytes end.
    pub fn find(&self, from: &Reader<'_>) -> jsg::Result<Option<External>> {
        if !self.is_numbered {
            return Ok(self.take());
        }
        let place = from.u32()? as usize;
        Ok(self
            .table
            .borrow_mut()
            .get_mut(place)
            .and_then(Option::take))
    }

    /// Says that a reference can be let go of together with the whole message.
    pub fn received(&self, reference: Rc<dyn Disposable>) {
        self.received.borrow_mut().push(reference);
    }

    /// The references that the message has brought.
    pub fn references(&self) -> Vec<Rc<dyn Disposable>> {
        self.received.take()
    }
}

/// A capability that fails every call in the same way.
pub struct Broken(pub ChannelError);

impl Capability for Broken {
    fn call(&self, _: Call) -> LocalBoxFuture<'static, CallResult> {
        let error = self.0.clone();
        Box::pin(async move { Err(error) })
    }
}
