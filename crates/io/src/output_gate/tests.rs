//! The output gate: what waits for which lock, and what a failure stops.

use futures::FutureExt;

use super::*;

fn boom() -> ChannelError {
    ChannelError::Failed("boom".into())
}

fn text(outcome: Option<Result<(), ChannelError>>) -> Option<String> {
    outcome.map(|outcome| match outcome {
        Ok(()) => "open".to_owned(),
        Err(error) => error.to_string(),
    })
}

#[test]
fn waits_for_the_locks_that_there_are() {
    let gate = OutputGate::default();
    assert!(gate.is_open());
    assert_eq!(text(gate.wait().now_or_never()).as_deref(), Some("open"));
    let first = gate.lock();
    let mut early = Box::pin(gate.wait());
    let second = gate.lock();
    let mut late = Box::pin(gate.wait());
    assert!(early.as_mut().now_or_never().is_none());
    first.release();
    assert_eq!(text(early.now_or_never()).as_deref(), Some("open"));
    assert!(late.as_mut().now_or_never().is_none());
    assert!(!gate.is_open());
    second.release();
    assert_eq!(text(late.now_or_never()).as_deref(), Some("open"));
    assert!(gate.is_open());
}

#[test]
fn later_locks_may_end_first() {
    let gate = OutputGate::default();
    let first = gate.lock();
    let second = gate.lock();
    let mut wait = Box::pin(gate.wait());
    second.release();
    assert!(wait.as_mut().now_or_never().is_none());
    first.release();
    assert_eq!(text(wait.now_or_never()).as_deref(), Some("open"));
}

#[test]
fn a_failure_is_for_those_that_come_after_it() {
    let gate = OutputGate::default();
    let broken = gate.on_broken();
    let first = gate.lock();
    let early = gate.wait();
    let second = gate.lock();
    let late = gate.wait();
    second.fail(boom());
    first.release();
    assert_eq!(text(early.now_or_never()).as_deref(), Some("open"));
    assert_eq!(text(late.now_or_never()).as_deref(), Some("boom"));
    assert_eq!(text(gate.wait().now_or_never()).as_deref(), Some("boom"));
    assert!(broken.now_or_never().is_some());
    assert!(!gate.is_open());
}

#[test]
fn work_locks_from_the_call_on() {
    let gate = OutputGate::default();
    let (sender, receiver) = oneshot::channel::<u32>();
    let mut work = Box::pin(gate.lock_while(async move { receiver.await.map_err(|_| boom()) }));
    let mut wait = Box::pin(gate.wait());
    assert!(work.as_mut().now_or_never().is_none());
    assert!(wait.as_mut().now_or_never().is_none());
    sender.send(7).expect("the work waits for it");
    assert_eq!(work.now_or_never().and_then(Result::ok), Some(7));
    assert_eq!(text(wait.now_or_never()).as_deref(), Some("open"));
}

#[test]
fn work_that_is_dropped_breaks_the_gate() {
    let gate = OutputGate::default();
    drop(gate.lock_while(std::future::pending::<Result<(), _>>()));
    let outcome = text(gate.wait().now_or_never());
    assert_eq!(
        outcome.as_deref(),
        Some("output lock was canceled before completion")
    );
}
