//! The server over real sockets: what clients get, what the log says, and how the process starts and ends.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod bindings;
mod bodies;
mod client;
mod compiled;
mod damaged;
mod debug_port;
mod disk;
mod durable_objects;
mod durable_samples;
mod far_tails;
mod handover;
mod harness;
mod hostile;
mod http;
mod http_options;
mod https;
mod inspector;
mod kills;
mod lifecycle;
mod limits;
mod loops;
mod malformed;
mod many;
mod module_fallback;
mod network;
mod odd_answers;
mod outbound;
mod remote_calls;
mod samples;
mod services;
mod sockets;
mod startup;
mod storage;
mod stored_stubs;
mod tunnels;
mod upstream;
mod watch;
mod websocket;
mod websocket_frames;
mod websocket_peer;
mod websocket_sequences;
