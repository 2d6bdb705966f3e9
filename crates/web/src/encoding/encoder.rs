//! `TextEncoder` (Encoding §7.3).

use jsg::convert::{encode_utf8, encode_utf8_into};
use jsg::js::{Integer, Local, Number, Object, String as JsString, Uint8Array};
use jsg::{Lock, Result, Shape};

/// Makes UTF-8.
#[jsg::class]
pub struct TextEncoder {}

/// `TextEncoderEncodeIntoResult`.
static RESULT: Shape<2> = Shape::new(["read", "written"]);

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
        let counts = [read, written].map(|count| match u32::try_from(count) {
            Ok(count) => Integer::new_from_unsigned(js, count).into(),
            Err(_) => Number::new(js, count as f64).into(),
        });
        RESULT.object(js, counts)
    }

    #[jsg(getter)]
    fn encoding(&self) -> &'static str {
        "utf-8"
    }
}
