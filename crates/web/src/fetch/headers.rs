//! `Headers` (Fetch §5.1).
//!
//! An iterator works on a snapshot: changing the headers does not change what it yields.

use std::cell::RefCell;

use jsg::convert::{Record, Sequence};
use jsg::js::{Array, Function, Local, Value};
use jsg::{Error, Flag, Handle, Lock, LockExt, Result, ToJs};

use super::header_iterators::{EntryIterator, KeyIterator, ValueIterator};
use super::header_list::{Cookies, HeaderList};
use crate::iterator::Items;

/// Who may change a header list (Fetch §5.1, "guard").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    None,
    Immutable,
}

/// A header list as JavaScript sees it.
#[jsg::class]
pub struct Headers {
    list: jsg::Untraced<RefCell<HeaderList>>, // plain bytes
    guard: jsg::Untraced<Guard>,              // an enum
}

/// `HeadersInit`.
#[derive(jsg::Union)]
pub enum HeadersInit<'s> {
    Headers(Handle<'s, Headers>),
    Pairs(Sequence<Sequence<String>>),
    Record(Record<String, String>),
}

/// A name and a value: to JavaScript an array of two.
pub struct DisplayedHeader(String, String);

impl<'s> ToJs<'s> for DisplayedHeader {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        let pair = [self.0.to_js(js)?, self.1.to_js(js)?];
        Ok(Array::new_with_elements(js, &pair).into())
    }
}

impl HeadersInit<'_> {
    /// The list that `new Headers(init)` would hold. Nothing is left behind when it fails.
    pub fn into_list(self) -> Result<HeaderList> {
        let mut list = HeaderList::default();
        match self {
            Self::Headers(other) => return Ok(other.get().list().borrow().clone()),
            Self::Pairs(pairs) => {
                for pair in pairs.0 {
                    let [name, value] = pair.0.as_slice() else {
                        return Err(Error::type_error(
                            "To initialize a Headers object from a sequence, each inner sequence must have exactly \
                             two elements.",
                        ));
                    };
                    list.append(name, value)?;
                }
            }
            Self::Record(record) => {
                for (name, value) in record.0 {
                    list.append(&name, &value)?;
                }
            }
        }
        Ok(list)
    }
}

impl Headers {
    /// A list under a guard, not yet an object.
    pub fn from_list(list: HeaderList, guard: Guard) -> Self {
        Self {
            list: jsg::Untraced(RefCell::new(list)),
            guard: jsg::Untraced(guard),
        }
    }

    /// The list behind the object, whatever the guard.
    pub fn list(&self) -> &RefCell<HeaderList> {
        &self.list
    }

    pub fn guard(&self) -> Guard {
        *self.guard
    }

    fn check_guard(&self) -> Result<()> {
        match *self.guard {
            Guard::None => Ok(()),
            Guard::Immutable => Err(Error::type_error("Can't modify immutable headers.")),
        }
    }

    fn snapshot(&self, js: &Lock<'_, '_>) -> Vec<(String, String)> {
        let apart = js.flag(Flag::HttpHeadersGetsetcookie);
        self.list.borrow().sorted(if apart {
            Cookies::Apart
        } else {
            Cookies::Combined
        })
    }
}

#[jsg::methods]
impl Headers {
    #[jsg(constructor)]
    fn new(init: Option<HeadersInit<'_>>) -> Result<Self> {
        let list = init.map(HeadersInit::into_list).transpose()?;
        Ok(Self::from_list(list.unwrap_or_default(), Guard::None))
    }

    #[jsg(method)]
    fn get(&self, name: String) -> Result<jsg::Nullable<String>> {
        self.list.borrow().get(&name).map(jsg::Nullable)
    }

    #[jsg(method)]
    fn get_all(&self, name: String) -> Result<Vec<String>> {
        if !name.eq_ignore_ascii_case("set-cookie") {
            return Err(Error::type_error(
                "getAll() can only be used with the header name \"Set-Cookie\".",
            ));
        }
        Ok(self.list.borrow().set_cookies())
    }

    #[jsg(method, flag = HttpHeadersGetsetcookie)]
    fn get_set_cookie(&self) -> Vec<String> {
        self.list.borrow().set_cookies()
    }

    #[jsg(method)]
    fn has(&self, name: String) -> Result<bool> {
        self.list.borrow().has(&name)
    }

    #[jsg(method)]
    fn set(&self, name: String, value: String) -> Result<()> {
        self.check_guard()?;
        self.list.borrow_mut().set(&name, &value)
    }

    #[jsg(method)]
    fn append(&self, name: String, value: String) -> Result<()> {
        self.check_guard()?;
        self.list.borrow_mut().append(&name, &value)
    }

    #[jsg(method)]
    fn delete(&self, name: String) -> Result<()> {
        self.check_guard()?;
        self.list.borrow_mut().delete(&name)
    }

    #[jsg(method)]
    fn for_each<'s>(
        js: &mut Lock<'s, '_>,
        this: Handle<'s, Self>,
        callback: Local<'s, Function>,
        this_arg: Option<Local<'s, Value>>,
    ) -> Result<()> {
        let receiver = match this_arg {
            Some(value) if !value.is_null_or_undefined() => value,
            _ => jsg::js::undefined(js).into(),
        };
        for (name, value) in this.get().snapshot(js) {
            let arguments = [value.to_js(js)?, name.to_js(js)?, this.object().into()];
            callback
                .call(js, receiver, &arguments)
                .ok_or(Error::Pending)?;
        }
        Ok(())
    }

    #[jsg(method)]
    fn entries<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, EntryIterator> {
        let items = self.snapshot(js).into_iter();
        let items = Items::new(items.map(|(k, v)| DisplayedHeader(k, v)).collect());
        EntryIterator::create(js, items)
    }

    #[jsg(method)]
    fn keys<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, KeyIterator> {
        let items = self.snapshot(js).into_iter();
        let items = Items::new(items.map(|(key, _)| key).collect());
        KeyIterator::create(js, items)
    }

    #[jsg(method)]
    fn values<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, ValueIterator> {
        let items = self.snapshot(js).into_iter();
        let items = Items::new(items.map(|(_, value)| value).collect());
        ValueIterator::create(js, items)
    }

    #[jsg(inspect_getter)]
    fn immutable(&self) -> bool {
        *self.guard != Guard::None
    }

    #[jsg(iterator)]
    fn iterate<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, EntryIterator> {
        self.entries(js)
    }
}
