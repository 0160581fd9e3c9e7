//! The instrument table beside the segments: `instruments.bin`.
//!
//! ```text
//! magic "PACERIN1" | count u32, record bytes u32 | layout hash | count x Instrument | CRC-32 of all words before
//! ```

use crate::error::JournalError;
use crate::format::crc;
use shm_wire::instrument::Instrument;
use shm_wire::layout::LAYOUT_HASH;
use std::fs;
use std::path::{Path, PathBuf};

/// First word of the table: "PACERIN1".
pub const INSTRUMENTS_MAGIC: u64 = u64::from_le_bytes(*b"PACERIN1");
/// Most instruments of a table that is read back.
pub const INSTRUMENTS_MAX: usize = 1 << 20;
const RECORD_WORDS: usize = size_of::<Instrument>() / 8;
const _: () = assert!(size_of::<Instrument>().is_multiple_of(8));

/// Path of the table in a journal's directory.
#[must_use]
pub fn instruments_path(dir: &Path) -> PathBuf {
    dir.join("instruments.bin")
}

/// The table as words, checksum word included.
#[must_use]
pub fn encode(instruments: &[Instrument]) -> Vec<u64> {
    let mut words = vec![
        INSTRUMENTS_MAGIC,
        instruments.len() as u64 | (size_of::<Instrument>() as u64) << 32,
        LAYOUT_HASH,
    ];
    words.extend_from_slice(bytemuck::cast_slice(instruments));
    words.push(u64::from(crc(&words)));
    words
}

/// The table in `bytes`.
///
/// # Errors
/// The rule that is broken: size, magic, layout hash, checksum, an index out of place, or a record that fails its own
/// check.
pub fn decode(bytes: &[u8]) -> Result<Vec<Instrument>, &'static str> {
    let (chunks, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() || chunks.len() < 4 {
        return Err("an instrument table is at least four words, and whole words");
    }
    let words: Vec<u64> = chunks.iter().map(|c| u64::from_le_bytes(*c)).collect();
    if words[0] != INSTRUMENTS_MAGIC {
        return Err("the magic word is not that of an instrument table");
    }
    if words[2] != LAYOUT_HASH {
        return Err("the layout hash differs: written by another build of the message layout");
    }
    let count = (words[1] as u32) as usize;
    if count > INSTRUMENTS_MAX || words[1] >> 32 != size_of::<Instrument>() as u64 {
        return Err("the count or the record size is out of range");
    }
    let body = count * RECORD_WORDS;
    if words.len() != 3 + body + 1 {
        return Err("the size of the file does not match its count");
    }
    if words[3 + body] != u64::from(crc(&words[..3 + body])) {
        return Err("the checksum of the instrument table does not match");
    }
    let table: Vec<Instrument> = words[3..3 + body]
        .chunks_exact(RECORD_WORDS)
        .map(|w| bytemuck::pod_read_unaligned(bytemuck::cast_slice(w)))
        .collect();
    for (index, instrument) in table.iter().enumerate() {
        if instrument.id as usize != index {
            return Err("instrument ids must be 0, 1, 2, .. in order");
        }
        if let Some((_, rule)) = instrument.check() {
            return Err(rule);
        }
    }
    Ok(table)
}

/// Reads the table of the journal in `dir`, and its checksum as segments carry it.
///
/// # Errors
/// [`JournalError::Io`] or [`JournalError::Header`] with the rule.
pub fn read(dir: &Path) -> Result<(Vec<Instrument>, u32), JournalError> {
    let path = instruments_path(dir);
    let bytes = fs::read(&path).map_err(JournalError::io("read", &path))?;
    let table = decode(&bytes).map_err(|rule| JournalError::Header {
        path: path.clone(),
        rule,
    })?;
    let sum = table_crc(&table);
    Ok((table, sum))
}

/// CRC-32 that segments carry of this table.
#[must_use]
pub fn table_crc(instruments: &[Instrument]) -> u32 {
    crc32fast::hash(bytemuck::cast_slice(instruments))
}
