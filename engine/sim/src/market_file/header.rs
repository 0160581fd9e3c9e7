//! The 16 words at the start of a market file.

use core::fmt;
use core::ops::{BitOr, BitOrAssign};

/// `PACERMKT` as the first eight bytes.
pub(super) const MAGIC: u64 = u64::from_le_bytes(*b"PACERMKT");
/// Version of the container; the messages have their own, the layout hash.
pub(super) const VERSION: u64 = 1;
/// Words of the header.
pub(super) const HEADER_WORDS: usize = 16;

/// Longest file that is read, bytes (32 GiB).
pub const FILE_BYTES_MAX: u64 = 32 << 30;
/// Most instruments of one file.
pub const INSTRUMENTS_MAX: usize = 65_536;
/// Longest source text, bytes.
pub const SOURCE_BYTES_MAX: usize = 65_536;

/// What the source of a market file can tell, as bits. What it cannot tell is written down in `docs/market-data.md`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Capabilities(pub u64);

impl Capabilities {
    /// Single orders with ids: queue positions can be followed.
    pub const ORDER_BY_ORDER: Capabilities = Capabilities(1);
    /// Touch as `Quote` messages and prints as `Trade` messages.
    pub const QUOTES_AND_TRADES: Capabilities = Capabilities(1 << 1);
    /// Price levels in `Depth` messages, to the depth in [`depth_levels`](super::MarketFile::depth_levels).
    pub const LEVELS: Capabilities = Capabilities(1 << 2);
    /// Prints as `Trade` messages without any quote.
    pub const TRADES_ONLY: Capabilities = Capabilities(1 << 3);
    /// Executions of hidden orders are told.
    pub const HIDDEN_EXECUTIONS: Capabilities = Capabilities(1 << 4);
    /// Volume is that of all venues.
    pub const CONSOLIDATED: Capabilities = Capabilities(1 << 5);
    /// Made by a generator, not recorded.
    pub const SYNTHETIC: Capabilities = Capabilities(1 << 6);

    /// Whether all bits of `other` are set.
    #[must_use]
    pub const fn has(self, other: Capabilities) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Capabilities {
    type Output = Capabilities;
    fn bitor(self, other: Capabilities) -> Capabilities {
        Capabilities(self.0 | other.0)
    }
}

impl BitOrAssign for Capabilities {
    fn bitor_assign(&mut self, other: Capabilities) {
        self.0 |= other.0;
    }
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::ORDER_BY_ORDER, "order by order"),
            (Self::QUOTES_AND_TRADES, "quotes and trades"),
            (Self::LEVELS, "levels"),
            (Self::TRADES_ONLY, "trades only"),
            (Self::HIDDEN_EXECUTIONS, "hidden executions"),
            (Self::CONSOLIDATED, "consolidated"),
            (Self::SYNTHETIC, "synthetic"),
        ];
        let mut first = true;
        for (bit, name) in names {
            if self.has(bit) {
                if !first {
                    f.write_str(", ")?;
                }
                f.write_str(name)?;
                first = false;
            }
        }
        if first {
            f.write_str("none")?;
        }
        Ok(())
    }
}

/// The header as numbers, not yet checked against the file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FileHeader {
    pub(super) magic: u64,
    pub(super) version: u64,
    pub(super) layout_hash: u64,
    pub(super) capabilities: u64,
    pub(super) depth_levels: u64,
    pub(super) instruments: u64,
    pub(super) messages: u64,
    pub(super) message_words: u64,
    pub(super) source_bytes: u64,
    pub(super) first_time: u64,
    pub(super) last_time: u64,
    pub(super) reserved: [u64; 5],
}

impl FileHeader {
    pub(super) fn of_words(w: &[u64; HEADER_WORDS]) -> FileHeader {
        FileHeader {
            magic: w[0],
            version: w[1],
            layout_hash: w[2],
            capabilities: w[3],
            depth_levels: w[4],
            instruments: w[5],
            messages: w[6],
            message_words: w[7],
            source_bytes: w[8],
            first_time: w[9],
            last_time: w[10],
            reserved: [w[11], w[12], w[13], w[14], w[15]],
        }
    }

    pub(super) fn words(&self) -> [u64; HEADER_WORDS] {
        let r = self.reserved;
        [
            self.magic,
            self.version,
            self.layout_hash,
            self.capabilities,
            self.depth_levels,
            self.instruments,
            self.messages,
            self.message_words,
            self.source_bytes,
            self.first_time,
            self.last_time,
            r[0],
            r[1],
            r[2],
            r[3],
            r[4],
        ]
    }
}
