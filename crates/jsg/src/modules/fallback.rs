//! Modules that neither the Worker nor the runtime has: a service of the embedder's may know them.
//!
//! It answers with a module as the config writes one, as JSON, or with another name to look up. What it
//! has answered stays; that it knew nothing does not. The isolate's thread waits for it.

use std::rc::Rc;
use std::sync::Arc;

use super::urls::names;
use super::{Content, Entry, Kind, Registry, Scope, Source, compile, path};
use crate::{Error, Lock, Result, promise};

/// How a module is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A declaration or a call of `import`.
    Import,
    Require,
}

/// What is looked for: paths with a slash at their start, or URLs.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    pub method: Method,
    pub specifier: &'a str,
    /// As it is written.
    pub raw_specifier: &'a str,
    pub referrer: &'a str,
    /// The attribute `type`; only where names are URLs.
    pub import_type: Option<&'a str>,
    /// Whether names are URLs.
    pub of_urls: bool,
}

/// What the service says.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// A module, as JSON.
    Module(String),
    /// The name to look up instead.
    Elsewhere(String),
}

/// A service that may know modules.
pub trait Fallback: Send + Sync + std::fmt::Debug {
    /// Asks; nobody gets to know of failures.
    fn ask(&self, question: &Question<'_>) -> Option<Answer>;
}

/// Who asks for a module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking<'a> {
    pub method: Method,
    pub raw_specifier: &'a str,
    /// A path in normal form, or a URL.
    pub referrer: &'a str,
    pub import_type: Option<&'a str>,
}

/// How often one name may lead to another.
const MOST_STEPS: u32 = 32;

impl Registry {
    /// Lets a service be asked for modules that nobody else knows.
    pub fn set_fallback(&self, fallback: Arc<dyn Fallback>) {
        *self.fallback.borrow_mut() = Some(fallback);
    }

    /// As [`resolve`](Self::resolve), then the service.
    pub(super) fn resolve_or_ask(
        &self,
        js: &mut Lock<'_, '_>,
        target: &str,
        scope: Scope,
        asking: Asking<'_>,
    ) -> Result<Option<Rc<Entry>>> {
        if let Some(entry) = self.resolve(js, target, scope)? {
            return Ok(Some(entry));
        }
        let Some(fallback) = self.fallback.borrow().clone() else {
            return Ok(None);
        };
        if scope == Scope::Internal {
            return Ok(None);
        }
        let mut target = target.to_owned();
        for _ in 0..MOST_STEPS {
            let known = self.elsewhere.borrow().get(self.asked_as(&target)).cloned();
            let answer = match known {
                Some(next) => Some(Answer::Elsewhere(next)),
                None => self.ask(&*fallback, &target, asking),
            };
            match answer {
                None => return Ok(None),
                Some(Answer::Module(json)) => return self.add_answer(js, &target, &json),
                Some(Answer::Elsewhere(next)) => {
                    let asked = self.asked_as(&target).to_owned();
                    let Some(following) = self.follow(&asked, &next).filter(|to| *to != asked)
                    else {
                        return Ok(None);
                    };
                    self.elsewhere.borrow_mut().insert(asked, next);
                    target = following;
                }
            }
            if let Some(entry) = self.resolve(js, &target, Scope::Worker)? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    fn ask(&self, fallback: &dyn Fallback, target: &str, asking: Asking<'_>) -> Option<Answer> {
        let of_urls = self.urls.is_some();
        let full = |name: &str| {
            if of_urls {
                name.to_owned()
            } else {
                format!("/{name}")
            }
        };
        fallback.ask(&Question {
            method: asking.method,
            specifier: &full(self.asked_as(target)),
            raw_specifier: asking.raw_specifier,
            referrer: &full(asking.referrer),
            import_type: asking.import_type,
            of_urls,
        })
    }

    /// The name that the service knows a module by: of URLs, that of the definition.
    fn asked_as<'a>(&self, target: &'a str) -> &'a str {
        match self.urls {
            Some(_) => names::definition(target),
            None => target,
        }
    }

    fn follow(&self, from: &str, to: &str) -> Option<String> {
        match self.urls {
            Some(_) => names::resolve(from, to),
            None => path::resolve(from, to).ok(),
        }
    }

