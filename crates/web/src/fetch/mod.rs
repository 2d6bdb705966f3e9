//! The Fetch standard: headers, bodies, requests, responses and `fetch()`.
//!
//! | module | what |
//! | --- | --- |
//! | [`header_list`], [`headers`], [`header_iterators`] | a header list, and `Headers` over it |
//! | [`header_slot`] | the headers of a request or response: a list until JavaScript asks for the object |
//! | [`body`] | the `Body` mixin, which is a class here; what becomes of a `BodyInit` |
//! | [`request`], [`request_init`], [`response`], [`status`] | the messages |
//! | [`http_request`] | a request from the HTTP layer, with as little work as possible |
//! | [`upgrade`] | requests that ask for a WebSocket, responses that give one |
//! | `cloning` | headers and messages as bytes and back |
//! | `breakable` | bodies that break with a signal |
//! | `deliver` | events for other Workers that are no requests |
//! | [`fetcher`], [`send`], [`redirect`], [`data_url`], `verbs` | `fetch()` |
//!
//! The hot path: a request becomes one object with a URL string; a response made of a string
//! becomes an HTTP response whose bytes were copied once, out of V8. Neither makes a `Headers`.

pub mod body;
mod breakable;
pub mod cf;
mod cloning;
pub mod data_url;
mod deliver;
pub mod fetcher;
pub mod header_iterators;
pub mod header_list;
pub mod header_slot;
pub mod headers;
pub mod http_request;
pub mod pass_through;
pub mod redirect;
pub mod request;
pub mod request_init;
pub mod response;
pub mod send;
pub mod status;
mod stored;
pub mod upgrade;
mod verbs;

pub use body::MessageBody;
pub(crate) use cloning::register as register_clones;
pub use fetcher::{Fetcher, GlobalOutbound, RpcProperties};
pub use headers::Headers;
pub use http_request::{ClientCf, RequestSource};
pub use request::Request;
pub use response::Response;
pub use stored::Stored;
pub use upgrade::Upgrade;
