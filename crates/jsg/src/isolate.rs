//! An isolate with its one context, owned by one thread.
//!
//! I1. An isolate is created, entered and dropped on the same thread; `Isolate` is not `Send`. The one
//!     exception is its move from the thread that made it to the one that keeps it ([`Detached`]),
//!     before it has run guest code.
//! I2. Whoever owns an isolate for V8 expects it to be the entered one when it is dropped, and finds
//!     it entered at birth: `new` and `attach` leave it, `drop` enters it again.
//! I3. Any number of isolates of a thread may be entered inside one another, the same one too.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU64, Ordering};

use compat::{Flag, FlagSet};

use crate::class::ClassInfo;
use crate::lock::{Condemned, STATE_SLOT, State};
use crate::{Lock, LockExt, engine};

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// What an isolate is made with.
pub struct IsolateOptions {
    /// The Worker's compatibility flags: they gate members as templates are built.
    pub flags: FlagSet,
    /// The class of the global object.
    pub global: &'static ClassInfo,
    /// Limit of the JavaScript heap in bytes; beyond it the near-heap-limit callback decides. None
    /// for the one that V8 chooses.
    pub heap_limit: Option<usize>,
}

/// Who frees an isolate.
enum Owner {
    /// The thread that made it.
    Maker(ManuallyDrop<v8::OwnedIsolate>),
    /// The thread that it was moved to, which holds V8's lock on it from then on: V8 checks that no
    /// other thread comes in, and finds the right stack when it looks for references.
    Keeper {
        lock: ManuallyDrop<v8::Locker<'static>>,
        isolate: ManuallyDrop<Box<v8::SharedIsolate>>,
    },
}

/// An isolate and its context.
pub struct Isolate {
    owner: Owner,
    raw: v8::UnsafeRawIsolatePtr,
    context: ManuallyDrop<v8::Global<v8::Context>>,
    state: ManuallyDrop<Box<State>>,
    depth: Cell<u32>,
    id: u64,
}

impl Isolate {
    /// Creates an isolate and its context; nothing of it runs guest code.
    pub fn new(options: IsolateOptions) -> Self {
        engine::start();
        // The heap of Rust objects is the one that V8 makes by itself: an isolate with a heap of the
        // embedder's cannot move. What it may do on other threads is a matter of flags (R2, refs.rs).
        let params = v8::CreateParams::default();
        let params = match options.heap_limit {
            Some(limit) => params.heap_limits(0, limit),
            None => params,
        };
        let params = crate::buffers::set_allocator(params);
        let params = match engine::stack_limit() {
            // SAFETY: the address lies in the stack of this thread, on which alone the isolate runs
            // (I1), with room below it.
            Some(limit) => unsafe { params.set_stack_limit(limit as *mut u32) },
            None => params,
        };
        let mut inner = v8::Isolate::new(params);
        inner.set_microtasks_policy(v8::MicrotasksPolicy::Explicit);
        crate::codegen::install_hooks(&mut inner);
        crate::modules::install_hooks(&mut inner);
        inner.set_capture_stack_trace_for_uncaught_exceptions(true, 10);
        let state = Box::new(State::new(options.flags, options.heap_limit));
        inner.set_data(
            STATE_SLOT,
            std::ptr::from_ref::<State>(&state).cast_mut().cast(),
        );
        let _ = state.handle.set(inner.thread_safe_handle());
        // SAFETY: only used while the isolate lives.
        state.raw.set(unsafe { inner.as_raw_isolate_ptr() });
        inner.add_near_heap_limit_callback(
            near_heap_limit,
            std::ptr::from_ref::<State>(&state).cast_mut().cast(),
        );
        let context = {
            v8::scope!(let scope, &mut inner);
            context(scope, options.global)
        };
        // SAFETY: I2: entered by its creation, and left exactly once here.
        unsafe { inner.exit() };
        Self {
            // SAFETY: only used while `owner` lives.
            raw: unsafe { inner.as_raw_isolate_ptr() },
            owner: Owner::Maker(ManuallyDrop::new(inner)),
            context: ManuallyDrop::new(context),
            state: ManuallyDrop::new(state),
            depth: Cell::new(0),
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Runs `body` inside the isolate and its context.
    pub fn enter<R>(&self, body: impl for<'s, 'i> FnOnce(&mut Lock<'s, 'i>) -> R) -> R {
        struct Exit<'a>(&'a Isolate);
        impl Drop for Exit<'_> {
            fn drop(&mut self) {
                self.0.depth.set(self.0.depth.get() - 1);
                // SAFETY: the matching `enter` is in the function that holds this guard.
                unsafe { self.0.engine().exit() };
            }
        }
        // SAFETY: I1: this is the isolate's thread.
        unsafe { self.engine().enter() };
        self.depth.set(self.depth.get() + 1);
        let _exit = Exit(self);
        // SAFETY: the pointer is that of a live isolate (`self` is borrowed); `v8::Isolate` is a
        // handle by value, so nested entries do not alias a `&mut`.
        let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(self.raw) };
        v8::scope!(let scope, &mut isolate);
        let context = v8::Local::new(scope, &*self.context);
        let mut scope = v8::ContextScope::new(scope, context);
        body(&mut scope)
    }

    fn engine(&self) -> &v8::Isolate {
        // SAFETY: `raw` is the isolate that `owner` keeps alive.
        unsafe { v8::Isolate::ref_from_raw_isolate_ptr(&self.raw) }
    }

    /// Drains the microtask queue. The caller is inside [`enter`](Self::enter).
    pub fn drain_microtasks(js: &mut Lock<'_, '_>) {
        // The last microtask leaves its own frame, or none.
        let frame = crate::async_context::current(js);
        js.perform_microtask_checkpoint();
        crate::rejections::after_microtasks(js);
        js.set_continuation_preserved_embedder_data(frame);
    }

    /// A number that no other isolate of the process has had; never 0.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Whether some frame of this thread is inside the isolate.
    pub fn is_entered(&self) -> bool {
        self.depth.get() > 0
    }

    /// A handle for other threads: terminate, interrupt.
    pub fn thread_safe_handle(&self) -> v8::IsolateHandle {
        self.engine().thread_safe_handle()
    }

    /// Runs tasks that V8 has posted for this isolate's thread.
    pub fn pump(&self) {
        self.enter(|js| engine::pump(js));
    }

    /// Whether a compatibility flag is on for its Worker.
    pub fn has_flag(&self, flag: Flag) -> bool {
        self.state.flags.contains(flag)
    }

    /// Whether a callback has panicked in this isolate; its Rust state is then suspect.
    pub fn is_poisoned(&self) -> bool {
        self.state.poisoned.get()
    }
}

