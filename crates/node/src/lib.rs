//! Node.js compatibility: the builtin `node:*` modules.
//!
//! The modules are written in TypeScript under `ts/`: public ones at the top, which only re-export, and what they share
//! under `ts/internal/`. [`modules`] lists them with the flags that switch them on. What needs the engine is imported
//! from `node-internal:util_natives`, declared in `ts/internal/util_natives.d.ts` and provided by the runtime.

#![forbid(unsafe_code)]

pub mod modules;
