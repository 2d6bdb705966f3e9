//! Durable Objects as guests see them: namespaces, ids, stubs, classes, and the `ctx` of an object.
//!
//! | module | what |
//! | --- | --- |
//! | [`id`] | ids and how they come about |
//! | [`namespace`] | `DurableObjectNamespace` and its kin for objects that are not stored |
//! | [`stub`] | `DurableObject`: one object, from outside |
//! | [`class`] | classes as values, and what `ctx.exports` has of them |
//! | [`facets`] | `ctx.facets` |
//! | [`state`] | `DurableObjectState`: an object's own `ctx` |
//! | [`hibernation`] | WebSockets that stay while an object goes |
//! | [`section`] | `blockConcurrencyWhile()` |

pub mod class;
pub mod facets;
mod hibernation;
pub mod id;
pub mod namespace;
pub(crate) mod section;
pub mod state;
pub mod stub;

pub use class::{ActorClass, DurableObjectClass};
pub use id::{ActorId, IdFactory, ObjectId};
pub use namespace::{DurableObjectNamespace, Home, Objects};
pub use state::DurableObjectState;
