//! Cells: the storage a ring runs on.
//!
//! A ring is generic over [`Cells`], so that the same producer and consumer code runs on mapped
//! files, on the heap, under loom and under Miri. Every word is an atomic: a plain copy out of
//! memory that another process may write at the same moment would be undefined behaviour.

use core::fmt;
use std::sync::Arc;

use crossbeam_utils::CachePadded;

use crate::message::CELL_WORDS;
use crate::sync::{AtomicU64, Ordering};

/// The most cells a ring may have: 1 Mi (64 MiB).
pub const CAPACITY_MAX: usize = 1 << 20;

/// One cache line: a sequence word and seven payload words.
#[repr(C, align(64))]
pub struct Cell {
    sequence: AtomicU64,
    payload: [AtomicU64; CELL_WORDS],
    /// Loom cannot let a relaxed load see a store that comes later (load buffering), so the rule
    /// "no cell is overwritten while it is read" is checked by causality instead: a write that does
    /// not happen after every read is a failure.
    #[cfg(loom)]
    guard: loom::cell::UnsafeCell<()>,
}

// SAFETY: the atomics are `Sync`; the guard is touched only through `with` and `with_mut`, whose
// closures here ignore the pointer.
#[cfg(loom)]
#[expect(
    unsafe_code,
    reason = "the guard of the loom models is shared between threads on purpose"
)]
unsafe impl Sync for Cell {}

#[cfg(not(loom))]
const _: () = assert!(size_of::<Cell>() == 64 && align_of::<Cell>() == 64);

impl Cell {
    /// A cell that was never written.
    fn empty() -> Self {
        Self {
            sequence: AtomicU64::new(0),
            payload: core::array::from_fn(|_| AtomicU64::new(0)),
            #[cfg(loom)]
            guard: loom::cell::UnsafeCell::new(()),
        }
    }

    /// The sequence word: position + 1 of the message cell that stands here, 0 when never written.
    #[inline]
    pub(crate) fn sequence(&self) -> u64 {
        // Acquire: pairs with the Release in `publish`; the payload of this cell, and of every cell
        // published before it, is visible once its sequence is.
        self.sequence.load(Ordering::Acquire)
    }

    /// Makes the cell visible as `sequence`.
    #[inline]
    pub(crate) fn publish(&self, sequence: u64) {
        // Release: pairs with the Acquire in `sequence`.
        self.sequence.store(sequence, Ordering::Release);
    }

    /// Forgets what stands here. Only for a producer that holds the ring and has not published this
    /// position.
    pub(crate) fn clear(&self) {
        // Relaxed: whoever may look at this cell again got there through a later Release of the
        // same producer.
        self.sequence.store(0, Ordering::Relaxed);
    }

    /// Stores up to seven payload words; words beyond `words` keep what they held, the message's
    /// length covers them.
    #[inline]
    pub(crate) fn write(&self, words: &[u64]) {
        #[cfg(loom)]
        self.guard.with_mut(|_| ());
        if let Ok(full) = <&[u64; CELL_WORDS]>::try_from(words) {
            for (slot, word) in self.payload.iter().zip(full) {
                slot.store(*word, Ordering::Relaxed);
            }
        } else {
            for (slot, word) in self.payload.iter().zip(words) {
                slot.store(*word, Ordering::Relaxed);
            }
        }
    }

    /// Copies all seven payload words out.
    #[inline]
    pub(crate) fn read(&self, out: &mut [u64; CELL_WORDS]) {
        for (word, slot) in out.iter_mut().zip(&self.payload) {
            *word = slot.load(Ordering::Relaxed);
        }
    }

