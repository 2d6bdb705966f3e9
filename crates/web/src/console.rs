//! `console` (Console §1). The engine's own object, which serves an attached inspector, with the five
//! logging functions replaced: they also hand their arguments to the isolate's [`ConsoleSink`].

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use jsg::class::LazyValue;
use jsg::class::builder::{MethodBody, plain_function};
use jsg::js::{Function, Global, Local, Object, PropertyAttribute, ReturnValue, Value};
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

    /// Something that the author may want to know: only the log of who asks for more has it.
    fn hint(&self, js: &mut Lock<'_, '_>, text: &str);
}

/// The [`ConsoleSink`] of an isolate, stored as its extension.
pub struct Console(pub Box<dyn ConsoleSink>);

/// Warns the author of the Worker.
pub fn warn(js: &mut Lock<'_, '_>, text: &str) {
    if let Some(console) = js.extension::<Console>() {
        console.0.warning(js, text);
    }
}

/// Tells the author of the Worker what may be a mistake, apart from what the Worker itself logs.
pub fn hint(js: &mut Lock<'_, '_>, text: &str) {
    if let Some(console) = js.extension::<Console>() {
        console.0.hint(js, text);
    }
}

/// The warnings that this isolate has given with [`warn_once`].
#[derive(Default)]
struct Given(RefCell<HashSet<Cow<'static, str>>>);

/// Warns the author of the Worker, unless this isolate has said the same before.
pub fn warn_once(js: &mut Lock<'_, '_>, text: impl Into<Cow<'static, str>>) {
    let text = text.into();
    let given = js.extension::<Given>().unwrap_or_else(|| {
        let given = Rc::<Given>::default();
        js.set_extension(given.clone());
        given
    });
    if given.0.borrow_mut().insert(text.clone()) {
        warn(js, &text);
    }
}

/// The engine's console, until a guest reads the global.
struct Original(Global<Object>);

/// The engine's logging functions, kept where a debugger may want to see what is logged.
struct Engine(Vec<(Level, Global<Function>)>);

impl Engine {
    fn call<'s>(&self, js: &mut Lock<'s, '_>, level: Level, values: &[Local<'s, Value>]) {
        let found = self.0.iter().find(|(known, _)| *known == level);
        if let Some((_, function)) = found {
            let receiver = jsg::js::undefined(js).into();
            let function = Local::new(js, function);
            // It does not throw.
            let _ = function.call(js, receiver, values);
        }
    }
}

/// Makes the global `console` replace its logging functions when a guest first reads it.
pub(crate) fn install<'s>(js: &mut Lock<'s, '_>, global: Local<'s, Object>) {
    let key = jsg::intern(js, CONSOLE.name);
    let console = global
        .get(js, key.into())
        .and_then(|console| Local::<Object>::try_from(console).ok());
    if let Some(console) = console {
        js.set_extension(Rc::new(Original(Global::new(js, console))));
        jsg::class::install_lazy_value(js, global, &CONSOLE, PropertyAttribute::DONT_ENUM);
    }
}

static CONSOLE: LazyValue = LazyValue {
    name: "console",
    make: |js| {
        let original = js.extension::<Original>().ok_or_else(|| {
            jsg::Error::Internal("a console is installed with the globals".into())
        })?;
        let console = Local::new(js, &original.0);
        let mut engine = Engine(Vec::new());
        for (level, function) in &FUNCTIONS {
            let key = jsg::intern(js, function.name);
            if jsg::inspector::is_installed(js)
                && let Some(before) = console.get(js, key.into())
                && let Ok(before) = Local::<Function>::try_from(before)
            {
                engine.0.push((*level, Global::new(js, before)));
            }
            let value = (function.make)(js)?;
            console.set(js, key.into(), value);
        }
        if !engine.0.is_empty() {
            js.set_extension(Rc::new(engine));
        }
        Ok(console.into())
    },
};

static FUNCTIONS: [(Level, LazyValue); 5] = [
    (
        Level::Debug,
        LazyValue {
            name: "debug",
            make: make::<Debug>,
        },
    ),
    (
        Level::Error,
        LazyValue {
            name: "error",
            make: make::<Error>,
        },
    ),
    (
        Level::Info,
        LazyValue {
            name: "info",
            make: make::<Info>,
        },
    ),
    (
        Level::Log,
        LazyValue {
            name: "log",
            make: make::<Log>,
        },
    ),
    (
        Level::Warn,
        LazyValue {
            name: "warn",
            make: make::<Warn>,
        },
    ),
];

fn make<'s, B: MethodBody>(js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
    Ok(plain_function::<B>(js).into())
}

fn log<'s>(js: &mut Lock<'s, '_>, call: &Call<'s>, level: Level) -> Result<()> {
    let Some(console) = js.extension::<Console>() else {
        return Ok(());
    };
    let values: Vec<_> = (0..call.len()).map(|index| call.value(index)).collect();
    if let Some(engine) = js.extension::<Engine>() {
        engine.call(js, level, &values);
    }
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
