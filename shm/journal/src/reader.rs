//! Reads a journal from its first record to its last good one.

use crate::cursor::{Cursor, Step};
use crate::error::JournalError;
use crate::format::SegmentHeader;
use crate::instruments;
use shm_wire::instrument::Instrument;
use shm_wire::record::RecordHead;
use std::path::Path;

/// One record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record<'a> {
    /// Head.
    pub head: RecordHead,
    /// Payload message, its header word first.
    pub payload: &'a [u64],
}

/// How a journal ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tail {
    /// Behind the last record nothing was written.
    Clean,
    /// What stands behind the last good record is not a whole record: the writer was killed in mid-write.
    Torn {
        /// Segment number, from 1.
        segment: u32,
        /// Byte offset of the first bad byte's record.
        offset: u64,
        /// The rule that is broken there.
        rule: &'static str,
    },
}

/// Reads a journal.
#[derive(Debug)]
pub struct JournalReader {
    cursor: Cursor,
    instruments: Vec<Instrument>,
    tail: Option<Tail>,
}

impl JournalReader {
    /// Opens the journal in `dir` at its first record.
    ///
    /// # Errors
    /// [`JournalError::Missing`], [`JournalError::Header`] when a header breaks a rule or the instrument table is not that
    /// of the segments, or `Io`.
    pub fn open(dir: &Path) -> Result<JournalReader, JournalError> {
        let cursor = Cursor::open(dir)?;
        let instruments = checked_instruments(dir, &cursor.header)?;
        Ok(JournalReader {
            cursor,
            instruments,
            tail: None,
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

    /// How the journal ends, once [`JournalReader::next_record`] has returned `None`.
    #[must_use]
    pub fn tail(&self) -> Option<Tail> {
        self.tail
    }

    /// The next record; `None` at the end, which [`JournalReader::tail`] then describes.
    ///
    /// # Errors
    /// [`JournalError::Damage`] when a record is bad although good ones follow it.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, JournalError> {
        if self.tail.is_some() {
            return Ok(None);
        }
        let (start, len) = loop {
            match self.cursor.step()? {
                Step::Record { start, len } => break (start, len),
                Step::End | Step::Bad { .. } if self.cursor.has_next_segment() => {
                    // Between two looks the writer may have filled this segment and gone on: look once more.
                    match self.cursor.step()? {
                        Step::Record { start, len } => break (start, len),
                        Step::End => self.cursor.next_segment()?,
                        Step::Bad { rule } => return Err(self.cursor.damage(rule)),
                    }
                }
                Step::End if self.cursor.good_record_follows()? => {
                    return Err(self.cursor.damage("a hole of zeros before further records"));
                }
                Step::End => {
                    self.tail = Some(Tail::Clean);
                    return Ok(None);
                }
                Step::Bad { rule } if self.cursor.good_record_follows()? => {
                    return Err(self.cursor.damage(rule));
                }
                Step::Bad { rule } => {
                    self.tail = Some(Tail::Torn {
                        segment: self.cursor.header.segment,
                        offset: self.cursor.offset(),
                        rule,
                    });
                    return Ok(None);
                }
            }
        };
        Ok(record(self.cursor.words(start, len)))
    }

    /// Calls `f` with every record left and says how the journal ends.
    ///
    /// # Errors
    /// As [`JournalReader::next_record`].
    pub fn for_each(&mut self, mut f: impl FnMut(Record<'_>)) -> Result<Tail, JournalError> {
        while let Some(record) = self.next_record()? {
            f(record);
        }
        Ok(self.tail.unwrap_or(Tail::Clean))
    }
}

/// Words as a record; the cursor has checked them.
pub(crate) fn record(words: &[u64]) -> Option<Record<'_>> {
    RecordHead::split(words).map(|(head, payload)| Record { head, payload })
}

/// The instrument table in `dir`, which must be the one that the segments name.
pub(crate) fn checked_instruments(
    dir: &Path,
    header: &SegmentHeader,
) -> Result<Vec<Instrument>, JournalError> {
    let (table, sum) = instruments::read(dir)?;
    if sum != header.instruments_crc || table.len() != header.instruments as usize {
        return Err(JournalError::Header {
            path: instruments::instruments_path(dir),
            rule: "the instrument table is not the one this journal was written with",
        });
    }
    Ok(table)
}
