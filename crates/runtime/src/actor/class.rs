//! Classes that objects are made of.

use std::any::Any;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use io::ChannelError;
use io::carried::Carried;
use io::channel::EventFuture;
use io::token::{NOT_STORABLE, Referent, Refusal, Token, Usage};
use workers::durable_object::ActorClass;

use crate::definition::Props;
use crate::worker::Worker;

/// A Durable Object class of a Worker.
#[derive(Clone)]
pub struct Class {
    worker: Owner,
    name: Arc<str>,
    props: Props,
    /// Whether a reference to it may be stored.
    is_persistent: bool,
}

/// Whether the class keeps its Worker.
#[derive(Clone)]
enum Owner {
    Kept(Rc<Worker>),
    /// The Worker's isolate holds the class.
    Own(Weak<Worker>),
}

impl Class {
    pub fn new(worker: Rc<Worker>, name: Arc<str>, props: Props) -> Self {
        Self {
            worker: Owner::Kept(worker),
            name,
            props,
            is_persistent: false,
        }
    }

    /// The same, with references to it that may be stored or not.
    #[must_use]
    pub fn persistent(mut self, is_persistent: bool) -> Self {
        self.is_persistent = is_persistent;
        self
    }

    /// A class for what lives in the Worker's own isolate.
    pub(crate) fn own(worker: Weak<Worker>, name: Arc<str>, is_persistent: bool) -> Self {
        Self {
            worker: Owner::Own(worker),
            name,
            props: Props::Empty,
            is_persistent,
        }
    }

    /// What a value of JavaScript stands for.
    pub fn of(class: &Rc<dyn ActorClass>) -> Option<Self> {
        let class = class.clone().as_any().downcast::<Self>().ok()?;
        Some((*class).clone())
    }

    pub(super) fn worker(&self) -> Result<Rc<Worker>, ChannelError> {
        match &self.worker {
            Owner::Kept(worker) => Ok(worker.clone()),
            Owner::Own(worker) => worker
                .upgrade()
                .ok_or_else(|| ChannelError::Disconnected("The Worker is gone.".into())),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn props(&self) -> &Props {
        &self.props
    }
}

impl ActorClass for Class {
    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn loaded(self: Rc<Self>) -> EventFuture<Rc<dyn ActorClass>> {
        Box::pin(async move { Ok(self as Rc<dyn ActorClass>) })
    }

    fn not_sendable(&self) -> Option<&'static str> {
        let worker = self.worker().ok()?;
        let is_dynamic = worker.host().is_dynamic();
        is_dynamic.then_some(workers::worker_loader::NOT_SENDABLE)
    }

    fn token(&self, usage: Usage) -> Result<Token, Refusal> {
        let worker = self.worker().map_err(|_| NOT_STORABLE)?;
        let named = crate::tokens::named(&worker, Some(&self.name), &self.props, usage)?;
        Token::new(Referent::Class(named), self.is_persistent, usage)
    }

    fn with_props(&self, props: Option<Carried>) -> Rc<dyn ActorClass> {
        Rc::new(Self {
            props: props.into(),
            ..self.clone()
        })
    }
}
