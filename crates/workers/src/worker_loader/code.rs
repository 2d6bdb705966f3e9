//! The code of a dynamic Worker, as the loading Worker gives it.

use std::rc::Rc;

use io::SubrequestChannel;
use io::carried::Carried;
use jsg::clone::data_clone_error;
use jsg::convert::{Bytes, Record};
use jsg::js::{Local, Object, Value, WasmModuleObject};
use jsg::modules::{Content, Source};
use jsg::{Error, Flag, FromJs, Handle, Lock, LockExt, Nullable, Result};
use web::fetch::Fetcher;

use super::{Code, Outbound};

/// What all modules together may take, in bytes.
const MOST_CODE: usize = 64 << 20;

/// What the environment may take, in bytes.
const MOST_ENV: usize = 1 << 20;

#[derive(jsg::Dictionary)]
#[jsg(mangled = "N7workerd3api12WorkerLoader10WorkerCodeE")]
pub(super) struct WorkerCode<'s> {
    compatibility_date: String,
    compatibility_flags: Option<Vec<String>>,
    allow_experimental: Option<bool>,
    #[expect(
        dead_code,
        reason = "its type is checked: nothing keeps limits outside of Cloudflare's network"
    )]
    limits: Option<ResourceLimits>,
    main_module: String,
    modules: Record<String, ModuleValue<'s>>,
    env: Option<Local<'s, Object>>,
    global_outbound: Option<Nullable<Handle<'s, Fetcher>>>,
    tails: Option<Vec<Handle<'s, Fetcher>>>,
    streaming_tails: Option<Vec<Handle<'s, Fetcher>>>,
}

#[derive(jsg::Dictionary)]
#[expect(dead_code, reason = "its type is checked")]
pub(super) struct ResourceLimits {
    cpu_ms: Option<u32>,
    sub_requests: Option<u32>,
}

/// A module: compiled WebAssembly, a dictionary that says its kind, or text whose kind the name says.
struct ModuleValue<'s>(Local<'s, Value>);

impl<'s> FromJs<'s> for ModuleValue<'s> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        "WasmModuleObject or Module or string".into()
    }

    fn try_from_js(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        Ok(Some(Self(value)))
    }

    fn matches(_: &mut Lock<'s, '_>, _: Local<'s, Value>) -> bool {
        true
    }
}

#[derive(jsg::Dictionary)]
struct Module<'s> {
    #[jsg(name = "js")]
    es: Option<String>,
    cjs: Option<String>,
    text: Option<String>,
    data: Option<Bytes>,
    json: Option<Local<'s, Value>>,
    py: Option<String>,
    wasm: Option<Wasm>,
}

/// WebAssembly in its binary form, given as such or compiled.
struct Wasm(Vec<u8>);

impl<'s> FromJs<'s> for Wasm {
    fn type_name() -> std::borrow::Cow<'static, str> {
        "Array or WasmModuleObject".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if let Ok(module) = Local::<WasmModuleObject>::try_from(value) {
            return Ok(Some(Self(jsg::wasm_bytes(module))));
        }
        Ok(Bytes::try_from_js(js, value)?.map(|bytes| Self(bytes.0)))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_object()
    }
}

impl<'s> WorkerCode<'s> {
    /// # Errors
    /// Something is not as it should be.
    pub fn extract(self, js: &mut Lock<'s, '_>) -> Result<Code> {
        if self.modules.0.is_empty() {
            return Err(Error::type_error(
                "Dynamic Worker code must contain at least one module.",
            ));
        }
        let mut modules = Vec::with_capacity(self.modules.0.len());
        let mut size = 0;
        for (name, value) in self.modules.0 {
            let content = value.content(js, &name, &self.main_module)?;
            size += length(&content);
            let source = Source::new(name, content);
            if source.name == self.main_module {
                modules.insert(0, source);
            } else {
                modules.push(source);
            }
        }
        if size > MOST_CODE {
            return Err(Error::error(format!(
                "Dynamic Worker code size ({size} bytes) exceeds the maximum allowed size of {MOST_CODE} bytes."
            )));
        }
        if modules[0].name != self.main_module {
            return Err(Error::error(format!(
                "Failed to start Worker:\nUncaught Error: No such module: {}",
                self.main_module
            )));
        }
        let allow_experimental = self.allow_experimental.unwrap_or(false);
        if allow_experimental && !js.flag(Flag::Experimental) {
            return Err(Error::error(
                "'allowExperimental' is only allowed when the calling worker has the 'experimental' compat flag set.",
            ));
        }
        if self.streaming_tails.is_some() && !allow_experimental {
            return Err(Error::error(
                "Streaming tail workers are experimental. You must pass the option 'allowExperimental: true' to the \
                 worker loader to use them",
            ));
        }
        let env = match self.env {
            Some(env) => Some(carried(js, env)?),
            None => None,
        };
        let outbound = match self.global_outbound {
            None => Outbound::Inherited,
            Some(Nullable(None)) => Outbound::Nowhere,
            Some(Nullable(Some(service))) => Outbound::Service(transferable(js, service)?),
        };
        Ok(Code {
            date: self.compatibility_date,
            flags: self.compatibility_flags.unwrap_or_default(),
            allow_experimental,
            modules,
            env,
            outbound,
            tails: services(js, self.tails)?,
            streaming_tails: services(js, self.streaming_tails)?,
        })
    }
}

