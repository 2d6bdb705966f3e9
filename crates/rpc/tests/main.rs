//! Sessions from the outside: two sides on one thread, joined by a mailbox.

mod calls;
mod harness;
mod services;
mod streams;
