//! Answering calls: from a path to a property, from a property to a result.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;
use io::rpc::{
    Brings, Call, CallResult, Capability, External, Message, Operation, Ownership, Return,
};
use io::token::Kind;
use io::trace::Span;
use io::{InputGate, IoContext, IoOwn};
use jsg::js::{Array, Function, Local, Object, Promise, Value};
use jsg::{Error, Handle, Lock, Result};
use web::fetch::Fetcher;

use super::client::path_name;
use super::local::LocalTarget;
use super::message::{Group, read, write};
use super::property::RpcProperty;
use super::stub::RpcStub;
use super::target::RpcTarget;
use crate::restore;

use super::{Receivable, dispose_key, inherits_target, is_function, is_plain, plain_prototype};

/// What a call arrives at.
pub struct Receiver<'s> {
    pub object: Local<'s, Object>,
    pub receivable: Receivable,
    /// `env` and `ctx`, for the functions of an object that is an entry point.
    pub handler: Option<(Local<'s, Object>, Local<'s, Object>)>,
}

type Answer = IoOwn<RefCell<Option<oneshot::Sender<CallResult>>>>;

/// How calls come into an event.
pub struct Entrance {
    pub gate: Option<InputGate>,
    /// Names that lead nowhere.
    pub reserved: &'static [&'static str],
    /// Whether what a call gives keeps the event going. What the event itself has sent away does not:
    /// the event may be who calls, and would wait for itself.
    pub holds: bool,
    /// That of the call, if it is inside of another one. What the guest does is inside of it.
    pub span: Span,
}

/// Answers a call in the event `context`. None: the event ended before.
pub async fn deliver(
    context: &Rc<IoContext>,
    entrance: Entrance,
    call: Call,
    receiver: impl for<'s, 'i> FnOnce(&mut Lock<'s, 'i>) -> Result<Receiver<'s>>,
) -> Option<CallResult> {
    let (sender, answer) = oneshot::channel();
    // The event owns the sender, so its end is an answer, too.
    let sender: Answer = context.own("", RefCell::new(Some(sender)));
    let Entrance {
        gate,
        reserved,
        holds,
        span,
    } = entrance;
    let lock = match gate {
        Some(gate) => match gate.wait().await {
            Ok(lock) => Some(lock),
            Err(error) => return Some(Err(error)),
        },
        None => None,
    };
    let restored = match &call.operation {
        Operation::Restore(restore) => Some(restore.kind),
        Operation::Get | Operation::Call(_) => None,
    };
    context.begin_call();
    let answered = |js: &mut Lock<'_, '_>| {
        let receiver = match jsg::promise::try_catch(js, receiver) {
            Ok(receiver) => receiver,
            Err(exception) => return send_failure(js, &sender, exception, Thrower::Host),
        };
        let mut thrower = Thrower::Guest;
        let called = jsg::promise::try_catch(js, |js| {
            let (value, group) = perform(js, receiver, reserved, call).inspect_err(|error| {
                if !matches!(error, Error::Pending) {
                    thrower = Thrower::Rules;
                }
            })?;
            let promise = jsg::promise::of(js, value);
            Ok((promise, group))
        });
        match called {
            Ok((promise, group)) => {
                let result = match restored {
                    Some(kind) => Expected::Restored(kind),
                    None => Expected::Any { holds },
                };
                settle(js, promise, group, sender, result);
            }
            Err(exception) => send_failure(js, &sender, exception, thrower),
        }
    };
    context.run_locked(lock, |js| span.within(js, answered));
    let result = answer.await.ok()?;
    span.end();
    if result.is_ok()
        && let Some(open) = context.wait_for_output()
        && let Err(error) = open.await
    {
        return Some(Err(error));
    }
    Some(result)
}

fn send(js: &Lock<'_, '_>, sender: &Answer, result: CallResult) {
    if let Ok(slot) = sender.get(js)
        && let Some(sender) = slot.take()
    {
        if let Some(context) = IoContext::try_current(js) {
            context.end_call();
        }
        // The caller has gone: nobody has to know.
        let _ = sender.send(result);
    }
}

