//! The headers of a message: a list until JavaScript asks for the object.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderValue};
use jsg::{Handle, Lock, Ref, Result};
use net::OddHeaders;

use super::header_list::HeaderList;
use super::headers::{Guard, Headers};

/// See the module's documentation.
#[derive(jsg::Trace)]
pub struct HeaderSlot {
    /// Empty once `object` is there.
    list: jsg::Untraced<RefCell<HeaderList>>, // plain bytes
    /// A type that the body has brought; not in the list yet.
    content_type: Cell<Option<&'static str>>,
    object: RefCell<Option<Ref<Headers>>>,
    guard: jsg::Untraced<Guard>, // an enum
}

/// A form's boundary is known to its content type alone.
const OWN_FORM_TYPE: &str = "A FormData body was provided with a custom Content-Type header when constructing a Request \
     or Response object. This will prevent the recipient of the Request or Response from being able to parse the body. \
     Consider omitting the custom Content-Type header.";

impl HeaderSlot {
    pub fn new(list: HeaderList, guard: Guard) -> Self {
        Self {
            list: jsg::Untraced(RefCell::new(list)),
            content_type: Cell::new(None),
            object: RefCell::new(None),
            guard: jsg::Untraced(guard),
        }
    }

    /// Gives the content type of a body unless there is one. Only before the first [`get`](Self::get).
    pub fn default_content_type(
        &self,
        js: &mut Lock<'_, '_>,
        content_type: Option<Cow<'static, str>>,
    ) -> Result<()> {
        let Some(content_type) = content_type else {
            return Ok(());
        };
        let has_one = self.list.borrow().contains(&CONTENT_TYPE);
        match content_type {
            _ if has_one && content_type.starts_with("multipart/form-data;") => {
                crate::console::warn(js, OWN_FORM_TYPE);
            }
            _ if has_one => {}
            Cow::Borrowed(content_type) => self.content_type.set(Some(content_type)),
            Cow::Owned(content_type) => {
                let name = CONTENT_TYPE.as_str();
                self.list.borrow_mut().set(name, &content_type)?;
            }
        }
        Ok(())
    }

    /// The object.
    pub fn get<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, Headers> {
        if let Some(object) = &*self.object.borrow() {
            return object.get(js);
        }
        self.settle();
        let list = std::mem::take(&mut *self.list.borrow_mut());
        let object = Handle::new(js, Headers::from_list(list, *self.guard));
        let kept = Ref::new(js, object);
        self.object.replace(Some(kept));
        object
    }

    /// Works on the list, wherever it is, whatever the guard.
    pub fn with<R>(&self, js: &Lock<'_, '_>, work: impl FnOnce(&mut HeaderList) -> R) -> R {
        match &*self.object.borrow() {
            Some(object) => work(&mut object.get(js).get().list().borrow_mut()),
            None => {
                self.settle();
                work(&mut self.list.borrow_mut())
            }
        }
    }

    /// A copy of the list.
    pub fn to_list(&self, js: &Lock<'_, '_>) -> HeaderList {
        self.with(js, |list| list.clone())
    }

    /// The list for a message, with the extension that the message then has.
    pub fn to_parts(&self, js: &Lock<'_, '_>) -> (HeaderMap, Option<OddHeaders>) {
        if let Some(content_type) = self.content_type.get()
            && self.list.borrow().is_empty()
        {
            let mut map = HeaderMap::with_capacity(4);
            map.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            return (map, None);
        }
        self.with(js, |list| list.to_parts())
    }

    /// The list for where there is nothing but HTTP.
    ///
    /// # Errors
    /// When it holds what HTTP cannot carry.
    pub fn to_map(&self, js: &Lock<'_, '_>) -> Result<HeaderMap> {
        self.with(js, |list| list.to_map())
    }

    /// A slot of the same kind with a copy of the list.
    pub fn duplicate(&self, js: &Lock<'_, '_>, guard: Guard) -> Self {
        Self::new(self.to_list(js), guard)
    }

    pub fn guard(&self) -> Guard {
        *self.guard
    }

    fn settle(&self) {
        if let Some(content_type) = self.content_type.take() {
            let value = HeaderValue::from_static(content_type);
            self.list.borrow_mut().insert(CONTENT_TYPE, value);
        }
    }
}
