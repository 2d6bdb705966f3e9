//! `derive(Trace)`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, Result};

pub fn expand(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    Ok(implementation(&input))
}

/// The implementation of `jsg::Trace` for a struct or an enum.
pub fn implementation(input: &DeriveInput) -> TokenStream {
    let name = &input.ident;
    let (generics, types, bounds) = input.generics.split_for_impl();
    let body = match &input.data {
        Data::Struct(data) => {
            let fields = data
                .fields
                .iter()
                .enumerate()
                .map(|(index, field)| match &field.ident {
                    Some(ident) => quote!(::jsg::Trace::trace(&self.#ident, visitor);),
                    None => {
                        let index = syn::Index::from(index);
                        quote!(::jsg::Trace::trace(&self.#index, visitor);)
                    }
                });
            quote!(#(#fields)*)
        }
        Data::Enum(data) => {
            let arms = data.variants.iter().map(|variant| {
                let ident = &variant.ident;
                let names: Vec<_> = variant
                    .fields
                    .iter()
                    .enumerate()
                    .map(|(index, field)| {
                        field
                            .ident
                            .clone()
                            .unwrap_or_else(|| quote::format_ident!("f{index}"))
                    })
                    .collect();
                let pattern = match &variant.fields {
                    Fields::Named(_) => quote!({ #(#names),* }),
                    Fields::Unnamed(_) => quote!((#(#names),*)),
                    Fields::Unit => quote!(),
                };
                quote!(Self::#ident #pattern => { #(::jsg::Trace::trace(#names, visitor);)* })
            });
            quote!(match self { #(#arms)* })
        }
        Data::Union(_) => quote!(compile_error!("a union cannot be traced")),
    };
    quote! {
        impl #generics ::jsg::Trace for #name #types #bounds {
            #[allow(unused_variables, reason = "a type may have nothing to trace")]
            fn trace(&self, visitor: &mut ::jsg::Visitor) {
                #body
            }
        }
    }
}
