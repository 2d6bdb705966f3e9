//! One component of a pattern, compiled (URL Pattern §2.1.2), and all eight of them (§1.4, "create").

use jsg::js::{Array, Local, RegExp, RegExpCreationFlags as Flags, String as JsString, Value};
use jsg::{Error, JsRef, Lock, Result};

use super::init::{self, Purpose};
use super::parser::{Encode, Options};
use super::{
    COMPONENTS, Edition, HASH, HOSTNAME, Init, Invalid, PASSWORD, PATHNAME, PORT, PROTOCOL, SEARCH,
    USERNAME, canonical, constructor_string, generate, parser,
};

/// See the module.
#[derive(jsg::Trace)]
pub(super) struct Component {
    pub pattern: String,
    pub has_regexp: bool,
    /// The names of the groups, in their order.
    pub names: Vec<String>,
    regexp: JsRef<RegExp>,
}

/// What a pattern is made of.
pub(super) enum Input {
    Text(String),
    Init(Box<Init>),
}

/// What the regular expression made of a text: the values of its groups, where it matched.
pub(super) type Groups<'s> = Option<Vec<Local<'s, Value>>>;

/// "Create" a pattern.
pub(super) fn compile_all(
    js: &mut Lock<'_, '_>,
    input: Input,
    base_url: Option<String>,
    ignore_case: bool,
    edition: Edition,
) -> Result<[Component; COMPONENTS], Failure> {
    let init = match input {
        Input::Text(text) => {
            let mut is_special = |protocol: &str| {
                let protocol = Component::compile(js, PROTOCOL, protocol, false, false, edition);
                protocol.is_ok_and(|protocol| protocol.is_special(js, edition))
            };
            let texts = constructor_string::parse(&text, edition, &mut is_special)?;
            if base_url.is_none() && texts[PROTOCOL].is_none() {
                let text = "Syntax error in URL Pattern: a relative pattern must have a base URL.";
                return Err(Invalid::text(text).into());
            }
            Init { texts, base_url }
        }
        Input::Init(_) if base_url.is_some() && edition == Edition::Standard => {
            return Err(super::SYNTAX.into());
        }
        Input::Init(init) => *init,
    };
    let mut texts = init::process(&init, Purpose::Pattern, edition)?;
    if edition == Edition::Standard
        && let Some(default) = texts[PROTOCOL].as_deref().and_then(canonical::default_port)
        && texts[PORT].as_deref() == Some(default)
    {
        texts[PORT] = Some(String::new());
    }
    let mut is_special = false;
    let mut all = Vec::with_capacity(COMPONENTS);
    for (component, text) in texts.iter().enumerate() {
        let text = text.as_deref().unwrap_or("*");
        // A scheme and an authority know no case of their own.
        let ignores = ignore_case && (edition == Edition::Original || component >= PATHNAME);
        let compiled = Component::compile(js, component, text, ignores, is_special, edition)?;
        if component == PROTOCOL {
            is_special = compiled.is_special(js, edition);
        }
        all.push(compiled);
    }
    let count = all.len();
    all.try_into()
        .map_err(|_| Error::Internal(format!("{count} components in a pattern")).into())
}

impl Component {
    fn compile(
        js: &mut Lock<'_, '_>,
        component: usize,
        text: &str,
        ignore_case: bool,
        is_special: bool,
        edition: Edition,
    ) -> Result<Self, Failure> {
        let (delimiter, prefix) = match component {
            HOSTNAME => (Some('.'), None),
            PATHNAME if is_special => (Some('/'), Some('/')),
            _ => (None, None),
        };
        let options = Options {
            delimiter,
            prefix,
            edition,
        };
        let encode = encoding(component, text, is_special, edition);
        let parts = parser::parse(text, &options, encode)?;
        let (source, names) = generate::regexp(&parts, &options);
        let mut flags = match edition {
            Edition::Original => Flags::UNICODE,
            Edition::Standard => Flags::UNICODE_SETS,
        };
        flags.set(Flags::IGNORE_CASE, ignore_case);
        let source = jsg::string(js, &source);
        let regexp = jsg::promise::try_catch(js, |js| {
            RegExp::new(js, source, flags).ok_or(Error::Pending)
        });
        let Ok(regexp) = regexp else {
            return Err(Invalid::text("Invalid regular expression syntax.").into());
        };
        Ok(Self {
            pattern: generate::pattern_string(&parts, &options),
            has_regexp: parts
                .iter()
                .any(|part| part.kind == parser::PartKind::Regexp),
            names,
            regexp: JsRef::new(js, regexp),
        })
    }

    /// "Protocol component matches a special scheme".
    fn is_special(&self, js: &mut Lock<'_, '_>, edition: Edition) -> bool {
        canonical::special_schemes(edition).iter().any(|scheme| {
            let matches = jsg::promise::try_catch(js, |js| Ok(self.search(js, scheme)?.is_some()));
            matches.unwrap_or(false)
        })
    }

    /// Matches a text.
    ///
    /// # Errors
    /// A guest can replace what executes a regular expression, and throw.
    pub fn search<'s>(&self, js: &mut Lock<'s, '_>, text: &str) -> Result<Groups<'s>> {
        let text: Local<'_, JsString> = jsg::string(js, text);
        let found = self.regexp.get(js).exec(js, text).ok_or(Error::Pending)?;
        let Ok(found) = Local::<Array>::try_from(found) else {
            return Ok(None);
        };
        let mut groups = Vec::with_capacity(self.names.len());
        for index in 1..=self.names.len() {
            // A regular expression has no more groups than a `u32` counts.
            let value = found.get_index(js, index as u32).ok_or(Error::Pending)?;
            groups.push(value);
        }
        Ok(Some(groups))
    }
}

fn encoding(component: usize, text: &str, is_special: bool, edition: Edition) -> Encode {
    match (component, edition) {
        (PROTOCOL, _) => canonical::protocol,
        (USERNAME, _) => canonical::username,
        (PASSWORD, _) => canonical::password,
        (HOSTNAME, Edition::Standard) if canonical::looks_like_ipv6(text) => {
            canonical::ipv6_hostname
        }
        (HOSTNAME, Edition::Original) if canonical::looks_like_ipv6(text) => {
            canonical::original_ipv6_hostname
        }
        (HOSTNAME, Edition::Standard) => canonical::hostname,
        (HOSTNAME, Edition::Original) => canonical::opaque_hostname,
        (PORT, _) => canonical::port,
        (PATHNAME, Edition::Standard) if is_special => canonical::pathname,
        (PATHNAME, Edition::Original) if is_special => canonical::bounded_pathname,
        (PATHNAME, _) => canonical::opaque_pathname,
        (SEARCH, _) => canonical::search,
        (HASH.., _) => canonical::hash,
    }
}

/// Why there is no pattern.
pub(super) enum Failure {
    Invalid(Invalid),
    Error(Error),
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}
