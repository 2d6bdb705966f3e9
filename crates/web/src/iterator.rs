//! What the iterators of all interfaces share (WebIDL §3.7.10).

use std::cell::RefCell;

use jsg::js::{Local, Object, Value};
use jsg::{Flag, Lock, LockExt, Result, ToJs};

/// The items that an iterator has still to yield.
pub struct Items<T>(RefCell<std::vec::IntoIter<T>>);

impl<T> Items<T> {
    pub fn new(items: Vec<T>) -> Self {
        Self(RefCell::new(items.into_iter()))
    }

    /// The result object for the next item.
    pub fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>>
    where
        T: ToJs<'s>,
    {
        let item = self.0.borrow_mut().next();
        let value = item.map(|item| item.to_js(js)).transpose()?;
        Ok(result(js, value))
    }
}

impl<T> jsg::Trace for Items<T> {
    /// Items are plain values, made JavaScript ones as they are yielded.
    fn trace(&self, _: &mut jsg::Visitor) {}
}

/// An iterator result object; `None` ends the iteration.
pub fn result<'s>(js: &mut Lock<'s, '_>, value: Option<Local<'s, Value>>) -> Local<'s, Object> {
    let object = Object::new(js);
    let done = jsg::js::Boolean::new(js, value.is_none());
    let (done_key, value_key) = (jsg::intern(js, "done"), jsg::intern(js, "value"));
    object.set(js, done_key.into(), done.into());
    // Before this flag, results leave out what they do not have.
    if value.is_some() || js.flag(Flag::EnableFastJsgStruct) {
        let value = value.unwrap_or_else(|| jsg::js::undefined(js).into());
        object.set(js, value_key.into(), value);
    }
    object
}
