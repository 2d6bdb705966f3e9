//! What HTTP is told of an object, and times as they are written.

use std::borrow::Cow;

use io::trace::Span;
use jsg::convert::{Time, set_optional_member as set_optional};
use jsg::js::{Date, Function, Local, Object, Value};
use jsg::{Error, FromJs, Handle, Lock, Result};
use serde_json::{Value as Json, json};
use web::fetch::Headers;

use super::object::integer;

/// `R2HTTPMetadata`.
#[derive(jsg::Dictionary, Clone, Default)]
#[jsg(name = "HttpMetadata")]
pub(super) struct HttpMetadata {
    pub content_type: Option<String>,
    pub content_language: Option<String>,
    pub content_disposition: Option<String>,
    pub content_encoding: Option<String>,
    pub cache_control: Option<String>,
    pub cache_expiry: Option<Time>,
}

/// Options, or headers that say the same.
pub(super) enum OrHeaders<'s, T> {
    Options(T),
    Headers(Handle<'s, Headers>),
}

impl<'s, T: FromJs<'s>> FromJs<'s> for OrHeaders<'s, T> {
    fn type_name() -> Cow<'static, str> {
        format!("{} or Headers", T::type_name()).into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        // Headers are objects, as options are.
        if let Some(headers) = Handle::from_value(js, value) {
            return Ok(Some(Self::Headers(headers)));
        }
        Ok(T::try_from_js(js, value)?.map(Self::Options))
    }

    fn matches(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        T::matches(js, value)
    }
}

/// The value of a header.
pub(super) fn header(headers: &Handle<'_, Headers>, name: &str) -> Result<Option<String>> {
    headers.get().list().borrow().get(name)
}

fn date<'s>(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Local<'s, Date>> {
    let global = js.get_current_context().global(js);
    let name = jsg::intern(js, "Date");
    let constructor = global.get(js, name.into()).ok_or(Error::Pending)?;
    let constructor = Local::<Function>::try_from(constructor)
        .map_err(|_| Error::Internal("Date is no constructor".into()))?;
    let date = constructor
        .new_instance(js, &[value])
        .ok_or(Error::Pending)?;
    Local::<Date>::try_from(Local::<Value>::from(date))
        .map_err(|_| Error::Internal("Date does not make dates".into()))
}

/// A date as JavaScript reads it. What is none is the epoch.
pub(super) fn parse_date(js: &mut Lock<'_, '_>, text: &str) -> Result<Time> {
    let text = jsg::string(js, text);
    let time = date(js, text.into())?.value_of();
    Ok(Time(if time.is_nan() { 0.0 } else { time }))
}

fn written(js: &mut Lock<'_, '_>, time: f64, method: &str) -> Result<String> {
    let time = jsg::ToJs::to_js(time, js)?;
    let date = date(js, time)?;
    let name = jsg::intern(js, method);
    let method = date.get(js, name.into()).ok_or(Error::Pending)?;
    let method = Local::<Function>::try_from(method)
        .map_err(|_| Error::Internal("a method of Date is no function".into()))?;
    let text = method.call(js, date.into(), &[]).ok_or(Error::Pending)?;
    String::from_js(js, text)
}

/// As HTTP writes a time (RFC 9110 §5.6.7).
pub(super) fn utc(js: &mut Lock<'_, '_>, time: f64) -> Result<String> {
    written(js, time, "toUTCString")
}

/// As spans show a time.
pub(super) fn iso(js: &mut Lock<'_, '_>, time: f64) -> Result<String> {
    written(js, time, "toISOString")
}

/// Large integers go as strings. Times before 1970 count down from the end of the range.
pub(super) fn milliseconds(Time(time): Time) -> String {
    (time as i64).cast_unsigned().to_string()
}

impl HttpMetadata {
    /// As the service tells it.
    pub fn of_json(fields: &Json) -> Self {
        let text = |name: &str| fields[name].as_str().map(str::to_owned);
        Self {
            content_type: text("contentType"),
            content_language: text("contentLanguage"),
            content_disposition: text("contentDisposition"),
            content_encoding: text("contentEncoding"),
            cache_control: text("cacheControl"),
            cache_expiry: integer(&fields["cacheExpiry"]).map(Time),
        }
    }

    pub fn read(js: &mut Lock<'_, '_>, from: OrHeaders<'_, Self>) -> Result<Self> {
        let headers = match from {
            OrHeaders::Options(metadata) => return Ok(metadata),
            OrHeaders::Headers(headers) => headers,
        };
        let expires = header(&headers, "expires")?;
        let expires = expires.map(|text| parse_date(js, &text));
        Ok(Self {
            content_type: header(&headers, "content-type")?,
            content_language: header(&headers, "content-language")?,
            content_disposition: header(&headers, "content-disposition")?,
            content_encoding: header(&headers, "content-encoding")?,
            cache_control: header(&headers, "cache-control")?,
            cache_expiry: expires.transpose()?,
        })
    }

    pub fn to_object<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        let object = Object::new(js);
        for (name, value) in [
            ("contentType", &self.content_type),
            ("contentLanguage", &self.content_language),
            ("contentDisposition", &self.content_disposition),
            ("contentEncoding", &self.content_encoding),
            ("cacheControl", &self.cache_control),
        ] {
            set_optional(js, object, name, value.clone())?;
        }
        set_optional(js, object, "cacheExpiry", self.cache_expiry)?;
        Ok(object)
    }

    /// Adds them to a request.
    pub fn write(&self, request: &mut Json, span: &Span) {
        let mut fields = json!({});
        for (name, attribute, value) in [
            (
                "contentType",
                "cloudflare.r2.request.http_metadata.content_type",
                &self.content_type,
            ),
            (
                "contentEncoding",
                "cloudflare.r2.request.http_metadata.content_encoding",
                &self.content_encoding,
            ),
            (
                "contentDisposition",
                "cloudflare.r2.request.http_metadata.content_disposition",
                &self.content_disposition,
            ),
            (
                "contentLanguage",
                "cloudflare.r2.request.http_metadata.content_language",
                &self.content_language,
            ),
            (
                "cacheControl",
                "cloudflare.r2.request.http_metadata.cache_control",
                &self.cache_control,
            ),
        ] {
            if let Some(value) = value {
                fields[name] = value.as_str().into();
                span.set(attribute, value.clone());
            }
        }
        if let Some(expiry) = self.cache_expiry {
            fields["cacheExpiry"] = milliseconds(expiry).into();
            span.set(
                "cloudflare.r2.request.http_metadata.cache_expiry",
                expiry.0 as i64,
            );
        }
        request["httpFields"] = fields;
    }
}
