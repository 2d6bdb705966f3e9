//! An isolate with its one context, owned by one thread.
//!
//! I1. An isolate is created, entered and dropped on the same thread; `Isolate` is not `Send`.
//! I2. `OwnedIsolate` expects to be the entered one when it is dropped, and is entered at birth:
//!     `new` leaves it, `drop` enters it again.
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
    /// Limit of the JavaScript heap in bytes; beyond it the near-heap-limit callback decides.
    pub heap_limit: usize,
}

/// An isolate and its context.
pub struct Isolate {
    inner: ManuallyDrop<v8::OwnedIsolate>,
    context: ManuallyDrop<v8::Global<v8::Context>>,
    state: ManuallyDrop<Box<State>>,
    depth: Cell<u32>,
    id: u64,
}

impl Isolate {
    /// Creates an isolate and its context; nothing of it runs guest code.
    pub fn new(options: IsolateOptions) -> Self {
        let platform = engine::platform();
        let heap = v8::cppgc::Heap::create(
            platform,
            v8::cppgc::HeapCreateParams {
                // R2 (refs.rs): `trace` reads Rust cells, so nothing may mark on another thread.
                marking_support: v8::cppgc::MarkingType::Incremental,
                sweeping_support: v8::cppgc::SweepingType::Incremental,
            },
        );
        let params = v8::CreateParams::default()
            .heap_limits(0, options.heap_limit)
            .cpp_heap(heap);
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
        let state = Box::new(State::new(options.flags));
        inner.set_data(
            STATE_SLOT,
            std::ptr::from_ref::<State>(&state).cast_mut().cast(),
        );
        let _ = state.handle.set(inner.thread_safe_handle());
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
            inner: ManuallyDrop::new(inner),
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
                unsafe { self.0.inner.exit() };
            }
        }
        // SAFETY: I1: this is the isolate's thread.
        unsafe { self.inner.enter() };
        self.depth.set(self.depth.get() + 1);
        let _exit = Exit(self);
        // SAFETY: the pointer is that of a live isolate (`self` is borrowed); `v8::Isolate` is a
        // handle by value, so nested entries do not alias a `&mut`.
        let mut isolate =
            unsafe { v8::Isolate::from_raw_isolate_ptr(self.inner.as_raw_isolate_ptr()) };
        v8::scope!(let scope, &mut isolate);
        let context = v8::Local::new(scope, &*self.context);
        let mut scope = v8::ContextScope::new(scope, context);
        body(&mut scope)
    }

    /// Drains the microtask queue. The caller is inside [`enter`](Self::enter).
    pub fn drain_microtasks(js: &mut Lock<'_, '_>) {
        js.perform_microtask_checkpoint();
        crate::rejections::after_microtasks(js);
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
        self.inner.thread_safe_handle()
    }

    /// Runs tasks that V8 has posted for this isolate's thread.
    pub fn pump(&self) {
        self.enter(|js| engine::pump(js));
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
        unsafe { self.inner.enter() };
        // What the layers above keep may hold roots: it goes while the isolate can free them.
        self.state.modules.borrow_mut().take();
        self.state.rejections.borrow_mut().take();
        self.state.extensions.borrow_mut().clear();
        self.state.executor.borrow_mut().take();
        // SAFETY: each is dropped exactly once, here; the state goes last since destructors of
        // collected objects run while the isolate is torn down.
        unsafe {
            ManuallyDrop::drop(&mut self.context);
            ManuallyDrop::drop(&mut self.inner);
            ManuallyDrop::drop(&mut self.state);
        }
    }
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
        if !scope.flag(Flag::EnableWeakRef) {
            let global = context.global(&scope);
            for name in ["WeakRef", "FinalizationRegistry"] {
                let name = crate::intern(&scope, name);
                global.delete(&scope, name.into());
            }
        }
        let prototypes = crate::clone::error_prototypes(&mut scope);
        let _ = scope.state().error_prototypes.set(prototypes);
    }
    v8::Global::new(scope, context)
}
