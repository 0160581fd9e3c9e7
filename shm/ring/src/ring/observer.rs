//! Looking at a ring without disturbing it.

use super::consumer::{CorruptRule, Message, copy_message};
use super::is_unpublished;
use crate::cell::Cells;
use crate::message::MESSAGE_WORDS_MAX;
use crate::sync::{Ordering, fence};

/// What an observer found at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// A message, copied whole: the consumer had not released it when the copy was complete.
    Message(Message),
    /// Nothing is published there yet.
    Unpublished,
    /// The consumer has released this position; what stands there may be overwritten at any moment.
    Consumed {
        /// The consumer's index: the first position that can still be observed.
        index: u64,
    },
    /// What stands there breaks a rule.
    Corrupt(CorruptRule),
}

/// A reader that never stores into the ring: it has no cursor there and holds nothing back.
#[derive(Debug)]
pub struct Observer<C: Cells> {
    cells: C,
    capacity: u64,
}

impl<C: Cells> Observer<C> {
    /// Observes `cells`.
    #[must_use]
    pub fn new(cells: C) -> Self {
        let capacity = cells.capacity() as u64;
        Self { cells, capacity }
    }

    /// The consumer's index: the position it reads next. Another process writes it: not to be
    /// trusted.
    #[must_use]
    pub fn consumer_index(&self) -> u64 {
        // Acquire: pairs with the Release in `Consumer::release`.
        self.cells.consumer_index().load(Ordering::Acquire)
    }

    /// Cells published and not released, `0..=capacity`, as of some moment during the call.
    #[must_use]
    pub fn depth(&self) -> usize {
        let start = self.consumer_index();
        (start..start.saturating_add(self.capacity))
            .take_while(|position| self.cells.cell(*position).sequence() == position + 1)
            .count()
    }

    /// Copies the message at `position` (a message boundary) into `out`.
    pub fn read(&self, position: u64, out: &mut [u64; MESSAGE_WORDS_MAX]) -> Observed {
        let Some(expected) = position.checked_add(1).filter(|_| position < u64::MAX - 8) else {
            return Observed::Unpublished;
        };
        let first = self.cells.cell(position);
        let sequence = first.sequence();
        let copied = (sequence == expected)
            .then(|| copy_message(&self.cells, self.capacity, position, first, out));
        // Acquire: pairs with the Release fence in `Producer::look_at_consumer`. If any word copied
        // above belongs to a later lap, the index loaded below is one that lies beyond this
        // position.
        fence(Ordering::Acquire);
        let index = self.cells.consumer_index().load(Ordering::Relaxed);
        if index > position {
            return Observed::Consumed { index };
        }
        match copied {
            Some(Ok(message)) => Observed::Message(message),
            Some(Err(rule)) => Observed::Corrupt(rule),
            None if is_unpublished(sequence, position, self.capacity) => Observed::Unpublished,
            None => Observed::Corrupt(CorruptRule::Sequence { found: sequence }),
        }
    }

    /// Number of cells of the ring.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.cells.capacity()
    }

    /// The storage below.
    #[cfg(not(loom))]
    pub(crate) fn cells(&self) -> &C {
        &self.cells
    }
}
