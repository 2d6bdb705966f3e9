//! Promises: made from values, errors and futures, and continued in Rust.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use futures::FutureExt;
use futures::future::LocalBoxFuture;

use crate::async_context::Captured;
use crate::convert::ToJs;
use crate::{Error, Lock, LockExt, Result};

/// What a future leaves to be done inside the isolate.
pub type Continuation = Box<dyn for<'s, 'i> FnOnce(&mut Lock<'s, 'i>)>;

/// Who runs the futures behind promises: the current event's context.
pub trait Executor {
    /// Runs `task` and then, in the isolate, the continuation that it yields. Dropped tasks leave
    /// their promise pending for ever, which is what a cancelled event's promises do.
    fn spawn(&self, js: &Lock<'_, '_>, task: LocalBoxFuture<'static, Continuation>);
}

/// What a guest reads when it does at global scope what needs an event.
pub const GLOBAL_SCOPE: &str = "Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or \
     connect()), setting a timeout, and generating random values are not allowed within global scope. To fix this \
     error, perform this operation within a handler. \
     https://developers.cloudflare.com/workers/runtime-apis/handlers/";

/// A promise with the right to settle it.
pub fn resolver<'s>(js: &mut Lock<'s, '_>) -> v8::Local<'s, v8::PromiseResolver> {
    v8::PromiseResolver::new(js).expect("promises are made without guest code")
}

/// A promise fulfilled with `value`.
pub fn resolved<'s>(
    js: &mut Lock<'s, '_>,
    value: v8::Local<'s, v8::Value>,
) -> v8::Local<'s, v8::Promise> {
    let resolver = v8::PromiseResolver::new(js).expect("promises are made without guest code");
    resolver.resolve(js, value);
    resolver.get_promise(js)
}

/// The promise that `value` is, or one resolved with it: what a callback of a guest's has returned.
pub fn of<'s>(
    js: &mut Lock<'s, '_>,
    value: v8::Local<'s, v8::Value>,
) -> v8::Local<'s, v8::Promise> {
    v8::Local::<v8::Promise>::try_from(value).unwrap_or_else(|_| resolved(js, value))
}

/// A promise rejected with `reason`.
pub fn rejected<'s>(
    js: &mut Lock<'s, '_>,
    reason: v8::Local<'s, v8::Value>,
) -> v8::Local<'s, v8::Promise> {
    let resolver = v8::PromiseResolver::new(js).expect("promises are made without guest code");
    resolver.reject(js, reason);
    resolver.get_promise(js)
}

/// A promise rejected with an error of ours.
pub fn rejected_with<'s>(js: &mut Lock<'s, '_>, error: Error) -> v8::Local<'s, v8::Promise> {
    let reason = exception_of(js, error);
    rejected(js, reason)
}

/// The JavaScript value of an error that is not pending in V8.
pub fn exception_of<'s>(js: &mut Lock<'s, '_>, error: Error) -> v8::Local<'s, v8::Value> {
    match error.into_exception(js) {
        Some(exception) => exception,
        None => v8::undefined(js).into(),
    }
}

/// A promise that the future settles. The future runs under the current event's context; at global
/// scope the promise is rejected with the documented error.
pub fn from_future<'s, T, F>(js: &mut Lock<'s, '_>, future: F) -> v8::Local<'s, v8::Promise>
where
    T: for<'a> ToJs<'a> + 'static,
    F: Future<Output = Result<T>> + 'static,
{
    from_future_with(js, future, |js, value| value.to_js(js))
}

