//! The reading end.

use core::fmt;

use super::{RingDamage, first_unpublished, is_unpublished, stored_index};
use crate::cell::{Cell, Cells};
use crate::message::{
    CELL_WORDS, MESSAGE_CELLS_MAX, MESSAGE_WORDS_MAX, header_cells, header_length,
};
use crate::sync::Ordering;

/// A message that was copied out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// Payload words in use, header word included: `1..=56`. Words of the buffer beyond are
    /// rubbish.
    pub words: usize,
    /// Cells it took: `1..=8`. The next message stands at `position + cells`.
    pub cells: usize,
    /// Position of its first cell.
    pub position: u64,
}

impl Message {
    /// Position after this message: what a durable record stores, and what [`Consumer::attach`]
    /// takes.
    #[must_use]
    #[inline]
    pub fn next_position(&self) -> u64 {
        self.position + self.cells as u64
    }
}

/// A rule that a cell or a message broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CorruptRule {
    /// The sequence word is neither position + 1, nor one lap old, nor 0. The consumer stays where
    /// it is.
    Sequence {
        /// The word found.
        found: u64,
    },
    /// The header's cell count is not in `1..=8` or exceeds the ring.
    CellCount {
        /// The count found.
        found: u8,
    },
    /// The header's length is not a multiple of 8 that fills exactly its cells.
    Length {
        /// The length found, bytes.
        found: u16,
    },
    /// A later cell of a visible message does not carry its own position + 1.
    Continuation {
        /// Index of the cell within the message, `1..=7`.
        cell: u8,
        /// The sequence word found.
        found: u64,
    },
}

/// A typed refusal of what stands in the ring. Nothing of it was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corrupt {
    /// Position of the cell.
    pub position: u64,
    /// The rule it broke.
    pub rule: CorruptRule,
}

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let position = self.position;
        match self.rule {
            CorruptRule::Sequence { found } => {
                write!(
                    f,
                    "position {position}: sequence word {found}, expected position + 1"
                )
            }
            CorruptRule::CellCount { found } => {
                write!(
                    f,
                    "position {position}: {found} cells, expected 1..=8 within the ring"
                )
            }
            CorruptRule::Length { found } => write!(
                f,
                "position {position}: length {found}, expected a multiple of 8 that fills its cells"
            ),
            CorruptRule::Continuation { cell, found } => write!(
                f,
                "position {position}: cell {cell} of the message has sequence word {found}"
            ),
        }
    }
}

impl std::error::Error for Corrupt {}

/// The reading end of a ring. One thread of one process owns it; mapped rings hold the operating
/// system's lock for it.
#[derive(Debug)]
pub struct Consumer<C: Cells> {
    cells: C,
    capacity: u64,
    /// Position to read next.
    position: u64,
    /// Position up to which cells were given back: the index stored in the ring.
    released: u64,
    corrupt_count: u64,
}

impl<C: Cells> Consumer<C> {
    /// Takes the reading end, at the larger of the index stored in the ring and `durable_position`,
    /// the position after the last message in the consumer's own durable record (0 when it keeps
    /// none). The stored index moves there at once.
    ///
    /// What an earlier consumer had taken but not released is delivered again, unless the durable
    /// record covers it.
    ///
    /// # Errors
    ///
    /// [`RingDamage::DurablePosition`] if the ring cannot have delivered up to `durable_position`;
    /// [`RingDamage::Sequence`] if the stored index does not fit the cells. Nothing was changed.
    pub fn attach(cells: C, durable_position: u64) -> Result<Self, RingDamage> {
        let capacity = cells.capacity() as u64;
        let stored = stored_index(&cells);
        let published = first_unpublished(&cells, stored)?;
        if durable_position > published {
            return Err(RingDamage::DurablePosition {
                stored,
                durable: durable_position,
                published,
            });
        }
        let position = stored.max(durable_position);
        // Release: pairs with the Acquire in `Producer::look_at_consumer`.
        cells.consumer_index().store(position, Ordering::Release);
        Ok(Self {
            cells,
            capacity,
            position,
            released: position,
            corrupt_count: 0,
        })
    }

    /// Releases what earlier calls took, then takes the next message, copied once into `out`, or
    /// `None` if there is none.
    ///
    /// So a message is given back by the *next* call: a consumer that is killed while it works on
    /// one finds it again.
    ///
    /// # Errors
    ///
    /// As [`Self::take`].
    #[inline]
    pub fn poll(&mut self, out: &mut [u64; MESSAGE_WORDS_MAX]) -> Result<Option<Message>, Corrupt> {
        self.release();
        self.take(out)
    }

