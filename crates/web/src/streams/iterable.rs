//! A stream over what an iterator yields (Streams §4.9.1, ReadableStreamFromIterable).

use std::marker::PhantomData;

use jsg::js::{Function, Local, Object, Promise, Symbol, Value};
use jsg::promise::{self, React};
use jsg::{Error, Flag, Handle, JsRef, Lock, LockExt, Ref, Result};

use super::controller::{Algorithms, Controlled, Driver, settle, start};
use super::default_controller::ReadableStreamDefaultController;
use super::readable::{ReadableStream, Source};

/// A stream over an object that can be iterated, asynchronously or not; none over any other.
pub fn from<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
) -> Result<Option<Handle<'s, ReadableStream>>> {
    let method = match method(js, object, Symbol::get_async_iterator(js))? {
        Some(method) => Some(method),
        None => method(js, object, Symbol::get_iterator(js))?,
    };
    match method {
        Some(method) => over(js, object, method).map(Some),
        None => Ok(None),
    }
}

/// As [`from`], for the body of a message: what is made to be a string is none.
pub fn from_body<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
) -> Result<Option<Handle<'s, ReadableStream>>> {
    let value: Local<'_, Value> = object.into();
    if value.is_string_object() {
        return Ok(None);
    }
    if let Some(method) = method(js, object, Symbol::get_async_iterator(js))? {
        return over(js, object, method).map(Some);
    }
    if js.flag(Flag::FetchIterableTypeSupportOverrideAdjustment)
        && !value.is_array()
        && has_own_text(js, object)?
    {
        return Ok(None);
    }
    match method(js, object, Symbol::get_iterator(js))? {
        Some(method) => over(js, object, method).map(Some),
        None => Ok(None),
    }
}

/// Whether the conversion of an object to a string is other than that of a plain object.
fn has_own_text<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>) -> Result<bool> {
    let plain = Object::new(js);
    let keys: [Local<'_, Value>; 2] = [
        jsg::intern(js, "toString").into(),
        Symbol::get_to_primitive(js).into(),
    ];
    for key in keys {
        let usual = plain.get(js, key).ok_or(Error::Pending)?;
        let own = object.get(js, key).ok_or(Error::Pending)?;
        if own != usual {
            return Ok(true);
        }
    }
    Ok(false)
}

fn over<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
    method: Local<'s, Function>,
) -> Result<Handle<'s, ReadableStream>> {
    let iterator = method.call(js, object.into(), &[]).ok_or(Error::Pending)?;
    let iterator = Local::<Object>::try_from(iterator)
        .map_err(|_| Error::type_error("The iterator is not an object."))?;
    let next = named(js, iterator, "next")?
        .ok_or_else(|| Error::type_error("The iterator's next is not a function."))?;
    let stream = Handle::new(js, ReadableStream::with_source(Source::Gone));
    let algorithms = Algorithms::Iterator(JsRef::new(js, iterator), JsRef::new(js, next));
    let controller = ReadableStreamDefaultController::new(Driver::new(algorithms), 0.0, None);
    let controller = Handle::new(js, controller);
    let source = Source::Default(Ref::new(js, controller));
    stream.get().source.replace(source);
    start(js, stream, controller, None, None)?;
    Ok(stream)
}

fn method<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
    symbol: Local<'s, Symbol>,
) -> Result<Option<Local<'s, Function>>> {
    let method = object.get(js, symbol.into()).ok_or(Error::Pending)?;
    Ok(Local::<Function>::try_from(method).ok())
}

fn named<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
    name: &'static str,
) -> Result<Option<Local<'s, Function>>> {
    let key = jsg::intern(js, name);
    let method = object.get(js, key.into()).ok_or(Error::Pending)?;
    Ok(Local::<Function>::try_from(method).ok())
}

/// The pull algorithm: asks for one item and hands it to the controller.
pub(super) fn advance<'s, C: Controlled>(
    js: &mut Lock<'s, '_>,
    controller: Handle<'s, C>,
    iterator: Local<'s, Object>,
    next: Local<'s, Function>,
) -> Result<Local<'s, Value>> {
    let result = next.call(js, iterator.into(), &[]).ok_or(Error::Pending)?;
    let result = settle(js, Ok(result));
    let done = promise::reaction::<Advanced<C>>(js, controller);
    let advanced = result.then(js, done).ok_or(Error::Pending)?;
    Ok(advanced.into())
}

/// The cancel algorithm.
pub(super) fn finish<'s>(
    js: &mut Lock<'s, '_>,
    iterator: Local<'s, Object>,
    reason: Local<'s, Value>,
) -> Result<Local<'s, Value>> {
    let key = jsg::intern(js, "return");
    let finish = iterator.get(js, key.into()).ok_or(Error::Pending)?;
    if finish.is_null_or_undefined() {
        return Ok(jsg::js::undefined(js).into());
    }
    let finish = Local::<Function>::try_from(finish)
        .map_err(|_| Error::type_error("Property 'return' is not a function"))?;
    let result = finish
        .call(js, iterator.into(), &[reason])
        .ok_or(Error::Pending)?;
    let Ok(promise) = Local::<Promise>::try_from(result) else {
        if result.is_object() {
            return Ok(jsg::js::undefined(js).into());
        }
        return Err(Error::type_error(
            "Callback returned incorrect type; expected 'Promise'",
        ));
    };
    let done = promise::function(js, "", |js, args| {
        if args.get(0).is_object() {
            return Ok(jsg::js::undefined(js).into());
        }
        Err(Error::type_error(
            "Incorrect type for Promise: the Promise did not resolve to 'GeneratorNext'.",
        ))
    });
    Ok(promise.then(js, done).ok_or(Error::Pending)?.into())
}

/// Takes an iterator result apart.
struct Advanced<C>(PhantomData<C>);
/// Takes an item that was a promise.
struct Yielded<C>(PhantomData<C>);

impl<C: Controlled> React for Advanced<C> {
    type Target = C;
    fn run<'s>(
        js: &mut Lock<'s, '_>,
        target: Handle<'s, C>,
        result: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        let result = Local::<Object>::try_from(result)
            .map_err(|_| Error::type_error("The iterator result is not an object."))?;
        let (done, value) = (jsg::intern(js, "done"), jsg::intern(js, "value"));
        let done = result.get(js, done.into()).ok_or(Error::Pending)?;
        if done.boolean_value(js) {
            C::yielded(js, target, None)?;
            return Ok(jsg::js::undefined(js).into());
        }
        let value = result.get(js, value.into()).ok_or(Error::Pending)?;
        if value.is_promise() {
            let value = settle(js, Ok(value));
            let yielded = promise::reaction::<Yielded<C>>(js, target);
            return Ok(value.then(js, yielded).ok_or(Error::Pending)?.into());
        }
        C::yielded(js, target, Some(value))?;
        Ok(jsg::js::undefined(js).into())
    }
}

impl<C: Controlled> React for Yielded<C> {
    type Target = C;
    fn run<'s>(
        js: &mut Lock<'s, '_>,
        target: Handle<'s, C>,
        value: Local<'s, Value>,
    ) -> Result<Local<'s, Value>> {
        C::yielded(js, target, Some(value))?;
        Ok(jsg::js::undefined(js).into())
    }
}
