//! What the macros write down of types for `jsg::rtti`, which has the format.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{FnArg, Ident, Pat, ReturnType, Type};

use crate::methods::{Kind, Member};

/// Registers what `shape` says of a type.
pub fn registration(ident: &Ident, shape: &TokenStream) -> TokenStream {
    let name = Ident::new(
        &format!("{}_DESCRIBED", crate::class::screaming(&ident.to_string())),
        ident.span(),
    );
    let text = ident.to_string();
    quote! {
        #[::jsg::linkme::distributed_slice(::jsg::rtti::TYPES)]
        #[linkme(crate = ::jsg::linkme)]
        static #name: ::jsg::rtti::Described = ::jsg::rtti::Described {
            ident: #text,
            module: ::std::module_path!(),
            shape: #shape,
        };
    }
}

/// A type with no more spaces than it needs; `Self` is the class.
pub fn type_text(ty: &impl ToTokens, class: Option<&Type>) -> String {
    let mut out = String::new();
    write_tokens(ty.to_token_stream(), class, &mut out);
    out
}

fn write_tokens(tokens: TokenStream, class: Option<&Type>, out: &mut String) {
    for token in tokens {
        let text = match (&token, class) {
            (TokenTree::Ident(ident), Some(class)) if ident == "Self" => type_text(class, None),
            (TokenTree::Group(group), _) => {
                let whole = group.to_string();
                let mut inner = String::new();
                write_tokens(group.stream(), class, &mut inner);
                let (open, close) = (whole.chars().next(), whole.chars().next_back());
                open.into_iter().chain(inner.chars()).chain(close).collect()
            }
            _ => token.to_string(),
        };
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if out.ends_with(is_word) && text.starts_with(is_word) {
            out.push(' ');
        }
        out.push_str(&text);
    }
}

/// A line for each member that guests see.
pub fn members(class: &Type, members: &[Member]) -> String {
    members
        .iter()
        .filter_map(|member| line(class, member, members))
        .collect()
}

fn line(class: &Type, member: &Member, all: &[Member]) -> Option<String> {
    let kind = match member.kind {
        Kind::Constructor => "constructor",
        Kind::Method => "method",
        Kind::StaticMethod => "static_method",
        Kind::Getter => "getter",
        Kind::PrototypeGetter => "prototype_getter",
        Kind::InstanceGetter => "instance_getter",
        Kind::Iterator => "iterator",
        Kind::AsyncIterator => "async_iterator",
        Kind::Dispose => "dispose",
        Kind::Callable => "callable",
        Kind::Setter | Kind::StaticGetter | Kind::InspectGetter | Kind::Define => return None,
    };
    let names = |paths: &[syn::Path]| {
        let idents = paths.iter().filter_map(|path| path.segments.last());
        let names: Vec<_> = idents.map(|segment| segment.ident.to_string()).collect();
        names.join(" ")
    };
    let has_setter = all
        .iter()
        .any(|other| other.kind == Kind::Setter && other.name == member.name);
    Some(format!(
        "{kind}\t{}\t{}\t{}\t{}\t{}\t{}\n",
        member.name,
        names(&member.flags),
        names(&member.unless),
        if has_setter { "rw" } else { "" },
        parameters(class, member).join(";"),
        result(class, member),
    ))
}

/// The types of the parameters that guests give.
fn parameters(class: &Type, member: &Member) -> Vec<String> {
    let mut found = Vec::new();
    for input in &member.function.sig.inputs {
        let FnArg::Typed(typed) = input else {
            continue;
        };
        let Pat::Ident(pattern) = &*typed.pat else {
            continue;
        };
        let text = type_text(&typed.ty, Some(class));
        match pattern.ident.to_string().trim_start_matches('_') {
            "js" | "this" => {}
            // A constructor needs the call for its object, and has its parameters besides.
            "call" if member.kind == Kind::Constructor => {}
            "call" => found.push("(call)".to_owned()),
            "rest" => found.push(format!("...{text}")),
            _ => found.push(text),
        }
    }
    found
}

fn result(class: &Type, member: &Member) -> String {
    let result = match &member.function.sig.output {
        _ if member.kind == Kind::Constructor => String::new(),
        ReturnType::Default => "()".to_owned(),
        ReturnType::Type(_, ty) => type_text(ty, Some(class)),
    };
    if member.function.sig.asyncness.is_some() {
        format!("Future<{result}>")
    } else {
        result
    }
}
