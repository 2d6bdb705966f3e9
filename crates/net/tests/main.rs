//! Connections, from the outside: real sockets, and TLS over a pipe.

mod client;
mod harness;
mod http1;
mod http1_refused;
mod http2;
mod tls;
