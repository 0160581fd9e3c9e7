//! The writing end.

use core::fmt;

use super::{RingDamage, first_unpublished, is_unpublished, stored_index};
use crate::cell::Cells;
use crate::message::{CELL_WORDS, MESSAGE_WORDS_MAX, SHAPE_MASK, cells_for, shape_bits};
use crate::sync::{Ordering, fence};

/// Why a message was not taken. Nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushError {
    /// The ring has not enough free cells; try again after the consumer has released some.
    Full,
    /// The message has no word, more than 56, more cells than the ring, or a header word whose
    /// length or cells differ from the slice.
    Shape,
}

impl fmt::Display for PushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "ring full",
            Self::Shape => "message shape: header word must give the length and cells of the slice",
        })
    }
}

impl std::error::Error for PushError {}

/// The writing end of a ring. One thread of one process owns it; mapped rings hold the operating
/// system's lock for it.
#[derive(Debug)]
pub struct Producer<C: Cells> {
    cells: C,
    capacity: u64,
    /// Position of the next cell to write.
    position: u64,
    /// The last valid consumer index seen.
    consumer_seen: u64,
    index_faults: u64,
}

impl<C: Cells> Producer<C> {
    /// Takes the writing end of cells that may hold the work of a dead producer.
    ///
    /// Finds the first position that is not published, clears the sequence word of every later one,
    /// and goes on there. What was published and not consumed is still delivered. The caller must
    /// have made sure that no other producer lives (mapped rings: the role lock).
    ///
    /// # Errors
    ///
    /// [`RingDamage::Sequence`] if a cell holds what no lap of this ring can have left, or the
    /// consumer's index does not fit the cells. Nothing was changed.
    pub fn attach(cells: C) -> Result<Self, RingDamage> {
        let capacity = cells.capacity() as u64;
        let consumer_seen = stored_index(&cells);
        let position = first_unpublished(&cells, consumer_seen)?;
        let lap_end = consumer_seen + capacity;
        for later in position..lap_end {
            let found = cells.cell(later).sequence();
            if found != later + 1 && !is_unpublished(found, later, capacity) {
                return Err(RingDamage::Sequence {
                    position: later,
                    found,
                });
            }
        }
        for later in position..lap_end {
            cells.cell(later).clear();
        }
        Ok(Self {
            cells,
            capacity,
            position,
            consumer_seen,
            index_faults: 0,
        })
    }

    /// Writes one message: `words[0]` is its header word ([`crate::header_word`]), `words.len()` in
    /// `1..=56`.
    ///
    /// # Errors
    ///
    /// [`PushError::Full`] if the free cells do not suffice, [`PushError::Shape`] if the header
    /// word does not describe the slice. Nothing was written in either case.
    #[inline]
    pub fn try_push(&mut self, words: &[u64]) -> Result<(), PushError> {
        let cells = self.shape(words)?;
        if !self.has_room(cells) {
            return Err(PushError::Full);
        }
        self.write_backwards(self.position, words);
        self.position += cells as u64;
        Ok(())
    }

    /// As [`Self::try_push`] for a message that stands in two parts, without putting them together first. `head` begins with
    /// the header word and takes at most a cell's seven words.
    ///
    /// # Errors
    ///
    /// As [`Self::try_push`].
    #[inline]
    pub fn try_push_parts<const HEAD: usize>(
        &mut self,
        head: &[u64; HEAD],
        tail: &[u64],
    ) -> Result<(), PushError> {
        const {
            assert!(
                HEAD >= 1 && HEAD <= CELL_WORDS,
                "the head fits the first cell"
            );
        }
        let cells = self.shape_of(head[0], HEAD + tail.len())?;
        if !self.has_room(cells) {
            return Err(PushError::Full);
        }
        let mut first = [0; CELL_WORDS];
        first[..HEAD].copy_from_slice(head);
        let cell = self.cells.cell(self.position);
        if let Some((beside, rest)) = tail.split_at_checked(CELL_WORDS - HEAD) {
            self.write_from(self.position + 1, rest);
            first[HEAD..].copy_from_slice(beside);
            cell.write(&first);
        } else {
            first[HEAD..HEAD + tail.len()].copy_from_slice(tail);
            cell.write(&first[..HEAD + tail.len()]);
        }
        cell.publish(self.position + 1);
        self.position += cells as u64;
        Ok(())
    }

