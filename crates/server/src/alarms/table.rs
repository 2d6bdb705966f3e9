//! The tables of alarms on disk, one for each namespace, on a thread of their own that may wait for the disk.
//!
//! T1. Changes are made in the order in which they were asked for. Those that have come meanwhile share one wait for the
//!     disk.
//! T2. A change is told of when it is safe from a loss of power.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use futures::channel::oneshot;
use storage::alarms::{Alarm, Alarms};

use super::{AlarmTime, Durable, Error, Object};

/// How many changes share one wait for the disk at the most.
const BATCH: usize = 4096;

/// The tables of a process.
#[derive(Debug, Default)]
pub struct Tables {
    /// The way to the thread, which starts with the first table.
    requests: Mutex<Option<Sender<Request>>>,
}

/// The table of a namespace. Clones are the same table.
#[derive(Clone)]
pub struct Table {
    number: usize,
    requests: Sender<Request>,
}

enum Request {
    Open {
        directory: PathBuf,
        opened: Sender<Result<(usize, Vec<Alarm>), Error>>,
    },
    Change {
        number: usize,
        change: Change,
        done: oneshot::Sender<Result<(), Error>>,
    },
}

enum Change {
    Set(Alarm),
    Delete(String),
    Clear,
}

impl Tables {
    /// The thread ends when nobody can ask it for anything any more.
    fn thread(&self) -> io::Result<Sender<Request>> {
        let mut known = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(requests) = &*known {
            return Ok(requests.clone());
        }
        let (requests, received) = channel();
        std::thread::Builder::new()
            .name("alarms".to_owned())
            .spawn(move || work(&received))?;
        *known = Some(requests.clone());
        Ok(requests)
    }

    /// Opens the table of the namespace in `directory`, which is made if it must be; gives what it holds. This waits for the disk.
    ///
    /// # Errors
    /// The file cannot be opened, or is no such table.
    pub fn open(&self, directory: &Path) -> Result<(Table, Vec<(Object, AlarmTime)>), Error> {
        let (opened, answer) = channel();
        let request = Request::Open {
            directory: directory.to_owned(),
            opened,
        };
        let requests = self.thread()?;
        requests.send(request).map_err(|_| Error::Closed)?;
        let (number, alarms) = answer.recv().map_err(|_| Error::Closed)??;
        let table = Table { number, requests };
        let alarms = alarms.into_iter().map(|alarm| {
            let object = Object {
                id: alarm.object.into(),
                name: alarm.name.map(Rc::from),
            };
            (object, AlarmTime::from_nanos(alarm.time))
        });
        Ok((table, alarms.collect()))
    }
}

impl Table {
    /// Sets the alarm of an object.
    pub fn set(&self, object: &Object, time: AlarmTime) -> Durable {
        self.change(Change::Set(Alarm {
            object: object.id.to_string(),
            name: object.name.as_deref().map(str::to_owned),
            time: time.nanos(),
        }))
    }

    /// Takes the alarm of an object away.
    pub fn delete(&self, object: &Object) -> Durable {
        self.change(Change::Delete(object.id.to_string()))
    }

    /// Takes all alarms away.
    pub fn clear(&self) -> Durable {
        self.change(Change::Clear)
    }

    fn change(&self, change: Change) -> Durable {
        let (done, told) = oneshot::channel();
        let request = Request::Change {
            number: self.number,
            change,
            done,
        };
        // If the thread is gone, so is the other end of `told`, which says it.
        let _ = self.requests.send(request);
        Durable::once(told)
    }
}

/// A table and its log of changes, for which the disk is waited for.
struct Opened {
    alarms: Alarms,
    log: File,
}

impl Opened {
    fn new(directory: &Path) -> Result<(Self, Vec<Alarm>), Error> {
        std::fs::create_dir_all(directory)?;
        let path = directory.join(Alarms::FILE);
        let alarms = Alarms::open(storage::Place::File(path.clone()))?;
        let found = alarms.all()?;
        let mut log = path.into_os_string();
        log.push("-wal");
        let log = File::open(log)?;
        Ok((Self { alarms, log }, found))
    }

    fn sync(&self) -> Result<(), Error> {
        Ok(self.log.sync_data()?)
    }

    fn apply(&self, change: Change) -> Result<(), Error> {
        match change {
            Change::Set(alarm) => self.alarms.set(&alarm)?,
            Change::Delete(object) => drop(self.alarms.delete(&object)?),
            Change::Clear => {
                for alarm in self.alarms.all()? {
                    self.alarms.delete(&alarm.object)?;
                }
            }
        }
        Ok(())
    }
}

/// The thread.
fn work(received: &Receiver<Request>) {
    let mut tables: Vec<Opened> = Vec::new();
    while let Ok(first) = received.recv() {
        let mut changed: Vec<(usize, oneshot::Sender<Result<(), Error>>)> = Vec::new();
        for request in std::iter::once(first).chain(received.try_iter().take(BATCH)) {
            match request {
                Request::Open { directory, opened } => {
                    let result = Opened::new(&directory).map(|(table, alarms)| {
                        tables.push(table);
                        (tables.len() - 1, alarms)
                    });
                    // Whoever asked waits for it, or is gone.
                    let _ = opened.send(result);
                }
                Request::Change {
                    number,
                    change,
                    done,
                } => {
                    let table = tables.get(number).ok_or(Error::Closed);
                    match table.and_then(|table| table.apply(change)) {
                        Ok(()) => changed.push((number, done)),
                        // Nobody need want to know, here and below.
                        Err(error) => drop(done.send(Err(error))),
                    }
                }
            }
        }
        let mut touched: Vec<usize> = changed.iter().map(|(number, _)| *number).collect();
        touched.sort_unstable();
        touched.dedup();
        let synced: HashMap<usize, Result<(), Error>> = touched
            .into_iter()
            .filter_map(|number| Some((number, tables.get(number)?.sync())))
            .collect();
        for (number, done) in changed {
            let result = synced.get(&number).cloned();
            let _ = done.send(result.unwrap_or(Err(Error::Closed)));
        }
    }
}
