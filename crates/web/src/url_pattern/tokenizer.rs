//! "Tokenize" (URL Pattern §2.1.5).

use super::{Edition, Invalid};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    Regexp,
    Name,
    Char,
    EscapedChar,
    OtherModifier,
    Asterisk,
    End,
    InvalidChar,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    /// Where it starts in the input, in bytes.
    pub index: usize,
    pub value: &'a str,
}

/// What becomes of a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    Strict,
    Lenient,
}

struct Tokenizer<'a> {
    input: &'a str,
    policy: Policy,
    edition: Edition,
    index: usize,
    tokens: Vec<Token<'a>>,
}

pub(super) fn tokenize(
    input: &str,
    policy: Policy,
    edition: Edition,
) -> Result<Vec<Token<'_>>, Invalid> {
    let mut tokenizer = Tokenizer {
        input,
        policy,
        edition,
        index: 0,
        tokens: Vec::with_capacity(input.len() + 1),
    };
    while let Some(char) = tokenizer.char_at(tokenizer.index) {
        tokenizer.token(char)?;
    }
    tokenizer.add(Kind::End, input.len(), input.len()..input.len());
    Ok(tokenizer.tokens)
}

impl<'a> Tokenizer<'a> {
    fn char_at(&self, index: usize) -> Option<char> {
        self.input.get(index..)?.chars().next()
    }

    /// Adds a token that ends before `next`.
    fn add(&mut self, kind: Kind, next: usize, value: std::ops::Range<usize>) {
        self.tokens.push(Token {
            kind,
            index: self.index,
            value: self.input.get(value).unwrap_or_default(),
        });
        self.index = next;
    }

    /// "Process a tokenizing error": what the lenient policy makes of it is a character.
    fn mistake(&mut self, what: &str, position: usize, next: usize) -> Result<(), Invalid> {
        if self.policy == Policy::Strict {
            return Err(Invalid::at(what, position));
        }
        let start = self.index;
        self.add(Kind::InvalidChar, next, start..next);
        Ok(())
    }

    fn token(&mut self, char: char) -> Result<(), Invalid> {
        let start = self.index;
        let next = start + char.len_utf8();
        let kind = match char {
            '*' => Kind::Asterisk,
            '+' | '?' => Kind::OtherModifier,
            '{' => Kind::Open,
            '}' => Kind::Close,
            '\\' => {
                let Some(escaped) = self.char_at(next) else {
                    return self.mistake("invalid escape character", start, next);
                };
                let end = next + escaped.len_utf8();
                self.add(Kind::EscapedChar, end, next..end);
                return Ok(());
            }
            ':' => return self.name(start, next),
            '(' => return self.regexp(start, next),
            _ => Kind::Char,
        };
        self.add(kind, next, start..next);
        Ok(())
    }

    fn name(&mut self, colon: usize, start: usize) -> Result<(), Invalid> {
        let rest = self.input.get(start..).unwrap_or_default();
        let mut end = start;
        for char in rest.chars() {
            if !is_name_char(char, end == start) {
                break;
            }
            end += char.len_utf8();
        }
        if end == start {
            return self.mistake("invalid name start", colon, start);
        }
        self.add(Kind::Name, end, start..end);
        Ok(())
    }

    fn regexp(&mut self, open: usize, start: usize) -> Result<(), Invalid> {
        if start == self.input.len() {
            return self.mistake("invalid regex start", open, start);
        }
        let mut depth = 1;
        let mut at = start;
        while let Some(char) = self.char_at(at) {
            let next = at + char.len_utf8();
            if !char.is_ascii() || (at == start && char == '?') {
                return self.mistake("invalid regex character", at, start);
            }
            at = match char {
                '\\' => match self.char_at(next) {
                    None => {
                        return self.mistake("invalid escape character in regex", at, start);
                    }
                    Some(escaped) if !escaped.is_ascii() => {
                        return self.mistake("invalid escaped character in regex", next, start);
                    }
                    Some(_) => next + 1,
                },
                ')' => {
                    depth -= 1;
                    next
                }
                '(' => {
                    depth += 1;
                    match self.char_at(next) {
                        None => return self.mistake("invalid group in regex", at, start),
                        Some('?') => next,
                        Some(_) => return self.mistake("invalid group in regex", next, start),
                    }
                }
                _ => next,
            };
            if depth == 0 {
                break;
            }
        }
        let is_empty = at - 1 == start && self.edition == Edition::Standard;
        if depth > 0 || is_empty {
            return self.mistake("invalid regex segment", start, start);
        }
        self.add(Kind::Regexp, at, start..at - 1);
        Ok(())
    }
}

/// "Is a valid name code point": an ECMAScript identifier.
pub(super) fn is_name_char(char: char, is_first: bool) -> bool {
    match char {
        '$' | '_' => true,
        '\u{200c}' | '\u{200d}' => !is_first,
        _ if is_first => unicode_id_start::is_id_start(char),
        _ => unicode_id_start::is_id_continue(char),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(input: &str) -> Vec<(Kind, &str)> {
        let tokens = tokenize(input, Policy::Strict, Edition::Standard).unwrap();
        tokens
            .iter()
            .map(|token| (token.kind, token.value))
            .collect()
    }

    fn mistake(input: &str) -> String {
        let result = tokenize(input, Policy::Strict, Edition::Original);
        result.unwrap_err().0.into_owned()
    }

    #[test]
    fn tokens() {
        assert_eq!(
            kinds(r"/:añ(\)(?:b))*{é\+}?"),
            [
                (Kind::Char, "/"),
                (Kind::Name, "añ"),
                (Kind::Regexp, r"\)(?:b)"),
                (Kind::Asterisk, "*"),
                (Kind::Open, "{"),
                (Kind::Char, "é"),
                (Kind::EscapedChar, "+"),
                (Kind::Close, "}"),
                (Kind::OtherModifier, "?"),
                (Kind::End, ""),
            ]
        );
    }

    #[test]
    fn mistakes_say_where() {
        for (input, text) in [
            ("a\\", "invalid escape character at 1"),
            ("a:", "invalid name start at 1"),
            ("/:?", "invalid name start at 1"),
            ("a(", "invalid regex start at 1"),
            ("a(é)", "invalid regex character at 2"),
            ("(?a)", "invalid regex character at 1"),
            ("(a\\", "invalid escape character in regex at 2"),
            ("(a(b))", "invalid group in regex at 3"),
            ("/(a", "invalid regex segment at 2"),
        ] {
            assert_eq!(
                mistake(input),
                format!("Syntax error in URL Pattern: {text}")
            );
        }
        let tokens = tokenize("a(", Policy::Lenient, Edition::Standard).unwrap();
        assert_eq!(tokens[1].kind, Kind::InvalidChar);
    }
}
