//! Which bytes of the reservation are in use. Offsets only: nothing here touches memory.
//!
//! The reservation is an array of chunks. A chunk is free, a [`Slab`] of small blocks, or part of a
//! run that belongs to one large buffer. What is freed stays in memory for a while, since the next
//! buffers come soon and pages cost more than zeroes; [`Pool::stale`] names what can go.

use std::ops::Range;

use super::slab::{CHUNK, CLASSES, LARGEST, Slab, class_of};

/// How much free memory stays resident at most: what a busy Worker frees in one collection. It is the
/// first to be used again, so the process has had as much in use before.
const MOST_DIRTY: usize = 256 << 20;

/// By how many chunks the part of the reservation that can be accessed grows at least.
const GROWTH: usize = 16;

enum Chunk {
    /// Nobody's, since when, and how many bytes at its start may not be zero.
    Free {
        dirty: usize,
        since: u32,
    },
    /// Free, and being given back to the system.
    Leaving,
    Slab(Slab),
    /// Of a large buffer, and how many bytes at its start were dirty before: the buffer may end sooner.
    Large {
        dirty: usize,
    },
}

/// What [`Pool::allocate`] gives.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    pub offset: usize,
    /// The part that may not be zero, from the start of the reservation.
    pub dirty: Range<usize>,
}

/// The state of the reservation.
pub struct Pool {
    /// How many chunks the reservation has.
    capacity: usize,
    /// Those that can be accessed, from the start.
    chunks: Vec<Chunk>,
    /// No chunk before this one is free.
    first_free: usize,
    /// For each class the slabs that have a free block.
    partial: [Vec<usize>; CLASSES],
    /// Sum of the dirty bytes of free chunks.
    dirty: usize,
    empty_slabs: usize,
    /// Counts the calls of `stale`.
    now: u32,
}

