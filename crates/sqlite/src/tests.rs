//! Statements on a database in memory.

use std::path::Path;
use std::rc::Rc;

use super::*;

struct Everything;

impl Authorizer for Everything {
    fn authorize(&self, _: &Action<'_>) -> std::result::Result<bool, String> {
        Ok(true)
    }
}

struct NoSecrets;

impl Authorizer for NoSecrets {
    fn authorize(&self, action: &Action<'_>) -> std::result::Result<bool, String> {
        match action.code {
            Action::TRANSACTION => Err("no transactions here".into()),
            Action::ALTER_TABLE => Ok(action.second != Some("secret")),
            _ => Ok(action.first != Some("secret")),
        }
    }
}

fn open() -> Connection {
    Connection::open(Path::new(""), Open::Memory).unwrap()
}

fn run_as(
    db: &Connection,
    sql: &str,
    who: &Rc<dyn Authorizer>,
) -> Result<(Vec<Vec<Value>>, u64, u64)> {
    let mut rest = sql;
    let mut rows = Vec::new();
    let (mut read, mut written) = (0, 0);
    loop {
        let prepared = db.prepare(rest, false, who)?;
        rest = &rest[prepared.tail..];
        let Some(mut statement) = prepared.statement else {
            return Ok((rows, read, written));
        };
        while statement.step()? == Step::Row {
            let count = statement.column_count()?;
            rows.push(
                (0..count)
                    .map(|column| statement.value(column).unwrap())
                    .collect(),
            );
        }
        read += statement.rows_read();
        written += statement.rows_written();
    }
}

fn run(db: &Connection, sql: &str) -> Result<(Vec<Vec<Value>>, u64, u64)> {
    run_as(db, sql, &(Rc::new(Everything) as Rc<dyn Authorizer>))
}

#[test]
fn values_of_all_types_come_back_as_they_went() {
    let db = open();
    let all: Rc<dyn Authorizer> = Rc::new(Everything);
    let prepared = db.prepare("SELECT ?, ?, ?, ?, ?, ?", false, &all).unwrap();
    let mut statement = prepared.statement.unwrap();
    let values = [
        Value::Null,
        Value::Integer(i64::MIN),
        Value::Real(-0.5),
        Value::Text("a\0ü".into()),
        Value::Blob(vec![0, 255]),
        Value::Blob(Vec::new()),
    ];
    assert_eq!(statement.parameter_count(), Ok(values.len()));
    for (index, value) in values.iter().enumerate() {
        statement.bind(index, value.as_ref()).unwrap();
    }
    assert_eq!(statement.step(), Ok(Step::Row));
    for (index, value) in values.iter().enumerate() {
        assert_eq!(&statement.value(index).unwrap(), value);
    }
    assert_eq!(statement.step(), Ok(Step::Done));
}

#[test]
fn rows_are_counted() {
    let db = open();
    run(&db, "CREATE TABLE t(a INTEGER PRIMARY KEY, b)").unwrap();
    let (_, read, written) = run(&db, "INSERT INTO t(b) VALUES (1), (2), (3)").unwrap();
    assert_eq!((read, written), (0, 3));
    let (rows, read, written) = run(&db, "SELECT * FROM t").unwrap();
    assert_eq!((rows.len(), read, written), (3, 3, 0));
    let (_, read, written) = run(&db, "SELECT * FROM t WHERE a = 2").unwrap();
    assert_eq!((read, written), (1, 0));
    run(&db, "CREATE INDEX i ON t(b)").unwrap();
    let (_, _, written) = run(&db, "INSERT INTO t(b) VALUES (4)").unwrap();
    assert_eq!(written, 2, "the row and its entry in the index");
    let (_, read, _) = run(&db, "SELECT count(*) FROM t").unwrap();
    assert_eq!(read, 4);
}

#[test]
fn mistakes_have_the_text_the_place_and_the_code() {
    let db = open();
    let error = run(&db, "SELECT nowhere").unwrap_err();
    assert_eq!(
        error.message(),
        "no such column: nowhere at offset 7: SQLITE_ERROR"
    );
    run(&db, "CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1)").unwrap();
    let error = run(&db, "INSERT INTO t VALUES (1)").unwrap_err();
    assert_eq!(
        error.message(),
        "UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)"
    );
    assert!(error.is_constraint());
}

#[test]
fn the_authorizer_is_asked_and_may_say_why() {
    let db = open();
    run(&db, "CREATE TABLE secret(a); CREATE TABLE t(a)").unwrap();
    let guest: Rc<dyn Authorizer> = Rc::new(NoSecrets);
    let error = |sql| run_as(&db, sql, &guest).unwrap_err().message().to_owned();
    assert_eq!(
        error("SELECT * FROM secret"),
        "access to secret.a is prohibited: SQLITE_AUTH"
    );
    assert_eq!(error("BEGIN"), "no transactions here");
    run(&db, "DROP TABLE secret").unwrap();
    assert_eq!(
        error("ALTER TABLE t RENAME TO secret"),
        "not authorized: SQLITE_AUTH"
    );
    run_as(&db, "ALTER TABLE t RENAME TO other", &guest).unwrap();
}

#[test]
fn statements_fail_when_their_database_is_closed() {
    let db = open();
    let all: Rc<dyn Authorizer> = Rc::new(Everything);
    let mut statement = db
        .prepare("SELECT 1 UNION SELECT 2", true, &all)
        .unwrap()
        .statement
        .unwrap();
    statement.step().unwrap();
    db.close();
    assert_eq!(statement.step(), Err(Error::closed()));
    assert_eq!(statement.value(0), Err(Error::closed()));
    assert!(db.prepare("SELECT 1", false, &all).is_err());
}

#[test]
fn closing_while_a_value_is_lent_is_safe() {
    let db = open();
    let all: Rc<dyn Authorizer> = Rc::new(Everything);
    let mut statement = db
        .prepare("SELECT 'text'", false, &all)
        .unwrap()
        .statement
        .unwrap();
    statement.step().unwrap();
    let read = statement.read(0, |value| {
        db.close();
        value == ValueRef::Text(b"text")
    });
    assert_eq!(read, Ok(true));
}

#[test]
fn a_blank_text_has_no_statement() {
    let db = open();
    let all: Rc<dyn Authorizer> = Rc::new(Everything);
    let prepared = db.prepare("  -- nothing", false, &all).unwrap();
    assert!(prepared.statement.is_none());
}

#[test]
fn extensions_are_built_in() {
    let db = open();
    run(
        &db,
        "CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('a quick fox');
         CREATE VIRTUAL TABLE r USING rtree(id, a, b)",
    )
    .unwrap();
    let (rows, _, _) = run(&db, "SELECT body FROM f WHERE f MATCH 'quick'").unwrap();
    assert_eq!(rows, [[Value::Text("a quick fox".into())]]);
    let (rows, _, _) = run(
        &db,
        "SELECT json_extract('{\"a\":[1,2]}', '$.a[1]'), ceil(1.2)",
    )
    .unwrap();
    assert_eq!(rows, [[Value::Integer(2), Value::Real(2.0)]]);
}
