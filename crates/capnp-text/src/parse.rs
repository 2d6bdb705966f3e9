//! Parser: statements to declarations.
//!
//! Each statement is parsed on its own, and each item of a list within it too, so one mistake costs one statement or
//! item. A mistake is reported where no further token could be understood: `Cursor::best` is the place behind the
//! last token that was looked at, which is what the real workerd reports.

mod expr;

use crate::ast::{Decl, DeclKind, Expr, FileAst, Name, Ordinal};
use crate::lex::{self, Statement, Token, TokenKind};
use crate::source::Span;
use std::rc::Rc;

/// Parses a file. What could be understood is returned along with the mistakes.
pub(crate) fn parse(text: &[u8]) -> (FileAst, Vec<(Span, String)>) {
    let mut file = FileAst::default();
    let statements = match lex::lex(text) {
        Ok(statements) => statements,
        Err(error) => return (file, vec![(Span::at(error.at), error.message.to_owned())]),
    };
    let mut parser = Parser { errors: Vec::new() };
    for statement in &statements {
        match parser.statement(statement, Context::File) {
            Some(Item::Decl(decl)) => file.decls.push(Rc::new(decl)),
            Some(Item::Id(id)) if file.id.is_none() => file.id = Some(id),
            Some(Item::Id(_)) => parser.error(statement.span, "File can only have one ID."),
            Some(Item::Nothing) | None => {}
        }
    }
    (file, parser.errors)
}

/// Where a statement stands, which decides what it may be.
#[derive(Clone, Copy, PartialEq)]
enum Context {
    File,
    Struct,
    Enum,
}

enum Item {
    Decl(Decl),
    Id(u64),
    /// An annotation of the file.
    Nothing,
}

/// Why a token run is none of what was tried; the place is in the cursor.
struct Mismatch;

type Parsed<T> = Result<T, Mismatch>;

struct Parser {
    errors: Vec<(Span, String)>,
}

/// A token run being read.
struct Cursor<'a> {
    tokens: &'a [Token],
    at: usize,
    /// Behind the last token looked at.
    best: usize,
}

impl Parser {
    fn statement(&mut self, statement: &Statement, context: Context) -> Option<Item> {
        let mut cursor = Cursor::new(&statement.tokens);
        let parsed = match context {
            Context::Enum => self.enumerant(&mut cursor),
            Context::File | Context::Struct => self.declaration(&mut cursor, context),
        };
        let item = parsed.and_then(|item| cursor.end().map(|()| item));
        let Ok(item) = item else {
            self.error(Span::at(cursor.best_place(statement.span)), "Parse error.");
            return None;
        };
        let Item::Decl(mut decl) = item else {
            return Some(item);
        };
        let member_context = match decl.kind {
            DeclKind::Struct { .. } | DeclKind::Union { .. } | DeclKind::Group => {
                Some(Context::Struct)
            }
            DeclKind::Enum => Some(Context::Enum),
            DeclKind::Interface => None,
            _ => {
                if statement.block.is_some() {
                    let message = "This statement should end with a semicolon, not a block.";
                    self.error(statement.span, message);
                }
                return Some(Item::Decl(decl));
            }
        };
        match (&statement.block, member_context) {
            (None, _) => self.error(
                statement.span,
                "This statement should end with a block, not a semicolon.",
            ),
            (Some(block), Some(context)) => {
                for member in block {
                    if let Some(Item::Decl(member)) = self.statement(member, context) {
                        decl.members.push(Rc::new(member));
                    }
                }
            }
            // Nothing in a config can use the methods of an interface.
            (Some(_), None) => {}
        }
        Some(Item::Decl(decl))
    }

    fn declaration(&mut self, cursor: &mut Cursor<'_>, context: Context) -> Parsed<Item> {
        if context == Context::File {
            if cursor.take_operator("@").is_some() {
                let id = cursor.integer()?;
                return Ok(self.id(id).map_or(Item::Nothing, Item::Id));
            }
            if cursor.take_operator("$").is_some() {
                self.expr(cursor)?;
                return Ok(Item::Nothing);
            }
        }
        let first = cursor.name()?;
        match first.text.as_str() {
            "using" if !cursor.at_field() => self.using(cursor),
            "const" if !cursor.at_field() => self.constant(cursor),
            "struct" if !cursor.at_field() => {
                self.named_block(cursor, DeclKind::Struct { generic: false })
            }
            "enum" if !cursor.at_field() => self.named_block(cursor, DeclKind::Enum),
            "interface" if !cursor.at_field() => self.named_block(cursor, DeclKind::Interface),
            "annotation" if !cursor.at_field() => self.annotation_decl(cursor),
            "union" if context == Context::Struct && !cursor.at_colon() => {
                let ordinal = cursor.ordinal()?;
                self.annotations(cursor)?;
                let name = Name {
                    text: String::new(),
                    span: first.span,
                };
                Ok(decl(name, None, DeclKind::Union { ordinal }))
            }
            _ if context == Context::Struct => self.member(cursor, first),
            _ => Err(Mismatch),
        }
    }

