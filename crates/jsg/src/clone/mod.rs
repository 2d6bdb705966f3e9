//! Structured clone (HTML §2.7): values as bytes and back, for `structuredClone`, storage and RPC.
//!
//! V8 writes and reads the language's own values. Objects of our classes come here: a class that
//! implements [`Cloneable`] and is registered with [`register`] writes itself; all others cannot be
//! cloned. Native errors come here, too, under the flag `enhanced_error_serialization`.
//!
//! The bytes are those of the real workerd, tags included, since storage files hold them.

mod buffers;
mod errors;
mod persist;
mod read;
mod write;

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

pub(crate) use errors::prototypes as error_prototypes;
pub use errors::written_properties;
pub use persist::{write_stored, write_stored_with};
pub use read::{Reader, deserialize, deserialize_with, with_javascript};
pub use write::{References, Writer, serialize, serialize_with};

use crate::{Class, ClassInfo, DomException, Error, Handle, Lock, LockExt, Result};

/// A class whose objects can be cloned.
pub trait Cloneable: Class {
    /// What tells objects of this class in the bytes.
    const TAG: u32;

    /// Writes the object's state, after its tag.
    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()>;

    /// Makes an object of what [`write`](Self::write) has written.
    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<v8::Local<'s, v8::Object>>;
}

/// How a class writes its objects.
type WriteObject =
    for<'s, 'i> fn(&mut Lock<'s, 'i>, v8::Local<'s, v8::Object>, &Writer<'_>) -> Result<()>;

/// How a class reads them.
type ReadObject =
    for<'s, 'i> fn(&mut Lock<'s, 'i>, &Reader<'_>) -> Result<v8::Local<'s, v8::Object>>;

/// A class that [`register`] has made known to an isolate.
#[derive(Clone, Copy)]
pub(crate) struct Registered {
    info: &'static ClassInfo,
    tag: u32,
    write: WriteObject,
    read: ReadObject,
}

/// Lets objects of class `T` be cloned in this isolate. Of several classes with one tag the first reads what all have
/// written.
pub fn register<T: Cloneable>(js: &Lock<'_, '_>) {
    let mut all = js.state().cloneable.borrow_mut();
    if !all.iter().any(|class| std::ptr::eq(class.info, T::info())) {
        all.push(registered::<T>());
    }
}

fn registered<T: Cloneable>() -> Registered {
    Registered {
        info: T::info(),
        tag: T::TAG,
        write: |js, object, writer| {
            let this = Handle::<T>::receiver(js, object)?;
            T::write(js, this, writer)
        },
        read: T::read,
    }
}

/// Finds a registered class; `DOMException` always is one.
fn find(js: &Lock<'_, '_>, is: impl Fn(&Registered) -> bool) -> Option<Registered> {
    let dom = registered::<DomException>();
    if is(&dom) {
        return Some(dom);
    }
    js.state()
        .cloneable
        .borrow()
        .iter()
        .find(|class| is(class))
        .copied()
}

/// How values are written and read.
#[derive(Clone, Default)]
pub struct Options {
    /// What classes find in their [`Writer`] and [`Reader`]: the other end of an RPC, for example.
    pub externals: Option<Rc<dyn Any>>,
    /// Refuses objects whose prototype is not `Object.prototype` instead of writing their properties.
    pub refuse_class_instances: bool,
    /// Gives errors a stack of their own instead of the written one.
    pub fresh_stacks: bool,
}

/// A written value.
pub struct Serialized {
    pub data: Vec<u8>,
    /// The memory of transferred buffers, in the order of the transfer list.
    pub transferred: Vec<v8::SharedRef<v8::BackingStore>>,
    /// The memory of shared buffers in the value.
    pub shared: Vec<v8::SharedRef<v8::BackingStore>>,
}

impl From<Vec<u8>> for Serialized {
    fn from(data: Vec<u8>) -> Self {
        Self {
            data,
            transferred: Vec::new(),
            shared: Vec::new(),
        }
    }
}

/// `structuredClone(value, { transfer })`.
pub fn structured_clone<'s>(
    js: &mut Lock<'s, '_>,
    value: v8::Local<'s, v8::Value>,
    transfer: &[v8::Local<'s, v8::Value>],
) -> Result<v8::Local<'s, v8::Value>> {
    if transfer.is_empty()
        && let Some(copy) = buffers::copy(js, value)?
    {
        return Ok(copy);
    }
    let options = Options::default();
    let serialized = serialize(js, value, transfer, &options)?;
    deserialize(js, serialized, &options)
}

/// The error that says why a value cannot be cloned.
pub fn data_clone_error(message: impl Into<Cow<'static, str>>) -> Error {
    Error::dom("DataCloneError", message)
}

/// The tags of the real workerd that this crate knows.
mod tags {
    pub(super) const DOM_EXCEPTION: u32 = 8;
    pub(super) const NATIVE_ERROR: u32 = 10;
}

impl Cloneable for DomException {
    const TAG: u32 = tags::DOM_EXCEPTION;

    fn write<'s>(js: &mut Lock<'s, '_>, this: Handle<'s, Self>, to: &Writer<'_>) -> Result<()> {
        to.string(this.name_str());
        to.string(this.message_str());
        let key = crate::intern(js, "stack");
        let stack = this.object().get(js, key.into()).ok_or(Error::Pending)?;
        let stack = if stack.is_string() {
            stack.to_rust_string_lossy(js)
        } else {
            String::new()
        };
        to.string(&stack);
        Ok(())
    }

    fn read<'s>(js: &mut Lock<'s, '_>, from: &Reader<'_>) -> Result<v8::Local<'s, v8::Object>> {
        let name = from.string()?;
        let message = from.string()?;
        let stack = from.string()?;
        let exception = Self::create(js, &name, &message);
        let object = v8::Local::<v8::Object>::try_from(exception)
            .map_err(|_| Error::Internal("a DOMException is no object".into()))?;
        let key = crate::intern(js, "stack");
        let stack = crate::string(js, &stack);
        // The captured stack becomes a plain property that cannot be removed.
        let mut descriptor = v8::PropertyDescriptor::new_from_value_writable(stack.into(), true);
        descriptor.set_enumerable(true);
        descriptor.set_configurable(false);
        object.define_property(js, key.into(), &descriptor);
        Ok(object)
    }
}

const _: () = {
    const fn is_send<T: Send>() {}
    // A value may be written on one thread and read on another.
    is_send::<Serialized>();
};
