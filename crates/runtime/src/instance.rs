//! One isolate with a Worker's evaluated code, its environment and its handlers.

use std::rc::{Rc, Weak};
use std::sync::Arc;

use io::IoContext;
use io::context::Errors;
use jsg::inspector::Mailbox;
use jsg::js::{Function, Global, Local, Object};
use jsg::modules::Registry;
use jsg::{Flag, Isolate, Lock, LockExt};

use web::global_scope::ServiceWorkerGlobalScope;
use workers::unsafe_module::Everything;

use crate::console::Console;
use crate::definition::{Code, Definition};
use crate::errors::{Log, StartError, describe_start};
use crate::handlers::{self, Handlers};
use crate::worker::{Host, Worker};

/// See the module.
pub struct Instance {
    // Declared before the isolate: what holds handles into it goes first.
    env: Global<Object>,
    exports: Option<Global<Object>>,
    entrypoints: Vec<(Rc<str>, Handlers)>,
    definition: Arc<Definition>,
    is_dynamic: bool,
    isolate: Rc<Isolate>,
}

impl Instance {
    /// Makes the isolate and runs the code at global scope.
    ///
    /// # Errors
    /// The code does not compile, throws, or waits for something that cannot come.
    pub fn start(
        definition: &Arc<Definition>,
        host: &Rc<dyn Host>,
        worker: &Weak<Worker>,
    ) -> Result<Self, StartError> {
        let isolate = host.pool().take(&definition.flags, definition.limits);
        let evaluated = IoContext::without(|| {
            io::watchdog::guard(&isolate, || {
                isolate.enter(|js| {
                    if let Some(mailbox) = host.mailbox(definition) {
                        jsg::inspector::install(js, mailbox);
                        make_classes(js);
                    } else if js.flag(Flag::EnableNodejsInspectorLocalDev) {
                        jsg::inspector::install(js, &Mailbox::new(|| {}));
                    }
                    evaluate(js, definition, host, worker)
                })
            })
        });
        let Evaluated {
            env,
            exports,
            entrypoints,
        } = evaluated.map_err(|error| match isolate.condemned() {
            Some(jsg::Condemned::Memory) => {
                StartError::new("Script exceeded memory limit at start-up.")
            }
            Some(jsg::Condemned::Time) => {
                StartError::new("Script exceeded CPU time limit at start-up.")
            }
            Some(jsg::Condemned::Guest) => {
                StartError::new("Script called abortIsolate() at start-up.")
            }
            None => error,
        })?;
        let instance = Self {
            env,
            exports,
            entrypoints,
            definition: definition.clone(),
            is_dynamic: host.is_dynamic(),
            isolate,
        };
        instance.warn_of_missing_classes();
        Ok(instance)
    }

    fn warn_of_missing_classes(&self) {
        for namespace in &self.definition.namespaces {
            let class = &namespace.class;
            if self.actor_class(class).is_none() {
                tracing::warn!(
                    "A DurableObjectNamespace in the config referenced the class \"{class}\", but no such Durable Object class \
                     is exported from the worker. Please make sure the class name matches, it is exported, and the class \
                     extends 'DurableObject'. Attempts to call to this Durable Object class will fail at runtime, but \
                     historically this was not a startup-time error. Future versions of workerd may make this a \
                     startup-time error."
                );
            }
        }
    }

    pub fn isolate(&self) -> &Rc<Isolate> {
        &self.isolate
    }

    pub fn definition(&self) -> &Arc<Definition> {
        &self.definition
    }

    /// Whether another Worker has loaded this one.
    pub(crate) fn is_dynamic(&self) -> bool {
        self.is_dynamic
    }

    /// Whether the code is a classic script, whose handlers are event listeners.
    pub(crate) fn is_script(&self) -> bool {
        matches!(self.definition.code, Code::Script(_))
    }

    pub(crate) fn env<'s>(&self, js: &Lock<'s, '_>) -> Local<'s, Object> {
        Local::new(js, &self.env)
    }

