//! Structs and enums: from declarations to laid-out types.

use super::{Compiler, NodeId};
use crate::ast::{Decl, DeclKind, Expr, Ordinal};
use crate::id;
use crate::layout::{Layout, Scope, UnionId};
use crate::schema::{
    Default, EnumId, EnumType, Field, FieldKind, StructId, StructType, Type, UnionTag,
};
use crate::value;
use std::collections::HashMap;
use std::rc::Rc;

/// The wire format counts fields and words in 16 bits.
const MAX_ORDINAL: u64 = 65534;

/// A default to evaluate once all structs are laid out.
pub(super) struct PendingDefault {
    structure: StructId,
    field: usize,
    ty: Type,
    decl: Rc<Decl>,
    scope: NodeId,
}

/// A struct or group while its members are collected.
struct Shape {
    id: u64,
    name: String,
    is_group: bool,
    /// Where its own fields go.
    scope: Scope,
    union: Option<UnionId>,
    fields: Vec<Field>,
    by_name: HashMap<String, usize>,
    tags: u16,
    /// The shape that this group belongs to, and its declaration there.
    parent: Option<(usize, Rc<Decl>, bool)>,
    /// Known to the parent, which happens when the first field is placed.
    entered: bool,
    target: StructId,
}

/// One thing to place, in ordinal order.
struct Member {
    ordinal: Ordinal,
    shape: usize,
    in_union: bool,
    /// A field, or the tag of the shape's union.
    decl: Option<Rc<Decl>>,
}

