//! Lists of name-value pairs, and their application/x-www-form-urlencoded form (URL §5).

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2};

/// Names and values in order; a name may come more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs(Vec<Pair>);

/// A name and its value in one piece of memory, with a character between them: lists are made far more often than
/// changed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pair {
    text: Box<str>,
    /// How long the name is.
    name: usize,
}

impl Pair {
    fn new(name: &str, value: &str) -> Self {
        let mut text = String::with_capacity(name.len() + 1 + value.len());
        text.push_str(name);
        text.push('=');
        text.push_str(value);
        Self {
            text: text.into(),
            name: name.len(),
        }
    }

    /// Parses what stands between two ampersands.
    fn parse(piece: &str) -> Self {
        let split = memchr(b'=', piece.as_bytes());
        if let Some(name) = split
            && memchr2(b'%', b'+', piece.as_bytes()).is_none()
        {
            let text = piece.into();
            return Self { text, name };
        }
        let (name, value) = match split {
            Some(split) => (&piece[..split], &piece[split + 1..]),
            None => (piece, ""),
        };
        Self::new(&decode(name), &decode(value))
    }

    fn name(&self) -> &str {
        &self.text[..self.name]
    }

    fn value(&self) -> &str {
        &self.text[self.name + 1..]
    }
}

impl Pairs {
    /// Parses a query without its question mark (URL §5.1).
    pub fn parse(query: &str) -> Self {
        let bytes = query.as_bytes();
        let mut pairs = Vec::with_capacity(memchr_iter(b'&', bytes).count() + 1);
        let mut start = 0;
        for end in memchr_iter(b'&', bytes).chain([bytes.len()]) {
            if end > start {
                pairs.push(Pair::parse(&query[start..end]));
            }
            start = end + 1;
        }
        Self(pairs)
    }

    /// Serializes the list (URL §5.2).
    pub fn serialize(&self) -> String {
        let mut out = String::new();
        for (index, pair) in self.0.iter().enumerate() {
            if index > 0 {
                out.push('&');
            }
            encode(pair.name(), &mut out);
            out.push('=');
            encode(pair.value(), &mut out);
        }
        out
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pair at a position.
    pub fn at(&self, index: usize) -> Option<(&str, &str)> {
        let pair = self.0.get(index)?;
        Some((pair.name(), pair.value()))
    }

    pub fn append(&mut self, name: &str, value: &str) {
        self.0.push(Pair::new(name, value));
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of a name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self.0.iter().filter(move |pair| pair.name() == name);
        found.map(Pair::value)
    }

    /// Whether there is a pair of this name, and of this value if one is given.
    pub fn has(&self, name: &str, value: Option<&str>) -> bool {
        self.all(name)
            .any(|found| value.is_none_or(|value| value == found))
    }

    /// Removes the pairs of this name, or only those that have this value as well.
    pub fn delete(&mut self, name: &str, value: Option<&str>) {
        self.0
            .retain(|pair| pair.name() != name || value.is_some_and(|value| value != pair.value()));
    }

    /// Gives the first pair of this name the value and removes the others.
    pub fn set(&mut self, name: &str, value: &str) {
        let Some(first) = self.0.iter().position(|pair| pair.name() == name) else {
            return self.append(name, value);
        };
        self.0[first] = Pair::new(name, value);
        let mut index = 0;
        self.0.retain(|pair| {
            index += 1;
            index <= first + 1 || pair.name() != name
        });
    }

    /// Sorts by name in order of UTF-16 code units, keeping pairs of one name in their order.
    pub fn sort(&mut self) {
        self.0.sort_by(|a, b| {
            let (a, b) = (a.name(), b.name());
            if a.is_ascii() && b.is_ascii() {
                a.cmp(b)
            } else {
                a.encode_utf16().cmp(b.encode_utf16())
            }
        });
    }
}

impl FromIterator<(String, String)> for Pairs {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        let pair = |(name, value): (String, String)| Pair::new(&name, &value);
        Self(pairs.into_iter().map(pair).collect())
    }
}

/// A query without the question mark that it may start with.
pub(super) fn without_question_mark(query: &str) -> &str {
    query.strip_prefix('?').unwrap_or(query)
}

/// Percent-decodes, with `+` for a space; what is not UTF-8 becomes U+FFFD.
fn decode(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let Some(special) = memchr2(b'%', b'+', bytes) else {
        return text.into();
    };
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(&bytes[..special]);
    let mut rest = &bytes[special..];
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match (*byte, tail) {
            (b'+', _) => out.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    rest = after;
                }
                _ => out.push(b'%'),
            },
            (other, _) => out.push(other),
        }
    }
    match String::from_utf8(out) {
        Ok(text) => text.into(),
        Err(error) => String::from_utf8_lossy(error.as_bytes())
            .into_owned()
            .into(),
    }
}

/// The value of a hexadecimal digit.
pub(super) fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

/// Appends `text`, percent-encoded with the application/x-www-form-urlencoded set (URL §1.3).
fn encode(text: &str, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'*' | b'-' | b'.' | b'_' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            other => {
                out.push('%');
                out.push(char::from(DIGITS[usize::from(other >> 4)]));
                out.push(char::from(DIGITS[usize::from(other & 15)]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(query: &str) -> String {
        Pairs::parse(query).serialize()
    }

    #[test]
    fn parses_and_serializes_forms() {
        assert_eq!(round("a=b&&c&=d&e="), "a=b&c=&=d&e=");
        assert_eq!(round("a=%zz&b=%41+%20"), "a=%25zz&b=A++");
        assert_eq!(round("a=%4"), "a=%254");
        assert_eq!(round("é=~!*()'-._"), "%C3%A9=%7E%21*%28%29%27-._");
        assert_eq!(Pairs::parse("a=%ff").get("a"), Some("\u{fffd}"));
        assert_eq!(Pairs::parse("a=b=c&d").get("a"), Some("b=c"));
        assert_eq!(Pairs::parse("a+b=c+d=%3D").get("a b"), Some("c d=="));
        assert!(Pairs::parse("").is_empty());
    }

    #[test]
    fn sets_deletes_and_sorts() {
        let mut pairs = Pairs::parse("z=1&a=2&z=3&a=4");
        pairs.set("z", "9");
        assert_eq!(pairs.serialize(), "z=9&a=2&a=4");
        pairs.delete("a", Some("2"));
        assert_eq!(pairs.serialize(), "z=9&a=4");
        assert!(pairs.has("a", None) && !pairs.has("a", Some("2")));
        let mut pairs = Pairs::parse("z=b&a=b&z=a&\u{fb03}=1&\u{1f308}=2");
        pairs.sort();
        assert_eq!(pairs.serialize(), "a=b&z=b&z=a&%F0%9F%8C%88=2&%EF%AC%83=1");
    }
}
