//! Keys and values with promises, and alarms: what `DurableObjectStorage` and `DurableObjectTransaction` share.
//!
//! All of it is done when the method returns; the promises are settled. `allowConcurrency` and `noCache` are read and have
//! nothing to change.

use std::rc::Rc;

use io::IoContext;
use io::trace::Span;
use jsg::clone::data_clone_error;
use jsg::convert::{Record, Time};
use jsg::js::{Date, Local, Map, Number, Promise, Value};
use jsg::{Error, FromJs, Lock, Result};
use storage::ObjectStorage;
use storage::kv::Range;

use super::list::Wanted;
use super::{Backing, Kind, failure, value};

/// A key, or several.
#[derive(jsg::Union)]
pub enum Keys {
    One(String),
    Many(Vec<String>),
}

/// A key whose value follows, or keys with their values.
#[derive(jsg::Union)]
pub enum KeyOrEntries<'s> {
    Key(String),
    Entries(Record<String, Local<'s, Value>>),
}

#[derive(jsg::Dictionary)]
pub struct GetOptions {
    #[expect(dead_code, reason = "its type is checked")]
    allow_concurrency: Option<bool>,
    #[expect(dead_code, reason = "its type is checked")]
    no_cache: Option<bool>,
}

#[derive(jsg::Dictionary)]
pub struct GetAlarmOptions {
    #[expect(dead_code, reason = "its type is checked")]
    allow_concurrency: Option<bool>,
}

#[derive(jsg::Dictionary)]
pub struct ListOptions {
    start: Option<String>,
    start_after: Option<String>,
    end: Option<String>,
    prefix: Option<String>,
    reverse: Option<bool>,
    limit: Option<i32>,
    #[expect(dead_code, reason = "its type is checked")]
    allow_concurrency: Option<bool>,
    #[expect(dead_code, reason = "its type is checked")]
    no_cache: Option<bool>,
}

#[derive(jsg::Dictionary)]
pub struct PutOptions {
    #[expect(dead_code, reason = "its type is checked")]
    allow_concurrency: Option<bool>,
    allow_unconfirmed: Option<bool>,
    #[expect(dead_code, reason = "its type is checked")]
    no_cache: Option<bool>,
}

#[derive(jsg::Dictionary)]
pub struct SetAlarmOptions {
    #[expect(dead_code, reason = "its type is checked")]
    allow_concurrency: Option<bool>,
    allow_unconfirmed: Option<bool>,
}

/// Whether what is written may be told of before it is durable.
pub fn unconfirmed(options: Option<&PutOptions>) -> bool {
    options
        .and_then(|options| options.allow_unconfirmed)
        .unwrap_or(false)
}

fn alarm_unconfirmed(options: Option<&SetAlarmOptions>) -> bool {
    options
        .and_then(|options| options.allow_unconfirmed)
        .unwrap_or(false)
}

/// The limits of storage without a database.
mod limits {
    use jsg::{Error, Result};

    const KEY: usize = 2048;
    const VALUE: usize = 128 * 1024;
    /// The header of a value and then some: guests count only what they put.
    const SLACK: usize = 34;
    const PAIRS: usize = 128;

    pub fn key(key: &str) -> Result<()> {
        if key.len() <= KEY {
            return Ok(());
        }
        Err(Error::range_error(format!(
            "Keys cannot be larger than {KEY} bytes. A key of size {} was provided.",
            key.len()
        )))
    }

    pub fn value(value: &[u8]) -> Result<()> {
        if value.len() <= VALUE + SLACK {
            return Ok(());
        }
        Err(Error::range_error(format!(
            "Values cannot be larger than {VALUE} bytes. A value of size {} was provided.",
            value.len()
        )))
    }

    pub fn pairs(count: usize) -> Result<()> {
        if count <= PAIRS {
            return Ok(());
        }
        Err(Error::range_error(format!(
            "Maximum number of key value pairs is {PAIRS}. {count} pairs were provided."
        )))
    }
}

impl Backing {
    fn has_limits(&self) -> bool {
        self.kind == Kind::InMemory
    }

    fn check_keys<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> Result<()> {
        match self.has_limits() {
            true => keys.into_iter().try_for_each(limits::key),
            false => Ok(()),
        }
    }