    /// Asks the processor for this cell's line, to be read soon. A hint: nothing is loaded.
    #[inline]
    pub(crate) fn prefetch(&self) {
        #[cfg(all(target_arch = "x86_64", not(loom), not(miri)))]
        {
            use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let line = core::ptr::from_ref(self).cast::<i8>();
            // SAFETY: a prefetch reads nothing and faults at no address; this one is a live cell's.
            #[expect(unsafe_code, reason = "the hint has no safe counterpart")]
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(line);
            }
        }
    }

    /// Asks the processor for this cell's line, to be written soon. A hint: nothing is stored.
    #[inline]
    pub(crate) fn prefetch_to_write(&self) {
        #[cfg(all(target_arch = "x86_64", not(loom), not(miri)))]
        {
            use core::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
            let line = core::ptr::from_ref(self).cast::<i8>();
            // SAFETY: as in `prefetch`.
            #[expect(unsafe_code, reason = "the hint has no safe counterpart")]
            unsafe {
                _mm_prefetch::<_MM_HINT_ET0>(line);
            }
        }
    }

    /// Declares to loom that the payload was read and must not have been overwritten meanwhile.
    /// Only for the consumer: an observer's copies race on purpose.
    #[cfg(loom)]
    pub(crate) fn assert_exclusive_read(&self) {
        self.guard.with(|_| ());
    }

    /// The first word, for pages whose cells hold a value instead of a sequence.
    #[cfg(not(loom))]
    #[inline]
    pub(crate) fn value(&self) -> &AtomicU64 {
        &self.sequence
    }

    /// The seven words behind the first.
    #[cfg(not(loom))]
    pub(crate) fn rest(&self) -> &[AtomicU64; CELL_WORDS] {
        &self.payload
    }

    /// Overwrites one raw word (0 = sequence), as a hostile peer could. For tests of what garbage
    /// does.
    #[doc(hidden)]
    pub fn store_raw(&self, index: usize, value: u64) {
        match index.checked_sub(1) {
            None => self.sequence.store(value, Ordering::Release),
            Some(payload) => self.payload[payload].store(value, Ordering::Relaxed),
        }
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cell {{ sequence: {} }}", self.sequence())
    }
}

/// Storage of a ring: a power of two of cells and the word in which the consumer says how far it
/// is.
///
/// The consumer's word lies at least 128 bytes from any cell, so that its stores disturb no
/// message.
pub trait Cells {
    /// Number of cells: a power of two in `1..=CAPACITY_MAX`.
    fn capacity(&self) -> usize;
    /// The cell of `position`, that is cell `position mod capacity`.
    fn cell(&self, position: u64) -> &Cell;
    /// The consumer's index: the first position it has not released, always a message boundary.
    fn consumer_index(&self) -> &AtomicU64;
}

impl<C: Cells + ?Sized> Cells for Arc<C> {
    #[inline]
    fn capacity(&self) -> usize {
        (**self).capacity()
    }
    #[inline]
    fn cell(&self, position: u64) -> &Cell {
        (**self).cell(position)
    }
    #[inline]
    fn consumer_index(&self) -> &AtomicU64 {
        (**self).consumer_index()
    }
}

/// Cells on the heap: for threads of one process, and for loom and Miri, which cannot see mapped
/// files.
#[derive(Debug)]
pub struct HeapCells {
    cells: Box<[Cell]>,
    mask: u64,
    consumer_index: CachePadded<AtomicU64>,
}

impl HeapCells {
    /// Empty cells. `None` unless `capacity` is a power of two in `1..=CAPACITY_MAX`.
    #[must_use]
    pub fn new(capacity: usize) -> Option<Self> {
        capacity_is_valid(capacity).then(|| Self {
            cells: (0..capacity).map(|_| Cell::empty()).collect(),
            mask: capacity as u64 - 1,
            consumer_index: CachePadded::new(AtomicU64::new(0)),
        })
    }
}

/// Whether a ring may have this many cells.
#[must_use]
pub const fn capacity_is_valid(capacity: usize) -> bool {
    capacity.is_power_of_two() && capacity <= CAPACITY_MAX
}

impl Cells for HeapCells {
    #[inline]
    fn capacity(&self) -> usize {
        self.cells.len()
    }
    #[inline]
    fn cell(&self, position: u64) -> &Cell {
        // The mask keeps the index below `capacity`, which fits usize.
        &self.cells[(position & self.mask) as usize]
    }
    #[inline]
    fn consumer_index(&self) -> &AtomicU64 {
        &self.consumer_index
    }
}
