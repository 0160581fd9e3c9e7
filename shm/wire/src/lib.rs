//! The public byte layout of Pacer: units, ids, codes, parameter specifications and every message that a
//! ring or a journal carries.
//!
//! `shm-wire` imports nothing of ours, allocates nothing and knows no ring, clock or engine. Messages hold
//! integers only: any bit pattern may arrive from a peer, so codes are decoded with `TryFrom` and units are
//! bounded by their decoders ([`units`]). The layout of everything here is hashed into [`layout::LAYOUT_HASH`], which
//! both ends of a link compare exactly. This is ABI 0 (see [`layout::ABI_VERSION`]).
//!
//! Suggested reading order: [`units`], [`ids`], [`codes`], [`reason`], [`message`], [`market`], [`parent`], [`slice`],
//! [`report`], [`control`], [`record`], [`auction`], [`instrument`], [`params`], [`layout`].
#![no_std]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "tests state what must hold")
)]

#[macro_use]
mod macros;
pub mod auction;
pub mod codes;
pub mod control;
pub mod ids;
pub mod instrument;
pub mod layout;
pub mod market;
pub mod message;
pub mod params;
pub mod parent;
pub mod reason;
pub mod record;
pub mod report;
pub mod slice;
pub mod units;

#[cfg(test)]
extern crate std;
