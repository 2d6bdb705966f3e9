//! What messages refer to, on its way out and in.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use bytes::Bytes;
use futures::channel::oneshot;
use io::SubrequestChannel;
use io::passage::Watch;
use io::rpc::{Capability, External, Message};
use io::token::{Token, Usage};
use net::Body;

use crate::Malformed;
use crate::frame::{BodyFrame, ExportId, ExternalFrame, Frame, Payload, ReferenceFrame, Target};
use crate::known::{KnownService, KnownStub, KnownToken};
use crate::remote::{Remote, RemoteCapability, RemoteService};
use crate::session::{Session, next};
use crate::sinks::{RemoteSink, pump_sink};
use crate::streams::{Carries, Inflow, pump_body};

/// An object of this side.
#[derive(Clone)]
pub(crate) enum Referent {
    Capability(Rc<dyn Capability>),
    Service(Rc<dyn SubrequestChannel>),
}

impl Referent {
    pub fn capability(self) -> Rc<dyn Capability> {
        match self {
            Self::Capability(capability) => capability,
            Self::Service(service) => service.rpc(),
        }
    }
}

/// The objects that the other side may use.
#[derive(Default)]
pub(crate) struct Exports {
    table: RefCell<HashMap<ExportId, Export>>,
    next: Cell<u64>,
    /// What had come to its end before the other side heard of it.
    ended: RefCell<Vec<ExportId>>,
}

struct Export {
    referent: Referent,
    /// Tells the other side of the object's end.
    _watch: Option<Watch>,
}

impl Exports {
    fn add(&self, session: &Rc<Session>, referent: Referent) -> ReferenceFrame {
        let id = ExportId(next(&self.next));
        let watch = match &referent {
            Referent::Capability(capability) => {
                let session = Rc::downgrade(session);
                Some(capability.watch(Box::new(move || tell_of_end(&session, id))))
            }
            Referent::Service(_) => None,
        };
        let export = Export {
            referent,
            _watch: watch,
        };
        self.table.borrow_mut().insert(id, export);
        ReferenceFrame::Mine(id)
    }

    pub fn release(&self, export: ExportId) -> Result<(), Malformed> {
        let released = self.table.borrow_mut().remove(&export);
        released
            .map(drop)
            .ok_or(Malformed("what is released was not referred to"))
    }

    fn is_known(&self, export: ExportId) -> bool {
        self.table.borrow().contains_key(&export)
    }

    /// What the other side, which has just heard of it, is yet to be told the end of.
    pub fn take_ended(&self) -> Vec<ExportId> {
        self.ended.take()
    }

    pub fn len(&self) -> usize {
        self.table.borrow().len()
    }

    pub fn clear(&self) {
        drop(self.table.take());
    }
}

fn tell_of_end(session: &Weak<Session>, export: ExportId) {
    let Some(session) = session.upgrade() else {
        return;
    };
    if session.exports.is_known(export) {
        session.send(Frame::Gone { export });
    } else {
        session.exports.ended.borrow_mut().push(export);
    }
}

/// The objects of the other side that are referred to.
#[derive(Default)]
pub(crate) struct Imports {
    table: RefCell<HashMap<ExportId, Weak<Remote>>>,
    next: Cell<u64>,
}

impl Imports {
    fn add(&self, export: ExportId, remote: &Rc<Remote>) {
        self.next
            .set(self.next.get().max(export.0.saturating_add(1)));
        let remote = Rc::downgrade(remote);
        self.table.borrow_mut().insert(export, remote);
    }

    /// Nobody refers to it any more.
    pub fn forget(&self, export: ExportId) {
        self.table.borrow_mut().remove(&export);
    }

    /// It can no longer be called.
    pub fn gone(&self, export: ExportId) -> Result<(), Malformed> {
        if export.0 >= self.next.get() {
            return Err(Malformed("the end of what was not referred to"));
        }
        let remote = self.table.borrow_mut().remove(&export);
        if let Some(remote) = remote.and_then(|remote| remote.upgrade()) {
            remote.departure.tell();
        }
        Ok(())
    }

    pub fn clear(&self) {
        for remote in self.table.take().into_values() {
            if let Some(remote) = remote.upgrade() {
                remote.departure.tell();
            }
        }
    }
}