impl Compiler<'_> {
    /// The type of a struct declaration, made when it is first needed.
    pub(super) fn structure(&mut self, node: NodeId) -> StructId {
        if let Some(found) = self.structs.get(&node) {
            return *found;
        }
        let Some(decl) = self.nodes[node.0].decl.clone() else {
            return self.reserve("", 0, false);
        };
        let target = self.reserve(&decl.name.text, self.nodes[node.0].id, false);
        self.structs.insert(node, target);
        self.lay_out(node, &decl, target);
        target
    }

    pub(super) fn enumeration(&mut self, node: NodeId) -> EnumId {
        if let Some(found) = self.enums.get(&node) {
            return *found;
        }
        let mut values: Vec<(Ordinal, String)> = Vec::new();
        let mut name = String::new();
        if let Some(decl) = self.nodes[node.0].decl.clone() {
            name.clone_from(&decl.name.text);
            for member in &decl.members {
                if let DeclKind::Enumerant { ordinal } = member.kind {
                    values.push((ordinal, member.name.text.clone()));
                }
            }
        }
        values.sort_by_key(|(ordinal, _)| ordinal.value);
        let ordinals: Vec<_> = values.iter().map(|(ordinal, _)| *ordinal).collect();
        self.check_ordinals(self.nodes[node.0].file, &ordinals);
        self.schema.enums.push(EnumType {
            name,
            id: self.nodes[node.0].id,
            values: values.into_iter().map(|(_, name)| name).collect(),
        });
        let id = EnumId(self.schema.enums.len() - 1);
        self.enums.insert(node, id);
        id
    }

    /// Evaluates the defaults of all structs made so far. Evaluating one may need further structs.
    pub(super) fn finish_defaults(&mut self) {
        while let Some(pending) = self.pending.pop() {
            let DeclKind::Field {
                default: Some(expr),
                ..
            } = &pending.decl.kind
            else {
                continue;
            };
            let default = self.default(expr, &pending);
            if let FieldKind::Slot { default: place, .. } =
                &mut self.schema.structs[pending.structure.0].fields[pending.field].kind
            {
                *place = default;
            }
        }
    }

    fn default(&mut self, expr: &Expr, pending: &PendingDefault) -> Default {
        let Some(value) = self.evaluate(expr, &pending.ty, pending.scope) else {
            return Default::Zero;
        };
        if pending.ty.is_pointer() {
            // The defaults within must be known before this one is written down.
            self.finish_defaults();
            return Default::Pointer(value::encode(&self.schema, &pending.ty, &value));
        }
        match value::bits(&pending.ty, &value) {
            0 => Default::Zero,
            bits => Default::Bits(bits),
        }
    }

    fn reserve(&mut self, name: &str, id: u64, is_group: bool) -> StructId {
        self.schema.structs.push(StructType {
            name: name.to_owned(),
            id,
            is_group,
            data_words: 0,
            pointers: 0,
            union: None,
            fields: Vec::new(),
            by_name: HashMap::new(),
        });
        StructId(self.schema.structs.len() - 1)
    }

    fn lay_out(&mut self, node: NodeId, decl: &Rc<Decl>, target: StructId) {
        let file = self.nodes[node.0].file;
        let mut layout = Layout::default();
        let mut members = Vec::new();
        let mut shapes = vec![Shape {
            id: self.nodes[node.0].id,
            name: decl.name.text.clone(),
            is_group: false,
            scope: Scope::Struct,
            union: None,
            fields: Vec::new(),
            by_name: HashMap::new(),
            tags: 0,
            parent: None,
            entered: true,
            target,
        }];
        self.collect(
            &decl.members,
            0,
            false,
            &mut layout,
            &mut shapes,
            &mut members,
        );
        members.sort_by_key(|member| member.ordinal.value);
        let ordinals: Vec<_> = members.iter().map(|member| member.ordinal).collect();
        self.check_ordinals(file, &ordinals);

        for member in members {
            let scope = match member.in_union {
                true => shapes[member.shape]
                    .union
                    .map(|union| layout.add_member(union)),
                false => None,
            };
            let scope = scope.unwrap_or(shapes[member.shape].scope);
            enter(&mut shapes, member.shape);
            let Some(decl) = member.decl else {
                if let Some(union) = shapes[member.shape].union {
                    layout.place_tag(union);
                }
                continue;
            };
            self.place(
                node,
                &mut layout,
                &mut shapes,
                (member.shape, scope, member.in_union),
                &decl,
            );
        }
        for shape in shapes {
            let union = shape.union.map(|union| UnionTag {
                offset: layout.tag(union).unwrap_or(0),
                members: shape.tags,
            });
            self.schema.structs[shape.target.0] = StructType {
                name: shape.name,
                id: shape.id,
                is_group: shape.is_group,
                data_words: layout.data_words,
                pointers: layout.pointers,
                union,
                fields: shape.fields,
                by_name: shape.by_name,
            };
        }
    }

    /// Gathers the fields of a struct with all its groups and unions.
    fn collect(
        &mut self,
        decls: &[Rc<Decl>],
        shape: usize,
        in_union: bool,
        layout: &mut Layout,
        shapes: &mut Vec<Shape>,
        members: &mut Vec<Member>,
    ) {
        for decl in decls {
            match &decl.kind {
                DeclKind::Field { ordinal, .. } => members.push(Member {
                    ordinal: *ordinal,
                    shape,
                    in_union,
                    decl: Some(decl.clone()),
                }),
                DeclKind::Union { ordinal } if decl.name.text.is_empty() => {
                    let union = layout.add_union(shapes[shape].scope);
                    shapes[shape].union = Some(union);
                    members.extend(union_tag(*ordinal, shape));
                    self.collect(&decl.members, shape, true, layout, shapes, members);
                }
                DeclKind::Union { .. } | DeclKind::Group => {
                    let scope = match shapes[shape].union {
                        Some(union) if in_union => layout.add_member(union),
                        _ => shapes[shape].scope,
                    };
                    let target = self.reserve(&decl.name.text, 0, true);
                    shapes.push(Shape {
                        id: 0,
                        name: decl.name.text.clone(),
                        is_group: true,
                        scope,
                        union: None,
                        fields: Vec::new(),
                        by_name: HashMap::new(),
                        tags: 0,
                        parent: Some((shape, decl.clone(), in_union)),
                        entered: false,
                        target,
                    });
                    let group = shapes.len() - 1;
                    if let DeclKind::Union { ordinal } = decl.kind {
                        let union = layout.add_union(scope);
                        shapes[group].union = Some(union);
                        members.extend(union_tag(ordinal, group));
                        self.collect(&decl.members, group, true, layout, shapes, members);
                    } else {
                        self.collect(&decl.members, group, false, layout, shapes, members);
                    }
                }
                _ => {}
            }
        }
    }

    fn place(
        &mut self,
        node: NodeId,
        layout: &mut Layout,
        shapes: &mut [Shape],
        (shape, scope, in_union): (usize, Scope, bool),
        decl: &Rc<Decl>,
    ) {
        let DeclKind::Field { ty, default, .. } = &decl.kind else {
            return;
        };
        let file = self.nodes[node.0].file;
        // A field of an unknown type is reported and left out.
        let Some(ty) = self.resolve_type(ty, node) else {
            return;
        };
        let offset = match ty.data_size() {
            Some(size) => layout.add_data(scope, size),
            None if ty.is_pointer() => layout.add_pointer(scope),
            None => {
                layout.add_void(scope);
                0
            }
        };
        let shape = &mut shapes[shape];
        if shape.by_name.contains_key(&decl.name.text) {
            let message = format!("'{}' is already defined in this scope.", decl.name.text);
            self.error(file, decl.name.span, message);
        }
        if default.is_some() {
            self.pending.push(PendingDefault {
                structure: shape.target,
                field: shape.fields.len(),
                ty: ty.clone(),
                decl: decl.clone(),
                scope: node,
            });
        }
        let kind = FieldKind::Slot {
            ty,
            offset,
            default: Default::Zero,
        };
        shape.add(&decl.name.text, kind, in_union);
    }

    fn check_ordinals(&mut self, file: usize, sorted: &[Ordinal]) {
        let mut expected = 0;
        for ordinal in sorted {
            if ordinal.value > MAX_ORDINAL {
                self.error(file, ordinal.span, "Ordinals cannot be greater than 65534.");
                return;
            }
            if ordinal.value < expected {
                self.error(file, ordinal.span, "Duplicate ordinal number.");
            } else if ordinal.value > expected {
                let message = format!(
                    "Skipped ordinal @{expected}.  Ordinals must be sequential with no holes."
                );
                self.error(file, ordinal.span, message);
            }
            expected = ordinal.value + 1;
        }
    }
}

impl Shape {
    fn add(&mut self, name: &str, kind: FieldKind, in_union: bool) {
        let tag = in_union.then_some(self.tags);
        self.tags += u16::from(in_union);
        self.by_name.insert(name.to_owned(), self.fields.len());
        self.fields.push(Field {
            name: name.to_owned(),
            kind,
            tag,
        });
    }
}

/// Makes a group, and the groups around it, known to its parent: they stand where their first field does.
fn enter(shapes: &mut [Shape], shape: usize) {
    if shapes[shape].entered {
        return;
    }
    shapes[shape].entered = true;
    let Some((parent, decl, in_union)) = shapes[shape].parent.clone() else {
        return;
    };
    enter(shapes, parent);
    shapes[shape].id = id::group(shapes[parent].id, shapes[parent].fields.len() as u16);
    let kind = FieldKind::Group(shapes[shape].target);
    shapes[parent].add(&decl.name.text, kind, in_union);
}

fn union_tag(ordinal: Option<Ordinal>, shape: usize) -> Option<Member> {
    ordinal.map(|ordinal| Member {
        ordinal,
        shape,
        in_union: false,
        decl: None,
    })
}
