//! The structs of workerd's `rtti.capnp` by the places of their fields. Nothing is generated: the numbers are facts of the
//! schema, which readers of the messages have.

use io::layout::New;

pub type Root<'a> = New<'a, 0, 2>;
pub type Group<'a> = New<'a, 0, 2>;
pub type Module<'a> = New<'a, 1, 2>;
pub type Structure<'a> = New<'a, 1, 12>;
pub type Member<'a> = New<'a, 1, 2>;
pub type Method<'a> = New<'a, 1, 3>;
pub type Property<'a> = New<'a, 1, 2>;
pub type Constructor<'a> = New<'a, 0, 1>;
pub type Type<'a> = New<'a, 1, 1>;
pub type Function<'a> = New<'a, 0, 2>;
/// Types that are a name, or one other type.
pub type One<'a> = New<'a, 0, 1>;
/// Types that are two of these.
pub type Two<'a> = New<'a, 0, 2>;
/// Types that are a number.
pub type Enum<'a> = New<'a, 1, 0>;

/// The place of the tag in what is a union.
pub const TAG: usize = 0;

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

/// Writes a list with an element for each of the items.
pub fn each<const D: u16, const P: u16, const DATA: u16, const POINTERS: u16, T>(
    new: &mut New<'_, D, P>,
    at: usize,
    items: Vec<T>,
    mut write: impl FnMut(&mut New<'_, DATA, POINTERS>, T),
) {
    // What a program has of types is far less than a list can hold.
    let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
    let mut list = new.list(at, length);
    for (index, item) in (0..length).zip(items) {
        write(&mut list.reborrow().get(index), item);
    }
}
