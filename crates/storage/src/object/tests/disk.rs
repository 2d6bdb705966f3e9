//! What many objects write at once, and what a log holds behind its frames.

use std::fs;

use super::*;

/// So many that threads have to take several at once.
const OBJECTS: usize = 40;
const ROUNDS: usize = 5;

#[test]
fn many_objects_are_made_durable_side_by_side_and_one_that_fails_alone() {
    run(async || {
        let (directory, other) = (Directory::new(), Directory::new());
        let open = |number: usize| Object::open(directory.file(&format!("{number}.sqlite")));
        let objects: Vec<_> = (0..OBJECTS).map(open).collect();
        let plan = Plan::new(&other.0);
        let failing = Object::open(other.file("a.sqlite"));
        failing.put("first", "1");
        failing.synced().await;
        plan.fail(Fault::Sync, 1);
        for round in 0..ROUNDS {
            for object in &objects {
                object.put(&round.to_string(), "1");
            }
            if round == 1 {
                failing.put("second", "2");
            }
            tokio::task::yield_now().await;
        }
        for object in &objects {
            object.synced().await;
            assert_eq!(object.keys().len(), ROUNDS);
            let log = object.take_log();
            assert!(!log.iter().any(|line| line.starts_with("failed")));
            assert_eq!(object.storage.check(), Ok(()));
        }
        while failing.storage.check().is_ok() {
            tokio::task::yield_now().await;
        }
        let log = failing.take_log();
        assert!(log.iter().any(|line| line.starts_with("failed")), "{log:?}");
    });
}

#[test]
fn a_log_that_has_grown_ahead_is_read_after_a_crash() {
    run(async || {
        let (directory, other) = (Directory::new(), Directory::new());
        let object = Object::open(directory.file("a.sqlite"));
        let log = directory.0.join("a.sqlite-wal");
        let mut lengths = Vec::new();
        for number in 0..40 {
            object.put(&number.to_string(), "1");
            object.synced().await;
            lengths.push(fs::metadata(&log).unwrap().len());
        }
        lengths.dedup();
        assert!(
            lengths.len() < 10,
            "most commits leave the log as long as it is: {lengths:?}"
        );
        for name in ["a.sqlite", "a.sqlite-wal"] {
            fs::copy(directory.0.join(name), other.0.join(name)).unwrap();
        }
        let copy = Object::open(other.file("a.sqlite"));
        assert_eq!(copy.keys().len(), 40);
        copy.put("more", "1");
        copy.synced().await;
        assert_eq!(copy.keys().len(), 41);
    });
}

/// Has guest code, whose turns end when the test wants it.
#[derive(Default)]
struct Guest {
    noting: Noting,
    turn_ends: RefCell<Vec<Box<dyn FnOnce()>>>,
}

impl Guest {
    fn returns(&self) {
        for work in self.turn_ends.take() {
            work();
        }
    }
}

impl Host for Guest {
    fn spawn(&self, task: LocalBoxFuture<()>) {
        self.noting.spawn(task);
    }

    fn at_turn_end(&self, work: Box<dyn FnOnce()>) {
        self.turn_ends.borrow_mut().push(work);
    }

    fn hold_output(&self) -> Box<dyn Hold> {
        self.noting.hold_output()
    }

    fn deleted_all(&self) -> Result<()> {
        self.noting.deleted_all()
    }

    fn broken(&self) -> Option<Error> {
        None
    }

    fn schedule_alarm(&self, time: Option<i64>) -> Result<LocalBoxFuture<Result<()>>> {
        self.noting.schedule_alarm(time)
    }

    fn known_alarm(&self) -> Option<i64> {
        self.noting.known_alarm()
    }
}

#[test]
fn events_that_write_while_a_commit_is_on_its_way_share_the_next() {
    run(async || {
        let directory = Directory::new();
        let guest = Rc::new(Guest::default());
        let storage = ObjectStorage::open(directory.file("a.sqlite"), guest.clone()).unwrap();
        let put = |key: &str| {
            let kv = storage.kv().unwrap();
            kv.put(key, b"1", false).unwrap();
            guest.returns();
            let connection = storage.database().connection().unwrap();
            connection.is_autocommit()
        };
        let synced = async || {
            while let Some(synced) = storage.synced() {
                synced.await;
            }
        };
        let log = &guest.noting.log;

        assert!(put("a"), "the disk has nothing else to do");
        let frames = storage.database().opened().unwrap().log_pages();
        assert!(!put("b") && !put("c"), "they wait for one another");
        assert_eq!(log.take(), ["held", "held"]);
        synced().await;
        assert_eq!(log.take(), ["released", "released"]);
        let more = storage.database().opened().unwrap().log_pages() - frames;
        assert_eq!(more, 1);
        assert!(put("d"));
        synced().await;
        assert_eq!(storage.kv().unwrap().count().unwrap(), 4);
    });
}
