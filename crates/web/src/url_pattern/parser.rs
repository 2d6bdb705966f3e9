//! "Parse a pattern string" (URL Pattern §2.1.3): tokens become parts.

use super::tokenizer::{Kind, Policy, Token, tokenize};
use super::{Edition, Invalid, SYNTAX};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    FixedText,
    Regexp,
    SegmentWildcard,
    FullWildcard,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Modifier {
    None,
    Optional,
    ZeroOrMore,
    OneOrMore,
}

impl Modifier {
    pub fn text(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Optional => "?",
            Self::ZeroOrMore => "*",
            Self::OneOrMore => "+",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub kind: PartKind,
    /// The text, or the regular expression of a part of that kind.
    pub value: String,
    pub modifier: Modifier,
    pub name: String,
    pub prefix: String,
    pub suffix: String,
}

/// How a component is taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    /// What ends a segment.
    pub delimiter: Option<char>,
    /// What belongs to the group that follows it.
    pub prefix: Option<char>,
    pub edition: Edition,
}

impl Options {
    /// The regular expression of a segment.
    pub fn segment_wildcard(&self) -> String {
        let lazy = match self.edition {
            Edition::Original => "",
            Edition::Standard => "?",
        };
        match self.delimiter {
            Some(delimiter) => format!("[^\\{delimiter}]+{lazy}"),
            None => format!("[^]+{lazy}"),
        }
    }
}

/// Brings fixed text into its canonical form; nothing where it cannot be part of the component.
pub(super) type Encode = fn(&str) -> Option<String>;

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    index: usize,
    encode: Encode,
    segment_wildcard: String,
    parts: Vec<Part>,
    pending: String,
    next_number: usize,
}

pub(super) fn parse(input: &str, options: &Options, encode: Encode) -> Result<Vec<Part>, Invalid> {
    let mut parser = Parser {
        tokens: tokenize(input, Policy::Strict, options.edition)?,
        index: 0,
        encode,
        segment_wildcard: options.segment_wildcard(),
        parts: Vec::new(),
        pending: String::new(),
        next_number: 0,
    };
    while parser.index < parser.tokens.len() {
        parser.step(options)?;
    }
    Ok(parser.parts)
}

impl<'a> Parser<'a> {
    fn take(&mut self, kind: Kind) -> Option<Token<'a>> {
        let token = *self.tokens.get(self.index)?;
        (token.kind == kind).then(|| {
            self.index += 1;
            token
        })
    }

    fn require(&mut self, kind: Kind, missing: &'static str) -> Result<(), Invalid> {
        self.take(kind)
            .map(|_| ())
            .ok_or_else(|| Invalid::text(missing))
    }

    fn regexp_or_wildcard(&mut self, name: Option<Token<'a>>) -> Option<Token<'a>> {
        let regexp = self.take(Kind::Regexp);
        if regexp.is_none() && name.is_none() {
            return self.take(Kind::Asterisk);
        }
        regexp
    }

    fn modifier(&mut self) -> Modifier {
        match self.take(Kind::OtherModifier) {
            Some(token) if token.value == "?" => Modifier::Optional,
            Some(_) => Modifier::OneOrMore,
            None if self.take(Kind::Asterisk).is_some() => Modifier::ZeroOrMore,
            None => Modifier::None,
        }
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        while let Some(token) = self
            .take(Kind::Char)
            .or_else(|| self.take(Kind::EscapedChar))
        {
            text.push_str(token.value);
        }
        text
    }

    fn encoded(&self, text: &str) -> Result<String, Invalid> {
        (self.encode)(text).ok_or(SYNTAX)
    }

    fn step(&mut self, options: &Options) -> Result<(), Invalid> {
        let char = self.take(Kind::Char);
        let name = self.take(Kind::Name);
        let regexp = self.regexp_or_wildcard(name);
        if name.is_some() || regexp.is_some() {
            let mut prefix = char.map_or("", |token| token.value);
            if prefix.chars().next() != options.prefix {
                self.pending.push_str(prefix);
                prefix = "";
            }
            self.flush()?;
            let modifier = self.modifier();
            return self.add(prefix.to_owned(), name, regexp, String::new(), modifier);
        }
        if let Some(fixed) = char.or_else(|| self.take(Kind::EscapedChar)) {
            self.pending.push_str(fixed.value);
            return Ok(());
        }
        if self.take(Kind::Open).is_some() {
            let prefix = self.text();
            let name = self.take(Kind::Name);
            let regexp = self.regexp_or_wildcard(name);
            let suffix = self.text();
            self.require(
                Kind::Close,
                "Syntax error in URL Pattern: Missing required close token",
            )?;
            let modifier = self.modifier();
            return self.add(prefix, name, regexp, suffix, modifier);
        }
        self.flush()?;
        self.require(
            Kind::End,
            "Syntax error in URL Pattern: Missing required end token",
        )
    }

    /// "Maybe add a part from the pending fixed value".
    fn flush(&mut self) -> Result<(), Invalid> {
        let text = std::mem::take(&mut self.pending);
        if text.is_empty() {
            return Ok(());
        }
        self.fixed(&text, Modifier::None)
    }

    fn fixed(&mut self, text: &str, modifier: Modifier) -> Result<(), Invalid> {
        let value = self.encoded(text)?;
        self.parts.push(Part {
            kind: PartKind::FixedText,
            value,
            modifier,
            name: String::new(),
            prefix: String::new(),
            suffix: String::new(),
        });
        Ok(())
    }

    /// "Add a part".
    fn add(
        &mut self,
        prefix: String,
        name: Option<Token<'a>>,
        regexp: Option<Token<'a>>,
        suffix: String,
        modifier: Modifier,
    ) -> Result<(), Invalid> {
        if name.is_none() && regexp.is_none() {
            if modifier == Modifier::None {
                self.pending.push_str(&prefix);
                return Ok(());
            }
            self.flush()?;
            if prefix.is_empty() {
                return Ok(());
            }
            return self.fixed(&prefix, modifier);
        }
        self.flush()?;
        let (kind, value) = match regexp {
            None => (PartKind::SegmentWildcard, ""),
            Some(token) if token.kind == Kind::Asterisk || token.value == ".*" => {
                (PartKind::FullWildcard, "")
            }
            Some(token) if token.value == self.segment_wildcard => (PartKind::SegmentWildcard, ""),
            Some(token) => (PartKind::Regexp, token.value),
        };
        let name = match name {
            Some(token) => token.value.to_owned(),
            None => {
                let number = self.next_number;
                self.next_number += 1;
                number.to_string()
            }
        };
        if self.parts.iter().any(|part| part.name == name) {
            let text = format!("Syntax error in URL Pattern: Duplicated part names [{name}]");
            return Err(Invalid(text.into()));
        }
        let part = Part {
            kind,
            value: value.to_owned(),
            modifier,
            name,
            prefix: self.encoded(&prefix)?,
            suffix: self.encoded(&suffix)?,
        };
        self.parts.push(part);
        Ok(())
    }
}
