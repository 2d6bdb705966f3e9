//! What is known of an object, and what it holds.

use io::trace::Span;
use jsg::convert::{
    Bytes as ArrayBufferOf, Time, set_member as set, set_optional_member as set_optional,
};
use jsg::js::{Local, Object, Promise, PropertyAttribute, Value};
use jsg::{Error, Handle, Lock, Nullable, Result, ToJs, Untraced};
use net::Body;
use serde_json::Value as Json;
use web::fetch::body::Content;
use web::fetch::{Headers, MessageBody};
use web::streams::ReadableStream;
use web::streams::collect::Kind;

use super::http_metadata::{HttpMetadata, iso, utc};

/// Which optional members are there although the service says nothing of them.
#[derive(Clone, Copy)]
pub(super) struct Expected {
    pub http: bool,
    pub custom: bool,
}

impl Expected {
    pub const ALL: Self = Self {
        http: true,
        custom: true,
    };
}

/// What is known of an object, as the service tells it.
pub(super) struct Metadata {
    told: Json,
    pub http: Option<HttpMetadata>,
    pub custom: Option<Vec<(String, String)>>,
}

impl Metadata {
    pub fn new(told: Json, expected: Expected) -> Self {
        let fields = told.get("httpFields").filter(|fields| fields.is_object());
        let http = match fields {
            Some(fields) => Some(HttpMetadata::of_json(fields)),
            None => expected.http.then(HttpMetadata::default),
        };
        let custom = match told.get("customFields").and_then(Json::as_array) {
            Some(fields) => Some(
                fields
                    .iter()
                    .map(|field| (text(field, "k"), text(field, "v")))
                    .collect(),
            ),
            None => expected.custom.then(Vec::new),
        };
        Self { told, http, custom }
    }

    fn checksum(&self, index: usize) -> Option<Vec<u8>> {
        hex_bytes(self.told["checksums"].get(index.to_string())?.as_str()?)
    }

    pub fn describe<'s>(&self, js: &mut Lock<'s, '_>, span: &Span) -> Result<()> {
        if !span.is_traced() {
            return Ok(());
        }
        span.set("cloudflare.r2.response.etag", text(&self.told, "etag"));
        let size = integer(&self.told["size"]).unwrap_or_default();
        span.set("cloudflare.r2.response.size", size);
        let uploaded = integer(&self.told["uploaded"]).unwrap_or_default();
        span.set("cloudflare.r2.response.uploaded", iso(js, uploaded)?);
        for (index, (_, attribute)) in CHECKSUMS.into_iter().enumerate() {
            if let Some(bytes) = self.checksum(index) {
                span.set(attribute, hex(&bytes));
            }
        }
        let class = text(&self.told, "storageClass");
        span.set("cloudflare.r2.response.storage_class", class);
        if self.told["ssec"].is_object() {
            span.set("cloudflare.r2.response.ssec_key", true);
        }
        if let Some(http) = &self.http {
            for (attribute, text) in [
                ("cloudflare.r2.response.content_type", &http.content_type),
                (
                    "cloudflare.r2.response.content_encoding",
                    &http.content_encoding,
                ),
                (
                    "cloudflare.r2.response.content_disposition",
                    &http.content_disposition,
                ),
                (
                    "cloudflare.r2.response.content_language",
                    &http.content_language,
                ),
                ("cloudflare.r2.response.cache_control", &http.cache_control),
            ] {
                if let Some(text) = text {
                    span.set(attribute, text.clone());
                }
            }
            if let Some(Time(expiry)) = http.cache_expiry {
                let expiry = iso(js, expiry)?;
                span.set("cloudflare.r2.response.cache_expiry", expiry);
            }
        }
        if self.custom.is_some() {
            span.set("cloudflare.r2.response.custom_metadata", true);
        }
        Ok(())
    }

    /// The object without its value.
    pub fn head<'s>(self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Value>> {
        let head = HeadResult::of(&self);
        let object = Handle::new(js, head).object();
        self.define_members(js, object)?;
        Ok(object.into())
    }

    /// The object with its value.
    pub fn with_value<'s>(self, js: &mut Lock<'s, '_>, value: Body) -> Result<Local<'s, Value>> {
        let result = GetResult {
            parent: HeadResult::of(&self),
            body: MessageBody::new(Content::from_native(js, value)?),
        };
        let object = Handle::new(js, result).object();
        self.define_members(js, object)?;
        Ok(object.into())
    }

    /// The members that are the object's own.
    fn define_members<'s>(self, js: &mut Lock<'s, '_>, object: Local<'s, Object>) -> Result<()> {
        let told = &self.told;
        let ssec = told.get("ssec").filter(|ssec| ssec.is_object());
        let key_md5 = ssec.map(|ssec| text(ssec, "keyMd5"));
        define(js, object, "ssecKeyMd5", key_md5)?;
        define(js, object, "storageClass", text(told, "storageClass"))?;
        let range = range(js, told)?;
        define(js, object, "range", range)?;
        let checksums = Checksums {
            values: std::array::from_fn(|index| self.checksum(index)),
        };
        let custom = match self.custom {
            None => None,
            Some(fields) => {
                let custom = Object::new(js);
                for (name, value) in fields {
                    set(js, custom, &name, value)?;
                }
                Some(custom)
            }
        };
        define(js, object, "customMetadata", custom)?;
        let http = self.http.as_ref().map(|http| http.to_object(js));
        define(js, object, "httpMetadata", http.transpose()?)?;
        let uploaded = Time(integer(&told["uploaded"]).unwrap_or_default());
        define(js, object, "uploaded", uploaded)?;
        let checksums = checksums.create(js)?;
        define(js, object, "checksums", checksums)?;
        let etag = text(told, "etag");
        define(js, object, "httpEtag", format!("\"{etag}\""))?;
        define(js, object, "etag", etag)?;
        let size = integer(&told["size"]).unwrap_or_default();
        define(js, object, "size", size)?;
        define(js, object, "version", text(told, "version"))?;
        define(js, object, "key", text(told, "name"))
    }
}

