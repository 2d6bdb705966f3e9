//! Tests of the front end on small schemas of their own.

use super::*;
use std::collections::HashMap;

#[derive(Default)]
struct Files(HashMap<String, Vec<u8>>);

impl Files {
    fn new(files: &[(&str, &str)]) -> Files {
        Files(
            files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
                .collect(),
        )
    }
}

impl FileSystem for Files {
    fn read(&self, path: &str) -> io::Result<Arc<[u8]>> {
        let bytes = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(bytes.as_slice().into())
    }
}

fn errors(files: &[(&str, &str)]) -> Vec<String> {
    let files = Files::new(files);
    let sources = Sources {
        files: &files,
        import_dirs: &["lib".to_owned()],
        builtins: &[],
    };
    let compiled = compile("a.capnp", &sources).unwrap();
    compiled.errors().iter().map(ToString::to_string).collect()
}

/// The layout of the first struct: sizes, and where each field lies.
fn layout(text: &str) -> String {
    let files = Files::new(&[("a.capnp", text)]);
    let sources = Sources {
        files: &files,
        import_dirs: &[],
        builtins: &[],
    };
    let compiled = compile("a.capnp", &sources).unwrap();
    assert_eq!(compiled.errors(), []);
    let mut lines = Vec::new();
    for structure in compiled.schema().structs() {
        let fields = structure.fields.iter().map(|field| match &field.kind {
            FieldKind::Slot { offset, .. } => format!("{}@{offset}", field.name),
            FieldKind::Group(_) => format!("{}{{}}", field.name),
        });
        let fields: Vec<_> = fields.collect();
        let tag = structure
            .union
            .map_or(String::new(), |union| format!(" tag@{}", union.offset));
        lines.push(format!(
            "{} {}+{}{tag}: {}",
            structure.name,
            structure.data_words,
            structure.pointers,
            fields.join(" ")
        ));
    }
    lines.join("\n")
}

