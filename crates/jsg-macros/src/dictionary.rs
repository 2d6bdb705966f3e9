//! `derive(Dictionary)`.
//!
//! `mangled` is the name that a dictionary with required members has in the error for null and undefined.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Field, Fields, Ident, LitStr, Result};

use crate::methods::camel_case;

pub fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let ident = &input.ident;
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(ident, "a dictionary is a struct"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(
            ident,
            "a dictionary's members have names",
        ));
    };
    let (name, mangled) = names(&input)?;
    let mut reads = Vec::new();
    let mut empty = Vec::new();
    let mut idents = Vec::new();
    let mut lines = String::new();
    for field in &fields.named {
        let Some(field_ident) = &field.ident else {
            continue;
        };
        let key = key_of(field, field_ident)?;
        let ty = crate::describe::type_text(&field.ty, None);
        lines.push_str(&format!("{key}\t{ty}\n"));
        reads.push(read(field_ident, &key, &name));
        empty.push(quote! {
            let #field_ident = match ::jsg::FromJs::missing() {
                ::std::option::Option::Some(value) => value,
                ::std::option::Option::None => return ::std::option::Option::None,
            };
        });
        idents.push(field_ident);
    }
    let lifetime = match input.generics.lifetimes().next() {
        Some(parameter) => {
            let lifetime = &parameter.lifetime;
            quote!(<#lifetime>)
        }
        None => quote!(),
    };
    let s = match input.generics.lifetimes().next() {
        Some(parameter) => parameter.lifetime.clone(),
        None => syn::Lifetime::new("'s", proc_macro2::Span::call_site()),
    };
    let refuse = mangled.map(|mangled| {
        quote! {
            if value.is_null_or_undefined() && <Self as ::jsg::FromJs<#s>>::missing().is_none() {
                return ::std::result::Result::Err(::jsg::convert::no_dictionary(#mangled));
            }
        }
    });
    let described = crate::describe::registration(
        ident,
        &quote!(::jsg::rtti::Shape::Dictionary { name: #name, members: #lines }),
    );
    Ok(quote! {
        #described

        impl<#s> ::jsg::FromJs<#s> for #ident #lifetime {
            fn type_name() -> ::std::borrow::Cow<'static, str> {
                #name.into()
            }

            fn try_from_js(
                js: &mut ::jsg::Lock<#s, '_>,
                value: ::jsg::js::Local<#s, ::jsg::js::Value>,
            ) -> ::jsg::Result<::std::option::Option<Self>> {
                #refuse
                if value.is_null_or_undefined() {
                    return ::std::result::Result::Ok(<Self as ::jsg::FromJs<#s>>::missing());
                }
                let ::std::result::Result::Ok(object) = ::jsg::js::Local::<::jsg::js::Object>::try_from(value) else {
                    return ::std::result::Result::Ok(::std::option::Option::None);
                };
                #(#reads)*
                ::std::result::Result::Ok(::std::option::Option::Some(Self { #(#idents),* }))
            }

            /// A dictionary whose members are all optional may be left out.
            fn missing() -> ::std::option::Option<Self> {
                #(#empty)*
                ::std::option::Option::Some(Self { #(#idents),* })
            }

            fn matches(_: &mut ::jsg::Lock<#s, '_>, value: ::jsg::js::Local<#s, ::jsg::js::Value>) -> bool {
                // WebIDL §3.2.24: of a union, null is the dictionary.
                value.is_object() || (value.is_null_or_undefined() && Self::missing().is_some())
            }
        }
    })
}

/// Reads a field, under a key that each isolate makes once.
fn read(field: &Ident, key: &str, dictionary: &str) -> TokenStream {
    quote! {
        let #field = {
            static KEY: ::jsg::Name = ::jsg::Name::new(#key);
            ::jsg::convert::field(js, object, &KEY, #dictionary)?
        };
    }
}

/// The property that a field is read from.
fn key_of(field: &Field, ident: &Ident) -> Result<String> {
    let mut key = camel_case(&ident.to_string());
    for attribute in field
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("jsg"))
    {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                key = meta.value()?.parse::<LitStr>()?.value();
                return Ok(());
            }
            Err(meta.error("expected `name`"))
        })?;
    }
    Ok(key)
}

/// What the dictionary is called: in errors, and in the one for null and undefined.
fn names(input: &DeriveInput) -> Result<(String, Option<LitStr>)> {
    let mut name = input.ident.to_string();
    let mut mangled: Option<LitStr> = None;
    for attribute in input
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("jsg"))
    {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                name = meta.value()?.parse::<LitStr>()?.value();
                return Ok(());
            }
            if meta.path.is_ident("mangled") {
                mangled = Some(meta.value()?.parse()?);
                return Ok(());
            }
            Err(meta.error("expected `name` or `mangled`"))
        })?;
    }
    Ok((name, mangled))
}
