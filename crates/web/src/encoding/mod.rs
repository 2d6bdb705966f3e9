//! `TextEncoder` and `TextDecoder` (WHATWG Encoding).

mod decoder;
mod encoder;

pub use decoder::TextDecoder;
pub use encoder::TextEncoder;
