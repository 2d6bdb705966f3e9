//! One side of a session.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use bytes::Bytes;
use futures::channel::oneshot;
use io::channel::Opened;
use io::event::{QueueResult, ScheduledResult};
use io::rpc::Message;
use io::{ChannelError, SubrequestChannel};
use net::Body;

use crate::Malformed;
use crate::answers::Answers;
use crate::frame::{Answer, Ask, Frame, OpenedId, QuestionId, Target};
use crate::link::{Inlet, Link, Outlet};
use crate::references::{Exports, Imports};
use crate::remote::{Remote, RemoteService};
use crate::streams::Streams;

/// What the other side can open by name.
pub trait Directory {
    /// # Errors
    /// There is nothing of this name, or not for the other side.
    fn open(&self, name: &[u8]) -> Result<Rc<dyn SubrequestChannel>, ChannelError>;
}

/// Which of the two a side is; they agree on it beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    First,
    Second,
}

/// See the module.
pub struct Session {
    outlet: RefCell<Option<Box<dyn Outlet>>>,
    /// Why there is no outlet any more.
    ended: RefCell<Option<ChannelError>>,
    driver: RefCell<Option<Waker>>,
    pub(crate) directory: Rc<dyn Directory>,
    /// What the next question or answer refers to at the other side: let go of after it is sent.
    mentioned: RefCell<Vec<Rc<Remote>>>,
    next_opened: Cell<u64>,
    next_question: Cell<u64>,
    questions: RefCell<HashMap<QuestionId, oneshot::Sender<Result<Reply, ChannelError>>>>,
    pub(crate) answers: Answers,
    pub(crate) exports: Exports,
    pub(crate) imports: Imports,
    pub(crate) streams: Streams,
}

/// An answer with its references as whoever asked uses them.
pub(crate) enum Reply {
    Returned { value: Message, has_disposer: bool },
    Response(http::Response<Body>),
    Connected(Opened),
    Scheduled(ScheduledResult),
    Queue(QueueResult),
    Tail,
}

/// A question that was asked. Dropping `question` finishes it.
pub(crate) struct Asked {
    pub question: Rc<Remote>,
    pub reply: oneshot::Receiver<Result<Reply, ChannelError>>,
}

const LOST: &str = "Network connection lost.";

impl Session {
    /// Starts a session; its work is done by a task of this thread's `LocalSet` until either side ends it.
    pub fn start(link: Link, side: Side, directory: Rc<dyn Directory>) -> Rc<Self> {
        let Link { outlet, inlet } = link;
        let session = Rc::new(Self {
            outlet: RefCell::new(Some(outlet)),
            ended: RefCell::new(None),
            driver: RefCell::new(None),
            directory,
            mentioned: RefCell::default(),
            next_opened: Cell::new(0),
            next_question: Cell::new(0),
            questions: RefCell::default(),
            answers: Answers::default(),
            exports: Exports::default(),
            imports: Imports::default(),
            streams: Streams::new(side),
        });
        tokio::task::spawn_local(drive(session.clone(), inlet));
        session
    }

    /// Something that the other side's directory has. Whether it has it shows when it is used.
    pub fn open(self: &Rc<Self>, name: Bytes) -> Rc<dyn SubrequestChannel> {
        let opened = OpenedId(next(&self.next_opened));
        self.send(Frame::Open { opened, name });
        let remote = Remote::new(self.clone(), Target::Opened(opened));
        Rc::new(RemoteService(Rc::new(remote)))
    }

    /// A service of the other side, as whoever comes by a reference reaches it.
    pub(crate) fn reach(
        self: &Rc<Self>,
        to: Target,
        own: Option<Bytes>,
        is_stored: bool,
    ) -> Rc<dyn SubrequestChannel> {
        let opened = OpenedId(next(&self.next_opened));
        self.send(Frame::Reach {
            opened,
            to,
            own,
            is_stored,
        });
        let remote = Remote::new(self.clone(), Target::Opened(opened));
        Rc::new(RemoteService(Rc::new(remote)))
    }

    /// Ends the session. Whatever waits for the other side fails, on both sides.
    pub fn close(&self) {
        self.end(ChannelError::Disconnected(LOST.into()));
    }

    pub fn is_over(&self) -> bool {
        self.ended.borrow().is_some()
    }

    /// How much the tables of this side hold: nothing when nothing is under way.
    pub fn load(&self) -> usize {
        self.questions.borrow().len() + self.answers.len() + self.exports.len() + self.streams.len()
    }

    pub(crate) fn send(&self, frame: Frame) {
        if let Some(outlet) = &*self.outlet.borrow() {
            outlet.send(frame);
        }
    }

    /// Sends a frame with references.
    pub(crate) fn send_message(&self, frame: Frame) {
        self.send(frame);
        drop(self.mentioned.take());
        for export in self.exports.take_ended() {
            self.send(Frame::Gone { export });
        }
    }

    /// Keeps what the next message refers to until that is sent.
    pub(crate) fn mention(&self, remote: Rc<Remote>) {
        self.mentioned.borrow_mut().push(remote);
    }

