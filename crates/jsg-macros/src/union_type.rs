//! `derive(Union)`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result};

pub fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let ident = &input.ident;
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(ident, "a union is an enum"));
    };
    let mut variants = Vec::new();
    for variant in &data.variants {
        let Fields::Unnamed(fields) = &variant.fields else {
            return Err(Error::new_spanned(
                variant,
                "a union's variant has one unnamed field",
            ));
        };
        let (Some(field), 1) = (fields.unnamed.first(), fields.unnamed.len()) else {
            return Err(Error::new_spanned(
                variant,
                "a union's variant has one unnamed field",
            ));
        };
        variants.push((&variant.ident, &field.ty));
    }
    let names = variants
        .iter()
        .map(|(_, ty)| quote!(<#ty as ::jsg::FromJs<'_>>::type_name()));
    let exact = variants.iter().map(|(name, ty)| {
        quote! {
            if <#ty as ::jsg::FromJs<'_>>::matches(js, value) {
                return ::std::result::Result::Ok(
                    <#ty as ::jsg::FromJs<'_>>::try_from_js(js, value)?.map(Self::#name),
                );
            }
        }
    });
    // WebIDL §3.2.24: what no member matches goes to the one that converts anything.
    let coercing = variants.iter().rev().map(|(name, ty)| {
        quote! {
            if ::jsg::convert::coerces(&<#ty as ::jsg::FromJs<'_>>::type_name()) {
                return ::std::result::Result::Ok(
                    <#ty as ::jsg::FromJs<'_>>::try_from_js(js, value)?.map(Self::#name),
                );
            }
        }
    });
    let any = variants
        .iter()
        .map(|(_, ty)| quote!(<#ty as ::jsg::FromJs<'_>>::matches(js, value)));
    let (lifetime, s) = match input.generics.lifetimes().next() {
        Some(parameter) => {
            let lifetime = parameter.lifetime.clone();
            (quote!(<#lifetime>), lifetime)
        }
        None => (
            quote!(),
            syn::Lifetime::new("'s", proc_macro2::Span::call_site()),
        ),
    };
    let lines: Vec<_> = variants
        .iter()
        .map(|(_, ty)| crate::describe::type_text(ty, None))
        .collect();
    let lines = lines.join("\n");
    let described = crate::describe::registration(
        ident,
        &quote!(::jsg::rtti::Shape::Union { variants: #lines }),
    );
    Ok(quote! {
        #described

        impl<#s> ::jsg::FromJs<#s> for #ident #lifetime {
            fn type_name() -> ::std::borrow::Cow<'static, str> {
                [#(#names),*].join(" or ").into()
            }

            fn try_from_js(
                js: &mut ::jsg::Lock<#s, '_>,
                value: ::jsg::js::Local<#s, ::jsg::js::Value>,
            ) -> ::jsg::Result<::std::option::Option<Self>> {
                #(#exact)*
                #(#coercing)*
                ::std::result::Result::Ok(::std::option::Option::None)
            }

            fn matches(js: &mut ::jsg::Lock<#s, '_>, value: ::jsg::js::Local<#s, ::jsg::js::Value>) -> bool {
                false #(|| #any)*
            }
        }
    })
}
