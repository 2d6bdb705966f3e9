//! What a URL names in a directory.
//!
//! The URL is read as the URL standard says, so that dot segments, encoded or not, are gone before anything else. Each
//! segment is then decoded and must be a plain name: no separator, no NUL, valid UTF-8, and no leading dot unless
//! dotfiles are allowed.

use std::path::PathBuf;

use http::Uri;

#[derive(Debug, PartialEq, Eq)]
pub enum Named {
    /// The directory itself.
    Root,
    /// Relative to the directory, of plain names only.
    Below(PathBuf),
}

/// `None` for what is no path below the directory.
pub fn resolve(uri: &Uri, allow_dotfiles: bool) -> Option<Named> {
    let text = uri.to_string();
    let base = Some("http://disk/");
    let url = ada_url::Url::parse(&text, base).ok()?;
    let path = url.pathname();
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Some(Named::Root);
    }
    let mut below = PathBuf::new();
    for segment in path.split('/') {
        let name = decode(segment)?;
        let hidden = name.starts_with('.') && !allow_dotfiles;
        if hidden || name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
            return None;
        }
        below.push(name);
    }
    Some(Named::Below(below))
}

/// Percent-decodes; what only looks like an escape stays as it is.
fn decode(segment: &str) -> Option<String> {
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = match (digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (Some(high), Some(low)) if byte == b'%' => u8::try_from(high * 16 + low).ok(),
            _ => None,
        };
        decoded.push(escaped.unwrap_or(byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::{Named, resolve};

    fn path(url: &str) -> Option<String> {
        match resolve(&format!("http://host{url}").parse().unwrap(), false)? {
            Named::Root => Some("/".to_owned()),
            Named::Below(path) => Some(path.to_str().unwrap().to_owned()),
        }
    }

    #[test]
    fn a_path_never_leaves_the_directory() {
        for (url, named) in [
            ("/", "/"),
            ("//", "/"),
            ("/a", "a"),
            ("/a/", "a"),
            ("/a/b?c", "a/b"),
            ("/../a", "a"),
            ("/%2e%2E/%2e./a", "a"),
            ("/a/../..", "/"),
            ("/a/./b", "a/b"),
            ("/a%20%C3%A9%zz%", "a é%zz%"),
        ] {
            assert_eq!(path(url).as_deref(), Some(named), "{url}");
        }
        for url in [
            "//a", "/a//b", "/a//", "/.a", "/a/.b/c", "/%2ea", "/..%2fa", "/a%2Fb", "/%00", "/%ff",
            "/..%00", "/...",
        ] {
            assert_eq!(path(url), None, "{url}");
        }
    }

    #[test]
    fn dotfiles_may_be_allowed() {
        let named = |url: &str| resolve(&url.parse().unwrap(), true);
        assert_eq!(named("http://h/.a/.b"), Some(Named::Below(".a/.b".into())));
        assert_eq!(named("http://h/..%2f..%2fa"), None);
    }
}