    pub fn get<'s>(&self, js: &mut Lock<'s, '_>, keys: Keys) -> Result<Local<'s, Promise>> {
        let _span = Span::open(js, "durable_object_storage_get");
        let kv = self.storage.kv().map_err(failure)?;
        let result = match keys {
            Keys::One(key) => {
                self.check_keys([key.as_str()])?;
                match kv.get(&key).map_err(failure)? {
                    Some(bytes) => value::read(js, &self.storage, &key, bytes)?,
                    None => jsg::js::undefined(js).into(),
                }
            }
            Keys::Many(mut keys) => {
                // A key that is too long is not there; it is no error.
                if self.has_limits() {
                    limits::pairs(keys.len())?;
                }
                keys.sort_unstable();
                let map = Map::new(js);
                for key in &keys {
                    if let Some(bytes) = kv.get(key).map_err(failure)? {
                        set(js, &self.storage, map, key, bytes)?;
                    }
                }
                map.into()
            }
        };
        Ok(jsg::promise::resolved(js, result))
    }

    pub fn list<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<ListOptions>,
    ) -> Result<Local<'s, Promise>> {
        let _span = Span::open(js, "durable_object_storage_list");
        let wanted = options.map_or_else(Wanted::default, |options| Wanted {
            start: options.start,
            start_after: options.start_after,
            end: options.end,
            prefix: options.prefix,
            reverse: options.reverse,
            limit: options.limit,
        });
        let map = Map::new(js);
        if let Some(range) = wanted.compile()? {
            self.fill(js, map, &range)?;
        }
        Ok(jsg::promise::resolved(js, map.into()))
    }

    fn fill<'s>(&self, js: &mut Lock<'s, '_>, map: Local<'s, Map>, range: &Range) -> Result<()> {
        let kv = self.storage.kv().map_err(failure)?;
        let mut list = kv.list(range).map_err(failure)?;
        while let Some((key, bytes)) = list.advance().map_err(failure)? {
            set(js, &self.storage, map, &key, bytes)?;
        }
        Ok(())
    }

    pub fn put<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        key: KeyOrEntries<'s>,
        value: Option<Local<'s, Value>>,
        options: Option<PutOptions>,
    ) -> Result<Local<'s, Promise>> {
        let _span = Span::open(js, "durable_object_storage_put");
        // Undefined is no value.
        let value = value.filter(|value| !value.is_undefined());
        match (key, value) {
            (KeyOrEntries::Key(_), None) => {
                return Err(Error::type_error("put() called with undefined value."));
            }
            (KeyOrEntries::Key(key), Some(value)) => {
                self.put_one(js, &key, value, unconfirmed(options.as_ref()))?;
            }
            (KeyOrEntries::Entries(entries), options_or_none) => {
                let options = match options_or_none {
                    None => options,
                    Some(value) => Some(
                        PutOptions::try_from_js(js, value)?
                            .ok_or_else(|| Error::type_error(PUT_USAGE))?,
                    ),
                };
                self.put_many(js, entries, unconfirmed(options.as_ref()))?;
            }
        }
        Ok(done(js))
    }

    /// A value as it is stored.
    fn written<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        value: Local<'s, Value>,
    ) -> Result<storage::kv::Value> {
        let value = value::write(js, value)?;
        if self.has_limits() && !value.externals.is_empty() {
            return Err(data_clone_error(
                "Storing RPC stubs in Durable Object KV storage is only supported when using the SQLite storage backend.",
            ));
        }
        Ok(value)
    }

    fn put_one<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        key: &str,
        value: Local<'s, Value>,
        unconfirmed: bool,
    ) -> Result<()> {
        let value = self.written(js, value)?;
        if self.has_limits() {
            limits::key(key)?;
            limits::value(&value.bytes)?;
        }
        let kv = self.storage.kv().map_err(failure)?;
        kv.put_value(key, &value, unconfirmed).map_err(failure)
    }

    fn put_many<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        entries: Record<String, Local<'s, Value>>,
        unconfirmed: bool,
    ) -> Result<()> {
        let mut pairs = Vec::with_capacity(entries.0.len());
        for (key, value) in entries.0 {
            // What is undefined is left as it is.
            if !value.is_undefined() {
                pairs.push((key, self.written(js, value)?));
            }
        }
        if self.has_limits() {
            for (key, value) in &pairs {
                limits::key(key)?;
                limits::value(&value.bytes)?;
            }
        }
        let kv = self.storage.kv().map_err(failure)?;
        let pairs = pairs.iter().map(|(key, value)| (&**key, value));
        kv.put_all(pairs, unconfirmed).map_err(failure)
    }

    pub fn delete<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        keys: Keys,
        options: Option<PutOptions>,
    ) -> Result<Local<'s, Promise>> {
        let _span = Span::open(js, "durable_object_storage_delete");
        let unconfirmed = unconfirmed(options.as_ref());
        let kv = self.storage.kv().map_err(failure)?;
        let result: Local<'s, Value> = match keys {
            Keys::One(key) => {
                self.check_keys([key.as_str()])?;
                let was_there = kv.delete(&key, unconfirmed).map_err(failure)?;
                jsg::js::Boolean::new(js, was_there).into()
            }
            Keys::Many(keys) => {
                self.check_keys(keys.iter().map(String::as_str))?;
                let mut count = 0;
                for key in &keys {
                    count += u32::from(kv.delete(key, unconfirmed).map_err(failure)?);
                }
                Number::new(js, count.into()).into()
            }
        };
        Ok(jsg::promise::resolved(js, result))
    }

    pub fn get_alarm<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        let span = Span::open(js, "durable_object_storage_getAlarm");
        let result: Local<'s, Value> = match self.storage.alarm().map_err(failure)? {
            Some(time) => {
                let time = time / NANOSECONDS;
                describe_alarm(js, &span, time)?;
                Number::new(js, time as f64).into()
            }
            None => jsg::js::null(js).into(),
        };
        Ok(jsg::promise::resolved(js, result))
    }

    /// # Errors
    /// No alarm can be set for this time, or for an object of this class.
    pub fn check_alarm(&self, time: &Time) -> Result<()> {
        if time.0 <= 0.0 {
            return Err(Error::type_error(
                "setAlarm() cannot be called with an alarm time <= 0",
            ));
        }
        let alarms = self.alarms.as_ref();
        if alarms.is_some_and(|alarms| !alarms.has_handler()) {
            return Err(Error::type_error(
                "Your Durable Object class must have an alarm() handler in order to call setAlarm()",
            ));
        }
        Ok(())
    }

    /// Sets what [`check_alarm`](Self::check_alarm) has let pass.
    pub fn set_alarm<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        time: Time,
        options: Option<SetAlarmOptions>,
    ) -> Result<Local<'s, Promise>> {
        let span = Span::open(js, "durable_object_storage_setAlarm");
        let now = IoContext::current(js)?.now();
        // What is past is due now.
        let time = time.0.max(now.floor()) as i64;
        describe_alarm(js, &span, time)?;
        let time = time.saturating_mul(NANOSECONDS);
        let unconfirmed = alarm_unconfirmed(options.as_ref());
        self.storage
            .set_alarm(Some(time), unconfirmed)
            .map_err(failure)?;
        Ok(done(js))
    }

    pub fn delete_alarm<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<SetAlarmOptions>,
    ) -> Result<Local<'s, Promise>> {
        let _span = Span::open(js, "durable_object_storage_deleteAlarm");
        let unconfirmed = alarm_unconfirmed(options.as_ref());
        self.storage.set_alarm(None, unconfirmed).map_err(failure)?;
        Ok(done(js))
    }

    /// The storage, for what outlives a call.
    pub fn shared(&self) -> Rc<ObjectStorage> {
        self.storage.clone()
    }
}

