//! What a Worker exports: its entry points and their handlers.

use std::collections::HashMap;
use std::rc::Rc;

use jsg::js::{Function, Global, Local, Object, Value};
use jsg::{Error, Lock, Result};

/// One entry point.
pub enum Handlers {
    /// An object with a function for each kind of event.
    Object { this: Global<Object>, fetch: Option<Global<Function>>, test: Option<Global<Function>> },
    /// A class: one instance an event.
    Class { constructor: Global<Function> },
}

/// All entry points of a module Worker, by export name; the default one is called `default`.
pub type Entrypoints = HashMap<Rc<str>, Handlers>;

/// Reads the exports of the main module.
pub fn collect<'s>(js: &mut Lock<'s, '_>, namespace: Local<'s, Object>) -> Result<Vec<(Rc<str>, Handlers)>> {
    let names = namespace
        .get_own_property_names(js, Default::default())
        .ok_or(Error::Pending)?;
    let mut all = Vec::new();
    for index in 0..names.length() {
        let name = names.get_index(js, index).ok_or(Error::Pending)?;
        let export = namespace.get(js, name).ok_or(Error::Pending)?;
        let name: Rc<str> = name.to_rust_string_lossy(js).into();
        if let Some(handlers) = read(js, export)? {
            all.push((name, handlers));
        } else if &*name == "default" {
            return Err(Error::type_error(
                "Incorrect type for map entry 'default': the provided value is not of type 'function or ExportedHandler'.",
            ));
        }
    }
    Ok(all)
}

fn read<'s>(js: &mut Lock<'s, '_>, export: Local<'s, Value>) -> Result<Option<Handlers>> {
    if let Ok(constructor) = Local::<Function>::try_from(export) {
        return Ok(Some(Handlers::Class { constructor: Global::new(js, constructor) }));
    }
    let Ok(object) = Local::<Object>::try_from(export) else { return Ok(None) };
    let fetch = handler(js, object, "fetch")?;
    let test = handler(js, object, "test")?;
    Ok(Some(Handlers::Object { this: Global::new(js, object), fetch, test }))
}

fn handler<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>, name: &str) -> Result<Option<Global<Function>>> {
    let key = jsg::intern(js, name);
    let value = object.get(js, key.into()).ok_or(Error::Pending)?;
    if value.is_undefined() {
        return Ok(None);
    }
    match Local::<Function>::try_from(value) {
        Ok(function) => Ok(Some(Global::new(js, function))),
        Err(_) => Err(Error::type_error(format!(
            "Incorrect type for the '{name}' field on 'ExportedHandler': the provided value is not of type 'function'."
        ))),
    }
}

/// A handler that is ready to be called.
pub struct Callee<'s> {
    pub this: Local<'s, Value>,
    pub function: Local<'s, Function>,
    /// Whether it takes `env` and `ctx`, too; a class has them already.
    pub takes_env: bool,
}

/// Which handler an event calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Fetch,
    Test,
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Test => "test",
        }
    }
}

impl Handlers {
    /// Whether the entry point has a handler of its own for `event`.
    pub fn handles<'s>(&self, js: &mut Lock<'s, '_>, event: Event) -> bool {
        match self {
            Self::Object { fetch, test, .. } => match event {
                Event::Fetch => fetch.is_some(),
                Event::Test => test.is_some(),
            },
            Self::Class { constructor } => {
                let constructor = Local::new(js, constructor);
                let found = jsg::promise::try_catch(js, |js| {
                    let key = jsg::intern(js, "prototype");
                    let prototype = constructor.get(js, key.into()).ok_or(Error::Pending)?;
                    let Ok(prototype) = Local::<Object>::try_from(prototype) else { return Ok(false) };
                    let key = jsg::intern(js, event.name());
                    Ok(prototype.get(js, key.into()).ok_or(Error::Pending)?.is_function())
                });
                found.unwrap_or(false)
            }
        }
    }

    /// The handler for `event`; a class is instantiated with `ctx` and `env`.
    pub fn callee<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        event: Event,
        env: Local<'s, Object>,
        ctx: Local<'s, Object>,
    ) -> Result<Option<Callee<'s>>> {
        match self {
            Self::Object { this, fetch, test } => {
                let function = match event {
                    Event::Fetch => fetch,
                    Event::Test => test,
                };
                let Some(function) = function else { return Ok(None) };
                let this = Local::new(js, this).into();
                Ok(Some(Callee { this, function: Local::new(js, function), takes_env: true }))
            }
            Self::Class { constructor } => {
                let constructor = Local::new(js, constructor);
                let instance = constructor.new_instance(js, &[ctx.into(), env.into()]).ok_or(Error::Pending)?;
                let key = jsg::intern(js, event.name());
                let function = instance.get(js, key.into()).ok_or(Error::Pending)?;
                let Ok(function) = Local::<Function>::try_from(function) else { return Ok(None) };
                Ok(Some(Callee { this: instance.into(), function, takes_env: false }))
            }
        }
    }
}
