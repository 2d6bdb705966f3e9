//! `import.meta` (HTML §8.1.6.7.1, and the path helpers of WinterTC's minimum common API).

use super::super::Registry;
use super::names;
use crate::class::call::guarded;
use crate::{Error, Lock, Result};

/// Fills `import.meta` of a module when its code first asks for it.
pub(in crate::modules) extern "C" fn initialize(
    context: v8::Local<'_, v8::Context>,
    module: v8::Local<'_, v8::Module>,
    meta: v8::Local<'_, v8::Object>,
) {
    // SAFETY: V8 calls this inside the isolate and context that it names.
    v8::callback_scope!(unsafe scope, context);
    guarded(scope, |js| fill(js, module, meta));
}

fn fill(
    js: &mut Lock<'_, '_>,
    module: v8::Local<'_, v8::Module>,
    meta: v8::Local<'_, v8::Object>,
) -> Result<()> {
    let Some(registry) = Registry::current(js) else {
        return Ok(());
    };
    let (Some(urls), Ok(entry)) = (&registry.urls, registry.entry_of(js, module)) else {
        return Ok(());
    };
    let meta = v8::Local::new(js, meta);
    let main = v8::Boolean::new(js, urls.is_main(&entry)).into();
    set(js, meta, "main", main)?;
    let url = crate::string(js, &entry.path).into();
    set(js, meta, "url", url)?;
    if let Some(path) = names::file_path(&entry.path) {
        let filename = crate::string(js, &path).into();
        set(js, meta, "filename", filename)?;
        let folder = match path.rfind('/') {
            None | Some(0) => "/",
            Some(end) => &path[..end],
        };
        let dirname = crate::string(js, folder).into();
        set(js, meta, "dirname", dirname)?;
    }
    let base = entry.path.clone();
    let resolve = crate::promise::function(js, "", move |js, args| {
        if args.length() == 0 {
            return Err(Error::type_error(
                "import.meta.resolve requires a specifier argument",
            ));
        }
        let specifier = args.get(0).to_string(js).ok_or(Error::Pending)?;
        let specifier = specifier.to_rust_string_lossy(js);
        let url = resolved(js, &base, &specifier)?;
        Ok(crate::string(js, &url).into())
    });
    set(js, meta, "resolve", resolve.into())
}

/// `import.meta.resolve(specifier)`: whether there is such a module plays no role.
fn resolved(js: &Lock<'_, '_>, base: &str, specifier: &str) -> Result<String> {
    let name = Registry::current(js).and_then(|registry| registry.builtin_name(js, specifier));
    let specifier = name.as_deref().unwrap_or(specifier);
    match names::parse(specifier, base) {
        Some(url) => Ok(url.href().to_owned()),
        None => Err(Error::type_error(format!(
            "Invalid module specifier: {specifier}"
        ))),
    }
}

fn set<'s>(
    js: &mut Lock<'s, '_>,
    meta: v8::Local<'s, v8::Object>,
    name: &str,
    value: v8::Local<'s, v8::Value>,
) -> Result<()> {
    let key = crate::intern(js, name);
    meta.create_data_property(js, key.into(), value)
        .ok_or(Error::Pending)?;
    Ok(())
}
