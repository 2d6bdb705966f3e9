//! The files of a database: how they are made, opened with what limits, shortened and deleted.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlite::{Connection, Limit, Open, Step};

use crate::closing::leave_alone;
use crate::database::{Place, Safety};
use crate::error::Error;
use crate::{Result, rules};

/// Whether there is nothing in the file, which is made if it is not there: it shows that there is the object.
pub(crate) fn is_new(file: &Path) -> bool {
    match fs::metadata(file) {
        Ok(found) => found.len() == 0,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut make = fs::OpenOptions::new();
            make.write(true).create_new(true).mode(0o644);
            make.open(file).is_ok()
        }
        Err(_) => false,
    }
}

pub(crate) fn connect(place: &Place, safety: Safety) -> Result<Connection> {
    let connection = match place {
        // It may lead to what another object has stored.
        Place::File(file) if file.is_symlink() => {
            let message = "a symbolic link, which nobody follows";
            return Err(sqlite::Error::usage(message).into());
        }
        Place::File(file) => Connection::open(file, Open::Create)?,
        Place::Memory(_) => Connection::open(Path::new(""), Open::Memory)?,
    };
    for (limit, value) in LIMITS {
        connection.limit(*limit, *value);
    }
    connection.set_busy_timeout(BUSY_TIMEOUT);
    if safety == Safety::Later {
        connection.keep_log();
        connection.keep_log_at_close()?;
        pragma(&connection, "PRAGMA synchronous=OFF")?;
    }
    // In the way of the real workerd; the mode stays in the file.
    pragma(&connection, "PRAGMA journal_mode=WAL")?;
    // The log is made at the first look into the file. A transaction that writes nothing is synced like any other.
    pragma(&connection, "PRAGMA schema_version")?;
    Ok(connection)
}

fn pragma(connection: &Connection, sql: &str) -> Result<()> {
    let prepared = connection.prepare(sql, false, &rules::trusted())?;
    if let Some(mut statement) = prepared.statement {
        while statement.step()? == Step::Row {}
    }
    Ok(())
}

/// Moves the log into the database file, safe from a loss of power; for threads that may wait. Whether all was moved.
pub(crate) fn checkpoint(file: &Path) -> Result<bool> {
    let connection = Connection::open(file, Open::Existing)?;
    connection.keep_log_at_close()?;
    // The engine reads the file when it is first asked for something.
    pragma(&connection, "PRAGMA synchronous=FULL")?;
    pragma(&connection, "PRAGMA schema_version")?;
    Ok(connection.checkpoint()?)
}

/// Moves the log into the database file and deletes it, unless the database is in use again; for threads that may wait.
pub(crate) fn tidy_up(file: &Path) -> Result<()> {
    let connection = Connection::open(file, Open::Existing)?;
    pragma(&connection, "PRAGMA synchronous=FULL")?;
    pragma(&connection, "PRAGMA schema_version")
}

/// Somebody else has the file locked for a moment only.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) fn delete_files(file: &Path) -> Result<()> {
    leave_alone(file);
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Error::Broken(format!(
                    "the files of a Durable Object cannot be deleted: {error}"
                )));
            }
        }
    }
    Ok(())
}

/// The real workerd's.
const LIMITS: &[(Limit, i32)] = &[
    // Eight mebibytes and the header of a value.
    (Limit::Length, 8 * 1024 * 1024 + 34),
    (Limit::SqlLength, 100_000),
    (Limit::Column, 100),
    (Limit::ExprDepth, 100),
    (Limit::CompoundSelect, 5),
    (Limit::VdbeOp, 25_000),
    (Limit::FunctionArg, 127),
    (Limit::Attached, 0),
    (Limit::LikePatternLength, 50),
    (Limit::VariableNumber, 100),
    (Limit::TriggerDepth, 10),
    (Limit::WorkerThreads, 0),
];
