//! `SyncKvStorage`: `ctx.storage.kv`, keys and values without promises.

use std::cell::RefCell;

use io::IoContext;
use jsg::js::{Array, Local, Object, Value};
use jsg::{Handle, Lock, Result, Untraced};
use storage::kv::List;
use web::iterator::result;

use super::list::Wanted;
use super::{Backing, failure, value};

/// See the module.
#[jsg::class]
pub struct SyncKvStorage {
    backing: Untraced<Backing>, // not in the heap of JavaScript
}

#[derive(jsg::Dictionary)]
#[jsg(name = "ListOptions")]
struct ListOptions {
    start: Option<String>,
    start_after: Option<String>,
    end: Option<String>,
    prefix: Option<String>,
    reverse: Option<bool>,
    limit: Option<i32>,
}

#[jsg::methods]
impl SyncKvStorage {
    #[jsg(method)]
    fn get<'s>(&self, js: &mut Lock<'s, '_>, key: String) -> Result<Local<'s, Value>> {
        IoContext::current(js)?;
        let storage = self.backing.need_sync_kv()?;
        let found = storage.kv().and_then(|kv| kv.get(&key)).map_err(failure)?;
        match found {
            Some(bytes) => value::read(js, &key, bytes),
            None => Ok(jsg::js::undefined(js).into()),
        }
    }

    #[jsg(method)]
    fn list<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<ListOptions>,
    ) -> Result<Handle<'s, ListIterator>> {
        IoContext::current(js)?;
        let storage = self.backing.need_sync_kv()?;
        let wanted = options.map_or_else(Wanted::default, |options| Wanted {
            start: options.start,
            start_after: options.start_after,
            end: options.end,
            prefix: options.prefix,
            reverse: options.reverse,
            limit: options.limit,
        });
        let list = match wanted.compile()? {
            Some(range) => {
                let list = storage.kv().and_then(|kv| kv.list(&range));
                Some(list.map_err(failure)?)
            }
            None => None,
        };
        let list = Untraced(RefCell::new(list));
        Ok(Handle::new(js, ListIterator { list }))
    }

    #[jsg(method)]
    fn put<'s>(&self, js: &mut Lock<'s, '_>, key: String, value: Local<'s, Value>) -> Result<()> {
        IoContext::current(js)?;
        let storage = self.backing.need_sync_kv()?;
        let bytes = value::write(js, value)?;
        let put = storage.kv().and_then(|kv| kv.put(&key, &bytes, false));
        put.map_err(failure)
    }

    #[jsg(method)]
    fn delete(&self, js: &mut Lock<'_, '_>, key: String) -> Result<bool> {
        IoContext::current(js)?;
        let storage = self.backing.need_sync_kv()?;
        let was_there = storage.kv().and_then(|kv| kv.delete(&key, false));
        was_there.map_err(failure)
    }
}

impl SyncKvStorage {
    pub fn create<'s>(js: &mut Lock<'s, '_>, backing: Backing) -> Local<'s, Value> {
        let backing = Untraced(backing);
        Handle::new(js, Self { backing }).object().into()
    }
}

/// The keys and values of a list, one at a time.
#[jsg::class]
struct ListIterator {
    /// None: no key can be in it. Not in the heap of JavaScript.
    list: Untraced<RefCell<Option<List>>>,
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
                let value = value::read(js, &key, bytes)?;
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
