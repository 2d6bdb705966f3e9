//! Names of properties, and shapes of small objects, that are needed over and over: statics of which each isolate
//! makes a handle once.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::engine::DictionaryTemplate;
use crate::{Lock, LockExt};

/// A place in a table that each isolate has; assigned on first use, 0 before.
#[derive(Default)]
struct Index(AtomicU32);

impl Index {
    const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    fn get(&self, next: &AtomicU32) -> usize {
        let index = self.0.load(Ordering::Relaxed);
        if index != 0 {
            return index as usize;
        }
        let fresh = next.fetch_add(1, Ordering::Relaxed);
        match self
            .0
            .compare_exchange(0, fresh, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => fresh as usize,
            Err(raced) => raced as usize,
        }
    }
}

/// What an isolate has made of each static of a kind.
struct Table<T>(RefCell<Vec<Option<T>>>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> Table<T> {
    #[inline]
    fn with<R>(&self, index: usize, make: impl FnOnce() -> T, read: impl FnOnce(&T) -> R) -> R {
        if let Some(Some(made)) = self.0.borrow().get(index) {
            return read(made);
        }
        let made = make();
        let mut all = self.0.borrow_mut();
        if all.len() <= index {
            all.resize_with(index + 1, || None);
        }
        read(all[index].insert(made))
    }
}

/// The tables of an isolate.
#[derive(Default)]
pub(crate) struct Tables {
    names: Table<v8::Global<v8::String>>,
    shapes: Table<DictionaryTemplate>,
}

/// The name of a property.
pub struct Name {
    text: &'static str,
    index: Index,
}

impl Name {
    pub const fn new(text: &'static str) -> Self {
        Self {
            text,
            index: Index::new(),
        }
    }

    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// The name as a key.
    #[inline]
    pub fn get<'s>(&'static self, js: &Lock<'s, '_>) -> v8::Local<'s, v8::Name> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let names = &js.state().names.names;
        let make = || v8::Global::new(js, crate::intern(js, self.text));
        names
            .with(self.index.get(&NEXT), make, |name| v8::Local::new(js, name))
            .into()
    }
}

/// Plain objects with `N` properties.
pub struct Shape<const N: usize> {
    names: [&'static str; N],
    index: Index,
}

impl<const N: usize> Shape<N> {
    pub const fn new(names: [&'static str; N]) -> Self {
        Self {
            names,
            index: Index::new(),
        }
    }

    /// An object with these values, in the order of the names.
    #[inline]
    pub fn object<'s>(
        &'static self,
        js: &Lock<'s, '_>,
        mut values: [v8::Local<'s, v8::Value>; N],
    ) -> v8::Local<'s, v8::Object> {
        let shapes = &js.state().names.shapes;
        let make = || DictionaryTemplate::new(js, &self.names);
        shapes.with(self.index.get(&NEXT_SHAPE), make, |shape| {
            shape.instance(js, &mut values)
        })
    }
}

/// Shapes of whatever number of properties share one table.
static NEXT_SHAPE: AtomicU32 = AtomicU32::new(1);
