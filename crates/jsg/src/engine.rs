//! The process-wide engine: platform, V8 flags and the start of the C++ garbage collector.
//!
//! E1. `Engine::init` runs before anything else of V8 and exactly once; later calls return at once.
//! E2. V8 flags are frozen by the first initialisation, so everything that wants a flag says so in
//!     [`EngineOptions`] first.

use std::cell::Cell;
use std::sync::OnceLock;

use crate::Lock;

static PLATFORM: OnceLock<v8::SharedRef<v8::Platform>> = OnceLock::new();

/// What the process decides once for all its isolates.
#[derive(Debug, Default, Clone)]
pub struct EngineOptions {
    /// Extra V8 flags, in the order in which V8 should see them.
    pub v8_flags: Vec<String>,
    /// Whether contexts can have Temporal at all. It makes each of them more costly, those without it too.
    pub temporal: bool,
    /// Worker threads of the platform (garbage collection, concurrent compilation). 0 lets V8 choose.
    pub worker_threads: u32,
}

/// Flags that hold for every process.
///
/// Loop unrolling is off since the phase also drops the interrupt check of loops that it takes for
/// short: such a loop could be ended neither by the time limit nor by the heap limit. The language
/// features are those of the real workerd. The first full collection comes after four megabytes, not after
/// half of the heap's limit: the Rust objects of finished events go with full collections only.
const FLAGS: &[&str] = &[
    "--no-freeze-flags-after-init",
    "--no-turboshaft-loop-unrolling",
    "--single-threaded-gc",
    "--js-source-phase-imports",
    "--js-iterator-includes",
    "--js-iterator-join",
    "--js-joint-iteration",
    "--no-harmony-temporal",
    "--stack-size=900",
    "--initial-old-space-size=4",
];

/// Starts V8. Idempotent and safe to call from any thread; the first call's options count.
pub fn init(options: &EngineOptions) {
    PLATFORM.get_or_init(|| {
        crate::clock::install();
        for flag in FLAGS
            .iter()
            .copied()
            .chain(options.v8_flags.iter().map(String::as_str))
        {
            v8::V8::set_flags_from_string(flag);
        }
        if options.temporal {
            v8::V8::set_flags_from_string("--harmony-temporal");
        }
        // V8's own source opens and reads /dev/urandom anew for each of the eight seeds of an isolate,
        // a tenth of the cost of making one.
        v8::V8::set_entropy_source(|buffer: &mut [u8]| getrandom::fill(buffer).is_ok());
        let platform =
            v8::new_unprotected_default_platform(options.worker_threads, false).make_shared();
        v8::V8::initialize_platform(platform.clone());
        v8::cppgc::initialize_process(platform.clone());
        v8::V8::initialize();
        platform
    });
}

thread_local! {
    static STACK_LIMIT: Cell<usize> = const { Cell::new(0) };
}

/// Room below V8's stack limit: for native code that V8 calls without a check of its own.
const STACK_MARGIN: usize = 512 << 10;

/// Tells V8 how far the stack of this thread reaches; call it near the bottom of a thread that was
/// made with `size` bytes of stack.
///
/// Isolates made on the thread from then on share the whole of it, however deeply they are entered
/// inside one another. Without it V8 gives each isolate just under 1 MiB from where it was made.
pub fn use_thread_stack(size: usize) {
    let here = std::ptr::from_ref(&size) as usize;
    STACK_LIMIT.set(here.saturating_sub(size).saturating_add(STACK_MARGIN));
}

/// The address that [`use_thread_stack`] has computed for this thread.
pub(crate) fn stack_limit() -> Option<usize> {
    Some(STACK_LIMIT.get()).filter(|limit| *limit != 0)
}

#[cfg(not(windows))]
unsafe extern "C" {
    /// `v8::Isolate::SetStackLimit`, which the bindings of the `v8` crate leave out.
    #[link_name = "_ZN2v87Isolate13SetStackLimitEm"]
    fn set_stack_limit(isolate: v8::UnsafeRawIsolatePtr, limit: usize);
}

/// Gives an isolate that has just been locked by this thread all of the stack that
/// [`use_thread_stack`] has told of; locking has set V8's default.
#[cfg(not(windows))]
pub(crate) fn share_thread_stack(isolate: v8::UnsafeRawIsolatePtr) {
    if let Some(limit) = stack_limit() {
        // SAFETY: the pointer is that of a live isolate, and the address lies in the stack of this
        // thread, on which alone the isolate runs, with room below it. The symbol is the method's
        // in the Itanium C++ ABI, in which `this` is the first argument.
        unsafe { set_stack_limit(isolate, limit) };
    }
}

/// V8's default stays where C++ methods have other names.
#[cfg(windows)]
pub(crate) fn share_thread_stack(_: v8::UnsafeRawIsolatePtr) {}

