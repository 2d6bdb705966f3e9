//! "Process a URLPatternInit" (URL Pattern §3.1): the components that a dictionary and its base URL come to.

use ada_url::Url;

use super::canonical::{self, without};
use super::generate::escape_pattern;
use super::{
    COMPONENTS, Edition, HASH, HOSTNAME, Init, Invalid, PASSWORD, PATHNAME, PORT, PROTOCOL, SEARCH,
    Texts, USERNAME,
};

/// What the texts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Pattern,
    Url,
}

pub(super) fn process(init: &Init, purpose: Purpose, edition: Edition) -> Result<Texts, Invalid> {
    let base = match &init.base_url {
        None => None,
        Some(base) => {
            let parsed = Url::parse(base.as_str(), None).ok();
            Some(parsed.ok_or(Invalid::text("Invalid base URL."))?)
        }
    };
    match (edition, purpose) {
        (Edition::Standard, _) => standard(init, base.as_ref(), purpose),
        (Edition::Original, Purpose::Pattern) => Ok(original_pattern(init, base.as_ref())),
        (Edition::Original, Purpose::Url) => original_url(init, base.as_ref()),
    }
}

/// The components of a URL, without the signs between them.
pub(super) fn components(url: &Url) -> [&str; COMPONENTS] {
    [
        url.protocol().trim_end_matches(':'),
        url.username(),
        url.password(),
        url.hostname(),
        url.port(),
        url.pathname(),
        without(url.search(), '?'),
        without(url.hash(), '#'),
    ]
}

fn standard(init: &Init, base: Option<&Url>, purpose: Purpose) -> Result<Texts, Invalid> {
    let is_pattern = purpose == Purpose::Pattern;
    let mut texts: Texts = std::array::from_fn(|_| (!is_pattern).then(String::new));
    if let Some(base) = base {
        let escape = |text: &str| match purpose {
            Purpose::Pattern => escape_pattern(text),
            Purpose::Url => text.to_owned(),
        };
        let absent = |component: usize| init.texts[component].is_none();
        for (component, text) in components(base).into_iter().enumerate() {
            // A component is inherited if none that is more significant is given; credentials never
            // become part of a pattern.
            let inherited = match component {
                USERNAME => {
                    !is_pattern
                        && [PROTOCOL, HOSTNAME, PORT, USERNAME]
                            .iter()
                            .all(|&more| absent(more))
                }
                PASSWORD => {
                    !is_pattern
                        && [PROTOCOL, HOSTNAME, PORT, USERNAME, PASSWORD]
                            .iter()
                            .all(|&more| absent(more))
                }
                _ => (0..=component)
                    .filter(|&more| more != USERNAME && more != PASSWORD)
                    .all(absent),
            };
            if inherited {
                texts[component] = Some(escape(text));
            }
        }
    }
    for (component, text) in init.texts.iter().enumerate() {
        let Some(text) = text else { continue };
        let text = match component {
            PROTOCOL => text.strip_suffix(':').unwrap_or(text),
            SEARCH => without(text, '?'),
            HASH => without(text, '#'),
            _ => text,
        };
        let text = match base {
            Some(base) if component == PATHNAME => resolved(text, base, purpose),
            _ => text.to_owned(),
        };
        let text = match purpose {
            Purpose::Pattern => Some(text),
            Purpose::Url => {
                let protocol = texts[PROTOCOL].as_deref().unwrap_or_default();
                canonical_of(component, &text, protocol)
            }
        };
        texts[component] = Some(text.ok_or(super::SYNTAX)?);
    }
    Ok(texts)
}

fn canonical_of(component: usize, text: &str, protocol: &str) -> Option<String> {
    match component {
        PROTOCOL => canonical::protocol(text),
        USERNAME => canonical::username(text),
        PASSWORD => canonical::password(text),
        HOSTNAME => canonical::hostname(text),
        PORT => canonical::port_of(text, protocol),
        PATHNAME
            if protocol.is_empty()
                || canonical::special_schemes(Edition::Standard).contains(&protocol) =>
        {
            canonical::pathname(text)
        }
        PATHNAME => canonical::opaque_pathname(text),
        SEARCH => canonical::search(text),
        _ => canonical::hash(text),
    }
}

/// A pathname against that of a base URL.
fn resolved(path: &str, base: &Url, purpose: Purpose) -> String {
    let base = base.pathname();
    let slash = base.rfind('/');
    match slash {
        Some(slash) if base.starts_with('/') && !is_absolute(path, purpose) => {
            let start = &base[..=slash];
            match purpose {
                Purpose::Pattern => format!("{}{path}", escape_pattern(start)),
                Purpose::Url => format!("{start}{path}"),
            }
        }
        _ => path.to_owned(),
    }
}

