//! The network layer: listen addresses, connections, and HTTP bodies and messages on them. It knows no V8.
//!
//! Everything but [`BoundSocket`], [`Accepted`] and [`Shutdown`] lives on one event loop (a tokio
//! `current_thread` runtime inside a `LocalSet`) and is neither `Send` nor guarded by locks.
//!
//! | module | what |
//! |---|---|
//! | [`address`] | listen addresses as text, parsed and resolved |
//! | [`listener`] | binding, accepting, spreading connections over the loops |
//! | [`filter`] | which addresses a client may connect to |
//! | [`client`] | the HTTP client and its connections |
//! | [`body`] | the one HTTP message body outside of V8 |
//! | [`methods`], [`common_headers`] | names that some protocols have numbers for |
//! | [`join`] | two connections that talk to each other |
//! | [`http1`] | the HTTP/1.1 server |
//! | [`http2`] | the HTTP/2 server |
//! | [`odd_headers`] | headers beyond HTTP |
//! | [`pipe`](mod@pipe) | a connection within the process |
//! | [`shutdown`] | the process-wide "drain now" signal |
//! | [`tls`] | TLS for connectors and listeners |
//! | [`websocket`] | WebSockets, framed or within the process |

#![forbid(unsafe_code)]

pub mod address;
pub mod body;
pub mod client;
pub mod common_headers;
pub mod filter;
pub mod http1;
pub mod http2;
mod join;
pub mod listener;
pub mod methods;
pub mod odd_headers;
mod pipe;
mod reason;
pub mod shutdown;
pub mod tls;
mod transport;
pub mod websocket;

pub use address::{AddressError, DefaultPort, ListenAddress};
pub use body::{Body, BodyError, BodySender, Coding, Decode};
pub use client::{Client, ClientError, Connector, Destination};
pub use filter::{AddressFilter, FilterError};
pub use join::join;
pub use listener::{Accepted, BoundSocket, ClientAddress, Listener, PeerInfo, Stream};
pub use odd_headers::OddHeaders;
pub use pipe::{Pipe, pipe};
pub use reason::{reason, set_reason};
pub use shutdown::Shutdown;
pub use transport::Transport;
pub use websocket::WebSocket;
