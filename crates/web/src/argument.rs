//! Argument types that several interfaces need and WebIDL has no name for.

use std::borrow::Cow;

use jsg::convert::substitutes_null;
use jsg::js::{Local, Object, Promise, Value};
use jsg::{FromJs, Lock, Result};

/// `T?` as an argument that has to be there: null and undefined are `None`, absence is an error.
pub struct Given<T>(pub Option<T>);

impl<'s, T: FromJs<'s>> FromJs<'s> for Given<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if value.is_null_or_undefined() {
            return Ok(Some(Self(None)));
        }
        Ok(T::try_from_js(js, value)?
            .map(|value| Self(Some(value)))
            .or_else(|| substitutes_null(js).then_some(Self(None))))
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_null_or_undefined() || T::matches(js, value)
    }
}

/// `Promise<any>` as an argument: any value becomes the promise of it (WebIDL §3.2.24).
pub struct PromiseOf<'s>(pub Local<'s, Promise>);

impl<'s> FromJs<'s> for PromiseOf<'s> {
    fn type_name() -> Cow<'static, str> {
        "Promise".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        Ok(Some(Self(jsg::promise::of(js, value))))
    }

    fn matches(_: &mut Lock<'s, '_>, _: Local<'s, Value>) -> bool {
        true
    }
}

/// A number that a guest got from `setTimeout()`; a value that is no number names no timer.
pub struct TimerNumber(pub f64);

impl<'s> FromJs<'s> for TimerNumber {
    fn type_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        Ok(f64::try_from_js(js, value)?.map(Self))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_number()
    }
}

/// A string that stays in the JavaScript heap, called as those are that are copied.
pub struct Text<'s>(pub Local<'s, jsg::js::String>);

impl<'s> FromJs<'s> for Text<'s> {
    fn type_name() -> Cow<'static, str> {
        String::type_name()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        Ok(FromJs::try_from_js(js, value)?.map(Self))
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        String::matches(js, value)
    }
}

/// A `MessagePort`, known by its class's name: the class itself belongs to channel messaging.
pub struct Port<'s>(pub Local<'s, Object>);

impl<'s> FromJs<'s> for Port<'s> {
    fn type_name() -> Cow<'static, str> {
        "MessagePort".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        let Ok(object) = Local::<Object>::try_from(value) else {
            return Ok(None);
        };
        let class = jsg::class::wrap::class_of(js, object);
        Ok(class
            .is_some_and(|class| class.name == "MessagePort")
            .then_some(Self(object)))
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        matches!(Self::try_from_js(js, value), Ok(Some(_)))
    }
}
