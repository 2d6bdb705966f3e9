//! Evaluated constants, and writing them as messages.
//!
//! A struct is written in the order of the wire format: its own words, then what each pointer refers to, in pointer
//! order. That makes the encoding of a value unique.

use crate::message::{Builder, Message};
use crate::schema::{Default, FieldKind, Schema, StructId, Type};
use std::sync::Arc;

/// A value that fits some type.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Void,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(Arc<[u8]>),
    Data(Arc<[u8]>),
    List(Arc<[Value]>),
    Struct(Arc<StructValue>),
    Enum(u16),
}

/// Fields that were given, by their index, in the order of the source. A later one wins.
#[derive(Clone, Debug, Default)]
pub(crate) struct StructValue {
    pub fields: Vec<(usize, Value)>,
}

/// Writes a struct as the root of a message.
pub(crate) fn encode_struct(schema: &Schema, ty: StructId, value: &StructValue) -> Message {
    encode(
        schema,
        &Type::Struct(ty),
        &Value::Struct(Arc::new(value.clone())),
    )
}

/// Writes a value of a pointer type as the root of a message.
pub(crate) fn encode(schema: &Schema, ty: &Type, value: &Value) -> Message {
    let mut encoder = Encoder {
        schema,
        out: Builder::default(),
    };
    let root = encoder.out.allocate(1);
    encoder.pointer(root, ty, value);
    encoder.out.finish()
}

/// The bits of a value of a data type.
pub(crate) fn bits(ty: &Type, value: &Value) -> u64 {
    match value {
        Value::Bool(value) => u64::from(*value),
        // Truncation gives two's complement; the range was checked when the value was made.
        Value::Integer(value) => *value as u64 & mask(ty),
        Value::Float(value) if *ty == Type::Float32 => u64::from((*value as f32).to_bits()),
        Value::Float(value) => value.to_bits(),
        Value::Enum(value) => u64::from(*value),
        _ => 0,
    }
}

fn mask(ty: &Type) -> u64 {
    let bits = 1u32 << ty.data_size().unwrap_or(6);
    u64::MAX >> (64 - bits)
}

struct Encoder<'a> {
    schema: &'a Schema,
    out: Builder,
}

/// A struct before it is placed.
struct Flat<'a> {
    data: Vec<u8>,
    pointers: Vec<Option<(&'a Type, &'a Value)>>,
}

impl<'a> Encoder<'a> {
    fn pointer(&mut self, at: usize, ty: &'a Type, value: &'a Value) {
        match (ty, value) {
            (_, Value::Text(bytes)) => self.out.write_bytes(at, bytes, true),
            (_, Value::Data(bytes)) => self.out.write_bytes(at, bytes, false),
            (Type::Struct(id), Value::Struct(value)) => {
                let structure = self.schema.structure(*id);
                let flat = self.flatten(*id, value);
                let words = (structure.data_words + structure.pointers) as usize;
                let start = self.out.allocate(words);
                self.out
                    .write_struct_pointer(at, start, structure.data_words, structure.pointers);
                self.place(start, flat);
            }
            (Type::List(element), Value::List(items)) => self.list(at, element, items),
            _ => {}
        }
    }

    fn list(&mut self, at: usize, element: &'a Type, items: &'a [Value]) {
        if let Type::Struct(id) = element {
            let structure = self.schema.structure(*id);
            let size = (structure.data_words + structure.pointers) as usize;
            let tag = self.out.allocate(1 + size * items.len());
            self.out.write_struct_list_pointer(
                at,
                tag,
                items.len(),
                structure.data_words,
                structure.pointers,
            );
            for (index, item) in items.iter().enumerate() {
                let Value::Struct(item) = item else { continue };
                let flat = self.flatten(*id, item);
                self.place(tag + 1 + index * size, flat);
            }
        } else if element.is_pointer() {
            let start = self.out.allocate(items.len());
            self.out.write_list_pointer(at, start, 6, items.len());
            for (index, item) in items.iter().enumerate() {
                self.pointer(start + index, element, item);
            }
        } else {
            let Some(size) = element.data_size() else {
                self.out.write_list_pointer(at, at + 1, 0, items.len());
                return;
            };
            let start = self.out.allocate((items.len() << size).div_ceil(64));
            // Element sizes are numbered 1 (bit) to 5 (eight bytes).
            let code = if size == 0 { 1 } else { size as u8 - 1 };
            self.out.write_list_pointer(at, start, code, items.len());
            for (index, item) in items.iter().enumerate() {
                self.out.write_bits(start, index, size, bits(element, item));
            }
        }
    }

    fn flatten(&self, id: StructId, value: &'a StructValue) -> Flat<'a> {
        let structure = self.schema.structure(id);
        let mut flat = Flat {
            data: vec![0; structure.data_words as usize * 8],
            pointers: vec![None; structure.pointers as usize],
        };
        self.fill(&mut flat, id, value);
        flat
    }

    fn fill(&self, flat: &mut Flat<'a>, id: StructId, value: &'a StructValue)
    where
        'a: 'a,
    {
        let schema: &'a Schema = self.schema;
        let structure = schema.structure(id);
        for (index, value) in &value.fields {
            let field = &structure.fields[*index];
            match (&field.kind, value) {
                (FieldKind::Group(group), Value::Struct(value)) => self.fill(flat, *group, value),
                (
                    FieldKind::Slot {
                        ty,
                        offset,
                        default,
                    },
                    value,
                ) => match ty.data_size() {
                    Some(size) => {
                        let default = match default {
                            Default::Bits(bits) => *bits,
                            _ => 0,
                        };
                        set_bits(
                            &mut flat.data,
                            *offset as usize,
                            size,
                            bits(ty, value) ^ default,
                        );
                    }
                    None if ty.is_pointer() => flat.pointers[*offset as usize] = Some((ty, value)),
                    None => {}
                },
                _ => {}
            }
            if let (Some(tag), Some(union)) = (field.tag, structure.union) {
                set_bits(&mut flat.data, union.offset as usize, 4, u64::from(tag));
            }
        }
    }

    fn place(&mut self, start: usize, flat: Flat<'a>) {
        self.out.write_words(start, &flat.data);
        let pointers = start + flat.data.len() / 8;
        for (index, pointer) in flat.pointers.into_iter().enumerate() {
            if let Some((ty, value)) = pointer {
                self.pointer(pointers + index, ty, value);
            }
        }
    }
}

/// Stores `value` as element `index` of an array of `1 << size` bits each.
pub(crate) fn set_bits(data: &mut [u8], index: usize, size: u32, value: u64) {
    if size < 3 {
        let byte = &mut data[index / 8];
        let bit = 1 << (index % 8);
        *byte = if value & 1 == 1 {
            *byte | bit
        } else {
            *byte & !bit
        };
    } else {
        let bytes = 1 << (size - 3);
        data[index * bytes..][..bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
    }
}
