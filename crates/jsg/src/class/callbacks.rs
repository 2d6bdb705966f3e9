//! What V8 calls: one function a kind of member, generic over the member's body.
//!
//! Each runs the body under [`guarded`], which turns errors and panics into exceptions. Those of calls and properties
//! become part of the `v8` crate's own function: between two functions the arguments would go through memory, written
//! in pieces and read at once, for which the processor waits longer than for the rest of the way in.

use super::ClassInfo;
use super::builder::{GetterBody, MethodBody, SetterBody, WildcardBody};
use super::call::{Call, guarded};
use crate::{Error, Lock, Result};

#[inline(always)]
pub(super) fn callback<'s, B: MethodBody>(
    js: &mut Lock<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    rv: v8::ReturnValue<'s, v8::Value>,
) {
    guarded(js, |js| B::call(js, &Call::new(args, B::MEMBER), rv));
}

#[inline(always)]
pub(super) fn construct<'s, B: MethodBody>(
    js: &mut Lock<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    rv: v8::ReturnValue<'s, v8::Value>,
) {
    guarded(js, |js| {
        if !args.is_construct_call() {
            return Err(needs_new(B::MEMBER.class));
        }
        B::call(js, &Call::new(args, B::MEMBER), rv)
    });
}

#[cold]
fn needs_new(class: &str) -> Error {
    Error::type_error(format!(
        "Failed to construct '{class}': Please use the 'new' operator, this object constructor cannot be called as a function."
    ))
}

pub(super) fn illegal_constructor<'s>(
    js: &mut Lock<'s, '_>,
    _: v8::FunctionCallbackArguments<'s>,
    _: v8::ReturnValue<'s, v8::Value>,
) {
    Error::type_error("Illegal constructor").throw(js);
}

#[inline(always)]
pub(super) fn getter_callback<'s, G: GetterBody>(
    js: &mut Lock<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    rv: v8::ReturnValue<'s, v8::Value>,
) {
    guarded(js, |js| G::get(js, args.this(), rv));
}

/// Of a property that V8 keeps as one of data: of an instance, or of a class.
#[inline(always)]
pub(super) fn data_getter<'s, G: GetterBody>(
    js: &mut Lock<'s, '_>,
    _: v8::Local<'s, v8::Name>,
    args: v8::PropertyCallbackArguments<'s>,
    rv: v8::ReturnValue<'_, v8::Value>,
) {
    let holder = args.holder();
    guarded(js, |js| G::get(js, holder, rv));
}

#[inline(always)]
pub(super) fn setter_callback<'s, S: SetterBody>(
    js: &mut Lock<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    _: v8::ReturnValue<'s, v8::Value>,
) {
    guarded(js, |js| S::set(js, args.this(), args.get(0)));
}

pub(super) fn wildcard_getter<'s, B: WildcardBody>(
    js: &mut Lock<'s, '_>,
    name: v8::Local<'s, v8::Name>,
    args: v8::PropertyCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'_, v8::Value>,
) -> v8::Intercepted {
    let mut intercepted = v8::Intercepted::kYes;
    guarded(js, |js| {
        let value = match v8::Local::<v8::String>::try_from(name) {
            Ok(name) => B::get(js, args.holder(), name)?,
            Err(_) => None,
        };
        match value {
            Some(value) => rv.set(value),
            None => intercepted = v8::Intercepted::kNo,
        }
        Ok(())
    });
    intercepted
}

/// `%Object.prototype%` of the current context.
pub(super) fn object_prototype<'s>(
    js: &mut Lock<'s, '_>,
    _: v8::FunctionCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'s, v8::Value>,
) {
    if let Some(prototype) = v8::Object::new(js).get_prototype(js) {
        rv.set(prototype);
    }
}

/// The object's own answer, of which see [`super::Builder::wildcard`]. Without one V8 takes the properties for hidden
/// ones, and hides what a guest sets in their place.
pub(super) fn absent<'s>(
    _: &mut Lock<'s, '_>,
    _: v8::Local<'s, v8::Name>,
    _: v8::PropertyCallbackArguments<'s>,
    _: v8::ReturnValue<'_, v8::Integer>,
) -> v8::Intercepted {
    v8::Intercepted::kNo
}

/// The prototype's answer: what `in` sees.
pub(super) fn wildcard_query<'s, B: WildcardBody>(
    js: &mut Lock<'s, '_>,
    name: v8::Local<'s, v8::Name>,
    _: v8::PropertyCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'_, v8::Integer>,
) -> v8::Intercepted {
    match v8::Local::<v8::String>::try_from(name) {
        Ok(name) if B::has(js, name) => {
            rv.set_int32(v8::PropertyAttribute::NONE.as_u32() as i32);
            v8::Intercepted::kYes
        }
        _ => v8::Intercepted::kNo,
    }
}

pub(super) fn data_setter<'s, S: SetterBody>(
    js: &mut Lock<'s, '_>,
    _: v8::Local<'s, v8::Name>,
    value: v8::Local<'s, v8::Value>,
    args: v8::PropertyCallbackArguments<'s>,
    _: v8::ReturnValue<'_, ()>,
) {
    let holder = args.holder();
    guarded(js, |js| S::set(js, holder, value));
}

pub(super) fn lazy_class_getter<'s>(
    js: &mut Lock<'s, '_>,
    name: v8::Local<'s, v8::Name>,
    args: v8::PropertyCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'_, v8::Value>,
) {
    guarded(js, |js| {
        let data = v8::Local::<v8::External>::try_from(args.data())
            .map_err(|_| Error::Internal("a lazy class without its class".into()))?;
        // SAFETY: the only external ever given to this callback points to a static (`lazy_class`).
        let info: &'static ClassInfo = unsafe { &*data.value().cast::<ClassInfo>() };
        let constructor = super::constructor(js, info).into();
        replace(js, args.holder(), name, constructor)?;
        rv.set(constructor);
        Ok(())
    });
}

pub(super) fn lazy_class_setter<'s>(
    js: &mut Lock<'s, '_>,
    name: v8::Local<'s, v8::Name>,
    value: v8::Local<'s, v8::Value>,
    args: v8::PropertyCallbackArguments<'s>,
    _: v8::ReturnValue<'_, ()>,
) {
    guarded(js, |js| replace(js, args.holder(), name, value));
}

/// Makes a property with callbacks of ours an ordinary one. It has to go first: defining it anew asks
/// the callbacks.
fn replace<'s>(
    js: &mut Lock<'s, '_>,
    holder: v8::Local<'s, v8::Object>,
    name: v8::Local<'s, v8::Name>,
    value: v8::Local<'s, v8::Value>,
) -> Result<()> {
    holder.delete(js, name.into()).ok_or(Error::Pending)?;
    let defined = holder.create_data_property(js, name, value);
    defined.map(|_| ()).ok_or(Error::Pending)
}
