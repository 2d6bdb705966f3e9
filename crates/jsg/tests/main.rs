//! Behaviour of the binding layer, seen from JavaScript. One binary, since each links the engine.

mod buffers;
mod classes;
mod clone;
mod gc;
mod limits;
mod modules;
mod moving;
mod names;
mod natives;
mod promises;
