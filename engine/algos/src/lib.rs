//! Execution algorithms: a schedule says how much should be done by when, a tactic says how to get there.
//!
//! ```text
//!   registry ── one line each ──▶ algorithm/twap       =  schedule/linear        x  tactic/ahead_behind
//!                                 algorithm/vwap       =  schedule/curve         x  tactic/ahead_behind
//!                                 algorithm/pov        =  schedule/volume        x  tactic/ahead_behind
//!                                 algorithm/is         =  schedule/shortfall     x  tactic/ahead_behind
//!                                 algorithm/arrival    =  schedule/shortfall     x  tactic/ahead_behind
//!                                 algorithm/close      =  schedule/ramp          x  tactic/ahead_behind
//!                                 algorithm/scale_pov  =  schedule/bands         x  tactic/ahead_behind
//!                                 algorithm/iceberg, pegged  =  schedule/whole   x  tactic/single
//!                                 algorithm/sniper, sweep    =  schedule/whole   x  tactic/take
//!                                 algorithm/custom     =  any of them, paired by name; `custom`: one of your own
//!                                 auctions           part in auctions, and what is left for the book
//!                                 curves             how volume spreads over a session
//!                                 params/shared      what every algorithm takes
//! ```
//!
//! An algorithm's own file holds its parameters ([`shm_wire::params::ParamSpec`]), its validation and the pairing; the
//! registry gives it a number. Integers only, exact in 128 bits; no allocation, no clock, no global: everything comes with
//! the [`engine_core::view::View`]. Limits, participation caps and lots are applied by the engine's risk gate to whatever
//! is proposed here; algorithms know them only in order not to ask in vain.
//!
//! Suggested reading order: [`registry`], [`params`], [`schedule`], [`tactic`], [`page`].
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod algorithm;
mod auctions;
pub mod curves;
pub mod custom;
mod draw;
pub mod odds;
pub mod page;
pub mod params;
pub mod preview;
pub mod registry;
pub mod schedule;
pub mod tactic;

pub use registry::Registry;
