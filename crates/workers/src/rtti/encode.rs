//! Types and their members as a message of workerd's `rtti.capnp`.

use std::collections::{BTreeMap, HashMap};

use jsg::class::ClassInfo;
use jsg::rtti::{Described, Shape, TYPES, kind};
use jsg::{Flag, FlagSet};

use super::layout::{self, List, New, builtin, implementation, member, structure, type_tag};
use super::types::RustType;

/// The message for a Worker with these flags.
pub fn encode(flags: FlagSet) -> Vec<u8> {
    let types = Types::new(flags);
    let mut message = capnp::message::Builder::new_default();
    {
        let layout::Root(mut root) = message.init_root();
        types.write_groups(&mut root);
        let modules = super::modules(&flags);
        let mut list = root.list(1, layout::MODULE, modules.len());
        for (index, (specifier, info)) in modules.iter().enumerate() {
            let mut module = list.at(index);
            module.tag(0);
            module.text(0, specifier);
            module.text(1, &types.full_name_of(info));
        }
    }
    capnp::serialize::write_message_to_words(&message)
}

struct Types {
    flags: FlagSet,
    by_ident: HashMap<&'static str, &'static Described>,
    flag_names: HashMap<String, Flag>,
    globals: Vec<(&'static str, &'static ClassInfo)>,
}

/// A line that describes a member of a class; see [`Shape::Class`].
struct Line<'a> {
    kind: &'a str,
    name: &'a str,
    has_setter: bool,
    parameters: Vec<&'a str>,
    result: RustType<'a>,
}

impl Types {
    fn new(flags: FlagSet) -> Self {
        Self {
            flags,
            by_ident: TYPES.iter().map(|known| (known.ident, known)).collect(),
            flag_names: Flag::ALL
                .iter()
                .map(|flag| (format!("{flag:?}"), *flag))
                .collect(),
            globals: web::globals::classes(&flags).collect(),
        }
    }

    /// A group for each module below a crate.
    fn write_groups(&self, root: &mut New<'_>) {
        let mut groups = BTreeMap::<String, Vec<&Described>>::new();
        for known in TYPES.iter().filter(|known| self.is_seen(known)) {
            let mut path = known.module.split("::");
            let krate = path.next().unwrap_or_default();
            let group = path.next().unwrap_or(krate).replace('_', "-");
            groups.entry(group).or_default().push(known);
        }
        let mut list = root.list(0, layout::GROUP, groups.len());
        for (index, (name, mut members)) in groups.into_iter().enumerate() {
            members.sort_by_key(|known| (known.module, known.ident));
            let mut group = list.at(index);
            group.text(0, &name);
            let mut structures = group.list(1, layout::STRUCTURE, members.len());
            for (index, known) in members.into_iter().enumerate() {
                self.write_structure(&mut structures.at(index), known);
            }
        }
    }

    /// Unions are written where they are used, and classes without any member never meet a guest.
    fn is_seen(&self, known: &Described) -> bool {
        match &known.shape {
            Shape::Class { info, members } => {
                !members.is_empty()
                    || self
                        .globals
                        .iter()
                        .any(|(_, global)| std::ptr::eq(*global, *info))
            }
            Shape::Dictionary { .. } => true,
            Shape::Union { .. } => false,
        }
    }