impl Session {
    /// What the other side names.
    pub(crate) fn referent(&self, target: Target) -> Result<Referent, Malformed> {
        let found = match target {
            Target::Opened(opened) => self.answers.opened(opened).map(Referent::Service),
            Target::Export(export) => {
                let exports = self.exports.table.borrow();
                exports.get(&export).map(|export| export.referent.clone())
            }
            Target::Answer(question) => {
                let promised = self.answers.promised(question);
                promised.map(|promised| Referent::Capability(Rc::new(promised)))
            }
        };
        found.ok_or(Malformed("a target that does not exist"))
    }

    fn imported(
        self: &Rc<Self>,
        reference: ReferenceFrame,
    ) -> Result<Result<Rc<Remote>, Referent>, Malformed> {
        match reference {
            ReferenceFrame::Mine(export) => {
                let remote = Remote::new(self.clone(), Target::Export(export));
                let remote = Rc::new(remote);
                self.imports.add(export, &remote);
                Ok(Ok(remote))
            }
            ReferenceFrame::Yours(target) => Ok(Err(self.referent(target)?)),
        }
    }

    /// What the other side calls its own, if it is that.
    fn theirs(self: &Rc<Self>, remote: &Rc<Remote>) -> Option<ReferenceFrame> {
        Rc::ptr_eq(self, &remote.session).then(|| {
            self.mention(remote.clone());
            ReferenceFrame::Yours(remote.target)
        })
    }

    fn export_capability(self: &Rc<Self>, capability: Rc<dyn Capability>) -> ReferenceFrame {
        let mut beneath = Some(capability.clone());
        while let Some(passed) = beneath {
            let any = passed.as_any();
            let remote = any.and_then(|any| any.downcast_ref::<RemoteCapability>());
            if let Some(theirs) = remote.and_then(|remote| self.theirs(&remote.0)) {
                return theirs;
            }
            beneath = passed.beneath();
        }
        self.exports.add(self, Referent::Capability(capability))
    }

    fn export_service(self: &Rc<Self>, service: Rc<dyn SubrequestChannel>) -> ReferenceFrame {
        let any = service.as_any();
        let remote = any.and_then(|any| any.downcast_ref::<RemoteService>());
        let theirs = remote.and_then(|remote| self.theirs(&remote.0));
        theirs.unwrap_or_else(|| self.exports.add(self, Referent::Service(service)))
    }

    pub(crate) fn export_message(self: &Rc<Self>, message: Message) -> Payload {
        let externals = message.externals.into_iter();
        Payload {
            data: Bytes::from(message.data),
            references: message.references,
            externals: externals
                .map(|external| self.export_external(external))
                .collect(),
        }
    }

    fn export_external(self: &Rc<Self>, external: External) -> ExternalFrame {
        match external {
            External::Capability(capability) => {
                let channel = capability.channel();
                let token = channel.and_then(|channel| channel.token(Usage::Storage).ok());
                let reference = self.export_capability(capability);
                match token.map(|token| token.write().into()) {
                    Some(token) => ExternalFrame::KnownStub { reference, token },
                    None => ExternalFrame::Capability(reference),
                }
            }
            External::Service(service) => {
                let token = service.token(Usage::Storage).ok();
                let reference = self.export_service(service);
                match token.map(|token| token.write().into()) {
                    Some(token) => ExternalFrame::KnownService { reference, token },
                    None => ExternalFrame::Service(reference),
                }
            }
            // One that is not found again is no class to the other side.
            External::Class(class) => {
                let token = class.token(Usage::Loop).map(|token| token.write());
                ExternalFrame::Class(token.unwrap_or_default().into())
            }
            External::Token(token) => ExternalFrame::Class(token.into()),
            External::Socket(info) => ExternalFrame::Socket(info),
            External::Readable(body) => ExternalFrame::Readable(self.export_body(body)),
            External::Writable(sink) => {
                let (stream, flow) = self.streams.receive_own(self, Carries::Bytes);
                tokio::task::spawn_local(pump_sink(flow, sink));
                ExternalFrame::Writable(stream)
            }
            External::Signal(signal) => {
                let (stream, window) = self.streams.send_own();
                let session = self.clone();
                tokio::task::spawn_local(async move {
                    if let Ok(reason) = window
                        .unless_closed(signal)
                        .await
                        .unwrap_or(Err(oneshot::Canceled))
                    {
                        let bytes = Bytes::from(reason);
                        session.send(Frame::Chunk { stream, bytes });
                    }
                    session.streams.finish(&session, stream, Ok(()));
                });
                ExternalFrame::Signal(stream)
            }
        }
    }

