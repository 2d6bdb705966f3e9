//! `#[jsg::methods]`: what each function of the `impl` becomes, and where the class shows it.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{
    Attribute, Error, Ident, ImplItem, ImplItemFn, ItemImpl, LitInt, LitStr, Path, Result, Type,
};

mod bodies;

use bodies::{getter_body, method_body, setter_body};

/// What a function of the `impl` becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Constructor,
    Method,
    StaticMethod,
    /// A property placed by the compatibility date.
    Getter,
    PrototypeGetter,
    InstanceGetter,
    Setter,
    StaticGetter,
    InspectGetter,
    Iterator,
    AsyncIterator,
    Dispose,
    /// What a call of the object itself does.
    Callable,
    Define,
}

const KINDS: [(&str, Kind); 14] = [
    ("constructor", Kind::Constructor),
    ("method", Kind::Method),
    ("static_method", Kind::StaticMethod),
    ("getter", Kind::Getter),
    ("prototype_getter", Kind::PrototypeGetter),
    ("instance_getter", Kind::InstanceGetter),
    ("setter", Kind::Setter),
    ("static_getter", Kind::StaticGetter),
    ("inspect_getter", Kind::InspectGetter),
    ("iterator", Kind::Iterator),
    ("async_iterator", Kind::AsyncIterator),
    ("dispose", Kind::Dispose),
    ("callable", Kind::Callable),
    ("define", Kind::Define),
];

/// A function with an attribute of ours.
pub struct Member {
    pub function: ImplItemFn,
    pub kind: Kind,
    pub name: String,
    pub flags: Vec<Path>,
    pub unless: Vec<Path>,
    promise: bool,
    /// With the older flags it throws all of its failures.
    captured: bool,
    /// The `length` of the function, where its parameters do not tell.
    length: Option<usize>,
}

pub fn expand(item: TokenStream) -> Result<TokenStream> {
    let mut input: ItemImpl = syn::parse2(item)?;
    let class = input.self_ty.clone();
    let mut members = Vec::new();
    for item in &mut input.items {
        let ImplItem::Fn(function) = item else {
            continue;
        };
        let mut declared = Vec::new();
        function.attrs.retain(|attribute| {
            let ours = attribute.path().is_ident("jsg");
            if ours {
                declared.push(attribute.clone());
            }
            !ours
        });
        for attribute in &declared {
            members.push(parse(attribute, function)?);
        }
    }
    let create = match members
        .iter()
        .find(|member| member.kind == Kind::Constructor)
    {
        Some(member) => {
            let body = method_body(&class, member)?;
            quote! {
                const CREATE: ::jsg::class::Create = {
                    #body
                    ::jsg::class::builder::constructible::<Body>
                };
            }
        }
        None => quote!(
            const CREATE: ::jsg::class::Create = ::jsg::class::builder::illegal;
        ),
    };
    let definitions = members
        .iter()
        .filter(|member| member.kind != Kind::Constructor && member.kind != Kind::Setter)
        .map(|member| definition(&class, member, &members))
        .collect::<Result<Vec<_>>>()?;
    let description = crate::describe::members(&class, &members);
    Ok(quote! {
        #input

        impl ::jsg::class::Members for #class {
            #create
            const DESCRIPTION: &'static str = #description;

            fn define(builder: &mut ::jsg::class::Builder<'_, '_, '_>) {
                let _ = &builder;
                #(#definitions)*
            }
        }
    })
}

