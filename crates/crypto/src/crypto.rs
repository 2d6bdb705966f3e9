//! The class `Crypto` (Web Cryptography §10).

use std::cell::OnceCell;
use std::sync::OnceLock;

use jsg::class::{Builder, ClassInfo};
use jsg::convert::{ByteView, one_byte_string};
use jsg::js::{ArrayBufferView, Local, String as JsString};
use jsg::{Error, Handle, Lock, Ref, Result};

use crate::SubtleCrypto;
use crate::random;

/// The most bytes of one call of `getRandomValues()`.
const QUOTA: usize = 0x1_0000;

/// The class `DigestStream`, of the crate that has it: streams are not known here.
static DIGEST_STREAM: OnceLock<&'static ClassInfo> = OnceLock::new();

/// Makes a class the property `DigestStream` of `crypto`; before the first isolate.
pub fn register_digest_stream(class: &'static ClassInfo) {
    // Registered twice, it is the same one.
    let _ = DIGEST_STREAM.set(class);
}

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
        random::allowed(js)?;
        ByteView::View(buffer).with_bytes_mut(js, random::generate)?;
        Ok(buffer)
    }

    #[jsg(method, name = "randomUUID")]
    fn random_uuid<'s>(&self, js: &mut Lock<'s, '_>) -> Result<Local<'s, JsString>> {
        let text = random::uuid(js)?;
        one_byte_string(js, &text)
    }

    #[jsg(define)]
    fn nested(builder: &mut Builder<'_, '_, '_>) {
        if let Some(class) = DIGEST_STREAM.get() {
            builder.lazy_class("DigestStream", class);
        }
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
