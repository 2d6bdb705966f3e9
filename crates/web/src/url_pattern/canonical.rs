//! Canonical forms of the parts of URLs (URL Pattern §3.2): those that the URL parser gives them.

use ada_url::Url;

use super::Edition;

fn dummy(url: &str) -> Option<Url> {
    Url::parse(url, None).ok()
}

pub(super) fn protocol(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    let url = dummy(&format!("{text}://dummy.test"))?;
    Some(url.protocol().trim_end_matches(':').to_owned())
}

pub(super) fn username(text: &str) -> Option<String> {
    let mut url = dummy("fake://dummy.test")?;
    url.set_username(Some(text)).ok()?;
    Some(url.username().to_owned())
}

pub(super) fn password(text: &str) -> Option<String> {
    let mut url = dummy("fake://dummy.test")?;
    url.set_password(Some(text)).ok()?;
    Some(url.password().to_owned())
}

pub(super) fn hostname(text: &str) -> Option<String> {
    host_of("https://dummy.test", text)
}

/// A hostname of the original edition: one of no special scheme.
pub(super) fn opaque_hostname(text: &str) -> Option<String> {
    if !looks_like_ipv6(text) && text.contains(is_forbidden_in_host) {
        return None;
    }
    host_of("fake://dummy.test", text)
}

fn host_of(url: &str, text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    let mut url = dummy(url)?;
    url.set_hostname(Some(text)).ok()?;
    Some(url.hostname().to_owned())
}

fn is_forbidden_in_host(char: char) -> bool {
    matches!(
        char,
        '\0' | '\t'
            | '\n'
            | '\r'
            | ' '
            | '#'
            | '%'
            | '/'
            | ':'
            | '<'
            | '>'
            | '?'
            | '@'
            | '['
            | '\\'
            | ']'
            | '^'
            | '|'
    )
}

/// "Hostname pattern is an IPv6 address".
pub(super) fn looks_like_ipv6(text: &str) -> bool {
    text.len() > 1
        && ["[", "{[", "\\["]
            .iter()
            .any(|start| text.starts_with(start))
}

pub(super) fn ipv6_hostname(text: &str) -> Option<String> {
    text.chars()
        .all(|char| char.is_ascii_hexdigit() || matches!(char, '[' | ']' | ':'))
        .then(|| text.to_ascii_lowercase())
}

pub(super) fn original_ipv6_hostname(text: &str) -> Option<String> {
    ipv6_hostname(text).map(|_| text.to_owned())
}

pub(super) fn port(text: &str) -> Option<String> {
    port_of(text, "fake")
}

/// A port, which is empty if it is the default one of the protocol.
pub(super) fn port_of(text: &str, protocol: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    let protocol = if protocol.is_empty() {
        "fake"
    } else {
        protocol
    };
    let mut url = dummy(&format!("{protocol}://dummy.test"))?;
    url.set_port(Some(text)).ok()?;
    Some(url.port().to_owned())
}

/// The path of a URL whose query and fragment are elsewhere.
pub(super) fn pathname(text: &str) -> Option<String> {
    if text.contains(['?', '#']) {
        return bounded_pathname(&text.replace('?', "%3F").replace('#', "%23"));
    }
    bounded_pathname(text)
}

/// A path of the original edition: it ends where a query or a fragment begins.
pub(super) fn bounded_pathname(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    // What does not start with a slash is part of a path that does.
    let is_part = !text.starts_with('/');
    let start = if is_part { "/-" } else { "" };
    let url = dummy(&format!("fake://fake-url{start}{text}"))?;
    let path = url.pathname();
    Some(match path.get(2..) {
        Some(rest) if is_part => rest.to_owned(),
        _ => path.to_owned(),
    })
}

pub(super) fn opaque_pathname(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    Some(dummy(&format!("fake:{text}"))?.pathname().to_owned())
}

pub(super) fn search(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    let mut url = dummy("fake://dummy.test")?;
    url.set_search(Some(text));
    Some(without(url.search(), '?').to_owned())
}

pub(super) fn hash(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    let mut url = dummy("fake://dummy.test")?;
    url.set_hash(Some(text));
    Some(without(url.hash(), '#').to_owned())
}

/// A text without the sign that it may start with.
pub(super) fn without(text: &str, sign: char) -> &str {
    text.strip_prefix(sign).unwrap_or(text)
}

/// The port that need not be named in a URL of a special scheme.
pub(super) fn default_port(protocol: &str) -> Option<&'static str> {
    match protocol {
        "http" | "ws" => Some("80"),
        "https" | "wss" => Some("443"),
        "ftp" => Some("21"),
        _ => None,
    }
}

/// The special schemes (URL §4.2) that a protocol may match.
pub(super) fn special_schemes(edition: Edition) -> &'static [&'static str] {
    let all = &["http", "https", "ws", "wss", "ftp", "file"];
    match edition {
        Edition::Original => &all[..5],
        Edition::Standard => all,
    }
}