/// "Is an absolute pathname".
fn is_absolute(path: &str, purpose: Purpose) -> bool {
    let is_grouped = || path.starts_with("\\/") || path.starts_with("{/");
    path.starts_with('/') || (purpose == Purpose::Pattern && is_grouped())
}

fn original_base(base: &Url) -> Texts {
    let mut texts = components(base).map(|text| Some(text.to_owned()));
    for text in texts.iter_mut().skip(PATHNAME).flatten() {
        *text = escape_pattern(text);
    }
    texts
}

fn original_pattern(init: &Init, base: Option<&Url>) -> Texts {
    let mut texts = base.map(original_base).unwrap_or_default();
    for (component, text) in init.texts.iter().enumerate() {
        let Some(text) = text else { continue };
        texts[component] = Some(match component {
            PROTOCOL => text.strip_suffix(':').unwrap_or(text).to_owned(),
            SEARCH => without(text, '?').to_owned(),
            HASH => without(text, '#').to_owned(),
            PATHNAME => match base.map(Url::pathname) {
                Some(base) if !is_absolute(text, Purpose::Pattern) => {
                    let start = base.rfind('/').map_or(base, |slash| &base[..=slash]);
                    let rest = if base.contains('/') { text } else { "" };
                    format!("{start}{rest}")
                }
                _ => text.clone(),
            },
            _ => text.clone(),
        });
    }
    texts
}

fn original_url(init: &Init, base: Option<&Url>) -> Result<Texts, Invalid> {
    let mut texts = base.map(original_base).unwrap_or_default();
    let given = |component: usize| init.texts[component].as_deref();
    let invalid = |text: &'static str| Invalid::text(text);
    let scratch = match (given(PROTOCOL), texts[PROTOCOL].as_deref()) {
        (Some(""), _) | (None, None) => "fake://a:b@fake-url".to_owned(),
        (Some(protocol), _) => {
            let protocol = protocol.strip_suffix(':').unwrap_or(protocol);
            format!("{protocol}://a:b@fake-url")
        }
        (None, Some(protocol)) => format!("{protocol}://fake-url"),
    };
    let mut url = Url::parse(scratch.as_str(), None)
        .map_err(|_| invalid("Invalid URL protocol component"))?;
    if given(PROTOCOL).is_some_and(|protocol| !protocol.is_empty()) {
        texts[PROTOCOL] = Some(url.protocol().trim_end_matches(':').to_owned());
    }
    if let Some(username) = given(USERNAME) {
        url.set_username(Some(username))
            .map_err(|()| invalid("Invalid URL username component"))?;
        texts[USERNAME] = Some(url.username().to_owned());
    }
    if let Some(password) = given(PASSWORD) {
        url.set_password(Some(password))
            .map_err(|()| invalid("Invalid URL password component"))?;
        texts[PASSWORD] = Some(url.password().to_owned());
    }
    if let Some(hostname) = given(HOSTNAME) {
        let refused = || invalid("Invalid URL hostname component");
        if canonical::opaque_hostname(hostname).is_none() {
            return Err(refused());
        }
        url.set_hostname(Some(hostname)).map_err(|()| refused())?;
        texts[HOSTNAME] = Some(url.hostname().to_owned());
    }
    if let Some(port) = given(PORT) {
        let refused = || invalid("Invalid URL port component");
        if port.len() > 5 || !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refused());
        }
        url.set_port(Some(port).filter(|port| !port.is_empty()))
            .map_err(|()| refused())?;
        texts[PORT] = Some(url.port().to_owned());
    }
    if let Some(path) = given(PATHNAME) {
        let refused = || invalid("Invalid URL pathname component");
        match base.filter(|_| given(PROTOCOL).is_none()) {
            Some(base) => {
                let resolved = Url::parse(path, Some(base.href())).map_err(|_| refused())?;
                texts[PATHNAME] = Some(resolved.pathname().to_owned());
            }
            None => {
                url.set_pathname(Some(path)).map_err(|()| refused())?;
                texts[PATHNAME] = Some(url.pathname().to_owned());
            }
        }
    }
    if let Some(search) = given(SEARCH) {
        url.set_search(Some(search));
        texts[SEARCH] = Some(without(url.search(), '?').to_owned());
    }
    if let Some(hash) = given(HASH) {
        url.set_hash(Some(hash));
        texts[HASH] = Some(without(url.hash(), '#').to_owned());
    }
    Ok(texts)
}
