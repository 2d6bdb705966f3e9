//! The async context frame that a callback was registered in, kept beside it.

pub use jsg::async_context::Captured as Frame;
