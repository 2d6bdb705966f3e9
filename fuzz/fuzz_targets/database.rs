//! Any bytes as the database of an object, or of a namespace's alarms, or as the damage that a good one has taken: what
//! can be read of it is, or it is refused. The first byte says which.

#![no_main]

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use storage::alarms::{Alarm, Alarms};
use storage::kv::{Kv, Range, Value};
use storage::metadata::Metadata;
use storage::{Database, Place, Safety};

/// A name of this process, where writing costs least.
fn file() -> PathBuf {
    let shared = PathBuf::from("/dev/shm");
    let directory = if shared.is_dir() {
        shared
    } else {
        std::env::temp_dir()
    };
    directory.join(format!("fuzz-database-{}.sqlite", std::process::id()))
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn delete(file: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let _ = fs::remove_file(beside(file, suffix));
    }
}

fn read_object(file: PathBuf) -> storage::Result<()> {
    let db = Database::open(Place::File(file), Safety::AtCommit)?;
    let (kv, metadata) = (Kv::new(db.clone()), Metadata::new(db.clone()));
    let _ = (
        kv.get("a"),
        kv.count(),
        kv.externals("a"),
        metadata.alarm(),
        db.size(),
    );
    for reverse in [false, true] {
        let range = Range {
            limit: Some(100),
            reverse,
            ..Range::default()
        };
        if let Ok(mut list) = kv.list(&range) {
            while let Ok(Some((key, _))) = list.advance() {
                let _ = kv.get(&key);
            }
        }
    }
    let value = Value {
        bytes: vec![1, 2, 3],
        externals: vec![vec![4]],
    };
    if kv.put_value("a", &value, false).is_ok() {
        let _ = kv.get("a");
    }
    let _ = (kv.delete("b", false), metadata.set_alarm(Some(5), false));
    let _ = metadata.next_bookmark();
    db.close();
    Ok(())
}

fn read_alarms(file: PathBuf) -> storage::Result<()> {
    let alarms = Rc::new(Alarms::open(Place::File(file))?);
    for alarm in alarms.all().into_iter().flatten().take(3) {
        let _ = alarms.set(&alarm);
    }
    if alarms.set(&alarm(0)).is_ok() {
        let _ = alarms.delete("00");
    }
    Ok(())
}

fn alarm(number: u8) -> Alarm {
    Alarm {
        object: format!("{number:02x}"),
        name: (number > 0).then(|| "name".into()),
        time: i64::from(number),
    }
}

/// A good database: its file, and what that and its log were before the log was moved there.
struct Good {
    file: Vec<u8>,
    early: Vec<u8>,
    log: Vec<u8>,
}

fn good(file: &Path, fill: impl FnOnce(Place)) -> Good {
    delete(file);
    fill(Place::File(file.to_owned()));
    let good = Good {
        file: fs::read(file).expect("the file"),
        early: fs::read(beside(file, "-saved")).expect("the file"),
        log: fs::read(beside(file, "-saved-wal")).expect("the log"),
    };
    delete(&beside(file, "-saved"));
    delete(file);
    good
}

/// Copies the files while the log is there.
fn save(file: &Path) {
    for suffix in ["", "-wal"] {
        let saved = beside(&beside(file, "-saved"), suffix);
        fs::copy(beside(file, suffix), saved).expect("a copy");
    }
}

fn fill_object(place: Place) {
    let file = file();
    let db = Database::open(place, Safety::AtCommit).expect("a database");
    let (kv, metadata) = (Kv::new(db.clone()), Metadata::new(db.clone()));
    for number in 0..40_u8 {
        let value = Value {
            bytes: vec![number; usize::from(number) * 30],
            externals: vec![vec![number; 3]; usize::from(number % 3)],
        };
        let key = if number == 0 {
            "a".into()
        } else {
            format!("key-{number}")
        };
        kv.put_value(&key, &value, false).expect("it is stored");
    }
    metadata.set_alarm(Some(1), false).expect("it is stored");
    db.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT UNIQUE)")
        .expect("a table");
    db.run("INSERT INTO t VALUES (1, 'x'), (2, 'y')")
        .expect("rows");
    save(&file);
    db.close();
}

fn fill_alarms(place: Place) {
    let file = file();
    let alarms = Alarms::open(place).expect("a database");
    for number in 0..20 {
        alarms.set(&alarm(number)).expect("it is stored");
    }
    save(&file);
}

/// Bytes as three each: where, and what stands there instead. Most of a page is empty, and is left out.
fn damage(good: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut damaged = good.to_vec();
    let used: Vec<_> = (0..good.len())
        .filter(|at| good[*at] != 0 || *at < 120)
        .collect();
    for patch in bytes.chunks_exact(3) {
        let at = used[usize::from(u16::from_le_bytes([patch[0], patch[1]])) % used.len()];
        damaged[at] = patch[2];
    }
    damaged
}

fn goods() -> &'static [Good; 2] {
    static GOODS: OnceLock<[Good; 2]> = OnceLock::new();
    GOODS.get_or_init(|| [good(&file(), fill_object), good(&file(), fill_alarms)])
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (kind, good) in (0..).zip(goods()) {
        seeds.push(fuzz::tagged(kind, &good.file));
        for way in [2, 4, 6] {
            seeds.push(vec![kind | way, 100, 0, 1, 44, 1, 2]);
            seeds.push(vec![kind | way, 18, 0, 2, 0, 4, 255, 60, 5, 255, 0, 6, 255]);
        }
    }
    seeds
}

fuzz_target!(init: fuzz::plant(seeds), |bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    let file = file();
    let good = &goods()[usize::from(kind & 1)];
    match kind >> 1 & 3 {
        0 => fs::write(&file, bytes).expect("a file"),
        1 | 2 => fs::write(&file, damage(&good.file, bytes)).expect("a file"),
        // A log that nobody has moved.
        _ => {
            fs::write(&file, &good.early).expect("a file");
            fs::write(beside(&file, "-wal"), damage(&good.log, bytes)).expect("a log");
        }
    }
    let _ = match kind & 1 {
        0 => read_object(file.clone()),
        _ => read_alarms(file.clone()),
    };
    delete(&file);
});