/// V8's template of a plain object with given properties, which makes one in a third of the time that adding
/// them one by one takes. The bindings of the `v8` crate leave it out.
pub(crate) struct DictionaryTemplate {
    template: dictionary::Template,
    names: &'static [&'static str],
}

impl DictionaryTemplate {
    pub(crate) fn new(js: &Lock<'_, '_>, names: &'static [&'static str]) -> Self {
        let template = dictionary::template(js, names);
        Self { template, names }
    }

    /// An object with these values, in the order of the names.
    pub(crate) fn instance<'s>(
        &self,
        js: &Lock<'s, '_>,
        values: &mut [v8::Local<'s, v8::Value>],
    ) -> v8::Local<'s, v8::Object> {
        assert_eq!(self.names.len(), values.len(), "a value for each name");
        dictionary::instance(js, &self.template, values)
    }
}

/// Only the library in this repository is known to have these methods under these names.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod dictionary {
    use crate::Lock;

    pub(super) type Template = v8::Global<v8::Data>;

    /// `std::string_view` of libc++.
    #[repr(C)]
    struct StringView {
        data: *const u8,
        length: usize,
    }

    unsafe extern "C" {
        /// `v8::DictionaryTemplate::New`.
        #[link_name = "_ZN2v818DictionaryTemplate3NewEPNS_7IsolateENSt4__Cr4spanIKNS3_17basic_string_viewIcNS3_11char_traitsIcEEEELm18446744073709551615EEE"]
        fn new<'s>(
            isolate: v8::UnsafeRawIsolatePtr,
            names: *const StringView,
            count: usize,
        ) -> v8::Local<'s, v8::Data>;

        /// `v8::DictionaryTemplate::NewInstance`.
        #[link_name = "_ZN2v818DictionaryTemplate11NewInstanceENS_5LocalINS_7ContextEEENSt4__Cr4spanINS_10MaybeLocalINS_5ValueEEELm18446744073709551615EEE"]
        fn new_instance<'s>(
            this: v8::Local<'_, v8::Data>,
            context: v8::Local<'_, v8::Context>,
            values: *mut v8::Local<'_, v8::Value>,
            count: usize,
        ) -> v8::Local<'s, v8::Object>;
    }

    pub(super) fn template(js: &Lock<'_, '_>, names: &[&str]) -> Template {
        let names: Vec<StringView> = names
            .iter()
            .map(|name| StringView {
                data: name.as_ptr(),
                length: name.len(),
            })
            .collect();
        // SAFETY: the isolate is the lock's, and V8 copies the names. In the Itanium C++ ABI a span is passed
        // as its two members, and a handle as the pointer that it is.
        let template = unsafe { new(js.as_raw_isolate_ptr(), names.as_ptr(), names.len()) };
        v8::Global::new(js, template)
    }

    pub(super) fn instance<'s>(
        js: &Lock<'s, '_>,
        template: &Template,
        values: &mut [v8::Local<'s, v8::Value>],
    ) -> v8::Local<'s, v8::Object> {
        let template = v8::Local::new(js, template);
        let context = js.get_current_context();
        // SAFETY: made by `template`, with as many names as there are values, which `DictionaryTemplate` sees to;
        // the handle is made in the lock's scope. The ABI is as above; V8 may overwrite the values.
        unsafe { new_instance(template, context, values.as_mut_ptr(), values.len()) }
    }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod dictionary {
    use crate::Lock;

    pub(super) type Template = &'static [&'static str];

    pub(super) fn template(_: &Lock<'_, '_>, names: Template) -> Template {
        names
    }

    pub(super) fn instance<'s>(
        js: &Lock<'s, '_>,
        names: &Template,
        values: &mut [v8::Local<'s, v8::Value>],
    ) -> v8::Local<'s, v8::Object> {
        let object = v8::Object::new(js);
        for (name, value) in names.iter().zip(values) {
            let name = crate::intern(js, name);
            object.create_data_property(js, name.into(), *value);
        }
        object
    }
}

/// Starts the engine with default options when nobody has.
pub(crate) fn start() {
    init(&EngineOptions::default());
}

/// The platform; starts the engine with default options when nobody has.
pub(crate) fn platform() -> v8::SharedRef<v8::Platform> {
    start();
    PLATFORM.get().expect("init has just run").clone()
}

/// Runs what V8 has posted to this isolate's foreground thread (delayed tasks, finalization).
///
/// Call it between events; it may run guest code (FinalizationRegistry callbacks).
pub(crate) fn pump(isolate: &v8::Isolate) {
    while v8::Platform::pump_message_loop(&platform(), isolate, false) {}
}

/// The version of V8 that this binary links.
pub fn version() -> &'static str {
    v8::V8::get_version()
}