    /// Takes the next message, copied once into `out`, or `None` if there is none, and releases
    /// nothing: for a consumer that makes many messages durable at once and then calls
    /// [`Self::release`].
    ///
    /// # Errors
    ///
    /// [`Corrupt`], counted, if what stands there breaks a rule. After a broken **header** (cell
    /// count, length, continuation) the consumer skips one cell, so that each call makes progress;
    /// what it reads next may be the middle of the broken message, so the caller should poison the
    /// link once errors repeat. After a broken **sequence word** it stays: the next call looks
    /// again (a foreign writer may have stored payload and sequence out of order), and the caller
    /// poisons the link when it persists.
    #[inline]
    pub fn take(&mut self, out: &mut [u64; MESSAGE_WORDS_MAX]) -> Result<Option<Message>, Corrupt> {
        let position = self.position;
        let first = self.cells.cell(position);
        // The second line of a longer message travels together with the first instead of after it.
        self.cells.cell(position + 1).prefetch();
        let sequence = first.sequence();
        if sequence != position + 1 {
            return if is_unpublished(sequence, position, self.capacity) {
                Ok(None)
            } else {
                Err(self.refuse(position, CorruptRule::Sequence { found: sequence }))
            };
        }
        match copy_message(&self.cells, self.capacity, position, first, out) {
            Ok(message) => {
                #[cfg(loom)]
                for taken in position..message.next_position() {
                    self.cells.cell(taken).assert_exclusive_read();
                }
                self.position = message.next_position();
                Ok(Some(message))
            }
            Err(rule) => {
                self.position = position + 1;
                Err(self.refuse(position, rule))
            }
        }
    }

    /// Gives back the cells of all messages taken so far: the producer may overwrite them. To be
    /// called before an orderly end, and wherever the next [`Self::poll`] would be too late;
    /// dropping the consumer releases nothing.
    #[inline]
    pub fn release(&mut self) {
        if self.released != self.position {
            self.released = self.position;
            // Release: pairs with the Acquire in `Producer::look_at_consumer`; our reads of the
            // cells before it are over.
            self.cells
                .consumer_index()
                .store(self.position, Ordering::Release);
        }
    }

    /// Whether something stands where the next message is read: a message, or what is none. Releases
    /// nothing; one load.
    #[must_use]
    #[inline]
    pub fn is_ready(&self) -> bool {
        let sequence = self.cells.cell(self.position).sequence();
        sequence == self.position + 1 || !is_unpublished(sequence, self.position, self.capacity)
    }

    /// Position to read next: what a durable record stores once everything before it is durable.
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

    /// How often [`Self::poll`] refused what it found.
    #[must_use]
    pub fn corrupt_count(&self) -> u64 {
        self.corrupt_count
    }

    /// The storage below.
    #[must_use]
    pub fn cells(&self) -> &C {
        &self.cells
    }

    #[cold]
    fn refuse(&mut self, position: u64, rule: CorruptRule) -> Corrupt {
        self.corrupt_count += 1;
        Corrupt { position, rule }
    }
}

/// Copies the message at `position`, whose first cell is published, and checks the copy.
#[inline]
pub(super) fn copy_message<C: Cells>(
    cells: &C,
    capacity: u64,
    position: u64,
    first: &Cell,
    out: &mut [u64; MESSAGE_WORDS_MAX],
) -> Result<Message, CorruptRule> {
    let (chunks, _) = out.as_chunks_mut::<CELL_WORDS>();
    first.read(&mut chunks[0]);
    let header = chunks[0][0];
    let cell_count = usize::from(header_cells(header));
    if cell_count == 0 || cell_count > MESSAGE_CELLS_MAX || cell_count as u64 > capacity {
        return Err(CorruptRule::CellCount {
            found: header_cells(header),
        });
    }
    let length = usize::from(header_length(header));
    let words = length / 8;
    // The last cell holds 1 to 7 of the words, the others 7 each.
    let words_last = words.wrapping_sub((cell_count - 1) * CELL_WORDS);
    if length % 8 != 0 || words_last == 0 || words_last > CELL_WORDS {
        return Err(CorruptRule::Length {
            found: header_length(header),
        });
    }
    let mut index = 1;
    while index < cell_count {
        let next = position + index as u64;
        let cell = cells.cell(next);
        let found = cell.sequence();
        if found != next + 1 {
            // `index` is below 8.
            return Err(CorruptRule::Continuation {
                cell: index as u8,
                found,
            });
        }
        cell.read(&mut chunks[index]);
        index += 1;
    }
    Ok(Message {
        words,
        cells: cell_count,
        position,
    })
}
