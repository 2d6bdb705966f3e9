//! `DurableObjectStorage`: `ctx.storage`.

use std::cell::RefCell;

use io::IoContext;
use io::trace::Span;
use jsg::convert::Time;
use jsg::js::{Function, Local, Promise, Value};
use jsg::{Error, Flag, Handle, JsRef, Lock, LockExt, Result, Untraced};

use super::operations::{
    GetAlarmOptions, GetOptions, KeyOrEntries, Keys, ListOptions, PutOptions, SetAlarmOptions, done,
};
use super::sql::SqlStorage;
use super::sync_kv::SyncKvStorage;
use super::{Backing, Kind, failure, transaction};

/// See the module.
#[jsg::class]
pub struct DurableObjectStorage {
    backing: Untraced<Backing>, // not in the heap of JavaScript
    /// What was made for a lazy property when it was first read, or what a guest has put in its place.
    kv: RefCell<Option<JsRef<Value>>>,
    sql: RefCell<Option<JsRef<Value>>>,
}

#[derive(jsg::Dictionary)]
struct TransactionOptions {
    #[expect(dead_code, reason = "its type is checked")]
    as_of_time: Option<Time>,
    #[expect(dead_code, reason = "its type is checked")]
    low_priority: Option<bool>,
}

#[derive(jsg::Dictionary)]
struct SnapshotOptions {}

