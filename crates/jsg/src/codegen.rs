//! Permission to make code out of data: `eval`, `new Function` and WebAssembly compilation.
//!
//! One switch an isolate governs all three. It is off unless the embedder opens it, for a Worker's
//! start-up or for the WebAssembly modules of its own configuration.

use crate::{Lock, LockExt};

/// Runs `body` with the permission given or taken, and restores what was before.
pub fn with<'s, R>(
    js: &mut Lock<'s, '_>,
    allow: bool,
    body: impl FnOnce(&mut Lock<'s, '_>) -> R,
) -> R {
    let previous = set(js, allow);
    let result = body(js);
    set(js, previous);
    result
}

/// Gives or takes the permission; gives back what was before.
pub fn set(js: &mut Lock<'_, '_>, allow: bool) -> bool {
    js.get_current_context()
        .set_allow_generation_from_strings(allow);
    js.state().codegen.replace(allow)
}

/// Installs the questions of V8 in an isolate; contexts must forbid generation from strings, or V8
/// would not ask.
pub(crate) fn install_hooks(isolate: &mut v8::OwnedIsolate) {
    isolate.set_allow_wasm_code_generation_callback(wasm_allowed);
    isolate.set_modify_code_generation_from_strings_callback(from_string);
}

/// What V8 makes of `new Function()`: no code of anybody.
const EMPTY_FUNCTION: &str = "(function anonymous(\n) {\n\n})";

/// V8 asks before it compiles a string. Without the permission only what contains no code passes.
fn from_string<'s>(
    js: &mut Lock<'s, '_>,
    source: v8::Local<'s, v8::Value>,
    is_code_like: bool,
) -> v8::ModifyCodeGenerationFromStringsResult<'s> {
    let is_harmless = source.is_undefined()
        || (is_code_like
            && v8::Local::<v8::String>::try_from(source)
                .is_ok_and(|source| source.to_rust_string_lossy(js) == EMPTY_FUNCTION));
    v8::ModifyCodeGenerationFromStringsResult {
        codegen_allowed: is_harmless || js.state().codegen.get(),
        modified_source: None,
    }
}

/// V8 asks before it compiles WebAssembly.
unsafe extern "C" fn wasm_allowed(
    context: v8::Local<'_, v8::Context>,
    _: v8::Local<'_, v8::String>,
) -> bool {
    // SAFETY: V8 calls this inside the isolate and context that it names.
    v8::callback_scope!(unsafe scope, context);
    scope.state().codegen.get()
}
