//! What a Worker exports: its entry points and their handlers.

use std::rc::Rc;

use jsg::js::{Function, Global, Local, Object, Value};
use jsg::{Error, Lock, Result};
use workers::EntrypointKind;

use crate::restoring;

/// One entry point.
pub enum Handlers {
    /// An object with a function for each kind of event.
    Object {
        this: Global<Object>,
        functions: Vec<(Event, Global<Function>)>,
    },
    /// A class: one instance an event.
    Class {
        constructor: Global<Function>,
        /// Whether it extends `WorkflowEntrypoint`.
        is_workflow: bool,
    },
    /// A class of Durable Objects. No event but theirs ever reaches it.
    Actor {
        constructor: Global<Function>,
        /// Whether it extends `DurableObject`; others cannot be called.
        is_callable: bool,
    },
}

/// What the handlers of an object are called, in the order in which they are read: getters see it.
const NAMES: [(&str, Option<Event>); 11] = [
    ("fetch", Some(Event::Fetch)),
    ("connect", Some(Event::Connect)),
    ("tail", Some(Event::Tail)),
    ("trace", Some(Event::Trace)),
    ("tailStream", Some(Event::TailStream)),
    ("scheduled", Some(Event::Scheduled)),
    ("alarm", None),
    ("test", Some(Event::Test)),
    ("webSocketMessage", None),
    ("webSocketClose", None),
    ("webSocketError", None),
];

/// Reads the exports of the main module: functions are classes, objects have handlers.
///
/// # Errors
/// An export is neither, or a getter throws.
pub fn collect<'s>(
    js: &mut Lock<'s, '_>,
    namespace: Local<'s, Object>,
) -> Result<Vec<(Rc<str>, Handlers)>> {
    let names = namespace
        .get_own_property_names(js, Default::default())
        .ok_or(Error::Pending)?;
    let mut all = Vec::new();
    for index in 0..names.length() {
        let name = names.get_index(js, index).ok_or(Error::Pending)?;
        let export = namespace.get(js, name).ok_or(Error::Pending)?;
        let name: Rc<str> = name.to_rust_string_lossy(js).into();
        let handlers = read(js, &name, export)?;
        if handlers.is_actor() && &*name == "default" {
            tracing::error!(
                "Exported actor class as default entrypoint. This doesn't work, but historically did not produce a \
                 startup-time error."
            );
        }
        all.push((name, handlers));
    }
    Ok(all)
}

fn read<'s>(js: &mut Lock<'s, '_>, name: &str, export: Local<'s, Value>) -> Result<Handlers> {
    if let Ok(class) = Local::<Function>::try_from(export) {
        let kind = workers::entrypoint_kind(js, class);
        let constructor = Global::new(js, class);
        return Ok(match kind {
            EntrypointKind::Worker | EntrypointKind::Workflow => Handlers::Class {
                constructor,
                is_workflow: kind == EntrypointKind::Workflow,
            },
            EntrypointKind::Actor | EntrypointKind::PlainActor => Handlers::Actor {
                constructor,
                is_callable: kind == EntrypointKind::Actor,
            },
        });
    }
    if export.is_null_or_undefined() {
        return Err(Error::type_error(
            "Cannot initialize N7workerd3api15ExportedHandlerE with required members from an undefined or null value.",
        ));
    }
    let Ok(object) = Local::<Object>::try_from(export) else {
        return Err(Error::type_error(format!(
            "Incorrect type for map entry '{name}': the provided value is not of type 'function or ExportedHandler'."
        )));
    };
    let mut functions = Vec::new();
    for (name, event) in NAMES {
        let key = jsg::intern(js, name);
        let value = object.get(js, key.into()).ok_or(Error::Pending)?;
        // What is no function is as good as absent.
        if let (Some(event), Ok(function)) = (event, Local::<Function>::try_from(value)) {
            functions.push((event, Global::new(js, function)));
        }
    }
    Ok(Handlers::Object {
        this: Global::new(js, object),
        functions,
    })
}

/// A handler that is ready to be called.
pub struct Callee<'s> {
    pub this: Local<'s, Value>,
    pub function: Local<'s, Function>,
    /// Whether it takes `env` and `ctx`, too; a class has them already.
    pub takes_env: bool,
}

impl<'s> Callee<'s> {
    /// Calls it with what the event is about.
    pub fn call(
        &self,
        js: &mut Lock<'s, '_>,
        subject: Local<'s, Value>,
        env: Local<'s, Object>,
        ctx: Local<'s, Object>,
    ) -> Result<Local<'s, Value>> {
        let arguments = [subject, env.into(), ctx.into()];
        let count = if self.takes_env { arguments.len() } else { 1 };
        let called = self.function.call(js, self.this, &arguments[..count]);
        called.ok_or(Error::Pending)
    }
}