    /// `ctx.exports`; classic scripts have none.
    pub(crate) fn exports<'s>(&self, js: &Lock<'s, '_>) -> Option<Local<'s, Object>> {
        self.exports.as_ref().map(|exports| Local::new(js, exports))
    }

    /// The handlers of an entry point; `None` is the default one.
    pub(crate) fn handlers(&self, name: Option<&str>) -> Option<&Handlers> {
        let name = name.unwrap_or("default");
        let found = self.entrypoints.iter().find(|(known, _)| &**known == name);
        found
            .map(|(_, handlers)| handlers)
            .filter(|handlers| !handlers.is_actor())
    }

    /// A class of Durable Objects, and whether they can be called.
    pub(crate) fn actor_class(&self, name: &str) -> Option<(&Global<Function>, bool)> {
        let found = self.entrypoints.iter().find(|(known, _)| &**known == name);
        match found {
            Some((
                _,
                Handlers::Actor {
                    constructor,
                    is_callable,
                },
            )) => Some((constructor, *is_callable)),
            _ => None,
        }
    }

    /// Whether a reference may name this entry point: any export but the default one.
    pub fn has_entrypoint(&self, name: &str) -> bool {
        name != "default" && self.entrypoints.iter().any(|(known, _)| &**known == name)
    }

    /// All entry points, in the order of the module's exports.
    pub(crate) fn entrypoints(&self) -> impl Iterator<Item = (&Rc<str>, &Handlers)> {
        self.entrypoints
            .iter()
            .map(|(name, handlers)| (name, handlers))
    }
}

/// Evaluates a module as if at start-up: it can do no I/O on behalf of the event that imports it.
fn outside_events<'s, 'i>(js: &mut Lock<'s, 'i>, evaluate: &mut dyn FnMut(&mut Lock<'s, 'i>)) {
    let executor = js.set_executor(None);
    IoContext::without(|| jsg::async_context::enter_event(js, None, |js| evaluate(js)));
    js.set_executor(executor);
}

const NO_LISTENER: &str = "No event handlers were registered. This script does nothing.";

/// Whether a classic script has registered a listener for any event.
fn has_listener(js: &mut Lock<'_, '_>) -> bool {
    match ServiceWorkerGlobalScope::current(js) {
        Some(scope) => {
            let target = ServiceWorkerGlobalScope::target(js, scope);
            !target.listener_kinds().is_empty()
        }
        None => false,
    }
}

/// The registry of the Worker's modules; that of a script has the built-in ones only.
fn registry(definition: &Definition) -> Result<Rc<Registry>, String> {
    let bundle = match &definition.code {
        Code::Modules(bundle) => bundle.clone(),
        Code::Script(_) => Arc::default(),
    };
    let builtins = Rc::new(crate::modules::Modules {
        extensions: definition.extensions.clone(),
    });
    let flags = &definition.flags;
    let of_urls = flags.contains(Flag::NewModuleRegistry) && !flags.contains(Flag::PythonWorkers);
    let registry = if of_urls {
        Registry::with_urls(bundle, builtins)?
    } else {
        Registry::new(bundle, builtins)
    };
    registry.set_outside_events(Rc::new(outside_events));
    if let Some(fallback) = &definition.fallback {
        registry.set_fallback(fallback.clone());
    }
    Ok(registry)
}

/// Makes all classes at once: V8's profiler knows the native functions that exist when it begins, and counts the time of
/// others as that of their callers.
fn make_classes(js: &mut Lock<'_, '_>) {
    let classes: Vec<_> = web::globals::classes(js.flags()).collect();
    for (_, class) in classes {
        let _ = jsg::class::constructor(js, class);
    }
}

/// What the code at global scope has come to.
struct Evaluated {
    env: Global<Object>,
    exports: Option<Global<Object>>,
    entrypoints: Vec<(Rc<str>, Handlers)>,
}

