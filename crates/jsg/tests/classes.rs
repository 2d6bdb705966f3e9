//! Classes as JS sees them.

use std::cell::Cell;

use jsg::js::{Local, Value};
use jsg::{Handle, Lock, Nullable, Result};
use jsg_test::{eval, expose, isolate};

#[jsg::class]
pub struct Base {
    value: Cell<i32>,
}

#[jsg::methods]
impl Base {
    #[jsg(constructor)]
    fn new(start: Option<i32>) -> Self {
        Self {
            value: Cell::new(start.unwrap_or(7)),
        }
    }

    #[jsg(getter)]
    fn the_value(&self) -> i32 {
        self.value.get()
    }

    #[jsg(setter)]
    fn set_the_value(&self, value: i32) {
        self.value.set(value);
    }

    #[jsg(method)]
    fn add(&self, amount: i32) -> Result<i32> {
        self.value.set(self.value.get() + amount);
        Ok(self.value.get())
    }

    #[jsg(method)]
    fn concat(&self, a: String, b: String) -> String {
        a + &b
    }

    #[jsg(method)]
    fn is_same<'s>(this: Handle<'s, Base>, other: Handle<'s, Base>) -> bool {
        std::ptr::eq(this.get(), other.get())
    }

    #[jsg(method)]
    fn explode(&self) {
        panic!("a test's panic");
    }

    #[jsg(method)]
    fn maybe(&self, value: Nullable<i32>) -> Nullable<i32> {
        value
    }

    #[jsg(method, promise)]
    fn later<'s>(
        &self,
        js: &mut Lock<'s, '_>,
        value: Local<'s, Value>,
    ) -> Local<'s, jsg::js::Promise> {
        jsg::promise::resolved(js, value)
    }

    #[jsg(method, promise)]
    fn refuse<'s>(&self, _js: &mut Lock<'s, '_>) -> Result<Local<'s, jsg::js::Promise>> {
        Err(jsg::Error::range_error("no"))
    }

    #[jsg(static_method)]
    fn twice(value: i32) -> i32 {
        value * 2
    }

    #[jsg(method)]
    fn dom(&self) -> Result<()> {
        Err(jsg::Error::dom("AbortError", "stopped"))
    }
}

#[jsg::class(extends = Base)]
pub struct Derived {
    name: String,
    parent: Base,
}

#[jsg::methods]
impl Derived {
    #[jsg(constructor)]
    fn new(name: String) -> Self {
        Self {
            name,
            parent: Base::new(Some(1)),
        }
    }

    #[jsg(getter)]
    fn name(&self) -> &str {
        &self.name
    }
}

#[derive(jsg::Dictionary)]
pub struct Options {
    first_name: Option<String>,
    count: Option<u16>,
}

#[derive(jsg::Union)]
pub enum BaseOrText<'s> {
    Base(Handle<'s, Base>),
    Text(String),
}

#[jsg::class]
pub struct Converter {}

#[jsg::methods]
impl Converter {
    #[jsg(static_method)]
    fn options(options: Options) -> String {
        format!("{:?} {:?}", options.first_name, options.count)
    }

    #[jsg(static_method)]
    fn union<'s>(value: BaseOrText<'s>) -> String {
        match value {
            BaseOrText::Base(base) => format!("base {}", base.value.get()),
            BaseOrText::Text(text) => format!("text {text}"),
        }
    }

    #[jsg(static_method)]
    fn list(values: jsg::convert::Sequence<i32>) -> i32 {
        values.0.iter().sum()
    }

    #[jsg(static_method)]
    fn record(values: jsg::convert::Record<String, i32>) -> String {
        format!("{:?}", values.0)
    }

    #[jsg(static_method)]
    fn bytes(source: jsg::convert::Bytes) -> jsg::convert::Bytes {
        jsg::convert::Bytes(source.0.iter().rev().copied().collect())
    }
}

fn check(cases: &[(&str, &str)]) {
    let isolate = isolate();
    isolate.enter(|js| {
        expose::<Base>(js);
        expose::<Derived>(js);
        expose::<Converter>(js);
        for (source, expected) in cases {
            assert_eq!(eval(js, source), *expected, "{source}");
        }
    });
}

