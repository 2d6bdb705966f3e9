//! The URL parser from before the flag `url_standard`: lenient, hierarchical URLs only, everything
//! kept percent-decoded and encoded anew when written out. Its oddities are what Workers rely on.
//!
//! Text is kept as bytes, for percent-decoding may yield what is not UTF-8.

use super::pairs::hex;

/// One parameter of a query. One without an equals sign has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: Vec<u8>,
    pub value: Option<Vec<u8>>,
}

/// What stands before the at sign.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserInfo {
    pub username: Vec<u8>,
    pub password: Option<Vec<u8>>,
}

/// A URL in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LegacyRecord {
    pub scheme: String,
    pub user_info: Option<UserInfo>,
    /// With the port.
    pub host: String,
    pub path: Vec<Vec<u8>>,
    pub has_trailing_slash: bool,
    pub query: Vec<Parameter>,
    pub fragment: Option<Vec<u8>>,
}

/// Why a URL that setters have made cannot be written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unprintable {
    Host,
    Path,
}

impl LegacyRecord {
    /// Parses an absolute URL with an authority.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        if !is_scheme(scheme) {
            return None;
        }
        let (authority, mut rest) = split_at_any(rest.strip_prefix("//")?, "/?#");
        let mut record = Self {
            scheme: scheme.to_ascii_lowercase(),
            ..Self::default()
        };
        record.read_authority(authority)?;
        while let Some(tail) = rest.strip_prefix('/') {
            let (part, after) = split_at_any(tail, "/?#");
            record.push_path(part)?;
            rest = after;
        }
        record.read_query(&mut rest)?;
        record.read_fragment(rest)?;
        Some(record)
    }

    /// Parses a URL relative to this one.
    pub fn parse_relative(&self, text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(self.clone());
        }
        let mut record = Self::default();
        let end = text
            .find(|c: char| !is_scheme_char(c))
            .unwrap_or(text.len());
        let mut rest = text;
        match text[end..].strip_prefix(':') {
            Some(tail) => {
                record.scheme = text[..end].to_owned();
                rest = tail;
            }
            None => record.scheme.clone_from(&self.scheme),
        }
        let has_authority = rest.starts_with("//");
        if let Some(tail) = rest.strip_prefix("//") {
            let (authority, after) = split_at_any(tail, "/?#");
            record.read_authority(authority)?;
            rest = after;
        } else {
            record.host.clone_from(&self.host);
            record.user_info.clone_from(&self.user_info);
        }
        let has_path = !rest.is_empty() && !rest.starts_with(['?', '#']);
        if has_path {
            rest = record.read_path(rest, self)?;
        } else if !has_authority {
            record.path.clone_from(&self.path);
            record.has_trailing_slash = self.has_trailing_slash;
        }
        if rest.starts_with('?') {
            record.read_query(&mut rest)?;
        } else if !has_authority && !has_path {
            record.query.clone_from(&self.query);
        }
        record.read_fragment(rest)?;
        Some(record)
    }

    fn read_authority(&mut self, authority: &str) -> Option<()> {
        let host = match authority.split_once('@') {
            Some((user_info, host)) => {
                let (username, password) = match user_info.split_once(':') {
                    Some((username, password)) => (username, Some(decode(password)?)),
                    None => (user_info, None),
                };
                self.user_info = Some(UserInfo {
                    username: decode(username)?,
                    password,
                });
                host
            }
            None => authority,
        };
        let host = String::from_utf8(decode(host)?).ok()?;
        if !is_host(&host) {
            return None;
        }
        self.host = host.to_ascii_lowercase();
        Some(())
    }

    /// Reads the path of a relative URL and gives what follows it.
    fn read_path<'a>(&mut self, text: &'a str, base: &Self) -> Option<&'a str> {
        let mut rest = text;
        if let Some(tail) = text.strip_prefix('/') {
            rest = tail;
            self.has_trailing_slash = true;
        } else if !base.path.is_empty() {
            let kept = base.path.len() - usize::from(!base.has_trailing_slash);
            self.path = base.path[..kept].to_vec();
            self.has_trailing_slash = true;
        }
        loop {
            let (part, after) = split_at_any(rest, "/?#");
            self.push_path(part)?;
            match after.strip_prefix('/') {
                Some(tail) => rest = tail,
                None => return Some(after),
            }
        }
    }

    fn push_path(&mut self, part: &str) -> Option<()> {
        match part {
            ".." => {
                self.path.pop();
                self.has_trailing_slash = true;
            }
            "" | "." => self.has_trailing_slash = true,
            part => {
                self.path.push(decode(part)?);
                self.has_trailing_slash = false;
            }
        }
        Some(())
    }

    fn read_query(&mut self, rest: &mut &str) -> Option<()> {
        if let Some(tail) = rest.strip_prefix('?') {
            let (query, after) = split_at_any(tail, "#");
            self.query = parse_query(query)?;
            *rest = after;
        }
        Some(())
    }

    fn read_fragment(&mut self, rest: &str) -> Option<()> {
        if let Some(fragment) = rest.strip_prefix('#') {
            self.fragment = Some(decode(fragment)?);
        }
        Some(())
    }

    /// Takes a path on its own: unlike in a URL, question marks and hashes belong to it.
    pub fn set_path(&mut self, text: &str) {
        let mut fresh = Self::default();
        let text = text.strip_prefix('/').unwrap_or(text);
        if text
            .split('/')
            .try_for_each(|part| fresh.push_path(part).ok_or(()))
            .is_ok()
        {
            self.path = fresh.path;
            self.has_trailing_slash = fresh.has_trailing_slash;
        }
    }

    /// Drops a port that is empty or the scheme's own.
    pub fn normalize_port(&mut self) {
        if let Some((host, port)) = self.host.split_once(':')
            && (port.is_empty() || Some(port) == default_port(&self.scheme))
        {
            self.host.truncate(host.len());
        }
    }

    pub fn is_special(&self) -> bool {
        matches!(
            self.scheme.as_str(),
            "http" | "https" | "ws" | "wss" | "ftp" | "file"
        )
    }

    /// The URL as text.
    pub fn serialize(&self) -> Result<String, Unprintable> {
        let mut out = format!("{}://", self.scheme);
        if let Some(user_info) = &self.user_info {
            encode(&user_info.username, is_user_info_char, &mut out);
            if let Some(password) = &user_info.password {
                out.push(':');
                encode(password, is_user_info_char, &mut out);
            }
            out.push('@');
        }
        if !is_host(&self.host) {
            return Err(Unprintable::Host);
        }
        out.push_str(&self.host);
        for part in &self.path {
            if matches!(part.as_slice(), b"" | b"." | b"..") {
                return Err(Unprintable::Path);
            }
            out.push('/');
            encode(part, is_path_char, &mut out);
        }
        if self.has_trailing_slash {
            out.push('/');
        }
        self.serialize_query(&mut out);
        if let Some(fragment) = &self.fragment {
            out.push('#');
            encode(fragment, is_fragment_char, &mut out);
        }
        Ok(out)
    }

    /// Appends the query with its question mark, if there is one.
    pub fn serialize_query(&self, out: &mut String) {
        for (index, parameter) in self.query.iter().enumerate() {
            out.push(if index == 0 { '?' } else { '&' });
            encode_form(&parameter.name, out);
            if let Some(value) = &parameter.value {
                out.push('=');
                encode_form(value, out);
            }
        }
    }
}