impl Isolate {
    /// Forbids guest code in this isolate from now on; whoever owns it replaces it.
    pub fn condemn(&self, reason: Condemned) {
        self.state.condemned.set(Some(reason));
    }

    /// Why the isolate must not run guest code any more, if it must not.
    pub fn condemned(&self) -> Option<Condemned> {
        self.state.condemned.get()
    }
}

/// What a full heap gets on top, so that the termination finds room to unwind.
const HEAP_SLACK: usize = 16 << 20;

/// Called by V8 when a collection has left the heap at its limit. Returning more than `current` keeps
/// V8 from aborting the process; the termination ends the script that filled the heap.
unsafe extern "C" fn near_heap_limit(
    data: *mut std::ffi::c_void,
    current: usize,
    _initial: usize,
) -> usize {
    // SAFETY: J2: `data` is this isolate's state, which lives as long as the isolate; V8 calls this on
    // the isolate's thread.
    let state = unsafe { &*data.cast::<State>() };
    // SAFETY: V8 calls this from inside the isolate; the handle to it is one by value.
    let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(state.raw.get()) };
    let statistics = isolate.get_heap_statistics();
    // V8 comes here, too, when a single buffer is too large for anybody.
    if statistics.used_heap_size() + statistics.external_memory() < current / 2 {
        return current;
    }
    state.condemned.set(Some(Condemned::Memory));
    if let Some(handle) = state.handle.get() {
        handle.terminate_execution();
    }
    current + HEAP_SLACK
}

impl Drop for Isolate {
    fn drop(&mut self) {
        debug_assert!(!self.is_entered(), "an isolate is dropped while it runs");
        // SAFETY: I2: entered for its destruction, which leaves it.
        unsafe { self.engine().enter() };
        // What the layers above keep may hold roots: it goes while the isolate can free them.
        self.state.modules.borrow_mut().take();
        self.state.rejections.borrow_mut().take();
        self.state.extensions.borrow_mut().clear();
        self.state.executor.borrow_mut().take();
        // SAFETY: each is dropped exactly once, here; the state goes last since destructors of
        // collected objects run while the isolate is torn down. The lock goes before what it locks.
        unsafe {
            ManuallyDrop::drop(&mut self.context);
            match &mut self.owner {
                Owner::Maker(isolate) => ManuallyDrop::drop(isolate),
                Owner::Keeper { lock, isolate } => {
                    ManuallyDrop::drop(lock);
                    ManuallyDrop::drop(isolate);
                }
            }
            ManuallyDrop::drop(&mut self.state);
        }
    }
}

/// An isolate on its way from the thread that made it to the one that will keep it.
pub struct Detached {
    isolate: Option<(Box<v8::SharedIsolate>, Parts)>,
}

/// What belongs to an isolate besides V8's own part.
struct Parts {
    context: ManuallyDrop<v8::Global<v8::Context>>,
    state: ManuallyDrop<Box<State>>,
    raw: v8::UnsafeRawIsolatePtr,
    id: u64,
}

