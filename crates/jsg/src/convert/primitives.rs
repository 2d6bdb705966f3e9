//! Booleans and numbers (WebIDL §3.2.3 to §3.2.7).

use std::borrow::Cow;

use super::{FromJs, ToJs};
use crate::{Error, Lock, Result};

impl<'s> FromJs<'s> for bool {
    fn type_name() -> Cow<'static, str> {
        "boolean".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        Ok(Some(value.boolean_value(js)))
    }

    fn matches(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
        value.is_boolean()
    }
}

impl<'s> ToJs<'s> for bool {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        Ok(v8::Boolean::new(js, self).into())
    }
}

impl<'s> ToJs<'s> for () {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        Ok(v8::undefined(js).into())
    }
}

impl<'s> FromJs<'s> for f64 {
    fn type_name() -> Cow<'static, str> {
        "number".into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
        value.number_value(js).map(Some).ok_or(Error::Pending)
    }

    fn matches(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
        value.is_number()
    }
}

impl<'s> ToJs<'s> for f64 {
    fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        Ok(v8::Number::new(js, self).into())
    }
}

/// Integers up to 32 bits. The Workers APIs refuse what does not fit instead of wrapping it.
macro_rules! small_integers {
    ($($t:ty),*) => { $(
        impl<'s> FromJs<'s> for $t {
            fn type_name() -> Cow<'static, str> { "number".into() }

            fn try_from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
                if value.is_int32() {
                    let number = value.int32_value(js).unwrap_or(0);
                    if let Ok(number) = <$t>::try_from(i64::from(number)) {
                        return Ok(Some(number));
                    }
                }
                let number = value.number_value(js).ok_or(Error::Pending)?;
                integer_in_range(number, <$t>::MIN as f64, <$t>::MAX as f64).map(|n| Some(n as $t))
            }

            fn matches(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool { value.is_number() }
        }

        impl<'s> ToJs<'s> for $t {
            fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
                Ok(v8::Number::new(js, self as f64).into())
            }
        }
    )* };
}

small_integers!(i8, u8, i16, u16, i32, u32);

const NO_INTEGER: &str = "The value cannot be converted because it is not an integer.";

/// Only `i32` takes what is no finite number, as zero.
fn integer_in_range(number: f64, min: f64, max: f64) -> Result<f64> {
    if !number.is_finite() {
        return if min == f64::from(i32::MIN) {
            Ok(0.0)
        } else {
            Err(Error::type_error(NO_INTEGER))
        };
    }
    if min == 0.0 && number < 0.0 {
        return Err(Error::type_error(
            "The value cannot be converted because it is negative and this API expects a positive number.",
        ));
    }
    if number < min || number > max {
        return Err(Error::type_error(if min < 0.0 {
            format!("Value out of range. Must be between {min} and {max} (inclusive).")
        } else {
            format!("Value out of range. Must be less than or equal to {max}.")
        }));
    }
    Ok(number.trunc())
}

/// 64-bit integers: numbers and BigInts in, numbers out where they are exact.
macro_rules! big_integers {
    ($($t:ty, $from:ident, $to:ident);*) => { $(
        impl<'s> FromJs<'s> for $t {
            fn type_name() -> Cow<'static, str> { "bigint".into() }

            fn try_from_js(js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<Option<Self>> {
                if let Ok(big) = v8::Local::<v8::BigInt>::try_from(value) {
                    let (number, lossless) = big.$to();
                    if !lossless {
                        return Err(Error::type_error(if <$t>::MIN == 0 {
                            "The value cannot be converted because it is either negative and this API expects a \
                             positive bigint, or the value would be truncated."
                        } else {
                            "The value cannot be converted because it would be truncated."
                        }));
                    }
                    return Ok(Some(number));
                }
                let number = value.number_value(js).ok_or(Error::Pending)?;
                if !number.is_finite() {
                    return Err(Error::type_error(NO_INTEGER));
                }
                if <$t>::MIN == 0 && number < 0.0 {
                    return Err(Error::type_error(
                        "The value cannot be converted because it is negative and this API expects a positive bigint.",
                    ));
                }
                if number > <$t>::MAX as f64 || number < <$t>::MIN as f64 {
                    return Err(Error::type_error(if <$t>::MIN == 0 {
                        format!("Value out of range. Must be less than or equal to {}.", <$t>::MAX)
                    } else {
                        format!("Value out of range. Must be between {} and {} (inclusive).", <$t>::MIN, <$t>::MAX)
                    }));
                }
                Ok(Some(number as $t))
            }

            fn matches(_: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> bool {
                value.is_number() || value.is_big_int()
            }
        }

        impl<'s> ToJs<'s> for $t {
            fn to_js(self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
                Ok(v8::BigInt::$from(js, self).into())
            }
        }
    )* };
}

big_integers!(i64, new_from_i64, i64_value; u64, new_from_u64, u64_value);
