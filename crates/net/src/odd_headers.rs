//! Headers that Workers may hold and that HTTP cannot carry, beside those of a message that it can: an extension of the
//! message. Between Workers of a process they pass; where a message is written as HTTP, [`refused`] is asked first.

use http::{Extensions, HeaderName};

/// Each name, in lower case, with its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OddHeaders(pub Vec<(String, Vec<String>)>);

/// The name of a header of a message that must not be left out in silence. A header whose name cannot be written is
/// left out, as by the real workerd; one whose value has control characters would be another one without them.
pub fn refused(extensions: &Extensions) -> Option<&str> {
    let OddHeaders(headers) = extensions.get()?;
    let sendable = |name: &&(String, _)| HeaderName::from_bytes(name.0.as_bytes()).is_ok();
    headers.iter().find(sendable).map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_must_not_be_left_out() {
        let mut extensions = Extensions::new();
        assert_eq!(refused(&extensions), None);
        let header = |name: &str| (name.to_owned(), vec!["a\u{1}b".to_owned()]);
        extensions.insert(OddHeaders(vec![header(""), header("é")]));
        assert_eq!(refused(&extensions), None);
        extensions.insert(OddHeaders(vec![header("é"), header("x")]));
        assert_eq!(refused(&extensions), Some("x"));
    }
}
