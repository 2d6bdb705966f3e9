//! `EventCounts` (Event Timing §3): a map that stays empty, since no event of a user's is dispatched.

use jsg::js::{Function, Local, Value};
use jsg::{Handle, Lock};

use crate::iterator::{Items, iterators};

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
        EntryIterator::create(js, Items::new(Vec::new()))
    }

    #[jsg(method)]
    fn keys<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, KeyIterator> {
        KeyIterator::create(js, Items::new(Vec::new()))
    }

    #[jsg(method)]
    fn values<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, ValueIterator> {
        ValueIterator::create(js, Items::new(Vec::new()))
    }

    #[jsg(method)]
    fn for_each<'s>(&self, _callback: Local<'s, Function>, _this_arg: Option<Local<'s, Value>>) {}
}

impl EventCounts {
    pub(super) fn new() -> Self {
        Self {}
    }
}

iterators! {
    /// Of `counts.entries()`.
    EntryIterator(Items<u32>);
    /// Of `counts.keys()`.
    KeyIterator(Items<u32>);
    /// Of `counts.values()`.
    ValueIterator(Items<u32>);
}