fn services<'s>(
    js: &Lock<'s, '_>,
    list: Option<Vec<Handle<'s, Fetcher>>>,
) -> Result<Vec<Rc<dyn SubrequestChannel>>> {
    let list = list.unwrap_or_default().into_iter();
    list.map(|service| transferable(js, service)).collect()
}

fn transferable<'s>(
    js: &Lock<'s, '_>,
    service: Handle<'s, Fetcher>,
) -> Result<Rc<dyn SubrequestChannel>> {
    let channel = service.get().channel(js)?.clone();
    match channel.not_sendable() {
        Some(reason) => Err(data_clone_error(reason)),
        None => Ok(channel),
    }
}

impl<'s> ModuleValue<'s> {
    fn content(self, js: &mut Lock<'s, '_>, name: &str, main: &str) -> Result<Content> {
        if let Ok(module) = Local::<WasmModuleObject>::try_from(self.0) {
            return Ok(Content::Wasm(jsg::wasm_bytes(module).into()));
        }
        if !self.0.is_object() && !self.0.is_null() {
            let text = String::from_js(js, self.0)?;
            return of_text(name, text, main);
        }
        let module = Module::from_js(js, self.0)?;
        let given = [
            module.es.is_some(),
            module.cjs.is_some(),
            module.text.is_some(),
            module.data.is_some(),
            module.json.is_some(),
            module.py.is_some(),
            module.wasm.is_some(),
        ];
        let count = given.into_iter().filter(|given| *given).count();
        if count != 1 {
            return Err(Error::type_error(format!(
                "Each module must contain exactly one of 'js', 'cjs', 'text', 'data', 'json', 'py', or 'wasm'. Module \
                 '{name}' contained {count} properties."
            )));
        }
        if let Some(text) = module.es {
            return Ok(Content::EsModule(text.into()));
        }
        if let Some(text) = module.cjs {
            return Ok(Content::CommonJs {
                source: text.into(),
                named_exports: Vec::new(),
            });
        }
        if let Some(text) = module.text {
            return Ok(Content::Text(text.into()));
        }
        if let Some(data) = module.data {
            return Ok(Content::Data(data.0.into()));
        }
        if let Some(json) = module.json {
            let json = jsg::json_stringify(js, json)?.to_rust_string_lossy(js);
            return Ok(Content::Json(json.into()));
        }
        match module.wasm {
            Some(wasm) => Ok(Content::Wasm(wasm.0.into())),
            None => Err(no_python(name, main)),
        }
    }
}

#[cold]
fn no_python(name: &str, main: &str) -> Error {
    if main.ends_with(".py") {
        return Error::error("Python modules are not implemented yet.");
    }
    Error::type_error(format!(
        "Module \"{name}\" is a Python module, but the main module isn't a Python module."
    ))
}

/// The name tells what text is.
fn of_text(name: &str, text: String, main: &str) -> Result<Content> {
    const WRONG: &str = "Module name must end with '.js' or '.py' (or the content must be an object indicating the type \
                         explicitly). Got: ";
    let ends = |end: &str| name.ends_with(end);
    if ends(".js") {
        return Ok(Content::EsModule(text.into()));
    }
    if ends(".py") {
        return Err(no_python(name, main));
    }
    if ends(".ts") || ends(".tsx") || ends(".jsx") {
        return Err(Error::type_error(format!(
            "{WRONG}{name}. If you're trying to load TypeScript, bundle it first with '@cloudflare/worker-bundler' and \
             pass the generated JavaScript modules."
        )));
    }
    Err(Error::type_error(format!("{WRONG}{name}")))
}

fn length(content: &Content) -> usize {
    match content {
        Content::EsModule(text)
        | Content::Text(text)
        | Content::Json(text)
        | Content::CommonJs { source: text, .. } => text.len(),
        Content::Data(data) | Content::Wasm(data) => data.len(),
    }
}

/// What becomes the Worker's environment.
fn carried<'s>(js: &mut Lock<'s, '_>, env: Local<'s, Object>) -> Result<Carried> {
    let env = crate::carried::write(js, env.into())?;
    let size = env.size();
    if size > MOST_ENV {
        return Err(Error::error(format!(
            "Dynamic Worker env size ({size} bytes) exceeds the maximum allowed size of {MOST_ENV} bytes."
        )));
    }
    Ok(env)
}
