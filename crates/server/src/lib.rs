//! The server: from a config to sockets, services and event loops.
//!
//! | module | what |
//! | --- | --- |
//! | [`options`] | what the command line decides |
//! | [`graph`] | the config as shared plain data: Workers, channels, sockets |
//! | [`actors`] | the Durable Objects of one loop |
//! | [`alarms`] | when which Durable Object is to be woken up |
//! | [`neighbours`] | how loops reach one another |
//! | [`event_loop`] | one thread: its Workers, its connections |
//! | [`services`] | the services that are no Workers |
//! | [`http_options`] | headers that a socket or an external server adds, removes or reads |
//! | [`listening`] | the sockets of one loop |
//! | [`udp_socket`] | datagrams of a socket, by their peers |
//! | [`tcp_socket`] | raw connections of a socket, as events of a service |
//! | [`http_connect`] | CONNECT requests of a socket, as events of a service |
//! | [`http_socket`] | HTTP requests of a socket, as events of a service |
//! | [`inspector`] | sessions of debuggers |
//! | [`debug_port`] | all Workers of the process, for others, and the way to theirs |
//! | [`fallback`] | modules that a service outside knows |
//! | [`loopback`] | addresses within the process, for tests |
//! | [`json`] | strings in the lines that a process writes |
//! | [`serve`] | the life of a serving process |
//! | [`test`] | `workerd test` |
#![forbid(unsafe_code)]

mod actors;
pub mod alarms;
mod console;
mod debug_port;
mod ending;
mod event_loop;
mod fallback;
mod graph;
mod http_connect;
mod http_options;
mod http_socket;
mod inspector;
pub mod json;
mod listening;
mod loopback;
mod neighbours;
pub mod options;
mod serve;
mod services;
mod tcp_socket;
mod test;
pub mod tls;
mod udp_socket;
mod worker_config;

pub use options::{Limits, Patience, ServeOptions, StartPolicy, TestFilter, TestOptions};
pub use serve::serve;
pub use test::test;
