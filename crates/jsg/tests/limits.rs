//! Isolates that reach their limits are condemned, and the process goes on.

use jsg::{Condemned, Isolate, IsolateOptions, LockExt};
use jsg_test::{TestGlobal, eval};

fn small() -> Isolate {
    let flags = jsg_test::newest();
    drop(jsg_test::isolate());
    let isolate = Isolate::new(IsolateOptions {
        flags,
        global: <TestGlobal as jsg::Class>::info(),
        heap_limit: Some(16 << 20),
    });
    isolate.enter(|js| {
        jsg::attach_global(js, TestGlobal {});
    });
    isolate
}

#[test]
fn a_script_that_fills_its_heap_ends_and_condemns_the_isolate() {
    let isolate = small();
    isolate.enter(|js| {
        eval(
            js,
            "const keep = []; for (;;) keep.push(new Array(1000).fill(1));",
        );
    });
    assert_eq!(isolate.condemned(), Some(Condemned::Memory));
    let other = jsg_test::isolate();
    other.enter(|js| {
        assert!(js.flags().contains(jsg::Flag::UrlStandard));
        assert_eq!(eval(js, "1 + 1"), "2");
    });
}