/// Who has thrown what a call has failed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thrower {
    Host,
    Guest,
    /// The rules of calls: there is nothing that the guest of this side has done.
    Rules,
}

/// The caller gets to know of it, and so does who reads the log of this Worker.
fn send_failure<'s>(
    js: &mut Lock<'s, '_>,
    sender: &Answer,
    exception: Local<'s, Value>,
    thrower: Thrower,
) {
    if thrower != Thrower::Rules {
        io::context::report_passed_on(js, exception);
    }
    if thrower == Thrower::Guest {
        name_object(js, exception);
    }
    let error = io::exception::to_remote_whole(js, exception);
    send(js, sender, Err(error));
}

/// Errors of a Durable Object's methods say which object has thrown them.
fn name_object<'s>(js: &mut Lock<'s, '_>, exception: Local<'s, Value>) {
    let context = IoContext::try_current(js);
    let actor = context.as_ref().and_then(|context| context.actor());
    if let Some(id) = actor.and_then(|actor| actor.id())
        && let Ok(error) = Local::<Object>::try_from(exception)
        && exception.is_native_error()
    {
        let (key, id) = (jsg::intern(js, "durableObjectId"), jsg::string(js, id));
        // An error that cannot be changed says nothing.
        let _ = jsg::promise::try_catch(js, |js| {
            error.set(js, key.into(), id.into()).ok_or(Error::Pending)
        });
    }
}

/// Sends what the promise comes to. The references of the arguments are let go of then.
fn settle<'s>(
    js: &mut Lock<'s, '_>,
    promise: Local<'s, Promise>,
    group: Option<Rc<Group>>,
    sender: Answer,
    expected: Expected,
) {
    let sender = Rc::new(sender);
    let (other_sender, other_group) = (sender.clone(), group.clone());
    // A guest that is being terminated attaches nothing.
    let _ = jsg::promise::observe(
        js,
        promise,
        move |js, value| {
            match jsg::promise::try_catch(js, |js| expected.answer(js, value)) {
                Ok(result) => send(js, &sender, Ok(result)),
                Err(exception) => send_failure(js, &sender, exception, Thrower::Guest),
            }
            if let Some(group) = group {
                group.dispose();
            }
            Ok(())
        },
        move |js, reason| {
            send_failure(js, &other_sender, reason, Thrower::Guest);
            if let Some(group) = other_group {
                group.dispose();
            }
            Ok(())
        },
    );
}

/// What a call is to come to.
#[derive(Clone, Copy)]
enum Expected {
    /// Any value. With `holds`, what it refers to keeps the event going.
    Any {
        holds: bool,
    },
    Restored(Kind),
}

impl Expected {
    fn answer<'s>(self, js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Return> {
        match self {
            Self::Any { holds } => answer(js, value, holds),
            Self::Restored(kind) => restore::answer(js, value, kind),
        }
    }
}

fn perform<'s>(
    js: &mut Lock<'s, '_>,
    receiver: Receiver<'s>,
    reserved: &[&str],
    call: Call,
) -> Result<(Local<'s, Value>, Option<Rc<Group>>)> {
    if let Operation::Restore(restore) = &call.operation {
        let given = restore::replay(js, receiver.object, restore)?;
        return Ok((given.into(), None));
    }
    let handler = receiver.handler;
    let (value, this) = find(js, receiver, reserved, &call.path)?;
    let arguments = match call.operation {
        Operation::Get | Operation::Restore(_) => return Ok((value, None)),
        Operation::Call(arguments) => arguments,
    };
    let name = || path_name(&call.path);
    let Ok(function) = Local::<Function>::try_from(value) else {
        return Err(Error::type_error(format!(
            "\"{}\" is not a function.",
            name()
        )));
    };
    let (mut arguments, group) = read_arguments(js, arguments)?;
    if let Some((env, ctx)) = handler {
        check_handler(js, function, arguments.len(), &name())?;
        arguments.extend([Local::<Value>::from(env), ctx.into()]);
    }
    let result = function
        .call(js, this.into(), &arguments)
        .ok_or(Error::Pending);
    match result {
        Ok(result) => Ok((result, group)),
        Err(error) => {
            if let Some(group) = group {
                group.dispose();
            }
            Err(error)
        }
    }
}

