//! Collection of objects in both directions.

use std::cell::RefCell;

use jsg::{Handle, Lock, Ref};
use jsg_test::{Counter, Token, collect, eval, expose, isolate};

/// A node that may point to another: enough to build a cycle through Rust and JavaScript.
#[jsg::class]
pub struct Node {
    _token: Token,
    next: RefCell<Option<Ref<Node>>>,
}

thread_local! {
    static COUNTER: Counter = Counter::default();
}

#[jsg::methods]
impl Node {
    #[jsg(constructor)]
    fn new() -> Self {
        Self {
            _token: COUNTER.with(|counter| counter.token()),
            next: RefCell::new(None),
        }
    }

    #[jsg(method)]
    fn link<'s>(&self, js: &mut Lock<'s, '_>, next: Handle<'s, Node>) {
        let next = Ref::new(js, next);
        self.next.borrow_mut().replace(next);
    }

    #[jsg(getter)]
    fn next<'s>(&self, js: &mut Lock<'s, '_>) -> Option<Handle<'s, Node>> {
        self.next.borrow().as_ref().map(|next| next.get(js))
    }
}

fn alive() -> usize {
    COUNTER.with(|counter| counter.alive())
}

#[test]
fn unreachable_objects_are_dropped_and_reachable_ones_kept() {
    let isolate = isolate();
    isolate.enter(|js| {
        expose::<Node>(js);
        eval(js, "var kept = new Node(); kept.link(new Node()); for (let i = 0; i < 100; i++) new Node();");
    });
    collect(&isolate);
    assert_eq!(alive(), 2);
    isolate.enter(|js| {
        assert_eq!(
            eval(js, "kept.next === kept.next && kept.next instanceof Node"),
            "true"
        )
    });
    isolate.enter(|js| eval(js, "kept = undefined"));
    collect(&isolate);
    assert_eq!(alive(), 0);
}

#[test]
fn a_cycle_through_rust_is_collected() {
    let isolate = isolate();
    isolate.enter(|js| {
        expose::<Node>(js);
        eval(
            js,
            "{ const a = new Node(), b = new Node(); a.link(b); b.link(a); b.extra = a; }",
        );
    });
    assert_eq!(alive(), 2);
    collect(&isolate);
    assert_eq!(alive(), 0);
}

#[test]
fn dropping_the_isolate_drops_its_objects() {
    let isolate = isolate();
    isolate.enter(|js| {
        expose::<Node>(js);
        eval(js, "var kept = new Node()");
    });
    assert_eq!(alive(), 1);
    drop(isolate);
    assert_eq!(alive(), 0);
}

#[test]
fn a_strong_reference_is_a_root() {
    let isolate = isolate();
    let strong = isolate.enter(|js| {
        expose::<Node>(js);
        let node = Handle::new(js, Node::new());
        jsg::Strong::new(js, node)
    });
    collect(&isolate);
    assert_eq!(alive(), 1);
    drop(strong);
    collect(&isolate);
    assert_eq!(alive(), 0);
}
