//! The iterators of `Headers`.

use jsg::js::{Local, Object};
use jsg::{Handle, Lock, Result};

use super::headers::DisplayedHeader;
use crate::iterator::Items;

/// Of `headers.entries()`.
#[jsg::class]
pub struct EntryIterator {
    pub(super) items: Items<DisplayedHeader>,
}

/// Of `headers.keys()`.
#[jsg::class]
pub struct KeyIterator {
    pub(super) items: Items<String>,
}

/// Of `headers.values()`.
#[jsg::class]
pub struct ValueIterator {
    pub(super) items: Items<String>,
}

#[jsg::methods]
impl EntryIterator {
    #[jsg(define)]
    fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        builder.inherit_iterator_prototype();
    }

    #[jsg(method)]
    fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        self.items.next(js)
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
        self.items.next(js)
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
        self.items.next(js)
    }

    #[jsg(iterator)]
    fn iterate<'s>(this: Handle<'s, Self>) -> Handle<'s, Self> {
        this
    }
}
