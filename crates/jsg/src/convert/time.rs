//! Points in time.

use std::borrow::Cow;

use super::{FromJs, ToJs};
use crate::{Error, Lock, Result};

/// Milliseconds since the epoch: a `Date` in JavaScript, or the number where one is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Time(pub f64);

impl<'s> FromJs<'s> for Time {
    fn type_name() -> Cow<'static, str> {
        "date".into()
    }

    fn try_from_js(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        let time = if let Ok(date) = v8::Local::<v8::Date>::try_from(value) {
            date.value_of()
        } else if let Ok(number) = v8::Local::<v8::Number>::try_from(value) {
            number.value()
        } else {
            return Ok(None);
        };
        if !time.is_finite() {
            return Err(Error::type_error(
                "The value cannot be converted because it is not a valid Date.",
            ));
        }
        // The real workerd keeps nanoseconds in 64 bits, and counts wrong how long they last.
        if time * 1e6 >= i64::MAX as f64 {
            return Err(Error::type_error(
                "This API doesn't support dates after 2189.",
            ));
        }
        Ok(Some(Self(time)))
    }

    fn matches(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
        value.is_date()
    }
}

impl<'s> ToJs<'s> for Time {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        let date = v8::Date::new(js, self.0).ok_or(Error::Pending)?;
        Ok(date.into())
    }
}
