//! Values as messages and back.

use std::cell::RefCell;
use std::rc::Rc;

use io::IoContext;
use io::rpc::{Brings, Capability, Disposable, Incoming, Message, Outgoing, Ownership};
use io::trace::Origin;
use jsg::clone::{Options, References, deserialize_with, serialize_with, written_properties};
use jsg::js::{Array, Function, Local, Map, Name, Object, PropertyAttribute, Set, Value};
use jsg::{Error, Handle, Lock, Result};

use super::reference::{Held, Reference};
use super::stub::RpcStub;
use super::target::write_reference;
use super::{dispose_key, is_plain};

/// Messages are no longer than this, in bytes.
const MAX_MESSAGE: usize = 32 << 20;

/// A message that was written.
pub(super) struct Written {
    pub message: Message,
    /// The sender's references that went with it: to be let go of.
    pub transferred: Vec<Rc<dyn Disposable>>,
}

/// Writes a value. With `holds`, what it refers to keeps the event going.
pub(super) fn write<'s>(
    js: &mut Lock<'s, '_>,
    value: Local<'s, Value>,
    ownership: Ownership,
    holds: bool,
) -> Result<Written> {
    let mut references = Vec::new();
    collect_outer(js, value, &mut references);
    let first = jsg::promise::try_catch(js, |js| attempt(js, value, &references, ownership, holds));
    let exception = match first {
        Ok(written) => return Ok(written),
        Err(exception) => exception,
    };
    // Perhaps there are references deeper inside.
    let known = references.len();
    let mut walk = Walk {
        is_wanted: |_, value| is_reference(value),
        references,
        seen: Vec::new(),
    };
    walk.visit(js, value)?;
    if walk.references.len() == known {
        return Err(Error::value(js, exception));
    }
    attempt(js, value, &walk.references, ownership, holds)
}

fn attempt<'s>(
    js: &mut Lock<'s, '_>,
    value: Local<'s, Value>,
    references: &[Local<'s, Object>],
    ownership: Ownership,
    holds: bool,
) -> Result<Written> {
    let outgoing = Rc::new(Outgoing::new(ownership, holds));
    let options = Options {
        externals: Some(outgoing.clone()),
        refuse_class_instances: true,
        ..Options::default()
    };
    let stand_ins = References {
        objects: references,
        write: Some(&write_reference),
    };
    let serialized = serialize_with(js, value, &[], &stand_ins, &options)?;
    let length = serialized.data.len();
    if length > MAX_MESSAGE {
        return Err(Error::error(format!(
            "Serialized RPC arguments or return values are limited to 32MiB, but the size of this value was: {length} bytes."
        )));
    }
    let (externals, transferred) = outgoing.finish();
    Ok(Written {
        message: Message {
            data: serialized.data,
            references: references.len() as u32,
            externals,
        },
        transferred,
    })
}

/// Whether V8 asks nobody how to write an object: what can be called, and what stands for another.
fn is_reference(value: Local<'_, Value>) -> bool {
    value.is_proxy() || value.is_function()
}

/// The value itself, the elements of an array, and the properties of plain objects among these: where
/// most references are.
fn collect_outer<'s>(
    js: &mut Lock<'s, '_>,
    value: Local<'s, Value>,
    found: &mut Vec<Local<'s, Object>>,
) {
    /// More is data.
    const MOST: u32 = 16;
    let mut add = |value: Local<'s, Value>| {
        if is_reference(value)
            && let Ok(object) = Local::<Object>::try_from(value)
            && !found.contains(&object)
        {
            found.push(object);
        }
    };
    let mut inner = Vec::new();
    if let Ok(array) = Local::<Array>::try_from(value) {
        for index in 0..array.length().min(MOST) {
            if let Some(element) = array.get_index(js, index) {
                add(element);
                inner.push(element);
            }
        }
    } else {
        add(value);
        inner.push(value);
    }
    for value in inner {
        let Ok(object) = Local::<Object>::try_from(value) else {
            continue;
        };
        if !is_plain(js, object) {
            continue;
        }
        let names = object.get_own_property_names(js, Default::default());
        let Some(names) = names.filter(|names| names.length() <= MOST) else {
            continue;
        };
        for index in 0..names.length() {
            let name = names.get_index(js, index);
            let Some(name) = name.and_then(|name| Local::<Name>::try_from(name).ok()) else {
                continue;
            };
            if let Some(element) = data_property(js, object, name) {
                add(element);
            }
        }
    }
}

/// The value of a property that is no accessor: those are for the serializer.
fn data_property<'s>(
    js: &mut Lock<'s, '_>,
    object: Local<'s, Object>,
    name: Local<'s, Name>,
) -> Option<Local<'s, Value>> {
    let descriptor = object.get_own_property_descriptor(js, name)?;
    let descriptor = Local::<Object>::try_from(descriptor).ok()?;
    let key = jsg::intern(js, "value");
    descriptor.get(js, key.into())
}

