//! `CountQueuingStrategy` and `ByteLengthQueuingStrategy` (Streams §7).

use std::borrow::Cow;

use jsg::js::{ArrayBuffer, ArrayBufferView, Function, Integer, Local, Object, Value};
use jsg::{Error, FromJs, Lock, Result};

/// The argument of both. Unlike other dictionaries it may not be left out.
pub struct QueuingStrategyInit {
    high_water_mark: f64,
}

impl<'s> FromJs<'s> for QueuingStrategyInit {
    fn type_name() -> Cow<'static, str> {
        NAME.into()
    }

    fn try_from_js(js: &mut Lock<'s, '_>, value: Local<'s, Value>) -> Result<Option<Self>> {
        let Ok(object) = Local::<Object>::try_from(value) else {
            return Ok(None);
        };
        static KEY: jsg::Name = jsg::Name::new("highWaterMark");
        let mark: Option<f64> = jsg::convert::field(js, object, &KEY, NAME)?;
        let high_water_mark = mark.unwrap_or(f64::NAN);
        Ok(Some(Self { high_water_mark }))
    }

    fn matches(_: &mut Lock<'s, '_>, value: Local<'s, Value>) -> bool {
        value.is_object()
    }
}

const NAME: &str = "QueuingStrategyInit";

/// Every chunk counts as one.
#[jsg::class]
pub struct CountQueuingStrategy {
    high_water_mark: f64,
}

/// A chunk counts as many as it has bytes.
#[jsg::class]
pub struct ByteLengthQueuingStrategy {
    high_water_mark: f64,
}

#[jsg::methods]
impl ByteLengthQueuingStrategy {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new(init: QueuingStrategyInit) -> Self {
        Self {
            high_water_mark: init.high_water_mark,
        }
    }

    #[jsg(prototype_getter)]
    fn high_water_mark(&self) -> f64 {
        self.high_water_mark
    }

    #[jsg(prototype_getter)]
    fn size<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Function> {
        jsg::promise::constructible_function(js, |js, args| byte_length(js, args.get(0)))
    }
}

#[jsg::methods]
impl CountQueuingStrategy {
    #[jsg(define)]
    fn standard(builder: &mut jsg::class::Builder<'_, '_, '_>) {
        super::as_standard::<Self>(builder);
    }

    #[jsg(constructor)]
    fn new(init: QueuingStrategyInit) -> Self {
        Self {
            high_water_mark: init.high_water_mark,
        }
    }

    #[jsg(prototype_getter)]
    fn high_water_mark(&self) -> f64 {
        self.high_water_mark
    }

    #[jsg(prototype_getter)]
    fn size<'s>(&self, js: &mut Lock<'s, '_>) -> Local<'s, Function> {
        jsg::promise::constructible_function(js, |js, _| Ok(Integer::new(js, 1).into()))
    }
}

fn byte_length<'s>(js: &mut Lock<'s, '_>, chunk: Local<'s, Value>) -> Result<Local<'s, Value>> {
    let length = if let Ok(buffer) = Local::<ArrayBuffer>::try_from(chunk) {
        buffer.byte_length() as f64
    } else if let Ok(view) = Local::<ArrayBufferView>::try_from(chunk) {
        view.byte_length() as f64
    } else if let Ok(object) = Local::<Object>::try_from(chunk) {
        let key = jsg::intern(js, "byteLength");
        let length = object.get(js, key.into()).ok_or(Error::Pending)?;
        if !length.is_number() {
            return Ok(jsg::js::undefined(js).into());
        }
        length.number_value(js).ok_or(Error::Pending)?
    } else {
        return Ok(jsg::js::undefined(js).into());
    };
    Ok(Integer::new_from_unsigned(js, length as u32).into())
}
