//! What the iterators of all interfaces share (WebIDL §3.7.10).

use std::cell::{Cell, RefCell};

use jsg::js::{Array, Function, Local, Object, Value};
use jsg::{Error, Flag, Handle, Lock, LockExt, Ref, Result, Shape, ToJs};

/// Declares classes of iterators over what a type steps through: [`Items`] or [`LivePairs`].
macro_rules! iterators {
    ($($(#[$attribute:meta])* $class:ident($steps:ty);)+) => { $(
        $(#[$attribute])*
        #[jsg::class]
        pub struct $class {
            steps: $steps,
        }

        impl $class {
            pub(crate) fn create<'s>(
                js: &mut jsg::Lock<'s, '_>,
                steps: $steps,
            ) -> jsg::Handle<'s, Self> {
                jsg::Handle::new(js, Self { steps })
            }
        }

        #[jsg::methods]
        impl $class {
            #[jsg(define)]
            fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
                builder.inherit_iterator_prototype();
            }

            #[jsg(method)]
            fn next<'s>(
                &self,
                js: &mut jsg::Lock<'s, '_>,
            ) -> jsg::Result<jsg::js::Local<'s, jsg::js::Object>> {
                self.steps.next(js)
            }

            #[jsg(iterator)]
            fn iterate<'s>(this: jsg::Handle<'s, Self>) -> jsg::Handle<'s, Self> {
                this
            }
        }
    )+ };
}
pub(crate) use iterators;

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

/// A list of pairs that may change while scripts iterate over it.
pub trait PairIterable: jsg::Class {
    /// Name and value at an index; `None` beyond the end. Runs no guest code.
    fn pair_at<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        index: usize,
    ) -> Option<Result<(Local<'s, Value>, Local<'s, Value>)>>;
}

/// A place in a list of pairs: an index, so that changes of the list show.
pub struct LivePairs<T: PairIterable> {
    list: Ref<T>,
    next: Cell<usize>,
    part: Part,
}

/// What of a pair an iterator yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Both,
    Name,
    Value,
}

impl<T: PairIterable> LivePairs<T> {
    pub fn new<'s>(js: &Lock<'s, '_>, list: Handle<'s, T>, part: Part) -> Self {
        Self {
            list: Ref::new(js, list),
            next: Cell::new(0),
            part,
        }
    }

    /// The result object for the next pair.
    pub fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        let index = self.next.get();
        let pair = self.list.get(js).pair_at(js, index).transpose()?;
        if pair.is_some() {
            self.next.set(index + 1);
        }
        let value = pair.map(|(name, value)| match self.part {
            Part::Both => Array::new_with_elements(js, &[name, value]).into(),
            Part::Name => name,
            Part::Value => value,
        });
        Ok(result(js, value))
    }
}

impl<T: PairIterable> jsg::Trace for LivePairs<T> {
    fn trace(&self, visitor: &mut jsg::Visitor) {
        self.list.trace(visitor);
    }
}

/// `forEach()`: calls back with value, name and list for each pair. The callback may change the list.
pub fn for_each<'s, T: PairIterable>(
    js: &mut Lock<'s, '_>,
    list: Handle<'s, T>,
    callback: Local<'s, Function>,
    receiver: Option<Local<'s, Value>>,
) -> Result<()> {
    let receiver = receiver.unwrap_or_else(|| jsg::js::undefined(js).into());
    for index in 0.. {
        let Some(pair) = list.pair_at(js, index) else {
            break;
        };
        let (name, value) = pair?;
        let arguments = [value, name, list.object().into()];
        callback
            .call(js, receiver, &arguments)
            .ok_or(Error::Pending)?;
    }
    Ok(())
}

/// An iterator result object; `None` ends the iteration.
pub fn result<'s>(js: &mut Lock<'s, '_>, value: Option<Local<'s, Value>>) -> Local<'s, Object> {
    static RESULT: Shape<2> = Shape::new(["done", "value"]);
    static END: Shape<1> = Shape::new(["done"]);
    let done = jsg::js::Boolean::new(js, value.is_none()).into();
    // Before this flag, results leave out what they do not have.
    if value.is_some() || js.flag(Flag::EnableFastJsgStruct) {
        let value = value.unwrap_or_else(|| jsg::js::undefined(js).into());
        return RESULT.object(js, [done, value]);
    }
    END.object(js, [done])
}
