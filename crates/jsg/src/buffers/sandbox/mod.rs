//! Buffers inside the V8 sandbox, where no ordinary allocator has memory.
//!
//! V8's own allocator for them takes a lock for the whole process, clears each buffer under it, and
//! gives memory back to the system as soon as two megabytes lie together, so that buffers cost page
//! faults after each collection. This one keeps its books outside of the sandbox ([`pool`]) and gives
//! back what has not been used for a second or two ([`trim`]).
//!
//! B1. The reservation is made once, by the first isolate, and stays for the life of the process.
//! B2. A block belongs to whoever has allocated it until it is freed: the pool never hands out two
//!     that overlap, and never one outside of what `commit` has made accessible.
//! B3. What V8 gets is zero, unless it asks for memory that it overwrites itself, or the caller of
//!     [`with_block`] does.

mod pool;
mod slab;
mod trim;

use std::cell::Cell;
use std::ffi::c_void;
use std::mem;
use std::ops::Range;
use std::ptr::{NonNull, null_mut};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use rustix::mm::{Advice, MprotectFlags, madvise, mprotect};

use pool::Pool;
use slab::CHUNK;
use trim::Trimmer;

static MEMORY: OnceLock<Memory> = OnceLock::new();

/// Address space to ask for, in GiB: the first that the system grants counts.
const RESERVATIONS: [usize; 5] = [16, 8, 4, 2, 1];

/// The reservation.
struct Memory {
    base: NonNull<u8>,
    state: Mutex<State>,
    wake: Condvar,
}

struct State {
    pool: Pool,
    trimmer: Trimmer,
}

