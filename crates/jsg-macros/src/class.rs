//! `#[jsg::class]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Ident, LitCStr, LitStr, Result, Type, parse::Parser};

pub fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let ident = &input.ident;
    let mut name = ident.to_string();
    let mut extends: Option<Type> = None;
    syn::meta::parser(|meta| {
        if meta.path.is_ident("name") {
            name = meta.value()?.parse::<LitStr>()?.value();
        } else if meta.path.is_ident("extends") {
            extends = Some(meta.value()?.parse()?);
        } else {
            return Err(meta.error("expected `name` or `extends`"));
        }
        Ok(())
    })
    .parse2(arguments)?;
    let heap_name = LitCStr::new(
        &std::ffi::CString::new(name.clone())
            .map_err(|error| syn::Error::new(ident.span(), error))?,
        ident.span(),
    );
    let info = Ident::new(
        &format!("{}_CLASS", screaming(&ident.to_string())),
        ident.span(),
    );
    let (parent, extension) = match &extends {
        Some(parent) => (
            quote!(::std::option::Option::Some((
                <#parent as ::jsg::class::StaticInfo>::INFO,
                ::std::mem::offset_of!(#ident, parent),
            ))),
            quote!(impl ::jsg::Extends<#parent> for #ident {}),
        ),
        None => (quote!(::std::option::Option::None), quote!()),
    };
    let trace = crate::trace::implementation(&input);
    let described = crate::describe::registration(
        ident,
        &quote!(::jsg::rtti::Shape::Class {
            info: &#info,
            members: <#ident as ::jsg::class::Members>::DESCRIPTION,
        }),
    );
    Ok(quote! {
        #input
        #trace
        #extension

        static #info: ::jsg::ClassInfo = ::jsg::ClassInfo::new(
            #name,
            #heap_name,
            #parent,
            <#ident as ::jsg::class::Members>::CREATE,
            <#ident as ::jsg::class::Members>::define,
        );

        #described

        impl ::jsg::class::StaticInfo for #ident {
            const INFO: &'static ::jsg::ClassInfo = &#info;
            const NAME: &'static str = #name;
        }

        impl ::jsg::Class for #ident {
            #[inline]
            fn info() -> &'static ::jsg::ClassInfo {
                &#info
            }
        }
    })
}

/// `AbortSignal` to `ABORT_SIGNAL`.
pub fn screaming(name: &str) -> String {
    let mut out = String::new();
    for (index, c) in name.chars().enumerate() {
        if c.is_uppercase() && index > 0 {
            out.push('_');
        }
        out.extend(c.to_uppercase());
    }
    out
}
