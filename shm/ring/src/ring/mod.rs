//! The ring: one producer, one consumer, no shared tail.
//!
//! # Why it is right: the ordering argument
//!
//! Let `seq(p)` be the sequence word of the cell of position `p` (cell `p mod capacity`).
//! *Published* means `seq(p) == p + 1`. Positions start at 0, grow by one a cell and never wrap in
//! practice (2^64 cells).
//!
//! 1. **A published cell is whole.** The producer stores a cell's payload (relaxed), then its
//!    sequence word (release). The consumer loads the sequence word (acquire). If it reads `p + 1`,
//!    every payload store of that cell happened before.
//! 2. **A visible message is whole.** The cells of a message, and the messages of a batch, are
//!    written from the last to the first. The first cell's release store comes after all others in
//!    program order, so the acquire load that sees the first cell sees them all. The consumer
//!    checks each cell's sequence word all the same: a foreign producer may have forgotten the
//!    order.
//! 3. **No cell is overwritten while it is read.** The consumer copies a message out (relaxed
//!    loads) and stores its index past it (release) at its next poll. The producer writes position
//!    `q` only after it loaded (acquire) an index `> q - capacity`. So the reads of position `q -
//!    capacity` happened before the writes of `q`.
//! 4. **An old lap is never taken for the new one.** A cell holds 0, the expected `p + 1`, or what
//!    an earlier lap left, which is at most `p + 1 - capacity`. The consumer accepts exactly `p +
//!    1`.
//! 5. **What a dead producer left is a prefix of whole messages and rubbish behind a hole.** By (2)
//!    the first position `h` that is not published is a message boundary: of a message or batch
//!    being written when the producer died, the first cell was to be written last. Everything
//!    before `h` is whole and is still delivered. Cells behind `h` may hold sequence words of the
//!    current lap without their message's head. [`Producer::attach`] clears all sequence words from
//!    `h` to the end of the lap *before* it publishes anything at `h`; a consumer gets past `h`
//!    only by an acquire load of what the new producer published there, and therefore sees the
//!    cleared words or newer ones, never the rubbish. The old producer cannot write any more: the
//!    operating system's lock was released by its death.
//! 6. **A consumer that comes back** starts at the larger of the stored index and the position in
//!    its own durable record. Its index moves past a message only with the *next* poll (or an
//!    explicit release), when it has done with it. Had the poll itself moved the index, a consumer
//!    killed between taking a message and recording it would lose it. So delivery is *at least
//!    once*. It cannot start behind the stored index, whose cells may be overwritten already, nor
//!    beyond what is published.
//! 7. **An observer's copy is certain only while the consumer's index stands at or before it.**
//!    After copying position `p` it issues an acquire fence and loads the index. Had it read a word
//!    of a later lap, the producer would have stored that word after a release fence that follows
//!    its acquire load of an index `> p`; the fences pair, so the observer would see that index and
//!    discard the copy.
//!
//! Neither side relies on sequential consistency, so loom's limits (it treats `SeqCst` as
//! acquire-release) do not matter.
//!
//! # What peers may do
//!
//! A peer is not trusted. A consumer index outside `cached index ..= producer position` is ignored
//! and counted: the ring then looks full, nothing is overwritten. A cell that breaks a rule is a
//! typed [`Corrupt`] and a counter.

mod consumer;
mod observer;
mod producer;

#[cfg(test)]
mod loom_tests;
#[cfg(test)]
mod tests;

use core::fmt;
use std::sync::Arc;

pub use consumer::{Consumer, Corrupt, CorruptRule, Message};
pub use observer::{Observed, Observer};
pub use producer::{Producer, PushError};

use crate::cell::{Cells, HeapCells};
use crate::sync::Ordering;

/// Producer of a ring on the heap.
pub type HeapProducer = Producer<Arc<HeapCells>>;
/// Consumer of a ring on the heap.
pub type HeapConsumer = Consumer<Arc<HeapCells>>;

/// Both ends of a new ring on the heap. `None` unless `capacity` is a power of two in
/// `1..=CAPACITY_MAX`.
#[must_use]
pub fn channel(capacity: usize) -> Option<(HeapProducer, HeapConsumer)> {
    let cells = Arc::new(HeapCells::new(capacity)?);
    let producer = Producer::attach(Arc::clone(&cells)).ok()?;
    let consumer = Consumer::attach(cells, 0).ok()?;
    Some((producer, consumer))
}

/// Why an end cannot attach to the cells it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingDamage {
    /// A sequence word that no lap of this ring can have left there, or a consumer index that does
    /// not fit the cells.
    Sequence {
        /// Position whose cell is damaged.
        position: u64,
        /// The sequence word found.
        found: u64,
    },
    /// The durable position lies behind what was published, or more than a ring ahead of the stored
    /// index: it belongs to another ring or another life of this one.
    DurablePosition {
        /// The consumer index stored in the ring.
        stored: u64,
        /// The durable position asked for.
        durable: u64,
        /// First position not published.
        published: u64,
    },
}

impl fmt::Display for RingDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sequence { position, found } => {
                write!(
                    f,
                    "sequence: position {position} holds {found}, which no lap wrote there"
                )
            }
            Self::DurablePosition {
                stored,
                durable,
                published,
            } => write!(
                f,
                "durable position: expected {stored}..={published} (stored index to first \
                 unpublished), found {durable}"
            ),
        }
    }
}

impl std::error::Error for RingDamage {}

/// What the sequence word of `position` may hold while that position is not published: nothing, or
/// the lap before.
#[inline]
fn is_unpublished(sequence: u64, position: u64, capacity: u64) -> bool {
    sequence == 0
        || (sequence.wrapping_add(capacity) == position.wrapping_add(1) && sequence <= position)
}

/// First position from `start` on that is not published, at most `start + capacity`.
///
/// # Errors
///
/// [`RingDamage::Sequence`] if that position's sequence word is neither 0 nor one lap old.
fn first_unpublished<C: Cells>(cells: &C, start: u64) -> Result<u64, RingDamage> {
    let capacity = cells.capacity() as u64;
    let lap_end = start.checked_add(capacity).ok_or(RingDamage::Sequence {
        position: start,
        found: u64::MAX,
    })?;
    for position in start..lap_end {
        let sequence = cells.cell(position).sequence();
        if sequence != position + 1 {
            if is_unpublished(sequence, position, capacity) {
                return Ok(position);
            }
            return Err(RingDamage::Sequence {
                position,
                found: sequence,
            });
        }
    }
    Ok(lap_end)
}

/// The index the consumer stored, for an end that attaches.
fn stored_index<C: Cells>(cells: &C) -> u64 {
    // Acquire: pairs with the Release in `Consumer::release`; the reads before it are over.
    cells.consumer_index().load(Ordering::Acquire)
}
