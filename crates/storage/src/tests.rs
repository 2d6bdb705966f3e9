//! Objects' databases, in memory and in files.

use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::alarms::{Alarm, Alarms};
use crate::kv::{self, Kv, Range};
use crate::metadata::Metadata;
use crate::sql::{Query, Sql};
use crate::{Budget, Database, Error, Place, Safety, Value, ValueRef};

/// A directory that is gone after the test.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("storage-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> Place {
        Place::File(self.0.join(name))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn rows(query: &mut Query) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    while query.has_row() {
        let copy = |value: ValueRef<'_>| match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(value) => Value::Integer(value),
            ValueRef::Real(value) => Value::Real(value),
            ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        };
        let count = query.column_count().unwrap();
        rows.push(
            (0..count)
                .map(|column| query.read(column, copy).unwrap())
                .collect(),
        );
        query.advance().unwrap();
    }
    rows
}

fn keys(kv: &Kv, range: &Range) -> Vec<String> {
    let mut list = kv.list(range).unwrap();
    std::iter::from_fn(|| list.advance().unwrap())
        .map(|(key, _)| key)
        .collect()
}

#[test]
fn keys_and_values_survive_the_database() {
    let directory = Directory::new();
    {
        let kv = Kv::new(Database::open(directory.file("a.sqlite"), Safety::AtCommit).unwrap());
        assert_eq!(kv.get("key").unwrap(), None);
        assert_eq!(kv.count().unwrap(), 0);
        kv.put("key", b"value", false).unwrap();
        kv.put("key", b"newer", false).unwrap();
        kv.put("empty", b"", false).unwrap();
    }
    let kv = Kv::new(Database::open(directory.file("a.sqlite"), Safety::AtCommit).unwrap());
    assert_eq!(kv.get("key").unwrap().as_deref(), Some(&b"newer"[..]));
    assert_eq!(kv.get("empty").unwrap().as_deref(), Some(&b""[..]));
    assert!(kv.delete("key", false).unwrap());
    assert!(!kv.delete("key", false).unwrap());
    assert_eq!(kv.count().unwrap(), 1);
}

#[test]
fn lists_have_a_range_a_limit_and_a_direction() {
    let kv = Kv::new(Database::open(Place::Memory(Budget::default()), Safety::AtCommit).unwrap());
    let value = kv::Value::from(&b"1"[..]);
    let keys_there = ["a", "b", "b\0", "c", "d"];
    kv.put_all(keys_there.map(|key| (key, &value)), false)
        .unwrap();
    assert_eq!(keys(&kv, &Range::default()), ["a", "b", "b\0", "c", "d"]);
    let range = Range {
        start: "b\0".into(),
        end: Some("d".into()),
        ..Range::default()
    };
    assert_eq!(keys(&kv, &range), ["b\0", "c"]);
    let range = Range {
        limit: Some(2),
        reverse: true,
        ..Range::default()
    };
    assert_eq!(keys(&kv, &range), ["d", "c"]);
}

#[test]
fn a_list_ends_when_another_begins() {
    let kv = Kv::new(Database::open(Place::Memory(Budget::default()), Safety::AtCommit).unwrap());
    let one = kv::Value::from(&b"1"[..]);
    let two = kv::Value::from(&b"2"[..]);
    kv.put_all([("a", &one), ("b", &two)], false).unwrap();
    let mut first = kv.list(&Range::default()).unwrap();
    assert!(first.advance().unwrap().is_some());
    let mut second = kv.list(&Range::default()).unwrap();
    assert_eq!(first.advance(), Err(Error::ListReplaced));
    assert!(second.advance().unwrap().is_some());
}

#[test]
fn the_alarm_is_kept_in_nanoseconds() {
    let directory = Directory::new();
    {
        let metadata =
            Metadata::new(Database::open(directory.file("a.sqlite"), Safety::AtCommit).unwrap());
        assert_eq!(metadata.alarm().unwrap(), None);
        assert!(
            metadata
                .set_alarm(Some(1_795_291_634_457_000_000), false)
                .unwrap()
        );
        assert!(
            !metadata
                .set_alarm(Some(1_795_291_634_457_000_000), false)
                .unwrap()
        );
        assert_eq!(metadata.next_bookmark().unwrap(), 0);
    }
    let metadata =
        Metadata::new(Database::open(directory.file("a.sqlite"), Safety::AtCommit).unwrap());
    assert_eq!(metadata.alarm().unwrap(), Some(1_795_291_634_457_000_000));
    assert!(metadata.set_alarm(None, false).unwrap());
    assert_eq!(metadata.alarm().unwrap(), None);
    assert_eq!(metadata.next_bookmark().unwrap(), 1);
}

