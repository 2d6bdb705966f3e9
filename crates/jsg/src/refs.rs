//! References between Rust and the JavaScript heap, and the tracing that keeps them alive.
//!
//! | where | type | strength |
//! | --- | --- | --- |
//! | local variable | `Local`, [`Handle`](crate::Handle) | for the scope |
//! | field of a class | [`Ref`], [`JsRef`] | traced: alive while the owner is, cycles are collected |
//! | field of a class | [`WeakRef`] | does not keep alive |
//! | outside of the JavaScript heap | [`Global`](v8::Global), [`Strong`] | a root: beware of cycles |
//!
//! R1. A traced reference is sound only inside an object that the collector traces; `#[jsg::class]`
//!     derives the tracing, and a field that it cannot trace does not compile.
//! R2. Marking never runs on another thread (`engine::FLAGS` asks for that), so `trace` may read
//!     cells; it only reads.
//! R3. A reference outside of a traced object (taken out of a field) is dropped before its isolate.

use std::cell::{Cell, OnceCell, RefCell};
use std::marker::PhantomData;

use crate::class::{Class, Handle};
use crate::{Lock, LockExt};

/// The collector's visitor.
pub type Visitor = v8::cppgc::Visitor;

/// Types whose references to the JavaScript heap the collector can follow.
///
/// Implemented for everything that holds no such reference, too, so that the derive needs no list.
pub trait Trace {
    fn trace(&self, visitor: &mut Visitor);
}

/// V8's traced reference, let go of as soon as it is dropped.
///
/// Without that V8 takes what it refers to for alive until its next full collection, since only that one traces: what
/// streams by would fill the old generation.
struct Traced<T> {
    inner: v8::TracedReference<T>,
}

impl<T> Traced<T> {
    fn new<'s>(js: &Lock<'s, '_>, value: v8::Local<'s, T>) -> Self {
        Self {
            inner: v8::TracedReference::new(js, value),
        }
    }

    fn get<'s>(&self, js: &Lock<'s, '_>) -> v8::Local<'s, T> {
        self.inner
            .get(js)
            .expect("R1: a traced reference outlives no tracing")
    }
}

impl<T> Drop for Traced<T> {
    fn drop(&mut self) {
        // The collector has let go of what it sweeps, and an isolate on its way out has no references left.
        if !crate::class::wrap::is_collecting() {
            // SAFETY: R3: `inner` is a reference of an isolate that lives; V8 reads the isolate only when there is a value.
            unsafe {
                v8__TracedReference__Reset(
                    (&raw mut self.inner).cast(),
                    std::ptr::null_mut(),
                    std::ptr::null(),
                );
            }
        }
    }
}

unsafe extern "C" {
    /// The engine's own function, which its crate offers only together with a scope.
    fn v8__TracedReference__Reset(
        this: *mut v8::TracedReference<v8::Data>,
        isolate: *mut std::ffi::c_void,
        value: *const v8::Data,
    );
}

/// A traced reference to a JavaScript value.
pub struct JsRef<T> {
    inner: Traced<T>,
}

impl<T> JsRef<T> {
    pub fn new<'s>(js: &Lock<'s, '_>, value: v8::Local<'s, T>) -> Self {
        Self {
            inner: Traced::new(js, value),
        }
    }

    pub fn get<'s>(&self, js: &Lock<'s, '_>) -> v8::Local<'s, T> {
        self.inner.get(js)
    }
}

impl<T> Trace for JsRef<T> {
    fn trace(&self, visitor: &mut Visitor) {
        visitor.trace(&self.inner.inner);
    }
}

/// A traced reference to an object of class `T`.
pub struct Ref<T: Class> {
    inner: Traced<v8::Object>,
    class: PhantomData<T>,
}

impl<T: Class> Ref<T> {
    pub fn new<'s>(js: &Lock<'s, '_>, handle: Handle<'s, T>) -> Self {
        Self {
            inner: Traced::new(js, handle.object()),
            class: PhantomData,
        }
    }

    pub fn get<'s>(&self, js: &Lock<'s, '_>) -> Handle<'s, T> {
        let object = self.inner.get(js);
        Handle::from_object(js, object).expect("a Ref is made of a Handle of the same class")
    }
}

impl<T: Class> Trace for Ref<T> {
    fn trace(&self, visitor: &mut Visitor) {
        visitor.trace(&self.inner.inner);
    }
}

/// A strong reference to an object of class `T`, for holders outside of the JavaScript heap.
pub struct Strong<T: Class> {
    inner: v8::Global<v8::Object>,
    class: PhantomData<T>,
}

impl<T: Class> Strong<T> {
    pub fn new<'s>(js: &Lock<'s, '_>, handle: Handle<'s, T>) -> Self {
        Self {
            inner: v8::Global::new(js, handle.object()),
            class: PhantomData,
        }
    }

    pub fn get<'s>(&self, js: &Lock<'s, '_>) -> Handle<'s, T> {
        Handle::from_object(js, v8::Local::new(js, &self.inner))
            .expect("made of a Handle of the same class")
    }
}

impl<T: Class> Clone for Strong<T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            class: PhantomData,
        }
    }
}

/// A weak reference to an object of class `T`.
///
/// The language's own `WeakRef`, since V8's weak handles tie an isolate to the thread that made it.
/// So the object stays at least until the microtasks are drained after each use.
pub struct WeakRef<T: Class> {
    /// None if the isolate was being terminated when the reference was made.
    inner: Option<JsRef<v8::Object>>,
    class: PhantomData<T>,
}