    fn using(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Item> {
        let start = cursor.at;
        if let Ok(name) = cursor.name()
            && cursor.take_operator("=").is_some()
        {
            let target = self.expr(cursor)?;
            self.check_name(&name, Case::Type);
            return Ok(decl(name, None, DeclKind::Using(target)));
        }
        cursor.at = start;
        let target = self.expr(cursor)?;
        let name = match &target.kind {
            crate::ast::ExprKind::Member(_, name) => name.clone(),
            _ => {
                let message = "'using' declaration without '=' must specify a named declaration from a different scope.";
                self.error(target.span, message);
                Name {
                    text: String::new(),
                    span: target.span,
                }
            }
        };
        Ok(decl(name, None, DeclKind::Using(target)))
    }

    fn constant(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Item> {
        let name = cursor.name()?;
        let id = self.optional_id(cursor)?;
        cursor.operator(":")?;
        let ty = self.expr(cursor)?;
        cursor.operator("=")?;
        let value = self.expr(cursor)?;
        self.annotations(cursor)?;
        self.check_name(&name, Case::Value);
        Ok(decl(name, id, DeclKind::Const { ty, value }))
    }

    fn named_block(&mut self, cursor: &mut Cursor<'_>, kind: DeclKind) -> Parsed<Item> {
        let name = cursor.name()?;
        let id = self.optional_id(cursor)?;
        let generic = matches!(
            cursor.peek(),
            Some(Token {
                kind: TokenKind::Parenthesized(_),
                ..
            })
        );
        if generic {
            cursor.at += 1;
        }
        if let (DeclKind::Interface, Some("extends")) = (&kind, cursor.peek_name()) {
            cursor.at = cursor.tokens.len();
        }
        self.annotations(cursor)?;
        self.check_name(&name, Case::Type);
        let kind = match kind {
            DeclKind::Struct { .. } => DeclKind::Struct { generic },
            kind => kind,
        };
        Ok(decl(name, id, kind))
    }

    fn annotation_decl(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Item> {
        let name = cursor.name()?;
        let id = self.optional_id(cursor)?;
        match cursor.peek() {
            Some(Token {
                kind: TokenKind::Parenthesized(_),
                ..
            }) => cursor.at += 1,
            _ => return Err(Mismatch),
        }
        cursor.operator(":")?;
        self.expr(cursor)?;
        self.annotations(cursor)?;
        self.check_name(&name, Case::Value);
        Ok(decl(name, id, DeclKind::Annotation))
    }

    /// A field, a group or a named union.
    fn member(&mut self, cursor: &mut Cursor<'_>, name: Name) -> Parsed<Item> {
        let ordinal = cursor.ordinal()?;
        cursor.operator(":")?;
        let kind = match (ordinal, cursor.peek_name()) {
            (None, Some("group")) => {
                cursor.at += 1;
                DeclKind::Group
            }
            (ordinal, Some("union")) => {
                cursor.at += 1;
                DeclKind::Union { ordinal }
            }
            (Some(ordinal), _) => {
                let ty = self.expr(cursor)?;
                let default = match cursor.take_operator("=") {
                    Some(_) => Some(self.expr(cursor)?),
                    None => None,
                };
                DeclKind::Field {
                    ordinal,
                    ty,
                    default,
                }
            }
            (None, _) => return Err(Mismatch),
        };
        self.annotations(cursor)?;
        self.check_name(&name, Case::Value);
        Ok(decl(name, None, kind))
    }

    fn enumerant(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Item> {
        let name = cursor.name()?;
        let ordinal = cursor.ordinal()?.ok_or(Mismatch)?;
        self.annotations(cursor)?;
        self.check_name(&name, Case::Value);
        Ok(decl(name, None, DeclKind::Enumerant { ordinal }))
    }

    fn optional_id(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Option<u64>> {
        match cursor.take_operator("@") {
            Some(_) => {
                let id = cursor.integer()?;
                Ok(self.id(id))
            }
            None => Ok(None),
        }
    }

    fn id(&mut self, (value, span): (Option<u64>, Span)) -> Option<u64> {
        match value {
            Some(id) if id >> 63 == 1 => Some(id),
            _ => {
                self.error(
                    span,
                    "Invalid ID.  Please generate a new one with 'capnpc -i'.",
                );
                None
            }
        }
    }

    /// Annotations mean nothing here and are only read over.
    fn annotations(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        while cursor.take_operator("$").is_some() {
            let _: Expr = self.expr(cursor)?;
        }
        Ok(())
    }

    fn check_name(&mut self, name: &Name, case: Case) {
        let upper = name.text.starts_with(|c: char| c.is_ascii_uppercase());
        let lower = name.text.starts_with(|c: char| c.is_ascii_lowercase());
        match case {
            Case::Type if !upper => {
                self.error(name.span, "Type names must begin with a capital letter.")
            }
            Case::Value if !lower => {
                self.error(
                    name.span,
                    "Non-type names must begin with a lower-case letter.",
                );
            }
            _ => {}
        }
        if name.text.contains('_') {
            let message = "Cap'n Proto declaration names should use camelCase and must not contain underscores. \
                           (Code generators may convert names to the appropriate style for the target language.)";
            self.error(name.span, message);
        }
    }

    fn error(&mut self, span: Span, message: &str) {
        self.errors.push((span, message.to_owned()));
    }
}

#[derive(Clone, Copy)]
enum Case {
    Type,
    Value,
}

fn decl(name: Name, id: Option<u64>, kind: DeclKind) -> Item {
    Item::Decl(Decl {
        name,
        id,
        kind,
        members: Vec::new(),
    })
}

impl<'a> Cursor<'a> {
    fn new(tokens: &'a [Token]) -> Cursor<'a> {
        Cursor {
            tokens,
            at: 0,
            best: 0,
        }
    }

    fn peek(&mut self) -> Option<&'a Token> {
        let token = self.tokens.get(self.at)?;
        self.best = self.best.max(self.at + 1);
        Some(token)
    }

    fn peek_name(&mut self) -> Option<&'a str> {
        match &self.peek()?.kind {
            TokenKind::Identifier(name) => Some(name),
            _ => None,
        }
    }

    fn name(&mut self) -> Parsed<Name> {
        let token = self.peek().ok_or(Mismatch)?;
        let TokenKind::Identifier(text) = &token.kind else {
            return Err(Mismatch);
        };
        self.at += 1;
        Ok(Name {
            text: text.clone(),
            span: token.span,
        })
    }

    fn integer(&mut self) -> Parsed<(Option<u64>, Span)> {
        let token = self.peek().ok_or(Mismatch)?;
        let TokenKind::Integer(value) = token.kind else {
            return Err(Mismatch);
        };
        self.at += 1;
        Ok((value, token.span))
    }

    fn ordinal(&mut self) -> Parsed<Option<Ordinal>> {
        if self.take_operator("@").is_none() {
            return Ok(None);
        }
        let (value, span) = self.integer()?;
        Ok(Some(Ordinal {
            value: value.unwrap_or(u64::MAX),
            span,
        }))
    }

    fn take_operator(&mut self, operator: &str) -> Option<Span> {
        let token = self.peek()?;
        let TokenKind::Operator(found) = &token.kind else {
            return None;
        };
        if found != operator {
            return None;
        }
        self.at += 1;
        Some(token.span)
    }

    fn operator(&mut self, operator: &str) -> Parsed<()> {
        self.take_operator(operator).map(drop).ok_or(Mismatch)
    }

    /// Whether a keyword is in truth the name of a field.
    fn at_field(&self) -> bool {
        matches!(self.tokens.get(self.at), Some(Token { kind: TokenKind::Operator(op), .. }) if op == "@" || op == ":")
    }

    fn at_colon(&self) -> bool {
        matches!(self.tokens.get(self.at), Some(Token { kind: TokenKind::Operator(op), .. }) if op == ":")
    }

    fn end(&mut self) -> Parsed<()> {
        match self.at == self.tokens.len() {
            true => Ok(()),
            false => Err(Mismatch),
        }
    }

    /// The byte at which a statement stopped making sense.
    fn best_place(&self, statement: Span) -> usize {
        match (self.tokens.get(self.best), self.tokens.last()) {
            (Some(token), _) => token.span.start as usize,
            (None, Some(last)) => last.span.end as usize,
            (None, None) => statement.start as usize,
        }
    }
}
