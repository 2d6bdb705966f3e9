//! multipart/form-data (RFC 7578): reading it as leniently and writing it as browsers do.
//!
//! Lines may end without a carriage return. The value of a part is a piece of the body, not a copy.

use bytes::Bytes;
use jsg::{Error, Result};
use memchr::memmem;

/// A part of a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    pub filename: Option<String>,
    /// Empty when the part has none.
    pub content_type: String,
    pub body: Bytes,
}

/// Takes a body apart.
///
/// # Errors
/// When it is none with this boundary.
pub fn parse(body: &Bytes, boundary: &str) -> Result<Vec<Part>> {
    let delimiter = format!("\n--{boundary}");
    // The first delimiter need not stand at the start of a line.
    let first = memmem::find(body, &delimiter.as_bytes()[1..]);
    let mut at = first.map_or(body.len(), |found| found + delimiter.len() - 1);
    if at == body.len() {
        return refuse("No initial boundary string (or you have a truncated message).");
    }
    let finder = memmem::Finder::new(delimiter.as_bytes());
    let mut parts = Vec::new();
    loop {
        let rest = &body[at..];
        at += match rest {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            [b'-', b'-', ..] => return Ok(parts),
            _ => return refuse("Boundary string was not succeeded by CRLF, LF, or '--'."),
        };
        let Some(head) = head_length(&body[at..]) else {
            return refuse("No multipart message header termination found.");
        };
        let head_bytes = &body[at..at + head];
        at += head;
        let found = finder.find(&body[at..]).map(|found| at + found);
        let head = parse_head(head_bytes)?;
        let Some(end) = found.filter(|end| end + delimiter.len() < body.len()) else {
            return refuse("No subsequent boundary string after multipart message.");
        };
        let content = body.slice(at..end);
        let shorter = content.len() - usize::from(content.ends_with(b"\r"));
        parts.push(Part {
            name: head.name,
            filename: head.filename,
            content_type: head.content_type,
            body: content.slice(..shorter),
        });
        at = end + delimiter.len();
    }
}

#[cold]
fn refuse<T>(text: &'static str) -> Result<T> {
    Err(Error::type_error(text))
}

/// The length of a head, with the empty line that ends it.
fn head_length(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', text).find_map(|index| match &text[index + 1..] {
        [b'\n', ..] => Some(index + 2),
        [b'\r', b'\n', ..] => Some(index + 3),
        _ => None,
    })
}

struct Head {
    name: String,
    filename: Option<String>,
    content_type: String,
}

fn parse_head(head: &[u8]) -> Result<Head> {
    let head = String::from_utf8_lossy(head);
    let (mut disposition, mut content_type) = (String::new(), String::new());
    let mut has_any = false;
    for line in head.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':').filter(|(name, _)| is_name(name)) else {
            return refuse("FormData part had invalid headers.");
        };
        has_any = true;
        let known = match name.trim_end() {
            name if name.eq_ignore_ascii_case("content-disposition") => &mut disposition,
            name if name.eq_ignore_ascii_case("content-type") => &mut content_type,
            _ => continue,
        };
        if !known.is_empty() {
            known.push_str(", ");
        }
        known.push_str(value.trim_start_matches([' ', '\t']));
    }
    if !has_any {
        return refuse("FormData part had invalid headers.");
    }
    if disposition.is_empty() {
        return refuse("No valid Content-Disposition header found in FormData part.");
    }
    let (name, filename) = parse_disposition(&disposition)?;
    Ok(Head {
        name,
        filename,
        content_type,
    })
}

fn is_name(name: &str) -> bool {
    let name = name.trim_end_matches([' ', '\t']);
    !name.is_empty() && http::HeaderName::from_bytes(name.as_bytes()).is_ok()
}

/// The name and the file name of a Content-Disposition.
fn parse_disposition(text: &str) -> Result<(String, Option<String>)> {
    let Some((kind, mut rest)) = identifier(text.trim_start()) else {
        return refuse("Invalid Content-Disposition header found in FormData part.");
    };
    if kind != "form-data" {
        return Err(Error::type_error(format!(
            "Content-Disposition header for FormData part must have the value \"form-data\", possibly followed by \
             parameters. Got: \"{kind}\""
        )));
    }
    let (mut name, mut filename) = (None, None);
    // What cannot be understood ends the parameters.
    while let Some((key, value, after)) = parameter(rest) {
        match key {
            "name" => name = Some(value),
            "filename" => filename = Some(value),
            _ => {}
        }
        rest = after;
    }
    match name {
        Some(name) => Ok((name, filename)),
        None => refuse("Content-Disposition header in FormData part is missing a name."),
    }
}

fn identifier(text: &str) -> Option<(&str, &str)> {
    let good = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    let end = text.find(|char| !good(char)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// `; key="value"`, and what follows.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let text = text.trim_start().strip_prefix(';')?;
    let (key, rest) = identifier(text.trim_start())?;
    let rest = rest.trim_start().strip_prefix('=')?;
    let rest = rest.trim_start().strip_prefix('"')?;
    let mut value = String::new();
    let mut chars = rest.char_indices();
    while let Some((index, char)) = chars.next() {
        match char {
            '"' => return (!value.is_empty()).then_some((key, value, &rest[index + 1..])),
            // Browsers take any character for itself behind a backslash.
            '\\' => value.push(chars.next()?.1),
            char => value.push(char),
        }
    }
    None
}

/// A new boundary.
pub fn boundary() -> Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| Error::Internal(format!("no random bytes to be had: {error}")))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Puts a body together.
pub struct Writer<'a> {
    boundary: &'a str,
    out: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub fn new(boundary: &'a str) -> Self {
        let out = Vec::new();
        Self { boundary, out }
    }

    /// # Errors
    /// When the name cannot be written.
    pub fn text(&mut self, name: &str, text: &str) -> Result<()> {
        self.start(name)?;
        self.put("\"\r\n\r\n");
        self.put(text);
        self.put("\r\n");
        Ok(())
    }

    /// # Errors
    /// When a name cannot be written.
    pub fn file(&mut self, name: &str, filename: &str, kind: &str, data: &[u8]) -> Result<()> {
        self.start(name)?;
        self.put("\"; filename=\"");
        self.escaped(filename)?;
        self.put("\"\r\nContent-Type: ");
        self.put(if kind.is_empty() {
            "application/octet-stream"
        } else {
            kind
        });
        self.put("\r\n\r\n");
        self.out.extend_from_slice(data);
        self.put("\r\n");
        Ok(())
    }

    /// The whole body.
    pub fn finish(mut self) -> Bytes {
        self.put("--");
        self.put(self.boundary);
        self.put("--");
        self.out.into()
    }

    fn start(&mut self, name: &str) -> Result<()> {
        self.put("--");
        self.put(self.boundary);
        self.put("\r\nContent-Disposition: form-data; name=\"");
        self.escaped(name)
    }

    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// A name within quotes. A backslash at the end would escape the closing one for some readers.
    fn escaped(&mut self, name: &str) -> Result<()> {
        if name.ends_with('\\') {
            return refuse("Name or filename can't end with backslash");
        }
        for byte in name.bytes() {
            match byte {
                b'"' => self.put("%22"),
                b'\n' => self.put("%0A"),
                b'\\' => self.put("\\\\"),
                byte => self.out.push(byte),
            }
        }
        Ok(())
    }
}
