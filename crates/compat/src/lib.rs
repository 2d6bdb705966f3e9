//! Compatibility dates and flags.
//!
//! A Worker names the date whose behaviour it was written against, and flags that change single behaviours. The table in
//! [`table`](self) describes every flag once; from it follow the parsing of a Worker's settings ([`resolve`]), their
//! errors and warnings, the gates elsewhere in the code ([`FlagSet::contains`]) and what JavaScript can read
//! ([`FlagSet::listing`]).
//!
//! A flag is on when it is named, or when its date has come and its opposite is not named. Then flags that others imply
//! are added.

mod date;
mod resolve;
mod set;
mod table;

pub use date::{Date, NEWEST_DATE, VERSION_DATE};
pub use resolve::{
    DateCheck, Error, Experimental, Rejected, Resolved, Sense, Warning, by_name, resolve,
};
pub use set::FlagSet;
pub use table::{Default, Flag, Implication, Row};

#[cfg(test)]
mod tests;
