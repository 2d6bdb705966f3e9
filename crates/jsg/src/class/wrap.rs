//! Tying a Rust value to a JavaScript object, and finding it again.
//!
//! W1. The only values that this crate stores in an object's wrapper slot are `Wrapped<T>`, all
//!     under one pointer tag, so what `Object::unwrap` returns for that tag is one of them.
//! W2. A value lives at least as long as its object, and the collector does not move it; a
//!     [`Handle`] keeps the object in a handle scope, so its `&'s T` is valid for `'s`.

use std::cell::Cell;
use std::ops::Deref;

use super::{Class, ClassInfo, Extends, instantiate};
use crate::{Error, Lock, Result};

/// The pointer tag of all our objects.
const TAG: u16 = 1;

/// A Rust value in the collector's heap.
#[repr(C)]
pub struct Wrapped<T> {
    info: &'static ClassInfo,
    value: T,
    /// Dropped after the value.
    end: CollectionEnd,
}

thread_local! {
    /// Whether the collector drops a value: it may be among others that are gone.
    static COLLECTING: Cell<bool> = const { Cell::new(false) };
}

/// Whether a value of the collector's heap is being dropped, which the collector alone does.
pub(crate) fn is_collecting() -> bool {
    COLLECTING.try_with(Cell::get).unwrap_or(true)
}

impl<T> Drop for Wrapped<T> {
    fn drop(&mut self) {
        // A thread on its way out collects no more.
        let _ = COLLECTING.try_with(|collecting| collecting.set(true));
    }
}

struct CollectionEnd;

impl Drop for CollectionEnd {
    fn drop(&mut self) {
        let _ = COLLECTING.try_with(|collecting| collecting.set(false));
    }
}

/// Offset of the value: alignment is at most that of a pointer (checked in `allocate`).
const VALUE_OFFSET: usize = std::mem::size_of::<&'static ClassInfo>();

// SAFETY: `Trace` is derived and visits all references (R1).
unsafe impl<T: Class> v8::cppgc::GarbageCollected for Wrapped<T> {
    fn trace(&self, visitor: &mut v8::cppgc::Visitor) {
        self.value.trace(visitor);
    }

    fn get_name(&self) -> &'static std::ffi::CStr {
        self.info.heap_name
    }
}

/// The prefix that all `Wrapped<T>` share.
struct Header;

// SAFETY: never allocated; only names the prefix when reading.
unsafe impl v8::cppgc::GarbageCollected for Wrapped<Header> {
    fn trace(&self, _: &mut v8::cppgc::Visitor) {}
    fn get_name(&self) -> &'static std::ffi::CStr {
        c"Header"
    }
}

/// The start of the Rust value behind an object, whatever its class; `None` for objects without one.
#[inline]
fn header<'s>(
    js: &Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> Option<*const Wrapped<Header>> {
    if !object.is_api_wrapper() {
        return None;
    }
    // SAFETY: W1. The isolate pointer is only read; no other reference to the isolate is used.
    let pointer = unsafe {
        let mut isolate = v8::Isolate::from_raw_isolate_ptr(js.as_raw_isolate_ptr());
        v8::Object::unwrap::<TAG, Wrapped<Header>>(&mut isolate, object)
    }?;
    // SAFETY: C1: every wrapped value starts with what `Wrapped<Header>` has.
    Some(unsafe { std::ptr::from_ref(pointer.as_ref()) })
}

/// An object of class `T` in a handle scope: the JavaScript object and the Rust value at once.
pub struct Handle<'s, T> {
    object: v8::Local<'s, v8::Object>,
    value: &'s T,
}

impl<T> Clone for Handle<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<'_, T> {}

impl<T> Deref for Handle<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.value
    }
}

impl<'s, T: Class> Handle<'s, T> {
    /// Moves a value into the JavaScript heap and gives it an object.
    pub fn new(js: &mut Lock<'s, '_>, value: T) -> Self {
        let object =
            instantiate(js, T::info()).expect("class objects need no guest code to be made");
        Self::attach(js, object, value)
    }

