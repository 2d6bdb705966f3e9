//! What the tests have in common: objects that can be called, services, and sessions between two sides.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use io::channel::SubrequestResult;
use io::rpc::{Call, CallResult, Capability, External, Message, Operation, Return};
use io::{ChannelError, SubrequestChannel};
use net::Body;
use rpc::{Directory, Link, Mailbox, Session, Side, byte_link};
use tokio::task::LocalSet;

/// What joins the two sides of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    Mailbox,
    /// Everything is written as bytes and read back.
    Bytes,
}

thread_local! {
    static JOINT: Cell<Joint> = const { Cell::new(Joint::Mailbox) };
}

/// Runs a test where tasks can be spawned, once for each kind of link.
pub fn run<F: Future<Output = ()>>(test: impl Fn() -> F) {
    for joint in [Joint::Mailbox, Joint::Bytes] {
        run_over(joint, test());
    }
}

/// Runs a test that makes its links itself.
pub fn run_over_mailbox<F: Future<Output = ()>>(test: impl Fn() -> F) {
    run_over(Joint::Mailbox, test());
}

fn run_over(joint: Joint, test: impl Future<Output = ()>) {
    JOINT.set(joint);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("works");
    LocalSet::new().block_on(&runtime, async {
        let limit = std::time::Duration::from_secs(10);
        let ended = tokio::time::timeout(limit, test).await;
        ended.unwrap_or_else(|_| panic!("hangs over {joint:?}"));
    });
}

/// Lets all tasks go on until nothing is left to do.
pub async fn settle() {
    let turns = match JOINT.get() {
        Joint::Mailbox => 50,
        Joint::Bytes => 2000,
    };
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

type Handler = Box<dyn Fn(Call) -> LocalBoxFuture<'static, CallResult>>;

/// Something to call.
pub struct Object {
    handler: Handler,
    dropped: Rc<Cell<usize>>,
}

impl Object {
    pub fn new(
        handler: impl Fn(Call) -> LocalBoxFuture<'static, CallResult> + 'static,
    ) -> Rc<Self> {
        Self::counted(&Rc::default(), handler)
    }

    /// Counts in `dropped` that it is gone.
    pub fn counted(
        dropped: &Rc<Cell<usize>>,
        handler: impl Fn(Call) -> LocalBoxFuture<'static, CallResult> + 'static,
    ) -> Rc<Self> {
        Rc::new(Self {
            handler: Box::new(handler),
            dropped: dropped.clone(),
        })
    }

    /// Answers with its name, a slash, the path that was called, and the data of the arguments.
    pub fn named(name: &'static str, dropped: &Rc<Cell<usize>>) -> Rc<Self> {
        Self::counted(dropped, move |call| {
            Box::pin(async move {
                let mut text = format!("{name}/{}", call.path.join("."));
                if let Operation::Call(Some(arguments)) = call.operation {
                    text.push_str(&format!(
                        "({})",
                        String::from_utf8(arguments.data).expect("works")
                    ));
                }
                Ok(returned(text.as_bytes(), Vec::new()))
            })
        })
    }
}

impl Capability for Object {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        (self.handler)(call)
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        self.dropped.set(self.dropped.get() + 1);
    }
}

pub fn message(data: &[u8], externals: Vec<External>) -> Message {
    Message {
        data: data.to_vec(),
        references: 0,
        externals,
    }
}

/// A result; calls on it go to the first of its references, if that can be called.
pub fn returned(data: &[u8], externals: Vec<External>) -> Return {
    let pipeline = match externals.first() {
        Some(External::Capability(capability)) => capability.clone(),
        _ => Object::named("result", &Rc::default()),
    };
    Return {
        value: message(data, externals),
        pipeline,
        has_disposer: false,
    }
}

pub fn call(path: &str, arguments: Option<Message>) -> Call {
    Call {
        path: path.split('.').map(str::to_owned).collect(),
        operation: Operation::Call(arguments),
    }
}

/// The data of a result.
pub fn text(result: CallResult) -> String {
    match result {
        Ok(returned) => String::from_utf8(returned.value.data).expect("works"),
        Err(error) => format!("{error:?}"),
    }
}

type Answer = Box<dyn Fn(http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult>>;

/// A service that answers requests by a function and calls by an object.
pub struct Service {
    answer: Answer,
    object: Rc<dyn Capability>,
}

impl Service {
    pub fn of_object(object: Rc<dyn Capability>) -> Rc<Self> {
        Rc::new(Self {
            answer: Box::new(|_| {
                Box::pin(async { Err(ChannelError::Failed("no requests".into())) })
            }),
            object,
        })
    }

    pub fn of_requests(
        answer: impl Fn(http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> + 'static,
    ) -> Rc<Self> {
        Rc::new(Self {
            answer: Box::new(answer),
            object: Object::named("service", &Rc::default()),
        })
    }
}

impl SubrequestChannel for Service {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        (self.answer)(request)
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        self.object.clone()
    }
}

/// A directory with one service, called `x`.
pub struct One(RefCell<Option<Rc<dyn SubrequestChannel>>>);

impl Directory for One {
    fn open(&self, name: &[u8]) -> Result<Rc<dyn SubrequestChannel>, ChannelError> {
        let there = self.0.borrow().clone();
        there
            .filter(|_| name == b"x")
            .ok_or_else(|| ChannelError::Failed("there is no such thing".into()))
    }
}

/// Two sides; the second has `service`.
pub fn sessions(service: Rc<dyn SubrequestChannel>) -> (Rc<Session>, Rc<Session>) {
    match JOINT.get() {
        Joint::Mailbox => {
            let (first, second) = Mailbox::pair();
            join(first.into(), second.into(), service)
        }
        Joint::Bytes => {
            let (first, second) = tokio::io::duplex(1000);
            join(byte_link::over(first), byte_link::over(second), service)
        }
    }
}

pub fn join(
    first: Link,
    second: Link,
    service: Rc<dyn SubrequestChannel>,
) -> (Rc<Session>, Rc<Session>) {
    let nothing = Rc::new(One(RefCell::new(None)));
    let directory = Rc::new(One(RefCell::new(Some(service))));
    (
        Session::start(first, Side::First, nothing),
        Session::start(second, Side::Second, directory),
    )
}

/// What is called `x` at the other side of `session`.
pub fn x(session: &Rc<Session>) -> Rc<dyn SubrequestChannel> {
    session.open(bytes::Bytes::from_static(b"x"))
}