const SCHEMA: &str = "
struct S {
  b @0 :Bool = true;
  i8 @1 :Int8 = -5;
  u32 @2 :UInt32;
  u64 @3 :UInt64 = 0xffffffff;
  text @4 :Text = \"default\";
  data @5 :Data;
  list @6 :List(Text);
  inner @7 :Inner = (name = \"x\");
  inners @8 :List(Inner);
  color @9 :Color = green;
  colors @10 :List(Color);
  union { none @11 :Void; one @12 :UInt32; both :group { x @13 :UInt32; y @14 :Text; } }
}
struct Inner { name @0 :Text; other @1 :UInt32 = 7; }
enum Color { red @0; green @1; blue @2; }
";

fn with_constant(value: &str, check: impl Fn(StructReader<'_>)) {
    let text = format!("{}const c :S = {value};", SCHEMA);
    let files = Files::new(&[("a.capnp", &text), ("blob.bin", "blob\n")]);
    let sources = Sources {
        files: &files,
        import_dirs: &[],
        builtins: &[],
    };
    let compiled = compile("a.capnp", &sources).unwrap();
    assert_eq!(compiled.errors(), []);
    let constant = compiled.constant("c").unwrap().unwrap();
    let Type::Struct(id) = constant.ty else {
        panic!("not a struct")
    };
    let message = compiled.encode(&constant).unwrap();
    check(message.root(compiled.schema(), id).unwrap());
    // The same through the binary form.
    let message = Message::from_stream(message.to_stream().into()).unwrap();
    check(message.root(compiled.schema(), id).unwrap());
}

#[test]
fn absent_fields_have_their_defaults() {
    with_constant("()", |s| {
        assert!(s.bool("b").unwrap());
        assert_eq!(s.u64("u64"), Ok(0xffff_ffff));
        assert_eq!(s.text("text"), Ok(Some("default")));
        assert_eq!(s.data("data"), Ok(None));
        assert!(s.list("list").unwrap().is_empty());
        let inner = s.structure("inner").unwrap().unwrap();
        assert_eq!(
            (inner.text("name"), inner.u32("other")),
            (Ok(Some("x")), Ok(7))
        );
        assert_eq!(s.enumerant("color"), Ok(Ok("green")));
        assert_eq!(s.which(), Ok("none"));
    });
}

#[test]
fn given_fields_are_read_back() {
    let value = r#"(b = false, u32 = 010, u64 = 0xfF, text = "a" "\x62\143\n", data = 0x"61 62 63",
        list = ["p", embed "blob.bin", ""], inner = "short", inners = [(other = 1), "second", ()], color = blue,
        colors = [red, blue], both = (x = 5, y = "why"))"#;
    with_constant(value, |s| {
        assert!(!s.bool("b").unwrap());
        assert_eq!((s.u32("u32"), s.u64("u64")), (Ok(8), Ok(255)));
        assert_eq!(s.text("text"), Ok(Some("abc\n")));
        assert_eq!(s.data("data"), Ok(Some(&b"abc"[..])));
        let list: Vec<_> = s.list("list").unwrap().texts().collect();
        assert_eq!(list, [Ok("p"), Ok("blob\n"), Ok("")]);
        let inner = s.structure("inner").unwrap().unwrap();
        assert_eq!(inner.text("name"), Ok(Some("short")));
        let inners = s.list("inners").unwrap().structs().map(|inner| {
            let inner = inner.unwrap();
            (inner.text("name").unwrap(), inner.u32("other").unwrap())
        });
        assert_eq!(
            inners.collect::<Vec<_>>(),
            [(None, 1), (Some("second"), 7), (None, 7)]
        );
        assert_eq!(s.enumerant("color"), Ok(Ok("blue")));
        let colors: Vec<_> = s.list("colors").unwrap().enumerants().collect();
        assert_eq!(colors, [Ok(Ok("red")), Ok(Ok("blue"))]);
        assert_eq!(s.which(), Ok("both"));
        let both = s.group("both").unwrap();
        assert_eq!((both.u32("x"), both.text("y")), (Ok(5), Ok(Some("why"))));
    });
}

#[test]
fn lines_after_backquotes_are_text_as_it_stands() {
    with_constant("(text =\n  `one \"two\" \\n\n  `three\n)", |s| {
        assert_eq!(s.text("text"), Ok(Some("one \"two\" \\n\nthree\n")));
    });
}

#[test]
fn the_last_of_two_union_members_wins() {
    with_constant("(one = 3, none = void)", |s| {
        assert_eq!(s.which(), Ok("none"))
    });
    with_constant("(none = void, one = 3)", |s| {
        assert_eq!((s.which(), s.u32("one")), (Ok("one"), Ok(3)));
    });
}

#[test]
fn fields_fill_holes_in_ordinal_order() {
    let text = "struct A { a @0 :Bool; b @1 :UInt16; c @2 :Bool; d @3 :UInt64; e @4 :UInt8; f @5 :UInt32; g @6 :Text; }";
    assert_eq!(layout(text), "A 2+1: a@0 b@1 c@1 d@1 e@1 f@1 g@0");
}

#[test]
fn union_members_share_space_and_the_tag_comes_with_the_second() {
    let text = "struct A { union { a @0 :UInt32; b @1 :UInt64; c :group { d @2 :UInt8; e @3 :UInt16; f @4 :Text; } } \
                g @5 :UInt16; }";
    assert_eq!(
        layout(text),
        "A 2+1 tag@2: a@0 b@1 c{} g@3\nc 2+1: d@0 e@1 f@0"
    );
}

#[test]
fn names_are_found_across_files_and_scopes() {
    let files = [
        (
            "a.capnp",
            "using B = import \"sub/b.capnp\"; using T = B.Outer.Inner;\n\
             const c :T = (x = B.number, y = import \"/c.capnp\".name, z = .here);\n\
             const here :Text = \"here\";",
        ),
        (
            "sub/b.capnp",
            "const number :UInt8 = 3; struct Outer { struct Inner { x @0 :Int64; y @1 :Text; z @2 :Text; } }",
        ),
        (
            "lib/c.capnp",
            "const name :Text = embed \"d.txt\"; const broken :Text = 5;",
        ),
        ("lib/d.txt", "content"),
    ];
    assert_eq!(errors(&files), Vec::<String>::new());
    let disk = Files::new(&files);
    let sources = Sources {
        files: &disk,
        import_dirs: &["lib".to_owned()],
        builtins: &[],
    };
    let compiled = compile("a.capnp", &sources).unwrap();
    assert_eq!(
        compiled.files_read(),
        ["a.capnp", "sub/b.capnp", "lib/c.capnp", "lib/d.txt"]
    );
    let names: Vec<_> = compiled
        .constants()
        .into_iter()
        .map(|constant| constant.name)
        .collect();
    assert_eq!(names, ["c", "here"]);
    assert_eq!(
        compiled.constant("here.x").err(),
        Some(LookupError::Undefined("x".to_owned()))
    );
}

#[test]
fn mistakes_are_reported_where_they_stand() {
    let cases: &[(&str, &[&str])] = &[
        (
            "const a :Int8 = 128;",
            &["a.capnp:1:17-20: Integer value out of range."],
        ),
        (
            "const a :Int8 = -129;",
            &["a.capnp:1:18-21: Integer value out of range."],
        ),
        (
            "const a :Int32 = 1.5;",
            &["a.capnp:1:18-21: Type mismatch; expected Int32."],
        ),
        (
            "const a :List(Int8) = [1, x, \"y\"];",
            &[
                "a.capnp:1:27-28: Not defined: x",
                "a.capnp:1:30-33: Type mismatch; expected Int8.",
            ],
        ),
        (
            "const a :Text = .b; const b :Text = .a;",
            &["a.capnp:1:7-8: Declaration recursively depends on itself."],
        ),
        (
            "using A = B; using B = A; const c :A = 1;",
            &[
                "a.capnp:1:24-25: Not defined: A",
                "a.capnp:1:11-12: Not defined: B",
                "a.capnp:1:36-37: Not defined: A",
            ],
        ),
        ("const a :Text = \"x;", &["a.capnp:1:20: Parse error."]),
        ("const a :Text = \"\\q\";", &["a.capnp:1:19: Parse error."]),
        ("const a :Text = 08;", &["a.capnp:1:18: Parse error."]),
        (
            "foo;\nbar baz;",
            &["a.capnp:1:4: Parse error.", "a.capnp:2:5: Parse error."],
        ),
        ("}", &["a.capnp:1:1: Parse error."]),
        (
            "struct Foo;",
            &["a.capnp:1:1-12: This statement should end with a block, not a semicolon."],
        ),
        (
            "@0x123;",
            &["a.capnp:1:2-7: Invalid ID.  Please generate a new one with 'capnpc -i'."],
        ),
        (
            "struct G(T) {} const a :G(Text) = ();",
            &["a.capnp:1:25-32: Generic declarations are not supported."],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(&[("a.capnp", text)]), *expected, "{text}");
    }
}

#[test]
fn deep_nesting_is_refused() {
    let text = format!("const a :Text = {}{};", "(".repeat(500), ")".repeat(500));
    let found = errors(&[("a.capnp", &text)]);
    assert!(
        found.len() == 1 && found[0].ends_with("Nested too deeply."),
        "{found:?}"
    );
    let text = "struct A {".repeat(500);
    assert!(errors(&[("a.capnp", &text)])[0].ends_with("Nested too deeply."));
}

#[test]
fn ids_derive_from_the_parent() {
    let files = Files::new(&[("a.capnp", "@0xe6afd26682091c01; struct Config {}")]);
    let sources = Sources {
        files: &files,
        import_dirs: &[],
        builtins: &[],
    };
    let compiled = compile("a.capnp", &sources).unwrap();
    assert_eq!(
        compiled.schema().structs().next().unwrap().id,
        0x8794_486c_76aa_a7d6
    );
}

#[test]
fn bad_framing_is_refused() {
    let from = |bytes: &[u8]| Message::from_stream(bytes.into()).err();
    assert_eq!(from(b""), Some(FramingError::Empty));
    assert_eq!(from(b"\0\0"), Some(FramingError::Truncated));
    assert_eq!(
        from(b"not binary"),
        Some(FramingError::Segments(544_501_615))
    );
    assert_eq!(
        from(b"\0\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0"),
        Some(FramingError::Truncated)
    );
}

#[test]
fn files_below_the_current_directory_are_named_from_there() {
    use crate::source::shown;
    assert_eq!(shown(Some("/a/b"), "./c/../d.capnp"), "d.capnp");
    assert_eq!(shown(Some("/a/b"), "/a/b/c/d.capnp"), "c/d.capnp");
    assert_eq!(shown(Some("/a/b"), "../d.capnp"), "/a/d.capnp");
    assert_eq!(shown(Some("/a/b"), "/a/bc/d.capnp"), "/a/bc/d.capnp");
    assert_eq!(shown(None, "x/../../d.capnp"), "../d.capnp");
}