fn set<'s>(
    js: &mut Lock<'s, '_>,
    storage: &Rc<ObjectStorage>,
    map: Local<'s, Map>,
    key: &str,
    bytes: Vec<u8>,
) -> Result<()> {
    let value = value::read(js, storage, key, bytes)?;
    let key = jsg::string(js, key).into();
    map.set(js, key, value).ok_or(Error::Pending)?;
    Ok(())
}

/// Tells the span of an operation which alarm it is about.
fn describe_alarm(js: &mut Lock<'_, '_>, span: &Span, time: i64) -> Result<()> {
    if span.is_traced() {
        let name = "cloudflare.durable_object.alarm.scheduled_time";
        span.set(name, iso_string(js, time)?);
    }
    Ok(())
}

/// A time in milliseconds as `Date` writes it.
#[cold]
fn iso_string(js: &mut Lock<'_, '_>, time: i64) -> Result<String> {
    let date = Date::new(js, time as f64).ok_or(Error::Pending)?;
    let text = jsg::json_stringify(js, date.into())?.to_rust_string_lossy(js);
    Ok(text.trim_matches('"').to_owned())
}

/// A promise of nothing.
pub fn done<'s>(js: &mut Lock<'s, '_>) -> Local<'s, Promise> {
    let undefined = jsg::js::undefined(js).into();
    jsg::promise::resolved(js, undefined)
}

/// In a millisecond.
const NANOSECONDS: i64 = 1_000_000;

const PUT_USAGE: &str = "put() may only be called with a single key-value pair and optional options as put(key, value, options) \
    or with multiple key-value pairs and optional options as put(entries, options)";
