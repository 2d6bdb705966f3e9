//! How the loops of a process reach one another: a session between two loops, made when one first needs the other.
//!
//! N1. Only [`Place`]s cross threads, before their loops run, and then mailboxes.
//! N2. A loop goes on until all have served their last connection: others may need what lives on it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rpc::{Directory, Mailbox, Session, Side};
use tokio::sync::{mpsc, watch};

/// The place of a loop among the others, for the thread that will run it.
pub struct Place {
    index: usize,
    doors: Arc<[mpsc::UnboundedSender<Mailbox>]>,
    door: mpsc::UnboundedReceiver<Mailbox>,
    presence: watch::Receiver<()>,
    everybody: Arc<watch::Sender<()>>,
}

impl Place {
    /// The places of so many loops.
    pub fn of_loops(count: usize) -> Vec<Self> {
        let (knockers, doors): (Vec<_>, Vec<_>) =
            (0..count).map(|_| mpsc::unbounded_channel()).unzip();
        let knockers: Arc<[_]> = knockers.into();
        let (everybody, presence) = watch::channel(());
        let everybody = Arc::new(everybody);
        let places = doors.into_iter().enumerate();
        places
            .map(|(index, door)| Self {
                index,
                doors: knockers.clone(),
                door,
                presence: presence.clone(),
                everybody: everybody.clone(),
            })
            .collect()
    }
}

/// Says that a loop may need others.
pub struct Presence(
    #[expect(dead_code, reason = "dropping it tells the others")] Option<watch::Receiver<()>>,
);

/// The other loops, as one loop sees them.
pub struct Neighbours {
    index: usize,
    doors: Arc<[mpsc::UnboundedSender<Mailbox>]>,
    door: RefCell<Option<mpsc::UnboundedReceiver<Mailbox>>>,
    presence: RefCell<Option<watch::Receiver<()>>>,
    everybody: Arc<watch::Sender<()>>,
    /// By loop.
    sessions: RefCell<Vec<Option<Rc<Session>>>>,
    directory: Rc<dyn Directory>,
}

impl Neighbours {
    /// `directory` is what the others can open here.
    pub fn new(place: Place, directory: Rc<dyn Directory>) -> Self {
        Self {
            index: place.index,
            sessions: RefCell::new(place.doors.iter().map(|_| None).collect()),
            doors: place.doors,
            door: RefCell::new(Some(place.door)),
            presence: RefCell::new(Some(place.presence)),
            everybody: place.everybody,
            directory,
        }
    }

    /// Which of the loops this is.
    pub fn index(&self) -> usize {
        self.index
    }

    /// How many loops there are.
    pub fn count(&self) -> usize {
        self.doors.len()
    }

    /// The session with another loop.
    pub fn session(&self, with: usize) -> Rc<Session> {
        let known = self.sessions.borrow()[with].clone();
        if let Some(session) = known.filter(|session| !session.is_over()) {
            return session;
        }
        let (near, far) = Mailbox::pair();
        // That nobody is there is told by the end of the session.
        let _ = self.doors[with].send(far);
        let session = Session::start(near.into(), Side::First, self.directory.clone());
        self.sessions.borrow_mut()[with] = Some(session.clone());
        session
    }

    /// Answers other loops, from a task. The loop is present until it [leaves](Self::leave), or what this gives is
    /// dropped.
    pub fn open_door(&self) -> Presence {
        if let Some(mut door) = self.door.take() {
            let directory = self.directory.clone();
            tokio::task::spawn_local(async move {
                while let Some(mailbox) = door.recv().await {
                    // The session's own task keeps it.
                    Session::start(mailbox.into(), Side::Second, directory.clone());
                }
            });
        }
        Presence(self.presence.take())
    }

    /// Says that this loop needs nobody any more, and waits until nobody needs it.
    pub async fn leave(&self, presence: Presence) {
        drop(presence);
        self.everybody.closed().await;
    }
}
