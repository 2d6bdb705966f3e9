//! From a source to a V8 module.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use super::callbacks::evaluate_synthetic;
use super::commonjs::CommonJsModuleContext;
use super::compiled::wasm_object;
use super::native::{Exports, NativeModule};
use super::{CodeCache, Content, Entry, Kind, Source, Synthetic, Text};
use crate::{Error, Handle, Lock, Result, Strong};

/// Compiles a module; V8 knows it under its path.
pub(super) fn source(
    js: &mut Lock<'_, '_>,
    path: String,
    kind: Kind,
    source: &Arc<Source>,
) -> Result<Entry> {
    let entry = match &source.content {
        Content::EsModule(text) => {
            let module = es_module(js, &path, source, text)?;
            let mut entry = Entry::new(js, path, kind, module, None);
            entry.source = Some(Arc::clone(source));
            entry
        }
        Content::CommonJs {
            source: text,
            named_exports,
        } => {
            let synthetic = common_js(js, &path, source, text)?;
            let names: Vec<_> = named(named_exports).collect();
            let module = synthetic_module(js, &path, &names);
            let mut entry = Entry::new(js, path, kind, module, Some(synthetic));
            entry.source = Some(Arc::clone(source));
            entry
        }
        content => {
            let value = value(js, source, content)?;
            let mut entry = value_entry(js, path, kind, value);
            if let (Content::Wasm(_), Ok(object)) =
                (content, v8::Local::<v8::Object>::try_from(value))
            {
                entry.source_object = Some(v8::Global::new(js, object));
            }
            entry
        }
    };
    Ok(entry)
}

/// Compiles a module's source text, if it has one; values wait until the module is evaluated. V8
/// knows the text under the name `script`.
pub(super) fn lazily(
    js: &mut Lock<'_, '_>,
    path: &str,
    script: &str,
    kind: Kind,
    source: &Arc<Source>,
) -> Result<Entry> {
    let (module, synthetic) = match &source.content {
        Content::EsModule(text) => (es_module(js, script, source, text)?, None),
        Content::CommonJs { named_exports, .. } => {
            let names: Vec<_> = named(named_exports).collect();
            (synthetic_module(js, script, &names), Some(Synthetic::Lazy))
        }
        _ => (
            synthetic_module(js, script, &["default"]),
            Some(Synthetic::Lazy),
        ),
    };
    let mut entry = Entry::new(js, path.to_owned(), kind, module, synthetic);
    entry.source = Some(Arc::clone(source));
    Ok(entry)
}

/// The names that a CommonJS module exports, each once, `default` first.
pub(super) fn named(exports: &[String]) -> impl Iterator<Item = &str> {
    let mut seen = std::collections::HashSet::new();
    std::iter::once("default")
        .chain(exports.iter().map(String::as_str))
        .filter(move |name| seen.insert(*name))
}

/// What a module that is no code exports as its default.
pub(super) fn value<'s>(
    js: &mut Lock<'s, '_>,
    source: &Source,
    content: &Content,
) -> Result<v8::Local<'s, v8::Value>> {
    match content {
        Content::Text(text) => Ok(string(js, text)?.into()),
        Content::Data(bytes) => Ok(crate::convert::array_buffer(js, bytes)?.into()),
        Content::Json(text) => {
            let text = string(js, text)?;
            v8::json::parse(js, text).ok_or(Error::Pending)
        }
        Content::Wasm(_) => Ok(wasm_object(js, source)?.into()),
        Content::EsModule(_) | Content::CommonJs { .. } => {
            Err(Error::Internal("code is no value".into()))
        }
    }
}

/// Makes a module of values and functions of ours.
pub(super) fn native(
    js: &mut Lock<'_, '_>,
    path: String,
    kind: Kind,
    module: NativeModule,
) -> Result<Entry> {
    let mut exports = Exports::default();
    module(js, &mut exports)?;
    let values = exports.finish(js);
    let names: Vec<&str> = values.iter().map(|(name, _)| &**name).collect();
    let module = synthetic_module(js, &path, &names);
    let values = values
        .into_iter()
        .map(|(name, value)| (Cow::Borrowed(name), v8::Global::new(js, value)))
        .collect();
    Ok(Entry::new(
        js,
        path,
        kind,
        module,
        Some(Synthetic::Native(values)),
    ))
}

impl Entry {
    fn new<'s>(
        js: &Lock<'s, '_>,
        path: String,
        kind: Kind,
        module: v8::Local<'s, v8::Module>,
        synthetic: Option<Synthetic>,
    ) -> Self {
        Self {
            path,
            kind,
            module: v8::Global::new(js, module),
            synthetic,
            source_object: None,
            mutable_exports: RefCell::new(None),
            source: None,
        }
    }
}

fn value_entry<'s>(
    js: &mut Lock<'s, '_>,
    path: String,
    kind: Kind,
    value: v8::Local<'s, v8::Value>,
) -> Entry {
    let module = synthetic_module(js, &path, &["default"]);
    let value = v8::Global::new(js, value);
    Entry::new(js, path, kind, module, Some(Synthetic::Value(value)))
}

fn synthetic_module<'s>(
    js: &mut Lock<'s, '_>,
    path: &str,
    names: &[&str],
) -> v8::Local<'s, v8::Module> {
    let name = crate::string(js, path);
    let names: Vec<_> = names.iter().map(|name| crate::intern(js, name)).collect();
    v8::Module::create_synthetic_module(js, name, &names, evaluate_synthetic)
}

