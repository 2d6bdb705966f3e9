//! From values to bytes.

use std::any::Any;
use std::cell::{Cell, RefCell};

use compat::Flag;
use v8::{ValueSerializerHelper, ValueSerializerImpl};

use super::{Options, Serialized, data_clone_error, errors, find};
use crate::class::call::guarded_value;
use crate::{Error, Lock, LockExt, Result};

/// Writes a value. Buffers in `transfer` move: they are detached once the value is written.
pub fn serialize<'s>(
    js: &mut Lock<'s, '_>,
    value: v8::Local<'s, v8::Value>,
    transfer: &[v8::Local<'s, v8::Value>],
    options: &Options,
) -> Result<Serialized> {
    serialize_with(js, value, transfer, &References::default(), options)
}

/// Objects that V8 refuses to write (functions, proxies) and that something else stands for.
#[derive(Clone, Copy, Default)]
pub struct References<'a, 's> {
    pub objects: &'a [v8::Local<'s, v8::Object>],
    /// Writes the stand-in, its tag first: the bytes of an object of a [`Cloneable`](super::Cloneable) class.
    pub write: Option<WriteReference<'a>>,
}

/// See [`References`].
pub type WriteReference<'a> =
    &'a dyn for<'s, 'i> Fn(&mut Lock<'s, 'i>, v8::Local<'s, v8::Object>, &Writer<'_>) -> Result<()>;

/// V8 writes each object once and then names it by its number. It numbers an object before it
/// refuses it: so each reference is offered, refused, and its stand-in written under that number. What
/// the value holds of them is a number then.
fn write_references<'s>(
    js: &mut Lock<'s, '_>,
    references: &References<'_, 's>,
    serializer: &v8::ValueSerializer<'_>,
    externals: Option<&dyn Any>,
    offering: &Cell<bool>,
) -> Result<()> {
    /// V8's tag of an object that its embedder has written.
    const HOST_OBJECT: u8 = b'\\';
    let Some(write) = references.write else {
        return Ok(());
    };
    for object in references.objects {
        offering.set(true);
        let refused = crate::promise::try_catch(js, |js| {
            let context = js.get_current_context();
            match serializer.write_value(context, (*object).into()) {
                Some(_) => Err(Error::Internal("a reference that V8 can write".into())),
                None => Ok(()),
            }
        });
        offering.set(false);
        if let Err(exception) = refused
            && !exception.is_undefined()
        {
            return Err(Error::value(js, exception));
        }
        serializer.write_raw_bytes(&[HOST_OBJECT]);
        let writer = Writer {
            serializer,
            externals,
        };
        write(js, *object, &writer)?;
    }
    Ok(())
}

/// As [`serialize`], for a value that holds `references`; [`Serialized::data`] has them before it.
pub fn serialize_with<'s>(
    js: &mut Lock<'s, '_>,
    value: v8::Local<'s, v8::Value>,
    transfer: &[v8::Local<'s, v8::Value>],
    references: &References<'_, 's>,
    options: &Options,
) -> Result<Serialized> {
    let (offering, shared) = (Cell::new(false), RefCell::default());
    let delegate = Delegate {
        options,
        enhanced_errors: js.flag(Flag::EnhancedErrorSerialization),
        shared: &shared,
        offering: &offering,
    };
    let serializer = v8::ValueSerializer::new(js, Box::new(delegate));
    serializer.write_header();
    let buffers = transferable(js, transfer)?;
    for (id, buffer) in buffers.iter().enumerate() {
        serializer.transfer_array_buffer(id as u32, *buffer);
    }
    let transferred: Vec<_> = buffers
        .iter()
        .map(|buffer| buffer.get_backing_store())
        .collect();
    let externals = options.externals.as_deref();
    write_references(js, references, &serializer, externals, &offering)?;
    let context = js.get_current_context();
    if serializer.write_value(context, value) != Some(true) {
        return Err(Error::Pending);
    }
    // Only now, since the value may be a view on a transferred buffer, and a getter may look at it
    // (or have detached it already).
    for buffer in buffers {
        if buffer.is_detachable() && !buffer.was_detached() {
            buffer.detach(None).ok_or(Error::Pending)?;
        }
    }
    Ok(Serialized {
        data: serializer.release(),
        transferred,
        shared: shared
            .take()
            .iter()
            .map(|buffer| v8::Local::new(js, buffer).get_backing_store())
            .collect(),
    })
}

