//! Built-in modules that are made of Rust values and functions.

use std::borrow::Cow;

use crate::class::call::guarded;
use crate::promise::Args;
use crate::{Class, Error, Lock, Result};

/// Fills the exports of a native module; runs when the module is first imported.
pub type NativeModule = for<'s, 'i> fn(&mut Lock<'s, 'i>, &mut Exports<'s>) -> Result<()>;

/// The body of a function of a native module.
pub type NativeBody =
    for<'s, 'i> fn(&mut Lock<'s, 'i>, Args<'_, 's>) -> Result<v8::Local<'s, v8::Value>>;

/// A function of a native module. One static a function, or a table of them.
pub struct NativeFunction {
    pub name: &'static str,
    pub body: NativeBody,
}

/// What a native module exports.
#[derive(Default)]
pub struct Exports<'s> {
    values: Vec<(&'static str, v8::Local<'s, v8::Value>)>,
    default: Option<v8::Local<'s, v8::Value>>,
}

impl<'s> Exports<'s> {
    /// Exports a value under a name.
    pub fn value(&mut self, name: &'static str, value: impl Into<v8::Local<'s, v8::Value>>) {
        self.values.push((name, value.into()));
    }

    /// Exports functions under their names.
    pub fn functions(&mut self, js: &mut Lock<'s, '_>, table: &'static [NativeFunction]) {
        for native in table {
            let function = function(js, native);
            self.value(native.name, function);
        }
    }

    /// Exports a class under its name.
    pub fn class<T: Class>(&mut self, js: &mut Lock<'s, '_>) {
        let constructor = crate::class::constructor(js, T::info());
        self.value(T::info().name, constructor);
    }

    /// The default export; by default an object with all the others.
    pub fn set_default(&mut self, value: impl Into<v8::Local<'s, v8::Value>>) {
        self.default = Some(value.into());
    }

    pub(super) fn finish(
        self,
        js: &mut Lock<'s, '_>,
    ) -> Vec<(&'static str, v8::Local<'s, v8::Value>)> {
        let default = self.default.unwrap_or_else(|| {
            let all = v8::Object::new(js);
            for (name, value) in &self.values {
                let key = crate::intern(js, name);
                all.create_data_property(js, key.into(), *value);
            }
            all.into()
        });
        let mut values = self.values;
        values.push(("default", default));
        values
    }
}

/// A JavaScript function that runs a native one.
pub fn function<'s>(
    js: &mut Lock<'s, '_>,
    native: &'static NativeFunction,
) -> v8::Local<'s, v8::Function> {
    let data = v8::External::new(js, std::ptr::from_ref(native).cast_mut().cast());
    let function = v8::Function::builder(run)
        .data(data.into())
        .constructor_behavior(v8::ConstructorBehavior::Throw)
        .build(js)
        .expect("functions are made without guest code");
    function.set_name(crate::intern(js, native.name));
    function
}

fn run<'s>(
    js: &mut Lock<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'s, v8::Value>,
) {
    guarded(js, |js| {
        let data = v8::Local::<v8::External>::try_from(args.data()).map_err(|_| {
            Error::Internal(Cow::Borrowed("native function without its data").into())
        })?;
        // SAFETY: the only external ever given to this callback points to a static (see above).
        let native: &'static NativeFunction = unsafe { &*data.value().cast::<NativeFunction>() };
        let value = (native.body)(js, &args)?;
        rv.set(value);
        Ok(())
    });
}
