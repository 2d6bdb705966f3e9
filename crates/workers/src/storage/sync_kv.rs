//! `SyncKvStorage`: `ctx.storage.kv`, keys and values without promises.

use std::cell::RefCell;
use std::rc::Rc;

use io::IoContext;
use io::trace::Span;
use jsg::js::{Array, Local, Object, Value};
use jsg::{Handle, Lock, Result, Untraced};
use storage::ObjectStorage;
use storage::kv::List;
use web::iterator::result;

use super::list::Wanted;
use super::{Backing, SYSTEM, failure, value};

/// See the module.
#[jsg::class]
pub struct SyncKvStorage {
    backing: Untraced<Backing>, // not in the heap of JavaScript
}

#[jsg::methods]
impl SyncKvStorage {
    #[jsg(method)]
    fn get<'s>(&self, js: &mut Lock<'s, '_>, key: String) -> Result<Local<'s, Value>> {
        IoContext::current(js)?;
        let span = Span::open(js, "durable_object_storage_kv_get");
        let storage = self.backing.need_sync_kv()?;
        describe(&span, "get", Some(&key));
        let found = storage.kv().and_then(|kv| kv.get(&key)).map_err(failure)?;
        match found {
            Some(bytes) => value::read(js, storage, &key, bytes),
            None => Ok(jsg::js::undefined(js).into()),
        }
    }

    #[jsg(method)]
    fn list<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<Wanted>,
    ) -> Result<Handle<'s, ListIterator>> {
        IoContext::current(js)?;
        let span = Span::open(js, "durable_object_storage_kv_list");
        let storage = self.backing.need_sync_kv()?;
        describe(&span, "list", None);
        let wanted = options.unwrap_or_default();
        if span.is_traced() {
            describe_list(&span, &wanted);
        }
        let list = match wanted.compile()? {
            Some(range) => {
                let list = storage.kv().and_then(|kv| kv.list(&range));
                Some(list.map_err(failure)?)
            }
            None => None,
        };
        let list = Untraced(RefCell::new(list));
        let storage = Untraced(storage.clone());
        Ok(Handle::new(js, ListIterator { list, storage }))
    }

    #[jsg(method)]
    fn put<'s>(&self, js: &mut Lock<'s, '_>, key: String, value: Local<'s, Value>) -> Result<()> {
        IoContext::current(js)?;
        let span = Span::open(js, "durable_object_storage_kv_put");
        let storage = self.backing.need_sync_kv()?;
        describe(&span, "put", Some(&key));
        let value = value::write(js, value)?;
        let put = storage
            .kv()
            .and_then(|kv| kv.put_value(&key, &value, false));
        put.map_err(failure)
    }

    #[jsg(method)]
    fn delete(&self, js: &mut Lock<'_, '_>, key: String) -> Result<bool> {
        IoContext::current(js)?;
        let span = Span::open(js, "durable_object_storage_kv_delete");
        let storage = self.backing.need_sync_kv()?;
        describe(&span, "delete", Some(&key));
        let was_there = storage.kv().and_then(|kv| kv.delete(&key, false));
        let was_there = was_there.map_err(failure)?;
        let count = i64::from(was_there);
        span.set("cloudflare.durable_object.kv.response.deleted_count", count);
        Ok(was_there)
    }
}

impl SyncKvStorage {
    pub fn create<'s>(js: &mut Lock<'s, '_>, backing: Backing) -> Local<'s, Value> {
        let backing = Untraced(backing);
        Handle::new(js, Self { backing }).object().into()
    }
}

/// Tells the span of the operation.
fn describe(span: &Span, operation: &'static str, key: Option<&str>) {
    if !span.is_traced() {
        return;
    }
    span.set("db.system.name", SYSTEM);
    span.set("db.operation.name", operation);
    if let Some(key) = key {
        span.set("cloudflare.durable_object.kv.query.keys", key.to_owned());
        span.set("cloudflare.durable_object.kv.query.keys.count", 1_i64);
    }
}

#[cold]
fn describe_list(span: &Span, wanted: &Wanted) {
    for (name, value) in [
        ("start", &wanted.start),
        ("startAfter", &wanted.start_after),
        ("end", &wanted.end),
        ("prefix", &wanted.prefix),
    ] {
        if let Some(value) = value {
            let name = format!("cloudflare.durable_object.kv.query.{name}");
            span.set(name, value.clone());
        }
    }
    if let Some(reverse) = wanted.reverse {
        span.set("cloudflare.durable_object.kv.query.reverse", reverse);
    }
    if let Some(limit) = wanted.limit {
        let limit = i64::from(limit);
        span.set("cloudflare.durable_object.kv.query.limit", limit);
    }
}

/// The keys and values of a list, one at a time.
#[jsg::class]
struct ListIterator {
    /// None: no key can be in it. Not in the heap of JavaScript.
    list: Untraced<RefCell<Option<List>>>,
    /// Not in the heap of JavaScript.
    storage: Untraced<Rc<ObjectStorage>>,
}

#[jsg::methods]
impl ListIterator {
    #[jsg(define)]
    fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.inherit_iterator_prototype();
    }

    #[jsg(method)]
    fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        IoContext::current(js)?;
        let next = match &mut *self.list.borrow_mut() {
            Some(list) => list.advance().map_err(failure)?,
            None => None,
        };
        let pair = match next {
            Some((key, bytes)) => {
                let value = value::read(js, &self.storage, &key, bytes)?;
                let key = jsg::string(js, &key).into();
                Some(Array::new_with_elements(js, &[key, value]).into())
            }
            None => None,
        };
        Ok(result(js, pair))
    }

    #[jsg(iterator)]
    fn iterate<'s>(this: Handle<'s, Self>) -> Handle<'s, Self> {
        this
    }
}
