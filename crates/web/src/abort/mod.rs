//! `AbortController` and `AbortSignal` (DOM §3).

mod controller;
mod signal;

pub use controller::AbortController;
pub use signal::{AbortRegistration, AbortSignal, Origin};
