//! What built-in JavaScript needs from the engine to inspect and compare values: the internal module
//! `node-internal:util_natives`.
//!
//! No function runs guest code: no getters, no proxy traps.

use crate::modules::{Exports, NativeFunction};
use crate::promise::Args;
use crate::{Error, Flag, Lock, LockExt, Result, symbols};
use v8::PropertyAttribute;

type Outcome<'s> = Result<v8::Local<'s, v8::Value>>;

/// The module, for the table of native modules.
pub fn util_natives<'s>(js: &mut Lock<'s, '_>, exports: &mut Exports<'s>) -> Result<()> {
    exports.functions(js, DETAILS);
    exports.functions(js, PREDICATES);
    Ok(())
}

static DETAILS: &[NativeFunction] = &[
    NativeFunction {
        name: "getOwnNonIndexProperties",
        body: own_non_index_properties,
    },
    NativeFunction {
        name: "getPromiseDetails",
        body: promise_details,
    },
    NativeFunction {
        name: "getProxyDetails",
        body: proxy_details,
    },
    NativeFunction {
        name: "previewEntries",
        body: preview_entries,
    },
    NativeFunction {
        name: "getConstructorName",
        body: constructor_name,
    },
    NativeFunction {
        name: "getApiProperties",
        body: api_properties,
    },
    NativeFunction {
        name: "markRuntimeClass",
        body: mark_runtime_class,
    },
    NativeFunction {
        name: "getCallSites",
        body: call_sites,
    },
];

macro_rules! predicates {
    ($($name:literal => $is:ident),* $(,)?) => {
        static PREDICATES: &[NativeFunction] = &[$(NativeFunction {
            name: $name,
            body: |js, args| Ok(v8::Boolean::new(js, args.get(0).$is()).into()),
        }),*];
    };
}

predicates! {
    "isArgumentsObject" => is_arguments_object,
    "isArrayBuffer" => is_array_buffer,
    "isAsyncFunction" => is_async_function,
    "isBigIntObject" => is_big_int_object,
    "isBooleanObject" => is_boolean_object,
    "isDataView" => is_data_view,
    "isDate" => is_date,
    "isExternal" => is_external,
    "isGeneratorFunction" => is_generator_function,
    "isGeneratorObject" => is_generator_object,
    "isMap" => is_map,
    "isMapIterator" => is_map_iterator,
    "isModuleNamespaceObject" => is_module_namespace_object,
    "isNativeError" => is_native_error,
    "isNumberObject" => is_number_object,
    "isPromise" => is_promise,
    "isProxy" => is_proxy,
    "isRegExp" => is_reg_exp,
    "isSet" => is_set,
    "isSetIterator" => is_set_iterator,
    "isSharedArrayBuffer" => is_shared_array_buffer,
    "isStringObject" => is_string_object,
    "isSymbolObject" => is_symbol_object,
    "isWeakMap" => is_weak_map,
    "isWeakSet" => is_weak_set,
}

/// Own keys that are no array indexes, names before symbols; none of a proxy, whose traps would run.
fn own_non_index_properties<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let Some(object) = object(args.get(0)).filter(|object| !object.is_proxy()) else {
        return Ok(v8::Array::new(js, 0).into());
    };
    let only_enumerable = args.get(1).to_rust_string_lossy(js) == "enumerable";
    let filter = if only_enumerable {
        v8::PropertyFilter::ONLY_ENUMERABLE
    } else {
        v8::PropertyFilter::ALL_PROPERTIES
    };
    let keys = object.get_property_names(
        js,
        v8::GetPropertyNamesArgs {
            mode: v8::KeyCollectionMode::OwnOnly,
            property_filter: filter,
            index_filter: v8::IndexFilter::SkipIndices,
            key_conversion: v8::KeyConversionMode::KeepNumbers,
        },
    );
    Ok(keys.ok_or(Error::Pending)?.into())
}

fn promise_details<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let Ok(promise) = v8::Local::<v8::Promise>::try_from(args.get(0)) else {
        return Ok(v8::undefined(js).into());
    };
    let (state, result) = match promise.state() {
        v8::PromiseState::Pending => ("pending", v8::undefined(js).into()),
        v8::PromiseState::Fulfilled => ("fulfilled", promise.result(js)),
        v8::PromiseState::Rejected => ("rejected", promise.result(js)),
    };
    let state = crate::intern(js, state).into();
    Ok(record(js, &[("state", state), ("result", result)]))
}

fn proxy_details<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let Ok(proxy) = v8::Local::<v8::Proxy>::try_from(args.get(0)) else {
        return Ok(v8::undefined(js).into());
    };
    let (target, handler) = if proxy.is_revoked() {
        (v8::null(js).into(), v8::null(js).into())
    } else {
        (proxy.get_target(js), proxy.get_handler(js))
    };
    Ok(record(js, &[("target", target), ("handler", handler)]))
}

fn preview_entries<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let value = args.get(0);
    let has_entries = value.is_map()
        || value.is_set()
        || value.is_map_iterator()
        || value.is_set_iterator()
        || value.is_weak_map()
        || value.is_weak_set();
    let (entries, is_key_value) = match object(value) {
        Some(object) if has_entries => object.preview_entries(js),
        _ => (None, false),
    };
    let entries = entries.unwrap_or_else(|| v8::Array::new(js, 0));
    let is_key_value = v8::Boolean::new(js, is_key_value);
    Ok(record(
        js,
        &[
            ("entries", entries.into()),
            ("isKeyValue", is_key_value.into()),
        ],
    ))
}

