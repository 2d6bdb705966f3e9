//! Entity tags (RFC 9110 §8.8.3) that requests are made conditional with.

use jsg::{Error, Result};
use serde_json::{Value, json};

#[derive(Debug, PartialEq)]
pub(super) enum Etag {
    Wildcard,
    Strong(String),
    Weak(String),
}

impl Etag {
    /// One that is given without the quotation marks.
    ///
    /// # Errors
    /// It is given with them.
    pub fn of_value(value: String) -> Result<Self> {
        if value.starts_with('"') && value.ends_with('"') {
            return Err(Error::type_error(format!(
                "Conditional ETag should not be wrapped in quotes ({value})."
            )));
        }
        Ok(if value == "*" {
            Self::Wildcard
        } else {
            Self::Strong(value)
        })
    }

    /// As the service gets it.
    pub fn json(&self) -> Value {
        match self {
            Self::Wildcard => json!({"type": "wildcard"}),
            Self::Strong(value) => json!({"value": value, "type": "strong"}),
            Self::Weak(value) => json!({"value": value, "type": "weak"}),
        }
    }

    /// As a span shows it.
    pub fn shown(&self) -> &str {
        match self {
            Self::Wildcard => "*",
            Self::Strong(value) | Self::Weak(value) => value,
        }
    }
}

/// The tags of the header `if-match` or `if-none-match` (RFC 9110 §13.1). What follows something that is no tag is
/// not read.
///
/// # Errors
/// There are none, or they are not written as they must.
pub(super) fn of_header(name: &str, value: &str) -> Result<Vec<Etag>> {
    let etags = parse(value)?;
    if etags.is_empty() {
        return Err(Error::error(format!("Invalid ETag in {name} header")));
    }
    Ok(etags)
}

fn parse(mut rest: &str) -> Result<Vec<Etag>> {
    let mut etags = Vec::new();
    let mut separated = true;
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if let Some(after) = rest.strip_prefix(',') {
            rest = after;
            separated = true;
            continue;
        }
        if rest.starts_with('*') {
            separate(separated, "a wildcard character '*' instead.")?;
            return Ok(vec![Etag::Wildcard]);
        }
        let is_weak = rest.starts_with('W');
        let value = if is_weak {
            separate(
                separated,
                "a weak quotation character 'W' instead. This would otherwise indicate the start of a new weak etag.",
            )?;
            rest.strip_prefix("W/\"").ok_or_else(|| {
                Error::error("Weak etags must start with W/ and their value must be quoted")
            })?
        } else if let Some(value) = rest.strip_prefix('"') {
            separate(
                separated,
                "a double quote character '\"' instead. This would otherwise indicate the start of a new strong etag.",
            )?;
            value
        } else {
            return Ok(etags);
        };
        let (value, after) = value
            .split_once('"')
            .ok_or_else(|| Error::error("Unclosed double quote for Etag"))?;
        let value = value.to_owned();
        etags.push(if is_weak {
            Etag::Weak(value)
        } else {
            Etag::Strong(value)
        });
        rest = after;
        separated = false;
    }
}

fn separate(is_separated: bool, found: &str) -> Result<()> {
    if is_separated {
        return Ok(());
    }
    Err(Error::error(format!(
        "Comma was expected to separate etags. Encountered {found}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_hold_lists_of_tags() {
        let weak = Etag::Weak("a".into());
        let strong = Etag::Strong("b, c".into());
        assert_eq!(parse("W/\"a\", ,\"b, c\" x").ok(), Some(vec![weak, strong]));
        assert_eq!(parse("\"a\", *").ok(), Some(vec![Etag::Wildcard]));
        assert!(parse("\"a\" \"b\"").is_err());
        assert!(parse("W\"a\"").is_err());
        assert!(parse("\"a").is_err());
        assert!(of_header("if-match", "plain").is_err());
    }
}
