//! The header of every mapped file: one page, little-endian 64-bit words, before the cells.
//!
//! ```text
//! byte   word  field
//!    0      0  magic u64              names the layout of the file: ring, words or counters
//!    8      1  abi_major u16 | abi_minor u16 | header_len u32
//!   16      2  total_len u64          bytes of the whole file = header_len + capacity x cell_size
//!   24      3  kind u16 | zero u16 | cell_size u32
//!   32      4  capacity u32 | endian_mark u32
//!   40      5  layout_hash u64        of everything the payload means
//!   48      6  segment_id u64         differs for each file ever made; positions belong to it
//!   56      7  crc32 u32 of words 0..=6 | zero u32
//!  128     16  owner pid u32 | zero
//!  136     17  owner start time u64   clock ticks since boot
//!  144     18  owner boot id 16 B
//!  160     20  epoch u64              1 at creation, + 1 with each adoption
//!  168     21  crc32 u32 of words 16..=20 | zero
//!  256     32  state u64              1 INIT, 2 READY, 3 CLOSED, 4 POISONED
//!  384     48  producer: heartbeat count u64, monotonic time ns u64, pid u64, start time u64
//!  512     64  consumer: index u64
//!  576     72  consumer: heartbeat count u64, monotonic time ns u64, pid u64, start time u64
//!  704     88  owner:    heartbeat count u64, monotonic time ns u64
//! 4096         cells, 64 bytes each
//! ```
//!
//! Each writer's fields have a pair of cache lines (128 bytes) of their own. The fixed words and
//! the owner's words have a checksum each, because an adoption rewrites the latter under the owner
//! lock and may itself be killed half-way: the next one can still trust the geometry.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::cell::{CAPACITY_MAX, Cell};
use crate::error::AttachError;
use crate::owner::Owner;

/// Bytes of the header: one page.
pub(crate) const HEADER_BYTES: usize = 4096;
/// Words of the header.
pub(crate) const HEADER_WORDS: usize = HEADER_BYTES / 8;

/// Major ABI version: 0 until it is frozen; compared exactly.
pub const ABI_MAJOR: u16 = 0;
/// Minor ABI version; compared exactly while the major one is 0.
pub const ABI_MINOR: u16 = 1;
const ENDIAN_MARK: u32 = 0x0102_0304;

const FIXED_WORDS: usize = 7;
const FIXED_CRC: usize = 7;
const OWNER: usize = 16;
const OWNER_WORDS: usize = 5;
const OWNER_CRC: usize = 21;
pub(super) const EPOCH: usize = 20;
pub(super) const STATE: usize = 32;
pub(super) const PRODUCER_BEAT: usize = 48;
pub(crate) const CONSUMER_INDEX: usize = 64;
pub(super) const CONSUMER_BEAT: usize = 72;
pub(super) const OWNER_BEAT: usize = 88;

type Words = [AtomicU64; HEADER_WORDS];

/// How every magic word begins.
pub(crate) const MAGIC_PREFIX: [u8; 4] = *b"PACR";

/// Which file layout: the magic word, "PACR" and four letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Ring,
    Words,
    Counters,
}

impl Layout {
    const ALL: [Self; 3] = [Self::Ring, Self::Words, Self::Counters];

    /// The layout a magic word names.
    pub(crate) fn of_magic(word: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.magic() == word)
    }

    pub(crate) const fn magic(self) -> u64 {
        u64::from_le_bytes(match self {
            Self::Ring => *b"PACRRING",
            Self::Words => *b"PACRWORD",
            Self::Counters => *b"PACRCNTR",
        })
    }
}

/// What the fixed words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) layout: Layout,
    pub(crate) kind: u16,
    pub(crate) capacity: u32,
    pub(crate) layout_hash: u64,
    pub(crate) segment_id: u64,
}

impl Geometry {
    /// Bytes of the whole file. Capacity is at most [`CAPACITY_MAX`], so this cannot overflow.
    pub(crate) fn total_len(&self) -> u64 {
        HEADER_BYTES as u64 + u64::from(self.capacity) * size_of::<Cell>() as u64
    }
}

/// Bytes of the largest file of any layout.
pub(crate) const TOTAL_LEN_MAX: u64 = (HEADER_BYTES + CAPACITY_MAX * size_of::<Cell>()) as u64;

/// What an attach demands of the fixed words; `None` demands nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    pub(crate) layout: Layout,
    pub(crate) kind: Option<u16>,
    pub(crate) capacity: Option<u32>,
    pub(crate) layout_hash: Option<u64>,
}

