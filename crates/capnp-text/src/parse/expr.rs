//! Parser of expressions: values, types and references share one grammar.

use super::{Cursor, Mismatch, Parsed, Parser};
use crate::ast::{Expr, ExprKind, Param};
use crate::lex::{Token, TokenKind};
use crate::source::Span;

impl Parser {
    /// An expression with its suffixes: `.member` and `(arguments)`.
    pub(super) fn expr(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Expr> {
        let mut expr = self.primary(cursor)?;
        loop {
            if cursor.take_operator(".").is_some() {
                let name = cursor.name()?;
                expr = Expr {
                    span: expr.span.to(name.span),
                    kind: ExprKind::Member(Box::new(expr), name),
                };
                continue;
            }
            let Some(Token {
                kind: TokenKind::Parenthesized(items),
                span,
            }) = cursor.peek()
            else {
                return Ok(expr);
            };
            cursor.at += 1;
            expr = Expr {
                span: expr.span.to(*span),
                kind: ExprKind::Apply(Box::new(expr), self.params(items, *span)),
            };
        }
    }

    fn primary(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Expr> {
        let token = cursor.peek().ok_or(Mismatch)?;
        cursor.at += 1;
        let mut span = token.span;
        let kind = match &token.kind {
            TokenKind::Integer(value) => ExprKind::Integer(*value),
            TokenKind::Float(value) => ExprKind::Float(*value),
            TokenKind::Binary(bytes) => ExprKind::Binary(bytes.clone()),
            TokenKind::String(bytes) => {
                let mut bytes = bytes.clone();
                while let Some(Token {
                    kind: TokenKind::String(more),
                    span: end,
                }) = cursor.peek()
                {
                    cursor.at += 1;
                    bytes.extend_from_slice(more);
                    span = span.to(*end);
                }
                ExprKind::String(bytes)
            }
            TokenKind::Bracketed(items) => {
                ExprKind::List(self.items(items, span, Self::expr, error_expr))
            }
            TokenKind::Parenthesized(items) => {
                let params = self.params(items, span);
                // One bare value in parentheses is that value.
                if let ([Param { name: None, .. }], Some(param)) =
                    (params.as_slice(), params.last().cloned())
                {
                    return Ok(param.value);
                }
                ExprKind::Tuple(params)
            }
            TokenKind::Identifier(name) => match (name.as_str(), cursor.peek()) {
                (
                    "import",
                    Some(Token {
                        kind: TokenKind::String(path),
                        span: end,
                    }),
                ) => {
                    cursor.at += 1;
                    span = span.to(*end);
                    ExprKind::Import(lossy(path), *end)
                }
                (
                    "embed",
                    Some(Token {
                        kind: TokenKind::String(path),
                        span: end,
                    }),
                ) => {
                    cursor.at += 1;
                    span = span.to(*end);
                    ExprKind::Embed(lossy(path), *end)
                }
                _ => ExprKind::Relative(name.clone()),
            },
            TokenKind::Operator(operator) if operator == "." => {
                let name = cursor.name()?;
                span = span.to(name.span);
                ExprKind::Absolute(name)
            }
            TokenKind::Operator(operator) if operator == "-" => return negative(cursor),
            TokenKind::Operator(_) => return Err(Mismatch),
        };
        Ok(Expr { kind, span })
    }

    fn params(&mut self, items: &[Vec<Token>], span: Span) -> Vec<Param> {
        let broken = |_: Span| None;
        let params = self.items(
            items,
            span,
            |parser, cursor| parser.param(cursor).map(Some),
            broken,
        );
        params.into_iter().flatten().collect()
    }

    /// `name = value` or a bare value.
    fn param(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Param> {
        let start = cursor.at;
        if let Ok(name) = cursor.name()
            && cursor.take_operator("=").is_some()
        {
            let value = self.expr(cursor)?;
            return Ok(Param {
                name: Some(name),
                value,
            });
        }
        cursor.at = start;
        let value = self.expr(cursor)?;
        Ok(Param { name: None, value })
    }

    /// The items of a list. One that cannot be read is reported and replaced.
    fn items<T>(
        &mut self,
        items: &[Vec<Token>],
        list: Span,
        mut read: impl FnMut(&mut Self, &mut Cursor<'_>) -> Parsed<T>,
        replace: impl Fn(Span) -> T,
    ) -> Vec<T> {
        let mut result = Vec::with_capacity(items.len());
        for item in items {
            let mut cursor = Cursor::new(item);
            let parsed = read(self, &mut cursor).and_then(|value| cursor.end().map(|()| value));
            result.push(parsed.unwrap_or_else(|Mismatch| {
                let span = match (item.first(), item.last(), item.get(cursor.best)) {
                    (Some(first), Some(last), best) => best.unwrap_or(first).span.to(last.span),
                    _ => {
                        self.error(list, "Parse error: Empty list item.");
                        return replace(list);
                    }
                };
                self.error(span, "Parse error.");
                replace(span)
            }));
        }
        result
    }
}

/// What a minus sign was in front of. The place is that of the number alone.
fn negative(cursor: &mut Cursor<'_>) -> Parsed<Expr> {
    let operand = cursor.peek().ok_or(Mismatch)?;
    cursor.at += 1;
    let kind = match &operand.kind {
        TokenKind::Integer(value) => ExprKind::NegativeInteger(*value),
        TokenKind::Float(value) => ExprKind::Float(-value),
        TokenKind::Identifier(name) if name == "inf" => ExprKind::Float(f64::NEG_INFINITY),
        _ => return Err(Mismatch),
    };
    let span = operand.span;
    Ok(Expr { kind, span })
}

fn error_expr(span: Span) -> Expr {
    Expr {
        kind: ExprKind::Error,
        span,
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
