//! `TextEncoder` (Encoding §7.3).

use std::cell::OnceCell;

use jsg::convert::{encode_utf8, encode_utf8_into};
use jsg::js::{Local, Number, Object, String as JsString, Uint8Array};
use jsg::{JsRef, Lock, Result};

/// Makes UTF-8.
#[jsg::class]
pub struct TextEncoder {
    /// The names of the members of what `encodeInto()` gives.
    members: OnceCell<[JsRef<JsString>; 2]>,
}

#[jsg::methods]
impl TextEncoder {
    #[jsg(constructor)]
    fn new() -> Self {
        Self {
            members: OnceCell::new(),
        }
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
        let names = self.members.get_or_init(|| {
            ["read", "written"].map(|name| {
                let name = jsg::intern(js, name);
                JsRef::new(js, name)
            })
        });
        let result = Object::new(js);
        for (name, count) in names.iter().zip([read, written]) {
            let count = Number::new(js, count as f64);
            let name = name.get(js);
            result.create_data_property(js, name.into(), count.into());
        }
        result
    }

    #[jsg(getter)]
    fn encoding(&self) -> &'static str {
        "utf-8"
    }
}
