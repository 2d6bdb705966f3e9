//! Answering the other side's questions.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, Shared};
use io::carried::Carried;
use io::channel::{ConnectRequest, Opened, SubrequestResult};
use io::event::{QueueBatch, QueueResult, Scheduled, ScheduledResult};
use io::restored::{Origin, SelfToken};
use io::rpc::{Call, CallResult, Capability, Operation, Restore, Return};
use io::token::{Kind, Token, Written};
use io::trace::TailBatch;
use io::{ChannelError, SubrequestChannel};
use net::Body;
use tokio::task::AbortHandle;

use crate::Malformed;
use crate::frame::{Answer, Ask, Frame, OpenedId, QuestionId, Target};
use crate::known::KnownToken;
use crate::references::Referent;
use crate::session::Session;

/// The most that one side may have open at a time, of each kind.
const MOST: usize = 1 << 20;

type Settled = Result<Rc<dyn Capability>, ChannelError>;

/// What a call comes to, as something to call.
#[derive(Clone)]
pub(crate) struct Promised(Shared<LocalBoxFuture<'static, Settled>>);

impl Capability for Promised {
    fn call(&self, call: Call) -> LocalBoxFuture<'static, CallResult> {
        let target = self.0.clone();
        Box::pin(async move { target.await?.call(call).await })
    }
}

/// Something opened that is not there.
struct Absent(ChannelError);

impl SubrequestChannel for Absent {
    fn request(&self, _: http::Request<Body>) -> LocalBoxFuture<'static, SubrequestResult> {
        let error = self.0.clone();
        Box::pin(async move { Err(error) })
    }

    fn rpc(&self) -> Rc<dyn Capability> {
        Rc::new(io::rpc::Broken(self.0.clone()))
    }
}

/// An answer under way, or one that can be called.
struct Entry {
    task: AbortHandle,
    /// For calls.
    promised: Option<(Promised, Option<oneshot::Sender<Settled>>)>,
}

/// What the other side has asked and opened.
#[derive(Default)]
pub(crate) struct Answers {
    opened: RefCell<HashMap<OpenedId, Rc<dyn SubrequestChannel>>>,
    open_next: Cell<u64>,
    entries: RefCell<HashMap<QuestionId, Entry>>,
    ask_next: Cell<u64>,
}

/// Moves the lowest number that the other side may give out.
fn advance(lowest: &Cell<u64>, number: u64) -> Result<(), Malformed> {
    if number < lowest.get() {
        return Err(Malformed("a number is given out twice"));
    }
    lowest.set(
        number
            .checked_add(1)
            .ok_or(Malformed("no number is left"))?,
    );
    Ok(())
}

/// What a question is about, with what it refers to.
enum Work {
    Call(Call),
    Request(http::Request<Body>),
    Connect(ConnectRequest),
    Scheduled(Scheduled),
    Queue(QueueBatch),
    Tail(TailBatch),
}

/// What it comes to.
enum Outcome {
    Returned(Return),
    Response(http::Response<Body>),
    Connected(Opened),
    Scheduled(ScheduledResult),
    Queue(QueueResult),
    Tail,
}

impl Answers {
    pub fn open(
        &self,
        session: &Rc<Session>,
        opened: OpenedId,
        name: &[u8],
    ) -> Result<(), Malformed> {
        self.may_open(opened)?;
        let channel = match session.directory.open(name) {
            Ok(channel) => channel,
            Err(error) => Rc::new(Absent(error)),
        };
        self.opened.borrow_mut().insert(opened, channel);
        Ok(())
    }

    pub fn reach(
        &self,
        session: &Rc<Session>,
        opened: OpenedId,
        to: Target,
        own: Option<Bytes>,
        is_stored: bool,
    ) -> Result<(), Malformed> {
        self.may_open(opened)?;
        let Referent::Service(service) = session.referent(to)? else {
            return Err(Malformed("an object in place of a service"));
        };
        let own = match own {
            Some(own) => {
                let token = Token::read(&own).ok_or(Malformed("no token"))?;
                let own: Rc<dyn SelfToken> = Rc::new(KnownToken(token));
                Some(own)
            }
            None => None,
        };
        let reached = service.with_origin(Origin { own, is_stored });
        let reached = reached.unwrap_or(service);
        self.opened.borrow_mut().insert(opened, reached);
        Ok(())
    }

    fn may_open(&self, opened: OpenedId) -> Result<(), Malformed> {
        advance(&self.open_next, opened.0)?;
        match self.opened.borrow().len() >= MOST {
            true => Err(Malformed("too much is open")),
            false => Ok(()),
        }
    }

    pub fn close(&self, opened: OpenedId) -> Result<(), Malformed> {
        let closed = self.opened.borrow_mut().remove(&opened);
        closed
            .map(drop)
            .ok_or(Malformed("what is closed was not open"))
    }

    pub fn ask(
        &self,
        session: &Rc<Session>,
        question: QuestionId,
        to: Target,
        ask: Ask,
    ) -> Result<(), Malformed> {
        advance(&self.ask_next, question.0)?;
        if self.entries.borrow().len() >= MOST {
            return Err(Malformed("too many questions"));
        }
        let referent = session.referent(to)?;
        let work = session.import_ask(ask)?;
        let promised = matches!(work, Work::Call(_)).then(|| {
            let (settle, settled) = oneshot::channel::<Settled>();
            let settled = settled.map(|settled| {
                settled.unwrap_or_else(|_| {
                    let message = "The call was cancelled.".to_owned();
                    Err(ChannelError::Disconnected(message))
                })
            });
            (Promised(settled.boxed_local().shared()), Some(settle))
        });
        let answering = session.clone();
        let task = tokio::task::spawn_local(async move {
            let outcome = perform(referent, work).await;
            answering.answers.answer(&answering, question, outcome);
        });
        let entry = Entry {
            task: task.abort_handle(),
            promised,
        };
        self.entries.borrow_mut().insert(question, entry);
        Ok(())
    }

