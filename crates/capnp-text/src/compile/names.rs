//! Name resolution: expressions to declarations and types.

use super::{Compiler, NodeId, State};
use crate::ast::{DeclKind, Expr, ExprKind};
use crate::schema::Type;
use std::sync::Arc;

/// What a name can mean.
#[derive(Clone, Debug)]
pub(super) enum Entity {
    Node(NodeId),
    Builtin(Type),
    /// `List`, without its element type.
    List,
}

impl Compiler<'_> {
    /// What an expression refers to, seen from inside `scope`. Reports what is not defined.
    pub(super) fn resolve(&mut self, expr: &Expr, scope: NodeId) -> Option<Entity> {
        let file = self.nodes[scope.0].file;
        match &expr.kind {
            ExprKind::Error => None,
            ExprKind::Relative(name) => {
                let found = self.lookup(name, scope);
                if found.is_none() {
                    self.error(file, expr.span, format!("Not defined: {name}"));
                }
                found
            }
            ExprKind::Absolute(name) => {
                let root = self.file_node(scope);
                let found = self.member(root, &name.text);
                if found.is_none() {
                    self.error(file, name.span, format!("Not defined: {}", name.text));
                }
                found
            }
            ExprKind::Member(base, name) => {
                let found = match self.resolve(base, scope)? {
                    Entity::Node(node) => self.member(node, &name.text),
                    Entity::Builtin(_) | Entity::List => None,
                };
                if found.is_none() {
                    let message =
                        format!("'{}' has no member named '{}'", base.source(), name.text);
                    self.error(file, name.span, message);
                }
                found
            }
            ExprKind::Import(path, span) => self.import(file, path, *span).map(Entity::Node),
            ExprKind::Apply(base, params) => match self.resolve(base, scope)? {
                Entity::List => match params.as_slice() {
                    [element] if element.name.is_none() => {
                        let element = self.resolve_type(&element.value, scope)?;
                        Some(Entity::Builtin(Type::List(Arc::new(element))))
                    }
                    _ => {
                        self.error(file, expr.span, "'List' requires exactly one parameter.");
                        None
                    }
                },
                entity if params.is_empty() => Some(entity),
                entity => {
                    let message = match entity {
                        Entity::Node(node) if self.is_generic(node) => {
                            "Generic declarations are not supported."
                        }
                        _ => "Declaration does not accept generic parameters.",
                    };
                    self.error(file, expr.span, message);
                    None
                }
            },
            _ => {
                self.error(file, expr.span, "Expected name.");
                None
            }
        }
    }

    /// The type that an expression names.
    pub(super) fn resolve_type(&mut self, expr: &Expr, scope: NodeId) -> Option<Type> {
        let entity = self.resolve(expr, scope)?;
        let file = self.nodes[scope.0].file;
        match entity {
            Entity::Builtin(ty) => return Some(ty),
            Entity::List => {
                self.error(file, expr.span, "'List' requires exactly one parameter.");
                return None;
            }
            Entity::Node(node) => {
                if let Some(decl) = self.nodes[node.0].decl.clone() {
                    match decl.kind {
                        DeclKind::Struct { generic: false } => {
                            return Some(Type::Struct(self.structure(node)));
                        }
                        DeclKind::Struct { generic: true } => {
                            self.error(file, expr.span, "Generic declarations are not supported.");
                            return None;
                        }
                        DeclKind::Enum => return Some(Type::Enum(self.enumeration(node))),
                        DeclKind::Interface => return Some(Type::Interface),
                        _ => {}
                    }
                }
            }
        }
        self.error(
            file,
            expr.span,
            format!("'{}' is not a type.", expr.source()),
        );
        None
    }

    /// A name seen from inside `scope`: declared there, further out, or built in.
    pub(super) fn lookup(&mut self, name: &str, scope: NodeId) -> Option<Entity> {
        let mut scope = Some(scope);
        while let Some(node) = scope {
            if self.child(node, name).is_some() {
                return self.member(node, name);
            }
            scope = self.nodes[node.0].parent;
        }
        match name {
            "List" => Some(Entity::List),
            name => Type::builtin(name).map(Entity::Builtin),
        }
    }

    /// What an alias stands for. A broken one is as good as not defined.
    pub(super) fn using(&mut self, node: NodeId) -> Option<Entity> {
        match self.usings.get(&node) {
            Some(State::Working) => return None,
            Some(State::Done(entity)) => return entity.clone(),
            None => {}
        }
        let decl = self.nodes[node.0].decl.clone()?;
        let DeclKind::Using(target) = &decl.kind else {
            return None;
        };
        self.usings.insert(node, State::Working);
        // Looked up from outside, so that an alias may have the name of what it stands for.
        let scope = self.nodes[node.0].parent?;
        let entity = self.resolve(target, scope);
        self.usings.insert(node, State::Done(entity.clone()));
        entity
    }

    fn member(&mut self, parent: NodeId, name: &str) -> Option<Entity> {
        let node = self.child(parent, name)?;
        match self.nodes[node.0].decl.as_ref()?.kind {
            DeclKind::Using(_) => self.using(node),
            _ => Some(Entity::Node(node)),
        }
    }

    fn file_node(&self, mut node: NodeId) -> NodeId {
        while let Some(parent) = self.nodes[node.0].parent {
            node = parent;
        }
        node
    }

    fn is_generic(&self, node: NodeId) -> bool {
        let decl = self.nodes[node.0].decl.as_ref();
        decl.is_some_and(|decl| matches!(decl.kind, DeclKind::Struct { generic: true }))
    }
}
