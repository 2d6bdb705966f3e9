//! What is particular to Workers, seen from JavaScript.

mod async_hooks;
mod workers_module;
