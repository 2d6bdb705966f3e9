//! Turns, transactions and what they hold back.

use sqlite::faults::{Fault, Plan};

use super::turn::LOG_PAGES;
use super::*;
use crate::Budget;
use crate::kv::Range;
use crate::tests::Directory;

mod disk;
mod faults;
mod many;

/// Notes what it is told.
#[derive(Default)]
struct Noting {
    log: Rc<RefCell<Vec<String>>>,
    known_alarm: Option<i64>,
}

struct NotingHold(Rc<RefCell<Vec<String>>>);

impl Hold for NotingHold {
    fn release(self: Box<Self>) {
        self.0.borrow_mut().push("released".into());
    }

    fn fail(self: Box<Self>, error: &Error) {
        self.0.borrow_mut().push(format!("failed: {error}"));
    }
}

impl Host for Noting {
    fn spawn(&self, task: LocalBoxFuture<()>) {
        tokio::task::spawn_local(task);
    }

    fn at_turn_end(&self, _: Box<dyn FnOnce()>) {
        // There is no guest code here: turns end with the task.
    }

    fn hold_output(&self) -> Box<dyn Hold> {
        self.log.borrow_mut().push("held".into());
        Box::new(NotingHold(self.log.clone()))
    }

    fn deleted_all(&self) -> Result<()> {
        self.log.borrow_mut().push("deleted".into());
        Ok(())
    }

    fn broken(&self) -> Option<Error> {
        None
    }

    fn schedule_alarm(&self, time: Option<i64>) -> Result<LocalBoxFuture<Result<()>>> {
        self.log.borrow_mut().push(format!("alarm {time:?}"));
        Ok(Box::pin(async { Ok(()) }))
    }

    fn known_alarm(&self) -> Option<i64> {
        self.known_alarm
    }
}

struct Object {
    storage: Rc<ObjectStorage>,
    log: Rc<RefCell<Vec<String>>>,
}

impl Object {
    fn open(place: Place) -> Self {
        Self::open_known(place, None)
    }

    /// In a namespace that knows of this alarm.
    fn open_known(place: Place, known_alarm: Option<i64>) -> Self {
        let host = Rc::new(Noting {
            known_alarm,
            ..Noting::default()
        });
        let log = host.log.clone();
        let storage = ObjectStorage::open(place, host).unwrap();
        Self { storage, log }
    }

    fn put(&self, key: &str, value: &str) {
        let kv = self.storage.kv().unwrap();
        kv.put(key, value.as_bytes(), false).unwrap();
    }

    fn keys(&self) -> Vec<String> {
        let kv = self.storage.kv().unwrap();
        let mut list = kv.list(&Range::default()).unwrap();
        std::iter::from_fn(|| list.advance().unwrap())
            .map(|(key, _)| key)
            .collect()
    }

    async fn synced(&self) {
        while let Some(synced) = self.storage.synced() {
            synced.await;
        }
    }

    fn take_log(&self) -> Vec<String> {
        self.log.take()
    }
}

fn run(test: impl AsyncFnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let set = tokio::task::LocalSet::new();
    set.block_on(&runtime, test());
}

#[test]
fn what_a_turn_writes_is_one_commit_that_is_waited_for() {
    run(async || {
        let directory = Directory::new();
        let object = Object::open(directory.file("a.sqlite"));
        object.put("a", "1");
        object.put("b", "2");
        assert_eq!(object.take_log(), ["held"]);
        assert!(
            !object
                .storage
                .database()
                .connection()
                .unwrap()
                .is_autocommit()
        );
        object.synced().await;
        assert_eq!(object.take_log(), ["released"]);
        assert!(
            object
                .storage
                .database()
                .connection()
                .unwrap()
                .is_autocommit()
        );
        assert!(object.storage.synced().is_none());
    });
}

#[test]
fn unconfirmed_writes_hold_nothing_back() {
    run(async || {
        let directory = Directory::new();
        let object = Object::open(directory.file("a.sqlite"));
        let kv = object.storage.kv().unwrap();
        kv.put("a", b"1", true).unwrap();
        object.synced().await;
        assert_eq!(object.take_log(), [""; 0]);
        assert_eq!(object.keys(), ["a"]);
    });
}