/// What an entry point's methods are looked up on.
pub enum RpcReceiver<'s> {
    /// A new instance of its class.
    Instance(Local<'s, Object>),
    /// The exported object, whose functions take `env` and `ctx`, too.
    Object(Local<'s, Object>),
}

/// Which handler an event calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Fetch,
    Connect,
    Scheduled,
    Queue,
    Tail,
    /// The old name of [`Tail`](Self::Tail).
    Trace,
    TailStream,
    Test,
}

impl Event {
    pub fn name(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Connect => "connect",
            Self::Scheduled => "scheduled",
            Self::Queue => "queue",
            Self::Tail => "tail",
            Self::Trace => "trace",
            Self::TailStream => "tailStream",
            Self::Test => "test",
        }
    }
}

impl Handlers {
    /// Whether this is a class of Durable Objects.
    pub fn is_actor(&self) -> bool {
        matches!(self, Self::Actor { .. })
    }

    /// Whether `ctx.exports` has it as a service.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Object { .. } => true,
            Self::Class { is_workflow, .. } => !is_workflow,
            Self::Actor { .. } => false,
        }
    }

    /// Whether each event gets an instance of its own.
    pub fn is_class(&self) -> bool {
        matches!(self, Self::Class { .. })
    }

    /// Whether the entry point has a handler of its own for `event`.
    pub fn handles<'s>(&self, js: &mut Lock<'s, '_>, event: Event) -> bool {
        match self {
            Self::Object { functions, .. } => functions.iter().any(|(known, _)| *known == event),
            Self::Actor { .. } => false,
            Self::Class { constructor, .. } => {
                let constructor = Local::new(js, constructor);
                let found = jsg::promise::try_catch(js, |js| {
                    let key = jsg::intern(js, "prototype");
                    let prototype = constructor.get(js, key.into()).ok_or(Error::Pending)?;
                    let Ok(prototype) = Local::<Object>::try_from(prototype) else {
                        return Ok(false);
                    };
                    let key = jsg::intern(js, event.name());
                    Ok(prototype
                        .get(js, key.into())
                        .ok_or(Error::Pending)?
                        .is_function())
                });
                found.unwrap_or(false)
            }
        }
    }

    /// What remote calls arrive at; a class is instantiated with `ctx` and `env`.
    pub fn rpc_receiver<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        env: Local<'s, Object>,
        ctx: Local<'s, Object>,
    ) -> Result<RpcReceiver<'s>> {
        match self {
            Self::Actor { .. } => Err(Error::type_error(
                "A Durable Object class is no entry point.",
            )),
            Self::Object { this, .. } => {
                let this = Local::new(js, this);
                restoring::arrive(js, this);
                Ok(RpcReceiver::Object(this))
            }
            Self::Class { constructor, .. } => {
                let constructor = Local::new(js, constructor);
                let instance = constructor
                    .new_instance(js, &[ctx.into(), env.into()])
                    .ok_or(Error::Pending)?;
                restoring::arrive(js, instance);
                Ok(RpcReceiver::Instance(instance))
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
            Self::Actor { .. } => Ok(None),
            Self::Object { this, .. } if event == Event::Queue => {
                // The only handler that is looked up each time.
                let this = Local::new(js, this);
                restoring::arrive(js, this);
                let key = jsg::intern(js, event.name());
                let function = this.get(js, key.into()).ok_or(Error::Pending)?;
                let function = Local::<Function>::try_from(function).ok();
                Ok(function.map(|function| Callee {
                    this: this.into(),
                    function,
                    takes_env: true,
                }))
            }
            Self::Object { this, functions } => {
                let found = functions.iter().find(|(known, _)| *known == event);
                let Some((_, function)) = found else {
                    return Ok(None);
                };
                let this = Local::new(js, this);
                restoring::arrive(js, this);
                Ok(Some(Callee {
                    this: this.into(),
                    function: Local::new(js, function),
                    takes_env: true,
                }))
            }
            Self::Class { constructor, .. } => {
                let constructor = Local::new(js, constructor);
                let instance = constructor
                    .new_instance(js, &[ctx.into(), env.into()])
                    .ok_or(Error::Pending)?;
                restoring::arrive(js, instance);
                let key = jsg::intern(js, event.name());
                let function = instance.get(js, key.into()).ok_or(Error::Pending)?;
                let Ok(function) = Local::<Function>::try_from(function) else {
                    return Ok(None);
                };
                Ok(Some(Callee {
                    this: instance.into(),
                    function,
                    takes_env: false,
                }))
            }
        }
    }
}
