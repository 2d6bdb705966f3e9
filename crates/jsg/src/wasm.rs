//! What differs in `WebAssembly` from the engine's own.
//!
//! 1. `instanceof WebAssembly.Module` asks what a value is, not for its prototype: modules come from other contexts.
//! 2. New instances are looked at by the runtime (see `wasm.js`).

use std::rc::Rc;

use crate::modules::{CodeCache, ModuleConstructor, run_script};
use crate::{Lock, LockExt, Result, intern};

const SCRIPT: &str = include_str!("wasm.js");

/// Changes the `WebAssembly` of the current context.
pub(crate) fn install(js: &mut Lock<'_, '_>, global: v8::Local<'_, v8::Object>) -> Result<()> {
    let name = intern(js, "WebAssembly");
    let Some(api) = object(js, global, name) else {
        return Ok(());
    };
    let name = intern(js, "Module");
    if let Some(module) = object(js, api, name)
        && let Some(function) = v8::Function::new(js, is_module)
    {
        if let Ok(constructor) = v8::Local::<v8::Function>::try_from(module) {
            let constructor = v8::Global::new(js, constructor);
            js.set_extension(Rc::new(ModuleConstructor(constructor)));
        }
        let symbol = v8::Symbol::get_has_instance(js);
        module.define_own_property(
            js,
            symbol.into(),
            function.into(),
            v8::PropertyAttribute::NONE,
        );
    }
    static CODE: std::sync::LazyLock<CodeCache> = std::sync::LazyLock::new(CodeCache::default);
    run_script(js, SCRIPT, "wasm.js", Some(&CODE))?;
    Ok(())
}

fn object<'s>(
    js: &mut Lock<'s, '_>,
    holder: v8::Local<'_, v8::Object>,
    name: v8::Local<'s, v8::String>,
) -> Option<v8::Local<'s, v8::Object>> {
    v8::Local::<v8::Object>::try_from(holder.get(js, name.into())?).ok()
}

fn is_module(
    _scope: &mut v8::PinScope<'_, '_>,
    arguments: v8::FunctionCallbackArguments<'_>,
    mut result: v8::ReturnValue<'_, v8::Value>,
) {
    result.set_bool(arguments.get(0).is_wasm_module_object());
}