#[test]
fn a_disk_that_fails_breaks_the_object_and_a_new_one_works() {
    run(async || {
        let directory = Directory::new();
        let plan = Plan::new(&directory.0);
        let object = Object::open(directory.file("a.sqlite"));
        object.put("a", "1");
        object.synced().await;
        object.take_log();

        plan.fail(Fault::Sync, 1);
        object.put("b", "2");
        let synced = object.storage.synced().unwrap();
        let broken = async {
            while object.storage.check().is_ok() {
                tokio::task::yield_now().await;
            }
        };
        broken.await;
        let log = object.take_log();
        assert_eq!(log[0], "held");
        assert!(
            log[1..].contains(
                &"failed: writes to storage may have been lost: Input/output error (os error 5)"
                    .to_owned()
            )
        );
        assert!(!log.contains(&"released".to_owned()));
        assert!(object.storage.kv().is_err());
        drop((object, synced));
        plan.mend();

        let object = Object::open(directory.file("a.sqlite"));
        assert_eq!(object.keys()[0], "a");
        object.put("c", "3");
        object.synced().await;
        assert_eq!(object.take_log(), ["held", "released"]);
    });
}

#[test]
fn a_transaction_waits_for_the_turn_and_can_be_undone() {
    run(async || {
        let object = Object::open(Place::Memory(Budget::default()));
        object.put("a", "1");
        let Begin::Wait(turn) = object.storage.begin_transaction().unwrap() else {
            panic!("the turn is not over");
        };
        turn.await;
        let Begin::Begun(outer) = object.storage.begin_transaction().unwrap() else {
            panic!("the turn is over");
        };
        object.put("b", "2");
        let Begin::Begun(inner) = object.storage.begin_transaction().unwrap() else {
            panic!("nested ones wait for nothing");
        };
        object.put("c", "3");
        assert!(outer.roll_back().is_err());
        inner.roll_back().unwrap();
        assert_eq!(object.keys(), ["a", "b"]);
        outer.commit().unwrap();
        object.synced().await;
        assert_eq!(object.keys(), ["a", "b"]);

        let Begin::Begun(dropped) = object.storage.begin_transaction().unwrap() else {
            panic!("nothing is open");
        };
        object.put("d", "4");
        assert!(object.storage.delete_all(false).is_err());
        drop(dropped);
        assert_eq!(object.keys(), ["a", "b"]);
    });
}

#[test]
fn a_table_that_is_rolled_back_is_made_again() {
    run(async || {
        let object = Object::open(Place::Memory(Budget::default()));
        let Begin::Begun(transaction) = object.storage.begin_transaction().unwrap() else {
            panic!("nothing is open");
        };
        object.put("a", "1");
        transaction.roll_back().unwrap();
        assert_eq!(object.keys(), [""; 0]);
        object.put("b", "1");
        assert_eq!(object.keys(), ["b"]);
    });
}

#[test]
fn synchronous_transactions_are_parts_of_the_turn() {
    run(async || {
        let object = Object::open(Place::Memory(Budget::default()));
        object.storage.begin_sync().unwrap();
        object.put("a", "1");
        object.storage.begin_sync().unwrap();
        object.put("b", "1");
        object.storage.roll_back_sync().unwrap();
        object.storage.commit_sync().unwrap();
        assert_eq!(object.keys(), ["a"]);
        object.synced().await;
        assert_eq!(object.keys(), ["a"]);
    });
}

#[test]
fn violated_constraints_break_the_object() {
    run(async || {
        let directory = Directory::new();
        let object = Object::open(directory.file("a.sqlite"));
        let exec = |text| object.storage.sql().exec(text, &[]).map(|_| ());
        exec("CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p DEFERRABLE INITIALLY DEFERRED)").unwrap();
        object.synced().await;
        exec("INSERT INTO c VALUES (1)").unwrap();
        while object.storage.check().is_ok() {
            tokio::task::yield_now().await;
        }
        let error = object.storage.check().unwrap_err().to_string();
        assert!(
            error.starts_with(
                "Durable Object was reset and rolled back to its last known good state"
            )
        );
        assert!(error.ends_with("FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)"), "{error}");
        assert!(exec("INSERT INTO p VALUES (1)").is_err());
    });
}