#[jsg::methods]
impl DurableObjectStorage {
    #[jsg(instance_getter)]
    fn sql<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        kept(js, &self.sql, |js| {
            SqlStorage::create(js, self.backing.0.clone())
        })
    }

    #[jsg(setter)]
    fn set_sql<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.sql.replace(Some(JsRef::new(js, value)));
    }

    #[jsg(instance_getter)]
    fn kv<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        kept(js, &self.kv, |js| {
            SyncKvStorage::create(js, self.backing.0.clone())
        })
    }

    #[jsg(setter)]
    fn set_kv<'s>(&self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) {
        self.kv.replace(Some(JsRef::new(js, value)));
    }

    #[jsg(method, captured)]
    fn get<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        keys: Keys,
        _options: Option<GetOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        self.backing.get(js, keys)
    }

    #[jsg(method, captured)]
    fn list<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<ListOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        self.backing.list(js, options)
    }

    #[jsg(method, captured)]
    fn put<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        key: KeyOrEntries<'s>,
        value: Option<Local<'s, Value>>,
        options: Option<PutOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        self.backing.put(js, key, value, options)
    }

    #[jsg(method)]
    fn delete<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        keys: Keys,
        options: Option<PutOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        self.backing.delete(js, keys, options)
    }

    #[jsg(method, captured)]
    fn delete_all<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        _options: Option<PutOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let _span = Span::open(js, "durable_object_storage_deleteAll");
        let with_alarm = js.flag(Flag::DeleteAllDeletesAlarm);
        let storage = &self.backing.storage;
        storage.delete_all(with_alarm).map_err(failure)?;
        Ok(done(js))
    }

    #[jsg(method, captured)]
    fn transaction<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        callback: Local<'s, Function>,
        _options: Option<TransactionOptions>,
    ) -> Result<Local<'s, Promise>> {
        transaction::run(js, self.backing.0.clone(), callback)
    }

    #[jsg(method, captured)]
    fn get_alarm<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        _options: Option<GetAlarmOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        self.backing.get_alarm(js)
    }

    #[jsg(method, captured)]
    fn set_alarm<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        time: Time,
        options: Option<SetAlarmOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        self.backing.check_alarm(&time)?;
        self.backing.set_alarm(js, time, options)
    }

    #[jsg(method, captured)]
    fn delete_alarm<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<SetAlarmOptions>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        self.backing.delete_alarm(js, options)
    }

    /// Resolves when all that was written so far is durable.
    #[jsg(method, captured)]
    fn sync<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        let context = IoContext::current(js)?;
        let span = Span::open(js, "durable_object_storage_sync");
        let synced = self.backing.storage.synced();
        let output = context.wait_for_output();
        if synced.is_none() && output.is_none() {
            return Ok(done(js));
        }
        let both = async move {
            if let Some(synced) = synced {
                synced.await;
            }
            let opened = match output {
                Some(output) => output.await.map_err(Into::into),
                None => Ok(()),
            };
            span.end();
            opened
        };
        Ok(jsg::promise::from_future(js, both))
    }

    #[jsg(method)]
    fn transaction_sync<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        callback: Local<'s, Function>,
    ) -> Result<Local<'s, Value>> {
        let storage = self
            .backing
            .need_database("Durable Object is not backed by SQL.")?;
        IoContext::current(js)?;
        transaction::run_sync(js, &storage.clone(), callback)
    }

    #[jsg(method, captured)]
    fn get_current_bookmark<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let _span = Span::open(js, "durable_object_storage_getCurrentBookmark");
        let storage = self.backing.need_database(NO_RECOVERY)?;
        let bookmark = storage.next_bookmark().map_err(failure)?;
        let bookmark = jsg::string(js, &bookmark).into();
        Ok(jsg::promise::resolved(js, bookmark))
    }

    #[jsg(method, captured)]
    fn get_bookmark_for_time<'s>(
        &self,
        _js: &mut Lock<'s, '_>,
        _time: Time,
    ) -> Result<Local<'s, Promise>> {
        Err(Error::error(NO_RECOVERY))
    }

    #[jsg(method, captured)]
    fn on_next_session_restore_bookmark<'s>(
        &self,
        _js: &mut Lock<'s, '_>,
        _bookmark: String,
    ) -> Result<Local<'s, Promise>> {
        Err(Error::error(NO_RECOVERY))
    }

    #[jsg(method, captured, flag = Experimental)]
    fn wait_for_bookmark<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        _bookmark: String,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let _span = Span::open(js, "durable_object_storage_waitForBookmark");
        self.backing.need_database(NO_RECOVERY)?;
        self.backing.storage.check().map_err(failure)?;
        Ok(done(js))
    }

    /// There are no replicas.
    #[jsg(instance_getter, flag = Experimental)]
    fn primary<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Value> {
        jsg::js::undefined(js).into()
    }

    #[jsg(method, captured, flag = DurableObjectSnapshots)]
    fn snapshot<'s>(
        &self,
        _js: &mut Lock<'s, '_>,
        _options: Option<SnapshotOptions>,
    ) -> Result<Local<'s, Promise>> {
        Err(Error::error(
            "This Durable Object's storage back-end does not implement snapshots.",
        ))
    }

    /// Takes a bookmark or a snapshot, of which there are none.
    #[jsg(method, captured, length = 1, flag = DurableObjectSnapshots)]
    fn on_next_session_restore<'s>(
        &self,
        _js: &mut Lock<'s, '_>,
        to: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        if to.is_some_and(|to| to.is_string()) {
            return Err(Error::error(NO_RECOVERY));
        }
        Err(Error::type_error(
            "Failed to execute 'onNextSessionRestore' on 'DurableObjectStorage': parameter 1 is not of type \
             'DurableObjectSnapshot or string'.",
        ))
    }

    #[jsg(method, flag = ReplicaRouting)]
    fn ensure_replicas(&self) -> Result<()> {
        Err(Error::error(NO_REPLICAS))
    }

    #[jsg(method, flag = ReplicaRouting)]
    fn disable_replicas(&self) -> Result<()> {
        Err(Error::error(NO_REPLICAS))
    }
}

impl DurableObjectStorage {
    pub fn create<'s>(js: &mut Lock<'s, '_>, backing: Backing) -> Handle<'s, Self> {
        let storage = Self {
            backing: Untraced(backing),
            kv: RefCell::default(),
            sql: RefCell::default(),
        };
        Handle::new(js, storage)
    }

    /// The kind of the object's storage.
    pub fn kind(&self) -> Kind {
        self.backing.kind
    }
}

/// The value of a lazy property.
fn kept<'s>(
    js: &mut Lock<'s, '_>,
    slot: &RefCell<Option<JsRef<Value>>>,
    make: impl FnOnce(&mut Lock<'s, '_>) -> Local<'s, Value>,
) -> Local<'s, Value> {
    if let Some(value) = &*slot.borrow() {
        return value.get(js);
    }
    let value = make(js);
    slot.replace(Some(JsRef::new(js, value)));
    value
}

const NO_RECOVERY: &str =
    "This Durable Object's storage back-end does not implement point-in-time recovery.";
const NO_REPLICAS: &str = "This Durable Object's storage back-end does not support replication.";
