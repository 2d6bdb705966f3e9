//! Resolved schemas: types, structs with their layout, enums.

use crate::message::Message;
use std::collections::HashMap;
use std::sync::Arc;

/// A struct of a [`Schema`], groups included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StructId(pub(crate) usize);

/// An enum of a [`Schema`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EnumId(pub(crate) usize);

/// The type of a field or constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    Void,
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float32,
    Float64,
    Text,
    Data,
    List(Arc<Type>),
    Struct(StructId),
    Enum(EnumId),
    Interface,
    AnyPointer,
}

impl Type {
    /// Base-2 logarithm of the size in bits; `None` for pointers and `Void`.
    pub(crate) fn data_size(&self) -> Option<u32> {
        Some(match self {
            Type::Bool => 0,
            Type::Int8 | Type::UInt8 => 3,
            Type::Int16 | Type::UInt16 | Type::Enum(_) => 4,
            Type::Int32 | Type::UInt32 | Type::Float32 => 5,
            Type::Int64 | Type::UInt64 | Type::Float64 => 6,
            _ => return None,
        })
    }

    pub(crate) fn is_pointer(&self) -> bool {
        self.data_size().is_none() && *self != Type::Void
    }

    /// Smallest and largest value of an integer type.
    pub(crate) fn integer_range(&self) -> Option<(i128, i128)> {
        Some(match self {
            Type::Int8 => (i8::MIN.into(), i8::MAX.into()),
            Type::Int16 => (i16::MIN.into(), i16::MAX.into()),
            Type::Int32 => (i32::MIN.into(), i32::MAX.into()),
            Type::Int64 => (i64::MIN.into(), i64::MAX.into()),
            Type::UInt8 => (0, u8::MAX.into()),
            Type::UInt16 => (0, u16::MAX.into()),
            Type::UInt32 => (0, u32::MAX.into()),
            Type::UInt64 => (0, u64::MAX.into()),
            _ => return None,
        })
    }

    /// The types that need no schema, by name.
    pub(crate) fn builtin(name: &str) -> Option<Type> {
        Some(match name {
            "Void" => Type::Void,
            "Bool" => Type::Bool,
            "Int8" => Type::Int8,
            "Int16" => Type::Int16,
            "Int32" => Type::Int32,
            "Int64" => Type::Int64,
            "UInt8" => Type::UInt8,
            "UInt16" => Type::UInt16,
            "UInt32" => Type::UInt32,
            "UInt64" => Type::UInt64,
            "Float32" => Type::Float32,
            "Float64" => Type::Float64,
            "Text" => Type::Text,
            "Data" => Type::Data,
            "AnyPointer" | "AnyStruct" | "AnyList" | "Capability" => Type::AnyPointer,
            _ => return None,
        })
    }
}

/// A struct or group, laid out.
#[derive(Debug)]
pub struct StructType {
    /// The name without its scope.
    pub name: String,
    pub id: u64,
    pub is_group: bool,
    pub data_words: u32,
    pub pointers: u32,
    /// Place of the unnamed union's tag in units of 16 bits, and the number of its members.
    pub union: Option<UnionTag>,
    /// In ordinal order; a group stands where its first field would.
    pub fields: Vec<Field>,
    pub(crate) by_name: HashMap<String, usize>,
}

/// The tag of a union.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnionTag {
    pub offset: u32,
    pub members: u16,
}

impl StructType {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(*self.by_name.get(name)?)
    }
}

/// A member of a struct.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub kind: FieldKind,
    /// The tag value that selects it, when it belongs to the struct's union.
    pub tag: Option<u16>,
}

/// What a [`Field`] is.
#[derive(Debug)]
pub enum FieldKind {
    Slot {
        ty: Type,
        /// In units of the type's size; pointers are counted among themselves.
        offset: u32,
        default: Default,
    },
    Group(StructId),
}

/// The default of a field.
#[derive(Debug)]
pub enum Default {
    Zero,
    /// Stored values are XORed with this.
    Bits(u64),
    /// What a null pointer stands for.
    Pointer(Message),
}

/// An enum.
#[derive(Debug)]
pub struct EnumType {
    pub name: String,
    pub id: u64,
    pub values: Vec<String>,
}

/// The structs and enums that a source uses.
#[derive(Debug, Default)]
pub struct Schema {
    pub(crate) structs: Vec<StructType>,
    pub(crate) enums: Vec<EnumType>,
}

impl Schema {
    pub fn structure(&self, id: StructId) -> &StructType {
        &self.structs[id.0]
    }

    pub fn enumeration(&self, id: EnumId) -> &EnumType {
        &self.enums[id.0]
    }

    /// All structs and groups.
    pub fn structs(&self) -> impl Iterator<Item = &StructType> {
        self.structs.iter()
    }

    /// All enums.
    pub fn enums(&self) -> impl Iterator<Item = &EnumType> {
        self.enums.iter()
    }

    /// The struct of that type id.
    pub fn struct_by_id(&self, id: u64) -> Option<StructId> {
        self.structs.iter().position(|s| s.id == id).map(StructId)
    }

    /// A type's name in messages.
    pub(crate) fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::List(element) => format!("List({})", self.type_name(element)),
            Type::Struct(id) => self.structure(*id).name.clone(),
            Type::Enum(id) => self.enumeration(*id).name.clone(),
            other => format!("{other:?}"),
        }
    }
}