/// As [`from_future`], with the conversion of the result given by the caller: for results that can
/// only be made inside the isolate.
pub fn from_future_with<'s, T, F, C>(
    js: &mut Lock<'s, '_>,
    future: F,
    convert: C,
) -> v8::Local<'s, v8::Promise>
where
    T: 'static,
    F: Future<Output = Result<T>> + 'static,
    C: for<'a, 'i> FnOnce(&mut Lock<'a, 'i>, T) -> Result<v8::Local<'a, v8::Value>> + 'static,
{
    let Some(executor) = js.executor() else {
        return rejected_with(js, Error::error(GLOBAL_SCOPE));
    };
    let resolver = v8::PromiseResolver::new(js).expect("promises are made without guest code");
    let promise = resolver.get_promise(js);
    let resolver = v8::Global::new(js, resolver);
    let frame = Captured::capture(js);
    let task = future.map(move |result| -> Continuation {
        Box::new(move |js| {
            frame.run(js, |js| {
                let resolver = v8::Local::new(js, resolver);
                let value = match result {
                    Ok(value) => value,
                    Err(error) => return reject_later(js, resolver, error),
                };
                match try_catch(js, |js| convert(js, value)) {
                    Ok(value) => resolver.resolve(js, value),
                    Err(exception) => resolver.reject(js, exception),
                };
            });
        })
    });
    executor.spawn(js, Box::pin(task));
    promise
}

/// Rejects a promise with an error that is made in a microtask which the promise follows: only there
/// does V8 find the functions that await it, for the error's stack.
#[cold]
fn reject_later<'s>(
    js: &mut Lock<'s, '_>,
    resolver: v8::Local<'s, v8::PromiseResolver>,
    error: Error,
) {
    let start = v8::PromiseResolver::new(js).expect("promises are made without guest code");
    let started = start.get_promise(js);
    let failed = then(
        js,
        started,
        move |_, _| Err(error),
        |js, reason| Err(Error::value(js, reason)),
    );
    match failed {
        // The promise follows before the microtask runs.
        Ok(failed) => {
            resolver.resolve(js, failed.into());
            let undefined = v8::undefined(js).into();
            start.resolve(js, undefined);
        }
        Err(error) => {
            let exception = exception_of(js, error);
            resolver.reject(js, exception);
        }
    }
}

/// Runs `body`; what it throws comes back as a value instead of staying pending in V8.
///
/// A termination (CPU limit, heap limit) is no exception that anyone may handle: it comes back as
/// undefined and stays in force until the isolate is left.
pub fn try_catch<'s, T>(
    js: &mut Lock<'s, '_>,
    body: impl FnOnce(&mut Lock<'s, '_>) -> Result<T>,
) -> Result<T, v8::Local<'s, v8::Value>> {
    let error = {
        v8::tc_scope!(let scope, js);
        match body(scope) {
            Ok(value) => return Ok(value),
            Err(Error::Pending) => match scope.exception() {
                Some(exception) => {
                    let kept = v8::Global::new(scope, exception);
                    scope.reset();
                    Error::Value(kept)
                }
                None => return Err(v8::undefined(scope).into()),
            },
            Err(error) => error,
        }
    };
    Err(exception_of(js, error))
}

/// What to do when a promise settles.
type Reaction = Box<
    dyn for<'s, 'i> FnOnce(
        &mut Lock<'s, 'i>,
        v8::Local<'s, v8::Value>,
    ) -> Result<v8::Local<'s, v8::Value>>,
>;

/// A boxed Rust closure that JavaScript can call once; the collector frees it when nobody can.
struct Once {
    reaction: RefCell<Option<Reaction>>,
}

/// A JavaScript function that runs `body` when it is called the first time.
///
/// What the closure captures is invisible to the collector: it may hold roots ([`v8::Global`],
/// [`Strong`](crate::Strong)), never traced references.
pub fn once_function<'s>(
    js: &mut Lock<'s, '_>,
    body: impl for<'a, 'i> FnOnce(
        &mut Lock<'a, 'i>,
        v8::Local<'a, v8::Value>,
    ) -> Result<v8::Local<'a, v8::Value>>
    + 'static,
) -> v8::Local<'s, v8::Function> {
    let once = Rc::new(Once {
        reaction: RefCell::new(Some(Box::new(body))),
    });
    function(js, "", move |js, args| {
        let reaction = once.reaction.borrow_mut().take();
        match reaction {
            Some(reaction) => reaction(js, args.get(0)),
            None => Ok(v8::undefined(js).into()),
        }
    })
}

