//! Dynamic Workers: code that a Worker has at run time, as a Worker of its own.
//!
//! What makes them is behind [`Loader`]. A Worker with a name is made once: whoever asks for the name again gets the
//! same one. Its code comes from a callback, which may take its time: until then calls wait ([`later`]).

mod code;
pub mod later;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use futures::channel::oneshot;
use io::carried::{ActorClass, Carried};
use io::{ChannelError, IoContext, IoOwn, SubrequestChannel};
use jsg::convert::set_member as set;
use jsg::js::{Function, Global, Local, Object, Value};
use jsg::modules::Source;
use jsg::promise::Continuation;
use jsg::{Call, Error, FromJs, Handle, Lock, Nullable, Result, Untraced};
use web::fetch::Fetcher;

use crate::durable_object::DurableObjectClass;
use code::WorkerCode;
use later::Later;

/// Why a dynamic Worker's entry point stays where it is.
pub const NOT_SENDABLE: &str = "Entrypoints to dynamically-loaded workers cannot be transferred to other Workers, \
    because the system does not know how to reload this Worker from scratch. Instead, have the parent Worker expose an \
    entrypoint which constructs the dynamic worker and forwards to it.";

/// What a Worker is made of.
pub struct Code {
    pub date: String,
    pub flags: Vec<String>,
    pub allow_experimental: bool,
    /// The main one first.
    pub modules: Vec<Source>,
    pub env: Option<Carried>,
    pub outbound: Outbound,
    pub tails: Vec<Rc<dyn SubrequestChannel>>,
    pub streaming_tails: Vec<Rc<dyn SubrequestChannel>>,
}

/// Where global `fetch()` of a Worker goes.
pub enum Outbound {
    /// Where that of the loading Worker goes.
    Inherited,
    Nowhere,
    Service(Rc<dyn SubrequestChannel>),
}

/// Makes Workers.
pub trait Loader {
    /// # Errors
    /// The date or the flags are none. That the code is wrong shows when it starts.
    fn load(&self, code: Code) -> Result<Rc<dyn Loaded>>;

    /// The Workers that have names.
    fn named(&self) -> &NamedWorkers;
}

/// A Worker that was made, or that will be.
pub trait Loaded {
    /// Whether it has ended itself: who asks for it anew gets another one.
    fn has_ended(&self) -> bool;

    /// An entry point, by default the default one.
    fn entrypoint(&self, name: Option<&str>, props: Option<Carried>) -> Rc<dyn SubrequestChannel>;

    /// A Durable Object class, by default the default export.
    fn class(&self, name: Option<&str>, props: Option<Carried>) -> Rc<dyn ActorClass>;
}

/// Workers by name.
#[derive(Default)]
pub struct NamedWorkers(RefCell<HashMap<String, Rc<dyn Loaded>>>);

impl NamedWorkers {
    fn get(&self, name: &str) -> Option<Rc<dyn Loaded>> {
        self.0.borrow().get(name).cloned()
    }

    fn keep(&self, name: String, worker: Rc<dyn Loaded>) {
        let old = self.0.borrow_mut().insert(name, worker);
        drop(old);
    }

    fn forget(&self, name: &str) {
        let old = self.0.borrow_mut().remove(name);
        drop(old);
    }

    /// Lets go of all.
    pub fn clear(&self) {
        let all = self.0.take();
        drop(all);
    }
}

/// What the binding is.
#[jsg::class]
pub struct WorkerLoader {
    loader: Untraced<Rc<dyn Loader>>, // holds nothing of the heap
}

impl WorkerLoader {
    pub fn create<'s>(js: &mut Lock<'s, '_>, loader: Rc<dyn Loader>) -> Local<'s, Object> {
        let loader = Untraced(loader);
        Handle::new(js, Self { loader }).object()
    }
}

#[jsg::methods]
impl WorkerLoader {
    #[jsg(method, length = 2)]
    fn get<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        call: &Call<'s>,
        name: Nullable<String>,
    ) -> Result<Handle<'s, WorkerStub>> {
        if call.is_empty() {
            return Err(call.member().argument_error(0, "string"));
        }
        let get_code = Local::<Function>::try_from(call.value(1))
            .map_err(|_| call.member().argument_error(1, "function"))?;
        let context = IoContext::current(js)?;
        if let Some(name) = &name.0
            && let Some(worker) = self.loader.named().get(name)
            && !worker.has_ended()
        {
            return Ok(WorkerStub::create(js, &context, worker));
        }
        let (sender, receiver) = oneshot::channel();
        let worker: Rc<dyn Loaded> =
            Rc::new(Later::new(receiver, self.loader.0.clone(), name.0.clone()));
        if let Some(name) = name.0 {
            self.loader.named().keep(name, worker.clone());
        }
        let asking = Asking {
            loader: self.loader.0.clone(),
            // The event owns it: when it ends without code, those who wait hear of it.
            sender: Rc::new(context.own("", RefCell::new(Some(sender)))),
        };
        let get_code = Global::new(js, get_code);
        context.add_task_then(async move {
            let ask: Continuation = Box::new(move |js| asking.ask(js, get_code));
            ask
        });
        Ok(WorkerStub::create(js, &context, worker))
    }

    #[jsg(method)]
    fn load<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        code: WorkerCode<'s>,
    ) -> Result<Handle<'s, WorkerStub>> {
        let context = IoContext::current(js)?;
        let code = code.extract(js)?;
        let worker = self.loader.load(code)?;
        Ok(WorkerStub::create(js, &context, worker))
    }
}

