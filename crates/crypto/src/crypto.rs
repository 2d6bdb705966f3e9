//! The class `Crypto` (Web Cryptography §10).

use std::cell::OnceCell;

use jsg::convert::{BufferSource, one_byte_string};
use jsg::js::{ArrayBufferView, Local, String as JsString};
use jsg::{Error, Handle, Lock, Ref, Result};

use crate::SubtleCrypto;
use crate::random;

/// The most bytes of one call of `getRandomValues()`.
const QUOTA: usize = 0x1_0000;

/// What `crypto` is.
#[jsg::class]
pub struct Crypto {
    subtle: OnceCell<Ref<SubtleCrypto>>,
}

impl Crypto {
    #[expect(clippy::new_without_default, reason = "made once a global scope")]
    pub fn new() -> Self {
        Self {
            subtle: OnceCell::new(),
        }
    }
}

#[jsg::methods]
impl Crypto {
    #[jsg(getter)]
    fn subtle<'s>(&self, js: &mut Lock<'s, '_>) -> Handle<'s, SubtleCrypto> {
        if let Some(subtle) = self.subtle.get() {
            return subtle.get(js);
        }
        let subtle = Handle::new(js, SubtleCrypto {});
        self.subtle.get_or_init(|| Ref::new(js, subtle)).get(js)
    }

    #[jsg(method)]
    fn get_random_values<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        buffer: Local<'s, ArrayBufferView>,
    ) -> Result<Local<'s, ArrayBufferView>> {
        if !is_integer_typed(&buffer) {
            return Err(Error::dom(
                "TypeMismatchError",
                "ArrayBufferView argument to getRandomValues() must be an integer-typed view.",
            ));
        }
        let length = buffer.byte_length();
        if length > QUOTA {
            return Err(Error::dom(
                "QuotaExceededError",
                format!(
                    "getRandomValues() only accepts buffers of size <= 64K but provided {length} bytes."
                ),
            ));
        }
        let mut bytes = vec![0; length];
        random::fill(js, &mut bytes)?;
        BufferSource::View(buffer).write(js, &bytes);
        Ok(buffer)
    }

    #[jsg(method, name = "randomUUID")]
    fn random_uuid<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        let text = random::uuid(js)?;
        one_byte_string(js, &text)
    }
}

fn is_integer_typed(view: &ArrayBufferView) -> bool {
    view.is_uint8_array()
        || view.is_uint8_clamped_array()
        || view.is_int8_array()
        || view.is_uint16_array()
        || view.is_int16_array()
        || view.is_uint32_array()
        || view.is_int32_array()
        || view.is_big_uint64_array()
        || view.is_big_int64_array()
}
