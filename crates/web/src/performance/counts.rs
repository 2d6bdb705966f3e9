//! `EventCounts` (Event Timing §3): a map that stays empty, since no event of a user's is dispatched.

use jsg::js::{Function, Local, Object, Value};
use jsg::{Handle, Lock, Result};

use crate::iterator::Items;

/// See the module.
#[jsg::class]
pub struct EventCounts {}

#[jsg::methods]
impl EventCounts {
    #[jsg(prototype_getter)]
    fn size(&self) -> u32 {
        0
    }

    #[jsg(method)]
    fn get(&self, _kind: String) -> Option<u32> {
        None
    }

    #[jsg(method)]
    fn has(&self, _kind: String) -> bool {
        false
    }

    #[jsg(method)]
    #[jsg(iterator)]
    fn entries<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, EntryIterator> {
        let items = Items::new(Vec::new());
        Handle::new(js, EntryIterator { items })
    }

    #[jsg(method)]
    fn keys<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, KeyIterator> {
        let items = Items::new(Vec::new());
        Handle::new(js, KeyIterator { items })
    }

    #[jsg(method)]
    fn values<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, ValueIterator> {
        let items = Items::new(Vec::new());
        Handle::new(js, ValueIterator { items })
    }

    #[jsg(method)]
    fn for_each<'s>(&self, _callback: Local<'s, Function>, _this_arg: Option<Local<'s, Value>>) {}
}

impl EventCounts {
    pub(super) fn new() -> Self {
        Self {}
    }
}

macro_rules! iterators {
    ($($class:ident),*) => { $(
        /// An iterator of [`EventCounts`].
        #[jsg::class]
        pub struct $class {
            items: Items<u32>,
        }

        #[jsg::methods]
        impl $class {
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
    )* };
}

iterators!(EntryIterator, KeyIterator, ValueIterator);
