//! One file per algorithm: its own parameters, its validation, and which schedule meets which tactic.

pub(crate) mod arrival;
pub(crate) mod close;
pub(crate) mod custom;
pub(crate) mod iceberg;
pub(crate) mod is;
pub(crate) mod line;
pub(crate) mod pegged;
pub(crate) mod pov;
pub(crate) mod scale_pov;
pub(crate) mod sniper;
pub(crate) mod sweep;
pub(crate) mod twap;
pub(crate) mod vwap;

use crate::curves::{Clock, CurveTable, Rung};
use crate::params::refuse;
use crate::params::shared::Settings;
use crate::preview::MarketFigures;
use crate::schedule::prospect::Prospect;
use engine_core::algorithm::Refusal;
use engine_core::view::{Constraints, Order};
use shm_wire::instrument::Instrument;
use shm_wire::reason::Reason;
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
    /// The clock of the order's volume: that of the curve of this number, else the best there is; and where it comes from.
    pub(crate) fn clock(&self, named: Option<u16>) -> Result<(Clock, Rung), Refusal> {
        let start = self.order.start;
        let Some(id) = named else {
            return Ok(self.curves.clock(self.instrument, start));
        };
        match self.curves.named(id, self.instrument, start) {
            Some(clock) => Ok((clock, Rung::Named)),
            None => Err(refuse(
                vwap::CURVE_ID.id,
                Reason::Unsupported,
                [id.into(), 0, 0],
            )),
        }
    }
    /// What may be expected of the market from the order's start on.
    pub(crate) fn prospect(&self) -> Prospect {
        let (clock, _) = self.curves.clock(self.instrument, self.order.start);
        Prospect::new(clock, self.order.start)
    }
    /// Least slice: lot, venue's minimum and `min_slice_qty`.
    pub(crate) fn slice_min(&self, constraints: &Constraints) -> Qty {
        Qty(self.instrument.min_qty)
            .max(self.instrument.granule())
            .max(constraints.min_slice_qty)
    }
}
