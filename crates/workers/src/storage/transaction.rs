//! `transaction()`, `transactionSync()` and `DurableObjectTransaction`.
//!
//! A transaction is a critical section of its object, so that nothing else can write into it. What its function throws
//! undoes it and is thrown again, and does not break the object: within the section it travels as a value.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use io::IoContext;
use io::trace::Span;
use jsg::convert::Time;
use jsg::js::{Array, Boolean, Function, Global, Local, Promise, Value};
use jsg::{Error, Handle, Lock, Result, Untraced};
use storage::{Begin, ObjectStorage, Transaction};

use super::operations::{
    GetAlarmOptions, GetOptions, KeyOrEntries, Keys, ListOptions, PutOptions, SetAlarmOptions,
};
use super::{Backing, failure, sql_failure};
use crate::durable_object::section::block_concurrency_while;

/// What a transaction's function gets.
#[jsg::class]
pub struct DurableObjectTransaction {
    backing: Untraced<Backing>,          // not in the heap of JavaScript
    open: Untraced<Rc<OpenTransaction>>, // the same
}

/// A transaction that the guest and its end share.
struct OpenTransaction {
    transaction: RefCell<Option<Transaction>>,
    is_rolled_back: Cell<bool>,
}

/// `storage.transaction(callback)`.
pub fn run<'s>(
    js: &mut Lock<'s, '_>,
    backing: Backing,
    callback: Local<'s, Function>,
) -> Result<Local<'s, Promise>> {
    let span = Rc::new(Span::open(js, "durable_object_storage_transaction"));
    let other = span.clone();
    let callback = Global::new(js, callback);
    let section = jsg::promise::once_function(js, move |js, _| {
        let promise = begin(js, backing, callback)?;
        Ok(promise.into())
    });
    let promise = block_concurrency_while(js, section)?;
    jsg::promise::then(
        js,
        promise,
        move |js, value| {
            span.end();
            unpack(js, value)
        },
        move |js, reason| {
            other.end();
            Err(Error::value(js, reason))
        },
    )
}

fn begin<'s>(
    js: &mut Lock<'s, '_>,
    backing: Backing,
    callback: Global<Function>,
) -> Result<Local<'s, Promise>> {
    match backing.storage.begin_transaction().map_err(failure)? {
        Begin::Begun(transaction) => begun(js, backing, transaction, callback),
        Begin::Wait(turn) => {
            let context = IoContext::current(js)?;
            let turn = async move {
                turn.await;
                Ok(())
            };
            let turn = context.keeping_lock(|| jsg::promise::from_future(js, turn));
            jsg::promise::then(
                js,
                turn,
                move |js, _| Ok(begin(js, backing, callback)?.into()),
                |js, reason| Err(Error::value(js, reason)),
            )
        }
    }
}

fn begun<'s>(
    js: &mut Lock<'s, '_>,
    backing: Backing,
    transaction: Transaction,
    callback: Global<Function>,
) -> Result<Local<'s, Promise>> {
    let open = Rc::new(OpenTransaction {
        transaction: RefCell::new(Some(transaction)),
        is_rolled_back: Cell::new(false),
    });
    let object = DurableObjectTransaction {
        backing: Untraced(backing),
        open: Untraced(open.clone()),
    };
    let object = Handle::new(js, object).object().into();
    let start = jsg::promise::resolved(js, object);
    let callback = Local::new(js, callback);
    let result = start.then(js, callback).ok_or(Error::Pending)?;
    let undone = open.clone();
    jsg::promise::then(
        js,
        result,
        move |js, value| {
            // None: the guest has undone it.
            let transaction = open.transaction.take();
            if let Some(transaction) = transaction {
                transaction.commit().map_err(failure)?;
            }
            Ok(pack(js, false, value))
        },
        move |js, reason| {
            undone.is_rolled_back.set(true);
            drop(undone.transaction.take());
            Ok(pack(js, true, reason))
        },
    )
}

/// How a transaction's function ended, as a value.
fn pack<'s>(js: &mut Lock<'s, '_>, has_thrown: bool, value: Local<'s, Value>) -> Local<'s, Value> {
    let has_thrown = Boolean::new(js, has_thrown).into();
    Array::new_with_elements(js, &[has_thrown, value]).into()
}

