//! Lists of objects.

use io::trace::Span;
use jsg::convert::{set_member as set, set_optional_member as set_optional};
use jsg::js::{Array, Local, Object};
use jsg::{Error, Lock, Result};
use serde_json::{Value as Json, json};

use super::object::{Expected, Metadata};
use super::options::Text;

#[derive(jsg::Dictionary)]
pub(super) struct ListOptions {
    limit: Option<i32>,
    prefix: Option<Text>,
    cursor: Option<Text>,
    delimiter: Option<Text>,
    start_after: Option<Text>,
    include: Option<Vec<Text>>,
}

impl ListOptions {
    /// Adds them to a request, and says what shall come of each object.
    pub fn write(self, request: &mut Json, span: &Span, honors_include: bool) -> Result<Expected> {
        let mut expected = Expected {
            http: false,
            custom: false,
        };
        if let Some(limit) = self.limit {
            // The greatest number stands for none.
            if limit != -1 {
                request["limit"] = limit.cast_unsigned().into();
            }
            span.set("cloudflare.r2.request.limit", i64::from(limit));
        }
        for (name, attribute, text) in [
            ("prefix", "cloudflare.r2.request.prefix", self.prefix),
            ("cursor", "cloudflare.r2.request.cursor", self.cursor),
            (
                "delimiter",
                "cloudflare.r2.request.delimiter",
                self.delimiter,
            ),
            (
                "startAfter",
                "cloudflare.r2.request.start_after",
                self.start_after,
            ),
        ] {
            if let Some(Text(text)) = text {
                request[name] = text.as_str().into();
                span.set(attribute, text);
            }
        }
        let Some(include) = self.include else {
            if honors_include {
                request["include"] = json!([]);
            }
            return Ok(expected);
        };
        let mut fields = Vec::with_capacity(include.len());
        for Text(name) in include {
            let (field, is_expected, attribute) = match name.as_str() {
                "httpMetadata" => (
                    0,
                    &mut expected.http,
                    "cloudflare.r2.request.include.http_metadata",
                ),
                "customMetadata" => (
                    1,
                    &mut expected.custom,
                    "cloudflare.r2.request.include.custom_metadata",
                ),
                _ => {
                    return Err(Error::range_error(format!(
                        "Unsupported include value {name}"
                    )));
                }
            };
            *is_expected = true;
            span.set(attribute, true);
            fields.push(Json::from(field));
        }
        request["include"] = fields.into();
        Ok(expected)
    }
}

/// The list of objects that the service has told.
pub(super) fn listed<'s>(
    js: &mut Lock<'s, '_>,
    mut told: Json,
    expected: Expected,
    span: &Span,
) -> Result<Local<'s, Object>> {
    let told_objects = match told["objects"].take() {
        Json::Array(objects) => objects,
        _ => Vec::new(),
    };
    let mut objects = Vec::with_capacity(told_objects.len());
    for object in told_objects {
        objects.push(Metadata::new(object, expected).head(js)?);
    }
    let is_truncated = told["truncated"].as_bool().unwrap_or_default();
    let cursor = told["cursor"].as_str().map(str::to_owned);
    let prefixes = told["delimitedPrefixes"].as_array();
    let prefixes: Vec<String> = prefixes
        .into_iter()
        .flatten()
        .map(|prefix| prefix.as_str().unwrap_or_default().to_owned())
        .collect();
    if let Some(cursor) = &cursor {
        span.set("cloudflare.r2.response.cursor", cursor.clone());
    }
    for (attribute, count) in [
        ("cloudflare.r2.response.returned_objects", objects.len()),
        ("cloudflare.r2.response.delimited_prefixes", prefixes.len()),
    ] {
        span.set(attribute, i64::try_from(count).unwrap_or(i64::MAX));
    }
    span.set("cloudflare.r2.response.truncated", is_truncated);
    let result = Object::new(js);
    let objects = Array::new_with_elements(js, &objects);
    set(js, result, "objects", objects)?;
    set(js, result, "truncated", is_truncated)?;
    set_optional(js, result, "cursor", cursor)?;
    set(js, result, "delimitedPrefixes", prefixes)?;
    Ok(result)
}
