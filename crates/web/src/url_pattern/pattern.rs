//! The class `URLPattern` (URL Pattern §1.2).

use ada_url::Url;
use jsg::convert::UsvString;
use jsg::js::{Array, Local, Object, Value};
use jsg::{Error, Flag, Lock, LockExt, Nullable, Result, ToJs};

use super::component::{Component, Failure, Groups, Input, compile_all};
use super::init::{self, Purpose};
use super::{
    COMPONENTS, Edition, HASH, HOSTNAME, Init, Invalid, NAMES, PASSWORD, PATHNAME, PORT, PROTOCOL,
    SEARCH, Texts, USERNAME,
};

/// A pattern for URLs.
#[jsg::class(name = "URLPattern")]
pub struct UrlPattern {
    components: [Component; COMPONENTS],
}

#[derive(Default, jsg::Dictionary)]
#[jsg(name = "URLPatternInit")]
struct UrlPatternInit {
    protocol: Option<UsvString>,
    username: Option<UsvString>,
    password: Option<UsvString>,
    hostname: Option<UsvString>,
    port: Option<UsvString>,
    pathname: Option<UsvString>,
    search: Option<UsvString>,
    hash: Option<UsvString>,
    #[jsg(name = "baseURL")]
    base_url: Option<UsvString>,
}

#[derive(jsg::Dictionary)]
#[jsg(name = "URLPatternOptions")]
struct UrlPatternOptions {
    ignore_case: Option<bool>,
}

#[derive(jsg::Union)]
enum PatternInput {
    Text(UsvString),
    Init(UrlPatternInit),
}

#[derive(jsg::Union)]
enum BaseOrOptions {
    Base(UsvString),
    Options(UrlPatternOptions),
}

impl From<UrlPatternInit> for Init {
    fn from(init: UrlPatternInit) -> Self {
        let texts = [
            init.protocol,
            init.username,
            init.password,
            init.hostname,
            init.port,
            init.pathname,
            init.search,
            init.hash,
        ];
        Self {
            texts: texts.map(|text| text.map(|text| text.0)),
            base_url: init.base_url.map(|base| base.0),
        }
    }
}

impl From<Option<PatternInput>> for Input {
    fn from(input: Option<PatternInput>) -> Self {
        match input {
            None => Self::Init(Box::default()),
            Some(PatternInput::Text(text)) => Self::Text(text.0),
            Some(PatternInput::Init(init)) => Self::Init(Box::new(init.into())),
        }
    }
}

fn edition(js: &Lock<'_, '_>) -> Edition {
    if js.flag(Flag::UrlpatternStandard) {
        Edition::Standard
    } else {
        Edition::Original
    }
}

/// What a guest reads: the standard's edition gives no reason.
fn refused(edition: Edition, invalid: Invalid, operation: &'static str) -> Error {
    match edition {
        Edition::Original => Error::type_error(invalid.0),
        Edition::Standard => Error::type_error(operation),
    }
}

#[jsg::methods]
impl UrlPattern {
    #[jsg(constructor)]
    fn new(
        js: &mut Lock<'_, '_>,
        input: Option<PatternInput>,
        base_or_options: Option<BaseOrOptions>,
        options: Option<UrlPatternOptions>,
    ) -> Result<Self> {
        let (base, options) = match base_or_options {
            None => (None, options),
            Some(BaseOrOptions::Base(base)) => (Some(base.0), options),
            Some(BaseOrOptions::Options(options)) => (None, Some(options)),
        };
        let ignore_case = options.and_then(|options| options.ignore_case);
        let edition = edition(js);
        let compiled = compile_all(
            js,
            input.into(),
            base,
            ignore_case.unwrap_or(false),
            edition,
        );
        match compiled {
            Ok(components) => Ok(Self { components }),
            Err(Failure::Error(error)) => Err(error),
            Err(Failure::Invalid(invalid)) => {
                Err(refused(edition, invalid, "Failed to construct URLPattern"))
            }
        }
    }

    #[jsg(prototype_getter)]
    fn protocol(&self) -> &str {
        &self.components[PROTOCOL].pattern
    }

    #[jsg(prototype_getter)]
    fn username(&self) -> &str {
        &self.components[USERNAME].pattern
    }

    #[jsg(prototype_getter)]
    fn password(&self) -> &str {
        &self.components[PASSWORD].pattern
    }

    #[jsg(prototype_getter)]
    fn hostname(&self) -> &str {
        &self.components[HOSTNAME].pattern
    }

    #[jsg(prototype_getter)]
    fn port(&self) -> &str {
        &self.components[PORT].pattern
    }

    #[jsg(prototype_getter)]
    fn pathname(&self) -> &str {
        &self.components[PATHNAME].pattern
    }

    #[jsg(prototype_getter)]
    fn search(&self) -> &str {
        &self.components[SEARCH].pattern
    }

    #[jsg(prototype_getter)]
    fn hash(&self) -> &str {
        &self.components[HASH].pattern
    }

