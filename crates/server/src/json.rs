//! Strings as JSON (RFC 8259 §7), for the lines that a process writes: logs, consoles, ports.

use std::fmt::Write;

/// `text` as a JSON string.
pub fn quoted(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 2);
    quote(&mut line, text);
    line
}

/// Appends `text` as a JSON string.
pub fn quote(line: &mut String, text: &str) {
    line.push('"');
    for character in text.chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            '\u{8}' => line.push_str("\\b"),
            '\u{c}' => line.push_str("\\f"),
            control if u32::from(control) < 0x20 => {
                // Writing to a string does not fail.
                let _ = write!(line, "\\u{:04x}", u32::from(control));
            }
            other => line.push(other),
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn json_escapes_what_a_string_may_not_hold() {
        let mut line = String::new();
        quote(&mut line, "a\"b\\c\nd\te\u{1}\u{7f}é");
        assert_eq!(line, "\"a\\\"b\\\\c\\nd\\te\\u0001\u{7f}é\"");
    }
}