type Answer = Result<Rc<dyn Loaded>, ChannelError>;

/// A callback that is asked for code.
#[derive(Clone)]
struct Asking {
    loader: Rc<dyn Loader>,
    sender: Rc<IoOwn<RefCell<Option<oneshot::Sender<Answer>>>>>,
}

impl Asking {
    fn ask(self, js: &mut Lock<'_, '_>, get_code: Global<Function>) {
        let (done, failed) = (self.clone(), self.clone());
        let asked = jsg::promise::try_catch(js, |js| {
            let get_code = Local::new(js, get_code);
            let receiver = jsg::js::undefined(js).into();
            let value = get_code.call(js, receiver, &[]).ok_or(Error::Pending)?;
            let promise = jsg::promise::of(js, value);
            jsg::promise::observe(
                js,
                promise,
                move |js, code| {
                    done.make(js, code);
                    Ok(())
                },
                move |js, reason| {
                    failed.fail(js, reason);
                    Ok(())
                },
            )
        });
        if let Err(exception) = asked {
            self.fail(js, exception);
        }
    }

    fn make<'s>(&self, js: &mut Lock<'s, '_>, code: Local<'s, Value>) {
        let made = jsg::promise::try_catch(js, |js| {
            if !code.is_object() && !code.is_null_or_undefined() {
                return Err(Error::type_error(
                    "Callback returned incorrect type; expected 'Promise'",
                ));
            }
            let code = WorkerCode::from_js(js, code)?.extract(js)?;
            self.loader.load(code)
        });
        match made {
            Ok(worker) => self.send(js, Ok(worker)),
            Err(exception) => self.fail(js, exception),
        }
    }

    fn fail<'s>(&self, js: &mut Lock<'s, '_>, exception: Local<'s, Value>) {
        // It was thrown here, for whoever calls the Worker.
        let error = io::exception::to_remote(js, exception).not_remote();
        self.send(js, Err(error));
    }

    fn send(&self, js: &Lock<'_, '_>, answer: Answer) {
        if let Ok(slot) = self.sender.get(js)
            && let Some(sender) = slot.take()
        {
            // Nobody waits: nobody has to know.
            let _ = sender.send(answer);
        }
    }
}

/// A dynamic Worker.
#[jsg::class]
pub struct WorkerStub {
    worker: Untraced<IoOwn<Rc<dyn Loaded>>>, // of the event, not of the heap
}

#[derive(jsg::Dictionary)]
struct EntrypointOptions<'s> {
    props: Option<Local<'s, Object>>,
    #[expect(dead_code, reason = "its type is checked")]
    limits: Option<code::ResourceLimits>,
}

impl WorkerStub {
    fn create<'s>(
        js: &mut Lock<'s, '_>,
        context: &Rc<IoContext>,
        worker: Rc<dyn Loaded>,
    ) -> Handle<'s, Self> {
        let worker = Untraced(context.own("WorkerStubChannel", worker));
        Handle::new(js, Self { worker })
    }
}

#[jsg::methods]
impl WorkerStub {
    #[jsg(method)]
    fn get_entrypoint<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: Option<Nullable<String>>,
        options: Option<EntrypointOptions<'s>>,
    ) -> Result<Handle<'s, Fetcher>> {
        let props = props_of(js, options)?;
        let name = name.and_then(|name| name.0);
        let name = name.as_deref().filter(|name| *name != "default");
        let worker = self.worker.get(js)?;
        let channel = worker.entrypoint(name, props);
        Ok(Fetcher::create(js, channel))
    }

    #[jsg(method)]
    fn get_durable_object_class<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        name: Option<Nullable<String>>,
        options: Option<EntrypointOptions<'s>>,
    ) -> Result<Handle<'s, DurableObjectClass>> {
        let props = props_of(js, options)?;
        let name = name.and_then(|name| name.0);
        let class = self.worker.get(js)?.class(name.as_deref(), props);
        Ok(DurableObjectClass::create(js, class))
    }
}

fn props_of<'s>(
    js: &mut Lock<'s, '_>,
    options: Option<EntrypointOptions<'s>>,
) -> Result<Option<Carried>> {
    let props = options.and_then(|options| options.props);
    props
        .map(|props| crate::carried::write(js, props.into()))
        .transpose()
}

/// Puts the properties of an environment on `target`.
///
/// # Errors
/// A value cannot be made.
pub fn install_env<'s>(
    js: &mut Lock<'s, '_>,
    env: &Carried,
    target: Local<'s, Object>,
) -> Result<()> {
    let env = env.read(js)?;
    match Local::<Object>::try_from(env) {
        Ok(env) => install_members(js, target, env),
        Err(_) => Ok(()),
    }
}

fn install_members<'s>(
    js: &mut Lock<'s, '_>,
    target: Local<'s, Object>,
    source: Local<'s, Object>,
) -> Result<()> {
    let names = source
        .get_own_property_names(js, Default::default())
        .ok_or(Error::Pending)?;
    for index in 0..names.length() {
        let name = names.get_index(js, index).ok_or(Error::Pending)?;
        let value = source.get(js, name).ok_or(Error::Pending)?;
        let name = name.to_rust_string_lossy(js);
        set(js, target, &name, value)?;
    }
    Ok(())
}
