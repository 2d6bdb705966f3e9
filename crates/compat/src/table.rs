//! The table of compatibility flags: the one place where a flag is described.
//!
//! A row gives the flag's variant, what it does (the doc comment) and the columns of [`Row`] that differ from
//! [`Row::EMPTY`]. Everything else in this crate is computed from it.
//!
//! Invariants, checked by the crate's tests:
//! 1. The order is that of the real workerd's flags: it decides the order of errors and of
//!    `Cloudflare.compatibilityFlags`, and an implication may only rest on what earlier rows and earlier implications set.
//! 2. No name occurs twice, and a flag that can be turned off by name can be turned on by name.

use crate::date::Date;

/// What the table says about one flag.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The name that turns the flag on. Positions that were never public have none.
    pub on: Option<&'static str>,
    /// The name that turns the flag off.
    pub off: Option<&'static str>,
    /// When the flag is on without being named.
    pub default: Default,
    /// Turning the flag on by name needs `--experimental`.
    pub experimental: bool,
    /// The name is accepted and does nothing.
    pub obsolete: bool,
    /// Other flags that turn this one on.
    pub implied_by: Option<Implication>,
    /// What the flag does; read it through [`Flag::description`].
    pub(crate) description: &'static str,
}

/// When a flag is on without being named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    Never,
    Since(Date),
    Always,
}

/// "On from `from` if any of `flags` is on."
#[derive(Clone, Copy, Debug)]
pub struct Implication {
    pub from: Date,
    pub flags: &'static [Flag],
}

impl Row {
    const EMPTY: Row = Row {
        on: None,
        off: None,
        default: Default::Never,
        experimental: false,
        obsolete: false,
        implied_by: None,
        description: "",
    };
}

const fn since(date: &str) -> Default {
    Default::Since(Date::literal(date))
}

const fn implied(from: &str, flags: &'static [Flag]) -> Option<Implication> {
    Some(Implication {
        from: Date::literal(from),
        flags,
    })
}

