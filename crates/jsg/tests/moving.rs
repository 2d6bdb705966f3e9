//! An isolate that one thread makes and another one keeps.

use std::cell::RefCell;

use jsg::{Handle, Isolate, Lock, Ref, WeakRef};
use jsg_test::{Counter, Token, collect, eval, expose, isolate};

/// Something with a reference that is traced, and one that is weak.
#[jsg::class]
pub struct Keeper {
    _token: Token,
    kept: RefCell<Option<Ref<Keeper>>>,
    watched: RefCell<Option<WeakRef<Keeper>>>,
}

thread_local! {
    static COUNTER: Counter = Counter::default();
}

#[jsg::methods]
impl Keeper {
    #[jsg(constructor)]
    fn new() -> Self {
        Self {
            _token: COUNTER.with(|counter| counter.token()),
            kept: RefCell::new(None),
            watched: RefCell::new(None),
        }
    }

    #[jsg(method)]
    fn keep<'s>(&self, js: &mut Lock<'s, '_>, kept: Handle<'s, Keeper>) {
        let kept = Ref::new(js, kept);
        self.kept.borrow_mut().replace(kept);
    }

    #[jsg(method)]
    fn watch<'s>(&self, js: &mut Lock<'s, '_>, watched: Handle<'s, Keeper>) {
        let watched = WeakRef::new(js, watched);
        self.watched.borrow_mut().replace(watched);
    }

    #[jsg(getter)]
    fn watched<'s>(&self, js: &mut Lock<'s, '_>) -> Option<Handle<'s, Keeper>> {
        self.watched
            .borrow()
            .as_ref()
            .and_then(|watched| watched.get(js))
    }
}

/// An isolate that another thread has made.
fn moved() -> Isolate {
    let made = std::thread::spawn(|| {
        let isolate = isolate();
        isolate.enter(expose::<Keeper>);
        isolate.detach()
    });
    made.join().expect("the thread makes an isolate").attach()
}

fn alive() -> usize {
    COUNTER.with(|counter| counter.alive())
}

#[test]
fn an_isolate_works_where_it_has_moved_to() {
    let isolate = moved();
    isolate.enter(|js| {
        assert_eq!(
            eval(
                js,
                "var root = new Keeper(); root.keep(new Keeper()); root.watch(new Keeper());
                 for (let i = 0; i < 1000; i++) { new Keeper(); if (i % 250 == 0) gc(); }
                 gc(); typeof root.watched",
            ),
            "object"
        );
    });
    isolate.enter(Isolate::drain_microtasks);
    collect(&isolate);
    assert_eq!(alive(), 2);
    isolate.enter(|js| assert_eq!(eval(js, "String(root.watched)"), "undefined"));
    drop(isolate);
    assert_eq!(alive(), 0);
}

#[test]
fn deep_recursion_ends_in_an_exception_there_too() {
    let isolate = moved();
    isolate.enter(|js| {
        assert_eq!(
            eval(js, "(function f() { f(); })()"),
            "RangeError: Maximum call stack size exceeded"
        );
    });
}

#[test]
fn isolates_that_moved_and_that_did_not_nest() {
    let (home, guest) = (isolate(), moved());
    home.enter(|js| {
        eval(js, "globalThis.at = 'home'");
        guest.enter(|js| {
            eval(js, "globalThis.at = 'guest'");
            home.enter(|js| assert_eq!(eval(js, "at"), "home"));
            assert_eq!(eval(js, "at"), "guest");
        });
        assert_eq!(eval(js, "at"), "home");
    });
    drop(home);
    guest.enter(|js| assert_eq!(eval(js, "at"), "guest"));
}

#[test]
fn one_that_nobody_takes_is_freed() {
    let made = std::thread::spawn(|| isolate().detach());
    drop(made.join().expect("the thread makes an isolate"));
}

#[test]
fn it_shares_the_whole_stack_of_a_thread_that_has_told_its_size() {
    const STACK: usize = 16 << 20;
    /// Enters the isolate when so much of the stack is in use.
    fn deep(isolate: &Isolate, frames: usize) -> String {
        let frame = std::hint::black_box([0u8; 64 << 10]);
        let result = match frames {
            0 => isolate
                .enter(|js| eval(js, "(function sum(n) { return n && n + sum(n - 1) })(100)")),
            _ => deep(isolate, frames - 1),
        };
        std::hint::black_box(frame);
        result
    }
    let made = std::thread::spawn(|| isolate().detach());
    let detached = made.join().expect("the thread makes an isolate");
    let keeper = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || {
            jsg::engine::use_thread_stack(STACK);
            deep(&detached.attach(), 24)
        })
        .expect("the thread starts");
    assert_eq!(keeper.join().expect("the thread ends"), "5050");
}
