//! Symbols that the binding layer and the built-in JavaScript share.

use std::cell::OnceCell;

use crate::Lock;

/// The isolate's own symbols, made on first use.
#[derive(Default)]
pub(crate) struct Symbols {
    resource_type_inspect: OnceCell<v8::Global<v8::Symbol>>,
    internal_class: OnceCell<v8::Global<v8::Symbol>>,
    dispose: OnceCell<v8::Global<v8::Symbol>>,
}

impl Symbols {
    /// Under this symbol a class's prototype lists the properties that inspection shows.
    pub(crate) fn resource_type_inspect<'s>(&self, js: &Lock<'s, '_>) -> v8::Local<'s, v8::Symbol> {
        let global = self.resource_type_inspect.get_or_init(|| {
            let name = crate::intern(js, "kResourceTypeInspect");
            v8::Global::new(js, v8::Symbol::new(js, Some(name)))
        });
        v8::Local::new(js, global)
    }

    /// A class of the runtime carries this symbol on its prototype: tools tell such classes by it.
    pub(crate) fn internal_class<'s>(&self, js: &Lock<'s, '_>) -> v8::Local<'s, v8::Symbol> {
        let global = self.internal_class.get_or_init(|| {
            let key = crate::intern(js, "cloudflare:internal-class");
            v8::Global::new(js, v8::Symbol::for_key(js, key))
        });
        v8::Local::new(js, global)
    }

    /// `Symbol.dispose`, which V8's interface does not offer: it is read from the scope, once.
    pub(crate) fn dispose<'s>(&self, js: &Lock<'s, '_>) -> v8::Local<'s, v8::Symbol> {
        if let Some(global) = self.dispose.get() {
            return v8::Local::new(js, global);
        }
        let scope = js.get_current_context().global(js);
        let key = crate::intern(js, "Symbol");
        let name = crate::intern(js, "dispose");
        let symbol = scope
            .get(js, key.into())
            .and_then(|symbols| v8::Local::<v8::Object>::try_from(symbols).ok())
            .and_then(|symbols| symbols.get(js, name.into()))
            .and_then(|symbol| v8::Local::<v8::Symbol>::try_from(symbol).ok())
            .unwrap_or_else(|| v8::Symbol::new(js, Some(name)));
        let _ = self.dispose.set(v8::Global::new(js, symbol));
        symbol
    }
}

/// The symbol under which a class's prototype lists the properties that inspection shows: an object
/// with `false` for a plain property, and for an inspection-only one the symbol that reads it.
pub fn resource_type_inspect<'s>(js: &Lock<'s, '_>) -> v8::Local<'s, v8::Symbol> {
    use crate::LockExt;
    js.state().symbols.resource_type_inspect(js)
}
