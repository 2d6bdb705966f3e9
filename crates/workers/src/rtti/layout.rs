//! The structs of workerd's `rtti.capnp` by the places of their fields. Nothing is generated: the numbers are facts of the
//! schema, which readers of the messages have.

use capnp::introspect::{Introspect, Type, TypeVariant};
use capnp::private::layout::{PointerBuilder, StructBuilder, StructReader, StructSize};
use capnp::traits::{
    FromPointerBuilder, HasStructSize, IntoInternalStructReader, OwnedStruct, SetterInput,
};
use capnp::{Result, Word, any_pointer, struct_list};

/// Words of data and pointers of a struct.
#[derive(Clone, Copy)]
pub struct Size<const DATA: u16, const POINTERS: u16>;

impl<const DATA: u16, const POINTERS: u16> Size<DATA, POINTERS> {
    const WORDS: StructSize = StructSize {
        data: DATA,
        pointers: POINTERS,
    };
}

pub const GROUP: Size<0, 2> = Size;
pub const MODULE: Size<1, 2> = Size;
pub const STRUCTURE: Size<1, 12> = Size;
pub const MEMBER: Size<1, 2> = Size;
pub const METHOD: Size<1, 3> = Size;
pub const PROPERTY: Size<1, 2> = Size;
pub const CONSTRUCTOR: Size<0, 1> = Size;
pub const TYPE: Size<1, 1> = Size;
pub const FUNCTION: Size<0, 2> = Size;
/// Types that are a name, or one other type.
pub const ONE: Size<0, 1> = Size;
/// Types that are two of these.
pub const TWO: Size<0, 2> = Size;
/// Types that are a number.
pub const ENUM: Size<1, 0> = Size;

/// Pointers and bits of `Structure`.
pub mod structure {
    pub const NAME: usize = 0;
    pub const MEMBERS: usize = 1;
    pub const EXTENDS: usize = 2;
    pub const FULL_NAME: usize = 3;
    pub const ITERATOR: usize = 4;
    pub const ASYNC_ITERATOR: usize = 5;
    pub const CALLABLE: usize = 8;
    pub const DISPOSE: usize = 10;
    pub const IS_ITERABLE: usize = 0;
    pub const IS_ASYNC_ITERABLE: usize = 1;
    pub const IS_DISPOSABLE: usize = 3;
}

/// The union of `Member`.
pub mod member {
    pub const METHOD: u16 = 0;
    pub const PROPERTY: u16 = 1;
    pub const NESTED: u16 = 2;
    pub const CONSTRUCTOR: u16 = 4;
}

/// The union of `Type`.
pub mod type_tag {
    pub const UNKNOWN: u16 = 0;
    pub const VOID: u16 = 1;
    pub const BOOL: u16 = 2;
    pub const NUMBER: u16 = 3;
    pub const PROMISE: u16 = 4;
    pub const STRUCTURE: u16 = 5;
    pub const STRING: u16 = 6;
    pub const OBJECT: u16 = 7;
    pub const ARRAY: u16 = 8;
    pub const MAYBE: u16 = 9;
    pub const DICT: u16 = 10;
    pub const ONE_OF: u16 = 11;
    pub const BUILTIN: u16 = 12;
    pub const IMPLEMENTATION: u16 = 15;
}

/// The enum of `BuiltinType`.
pub mod builtin {
    pub const UINT8_ARRAY: u16 = 0;
    pub const ARRAY_BUFFER_VIEW: u16 = 1;
    pub const BUFFER_SOURCE: u16 = 2;
    pub const DATE: u16 = 3;
    pub const FUNCTION: u16 = 4;
    pub const ARRAY_BUFFER: u16 = 5;
}

/// The enum of `JsgImplType`.
pub mod implementation {
    pub const VARARGS: u16 = 5;
    pub const CALLBACK_INFO: u16 = 7;
}

/// A struct that is being written; its union's tag, where it has one, is its first data.
pub struct New<'a>(StructBuilder<'a>);

/// The message's root.
pub struct Root<'a>(pub New<'a>);

impl<'a> FromPointerBuilder<'a> for Root<'a> {
    fn init_pointer(builder: PointerBuilder<'a>, _: u32) -> Self {
        Self(New(builder.init_struct(Size::<0, 2>::WORDS)))
    }

    fn get_from_pointer(builder: PointerBuilder<'a>, default: Option<&'a [Word]>) -> Result<Self> {
        Ok(Self(New(builder.get_struct(Size::<0, 2>::WORDS, default)?)))
    }
}

impl New<'_> {
    pub fn tag(&mut self, tag: u16) {
        self.0.set_data_field(0, tag);
    }

    pub fn bit(&mut self, bit: usize, value: bool) {
        self.0.set_bool_field(bit, value);
    }

    fn pointer(&mut self, at: usize) -> PointerBuilder<'_> {
        self.0.reborrow().get_pointer_field(at)
    }

    pub fn text(&mut self, at: usize, value: &str) {
        self.pointer(at).set_text(value.into());
    }

    pub fn child<const D: u16, const P: u16>(&mut self, at: usize, _: Size<D, P>) -> New<'_> {
        New(self.pointer(at).init_struct(Size::<D, P>::WORDS))
    }

    pub fn list<const D: u16, const P: u16>(
        &mut self,
        at: usize,
        _: Size<D, P>,
        length: usize,
    ) -> List<'_, D, P> {
        // What a program has of types is far less than a list can hold.
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        List(any_pointer::Builder::new(self.pointer(at)).initn_as(length))
    }
}

/// Structs side by side.
pub struct List<'a, const D: u16, const P: u16>(struct_list::Builder<'a, Size<D, P>>);

impl<const D: u16, const P: u16> List<'_, D, P> {
    pub fn at(&mut self, index: usize) -> New<'_> {
        self.0.reborrow().get(index as u32).0
    }
}

/// An element of a list, as the list makes it.
pub struct Element<'a, const D: u16, const P: u16>(New<'a>);

/// What lists of structs ask for and nobody uses here: a struct that is read.
pub struct Read<'a>(StructReader<'a>);

impl<const D: u16, const P: u16> Introspect for Size<D, P> {
    fn introspect() -> Type {
        TypeVariant::AnyPointer.into()
    }
}

impl<const D: u16, const P: u16> OwnedStruct for Size<D, P> {
    type Reader<'a> = Read<'a>;
    type Builder<'a> = Element<'a, D, P>;
}

impl<'a, const D: u16, const P: u16> From<StructBuilder<'a>> for Element<'a, D, P> {
    fn from(builder: StructBuilder<'a>) -> Self {
        Self(New(builder))
    }
}

impl<const D: u16, const P: u16> HasStructSize for Element<'_, D, P> {
    const STRUCT_SIZE: StructSize = Size::<D, P>::WORDS;
}

impl<'a> From<StructReader<'a>> for Read<'a> {
    fn from(reader: StructReader<'a>) -> Self {
        Self(reader)
    }
}

impl<'a> IntoInternalStructReader<'a> for Read<'a> {
    fn into_internal_struct_reader(self) -> StructReader<'a> {
        self.0
    }
}

impl<const D: u16, const P: u16> SetterInput<Size<D, P>> for Read<'_> {
    fn set_pointer_builder(
        mut builder: PointerBuilder<'_>,
        input: Self,
        canonicalize: bool,
    ) -> Result<()> {
        builder.set_struct(&input.0, canonicalize)
    }
}