/// The stubs in a value, and whatever else of ours V8 takes for a function.
///
/// # Errors
/// A getter throws.
pub(crate) fn stubs_in<'s>(
    js: &mut Lock<'s, '_>,
    value: Local<'s, Value>,
) -> Result<Vec<Local<'s, Object>>> {
    let mut walk = Walk {
        is_wanted: |_, value| {
            value.is_function()
                && Local::<Object>::try_from(value).is_ok_and(|object| object.is_api_wrapper())
        },
        references: Vec::new(),
        seen: Vec::new(),
    };
    walk.visit(js, value)?;
    Ok(walk.references)
}

/// The search through a whole value.
struct Walk<'s> {
    is_wanted: IsWanted<'s>,
    references: Vec<Local<'s, Object>>,
    seen: Vec<Local<'s, Object>>,
}

/// What is searched for.
type IsWanted<'s> = for<'i> fn(&mut Lock<'s, 'i>, Local<'s, Value>) -> bool;

impl<'s> Walk<'s> {
    fn visit(&mut self, js: &mut Lock<'s, '_>, root: Local<'s, Value>) -> Result<()> {
        let mut pending = vec![root];
        while let Some(value) = pending.pop() {
            let Ok(object) = Local::<Object>::try_from(value) else {
                continue;
            };
            if self.seen.contains(&object) || self.references.contains(&object) {
                continue;
            }
            if (self.is_wanted)(js, value) {
                self.references.push(object);
                continue;
            }
            self.seen.push(object);
            if let Ok(map) = Local::<Map>::try_from(value) {
                children_of_array(js, map.as_array(js), &mut pending)?;
            } else if let Ok(set) = Local::<Set>::try_from(value) {
                children_of_array(js, set.as_array(js), &mut pending)?;
            } else if value.is_array() || is_plain(js, object) {
                let names = object
                    .get_own_property_names(js, Default::default())
                    .ok_or(Error::Pending)?;
                for index in 0..names.length() {
                    let name = names.get_index(js, index).ok_or(Error::Pending)?;
                    pending.push(object.get(js, name).ok_or(Error::Pending)?);
                }
            } else {
                pending.extend(written_properties(js, object)?);
            }
        }
        Ok(())
    }
}

fn children_of_array<'s>(
    js: &mut Lock<'s, '_>,
    array: Local<'s, Array>,
    children: &mut Vec<Local<'s, Value>>,
) -> Result<()> {
    for index in 0..array.length() {
        children.push(array.get_index(js, index).ok_or(Error::Pending)?);
    }
    Ok(())
}

/// The references that a message has brought, and what its sender wants to know the end of.
#[derive(Default)]
pub(super) struct Group {
    references: RefCell<Vec<Rc<dyn Disposable>>>,
    pipeline: Reference,
}

impl Group {
    pub fn dispose(&self) {
        for reference in self.references.take() {
            reference.dispose();
        }
        self.pipeline.dispose();
    }

    pub fn is_empty(&self) -> bool {
        self.references.borrow().is_empty() && self.pipeline.is_empty()
    }
}

/// Reads a message.
pub(super) fn read<'s>(
    js: &mut Lock<'s, '_>,
    message: Message,
    brings: Brings,
    origin: Option<Origin>,
) -> Result<(Local<'s, Value>, Rc<Group>)> {
    let mut incoming = Incoming::new(message.externals);
    incoming.origin = origin;
    incoming.brings = brings;
    let incoming = Rc::new(incoming);
    let options = Options {
        externals: Some(incoming.clone()),
        fresh_stacks: true,
        ..Options::default()
    };
    let value = deserialize_with(js, message.data.into(), message.references, &options);
    let group = Group::default();
    group.references.replace(incoming.references());
    match value {
        Ok(value) => Ok((value, Rc::new(group))),
        Err(error) => {
            group.dispose();
            Err(error)
        }
    }
}

/// Reads the result of a call: an object gets a `[Symbol.dispose]()` that lets go of all in it.
pub(super) fn read_result<'s>(
    js: &mut Lock<'s, '_>,
    message: Message,
    pipeline: Option<Rc<dyn Capability>>,
    origin: Option<Origin>,
) -> Result<Local<'s, Value>> {
    let (value, group) = read(js, message, Brings::Result, origin.clone())?;
    if let Some(capability) = pipeline {
        let context = IoContext::current(js)?;
        let held = Held::brought(&context, capability, Brings::Result, origin);
        group.pipeline.set(&context, held);
    }
    let Ok(object) = Local::<Object>::try_from(value) else {
        return Ok(value);
    };
    if Handle::<RpcStub>::from_value(js, value).is_none() {
        let dispose = dispose_function(js, group);
        let key = dispose_key(js);
        let key = Local::<Name>::try_from(key)
            .map_err(|_| Error::Internal("a symbol that is no name".into()))?;
        object
            .define_own_property(js, key, dispose.into(), PropertyAttribute::DONT_ENUM)
            .ok_or(Error::Pending)?;
    }
    Ok(value)
}

fn dispose_function<'s>(js: &mut Lock<'s, '_>, group: Rc<Group>) -> Local<'s, Function> {
    jsg::promise::constructible_function(js, move |js, _| {
        group.dispose();
        Ok(jsg::js::undefined(js).into())
    })
}