fn pack(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

fn low(word: u64) -> u32 {
    (word & 0xffff_ffff) as u32
}

fn high(word: u64) -> u32 {
    (word >> 32) as u32
}

fn pack_halves(low: u16, high: u16) -> u32 {
    u32::from(low) | u32::from(high) << 16
}

fn crc(words: &[u64]) -> u64 {
    let mut hasher = crc32fast::Hasher::new();
    for word in words {
        hasher.update(&word.to_le_bytes());
    }
    u64::from(hasher.finalize())
}

fn store(header: &Words, at: usize, words: &[u64]) {
    for (slot, word) in header.iter().skip(at).zip(words) {
        slot.store(*word, Ordering::Relaxed);
    }
}

fn load<const N: usize>(header: &Words, at: usize) -> [u64; N] {
    core::array::from_fn(|index| header[at + index].load(Ordering::Relaxed))
}

/// The words of a header that was read from a file instead of mapped.
pub(crate) fn from_bytes(bytes: &[u8; HEADER_BYTES]) -> Words {
    let (words, _) = bytes.as_chunks::<8>();
    core::array::from_fn(|index| AtomicU64::new(u64::from_le_bytes(words[index])))
}

/// Writes the fixed words and their checksum.
pub(super) fn write_geometry(header: &Words, geometry: &Geometry) {
    let words = [
        geometry.layout.magic(),
        // Both lengths are small constants.
        pack(pack_halves(ABI_MAJOR, ABI_MINOR), HEADER_BYTES as u32),
        geometry.total_len(),
        pack(u32::from(geometry.kind), size_of::<Cell>() as u32),
        pack(geometry.capacity, ENDIAN_MARK),
        geometry.layout_hash,
        geometry.segment_id,
    ];
    store(header, 0, &words);
    header[FIXED_CRC].store(crc(&words), Ordering::Relaxed);
}

/// Copies the fixed words once and checks every field of the copy. `file_len` is the size of the
/// file.
pub(crate) fn read_geometry(
    header: &Words,
    expected: &Expected,
    file_len: u64,
) -> Result<Geometry, AttachError> {
    let words: [u64; FIXED_WORDS] = load(header, 0);
    let found_crc = header[FIXED_CRC].load(Ordering::Relaxed);
    let check = |field, expected: u64, found: u64| {
        if expected == found {
            Ok(())
        } else {
            Err(AttachError::Field {
                field,
                expected,
                found,
            })
        }
    };
    check("magic", expected.layout.magic(), words[0])?;
    check("crc32", crc(&words), found_crc)?;
    check(
        "abi_major",
        u64::from(ABI_MAJOR),
        u64::from(low(words[1]) & 0xffff),
    )?;
    check(
        "abi_minor",
        u64::from(ABI_MINOR),
        u64::from(low(words[1]) >> 16),
    )?;
    check("header_len", HEADER_BYTES as u64, u64::from(high(words[1])))?;
    check("kind_padding", 0, u64::from(low(words[3]) >> 16))?;
    check(
        "cell_size",
        size_of::<Cell>() as u64,
        u64::from(high(words[3])),
    )?;
    check(
        "endian_mark",
        u64::from(ENDIAN_MARK),
        u64::from(high(words[4])),
    )?;
    // The mask leaves 16 bits.
    let kind = (low(words[3]) & 0xffff) as u16;
    if let Some(expected) = expected.kind {
        check("kind", u64::from(expected), u64::from(kind))?;
    }
    let capacity = low(words[4]);
    check_capacity(expected, capacity)?;
    if let Some(expected) = expected.layout_hash {
        check("layout_hash", expected, words[5])?;
    }
    let geometry = Geometry {
        layout: expected.layout,
        kind,
        capacity,
        layout_hash: words[5],
        segment_id: words[6],
    };
    check("total_len", geometry.total_len(), words[2])?;
    if file_len != geometry.total_len() {
        return Err(AttachError::FileSize {
            expected: geometry.total_len(),
            found: file_len,
        });
    }
    Ok(geometry)
}

fn check(field: &'static str, expected: u64, found: u64) -> Result<(), AttachError> {
    if expected == found {
        Ok(())
    } else {
        Err(AttachError::Field {
            field,
            expected,
            found,
        })
    }
}

/// A capacity as expected, in bounds, and for a ring a power of two: the ring masks positions with
/// it.
fn check_capacity(expected: &Expected, capacity: u32) -> Result<(), AttachError> {
    if let Some(expected) = expected.capacity {
        check("capacity", u64::from(expected), u64::from(capacity))?;
    }
    let bounded = (capacity as usize).min(CAPACITY_MAX);
    check("capacity", bounded as u64, u64::from(capacity))?;
    match expected.layout {
        Layout::Ring => {
            let power = bounded.max(1).next_power_of_two();
            check("capacity", power as u64, u64::from(capacity))
        }
        Layout::Words | Layout::Counters => Ok(()),
    }
}

/// Writes the owner's words and their checksum. Only under the owner lock.
pub(super) fn write_owner(header: &Words, owner: &Owner, epoch: u64) {
    let words = [
        u64::from(owner.pid),
        owner.start_time,
        owner.boot_id[0],
        owner.boot_id[1],
        epoch,
    ];
    store(header, OWNER, &words);
    header[OWNER_CRC].store(crc(&words), Ordering::Relaxed);
}

/// Copies the owner's words once and checks them.
pub(crate) fn read_owner(header: &Words) -> Result<(Owner, u64), AttachError> {
    let words: [u64; OWNER_WORDS] = load(header, OWNER);
    let found = header[OWNER_CRC].load(Ordering::Relaxed);
    let expected = crc(&words);
    if expected != found {
        return Err(AttachError::Field {
            field: "owner_crc32",
            expected,
            found,
        });
    }
    let pid = u32::try_from(words[0]).map_err(|_| AttachError::Field {
        field: "owner_pid",
        expected: u64::from(u32::MAX),
        found: words[0],
    })?;
    Ok((
        Owner {
            pid,
            start_time: words[1],
            boot_id: [words[2], words[3]],
        },
        words[4],
    ))
}
