//! `TextEncoder` (Encoding §7.3).

use jsg::convert::{encode_utf8, encode_utf8_into};
use jsg::js::{Local, Number, Object, String as JsString, Uint8Array};
use jsg::{Lock, Result};

/// Makes UTF-8.
#[jsg::class]
pub struct TextEncoder {}

#[jsg::methods]
impl TextEncoder {
    #[jsg(constructor)]
    fn new() -> Self {
        Self {}
    }

    #[jsg(method)]
    fn encode<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        input: Option<Local<'s, JsString>>,
    ) -> Result<Local<'s, Uint8Array>> {
        let input = input.unwrap_or_else(|| JsString::empty(js));
        encode_utf8(js, input)
    }

    #[jsg(method)]
    fn encode_into<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        input: Local<'s, JsString>,
        buffer: Local<'s, Uint8Array>,
    ) -> Local<'s, Object> {
        let (read, written) = encode_utf8_into(js, input, buffer);
        let result = Object::new(js);
        for (name, count) in [("read", read), ("written", written)] {
            let key = jsg::intern(js, name);
            let count = Number::new(js, count as f64);
            result.set(js, key.into(), count.into());
        }
        result
    }

    #[jsg(getter)]
    fn encoding(&self) -> &'static str {
        "utf-8"
    }
}
