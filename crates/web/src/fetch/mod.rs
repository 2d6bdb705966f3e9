//! The Fetch standard: headers, bodies, requests, responses and `fetch()`.

pub mod header_iterators;
pub mod header_list;
pub mod headers;

pub use headers::Headers;
