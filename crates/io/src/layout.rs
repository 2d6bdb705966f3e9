//! Structs of Cap'n Proto by the places of their fields: the schemas are facts of the protocols, nothing is generated.

use capnp::any_pointer;
use capnp::introspect::{Introspect, Type, TypeVariant};
use capnp::private::capability::ClientHook;
use capnp::private::layout::{
    PointerBuilder, PointerReader, StructBuilder, StructReader, StructSize,
};
use capnp::struct_list;
use capnp::traits::{
    FromPointerBuilder, FromPointerReader, HasStructSize, IntoInternalStructReader, Owned,
    OwnedStruct, SetterInput,
};
use capnp::{Error, Word, text_list};

pub type Result<T> = std::result::Result<T, Error>;

/// Something to call.
pub type Cap = Box<dyn ClientHook>;

/// A struct of so many words of data and so many pointers.
pub struct Shape<const DATA: u16, const POINTERS: u16>;

/// A struct that came.
#[derive(Clone, Copy)]
pub struct Fields<'a>(StructReader<'a>);

/// A struct on its way.
pub struct New<'a, const DATA: u16, const POINTERS: u16>(StructBuilder<'a>);

pub type List<'a> = struct_list::Reader<'a, Shape<0, 0>>;

impl<const DATA: u16, const POINTERS: u16> Introspect for Shape<DATA, POINTERS> {
    fn introspect() -> Type {
        TypeVariant::AnyPointer.into()
    }
}

impl<const DATA: u16, const POINTERS: u16> OwnedStruct for Shape<DATA, POINTERS> {
    type Reader<'a> = Fields<'a>;
    type Builder<'a> = New<'a, DATA, POINTERS>;
}

impl<const DATA: u16, const POINTERS: u16> Owned for Shape<DATA, POINTERS> {
    type Reader<'a> = Fields<'a>;
    type Builder<'a> = New<'a, DATA, POINTERS>;
}

impl<'a> From<StructReader<'a>> for Fields<'a> {
    fn from(reader: StructReader<'a>) -> Self {
        Self(reader)
    }
}

impl<'a> IntoInternalStructReader<'a> for Fields<'a> {
    fn into_internal_struct_reader(self) -> StructReader<'a> {
        self.0
    }
}

impl<const DATA: u16, const POINTERS: u16> SetterInput<Shape<DATA, POINTERS>> for Fields<'_> {
    fn set_pointer_builder(
        mut builder: PointerBuilder<'_>,
        input: Self,
        canonicalize: bool,
    ) -> Result<()> {
        builder.set_struct(&input.0, canonicalize)
    }
}

impl<'a> FromPointerReader<'a> for Fields<'a> {
    fn get_from_pointer(reader: &PointerReader<'a>, default: Option<&'a [Word]>) -> Result<Self> {
        Ok(Self(reader.get_struct(default)?))
    }
}

impl<'a> Fields<'a> {
    pub fn flag(&self, bit: usize) -> bool {
        self.0.get_bool_field(bit)
    }

    pub fn u16(&self, at: usize) -> u16 {
        self.0.get_data_field(at)
    }

    pub fn u32(&self, at: usize) -> u32 {
        self.0.get_data_field(at)
    }

    pub fn u64(&self, at: usize) -> u64 {
        self.0.get_data_field(at)
    }

    pub fn has(&self, pointer: usize) -> bool {
        !self.0.is_pointer_field_null(pointer)
    }