/// Arguments, and the references among them.
type Arguments<'s> = (Vec<Local<'s, Value>>, Option<Rc<Group>>);

fn read_arguments<'s>(js: &mut Lock<'s, '_>, arguments: Option<Message>) -> Result<Arguments<'s>> {
    let Some(message) = arguments else {
        return Ok((Vec::new(), None));
    };
    let (value, group) = read(js, message, Brings::Arguments, None)?;
    let array = Local::<Array>::try_from(value)
        .map_err(|_| Error::Internal("arguments that are no array".into()))?;
    let mut arguments = Vec::with_capacity(array.length() as usize);
    for index in 0..array.length() {
        arguments.push(array.get_index(js, index).ok_or(Error::Pending)?);
    }
    Ok((arguments, (!group.is_empty()).then_some(group)))
}

/// The function of an object that is an entry point gets `env` and `ctx` after the one argument of
/// its caller. With more, a caller could pass for them, or they for its arguments.
fn check_handler<'s>(
    js: &mut Lock<'s, '_>,
    function: Local<'s, Function>,
    arguments: usize,
    name: &str,
) -> Result<()> {
    let key = jsg::intern(js, "length");
    let length = function.get(js, key.into()).ok_or(Error::Pending)?;
    let arity = length.integer_value(js).ok_or(Error::Pending)?;
    if !(0..256).contains(&arity) {
        return Err(Error::type_error(format!(
            "RPC function has unreasonable length attribute: {arity}"
        )));
    }
    if arity > 3 {
        return Err(Error::type_error(format!(
            "Cannot call handler function \"{name}\" over RPC because it has the wrong number of arguments. A simple \
             function handler can only be called over RPC if it has exactly the arguments (arg, env, ctx), where only \
             the first argument comes from the client. To support multi-argument RPC functions, use class-based syntax \
             (extending WorkerEntrypoint) instead."
        )));
    }
    if arguments != 1 {
        return Err(Error::type_error(format!(
            "Attempted to call RPC function \"{name}\" with the wrong number of arguments. When calling a top-level \
             handler function that is not declared as part of a class, you must always send exactly one argument. In \
             order to support variable numbers of arguments, the server must use class-based syntax (extending \
             WorkerEntrypoint) instead."
        )));
    }
    Ok(())
}

#[cold]
fn missing(name: &str) -> Error {
    Error::type_error(format!(
        "The RPC receiver does not implement the method \"{name}\"."
    ))
}

/// What the path leads to, and the object that has it.
fn find<'s>(
    js: &mut Lock<'s, '_>,
    receiver: Receiver<'s>,
    reserved: &[&str],
    path: &[String],
) -> Result<(Local<'s, Value>, Local<'s, Object>)> {
    let Receiver {
        mut object,
        mut receivable,
        ..
    } = receiver;
    let Some((last, way)) = path.split_last() else {
        return Ok((object.into(), object));
    };
    let mut is_in_stub = false;
    for name in way {
        let next = property(js, object, receivable, reserved, name)?;
        object = Local::<Object>::try_from(next).map_err(|_| missing(name))?;
        let is_stub = is_of_stub(js, object);
        receivable = if is_plain(js, object) {
            Receivable::Plain
        } else if Handle::<RpcTarget>::from_value(js, next).is_some()
            || object.is_proxy() && inherits_target(js, object)?
        {
            Receivable::Target
        } else if is_stub || is_in_stub && Handle::<RpcProperty>::from_value(js, next).is_some() {
            is_in_stub = true;
            Receivable::Target
        } else if is_function(js, next) {
            Receivable::Plain
        } else {
            return Err(missing(name));
        };
    }
    let value = property(js, object, receivable, reserved, last)?;
    Ok((value, object))
}