fn constructor_name<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let name =
        object(args.get(0)).map(|object| object.get_constructor_name().to_rust_string_lossy(js));
    Ok(crate::string(js, &name.unwrap_or_default()).into())
}

/// Gives the prototype of a class that is written in JavaScript what those of native classes have.
fn mark_runtime_class<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let Some(prototype) = object(args.get(0)) else {
        return Err(Error::type_error("a prototype is an object"));
    };
    let marker = js.state().symbols.internal_class(js);
    let fixed = PropertyAttribute::DONT_ENUM
        | PropertyAttribute::DONT_DELETE
        | PropertyAttribute::READ_ONLY;
    let inspect = symbols::resource_type_inspect(js);
    let null = v8::null(js).into();
    let shown = v8::Object::with_prototype_and_properties(js, null, &[], &[]);
    let hidden = PropertyAttribute::DONT_ENUM | PropertyAttribute::READ_ONLY;
    let marks = [
        (marker, marker.into(), fixed),
        (inspect, shown.into(), hidden),
    ];
    let tag = js.flag(Flag::SetTostringTag).then(|| {
        let tag = v8::Symbol::get_to_string_tag(js);
        (tag, args.get(1), PropertyAttribute::DONT_ENUM)
    });
    for (symbol, value, attributes) in marks.into_iter().chain(tag) {
        prototype
            .define_own_property(js, symbol.into(), value, attributes)
            .ok_or(Error::Pending)?;
    }
    Ok(v8::undefined(js).into())
}

/// The inspection-only properties of an object of one of our classes, as pairs of name and symbol.
fn api_properties<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let Some(value) = object(args.get(0)).filter(|object| !object.is_proxy()) else {
        return Ok(v8::undefined(js).into());
    };
    let key = symbols::resource_type_inspect(js);
    let mut pairs = Vec::new();
    let mut is_api_object = false;
    let mut next = value.get_prototype(js).and_then(object);
    while let Some(prototype) = next.filter(|prototype| !prototype.is_proxy()) {
        if prototype.has_own_property(js, key.into()) == Some(true)
            && let Some(properties) = prototype.get(js, key.into()).and_then(object)
        {
            is_api_object = true;
            inspection_only(js, properties, &mut pairs)?;
        }
        next = prototype.get_prototype(js).and_then(object);
    }
    if !is_api_object {
        return Ok(v8::undefined(js).into());
    }
    Ok(v8::Array::new_with_elements(js, &pairs).into())
}

/// Collects the entries of a class's list whose value is a symbol.
fn inspection_only<'s>(
    js: &mut Lock<'s, '_>,
    properties: v8::Local<'s, v8::Object>,
    pairs: &mut Vec<v8::Local<'s, v8::Value>>,
) -> Result<()> {
    let names = properties
        .get_own_property_names(js, v8::GetPropertyNamesArgs::default())
        .ok_or(Error::Pending)?;
    for index in 0..names.length() {
        let name = names.get_index(js, index).ok_or(Error::Pending)?;
        let symbol = properties.get(js, name).ok_or(Error::Pending)?;
        if symbol.is_symbol() {
            pairs.push(v8::Array::new_with_elements(js, &[name, symbol]).into());
        }
    }
    Ok(())
}

/// How many frames `getCallSites` gives when nobody says.
const DEFAULT_FRAMES: usize = 10;

/// The stack from the function that calls this one on. Frames without a function name, top-level
/// code among them, are left out, as in the real workerd.
fn call_sites<'s>(js: &mut Lock<'s, '_>, args: Args<'_, 's>) -> Outcome<'s> {
    let frames = args
        .get(0)
        .uint32_value(js)
        .filter(|_| args.get(0).is_number());
    let frames = frames.map_or(DEFAULT_FRAMES, |frames| frames as usize);
    let Some(stack) = v8::StackTrace::current_stack_trace(js, frames) else {
        return Ok(v8::Array::new(js, 0).into());
    };
    let mut sites = Vec::with_capacity(stack.get_frame_count());
    for index in 0..stack.get_frame_count() {
        let Some(frame) = stack.get_frame(js, index) else {
            continue;
        };
        let (Some(function), Some(script)) =
            (frame.get_function_name(js), frame.get_script_name(js))
        else {
            continue;
        };
        let script_id = crate::string(js, &frame.get_script_id().to_string());
        let line = v8::Number::new(js, frame.get_line_number() as f64);
        let column = v8::Number::new(js, frame.get_column() as f64);
        let site = [
            ("functionName", function.into()),
            ("scriptName", script.into()),
            ("scriptId", script_id.into()),
            ("lineNumber", line.into()),
            ("columnNumber", column.into()),
            ("column", column.into()),
        ];
        sites.push(record(js, &site));
    }
    Ok(v8::Array::new_with_elements(js, &sites).into())
}

fn object(value: v8::Local<'_, v8::Value>) -> Option<v8::Local<'_, v8::Object>> {
    v8::Local::<v8::Object>::try_from(value).ok()
}

fn record<'s>(
    js: &mut Lock<'s, '_>,
    properties: &[(&str, v8::Local<'s, v8::Value>)],
) -> v8::Local<'s, v8::Value> {
    let object = v8::Object::new(js);
    for (name, value) in properties {
        let key = crate::intern(js, name);
        object.create_data_property(js, key.into(), *value);
    }
    object.into()
}