/// The arguments of a [`function`].
pub type Args<'a, 's> = &'a v8::FunctionCallbackArguments<'s>;

type Body =
    Box<dyn for<'s, 'i> Fn(&mut Lock<'s, 'i>, Args<'_, 's>) -> Result<v8::Local<'s, v8::Value>>>;

/// Carries a closure as the data of a function.
struct Closure(crate::Untraced<Body>);

impl crate::Trace for Closure {
    fn trace(&self, _: &mut crate::Visitor) {}
}

static CLOSURE: crate::ClassInfo = crate::ClassInfo::new(
    "Closure",
    c"Closure",
    None,
    crate::class::builder::illegal,
    |_| {},
);

impl crate::Class for Closure {
    fn info() -> &'static crate::ClassInfo {
        &CLOSURE
    }
}

/// A JavaScript function that runs a Rust closure. See [`once_function`] for what it may capture.
pub fn function<'s>(
    js: &mut Lock<'s, '_>,
    name: &str,
    body: impl for<'a, 'i> Fn(&mut Lock<'a, 'i>, Args<'_, 'a>) -> Result<v8::Local<'a, v8::Value>>
    + 'static,
) -> v8::Local<'s, v8::Function> {
    let function = closure(js, Box::new(body), v8::ConstructorBehavior::Throw);
    if !name.is_empty() {
        let name = crate::string(js, name);
        function.set_name(name);
    }
    function
}

/// A [`function`] that guests get as a value of a property: it has no name, and a `prototype`.
pub fn constructible_function<'s>(
    js: &mut Lock<'s, '_>,
    body: impl for<'a, 'i> Fn(&mut Lock<'a, 'i>, Args<'_, 'a>) -> Result<v8::Local<'a, v8::Value>>
    + 'static,
) -> v8::Local<'s, v8::Function> {
    closure(js, Box::new(body), v8::ConstructorBehavior::Allow)
}

fn closure<'s>(
    js: &mut Lock<'s, '_>,
    body: Body,
    behavior: v8::ConstructorBehavior,
) -> v8::Local<'s, v8::Function> {
    let data = crate::Handle::new(js, Closure(crate::Untraced(body)));
    v8::Function::builder(run_closure)
        .data(data.object().into())
        .constructor_behavior(behavior)
        .build(js)
        .expect("functions are made without guest code")
}

fn run_closure<'s>(
    js: &mut Lock<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'s, v8::Value>,
) {
    crate::class::call::guarded(js, |js| {
        let closure = crate::Handle::<Closure>::from_value(js, args.data())
            .ok_or_else(|| Error::Internal("function without its closure".into()))?;
        let value = (closure.get().0)(js, &args)?;
        rv.set(value);
        Ok(())
    });
}

/// Continues `promise` in Rust. The result is the promise of what the closure returns.
pub fn then<'s>(
    js: &mut Lock<'s, '_>,
    promise: v8::Local<'s, v8::Promise>,
    fulfilled: impl for<'a, 'i> FnOnce(
        &mut Lock<'a, 'i>,
        v8::Local<'a, v8::Value>,
    ) -> Result<v8::Local<'a, v8::Value>>
    + 'static,
    rejected: impl for<'a, 'i> FnOnce(
        &mut Lock<'a, 'i>,
        v8::Local<'a, v8::Value>,
    ) -> Result<v8::Local<'a, v8::Value>>
    + 'static,
) -> Result<v8::Local<'s, v8::Promise>> {
    let fulfilled = once_function(js, fulfilled);
    let rejected = once_function(js, rejected);
    promise.then2(js, fulfilled, rejected).ok_or(Error::Pending)
}

