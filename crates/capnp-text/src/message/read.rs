//! Reading of messages by field name, through a [`Schema`].

use super::Message;
use super::pointer::{ReadError, Result, Shape, Target};
use crate::schema::{Default, Field, FieldKind, Schema, StructId, Type};

const MAX_DEPTH: u32 = 64;

/// A struct of a message, or a group within one.
#[derive(Clone, Copy)]
pub struct StructReader<'a> {
    schema: &'a Schema,
    message: &'a Message,
    ty: StructId,
    data: &'a [u8],
    segment: usize,
    /// Word of the segment at which the pointers start.
    pointers: usize,
    pointer_count: usize,
    depth: u32,
}

/// A list of a message.
#[derive(Clone, Copy)]
pub struct ListReader<'a> {
    schema: &'a Schema,
    message: &'a Message,
    element: &'a Type,
    count: usize,
    segment: usize,
    /// Word at which the elements start.
    start: usize,
    shape: Shape,
    depth: u32,
}

impl Message {
    /// The root, read as the given struct. A null root is an empty struct.
    pub fn root<'a>(&'a self, schema: &'a Schema, ty: StructId) -> Result<StructReader<'a>> {
        StructReader::new(schema, self, ty, self.target(0, 0)?, MAX_DEPTH)
    }

    /// The root, read as the given list type.
    fn root_list<'a>(&'a self, schema: &'a Schema, element: &'a Type) -> Result<ListReader<'a>> {
        ListReader::new(schema, self, element, self.target(0, 0)?, MAX_DEPTH)
    }
}

impl<'a> StructReader<'a> {
    fn new(
        schema: &'a Schema,
        message: &'a Message,
        ty: StructId,
        target: Target,
        depth: u32,
    ) -> Result<Self> {
        let depth = depth.checked_sub(1).ok_or(ReadError::TooDeep)?;
        let empty = StructReader {
            schema,
            message,
            ty,
            data: &[],
            segment: 0,
            pointers: 0,
            pointer_count: 0,
            depth,
        };
        match target {
            Target::Null => Ok(empty),
            Target::Struct {
                segment,
                start,
                data,
                pointers,
            } => Ok(StructReader {
                data: message.words(segment, start, data)?,
                segment,
                pointers: start + data,
                pointer_count: pointers,
                ..empty
            }),
            Target::List { .. } => Err(ReadError::NotStruct),
        }
    }

    /// The union member that is set, or the unknown tag.
    pub fn which(&self) -> std::result::Result<&'a str, u16> {
        let structure = self.schema.structure(self.ty);
        let tag = match structure.union {
            Some(union) => self.bits(union.offset as usize, 4) as u16,
            None => 0,
        };
        let member = structure.fields.iter().find(|field| field.tag == Some(tag));
        member.map(|field| field.name.as_str()).ok_or(tag)
    }

    pub fn bool(&self, name: &str) -> Result<bool> {
        Ok(self.number(name, 0)? & 1 == 1)
    }

    pub fn u32(&self, name: &str) -> Result<u32> {
        Ok(self.number(name, 5)? as u32)
    }

    pub fn u64(&self, name: &str) -> Result<u64> {
        self.number(name, 6)
    }

    /// The name of an enum value, or the unknown number.
    pub fn enumerant(&self, name: &str) -> Result<std::result::Result<&'a str, u16>> {
        let number = self.number(name, 4)? as u16;
        let FieldKind::Slot {
            ty: Type::Enum(id), ..
        } = &self.field(name)?.kind
        else {
            return Err(no_field(name));
        };
        let value = self.schema.enumeration(*id).values.get(usize::from(number));
        Ok(value.map(String::as_str).ok_or(number))
    }

    /// A text; `None` if absent and without default.
    pub fn text(&self, name: &str) -> Result<Option<&'a str>> {
        let (at, default) = self.pointer(name, &Type::Text)?;
        match (at, default) {
            (Some(at), _) => self.message.text(self.segment, at),
            (None, Some(default)) => default.text(0, 0),
            (None, None) => Ok(None),
        }
    }

    /// A blob; `None` if absent.
    pub fn data(&self, name: &str) -> Result<Option<&'a [u8]>> {
        match self.pointer(name, &Type::Data)? {
            (Some(at), _) => self.message.bytes(self.segment, at),
            (None, Some(default)) => default.bytes(0, 0),
            (None, None) => Ok(None),
        }
    }

    /// A struct; `None` if absent and without default.
    pub fn structure(&self, name: &str) -> Result<Option<StructReader<'a>>> {
        let FieldKind::Slot { ty, .. } = &self.field(name)?.kind else {
            return Err(no_field(name));
        };
        let Type::Struct(id) = ty else {
            return Err(no_field(name));
        };
        match self.pointer(name, ty)? {
            (Some(at), _) => {
                let target = self.message.target(self.segment, at)?;
                StructReader::new(self.schema, self.message, *id, target, self.depth).map(Some)
            }
            (None, Some(default)) => default.root(self.schema, *id).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// A list; empty if absent.
    pub fn list(&self, name: &str) -> Result<ListReader<'a>> {
        let FieldKind::Slot { ty, .. } = &self.field(name)?.kind else {
            return Err(no_field(name));
        };
        let Type::List(element) = ty else {
            return Err(no_field(name));
        };
        let target = match self.pointer(name, ty)? {
            (Some(at), _) => self.message.target(self.segment, at)?,
            (None, Some(default)) => return default.root_list(self.schema, element),
            (None, None) => Target::Null,
        };
        ListReader::new(self.schema, self.message, element, target, self.depth)
    }

    /// A group, which shares this struct's words.
    pub fn group(&self, name: &str) -> Result<StructReader<'a>> {
        match self.field(name)?.kind {
            FieldKind::Group(ty) => Ok(StructReader { ty, ..*self }),
            FieldKind::Slot { .. } => Err(no_field(name)),
        }
    }

    fn field(&self, name: &str) -> Result<&'a Field> {
        self.schema
            .structure(self.ty)
            .field(name)
            .ok_or_else(|| no_field(name))
    }

    fn number(&self, name: &str, size: u32) -> Result<u64> {
        match &self.field(name)?.kind {
            FieldKind::Slot {
                ty,
                offset,
                default,
            } if ty.data_size() == Some(size) => {
                let default = match default {
                    Default::Bits(bits) => *bits,
                    _ => 0,
                };
                Ok(self.bits(*offset as usize, size) ^ default)
            }
            _ => Err(no_field(name)),
        }
    }

    /// Where the pointer of a field is, if it is not null, and its default.
    fn pointer(&self, name: &str, wanted: &Type) -> Result<(Option<usize>, Option<&'a Message>)> {
        let FieldKind::Slot {
            ty,
            offset,
            default,
        } = &self.field(name)?.kind
        else {
            return Err(no_field(name));
        };
        if ty != wanted {
            return Err(no_field(name));
        }
        let default = match default {
            Default::Pointer(message) => Some(message),
            _ => None,
        };
        let offset = *offset as usize;
        let at = self.pointers + offset;
        if offset >= self.pointer_count || self.message.word(self.segment, at)? == 0 {
            return Ok((None, default));
        }
        Ok((Some(at), default))
    }

    /// Beyond the data that the message has, everything is zero.
    fn bits(&self, index: usize, size: u32) -> u64 {
        if size < 3 {
            return self
                .data
                .get(index / 8)
                .map_or(0, |byte| u64::from(byte >> (index % 8) & 1));
        }
        let bytes = 1 << (size - 3);
        let mut value = [0; 8];
        if let Some(found) = self.data.get(index * bytes..(index + 1) * bytes) {
            value[..bytes].copy_from_slice(found);
        }
        u64::from_le_bytes(value)
    }
}

