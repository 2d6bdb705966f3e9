//! Types and their members as a message of workerd's `rtti.capnp`.

use std::collections::BTreeMap;

use io::layout::New;
use jsg::class::ClassInfo;
use jsg::rtti::{Described, Shape, TYPES, kind};
use jsg::{Flag, FlagSet};

use super::known::{Line, Types, class_of, full_name, full_name_of};
use super::layout::{
    self, Structure, TAG, Type, builtin, each, implementation, member, structure, type_tag,
};
use super::types::RustType;

/// The message for a Worker with these flags.
pub fn encode(flags: FlagSet) -> Vec<u8> {
    let types = Types::new(flags);
    let mut message = capnp::message::Builder::new_default();
    {
        let mut root: layout::Root<'_> = message.init_root();
        write_groups(&types, &mut root);
        each(
            &mut root,
            1,
            super::modules(&flags),
            |module: &mut layout::Module<'_>, (specifier, info)| {
                module.u16(TAG, 0);
                module.text(0, specifier);
                module.text(1, &full_name_of(info));
            },
        );
    }
    capnp::serialize::write_message_to_words(&message)
}

/// A member in the list of a class.
enum Member<'a> {
    Listed(&'a Line<'a>),
    Nested {
        name: &'a str,
        info: &'static ClassInfo,
    },
}

/// A group for each module below a crate.
fn write_groups(types: &Types, root: &mut layout::Root<'_>) {
    let mut groups = BTreeMap::<String, Vec<&Described>>::new();
    for known in TYPES.iter().filter(|known| types.is_seen(known)) {
        let mut path = known.module.split("::");
        let krate = path.next().unwrap_or_default();
        let group = path.next().unwrap_or(krate).replace('_', "-");
        groups.entry(group).or_default().push(known);
    }
    let groups = groups.into_iter().collect();
    each(
        root,
        0,
        groups,
        |group: &mut layout::Group<'_>, (name, mut members)| {
            members.sort_by_key(|known| (known.module, known.ident));
            group.text(0, &name);
            each(group, 1, members, |new, known| {
                Writer::of(types, known).write_structure(new, known);
            });
        },
    );
}

/// Writes types that the signatures of one module name.
struct Writer<'t> {
    types: &'t Types,
    module: &'static str,
}

impl<'t> Writer<'t> {
    fn of(types: &'t Types, known: &Described) -> Self {
        Self {
            types,
            module: known.module,
        }
    }

    fn write_structure(&self, new: &mut Structure<'_>, known: &Described) {
        new.text(structure::FULL_NAME, &full_name(known));
        match known.shape {
            Shape::Class { info, members } => {
                let is_global = known.ident == "ServiceWorkerGlobalScope";
                let nested: &[_] = if is_global { &self.types.globals } else { &[] };
                self.write_class(new, info, members, nested);
            }
            Shape::Dictionary { name, members } => {
                new.text(structure::NAME, name);
                let members = members.lines().collect();
                each(new, structure::MEMBERS, members, |member, line| {
                    let (name, ty) = line.split_once('\t').unwrap_or((line, ""));
                    self.write_property(member, name, &RustType::parse(ty));
                });
            }
            Shape::Union { .. } => {}
        }
    }

    fn write_class(
        &self,
        new: &mut Structure<'_>,
        info: &'static ClassInfo,
        members: &'static str,
        nested: &[(&'static str, &'static ClassInfo)],
    ) {
        new.text(structure::NAME, info.name);
        if let Some((parent, _)) = info.parent {
            let mut extends = new.fields(structure::EXTENDS);
            self.write_structure_type(&mut extends, parent.name, &full_name_of(parent));
        }
        let (listed, apart): (Vec<_>, Vec<_>) = self
            .types
            .lines(members)
            .into_iter()
            .partition(|line| LISTED.contains(&line.kind));
        for line in &apart {
            self.write_apart(new, line);
        }
        let listed = listed.iter().map(Member::Listed);
        let nested = nested
            .iter()
            .map(|(name, info)| Member::Nested { name, info });
        let members = listed.chain(nested).collect();
        each(
            new,
            structure::MEMBERS,
            members,
            |new, member| match member {
                Member::Listed(line) => self.write_member(new, line),
                Member::Nested { name, info } => self.write_nested(new, name, info),
            },
        );
    }

