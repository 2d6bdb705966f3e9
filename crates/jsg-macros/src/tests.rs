//! Proofs of the macros: each form's expansion is under snapshot in `tests/expand`, and what the
//! macros refuse, with the words of the refusal, is in `tests/refuse`.
//!
//! When an expansion has changed, the test leaves the new one beside the snapshot as `….new`; move it
//! there if the change is meant.

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Item, Meta};

/// The files of a folder of `tests`, snapshots apart.
fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let entries = std::fs::read_dir(folder).expect("the folder is part of the source");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// Expands the macros of each item as the compiler would.
fn expand(source: &str) -> syn::Result<TokenStream> {
    let mut out = TokenStream::new();
    for mut item in syn::parse_file(source)?.items {
        let attributes = match &mut item {
            Item::Struct(item) => &mut item.attrs,
            Item::Enum(item) => &mut item.attrs,
            Item::Impl(item) => &mut item.attrs,
            other => panic!("no macro takes this: {}", other.to_token_stream()),
        };
        let attribute = attributes.remove(0);
        out.extend(apply(&attribute, item.to_token_stream())?);
    }
    Ok(out)
}

fn apply(attribute: &Attribute, item: TokenStream) -> syn::Result<TokenStream> {
    let name = attribute
        .path()
        .to_token_stream()
        .to_string()
        .replace(' ', "");
    let arguments = match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    let derived = arguments.to_string().replace(' ', "");
    match (name.as_str(), derived.as_str()) {
        ("jsg::class", _) => crate::class::expand(arguments, item),
        ("jsg::methods", _) => crate::methods::expand(item),
        ("derive", "jsg::Trace") => crate::trace::expand(item),
        ("derive", "jsg::Dictionary") => crate::dictionary::expand(item),
        ("derive", "jsg::Union") => crate::union_type::expand(item),
        other => panic!("not one of our macros: {other:?}"),
    }
}

#[test]
fn expansions_are_the_ones_under_snapshot() {
    let mut changed = Vec::new();
    for path in cases("expand") {
        let expansion = expand(&read(&path)).expect("a good example expands");
        let file = syn::parse2(expansion).expect("an expansion is Rust");
        let text = prettyplease::unparse(&file);
        let snapshot = path.with_extension("expanded");
        if text != read(&snapshot) {
            let new = path.with_extension("expanded.new");
            std::fs::write(&new, text).expect("the source folder is writable");
            changed.push(new);
        }
    }
    assert!(changed.is_empty(), "changed expansions: {changed:#?}");
}

#[test]
fn refusals_say_what_is_wrong() {
    for path in cases("refuse") {
        let source = read(&path);
        let expected = source
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("// error: "))
            .expect("a refused example names its error in the first line");
        let error = expand(&source).expect_err(&path.display().to_string());
        assert_eq!(error.to_string(), expected, "{}", path.display());
    }
}
