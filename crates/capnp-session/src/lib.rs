//! Events between processes over Cap'n Proto RPC (`capnpConnectHost`), as the real workerd speaks it.
//!
//! A connection's bootstrap object is a service, at which the other side starts events. Remote calls are the traits of
//! [`io::rpc`] on both sides, as over any other way.
//!
//! | module | what |
//! | --- | --- |
//! | [`connection`] | connections, and the limits on what comes |
//! | [`receive`] | messages as they come |
//! | [`events`] | events from the other side, and for it |
//! | [`http`] | requests |
//! | [`headers`] | headers |
//! | [`web_sockets`] | WebSockets |
//! | [`tunnels`] | raw connections |
//! | [`tails`] | events of tail Workers |
//! | [`traces`], [`tail_items`] | what they hear |
//! | [`debug_port`] | all Workers of a process, for others |
//! | [`target`] | what can be called |
//! | [`value`] | values with what they refer to |
//! | [`pusher`] | streams and signals that come before the value that refers to them |
//! | [`streams`] | streams of bytes |
//! | [`substreams`] | parts of streams, that somebody else writes to |
//! | [`error`] | errors |
//! | [`details`] | what exceptions carry beside their text |
//! | [`tail_calls`] | calls of this side that the other one passes back |
//! | [`seal`] | tokens of services and classes |
//! | [`schema`] | the numbers of the protocol |
//! | [`layout`] | calls and servers of any interface |
#![forbid(unsafe_code)]

mod connection;
mod debug_port;
mod details;
mod error;
mod events;
mod headers;
mod http;
mod layout;
mod pusher;
mod receive;
mod schema;
mod seal;
mod streams;
mod substreams;
mod tail_calls;
mod tail_items;
mod tails;
mod target;
mod traces;
mod tunnels;
mod value;
mod web_sockets;

pub use connection::{Client, serve, serve_debug_port};
pub use debug_port::{DebugPort, Props};
pub use events::{Connect, Entrance, Service, not_supported};
