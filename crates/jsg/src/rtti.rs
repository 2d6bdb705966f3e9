//! What the macros know of the types that cross into JavaScript, as text in the program's file. Nothing reads it but the
//! module that describes the API, `workerd:rtti`.

use crate::ClassInfo;

/// One type. One static a type, made by the macros.
pub struct Described {
    /// Its name in Rust, which signatures have.
    pub ident: &'static str,
    /// The Rust module that it is in.
    pub module: &'static str,
    pub shape: Shape,
}

/// What a type is to JavaScript.
pub enum Shape {
    Class {
        info: &'static ClassInfo,
        /// A line a member: its [`kind`], its name, the flags that it needs, those that it is absent with, `rw` where it
        /// has a setter, its parameters' types, the type that it returns. Tabs lie between these, `;` between types and
        /// spaces between flags.
        members: &'static str,
    },
    Dictionary {
        name: &'static str,
        /// A line a member: its name, a tab, its type.
        members: &'static str,
    },
    Union {
        /// A line a type.
        variants: &'static str,
    },
}

/// How the lines of members begin.
pub mod kind {
    pub const CONSTRUCTOR: &str = "constructor";
    pub const METHOD: &str = "method";
    pub const STATIC_METHOD: &str = "static_method";
    pub const GETTER: &str = "getter";
    pub const PROTOTYPE_GETTER: &str = "prototype_getter";
    pub const INSTANCE_GETTER: &str = "instance_getter";
    pub const ITERATOR: &str = "iterator";
    pub const ASYNC_ITERATOR: &str = "async_iterator";
    pub const DISPOSE: &str = "dispose";
    pub const CALLABLE: &str = "callable";
}

/// All types of the program, in no order.
#[linkme::distributed_slice]
pub static TYPES: [Described];
