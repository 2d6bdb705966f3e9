//! Tests of erasing types.

use super::*;

fn error(source: &str) -> String {
    strip_types(source, "w.ts")
        .expect_err("an error")
        .to_string()
}

#[test]
fn leaves_javascript_as_it_is() {
    for source in [
        "",
        "let x = 42;",
        "export default { async fetch() { return new Response(`${1}`); } };\n",
    ] {
        assert_eq!(strip_types(source, "w.ts").as_deref(), Ok(source));
    }
}

#[test]
fn erases_types_in_place() {
    for (source, stripped) in [
        ("let x: number = 1;", "let x         = 1;"),
        (
            "f<string>(x!, y as T) satisfies U;",
            "f        (x , y     )            ;",
        ),
        ("import type { A } from 'a';", ";"),
        (
            "import { type A, b } from 'a';",
            "import {         b } from 'a';",
        ),
        (
            "declare const x: number; abstract class A { declare y: string; abstract z(): void }",
            ";                                 class A {                                       }",
        ),
    ] {
        let result = strip_types(source, "w.ts").expect("erasable");
        assert_eq!(result.trim_end(), stripped.trim_end(), "{source}");
        assert_eq!(result.len(), source.len());
    }
}

#[test]
fn keeps_lines_where_types_span_them() {
    let source = "const f = async <T,>(\nx: T\n): Promise<\nT> => x;";
    let stripped = strip_types(source, "w.ts").expect("erasable");
    assert_eq!(
        stripped,
        "const f = async     (\nx   \n           \n ) => x;"
    );
}

#[test]
fn refuses_syntax_that_needs_code() {
    for (source, what) in [
        (
            "enum A {B}",
            "TypeScript enum is not supported in strip-only mode",
        ),
        (
            "namespace X { export const a = 1 }",
            "TypeScript namespace declaration is not supported in strip-only mode",
        ),
        (
            "import a = require('x');",
            "TypeScript import equals declaration is not supported in strip-only mode",
        ),
        (
            "export = 3;",
            "TypeScript export assignment is not supported in strip-only mode",
        ),
        (
            "class A { constructor(private x: number) {} }\nenum B {}",
            "TypeScript parameter property is not supported in strip-only mode\n    TypeScript enum is not supported in \
             strip-only mode",
        ),
    ] {
        assert_eq!(error(source), format!("Unsupported syntax\n    {what}"));
    }
}

#[test]
fn reports_syntax_errors() {
    for (source, what) in [
        (
            "let x: = 3;",
            "Unexpected token `=`. Expected an identifier, void, yield, null, await, break, a string literal, a numeric \
             literal, true, false, `, -, import, this, typeof, {, [, (",
        ),
        ("@dec class A {}", "Expression expected"),
        ("let x = \"unterminated", "Unterminated string constant"),
        (
            "export default {test(){ await 1 }}",
            "await isn't allowed in non-async function",
        ),
        ("ÿ! let x:number = 1", "Expected ';', '}' or <eof>"),
    ] {
        assert_eq!(error(source), format!("Syntax error\n    {what}"));
    }
}