    pub(crate) fn import_payload(self: &Rc<Self>, payload: Payload) -> Result<Message, Malformed> {
        let externals = payload.externals.into_iter();
        Ok(Message {
            data: Vec::from(payload.data),
            references: payload.references,
            externals: externals
                .map(|external| self.import_external(external))
                .collect::<Result<_, _>>()?,
        })
    }

    fn import_capability(
        self: &Rc<Self>,
        reference: ReferenceFrame,
    ) -> Result<Rc<dyn Capability>, Malformed> {
        Ok(match self.imported(reference)? {
            Ok(remote) => Rc::new(RemoteCapability(remote)),
            Err(referent) => referent.capability(),
        })
    }

    fn import_service(
        self: &Rc<Self>,
        reference: ReferenceFrame,
    ) -> Result<Rc<dyn SubrequestChannel>, Malformed> {
        match self.imported(reference)? {
            Ok(remote) => Ok(Rc::new(RemoteService(remote))),
            Err(Referent::Service(service)) => Ok(service),
            Err(Referent::Capability(_)) => Err(Malformed("an object in place of a service")),
        }
    }

    fn import_external(self: &Rc<Self>, external: ExternalFrame) -> Result<External, Malformed> {
        Ok(match external {
            ExternalFrame::Capability(reference) => {
                External::Capability(self.import_capability(reference)?)
            }
            ExternalFrame::KnownStub { reference, token } => {
                let stub = self.import_capability(reference)?;
                let token = Token::read(&token).ok_or(Malformed("no token"))?;
                let channel = Rc::new(KnownToken(token));
                External::Capability(Rc::new(KnownStub { stub, channel }))
            }
            ExternalFrame::Service(reference) => External::Service(self.import_service(reference)?),
            ExternalFrame::KnownService { reference, token } => {
                let service = self.import_service(reference)?;
                let token = Token::read(&token).ok_or(Malformed("no token"))?;
                External::Service(Rc::new(KnownService { service, token }))
            }
            ExternalFrame::Class(token) => External::Token(token.into()),
            ExternalFrame::Socket(info) => External::Socket(info),
            ExternalFrame::Readable(body) => External::Readable(self.import_body(body)?),
            ExternalFrame::Writable(stream) => {
                let window = self.streams.send_theirs(stream)?;
                let sink = RemoteSink::new(self.clone(), stream, window);
                External::Writable(Rc::new(sink))
            }
            ExternalFrame::Signal(stream) => {
                let mut flow = self.streams.receive_theirs(self, stream, Carries::Bytes)?;
                let (sender, receiver) = oneshot::channel();
                tokio::task::spawn_local(async move {
                    let mut sender = sender;
                    tokio::select! {
                        // Nobody follows the signal any more.
                        () = sender.cancellation() => {}
                        bytes = flow.next_bytes() => {
                            if let Some(Ok(bytes)) = bytes {
                                // The same.
                                let _ = sender.send(Vec::from(bytes));
                            }
                        }
                    }
                });
                External::Signal(receiver)
            }
        })
    }

    pub(crate) fn export_body(self: &Rc<Self>, mut body: Body) -> BodyFrame {
        if let Some(web_socket) = body.take_web_socket() {
            return BodyFrame::WebSocket(self.export_web_socket(web_socket));
        }
        if let Some(connection) = body.take_connection() {
            return BodyFrame::Connection(self.export_connection(Box::new(connection)));
        }
        let most = self.most_at_once() as u64;
        let body = match body.length() {
            Some(length) if length <= most => match body.into_bytes() {
                Ok(bytes) => return BodyFrame::Bytes(bytes),
                Err(body) => body,
            },
            _ => body,
        };
        let length = body.length();
        let (stream, window) = self.streams.send_own();
        tokio::task::spawn_local(pump_body(self.clone(), stream, window, body));
        BodyFrame::Stream { stream, length }
    }

    pub(crate) fn import_body(self: &Rc<Self>, body: BodyFrame) -> Result<Body, Malformed> {
        Ok(match body {
            BodyFrame::Bytes(bytes) => Body::from(bytes),
            BodyFrame::Stream { stream, length } => {
                let flow = self.streams.receive_theirs(self, stream, Carries::Bytes)?;
                Body::stream(Inflow::into_stream(flow, length), length)
            }
            BodyFrame::WebSocket(socket) => Body::web_socket(self.import_web_socket(socket)?),
            BodyFrame::Connection(socket) => Body::connection(net::http1::Upgraded {
                io: self.import_connection(socket)?,
                read_ahead: Bytes::new(),
                kept: None,
            }),
        })
    }
}
