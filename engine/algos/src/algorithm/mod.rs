//! One file per algorithm: its own parameters, its validation, and which schedule meets which tactic.

pub(crate) mod arrival;
pub(crate) mod close;
pub(crate) mod custom;
pub(crate) mod iceberg;
pub(crate) mod is;
mod line;
pub(crate) mod pegged;
pub(crate) mod pov;
pub(crate) mod scale_pov;
pub(crate) mod sniper;
pub(crate) mod sweep;
pub(crate) mod twap;
pub(crate) mod vwap;

use crate::curves::CurveTable;
use crate::params::shared::Settings;
use crate::preview::MarketFigures;
use engine_core::view::{Constraints, Order};
use shm_wire::instrument::Instrument;
use shm_wire::units::Qty;

/// A checked order: what its algorithm starts with.
pub(crate) struct Start<S, T> {
    /// Schedule.
    pub(crate) schedule: S,
    /// Tactic.
    pub(crate) tactic: T,
    /// Shared settings.
    pub(crate) settings: Settings,
    /// Constraints for the engine.
    pub(crate) constraints: Constraints,
}

/// What an algorithm is given to start an order.
#[derive(Clone, Copy)]
pub(crate) struct Terms<'a> {
    /// Terms in force.
    pub(crate) order: &'a Order,
    /// Instrument.
    pub(crate) instrument: &'a Instrument,
    /// Volume curves.
    pub(crate) curves: &'a CurveTable,
    /// Its market, as far as it is known.
    pub(crate) market: MarketFigures,
}

impl Terms<'_> {
    /// Least slice: lot, venue's minimum and `min_slice_qty`.
    pub(crate) fn slice_min(&self, constraints: &Constraints) -> Qty {
        Qty(self.instrument.min_qty)
            .max(self.instrument.granule())
            .max(constraints.min_slice_qty)
    }
}
