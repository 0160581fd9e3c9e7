//! How large prints usually are: a running quantile of their sizes in fixed memory, for orders that leave blocks out.
//!
//! Sizes are counted in buckets of an eighth of a doubling, so that the quantile is right to within an eighth of its size. Once
//! a bucket is full all of them are halved: what was long ago weighs less.

/// Buckets per doubling.
const PARTS: u64 = 8;
/// Buckets: eight for each doubling, and one for each size below eight.
const BUCKETS: usize = 496;
/// One print in so many is above the quantile: 99.5 %.
const ONE_IN: u32 = 200;
/// Prints that must have been seen before any counts as a block.
const SEEN_MIN: u32 = 200;
/// Buckets that the edge moves with one print.
const MOVES_MAX: u32 = 16;

/// Sizes of an instrument's prints.
#[derive(Clone, Copy, Debug)]
pub struct PrintSizes {
    counts: [u16; BUCKETS],
    /// Sum of the counts.
    seen: u32,
    /// Of them in buckets behind the edge.
    above: u32,
    /// Last bucket that holds no blocks.
    edge: u16,
}

impl Default for PrintSizes {
    fn default() -> Self {
        PrintSizes {
            counts: [0; BUCKETS],
            seen: 0,
            above: 0,
            edge: 0,
        }
    }
}

impl PrintSizes {
    /// Takes a print of `size` steps; returns whether it is a block, by the prints before it.
    pub fn note(&mut self, size: u64) -> bool {
        let bucket = bucket(size);
        let block = self.seen >= SEEN_MIN && bucket > usize::from(self.edge);
        if self.counts[bucket] == u16::MAX {
            self.halve();
        }
        self.counts[bucket] += 1;
        self.seen += 1;
        self.above += u32::from(bucket > usize::from(self.edge));
        self.move_edge();
        block
    }
    /// Whether a print of this size would be a block now.
    #[must_use]
    pub fn is_block(&self, size: u64) -> bool {
        self.seen >= SEEN_MIN && bucket(size) > usize::from(self.edge)
    }

    /// Moves the edge to where at most one print in [`ONE_IN`] lies behind it.
    fn move_edge(&mut self) {
        for _ in 0..MOVES_MAX {
            let edge = usize::from(self.edge);
            let before = self.above + u32::from(self.counts[edge]);
            if self.above * ONE_IN > self.seen && edge + 1 < BUCKETS {
                self.edge += 1;
                self.above -= u32::from(self.counts[edge + 1]);
            } else if before * ONE_IN <= self.seen && edge > 0 {
                self.edge -= 1;
                self.above = before;
            } else {
                return;
            }
        }
    }
    fn halve(&mut self) {
        self.seen = 0;
        self.above = 0;
        for (index, count) in self.counts.iter_mut().enumerate() {
            *count /= 2;
            self.seen += u32::from(*count);
            self.above += u32::from(*count) * u32::from(index > usize::from(self.edge));
        }
    }
}

/// Bucket of a size: itself below eight, then an eighth of a doubling each.
fn bucket(size: u64) -> usize {
    let doubling = u64::from(size.max(1).ilog2());
    let bucket = if doubling < 3 {
        size
    } else {
        (doubling - 2) * PARTS + ((size >> (doubling - 3)) & (PARTS - 1))
    };
    usize::try_from(bucket)
        .unwrap_or(BUCKETS - 1)
        .min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::mix;
    use std::vec::Vec;

    #[test]
    fn buckets_ascend_without_gaps_over_all_sizes() {
        let mut last = 0;
        let eighths =
            |power: u32| (0..8_u64).map(move |part| (1 << power) + (1 << power) / 8 * part);
        for size in (1..8).chain((3..64).flat_map(eighths)) {
            let b = bucket(size);
            assert!(b == last + 1, "{size}: {b} after {last}");
            last = b;
        }
        assert_eq!([bucket(0), bucket(u64::MAX)], [0, BUCKETS - 1]);
        assert_eq!(last, BUCKETS - 1);
    }

    #[test]
    fn one_print_in_two_hundred_is_a_block_within_the_width_of_a_bucket() {
        let mut sizes = PrintSizes::default();
        let mut drawn = Vec::new();
        let mut blocks = 0;
        for i in 0..200_000_u64 {
            // Heavy tails: 100 steps times a power of two, and a little.
            let bits = mix(i);
            let size = (100 << (bits.trailing_zeros().min(20))) + bits % 97;
            drawn.push(size);
            blocks += u32::from(sizes.note(size));
        }
        drawn.sort_unstable();
        let exact = drawn[drawn.len() * 995 / 1_000];
        let edge = (1..1 << 40).find(|&s| sizes.is_block(s)).unwrap();
        assert!(
            edge <= exact + exact / 4 && edge >= exact - exact / 4,
            "{edge} {exact}"
        );
        assert!((400..=1_100).contains(&blocks), "{blocks}");
    }

    #[test]
    fn nothing_is_a_block_before_enough_was_seen_and_the_edge_follows_the_market() {
        let mut sizes = PrintSizes::default();
        for _ in 0..199 {
            assert!(!sizes.note(1 << 40));
        }
        for _ in 0..100_000 {
            sizes.note(100);
        }
        assert!(sizes.is_block(200) && !sizes.is_block(100));
        for _ in 0..10_000 {
            sizes.note(5_000);
        }
        assert!(!sizes.is_block(5_000), "no longer unusual");
        assert!(sizes.is_block(50_000));
    }
}
