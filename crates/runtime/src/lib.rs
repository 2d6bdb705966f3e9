//! Workers at run time: from a [`Definition`] to isolates that answer events.
//!
//! | module | what |
//! | --- | --- |
//! | [`actor`] | Durable Objects: one instance of a guest's class |
//! | [`definition`] | what a Worker is made from, shared by all loops |
//! | [`worker`] | a Worker on one loop: its instance, made on first use, replaced when condemned |
//! | [`instance`] | one isolate with evaluated code, its environment and its handlers |
//! | [`events`] | one file per event type |
//! | [`tokens`] | what exports and objects are found again by |
//! | [`pool`] | warm isolates, ready before they are needed |
#![forbid(unsafe_code)]

pub mod actor;
pub mod console;
mod context_hooks;
pub mod definition;
mod env;
mod errors;
pub mod events;
mod files;
pub mod globals;
mod handlers;
pub mod instance;
mod loader;
mod loopback;
mod modules;
mod node_host;
pub mod pool;
mod rejections;
mod restoring;
pub mod tokens;
mod tracer;
pub mod worker;

pub use actor::Actor;
pub use definition::{
    Binding, BindingValue, ChannelId, Code, Definition, Entrypoint, ExtensionModule, KeyAlgorithm,
    KeyBinding, KeyForm, Limits, Namespace, NamespaceId, OwnNamespace, Props, Tail, WorkerLoader,
    Wrapped,
};
pub use errors::StartError;
pub use instance::Instance;
pub use node::fs::set_prefixes;
pub use worker::{Host, Worker, abort_isolate_text};