    /// A class of the global scope.
    fn write_nested(&self, new: &mut layout::Member<'_>, name: &str, info: &'static ClassInfo) {
        new.u16(TAG, member::NESTED);
        if name != info.name {
            new.text(1, name);
        }
        let mut nested = new.fields(0);
        nested.text(structure::FULL_NAME, &full_name_of(info));
        let Some(known) = class_of(info) else {
            return;
        };
        if let Shape::Class { info, members } = known.shape {
            Self::of(self.types, known).write_class(&mut nested, info, members, &[]);
        }
    }

    fn write_member(&self, new: &mut layout::Member<'_>, line: &Line<'_>) {
        match line.kind {
            kind::CONSTRUCTOR => {
                new.u16(TAG, member::CONSTRUCTOR);
                let mut constructor: layout::Constructor<'_> = new.fields(0);
                self.write_parameters(&mut constructor, 0, line);
            }
            kind::METHOD | kind::STATIC_METHOD => {
                new.u16(TAG, member::METHOD);
                let mut method = new.fields(0);
                self.write_method(&mut method, line);
                method.flag(0, line.kind == kind::STATIC_METHOD);
            }
            _ => {
                let mut property = self.write_property(new, line.name, &line.result);
                property.flag(0, !line.has_setter);
                let on_prototype = match line.kind {
                    kind::GETTER => self
                        .types
                        .flags
                        .contains(Flag::WorkersApiGettersSettersOnPrototype),
                    place => place == kind::PROTOTYPE_GETTER,
                };
                property.flag(2, on_prototype);
            }
        }
    }