    fn add_answer(
        &self,
        js: &mut Lock<'_, '_>,
        target: &str,
        json: &str,
    ) -> Result<Option<Rc<Entry>>> {
        let name = self.asked_as(target);
        let Some(content) = read(js, json, name)? else {
            return Ok(None);
        };
        let source = Arc::new(Source::new(name, content));
        if let Some(urls) = &self.urls {
            urls.define(name, source);
            return self.resolve_own(js, target);
        }
        let entry = compile::source(js, target.to_owned(), Kind::Bundle, &source)?;
        Ok(Some(self.add(js, entry)))
    }
}

/// The module that an answer describes; `None` if it is none that can be used.
fn read(js: &mut Lock<'_, '_>, json: &str, name: &str) -> Result<Option<Content>> {
    let parsed = promise::try_catch(js, |js| {
        let value = crate::json_parse(js, json)?;
        v8::Local::<v8::Object>::try_from(value).map_err(|_| Error::error("no object"))
    });
    let Ok(module) = parsed else {
        tracing::error!("Fallback service failed to fetch module; specifier = {name}");
        return Ok(None);
    };
    // Built-in modules that are not there keep their prefix.
    let name = match name.rsplit_once('/') {
        Some((_, last)) if path::is_builtin_specifier(last) => last,
        _ => name,
    };
    if let Some(given) = text(js, module, "name")?
        && given != name
    {
        tracing::error!(
            "Fallback service failed to fetch module: returned module name does not match specifier; \
             moduleBuilder.getName() = {given}; specifier = {name}"
        );
        return Ok(None);
    }
    if let Some(source) = text(js, module, "esModule")? {
        return Ok(Some(Content::EsModule(source.into())));
    }
    if let Some(source) = text(js, module, "commonJsModule")? {
        return Ok(Some(Content::CommonJs {
            source: source.into(),
            named_exports: strings(js, module, "namedExports")?,
        }));
    }
    if let Some(content) = text(js, module, "text")? {
        return Ok(Some(Content::Text(content.into())));
    }
    if let Some(content) = text(js, module, "json")? {
        return Ok(Some(Content::Json(content.into())));
    }
    if let Some(content) = bytes(js, module, "data")? {
        return Ok(Some(Content::Data(content.into())));
    }
    if let Some(content) = bytes(js, module, "wasm")? {
        return Ok(Some(Content::Wasm(content.into())));
    }
    if member(js, module, "pythonModule")?.is_some() {
        tracing::warn!("Fallback service returned a Python module");
    } else {
        tracing::error!("Fallback service does not support this module type");
    }
    Ok(None)
}

/// A member of an answer's own: scripts may have put something on the prototype.
fn member<'s>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Result<Option<v8::Local<'s, v8::Value>>> {
    let key = crate::intern(js, name);
    if object.has_own_property(js, key.into()) != Some(true) {
        return Ok(None);
    }
    let value = object.get(js, key.into()).ok_or(Error::Pending)?;
    Ok((!value.is_null()).then_some(value))
}

fn text<'s>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Result<Option<String>> {
    let value = member(js, object, name)?.filter(|value| value.is_string());
    Ok(value.map(|value| value.to_rust_string_lossy(js)))
}

fn elements<'s>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Result<Option<Vec<v8::Local<'s, v8::Value>>>> {
    let value = member(js, object, name)?;
    let Some(array) = value.and_then(|value| v8::Local::<v8::Array>::try_from(value).ok()) else {
        return Ok(None);
    };
    (0..array.length())
        .map(|index| array.get_index(js, index).ok_or(Error::Pending))
        .collect::<Result<_>>()
        .map(Some)
}

fn strings<'s>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Result<Vec<String>> {
    let values = elements(js, object, name)?.unwrap_or_default();
    Ok(values
        .iter()
        .map(|value| value.to_rust_string_lossy(js))
        .collect())
}

fn bytes<'s>(
    js: &mut Lock<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Result<Option<Vec<u8>>> {
    let Some(values) = elements(js, object, name)? else {
        return Ok(None);
    };
    let bytes = values.iter().map(|value| {
        let number = value.uint32_value(js)?;
        u8::try_from(number).ok()
    });
    Ok(bytes.collect())
}
