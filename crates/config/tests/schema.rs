//! The embedded schema has the ids and the layout that encoded configs of the real workerd rely on.
//!
//! `schema_facts.txt`: a line for each struct or group (id, name, data words, pointers, place of the union's tag and
//! number of its members), below it one for each field (name, tag, type, place, or group id), and enums.

use capnp_text::{EnumId, FieldKind, FileSystem, Schema, Sources, Type};
use std::io;
use std::sync::Arc;

const SCHEMA: &str = include_str!("../../../schema/workerd.capnp");
const FACTS: &str = include_str!("schema_facts.txt");

struct NoFiles;

impl FileSystem for NoFiles {
    fn read(&self, _path: &str) -> io::Result<Arc<[u8]>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

fn type_name(schema: &Schema, ty: &Type) -> String {
    match ty {
        Type::List(element) => format!("List({})", type_name(schema, element)),
        Type::Struct(id) => schema.structure(*id).name.clone(),
        Type::Enum(id) => enum_name(schema, *id),
        other => format!("{other:?}"),
    }
}

fn enum_name(schema: &Schema, id: EnumId) -> String {
    schema.enumeration(id).name.clone()
}

#[test]
fn ids_and_layout_are_those_of_the_real_schema() {
    let sources = Sources {
        files: &NoFiles,
        import_dirs: &[],
        builtins: &[("/workerd/workerd.capnp", SCHEMA)],
    };
    let compiled = capnp_text::compile("/workerd/workerd.capnp", &sources).unwrap();
    assert_eq!(compiled.errors(), []);
    let schema = compiled.schema();

    let mut lines = Vec::new();
    for structure in schema.structs() {
        let tag = match structure.union {
            Some(union) => format!("{}/{}", union.offset, union.members),
            None => "-".to_owned(),
        };
        let mut block = format!(
            "{} {:x} {} {} {} {tag}\n",
            if structure.is_group {
                "group"
            } else {
                "struct"
            },
            structure.id,
            structure.name,
            structure.data_words,
            structure.pointers
        );
        for field in &structure.fields {
            let tag = field.tag.map_or("-".to_owned(), |tag| tag.to_string());
            block += &match &field.kind {
                FieldKind::Group(id) => format!(
                    "  {} {tag} group {:x}\n",
                    field.name,
                    schema.structure(*id).id
                ),
                FieldKind::Slot {
                    ty,
                    offset,
                    default,
                } => {
                    let default = if format!("{default:?}") == "Zero" {
                        ""
                    } else {
                        " default"
                    };
                    format!(
                        "  {} {tag} {} {offset}{default}\n",
                        field.name,
                        type_name(schema, ty)
                    )
                }
            };
        }
        lines.push(block);
    }
    for enumeration in schema.enums() {
        lines.push(format!(
            "enum {:x} {} {}\n",
            enumeration.id,
            enumeration.name,
            enumeration.values.join(" ")
        ));
    }
    let facts = FACTS
        .replace("\nstruct ", "\0struct ")
        .replace("\ngroup ", "\0group ")
        .replace("\nenum ", "\0enum ");
    let mut expected: Vec<_> = facts
        .split('\0')
        .map(|block| format!("{}\n", block.trim_end()))
        .collect();
    lines.sort();
    expected.sort();
    assert_eq!(lines, expected);
}