#[test]
fn deleting_everything_keeps_the_alarm_if_wanted() {
    run(async || {
        let directory = Directory::new();
        let object = Object::open(directory.file("a.sqlite"));
        object.put("a", "1");
        object.storage.set_alarm(Some(5), false).unwrap();
        object.storage.delete_all(false).unwrap();
        object.synced().await;
        assert_eq!(object.keys(), [""; 0]);
        assert_eq!(object.storage.alarm().unwrap(), Some(5));
        object.storage.delete_all(true).unwrap();
        object.synced().await;
        assert_eq!(object.storage.alarm().unwrap(), None);
        object.put("b", "1");
        object.synced().await;
        drop(object);
        let object = Object::open(directory.file("a.sqlite"));
        assert_eq!(object.keys(), ["b"]);
    });
}

#[test]
fn the_namespace_hears_of_an_earlier_alarm_first_and_of_a_later_one_last() {
    run(async || {
        let object = Object::open(Place::Memory(Budget::default()));
        object.storage.set_alarm(Some(10), false).unwrap();
        object.synced().await;
        assert_eq!(object.take_log(), ["held", "alarm Some(10)", "released"]);
        object.storage.set_alarm(Some(20), false).unwrap();
        object.synced().await;
        assert_eq!(object.take_log(), ["held", "released", "alarm Some(20)"]);
        object.storage.set_alarm(None, false).unwrap();
        object.synced().await;
        assert_eq!(object.take_log(), ["held", "released", "alarm None"]);
    });
}

#[test]
fn an_alarm_that_the_namespace_has_lost_is_told_again_when_the_object_opens() {
    run(async || {
        let directory = Directory::new();
        let place = || directory.file("a.sqlite");
        let object = Object::open(place());
        object.storage.set_alarm(Some(10), false).unwrap();
        object.synced().await;
        drop(object);
        for (known, told) in [
            (None, &["alarm Some(10)"][..]),
            (Some(20), &["alarm Some(10)"]),
            (Some(10), &[]),
        ] {
            let object = Object::open_known(place(), known);
            assert_eq!(object.take_log(), told, "{known:?}");
            object.put("a", "1");
            object.synced().await;
            assert_eq!(object.take_log(), ["held", "released"], "{known:?}");
        }
        let early = Object::open_known(place(), Some(5));
        assert_eq!(early.take_log(), [""; 0]);
        early.put("a", "1");
        early.synced().await;
        assert_eq!(early.take_log(), ["held", "released", "alarm Some(10)"]);
    });
}

#[test]
fn an_alarm_that_is_set_by_its_handler_for_the_same_time_comes_again() {
    run(async || {
        let object = Object::open(Place::Memory(Budget::default()));
        let storage = &object.storage;
        storage.set_alarm(Some(10), false).unwrap();
        object.synced().await;
        assert_eq!(storage.begin_alarm(10, 11), Ok(Due::Run));
        object.take_log();
        storage.set_alarm(Some(10), false).unwrap();
        storage.finish_alarm(true).unwrap();
        object.synced().await;
        assert_eq!(object.take_log(), ["alarm Some(10)"]);
        assert_eq!(storage.alarm(), Ok(Some(10)));
        assert_eq!(storage.begin_alarm(10, 11), Ok(Due::Run));
    });
}

#[test]
fn an_alarm_is_gone_when_its_handler_has_succeeded() {
    run(async || {
        let object = Object::open(Place::Memory(Budget::default()));
        let storage = &object.storage;
        storage.set_alarm(Some(10), false).unwrap();
        object.synced().await;
        assert_eq!(storage.begin_alarm(10, 11), Ok(Due::Run));
        assert_eq!(storage.alarm(), Ok(None));
        storage.finish_alarm(false).unwrap();
        assert_eq!(storage.alarm(), Ok(Some(10)));
        assert_eq!(storage.begin_alarm(10, 11), Ok(Due::Run));
        storage.finish_alarm(true).unwrap();
        assert_eq!(storage.alarm(), Ok(None));
        object.synced().await;

        storage.set_alarm(Some(30), false).unwrap();
        object.synced().await;
        assert_eq!(storage.begin_alarm(10, 11), Ok(Due::NotThis));
        assert_eq!(storage.begin_alarm(30, 31), Ok(Due::Run));
        storage.set_alarm(Some(40), false).unwrap();
        storage.finish_alarm(true).unwrap();
        assert_eq!(storage.alarm(), Ok(Some(40)));
        assert_eq!(storage.abandon_alarm(30), Ok(Some(40)));
        assert_eq!(storage.abandon_alarm(40), Ok(None));
        assert_eq!(storage.alarm(), Ok(None));
    });
}

