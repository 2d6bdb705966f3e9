//! The binding layer: Rust values as JavaScript objects, and everything else that touches V8.
//!
//! This is the only crate that names the `v8` crate; hand-written `unsafe` is in the few crates that
//! `tests/tidy.rs` lists. An API file above it reads like its WebIDL:
//!
//! ```ignore
//! #[jsg::class]
//! pub struct Counter { value: Cell<u32> }
//!
//! #[jsg::methods]
//! impl Counter {
//!     #[jsg(constructor)]
//!     fn new(start: Option<u32>) -> Self { Self { value: Cell::new(start.unwrap_or(0)) } }
//!     #[jsg(getter)]
//!     fn value(&self) -> u32 { self.value.get() }
//!     #[jsg(method)]
//!     fn add(&self, amount: u32) { self.value.set(self.value.get() + amount) }
//! }
//! ```
//!
//! The invariants that make it sound are numbered in the modules: E engine, I isolate, J lock,
//! C class, W wrap, R references, G inspector. `docs/adding-a-web-api.md` is the guide.

extern crate self as jsg;

pub mod async_context;
pub mod base64;
mod buffers;
pub mod class;
pub mod clock;
pub mod clone;
pub mod codegen;
pub mod convert;
mod dom_exception;
pub mod engine;
mod error;
pub mod inspector;
mod isolate;
mod lock;
pub mod modules;
mod names;
pub mod natives;
pub mod promise;
mod refs;
pub mod rejections;
pub mod rtti;
pub mod symbols;
mod wasm;

pub use compat::{Flag, FlagSet};

pub use class::call::{Call, Member, MemberKind};
pub use class::wrap::attach_global;
pub use class::{Class, ClassInfo, Extends, Handle};
pub use convert::{FromJs, Nullable, Return, ToJs};
pub use dom_exception::DomException;
pub use error::{Error, ErrorKind, Result};
pub use isolate::{Detached, Isolate, IsolateOptions};
pub use jsg_macros::{Dictionary, Trace, Union, class, methods};
pub use linkme;
pub use lock::{Condemned, Lock, LockExt, State, terminate};
pub use names::{Name, Shape};
pub use refs::{JsRef, Ref, Strong, Trace, Untraced, Visitor, WeakRef};

/// The engine's handle types, under this crate's name.
pub mod js {
    pub use v8::json;
    pub use v8::{
        Array, ArrayBuffer, ArrayBufferView, BackingStore, BigInt, BigInt64Array, BigUint64Array,
        Boolean, Context, DataView, Date, Exception, External, Float32Array, Float64Array,
        Function, FunctionCallbackArguments, Global, Int8Array, Int16Array, Int32Array, Integer,
        IntegrityLevel, IsolateHandle, Local, Map, Message, Name, Number, Object, ObjectTemplate,
        Private, Promise, PromiseRejectEvent, PromiseRejectMessage, PromiseResolver, PromiseState,
        PropertyAttribute, Proxy, RegExp, RegExpCreationFlags, ReturnValue, Set, SharedRef,
        StackTrace, String, Symbol, Uint8Array, Uint8ClampedArray, Uint16Array, Uint32Array, Value,
        WasmModuleObject, null, undefined,
    };
}

/// An internalized string: for property names and the like.
pub fn intern<'s>(js: &v8::PinScope<'s, '_, ()>, text: &str) -> v8::Local<'s, v8::String> {
    v8::String::new_from_utf8(js, text.as_bytes(), v8::NewStringType::Internalized)
        .expect("names in the source are short")
}

/// A JavaScript string. Text beyond V8's limit (about 512 MiB) becomes the empty string.
pub fn string<'s>(js: &v8::PinScope<'s, '_, ()>, text: &str) -> v8::Local<'s, v8::String> {
    v8::String::new(js, text).unwrap_or_else(|| v8::String::empty(js))
}

/// Runs a classic script.
pub fn run_script<'s>(
    js: &mut Lock<'s, '_>,
    source: &str,
    name: &str,
) -> Result<v8::Local<'s, v8::Value>> {
    modules::run_script(js, source, name, None)
}

/// A full collection. Needs the V8 flag `--expose-gc`.
pub fn collect_garbage_for_testing(js: &mut Lock<'_, '_>) {
    js.request_garbage_collection_for_testing(v8::GarbageCollectionType::Full);
}

/// Parses JSON text.
pub fn json_parse<'s>(js: &mut Lock<'s, '_>, text: &str) -> Result<v8::Local<'s, v8::Value>> {
    let text =
        v8::String::new(js, text).ok_or_else(|| Error::range_error("Invalid string length"))?;
    v8::json::parse(js, text).ok_or(Error::Pending)
}

/// Serializes a value as JSON text.
pub fn json_stringify<'s>(
    js: &mut Lock<'s, '_>,
    value: v8::Local<'s, v8::Value>,
) -> Result<v8::Local<'s, v8::String>> {
    v8::json::stringify(js, value).ok_or(Error::Pending)
}

/// The binary form of a `WebAssembly.Module`.
pub fn wasm_bytes(module: v8::Local<'_, v8::WasmModuleObject>) -> Vec<u8> {
    module.get_compiled_module().get_wire_bytes_ref().to_vec()
}

/// A `WebAssembly.Module` from its binary form, which the configuration has given: the guest itself
/// needs a permission for it (see [`codegen`]).
pub fn wasm_module<'s>(js: &mut Lock<'s, '_>, bytes: &[u8]) -> Result<v8::Local<'s, v8::Object>> {
    codegen::with(js, true, |js| v8::WasmModuleObject::compile(js, bytes))
        .map(Into::into)
        .ok_or(Error::Pending)
}

/// What V8 knows of where an exception was thrown.
pub fn exception_message<'s>(
    js: &Lock<'s, '_>,
    exception: v8::Local<'s, v8::Value>,
) -> v8::Local<'s, v8::Message> {
    v8::Exception::create_message(js, exception)
}