#[test]
fn a_class_has_its_members_and_their_shape() {
    check(&[
        ("new Base().theValue", "7"),
        ("new Base(3).add(4)", "7"),
        ("const b = new Base(); b.theValue = 9; b.theValue", "9"),
        ("Base.twice(21)", "42"),
        ("Base.name + Base.length", "Base0"),
        (
            "Object.prototype.toString.call(new Base())",
            "[object Base]",
        ),
        (
            "Object.getOwnPropertyDescriptor(Base.prototype, 'theValue').get.call(new Base())",
            "7",
        ),
        ("new Base().concat('a', 'b')", "ab"),
        ("new Base().concat.length", "0"),
    ]);
}

#[test]
fn inheritance_reaches_the_parents_members() {
    check(&[
        (
            "const d = new Derived('x'); d.add(1) + d.name + (d instanceof Base)",
            "2xtrue",
        ),
        ("Base.prototype.add.call(new Derived('y'), 4)", "5"),
        ("new Derived('z').isSame(new Base())", "false"),
        ("{ const d = new Derived('z'); d.isSame(d) }", "true"),
        (
            "class Mine extends Derived { constructor() { super('m'); this.extra = 1; } }; new Mine().name + new Mine().add(1)",
            "m2",
        ),
    ]);
}

#[test]
fn foreign_receivers_and_wrong_arguments_are_refused() {
    let illegal = "TypeError: Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.";
    check(&[
        ("Base.prototype.add.call({}, 1)", illegal),
        ("Derived.prototype.isSame.call(new Date())", illegal),
        (
            "Object.getOwnPropertyDescriptor(Derived.prototype, 'name').get.call(new Base())",
            illegal,
        ),
        (
            "new Base().concat('a')",
            "TypeError: Failed to execute 'concat' on 'Base': parameter 2 is not of type 'string'.",
        ),
        (
            "new Base().isSame({})",
            "TypeError: Failed to execute 'isSame' on 'Base': parameter 1 is not of type 'Base'.",
        ),
        (
            "new Derived()",
            "TypeError: Failed to construct 'Derived': constructor parameter 1 is not of type 'string'.",
        ),
        (
            "Base()",
            "TypeError: Failed to construct 'Base': Please use the 'new' operator, this object constructor cannot be called as a function.",
        ),
        ("new Converter()", "TypeError: Illegal constructor"),
        (
            "new Base().concat(Symbol(), '')",
            "TypeError: Cannot convert a Symbol value to a string",
        ),
    ]);
}

#[test]
fn a_foreign_receiver_is_refused_at_once_even_where_failures_become_rejections() {
    check(&[
        (
            "try { Base.prototype.refuse.call({}) } catch (e) { e.constructor.name }",
            "TypeError",
        ),
        (
            "try { Base.prototype.later.call({}, 1); 'promise' } catch (e) { e.message.slice(0, 18) }",
            "Illegal invocation",
        ),
        (
            "Object.prototype.toString.call(new Base().refuse())",
            "[object Promise]",
        ),
    ]);
}

#[test]
fn prototypes_carry_the_marks_of_a_class_of_the_runtime() {
    check(&[
        (
            "{ const s = Symbol.for('cloudflare:internal-class'); const d = Object.getOwnPropertyDescriptor(Derived.prototype, s); [d.value === s, d.writable, d.enumerable, d.configurable].join() }",
            "true,false,false,false",
        ),
        (
            "{ const k = Object.getOwnPropertySymbols(Base.prototype).find((s) => s.description === 'kResourceTypeInspect'); const d = Object.getOwnPropertyDescriptor(Base.prototype, k); [d.writable, d.enumerable, d.configurable].join() }",
            "false,false,true",
        ),
    ]);
}

#[test]
fn prototypes_cannot_be_replaced_where_the_flag_says_so() {
    let writable = "Object.getOwnPropertyDescriptor(Base, 'prototype').writable";
    for (on, expected) in [(false, "true"), (true, "false")] {
        let mut flags = jsg_test::newest();
        if on {
            flags.insert(compat::Flag::ImmutableApiPrototypes);
        }
        let isolate = jsg_test::isolate_with(flags);
        isolate.enter(|js| {
            expose::<Base>(js);
            assert_eq!(eval(js, writable), expected);
        });
    }
}

#[test]
fn the_properties_of_a_dom_exception_are_all_enumerable() {
    check(&[(
        "try { new Base().dom() } catch (e) { Object.keys(e).join() }",
        "code,name,message,stack",
    )]);
}