fn unpack<'s>(js: &mut Lock<'s, '_>, packed: Local<'s, Value>) -> Result<Local<'s, Value>> {
    let end = Local::<Array>::try_from(packed)
        .map_err(|_| Error::Internal("the end of a transaction is lost".into()))?;
    let has_thrown = end.get_index(js, 0).ok_or(Error::Pending)?;
    let value = end.get_index(js, 1).ok_or(Error::Pending)?;
    match has_thrown.is_true() {
        true => Err(Error::value(js, value)),
        false => Ok(value),
    }
}

/// `storage.transactionSync(callback)`.
pub fn run_sync<'s>(
    js: &mut Lock<'s, '_>,
    storage: &Rc<ObjectStorage>,
    callback: Local<'s, Function>,
) -> Result<Local<'s, Value>> {
    storage.begin_sync().map_err(failure)?;
    let undefined = jsg::js::undefined(js).into();
    let result = jsg::promise::try_catch(js, |js| {
        let value = callback.call(js, undefined, &[]).ok_or(Error::Pending)?;
        storage.commit_sync().map_err(sql_failure)?;
        Ok(value)
    });
    result.or_else(|exception| {
        storage.roll_back_sync().map_err(failure)?;
        Err(Error::value(js, exception))
    })
}

#[jsg::methods]
impl DurableObjectTransaction {
    #[jsg(method, captured)]
    fn get<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        keys: Keys,
        _options: Option<GetOptions>,
    ) -> Result<Local<'s, Promise>> {
        self.open(js, "get()")?.get(js, keys)
    }

    #[jsg(method, captured)]
    fn list<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<ListOptions>,
    ) -> Result<Local<'s, Promise>> {
        self.open(js, "list()")?.list(js, options)
    }

    #[jsg(method, captured)]
    fn put<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        key: KeyOrEntries<'s>,
        value: Option<Local<'s, Value>>,
        options: Option<PutOptions>,
    ) -> Result<Local<'s, Promise>> {
        self.open(js, "put()")?.put(js, key, value, options)
    }

    #[jsg(method)]
    fn delete<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        keys: Keys,
        options: Option<PutOptions>,
    ) -> Result<Local<'s, Promise>> {
        self.open(js, "delete()")?.delete(js, keys, options)
    }

    #[jsg(method)]
    fn delete_all(&self) -> Result<()> {
        Err(Error::error("Cannot call deleteAll() within a transaction"))
    }

    #[jsg(method)]
    fn rollback(&self, js: &mut Lock<'_, '_>) -> Result<()> {
        if self.open.is_rolled_back.get() {
            return Ok(());
        }
        self.open(js, "rollback()")?;
        if let Some(transaction) = &*self.open.transaction.borrow() {
            transaction.roll_back().map_err(failure)?;
        }
        self.open.transaction.take();
        self.open.is_rolled_back.set(true);
        Ok(())
    }

    #[jsg(method, captured)]
    fn get_alarm<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        _options: Option<GetAlarmOptions>,
    ) -> Result<Local<'s, Promise>> {
        self.open(js, "getAlarm()")?.get_alarm(js)
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
        self.open(js, "setAlarm()")?.set_alarm(js, time, options)
    }

    #[jsg(method, captured)]
    fn delete_alarm<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        options: Option<SetAlarmOptions>,
    ) -> Result<Local<'s, Promise>> {
        self.open(js, "deleteAlarm()")?.delete_alarm(js, options)
    }
}

impl DurableObjectTransaction {
    /// What an operation works on, if it still may.
    fn open(&self, js: &Lock<'_, '_>, operation: &str) -> Result<&Backing> {
        IoContext::current(js)?;
        if self.open.is_rolled_back.get() {
            let operation = format!("Cannot {operation} on rolled back transaction");
            return Err(Error::error(operation));
        }
        if self.open.transaction.borrow().is_none() {
            return Err(Error::error(format!(
                "Cannot call {operation} on transaction that has already committed: did you move `txn` outside of the closure?"
            )));
        }
        Ok(&self.backing)
    }
}
