//! MIME types (MIME Sniffing §4): parsed leniently, written normalized.

use std::collections::HashSet;
use std::fmt;

/// A parsed MIME type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MimeType {
    essence: String,
    parameters: Vec<(String, String)>,
}

impl MimeType {
    /// Parses a type (§4.4).
    pub fn parse(text: &str) -> Option<Self> {
        let (essence, rest) = text.split_once(';').unwrap_or((text, ""));
        let (main, sub) = essence.trim_matches(is_space).split_once('/')?;
        if !is_token(main) || !is_token(sub) {
            return None;
        }
        let mut parsed = Self {
            essence: format!("{main}/{sub}").to_ascii_lowercase(),
            parameters: Vec::new(),
        };
        parsed.parse_parameters(rest);
        Some(parsed)
    }

    fn parse_parameters(&mut self, mut rest: &str) {
        while !rest.is_empty() {
            rest = rest.trim_start_matches(is_space);
            let end = rest.find([';', '=']).unwrap_or(rest.len());
            let name = rest[..end].to_ascii_lowercase();
            let Some(after) = rest[end..].strip_prefix('=') else {
                rest = rest[end..].strip_prefix(';').unwrap_or_default();
                continue;
            };
            let value = if let Some(quoted) = after.strip_prefix('"') {
                let (value, after) = unquote(quoted);
                rest = after.split_once(';').map_or("", |(_, rest)| rest);
                Some(value)
            } else {
                let (value, after) = after.split_once(';').unwrap_or((after, ""));
                rest = after;
                let value = value.trim_end_matches(is_space);
                (!value.is_empty()).then(|| value.to_owned())
            };
            if let Some(value) = value
                && is_token(&name)
                && value.chars().all(is_value_char)
            {
                self.parameters.push((name, value));
            }
        }
        self.keep_first_of_each_name();
    }

    /// By a set: whoever sends a header may name thousands.
    fn keep_first_of_each_name(&mut self) {
        if self.parameters.len() > 1 {
            let mut seen = HashSet::with_capacity(self.parameters.len());
            self.parameters
                .retain(|(name, _)| seen.insert(name.clone()));
        }
    }

    /// The type that a header with this value, of one or more types, has (Fetch §2.2.2, "extract a
    /// MIME type").
    pub fn extract(header: &str) -> Option<Self> {
        let mut found: Option<Self> = None;
        for piece in split_list(header) {
            let Some(mut next) = Self::parse(piece).filter(|next| next.essence != "*/*") else {
                continue;
            };
            if let Some(before) = &found
                && before.essence == next.essence
                && next.parameter("charset").is_none()
                && let Some(charset) = before.parameter("charset")
            {
                let charset = charset.to_owned();
                next.parameters.push(("charset".to_owned(), charset));
            }
            found = Some(next);
        }
        found
    }

    /// Type and subtype, in lower case.
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// A parameter, by its name in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for MimeType {
    /// §4.5, with a space before `boundary`, as browsers write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.essence)?;
        for (name, value) in &self.parameters {
            let space = if name == "boundary" { " " } else { "" };
            if is_token(value) {
                write!(f, ";{space}{name}={value}")?;
            } else {
                let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, ";{space}{name}=\"{escaped}\"")?;
            }
        }
        Ok(())
    }
}

/// The pieces between the commas that stand outside of quotes.
fn split_list(header: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    header.split(move |char| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        match char {
            '"' => quoted = !quoted,
            '\\' => escaped = quoted,
            ',' => return !quoted,
            _ => {}
        }
        false
    })
}

/// What stands before the closing quote, with its escapes resolved, and what stands behind it.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((index, char)) = chars.next() {
        match char {
            '"' => return (value, &text[index + 1..]),
            '\\' => value.push(chars.next().map_or('\\', |(_, char)| char)),
            char => value.push(char),
        }
    }
    (value, "")
}

fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n')
}

fn is_value_char(char: char) -> bool {
    matches!(char, '\t' | ' '..='~' | '\u{80}'..='\u{ff}')
}

fn is_token(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(good)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn writes_what_it_parsed() {
        for (text, expected) in [
            (
                " Text/HTML ; Charset=UTF-8",
                Some("text/html;charset=UTF-8"),
            ),
            ("a/b;c=\"d e\\\"\";c=f;g", Some("a/b;c=\"d e\\\"\"")),
            ("a/b;c=1;d=2;C=3;d=4;e=5", Some("a/b;c=1;d=2;e=5")),
            (
                "multipart/form-data; boundary=x",
                Some("multipart/form-data; boundary=x"),
            ),
            ("a/b;c=", Some("a/b")),
            ("a/b;c=\"\"", Some("a/b;c=\"\"")),
            ("a", None),
            ("a/", None),
            ("/b", None),
            ("", None),
        ] {
            let written = MimeType::parse(text).map(|parsed| parsed.to_string());
            assert_eq!(written.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn takes_any_number_of_parameters_in_linear_time() {
        const COUNT: usize = 40_000;
        let parameters: String = (0..COUNT).map(|number| format!(";p{number}=v")).collect();
        let start = Instant::now();
        let parsed = MimeType::parse(&format!("a/b{parameters}{parameters}")).unwrap();
        assert_eq!(parsed.parameters.len(), COUNT);
        // Comparing each with each would take a minute.
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn extracts_the_last_type_of_a_list() {
        for (header, expected) in [
            ("text/plain, text/html", Some("text/html")),
            (
                "text/html;charset=a, text/html",
                Some("text/html;charset=a"),
            ),
            ("text/html;charset=a, x/y, text/html", Some("text/html")),
            ("a/b;c=\",\", bad, */*", Some("a/b;c=\",\"")),
            ("bad", None),
        ] {
            let written = MimeType::extract(header).map(|found| found.to_string());
            assert_eq!(written.as_deref(), expected, "{header}");
        }
    }
}