    pub(crate) fn most_at_once(&self) -> usize {
        let outlet = self.outlet.borrow();
        outlet.as_ref().map_or(0, |outlet| outlet.most_at_once())
    }

    /// Asks what `ask` makes: nothing is made of it once the session is over.
    pub(crate) fn ask(
        self: &Rc<Self>,
        to: Target,
        ask: impl FnOnce(&Rc<Self>) -> Ask,
    ) -> Result<Asked, ChannelError> {
        if let Some(reason) = &*self.ended.borrow() {
            return Err(reason.clone());
        }
        let (sender, reply) = oneshot::channel();
        let question = QuestionId(next(&self.next_question));
        self.questions.borrow_mut().insert(question, sender);
        let ask = ask(self);
        self.send_message(Frame::Ask { question, to, ask });
        Ok(Asked {
            question: Rc::new(Remote::new(self.clone(), Target::Answer(question))),
            reply,
        })
    }

    /// Whoever asked does not wait any more.
    pub(crate) fn forget(&self, question: QuestionId) {
        let waiting = self.questions.borrow_mut().remove(&question);
        drop(waiting);
    }

    fn take(self: &Rc<Self>, frame: Frame) -> Result<(), Malformed> {
        match frame {
            Frame::Open { opened, name } => self.answers.open(self, opened, &name),
            Frame::Reach {
                opened,
                to,
                own,
                is_stored,
            } => self.answers.reach(self, opened, to, own, is_stored),
            Frame::Close { opened } => self.answers.close(opened),
            Frame::Ask { question, to, ask } => self.answers.ask(self, question, to, ask),
            Frame::Answer { question, result } => self.answered(question, result),
            Frame::Finish { question } => self.answers.finish(question),
            Frame::Release { export } => self.exports.release(export),
            Frame::Gone { export } => self.imports.gone(export),
            Frame::Chunk { stream, bytes } => self.streams.chunk(stream, bytes),
            Frame::Message { stream, message } => self.streams.message(stream, message),
            Frame::End { stream } => self.streams.end(stream, Ok(())),
            Frame::Fail { stream, error } => self.streams.end(stream, Err(error)),
            Frame::Credit { stream, bytes } => self.streams.credit(stream, bytes),
            Frame::Cancel { stream, reason } => self.streams.cancel(stream, reason),
        }
    }

    fn answered(
        self: &Rc<Self>,
        question: QuestionId,
        result: Result<Answer, ChannelError>,
    ) -> Result<(), Malformed> {
        if question.0 >= self.next_question.get() {
            return Err(Malformed("an answer to what nobody has asked"));
        }
        // What it refers to is let go of if nobody waits for it.
        let reply = match result {
            Ok(answer) => Ok(self.import_answer(answer)?),
            Err(error) => Err(error),
        };
        let waiting = self.questions.borrow_mut().remove(&question);
        if let Some(waiting) = waiting {
            // The same.
            let _ = waiting.send(reply);
        }
        Ok(())
    }

    fn import_answer(self: &Rc<Self>, answer: Answer) -> Result<Reply, Malformed> {
        Ok(match answer {
            Answer::Returned {
                value,
                has_disposer,
            } => Reply::Returned {
                value: self.import_payload(value)?,
                has_disposer,
            },
            Answer::Response { head, body } => {
                let body = self.import_body(body)?;
                Reply::Response(http::Response::from_parts(*head, body))
            }
            Answer::Connected(socket) => Reply::Connected(Opened {
                io: self.import_connection(socket)?,
                tls: None,
            }),
            Answer::Scheduled(result) => Reply::Scheduled(result),
            Answer::Queue(result) => Reply::Queue(result),
            Answer::Tail => Reply::Tail,
        })
    }

    fn end(&self, reason: ChannelError) {
        if self.ended.borrow().is_some() {
            return;
        }
        self.ended.replace(Some(reason.clone()));
        let outlet = self.outlet.take();
        drop(outlet);
        for (_, waiting) in self.questions.take() {
            // Nobody waits any more: nobody has to know.
            let _ = waiting.send(Err(reason.clone()));
        }
        drop(self.mentioned.take());
        self.answers.clear();
        self.exports.clear();
        self.imports.clear();
        self.streams.fail();
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }
}

/// A number that was not given out before.
pub(crate) fn next(counter: &Cell<u64>) -> u64 {
    let number = counter.get();
    counter.set(number + 1);
    number
}

async fn drive(session: Rc<Session>, mut inlet: Box<dyn Inlet>) {
    loop {
        let received = poll_fn(|cx| {
            if session.is_over() {
                return Poll::Ready(None);
            }
            session.driver.replace(Some(cx.waker().clone()));
            inlet.poll_receive(cx)
        })
        .await;
        let taken = match received {
            Some(Ok(frame)) => session.take(frame),
            Some(Err(malformed)) => Err(malformed),
            None => return session.close(),
        };
        if let Err(malformed) = taken {
            tracing::error!("the other side of a session breaks the protocol: {malformed}");
            return session.close();
        }
    }
}