fn parse(attribute: &Attribute, function: &ImplItemFn) -> Result<Member> {
    let ident = function.sig.ident.to_string();
    let mut member = Member {
        function: function.clone(),
        kind: Kind::Define,
        name: String::new(),
        flags: Vec::new(),
        unless: Vec::new(),
        promise: function.sig.asyncness.is_some(),
        captured: false,
        length: None,
    };
    let mut kind = None;
    attribute.parse_nested_meta(|meta| {
        if meta.path.is_ident("name") {
            member.name = meta.value()?.parse::<LitStr>()?.value();
        } else if meta.path.is_ident("length") {
            member.length = Some(meta.value()?.parse::<LitInt>()?.base10_parse()?);
        } else if meta.path.is_ident("flag") {
            member.flags.push(meta.value()?.parse()?);
        } else if meta.path.is_ident("unless") {
            member.unless.push(meta.value()?.parse()?);
        } else if meta.path.is_ident("promise") {
            member.promise = true;
        } else if meta.path.is_ident("captured") {
            member.promise = true;
            member.captured = true;
        } else if let Some((_, found)) = KINDS.iter().find(|(name, _)| meta.path.is_ident(name)) {
            kind = Some(*found);
        } else {
            return Err(meta.error("unknown form of member; see `jsg::methods`"));
        }
        Ok(())
    })?;
    member.kind = kind.ok_or_else(|| {
        Error::new_spanned(attribute, "what is this function? (method, getter, …)")
    })?;
    if member.name.is_empty() {
        let stem = if member.kind == Kind::Setter {
            ident.strip_prefix("set_").unwrap_or(&ident)
        } else {
            &ident
        };
        member.name = if member.kind == Kind::Callable {
            "(called as function)".into()
        } else {
            camel_case(stem)
        };
    }
    Ok(member)
}

/// `text_encoder` to `textEncoder`.
pub fn camel_case(name: &str) -> String {
    let mut out = String::new();
    let mut upper = false;
    for c in name.trim_start_matches("r#").chars() {
        if c == '_' {
            upper = true;
        } else if upper {
            out.extend(c.to_uppercase());
            upper = false;
        } else {
            out.push(c);
        }
    }
    out
}

fn definition(class: &Type, member: &Member, all: &[Member]) -> Result<TokenStream> {
    let with_body = |install: TokenStream| -> Result<TokenStream> {
        let body = method_body(class, member)?;
        Ok(quote!(#body builder.#install;))
    };
    let with_symbol = |symbol: TokenStream| {
        with_body(quote!(symbol_method::<Body>(::jsg::class::builder::#symbol)))
    };
    let installed = match member.kind {
        Kind::Method => with_body(quote!(method::<Body>()))?,
        Kind::Callable => with_body(quote!(callable::<Body>()))?,
        Kind::StaticMethod => with_body(quote!(static_method::<Body>()))?,
        Kind::Iterator => with_symbol(quote!(iterator_symbol))?,
        Kind::AsyncIterator => with_symbol(quote!(async_iterator_symbol))?,
        Kind::Dispose => with_symbol(quote!(dispose_symbol))?,
        Kind::Getter | Kind::PrototypeGetter | Kind::InstanceGetter => {
            property(class, member, all)?
        }
        Kind::StaticGetter => {
            let getter = getter_body(class, member)?;
            quote!(#getter builder.static_property::<Getter>();)
        }
        Kind::InspectGetter => {
            let getter = getter_body(class, member)?;
            quote!(#getter builder.inspect_property::<Getter>();)
        }
        Kind::Define => {
            let function = &member.function.sig.ident;
            quote!(<#class>::#function(builder);)
        }
        Kind::Constructor | Kind::Setter => quote!(),
    };
    let flags = &member.flags;
    let unless = &member.unless;
    Ok(if flags.is_empty() && unless.is_empty() {
        quote!({ #installed })
    } else {
        quote! {
            if true
                #(&& builder.flags().contains(::jsg::Flag::#flags))*
                #(&& !builder.flags().contains(::jsg::Flag::#unless))*
            {
                #installed
            }
        }
    })
}

fn property(class: &Type, member: &Member, all: &[Member]) -> Result<TokenStream> {
    let placement = Ident::new(
        match member.kind {
            Kind::PrototypeGetter => "Prototype",
            Kind::InstanceGetter => "Instance",
            _ => "ByFlag",
        },
        Span::call_site(),
    );
    let getter = getter_body(class, member)?;
    // A setter under flags belongs to the getter under the same ones.
    let setter = all.iter().find(|other| {
        other.kind == Kind::Setter
            && other.name == member.name
            && (other.flags.is_empty() && other.unless.is_empty()
                || other.flags == member.flags && other.unless == member.unless)
    });
    Ok(match setter {
        Some(setter) => {
            let setter = setter_body(class, setter)?;
            quote! {
                #getter
                #setter
                builder.property::<Getter, Setter>(::jsg::class::builder::Placement::#placement);
            }
        }
        None => quote! {
            #getter
            builder.property::<Getter, ::jsg::class::builder::NoSetter>(::jsg::class::builder::Placement::#placement);
        },
    })
}
