//! Parts as a regular expression (URL Pattern §2.1.4) and as a pattern string (§2.1.6).

use super::Edition;
use super::parser::{Modifier, Options, Part, PartKind};
use super::tokenizer::is_name_char;

const FULL_WILDCARD: &str = ".*";

/// The regular expression, and the names of its groups in their order.
pub(super) fn regexp(parts: &[Part], options: &Options) -> (String, Vec<String>) {
    let segment = options.segment_wildcard();
    let mut out = String::from("^");
    let mut names = Vec::new();
    for part in parts {
        let modifier = part.modifier.text();
        let once = matches!(part.modifier, Modifier::None | Modifier::Optional);
        if part.kind == PartKind::FixedText {
            let text = escape(&part.value, is_regexp_syntax);
            match part.modifier {
                Modifier::None => out.push_str(&text),
                _ => out.push_str(&format!("(?:{text}){modifier}")),
            }
            continue;
        }
        names.push(part.name.clone());
        let value = match part.kind {
            PartKind::SegmentWildcard => &segment,
            PartKind::FullWildcard => FULL_WILDCARD,
            _ => &part.value,
        };
        if part.prefix.is_empty() && part.suffix.is_empty() {
            match once {
                true => out.push_str(&format!("({value}){modifier}")),
                false => out.push_str(&format!("((?:{value}){modifier})")),
            }
            continue;
        }
        let prefix = escape(&part.prefix, is_regexp_syntax);
        let suffix = escape(&part.suffix, is_regexp_syntax);
        if once {
            out.push_str(&format!("(?:{prefix}({value}){suffix}){modifier}"));
            continue;
        }
        out.push_str(&format!(
            "(?:{prefix}((?:{value})(?:{suffix}{prefix}(?:{value}))*){suffix})"
        ));
        if part.modifier == Modifier::ZeroOrMore {
            out.push_str(match options.edition {
                Edition::Original => "*",
                Edition::Standard => "?",
            });
        }
    }
    out.push('$');
    (out, names)
}

/// The pattern string that a component shows.
pub(super) fn pattern_string(parts: &[Part], options: &Options) -> String {
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|index| parts.get(index));
        push_part(&mut out, part, previous, parts.get(index + 1), options);
    }
    out
}

fn push_part(
    out: &mut String,
    part: &Part,
    previous: Option<&Part>,
    next: Option<&Part>,
    options: &Options,
) {
    let modifier = part.modifier.text();
    if part.kind == PartKind::FixedText {
        let text = escape(&part.value, is_pattern_syntax);
        match part.modifier {
            Modifier::None => out.push_str(&text),
            _ => out.push_str(&format!("{{{text}}}{modifier}")),
        }
        return;
    }
    let is_named = !part.name.starts_with(|char: char| char.is_ascii_digit());
    let is_grouped = needs_grouping(part, is_named, previous, next, options);
    if is_grouped {
        out.push('{');
    }
    out.push_str(&escape(&part.prefix, is_pattern_syntax));
    if is_named {
        out.push(':');
        out.push_str(&part.name);
    }
    match part.kind {
        PartKind::Regexp => out.push_str(&format!("({})", part.value)),
        PartKind::SegmentWildcard if !is_named => {
            out.push_str(&format!("({})", options.segment_wildcard()));
        }
        PartKind::FullWildcard => {
            let stands_alone = previous.is_none_or(|previous| {
                previous.kind == PartKind::FixedText || previous.modifier != Modifier::None
            });
            let is_short = !is_named && (stands_alone || is_grouped || !part.prefix.is_empty());
            out.push_str(if is_short { "*" } else { "(.*)" });
        }
        PartKind::SegmentWildcard | PartKind::FixedText => {}
    }
    if part.kind == PartKind::SegmentWildcard && is_named && continues_name(&part.suffix) {
        out.push('\\');
    }
    out.push_str(&escape(&part.suffix, is_pattern_syntax));
    if is_grouped {
        out.push('}');
    }
    out.push_str(modifier);
}

/// Whether a part has to stand in braces to be read as it is.
fn needs_grouping(
    part: &Part,
    is_named: bool,
    previous: Option<&Part>,
    next: Option<&Part>,
    options: &Options,
) -> bool {
    let first = part.prefix.chars().next();
    if !part.suffix.is_empty() || (first.is_some() && first != options.prefix) {
        return true;
    }
    if is_named
        && part.kind == PartKind::SegmentWildcard
        && part.modifier == Modifier::None
        && let Some(next) = next
        && next.prefix.is_empty()
        && next.suffix.is_empty()
    {
        let runs_on = match next.kind {
            PartKind::FixedText => {
                options.edition == Edition::Standard && continues_name(&next.value)
            }
            _ => next.name.starts_with(|char: char| char.is_ascii_digit()),
        };
        if runs_on {
            return true;
        }
    }
    part.prefix.is_empty()
        && options.prefix.is_some()
        && previous.is_some_and(|previous| {
            previous.kind == PartKind::FixedText
                && previous.value.chars().next_back() == options.prefix
        })
}

fn continues_name(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|char| is_name_char(char, false))
}

fn escape(text: &str, is_syntax: fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if is_syntax(char) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

/// "Escape a pattern string".
pub(super) fn escape_pattern(text: &str) -> String {
    escape(text, is_pattern_syntax)
}

fn is_pattern_syntax(char: char) -> bool {
    matches!(char, '+' | '*' | '?' | ':' | '{' | '}' | '(' | ')' | '\\')
}

fn is_regexp_syntax(char: char) -> bool {
    matches!(
        char,
        '.' | '+' | '*' | '?' | '^' | '$' | '{' | '}' | '(' | ')' | '[' | ']' | '|' | '/' | '\\'
    )
}