impl Pool {
    /// Of a reservation of so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self {
            capacity: bytes / CHUNK,
            chunks: Vec::new(),
            first_free: 0,
            partial: [const { Vec::new() }; CLASSES],
            dirty: 0,
            empty_slabs: 0,
            now: 0,
        }
    }

    /// Finds room for `length` bytes. `commit` makes a range of the reservation accessible, which then
    /// holds zeroes.
    pub fn allocate(
        &mut self,
        length: usize,
        commit: impl FnOnce(Range<usize>) -> bool,
    ) -> Option<Block> {
        if length > LARGEST {
            return self.allocate_large(length, commit);
        }
        let class = class_of(length);
        let id = match self.partial[class].last() {
            Some(id) => *id,
            None => {
                let (id, dirty) = self.take_run(1, commit)?;
                self.chunks[id] = Chunk::Slab(Slab::new(class, dirty.len()));
                self.partial[class].push(id);
                self.empty_slabs += 1;
                id
            }
        };
        let Chunk::Slab(slab) = &mut self.chunks[id] else {
            unreachable!("only slabs are partly free")
        };
        self.empty_slabs -= usize::from(slab.is_empty());
        let (start, clean) = slab.take()?;
        if slab.is_full() {
            self.partial[class].pop();
        }
        let offset = id * CHUNK + start;
        let end = if clean { offset } else { offset + length };
        Some(Block {
            offset,
            dirty: offset..end,
        })
    }

    fn allocate_large(
        &mut self,
        length: usize,
        commit: impl FnOnce(Range<usize>) -> bool,
    ) -> Option<Block> {
        let count = length.div_ceil(CHUNK);
        let (first, dirty) = self.take_run(count, commit)?;
        for chunk in &mut self.chunks[first..first + count] {
            if let Chunk::Free { dirty, .. } = *chunk {
                *chunk = Chunk::Large { dirty };
            }
        }
        let offset = first * CHUNK;
        let end = dirty.end.min(offset + length);
        Some(Block {
            offset,
            dirty: dirty.start.min(end)..end,
        })
    }

    /// Finds `count` free chunks in a row, which the caller overwrites: the first one, and what of
    /// them is dirty.
    fn take_run(
        &mut self,
        count: usize,
        commit: impl FnOnce(Range<usize>) -> bool,
    ) -> Option<(usize, Range<usize>)> {
        let first = match self.find_run(count) {
            Some(first) => first,
            None => self.grow(count, commit)?,
        };
        let mut dirty = first * CHUNK..first * CHUNK;
        for id in first..first + count {
            if let Chunk::Free { dirty: bytes, .. } = self.chunks[id]
                && bytes > 0
            {
                let start = id * CHUNK;
                dirty.start = if dirty.is_empty() { start } else { dirty.start };
                dirty.end = start + bytes;
                self.dirty -= bytes;
            }
        }
        if first == self.first_free {
            self.first_free += count;
        }
        Some((first, dirty))
    }

    fn find_run(&mut self, count: usize) -> Option<usize> {
        let mut run = 0;
        for id in self.first_free..self.chunks.len() {
            if !matches!(self.chunks[id], Chunk::Free { .. }) {
                run = 0;
                // What has been taken from here on since the last look.
                self.first_free += usize::from(self.first_free == id);
                continue;
            }
            run += 1;
            if run == count {
                return Some(id + 1 - count);
            }
        }
        None
    }

    /// Makes more chunks accessible, so that the last ones are `count` free ones.
    fn grow(&mut self, count: usize, commit: impl FnOnce(Range<usize>) -> bool) -> Option<usize> {
        let old = self.chunks.len();
        let free = |chunk: &&Chunk| matches!(chunk, Chunk::Free { .. });
        let first = old - self.chunks.iter().rev().take_while(free).count();
        let wanted = first
            .checked_add(count)
            .filter(|end| *end <= self.capacity)?;
        let new = wanted.max(old + GROWTH).min(self.capacity);
        if !commit(old * CHUNK..new * CHUNK) {
            return None;
        }
        let since = self.now;
        self.chunks
            .resize_with(new, || Chunk::Free { dirty: 0, since });
        Some(first)
    }

    /// Takes back a block of `length` bytes. Returns a range that shall be given back to the system
    /// at once, after which [`returned`](Self::returned) says so.
    ///
    /// # Panics
    ///
    /// Panics if no such block is in use.
    pub fn free(&mut self, offset: usize, length: usize) -> Option<Range<usize>> {
        let id = offset / CHUNK;
        if length > LARGEST {
            return self.free_large(id, length);
        }
        let Some(Chunk::Slab(slab)) = self.chunks.get_mut(id) else {
            panic!("a buffer is freed that is none")
        };
        let class = slab.class();
        assert_eq!(class, class_of(length), "a buffer is freed as another one");
        let was_full = slab.is_full();
        slab.put_back(offset % CHUNK, self.now);
        let (empty, dirty) = (slab.is_empty(), slab.dirty());
        if was_full {
            self.partial[class].push(id);
        }
        if !empty {
            return None;
        }
        // The last one of its class stays: the next buffer of its size comes soon.
        self.empty_slabs += 1;
        if self.partial[class].len() == 1 {
            return None;
        }
        self.partial[class].retain(|other| *other != id);
        self.empty_slabs -= 1;
        self.release(id, dirty);
        self.surplus(id..id + 1)
    }

    fn free_large(&mut self, first: usize, length: usize) -> Option<Range<usize>> {
        let run = first..first + length.div_ceil(CHUNK);
        for (id, start) in run.clone().zip((0..length).step_by(CHUNK)) {
            let Some(Chunk::Large { dirty }) = self.chunks.get(id) else {
                panic!("a buffer is freed that is none")
            };
            self.release(id, (length - start).min(CHUNK).max(*dirty));
        }
        self.surplus(run)
    }

    fn release(&mut self, id: usize, dirty: usize) {
        let since = self.now;
        self.chunks[id] = Chunk::Free { dirty, since };
        self.first_free = self.first_free.min(id);
        self.dirty += dirty;
    }

    /// The end of a run of free chunks that is too much to keep.
    fn surplus(&mut self, run: Range<usize>) -> Option<Range<usize>> {
        let over = self.dirty.saturating_sub(MOST_DIRTY).div_ceil(CHUNK);
        let run = run.start.max(run.end.saturating_sub(over))..run.end;
        (!run.is_empty()).then(|| self.leave(run))
    }

    fn leave(&mut self, run: Range<usize>) -> Range<usize> {
        for chunk in &mut self.chunks[run.clone()] {
            if let Chunk::Free { dirty, .. } = chunk {
                self.dirty -= *dirty;
            }
            *chunk = Chunk::Leaving;
        }
        run.start * CHUNK..run.end * CHUNK
    }

    /// A range that was to leave has been given back to the system and holds zeroes now.
    pub fn returned(&mut self, range: &Range<usize>) {
        for id in range.start / CHUNK..range.end / CHUNK {
            self.release(id, 0);
        }
    }

    /// Whether [`stale`](Self::stale) has something to find, now or later.
    pub fn is_dirty(&self) -> bool {
        self.dirty > 0 || self.empty_slabs > 0
    }

    /// What has been free since before the last call, to be given back to the system as
    /// [`free`](Self::free) says.
    pub fn stale(&mut self) -> Vec<Range<usize>> {
        let now = self.now;
        self.now = now.wrapping_add(1);
        for class in 0..CLASSES {
            let mut emptied = Vec::new();
            self.partial[class].retain(|id| {
                let Chunk::Slab(slab) = &self.chunks[*id] else {
                    unreachable!("only slabs are partly free")
                };
                let stale = slab.is_empty() && slab.empty_since() != now;
                if stale {
                    emptied.push((*id, slab.dirty(), slab.empty_since()));
                }
                !stale
            });
            for (id, dirty, since) in emptied {
                self.empty_slabs -= 1;
                self.release(id, dirty);
                self.chunks[id] = Chunk::Free { dirty, since };
            }
        }
        let mut runs: Vec<Range<usize>> = Vec::new();
        for (id, chunk) in self.chunks.iter().enumerate() {
            let Chunk::Free { dirty, since } = *chunk else {
                continue;
            };
            if dirty == 0 || since == now {
                continue;
            }
            match runs.last_mut() {
                Some(run) if run.end == id => run.end += 1,
                _ => runs.push(id..id + 1),
            }
        }
        runs.into_iter().map(|run| self.leave(run)).collect()
    }
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