    fn lines(&self, members: &'static str) -> Vec<Line<'static>> {
        members.lines().filter_map(|line| self.line(line)).collect()
    }

    /// None for a member that these flags hide.
    fn line(&self, line: &'static str) -> Option<Line<'static>> {
        let mut parts = line.split('\t');
        let mut part = || parts.next().unwrap_or_default();
        let (kind, name) = (part(), part());
        let is_on = |name: &str| {
            let flag = self.flag_names.get(name);
            flag.is_some_and(|flag| self.flags.contains(*flag))
        };
        let (needed, unless) = (part(), part());
        if !needed.split_whitespace().all(is_on) || unless.split_whitespace().any(is_on) {
            return None;
        }
        Some(Line {
            kind,
            name,
            has_setter: part() == "rw",
            parameters: part().split(';').filter(|ty| !ty.is_empty()).collect(),
            result: match part() {
                "" => RustType::parse("()"),
                result => RustType::parse(result),
            },
        })
    }

    fn write_structure(&self, new: &mut New<'_>, known: &Described) {
        new.text(structure::FULL_NAME, &full_name(known));
        match known.shape {
            Shape::Class { info, members } => {
                let is_global = known.ident == "ServiceWorkerGlobalScope";
                let nested: &[_] = if is_global { &self.globals } else { &[] };
                self.write_class(new, info, members, nested);
            }
            Shape::Dictionary { name, members } => {
                new.text(structure::NAME, name);
                let members: Vec<_> = members.lines().collect();
                let mut list = new.list(structure::MEMBERS, layout::MEMBER, members.len());
                for (index, line) in members.into_iter().enumerate() {
                    let (name, ty) = line.split_once('\t').unwrap_or((line, ""));
                    let mut member = list.at(index);
                    member.tag(member::PROPERTY);
                    let mut property = member.child(0, layout::PROPERTY);
                    property.text(0, name);
                    self.write_type(&mut property.child(1, layout::TYPE), &RustType::parse(ty));
                }
            }
            Shape::Union { .. } => {}
        }
    }

    fn write_class(
        &self,
        new: &mut New<'_>,
        info: &'static ClassInfo,
        members: &'static str,
        nested: &[(&'static str, &'static ClassInfo)],
    ) {
        new.text(structure::NAME, info.name);
        if let Some((parent, _)) = info.parent {
            let mut extends = new.child(structure::EXTENDS, layout::TYPE);
            self.write_structure_type(&mut extends, parent.name, &self.full_name_of(parent));
        }
        let (listed, apart): (Vec<_>, Vec<_>) = self
            .lines(members)
            .into_iter()
            .partition(|line| LISTED.contains(&line.kind));
        for line in &apart {
            self.write_apart(new, line);
        }
        let count = listed.len() + nested.len();
        let mut list = new.list(structure::MEMBERS, layout::MEMBER, count);
        for (index, line) in listed.iter().enumerate() {
            self.write_member(&mut list.at(index), line);
        }
        self.write_nested(&mut list, listed.len(), nested);
    }

    /// The classes of the global scope.
    fn write_nested(
        &self,
        list: &mut List<'_, 1, 2>,
        first: usize,
        nested: &[(&'static str, &'static ClassInfo)],
    ) {
        for (index, (name, info)) in nested.iter().enumerate() {
            let mut member = list.at(first + index);
            member.tag(member::NESTED);
            if *name != info.name {
                member.text(1, name);
            }
            let mut nested = member.child(0, layout::STRUCTURE);
            nested.text(structure::FULL_NAME, &self.full_name_of(info));
            if let Some(Shape::Class { info, members }) = class_of(info).map(|known| &known.shape) {
                self.write_class(&mut nested, info, members, &[]);
            }
        }
    }

    fn write_member(&self, new: &mut New<'_>, line: &Line<'_>) {
        match line.kind {
            kind::CONSTRUCTOR => {
                new.tag(member::CONSTRUCTOR);
                let mut constructor = new.child(0, layout::CONSTRUCTOR);
                self.write_parameters(&mut constructor, 0, line);
            }
            kind::METHOD | kind::STATIC_METHOD => {
                new.tag(member::METHOD);
                let mut method = new.child(0, layout::METHOD);
                method.bit(0, line.kind == kind::STATIC_METHOD);
                self.write_method(&mut method, line);
            }
            _ => {
                new.tag(member::PROPERTY);
                let mut property = new.child(0, layout::PROPERTY);
                property.text(0, line.name);
                self.write_type(&mut property.child(1, layout::TYPE), &line.result);
                property.bit(0, !line.has_setter);
                let on_prototype = match line.kind {
                    kind::GETTER => self
                        .flags
                        .contains(Flag::WorkersApiGettersSettersOnPrototype),
                    place => place == kind::PROTOTYPE_GETTER,
                };
                property.bit(2, on_prototype);
            }
        }
    }

    /// What a structure has besides its list of members.
    fn write_apart(&self, new: &mut New<'_>, line: &Line<'_>) {
        let (bit, at) = match line.kind {
            kind::ITERATOR => (structure::IS_ITERABLE, structure::ITERATOR),
            kind::ASYNC_ITERATOR => (structure::IS_ASYNC_ITERABLE, structure::ASYNC_ITERATOR),
            kind::DISPOSE => (structure::IS_DISPOSABLE, structure::DISPOSE),
            kind::CALLABLE => {
                let mut function = new.child(structure::CALLABLE, layout::FUNCTION);
                self.write_type(&mut function.child(0, layout::TYPE), &line.result);
                return self.write_parameters(&mut function, 1, line);
            }
            _ => return,
        };
        new.bit(bit, true);
        self.write_method(&mut new.child(at, layout::METHOD), line);
    }

    fn write_method(&self, method: &mut New<'_>, line: &Line<'_>) {
        method.text(0, line.name);
        self.write_type(&mut method.child(1, layout::TYPE), &line.result);
        self.write_parameters(method, 2, line);
    }

    fn write_parameters(&self, new: &mut New<'_>, at: usize, line: &Line<'_>) {
        let mut list = new.list(at, layout::TYPE, line.parameters.len());
        for (index, text) in line.parameters.iter().enumerate() {
            let mut ty = list.at(index);
            match *text {
                CALL => write_enum(
                    &mut ty,
                    type_tag::IMPLEMENTATION,
                    implementation::CALLBACK_INFO,
                ),
                text if text.starts_with(REST) => {
                    write_enum(&mut ty, type_tag::IMPLEMENTATION, implementation::VARARGS);
                }
                text => self.write_type(&mut ty, &RustType::parse(text)),
            }
        }
    }

    fn write_structure_type(&self, new: &mut New<'_>, name: &str, full_name: &str) {
        new.tag(type_tag::STRUCTURE);
        let mut structure = new.child(0, layout::TWO);
        structure.text(0, name);
        structure.text(1, full_name);
    }

    fn write_type(&self, new: &mut New<'_>, ty: &RustType<'_>) {
        let named = |new: &mut New<'_>, tag, name: &str| {
            new.tag(tag);
            new.child(0, layout::ONE).text(0, name);
        };
        let built_in = |new: &mut New<'_>, value| write_enum(new, type_tag::BUILTIN, value);
        match ty.name {
            "()" if ty.arguments.is_empty() => new.tag(type_tag::VOID),
            "Result" | "Handle" | "Ref" | "Strong" | "Local" | "Box" | "Rc" | "Cow" => {
                self.write_type(new, ty.inner());
            }
            "bool" => new.tag(type_tag::BOOL),
            "Promise" | "Future" => {
                new.tag(type_tag::PROMISE);
                let value = ty.arguments.first();
                let mut promise = new.child(0, layout::ONE);
                if let Some(value) = value {
                    self.write_type(&mut promise.child(0, layout::TYPE), value);
                } else {
                    promise.child(0, layout::TYPE).tag(type_tag::UNKNOWN);
                }
            }
            "String" | "str" => named(new, type_tag::STRING, "kj::String"),
            "UsvString" => named(new, type_tag::STRING, "jsg::USVString"),
            "ByteString" => named(new, type_tag::STRING, "jsg::ByteString"),
            "Object" => new.tag(type_tag::OBJECT),
            "Vec" | "[]" | "Sequence" => {
                new.tag(type_tag::ARRAY);
                let mut array = new.child(0, layout::TWO);
                self.write_type(&mut array.child(0, layout::TYPE), ty.inner());
                array.text(1, "kj::Array");
            }
            "Record" if ty.arguments.len() == 2 => {
                new.tag(type_tag::DICT);
                let mut dict = new.child(0, layout::TWO);
                self.write_type(&mut dict.child(0, layout::TYPE), &ty.arguments[0]);
                self.write_type(&mut dict.child(1, layout::TYPE), &ty.arguments[1]);
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

    fn write_maybe(&self, new: &mut New<'_>, ty: &RustType<'_>, name: &str) {
        new.tag(type_tag::MAYBE);
        let mut maybe = new.child(0, layout::TWO);
        self.write_type(&mut maybe.child(0, layout::TYPE), ty.inner());
        maybe.text(1, name);
    }

    /// A type that the macros have described, or one of which nothing is known.
    fn write_described(&self, new: &mut New<'_>, ident: &str) {
        let Some(known) = self.by_ident.get(ident) else {
            return new.tag(type_tag::UNKNOWN);
        };
        match known.shape {
            Shape::Class { info, .. } => {
                self.write_structure_type(new, info.name, &full_name(known));
            }
            Shape::Dictionary { name, .. } => {
                self.write_structure_type(new, name, &full_name(known));
            }
            Shape::Union { variants } => {
                new.tag(type_tag::ONE_OF);
                let variants: Vec<_> = variants.lines().collect();
                let mut one_of = new.child(0, layout::ONE);
                let mut list = one_of.list(0, layout::TYPE, variants.len());
                for (index, text) in variants.into_iter().enumerate() {
                    self.write_type(&mut list.at(index), &RustType::parse(text));
                }
            }
        }
    }

    fn full_name_of(&self, info: &ClassInfo) -> String {
        class_of(info).map(full_name).unwrap_or_default()
    }
}

fn write_enum(new: &mut New<'_>, tag: u16, value: u16) {
    new.tag(tag);
    new.child(0, layout::ENUM).tag(value);
}

fn class_of(class: &ClassInfo) -> Option<&'static Described> {
    TYPES
        .iter()
        .find(|known| matches!(known.shape, Shape::Class { info, .. } if std::ptr::eq(info, class)))
}

fn full_name(known: &Described) -> String {
    format!("{}::{}", known.module, known.ident)
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
