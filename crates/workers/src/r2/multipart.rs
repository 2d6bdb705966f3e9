//! Uploads in parts.

use io::IoContext;
use jsg::convert::set_member as set;
use jsg::js::{Local, Object, Promise, Value};
use jsg::{Error, Handle, Lock, Ref, Result};
use serde_json::json;

use super::exchange::{self, Message, PutValue};
use super::object::{self, Expected, Metadata, define};
use super::options::{self, Key};
use super::{R2Bucket, request};

/// The greatest number that a part may have.
const MOST_PARTS: i32 = 10_000;

/// An upload that has begun.
#[jsg::class]
pub struct R2MultipartUpload {
    key: String,
    id: String,
    bucket: Ref<R2Bucket>,
}

#[derive(jsg::Dictionary)]
struct UploadPartOptions<'s> {
    ssec_key: Option<Key<'s>>,
}

/// `R2UploadedPart`.
#[derive(jsg::Dictionary)]
struct UploadedPart {
    part_number: i32,
    etag: String,
}

fn check(number: i32) -> Result<()> {
    if (1..=MOST_PARTS).contains(&number) {
        return Ok(());
    }
    Err(Error::type_error(format!(
        "Part number must be between 1 and {MOST_PARTS} (inclusive). Actual value was: {number}"
    )))
}

impl R2MultipartUpload {
    pub(super) fn create<'s>(
        js: &mut Lock<'s, '_>,
        bucket: Handle<'s, R2Bucket>,
        key: String,
        id: String,
    ) -> Result<Local<'s, Value>> {
        let upload = Self {
            key: key.clone(),
            id: id.clone(),
            bucket: Ref::new(js, bucket),
        };
        let object = Handle::new(js, upload).object();
        define(js, object, "uploadId", id)?;
        define(js, object, "key", key)?;
        Ok(object.into())
    }
}

#[jsg::methods]
impl R2MultipartUpload {
    #[jsg(method, promise)]
    fn upload_part<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        part_number: i32,
        value: PutValue<'s>,
        options: Option<UploadPartOptions<'s>>,
    ) -> Result<Local<'s, Promise>> {
        check(part_number)?;
        IoContext::current(js)?;
        let bucket = self.bucket.get(js);
        let span = bucket.get().span(js, "r2_uploadPart", "UploadPart");
        span.set("cloudflare.r2.request.upload_id", self.id.clone());
        span.set("cloudflare.r2.request.part_number", i64::from(part_number));
        span.set("cloudflare.r2.request.key", self.key.clone());
        let mut request = request("uploadPart", &self.key);
        request["uploadId"] = self.id.as_str().into();
        request["partNumber"] = part_number.into();
        let key = options.and_then(|options| options.ssec_key);
        options::write_key(js, key, &mut request, &span)?;
        super::size(&span, value.length(js));
        let message = Message::with_value(js, &request, value)?;
        let channel = bucket.get().channel.0.clone();
        let answer = async move {
            let outcome = exchange::put(channel, message, &span).await?;
            outcome.describe(&span);
            outcome.check("uploadPart")?;
            let etag = object::text(&outcome.metadata()?, "etag");
            span.set("cloudflare.r2.response.etag", etag.clone());
            Ok(etag)
        };
        Ok(jsg::promise::from_future_with(
            js,
            answer,
            move |js, etag| {
                let part = Object::new(js);
                set(js, part, "partNumber", part_number)?;
                set(js, part, "etag", etag)?;
                Ok(part.into())
            },
        ))
    }

    #[jsg(method, promise)]
    fn abort<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let bucket = self.bucket.get(js);
        let span = bucket
            .get()
            .span(js, "r2_abortMultipartUpload", "AbortMultipartUpload");
        span.set("cloudflare.r2.request.upload_id", self.id.clone());
        span.set("cloudflare.r2.request.key", self.key.clone());
        let mut request = request("abortMultipartUpload", &self.key);
        request["uploadId"] = self.id.as_str().into();
        let message = Message::new(&request);
        Ok(bucket
            .get()
            .change(js, message, "abortMultipartUpload", span))
    }

    #[jsg(method, promise)]
    fn complete<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        uploaded_parts: Vec<UploadedPart>,
    ) -> Result<Local<'s, Promise>> {
        IoContext::current(js)?;
        let bucket = self.bucket.get(js);
        let span = bucket
            .get()
            .span(js, "r2_completeMultipartUpload", "CompleteMultipartUpload");
        span.set("cloudflare.r2.request.upload_id", self.id.clone());
        span.set("cloudflare.r2.request.key", self.key.clone());
        if span.is_traced() {
            let numbers = uploaded_parts
                .iter()
                .map(|part| part.part_number.to_string());
            let numbers: Vec<_> = numbers.collect();
            span.set("cloudflare.r2.request.uploaded_parts", numbers.join(", "));
        }
        let mut parts = Vec::with_capacity(uploaded_parts.len());
        for part in uploaded_parts {
            check(part.part_number)?;
            parts.push(json!({"etag": part.etag, "part": part.part_number}));
        }
        let mut request = request("completeMultipartUpload", &self.key);
        request["uploadId"] = self.id.as_str().into();
        request["parts"] = parts.into();
        let message = Message::new(&request);
        let channel = bucket.get().channel.0.clone();
        let answer = async move {
            let outcome = exchange::put(channel, message, &span).await?;
            outcome.describe(&span);
            outcome.check("completeMultipartUpload")?;
            Ok((outcome.metadata()?, span))
        };
        Ok(jsg::promise::from_future_with(
            js,
            answer,
            |js, (told, span)| {
                let metadata = Metadata::new(told, Expected::ALL);
                metadata.describe(js, &span)?;
                metadata.head(js)
            },
        ))
    }
}
