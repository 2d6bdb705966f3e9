//! The Durable Objects of one loop.
//!
//! | module | what |
//! | --- | --- |
//! | [`namespace`] | the live objects of one namespace, and which of them are let go of |
//! | [`facets`] | objects within an object, and what they have stored |
//! | [`facet_index`] | the file that numbers them |
//! | [`spread`] | the objects of one namespace over all loops |
//! | [`alarms`] | between the objects and the scheduler of their alarms |
//! | [`all`] | what tests do to all objects |
//! | [`container`] | one object: it may be running or not |

mod alarms;
mod all;
mod container;
mod facet_index;
mod facets;
mod namespace;
mod spread;

pub use all::{Everywhere, Order, OrderChannel};
pub use namespace::Namespace;
pub use spread::{SpreadNamespace, home, read_name};