    fn answer(
        &self,
        session: &Rc<Session>,
        question: QuestionId,
        outcome: Result<Outcome, ChannelError>,
    ) {
        let settle = {
            let mut entries = self.entries.borrow_mut();
            let Some(entry) = entries.get_mut(&question) else {
                // Finished meanwhile.
                return;
            };
            match &mut entry.promised {
                Some((_, settle)) => settle.take(),
                None => {
                    entries.remove(&question);
                    None
                }
            }
        };
        if let Some(settle) = settle {
            // The promised one may have been dropped.
            let _ = settle.send(match &outcome {
                Ok(Outcome::Returned(returned)) => Ok(returned.pipeline.clone()),
                Ok(_) => Err(ChannelError::Internal("a call without a result".into())),
                Err(error) => Err(error.clone()),
            });
        }
        let result = outcome.map(|outcome| session.export_outcome(outcome));
        session.send_message(Frame::Answer { question, result });
    }

    pub fn finish(&self, question: QuestionId) -> Result<(), Malformed> {
        if question.0 >= self.ask_next.get() {
            return Err(Malformed("what is finished was not asked"));
        }
        let entry = self.entries.borrow_mut().remove(&question);
        if let Some(entry) = entry {
            entry.task.abort();
        }
        Ok(())
    }

    /// What the other side has opened.
    pub fn opened(&self, opened: OpenedId) -> Option<Rc<dyn SubrequestChannel>> {
        self.opened.borrow().get(&opened).cloned()
    }

    /// What a call of the other side comes to.
    pub fn promised(&self, question: QuestionId) -> Option<Promised> {
        let entries = self.entries.borrow();
        let (promised, _) = entries.get(&question)?.promised.as_ref()?;
        Some(promised.clone())
    }

    pub fn len(&self) -> usize {
        self.opened.borrow().len() + self.entries.borrow().len()
    }

    pub fn clear(&self) {
        for entry in self.entries.take().into_values() {
            entry.task.abort();
        }
        drop(self.opened.take());
    }
}

impl Session {
    fn import_ask(self: &Rc<Self>, ask: Ask) -> Result<Work, Malformed> {
        Ok(match ask {
            Ask::Get { path } => Work::Call(Call {
                path,
                operation: Operation::Get,
            }),
            Ask::Call { path, arguments } => {
                let arguments = arguments.map(|arguments| self.import_payload(arguments));
                Work::Call(Call {
                    path,
                    operation: Operation::Call(arguments.transpose()?),
                })
            }
            Ask::Restore { is_stub, params } => {
                let params = Written::read(&params).ok_or(Malformed("no parameters"))?;
                let restore = Restore {
                    kind: if is_stub { Kind::Stub } else { Kind::Service },
                    params: Carried::of_loop(params),
                };
                Work::Call(Call {
                    path: Vec::new(),
                    operation: Operation::Restore(restore),
                })
            }
            Ask::Request { head, body } => {
                let body = self.import_body(body)?;
                Work::Request(http::Request::from_parts(*head, body))
            }
            Ask::Connect(request) => Work::Connect(request),
            Ask::Scheduled(event) => Work::Scheduled(event),
            Ask::Queue(batch) => Work::Queue(batch),
            Ask::Tail(batch) => Work::Tail(batch),
        })
    }

    fn export_outcome(self: &Rc<Self>, outcome: Outcome) -> Answer {
        match outcome {
            Outcome::Returned(returned) => Answer::Returned {
                value: self.export_message(returned.value),
                has_disposer: returned.has_disposer,
            },
            Outcome::Response(response) => {
                let (head, body) = response.into_parts();
                Answer::Response {
                    head: Box::new(head),
                    body: self.export_body(body),
                }
            }
            Outcome::Connected(opened) => Answer::Connected(self.export_connection(opened.io)),
            Outcome::Scheduled(result) => Answer::Scheduled(result),
            Outcome::Queue(result) => Answer::Queue(result),
            Outcome::Tail => Answer::Tail,
        }
    }
}

async fn perform(referent: Referent, work: Work) -> Result<Outcome, ChannelError> {
    if let Work::Call(call) = work {
        let capability = referent.capability();
        return capability.call(call).await.map(Outcome::Returned);
    }
    let Referent::Service(service) = referent else {
        let message = "This object is no service.".to_owned();
        return Err(ChannelError::Failed(message));
    };
    Ok(match work {
        Work::Call(call) => Outcome::Returned(service.rpc().call(call).await?),
        Work::Request(request) => Outcome::Response(service.request(request).await?),
        Work::Connect(request) => Outcome::Connected(service.connect(request).await?),
        Work::Scheduled(event) => Outcome::Scheduled(service.scheduled(event).await?),
        Work::Queue(batch) => Outcome::Queue(service.queue(batch).await?),
        Work::Tail(batch) => {
            service.tail(batch).await?;
            Outcome::Tail
        }
    })
}
