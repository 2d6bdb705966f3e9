//! `AnalyticsEngine`: a binding that writes data points to a service, one request each, for which nobody waits.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::rc::Rc;

use http::{HeaderMap, Method};
use io::trace::Span;
use io::{IoContext, SubrequestChannel};
use jsg::convert::BufferSource;
use jsg::js::{Local, Object, Value};
use jsg::{Error, FromJs, Lock, Result, Untraced};

use crate::service_call;

/// Texts of a data point, and its numbers.
const MOST_MEMBERS: usize = 20;
const MOST_BLOB_BYTES: usize = 16_000;
const MOST_INDEXES: usize = 1;
const MOST_INDEX_BYTES: usize = 96;

/// What the binding is.
#[jsg::class]
pub struct AnalyticsEngine {
    channel: Untraced<Rc<dyn SubrequestChannel>>, // leads out of the isolate
    dataset: String,
}

/// A text of a data point, as bytes. Null leaves its place out.
struct Blob(Option<Vec<u8>>);

impl<'s> FromJs<'s> for Blob {
    fn type_name() -> Cow<'static, str> {
        "ArrayBuffer or ArrayBufferView or string".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if value.is_null_or_undefined() {
            return Ok(Some(Self(None)));
        }
        if BufferSource::matches(js, value) {
            let source = BufferSource::try_from_js(js, value)?;
            return Ok(source.map(|source| Self(Some(source.to_vec()))));
        }
        let text = String::try_from_js(js, value)?;
        Ok(text.map(|text| Self(Some(text.into_bytes()))))
    }

    fn matches(_: &mut Lock<'s, '_>, _: Local<'s, Value>) -> bool {
        true
    }
}

#[derive(Default, jsg::Dictionary)]
#[jsg(name = "AnalyticsEngineEvent")]
struct DataPoint {
    indexes: Option<Vec<Blob>>,
    doubles: Option<Vec<f64>>,
    blobs: Option<Vec<Blob>>,
}

impl AnalyticsEngine {
    pub fn create<'s>(
        js: &mut Lock<'s, '_>,
        channel: Rc<dyn SubrequestChannel>,
        dataset: &str,
    ) -> Local<'s, Object> {
        let engine = Self {
            channel: Untraced(channel),
            dataset: dataset.to_owned(),
        };
        jsg::Handle::new(js, engine).object()
    }
}

#[jsg::methods]
impl AnalyticsEngine {
    // What is wrong with a data point fails the event, later, not the call.
    #[jsg(method)]
    fn write_data_point(&self, js: &mut Lock<'_, '_>, point: Option<DataPoint>) -> Result<()> {
        let context = IoContext::current(js)?;
        let point = point.unwrap_or_default();
        let body = written(&self.dataset, context.now(), &point);
        let channel = self.channel.0.clone();
        let span = Span::root(js);
        let sent = async move {
            let headers = HeaderMap::new();
            let request =
                service_call::message(Method::POST, "https://fake-host", headers, body?.into())?;
            service_call::begin(channel, request, &span).await?;
            Ok(())
        };
        let promise =
            jsg::promise::from_future_with(js, sent, |js, ()| Ok(jsg::js::undefined(js).into()));
        context.wait_until(js, promise)
    }
}

#[cold]
fn refused(what: impl std::fmt::Display) -> Error {
    Error::type_error(format!("writeDataPoint(): {what}"))
}

fn written(dataset: &str, now: f64, point: &DataPoint) -> Result<String> {
    let empty = Vec::new();
    let indexes = point.indexes.as_ref().unwrap_or(&empty);
    if indexes.len() > MOST_INDEXES {
        return Err(refused("Maximum of 1 indexes supported."));
    }
    let index = indexes.first().and_then(|index| index.0.as_deref());
    let index = index.unwrap_or_default();
    if index.len() > MOST_INDEX_BYTES {
        return Err(refused("Size of indexes[0] exceeds 96 bytes)."));
    }
    let blobs = point.blobs.as_deref().unwrap_or_default();
    if blobs.len() > MOST_MEMBERS {
        return Err(refused("Maximum of 20 blobs supported."));
    }
    let sizes = blobs
        .iter()
        .filter_map(|blob| blob.0.as_ref())
        .map(Vec::len);
    if sizes.sum::<usize>() > MOST_BLOB_BYTES {
        return Err(refused("Cumulative size of blobs exceeds 16000 bytes)."));
    }
    let doubles = point.doubles.as_deref().unwrap_or_default();
    if doubles.len() > MOST_MEMBERS {
        return Err(refused("Maximum of 20 doubles supported."));
    }

    let mut json = String::from("{\"accountId\":\"1\",\"dataset\":");
    push_bytes(&mut json, dataset.as_bytes());
    json.push_str(",\"schemaVersion\":\"0\",\"index1\":");
    push_bytes(&mut json, index);
    // Nanoseconds, as exactly as a double has them.
    let _ = write!(json, ",\"timestamp\":\"{}\"", (now * 1e6) as u64);
    for place in 0..MOST_MEMBERS {
        let _ = write!(json, ",\"double{}\":", place + 1);
        let double = doubles.get(place).copied().unwrap_or_default();
        let _ = if double.is_finite() {
            write!(json, "{double}")
        } else if double.is_nan() {
            write!(json, "\"NaN\"")
        } else {
            let sign = if double < 0.0 { "-" } else { "" };
            write!(json, "\"{sign}Infinity\"")
        };
    }
    for (place, blob) in blobs.iter().enumerate() {
        if let Some(blob) = &blob.0 {
            let _ = write!(json, ",\"blob{}\":", place + 1);
            push_bytes(&mut json, blob);
        }
    }
    json.push('}');
    Ok(json)
}

fn push_bytes(json: &mut String, bytes: &[u8]) {
    json.push('[');
    for (place, byte) in bytes.iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        let _ = write!(json, "{comma}{byte}");
    }
    json.push(']');
}
