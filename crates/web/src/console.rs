//! `console` (Console §1). The engine's own object, which serves an attached inspector, with the five
//! logging functions replaced: they also hand their arguments to the isolate's [`ConsoleSink`].

use jsg::class::LazyValue;
use jsg::class::builder::{MethodBody, plain_function};
use jsg::js::{Local, Object, PropertyAttribute, ReturnValue, Value};
use jsg::{Call, Lock, LockExt, Member, MemberKind, Result};

/// Which function was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Debug,
    Error,
    Info,
    Log,
    Warn,
}

/// Who prints what a Worker logs.
pub trait ConsoleSink {
    /// A call of one of the logging functions.
    fn log<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        level: Level,
        values: &[Local<'s, Value>],
    ) -> Result<()>;

    /// A warning of ours to the author of the Worker.
    fn warning(&self, js: &mut Lock<'_, '_>, text: &str);
}

/// The [`ConsoleSink`] of an isolate, stored as its extension.
pub struct Console(pub Box<dyn ConsoleSink>);

/// Warns the author of the Worker.
pub fn warn(js: &mut Lock<'_, '_>, text: &str) {
    if let Some(console) = js.extension::<Console>() {
        console.0.warning(js, text);
    }
}

/// Replaces the logging functions of the context's console. They are made when first read.
pub(crate) fn install<'s>(js: &mut Lock<'s, '_>, global: Local<'s, Object>) {
    let key = jsg::intern(js, "console");
    let console = global
        .get(js, key.into())
        .and_then(|console| Local::<Object>::try_from(console).ok());
    if let Some(console) = console {
        for function in &FUNCTIONS {
            jsg::class::install_lazy_value(js, console, function, PropertyAttribute::NONE);
        }
    }
}

static FUNCTIONS: [LazyValue; 5] = [
    LazyValue {
        name: "debug",
        make: make::<Debug>,
    },
    LazyValue {
        name: "error",
        make: make::<Error>,
    },
    LazyValue {
        name: "info",
        make: make::<Info>,
    },
    LazyValue {
        name: "log",
        make: make::<Log>,
    },
    LazyValue {
        name: "warn",
        make: make::<Warn>,
    },
];

fn make<'s, B: MethodBody>(js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
    Ok(plain_function::<B>(js).into())
}

fn log<'s>(js: &mut Lock<'s, '_>, call: &Call<'s>, level: Level) -> Result<()> {
    let Some(console) = js.extension::<Console>() else {
        return Ok(());
    };
    let values: Vec<_> = (0..call.len()).map(|index| call.value(index)).collect();
    console.0.log(js, level, &values)
}

macro_rules! functions {
    ($($level:ident $name:literal),*) => { $(
        struct $level;

        impl MethodBody for $level {
            const MEMBER: &'static Member = &Member {
                class: "console",
                name: $name,
                kind: MemberKind::Method,
            };

            fn call<'s>(
                js: &mut Lock<'s, '_>,
                call: &Call<'s>,
                _: ReturnValue<'_, Value>,
            ) -> Result<()> {
                log(js, call, Level::$level)
            }
        }
    )* };
}

functions!(Debug "debug", Error "error", Info "info", Log "log", Warn "warn");
