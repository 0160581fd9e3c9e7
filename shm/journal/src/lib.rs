//! The journal: every input the engine took and every output it made, as records in segment files.
//!
//! ```text
//! DIR/instruments.bin       the instrument table of the run
//! DIR/journal-000001.pjl    4 KiB header, then records: head (5 words), payload words, checksum word
//! DIR/journal-000002.pjl    ... the sequence and the checksum chain go on
//! ```
//! The checksum word holds the CRC-32 of the record in its low half and a chained CRC in its high half, so that flips,
//! cuts, swaps and lost segments are all seen. [`JournalWriter`] appends with plain writes: what was flushed is in the
//! kernel's hands and outlives the process; [`JournalWriter::sync`] makes it outlive the host. [`JournalReader`] reads a
//! journal from the start, [`JournalTail`] follows one that is being written and never blocks.
//!
//! This crate knows records, not their meaning: it never decodes a payload.
//!
//! Suggested reading order: [`format`], [`instruments`], [`writer`], [`cursor`](self), [`reader`], [`tail`], [`digest`].
#![forbid(unsafe_code)]

mod cursor;
pub mod digest;
mod error;
pub mod format;
pub mod instruments;
pub mod reader;
pub mod tail;
pub mod writer;

pub use digest::for_output;
pub use error::JournalError;
pub use format::SEGMENT_BYTES_DEFAULT;
pub use reader::{JournalReader, Record, Tail};
pub use tail::JournalTail;
pub use writer::{JournalMeta, JournalWriter};

#[cfg(test)]
mod tests;