    fn write_property<'n>(
        &self,
        new: &'n mut layout::Member<'_>,
        name: &str,
        ty: &RustType<'_>,
    ) -> layout::Property<'n> {
        new.u16(TAG, member::PROPERTY);
        let mut property: layout::Property<'_> = new.fields(0);
        property.text(0, name);
        self.write_type(&mut property.fields(1), ty);
        property
    }

    /// What a structure has besides its list of members.
    fn write_apart(&self, new: &mut Structure<'_>, line: &Line<'_>) {
        let (bit, at) = match line.kind {
            kind::ITERATOR => (structure::IS_ITERABLE, structure::ITERATOR),
            kind::ASYNC_ITERATOR => (structure::IS_ASYNC_ITERABLE, structure::ASYNC_ITERATOR),
            kind::DISPOSE => (structure::IS_DISPOSABLE, structure::DISPOSE),
            kind::CALLABLE => {
                let mut function: layout::Function<'_> = new.fields(structure::CALLABLE);
                self.write_type(&mut function.fields(0), &line.result);
                return self.write_parameters(&mut function, 1, line);
            }
            _ => return,
        };
        new.flag(bit, true);
        self.write_method(&mut new.fields(at), line);
    }

    fn write_method(&self, method: &mut layout::Method<'_>, line: &Line<'_>) {
        method.text(0, line.name);
        self.write_type(&mut method.fields(1), &line.result);
        self.write_parameters(method, 2, line);
    }

    fn write_parameters<const DATA: u16, const POINTERS: u16>(
        &self,
        new: &mut New<'_, DATA, POINTERS>,
        at: usize,
        line: &Line<'_>,
    ) {
        each(new, at, line.parameters.clone(), |ty, text| match text {
            CALL => write_enum(ty, type_tag::IMPLEMENTATION, implementation::CALLBACK_INFO),
            text if text.starts_with(REST) => {
                write_enum(ty, type_tag::IMPLEMENTATION, implementation::VARARGS);
            }
            text => self.write_type(ty, &RustType::parse(text)),
        });
    }

    fn write_structure_type(&self, new: &mut Type<'_>, name: &str, full_name: &str) {
        new.u16(TAG, type_tag::STRUCTURE);
        let mut structure: layout::Two<'_> = new.fields(0);
        structure.text(0, name);
        structure.text(1, full_name);
    }

    fn write_type(&self, new: &mut Type<'_>, ty: &RustType<'_>) {
        let named = |new: &mut Type<'_>, tag, name: &str| {
            new.u16(TAG, tag);
            let mut named: layout::One<'_> = new.fields(0);
            named.text(0, name);
        };
        let built_in = |new: &mut Type<'_>, value| write_enum(new, type_tag::BUILTIN, value);
        match ty.name {
            "()" if ty.arguments.is_empty() => new.u16(TAG, type_tag::VOID),
            "Result" | "Handle" | "Ref" | "Strong" | "Local" | "Box" | "Rc" | "Cow" => {
                self.write_type(new, ty.inner());
            }
            "bool" => new.u16(TAG, type_tag::BOOL),
            "Promise" | "Future" => {
                new.u16(TAG, type_tag::PROMISE);
                let mut promise: layout::One<'_> = new.fields(0);
                let mut value: Type<'_> = promise.fields(0);
                match ty.arguments.first() {
                    Some(ty) => self.write_type(&mut value, ty),
                    None => value.u16(TAG, type_tag::UNKNOWN),
                }
            }
            "String" | "str" => named(new, type_tag::STRING, "kj::String"),
            "UsvString" => named(new, type_tag::STRING, "jsg::USVString"),
            "ByteString" => named(new, type_tag::STRING, "jsg::ByteString"),
            "Object" => new.u16(TAG, type_tag::OBJECT),
            "Vec" | "[]" | "Sequence" => {
                new.u16(TAG, type_tag::ARRAY);
                let mut array: layout::Two<'_> = new.fields(0);
                self.write_type(&mut array.fields(0), ty.inner());
                array.text(1, "kj::Array");
            }
            "Record" if ty.arguments.len() == 2 => {
                new.u16(TAG, type_tag::DICT);
                let mut dict: layout::Two<'_> = new.fields(0);
                self.write_type(&mut dict.fields(0), &ty.arguments[0]);
                self.write_type(&mut dict.fields(1), &ty.arguments[1]);
            }
            "Option" => self.write_maybe(new, ty, "jsg::Optional"),
            "Nullable" => self.write_maybe(new, ty, "kj::Maybe"),
            "Uint8Array" => built_in(new, builtin::UINT8_ARRAY),
            "ArrayBufferView" => built_in(new, builtin::ARRAY_BUFFER_VIEW),
            "BufferSource" | "ByteView" => built_in(new, builtin::BUFFER_SOURCE),
            "Date" | "Time" => built_in(new, builtin::DATE),
            "Function" => built_in(new, builtin::FUNCTION),
            "ArrayBuffer" => built_in(new, builtin::ARRAY_BUFFER),
            name => match NUMBERS.iter().find(|(number, _)| *number == name) {
                Some((_, number)) => named(new, type_tag::NUMBER, number),
                None => self.write_described(new, name),
            },
        }
    }

    fn write_maybe(&self, new: &mut Type<'_>, ty: &RustType<'_>, name: &str) {
        new.u16(TAG, type_tag::MAYBE);
        let mut maybe: layout::Two<'_> = new.fields(0);
        self.write_type(&mut maybe.fields(0), ty.inner());
        maybe.text(1, name);
    }

    /// A type that the macros have described, or one of which nothing is known.
    fn write_described(&self, new: &mut Type<'_>, ident: &str) {
        let Some(known) = self.types.find(ident, self.module) else {
            return new.u16(TAG, type_tag::UNKNOWN);
        };
        match known.shape {
            Shape::Class { info, .. } => {
                self.write_structure_type(new, info.name, &full_name(known));
            }
            Shape::Dictionary { name, .. } => {
                self.write_structure_type(new, name, &full_name(known));
            }
            Shape::Union { variants } => {
                new.u16(TAG, type_tag::ONE_OF);
                let mut one_of: layout::One<'_> = new.fields(0);
                each(
                    &mut one_of,
                    0,
                    variants.lines().collect(),
                    |variant, text| {
                        Self::of(self.types, known).write_type(variant, &RustType::parse(text));
                    },
                );
            }
        }
    }
}

fn write_enum(new: &mut Type<'_>, tag: u16, value: u16) {
    new.u16(TAG, tag);
    let mut number: layout::Enum<'_> = new.fields(0);
    number.u16(TAG, value);
}

/// The kinds of lines that are members of their own.
const LISTED: [&str; 6] = [
    kind::CONSTRUCTOR,
    kind::METHOD,
    kind::STATIC_METHOD,
    kind::GETTER,
    kind::PROTOTYPE_GETTER,
    kind::INSTANCE_GETTER,
];

/// How a parameter begins that stands for the whole call, and one for all further arguments.
const CALL: &str = "(call)";
const REST: &str = "...";

/// The names that readers of the messages know numbers by.
const NUMBERS: [(&str, &str); 10] = [
    ("u8", "unsigned char"),
    ("i8", "signed char"),
    ("u16", "unsigned short"),
    ("i16", "short"),
    ("u32", "unsigned int"),
    ("i32", "int"),
    ("u64", "unsigned long"),
    ("i64", "long"),
    ("f32", "float"),
    ("f64", "double"),
];
