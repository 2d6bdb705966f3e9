//! `unsafeEval` bindings: code from strings although the Worker may make none otherwise.

use jsg::js::{Function, Local, Object, String as JsString, Value};
use jsg::{Error, Handle, Lock, Result, codegen};

/// See the module.
#[jsg::class]
pub struct UnsafeEval {}

#[jsg::methods]
impl UnsafeEval {
    /// Runs a script at global scope.
    #[jsg(method)]
    fn eval<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        script: String,
        name: Option<String>,
    ) -> Result<Local<'s, Value>> {
        let name = name.as_deref().unwrap_or("eval");
        allowed(js, |js| jsg::modules::run_script(js, &script, name, None))
    }

    /// A function with this body; the further arguments are the names of its own.
    #[jsg(method)]
    fn new_function<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        script: Local<'s, JsString>,
        name: Option<String>,
        rest: Vec<Local<'s, JsString>>,
    ) -> Result<Local<'s, Function>> {
        let name = name.as_deref().unwrap_or(ANONYMOUS);
        allowed(js, |js| {
            jsg::modules::compile_function(js, script, name, &rest)
        })
    }

    /// As `newFunction()`, for bodies that `await`.
    #[jsg(method)]
    fn new_async_function<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        script: String,
        name: Option<String>,
        rest: Vec<String>,
    ) -> Result<Local<'s, Function>> {
        let name = name.as_deref().unwrap_or(ANONYMOUS);
        // V8 has no function for it. A script whose last statement is the name gives the function.
        let arguments: String = rest.iter().map(|name| format!("{name},")).collect();
        let script = format!("async function {name}({arguments}) {{{script}}};{name}");
        let value = allowed(js, |js| jsg::modules::run_script(js, &script, name, None))?;
        if !value.is_async_function() {
            return Err(Error::Internal("the script gave no async function".into()));
        }
        Local::<Function>::try_from(value).map_err(|_| Error::Internal("no function".into()))
    }

    #[jsg(method)]
    fn new_wasm_module<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        source: Bytes,
    ) -> Result<Local<'s, Object>> {
        jsg::wasm_module(js, &source.0)
    }
}

const ANONYMOUS: &str = "anonymous";

impl UnsafeEval {
    pub fn create<'s>(js: &mut Lock<'s, '_>) -> Handle<'s, Self> {
        Handle::new(js, Self {})
    }
}

/// Runs `body` with the permission. As in the real workerd it is gone afterwards, whatever was before.
fn allowed<'s, R>(js: &mut Lock<'s, '_>, body: impl FnOnce(&mut Lock<'s, '_>) -> R) -> R {
    codegen::set(js, true);
    let result = body(js);
    codegen::set(js, false);
    result
}

/// A copy of the bytes of a buffer or a view.
struct Bytes(Vec<u8>);

impl<'s> jsg::FromJs<'s> for Bytes {
    fn type_name() -> std::borrow::Cow<'static, str> {
        "ArrayBuffer or ArrayBufferView".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if !(value.is_array_buffer() || value.is_array_buffer_view()) {
            return Ok(None);
        }
        let source: Option<jsg::convert::BufferSource<'s>> = jsg::FromJs::try_from_js(js, value)?;
        Ok(source.map(|source| Self(source.to_vec())))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_array_buffer() || value.is_array_buffer_view()
    }
}
