//! The storage's way to the gates of its object, and to the alarms of its namespace.

use std::rc::Rc;

use io::channel::Hint;
use io::{Actor, ChannelError, OutputLock};
use storage::{Error, Hold, Host, LocalBoxFuture, Result};

/// Deletes what belongs to an object beside its database.
pub type OnDeleteAll = Rc<dyn Fn() -> std::io::Result<()>>;

/// The alarms of a namespace, as one of its objects sees them.
pub trait AlarmHost {
    /// Whether the object's class has a handler; an object that is being made may have one.
    fn has_handler(&self) -> bool;

    /// The object is made, and it is known.
    fn set_has_handler(&self, has_handler: bool);

    /// Sets the alarm of this object, in nanoseconds since the epoch, or removes it. The future ends when that is in the file.
    fn schedule(&self, time: Option<i64>) -> LocalBoxFuture<Result<()>>;

    /// The alarm that is set here for this object.
    fn scheduled(&self) -> Option<i64>;
}

/// An object with gates.
pub struct ActorHost {
    actor: Rc<Actor>,
    alarms: Option<Rc<dyn AlarmHost>>,
    on_delete_all: OnDeleteAll,
}

impl ActorHost {
    pub fn new(
        actor: Rc<Actor>,
        alarms: Option<Rc<dyn AlarmHost>>,
        on_delete_all: OnDeleteAll,
    ) -> Rc<Self> {
        Rc::new(Self {
            actor,
            alarms,
            on_delete_all,
        })
    }
}

impl Host for ActorHost {
    fn spawn(&self, task: LocalBoxFuture<()>) {
        tokio::task::spawn_local(task);
    }

    fn at_turn_end(&self, work: Box<dyn FnOnce()>) {
        self.actor.at_turn_end(work);
    }

    fn hold_output(&self) -> Box<dyn Hold> {
        Box::new(Held(self.actor.output().lock()))
    }

    fn broken(&self) -> Option<Error> {
        let error = self.actor.broken()?;
        Some(Error::Broken(error.to_string()))
    }

    fn deleted_all(&self) -> Result<()> {
        (self.on_delete_all)().map_err(|error| Error::Disk(error.to_string()))
    }

    fn schedule_alarm(&self, time: Option<i64>) -> Result<LocalBoxFuture<Result<()>>> {
        match &self.alarms {
            Some(alarms) => Ok(alarms.schedule(time)),
            None => Err(Error::Usage(
                "Alarms have not been configured for this Durable Object.",
            )),
        }
    }

    fn known_alarm(&self) -> Option<i64> {
        self.alarms.as_ref()?.scheduled()
    }
}

/// A lock of the output gate.
struct Held(OutputLock);

impl Hold for Held {
    fn release(self: Box<Self>) {
        self.0.release();
    }

    fn fail(self: Box<Self>, error: &Error) {
        let is_overloaded = *error == Error::TooMuchMemory;
        let error = match error {
            Error::Engine(_) | Error::File { .. } | Error::Disk(_) => {
                ChannelError::Internal(error.to_string())
            }
            _ => ChannelError::classed("Error", error.to_string()),
        };
        let error = error.hinted(Hint::Reset);
        self.0.fail(match is_overloaded {
            true => error.hinted(Hint::Overloaded),
            false => error,
        });
    }
}
