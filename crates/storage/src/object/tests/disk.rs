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
