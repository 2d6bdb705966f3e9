//! One chunk as equal blocks, and the sizes that blocks have.

/// Bytes of a chunk.
pub const CHUNK: usize = 1 << 20;

/// The largest block; what is larger gets chunks of its own.
pub const LARGEST: usize = CHUNK / 2;

/// How many sizes there are: eight up to 128 bytes, then four for each doubling.
pub const CLASSES: usize = 8 + 4 * 12;

/// The class of the smallest blocks that hold `length` bytes, which is 1 to [`LARGEST`].
pub fn class_of(length: usize) -> usize {
    debug_assert!((1..=LARGEST).contains(&length));
    let last = length - 1;
    if last < 128 {
        return last / 16;
    }
    let bits = last.ilog2() as usize;
    8 + (bits - 7) * 4 + ((last >> (bits - 2)) - 4)
}

/// Bytes of each block of a class.
pub fn block_size(class: usize) -> usize {
    match class.checked_sub(8) {
        None => (class + 1) * 16,
        Some(step) => (5 + step % 4) << (5 + step / 4),
    }
}

/// Which blocks of a chunk are free.
///
/// Nothing of it lies in the chunk itself: code that has broken out of JavaScript's rules may write
/// anywhere in V8's sandbox, but must not steer what is handed out next.
pub struct Slab {
    class: usize,
    blocks: usize,
    live: usize,
    /// Blocks from here on hold zeroes.
    clean_from: usize,
    /// No word before this one has a free block.
    first_free: usize,
    /// A bit for each block: set when it is free.
    free: Box<[u64]>,
    /// When the last live block was freed.
    empty_since: u32,
}

impl Slab {
    /// A chunk for blocks of `class`, the first `dirty` bytes of which may hold anything.
    pub fn new(class: usize, dirty: usize) -> Self {
        let blocks = CHUNK / block_size(class);
        let mut free = vec![u64::MAX; blocks.div_ceil(64)].into_boxed_slice();
        if !blocks.is_multiple_of(64)
            && let Some(last) = free.last_mut()
        {
            *last = (1 << (blocks % 64)) - 1;
        }
        Self {
            class,
            blocks,
            live: 0,
            clean_from: dirty.div_ceil(block_size(class)),
            first_free: 0,
            free,
            empty_since: 0,
        }
    }

    pub fn class(&self) -> usize {
        self.class
    }

    pub fn is_full(&self) -> bool {
        self.live == self.blocks
    }

    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// When it became empty; of use only while it is.
    pub fn empty_since(&self) -> u32 {
        self.empty_since
    }

    /// How far into the chunk its blocks have been handed out.
    pub fn dirty(&self) -> usize {
        (self.clean_from * block_size(self.class)).min(CHUNK)
    }

    /// Takes the first free block: where it starts in the chunk, and whether it holds zeroes.
    pub fn take(&mut self) -> Option<(usize, bool)> {
        let (word, bits) = self
            .free
            .iter_mut()
            .enumerate()
            .skip(self.first_free)
            .find(|(_, bits)| **bits != 0)?;
        let bit = bits.trailing_zeros() as usize;
        *bits &= *bits - 1;
        self.first_free = word;
        self.live += 1;
        let block = word * 64 + bit;
        let clean = block >= self.clean_from;
        self.clean_from = self.clean_from.max(block + 1);
        Some((block * block_size(self.class), clean))
    }

    /// Takes back the block that starts at `offset` in the chunk.
    ///
    /// # Panics
    ///
    /// Panics if no live block starts there: whoever frees a block twice shares it with another.
    pub fn put_back(&mut self, offset: usize, now: u32) {
        let size = block_size(self.class);
        let block = offset / size;
        let (word, bit) = (block / 64, 1 << (block % 64));
        assert!(
            offset.is_multiple_of(size) && block < self.blocks && self.free[word] & bit == 0,
            "a buffer is freed that is none"
        );
        self.free[word] |= bit;
        self.first_free = self.first_free.min(word);
        self.live -= 1;
        self.empty_since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_has_a_class_that_holds_it_with_little_to_spare() {
        for length in (1..4096)
            .chain((4096..=LARGEST).step_by(37))
            .chain([LARGEST])
        {
            let class = class_of(length);
            let size = block_size(class);
            assert!(class < CLASSES && size >= length && size.is_multiple_of(16));
            assert!(
                size - length < 16 || (size - length) * 5 <= size,
                "{length}"
            );
            assert!(class == 0 || block_size(class - 1) < length, "{length}");
        }
        assert_eq!(block_size(CLASSES - 1), LARGEST);
    }

    #[test]
    fn blocks_do_not_overlap_and_are_clean_once() {
        for class in 0..CLASSES {
            let mut slab = Slab::new(class, 0);
            let mut end = 0;
            while let Some((offset, clean)) = slab.take() {
                assert!(clean && offset >= end);
                end = offset + block_size(class);
                assert!(end <= CHUNK);
            }
            assert!(slab.is_full() && CHUNK - end < block_size(class));
            slab.put_back(0, 7);
            assert_eq!(slab.take(), Some((0, false)));
        }
    }

    #[test]
    fn what_an_earlier_use_has_left_is_not_clean() {
        let class = class_of(1000);
        let mut slab = Slab::new(class, block_size(class) + 1);
        let clean: Vec<bool> = std::iter::from_fn(|| slab.take().map(|block| block.1)).collect();
        assert_eq!(clean[..3], [false, false, true]);
    }

    #[test]
    #[should_panic(expected = "a buffer is freed that is none")]
    fn a_block_is_freed_once() {
        let mut slab = Slab::new(3, 0);
        slab.take();
        slab.put_back(0, 0);
        slab.put_back(0, 0);
    }
}
