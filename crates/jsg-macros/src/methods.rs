//! `#[jsg::methods]`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Error, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, LitInt, LitStr, Pat, Path,
    Result, ReturnType, Token, Type,
};

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

/// How the parameters of a function are obtained, and the arguments that pass them.
struct Parameters {
    setup: Vec<TokenStream>,
    arguments: Vec<TokenStream>,
    needs_receiver: bool,
    /// How many have to be given: the `length` of the function in WebIDL.
    required: usize,
}

/// `value` is where positional parameters come from.
fn parameters(function: &ImplItemFn, value: impl Fn(usize) -> TokenStream) -> Result<Parameters> {
    let mut out = Parameters {
        setup: Vec::new(),
        arguments: Vec::new(),
        needs_receiver: false,
        required: 0,
    };
    let mut position = 0;
    let mut optional = false;
    let inputs: &Punctuated<FnArg, Token![,]> = &function.sig.inputs;
    for input in inputs {
        let argument = match input {
            FnArg::Receiver(_) => {
                out.needs_receiver = true;
                quote!(this.get())
            }
            FnArg::Typed(typed) => {
                let Pat::Ident(pattern) = &*typed.pat else {
                    return Err(Error::new_spanned(
                        &typed.pat,
                        "a member's parameter needs a plain name",
                    ));
                };
                match pattern.ident.to_string().trim_start_matches('_') {
                    "js" => quote!(js),
                    "call" => quote!(call),
                    "this" => {
                        out.needs_receiver = true;
                        if mentions(&typed.ty, "Strong") {
                            out.setup
                                .push(quote!(let this_strong = ::jsg::Strong::new(js, this);));
                            quote!(this_strong)
                        } else {
                            quote!(this)
                        }
                    }
                    "rest" => {
                        let index = position as i32;
                        out.setup.push(quote!(let rest = call.rest(js, #index)?;));
                        quote!(rest)
                    }
                    _ => {
                        let name = Ident::new(&format!("a{position}"), Span::call_site());
                        let source = value(position);
                        out.setup.push(quote!(let #name = #source;));
                        position += 1;
                        optional |= OPTIONAL.iter().any(|name| mentions(&typed.ty, name));
                        if !optional {
                            out.required = position;
                        }
                        quote!(#name)
                    }
                }
            }
        };
        out.arguments.push(argument);
    }
    Ok(out)
}

/// The types of parameters that need not be given.
const OPTIONAL: [&str; 2] = ["Option", "Nullable"];

fn mentions(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.iter().any(|segment| segment.ident == name))
}

fn returns_result(function: &ImplItemFn) -> bool {
    match &function.sig.output {
        ReturnType::Type(_, ty) => mentions(ty, "Result"),
        ReturnType::Default => false,
    }
}

/// Whether a constructor attaches its value itself, to go on with the object.
fn returns_handle(function: &ImplItemFn) -> bool {
    let ReturnType::Type(_, ty) = &function.sig.output else {
        return false;
    };
    let Type::Path(path) = &**ty else {
        return false;
    };
    let Some(syn::PathSegment {
        arguments: syn::PathArguments::AngleBracketed(arguments),
        ..
    }) = path.path.segments.last()
    else {
        return false;
    };
    matches!(
        arguments.args.first(),
        Some(syn::GenericArgument::Type(ty)) if mentions(ty, "Handle")
    )
}

fn method_body(class: &Type, member: &Member) -> Result<TokenStream> {
    let Member { function, name, .. } = member;
    let ident = &function.sig.ident;
    let Parameters {
        setup,
        arguments,
        needs_receiver,
        required,
    } = parameters(function, |position| {
        let index = position as i32;
        quote!(call.arg(js, #index)?)
    })?;
    let length = member.length.unwrap_or(required) as i32;
    let length = (length > 0).then(|| quote!(const LENGTH: i32 = #length;));
    let receiver = if needs_receiver {
        quote!(let this = call.receiver::<#class>(js)?;)
    } else {
        quote!()
    };
    let invoke = quote!(<#class>::#ident(#(#arguments),*));
    let kind = Ident::new(
        if member.kind == Kind::Constructor {
            "Constructor"
        } else {
            "Method"
        },
        Span::call_site(),
    );
    let finish = if member.kind == Kind::Constructor && returns_handle(function) {
        quote! {
            #(#setup)*
            let _attached: ::jsg::Handle<'s, #class> = #invoke?;
            ::std::result::Result::Ok(())
        }
    } else if member.kind == Kind::Constructor {
        let value = if returns_result(function) {
            invoke
        } else {
            quote!(::std::result::Result::Ok(#invoke))
        };
        quote! {
            #(#setup)*
            let value: ::jsg::Result<#class> = #value;
            call.construct(js, value)
        }
    } else if function.sig.asyncness.is_some() {
        quote! {
            #receiver
            ::jsg::class::call::rejecting(js, rv, |js, has_arguments| {
                #(#setup)*
                has_arguments.set(true);
                let future = #invoke;
                ::std::result::Result::Ok(::jsg::promise::from_future(js, future))
            })
        }
    } else if member.promise {
        let arguments_done = (!member.captured).then(|| quote!(has_arguments.set(true);));
        let value = if returns_result(function) {
            invoke
        } else {
            quote!(::std::result::Result::Ok(#invoke))
        };
        quote! {
            #receiver
            ::jsg::class::call::rejecting(js, rv, |js, has_arguments| {
                #(#setup)*
                #arguments_done
                #value
            })
        }
    } else {
        quote! {
            #receiver
            #(#setup)*
            let result = #invoke;
            ::jsg::Return::set(result, js, rv)
        }
    };
    Ok(quote! {
        struct Body;
        impl ::jsg::class::builder::MethodBody for Body {
            const MEMBER: &'static ::jsg::Member = &::jsg::Member {
                class: <#class as ::jsg::class::StaticInfo>::NAME,
                name: #name,
                kind: ::jsg::MemberKind::#kind,
            };
            #length
            #[allow(unused_variables, reason = "not every member needs all of them")]
            fn call<'s>(
                js: &mut ::jsg::Lock<'s, '_>,
                call: &::jsg::Call<'s>,
                rv: ::jsg::js::ReturnValue<'_, ::jsg::js::Value>,
            ) -> ::jsg::Result<()> {
                #finish
            }
        }
    })
}

fn getter_body(class: &Type, member: &Member) -> Result<TokenStream> {
    let Member { function, name, .. } = member;
    let ident = &function.sig.ident;
    let Parameters {
        setup,
        arguments,
        needs_receiver,
        ..
    } = parameters(function, |_| {
        let message = "a getter takes no argument";
        quote!(compile_error!(#message))
    })?;
    let receiver = if needs_receiver {
        quote!(let this = ::jsg::Handle::<#class>::receiver(js, this)?;)
    } else {
        quote!()
    };
    Ok(quote! {
        struct Getter;
        impl ::jsg::class::builder::GetterBody for Getter {
            const NAME: &'static str = #name;
            #[allow(unused_variables, reason = "a static getter has no use for its receiver")]
            fn get<'s>(
                js: &mut ::jsg::Lock<'s, '_>,
                this: ::jsg::js::Local<'s, ::jsg::js::Object>,
                rv: ::jsg::js::ReturnValue<'_, ::jsg::js::Value>,
            ) -> ::jsg::Result<()> {
                #receiver
                #(#setup)*
                let result = <#class>::#ident(#(#arguments),*);
                ::jsg::Return::set(result, js, rv)
            }
        }
    })
}

fn setter_body(class: &Type, member: &Member) -> Result<TokenStream> {
    let Member { function, name, .. } = member;
    let ident = &function.sig.ident;
    let Parameters {
        setup, arguments, ..
    } = parameters(function, |_| {
        quote! {
            ::jsg::class::call::setter_value(
                js,
                &::jsg::Member {
                    class: <#class as ::jsg::class::StaticInfo>::NAME,
                    name: #name,
                    kind: ::jsg::MemberKind::Setter,
                },
                value,
            )?
        }
    })?;
    let invoke = quote!(<#class>::#ident(#(#arguments),*));
    let finish = if returns_result(function) {
        quote!(#invoke)
    } else {
        quote!({ #invoke; ::std::result::Result::Ok(()) })
    };
    Ok(quote! {
        struct Setter;
        impl ::jsg::class::builder::SetterBody for Setter {
            const PRESENT: bool = true;
            fn set<'s>(
                js: &mut ::jsg::Lock<'s, '_>,
                this: ::jsg::js::Local<'s, ::jsg::js::Object>,
                value: ::jsg::js::Local<'s, ::jsg::js::Value>,
            ) -> ::jsg::Result<()> {
                let this = ::jsg::Handle::<#class>::receiver(js, this)?;
                #(#setup)*
                #finish
            }
        }
    })
}
