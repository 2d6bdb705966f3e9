//! Raw connections: `connect()` and the class `Socket` (the Sockets API proposal of WinterTC).
//!
//! | module | what |
//! | --- | --- |
//! | [`socket`] | the class |
//! | [`connect`] | addresses and options of `connect()`, and its start |
//! | [`connection`] | the bytes behind a socket's two streams |
//! | [`upgrade`](self) | `startTls()` |
//! | [`ends`](self) | the way of a socket to its end |
//! | [`failure`] | the system's names of what a connection failed with |
//! | [`database`] | the database behind a Hyperdrive binding |
//! | [`datagram`] | sockets that carry datagrams |
//! | [`http_client`](self) | HTTP over a socket that is there |
//! | [`transfer`] | sockets that go to another event by a remote call |
//! | [`virtual_host`] | addresses that lead to a service or a database |
//! | [`module`] | the natives behind `cloudflare:sockets` |

pub mod connect;
pub mod connection;
pub mod database;
pub mod datagram;
mod ends;
pub mod failure;
mod http_client;
pub mod module;
pub mod socket;
pub mod transfer;
mod upgrade;
pub mod virtual_host;

pub use socket::Socket;
