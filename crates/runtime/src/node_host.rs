//! What the Node modules need from the Worker that they run in: the module `node-internal:host`, declared in
//! `crates/node/ts/internal/host.d.ts`.

use io::{ChannelError, TimerId};
use jsg::class::StaticInfo;
use jsg::js::{Boolean, Function, Local, Number, Object, Value};
use jsg::modules::{Exports, NativeFunction, Registry, Require};
use jsg::promise::Args;
use jsg::{Error, FromJs, Handle, Lock, LockExt, Result};
use web::messaging::{MessageChannel, MessagePort};
use web::timers::{Immediate, Repeat};

type Outcome<'s> = Result<Local<'s, Value>>;

/// The module, for the table of native modules.
pub fn natives<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    exports.functions(js, FUNCTIONS);
    Ok(())
}

static FUNCTIONS: &[NativeFunction] = &[
    NativeFunction {
        name: "bindings",
        body: bindings,
    },
    NativeFunction {
        name: "builtin",
        body: builtin,
    },
    NativeFunction {
        name: "isBuiltin",
        body: |js, args| {
            let specifier = args.get(0).to_rust_string_lossy(js);
            let is = node::modules::is_node_name(&specifier);
            Ok(Boolean::new(js, is).into())
        },
    },
    NativeFunction {
        name: "load",
        body: load,
    },
    NativeFunction {
        name: "require",
        body: require,
    },
    NativeFunction {
        name: "flag",
        body: flag,
    },
    NativeFunction {
        name: "exit",
        body: exit,
    },
    NativeFunction {
        name: "startTimer",
        body: start_timer,
    },
    NativeFunction {
        name: "clearTimer",
        body: |js, args| {
            let number = args.get(0).number_value(js).unwrap_or(0.0);
            web::timers::clear(js, number)?;
            Ok(jsg::js::undefined(js).into())
        },
    },
    NativeFunction {
        name: "traceMessage",
        body: |js, args| {
            crate::tracer::diagnostic(js, args.get(0), args.get(1));
            Ok(jsg::js::undefined(js).into())
        },
    },
    NativeFunction {
        name: "messageClass",
        body: |js, args| {
            let info = match &*args.get(0).to_rust_string_lossy(js) {
                "MessagePort" => MessagePort::INFO,
                _ => MessageChannel::INFO,
            };
            Ok(jsg::class::constructor(js, info).into())
        },
    },
    NativeFunction {
        name: "startImmediate",
        body: start_immediate,
    },
    NativeFunction {
        name: "clearImmediate",
        body: |js, args| {
            let immediate = Handle::<Immediate>::try_from_js(js, args.get(0))?;
            if let Some(immediate) = &immediate {
                immediate.clear(js)?;
            }
            Ok(Boolean::new(js, immediate.is_some()).into())
        },
    },
];

fn registry(js: &Lock<'_, '_>) -> Result<std::rc::Rc<Registry>> {
    Registry::current(js).ok_or_else(|| Error::Internal("no module registry".into()))
}

/// The Worker's environment; undefined for a classic script.
fn bindings<'s>(js: &mut Lock<'s, '_>, _: Args<'_, 's>) -> Outcome<'s> {
    let env = js.extension::<workers::EnvObject>();
    Ok(match env {
        Some(env) => Local::new(js, &env.0).into(),
        None => jsg::js::undefined(js).into(),
    })
}

/// A public built-in module: the default export of a Node module, the namespace of any other; undefined
/// if there is none.
fn builtin<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let specifier = args.get(0).to_rust_string_lossy(js);
    let Some(namespace) = registry(js)?.import_public(js, &specifier)? else {
        return Ok(jsg::js::undefined(js).into());
    };
    if node::modules::find(&specifier, js.flags()).is_none() {
        return Ok(namespace.into());
    }
    let key = jsg::intern(js, "default");
    namespace.get(js, key.into()).ok_or(Error::Pending)
}

/// The namespace of an internal module, for what is needed late or seldom.
fn load<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let specifier = args.get(0).to_rust_string_lossy(js);
    Ok(registry(js)?.import_builtin(js, &specifier)?.into())
}

/// `require(specifier, referrer)`.
fn require<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let specifier = args.get(0).to_rust_string_lossy(js);
    let referrer = args.get(1).to_rust_string_lossy(js);
    registry(js)?.require(js, &specifier, &referrer, Require::Created)
}

/// Whether a compatibility flag is on, by the name that enables it.
fn flag<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let name = args.get(0).to_rust_string_lossy(js);
    let on = compat::by_name(&name).is_some_and(|(flag, _)| js.flag(flag));
    Ok(Boolean::new(js, on).into())
}

/// Ends the current event as `process.exit()` does; without one, nothing happens.
fn exit<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let code = args.get(0).int32_value(js).unwrap_or(0);
    if let Some(event) = io::IoContext::try_current(js) {
        let message =
            format!("The Node.js process.exit({code}) API was called. Canceling the request.");
        if let Some(actor) = event.actor() {
            actor.abort(ChannelError::classed("Error", message));
            return Err(jsg::terminate(js));
        }
        let reason = jsg::promise::exception_of(js, Error::error(message));
        web::execution_context::abort(js, event, reason)?;
    }
    Ok(jsg::js::undefined(js).into())
}

fn rest<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Vec<Local<'s, Value>>> {
    Ok(Vec::try_from_js(js, value)?.unwrap_or_default())
}

fn callback<'s>(value: Local<'s, Value>) -> Result<Local<'s, Function>> {
    Local::<Function>::try_from(value).map_err(|_| Error::type_error("not a function"))
}

/// `startTimer(callback, delay, repeat, args)`: the timer's number.
fn start_timer<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let callback = callback(args.get(0))?;
    let delay = args.get(1).number_value(js).unwrap_or(0.0);
    let repeat = if args.get(2).is_true() {
        Repeat::Forever
    } else {
        Repeat::Once
    };
    let arguments = rest(js, args.get(3))?;
    let TimerId(id) = web::timers::call_later(js, callback, delay, repeat, arguments)?;
    Ok(Number::new(js, id as f64).into())
}

/// `startImmediate(callback, args)`: an `Immediate`.
fn start_immediate<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let callback = callback(args.get(0))?;
    let arguments = rest(js, args.get(1))?;
    let id = web::timers::call_later(js, callback, 0.0, Repeat::Once, arguments)?;
    let immediate = Immediate::new(js, id)?;
    let object: Local<'s, Object> = Handle::new(js, immediate).object();
    Ok(object.into())
}
