//! The macros of the binding layer: entry points only, one generator a file.
//!
//! Their output calls documented functions of `jsg` and does nothing else of note; the expansion of
//! each form is under snapshot in `tests/`.

mod class;
mod describe;
mod dictionary;
mod methods;
#[cfg(test)]
mod tests;
mod trace;
mod union_type;

use proc_macro::TokenStream;

/// Makes a struct a JavaScript class: derives its tracing and its static description.
///
/// `#[jsg::class(name = "URL", extends = EventTarget)]`; the class that extends another holds it in
/// a field called `parent`. Members come from `#[jsg::methods]` on the `impl`.
#[proc_macro_attribute]
pub fn class(arguments: TokenStream, item: TokenStream) -> TokenStream {
    class::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Declares a class's members by attributes on the functions of its `impl`.
///
/// `#[jsg(constructor)]`, `method`, `static_method`, `getter`, `setter`, `prototype_getter`,
/// `instance_getter`, `static_getter`, `inspect_getter`, `iterator`, `async_iterator`, `dispose`, `define`; with
/// `name = "…"`, `flag = Flag`, `unless = Flag`, and `promise` for methods whose failures are
/// rejections; `captured` is the same, but without the flag `capture_async_api_throws` such a method throws.
#[proc_macro_attribute]
pub fn methods(_: TokenStream, item: TokenStream) -> TokenStream {
    methods::expand(item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Derives the visit of all fields for the garbage collector.
#[proc_macro_derive(Trace, attributes(jsg))]
pub fn trace(item: TokenStream) -> TokenStream {
    trace::expand(item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Derives the conversion of a WebIDL dictionary: members in camel case, read in declaration order.
#[proc_macro_derive(Dictionary, attributes(jsg))]
pub fn dictionary(item: TokenStream) -> TokenStream {
    dictionary::expand(item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Derives the conversion of a WebIDL union from an enum of one-field variants: the first variant
/// that matches the value's type wins, or else the last one that can convert any value.
#[proc_macro_derive(Union, attributes(jsg))]
pub fn union_type(item: TokenStream) -> TokenStream {
    union_type::expand(item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
