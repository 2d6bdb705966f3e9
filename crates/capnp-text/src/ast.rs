//! Syntax tree of a schema file.

use crate::source::Span;
use std::rc::Rc;

/// An identifier and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Name {
    pub text: String,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    /// Could not be parsed; the mistake has been reported.
    Error,
    /// `None` when it does not fit 64 bits.
    Integer(Option<u64>),
    /// The absolute value.
    NegativeInteger(Option<u64>),
    Float(f64),
    String(Vec<u8>),
    Binary(Vec<u8>),
    /// `name`, looked up from the inside out.
    Relative(String),
    /// `.name`, looked up in the file.
    Absolute(Name),
    Member(Box<Expr>, Name),
    Apply(Box<Expr>, Vec<Param>),
    List(Vec<Expr>),
    Tuple(Vec<Param>),
    Import(String, Span),
    Embed(String, Span),
}

/// An item of a tuple or of an argument list.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub name: Option<Name>,
    pub value: Expr,
}

#[derive(Clone, Debug)]
pub(crate) struct Decl {
    pub name: Name,
    pub id: Option<u64>,
    pub kind: DeclKind,
    pub members: Vec<Rc<Decl>>,
}

#[derive(Clone, Debug)]
pub(crate) enum DeclKind {
    Using(Expr),
    Const {
        ty: Expr,
        value: Expr,
    },
    Enum,
    Enumerant {
        ordinal: Ordinal,
    },
    Struct {
        generic: bool,
    },
    Field {
        ordinal: Ordinal,
        ty: Expr,
        default: Option<Expr>,
    },
    /// Unnamed when its name is empty.
    Union {
        ordinal: Option<Ordinal>,
    },
    Group,
    Interface,
    Annotation,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Ordinal {
    pub value: u64,
    pub span: Span,
}

/// A whole file.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileAst {
    pub id: Option<u64>,
    pub decls: Vec<Rc<Decl>>,
}

impl Expr {
    /// The expression as a user would write it, for names in messages.
    pub fn source(&self) -> String {
        match &self.kind {
            ExprKind::Relative(name) => name.clone(),
            ExprKind::Absolute(name) => format!(".{}", name.text),
            ExprKind::Member(base, name) => format!("{}.{}", base.source(), name.text),
            ExprKind::Import(path, _) => format!("import \"{path}\""),
            ExprKind::Embed(path, _) => format!("embed \"{path}\""),
            ExprKind::Apply(base, _) => format!("{}(...)", base.source()),
            _ => "...".to_owned(),
        }
    }
}
