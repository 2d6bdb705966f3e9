//! What an isolate costs: bare (isolate, context and an empty global object) against one with all
//! our globals, in time and in memory.

use criterion::{Criterion, criterion_group, criterion_main};
use runtime::Limits;

/// Proportional resident memory of this process in KiB.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").trim().parse().ok())
        .unwrap_or(0)
}

#[expect(
    clippy::print_stdout,
    reason = "a benchmark reports to who runs it; criterion measures time only"
)]
fn memory<T>(what: &str, mut make: impl FnMut() -> T) {
    const COUNT: u64 = 100;
    let before = resident();
    let kept: Vec<T> = (0..COUNT).map(|_| make()).collect();
    let after = resident();
    println!("{what}: {} KiB each", (after - before) / COUNT);
    drop(kept);
}

fn isolates(c: &mut Criterion) {
    let flags = jsg_test::newest();
    let bare = || jsg_test::isolate_with(flags);
    let ours = || runtime::pool::create(flags, Limits::default());
    memory("isolate, context", bare);
    memory("isolate, context, our globals", ours);
    let mut group = c.benchmark_group("create");
    group.bench_function("isolate + context", |b| b.iter_with_large_drop(bare));
    group.bench_function("isolate + context + our globals", |b| {
        b.iter_with_large_drop(ours)
    });
    group.finish();
}

criterion_group!(benches, isolates);
criterion_main!(benches);