/// Does something when `promise` settles, of which nobody waits for the end. Its rejection counts as looked after; what
/// the closures fail with is lost.
pub fn observe<'s>(
    js: &mut Lock<'s, '_>,
    promise: v8::Local<'s, v8::Promise>,
    fulfilled: impl for<'a, 'i> FnOnce(&mut Lock<'a, 'i>, v8::Local<'a, v8::Value>) -> Result<()>
    + 'static,
    rejected: impl for<'a, 'i> FnOnce(&mut Lock<'a, 'i>, v8::Local<'a, v8::Value>) -> Result<()>
    + 'static,
) -> Result<()> {
    let observed = then(
        js,
        promise,
        move |js, value| {
            fulfilled(js, value)?;
            Ok(v8::undefined(js).into())
        },
        move |js, reason| {
            rejected(js, reason)?;
            Ok(v8::undefined(js).into())
        },
    )?;
    observed.mark_as_handled();
    Ok(())
}

/// What to do with a value on behalf of an object of ours, without a closure: the function that
/// runs it keeps the object alive as any other reference in the JavaScript heap does, so a cycle
/// through it is collected. Implemented by empty types.
pub trait React: 'static {
    type Target: crate::Class;

    fn run<'s>(
        js: &mut Lock<'s, '_>,
        target: crate::Handle<'s, Self::Target>,
        value: v8::Local<'s, v8::Value>,
    ) -> Result<v8::Local<'s, v8::Value>>;
}

/// Reactions of objects of one class. Each body's value is what the promise is fulfilled with: `()` is undefined.
///
/// ```ignore
/// jsg::reactions! {
///     Pipe;
///     /// The destination has closed.
///     Closed = |js, pipe, _value| { pipe.get().settle(js) }
/// }
/// ```
#[macro_export]
macro_rules! reactions {
    (
        $target:ty;
        $($(#[$doc:meta])* $visibility:vis $name:ident = |$js:ident, $this:ident, $value:ident| $body:block)*
    ) => {$(
        $(#[$doc])*
        $visibility struct $name;

        impl $crate::promise::React for $name {
            type Target = $target;

            fn run<'s>(
                $js: &mut $crate::Lock<'s, '_>,
                $this: $crate::Handle<'s, Self::Target>,
                $value: $crate::js::Local<'s, $crate::js::Value>,
            ) -> $crate::Result<$crate::js::Local<'s, $crate::js::Value>> {
                let result = $body;
                $crate::ToJs::to_js(result, $js)
            }
        }
    )*};
}

/// A JavaScript function that runs the reaction `R` with its first argument.
pub fn reaction<'s, R: React>(
    js: &mut Lock<'s, '_>,
    target: crate::Handle<'s, R::Target>,
) -> v8::Local<'s, v8::Function> {
    v8::Function::builder(run_reaction::<R>)
        .data(target.object().into())
        .constructor_behavior(v8::ConstructorBehavior::Throw)
        .build(js)
        .expect("functions are made without guest code")
}

fn run_reaction<'s, R: React>(
    js: &mut Lock<'s, '_>,
    args: v8::FunctionCallbackArguments<'s>,
    mut rv: v8::ReturnValue<'s, v8::Value>,
) {
    crate::class::call::guarded(js, |js| {
        let target = crate::Handle::<R::Target>::from_value(js, args.data())
            .ok_or_else(|| Error::Internal("reaction without its object".into()))?;
        let value = R::run(js, target, args.get(0))?;
        rv.set(value);
        Ok(())
    });
}

/// Continues `promise` with the reactions `F` and `R` of `target`.
pub fn react<'s, F: React, R: React<Target = F::Target>>(
    js: &mut Lock<'s, '_>,
    promise: v8::Local<'s, v8::Promise>,
    target: crate::Handle<'s, F::Target>,
) -> Result<v8::Local<'s, v8::Promise>> {
    let fulfilled = reaction::<F>(js, target);
    let rejected = reaction::<R>(js, target);
    promise.then2(js, fulfilled, rejected).ok_or(Error::Pending)
}

/// Says that somebody looks after a promise's rejection.
pub fn mark_handled(promise: v8::Local<'_, v8::Promise>) {
    promise.mark_as_handled();
}
