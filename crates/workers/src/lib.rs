//! The JavaScript surface that is particular to Workers.
//!
//! | module | what |
//! | --- | --- |
//! | [`modules`] | the built-in modules of this crate, by specifier |
//! | [`entrypoint`] | the base classes of entry points, and which of them a class extends |
//! | [`durable_object`] | Durable Objects |
//! | [`environment`] | the importable `env` and `exports` |
//! | `analytics_engine` | a binding that data points are written to |
//! | [`debug_port`] | `workerdDebugPort`: the Workers of other processes |
//! | [`hyperdrive`] | a binding to a database |
//! | `kv` | a binding to a KV namespace |
//! | [`loopback`] | `ctx.exports`: bindings to the Worker's own entry points |
//! | [`memory_cache`] | memory caches, shared by all loops |
//! | [`queue_consumer`] | messages of a queue at their consumer |
//! | `queue_producer` | a queue binding |
//! | `r2` | a binding to an R2 bucket |
//! | [`rpc`] | `RpcTarget`, `RpcStub` and their kin |
//! | [`cache`] | the Cache API |
//! | [`storage`] | `ctx.storage` of Durable Objects |
//! | [`restore`] | `ctx.restore()` |
//! | [`carried`] | values that outlive their event |
//! | [`digest_stream`] | `crypto.DigestStream` |
//! | [`tail`] | what tail Workers get |
//! | [`scheduled`] | the event of a schedule |
//! | [`alarm`] | what the handler of an alarm gets |
//! | [`html_rewriter`] | `HTMLRewriter` |
//! | [`tracing`] | the guest's own spans |
//! | `rtti` | `workerd:rtti`: the classes and their members |
//! | `unsafe_eval` | code from strings, for bindings that allow it |
//! | [`unsafe_module`] | `workerd:unsafe`: what tests do to Durable Objects |
//! | [`worker_loader`] | dynamic Workers |
//! | [`wrapped_binding`] | bindings that an internal module makes of others |
//! | [`async_hooks`] | `AsyncLocalStorage` and `AsyncResource` |
#![deny(unsafe_code)]

pub mod alarm;
mod analytics_engine;
pub mod async_hooks;
pub mod cache;
pub mod carried;
pub mod debug_port;
pub mod digest_stream;
pub mod durable_object;
pub mod entrypoint;
pub mod environment;
pub mod html_rewriter;
pub mod hyperdrive;
mod kv;
pub mod loopback;
pub mod memory_cache;
pub mod modules;
pub mod queue_consumer;
mod queue_producer;
mod r2;
pub mod restore;
pub mod rpc;
mod rtti;
pub mod scheduled;
mod service_call;
pub mod storage;
pub mod tail;
pub mod tracing;
mod unsafe_eval;
pub mod unsafe_module;
pub mod worker_loader;
pub mod wrapped_binding;

pub use analytics_engine::AnalyticsEngine;
pub use entrypoint::{EntrypointKind, OnAbortIsolate, entrypoint_kind};
pub use environment::{EnvObject, ExportsObject};
pub use hyperdrive::Hyperdrive;
pub use kv::KvNamespace;
pub use memory_cache::MemoryCache;
pub use queue_producer::WorkerQueue;
pub use r2::R2Bucket;
pub use unsafe_eval::UnsafeEval;
