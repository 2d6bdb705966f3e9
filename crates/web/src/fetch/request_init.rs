//! What guest code gives to `new Request()` and `fetch()`.

use std::borrow::Cow;

use http::Method;
use jsg::js::{Local, Object, Value};
use jsg::{Error, Flag, FromJs, Handle, Lock, LockExt, Nullable, Result};
use net::methods::METHODS;

use super::fetcher::Fetcher;
use super::headers::HeadersInit;
use super::request::Request;
use super::response::Encoding;
use crate::abort::AbortSignal;

/// The first argument.
pub enum RequestInfo<'s> {
    Request(Handle<'s, Request>),
    Url(String),
}

/// The second argument.
pub enum RequestInit<'s> {
    Dict(Box<RequestDict<'s>>),
    Request(Handle<'s, Request>),
}

/// `RequestInit`, with the members that Workers add.
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "RequestInitializerDict")]
pub struct RequestDict<'s> {
    pub method: Option<String>,
    pub headers: Option<HeadersInit<'s>>,
    pub body: Option<Nullable<Local<'s, Value>>>,
    pub redirect: Option<String>,
    pub fetcher: Option<Nullable<Handle<'s, Fetcher>>>,
    pub cf: Option<Local<'s, Object>>,
    pub cache: Option<String>,
    pub integrity: Option<String>,
    pub signal: Option<Nullable<Handle<'s, AbortSignal>>>,
    pub encode_response_body: Option<String>,
}

/// The `cache` option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheMode {
    NoStore,
    NoCache,
    Reload,
}

/// The `redirect` option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirect {
    Follow,
    Manual,
}

impl<'s> FromJs<'s> for RequestInfo<'s> {
    fn type_name() -> Cow<'static, str> {
        "Request or string".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if let Some(request) = Handle::<Request>::from_value(js, value) {
            return Ok(Some(Self::Request(request)));
        }
        Ok(String::try_from_js(js, value)?.map(Self::Url))
    }

    fn matches(_: &mut Lock<'s, '_>, _: Local<'s, Value>) -> bool {
        true
    }
}

impl<'s> FromJs<'s> for RequestInit<'s> {
    fn type_name() -> Cow<'static, str> {
        "RequestInitializerDict or Request".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if let Some(request) = Handle::<Request>::from_value(js, value) {
            return Ok(Some(Self::Request(request)));
        }
        let Some(dict) = RequestDict::try_from_js(js, value)? else {
            return Ok(None);
        };
        dict.validate(js)?;
        Ok(Some(Self::Dict(Box::new(dict))))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_object()
    }
}

impl<'s> RequestDict<'s> {
    /// What the real workerd checks as it reads the dictionary.
    fn validate(&self, js: &mut Lock<'s, '_>) -> Result<()> {
        if let Some(cache) = &self.cache {
            if !js.flag(Flag::CacheOptionEnabled) {
                return Err(Error::error(
                    "The 'cache' field on 'RequestInitializerDict' is not implemented.",
                ));
            }
            let allowed = match CacheMode::parse(cache)? {
                CacheMode::NoStore => true,
                CacheMode::NoCache => js.flag(Flag::CacheNoCacheEnabled),
                CacheMode::Reload => js.flag(Flag::CacheReloadEnabled),
            };
            if !allowed {
                return Err(CacheMode::unsupported(cache));
            }
        }
        if let Some(cf) = self.cf
            && has(js, cf, "cacheControl")?
        {
            if has(js, cf, "cacheTtl")? {
                return Err(Error::type_error(
                    "The 'cacheControl' and 'cacheTtl' options on cf are mutually exclusive. Use 'cacheControl' for \
                     explicit Cache-Control header directives, or 'cacheTtl' for a simplified TTL, but not both.",
                ));
            }
            if self.cache.is_some() {
                return Err(Error::type_error(
                    "The 'cacheControl' option on cf cannot be used together with the 'cache' request option. The \
                     'cache' option ('no-store'/'no-cache') maps to cache TTL behavior internally, which conflicts \
                     with explicit Cache-Control directives.",
                ));
            }
        }
        self.encoding().map(|_| ())
    }

    /// `encodeResponseBody`.
    pub fn encoding(&self) -> Result<Option<Encoding>> {
        match self.encode_response_body.as_deref() {
            None => Ok(None),
            Some("automatic") => Ok(Some(Encoding::Automatic)),
            Some("manual") => Ok(Some(Encoding::Manual)),
            Some(other) => Err(Error::type_error(format!(
                "encodeResponseBody: unexpected value: {other}"
            ))),
        }
    }
}

/// Whether a property is there and not undefined.
fn has<'s>(js: &mut Lock<'s, '_>, object: Local<'s, Object>, name: &'static str) -> Result<bool> {
    let key = jsg::intern(js, name);
    let value = object.get(js, key.into()).ok_or(Error::Pending)?;
    Ok(!value.is_undefined())
}

impl CacheMode {
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "no-store" => Ok(Self::NoStore),
            "no-cache" => Ok(Self::NoCache),
            "reload" => Ok(Self::Reload),
            other => Err(Self::unsupported(other)),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::NoStore => "no-store",
            Self::NoCache => "no-cache",
            Self::Reload => "reload",
        }
    }

    #[cold]
    fn unsupported(text: &str) -> Error {
        Error::type_error(format!("Unsupported cache mode: {text}"))
    }
}

impl Redirect {
    pub fn parse(text: &str) -> Result<Self> {
        if text.eq_ignore_ascii_case("follow") {
            return Ok(Self::Follow);
        }
        if text.eq_ignore_ascii_case("manual") {
            return Ok(Self::Manual);
        }
        Err(Error::type_error(
            "Invalid redirect value, must be one of \"follow\" or \"manual\" (\"error\" won't be implemented since it \
             does not make sense at the edge; use \"manual\" and check the response status code).",
        ))
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Follow => "follow",
            Self::Manual => "manual",
        }
    }
}

/// Fetch §2.2.1, "normalize a method", which here goes for all methods.
pub fn method(js: &Lock<'_, '_>, text: &str) -> Result<Method> {
    let refused = || Error::type_error(format!("Invalid HTTP method string: {text}"));
    let upper = text.to_ascii_uppercase();
    if !METHODS.contains(&upper.as_str()) {
        return Err(refused());
    }
    let standard = matches!(
        upper.as_str(),
        "GET" | "POST" | "PUT" | "DELETE" | "HEAD" | "OPTIONS"
    );
    if upper != text && !standard && !js.flag(Flag::UpperCaseAllHttpMethods) {
        return Err(refused());
    }
    Method::from_bytes(upper.as_bytes()).map_err(|_| refused())
}