/// A query without its question mark; `None` when its percent-encoding is broken.
pub fn parse_query(query: &str) -> Option<Vec<Parameter>> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (part, None),
            };
            let value = match value {
                Some(value) => Some(form_decoded(value)?),
                None => None,
            };
            Some(Parameter {
                name: form_decoded(name)?,
                value,
            })
        })
        .collect()
}

fn form_decoded(text: &str) -> Option<Vec<u8>> {
    let (bytes, broken) = decode_form(text);
    (!broken).then_some(bytes)
}

fn split_at_any<'a>(text: &'a str, ends: &str) -> (&'a str, &'a str) {
    text.split_at(text.find(|c| ends.contains(c)).unwrap_or(text.len()))
}

fn is_scheme_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_scheme_char)
}

/// Brackets are for IPv6 literals.
fn is_host(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']' | b'_'))
}

fn default_port(scheme: &str) -> Option<&'static str> {
    Some(match scheme {
        "http" | "ws" => "80",
        "https" | "wss" => "443",
        "ftp" => "21",
        _ => return None,
    })
}

fn is_fragment_char(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'%' | b'<' | b'>' | b'`')
}

fn is_path_char(byte: u8) -> bool {
    is_fragment_char(byte) && !matches!(byte, b'#' | b'/' | b'?' | b'\\' | b'{' | b'}')
}

fn is_user_info_char(byte: u8) -> bool {
    is_path_char(byte) && !matches!(byte, b':' | b';' | b'=' | b'@' | b'[' | b']' | b'^' | b'|')
}

/// Percent-encodes what does not belong to a part.
pub fn encode(bytes: &[u8], belongs: fn(u8) -> bool, out: &mut String) {
    for byte in bytes {
        if belongs(*byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// A part of the user info, encoded.
pub fn encode_user_info(bytes: &[u8]) -> String {
    let mut out = String::new();
    encode(bytes, is_user_info_char, &mut out);
    out
}

/// A segment of a path, encoded.
pub fn encode_path(bytes: &[u8], out: &mut String) {
    encode(bytes, is_path_char, out);
}

/// A fragment, encoded.
pub fn encode_fragment(bytes: &[u8], out: &mut String) {
    encode(bytes, is_fragment_char, out);
}

/// A name or value of a form, encoded.
pub fn encode_form(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        match byte {
            b' ' => out.push('+'),
            b'*' | b'-' | b'.' | b'_' => out.push(char::from(*byte)),
            byte => encode(&[*byte], |b| b.is_ascii_alphanumeric(), out),
        }
    }
}

/// Percent-decodes; `None` when an escape is broken.
fn decode(text: &str) -> Option<Vec<u8>> {
    let (bytes, broken) = decode_lenient(text, false);
    (!broken).then_some(bytes)
}

/// Percent-decodes a name or value of a form, and tells whether an escape was broken.
pub fn decode_form(text: &str) -> (Vec<u8>, bool) {
    decode_lenient(text, true)
}

/// Percent-decodes a fragment whose escapes may be broken.
pub fn decode_fragment(text: &str) -> Vec<u8> {
    decode_lenient(text, false).0
}

/// A percent sign without a digit goes; one with a single digit stands for that digit's value.
fn decode_lenient(text: &str, plus_is_space: bool) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(text.len());
    let mut broken = false;
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match byte {
            b'+' if plus_is_space => out.push(b' '),
            b'%' => {
                let digits = rest.iter().take(2).map_while(|digit| hex(*digit));
                let (count, value) = digits.fold((0, 0), |(count, value), digit| {
                    (count + 1, value << 4 | digit)
                });
                broken |= count < 2;
                if count > 0 {
                    out.push(value);
                }
                rest = &rest[count..];
            }
            other => out.push(*other),
        }
    }
    (out, broken)
}
