//! The rows that crates above `web` add to the global scope.

use jsg::class::LazyValue;
use jsg::js::{Local, Value};
use jsg::modules::Registry;
use jsg::{Class, Error, Flag, Handle, Lock, Result};
use web::globals::{Gate, Row};
use workers::cache::{Cache, CacheStorage};
use workers::digest_stream::DigestStream;

static CRYPTO: &[Row] = &[
    Row::value(&LazyValue {
        name: "crypto",
        make: |js| Ok(Handle::new(js, crypto::Crypto::new()).object().into()),
    }),
    Row::class::<crypto::Crypto>(),
    Row::class::<crypto::SubtleCrypto>(),
    Row::class::<crypto::CryptoKey>(),
];

static WORKERS: &[Row] = &[
    Row::value(&LazyValue {
        name: "caches",
        make: |js| Ok(Handle::new(js, CacheStorage::new()).object().into()),
    }),
    Row::class::<CacheStorage>(),
    Row::class::<Cache>(),
    Row::class::<workers::scheduled::ScheduledEvent>(),
    Row::class::<workers::tail::TailEvent>(),
    Row::named::<workers::tail::TailEvent>("TraceEvent"),
    Row::class::<workers::html_rewriter::HtmlRewriter>(),
];

/// A value that an internal Node module exports.
fn node_value<'s>(js: &mut Lock<'s, '_>, module: &str, name: &str) -> Result<Local<'s, Value>> {
    let registry =
        Registry::current(js).ok_or_else(|| Error::Internal("no module registry".into()))?;
    let namespace = registry.import_builtin(js, module)?;
    let key = jsg::intern(js, name);
    namespace.get(js, key.into()).ok_or(Error::Pending)
}

macro_rules! node_rows {
    ($($module:literal: $name:literal, $gate:expr;)*) => {
        static NODE: &[Row] = &[$(Row::value(&LazyValue {
            name: $name,
            make: |js| node_value(js, concat!("node-internal:", $module), $name),
        })
        .when($gate)),*];
    };
}

const NODE_GLOBALS: Gate = Gate::Any(&[Flag::NodejsCompatV2]);
const NODE_TIMERS: Gate = Gate::Any(&[Flag::EnableNodejsGlobalTimers]);

// Objects of a Node module, which is loaded when one of them is first read.
node_rows! {
    "global_buffer": "Buffer", NODE_GLOBALS;
    "global_process": "process", NODE_GLOBALS;
    "internal_timers": "setTimeout", NODE_TIMERS;
    "internal_timers": "clearTimeout", NODE_TIMERS;
    "internal_timers": "setInterval", NODE_TIMERS;
    "internal_timers": "clearInterval", NODE_TIMERS;
}

static TABLES: &[&[Row]] = &[CRYPTO, WORKERS, NODE];

/// Registers all tables; before the first isolate.
pub fn register() {
    crypto::crypto::register_digest_stream(DigestStream::info());
    web::globals::register(TABLES);
}