// SAFETY: the pointer is that of memory that stays for ever (B1), and who may touch which part of it
// is decided under the lock (B2).
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    fn new(base: NonNull<u8>, length: usize) -> Self {
        Self {
            base,
            state: Mutex::new(State {
                pool: Pool::new(length),
                trimmer: Trimmer::None,
            }),
            wake: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at(&self, offset: usize) -> NonNull<u8> {
        // SAFETY: every offset is one inside the reservation (B2).
        unsafe { self.base.add(offset) }
    }

    fn allocate(&self, length: usize, zero: bool) -> Option<NonNull<u8>> {
        let block = self
            .lock()
            .pool
            .allocate(length, |range| self.commit(&range))?;
        if zero && !block.dirty.is_empty() {
            // SAFETY: part of the block, which is accessible and nobody else's (B2).
            unsafe { self.at(block.dirty.start).write_bytes(0, block.dirty.len()) };
        }
        Some(self.at(block.offset))
    }

    /// Takes back what [`allocate`](Self::allocate) has given.
    fn free(&'static self, block: NonNull<u8>, length: usize) {
        let offset = block.addr().get() - self.base.addr().get();
        let mut state = self.lock();
        let leaving = state.pool.free(offset, length);
        let trim = state.pool.is_dirty() && state.trimmer != Trimmer::Awake;
        let trimmer = trim.then(|| mem::replace(&mut state.trimmer, Trimmer::Awake));
        drop(state);
        if let Some(trimmer) = trimmer {
            trim::wake(self, trimmer);
        }
        if let Some(range) = leaving {
            self.give_back(&range);
            self.lock().pool.returned(&range);
        }
    }

    fn commit(&self, range: &Range<usize>) -> bool {
        let flags = MprotectFlags::READ | MprotectFlags::WRITE;
        // SAFETY: part of the reservation that nobody has touched yet.
        unsafe { mprotect(self.at(range.start).as_ptr().cast(), range.len(), flags) }.is_ok()
    }

    /// Gives memory that belongs to nobody back to the system. It holds zeroes afterwards.
    fn give_back(&self, range: &Range<usize>) {
        let start = self.at(range.start);
        // SAFETY: whole pages of the reservation that belong to nobody: the pool marks them so.
        let given = unsafe { madvise(start.as_ptr().cast(), range.len(), Advice::LinuxDontNeed) };
        if given.is_err() {
            // SAFETY: as above. The pool takes it for zero from now on.
            unsafe { start.write_bytes(0, range.len()) };
        }
    }
}

/// Makes the reservation if nobody has: V8 keeps a resizable buffer's whole maximum for it, inside the
/// sandbox, and leaves all but the first page alone.
///
/// `global` is that of a fresh context, of which no script has changed the built-ins.
pub fn reserve(scope: &mut v8::PinScope<'_, '_>, global: v8::Local<'_, v8::Object>) {
    MEMORY.get_or_init(|| {
        RESERVATIONS
            .iter()
            .find_map(|size| reservation(scope, global, size << 30))
            .expect("V8's sandbox has room for buffers")
    });
}

fn reservation(
    scope: &mut v8::PinScope<'_, '_>,
    global: v8::Local<'_, v8::Object>,
    length: usize,
) -> Option<Memory> {
    v8::tc_scope!(let scope, scope);
    let name = crate::intern(scope, "ArrayBuffer");
    let constructor = global.get(scope, name.into())?;
    let constructor = v8::Local::<v8::Function>::try_from(constructor).ok()?;
    let options = v8::Object::new(scope);
    let name = crate::intern(scope, "maxByteLength");
    let maximum = v8::Number::new(scope, length as f64);
    options.set(scope, name.into(), maximum.into())?;
    let initial = v8::Integer::new(scope, 1);
    let buffer = constructor.new_instance(scope, &[initial.into(), options.into()])?;
    let buffer = v8::Local::<v8::ArrayBuffer>::try_from(buffer).ok()?;
    let store = buffer.get_backing_store();
    let base = store.data()?.cast::<u8>();
    // B1.
    mem::forget(store);
    let skip = base.addr().get().wrapping_neg() % CHUNK;
    // SAFETY: less than a chunk into a reservation of many; the page that the buffer itself has is
    // accessible already and all zeroes.
    let base = unsafe { base.add(skip) };
    Some(Memory::new(base, length - skip))
}

/// Lets the buffers of a new isolate come from here.
pub fn set_allocator(params: v8::CreateParams) -> v8::CreateParams {
    // SAFETY: the handle is not used, and the functions keep to what V8 expects of them.
    params.array_buffer_allocator(unsafe { new_rust_allocator(null_mut(), &VTABLE) })
}

/// The memory for the buffer of `length` bytes that `make` makes, which is not cleared. `None`
/// without a call when there is no room.
pub fn with_block<R>(length: usize, make: impl FnOnce() -> R) -> Option<R> {
    let memory = MEMORY.get()?;
    let block = memory.allocate(length, false)?;
    READY.set(Some((block, length)));
    let made = make();
    if let Some((block, length)) = READY.take() {
        // Not asked for.
        memory.free(block, length);
    }
    Some(made)
}

thread_local! {
    /// What [`with_block`] has allocated for the buffer that is being made.
    static READY: Cell<Option<(NonNull<u8>, usize)>> = const { Cell::new(None) };
}

/// As `v8::RustAllocatorVtable`, which the crate declares for builds without the sandbox only.
#[repr(C)]
struct Vtable {
    allocate: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void,
    allocate_uninitialized: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void, *mut c_void, usize),
    drop: unsafe extern "C" fn(*mut c_void),
}

static VTABLE: Vtable = Vtable {
    allocate,
    allocate_uninitialized,
    free,
    drop: nothing,
};

unsafe extern "C" {
    #[link_name = "v8__ArrayBuffer__Allocator__NewRustAllocator"]
    fn new_rust_allocator(
        handle: *mut c_void,
        vtable: *const Vtable,
    ) -> v8::UniqueRef<v8::Allocator>;
}

unsafe extern "C" fn allocate(_: *mut c_void, length: usize) -> *mut c_void {
    match READY.take() {
        Some((block, ready)) if ready == length => block.as_ptr().cast(),
        other => {
            READY.set(other);
            give(length, true)
        }
    }
}

unsafe extern "C" fn allocate_uninitialized(_: *mut c_void, length: usize) -> *mut c_void {
    give(length, false)
}

/// V8 collects and tries again when there is nothing.
fn give(length: usize, zero: bool) -> *mut c_void {
    let memory = MEMORY.get();
    memory
        .and_then(|memory| memory.allocate(length.max(1), zero))
        .map_or(null_mut(), |block| block.as_ptr().cast())
}

unsafe extern "C" fn free(_: *mut c_void, block: *mut c_void, length: usize) {
    if let (Some(memory), Some(block)) = (MEMORY.get(), NonNull::new(block)) {
        memory.free(block.cast(), length.max(1));
    }
}

unsafe extern "C" fn nothing(_: *mut c_void) {}
