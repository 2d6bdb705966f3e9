//! From a V8 callback into a Rust method: arguments, results, exceptions, panics.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Class, Handle};
use crate::convert::{FromJs, Return};
use crate::{Error, Flag, Lock, LockExt, Result};

/// How a member is called; words the errors about its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    Method,
    Constructor,
    Setter,
}

/// A member of a class, for error messages. One constant a member.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    pub class: &'static str,
    pub name: &'static str,
    pub kind: MemberKind,
}

impl Member {
    /// What a guest reads when argument `index` (from 0) has the wrong type.
    #[cold]
    pub fn argument_error(&self, index: i32, expected: &str) -> Error {
        let Self { class, name, kind } = self;
        let n = index + 1;
        Error::type_error(match kind {
            MemberKind::Method => {
                format!(
                    "Failed to execute '{name}' on '{class}': parameter {n} is not of type '{expected}'."
                )
            }
            MemberKind::Constructor => {
                format!(
                    "Failed to construct '{class}': constructor parameter {n} is not of type '{expected}'."
                )
            }
            MemberKind::Setter => format!(
                "Failed to set the '{name}' property on '{class}': the provided value is not of type '{expected}'."
            ),
        })
    }
}

/// One call from JavaScript.
pub struct Call<'s> {
    args: v8::FunctionCallbackArguments<'s>,
    member: &'static Member,
}

impl<'s> Call<'s> {
    pub(crate) fn new(args: v8::FunctionCallbackArguments<'s>, member: &'static Member) -> Self {
        Self { args, member }
    }

    pub fn member(&self) -> &'static Member {
        self.member
    }

    /// The receiver as an object of class `T`.
    #[inline]
    pub fn receiver<T: Class>(&self, js: &Lock<'s, '_>) -> Result<Handle<'s, T>> {
        Handle::receiver(js, self.args.this())
    }

    /// The receiver as it is.
    pub fn this(&self) -> v8::Local<'s, v8::Object> {
        self.args.this()
    }

    /// `new.target`.
    pub fn new_target(&self) -> v8::Local<'s, v8::Value> {
        self.args.new_target()
    }

    pub fn is_construct_call(&self) -> bool {
        self.args.is_construct_call()
    }

    /// How many arguments the caller gave.
    pub fn len(&self) -> i32 {
        self.args.length()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Argument `index` as it is; undefined when absent.
    pub fn value(&self, index: i32) -> v8::Local<'s, v8::Value> {
        self.args.get(index)
    }

    /// Argument `index` as a `T`.
    #[inline]
    pub fn arg<T: FromJs<'s>>(&self, js: &mut Lock<'s, '_>, index: i32) -> Result<T> {
        if index < self.args.length() {
            if let Some(value) = T::try_from_js(js, self.args.get(index))? {
                return Ok(value);
            }
        } else if let Some(value) = T::missing() {
            return Ok(value);
        }
        Err(self.member.argument_error(index, &T::type_name()))
    }

    /// All arguments from `index` on.
    pub fn rest<T: FromJs<'s>>(&self, js: &mut Lock<'s, '_>, index: i32) -> Result<Vec<T>> {
        (index..self.args.length())
            .map(|i| self.arg(js, i))
            .collect()
    }

    /// In a constructor that returns a `Result<Handle>`: ties `value` to the object that V8 has made,
    /// so that guest code which the constructor still runs finds it whole.
    pub fn attach<T: Class>(&self, js: &mut Lock<'s, '_>, value: T) -> Handle<'s, T> {
        Handle::attach(js, self.args.this(), value)
    }

    /// Ends a constructor: ties `value` to the object that V8 has made.
    pub fn construct<T: Class>(&self, js: &mut Lock<'s, '_>, value: Result<T>) -> Result<()> {
        let value = value?;
        Handle::attach(js, self.args.this(), value);
        Ok(())
    }
}

/// The value given to a setter, as a `T`.
pub fn setter_value<'s, T: FromJs<'s>>(
    js: &mut Lock<'s, '_>,
    member: &Member,
    value: v8::Local<'s, v8::Value>,
) -> Result<T> {
    T::try_from_js(js, value)?.ok_or_else(|| member.argument_error(0, &T::type_name()))
}

/// Runs the body of a callback behind the panic barrier and turns its failure into an exception.
#[inline]
pub(crate) fn guarded<'s, 'i, F>(js: &mut Lock<'s, 'i>, body: F)
where
    F: FnOnce(&mut Lock<'s, 'i>) -> Result<()>,
{
    match catch_unwind(AssertUnwindSafe(|| body(js))) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => error.throw(js),
        Err(panic) => panicked(js, &panic),
    }
}

/// As [`guarded`], for callbacks that give V8 a value, or nothing and an exception.
pub(crate) fn guarded_value<'s, 'i, T, F>(js: &mut Lock<'s, 'i>, body: F) -> Option<T>
where
    F: FnOnce(&mut Lock<'s, 'i>) -> Result<T>,
{
    let mut value = None;
    guarded(js, |js| {
        value = Some(body(js)?);
        Ok(())
    });
    value
}

/// A panic in a callback: the guest sees an internal error, the log sees the rest.
#[cold]
fn panicked(js: &mut Lock<'_, '_>, panic: &(dyn std::any::Any + Send)) {
    js.state().poisoned.set(true);
    Error::Internal(format!("panic in a callback: {}", panic_message(panic))).throw(js);
}

/// The text of a panic's payload.
pub fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "(no text)"
    }
}

/// A promise-returning method turns its failure into a rejection (WebIDL §3.7.7, "exceptions in
/// operations that return promises"). With the older flags wrong arguments are thrown instead: `body` says when it
/// has them all.
pub fn rejecting<'s>(
    js: &mut Lock<'s, '_>,
    rv: v8::ReturnValue<'_, v8::Value>,
    body: impl FnOnce(&mut Lock<'s, '_>, &Cell<bool>) -> Result<v8::Local<'s, v8::Promise>>,
) -> Result<()> {
    let has_arguments = Cell::new(js.flag(Flag::CaptureAsyncApiThrows));
    match crate::promise::try_catch(js, |js| body(js, &has_arguments)) {
        Ok(promise) => promise.set(js, rv),
        Err(exception) if has_arguments.get() => {
            crate::promise::rejected(js, exception).set(js, rv)
        }
        Err(exception) => Err(Error::value(js, exception)),
    }
}
