//! How the WebAssembly of a configuration is compiled, beside what its bytes say.
//!
//! With the flag `wasm_esm_integration_builtins`, imports of `wasm:js-string` are V8's own functions on strings, and no
//! imports to whoever instantiates the module. With `wasm_source_url_support` stacks name the module: V8 takes a name only
//! with a compilation that ends as a task of its isolate, which for that is one of its own, where no guest code runs.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::Source;
use super::urls::names::BUNDLE;
use crate::{Error, Flag, Lock, LockExt, Result, codegen, engine};

/// See the module.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Manner {
    builtins: bool,
    name: Option<String>,
}

/// The engine's own `WebAssembly.Module`, whatever the guest has made of that name: an extension of the isolate.
pub(crate) struct ModuleConstructor(pub v8::Global<v8::Function>);

/// How long a compilation under a name may take; without an answer the module has none.
const PATIENCE: Duration = Duration::from_secs(20);

impl Manner {
    /// The manner for a module of this isolate's Worker. Bindings, which have no name, are compiled plainly.
    pub fn of(js: &Lock<'_, '_>, source: &Source) -> Self {
        if source.name.is_empty() {
            return Self::default();
        }
        let named = js.flag(Flag::WasmSourceUrlSupport);
        let base = match js.flag(Flag::NewModuleRegistry) {
            true => BUNDLE,
            false => "",
        };
        Self {
            builtins: js.flag(Flag::WasmEsmIntegrationBuiltins),
            name: named.then(|| format!("{base}{}", source.name)),
        }
    }

    /// Compiles a module.
    ///
    /// # Errors
    /// What V8 throws.
    pub fn compile<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        bytes: &[u8],
    ) -> Result<v8::Local<'s, v8::WasmModuleObject>> {
        codegen::with(js, true, |js| {
            if self.builtins {
                let module = crate::promise::try_catch(js, |js| with_builtins(js, bytes));
                if let Ok(module) = module {
                    return Ok(module);
                }
            } else if let Some(name) = &self.name
                && let Some(compiled) = under_name(name, bytes)
            {
                return v8::WasmModuleObject::from_compiled_module(js, &compiled)
                    .ok_or(Error::Pending);
            }
            // Plainly, if only for its error.
            v8::WasmModuleObject::compile(js, bytes).ok_or(Error::Pending)
        })
    }
}

fn with_builtins<'s>(
    js: &mut Lock<'s, '_>,
    bytes: &[u8],
) -> Result<v8::Local<'s, v8::WasmModuleObject>> {
    let constructor = js
        .extension::<ModuleConstructor>()
        .ok_or_else(|| Error::Internal("no WebAssembly.Module".into()))?;
    let constructor = v8::Local::new(js, &constructor.0);
    let bytes = crate::convert::array_buffer(js, bytes)?;
    let name = crate::intern(js, "js-string");
    let names = v8::Array::new_with_elements(js, &[name.into()]);
    let options = v8::Object::new(js);
    let key = crate::intern(js, "builtins");
    options.create_data_property(js, key.into(), names.into());
    let module = constructor
        .new_instance(js, &[bytes.into(), options.into()])
        .ok_or(Error::Pending)?;
    v8::Local::try_from(module).map_err(|_| Error::Internal("not a module".into()))
}

/// What a module under a name comes to; none if it is faulty.
fn under_name(name: &str, bytes: &[u8]) -> Option<v8::CompiledWasmModule> {
    std::thread::scope(|scope| scope.spawn(|| compile_apart(name, bytes)).join().ok()?)
}

fn compile_apart(name: &str, bytes: &[u8]) -> Option<v8::CompiledWasmModule> {
    engine::start();
    let mut isolate = v8::Isolate::new(v8::CreateParams::default());
    v8::scope!(let scope, &mut isolate);
    let context = v8::Context::new(scope, v8::ContextOptions::default());
    let mut scope = v8::ContextScope::new(scope, context);
    let told: Rc<RefCell<Option<Option<v8::CompiledWasmModule>>>> = Rc::default();
    let tell = Rc::clone(&told);
    let mut compilation = v8::WasmModuleCompilation::new();
    compilation.set_url(name);
    compilation.on_bytes_received(bytes);
    compilation.finish(&mut scope, None, move |_, module| {
        let compiled = module.ok().map(|module| module.get_compiled_module());
        tell.replace(Some(compiled));
    });
    let end = Instant::now() + PATIENCE;
    while told.borrow().is_none() && Instant::now() < end {
        engine::pump(&scope);
        std::thread::yield_now();
    }
    told.take().flatten()
}
