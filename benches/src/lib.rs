//! Benchmarks of the stages of the hot path and of what isolates cost: `cargo bench -p benches`.
//!
//! `docs/benchmarks.md` has the figures and the recipe for comparing whole servers.