/// A member of its own that cannot be written.
pub(super) fn define<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
    name: &str,
    value: impl ToJs<'s>,
) -> Result<()> {
    let value = value.to_js(js)?;
    let name = jsg::intern(js, name);
    let is_defined =
        object.define_own_property(js, name.into(), value, PropertyAttribute::READ_ONLY);
    is_defined.map(drop).ok_or(Error::Pending)
}

/// The part that was asked for.
fn range<'s>(js: &mut Lock<'s, '_>, told: &Json) -> Result<Option<Local<'s, Object>>> {
    let Some(told) = told.get("range").filter(|range| range.is_object()) else {
        return Ok(None);
    };
    let range = Object::new(js);
    for name in ["offset", "length"] {
        // What is missing is the greatest number there is.
        let number = integer(&told[name]).unwrap_or(u64::MAX as f64);
        set(js, range, name, number)?;
    }
    set_optional(js, range, "suffix", None::<f64>)?;
    Ok(Some(range))
}

pub(super) fn text(object: &Json, name: &str) -> String {
    object[name].as_str().unwrap_or_default().to_owned()
}

/// Large integers come as strings.
pub(super) fn integer(value: &Json) -> Option<f64> {
    match value {
        Json::String(text) => text.parse().ok(),
        value => value.as_f64(),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

pub(super) fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match *pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect()
}

/// What is known of an object: `R2Object`.
#[jsg::class]
pub struct HeadResult {
    key: String,
    http: Untraced<Option<HttpMetadata>>, // plain strings
}

impl HeadResult {
    fn of(metadata: &Metadata) -> Self {
        Self {
            key: text(&metadata.told, "name"),
            http: Untraced(metadata.http.clone()),
        }
    }
}

#[jsg::methods]
impl HeadResult {
    #[jsg(method)]
    fn write_http_metadata<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        headers: Handle<'s, Headers>,
    ) -> Result<()> {
        let http = self.http.as_ref().ok_or_else(|| {
            Error::type_error(format!(
                "HTTP metadata unknown for key `{}`. Did you forget to add 'httpMetadata' to `include` when listing?",
                self.key
            ))
        })?;
        let expires = http.cache_expiry.map(|Time(time)| utc(js, time));
        let expires = expires.transpose()?;
        let mut list = headers.get().list().borrow_mut();
        for (name, value) in [
            ("content-type", &http.content_type),
            ("content-language", &http.content_language),
            ("content-disposition", &http.content_disposition),
            ("content-encoding", &http.content_encoding),
            ("cache-control", &http.cache_control),
            ("expires", &expires),
        ] {
            if let Some(value) = value {
                list.set(name, value)?;
            }
        }
        Ok(())
    }
}

/// An object with its value: `R2ObjectBody`.
#[jsg::class(extends = HeadResult)]
pub struct GetResult {
    parent: HeadResult,
    body: MessageBody,
}

#[jsg::methods]
impl GetResult {
    #[jsg(prototype_getter)]
    fn body<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Nullable<Handle<'s, ReadableStream>>> {
        self.body.stream(js).map(Nullable)
    }

    #[jsg(prototype_getter)]
    fn body_used(&self, js: &mut Lock<'_, '_>) -> bool {
        self.body.is_used(js)
    }

    #[jsg(method, promise)]
    fn array_buffer<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.body.consume(js, Kind::ArrayBuffer)
    }

    #[jsg(method, promise)]
    fn bytes<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.body.consume(js, Kind::Bytes)
    }

    #[jsg(method, promise)]
    fn text<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.body.consume(js, Kind::Text)
    }

    #[jsg(method, promise)]
    fn json<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        self.body.consume(js, Kind::Json)
    }

    #[jsg(method, promise)]
    fn blob<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        let http = self.parent.http.as_ref();
        let kind = http.and_then(|http| http.content_type.clone());
        self.body.consume(js, Kind::Blob(kind.unwrap_or_default()))
    }
}

/// The hashes with what spans call them, in the order of the numbers that the service knows them by.
const CHECKSUMS: [(&str, &str); 5] = [
    ("md5", "cloudflare.r2.response.checksum.md5"),
    ("sha1", "cloudflare.r2.response.checksum.sha1"),
    ("sha256", "cloudflare.r2.response.checksum.sha256"),
    ("sha384", "cloudflare.r2.response.checksum.sha384"),
    ("sha512", "cloudflare.r2.response.checksum.sha512"),
];

/// Hashes of what an object holds: `R2Checksums`.
#[jsg::class]
pub struct Checksums {
    values: [Option<Vec<u8>>; 5],
}

impl Checksums {
    fn create<'s>(self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        let values = self.values.clone();
        let object = Handle::new(js, self).object();
        for ((name, _), bytes) in CHECKSUMS.into_iter().zip(values).rev() {
            define(js, object, name, bytes.map(ArrayBufferOf))?;
        }
        Ok(object)
    }
}

#[jsg::methods]
impl Checksums {
    #[jsg(method, name = "toJSON")]
    fn to_json<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Object>> {
        let object = Object::new(js);
        for ((name, _), bytes) in CHECKSUMS.into_iter().zip(&self.values) {
            let text = bytes.as_deref().map(hex);
            set_optional(js, object, name, text)?;
        }
        Ok(object)
    }
}
