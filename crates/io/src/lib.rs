//! Event loops and the I/O of events.
//!
//! One [`IoContext`] an event owns all that the event has started: futures behind promises, timers,
//! native tasks, I/O objects that JavaScript holds ([`IoOwn`]). Everything that a Worker sends out of
//! its isolate goes through the traits of [`channel`], which the server and the tests implement.
//!
//! | module | what |
//! | --- | --- |
//! | [`awaited`] | the promise that an event's outcome is |
//! | [`context`] | the event: entering the isolate for it, driving its work to an end |
//! | [`client`] | who waits for the event's answer |
//! | [`exception`] | exceptions as others see them |
//! | [`actor`] | a Durable Object as its events see it |
//! | [`input_gate`] | what events of an object come in by |
//! | [`output_gate`] | what leaves an object |
//! | [`hibernation`] | WebSockets that stay while their object goes |
//! | [`holds`] | what keeps an event going |
//! | [`own`] | I/O objects that only their event may touch |
//! | [`passage`] | references that pass through an event |
//! | [`patience`] | how long an event waits before it counts as hung |
//! | [`timers`] | the event's timers |
//! | [`channel`] | the ways out of an isolate |
//! | [`carried`] | values with references that outlive their isolate |
//! | [`token`] | what services and classes are found again by |
//! | [`restored`] | services and stubs that `[restore]()` gives again |
//! | [`rpc`] | remote calls: messages and what can be called |
//! | [`inline`] | the bytes of values, with their references in their places |
//! | [`layout`] | structs of Cap'n Proto |
//! | [`sink`] | where the bytes of streams go |
//! | [`watchdog`] | stops what never returns |
#![forbid(unsafe_code)]

pub mod actor;
mod alive;
pub mod awaited;
mod broken;
pub mod carried;
pub mod channel;
pub mod client;
pub mod context;
pub mod event;
pub mod exception;
pub mod hibernation;
pub mod holds;
pub mod inline;
pub mod input_gate;
pub mod layout;
pub mod output_gate;
pub mod own;
pub mod passage;
pub mod patience;
pub mod restored;
pub mod rpc;
pub mod sink;
mod tasks;
pub mod timers;
pub mod token;
pub mod trace;
pub mod watchdog;

pub use actor::Actor;
pub use channel::{ChannelError, SubrequestChannel};
pub use context::{DriveEnd, IoContext};
pub use holds::{Expected, Hold, Retained};
pub use input_gate::{CriticalSection, InputGate, InputLock};
pub use output_gate::{OutputGate, OutputLock};
pub use own::{IoOwn, Owner};
pub use timers::{TimerCounts, TimerId};
pub use watchdog::{LoopWatch, Watchdog};
