//! `data:` URLs (Fetch §6).

use std::borrow::Cow;

use crate::mime::MimeType;

/// What a data URL holds.
#[derive(Debug, PartialEq, Eq)]
pub struct DataUrl {
    pub content_type: String,
    pub data: Vec<u8>,
}

const DEFAULT_TYPE: &str = "text/plain;charset=US-ASCII";

/// Takes a URL apart that may not have been parsed before; none when it is no data URL.
pub fn parse(url: &str) -> Option<DataUrl> {
    // URL §4.4: white space around is dropped, line breaks within as well.
    let url = url.trim_matches(|char: char| char <= ' ');
    let (scheme, rest) = url.split_at_checked("data:".len())?;
    if !scheme.eq_ignore_ascii_case("data:") {
        return None;
    }
    let rest: Cow<'_, str> = if rest.contains(['\t', '\n', '\r']) {
        rest.replace(['\t', '\n', '\r'], "").into()
    } else {
        rest.into()
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let (kind, data) = rest.split_once(',')?;
    let mut kind = kind.trim();
    let mut data = percent_decode(data);
    if let Some((before, last)) = kind.rsplit_once(';')
        && last.trim().eq_ignore_ascii_case("base64")
    {
        kind = before.trim_end();
        data = decode_base64(&data);
    }
    Some(DataUrl {
        content_type: content_type(kind),
        data,
    })
}

fn content_type(kind: &str) -> String {
    if kind.starts_with(';') {
        return content_type(&format!("text/plain{kind}"));
    }
    match MimeType::parse(kind) {
        Some(parsed) => parsed.to_string(),
        None => DEFAULT_TYPE.to_owned(),
    }
}

/// URL §1.3, "percent-decode".
fn percent_decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let escaped = bytes
            .get(index + 1..index + 3)
            .filter(|_| byte == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(escaped.unwrap_or(byte));
        index += if escaped.is_some() { 3 } else { 1 };
    }
    out
}

/// Forgiving: what is no digit of the standard alphabet is skipped.
fn decode_base64(text: &[u8]) -> Vec<u8> {
    let digits = text.iter().filter(|byte| !matches!(byte, b'-' | b'_'));
    jsg::base64::decode_digits(digits.copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_urls_are_taken_apart() {
        for (url, content_type, data) in [
            ("data:,a", DEFAULT_TYPE, "a"),
            (
                "data:text/html;charset=x,hi%20",
                "text/html;charset=x",
                "hi ",
            ),
            ("data:;base64,aGk", DEFAULT_TYPE, "hi"),
            ("data:bad,x", DEFAULT_TYPE, "x"),
            (" DATA:a/b;\tbase64,\naGk ", "a/b", "hi"),
            ("data:TEXT/PLAIN;A=B;c=\"\",x", "text/plain;a=B;c=\"\"", "x"),
            (
                "data:a/b;;x;c=d;c=e;f=\"g h\\\"\" ;i=\"j\",x",
                "a/b;c=d;f=\"g h\\\"\";i=j",
                "x",
            ),
            (
                "data:;charset=utf-8,%zz#f",
                "text/plain;charset=utf-8",
                "%zz",
            ),
        ] {
            let expected = DataUrl {
                content_type: content_type.into(),
                data: data.into(),
            };
            assert_eq!(parse(url), Some(expected), "{url}");
        }
        assert_eq!(parse("http://a/,"), None);
    }
}
