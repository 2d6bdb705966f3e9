//! Every file operation of some turns fails once, in every way.

use std::time::Duration;

use sqlite::ValueRef;
use sqlite::faults::{Fault, Plan};

use super::*;

/// How many turns there are.
const TURNS: usize = 3;

/// Writes the same in two ways.
fn write(object: &Object, turn: usize) -> Result<()> {
    let kv = object.storage.kv()?;
    kv.put(&format!("{turn} first"), &[b'x'; 5000], false)?;
    let sql = object.storage.sql();
    sql.exec("CREATE TABLE IF NOT EXISTS t (n)", &[])?.end();
    let number = ValueRef::Integer(turn as i64);
    sql.exec("INSERT INTO t VALUES (?)", &[number])?.end();
    object.storage.set_alarm(Some(turn as i64 + 1), false)?;
    kv.put(&format!("{turn} last"), b"y", false)
}

/// The turns that were let out, and why the object broke if it did.
async fn work(object: &Object) -> (Vec<usize>, Option<Error>) {
    let mut let_out = Vec::new();
    for turn in 0..TURNS {
        object.take_log();
        if let Err(error) = write(object, turn) {
            // As for a guest that catches nothing: the object is broken.
            object.storage.break_with(error.clone());
            return (let_out, Some(error));
        }
        let is_known = |line: &String| line == "released" || line.starts_with("failed");
        while !object.log.borrow().iter().any(is_known) {
            tokio::task::yield_now().await;
        }
        if let Err(error) = object.storage.check() {
            return (let_out, Some(error));
        }
        let_out.push(turn);
    }
    (let_out, None)
}

/// The turns that are in the database, each whole or not at all.
fn stored(object: &Object) -> Vec<usize> {
    let keys = object.keys();
    let mut turns = Vec::new();
    for turn in 0..TURNS {
        let there = |what: &str| keys.contains(&format!("{turn} {what}"));
        assert_eq!(there("first"), there("last"), "{keys:?}");
        if there("first") {
            turns.push(turn);
        }
    }
    let sql = object.storage.sql();
    let expect = |query: &str, expected: ValueRef<'_>| {
        let mut rows = sql.exec(query, &[]).unwrap();
        rows.read(0, |value| assert_eq!(value, expected)).unwrap();
        rows.end();
    };
    expect("PRAGMA quick_check", ValueRef::Text(b"ok"));
    if let Some(last) = turns.last() {
        let count = ValueRef::Integer(turns.len() as i64);
        expect("SELECT count(*) FROM t", count);
        assert_eq!(object.storage.alarm(), Ok(Some(*last as i64 + 1)));
    }
    turns
}

/// What is left to do is done.
fn tidy() {
    crate::wait_until_closed(Duration::from_secs(10));
}

/// The n-th operation fails, and all after it. How often something has failed, and what the object said.
async fn let_fail(fault: Fault, nth: u32) -> (u32, Option<String>) {
    let directory = Directory::new();
    let plan = Plan::new(&directory.0);
    // Half of the times there is something already.
    let has_past = nth.is_multiple_of(2);
    if has_past {
        let before = Object::open(directory.file("a.sqlite"));
        before.put("before", "1");
        before.synced().await;
        before.storage.close();
        tidy();
    }
    plan.fail(fault, nth);
    let host = Rc::new(Noting::default());
    let log = host.log.clone();
    let (let_out, error) = match ObjectStorage::open(directory.file("a.sqlite"), host) {
        Ok(storage) => {
            let object = Object { storage, log };
            let result = work(&object).await;
            object.storage.close();
            result
        }
        Err(error) => (Vec::new(), Some(error)),
    };
    tidy();
    let failures = plan.mend();
    match &error {
        Some(_) => assert!(failures > 0, "{fault:?} {nth}: {error:?}"),
        None => assert_eq!(let_out.len(), TURNS, "{fault:?} {nth}"),
    }

    let object = Object::open(directory.file("a.sqlite"));
    let found = stored(&object);
    assert!(
        let_out.iter().all(|turn| found.contains(turn)),
        "{fault:?} {nth}: {let_out:?} were let out, {found:?} are there"
    );
    assert_eq!(has_past, object.keys().contains(&"before".to_owned()));
    write(&object, TURNS).unwrap();
    object.synced().await;
    assert_eq!(object.storage.check(), Ok(()), "it is usable again");
    (failures, error.map(|error| error.to_string()))
}

/// Lets the first, second and so on fail, until all is done without it. Gives all that objects said.
fn let_each_fail(fault: Fault) -> Vec<String> {
    let (mut said, mut without) = (Vec::new(), 0);
    let mut nth = 0;
    while without < 2 {
        nth += 1;
        run(async || {
            let (failures, text) = let_fail(fault, nth).await;
            without = if failures == 0 { without + 1 } else { 0 };
            // Some name the file before.
            let reason = |text: String| text.rsplit(".sqlite: ").next().map(str::to_owned);
            said.extend(text.and_then(reason));
        });
    }
    assert!(nth > 4, "{fault:?} has hardly happened");
    said.sort();
    said.dedup();
    said
}

#[test]
fn on_a_full_disk_nothing_is_lost_that_was_let_out() {
    for fault in [Fault::Full, Fault::Short] {
        assert_eq!(
            let_each_fail(fault),
            ["database or disk is full: SQLITE_FULL"],
            "{fault:?}"
        );
    }
}

#[test]
fn on_a_disk_that_cannot_be_written_nothing_is_lost_that_was_let_out() {
    assert_eq!(
        let_each_fail(Fault::Write),
        ["disk I/O error: SQLITE_IOERR (extended: SQLITE_IOERR_WRITE)"]
    );
}

#[test]
fn on_a_disk_that_cannot_be_read_nothing_is_lost_that_was_let_out() {
    assert_eq!(
        let_each_fail(Fault::Read),
        ["disk I/O error: SQLITE_IOERR (extended: SQLITE_IOERR_READ)"]
    );
}

#[test]
fn on_a_disk_that_does_not_confirm_nothing_is_lost_that_was_let_out() {
    assert_eq!(
        let_each_fail(Fault::Sync),
        ["writes to storage may have been lost: Input/output error (os error 5)"]
    );
}

#[test]
fn without_descriptors_nothing_is_lost_that_was_let_out() {
    assert_eq!(
        let_each_fail(Fault::Open),
        ["unable to open database file: SQLITE_CANTOPEN"]
    );
}