#[test]
fn alarms_of_a_namespace_are_kept_with_their_names() {
    let directory = Directory::new();
    let alarm = |object: &str, name: Option<&str>, time| Alarm {
        object: object.into(),
        name: name.map(str::to_owned),
        time,
    };
    {
        let alarms = Alarms::open(directory.file(Alarms::FILE)).unwrap();
        alarms.set(&alarm("aa", Some("one"), 1)).unwrap();
        alarms.set(&alarm("bb", None, 2)).unwrap();
        alarms.set(&alarm("aa", None, 3)).unwrap();
        alarms.set(&alarm("cc", None, 4)).unwrap();
        assert!(alarms.delete("cc").unwrap());
        assert!(!alarms.delete("cc").unwrap());
    }
    let alarms = Alarms::open(directory.file(Alarms::FILE)).unwrap();
    assert_eq!(
        alarms.all().unwrap(),
        [alarm("aa", Some("one"), 3), alarm("bb", None, 2)]
    );
}

#[test]
fn alarms_without_names_are_from_an_older_server() {
    let directory = Directory::new();
    let db = Database::open(directory.file(Alarms::FILE), Safety::AtCommit).unwrap();
    db.run(
        "CREATE TABLE _cf_ALARM (actor_id TEXT PRIMARY KEY, scheduled_time INTEGER) WITHOUT ROWID",
    )
    .unwrap();
    db.run("INSERT INTO _cf_ALARM VALUES ('aa', 5)").unwrap();
    drop(db);
    let alarms = Alarms::open(directory.file(Alarms::FILE)).unwrap();
    assert_eq!(alarms.all().unwrap()[0].time, 5);
}

#[test]
fn deleting_everything_ends_statements_and_starts_anew() {
    let directory = Directory::new();
    let db = Database::open(directory.file("a.sqlite"), Safety::AtCommit).unwrap();
    let (kv, sql) = (Kv::new(db.clone()), Sql::new(db.clone()));
    kv.put("key", b"value", false).unwrap();
    let mut query = sql
        .exec(
            "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2); SELECT * FROM t",
            &[],
        )
        .unwrap();
    db.reset().unwrap();
    assert!(query.advance().is_err());
    assert_eq!(kv.get("key").unwrap(), None);
    assert!(sql.exec("SELECT * FROM t", &[]).is_err());
    kv.put("key", b"new", false).unwrap();
    assert_eq!(kv.count().unwrap(), 1);
}

#[test]
fn guests_run_many_statements_and_read_the_last() {
    let sql = Sql::new(Database::open(Place::Memory(Budget::default()), Safety::AtCommit).unwrap());
    let mut query = sql
        .exec(
            "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'x'), (2, 'y'); SELECT a, b, a FROM t WHERE a > ? ;\n ",
            &[ValueRef::Real(1.0)],
        )
        .unwrap();
    assert_eq!(query.column_names().unwrap(), ["a", "b", "a"]);
    let row = [
        Value::Integer(2),
        Value::Text("y".into()),
        Value::Integer(2),
    ];
    assert_eq!(rows(&mut query), [row]);
    assert_eq!((query.rows_read(), query.rows_written()), (2, 0));
}

#[test]
fn a_text_is_compiled_once() {
    let sql = Sql::new(Database::open(Place::Memory(Budget::default()), Safety::AtCommit).unwrap());
    let mut first = sql.exec("SELECT 1 UNION ALL SELECT 2", &[]).unwrap();
    let second = sql.exec("SELECT 1 UNION ALL SELECT 2", &[]).unwrap();
    assert!(!second.is_reused(), "the first one is still running");
    assert_eq!(rows(&mut first).len(), 2);
    drop(second);
    assert!(
        sql.exec("SELECT 1 UNION ALL SELECT 2", &[])
            .unwrap()
            .is_reused()
    );
}