/// The buffers of a transfer list, each once.
fn transferable<'s>(
    js: &mut Lock<'s, '_>,
    transfer: &[v8::Local<'s, v8::Value>],
) -> Result<Vec<v8::Local<'s, v8::ArrayBuffer>>> {
    let mut buffers = Vec::with_capacity(transfer.len());
    for item in transfer {
        let buffer = if let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(*item) {
            view.buffer(js).ok_or(Error::Pending)?
        } else {
            v8::Local::<v8::ArrayBuffer>::try_from(*item)
                .map_err(|_| Error::type_error("Object is not transferable"))?
        };
        if !buffer.is_detachable() {
            return Err(data_clone_error("Object is not transferable."));
        }
        if !buffers.contains(&buffer) {
            buffers.push(buffer);
        }
    }
    Ok(buffers)
}

/// Where a class writes its object.
pub struct Writer<'a> {
    serializer: &'a dyn ValueSerializerHelper,
    externals: Option<&'a dyn Any>,
}

impl Writer<'_> {
    /// What the caller of [`serialize`] has given for classes to find.
    pub fn externals<T: 'static>(&self) -> Option<&T> {
        self.externals?.downcast_ref()
    }

    pub fn u32(&self, value: u32) {
        self.serializer.write_uint32(value);
    }

    pub fn u64(&self, value: u64) {
        self.serializer.write_uint64(value);
    }

    pub fn f64(&self, value: f64) {
        self.serializer.write_double(value);
    }

    /// Bytes with their number before them.
    pub fn bytes(&self, bytes: &[u8]) {
        self.u64(bytes.len() as u64);
        self.serializer.write_raw_bytes(bytes);
    }

    /// Text with its length before it.
    pub fn string(&self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Any value that can be cloned.
    pub fn value<'s>(&self, js: &mut Lock<'s, '_>, value: v8::Local<'s, v8::Value>) -> Result<()> {
        let context = js.get_current_context();
        match self.serializer.write_value(context, value) {
            Some(true) => Ok(()),
            _ => Err(Error::Pending),
        }
    }
}

/// What V8 asks while it writes.
struct Delegate<'a> {
    options: &'a Options,
    enhanced_errors: bool,
    shared: &'a RefCell<Vec<v8::Global<v8::SharedArrayBuffer>>>,
    /// Whether V8 is being made to refuse a reference.
    offering: &'a Cell<bool>,
}

impl ValueSerializerImpl for Delegate<'_> {
    fn throw_data_clone_error<'s>(
        &self,
        js: &mut v8::PinScope<'s, '_>,
        message: v8::Local<'s, v8::String>,
    ) {
        if self.offering.get() {
            let undefined = v8::undefined(js).into();
            js.throw_exception(undefined);
            return;
        }
        let message = message.to_rust_string_lossy(js);
        data_clone_error(message).throw(js);
    }

    fn has_custom_host_object(&self, _: &v8::Isolate) -> bool {
        true
    }

    fn is_host_object<'s>(
        &self,
        js: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
    ) -> Option<bool> {
        if object.is_api_wrapper() || object.internal_field_count() > 0 {
            return Some(true);
        }
        if object.is_native_error() {
            return Some(self.enhanced_errors);
        }
        if !self.options.refuse_class_instances {
            return Some(false);
        }
        let plain = v8::Object::new(js).get_prototype(js);
        Some(object.get_prototype(js) != plain)
    }

    fn write_host_object<'s>(
        &self,
        js: &mut v8::PinScope<'s, '_>,
        object: v8::Local<'s, v8::Object>,
        serializer: &dyn ValueSerializerHelper,
    ) -> Option<bool> {
        let writer = Writer {
            serializer,
            externals: self.options.externals.as_deref(),
        };
        guarded_value(js, |js| {
            if object.is_native_error() {
                errors::write(js, object, &writer)?;
                return Ok(true);
            }
            let class = crate::class::wrap::class_of(js, object)
                .and_then(|info| find(js, |class| std::ptr::eq(class.info, info)));
            let Some(class) = class else {
                let name = object.get_constructor_name().to_rust_string_lossy(js);
                return Err(data_clone_error(format!(
                    "Could not serialize object of type \"{name}\". This type does not support serialization."
                )));
            };
            writer.u32(class.tag);
            (class.write)(js, object, &writer)?;
            Ok(true)
        })
    }

    fn get_shared_array_buffer_id<'s>(
        &self,
        js: &mut v8::PinScope<'s, '_>,
        buffer: v8::Local<'s, v8::SharedArrayBuffer>,
    ) -> Option<u32> {
        let mut shared = self.shared.borrow_mut();
        let known = shared
            .iter()
            .position(|known| v8::Local::new(js, known) == buffer);
        let id = known.unwrap_or_else(|| {
            shared.push(v8::Global::new(js, buffer));
            shared.len() - 1
        });
        Some(id as u32)
    }

    fn get_wasm_module_transfer_id(
        &self,
        _: &mut v8::PinScope<'_, '_>,
        _: v8::Local<'_, v8::WasmModuleObject>,
    ) -> Option<u32> {
        // As in the real workerd, it is the reader that refuses.
        Some(0)
    }
}
