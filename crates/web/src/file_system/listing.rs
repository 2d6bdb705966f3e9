//! The asynchronous iterators of a directory: what was in it when the iteration began.

use std::cell::{Cell, RefCell};
use std::vec::IntoIter;

use jsg::js::{Array, Local, Object, Promise, Value};
use jsg::{Error, Handle, JsRef, Lock, Ref, Result, ToJs, promise};

use super::directory::FileSystemDirectoryHandle;
use super::handle::FileSystemHandle;
use super::settled;
use crate::iterator;

/// What is left of a listing.
#[derive(jsg::Trace)]
pub(super) struct Steps {
    left: RefCell<Left>,
    is_over: Cell<bool>,
}

#[derive(jsg::Trace)]
enum Left {
    Handles(Handles),
    /// The directory is gone: each step fails.
    Failed(JsRef<Value>),
}

struct Handles(IntoIter<Ref<FileSystemHandle>>);

impl jsg::Trace for Handles {
    fn trace(&self, visitor: &mut jsg::Visitor) {
        for handle in self.0.as_slice() {
            handle.trace(visitor);
        }
    }
}

/// An iterator over `directory`. That it does not exist, the first step says.
pub(super) fn of<'s, 'i, T>(
    js: &mut Lock<'s, 'i>,
    directory: &FileSystemDirectoryHandle,
    make: impl FnOnce(&mut Lock<'s, 'i>, Steps) -> T,
) -> Result<T> {
    let left = match directory.children(js) {
        Ok(children) => {
            let children = children.into_iter().map(|child| Ref::new(js, child));
            Left::Handles(Handles(children.collect::<Vec<_>>().into_iter()))
        }
        Err(Error::Dom {
            name: "NotFoundError",
            message,
        }) => {
            let error = promise::exception_of(js, Error::dom("NotFoundError", message));
            Left::Failed(JsRef::new(js, error))
        }
        Err(error) => return Err(error),
    };
    let steps = Steps {
        left: RefCell::new(left),
        is_over: Cell::new(false),
    };
    Ok(make(js, steps))
}

impl Steps {
    /// The promise of the next result.
    fn next<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        part: fn(&mut Lock<'s, '_>, Handle<'s, FileSystemHandle>) -> Result<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        let found = match &mut *self.left.borrow_mut() {
            _ if self.is_over.get() => None,
            Left::Handles(handles) => handles.0.next().map(|handle| Ok(handle.get(js))),
            Left::Failed(error) => Some(Err(error.get(js))),
        };
        let value = match found {
            Some(Ok(handle)) => Some(part(js, handle)?),
            Some(Err(error)) => {
                self.is_over.set(true);
                return Ok(promise::rejected(js, error));
            }
            None => {
                self.is_over.set(true);
                None
            }
        };
        let result = iterator::result(js, value);
        settled(js, Ok(result.into()))
    }

    /// The promise of the result that ends the iteration.
    fn finish<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        value: Option<Local<'s, Value>>,
    ) -> Result<Local<'s, Promise>> {
        self.is_over.set(true);
        let result: Local<'s, Object> = iterator::result(js, None);
        if let Some(value) = value {
            let key = jsg::intern(js, "value");
            result.set(js, key.into(), value);
        }
        settled(js, Ok(result.into()))
    }
}

/// Declares the class of an iterator that yields a part of each entry.
macro_rules! iterators {
    ($($(#[$attribute:meta])* $class:ident($returned:ty) = $part:expr;)+) => { $(
        $(#[$attribute])*
        #[jsg::class]
        pub struct $class {
            steps: Steps,
        }

        impl $class {
            pub(super) fn create<'s>(js: &mut Lock<'s, '_>, steps: Steps) -> Handle<'s, Self> {
                Handle::new(js, Self { steps })
            }
        }

        #[jsg::methods]
        impl $class {
            #[jsg(define)]
            fn define(builder: &mut jsg::class::Builder<'_, '_, '_>) {
                builder.inherit_async_iterator_prototype();
            }

            #[jsg(method, captured)]
            fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
                self.steps.next(js, $part)
            }

            #[jsg(method, captured, name = "return")]
            fn finish<'s>(
                &self,
                js: &mut Lock<'s, '_>,
                value: Option<$returned>,
            ) -> Result<Local<'s, Promise>> {
                let value = value.map(|value| value.to_js(js)).transpose()?;
                self.steps.finish(js, value)
            }

            #[jsg(async_iterator)]
            fn iterate<'s>(this: Handle<'s, Self>) -> Handle<'s, Self> {
                this
            }
        }
    )+ };
}

fn name<'s>(
    js: &mut Lock<'s, '_>,
    handle: Handle<'s, FileSystemHandle>,
) -> Result<Local<'s, Value>> {
    handle.get().name().to_js(js)
}

iterators! {
    /// Of `directory.entries()`.
    EntryIterator(Vec<Local<'s, Value>>) = |js, handle| {
        let name = name(js, handle)?;
        let pair = [name, handle.object().into()];
        Ok(Array::new_with_elements(js, &pair).into())
    };
    /// Of `directory.keys()`.
    KeyIterator(String) = name;
    /// Of `directory.values()`.
    ValueIterator(Handle<'s, FileSystemHandle>) = |_, handle| Ok(handle.object().into());
}
