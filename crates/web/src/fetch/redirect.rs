//! The URLs of `fetch()`: what is sent, and where a redirect leads.

use std::borrow::Cow;

use jsg::{Error, Flag, Lock, LockExt, Result};

/// The URL that a request is for: of a scheme that is served.
pub fn target(js: &Lock<'_, '_>, url: &str) -> Result<String> {
    let refused = || Error::type_error(format!("Fetch API cannot load: {url}"));
    let parsed = if js.flag(Flag::FetchStandardUrl) {
        url.to_owned()
    } else {
        legacy_href(url).ok_or_else(refused)?
    };
    let scheme = parsed.split(':').next().unwrap_or_default();
    if !matches!(scheme, "http" | "https") && js.flag(Flag::FetchRefusesUnknownProtocols) {
        return Err(refused());
    }
    if !has_host(&parsed) {
        return Err(refused());
    }
    Ok(parsed)
}

/// Whether [`sendable`] makes something of a URL.
fn has_host(url: &str) -> bool {
    split_scheme(url).is_some()
}

/// What comes before and after `://`.
fn split_scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    match rest.strip_prefix("//") {
        Some(rest) => Some((scheme, rest)),
        None => url.split_once("://"),
    }
}

/// The URL in the request itself: drops credentials and fragment; escapes what no HTTP head may have. Most URLs stay as
/// they are.
pub fn sendable(url: &str) -> Option<Cow<'_, str>> {
    let (scheme, rest) = split_scheme(url)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let can_stay = |byte: u8| byte > b' ' && byte < 0x7f;
    if tail.starts_with('/')
        && !authority.contains('@')
        && tail.bytes().all(|byte| can_stay(byte) && byte != b'#')
    {
        return Some(Cow::Borrowed(url));
    }
    let path = tail.split('#').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let mut out = String::with_capacity(url.len() + 1);
    out.push_str(scheme);
    out.push_str("://");
    out.push_str(host);
    if !path.starts_with('/') {
        out.push('/');
    }
    for byte in path.bytes() {
        if can_stay(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(Cow::Owned(out))
}

/// The URL for another Worker, where HTTP has to send another: without a path, or with more than ASCII in it. The parser
/// from before the URL standard leaves both as they are.
pub fn written(url: &str) -> Option<String> {
    let (scheme, rest) = split_scheme(url)?;
    let rest = rest.split('#').next().unwrap_or_default();
    let end = rest.find(['/', '?']);
    let has_path = end.is_some_and(|end| rest[end..].starts_with('/'));
    if has_path && rest.is_ascii() {
        return None;
    }
    let (authority, path) = rest.split_at(end.unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    Some(format!("{scheme}://{host}{path}"))
}

/// Where a Location header leads.
pub fn follow(location: &str, base: &str) -> Option<String> {
    let url = crate::url::href(location, Some(base))?;
    has_host(&url).then_some(url)
}

/// Whether two URLs have the same scheme, host and port.
pub fn same_origin(a: &str, b: &str) -> bool {
    origin(a) == origin(b)
}

fn origin(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = split_scheme(url)?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Some((scheme, authority.rsplit('@').next()?))
}

/// The URL as the parser from before the URL standard writes it: scheme and host in lower case, dot
/// segments resolved, all else as it is.
pub fn legacy_href(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let mut letters = scheme.bytes();
    let scheme_is_good = letters
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host_is_good = !authority.is_empty()
        && !authority
            .bytes()
            .any(|byte| byte <= b' ' || byte == 0x7f || byte == b'\\');
    if !scheme_is_good || !host_is_good {
        return None;
    }
    let (credentials, host) = match authority.rsplit_once('@') {
        Some((credentials, host)) => (Some(credentials), host),
        None => (None, authority),
    };
    let mut out = scheme.to_ascii_lowercase();
    out.push_str("://");
    if let Some(credentials) = credentials {
        out.push_str(credentials);
        out.push('@');
    }
    out.push_str(&host.to_ascii_lowercase());
    let end = tail.find(['?', '#']).unwrap_or(tail.len());
    let (path, query) = tail.split_at(end);
    out.push_str(&resolve_dots(path));
    out.push_str(query);
    Some(out)
}

fn resolve_dots(path: &str) -> String {
    if !path.contains("/.") {
        return path.to_owned();
    }
    let mut segments: Vec<&str> = Vec::new();
    let mut parts = path.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            "." | ".." => {
                if part == ".." {
                    segments.pop();
                }
                if last {
                    segments.push("");
                }
            }
            part => segments.push(part),
        }
    }
    format!("/{}", segments.join("/"))
}
