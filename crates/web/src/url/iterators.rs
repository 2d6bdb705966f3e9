//! The iterators of `URLSearchParams`: live, by position.

use std::cell::Cell;

use jsg::js::{Local, Object, Value};
use jsg::{Handle, Lock, Ref, Result, ToJs, Trace};

use super::{LegacyUrlSearchParams, UrlSearchParams};
use crate::iterator::result;

/// A place in a list that may change between steps.
#[derive(Trace)]
pub struct Cursor {
    list: List,
    next: Cell<usize>,
}

#[derive(Trace)]
enum List {
    Standard(Ref<UrlSearchParams>),
    Legacy(Ref<LegacyUrlSearchParams>),
}

impl Cursor {
    pub fn new<'s>(js: &Lock<'s, '_>, list: Handle<'s, UrlSearchParams>) -> Self {
        Self {
            list: List::Standard(Ref::new(js, list)),
            next: Cell::new(0),
        }
    }

    pub fn legacy<'s>(js: &Lock<'s, '_>, list: Handle<'s, LegacyUrlSearchParams>) -> Self {
        Self {
            list: List::Legacy(Ref::new(js, list)),
            next: Cell::new(0),
        }
    }

    /// The result object of a step: `show` makes the pair's value.
    fn step<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        show: impl FnOnce(&mut Lock<'s, '_>, (&str, &str)) -> Result<Local<'s, Value>>,
    ) -> Result<Local<'s, Object>> {
        let index = self.next.get();
        let value = match &self.list {
            List::Standard(list) => {
                let list = list.get(js).get();
                let pairs = list.pairs();
                pairs.at(index).map(|pair| show(js, pair))
            }
            List::Legacy(list) => {
                let pair = list.get(js).at(index);
                pair.map(|(name, value)| show(js, (&name, &value)))
            }
        };
        if value.is_some() {
            self.next.set(index + 1);
        }
        let value = value.transpose()?;
        Ok(result(js, value))
    }
}

/// Of `params.entries()`.
#[jsg::class]
pub struct EntryIterator {
    pub(super) cursor: Cursor,
}

/// Of `params.keys()`.
#[jsg::class]
pub struct KeyIterator {
    pub(super) cursor: Cursor,
}

/// Of `params.values()`.
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
        self.cursor.step(js, |js, (name, value)| {
            let pair = [name.to_js(js)?, value.to_js(js)?];
            Ok(jsg::js::Array::new_with_elements(js, &pair).into())
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
        self.cursor.step(js, |js, (name, _)| name.to_js(js))
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
        self.cursor.step(js, |js, (_, value)| value.to_js(js))
    }

    #[jsg(iterator)]
    fn iterate<'s>(this: Handle<'s, Self>) -> Handle<'s, Self> {
        this
    }
}