impl<'a> ListReader<'a> {
    fn new(
        schema: &'a Schema,
        message: &'a Message,
        element: &'a Type,
        target: Target,
        depth: u32,
    ) -> Result<Self> {
        let depth = depth.checked_sub(1).ok_or(ReadError::TooDeep)?;
        let (segment, start, count, shape) = match target {
            Target::Null => (0, 0, 0, Shape::Data(None)),
            Target::List {
                segment,
                start,
                count,
                shape,
            } => (segment, start, count, shape),
            Target::Struct { .. } => return Err(ReadError::WrongKind),
        };
        Ok(ListReader {
            schema,
            message,
            element,
            count,
            segment,
            start,
            shape,
            depth,
        })
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The elements as structs.
    pub fn structs(self) -> impl Iterator<Item = Result<StructReader<'a>>> {
        (0..self.count).map(move |index| {
            let (Type::Struct(id), Shape::Structs(data, pointers)) = (self.element, self.shape)
            else {
                return Err(ReadError::WrongKind);
            };
            let target = Target::Struct {
                segment: self.segment,
                start: self.start + index * (data + pointers),
                data,
                pointers,
            };
            StructReader::new(self.schema, self.message, *id, target, self.depth)
        })
    }

    /// The elements as texts; an absent one is empty.
    pub fn texts(self) -> impl Iterator<Item = Result<&'a str>> {
        (0..self.count).map(move |index| match self.shape {
            Shape::Pointers => {
                let text = self.message.text(self.segment, self.start + index)?;
                Ok(text.unwrap_or(""))
            }
            _ => Err(ReadError::WrongKind),
        })
    }

    /// The elements as names of enum values, or unknown numbers.
    pub fn enumerants(self) -> impl Iterator<Item = Result<std::result::Result<&'a str, u16>>> {
        (0..self.count).map(move |index| {
            let (Type::Enum(id), Shape::Data(Some(4))) = (self.element, self.shape) else {
                return Err(ReadError::WrongKind);
            };
            let bytes = self
                .message
                .words(self.segment, self.start, self.count.div_ceil(4))?;
            let number = u16::from_le_bytes([bytes[index * 2], bytes[index * 2 + 1]]);
            let value = self.schema.enumeration(*id).values.get(usize::from(number));
            Ok(value.map(String::as_str).ok_or(number))
        })
    }
}

fn no_field(name: &str) -> ReadError {
    ReadError::NoField(name.to_owned())
}
