//! The Streams standard, and the runtime's own native streams.
//!
//! A [`ReadableStream`](readable::ReadableStream) has one of four sources: bytes in memory, a native
//! body, or a controller that guest code feeds (values or bytes). The first two are the "internal"
//! streams of the real workerd: they serve one read at a time and hand out at most
//! [`native::READ_SIZE`] bytes a read.
//!
//! | module | what |
//! | --- | --- |
//! | [`readable`] | the class, its state and its lock; what guest code sees of it is in `readable_api` |
//! | [`memory`] | bytes in memory, and whose they are |
//! | [`native`] | sources outside of JavaScript |
//! | [`native_error`] | errors on their way through them |
//! | [`native_sink`] | what native sources and sinks have to offer |
//! | [`identity`], [`native_pipe`], [`native_tee`] | native streams among themselves |
//! | [`controller`] | what the two controllers share: when to pull |
//! | [`default_controller`], [`byte_controller`] | the sources that guest code feeds |
//! | [`reader`], [`async_iterator`] | the ways to read |
//! | [`draining_reader`] | one that takes all that is queued, for tests |
//! | [`iterable`] | streams over iterators |
//! | [`request`] | a pending read, and who gets its chunk |
//! | [`pull_into`] | reads of byte streams that wait, filled in place by the source |
//! | [`collect`], [`pump`], [`tee`] | consumers in Rust: all at once, into a native body, twice |
//! | [`writable`], [`writer`] | writable streams and their lock |
//! | [`writable_controller`], [`native_writable`] | their ends: guest code, or a native sink |
//! | [`remote`] | streams that go to another event |
//! | [`pipe`] | from a readable stream into a writable one |
//! | [`transform`], [`transform_controller`] | both in one |
//! | [`text`] | text into bytes and back |
//! | [`strategies`] | how much a queue holds |

pub mod async_iterator;
pub mod byob_request;
mod byte_chunk;
pub mod byte_controller;
pub mod collect;
pub mod controller;
pub mod default_controller;
pub mod deferred;
pub mod draining_reader;
pub(crate) mod identity;
pub mod iterable;
pub mod memory;
pub mod native;
pub mod native_error;
pub(crate) mod native_pipe;
pub mod native_sink;
pub mod native_tee;
pub(crate) mod native_writable;
pub mod pipe;
pub mod pull_into;
pub mod pump;
pub mod readable;
mod readable_api;
pub mod reader;
pub(crate) mod remote;
pub mod request;
mod rounds;
pub mod sink;
pub mod source;
pub mod strategies;
pub mod tee;
pub mod text;
pub mod transform;
pub mod transform_controller;
pub mod view;
pub mod writable;
pub mod writable_controller;
pub mod writer;

use jsg::Flag;
use jsg::class::{Builder, StaticInfo};

pub use native_sink::{NativeSink, NativeSource, StreamError};
pub use readable::ReadableStream;
pub use transform::TransformStream;
pub use writable::WritableStream;

/// For the definition of a class: those that the real workerd has in TypeScript are the standard's in
/// all, whatever the other flags say.
pub(crate) fn as_standard<T: StaticInfo>(builder: &mut Builder<'_, '_, '_>) {
    if builder.flags().contains(Flag::TypescriptImplementedStreams) {
        builder.as_standard(T::NAME);
    }
}
