//! Classes that objects are made of.

use std::any::Any;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use io::ChannelError;
use workers::durable_object::ActorClass;

use crate::definition::Props;
use crate::worker::Worker;

/// A Durable Object class of a Worker.
#[derive(Clone)]
pub struct Class {
    worker: Owner,
    name: Arc<str>,
    props: Props,
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
        }
    }

    /// A class for what lives in the Worker's own isolate.
    pub(crate) fn own(worker: Weak<Worker>, name: Arc<str>) -> Self {
        Self {
            worker: Owner::Own(worker),
            name,
            props: Props::Empty,
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

    fn with_props(&self, props: Option<Vec<u8>>) -> Rc<dyn ActorClass> {
        Rc::new(Self {
            props: props.map_or(Props::Empty, |bytes| Props::Cloned(bytes.into())),
            ..self.clone()
        })
    }
}
