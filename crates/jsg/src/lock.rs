//! The lock: proof that this thread is inside an isolate, and the way to reach its state.
//!
//! J1. A `Lock` exists only inside [`Isolate::enter`](crate::Isolate::enter) or a callback from V8,
//!     both of which run on the isolate's one thread; it is neither `Send` nor storable.
//! J2. [`State`] is boxed by the isolate and outlives every `Lock` of it, so references to it may
//!     live for `'s`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use compat::{Flag, FlagSet};

use crate::Error;
use crate::class::Templates;
use crate::promise::Executor;

/// The scope through which everything in V8 is reached. `'s` is the life of handles made with it.
///
/// By convention the first parameter of every function that touches the engine, and called `js`.
pub type Lock<'s, 'i> = v8::PinScope<'s, 'i>;

/// Where an isolate keeps its pointer to [`State`].
pub(crate) const STATE_SLOT: u32 = 0;

/// What the binding layer knows of one isolate.
pub struct State {
    pub(crate) flags: FlagSet,
    pub(crate) heap_limit: Option<usize>,
    pub(crate) templates: Templates,
    /// Who runs the futures behind promises; none at global scope.
    pub(crate) executor: RefCell<Option<Rc<dyn Executor>>>,
    pub(crate) symbols: crate::symbols::Symbols,
    pub(crate) names: crate::names::Tables,
    pub(crate) modules: RefCell<Option<Rc<crate::modules::Registry>>>,
    /// Typed data of the layers above, one value a type.
    pub(crate) extensions: RefCell<Vec<Rc<dyn std::any::Any>>>,
    pub(crate) rejections: RefCell<Option<Rc<dyn crate::rejections::Tracker>>>,
    pub(crate) poisoned: Cell<bool>,
    pub(crate) condemned: Cell<Option<Condemned>>,
    /// Set once, right after the isolate's creation.
    pub(crate) handle: std::cell::OnceCell<v8::IsolateHandle>,
    /// The isolate that this is the state of.
    pub(crate) raw: Cell<v8::UnsafeRawIsolatePtr>,
    /// Whether code may be made from strings and WebAssembly bytes (see [`crate::codegen`]).
    pub(crate) codegen: Cell<bool>,
    /// The classes whose objects can be cloned (see [`crate::clone`]).
    pub(crate) cloneable: RefCell<Vec<crate::clone::Registered>>,
    pub(crate) weak_refs: std::cell::OnceCell<crate::refs::WeakRefIntrinsics>,
    /// Prototypes of error classes, from before any guest code.
    pub(crate) error_prototypes: std::cell::OnceCell<Vec<Option<v8::Global<v8::Object>>>>,
}

/// Why an isolate must not run guest code any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condemned {
    /// Its heap reached the limit; it has been given a little more to unwind in.
    Memory,
    /// One stretch of guest code took longer than it may.
    Time,
    /// Its own code has asked for it.
    Guest,
}

impl State {
    pub(crate) fn new(flags: FlagSet, heap_limit: Option<usize>) -> Self {
        Self {
            flags,
            heap_limit,
            templates: Templates::default(),
            executor: RefCell::new(None),
            symbols: crate::symbols::Symbols::default(),
            names: crate::names::Tables::default(),
            modules: RefCell::new(None),
            extensions: RefCell::new(Vec::new()),
            rejections: RefCell::new(None),
            poisoned: Cell::new(false),
            condemned: Cell::new(None),
            raw: Cell::new(v8::UnsafeRawIsolatePtr::null()),
            handle: std::cell::OnceCell::new(),
            codegen: Cell::new(false),
            cloneable: RefCell::new(Vec::new()),
            weak_refs: std::cell::OnceCell::new(),
            error_prototypes: std::cell::OnceCell::new(),
        }
    }

    pub(crate) fn extension<T: 'static>(&self) -> Option<Rc<T>> {
        let all = self.extensions.borrow();
        all.iter()
            .find_map(|value| Rc::clone(value).downcast::<T>().ok())
    }
}

/// What every function with a lock can do besides calling V8.
pub trait LockExt<'s> {
    /// The isolate's state.
    fn state(&self) -> &'s State;

    /// Whether a compatibility flag is on for this Worker.
    fn flag(&self, flag: Flag) -> bool {
        self.state().flags.contains(flag)
    }

    /// The limit that this isolate's heap was given, in bytes.
    fn heap_limit(&self) -> Option<usize> {
        self.state().heap_limit
    }

    /// Forbids guest code in this isolate from now on; whoever owns it replaces it.
    fn condemn(&self, reason: Condemned) {
        self.state().condemned.set(Some(reason));
    }

    /// All compatibility flags of this Worker.
    fn flags(&self) -> &'s FlagSet {
        &self.state().flags
    }

    /// Stores a value of the layers above; replaces the one of the same type.
    fn set_extension<T: 'static>(&self, value: Rc<T>) {
        let mut all = self.state().extensions.borrow_mut();
        all.retain(|other| !other.is::<T>());
        all.push(value);
    }

    /// The value that [`set_extension`](Self::set_extension) stored.
    fn extension<T: 'static>(&self) -> Option<Rc<T>> {
        self.state().extension()
    }

    /// Installs who runs futures from now on, and returns who did before.
    fn set_executor(&self, executor: Option<Rc<dyn Executor>>) -> Option<Rc<dyn Executor>> {
        self.state().executor.replace(executor)
    }

    /// Who runs futures now.
    fn executor(&self) -> Option<Rc<dyn Executor>> {
        self.state().executor.borrow().clone()
    }
}

impl<'s> LockExt<'s> for Lock<'s, '_> {
    #[inline]
    fn state(&self) -> &'s State {
        let state = self.get_data(STATE_SLOT).cast::<State>();
        debug_assert!(!state.is_null());
        // SAFETY: J2, and `Isolate::new` stored the pointer before any lock existed.
        unsafe { &*state }
    }
}

/// Ends the guest code that runs, at once: the error is for its caller in native code, to be passed on.
pub fn terminate(js: &mut Lock<'_, '_>) -> Error {
    js.terminate_execution();
    // V8 looks at the request when it next enters a function; without one, the statements that follow would still run.
    match crate::modules::run_script(js, "0", "terminate.js", None) {
        Ok(_) => Error::Pending,
        Err(error) => error,
    }
}