#[test]
fn guests_mistakes_are_told() {
    let sql = Sql::new(Database::open(Place::Memory(Budget::default()), Safety::AtCommit).unwrap());
    let message = |text: &str, values: &[ValueRef<'_>]| match sql.exec(text, values) {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.to_string(),
    };
    assert_eq!(message("", &[]), "SQL code did not contain a statement.");
    assert_eq!(
        message("SELECT ?; SELECT 1", &[]),
        "When executing multiple SQL statements in a single call, only the last statement can have parameters."
    );
    assert_eq!(
        message("SELECT ?", &[]),
        "Wrong number of parameter bindings for SQL query."
    );
    assert!(message("BEGIN", &[]).starts_with("To execute a transaction, please use"));
    assert_eq!(
        message("ATTACH 'x' AS y", &[]),
        "not authorized: SQLITE_AUTH"
    );
    assert_eq!(
        message("SELECT sqlite_version()", &[]),
        "not authorized to use function: sqlite_version at offset 7: SQLITE_ERROR"
    );
    assert_eq!(
        message("CREATE TABLE _cf_KV(a)", &[]),
        "not authorized: SQLITE_AUTH"
    );
    assert_eq!(
        message(&format!("SELECT {}", vec!["1"; 101].join(",")), &[]),
        "too many columns in result set: SQLITE_ERROR"
    );
}

#[test]
fn defaults_may_name_functions_as_they_like() {
    let sql = Sql::new(Database::open(Place::Memory(Budget::default()), Safety::AtCommit).unwrap());
    let create =
        "CREATE TABLE t(a INTEGER, b TEXT DEFAULT CURRENT_TIMESTAMP, c TEXT DEFAULT (Upper('x')))";
    sql.exec(create, &[]).unwrap();
    sql.exec("INSERT INTO t(a) VALUES (1)", &[]).unwrap();
    let mut row = sql.exec("SELECT length(b), c FROM t", &[]).unwrap();
    let expected = [Value::Integer(19), Value::Text("X".into())];
    assert_eq!(rows(&mut row), [expected]);
    let create = "CREATE TABLE u(a DEFAULT (SQLite_Version()))";
    assert!(sql.exec(create, &[]).is_err());
}

#[test]
fn a_file_of_something_else_is_refused() {
    let directory = Directory::new();
    let place = directory.file("a.sqlite");
    fs::write(directory.0.join("a.sqlite"), vec![b'x'; 5000]).unwrap();
    let error = Database::open(place, Safety::AtCommit).err().unwrap();
    let text = error.to_string();
    let wanted = "a.sqlite: file is not a database: SQLITE_NOTADB";
    assert!(text.ends_with(wanted), "{text}");
}

#[test]
fn the_size_is_that_of_the_pages_in_use() {
    let db = Database::open(Place::Memory(Budget::default()), Safety::AtCommit).unwrap();
    let sql = Sql::new(db.clone());
    sql.exec("CREATE TABLE t(a)", &[]).unwrap();
    assert_eq!(db.size().unwrap(), 8192);
}

#[test]
fn many_values_are_written_all_or_none() {
    let db = Database::open(Place::Memory(Budget::default()), Safety::AtCommit).unwrap();
    let kv = Kv::new(Rc::clone(&db));
    let small = kv::Value::from(&b"1"[..]);
    let big = kv::Value::from(&*vec![0; 9 << 20]);
    let error = kv.put_all([("a", &small), ("b", &big)], false).unwrap_err();
    assert_eq!(error.to_string(), "string or blob too big: SQLITE_TOOBIG");
    assert!(error.is_for_guests());
    assert_eq!(kv.get("a").unwrap(), None);
}

#[test]
fn tokens_go_with_their_value() {
    let db = Database::open(Place::Memory(Budget::default()), Safety::AtCommit).unwrap();
    let kv = Kv::new(Rc::clone(&db));
    kv.put("plain", b"1", false).unwrap();
    assert!(!db.has_table("_cf_EXTERNALS").unwrap());
    let value = kv::Value {
        bytes: b"2".to_vec(),
        externals: vec![b"first".to_vec(), b"second".to_vec()],
    };
    kv.put_value("a", &value, false).unwrap();
    kv.put_all([("b", &value)], false).unwrap();
    assert_eq!(kv.externals("a").unwrap(), value.externals);
    assert!(kv.externals("plain").unwrap().is_empty());
    kv.put("a", b"3", false).unwrap();
    assert!(kv.externals("a").unwrap().is_empty());
    assert!(kv.delete("b", false).unwrap());
    assert!(kv.externals("b").unwrap().is_empty());
}

#[test]
fn complete_statements_are_ingested_and_the_rest_is_left() {
    let sql = Sql::new(Database::open(Place::Memory(Budget::default()), Safety::AtCommit).unwrap());
    let text = "CREATE TABLE t(a, b); INSERT INTO t VALUES (';', 1);\nINSERT INTO t VALUES ('x";
    let done = sql.ingest(text).unwrap();
    assert_eq!(done.statements, 2);
    assert_eq!(&text[done.length..], "\nINSERT INTO t VALUES ('x");
}