    #[jsg(prototype_getter, flag = UrlpatternStandard)]
    fn has_reg_exp_groups(&self) -> bool {
        self.components.iter().any(|component| component.has_regexp)
    }

    #[jsg(method)]
    fn test(
        &self,
        js: &mut Lock<'_, '_>,
        input: Option<PatternInput>,
        base: Option<UsvString>,
    ) -> Result<bool> {
        let input = input.into();
        let base = base.as_ref().map(|base| base.0.as_str());
        let Some(texts) = texts(js, &input, base, "Failed to test URLPattern")? else {
            return Ok(false);
        };
        Ok(self.groups(js, &texts)?.is_some())
    }

    #[jsg(method)]
    fn exec<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        input: Option<PatternInput>,
        base: Option<UsvString>,
    ) -> Result<Nullable<Local<'s, Object>>> {
        let input = input.into();
        let base = base.as_ref().map(|base| base.0.as_str());
        let Some(texts) = texts(js, &input, base, "Failed to exec URLPattern")? else {
            return Ok(Nullable(None));
        };
        let Some(groups) = self.groups(js, &texts)? else {
            return Ok(Nullable(None));
        };
        let result = Object::new(js);
        let inputs = inputs(js, &input, base)?;
        set(js, result, "inputs", inputs.into());
        for (index, (values, text)) in groups.into_iter().zip(&texts).enumerate() {
            let matched = Object::new(js);
            let text = text.as_deref().unwrap_or_default().to_js(js)?;
            set(js, matched, "input", text);
            let groups = Object::new(js);
            for (name, value) in self.components[index].names.iter().zip(values) {
                let value = match edition(js) {
                    Edition::Original if value.is_undefined() => "".to_js(js)?,
                    _ if value.is_undefined() => value,
                    _ => value.to_string(js).ok_or(Error::Pending)?.into(),
                };
                set(js, groups, name, value);
            }
            set(js, matched, "groups", groups.into());
            set(js, result, NAMES[index], matched.into());
        }
        Ok(Nullable(Some(result)))
    }
}

impl UrlPattern {
    /// What the groups of all components match, if they all do.
    fn groups<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        texts: &Texts,
    ) -> Result<Option<Vec<Vec<Local<'s, Value>>>>> {
        let mut all = Vec::with_capacity(COMPONENTS);
        for (component, text) in self.components.iter().zip(texts) {
            let groups: Groups<'s> = component.search(js, text.as_deref().unwrap_or_default())?;
            match groups {
                Some(groups) => all.push(groups),
                None => return Ok(None),
            }
        }
        Ok(Some(all))
    }
}

/// The components of what is to be matched; nothing if it is no URL.
fn texts(
    js: &Lock<'_, '_>,
    input: &Input,
    base: Option<&str>,
    operation: &'static str,
) -> Result<Option<Texts>> {
    let edition = edition(js);
    match input {
        Input::Text(text) => {
            let url = Url::parse(text.as_str(), base).ok();
            let texts = |url: Url| init::components(&url).map(|text| Some(text.to_owned()));
            if url.is_some() || base.is_some() || edition == Edition::Original {
                return Ok(url.map(texts));
            }
            // A relative reference has the components that it names.
            let relative = Url::parse(text.as_str(), Some("fake://")).ok();
            Ok(relative.map(texts).map(|mut texts| {
                texts[PROTOCOL] = Some(String::new());
                texts
            }))
        }
        Input::Init(_) if base.is_some() => {
            let text = "A baseURL is not allowed when input is an object.";
            Err(refused(edition, Invalid::text(text), operation))
        }
        Input::Init(init) => match init::process(init, Purpose::Url, edition) {
            Ok(texts) => Ok(Some(texts)),
            Err(_) if edition == Edition::Standard => Ok(None),
            Err(invalid) => Err(refused(edition, invalid, operation)),
        },
    }
}

/// The arguments, as the result shows them.
fn inputs<'s>(
    js: &mut Lock<'s, '_>,
    input: &Input,
    base: Option<&str>,
) -> Result<Local<'s, Array>> {
    let mut values = Vec::with_capacity(2);
    match input {
        Input::Text(text) => values.push(text.as_str().to_js(js)?),
        Input::Init(init) => {
            let object = Object::new(js);
            for (name, text) in NAMES.iter().zip(&init.texts) {
                if let Some(text) = text {
                    let text = text.as_str().to_js(js)?;
                    set(js, object, name, text);
                }
            }
            if let Some(base) = &init.base_url {
                let base = base.as_str().to_js(js)?;
                set(js, object, "baseURL", base);
            }
            values.push(object.into());
        }
    }
    if let Some(base) = base {
        values.push(base.to_js(js)?);
    }
    Ok(Array::new_with_elements(js, &values))
}

fn set<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>, name: &str, value: Local<'s, Value>) {
    let key = jsg::string(js, name);
    object.create_data_property(js, key.into(), value);
}
