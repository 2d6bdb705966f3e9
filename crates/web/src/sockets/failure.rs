//! What a connection failed with, by the names of the system.
//!
//! A guest's promises reject with one text for all failures. `node:net` may say more, since programs decide by such names
//! whether they try again.

use std::cell::Cell;

/// The names of the failures of one connection.
#[derive(Default)]
pub struct Failures {
    pub connect: Cell<Option<&'static str>>,
    pub read: Cell<Option<&'static str>>,
    pub write: Cell<Option<&'static str>>,
}

/// Errors by their numbers on Linux.
const NUMBERS: [(&str, &str); 6] = [
    ("(os error 32)", "EPIPE"),
    ("(os error 101)", "ENETUNREACH"),
    ("(os error 104)", "ECONNRESET"),
    ("(os error 110)", "ETIMEDOUT"),
    ("(os error 111)", "ECONNREFUSED"),
    ("(os error 113)", "EHOSTUNREACH"),
];

/// The name of the failure that a text is of. By text, since that is all that services hand on.
pub fn name(text: &str) -> Option<&'static str> {
    if text.starts_with("DNS lookup failed") {
        let again = text.contains("Temporary failure in name resolution");
        return Some(if again { "EAI_AGAIN" } else { "ENOTFOUND" });
    }
    let known = NUMBERS.iter().find(|(number, _)| text.ends_with(number));
    known.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_have_the_names_of_the_system() {
        let refused = std::io::Error::from_raw_os_error(111);
        assert_eq!(name(&refused.to_string()), Some("ECONNREFUSED"));
        let lookup = "DNS lookup failed. host = a; service = (none); Name or service not known";
        assert_eq!(name(lookup), Some("ENOTFOUND"));
        let again = "DNS lookup failed. host = a; Temporary failure in name resolution";
        assert_eq!(name(again), Some("EAI_AGAIN"));
        assert_eq!(name("connecting to ::1 is not allowed"), None);
    }
}
