//! Engine handles and objects of our classes as arguments and results.

use std::borrow::Cow;

use super::{FromJs, ToJs};
use crate::class::{Class, Handle};
use crate::{Lock, Result};

impl<'s> FromJs<'s> for v8::Local<'s, v8::Value> {
    fn type_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn try_from_js(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        Ok(Some(value))
    }

    fn matches(_: &mut Lock<'s, '_>, _: v8::Local<'s, v8::Value>) -> bool {
        true
    }
}

macro_rules! handle_types {
    ($($t:ty, $name:literal, $is:ident);* $(;)?) => { $(
        impl<'s> FromJs<'s> for v8::Local<'s, $t> {
            fn type_name() -> Cow<'static, str> {
                $name.into()
            }

            fn try_from_js(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
                Ok(v8::Local::<$t>::try_from(value).ok())
            }

            fn matches(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
                value.$is()
            }
        }
    )* };
}

handle_types! {
    v8::Object, "Object", is_object;
    v8::Function, "function", is_function;
    v8::Array, "Array", is_array;
    v8::Promise, "Promise", is_promise;
    v8::ArrayBuffer, "ArrayBuffer", is_array_buffer;
    v8::ArrayBufferView, "ArrayBufferView", is_array_buffer_view;
    v8::Uint8Array, "Uint8Array", is_uint8_array;
    v8::Symbol, "symbol", is_symbol;
    v8::Date, "date", is_date;
    v8::Map, "Map", is_map;
    v8::Set, "Set", is_set;
    v8::BigInt, "bigint", is_big_int;
}

macro_rules! handles_to_js {
    ($($t:ty),* $(,)?) => { $(
        impl<'s> ToJs<'s> for v8::Local<'s, $t> {
            #[inline]
            fn to_js(self, _: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
                Ok(self.into())
            }
        }
    )* };
}

handles_to_js!(
    v8::Object,
    v8::Function,
    v8::Array,
    v8::Promise,
    v8::ArrayBuffer,
    v8::ArrayBufferView,
    v8::Uint8Array,
    v8::Symbol,
    v8::Date,
    v8::String,
    v8::Number,
    v8::Integer,
    v8::Boolean,
    v8::Primitive,
    v8::BigInt,
    v8::Map,
    v8::Set,
);

impl<'s> ToJs<'s> for v8::Local<'s, v8::Value> {
    #[inline]
    fn to_js(self, _: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        Ok(self)
    }
}

impl<'s, T> ToJs<'s> for v8::Global<T>
where
    v8::Local<'s, T>: ToJs<'s>,
{
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        v8::Local::new(js, self).to_js(js)
    }
}

impl<'s, T: Class> FromJs<'s> for Handle<'s, T> {
    fn type_name() -> Cow<'static, str> {
        T::info().name.into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        Ok(Handle::from_value(js, value))
    }

    fn matches(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
        Handle::<T>::from_value(js, value).is_some()
    }
}

impl<'s, T> ToJs<'s> for Handle<'s, T> {
    #[inline]
    fn to_js(self, _: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        Ok(self.object().into())
    }
}
