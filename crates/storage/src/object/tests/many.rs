//! More objects than there may be open databases.

use sqlite::ValueRef;

use super::*;
use crate::open_files;
use crate::sql::Query;

fn open(directory: &Directory, count: usize) -> Vec<Object> {
    (0..count)
        .map(|number| Object::open(directory.file(&format!("{number}.sqlite"))))
        .collect()
}

fn count_open(objects: &[Object]) -> usize {
    let open = objects
        .iter()
        .filter(|object| object.storage.database().opened().is_some());
    open.count()
}

fn exec(object: &Object, sql: &str) -> Query {
    object.storage.sql().exec(sql, &[]).unwrap()
}

fn read(query: &Query) -> i64 {
    let read = |value: ValueRef<'_>| match value {
        ValueRef::Integer(value) => value,
        _ => -1,
    };
    query.read(0, read).unwrap()
}

#[test]
fn an_object_that_stores_nothing_has_a_file_that_is_not_open() {
    run(async || {
        let directory = Directory::new();
        let object = Object::open(directory.file("a.sqlite"));
        assert!(directory.0.join("a.sqlite").exists());
        assert_eq!(object.keys(), [""; 0]);
        assert_eq!(object.storage.kv().unwrap().get("a").unwrap(), None);
        assert_eq!(object.storage.alarm().unwrap(), None);
        assert!(object.storage.database().opened().is_none());
        object.put("a", "1");
        assert!(object.storage.database().opened().is_some());
        object.synced().await;
        object.storage.close();
        let again = Object::open(directory.file("a.sqlite"));
        assert_eq!(again.keys(), ["a"]);
    });
}

#[test]
fn those_used_longest_ago_are_closed_and_opened_again() {
    run(async || {
        let directory = Directory::new();
        open_files::set_limit(5);
        let objects = open(&directory, 40);
        for round in 0..3 {
            for (number, object) in objects.iter().enumerate() {
                object.put(&format!("{round}"), &format!("{number}"));
                exec(object, "CREATE TABLE IF NOT EXISTS t (n)").end();
                exec(object, "INSERT INTO t VALUES (1)").end();
                object.synced().await;
                assert!(count_open(&objects) <= 5);
            }
        }
        for (number, object) in objects.iter().enumerate() {
            assert_eq!(object.keys(), ["0", "1", "2"]);
            let value = object.storage.kv().unwrap().get("2").unwrap().unwrap();
            assert_eq!(value, number.to_string().as_bytes());
            assert_eq!(read(&exec(object, "SELECT count(*) FROM t")), 3);
            assert!(object.storage.check().is_ok());
        }
    });
}

#[test]
fn what_is_in_use_stays_open() {
    run(async || {
        let directory = Directory::new();
        let objects = open(&directory, 12);
        for object in &objects {
            exec(object, "CREATE TABLE t (n); INSERT INTO t VALUES (1), (2)").end();
            object.synced().await;
        }
        open_files::set_limit(1);
        let mut rows = exec(&objects[0], "SELECT n FROM t");
        let kv = objects[1].storage.kv().unwrap();
        objects[1].put("a", "1");
        objects[1].put("b", "1");
        objects[1].synced().await;
        let mut list = kv.list(&Range::default()).unwrap();
        list.advance().unwrap();
        exec(&objects[2], "PRAGMA foreign_keys = off").end();
        let Begin::Begun(transaction) = objects[3].storage.begin_transaction().unwrap() else {
            panic!("a turn is open");
        };
        for _ in 0..3 {
            for object in &objects[4..] {
                object.storage.database().reset().unwrap();
                exec(object, "CREATE TABLE t (n)").end();
                object.synced().await;
            }
        }
        assert!(count_open(&objects) <= 4 + 2);
        rows.advance().unwrap();
        assert_eq!(read(&rows), 2);
        assert_eq!(list.advance().unwrap().unwrap().0, "b");
        assert_eq!(read(&exec(&objects[2], "PRAGMA foreign_keys")), 0);
        objects[3].put("in", "1");
        transaction.commit().unwrap();
        objects[3].synced().await;
        assert_eq!(objects[3].keys(), ["in"]);
    });
}

#[test]
fn a_first_transaction_may_write_nothing() {
    run(async || {
        let directory = Directory::new();
        let object = Object::open(directory.file("a.sqlite"));
        object.storage.begin_sync().unwrap();
        object.storage.commit_sync().unwrap();
        object.synced().await;
        assert_eq!(object.storage.check(), Ok(()));
        assert_eq!(object.take_log(), ["held", "released"]);
    });
}