fn evaluate<'s>(
    js: &mut Lock<'s, '_>,
    definition: &Arc<Definition>,
    host: &Rc<dyn Host>,
    worker: &Weak<Worker>,
) -> Result<Evaluated, StartError> {
    let always = definition
        .flags
        .contains(Flag::AllowInsecureInefficientLoggedEval);
    let registry = registry(definition).map_err(|message| {
        let mut error = StartError::new(message);
        error.consequences.push(NO_LISTENER.into());
        error
    })?;
    let starting = crate::files::install(js, definition);
    let result = jsg::promise::try_catch(js, |js| {
        let console = Console::new(host.console());
        js.set_extension(Rc::new(web::console::Console(Box::new(console))));
        js.set_extension(Rc::new(Errors(Box::new(Log))));
        crate::rejections::Rejections::install(js);
        crate::context_hooks::install(js, host);
        workers::rpc::install(js);
        if host.sends_sockets() {
            web::sockets::transfer::install(js);
        }
        let tokens = crate::tokens::ByHost(host.clone());
        js.set_extension(Rc::new(io::token::Tokens(Rc::new(tokens))));
        if definition.flags.contains(Flag::UnsafeModule) {
            js.set_extension(Rc::new(Everything(host.all_objects())));
        }
        if let Some(outbound) = definition.global_outbound {
            js.set_extension(Rc::new(web::fetch::GlobalOutbound(
                host.subrequest_channel(outbound),
            )));
        }
        let ports = definition.tcp_ports.clone();
        js.set_extension(Rc::new(web::sockets::module::InboundPorts(ports)));
        if let Some(outbound) = definition.cache_outbound {
            js.set_extension(Rc::new(workers::cache::CacheOutbound(
                host.subrequest_channel(outbound),
            )));
        }
        // Code may be made of strings while it runs the same way whenever the Worker starts.
        let now = always || definition.flags.contains(Flag::AllowEvalDuringStartup);
        let _ = jsg::codegen::set(js, now);
        let env = Object::new(js);
        match &definition.code {
            Code::Modules(bundle) => {
                registry.install(js)?;
                crate::env::install(js, env, &definition.bindings, definition, host)?;
                host.extend_env(js, env)?;
                js.set_extension(Rc::new(workers::EnvObject(Global::new(js, env))));
                let main = bundle
                    .modules
                    .first()
                    .ok_or_else(|| jsg::Error::type_error("Main module must be an ES module."))?;
                let namespace = registry.import_main(js, &main.name)?;
                let exports = Object::new(js);
                js.set_extension(Rc::new(workers::ExportsObject(Global::new(js, exports))));
                let entrypoints = handlers::collect(js, namespace)?;
                crate::loopback::install(js, exports, &entrypoints, definition, host, worker);
                Ok(Evaluated {
                    env: Global::new(js, env),
                    exports: Some(Global::new(js, exports)),
                    entrypoints,
                })
            }
            Code::Script(script) => {
                registry.install(js)?;
                let global = js.get_current_context().global(js);
                crate::env::install(js, global, &definition.bindings, definition, host)?;
                let jsg::modules::Content::EsModule(text) = &script.content else {
                    return Err(jsg::Error::Internal("a script that is no text".into()));
                };
                jsg::modules::run_script(js, text, &script.name, Some(&script.code))?;
                Isolate::drain_microtasks(js);
                Ok(Evaluated {
                    env: Global::new(js, env),
                    exports: None,
                    entrypoints: Vec::new(),
                })
            }
        }
    });
    drop(starting);
    let _ = jsg::codegen::set(js, always);
    let is_script = matches!(definition.code, Code::Script(_));
    let has_listener = !is_script || has_listener(js);
    match result {
        Ok(_) if !has_listener => Err(StartError::new(NO_LISTENER)),
        Ok(evaluated) => Ok(evaluated),
        Err(exception) => {
            let mut error = describe_start(js, exception);
            if !has_listener {
                error.consequences.push(NO_LISTENER.into());
            }
            Err(error)
        }
    }
}
