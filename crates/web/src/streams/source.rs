//! What guest code gives to `new ReadableStream()`.

use std::borrow::Cow;

use jsg::js::{Function, Local, Object, Value};
use jsg::{Error, FromJs, Lock, Result};

/// `UnderlyingSource` (Streams §4.2.3), with the object whose methods it holds.
#[derive(Default)]
pub struct UnderlyingSource<'s> {
    pub object: Option<Local<'s, Object>>,
    pub members: SourceMembers<'s>,
}

/// The members of an [`UnderlyingSource`].
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "UnderlyingSource")]
pub struct SourceMembers<'s> {
    #[jsg(name = "type")]
    pub kind: Option<String>,
    pub auto_allocate_chunk_size: Option<i32>,
    pub start: Option<Local<'s, Function>>,
    pub pull: Option<Local<'s, Function>>,
    pub cancel: Option<Local<'s, Function>>,
    /// How many bytes there are, for the length of a body.
    pub expected_length: Option<u64>,
}

impl<'s> FromJs<'s> for UnderlyingSource<'s> {
    fn type_name() -> Cow<'static, str> {
        SourceMembers::type_name()
    }

    fn missing() -> Option<Self> {
        Some(Self::default())
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        let object = Local::<Object>::try_from(value).ok();
        let members = SourceMembers::try_from_js(js, value)?;
        Ok(members.map(|members| Self { object, members }))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_object()
    }
}

/// `QueuingStrategy` (Streams §7.1).
#[derive(Default, jsg::Dictionary)]
#[jsg(name = "StreamQueuingStrategy")]
pub struct QueuingStrategy<'s> {
    pub high_water_mark: Option<HighWaterMark>,
    pub size: Option<Local<'s, Function>>,
}

impl QueuingStrategy<'_> {
    /// A strategy that queues nothing.
    pub fn none() -> Self {
        Self {
            high_water_mark: Some(HighWaterMark(0.0)),
            size: None,
        }
    }
}

/// The size of a chunk (Streams §7.1): a whole number here.
///
/// # Errors
/// What the guest's function throws, or an error about its result, as a value.
pub fn chunk_size<'s>(
    js: &mut Lock<'s, '_>,
    size: Local<'s, Function>,
    chunk: Local<'s, Value>,
) -> Result<f64, Local<'s, Value>> {
    jsg::promise::try_catch(js, |js| {
        let undefined = jsg::js::undefined(js).into();
        let size = size.call(js, undefined, &[chunk]).ok_or(Error::Pending)?;
        HighWaterMark::from_js(js, size).map(|size| size.0)
    })
}

/// A high-water mark: a whole number here.
pub struct HighWaterMark(pub f64);

impl<'s> FromJs<'s> for HighWaterMark {
    fn type_name() -> Cow<'static, str> {
        "bigint".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        if value.is_big_int() {
            return Ok(u64::try_from_js(js, value)?.map(|mark| Self(mark as f64)));
        }
        let mark = value.number_value(js).ok_or(Error::Pending)?;
        if !mark.is_finite() {
            return Err(Error::type_error(
                "The value cannot be converted because it is not an integer.",
            ));
        }
        if mark < 0.0 {
            return Err(Error::type_error(
                "The value cannot be converted because it is negative and this API expects a positive bigint.",
            ));
        }
        Ok(Some(Self(mark.trunc())))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_number() || value.is_big_int()
    }
}
