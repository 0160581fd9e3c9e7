//! Pacer's market file: an instrument table and the market messages of one run, in time order.
//!
//! Everything is a little-endian 64-bit word, so a message in the file has the very bytes it has on a ring:
//!
//! ```text
//! words 0..16   header: magic, version, layout hash, capabilities, counts, first and last time
//! then          source text, UTF-8, padded with zeros to a whole word
//! then          instrument table: `shm_wire::instrument::Instrument` records, ids 0, 1, 2, ...
//! then          messages, back to back; each begins with its own header word
//! last word     CRC-32 (IEEE) of every byte before it, in the low half; the high half is zero
//! ```
//!
//! [`MarketFile::open`] checks all of it once (sizes, checksum, every message's type, length, codes, bounds, instrument
//! and time order), so that readers need not check again. It never trusts a count before it has been compared with the
//! length of the file. Market messages only: no heartbeat, order, slice or report stands in a market file. What `Depth`
//! messages promise to a reader's book is in `docs/market-data.md`, section 3.

mod check;
mod error;
mod header;
mod reader;
mod writer;

#[cfg(test)]
mod tests;

pub use check::{instrument_of, time_of};
pub use error::MarketFileError;
pub use header::{Capabilities, FILE_BYTES_MAX, INSTRUMENTS_MAX, SOURCE_BYTES_MAX};
pub use reader::{MarketFile, Messages, Position};
pub use writer::{MarketFileWriter, Summary};

#[cfg(target_endian = "big")]
compile_error!("market files are little-endian and are read without conversion");
