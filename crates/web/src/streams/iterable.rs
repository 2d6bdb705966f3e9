//! A stream over what an iterator yields (Streams §4.9.1, ReadableStreamFromIterable).

use std::marker::PhantomData;

use jsg::js::{Function, Local, Object, Symbol, Value};
use jsg::promise::{self, React};
use jsg::{Error, Handle, JsRef, Lock, Ref, Result};

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
    let Some(method) = method else {
        return Ok(None);
    };
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
    Ok(Some(stream))
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
    match named(js, iterator, "return")? {
        Some(finish) => finish
            .call(js, iterator.into(), &[reason])
            .ok_or(Error::Pending),
        None => Ok(jsg::js::undefined(js).into()),
    }
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
