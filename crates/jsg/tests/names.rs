//! Shapes of plain objects, and names.

use jsg::{Name, Shape};
use jsg_test::{eval, expose, isolate};

static PAIR: Shape<2> = Shape::new(["first", "second"]);
static NAME: Name = Name::new("second");

#[jsg::class]
pub struct Pairs {}

#[jsg::methods]
impl Pairs {
    #[jsg(constructor)]
    fn new() -> Self {
        Self {}
    }

    #[jsg(method)]
    fn pair<'s>(
        &self,
        js: &mut jsg::Lock<'s, '_>,
        first: jsg::js::Local<'s, jsg::js::Value>,
        second: jsg::js::Local<'s, jsg::js::Value>,
    ) -> jsg::js::Local<'s, jsg::js::Object> {
        PAIR.object(js, [first, second])
    }
}

fn check(cases: &[(&str, &str)]) {
    isolate().enter(|js| {
        expose::<Pairs>(js);
        eval(
            js,
            "var make = (first, second) => new Pairs().pair(first, second);",
        );
        for (source, expected) in cases {
            assert_eq!(eval(js, source), *expected, "{source}");
        }
    });
}

#[test]
fn an_object_of_a_shape_is_as_a_literal_makes_it() {
    check(&[
        (
            "JSON.stringify(make(1, 'two'))",
            r#"{"first":1,"second":"two"}"#,
        ),
        (
            "JSON.stringify(Object.getOwnPropertyDescriptors(make(1, 2))) === \
             JSON.stringify(Object.getOwnPropertyDescriptors({ first: 1, second: 2 }))",
            "true",
        ),
        (
            "Object.getPrototypeOf(make(1, 2)) === Object.prototype",
            "true",
        ),
        ("Object.isExtensible(make(1, 2))", "true"),
    ]);
}

#[test]
fn values_of_any_kind_take_turns() {
    check(&[
        (
            "let seen = []; \
             for (const value of [1, 1.5, 'text', 2, null, 4294967296, {}, undefined, NaN, 3]) { \
               const pair = make(value, value); \
               seen.push(pair.first === pair.second || value !== value, 'second' in pair); \
             } seen.every(Boolean)",
            "true",
        ),
        // A number that is not small has a box of its own, which must not be shared.
        (
            "const one = make(1.5, 2.5), other = make(1.5, 2.5); one.first += 1; [one.first, other.first]",
            "2.5,1.5",
        ),
        (
            "const old = make(1, 2); old.first = 'changed'; old.third = 3; delete old.second; \
             JSON.stringify([old, make(1, 2)])",
            r#"[{"first":"changed","third":3},{"first":1,"second":2}]"#,
        ),
    ]);
}

#[test]
fn no_setter_of_the_guest_is_asked() {
    check(&[(
        "Object.defineProperty(Object.prototype, 'first', { set() { throw new Error('asked'); }, configurable: true }); \
         Object.freeze(Object.prototype); make(1, 2).first",
        "1",
    )]);
}

#[test]
fn shapes_survive_collections_and_belong_to_their_isolate() {
    for _ in 0..2 {
        check(&[(
            "for (let index = 0; index < 5; index++) { make(index, index); gc(); } make(7, 8).second",
            "8",
        )]);
    }
}

#[test]
fn a_name_is_the_same_key_each_time() {
    for _ in 0..2 {
        isolate().enter(|js| {
            let object = jsg::run_script(js, "({ second: 2 })", "test.js").expect("an object");
            let object = jsg::js::Local::<jsg::js::Object>::try_from(object).expect("an object");
            for _ in 0..2 {
                let key = NAME.get(js);
                let value = object.get(js, key.into()).expect("no getter");
                assert_eq!(value.integer_value(js), Some(2));
                jsg::collect_garbage_for_testing(js);
            }
        });
    }
}
