//! What lives at the other side.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, Shared, ready};
use io::channel::{ConnectRequest, ConnectResult, EventFuture, SubrequestResult};
use io::event::{QueueBatch, QueueResult, Scheduled, ScheduledResult};
use io::passage::{Departure, Watch};
use io::restored::Origin;
use io::rpc::{Call, CallResult, Capability, Operation, Return, Started};
use io::token::{Kind, Usage};
use io::trace::TailBatch;
use io::{ChannelError, SubrequestChannel};
use net::Body;

use crate::frame::{Ask, Frame, Target};
use crate::session::{Asked, Reply, Session};

/// A reference to something at the other side; dropping it tells the other side.
pub(crate) struct Remote {
    pub session: Rc<Session>,
    pub target: Target,
    /// The other side has let go of it by itself.
    is_spent: Cell<bool>,
    /// The end of what it refers to.
    pub departure: Departure,
}

impl Remote {
    pub fn new(session: Rc<Session>, target: Target) -> Self {
        Self {
            session,
            target,
            is_spent: Cell::new(false),
            departure: Departure::default(),
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if self.is_spent.get() {
            return;
        }
        self.session.send(match self.target {
            Target::Opened(opened) => Frame::Close { opened },
            Target::Export(export) => {
                self.session.imports.forget(export);
                Frame::Release { export }
            }
            Target::Answer(question) => {
                self.session.forget(question);
                Frame::Finish { question }
            }
        });
    }
}

/// A service at the other side.
pub(crate) struct RemoteService(pub Rc<Remote>);

/// Something to call at the other side.
pub(crate) struct RemoteCapability(pub Rc<Remote>);

/// What a call that is perhaps not sent yet comes to.
struct Pipelined(Shared<LocalBoxFuture<'static, Result<Rc<Remote>, oneshot::Canceled>>>);

fn unexpected() -> ChannelError {
    ChannelError::Internal("an answer to another question".into())
}

impl RemoteService {
    /// Asks when first polled. Dropping the future takes the question back.
    fn ask(
        &self,
        ask: impl FnOnce(&Rc<Session>) -> Ask + 'static,
    ) -> impl Future<Output = Result<Reply, ChannelError>> + 'static {
        let remote = self.0.clone();
        async move {
            let session = &remote.session;
            let Asked { question, reply } = session.ask(remote.target, ask)?;
            let reply = reply.await.unwrap_or_else(|_| Err(unexpected()));
            question.is_spent.set(true);
            reply
        }
    }
}

impl SubrequestChannel for RemoteService {
    fn request(&self, request: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let asked = self.ask(move |session| {
            let (head, body) = request.into_parts();
            Ask::Request {
                head: Box::new(head),
                body: session.export_body(body),
            }
        });
        Box::pin(async move {
            match asked.await? {
                Reply::Response(response) => Ok(response),
                _ => Err(unexpected()),
            }
        })
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        Rc::new(RemoteCapability(self.0.clone()))
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }

    fn with_origin(&self, origin: Origin) -> Option<Rc<dyn SubrequestChannel>> {
        // One that is not found again cannot say by what.
        let own = origin.own.and_then(|own| own.token(Usage::Loop).ok());
        if own.is_none() && !origin.is_stored {
            return None;
        }
        let own = own.map(|token| token.write().into());
        let session = &self.0.session;
        Some(session.reach(self.0.target, own, origin.is_stored))
    }

    fn connect(&self, request: ConnectRequest) -> LocalBoxFuture<'static, ConnectResult> {
        let asked = self.ask(|_| Ask::Connect(request));
        Box::pin(async move {
            match asked.await? {
                Reply::Connected(opened) => Ok(opened),
                _ => Err(unexpected()),
            }
        })
    }

    fn scheduled(&self, event: Scheduled) -> EventFuture<ScheduledResult> {
        let asked = self.ask(|_| Ask::Scheduled(event));
        Box::pin(async move {
            match asked.await? {
                Reply::Scheduled(result) => Ok(result),
                _ => Err(unexpected()),
            }
        })
    }

    fn queue(&self, batch: QueueBatch) -> EventFuture<QueueResult> {
        let asked = self.ask(|_| Ask::Queue(batch));
        Box::pin(async move {
            match asked.await? {
                Reply::Queue(result) => Ok(result),
                _ => Err(unexpected()),
            }
        })
    }

    fn tail(&self, batch: TailBatch) -> EventFuture<()> {
        let asked = self.ask(|_| Ask::Tail(batch));
        Box::pin(async move {
            match asked.await? {
                Reply::Tail => Ok(()),
                _ => Err(unexpected()),
            }
        })
    }
}

impl Capability for RemoteCapability {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        self.start(call).result
    }

    fn start(&self, call: Call) -> Started {
        start(ready(Ok(self.0.clone())), call)
    }

    fn watch(&self, then: Box<dyn FnOnce()>) -> Watch {
        self.0.departure.watch(then)
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl Capability for Pipelined {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        self.start(call).result
    }

    fn start(&self, call: Call) -> Started {
        start(self.0.clone(), call)
    }
}

fn start(
    remote: impl Future<Output = Result<Rc<Remote>, oneshot::Canceled>> + 'static,
    call: Call,
) -> Started {
    let (sent, question) = oneshot::channel();
    let result = async move {
        let Ok(remote) = remote.await else {
            let message = "The call was cancelled.".to_owned();
            return Err(ChannelError::Disconnected(message));
        };
        let session = &remote.session;
        let Call { path, operation } = call;
        let (is_stub, params) = match &operation {
            Operation::Restore(restore) => {
                let params = restore.params.written(Usage::Loop);
                let params = params.map_err(|text| ChannelError::Failed(text.into_owned()))?;
                (restore.kind == Kind::Stub, params.write())
            }
            Operation::Get | Operation::Call(_) => (false, Vec::new()),
        };
        let asked = session.ask(remote.target, |session| match operation {
            Operation::Get => Ask::Get { path },
            Operation::Call(arguments) => Ask::Call {
                path,
                arguments: arguments.map(|arguments| session.export_message(arguments)),
            },
            Operation::Restore(_) => Ask::Restore {
                is_stub,
                params: params.into(),
            },
        });
        let Asked { question, reply } = asked?;
        // Perhaps nobody calls on the result.
        let _ = sent.send(question.clone());
        match reply.await.unwrap_or_else(|_| Err(unexpected()))? {
            Reply::Returned {
                value,
                has_disposer,
            } => Ok(Return {
                value,
                pipeline: Rc::new(RemoteCapability(question)),
                has_disposer,
            }),
            _ => Err(unexpected()),
        }
    };
    Started {
        result: Box::pin(result),
        pipeline: Some(Rc::new(Pipelined(question.boxed_local().shared()))),
    }
}
