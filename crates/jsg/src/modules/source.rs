//! What modules are made of: plain data that all isolates of a Worker share.

use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

/// Source text, shared or part of the executable.
#[derive(Debug, Clone)]
pub enum Text {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self::Static(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Shared(text.into())
    }
}

impl From<Arc<str>> for Text {
    fn from(text: Arc<str>) -> Self {
        Self::Shared(text)
    }
}

/// What a module is, with its content.
#[derive(Debug, Clone)]
pub enum Content {
    EsModule(Text),
    CommonJs {
        source: Text,
        /// Members of `module.exports` that are exports of the module, too.
        named_exports: Vec<String>,
    },
    Text(Text),
    Data(Arc<[u8]>),
    Json(Text),
    Wasm(Arc<[u8]>),
}

/// One module of a Worker, or one that is built in.
pub struct Source {
    pub name: String,
    pub content: Content,
    pub code: CodeCache,
    /// Compiled once a process; the code is shared, the `WebAssembly.Module` objects are not.
    pub(super) wasm: OnceLock<Arc<v8::CompiledWasmModule>>,
}

impl Source {
    pub fn new(name: impl Into<String>, content: Content) -> Self {
        Self {
            name: name.into(),
            content,
            code: CodeCache::default(),
            wasm: OnceLock::new(),
        }
    }

    /// An ES module.
    pub fn es_module(name: impl Into<String>, source: impl Into<Text>) -> Self {
        Self::new(name, Content::EsModule(source.into()))
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// All modules of a Worker, in the order of its configuration.
#[derive(Debug, Default)]
pub struct Bundle {
    pub modules: Vec<Arc<Source>>,
}

/// What V8 made of a source, for the next isolate that compiles it.
#[derive(Default)]
pub struct CodeCache {
    data: OnceLock<Box<[u8]>>,
    accepted: AtomicU32,
}

/// Sources shorter than this compile faster than their cache can be checked.
const WORTH_CACHING: usize = 512;

impl CodeCache {
    /// The cached code, if an isolate has produced it.
    pub fn get(&self) -> Option<&[u8]> {
        self.data.get().map(|data| &**data)
    }

    /// Keeps `data` unless another isolate was faster.
    pub fn set(&self, data: &[u8]) {
        let _ = self.data.set(data.into());
    }

    /// How many compilations have used the cache.
    pub fn accepted(&self) -> u32 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Whether code for `source` should be produced now.
    pub(crate) fn wants(&self, source: &str) -> bool {
        source.len() >= WORTH_CACHING && self.data.get().is_none()
    }

    /// The source as V8 wants it for compilation, and the options that go with it.
    pub(crate) fn source(
        &self,
        text: v8::Local<'_, v8::String>,
        origin: &v8::ScriptOrigin<'_>,
    ) -> (
        v8::script_compiler::Source,
        v8::script_compiler::CompileOptions,
    ) {
        use v8::script_compiler::{CachedData, CompileOptions, Source};
        match self.get() {
            Some(data) => (
                Source::new_with_cached_data(text, Some(origin), CachedData::new(data)),
                CompileOptions::ConsumeCodeCache,
            ),
            None => (
                Source::new(text, Some(origin)),
                CompileOptions::NoCompileOptions,
            ),
        }
    }

    /// Notes after a compilation whether V8 took the cached code.
    pub(crate) fn note(&self, source: &v8::script_compiler::Source) {
        if source
            .get_cached_data()
            .is_some_and(|data| !data.rejected())
        {
            self.accepted.fetch_add(1, Ordering::Relaxed);
        }
    }
}

const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    // Isolates of different threads share the sources of a Worker.
    is_shared::<Bundle>();
};