/// Whether an object stands for another one, which has the properties.
fn is_of_stub<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>) -> bool {
    Handle::<RpcStub>::from_value(js, object.into()).is_some()
        || Handle::<Fetcher>::from_value(js, object.into()).is_some()
}

/// A property as callers may see it: own ones of plain objects, inherited ones of all others, and
/// never one of `Object.prototype`.
fn property<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
    receivable: Receivable,
    reserved: &[&str],
    name: &str,
) -> Result<Local<'s, Value>> {
    if reserved.contains(&name) {
        return Err(Error::type_error(format!(
            "'{name}' is a reserved method and cannot be called over RPC."
        )));
    }
    let key = jsg::string(js, name);
    let stands_for_another =
        is_of_stub(js, object) || Handle::<RpcProperty>::from_value(js, object.into()).is_some();
    if !stands_for_another {
        let is_own = object
            .has_own_property(js, key.into())
            .ok_or(Error::Pending)?;
        if is_own != (receivable == Receivable::Plain) {
            return Err(missing(name));
        }
    }
    let value = object.get(js, key.into()).ok_or(Error::Pending)?;
    if receivable == Receivable::Target
        && let Some(prototype) = plain_prototype(js)
        && let Ok(prototype) = Local::<Object>::try_from(prototype)
    {
        let inherited = prototype.get(js, key.into()).ok_or(Error::Pending)?;
        if value.strict_equals(inherited) {
            return Err(missing(name));
        }
    }
    Ok(value)
}

/// Writes a result, and makes something to call of it.
fn answer<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>, holds: bool) -> Result<Return> {
    let object = Local::<Object>::try_from(value).ok();
    let plain = object.filter(|object| is_plain(js, *object));
    let dispose = match plain {
        Some(object) => take_dispose(js, object)?,
        None => None,
    };
    let has_disposer = dispose.is_some();
    // Whoever is called later is inside of nothing but the event.
    let root = Span::root(js);
    let written = root.within(js, |js| write(js, value, Ownership::Transfer, holds))?;
    let transferred = written.transferred;
    let pipeline: Rc<dyn Capability> = if let Some(object) = plain {
        let target = LocalTarget::result(js, object, Receivable::Plain, dispose, transferred)?;
        target.keep(holds);
        target
    } else if let Some(service) = Handle::<Fetcher>::from_value(js, value) {
        let object = service.object();
        let target = LocalTarget::result(js, object, Receivable::Target, None, transferred)?;
        target.keep(holds);
        target
    } else if let [External::Capability(capability)] = &*written.message.externals
        && is_reference(js, value)
    {
        let capability = capability.clone();
        for reference in transferred {
            reference.dispose();
        }
        capability
    } else {
        // Calls on it fail as those on any object that lacks what is called.
        let empty = Object::new(js);
        let target = LocalTarget::result(js, empty, Receivable::Plain, None, transferred)?;
        target.keep(holds);
        target
    };
    Ok(Return {
        value: written.message,
        pipeline,
        has_disposer,
    })
}

/// Whether a value is written as one reference.
fn is_reference<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
    Handle::<RpcStub>::from_value(js, value).is_some()
        || Handle::<RpcTarget>::from_value(js, value).is_some()
        || value.is_proxy()
        || is_function(js, value)
}

/// A result's `[Symbol.dispose]()` is called here, not sent: the caller gets one of its own.
fn take_dispose<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
) -> Result<Option<Local<'s, Function>>> {
    let key = dispose_key(js);
    let dispose = object.get(js, key).ok_or(Error::Pending)?;
    object.delete(js, key).ok_or(Error::Pending)?;
    Ok(Local::<Function>::try_from(dispose).ok())
}
