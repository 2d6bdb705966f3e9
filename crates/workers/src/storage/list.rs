//! The options of a list, made a range of keys.

use jsg::{Error, Result};
use storage::kv::Range;

/// What `storage.list()`, `txn.list()` and `kv.list()` have in common.
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "ListOptions")]
pub struct Wanted {
    pub start: Option<String>,
    pub start_after: Option<String>,
    pub end: Option<String>,
    pub prefix: Option<String>,
    pub reverse: Option<bool>,
    pub limit: Option<i32>,
}

impl Wanted {
    /// The range; none if no key can be in it.
    pub fn compile(self) -> Result<Option<Range>> {
        if self.start.is_some() && self.start_after.is_some() {
            return Err(Error::type_error(
                "list() cannot be called with both start and startAfter values.",
            ));
        }
        let limit = match self.limit {
            None => None,
            Some(limit) => match u32::try_from(limit) {
                Ok(limit) if limit > 0 => Some(limit),
                _ => return Err(Error::type_error("List limit must be positive.")),
            },
        };
        // The first key after another is that with a null behind it.
        let after = self.start_after.map(|key| key + "\0");
        let mut range = Range {
            start: self.start.or(after).unwrap_or_default(),
            end: self.end,
            limit,
            reverse: self.reverse.unwrap_or(false),
        };
        if let Some(prefix) = self.prefix
            && !clamp(&mut range, &prefix)
        {
            return Ok(None);
        }
        let is_empty = range.end.as_ref().is_some_and(|end| *end <= range.start);
        Ok((!is_empty).then_some(range))
    }
}

/// Leaves only keys that begin with the prefix. Whether there can be any.
fn clamp(range: &mut Range, prefix: &str) -> bool {
    if prefix.is_empty() {
        return true;
    }
    if range.start.as_str() < prefix {
        range.start = prefix.to_owned();
    } else if !range.start.starts_with(prefix) {
        return false;
    }
    match &range.end {
        Some(end) if end.as_str() <= prefix => false,
        Some(end) if end.starts_with(prefix) => true,
        _ => {
            range.end = after_all(prefix);
            true
        }
    }
}

/// The first text after all that begin with the prefix; none if there is none.
fn after_all(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            _ => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(wanted: Wanted) -> Option<(String, Option<String>)> {
        let range = wanted.compile().ok()??;
        Some((range.start, range.end))
    }

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_prefix_clamps_both_ends() {
        let wanted = |start, end| Wanted {
            start,
            end,
            prefix: text("b"),
            ..Wanted::default()
        };
        assert_eq!(range(wanted(None, None)), Some(("b".into(), text("c"))));
        assert_eq!(
            range(wanted(text("ba"), text("bc"))),
            Some(("ba".into(), text("bc")))
        );
        assert_eq!(range(wanted(text("c"), None)), None);
        assert_eq!(range(wanted(None, text("b"))), None);
        assert_eq!(
            range(wanted(text("a"), text("z"))),
            Some(("b".into(), text("c")))
        );
    }

    #[test]
    fn what_follows_a_prefix_is_text() {
        assert_eq!(after_all("a\u{10ffff}"), text("b"));
        assert_eq!(after_all("\u{d7ff}"), text("\u{e000}"));
        assert_eq!(after_all("\u{10ffff}"), None);
    }

    #[test]
    fn what_comes_after_a_key_begins_with_it() {
        let wanted = Wanted {
            start_after: text("a"),
            ..Wanted::default()
        };
        assert_eq!(range(wanted), Some(("a\0".into(), None)));
    }

    #[test]
    fn an_end_before_the_start_is_empty() {
        let wanted = Wanted {
            start: text("b"),
            end: text("b"),
            ..Wanted::default()
        };
        assert_eq!(range(wanted), None);
    }
}
