//! Evaluation of constants and defaults.

use super::names::Entity;
use super::{Compiler, NodeId, State};
use crate::ast::{DeclKind, Expr, ExprKind, Param};
use crate::schema::{FieldKind, StructId, Type};
use crate::value::{StructValue, Value};
use std::sync::Arc;

impl Compiler<'_> {
    /// The value of a constant declaration, worked out when it is first needed.
    pub(super) fn constant(&mut self, node: NodeId) -> Option<(Type, Value)> {
        let decl = self.nodes[node.0].decl.clone()?;
        let DeclKind::Const { ty, value } = &decl.kind else {
            return None;
        };
        match self.constants.get(&node) {
            Some(State::Done(done)) => return done.clone(),
            Some(State::Working) => {
                let file = self.nodes[node.0].file;
                self.error(
                    file,
                    decl.name.span,
                    "Declaration recursively depends on itself.",
                );
                return None;
            }
            None => {}
        }
        self.constants.insert(node, State::Working);
        let scope = self.nodes[node.0].parent?;
        let done = self.resolve_type(ty, scope).map(|ty| {
            let value = self.evaluate(value, &ty, scope);
            (ty, value)
        });
        // A constant with a mistake keeps its type, so that its uses are still checked.
        let done = done.map(|(ty, value)| (ty, value.unwrap_or(Value::Void)));
        self.constants.insert(node, State::Done(done.clone()));
        done
    }

    /// The value of an expression, which must fit `ty`.
    pub(super) fn evaluate(&mut self, expr: &Expr, ty: &Type, scope: NodeId) -> Option<Value> {
        let file = self.nodes[scope.0].file;
        match (&expr.kind, ty) {
            (ExprKind::Error, _) => return None,
            (ExprKind::Integer(value), Type::Float32 | Type::Float64) => {
                return Some(Value::Float(
                    value.map_or(f64::INFINITY, |value| value as f64),
                ));
            }
            (ExprKind::NegativeInteger(value), Type::Float32 | Type::Float64) => {
                return Some(Value::Float(
                    value.map_or(f64::NEG_INFINITY, |value| -(value as f64)),
                ));
            }
            (ExprKind::Integer(value), ty) if ty.integer_range().is_some() => {
                return self.integer(expr, value.map(i128::from), ty, scope);
            }
            (ExprKind::NegativeInteger(value), ty) if ty.integer_range().is_some() => {
                return self.integer(expr, value.map(|value| -i128::from(value)), ty, scope);
            }
            (ExprKind::Float(value), Type::Float32 | Type::Float64) => {
                return Some(Value::Float(*value));
            }
            (ExprKind::String(bytes), Type::Text) => {
                return Some(Value::Text(bytes.as_slice().into()));
            }
            (ExprKind::String(bytes) | ExprKind::Binary(bytes), Type::Data) => {
                return Some(Value::Data(bytes.as_slice().into()));
            }
            (ExprKind::String(bytes), Type::Struct(id)) => {
                if let Some(value) = self.shorthand(*id, bytes) {
                    return Some(value);
                }
            }
            (ExprKind::List(items), Type::List(element)) => {
                let values: Vec<_> = items
                    .iter()
                    .map(|item| self.evaluate(item, element, scope))
                    .collect();
                return values
                    .into_iter()
                    .collect::<Option<Vec<_>>>()
                    .map(|values| Value::List(values.into()));
            }
            (ExprKind::Tuple(params), Type::Struct(id)) => return self.tuple(params, *id, scope),
            (ExprKind::Embed(path, span), _) => return self.embed(expr, path, *span, ty, scope),
            (
                ExprKind::Relative(_)
                | ExprKind::Absolute(_)
                | ExprKind::Member(..)
                | ExprKind::Import(..)
                | ExprKind::Apply(..),
                _,
            ) => return self.named(expr, ty, scope),
            _ => {}
        }
        self.mismatch(file, expr, ty);
        None
    }

    fn integer(
        &mut self,
        expr: &Expr,
        value: Option<i128>,
        ty: &Type,
        scope: NodeId,
    ) -> Option<Value> {
        let (least, most) = ty.integer_range()?;
        match value {
            Some(value) if least <= value && value <= most => Some(Value::Integer(value)),
            _ => {
                let file = self.nodes[scope.0].file;
                self.error(file, expr.span, "Integer value out of range.");
                None
            }
        }
    }

    /// A string in the place of a struct stands for the struct whose first field, a text, it is.
    fn shorthand(&mut self, id: StructId, bytes: &[u8]) -> Option<Value> {
        let field = self.schema.structure(id).fields.first()?;
        match field.kind {
            FieldKind::Slot { ty: Type::Text, .. } => {
                let fields = vec![(0, Value::Text(bytes.into()))];
                Some(Value::Struct(Arc::new(StructValue { fields })))
            }
            _ => None,
        }
    }

    fn tuple(&mut self, params: &[Param], id: StructId, scope: NodeId) -> Option<Value> {
        let file = self.nodes[scope.0].file;
        let mut fields = Vec::with_capacity(params.len());
        let mut complete = true;
        for param in params {
            let value = match &param.name {
                None => {
                    self.error(file, param.value.span, "Missing field name.");
                    None
                }
                Some(name) => match self.schema.structure(id).by_name.get(&name.text).copied() {
                    None => {
                        self.error(
                            file,
                            name.span,
                            format!("Struct has no field named '{}'.", name.text),
                        );
                        None
                    }
                    Some(index) => self
                        .field(id, index, &param.value, scope)
                        .map(|value| (index, value)),
                },
            };
            complete &= value.is_some();
            fields.extend(value);
        }
        complete.then(|| Value::Struct(Arc::new(StructValue { fields })))
    }

    fn field(&mut self, id: StructId, index: usize, expr: &Expr, scope: NodeId) -> Option<Value> {
        match &self.schema.structure(id).fields[index].kind {
            FieldKind::Slot { ty, .. } => {
                let ty = ty.clone();
                self.evaluate(expr, &ty, scope)
            }
            FieldKind::Group(group) => match (&expr.kind, *group) {
                (ExprKind::Tuple(params), group) => self.tuple(params, group, scope),
                (ExprKind::Error, _) => None,
                (ExprKind::Relative(_) | ExprKind::Absolute(_) | ExprKind::Member(..), _)
                    if self.resolve(expr, scope).is_none() =>
                {
                    None
                }
                _ => {
                    let file = self.nodes[scope.0].file;
                    self.error(file, expr.span, "Type mismatch; expected group.");
                    None
                }
            },
        }
    }

    fn embed(
        &mut self,
        expr: &Expr,
        path: &str,
        span: crate::source::Span,
        ty: &Type,
        scope: NodeId,
    ) -> Option<Value> {
        let file = self.nodes[scope.0].file;
        let message = match ty {
            Type::Text | Type::Data => match self.find(file, path) {
                Some((_, bytes)) if *ty == Type::Text => return Some(Value::Text(bytes)),
                Some((_, bytes)) => return Some(Value::Data(bytes)),
                None => {
                    self.error(file, span, format!("Couldn't read file for embed: {path}"));
                    return None;
                }
            },
            Type::Struct(_) => "Embedding an encoded message is not supported.",
            _ => "Embeds can only be used when Text, Data, or a struct is expected.",
        };
        self.error(file, expr.span, message);
        None
    }

    /// A word that means a value of its type, or else the name of a constant.
    fn named(&mut self, expr: &Expr, ty: &Type, scope: NodeId) -> Option<Value> {
        let file = self.nodes[scope.0].file;
        if let ExprKind::Relative(name) = &expr.kind {
            match (name.as_str(), ty) {
                ("void", Type::Void) => return Some(Value::Void),
                ("true", Type::Bool) => return Some(Value::Bool(true)),
                ("false", Type::Bool) => return Some(Value::Bool(false)),
                ("inf", Type::Float32 | Type::Float64) => return Some(Value::Float(f64::INFINITY)),
                ("nan", Type::Float32 | Type::Float64) => return Some(Value::Float(f64::NAN)),
                (name, Type::Enum(id)) => {
                    let values = &self.schema.enumeration(*id).values;
                    if let Some(number) = values.iter().position(|value| value == name) {
                        return Some(Value::Enum(number as u16));
                    }
                }
                ("void" | "true" | "false" | "inf" | "nan", _) => {
                    self.mismatch(file, expr, ty);
                    return None;
                }
                _ => {}
            }
        }
        let entity = self.resolve(expr, scope)?;
        let node = match entity {
            Entity::Node(node) if self.is_constant(node) => node,
            _ => {
                self.error(
                    file,
                    expr.span,
                    format!("'{}' does not refer to a constant.", expr.source()),
                );
                return None;
            }
        };
        if let (ExprKind::Relative(name), false) = (&expr.kind, self.is_working(node)) {
            let message = format!(
                "Constant names must be qualified to avoid confusion.  Please replace '{name}' with '.{name}', if \
                 that's what you intended."
            );
            self.error(file, expr.span, message);
            return None;
        }
        let (found, value) = self.constant(node)?;
        self.convert(expr, &found, value, ty, scope)
    }

    /// A constant of one type in a place of another.
    fn convert(
        &mut self,
        expr: &Expr,
        found: &Type,
        value: Value,
        ty: &Type,
        scope: NodeId,
    ) -> Option<Value> {
        let file = self.nodes[scope.0].file;
        match (&value, ty) {
            (Value::Integer(value), Type::Float32 | Type::Float64) => {
                return Some(Value::Float(*value as f64));
            }
            (Value::Integer(value), ty) if ty.integer_range().is_some() => {
                return self.integer(expr, Some(*value), ty, scope);
            }
            (Value::Float(value), Type::Float32 | Type::Float64) => {
                return Some(Value::Float(*value));
            }
            (Value::Text(bytes), Type::Struct(id)) => {
                let short = self.shorthand(*id, bytes);
                if short.is_none() {
                    self.mismatch(file, expr, ty);
                }
                return short;
            }
            _ if found != ty => {
                self.mismatch(file, expr, ty);
                return None;
            }
            // Stands for a value with a mistake, which has been reported.
            (Value::Void, ty) if *ty != Type::Void => return None,
            _ => {}
        }
        Some(value)
    }

    fn is_constant(&self, node: NodeId) -> bool {
        let decl = self.nodes[node.0].decl.as_ref();
        decl.is_some_and(|decl| matches!(decl.kind, DeclKind::Const { .. }))
    }

    fn is_working(&self, node: NodeId) -> bool {
        matches!(self.constants.get(&node), Some(State::Working))
    }

    fn mismatch(&mut self, file: usize, expr: &Expr, ty: &Type) {
        let expected = self.schema.type_name(ty);
        self.error(
            file,
            expr.span,
            format!("Type mismatch; expected {expected}."),
        );
    }
}
