//! The types that the macros have described, as Workers with some flags see them.

use std::collections::HashMap;

use jsg::class::ClassInfo;
use jsg::rtti::{Described, Shape, TYPES};
use jsg::{Flag, FlagSet};

use super::types::RustType;

pub struct Types {
    pub flags: FlagSet,
    /// By what signatures call them; types of several modules may have a name in common.
    by_ident: HashMap<&'static str, Vec<&'static Described>>,
    flag_names: HashMap<String, Flag>,
    pub globals: Vec<(&'static str, &'static ClassInfo)>,
}

/// A line that describes a member of a class; see [`Shape::Class`].
pub struct Line<'a> {
    pub kind: &'a str,
    pub name: &'a str,
    pub has_setter: bool,
    pub parameters: Vec<&'a str>,
    pub result: RustType<'a>,
}

impl Types {
    pub fn new(flags: FlagSet) -> Self {
        let mut by_ident = HashMap::<_, Vec<_>>::new();
        for known in TYPES.iter() {
            by_ident.entry(known.ident).or_default().push(known);
        }
        Self {
            flags,
            by_ident,
            flag_names: Flag::ALL
                .iter()
                .map(|flag| (format!("{flag:?}"), *flag))
                .collect(),
            globals: web::globals::classes(&flags).collect(),
        }
    }

    /// Unions are written where they are used, and classes without any member never meet a guest.
    pub fn is_seen(&self, known: &Described) -> bool {
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

    pub fn lines(&self, members: &'static str) -> Vec<Line<'static>> {
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

    /// The type that a signature in `module` calls `ident`: the nearest, where there are several.
    pub fn find(&self, ident: &str, module: &str) -> Option<&'static Described> {
        let named = self.by_ident.get(ident)?.iter();
        let nearest = named.max_by_key(|known| (shared(known.module, module), known.module));
        nearest.copied()
    }
}

pub fn class_of(class: &ClassInfo) -> Option<&'static Described> {
    TYPES
        .iter()
        .find(|known| matches!(known.shape, Shape::Class { info, .. } if std::ptr::eq(info, class)))
}

pub fn full_name(known: &Described) -> String {
    format!("{}::{}", known.module, known.ident)
}

pub fn full_name_of(class: &ClassInfo) -> String {
    class_of(class).map(full_name).unwrap_or_default()
}

/// How many parts from their root two modules have in common.
fn shared(one: &str, other: &str) -> usize {
    let pairs = one.split("::").zip(other.split("::"));
    pairs.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where signatures of `known` look for other types.
    fn named(known: &Described) -> Vec<&'static str> {
        let text = match known.shape {
            Shape::Class { members, .. } | Shape::Dictionary { members, .. } => members,
            Shape::Union { variants } => variants,
        };
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .collect()
    }

    #[test]
    fn one_type_is_the_nearest_of_those_with_a_name() {
        let types = Types::new(FlagSet::EMPTY);
        for user in TYPES.iter() {
            for ident in named(user) {
                let all = types.by_ident.get(ident).map_or(&[][..], Vec::as_slice);
                let near = |known: &&&Described| shared(known.module, user.module);
                let most = all.iter().map(|known| near(&known)).max();
                let nearest = all.iter().filter(|known| Some(near(known)) == most);
                let nearest: Vec<_> = nearest.map(|known| full_name(known)).collect();
                assert!(nearest.len() < 2, "{}: {nearest:?}", full_name(user));
            }
        }
    }
}