#[test]
fn the_language_is_that_of_the_real_engine() {
    let features = "[typeof Temporal, typeof Iterator.zip, typeof Iterator.prototype.join, typeof WeakRef].join()";
    for (date, expected) in [
        ("2021-11-02", "undefined,function,function,undefined"),
        ("2026-11-17", "undefined,function,function,function"),
    ] {
        let isolate = jsg_test::isolate_with(jsg_test::at(date));
        isolate.enter(|js| assert_eq!(eval(js, features), expected, "{date}"));
    }
}

#[test]
fn values_convert_as_webidl_says() {
    check(&[
        ("Converter.options({ firstName: 5 })", "Some(\"5\") None"),
        ("Converter.options()", "None None"),
        (
            "Converter.options({ count: 70000 })",
            "TypeError: Value out of range. Must be less than or equal to 65535.",
        ),
        (
            "Converter.options({ count: -1 })",
            "TypeError: The value cannot be converted because it is negative and this API expects a positive number.",
        ),
        (
            "Converter.options({ count: NaN })",
            "TypeError: The value cannot be converted because it is not an integer.",
        ),
        (
            "Converter.options(5)",
            "TypeError: Failed to execute 'options' on 'Converter': parameter 1 is not of type 'Options'.",
        ),
        ("Converter.union(new Base(2))", "base 2"),
        ("Converter.union(12)", "text 12"),
        ("Converter.list(new Set([1, 2, 3]))", "6"),
        (
            "Converter.list(5)",
            "TypeError: Failed to execute 'list' on 'Converter': parameter 1 is not of type 'Sequence'.",
        ),
        (
            "Converter.record({ b: 1, a: 2 })",
            "[(\"b\", 1), (\"a\", 2)]",
        ),
        (
            "String(new Uint8Array(Converter.bytes(new Uint8Array([1, 2, 3]))))",
            "3,2,1",
        ),
        (
            "String(new Base().maybe(null)) + new Base().maybe(3)",
            "null3",
        ),
    ]);
}

#[test]
fn a_panic_becomes_an_internal_error_and_the_isolate_goes_on() {
    let isolate = isolate();
    isolate.enter(|js| {
        expose::<Base>(js);
        let text = eval(js, "new Base().explode()");
        assert!(
            text.starts_with("Error: internal error; reference = "),
            "{text}"
        );
        assert_eq!(eval(js, "new Base(1).add(1)"), "2");
    });
    assert!(isolate.is_poisoned());
}

#[test]
fn dom_exceptions_are_errors_with_a_code_and_a_stack() {
    check(&[
        (
            "try { new Base().dom() } catch (e) { `${e} ${e.code} ${e instanceof Error} ${e instanceof e.constructor}` }",
            "AbortError: stopped 20 true true",
        ),
        (
            "try { new Base().dom() } catch (e) { e.stack.split('\\n')[0] }",
            "AbortError: stopped",
        ),
    ]);
}

#[test]
fn a_promise_returning_method_rejects_instead_of_throwing() {
    let isolate = isolate();
    isolate.enter(|js| {
        expose::<Base>(js);
        eval(js, "var seen = []; new Base().refuse().catch(e => seen.push(String(e))); new Base().later(5).then(v => seen.push(v))");
        jsg::Isolate::drain_microtasks(js);
        assert_eq!(eval(js, "seen.join()"), "RangeError: no,5");
    });
}

#[test]
fn properties_are_on_the_instance_before_their_date() {
    let old = jsg_test::at("2021-11-02");
    let isolate = jsg_test::isolate_with(old);
    isolate.enter(|js| {
        expose::<Base>(js);
        assert_eq!(eval(js, "Object.keys(new Base()).join()"), "theValue");
        assert_eq!(
            eval(js, "const b = new Base(); b.theValue = 12; b.theValue"),
            "12"
        );
        assert_eq!(eval(js, "String(new Base())"), "[object Object]");
    });
}

#[test]
fn isolates_nest_on_one_thread() {
    let (outer, inner) = (isolate(), isolate());
    outer.enter(|js| {
        eval(js, "var x = 'outer'");
        inner.enter(|js| {
            assert_eq!(eval(js, "typeof x"), "undefined");
            outer.enter(|js| assert_eq!(eval(js, "x"), "outer"));
            assert_eq!(eval(js, "1 + 1"), "2");
        });
        assert_eq!(eval(js, "x"), "outer");
    });
}