    fn pointer(&self, pointer: usize) -> any_pointer::Reader<'a> {
        any_pointer::Reader::new(self.0.get_pointer_field(pointer))
    }

    pub fn text(&self, pointer: usize) -> Result<&'a str> {
        let text: capnp::text::Reader<'a> = self.pointer(pointer).get_as()?;
        Ok(text.to_str()?)
    }

    /// Text that should be UTF-8, but may be anything.
    pub fn text_bytes(&self, pointer: usize) -> Result<&'a [u8]> {
        let text: capnp::text::Reader<'a> = self.pointer(pointer).get_as()?;
        Ok(text.0)
    }

    pub fn data(&self, pointer: usize) -> Result<&'a [u8]> {
        self.pointer(pointer).get_as()
    }

    pub fn fields(&self, pointer: usize) -> Result<Fields<'a>> {
        self.pointer(pointer).get_as()
    }

    pub fn list(&self, pointer: usize) -> Result<List<'a>> {
        self.pointer(pointer).get_as()
    }

    pub fn texts(&self, pointer: usize) -> Result<text_list::Reader<'a>> {
        self.pointer(pointer).get_as()
    }

    pub fn cap(&self, pointer: usize) -> Result<Cap> {
        self.0.get_pointer_field(pointer).get_capability()
    }
}

impl<const DATA: u16, const POINTERS: u16> HasStructSize for New<'_, DATA, POINTERS> {
    const STRUCT_SIZE: StructSize = StructSize {
        data: DATA,
        pointers: POINTERS,
    };
}

impl<'a, const DATA: u16, const POINTERS: u16> From<StructBuilder<'a>> for New<'a, DATA, POINTERS> {
    fn from(builder: StructBuilder<'a>) -> Self {
        Self(builder)
    }
}

impl<'a, const DATA: u16, const POINTERS: u16> FromPointerBuilder<'a> for New<'a, DATA, POINTERS> {
    fn init_pointer(builder: PointerBuilder<'a>, _: u32) -> Self {
        Self(builder.init_struct(Self::STRUCT_SIZE))
    }

    fn get_from_pointer(builder: PointerBuilder<'a>, default: Option<&'a [Word]>) -> Result<Self> {
        Ok(Self(builder.get_struct(Self::STRUCT_SIZE, default)?))
    }
}

impl<const DATA: u16, const POINTERS: u16> New<'_, DATA, POINTERS> {
    pub fn flag(&mut self, bit: usize, value: bool) {
        self.0.set_bool_field(bit, value);
    }

    pub fn u16(&mut self, at: usize, value: u16) {
        self.0.set_data_field(at, value);
    }

    pub fn u32(&mut self, at: usize, value: u32) {
        self.0.set_data_field(at, value);
    }

    pub fn u64(&mut self, at: usize, value: u64) {
        self.0.set_data_field(at, value);
    }

    fn pointer(&mut self, pointer: usize) -> any_pointer::Builder<'_> {
        any_pointer::Builder::new(self.0.reborrow().get_pointer_field(pointer))
    }

    pub fn text(&mut self, pointer: usize, value: &str) {
        self.0
            .reborrow()
            .get_pointer_field(pointer)
            .set_text(value.into());
    }

    pub fn text_bytes(&mut self, pointer: usize, value: &[u8]) {
        let text = capnp::text::Reader(value);
        self.0.reborrow().get_pointer_field(pointer).set_text(text);
    }

    pub fn data(&mut self, pointer: usize, value: &[u8]) {
        self.0.reborrow().get_pointer_field(pointer).set_data(value);
    }

    pub fn cap(&mut self, pointer: usize, value: Cap) {
        self.pointer(pointer).set_as_capability(value);
    }

    pub fn fields<const D: u16, const P: u16>(&mut self, pointer: usize) -> New<'_, D, P> {
        self.pointer(pointer).init_as()
    }

    /// The struct that is there already, made larger if it is smaller.
    ///
    /// # Errors
    /// Something else is there.
    pub fn existing<const D: u16, const P: u16>(
        &mut self,
        pointer: usize,
    ) -> Result<New<'_, D, P>> {
        self.pointer(pointer).get_as()
    }

    pub fn list<const D: u16, const P: u16>(
        &mut self,
        pointer: usize,
        length: u32,
    ) -> struct_list::Builder<'_, Shape<D, P>> {
        self.pointer(pointer).initn_as(length)
    }

    pub fn texts(&mut self, pointer: usize, length: u32) -> text_list::Builder<'_> {
        self.pointer(pointer).initn_as(length)
    }
}
