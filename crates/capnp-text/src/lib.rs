//! Cap'n Proto front end: schema language, constants and messages.
//!
//! [`compile`] reads a source with what it imports and embeds, and evaluates its constants. [`Compiled::encode`] lays
//! one out as a [`Message`], and [`StructReader`] reads that message, or one that came in binary form, by field name.
//!
//! The crate does no input or output of its own: files come through [`FileSystem`].
//!
//! Not supported: generics and interfaces (which may be declared but not used), and `embed` of an encoded message.

#![forbid(unsafe_code)]

mod ast;
mod compile;
mod id;
mod layout;
mod lex;
mod message;
mod parse;
mod schema;
mod source;
mod value;

#[cfg(test)]
mod tests;

pub use compile::Sources;
pub use message::{FramingError, ListReader, Message, ReadError, StructReader};
pub use schema::{
    EnumId, EnumType, Field, FieldKind, Schema, StructId, StructType, Type, UnionTag,
};
pub use source::{Diagnostic, FileSystem};

use compile::{Compiler, NodeId, Symbol};
use std::io;
use std::sync::Arc;
use value::Value;

/// A compiled source.
pub struct Compiled<'a> {
    compiler: Compiler<'a>,
    file: NodeId,
}

/// An evaluated constant.
pub struct Constant {
    pub name: String,
    pub ty: Type,
    value: Value,
}

/// Why a name is no constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupError {
    /// No such name; the part of the path that was not found.
    Undefined(String),
    /// Something else has that name.
    NotConstant(String),
}

/// Compiles the file at `path`. Mistakes in it are in [`Compiled::errors`]; the error is one of reading it.
pub fn compile<'a>(path: &str, sources: &'a Sources<'a>) -> io::Result<Compiled<'a>> {
    let mut compiler = Compiler::new(sources);
    let file = compiler.compile_file(path)?;
    Ok(Compiled { compiler, file })
}

impl Compiled<'_> {
    /// All mistakes found. Constants mean nothing if there are any.
    pub fn errors(&self) -> &[Diagnostic] {
        &self.compiler.errors
    }

    /// Paths of all files that were read, embedded ones included.
    pub fn files_read(&self) -> &[String] {
        &self.compiler.files_read
    }

    pub fn schema(&self) -> &Schema {
        &self.compiler.schema
    }

    /// Ends the work on the source and keeps what reading messages needs.
    pub fn into_schema(self) -> Arc<Schema> {
        Arc::new(self.compiler.schema)
    }

    /// The constants at the top of the file, in order.
    pub fn constants(&self) -> Vec<Constant> {
        let constants = self.compiler.constants(self.file).into_iter();
        constants
            .map(|(name, ty, value)| Constant { name, ty, value })
            .collect()
    }

    /// The constant at a dotted path.
    pub fn constant(&self, path: &str) -> Result<Option<Constant>, LookupError> {
        let mut node = self.file;
        for name in path.split('.') {
            let child = self.compiler.child(node, name);
            node = child.ok_or_else(|| LookupError::Undefined(name.to_owned()))?;
        }
        match self.compiler.symbol(node) {
            Symbol::Constant(constant) => Ok(constant.map(|(ty, value)| Constant {
                name: path.to_owned(),
                ty,
                value,
            })),
            Symbol::Other => Err(LookupError::NotConstant(path.to_owned())),
        }
    }

    /// A struct constant as a message; `None` for a constant of another type.
    pub fn encode(&self, constant: &Constant) -> Option<Message> {
        match (&constant.ty, &constant.value) {
            (Type::Struct(id), Value::Struct(value)) => {
                Some(value::encode_struct(self.schema(), *id, value))
            }
            _ => None,
        }
    }
}