    /// Ties a value to an object that V8 has made from the template of `T` (a `new` in JavaScript).
    pub(crate) fn attach(
        js: &mut Lock<'s, '_>,
        object: v8::Local<'s, v8::Object>,
        value: T,
    ) -> Self {
        const { assert!(std::mem::align_of::<T>() <= std::mem::align_of::<usize>()) };
        let heap = js.get_cpp_heap().expect("every isolate has a C++ heap");
        // SAFETY: the pointer goes into a wrapper at once, with no allocation in between.
        let pointer = unsafe {
            v8::cppgc::make_garbage_collected(
                heap,
                Wrapped {
                    info: T::info(),
                    value,
                    end: CollectionEnd,
                },
            )
        };
        // SAFETY: the object comes from the template of `T`, which has a wrapper slot; W1 is kept.
        unsafe { v8::Object::wrap::<TAG, Wrapped<T>>(js, object, &pointer) };
        // SAFETY: W2: `object` is in a scope of 's.
        let wrapped: &'s Wrapped<T> = unsafe { &*std::ptr::from_ref(pointer.as_ref()) };
        Self {
            object,
            value: &wrapped.value,
        }
    }

    /// The value behind an object, if the object is of class `T` or of one that extends it.
    #[inline]
    pub fn from_object(js: &Lock<'s, '_>, object: v8::Local<'s, v8::Object>) -> Option<Self> {
        let header: *const Wrapped<Header> = header(js, object)?;
        // SAFETY: C1: every wrapped value starts with its class; W2: it lives while `object` does.
        let mut info = unsafe { (*header).info };
        let mut offset = VALUE_OFFSET;
        while !std::ptr::eq(info, T::info()) {
            let (parent, parent_offset) = info.parent?;
            offset += parent_offset;
            info = parent;
        }
        // SAFETY: C2: the value of `T` is at this offset; W2: it lives for 's.
        let value = unsafe { &*header.byte_add(offset).cast::<T>() };
        Some(Self { object, value })
    }

    /// As [`from_object`](Self::from_object), for any value.
    #[inline]
    pub fn from_value(js: &Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Option<Self> {
        let object = v8::Local::<v8::Object>::try_from(value).ok()?;
        Self::from_object(js, object)
    }

    /// The receiver of a method, or the error for a foreign one.
    #[inline]
    pub fn receiver(js: &Lock<'s, '_>, object: v8::Local<'s, v8::Object>) -> Result<Self> {
        Self::from_object(js, object).ok_or_else(illegal_invocation)
    }

    /// The object as its parent class sees it.
    pub fn upcast<P: Class>(self, js: &Lock<'s, '_>) -> Handle<'s, P>
    where
        T: Extends<P>,
    {
        Handle::from_object(js, self.object).expect("a class is also its parent")
    }
}

impl<'s, T> Handle<'s, T> {
    /// The JavaScript object.
    pub fn object(self) -> v8::Local<'s, v8::Object> {
        self.object
    }

    /// The Rust value, for as long as the handle's scope.
    pub fn get(self) -> &'s T {
        self.value
    }
}

/// Ties `value` to the global object of the current context, and to the proxy that stands for it.
pub fn attach_global<'s, T: Class>(js: &mut Lock<'s, '_>, value: T) -> Handle<'s, T> {
    let proxy = js.get_current_context().global(js);
    let handle = Handle::attach(js, proxy, value);
    if let Some(global) = proxy
        .get_prototype(js)
        .and_then(|object| v8::Local::<v8::Object>::try_from(object).ok())
        && global.is_api_wrapper()
    {
        // SAFETY: W1: `proxy` was wrapped under TAG by `attach`.
        let pointer = unsafe { v8::Object::unwrap::<TAG, Wrapped<T>>(js, proxy) };
        if let Some(pointer) = pointer {
            // SAFETY: the global object comes from the template of `T`; both share one value.
            unsafe { v8::Object::wrap::<TAG, Wrapped<T>>(js, global, &pointer) };
        }
    }
    handle
}

#[cold]
pub(crate) fn illegal_invocation() -> Error {
    Error::type_error(
        "Illegal invocation: function called with incorrect `this` reference. See \
         https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
    )
}

/// Whether an object carries a Rust value of ours, of whatever class; gives the class's name.
pub fn class_of<'s>(
    js: &Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> Option<&'static ClassInfo> {
    let header = header(js, object)?;
    // SAFETY: C1, and W2: the value lives while `object` does.
    Some(unsafe { (*header).info })
}