macro_rules! flags {
    ($($(#[doc = $doc:literal])* $name:ident { $($column:ident: $value:expr,)* })*) => {
        /// A compatibility flag, named after the name that turns it on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Flag {
            $($(#[doc = $doc])* $name,)*
        }

        impl Flag {
            /// Every flag, in the order of the table.
            pub const ALL: &'static [Flag] = &[$(Flag::$name,)*];
        }

        pub(crate) static TABLE: &[Row] = &[
            $(Row { description: concat!($($doc),*), $($column: $value,)* ..Row::EMPTY },)*
        ];
    };
}

flags! {
    /// Parsed multipart form entries that carry a filename come back from FormData as File objects
    /// instead of strings.
    FormdataParserSupportsFiles {
        on: Some("formdata_parser_supports_files"),
        off: Some("formdata_parser_converts_files_to_strings"),
        default: since("2021-11-03"),
    }
    /// fetch() throws for URL schemes other than http and https instead of sending them as if they
    /// were http.
    FetchRefusesUnknownProtocols {
        on: Some("fetch_refuses_unknown_protocols"),
        off: Some("fetch_treats_unknown_protocols_as_http"),
        default: since("2021-11-10"),
    }
    /// HTMLRewriter treats `<esi:include>` as an element without content, so no end tag is expected.
    HtmlRewriterTreatsEsiIncludeAsVoidTag {
        on: Some("html_rewriter_treats_esi_include_as_void_tag"),
    }
    /// Retired position without flag names; never set.
    Obsolete3 {
        obsolete: true,
    }
    /// fetch() on a Durable Object stub needs an absolute URL; when off, a relative one is resolved
    /// against `https://fake-host/`.
    DurableObjectFetchRequiresFullUrl {
        on: Some("durable_object_fetch_requires_full_url"),
        off: Some("durable_object_fetch_allows_relative_url"),
        default: since("2021-11-10"),
    }
    /// A buffer handed to a BYOB reader's read() is detached, so the caller can no longer see or
    /// change it.
    StreamsByobReaderDetachesBuffer {
        on: Some("streams_byob_reader_detaches_buffer"),
        off: Some("streams_byob_reader_does_not_detach_buffer"),
        default: since("2021-11-10"),
    }
    /// new ReadableStream() and new WritableStream() accept JavaScript underlying sources and
    /// sinks; when off these constructors refuse.
    StreamsEnableConstructors {
        on: Some("streams_enable_constructors"),
        off: Some("streams_disable_constructors"),
        default: since("2022-11-30"),
    }
    /// API attributes are accessor properties on the prototype rather than own properties of each
    /// instance.
    WorkersApiGettersSettersOnPrototype {
        on: Some("workers_api_getters_setters_on_prototype"),
        off: Some("workers_api_getters_setters_on_instance"),
        default: since("2022-01-31"),
    }
    /// Cloudflare's network drops redundant CDN features on outgoing subrequests; nothing changes
    /// in workerd.
    MinimalSubrequests {
        on: Some("minimal_subrequests"),
        off: Some("no_minimal_subrequests"),
        default: since("2022-04-05"),
    }
    /// Cloudflare's network does not apply the custom origin trust store to subrequests that leave
    /// the zone; nothing changes in workerd.
    NoCotsOnExternalFetch {
        on: Some("no_cots_on_external_fetch"),
        off: Some("cots_on_external_fetch"),
        default: since("2022-03-08"),
    }
    /// URL and URLSearchParams are the WHATWG-conforming classes (accessors on the prototype,
    /// percent-encoding per the standard) instead of the older parser.
    UrlStandard {
        on: Some("url_standard"),
        off: Some("url_original"),
        default: since("2022-10-31"),
    }
    /// Adds the global navigator object with userAgent and further members.
    GlobalNavigator {
        on: Some("global_navigator"),
        off: Some("no_global_navigator"),
        default: since("2022-03-21"),
    }
    /// API methods that return promises report errors as rejected promises instead of throwing at
    /// once.
    CaptureAsyncApiThrows {
        on: Some("capture_async_api_throws"),
        off: Some("do_not_capture_async_api_throws"),
        default: since("2022-10-31"),
    }
    /// R2 bindings use the public API shape; on for every date, only its disable name goes back to
    /// the private-beta shape.
    R2PublicBetaBindings {
        on: Some("r2_public_beta_bindings"),
        off: Some("r2_internal_beta_bindings"),
        default: Default::Always,
    }
    /// Retired: once allowed Durable Object alarms, which everybody has now; accepted without
    /// effect.
    DurableObjectAlarms {
        on: Some("durable_object_alarms"),
        obsolete: true,
    }
    /// A wrong-typed argument for an optional or nullable parameter is a TypeError instead of being
    /// read as null.
    DontSubstituteNullOnTypeError {
        on: Some("dont_substitute_null_on_type_error"),
        off: Some("substitute_null_on_type_error"),
        default: since("2022-06-01"),
    }
    /// new TransformStream() takes a transformer and strategies as the standard says; when off it
    /// is an identity byte stream (needs streams_enable_constructors).
    TransformstreamEnableStandardConstructor {
        on: Some("transformstream_enable_standard_constructor"),
        off: Some("transformstream_disable_standard_constructor"),
        default: since("2022-11-30"),
    }
    /// R2 list() returns httpMetadata and customMetadata only where the include option asks; when
    /// off they always come.
    R2ListHonorInclude {
        on: Some("r2_list_honor_include"),
        default: since("2022-08-04"),
    }
    /// Importing a CommonJS module yields its module.exports as the default export, not a namespace
    /// object wrapping it (original module registry only).
    ExportCommonjsDefault {
        on: Some("export_commonjs_default"),
        off: Some("export_commonjs_namespace"),
        default: since("2022-10-31"),
    }
    /// Retired Durable Object rename flag, accepted without effect.
    DurableObjectRename {
        on: Some("durable_object_rename"),
        experimental: true,
        obsolete: true,
    }
    /// WebSocket connections may negotiate permessage-deflate; when off every compression offer is
    /// refused.
    WebSocketCompression {
        on: Some("web_socket_compression"),
        off: Some("no_web_socket_compression"),
        default: since("2023-08-15"),
    }
    /// Makes the node: built-in modules importable and, by implication, turns on the many per-
    /// module Node.js flags of the dates passed.
    NodejsCompat {
        on: Some("nodejs_compat"),
        off: Some("no_nodejs_compat"),
        default: since("2026-08-04"),
    }
    /// Retired: once allowed TCP sockets, now always there; accepted without effect.
    TcpSocketsSupport {
        on: Some("tcp_sockets_support"),
        obsolete: true,
    }
    /// Response.redirect() parses and serializes its URL with the WHATWG URL parser.
    ResponseRedirectUrlStandard {
        on: Some("response_redirect_url_standard"),
        off: Some("response_redirect_url_original"),
        default: since("2023-03-14"),
    }
    /// Catch-all that unlocks API additions still in development (extra globals, methods and
    /// bindings).
    Experimental {
        on: Some("experimental"),
        experimental: true,
    }
    /// Adds getExisting() to Durable Object namespaces, meant to give a stub only for an object
    /// that exists.
    DurableObjectGetExisting {
        on: Some("durable_object_get_existing"),
        experimental: true,
    }
    /// Headers gains getSetCookie(), and iteration lists each Set-Cookie value separately.
    HttpHeadersGetsetcookie {
        on: Some("http_headers_getsetcookie"),
        off: Some("no_http_headers_getsetcookie"),
        default: since("2023-03-01"),
    }
    /// An uncaught exception in a dynamically dispatched Worker reaches the caller as an exception
    /// instead of an empty 500 response.
    DynamicDispatchTunnelExceptions {
        on: Some("dynamic_dispatch_tunnel_exceptions"),
        off: Some("dynamic_dispatch_treat_exceptions_as_500"),
        default: since("2023-03-01"),
    }
    /// Service bindings gain methods that invoke further event handlers of the target, such as
    /// queue() and scheduled().
    ServiceBindingExtraHandlers {
        on: Some("service_binding_extra_handlers"),
        experimental: true,
    }
    /// request.cf is left as received; when off, a default botManagement object is filled in where
    /// it is missing.
    NoCfBotmanagementDefault {
        on: Some("no_cf_botmanagement_default"),
        off: Some("cf_botmanagement_default"),
        default: since("2023-08-01"),
    }
    /// URLSearchParams delete() and has() take the optional second argument that restricts them to
    /// one value.
    UrlsearchparamsDeleteHasValueArg {
        on: Some("urlsearchparams_delete_has_value_arg"),
        off: Some("no_urlsearchparams_delete_has_value_arg"),
        default: since("2023-07-01"),
    }
    /// DecompressionStream fails on data after the end of the compressed stream and on input that
    /// stops early.
    StrictCompressionChecks {
        on: Some("strict_compression_checks"),
        off: Some("no_strict_compression_checks"),
        default: since("2023-08-01"),
    }
    /// Bodies with Content-Encoding br are decoded and encoded, as gzip ones are.
    BrotliContentEncoding {
        on: Some("brotli_content_encoding"),
        off: Some("no_brotli_content_encoding"),
        default: since("2024-04-29"),
    }
    /// WebCrypto checks more of its parameters as the specification asks and refuses unsafe RSA
    /// sizes and exponents.
    StrictCryptoChecks {
        on: Some("strict_crypto_checks"),
        off: Some("no_strict_crypto_checks"),
        default: since("2023-08-01"),
    }
    /// Makes the module workerd:rtti importable, which describes the runtime's own types.
    RttiApi {
        on: Some("rtti_api"),
        experimental: true,
    }
    /// Retired: the WebGPU API is gone; accepted without effect.
    Webgpu {
        on: Some("webgpu"),
        experimental: true,
        obsolete: true,
    }
    /// The publicExponent of an RSA key's algorithm is a Uint8Array instead of an ArrayBuffer.
    CryptoPreservePublicExponent {
        on: Some("crypto_preserve_public_exponent"),
        off: Some("no_crypto_preserve_public_exponent"),
        default: since("2023-12-01"),
    }
    /// Vectorize query() returns metadata only when asked and flattens the match objects.
    VectorizeQueryMetadataOptional {
        on: Some("vectorize_query_metadata_optional"),
        off: Some("vectorize_query_original"),
        default: since("2023-11-08"),
    }
    /// Makes the module workerd:unsafe importable (dangerous operations for tests, such as aborting
    /// all Durable Objects).
    UnsafeModule {
        on: Some("unsafe_module"),
        experimental: true,
    }
    /// Lets Durable Object classes that do not extend DurableObject serve RPC; kept only for old
    /// users.
    JsRpc {
        on: Some("js_rpc"),
        experimental: true,
    }
    /// Removes the global importScripts(), which was never implemented.
    NoGlobalImportscripts {
        on: Some("no_global_importscripts"),
        off: Some("global_importscripts"),
        default: since("2024-03-04"),
    }
    /// Makes node:async_hooks (AsyncLocalStorage) importable without the rest of the Node.js
    /// compatibility.
    NodejsAls {
        on: Some("nodejs_als"),
        off: Some("no_nodejs_als"),
    }
    /// Queue bindings encode a message as JSON by default instead of with V8's serializer.
    QueuesJsonMessages {
        on: Some("queues_json_messages"),
        off: Some("no_queues_json_messages"),
        default: since("2024-03-18"),
    }
    /// Allows Worker bundles made of Python modules.
    PythonWorkers {
        on: Some("python_workers"),
        implied_by: implied("2000-01-01", &[Flag::PythonWorkersDevelopment]),
    }
    /// Removes the undocumented get(), put() and delete() methods from service bindings and Durable
    /// Object stubs.
    FetcherNoGetPutDelete {
        on: Some("fetcher_no_get_put_delete"),
        off: Some("fetcher_has_get_put_delete"),
        default: since("2024-03-26"),
    }
    /// Where the runtime awaits a value from JavaScript, any object with a then method is awaited,
    /// not only real promises.
    UnwrapCustomThenables {
        on: Some("unwrap_custom_thenables"),
        off: Some("no_unwrap_custom_thenables"),
        default: since("2024-04-01"),
    }
    /// Service bindings and Durable Object stubs answer to every property name as a remote method
    /// (JS RPC).
    Rpc {
        on: Some("rpc"),
        off: Some("no_rpc"),
        default: since("2024-04-03"),
    }
    /// A BYOB read() at the end of a runtime-made stream returns an empty view on the given buffer
    /// as value instead of undefined.
    InternalStreamByobReturnView {
        on: Some("internal_stream_byob_return_view"),
        off: Some("internal_stream_byob_return_undefined"),
        default: since("2024-05-13"),
    }
    /// The type of a Blob read from a request or response body is derived as the standard says.
    BlobStandardMimeType {
        on: Some("blob_standard_mime_type"),
        off: Some("blob_legacy_mime_type"),
        default: since("2024-06-03"),
    }
    /// Request and fetch() parse URLs with the WHATWG parser.
    FetchStandardUrl {
        on: Some("fetch_standard_url"),
        off: Some("fetch_legacy_url"),
        default: since("2024-06-03"),
    }
    /// Also allows Node.js built-ins without the node: prefix and defines the globals Buffer,
    /// process and global.
    NodejsCompatV2 {
        on: Some("nodejs_compat_v2"),
        off: Some("no_nodejs_compat_v2"),
        default: since("2026-08-04"),
        implied_by: implied("2024-09-23", &[Flag::NodejsCompat]),
    }
    /// On Cloudflare, global fetch() to the Worker's own zone goes through the front door like
    /// public traffic; nothing changes in workerd.
    GlobalFetchStrictlyPublic {
        on: Some("global_fetch_strictly_public"),
        off: Some("global_fetch_private_origin"),
    }
    /// Uses the URL-based module registry: specifiers resolve as URLs below file:///bundle/,
    /// import.meta has url, main and resolve, and import attributes are honoured.
    NewModuleRegistry {
        on: Some("new_module_registry"),
        off: Some("legacy_module_registry"),
        default: since("2026-11-17"),
    }
    /// Request and fetch() accept the cache option (value no-store); when off, giving it throws.
    CacheOptionEnabled {
        on: Some("cache_option_enabled"),
        off: Some("cache_option_disabled"),
        default: since("2024-11-11"),
    }
    /// Routing change inside Cloudflare for KV; nothing changes in workerd.
    KvDirectBinding {
        on: Some("kv_direct_binding"),
        experimental: true,
    }
    /// fetch() honours a port in the URL on Cloudflare; nothing but the request's port changes in
    /// workerd.
    AllowCustomPorts {
        on: Some("allow_custom_ports"),
        off: Some("ignore_custom_ports"),
        default: since("2024-09-02"),
    }
    /// Raises the WebSocket message size limit to 128 MiB for local development.
    IncreaseWebsocketMessageSize {
        on: Some("increase_websocket_message_size"),
        experimental: true,
    }
    /// abort() on a runtime-made WritableStream drops the queued writes at once instead of when the
    /// queue is next processed.
    InternalWritableStreamAbortClearsQueue {
        on: Some("internal_writable_stream_abort_clears_queue"),
        off: Some("internal_writable_stream_abort_does_not_clear_queue"),
        default: since("2024-09-02"),
    }
    /// Runs Python Workers on a development build of Pyodide.
    PythonWorkersDevelopment {
        on: Some("python_workers_development"),
        experimental: true,
    }
    /// Makes node:zlib importable.
    NodejsZlib {
        on: Some("nodejs_zlib"),
        off: Some("no_nodejs_zlib"),
        implied_by: implied("2024-09-23", &[Flag::NodejsCompat, Flag::NodejsCompatV2]),
    }
    /// Lets a Durable Object client be routed to a replica of the object.
    ReplicaRouting {
        on: Some("replica_routing"),
        experimental: true,
    }
    /// Retired: D1's session API is always there; accepted without effect.
    EnableD1WithSessionsApi {
        on: Some("enable_d1_with_sessions_api"),
        experimental: true,
        obsolete: true,
    }
    /// A promise resolved from another request's context runs its continuations in the context it
    /// belongs to, if that is still alive, instead of in the wrong one.
    HandleCrossRequestPromiseResolution {
        on: Some("handle_cross_request_promise_resolution"),
        off: Some("no_handle_cross_request_promise_resolution"),
        default: since("2024-10-14"),
    }
    /// Retired position without flag names, marked experimental; cannot be set.
    Obsolete63 {
        experimental: true,
        obsolete: true,
    }
    /// API prototypes carry Symbol.toStringTag, so objects print as `[object Request]` and so on.
    SetTostringTag {
        on: Some("set_tostring_tag"),
        off: Some("do_not_set_tostring_tag"),
        default: since("2024-09-26"),
    }
    /// Request methods are upper-cased before they are looked up, patch included, instead of only
    /// the few the standard names.
    UpperCaseAllHttpMethods {
        on: Some("upper_case_all_http_methods"),
        off: Some("no_upper_case_all_http_methods"),
        default: since("2024-10-14"),
    }
    /// Retired Python external packages flag, accepted without effect.
    PythonExternalPackages {
        on: Some("python_external_packages"),
        obsolete: true,
    }
    /// require() of a module that uses top-level await throws (original module registry only).
    DisableTopLevelAwaitInRequire {
        on: Some("disable_top_level_await_in_require"),
        off: Some("enable_top_level_await_in_require"),
        default: since("2024-12-02"),
    }
    /// TransformStream applies backpressure as the standard says.
    FixupTransformStreamBackpressure {
        on: Some("fixup-transform-stream-backpressure"),
        off: Some("original-transform-stream-backpressure"),
        default: since("2024-12-16"),
    }
    /// Retired tail worker user-span flag, accepted without effect.
    TailWorkerUserSpans {
        on: Some("tail_worker_user_spans"),
        experimental: true,
        obsolete: true,
    }
    /// The cache option of Request and fetch() also accepts no-cache.
    CacheNoCacheEnabled {
        on: Some("cache_no_cache_enabled"),
        off: Some("cache_no_cache_disabled"),
        implied_by: implied("2025-08-07", &[Flag::CacheOptionEnabled]),
    }
    /// Python Workers run on the Pyodide release of 2025-01-16.
    PythonWorkers20250116 {
        on: Some("python_workers_20250116"),
        off: Some("no_python_workers_20250116"),
        implied_by: implied("2025-09-29", &[Flag::PythonWorkers]),
    }
    /// On Cloudflare, cache settings in a fetch's cf object beat the zone's cache rules; nothing
    /// changes in workerd.
    RequestCfOverridesCacheRules {
        on: Some("request_cf_overrides_cache_rules"),
        off: Some("no_request_cf_overrides_cache_rules"),
        default: since("2025-04-02"),
    }
    /// Adds delete() to the in-memory cache binding.
    MemoryCacheDelete {
        on: Some("memory_cache_delete"),
        experimental: true,
    }
    /// Retired: each invocation now always has its own ctx object; accepted without effect.
    UniqueCtxPerInvocation {
        on: Some("unique_ctx_per_invocation"),
        default: since("2025-03-10"),
        obsolete: true,
    }
    /// A queue batch's result is reported without waiting for promises given to waitUntil().
    QueueConsumerNoWaitForWaitUntil {
        on: Some("queue_consumer_no_wait_for_wait_until"),
        off: Some("queue_consumer_wait_for_wait_until"),
    }
    /// process.env is filled from the Worker's text bindings.
    NodejsCompatPopulateProcessEnv {
        on: Some("nodejs_compat_populate_process_env"),
        off: Some("nodejs_compat_do_not_populate_process_env"),
        implied_by: implied("2025-04-01", &[Flag::NodejsCompat]),
    }
    /// On Cloudflare, a cf object on a Cache API request beats the zone's cache rules; nothing
    /// changes in workerd.
    CacheApiRequestCfOverridesCacheRules {
        on: Some("cache_api_request_cf_overrides_cache_rules"),
        off: Some("no_cache_api_request_cf_overrides_cache_rules"),
        default: since("2025-05-19"),
    }
    /// The env (and exports) that cloudflare:workers exports are empty instead of the Worker's
    /// bindings.
    DisallowImportableEnv {
        on: Some("disallow_importable_env"),
        off: Some("allow_importable_env"),
    }
    /// Navigation requests (Sec-Fetch-Mode: navigate) prefer static assets over the user Worker
    /// when not_found_handling is set.
    AssetsNavigationPrefersAssetServing {
        on: Some("assets_navigation_prefers_asset_serving"),
        off: Some("assets_navigation_has_no_effect"),
        default: since("2025-04-01"),
    }
    /// Cache API requests carry the Worker's flags to Cloudflare's network.
    CacheApiCompatFlags {
        on: Some("cache_api_compat_flags"),
        off: Some("no_cache_api_compat_flags"),
        default: since("2025-04-19"),
    }
    /// Retired Python Durable Objects flag, accepted without effect.
    PythonWorkersDurableObjects {
        on: Some("python_workers_durable_objects"),
        experimental: true,
        obsolete: true,
    }
    /// Retired streaming tail worker flag, accepted without effect.
    StreamingTailWorker {
        on: Some("streaming_tail_worker"),
        experimental: true,
        obsolete: true,
    }
    /// URLPattern follows the WHATWG standard instead of the older implementation.
    UrlpatternStandard {
        on: Some("urlpattern_standard"),
        off: Some("urlpattern_original"),
        default: since("2025-05-01"),
    }
    /// Defines the globals WeakRef and FinalizationRegistry.
    EnableWeakRef {
        on: Some("enable_weak_ref"),
        off: Some("disable_weak_ref"),
        default: since("2025-05-05"),
    }
    /// Forwarding an incoming request to fetch() keeps its abort signal, so the subrequest is
    /// cancelled when the client goes away.
    RequestSignalPassthrough {
        on: Some("request_signal_passthrough"),
        off: Some("no_request_signal_passthrough"),
    }
    /// Adds navigator.language and navigator.languages.
    EnableNavigatorLanguage {
        on: Some("enable_navigator_language"),
        off: Some("disable_navigator_language"),
        default: since("2025-05-19"),
    }
    /// Adds the Web File System API (StorageManager and FileSystem handles on navigator.storage).
    EnableWebFileSystem {
        on: Some("enable_web_file_system"),
        experimental: true,
    }
    /// AbortSignal objects can be sent over RPC.
    EnableAbortsignalRpc {
        on: Some("enable_abortsignal_rpc"),
        experimental: true,
    }
    /// eval() and new Function() work while the Worker's top-level code runs.
    AllowEvalDuringStartup {
        on: Some("allow_eval_during_startup"),
        off: Some("disallow_eval_during_startup"),
        default: since("2025-06-01"),
    }
    /// The incoming request's signal aborts when the client disconnects.
    EnableRequestSignal {
        on: Some("enable_request_signal"),
        off: Some("disable_request_signal"),
        default: since("2026-11-17"),
    }
    /// A Worker without a connect handler passes incoming connect events on to its globalOutbound.
    ConnectPassThrough {
        on: Some("connect_pass_through"),
        experimental: true,
    }
    /// Restores the old behaviour of one ctx object shared by all events of a plain-object
    /// entrypoint.
    NonclassEntrypointReusesCtxAcrossInvocations {
        on: Some("nonclass_entrypoint_reuses_ctx_across_invocations"),
    }
    /// Functions from AsyncLocalStorage.snapshot() and bind() throw when called in another
    /// request's context.
    BindAsynclocalstorageSnapshotToRequest {
        on: Some("bind_asynclocalstorage_snapshot_to_request"),
        off: Some("do_not_bind_asynclocalstorage_snapshot_to-request"),
        default: since("2025-06-16"),
    }
    /// An unknown import attribute is an error instead of being ignored (original module registry
    /// only).
    ThrowOnUnrecognizedImportAssertion {
        on: Some("throw_on_unrecognized_import_assertion"),
        off: Some("ignore_unrecognized_import_assertion"),
        default: since("2025-06-16"),
    }
    /// Allows Workflows written in Python.
    PythonWorkflows {
        on: Some("python_workflows"),
        off: Some("disable_python_workflows"),
        implied_by: implied("2025-09-20", &[Flag::PythonWorkers]),
    }
    /// process.platform tells the real operating system instead of always linux.
    UnsupportedProcessActualPlatform {
        on: Some("unsupported_process_actual_platform"),
        experimental: true,
    }
    /// process has all of Node.js's members, working or stubbed, instead of a handful.
    EnableNodejsProcessV2 {
        on: Some("enable_nodejs_process_v2"),
        off: Some("disable_nodejs_process_v2"),
        implied_by: implied("2025-09-15", &[Flag::NodejsCompat]),
    }
    /// Event listeners run with this set to the event target.
    SetEventTargetThis {
        on: Some("set_event_target_this"),
        off: Some("no_set_event_target_this"),
        default: since("2025-08-01"),
    }
    /// Incoming email messages keep every value of headers such as To and Cc instead of one.
    SetForwardableEmailFullHeaders {
        on: Some("set_forwardable_email_full_headers"),
        off: Some("set_forwardable_email_single_headers"),
        default: since("2025-08-01"),
    }
    /// Makes node:http, node:https and their client-side helper modules importable.
    EnableNodejsHttpModules {
        on: Some("enable_nodejs_http_modules"),
        off: Some("disable_nodejs_http_modules"),
        implied_by: implied("2025-08-15", &[Flag::NodejsCompat]),
    }
    /// Groups small changes towards the web platform tests: isTrusted becomes an own property of
    /// each event, returnValue gets a setter, an undispatched event's currentTarget is null, and
    /// more.
    PedanticWpt {
        on: Some("pedantic_wpt"),
        off: Some("non_pedantic_wpt"),
    }
    /// Defines the globals MessageChannel and MessagePort.
    ExposeGlobalMessageChannel {
        on: Some("expose_global_message_channel"),
        off: Some("no_expose_global_message_channel"),
        default: since("2025-08-15"),
    }
    /// Enables the server side of node:http (createServer, Server, _http_server).
    EnableNodejsHttpServerModules {
        on: Some("enable_nodejs_http_server_modules"),
        off: Some("disable_nodejs_http_server_modules"),
        implied_by: implied("2025-09-01", &[Flag::EnableNodejsHttpModules]),
    }
    /// Python Workers must use entrypoint classes; module-level handlers are not looked up.
    PythonNoGlobalHandlers {
        on: Some("python_no_global_handlers"),
        off: Some("disable_python_no_global_handlers"),
        default: since("2025-08-14"),
    }
    /// Makes node:fs and node:fs/promises importable, on an in-memory file system with /bundle,
    /// /tmp and /dev.
    EnableNodejsFsModule {
        on: Some("enable_nodejs_fs_module"),
        off: Some("disable_nodejs_fs_module"),
        implied_by: implied("2025-09-15", &[Flag::NodejsCompat]),
    }
    /// Makes node:os importable.
    EnableNodejsOsModule {
        on: Some("enable_nodejs_os_module"),
        off: Some("disable_nodejs_os_module"),
        implied_by: implied("2025-09-15", &[Flag::NodejsCompat]),
    }
    /// Python Workers look for vendored packages only below python_modules.
    PythonWorkersForceNewVendorPath {
        on: Some("python_workers_force_new_vendor_path"),
        default: since("2025-08-11"),
    }
    /// Removes Node.js APIs whose Node.js release is past its end of life; further flags of this
    /// family hang on it.
    RemoveNodejsCompatEol {
        on: Some("remove_nodejs_compat_eol"),
        off: Some("add_nodejs_compat_eol"),
        implied_by: implied("2025-09-01", &[Flag::NodejsCompat]),
    }
    /// Cloudflare's control plane checks that Workflow classes are defined and used well; nothing
    /// changes in workerd.
    EnableValidateWorkflowEntrypoint {
        on: Some("enable_validate_workflow_entrypoint"),
        off: Some("disable_validate_workflow_entrypoint"),
        default: since("2025-09-20"),
    }
    /// A memory snapshot of the Python Worker itself is made when it is uploaded.
    PythonDedicatedSnapshot {
        on: Some("python_dedicated_snapshot"),
        off: Some("disable_python_dedicated_snapshot"),
        implied_by: implied("2025-10-16", &[Flag::PythonWorkers20250116]),
    }
    /// Type annotations are stripped from the Worker's source before it is compiled.
    TypescriptStripTypes {
        on: Some("typescript_strip_types"),
        experimental: true,
    }
    /// Makes the stubbed node:http2 importable.
    EnableNodejsHttp2Module {
        on: Some("enable_nodejs_http2_module"),
        off: Some("disable_nodejs_http2_module"),
        implied_by: implied("2025-09-01", &[Flag::NodejsCompat]),
    }
    /// eval() and new Function() work at any time, request handling included.
    AllowInsecureInefficientLoggedEval {
        on: Some("allow_insecure_inefficient_logged_eval"),
        experimental: true,
    }
    /// Following a redirect to another origin drops the Authorization header.
    StripAuthorizationOnCrossOriginRedirect {
        on: Some("strip_authorization_on_cross_origin_redirect"),
        off: Some("retain_authorization_on_cross_origin_redirect"),
        default: since("2025-09-01"),
    }
    /// structuredClone and RPC carry more error types with their own properties; the stack is not
    /// kept by default.
    EnhancedErrorSerialization {
        on: Some("enhanced_error_serialization"),
        off: Some("legacy_error_serialization"),
        default: since("2026-04-21"),
    }
    /// Cloudflare queues an email that fails to be delivered at first; nothing changes in workerd.
    EnableEmailSendingQueuing {
        on: Some("enable_email_sending_queuing"),
        off: Some("disable_email_sending_queuing"),
    }
    /// Removes Node.js APIs that ended with Node.js 22.
    RemoveNodejsCompatEolV22 {
        on: Some("remove_nodejs_compat_eol_v22"),
        off: Some("add_nodejs_compat_eol_v22"),
        implied_by: implied("2027-04-30", &[Flag::RemoveNodejsCompatEol]),
    }
    /// Removes Node.js APIs that ended with Node.js 23.
    RemoveNodejsCompatEolV23 {
        on: Some("remove_nodejs_compat_eol_v23"),
        off: Some("add_nodejs_compat_eol_v23"),
        implied_by: implied("2025-09-01", &[Flag::RemoveNodejsCompatEolV24]),
    }
    /// Removes Node.js APIs that ended with Node.js 24.
    RemoveNodejsCompatEolV24 {
        on: Some("remove_nodejs_compat_eol_v24"),
        off: Some("add_nodejs_compat_eol_v24"),
        implied_by: implied("2028-04-30", &[Flag::RemoveNodejsCompatEol]),
    }
    /// Makes node:console importable.
    EnableNodejsConsoleModule {
        on: Some("enable_nodejs_console_module"),
        off: Some("disable_nodejs_console_module"),
        implied_by: implied("2025-09-21", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:vm importable.
    EnableNodejsVmModule {
        on: Some("enable_nodejs_vm_module"),
        off: Some("disable_nodejs_vm_module"),
        implied_by: implied("2025-10-01", &[Flag::NodejsCompat]),
    }
    /// Makes node:perf_hooks importable and with it defines the Performance classes as globals.
    EnableNodejsPerfHooksModule {
        on: Some("enable_nodejs_perf_hooks_module"),
        off: Some("disable_nodejs_perf_hooks_module"),
        implied_by: implied("2026-03-17", &[Flag::NodejsCompat]),
    }
    /// Defines PerformanceEntry, PerformanceMark, PerformanceMeasure, PerformanceResourceTiming,
    /// PerformanceObserver and PerformanceObserverEntryList as globals.
    EnableGlobalPerformanceClasses {
        on: Some("enable_global_performance_classes"),
        off: Some("disable_global_performance_classes"),
        implied_by: implied("2026-03-17", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:domain importable.
    EnableNodejsDomainModule {
        on: Some("enable_nodejs_domain_module"),
        off: Some("disable_nodejs_domain_module"),
        implied_by: implied("2025-12-04", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:v8 importable.
    EnableNodejsV8Module {
        on: Some("enable_nodejs_v8_module"),
        off: Some("disable_nodejs_v8_module"),
        implied_by: implied("2026-03-17", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:tty importable.
    EnableNodejsTtyModule {
        on: Some("enable_nodejs_tty_module"),
        off: Some("disable_nodejs_tty_module"),
        implied_by: implied("2026-03-17", &[Flag::NodejsCompat]),
    }
    /// Makes node:punycode importable.
    EnableNodejsPunycodeModule {
        on: Some("enable_nodejs_punycode_module"),
        off: Some("disable_nodejs_punycode_module"),
        implied_by: implied("2025-12-04", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:cluster importable.
    EnableNodejsClusterModule {
        on: Some("enable_nodejs_cluster_module"),
        off: Some("disable_nodejs_cluster_module"),
        implied_by: implied("2025-12-04", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:child_process importable.
    EnableNodejsChildProcessModule {
        on: Some("enable_nodejs_child_process_module"),
        off: Some("disable_nodejs_child_process_module"),
        implied_by: implied("2026-03-17", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:worker_threads importable.
    EnableNodejsWorkerThreadsModule {
        on: Some("enable_nodejs_worker_threads_module"),
        off: Some("disable_nodejs_worker_threads_module"),
        implied_by: implied("2026-03-17", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:_stream_wrap importable.
    EnableNodejsStreamWrapModule {
        on: Some("enable_nodejs_stream_wrap_module"),
        off: Some("disable_nodejs_stream_wrap_module"),
        implied_by: implied("2026-01-29", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:wasi importable.
    EnableNodejsWasiModule {
        on: Some("enable_nodejs_wasi_module"),
        off: Some("disable_nodejs_wasi_module"),
        implied_by: implied("2025-12-04", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:dgram importable.
    EnableNodejsDgramModule {
        on: Some("enable_nodejs_dgram_module"),
        off: Some("disable_nodejs_dgram_module"),
        implied_by: implied("2026-01-29", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:inspector and node:inspector/promises importable.
    EnableNodejsInspectorModule {
        on: Some("enable_nodejs_inspector_module"),
        off: Some("disable_nodejs_inspector_module"),
        implied_by: implied("2026-01-29", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:trace_events importable.
    EnableNodejsTraceEventsModule {
        on: Some("enable_nodejs_trace_events_module"),
        off: Some("disable_nodejs_trace_events_module"),
        implied_by: implied("2025-12-04", &[Flag::NodejsCompat]),
    }
    /// Makes node:readline and node:readline/promises importable.
    EnableNodejsReadlineModule {
        on: Some("enable_nodejs_readline_module"),
        off: Some("disable_nodejs_readline_module"),
        implied_by: implied("2026-03-17", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:repl importable.
    EnableNodejsReplModule {
        on: Some("enable_nodejs_repl_module"),
        off: Some("disable_nodejs_repl_module"),
        implied_by: implied("2026-03-17", &[Flag::NodejsCompat]),
    }
    /// Makes the stubbed node:sqlite importable.
    EnableNodejsSqliteModule {
        on: Some("enable_nodejs_sqlite_module"),
        off: Some("disable_nodejs_sqlite_module"),
        implied_by: implied("2026-01-29", &[Flag::NodejsCompat]),
    }
    /// Adds ctx.exports, loopback bindings to the Worker's own top-level exports.
    EnableCtxExports {
        on: Some("enable_ctx_exports"),
        off: Some("disable_ctx_exports"),
        default: since("2025-11-17"),
    }
    /// Python Workers use a vendored SDK instead of the one inside the runtime.
    EnablePythonExternalSdk {
        on: Some("enable_python_external_sdk"),
        off: Some("disable_python_external_sdk"),
        default: since("2026-04-21"),
    }
    /// Objects that the runtime returns have all their optional fields, set to undefined where
    /// absent, instead of leaving them out.
    EnableFastJsgStruct {
        on: Some("enable_fast_jsg_struct"),
        off: Some("disable_fast_jsg_struct"),
        default: since("2025-12-03"),
    }
    /// The cache option of Request and fetch() also accepts reload.
    CacheReloadEnabled {
        on: Some("cache_reload_enabled"),
        off: Some("cache_reload_disabled"),
        experimental: true,
    }
    /// node:stream follows the breaking changes of Node.js 24.
    EnableStreamsNodejsV24Compat {
        on: Some("enable_streams_nodejs_v24_compat"),
        off: Some("disable_streams_nodejs_v24_compat"),
    }
    /// Python Workers check the random generator's state around snapshots.
    PythonCheckRngState {
        on: Some("python_check_rng_state"),
        off: Some("disable_python_check_rng_state"),
        implied_by: implied("2025-12-16", &[Flag::PythonWorkers]),
    }
    /// API constructors' prototype property is read-only and their prototype objects' own
    /// `[[Prototype]]` cannot be changed.
    ImmutableApiPrototypes {
        on: Some("immutable_api_prototypes"),
        off: Some("mutable_api_prototypes"),
    }
    /// Request and Response accept sync and async iterables as bodies and stream their chunks
    /// instead of stringifying them.
    FetchIterableTypeSupport {
        on: Some("fetch_iterable_type_support"),
        off: Some("no_fetch_iterable_type_support"),
        default: since("2026-02-19"),
    }
    /// A null or undefined env set with withEnv() is seen as such instead of falling back to the
    /// Worker's env.
    EnvModuleNullableSupport {
        on: Some("env_module_nullable_support"),
        off: Some("no_env_module_nullable_support"),
    }
    /// Timers and clocks have 3 ms granularity.
    PreciseTimers {
        on: Some("precise_timers"),
        off: Some("no_precise_timers"),
        experimental: true,
    }
    /// An iterable body that overrides toString or Symbol.toPrimitive is stringified after all.
    FetchIterableTypeSupportOverrideAdjustment {
        on: Some("fetch_iterable_type_support_override_adjustment"),
        off: Some("no_fetch_iterable_type_support_override_adjustment"),
        implied_by: implied("2026-01-15", &[Flag::FetchIterableTypeSupport]),
    }
    /// text() and other whole-body readers drop a leading UTF-8 byte order mark.
    StripBomInReadAllText {
        on: Some("strip_bom_in_read_all_text"),
        off: Some("do_not_strip_bom_in_read_all_text"),
        default: since("2026-01-13"),
        implied_by: implied("2026-01-13", &[Flag::PedanticWpt]),
    }
    /// Service stubs and Durable Object classes may be stored in Durable Object storage, and ctx
    /// gains restore() (a temporary, insecure measure).
    AllowIrrevocableStubStorage {
        on: Some("allow_irrevocable_stub_storage"),
    }
    /// Stubs passed as RPC parameters are duplicated instead of handed over, so the caller keeps
    /// its own.
    RpcParamsDupStubs {
        on: Some("rpc_params_dup_stubs"),
        off: Some("rpc_params_transfer_stubs"),
        default: since("2026-01-20"),
    }
    /// The global timers are Node.js's: setTimeout and setInterval return Timeout objects.
    EnableNodejsGlobalTimers {
        on: Some("enable_nodejs_global_timers"),
        off: Some("no_nodejs_global_timers"),
        implied_by: implied("2026-02-10", &[Flag::NodejsCompat]),
    }
    /// Byte streams have autoAllocateChunkSize only when it is given, instead of 4096 by default.
    StreamsNoDefaultAutoAllocateChunkSize {
        on: Some("streams_no_default_auto_allocate_chunk_size"),
        off: Some("streams_auto_allocate_chunk_size_default"),
        experimental: true,
    }
    /// Python Workflow steps name their dependencies by taking other steps as parameters.
    PythonWorkflowsImplicitDependencies {
        on: Some("python_workflows_implicit_dependencies"),
        off: Some("no_python_workflows_implicit_dependencies"),
        implied_by: implied("2026-02-25", &[Flag::PythonWorkers]),
    }
    /// require() of an ES module returns its default export where there is one, else a mutable copy
    /// of the namespace (original module registry only).
    RequireReturnsDefaultExport {
        on: Some("require_returns_default_export"),
        off: Some("require_returns_namespace"),
        default: since("2026-01-22"),
    }
    /// Python requests keep commas in header values and list Set-Cookie headers one by one.
    PythonRequestHeadersPreserveCommas {
        on: Some("python_request_headers_preserve_commas"),
        off: Some("disable_python_request_headers_preserve_commas"),
        default: since("2026-02-17"),
    }
    /// Errors of queue operations carry a code and a cause.
    QueueExposeErrorCodes {
        on: Some("queue_expose_error_codes"),
        off: Some("no_queue_expose_error_codes"),
        default: since("2026-03-12"),
    }
    /// The UTF-16LE TextDecoder replaces lone surrogates with U+FFFD.
    TextDecoderReplaceSurrogates {
        on: Some("text_decoder_replace_surrogates"),
        off: Some("disable_text_decoder_replace_surrogates"),
        default: since("2026-02-24"),
        implied_by: implied("2026-02-24", &[Flag::PedanticWpt]),
    }
    /// Containers get their own PID namespace instead of sharing the host's.
    ContainersPidNamespace {
        on: Some("containers_pid_namespace"),
        off: Some("no_containers_pid_namespace"),
        default: since("2026-04-01"),
    }
    /// storage.deleteAll() also deletes the alarm.
    DeleteAllDeletesAlarm {
        on: Some("delete_all_deletes_alarm"),
        off: Some("delete_all_preserves_alarm"),
        default: since("2026-02-24"),
    }
    /// unhandledrejection is decided after the microtask queue ran dry, so chains that attach a
    /// handler a few ticks later do not fire it.
    UnhandledRejectionAfterMicrotaskCheckpoint {
        on: Some("unhandled_rejection_after_microtask_checkpoint"),
        off: Some("no_unhandled_rejection_after_microtask_checkpoint"),
        default: since("2026-03-03"),
    }
    /// TextDecoder uses a dedicated decoder for the Chinese, Japanese and Korean encodings, Big5
    /// included.
    TextDecoderCjkDecoder {
        on: Some("text_decoder_cjk_decoder"),
        off: Some("disable_text_decoder_cjk_decoder"),
        default: since("2026-03-03"),
    }
    /// WebSocket close() throws a SyntaxError DOMException for a reason longer than 123 UTF-8
    /// bytes.
    WebsocketCloseReasonByteLimit {
        on: Some("websocket_close_reason_byte_limit"),
        off: Some("no_websocket_close_reason_byte_limit"),
        default: since("2026-03-03"),
    }
    /// Adds ctx.version and the version option of loopback bindings.
    EnableVersionApi {
        on: Some("enable_version_api"),
        experimental: true,
    }
    /// WebSocket binaryType defaults to blob, so binary messages arrive as Blob; hibernation
    /// handlers still get ArrayBuffer.
    WebsocketStandardBinaryType {
        on: Some("websocket_standard_binary_type"),
        off: Some("no_websocket_standard_binary_type"),
        default: since("2026-03-17"),
    }
    /// WritableStream writers follow the standard when locks are taken and released.
    WritableStreamSpecCompliantWriter {
        on: Some("writable_stream_spec_compliant_writer"),
        off: Some("no_writable_stream_spec_compliant_writer"),
        default: since("2026-03-24"),
    }
    /// TextEncoderStream and TextDecoderStream have a readable high water mark of 0, so a write
    /// waits for a reader.
    EncoderStreamSpecCompliantBackpressure {
        on: Some("encoder_stream_spec_compliant_backpressure"),
        off: Some("no_encoder_stream_spec_compliant_backpressure"),
        default: since("2026-03-24"),
    }
    /// Functions and constructors have Web IDL lengths, accessors have get/set names, constants are
    /// not configurable, and interface objects are own, non-enumerable properties of globalThis.
    SpecCompliantPropertyAttributes {
        on: Some("spec_compliant_property_attributes"),
        off: Some("no_spec_compliant_property_attributes"),
        experimental: true,
    }
    /// A NonRetryableError thrown in a Workflow step keeps its name and message.
    WorkflowsPreserveNonRetryableErrorMessage {
        on: Some("workflows_preserve_non_retryable_error_message"),
        off: Some("workflows_replace_non_retryable_error_message"),
        default: since("2026-05-14"),
    }
    /// A received Close frame is answered by itself, and readyState is CLOSED when the close event
    /// fires.
    WebSocketAutoReplyToClose {
        on: Some("web_socket_auto_reply_to_close"),
        off: Some("web_socket_manual_reply_to_close"),
        default: since("2026-04-07"),
    }
    /// Adds ctx.version.metadata (needs enable_version_api).
    EnableCtxVersionMetadata {
        on: Some("enable_ctx_version_metadata"),
        experimental: true,
    }
    /// A Blob made from a resizable ArrayBuffer is a TypeError.
    NoResizableArrayBufferInBlob {
        on: Some("no_resizable_array_buffer_in_blob"),
        off: Some("resizable_array_buffer_in_blob"),
    }
    /// hasSubscribers of node:diagnostics_channel channels is a getter instead of a method.
    DiagnosticsChannelHasSubscribersGetter {
        on: Some("diagnostics_channel_has_subscribers_getter"),
        off: Some("no_diagnostics_channel_has_subscribers_getter"),
        default: since("2026-05-19"),
    }
    /// Workflow steps return promises with a rollback() method.
    WorkflowsStepRollback {
        on: Some("workflows_step_rollback"),
        experimental: true,
    }
    /// Python Workers honour .pth files in python_modules.
    PythonProcessPthFiles {
        on: Some("python_process_pth_files"),
        off: Some("disable_python_process_pth_files"),
        default: since("2026-05-26"),
    }
    /// tls.connect() and new TLSSocket() throw ERR_OPTION_NOT_IMPLEMENTED for options they cannot
    /// honour.
    ThrowOnNotImplementedTlsOptions {
        on: Some("throw_on_not_implemented_tls_options"),
        off: Some("no_throw_on_not_implemented_tls_options"),
        default: since("2026-06-16"),
    }
    /// Cloudflare's network converts outgoing gRPC-web subrequests to gRPC; nothing changes in
    /// workerd.
    AutoGrpcConvert {
        on: Some("auto_grpc_convert"),
    }
    /// Python Workers run on Pyodide 314.0.4 (CPython 3.14.2).
    PythonWorkers20260610 {
        on: Some("python_workers_20260610"),
        off: Some("no_python_workers_20260610"),
    }
    /// node:inspector's Session talks to the isolate's real V8 inspector.
    EnableNodejsInspectorLocalDev {
        on: Some("enable_nodejs_inspector_local_dev"),
        experimental: true,
    }
    /// D1 bindings call their service over JS RPC instead of fetch().
    D1BindingJsrpc {
        on: Some("d1_binding_jsrpc"),
        experimental: true,
    }
    /// Accepted without effect: Workflow bindings always use JS RPC.
    WorkflowsBindingsRpc {
        on: Some("workflows_bindings_rpc"),
        experimental: true,
        obsolete: true,
    }
    /// Web Streams and compression streams come from the runtime's TypeScript implementation, with
    /// other function lengths, attribute flags and messages.
    TypescriptImplementedStreams {
        on: Some("typescript_implemented_streams"),
        experimental: true,
    }
    /// Defines the internal ReadableStreamDrainingReader class as a global.
    ExposeDrainingReader {
        on: Some("expose_draining_reader"),
        experimental: true,
    }
    /// Workflow instance IDs come from newUniqueId() instead of UUIDs.
    WorkflowsEnableFastEngineCreation {
        on: Some("workflows_enable_fast_engine_creation"),
        off: Some("workflows_disable_fast_engine_creation"),
        default: since("2026-08-11"),
    }
    /// Adds WebAssembly.Memory.prototype.discard() and the memory.discard instruction.
    WasmMemoryDiscard {
        on: Some("wasm_memory_discard"),
        experimental: true,
    }
    /// Python Workers run on the Pyodide 314 series (CPython 3.14).
    PythonWorkers314 {
        on: Some("python_workers_314"),
        off: Some("no_python_workers_314"),
        implied_by: implied("2026-09-08", &[Flag::PythonWorkers]),
    }
    /// dispatchEvent() reports an exception of a listener and goes on with the other listeners
    /// instead of rethrowing the first one.
    SpecCompliantDispatchExceptions {
        on: Some("spec_compliant_dispatch_exceptions"),
        off: Some("no_spec_compliant_dispatch_exceptions"),
        default: since("2026-09-15"),
    }
    /// The Python workers SDK is put into the bundle by the runtime.
    AutoInjectPythonWorkers {
        on: Some("auto_inject_python_workers"),
        off: Some("no_auto_inject_python_workers"),
        experimental: true,
    }
    /// A Durable Object with I/O tasks under way is not evicted for idleness.
    DurableObjectIoTasksPreventEviction {
        on: Some("durable_object_io_tasks_prevent_eviction"),
        off: Some("durable_object_io_tasks_do_not_prevent_eviction"),
        default: since("2026-10-01"),
    }
    /// crypto.subtle gains encapsulateKey, encapsulateBits, decapsulateKey, decapsulateBits,
    /// getPublicKey and the static SubtleCrypto.supports(), algorithms such as ML-KEM, ML-DSA and
    /// ChaCha20-Poly1305, and their key formats.
    WebcryptoModernAlgorithms {
        on: Some("webcrypto_modern_algorithms"),
    }
    /// WebAssembly modules imported as ES modules may use the JavaScript string builtins.
    WasmEsmIntegrationBuiltins {
        on: Some("wasm_esm_integration_builtins"),
    }
    /// pipeTo() passes the destination's close or error back to the source by cancelling it.
    PipeToBackwardPropagation {
        on: Some("pipe_to_backward_propagation"),
        off: Some("no_pipe_to_backward_propagation"),
        default: since("2026-11-17"),
    }
    /// The cache option of fetch() leaves a Cache-Control header that the request has, instead of
    /// overriding it.
    CacheOptionPreservesCacheControl {
        on: Some("cache_option_preserves_cache_control"),
        off: Some("cache_option_overrides_cache_control"),
        default: since("2026-11-17"),
    }
    /// Adds storage.snapshot() and storage.onNextSessionRestore() to Durable Objects.
    DurableObjectSnapshots {
        on: Some("durable_object_snapshots"),
        experimental: true,
    }
    /// The socket of a connect handler supports startTls() where the listener's tlsMode says so.
    ConnectHandlerStarttls {
        on: Some("connect_handler_starttls"),
        experimental: true,
    }
    /// Durable Object namespaces accept an off-peak location hint.
    OffpeakLocationHint {
        on: Some("offpeak_location_hint"),
        experimental: true,
    }
    /// Python Workers share one copy of the standard library.
    PythonSharedStandardLibrary {
        on: Some("python_shared_standard_library"),
        implied_by: implied("2026-11-19", &[Flag::PythonWorkers]),
    }
    /// WebAssembly modules carry a source URL.
    WasmSourceUrlSupport {
        on: Some("wasm_source_url_support"),
        off: Some("no_wasm_source_url_support"),
        default: since("2026-12-01"),
    }
    /// Defines the global Temporal and the Date method that converts to it.
    Temporal {
        on: Some("temporal"),
        off: Some("no_temporal"),
        default: since("2026-12-01"),
    }
    /// Python snapshots are compressed with zstd.
    PythonZstdSnapshot {
        on: Some("python_zstd_snapshot"),
        experimental: true,
    }
    /// process.version is v24.22.2 instead of v22.23.4.
    NodejsProcessVersion24 {
        on: Some("nodejs_process_version_24"),
        off: Some("no_nodejs_process_version_24"),
        default: since("2026-11-24"),
    }
    /// R2 bindings call their service over JS RPC instead of HTTP requests.
    R2BindingJsrpc {
        on: Some("r2_binding_jsrpc"),
        experimental: true,
    }
    /// Disposing the promise of an RPC call cancels the call.
    RpcDisposeCancelsCall {
        on: Some("rpc_dispose_cancels_call"),
        experimental: true,
    }
    /// Defines the classes CloneableTestBox and CloneableTestError as globals, for tests of
    /// serialization.
    ExposeSerializationTestClass {
        on: Some("expose_serialization_test_class"),
        experimental: true,
    }
    /// A dedicated Python snapshot keeps the import caches.
    PythonDedicatedSnapshotKeepImportCaches {
        on: Some("python_dedicated_snapshot_keep_import_caches"),
        off: Some("no_python_dedicated_snapshot_keep_import_caches"),
    }
}