// SAFETY: I1: between `detach` and `attach` nobody is inside the isolate, and all that is reached from
// it (its state, the Rust values of its heap) is reached from nowhere else: it has run no guest code,
// and this crate and those above keep nothing of an isolate in thread-local storage.
unsafe impl Send for Detached {}

impl Isolate {
    /// Prepares a fresh isolate, which has run no guest code, for its move to another thread.
    ///
    /// # Panics
    ///
    /// Panics if something in the isolate belongs to the thread (V8's weak handles), and if another
    /// isolate is entered.
    pub fn detach(self) -> Detached {
        let this = ManuallyDrop::new(self);
        let Owner::Maker(isolate) = &this.owner else {
            panic!("an isolate moves only once");
        };
        // SAFETY: `this` is forgotten: each part is moved out once. V8 wants the isolate entered, and
        // the conversion leaves it; nobody else has a handle to it yet (I1).
        let (shared, parts) = unsafe {
            let isolate = std::ptr::read(isolate);
            isolate.enter();
            let shared = ManuallyDrop::into_inner(isolate)
                .try_into_shared()
                .expect("a fresh isolate can move");
            let parts = Parts {
                context: std::ptr::read(&this.context),
                state: std::ptr::read(&this.state),
                raw: this.raw,
                id: this.id,
            };
            (Box::new(shared), parts)
        };
        Detached {
            isolate: Some((shared, parts)),
        }
    }
}

impl Detached {
    /// Makes this thread the isolate's for good. Nothing may be inside an isolate on this thread.
    pub fn attach(mut self) -> Isolate {
        let (isolate, parts) = self.isolate.take().expect("there until it is attached");
        keep(isolate, parts)
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        if let Some((isolate, parts)) = self.isolate.take() {
            drop(keep(isolate, parts));
        }
    }
}

fn keep(isolate: Box<v8::SharedIsolate>, parts: Parts) -> Isolate {
    let lock = isolate.lock();
    // SAFETY: the lock borrows the box's content, which stays in place and goes after the lock (`Drop`);
    // I2: the lock has entered the isolate, and is left here.
    let lock = unsafe {
        lock.exit();
        std::mem::transmute::<v8::Locker<'_>, v8::Locker<'static>>(lock)
    };
    engine::share_thread_stack(parts.raw);
    Isolate {
        owner: Owner::Keeper {
            lock: ManuallyDrop::new(lock),
            isolate: ManuallyDrop::new(isolate),
        },
        raw: parts.raw,
        context: parts.context,
        state: parts.state,
        depth: Cell::new(0),
        id: parts.id,
    }
}

/// V8 defines Temporal for all contexts of the process, or for none ([`EngineOptions`](crate::engine::EngineOptions)).
fn remove_temporal<'s>(js: &Lock<'s, '_>, global: v8::Local<'s, v8::Object>) {
    let temporal = crate::intern(js, "Temporal");
    global.delete(js, temporal.into());
    let mut owner = global;
    for name in ["Date", "prototype"] {
        let name = crate::intern(js, name);
        let value = owner.get(js, name.into());
        let Some(value) = value.and_then(|value| value.to_object(js)) else {
            return;
        };
        owner = value;
    }
    let conversion = crate::intern(js, "toTemporalInstant");
    owner.delete(js, conversion.into());
}

fn context(
    scope: &mut v8::PinScope<'_, '_, ()>,
    global: &'static ClassInfo,
) -> v8::Global<v8::Context> {
    let template = {
        // SAFETY: the two scope types differ in a phantom parameter only, which says whether a
        // context is entered; templates are built without one (`define` of a global class installs
        // no hook that needs the context).
        let scope: &mut Lock<'_, '_> = unsafe { std::mem::transmute(&mut *scope) };
        crate::class::function_template(scope, global).instance_template(scope)
    };
    let context = v8::Context::new(
        scope,
        v8::ContextOptions {
            global_template: Some(template),
            ..Default::default()
        },
    );
    context.set_allow_generation_from_strings(false);
    {
        let mut scope = v8::ContextScope::new(scope, context);
        let global = context.global(&scope);
        crate::buffers::reserve(&mut scope, global);
        if let Some(weak_refs) = crate::refs::WeakRefIntrinsics::of(&scope, global) {
            let _ = scope.state().weak_refs.set(weak_refs);
        }
        if !scope.flag(Flag::EnableWeakRef) {
            for name in ["WeakRef", "FinalizationRegistry"] {
                let name = crate::intern(&scope, name);
                global.delete(&scope, name.into());
            }
        }
        if !scope.flag(Flag::Temporal) {
            remove_temporal(&scope, global);
        }
        if crate::wasm::install(&mut scope, global).is_err() {
            tracing::error!("WebAssembly could not be set up");
        }
        let prototypes = crate::clone::error_prototypes(&mut scope);
        let _ = scope.state().error_prototypes.set(prototypes);
    }
    v8::Global::new(scope, context)
}
