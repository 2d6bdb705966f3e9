//! Calls on what lives on another event loop, or further away.
//!
//! A [`Session`] joins two sides over a [`Link`]. Each side can open what the other one's [`Directory`]
//! has, ask it things (requests, calls, connections, events), and pass references in both directions:
//! objects, services, streams, sockets, signals. To their users they are the traits of [`io`], as if
//! they were here.
//!
//! | module | what |
//! | --- | --- |
//! | [`frame`] | what goes over a session |
//! | [`link`] | the way between the sides: a mailbox between threads |
//! | [`byte_link`] | another way: a connection that carries bytes |
//! | [`wire`] | frames as bytes |
//! | [`session`] | one side: its tables, and what each frame does to them |
//! | `remote` | what lives at the other side, as a service or something to call |
//! | `answers` | answering the other side's questions |
//! | `references` | what messages refer to, on its way out and in |
//! | `streams` | streams under flow control |
//! | `window` | what may yet be sent on a stream |
//! | `sinks` | writable streams |
//! | `sockets` | WebSockets and connections |
//!
//! Invariants:
//!
//! S1. Ids are given out in ascending order and never again. What refers to an id that was never given
//!     out breaks the protocol, which ends the session; what refers to one that is done with has crossed
//!     its end on the way and is ignored.
//! S2. A reference that has come over is let go exactly once, with one frame, when its last user drops it.
//! S3. A question is finished exactly once: by its answer if nothing can be called on it, or else by
//!     whoever asked. Finishing one that has no answer yet drops the future that would give it.
//! S4. A stream holds no more than its window, a single message aside; who reads gives credit.
//! S5. The end of a session is an error to all that wait on it and lets go of all that the other side held.
#![forbid(unsafe_code)]

mod answers;
pub mod byte_link;
pub mod frame;
pub mod known;
mod link;
mod references;
mod remote;
pub mod session;
mod sinks;
mod sockets;
mod streams;
mod window;
pub mod wire;

pub use link::{Link, Mailbox};
pub use session::{Directory, Session, Side};

/// The other side has sent what it must not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub &'static str);
