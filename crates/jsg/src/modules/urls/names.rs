//! Names of modules as URLs (WHATWG URL): what a specifier means, and where a Worker's own modules are.
//!
//! A module's identity is the serialization of its URL with the escapes in its path in one form.
//! Query and fragment tell instances of one module apart; the module itself has neither.

use ada_url::Url;

/// Where the Worker's own modules are.
pub(in crate::modules) const BUNDLE: &str = "file:///bundle/";

/// Protocols that no module of a Worker may have, with the reason.
const RESERVED: [(&str, &str); 3] = [
    (
        "cloudflare:",
        "The cloudflare: protocol is reserved and cannot be used in module bundles",
    ),
    (
        "workerd:",
        "The workerd: protocol is reserved and cannot be used in module bundles",
    ),
    (
        "data:",
        "The data: protocol cannot be used in module bundles",
    ),
];

/// What `specifier` means in the module at `base`, `None` when it is no URL there.
pub(in crate::modules) fn resolve(base: &str, specifier: &str) -> Option<String> {
    let mut url = parse(specifier, base)?;
    normalize_path(&mut url);
    Some(url.href().to_owned())
}

/// `specifier` as a URL in the module at `base`, with its escapes as they are.
pub(super) fn parse(specifier: &str, base: &str) -> Option<Url> {
    Url::parse(specifier, Some(base)).ok()
}

/// `url` in its normal form, `None` when it is no URL of its own.
pub(super) fn absolute(url: &str) -> Option<String> {
    Url::parse(url, None).ok().map(|url| url.href().to_owned())
}

/// The URL of the module itself, without the query and the fragment of one instance.
pub(in crate::modules) fn definition(url: &str) -> &str {
    url.find(['?', '#']).map_or(url, |end| &url[..end])
}

/// The path of a `file:` URL.
pub(super) fn file_path(url: &str) -> Option<String> {
    let url = Url::parse(url, None).ok()?;
    (url.protocol() == "file:").then(|| url.pathname().to_owned())
}

/// The path of a URL without the slash at its start: what CommonJS calls a file.
pub(in crate::modules) fn relative_path(url: &str) -> String {
    let Ok(url) = Url::parse(url, None) else {
        return String::new();
    };
    let path = url.pathname();
    path.strip_prefix('/').unwrap_or(path).to_owned()
}

/// The URL of the Worker's module of that name. A name that leads out of the bundle is taken back into it.
///
/// # Errors
/// The name is none, or reserved; the text tells the person who starts the Worker.
pub(super) fn of_bundle(name: &str) -> Result<String, String> {
    let mut url =
        parse(name, BUNDLE).ok_or("expected base.tryResolve(name) != nullptr".to_owned())?;
    url.set_hash(None);
    url.set_search(None);
    normalize_path(&mut url);
    if url.protocol() == "file:" {
        url = into_bundle(url)?;
        if !url.host().is_empty() {
            return Err(format!(
                "expected isValidBundleModuleUrl(url, base); Invalid module name: ; name = {name}"
            ));
        }
    }
    for (protocol, reason) in RESERVED {
        if url.protocol() == protocol {
            return Err(format!(
                "expected url.getProtocol() != \"{protocol}\"_kj [{protocol} != {protocol}]; {reason}"
            ));
        }
    }
    Ok(url.href().to_owned())
}

fn into_bundle(url: Url) -> Result<Url, String> {
    let base = "/bundle/";
    let path = url.pathname();
    if path == base {
        return Err(format!(
            "expected urlPath != basePath [{base} != {base}]; Invalid empty module name"
        ));
    }
    if path.starts_with(base) {
        return Ok(url);
    }
    let relative = path.trim_start_matches('/');
    if relative.is_empty() {
        return Err("expected urlPath.size() > 0 [0 > 0]; Invalid empty module name".into());
    }
    parse(relative, BUNDLE).ok_or("expected base.tryResolve(urlPath) != nullptr".to_owned())
}

/// See [`normalized_path`]. Opaque paths stay as they are.
fn normalize_path(url: &mut Url) {
    let path = url.pathname();
    if !path.contains('%') && !path.contains('^') {
        return;
    }
    let normal = normalized_path(path.as_bytes());
    // A path can always be set; an opaque one ignores it.
    let _ = url.set_pathname(Some(&normal));
}

/// The path with each byte in its one form: what needs no escape has none, but an escaped slash stays one.
pub fn normalized_path(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((&first, after)) = rest.split_first() {
        let escape = match rest {
            [b'%', high, low, ..] => hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        let byte = escape.unwrap_or(first);
        rest = if escape.is_some() { &rest[3..] } else { after };
        if (escape.is_some() && byte == b'/') || in_path_set(byte) {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        } else {
            out.push(char::from(byte));
        }
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

/// The path percent-encode set (URL §1.3).
fn in_path_set(byte: u8) -> bool {
    !(0x20..0x7f).contains(&byte)
        || matches!(
            byte,
            b' ' | b'"' | b'#' | b'<' | b'>' | b'?' | b'^' | b'`' | b'{' | b'}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_in_a_path_have_one_form() {
        let of = |specifier| resolve("file:///bundle/w", specifier);
        for (specifier, url) in [
            ("a^b", "file:///bundle/a%5Eb"),
            ("a b", "file:///bundle/a%20b"),
            ("%41", "file:///bundle/A"),
            ("%2541", "file:///bundle/%41"),
            ("%2f%41", "file:///bundle/%2FA"),
            ("x%7Ey", "file:///bundle/x~y"),
            ("%ff", "file:///bundle/%FF"),
            ("a|b%7C", "file:///bundle/a|b|"),
            ("%2e%2e/q", "file:///q"),
            ("a?%41#%41", "file:///bundle/a?%41#%41"),
            ("zz:%41", "zz:%41"),
            ("https://h/%41", "https://h/A"),
            ("./%", "file:///bundle/%"),
        ] {
            assert_eq!(of(specifier).as_deref(), Some(url), "{specifier}");
        }
        assert_eq!(of("https://"), None);
    }

    #[test]
    fn a_workers_module_is_below_the_bundle() {
        for (name, url) in [
            ("w.js", "file:///bundle/w.js"),
            ("/%61bc?abc#123", "file:///bundle/abc"),
            ("    ..//////outside    ", "file:///bundle/outside"),
            (
                "/foo/../bar/../../../../////abc123",
                "file:///bundle/abc123",
            ),
            (
                "file:///bundl%65/should/b%65/ok",
                "file:///bundle/should/be/ok",
            ),
            ("file://h/x", "file:///bundle/x"),
            ("https://example.com/mod", "https://example.com/mod"),
        ] {
            assert_eq!(of_bundle(name).as_deref(), Ok(url), "{name}");
        }
        for name in [
            "",
            ".",
            "cloudflare:x",
            "workerd:x",
            "data:x",
            "https://",
            "file://h/bundle/x",
        ] {
            assert!(of_bundle(name).is_err(), "{name}");
        }
    }
}