fn es_module<'s>(
    js: &mut Lock<'s, '_>,
    path: &str,
    source: &Source,
    text: &Text,
) -> Result<v8::Local<'s, v8::Module>> {
    let code = string(js, text)?;
    let origin = origin(js, path, true);
    let (mut compilation, options) = source.code.source(code, &origin);
    let module = v8::script_compiler::compile_module2(
        js,
        &mut compilation,
        options,
        v8::script_compiler::NoCacheReason::NoReason,
    )
    .ok_or(Error::Pending)?;
    source.code.note(&compilation);
    Ok(module)
}

/// Compiles the body of a CommonJS module as a function whose scope is the module's context object.
fn common_js(js: &mut Lock<'_, '_>, path: &str, source: &Source, text: &Text) -> Result<Synthetic> {
    let context = CommonJsModuleContext::create(js, path);
    let function = common_js_function(js, path, source, text, context)?;
    Ok(Synthetic::CommonJs {
        context: Strong::new(js, context),
        function: v8::Global::new(js, function),
    })
}

/// The body of a CommonJS module as a function in the scope `context`.
pub(super) fn common_js_function<'s>(
    js: &mut Lock<'s, '_>,
    path: &str,
    source: &Source,
    text: &Text,
    context: Handle<'s, CommonJsModuleContext>,
) -> Result<v8::Local<'s, v8::Function>> {
    let code = string(js, text)?;
    let origin = origin(js, path, false);
    let (mut compilation, options) = source.code.source(code, &origin);
    let function = v8::script_compiler::compile_function(
        js,
        &mut compilation,
        &[],
        &[Handle::object(context)],
        options,
        v8::script_compiler::NoCacheReason::NoReason,
    )
    .ok_or(Error::Pending)?;
    source.code.note(&compilation);
    Ok(function)
}

/// The text as a string of V8, without a copy where the text is part of the executable.
fn string<'s>(js: &mut Lock<'s, '_>, text: &Text) -> Result<v8::Local<'s, v8::String>> {
    let string = match text {
        Text::Static(text) if text.is_ascii() => {
            v8::String::new_external_onebyte_static(js, text.as_bytes())
        }
        text => v8::String::new(js, text),
    };
    string.ok_or_else(|| Error::range_error("Module is too long"))
}

pub(crate) fn origin<'s>(js: &Lock<'s, '_>, name: &str, is_module: bool) -> v8::ScriptOrigin<'s> {
    let name = crate::string(js, name);
    v8::ScriptOrigin::new(
        js,
        name.into(),
        0,
        0,
        false,
        -1,
        None,
        false,
        false,
        is_module,
        None,
    )
}

/// Fills the code cache of a module's source.
pub(super) fn produce_code_cache(js: &mut Lock<'_, '_>, entry: &Entry) {
    let Some(source) = &entry.source else { return };
    let data = match (&source.content, &entry.synthetic) {
        (Content::EsModule(text), _) if source.code.wants(text) => {
            let module = v8::Local::new(js, &entry.module);
            if module.get_status() == v8::ModuleStatus::Errored {
                return;
            }
            module.get_unbound_module_script(js).create_code_cache()
        }
        (Content::CommonJs { source: text, .. }, Some(Synthetic::CommonJs { function, .. }))
            if source.code.wants(text) =>
        {
            v8::Local::new(js, function).create_code_cache()
        }
        _ => return,
    };
    if let Some(data) = data {
        source.code.set(&data);
    }
}

/// Runs a classic script under a name, which its stack traces show. The first run fills `code`, the
/// next ones compile faster with it.
pub fn run_script<'s>(
    js: &mut Lock<'s, '_>,
    source: &str,
    name: &str,
    code: Option<&CodeCache>,
) -> Result<v8::Local<'s, v8::Value>> {
    let text = v8::String::new(js, source).ok_or_else(|| Error::range_error("Script too long"))?;
    let origin = origin(js, name, false);
    let (mut compilation, options) = match code {
        Some(code) => code.source(text, &origin),
        None => CodeCache::default().source(text, &origin),
    };
    let script = v8::script_compiler::compile(
        js,
        &mut compilation,
        options,
        v8::script_compiler::NoCacheReason::NoReason,
    )
    .ok_or(Error::Pending)?;
    if let Some(code) = code {
        code.note(&compilation);
    }
    let value = script.run(js).ok_or(Error::Pending)?;
    // The functions that the script compiled while it ran are in the cache, too.
    if let Some(code) = code
        && code.wants(source)
        && let Some(data) = script.get_unbound_script(js).create_code_cache()
    {
        code.set(&data);
    }
    Ok(value)
}

/// A function with the body `source`, whose arguments have these names. Stack traces show `name`.
pub fn compile_function<'s>(
    js: &mut Lock<'s, '_>,
    source: v8::Local<'s, v8::String>,
    name: &str,
    arguments: &[v8::Local<'s, v8::String>],
) -> Result<v8::Local<'s, v8::Function>> {
    let origin = origin(js, name, false);
    let mut compilation = v8::script_compiler::Source::new(source, Some(&origin));
    let function = v8::script_compiler::compile_function(
        js,
        &mut compilation,
        arguments,
        &[],
        v8::script_compiler::CompileOptions::NoCompileOptions,
        v8::script_compiler::NoCacheReason::NoReason,
    )
    .ok_or(Error::Pending)?;
    function.set_name(crate::string(js, name));
    Ok(function)
}