    /// Writes all messages or none, in reverse order: the consumer sees the first only when all are
    /// there, and does not touch lines that are still being written.
    ///
    /// # Errors
    ///
    /// [`PushError::Full`] if the free cells do not suffice for all, [`PushError::Shape`] if a
    /// message's header word does not describe it or the batch is larger than the ring. Nothing was
    /// written in either case.
    #[inline]
    pub fn push_batch<M: AsRef<[u64]>>(&mut self, messages: &[M]) -> Result<(), PushError> {
        let mut total = 0_usize;
        for message in messages {
            total += self.shape(message.as_ref())?;
        }
        if total as u64 > self.capacity {
            return Err(PushError::Shape);
        }
        if !self.has_room(total) {
            return Err(PushError::Full);
        }
        let end = self.position + total as u64;
        let mut start = end;
        for message in messages.iter().rev() {
            let words = message.as_ref();
            start -= cells_for(words.len()) as u64;
            self.write_backwards(start, words);
        }
        self.position = end;
        Ok(())
    }

    /// Whether `cells` cells are free. Looks at the consumer's line only when the last look does
    /// not answer.
    #[inline]
    pub fn has_room(&mut self, cells: usize) -> bool {
        self.room_seen() >= cells as u64 || {
            self.look_at_consumer();
            self.room_seen() >= cells as u64
        }
    }

    /// Free cells, by a fresh look at the consumer's line (a cache miss while it runs;
    /// [`Self::has_room`] avoids it).
    #[inline]
    pub fn room(&mut self) -> usize {
        self.look_at_consumer();
        // At most `capacity`, which fits usize.
        self.room_seen() as usize
    }

    /// Asks the processor for the lines of `cells` cells, the first of them `ahead` cells beyond the
    /// next to be written. For a ring that outgrows the cache: its lines then come while the
    /// producer does other things, and a store does not wait for them.
    #[inline]
    pub fn prefetch(&self, ahead: usize, cells: usize) {
        let from = self.position + ahead as u64;
        for position in from..from + cells as u64 {
            self.cells.cell(position).prefetch_to_write();
        }
    }

    /// Position of the next cell to write: cells published since the ring was made.
    #[must_use]
    #[inline]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Number of cells of the ring.
    #[must_use]
    #[inline]
    pub fn capacity(&self) -> usize {
        self.cells.capacity()
    }

    /// How often the consumer's index was outside `last valid index ..= position` and was ignored.
    #[must_use]
    pub fn index_faults(&self) -> u64 {
        self.index_faults
    }

    /// The storage below.
    #[must_use]
    pub fn cells(&self) -> &C {
        &self.cells
    }

    /// Cells that `words` takes, if its header word describes it and the ring can hold it.
    #[inline]
    fn shape(&self, words: &[u64]) -> Result<usize, PushError> {
        match words.first() {
            Some(header) => self.shape_of(*header, words.len()),
            None => Err(PushError::Shape),
        }
    }

    /// Cells of a message of `len` words, if its header word describes it and the ring can hold it.
    #[inline]
    fn shape_of(&self, header: u64, len: usize) -> Result<usize, PushError> {
        let cells = cells_for(len);
        let fits = len <= MESSAGE_WORDS_MAX && cells as u64 <= self.capacity;
        if fits && header & SHAPE_MASK == shape_bits(len) {
            Ok(cells)
        } else {
            Err(PushError::Shape)
        }
    }

    /// Cells free by the last valid look at the consumer.
    #[inline]
    fn room_seen(&self) -> u64 {
        self.capacity - (self.position - self.consumer_seen)
    }

    #[inline]
    fn look_at_consumer(&mut self) {
        // Acquire: pairs with the Release in `Consumer::release`; its reads of the cells before the
        // index are over.
        let index = self.cells.consumer_index().load(Ordering::Acquire);
        // Release: pairs with the Acquire fence in `Observer::read`; one that copies words stored
        // from here on sees this index.
        fence(Ordering::Release);
        if index >= self.consumer_seen && index <= self.position {
            self.consumer_seen = index;
        } else {
            self.index_faults += 1;
        }
    }

    /// Writes the cells of one message at `start`, last cell first. The caller has checked shape
    /// and room.
    #[inline]
    fn write_backwards(&self, start: u64, words: &[u64]) {
        if words.len() <= CELL_WORDS {
            // By far the most messages: one cell, no loop.
            let cell = self.cells.cell(start);
            cell.write(words);
            cell.publish(start + 1);
            return;
        }
        self.write_from(start, words);
    }

    /// Writes words to the cells from `start` on, last cell first.
    #[inline]
    fn write_from(&self, start: u64, words: &[u64]) {
        let (whole, last) = words.as_chunks::<CELL_WORDS>();
        if !last.is_empty() {
            let position = start + whole.len() as u64;
            let cell = self.cells.cell(position);
            cell.write(last);
            cell.publish(position + 1);
        }
        for (index, chunk) in whole.iter().enumerate().rev() {
            let position = start + index as u64;
            let cell = self.cells.cell(position);
            cell.write(chunk);
            cell.publish(position + 1);
        }
    }
}
