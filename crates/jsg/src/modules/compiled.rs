//! Compiled WebAssembly, shared by all Workers of the process that have the same bytes.
//!
//! V8 shares machine code by content already, but checks and decodes a module anew for each isolate that
//! brings its bytes. What is looked up here needs neither. Entries are weak: the [`Source`](super::Source)s of the
//! Workers own what they point to, so the table holds nothing that no Worker uses.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use super::manner::Manner;
use super::{Content, Source};
use crate::{Error, Lock, Result};

type Compiled = v8::CompiledWasmModule;

/// Modules by their length; of one length there are rarely two, and comparing costs less than a hash.
type Table = HashMap<usize, Vec<Entry>>;

struct Entry {
    manner: Manner,
    compiled: Weak<Compiled>,
}

static TABLE: LazyLock<Mutex<Table>> = LazyLock::new(Mutex::default);

/// The `WebAssembly.Module` of a source, which the configuration has given: the guest itself needs a
/// permission to compile (see [`codegen`]).
pub fn wasm_object<'s>(
    js: &mut Lock<'s, '_>,
    source: &Source,
) -> Result<v8::Local<'s, v8::WasmModuleObject>> {
    let Content::Wasm(bytes) = &source.content else {
        return Err(Error::Internal("not WebAssembly".into()));
    };
    if let Some(compiled) = source.wasm.get() {
        return object(js, compiled);
    }
    let manner = Manner::of(js, source);
    if let Some(compiled) = find(bytes, &manner) {
        return object(js, source.wasm.get_or_init(|| compiled));
    }
    let module = manner.compile(js, bytes)?;
    let compiled = keep(bytes, manner, module.get_compiled_module());
    let _ = source.wasm.set(compiled);
    Ok(module)
}

fn object<'s>(
    js: &mut Lock<'s, '_>,
    compiled: &Compiled,
) -> Result<v8::Local<'s, v8::WasmModuleObject>> {
    v8::WasmModuleObject::from_compiled_module(js, compiled).ok_or(Error::Pending)
}

/// How many sources have code for these bytes: for tests of what is shared.
pub fn wasm_holders(bytes: &[u8]) -> usize {
    // One is the result of the look-up itself.
    find(bytes, &Manner::default()).map_or(0, |compiled| Arc::strong_count(&compiled) - 1)
}

fn find(bytes: &[u8], manner: &Manner) -> Option<Arc<Compiled>> {
    let table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    of(table.get(&bytes.len())?, bytes, manner)
}

fn of(entries: &[Entry], bytes: &[u8], manner: &Manner) -> Option<Arc<Compiled>> {
    let alike = entries.iter().filter(|entry| entry.manner == *manner);
    let mut alive = alike.filter_map(|entry| entry.compiled.upgrade());
    alive.find(|compiled| compiled.get_wire_bytes_ref() == bytes)
}

/// Adds what was compiled, unless another thread was faster, and forgets what nobody uses any more.
fn keep(bytes: &[u8], manner: Manner, compiled: Compiled) -> Arc<Compiled> {
    let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    table.retain(|_, entries| {
        entries.retain(|entry| entry.compiled.strong_count() > 0);
        !entries.is_empty()
    });
    let entries = table.entry(bytes.len()).or_default();
    if let Some(other) = of(entries, bytes, &manner) {
        return other;
    }
    let compiled = Arc::new(compiled);
    entries.push(Entry {
        manner,
        compiled: Arc::downgrade(&compiled),
    });
    compiled
}
