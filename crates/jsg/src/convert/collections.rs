//! Sequences and records (WebIDL §3.2.21 and §3.2.23).

use std::borrow::Cow;

use super::{FromJs, ToJs};
use crate::{Error, Lock, Result};

/// `sequence<T>`: any iterable.
#[derive(Debug, Clone, Default)]
pub struct Sequence<T>(pub Vec<T>);

/// `record<K, V>` in the order of the object's own keys.
#[derive(Debug, Clone, Default)]
pub struct Record<K, V>(pub Vec<(K, V)>);

#[cold]
fn wrong_element(index: usize, expected: &str) -> Error {
    Error::type_error(format!(
        "Incorrect type for array element {index}: the provided value is not of type '{expected}'."
    ))
}

/// An array; other iterables are refused.
impl<'s, T: FromJs<'s>> FromJs<'s> for Vec<T> {
    fn type_name() -> Cow<'static, str> {
        "Array".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        let Ok(array) = v8::Local::<v8::Array>::try_from(value) else {
            return Ok(None);
        };
        let mut items = Vec::with_capacity(array.length().min(1024) as usize);
        let mut index = 0;
        // The length is read anew each time: converting an element may run guest code.
        while index < array.length() {
            let item = array.get_index(js, index).ok_or(Error::Pending)?;
            match T::try_from_js(js, item)? {
                Some(item) => items.push(item),
                None => return Err(wrong_element(index as usize, &T::type_name())),
            }
            index += 1;
        }
        Ok(Some(items))
    }

    fn matches(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
        value.is_array()
    }
}

impl<'s, T: ToJs<'s>> ToJs<'s> for Vec<T> {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        let items = self
            .into_iter()
            .map(|item| item.to_js(js))
            .collect::<Result<Vec<_>>>()?;
        Ok(v8::Array::new_with_elements(js, &items).into())
    }
}

/// The iterator method of an object, if it has one.
fn iterator_method<'s>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> Result<Option<v8::Local<'s, v8::Function>>> {
    let symbol = v8::Symbol::get_iterator(js);
    let method = object.get(js, symbol.into()).ok_or(Error::Pending)?;
    Ok(v8::Local::<v8::Function>::try_from(method).ok())
}

/// Calls `each` with every value that iterating `object` yields. `None` when it is not iterable.
/// An error of `each` closes the iterator (ECMA-262 §7.4.11).
pub fn iterate<'s>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    mut each: impl FnMut(&mut Lock<'s, '_>, v8::Local<'s, v8::Value>) -> Result<()>,
) -> Result<Option<()>> {
    let Some(method) = iterator_method(js, object)? else {
        return Ok(None);
    };
    let iterator = method.call(js, object.into(), &[]).ok_or(Error::Pending)?;
    let Ok(iterator) = v8::Local::<v8::Object>::try_from(iterator) else {
        return Err(Error::type_error(
            "Result of the Symbol.iterator method is not an object",
        ));
    };
    let key = crate::intern(js, "next");
    let next = iterator.get(js, key.into()).ok_or(Error::Pending)?;
    let next = v8::Local::<v8::Function>::try_from(next)
        .map_err(|_| Error::type_error("The iterator's next is not a function"))?;
    let (done, value) = (crate::intern(js, "done"), crate::intern(js, "value"));
    loop {
        let result = next.call(js, iterator.into(), &[]).ok_or(Error::Pending)?;
        let result = v8::Local::<v8::Object>::try_from(result)
            .map_err(|_| Error::type_error("Iterator result is not an object"))?;
        if result
            .get(js, done.into())
            .ok_or(Error::Pending)?
            .boolean_value(js)
        {
            return Ok(Some(()));
        }
        let item = result.get(js, value.into()).ok_or(Error::Pending)?;
        if let Err(error) = each(js, item) {
            if !matches!(error, Error::Pending) {
                close(js, iterator);
            }
            return Err(error);
        }
    }
}

/// Tells an iterator that nobody will ask it again; its failures do not count.
fn close<'s>(js: &mut Lock<'s, '_>, iterator: v8::Local<'s, v8::Object>) {
    let _ = crate::promise::try_catch(js, |js| {
        let key = crate::intern(js, "return");
        let method = iterator.get(js, key.into()).ok_or(Error::Pending)?;
        if let Ok(method) = v8::Local::<v8::Function>::try_from(method) {
            method
                .call(js, iterator.into(), &[])
                .ok_or(Error::Pending)?;
        }
        Ok(())
    });
}

impl<'s, T: FromJs<'s>> FromJs<'s> for Sequence<T> {
    fn type_name() -> Cow<'static, str> {
        "Sequence".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        let Ok(object) = v8::Local::<v8::Object>::try_from(value) else {
            return Ok(None);
        };
        let mut items = Vec::new();
        let found = iterate(js, object, |js, item| {
            items.push(T::from_js(js, item)?);
            Ok(())
        })?;
        Ok(found.map(|()| Self(items)))
    }

    fn matches(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
        let Ok(object) = v8::Local::<v8::Object>::try_from(value) else {
            return false;
        };
        crate::promise::try_catch(js, |js| iterator_method(js, object))
            .is_ok_and(|method| method.is_some())
    }
}

impl<'s, K: FromJs<'s>, V: FromJs<'s>> FromJs<'s> for Record<K, V> {
    fn type_name() -> Cow<'static, str> {
        "object".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        let Ok(object) = v8::Local::<v8::Object>::try_from(value) else {
            return Ok(None);
        };
        // A list is not taken for a record of its indices.
        if object.is_array() {
            return Ok(None);
        }
        let names = object
            .get_own_property_names(
                js,
                v8::GetPropertyNamesArgs {
                    ..Default::default()
                },
            )
            .ok_or(Error::Pending)?;
        let mut entries = Vec::with_capacity(names.length() as usize);
        for index in 0..names.length() {
            let name = names.get_index(js, index).ok_or(Error::Pending)?;
            let item = object.get(js, name).ok_or(Error::Pending)?;
            let key = K::from_js(js, name)?;
            entries.push((key, V::from_js(js, item)?));
        }
        Ok(Some(Self(entries)))
    }

    fn matches(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
        value.is_object() && !value.is_array()
    }
}
