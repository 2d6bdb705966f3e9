//! Sessions from the outside: two sides on one thread, joined by a mailbox or by bytes.

mod calls;
mod ends;
mod frames;
mod harness;
mod hostile;
mod services;
mod streams;