/// What [`WeakRef`] needs of the language, from before any guest code.
pub(crate) struct WeakRefIntrinsics {
    constructor: v8::Global<v8::Function>,
    deref: v8::Global<v8::Function>,
}

impl WeakRefIntrinsics {
    /// Reads them off the global object of a fresh context.
    pub(crate) fn of<'s>(js: &Lock<'s, '_>, global: v8::Local<'s, v8::Object>) -> Option<Self> {
        let constructor = global.get(js, crate::intern(js, "WeakRef").into())?;
        let constructor = v8::Local::<v8::Function>::try_from(constructor).ok()?;
        let prototype = constructor.get(js, crate::intern(js, "prototype").into())?;
        let deref = prototype
            .to_object(js)?
            .get(js, crate::intern(js, "deref").into())?;
        let deref = v8::Local::<v8::Function>::try_from(deref).ok()?;
        Some(Self {
            constructor: v8::Global::new(js, constructor),
            deref: v8::Global::new(js, deref),
        })
    }
}

impl<T: Class> WeakRef<T> {
    pub fn new<'s>(js: &mut Lock<'s, '_>, handle: Handle<'s, T>) -> Self {
        let inner = js.state().weak_refs.get().and_then(|weak| {
            v8::Local::new(js, &weak.constructor).new_instance(js, &[handle.object().into()])
        });
        Self {
            inner: inner.map(|inner| JsRef::new(js, inner)),
            class: PhantomData,
        }
    }

    /// The object, unless it has been collected.
    pub fn get<'s>(&self, js: &mut Lock<'s, '_>) -> Option<Handle<'s, T>> {
        let inner = self.inner.as_ref()?.get(js);
        let deref = v8::Local::new(js, &js.state().weak_refs.get()?.deref);
        let target = deref.call(js, inner.into(), &[])?;
        Handle::from_value(js, target)
    }
}

impl<T: Class> Trace for WeakRef<T> {
    fn trace(&self, visitor: &mut Visitor) {
        self.inner.trace(visitor);
    }
}

/// Marks a field that holds no reference to the JavaScript heap although its type cannot tell.
pub struct Untraced<T>(pub T);

impl<T> Trace for Untraced<T> {
    fn trace(&self, _: &mut Visitor) {}
}

impl<T> std::ops::Deref for Untraced<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

macro_rules! trace_nothing {
    ($($t:ty),* $(,)?) => { $(impl Trace for $t { fn trace(&self, _: &mut Visitor) {} })* };
}

trace_nothing!(
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    usize,
    i8,
    i16,
    i32,
    i64,
    isize,
    f32,
    f64,
    String,
    &'static str
);

impl<T: Trace + ?Sized> Trace for Box<T> {
    fn trace(&self, visitor: &mut Visitor) {
        (**self).trace(visitor);
    }
}

impl<T: ?Sized> Trace for std::rc::Rc<T> {
    /// What several owners share is not part of one traced object: it must hold no traced reference.
    fn trace(&self, _: &mut Visitor) {}
}

impl<T: ?Sized> Trace for std::sync::Arc<T> {
    fn trace(&self, _: &mut Visitor) {}
}

impl<T: Trace> Trace for Option<T> {
    fn trace(&self, visitor: &mut Visitor) {
        if let Some(value) = self {
            value.trace(visitor);
        }
    }
}

impl<T: Trace> Trace for Vec<T> {
    fn trace(&self, visitor: &mut Visitor) {
        self.iter().for_each(|value| value.trace(visitor));
    }
}

impl<T: Trace, const N: usize> Trace for [T; N] {
    fn trace(&self, visitor: &mut Visitor) {
        self.iter().for_each(|value| value.trace(visitor));
    }
}

impl<T: Trace> Trace for std::collections::VecDeque<T> {
    fn trace(&self, visitor: &mut Visitor) {
        self.iter().for_each(|value| value.trace(visitor));
    }
}

impl<K, V: Trace, S> Trace for std::collections::HashMap<K, V, S> {
    fn trace(&self, visitor: &mut Visitor) {
        self.values().for_each(|value| value.trace(visitor));
    }
}

impl<A: Trace, B: Trace> Trace for (A, B) {
    fn trace(&self, visitor: &mut Visitor) {
        self.0.trace(visitor);
        self.1.trace(visitor);
    }
}

impl<T: Trace> Trace for RefCell<T> {
    fn trace(&self, visitor: &mut Visitor) {
        // SAFETY: R2: marking runs on this thread, inside a call into V8, and only reads. A borrow
        // that is active across such a call belongs to a frame that is suspended until it returns.
        unsafe { (*self.as_ptr()).trace(visitor) }
    }
}

impl<T: Trace> Trace for OnceCell<T> {
    fn trace(&self, visitor: &mut Visitor) {
        if let Some(value) = self.get() {
            value.trace(visitor);
        }
    }
}

impl<T: Copy> Trace for Cell<T> {
    /// Traced references are not `Copy`, so a cell of `Copy` values holds none.
    fn trace(&self, _: &mut Visitor) {}
}

impl<T> Trace for PhantomData<T> {
    fn trace(&self, _: &mut Visitor) {}
}
