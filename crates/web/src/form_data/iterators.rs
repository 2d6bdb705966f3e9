//! The iterators of `FormData`: live, by position.

use std::cell::Cell;

use jsg::js::{Array, Local, Object, Value};
use jsg::{Handle, Lock, Ref, Result, Trace};

use super::FormData;
use crate::iterator::result;

/// A place in a form that may change between steps.
#[derive(Trace)]
pub struct Cursor {
    form: Ref<FormData>,
    next: Cell<usize>,
}

impl Cursor {
    pub fn new<'s>(js: &Lock<'s, '_>, form: Handle<'s, FormData>) -> Self {
        Self {
            form: Ref::new(js, form),
            next: Cell::new(0),
        }
    }

    /// The result object of a step: `show` makes the entry's value.
    fn step<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        show: impl FnOnce(&Lock<'s, '_>, Local<'s, Value>, Local<'s, Value>) -> Local<'s, Value>,
    ) -> Result<Local<'s, Object>> {
        let index = self.next.get();
        let entry = self.form.get(js).get().at(js, index).transpose()?;
        if entry.is_some() {
            self.next.set(index + 1);
        }
        let value = entry.map(|(name, value)| show(js, name, value));
        Ok(result(js, value))
    }
}

/// Of `form.entries()`.
#[jsg::class]
pub struct EntryIterator {
    pub(super) cursor: Cursor,
}

/// Of `form.keys()`.
#[jsg::class]
pub struct KeyIterator {
    pub(super) cursor: Cursor,
}

/// Of `form.values()`.
#[jsg::class]
pub struct ValueIterator {
    pub(super) cursor: Cursor,
}

#[jsg::methods]
impl EntryIterator {
    #[jsg(define)]
    fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.inherit_iterator_prototype();
    }

    #[jsg(method)]
    fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        self.cursor.step(js, |js, name, value| {
            Array::new_with_elements(js, &[name, value]).into()
        })
    }

    #[jsg(iterator)]
    fn iterate<'s>(this: Handle<'s, Self>) -> Handle<'s, Self> {
        this
    }
}

#[jsg::methods]
impl KeyIterator {
    #[jsg(define)]
    fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.inherit_iterator_prototype();
    }

    #[jsg(method)]
    fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        self.cursor.step(js, |_, name, _| name)
    }

    #[jsg(iterator)]
    fn iterate<'s>(this: Handle<'s, Self>) -> Handle<'s, Self> {
        this
    }
}

#[jsg::methods]
impl ValueIterator {
    #[jsg(define)]
    fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.inherit_iterator_prototype();
    }

    #[jsg(method)]
    fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        self.cursor.step(js, |_, _, value| value)
    }

    #[jsg(iterator)]
    fn iterate<'s>(this: Handle<'s, Self>) -> Handle<'s, Self> {
        this
    }
}
