//! The pool's books, without memory.

use super::*;

fn pool(chunks: usize) -> Pool {
    Pool::new(chunks * CHUNK)
}

fn take(pool: &mut Pool, length: usize) -> Block {
    pool.allocate(length, |_| true).expect("there is room")
}

fn is_clean(block: &Block) -> bool {
    block.dirty.is_empty()
}

#[test]
fn fresh_memory_is_zero_and_used_memory_is_not() {
    let mut pool = pool(64);
    for length in [1, 100, 65_536, LARGEST, LARGEST + 1, 5 * CHUNK + 3] {
        let first = take(&mut pool, length);
        assert!(is_clean(&first), "{length}");
        assert_eq!(pool.free(first.offset, length), None);
        let second = take(&mut pool, length);
        assert_eq!(second.offset, first.offset);
        assert_eq!(second.dirty, first.offset..first.offset + length);
    }
}

#[test]
fn a_large_buffer_gets_chunks_in_a_row() {
    let mut pool = pool(64);
    let buffers: Vec<Block> = (0..8).map(|_| take(&mut pool, 3 * CHUNK)).collect();
    for pair in buffers.windows(2) {
        assert_eq!(pair[1].offset, pair[0].offset + 3 * CHUNK);
    }
    pool.free(buffers[2].offset, 3 * CHUNK);
    pool.free(buffers[3].offset, 3 * CHUNK);
    let large = take(&mut pool, 6 * CHUNK - 5);
    assert_eq!(large.offset, buffers[2].offset);
    assert_eq!(large.dirty, large.offset..large.offset + 6 * CHUNK - 5);
}

#[test]
fn only_what_was_used_of_a_run_is_dirty() {
    let mut pool = pool(64);
    let small = take(&mut pool, CHUNK + 10);
    pool.free(small.offset, CHUNK + 10);
    let large = take(&mut pool, 8 * CHUNK);
    assert_eq!(large.dirty, large.offset..large.offset + CHUNK + 10);
}

#[test]
fn what_lies_behind_the_end_of_a_buffer_stays_dirty() {
    let mut pool = pool(64);
    for (length, dirty) in [
        (2 * CHUNK, 0),
        (CHUNK + 10, CHUNK + 10),
        (2 * CHUNK, 2 * CHUNK),
    ] {
        let block = take(&mut pool, length);
        assert_eq!((block.offset, block.dirty), (0, 0..dirty));
        pool.free(0, length);
    }
}

#[test]
fn a_full_reservation_refuses_and_recovers() {
    let mut pool = pool(20);
    assert_eq!(pool.allocate(21 * CHUNK, |_| true), None);
    let all = take(&mut pool, 20 * CHUNK);
    assert_eq!(pool.allocate(1, |_| true), None);
    assert_eq!(pool.allocate(usize::MAX, |_| true), None);
    assert_eq!(pool.free(all.offset, 20 * CHUNK), None);
    take(&mut pool, 1);
}

#[test]
fn memory_that_cannot_be_had_is_not_handed_out() {
    let mut pool = pool(64);
    assert_eq!(pool.allocate(100, |_| false), None);
    let mut asked = 0..0;
    let block = pool.allocate(100, |range| {
        asked = range;
        true
    });
    assert_eq!(block.map(|block| block.offset), Some(0));
    assert_eq!(asked, 0..GROWTH * CHUNK);
}

#[test]
fn what_stays_free_for_two_rounds_leaves() {
    let mut pool = pool(64);
    let small = take(&mut pool, 100);
    let large = take(&mut pool, 2 * CHUNK);
    pool.free(small.offset, 100);
    pool.free(large.offset, 2 * CHUNK);
    assert!(pool.is_dirty());
    assert_eq!(pool.stale(), []);
    let leaving = pool.stale();
    assert_eq!((leaving.len(), &leaving[0]), (1, &(0..3 * CHUNK)));
    assert!(!pool.is_dirty());
    // On their way out they belong to nobody.
    assert!(take(&mut pool, 2 * CHUNK).offset >= 3 * CHUNK);
    pool.returned(&leaving[0]);
    let again = take(&mut pool, 3 * CHUNK);
    assert_eq!((again.offset, is_clean(&again)), (0, true));
}

#[test]
fn what_is_in_use_again_stays() {
    let mut pool = pool(64);
    let block = take(&mut pool, 100);
    pool.free(block.offset, 100);
    assert_eq!(pool.stale(), []);
    take(&mut pool, 100);
    assert_eq!(pool.stale(), []);
    assert!(!pool.is_dirty());
}

#[test]
fn too_much_free_memory_leaves_at_once() {
    let mut pool = pool(1024);
    let length = MOST_DIRTY + 10 * CHUNK;
    let large = take(&mut pool, length);
    let leaving = pool.free(large.offset, length).expect("more than is kept");
    assert_eq!(leaving, MOST_DIRTY..length);
    pool.returned(&leaving);
    assert_eq!(pool.dirty, MOST_DIRTY);
    assert_eq!(take(&mut pool, length).dirty, 0..MOST_DIRTY);
}

#[test]
fn slabs_of_one_size_give_way_to_another() {
    let mut pool = pool(32);
    let length = 65_536;
    let blocks: Vec<Block> = (0..32 * 16).map(|_| take(&mut pool, length)).collect();
    assert_eq!(pool.allocate(16, |_| true), None);
    for block in blocks {
        pool.free(block.offset, length);
    }
    take(&mut pool, 16);
    take(&mut pool, 20 * CHUNK);
}

#[test]
fn live_blocks_never_overlap() {
    // A small generator is enough to mix sizes and order.
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    let mut pool = pool(128);
    let mut live: Vec<(usize, usize)> = Vec::new();
    for round in 0..20_000 {
        if random(5) < 3 || live.is_empty() {
            let most = 1 << (1 + random(21));
            let length = 1 + random(most);
            if let Some(block) = pool.allocate(length, |_| true) {
                assert!(block.offset.is_multiple_of(16) && block.offset + length <= 128 * CHUNK);
                live.push((block.offset, length));
            }
        } else {
            let (offset, length) = live.swap_remove(random(live.len()));
            if let Some(range) = pool.free(offset, length) {
                pool.returned(&range);
            }
        }
        if round % 1000 == 0 {
            for range in pool.stale() {
                pool.returned(&range);
            }
            let mut sorted = live.clone();
            sorted.sort_unstable();
            assert!(
                sorted
                    .windows(2)
                    .all(|pair| pair[0].0 + pair[0].1 <= pair[1].0)
            );
        }
    }
}

#[test]
#[should_panic(expected = "a buffer is freed that is none")]
fn a_large_buffer_is_freed_once() {
    let mut pool = pool(64);
    let block = take(&mut pool, 2 * CHUNK);
    pool.free(block.offset, 2 * CHUNK);
    pool.free(block.offset, 2 * CHUNK);
}
