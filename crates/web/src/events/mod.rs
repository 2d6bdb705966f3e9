//! Events and their targets (DOM §2), and the interfaces of other standards that extend `Event`.
//!
//! Targets form no tree here, so an event has one target and the phases are "none" and "at target".

mod custom;
mod event;
mod extendable;
mod listeners;
mod message;
mod rejection;
mod target;

pub(crate) use custom::Place;
pub use custom::{CustomEvent, ErrorEvent};
pub use event::{Event, Init};
pub use extendable::{ExtendableEvent, FetchEvent};
pub use message::{CloseEvent, Closing, MessageEvent, MessageOrigin};
pub use rejection::PromiseRejectionEvent;
pub use target::EventTarget;