#[test]
fn a_long_log_is_shortened_beside_the_loop() {
    run(async || {
        let directory = Directory::new();
        let object = Object::open(directory.file("a.sqlite"));
        let value = "x".repeat(100_000);
        for round in 0..60 {
            object.put(&format!("key {}", round % 20), &value);
            object.synced().await;
            if object.storage.log_restarts.get() {
                break;
            }
        }
        while object.storage.checkpoint_runs.get() {
            tokio::task::yield_now().await;
        }
        object.put("last", "1");
        object.synced().await;
        assert!(object.storage.database().connection().unwrap().log_pages() < LOG_PAGES);
        drop(object);
        let object = Object::open(directory.file("a.sqlite"));
        assert_eq!(object.keys().len(), 21);
    });
}

#[test]
fn bookmarks_grow() {
    run(async || {
        let object = Object::open(Place::Memory(Budget::default()));
        assert_eq!(
            object.storage.next_bookmark().unwrap(),
            "00000000-00000000-00000000-00000000000000000000000000000000"
        );
        assert_eq!(
            object.storage.next_bookmark().unwrap(),
            "00000000-00000001-00000000-00000000000000000000000000000000"
        );
    });
}

#[test]
fn a_full_disk_in_the_middle_of_a_turn_undoes_it_and_breaks_the_object() {
    run(async || {
        let directory = Directory::new();
        let object = Object::open(directory.file("a.sqlite"));
        object.put("a", "1");
        object.synced().await;
        object.take_log();
        let db = object.storage.database();
        db.run("PRAGMA max_page_count = 8").unwrap();
        object.put("b", "2");
        let kv = object.storage.kv().unwrap();
        let error = kv.put("c", &[0; 100_000], false).unwrap_err();
        let text = error.to_string();
        let wanted = "a.sqlite: database or disk is full: SQLITE_FULL";
        assert!(text.ends_with(wanted), "{text}");
        let broken = object.storage.check().unwrap_err();
        assert_eq!(broken.to_string(), "database or disk is full: SQLITE_FULL");
        // The output gate is broken, and what the turn held back never leaves.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let log = object.take_log();
        assert!(log.iter().any(|line| line.starts_with("failed")), "{log:?}");
        assert!(!log.contains(&"released".to_owned()), "{log:?}");
        object.storage.close();
        drop(object);

        let object = Object::open(directory.file("a.sqlite"));
        assert_eq!(object.keys(), ["a"], "nothing of the turn is left");
        object.put("b", "3");
        object.synced().await;
        assert_eq!(object.take_log(), ["held", "released"]);
    });
}

#[test]
fn objects_without_files_break_when_they_have_too_much_in_memory() {
    run(async || {
        let budget = Budget::default();
        let other = Object::open(Place::Memory(budget.clone()));
        other.put("a", "1");
        let object = Object::open(Place::Memory(budget.clone()));
        let kv = object.storage.kv().unwrap();
        let value = vec![b'x'; 1 << 20];
        // Written anew it takes no more.
        for _ in 0..200 {
            kv.put("same", &value, true).unwrap();
        }
        let full = (0..130).position(|number| kv.put(&format!("{number}"), &value, true).is_err());
        assert!(
            full.is_some_and(|full| (124..=128).contains(&full)),
            "{full:?}"
        );
        assert_eq!(object.storage.check(), Err(Error::TooMuchMemory));
        object.storage.close();
        tokio::task::yield_now().await;
        other.storage.kv().unwrap().put("b", &value, true).unwrap();
        assert_eq!(other.keys(), ["a", "b"]);
    });
}
