//! What a module without source text exports, made when it is evaluated.

use super::super::callbacks::{export, export_members};
use super::super::commonjs::CommonJsModuleContext;
use super::super::{Content, Entry, compile};
use super::Urls;
use crate::{Error, Lock, Result};

/// Sets the exports of `entry`, which is being evaluated as `module`.
pub(in crate::modules) fn export_lazily<'s>(
    js: &mut Lock<'s, '_>,
    module: v8::Local<'s, v8::Module>,
    entry: &Entry,
) -> Result<()> {
    let Some(source) = &entry.source else {
        return Err(Error::Internal("a lazy module without a source".into()));
    };
    let value = match &source.content {
        Content::CommonJs {
            source: text,
            named_exports,
        } => return common_js(js, module, entry, text, named_exports),
        content => compile::value(js, source, content)?,
    };
    export(js, module, "default", value)
}

fn common_js<'s>(
    js: &mut Lock<'s, '_>,
    module: v8::Local<'s, v8::Module>,
    entry: &Entry,
    text: &super::super::Text,
    named_exports: &[String],
) -> Result<()> {
    let Some(source) = &entry.source else {
        return Ok(());
    };
    let script = Urls::script(&entry.path);
    let context = CommonJsModuleContext::of_url(js, script);
    // A module that requires this one in a cycle sees what is there so far.
    let exports = context.get().module_exports(js);
    export(js, module, "default", exports)?;
    let function = compile::common_js_function(js, script, source, text, context)?;
    let receiver = js.get_current_context().global(js).into();
    function.call(js, receiver, &[]).ok_or(Error::Pending)?;
    let exports = context.get().module_exports(js);
    export_members(js, module, exports, compile::named(named_exports).skip(1))?;
    export(js, module, "default", exports)
}
