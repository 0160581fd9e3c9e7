//! Follows a journal while it is written.

use crate::cursor::{Cursor, Step};
use crate::error::JournalError;
use crate::format::SegmentHeader;
use crate::reader::{Record, checked_instruments, record};
use shm_wire::instrument::Instrument;
use std::path::Path;

/// Follows a journal across rotations. A poll returns what is there and never waits.
#[derive(Debug)]
pub struct JournalTail {
    cursor: Cursor,
    instruments: Vec<Instrument>,
}

impl JournalTail {
    /// Follows the journal in `dir` from its first record.
    ///
    /// # Errors
    /// [`JournalError::Missing`] while the writer has not made it yet: try again; otherwise as
    /// [`crate::JournalReader::open`].
    pub fn open(dir: &Path) -> Result<JournalTail, JournalError> {
        let cursor = Cursor::open(dir)?;
        let instruments = checked_instruments(dir, &cursor.header)?;
        Ok(JournalTail {
            cursor,
            instruments,
        })
    }

    /// The instrument table of the run.
    #[must_use]
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// Header of the segment being read: run, seed, shard.
    #[must_use]
    pub fn header(&self) -> &SegmentHeader {
        &self.cursor.header
    }

    /// Sequence of the next record to come.
    #[must_use]
    pub fn next_sequence(&self) -> u64 {
        self.cursor.next_sequence
    }

    /// Calls `f` with at most `limit` new records; how many there were. Fewer than `limit` means: no more for now.
    ///
    /// A record that is half written is left for a later poll.
    ///
    /// # Errors
    /// [`JournalError::Damage`] when a record is bad although good ones follow it, or `Io`.
    pub fn poll(
        &mut self,
        limit: usize,
        mut f: impl FnMut(Record<'_>),
    ) -> Result<usize, JournalError> {
        let mut count = 0;
        while count < limit {
            match self.step()? {
                Some((start, len)) => {
                    if let Some(record) = record(self.cursor.words(start, len)) {
                        f(record);
                    }
                    count += 1;
                }
                None => break,
            }
        }
        Ok(count)
    }

    fn step(&mut self) -> Result<Option<(usize, usize)>, JournalError> {
        loop {
            let first = self.cursor.step()?;
            if let Step::Record { start, len } = first {
                return Ok(Some((start, len)));
            }
            // Order matters: when the next segment exists, this one is complete, so a further look is final.
            let rotated = self.cursor.has_next_segment();
            let suspect = matches!(first, Step::Bad { .. }) && self.cursor.good_record_follows()?;
            if !rotated && !suspect {
                return Ok(None);
            }
            match self.cursor.step()? {
                Step::Record { start, len } => return Ok(Some((start, len))),
                Step::Bad { rule } => return Err(self.cursor.damage(rule)),
                Step::End if rotated => self.cursor.next_segment()?,
                Step::End => return Ok(None),
            }
        }
    }
}
