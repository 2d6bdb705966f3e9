//! Where the bytes of streams go.

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use net::BodyError;

/// Where the bytes of a `WritableStream` go.
///
/// One operation at a time: the stream starts the next when the future of the last has ended. The
/// futures run as tasks of the event; dropping one abandons the operation.
pub trait NativeSink: 'static {
    /// Takes a chunk, never an empty one. Ready when there is room for the next: this is all the
    /// back-pressure there is.
    fn write(&self, bytes: Bytes) -> LocalBoxFuture<'static, Result<(), BodyError>>;
    /// No more comes.
    fn close(&self) -> LocalBoxFuture<'static, Result<(), BodyError>>;
    /// No more comes, and what came is not all.
    fn abort(&self, reason: BodyError);

    /// Whether waiting for it is waiting for guest code of the same event, not for the outside world.
    fn waits_for_guest(&self) -> bool {
        false
    }

    /// Whether it is the writable side of an identity stream: no other may be piped into it.
    fn is_identity(&self) -> bool {
        false
    }
}
