//! What `node:inspector` needs from Rust: sessions with the engine's inspector. The module
//! `node-internal:inspector_natives`, declared in `ts/internal/inspector_natives.d.ts`.

use jsg::js::{Local, Number, Value};
use jsg::modules::{Exports, NativeFunction};
use jsg::promise::Args;
use jsg::{Error, Lock, Result, ToJs};

type Outcome<'s> = Result<Local<'s, Value>>;

/// The module, for the table of native modules.
pub fn natives<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    exports.functions(js, FUNCTIONS);
    Ok(())
}

static FUNCTIONS: &[NativeFunction] = &[
    NativeFunction {
        name: "connect",
        body: connect,
    },
    NativeFunction {
        name: "ask",
        body: ask,
    },
    NativeFunction {
        name: "disconnect",
        body: |js, args| {
            let id = session(js, args);
            jsg::inspector::disconnect(js, id);
            Ok(jsg::js::undefined(js).into())
        },
    },
];

/// The number of a session, the first argument.
fn session(js: &mut Lock<'_, '_>, args: Args<'_, '_>) -> u64 {
    // Numbers of sessions count up from one.
    args.get(0).number_value(js).unwrap_or_default() as u64
}

fn connect<'s>(js: &mut Lock<'s, '_>, _: Args<'_, 's>) -> Outcome<'s> {
    let id = jsg::inspector::connect(js).ok_or_else(|| {
        Error::error(
            "node:inspector Session requires the experimental 'enable_nodejs_inspector_local_dev' compatibility flag \
             and is only available when running workerd locally with --experimental.",
        )
    })?;
    Ok(Number::new(js, id as f64).into())
}

/// `ask(session, message)`: what V8 has to say, as texts.
fn ask<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let id = session(js, args);
    let message = args.get(1).to_rust_string_lossy(js);
    jsg::inspector::ask(js, id, &message)
        .ok_or_else(|| Error::error("Inspector connection is not connected."))?
        .to_js(js)
}
