//! The glue between a call from JavaScript and a function of the `impl`: how its parameters are obtained,
//! and what becomes of its result.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Error, FnArg, Ident, ImplItemFn, Pat, Result, ReturnType, Token, Type};

use super::{Kind, Member};

pub(super) fn method_body(class: &Type, member: &Member) -> Result<TokenStream> {
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

pub(super) fn getter_body(class: &Type, member: &Member) -> Result<TokenStream> {
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

pub(super) fn setter_body(class: &Type, member: &Member) -> Result<TokenStream> {
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
