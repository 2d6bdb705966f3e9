//! The input gate: who comes in when, and what becomes of sections.

use futures::FutureExt;

use super::*;

fn now(wait: impl Future<Output = Entry>) -> Option<Entry> {
    wait.now_or_never()
}

fn locked(gate: &InputGate) -> InputLock {
    let entry = now(gate.wait()).expect("the gate is open");
    entry.expect("the gate is not broken")
}

fn boom() -> ChannelError {
    ChannelError::Failed("boom".into())
}

fn enter(section: &CriticalSection) -> InputLock {
    let entry = now(section.enter()).expect("nothing is in the way");
    entry.expect("the gate is not broken")
}

#[test]
fn hands_out_one_lock_after_the_other() {
    let gate = InputGate::default();
    let first = locked(&gate);
    let copy = first.clone();
    let mut second = gate.wait();
    let mut third = gate.wait();
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    assert!((&mut second).now_or_never().is_none());
    drop(copy);
    assert!((&mut third).now_or_never().is_none());
    let second = now(second).expect("it is its turn").expect("a lock");
    assert!((&mut third).now_or_never().is_none());
    drop(second);
    assert!(now(third).is_some_and(|entry| entry.is_ok()));
}

#[test]
fn passes_over_who_has_given_up() {
    let gate = InputGate::default();
    let first = locked(&gate);
    let second = gate.wait();
    let third = gate.wait();
    let fourth = gate.wait();
    drop(second);
    drop(first);
    // The third has its lock by now, and gives it back.
    drop(third);
    assert!(now(fourth).is_some_and(|entry| entry.is_ok()));
}

#[test]
fn a_section_shuts_out_all_but_its_own() {
    let gate = InputGate::default();
    let lock = locked(&gate);
    let section = lock.start_section();
    let mut entering = Box::pin(section.enter());
    assert!(entering.as_mut().now_or_never().is_none());
    let mut outside = gate.wait();
    drop(lock);
    let inside = now(entering).expect("sections come first").expect("a lock");
    assert!((&mut outside).now_or_never().is_none());
    let own = inside.gate();
    assert_eq!(own.depth(), 1);
    drop(inside);
    let again = locked(&own);
    let mut waiting = own.wait();
    assert!((&mut waiting).now_or_never().is_none());
    drop(again);
    drop(now(waiting).expect("its turn"));
    assert!((&mut outside).now_or_never().is_none());
    let continued = section.succeed().expect("it was running");
    assert!((&mut outside).now_or_never().is_none());
    drop(continued);
    assert!(now(outside).is_some_and(|entry| entry.is_ok()));
}

#[test]
fn sections_of_one_lock_follow_each_other() {
    let gate = InputGate::default();
    let lock = locked(&gate);
    let (one, two) = (lock.start_section(), lock.start_section());
    let first = one.enter();
    let mut second = Box::pin(two.enter());
    drop(lock);
    drop(now(first).expect("the first goes"));
    assert!(second.as_mut().now_or_never().is_none());
    drop(one.succeed());
    assert!(now(second).is_some_and(|entry| entry.is_ok()));
    drop(two.succeed());
    drop(locked(&gate));
}

#[test]
fn what_a_section_has_left_over_goes_to_its_parent() {
    let gate = InputGate::default();
    let outer = locked(&gate).start_section();
    let inner = enter(&outer).start_section();
    let lock = enter(&inner);
    let own = lock.gate();
    let mut waiting = own.wait();
    let parent = inner.succeed().expect("it was running");
    drop(parent);
    // The lock of the section that has ended counts in the outer one.
    assert!(outer.gate().wait().now_or_never().is_none());
    assert!((&mut waiting).now_or_never().is_none());
    drop(lock);
    let left_over = now(waiting).expect("its turn").expect("a lock");
    assert!(outer.gate().wait().now_or_never().is_none());
    drop(left_over);
    drop(locked(&own));
    drop(outer.succeed());
    let last = locked(&own);
    assert!(gate.wait().now_or_never().is_none());
    drop(last);
    drop(locked(&gate));
}

#[test]
fn a_failed_section_breaks_all_it_is_in() {
    let gate = InputGate::default();
    let broken = gate.on_broken();
    let outer = locked(&gate).start_section();
    let inner = enter(&outer).start_section();
    let lock = enter(&inner);
    let outside = gate.wait();
    let inside = outer.gate().wait();
    inner.fail(&boom());
    for wait in [outside, inside, gate.wait(), outer.gate().wait()] {
        let error = now(wait).expect("nobody waits").err();
        assert_eq!(
            error.map(|error| error.to_string()).as_deref(),
            Some("boom")
        );
    }
    assert!(broken.now_or_never().is_some());
    assert!(gate.on_broken().now_or_never().is_some());
    drop(lock);
}

#[test]
fn a_section_that_nobody_can_end_has_failed() {
    let gate = InputGate::default();
    let section = locked(&gate).start_section();
    drop(enter(&section));
    assert!(gate.broken().is_none());
    drop(section);
    let error = gate.broken().expect("the section can never end");
    assert!(error.to_string().starts_with("A critical section"));
}

#[test]
fn deep_nesting_needs_no_stack() {
    let gate = InputGate::default();
    let mut section = locked(&gate).start_section();
    let mut lock = enter(&section);
    let mut sections = Vec::new();
    for _ in 0..200_000 {
        let next = lock.start_section();
        drop(lock);
        lock = enter(&next);
        sections.push(std::mem::replace(&mut section, next));
    }
    assert_eq!(section.gate().depth(), 200_001);
    let last = section.gate();
    drop(lock);
    drop(section.succeed());
    for section in sections.into_iter().rev() {
        drop(section.succeed());
    }
    drop(locked(&last));
    drop(last);
    drop(locked(&gate));
}
