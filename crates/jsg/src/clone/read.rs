//! From bytes to values.

use std::any::Any;

use v8::{ValueDeserializerHelper, ValueDeserializerImpl};

use super::{Options, Serialized, errors, find, tags};
use crate::class::call::guarded_value;
use crate::{Error, Lock, Result};

/// Reads a value.
pub fn deserialize<'s>(
    js: &mut Lock<'s, '_>,
    serialized: Serialized,
    options: &Options,
) -> Result<v8::Local<'s, v8::Value>> {
    deserialize_with(js, serialized, 0, options)
}

/// As [`deserialize`], for a value with this many references before it.
pub fn deserialize_with<'s>(
    js: &mut Lock<'s, '_>,
    serialized: Serialized,
    references: u32,
    options: &Options,
) -> Result<v8::Local<'s, v8::Value>> {
    let Serialized {
        data,
        transferred,
        shared,
    } = serialized;
    let delegate = Delegate { options, shared };
    // `data` outlives the deserializer, which keeps a plain pointer to it.
    let deserializer = v8::ValueDeserializer::new(js, Box::new(delegate), &data);
    let context = js.get_current_context();
    if deserializer.read_header(context) != Some(true) {
        return Err(Error::Pending);
    }
    for (id, store) in transferred.iter().enumerate() {
        let buffer = v8::ArrayBuffer::with_backing_store(js, store);
        deserializer.transfer_array_buffer(id as u32, buffer);
    }
    for _ in 0..references {
        // The deserializer keeps it under its number.
        deserializer.read_value(context).ok_or(Error::Pending)?;
    }
    deserializer.read_value(context).ok_or(Error::Pending)
}

/// Where a class reads its object.
pub struct Reader<'a> {
    deserializer: &'a dyn ValueDeserializerHelper,
    externals: Option<&'a dyn Any>,
    fresh_stacks: bool,
}

#[cold]
fn corrupt() -> Error {
    Error::Internal("deserialization failure, possible corruption".into())
}

impl Reader<'_> {
    /// What the caller of [`deserialize`] has given for classes to find.
    pub fn externals<T: 'static>(&self) -> Option<&T> {
        self.externals?.downcast_ref()
    }

    /// Whether errors shall have a stack of their own.
    pub(super) fn fresh_stacks(&self) -> bool {
        self.fresh_stacks
    }

    pub fn u32(&self) -> Result<u32> {
        let mut value = 0;
        self.deserializer
            .read_uint32(&mut value)
            .then_some(value)
            .ok_or_else(corrupt)
    }

    pub fn u64(&self) -> Result<u64> {
        let mut value = 0;
        self.deserializer
            .read_uint64(&mut value)
            .then_some(value)
            .ok_or_else(corrupt)
    }

    pub fn f64(&self) -> Result<f64> {
        let mut value = 0.0;
        self.deserializer
            .read_double(&mut value)
            .then_some(value)
            .ok_or_else(corrupt)
    }

    /// Bytes with their number before them.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let length = usize::try_from(self.u64()?).map_err(|_| corrupt())?;
        if length == 0 {
            return Ok(Vec::new());
        }
        let bytes = self
            .deserializer
            .read_raw_bytes(length)
            .ok_or_else(corrupt)?;
        Ok(bytes.to_vec())
    }

    /// Text with its length before it.
    pub fn string(&self) -> Result<String> {
        String::from_utf8(self.bytes()?).map_err(|_| corrupt())
    }

    /// Any value.
    pub fn value<'s>(&self, js: &mut Lock<'s, '_>) -> Result<v8::Local<'s, v8::Value>> {
        let context = js.get_current_context();
        self.deserializer.read_value(context).ok_or(Error::Pending)
    }
}

/// Lets a [`Cloneable::read`](super::Cloneable::read) that has read all of its object run code of built-in modules to
/// make it. Nothing may be read afterwards.
pub fn with_javascript<'s, T>(
    js: &mut Lock<'s, '_>,
    run: impl for<'i> FnOnce(&mut Lock<'s, 'i>) -> T,
) -> T {
    v8::allow_javascript_execution_scope!(let js, js);
    run(js)
}

/// What V8 asks while it reads.
struct Delegate<'a> {
    options: &'a Options,
    shared: Vec<v8::SharedRef<v8::BackingStore>>,
}

impl ValueDeserializerImpl for Delegate<'_> {
    fn read_host_object<'s>(
        &self,
        js: &mut v8::PinScope<'s, '_>,
        deserializer: &dyn ValueDeserializerHelper,
    ) -> Option<v8::Local<'s, v8::Object>> {
        let reader = Reader {
            deserializer,
            externals: self.options.externals.as_deref(),
            fresh_stacks: self.options.fresh_stacks,
        };
        // V8 aborts the process when code of the guest runs in here. It cannot be trusted to have none at hand,
        // like a getter on `Object.prototype`: that becomes an exception.
        v8::allow_javascript_execution_scope!(let js, js);
        v8::disallow_javascript_execution_scope!(let js, js, v8::OnFailure::ThrowOnFailure);
        guarded_value(js, |js| {
            let tag = reader.u32()?;
            if tag == tags::NATIVE_ERROR {
                return errors::read(js, &reader);
            }
            let class = find(js, |class| class.tag == tag).ok_or_else(|| {
                Error::Internal(format!("encountered unknown tag in deserialization: {tag}"))
            })?;
            (class.read)(js, &reader)
        })
    }

    fn get_shared_array_buffer_from_id<'s>(
        &self,
        js: &mut v8::PinScope<'s, '_>,
        id: u32,
    ) -> Option<v8::Local<'s, v8::SharedArrayBuffer>> {
        let store = self.shared.get(id as usize)?;
        Some(v8::SharedArrayBuffer::with_backing_store(js, store))
    }

    fn get_wasm_module_from_id<'s>(
        &self,
        _: &mut v8::PinScope<'s, '_>,
        _: u32,
    ) -> Option<v8::Local<'s, v8::WasmModuleObject>> {
        None
    }
}
