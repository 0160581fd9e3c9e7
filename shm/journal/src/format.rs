//! The bytes of a segment file: names, header, checksum word.
//!
//! ```text
//! word 0  magic "PACERJL1"        word 6  first sequence
//! word 1  version, header bytes   word 7  segment bytes when preallocated
//! word 2  layout hash             word 8  checksum chain before the first record
//! word 3  run                     word 9  CRC-32 of the instrument table, count of instruments
//! word 4  seed                    word 10 CRC-32 of words 0 to 9
//! word 5  shard, segment index    ...     zero up to 4 KiB
//! ```

use shm_wire::layout::LAYOUT_HASH;
use shm_wire::message::MESSAGE_WORDS_MAX;
use std::path::{Path, PathBuf};

const _: () = assert!(
    cfg!(target_endian = "little"),
    "journal files are little-endian"
);

/// First word of a segment file: "PACERJL1".
pub const SEGMENT_MAGIC: u64 = u64::from_le_bytes(*b"PACERJL1");
/// Version of the segment format.
pub const SEGMENT_VERSION: u32 = 1;
/// Bytes of a segment header.
pub const HEADER_BYTES: usize = 4096;
/// Words of the header that are in use.
const HEADER_WORDS: usize = 11;
/// Bytes of a segment unless told otherwise: 64 MiB.
pub const SEGMENT_BYTES_DEFAULT: u64 = 64 << 20;
/// Most words of a record in a segment: the longest message and its checksum word.
pub const RECORD_WORDS_MAX: usize = MESSAGE_WORDS_MAX + 1;
/// Fewest bytes of a segment: the header and the longest record.
pub const SEGMENT_BYTES_MIN: u64 = (HEADER_BYTES + RECORD_WORDS_MAX * 8) as u64;

/// Name of segment `index` (from 1) in `dir`.
#[must_use]
pub fn segment_path(dir: &Path, index: u32) -> PathBuf {
    dir.join(format!("journal-{index:06}.pjl"))
}

/// CRC-32 of words.
#[must_use]
pub fn crc(words: &[u64]) -> u32 {
    crc32fast::hash(bytemuck::cast_slice(words))
}

/// Next value of the chain after a record with this CRC.
///
/// CRC-32 is linear: chaining the record's CRC finds exactly what chaining its words would find.
#[must_use]
pub fn chain_next(chain: u32, record_crc: u32) -> u32 {
    crc(&[u64::from(chain) | u64::from(record_crc) << 32])
}

/// What a segment file says about itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SegmentHeader {
    /// Run number.
    pub run: u64,
    /// Seed of the run.
    pub seed: u64,
    /// Engine shard.
    pub shard: u32,
    /// Segment number, from 1.
    pub segment: u32,
    /// Sequence of its first record.
    pub first_sequence: u64,
    /// Bytes of a full segment.
    pub segment_bytes: u64,
    /// Checksum chain before its first record.
    pub chain: u32,
    /// CRC-32 of the instrument table file's words.
    pub instruments_crc: u32,
    /// Instruments in the table.
    pub instruments: u32,
}

impl SegmentHeader {
    /// The header as bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut words = [0_u64; HEADER_BYTES / 8];
        words[0] = SEGMENT_MAGIC;
        words[1] = u64::from(SEGMENT_VERSION) | (HEADER_BYTES as u64) << 32;
        words[2] = LAYOUT_HASH;
        words[3] = self.run;
        words[4] = self.seed;
        words[5] = u64::from(self.shard) | u64::from(self.segment) << 32;
        words[6] = self.first_sequence;
        words[7] = self.segment_bytes;
        words[8] = u64::from(self.chain);
        words[9] = u64::from(self.instruments_crc) | u64::from(self.instruments) << 32;
        words[10] = u64::from(crc(&words[..HEADER_WORDS - 1]));
        bytemuck::cast_slice(&words).to_vec()
    }

    /// The header in `bytes`.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn parse(bytes: &[u8]) -> Result<SegmentHeader, &'static str> {
        if bytes.len() < HEADER_BYTES {
            return Err("a segment starts with a header of 4096 bytes");
        }
        let words: Vec<u64> = bytes[..HEADER_WORDS * 8]
            .as_chunks::<8>()
            .0
            .iter()
            .map(|c| u64::from_le_bytes(*c))
            .collect();
        if words[0] != SEGMENT_MAGIC {
            return Err("the magic word is not that of a journal segment");
        }
        if words[10] != u64::from(crc(&words[..HEADER_WORDS - 1])) {
            return Err("the header's checksum does not match");
        }
        if words[1] != u64::from(SEGMENT_VERSION) | (HEADER_BYTES as u64) << 32 {
            return Err("the segment format has another version");
        }
        if words[2] != LAYOUT_HASH {
            return Err("the layout hash differs: written by another build of the message layout");
        }
        let (low, high) = (|w: u64| w as u32, |w: u64| (w >> 32) as u32);
        Ok(SegmentHeader {
            run: words[3],
            seed: words[4],
            shard: low(words[5]),
            segment: high(words[5]),
            first_sequence: words[6],
            segment_bytes: words[7],
            chain: low(words[8]),
            instruments_crc: low(words[9]),
            instruments: high(words[9]),
        })
    }
}
