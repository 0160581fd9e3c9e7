//! Where the slices of a line lie in time, and how much each of them brings: whole lots, jitter, a last bin that is exact.

use super::{SLICES_MAX, Sliced};
use crate::draw;
use crate::params::shared::Settings;
use crate::schedule::lots::cumulative_after;
use crate::schedule::shape::Shape;
use shm_wire::instrument::Instrument;
use shm_wire::units::{DurationNs, Nanos, PPM_ONE, Qty};

/// Smallest quantities of an instrument and order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Grid {
    /// Granularity of quantities, steps.
    pub lot: Qty,
    /// Venue's least order, steps.
    pub venue_min: Qty,
    /// Least slice: lot, venue's minimum or `min_slice_qty`.
    pub slice_min: Qty,
}

impl Grid {
    /// Of an instrument, with this least slice.
    #[must_use]
    pub fn of(instrument: &Instrument, slice_min: Qty) -> Grid {
        Grid {
            lot: instrument.granule(),
            venue_min: Qty(instrument.min_qty),
            slice_min,
        }
    }
}
/// One slice of the line.
#[derive(Clone, Copy)]
pub(super) struct Slice {
    pub(super) index: u32,
    pub(super) from: Nanos,
    pub(super) to: Nanos,
    pub(super) due: Nanos,
}

impl Slice {
    pub(super) fn length(&self) -> DurationNs {
        self.to.since(self.from)
    }
    pub(super) fn part(&self, percent: u64) -> Nanos {
        let length = Qty(self.length().0).mul_div(percent, 100);
        self.from.plus(DurationNs(length.0))
    }
}
impl<S: Shape> Sliced<S> {
    /// The line Q at an instant, steps.
    #[must_use]
    pub fn quantity_at(&self, time: Nanos) -> Qty {
        let share = self.shape.share(time.max(self.start), self.window());
        if share.part >= share.whole {
            return self.total;
        }
        self.base + self.open().mul_div(share.part, share.whole)
    }
    /// Quantity that `count` slices of the line bring, base included: whole lots, the last one exact.
    #[must_use]
    pub fn after(&self, count: u32, grid: &Grid) -> Qty {
        let share = self.shape.share_after(count, self.slices, self.window());
        let (part, whole) = (u128::from(share.part), u128::from(share.whole));
        let lots = cumulative_after(self.open(), grid.lot, part, whole);
        self.merged(self.base + lots, grid)
    }
    pub(super) fn open(&self) -> Qty {
        self.total.saturating_sub(self.base)
    }
    /// One nominal slice: what this one holds where slices differ, one lot at least.
    pub(super) fn nominal(&self, index: u32, grid: &Grid) -> Qty {
        if S::EVEN {
            return self.average(grid);
        }
        let held = self
            .after(index + 1, grid)
            .saturating_sub(self.after(index, grid));
        held.max(grid.lot)
    }
    /// An average slice, rounded up to a whole lot.
    pub(super) fn average(&self, grid: &Grid) -> Qty {
        let lot = grid.lot.0.max(1);
        Qty(self
            .open()
            .0
            .div_ceil(u64::from(self.slices))
            .div_ceil(lot)
            .saturating_mul(lot))
    }
    /// A cumulative target whose rest would be below the venue's minimum takes that rest along.
    pub(super) fn merged(&self, target: Qty, grid: &Grid) -> Qty {
        if target > self.base && self.total.saturating_sub(target) < grid.venue_min {
            self.total
        } else {
            target
        }
    }
    /// Counts slices and places the finishing part.
    pub(super) fn cut(&mut self) {
        let length = self.end.since(self.start);
        let by_time = length.0 / self.interval.0.max(1);
        let by_quantity = self.open().0 / self.slice_min.0.max(1);
        let count = by_time.min(by_quantity).clamp(1, SLICES_MAX);
        self.slices = u32::try_from(count).unwrap_or(1);
    }
    pub(super) fn boundary(&self, index: u32) -> Nanos {
        let length = Qty(self.end.since(self.start).0);
        let offset = length.mul_div(u64::from(index), u64::from(self.slices));
        self.start.plus(DurationNs(offset.0))
    }
    pub(super) fn slice_at(&self, time: Nanos, seed: u64, settings: &Settings) -> Slice {
        let length = self.end.since(self.start).0;
        let elapsed = Qty(time.since(self.start).0.min(length));
        let last = self.slices - 1;
        let floor = elapsed.mul_div(u64::from(self.slices), length);
        let mut index = u32::try_from(floor.0).unwrap_or(last).min(last);
        // Boundaries are rounded down, so that the next one may have been reached already.
        if index < last && self.boundary(index + 1) <= time {
            index += 1;
        }
        let (from, to) = (self.boundary(index), self.boundary(index + 1));
        let delay = draw::delay(
            seed,
            self.first_slice.wrapping_add(index),
            to.since(from),
            settings.randomize_time,
        );
        Slice {
            index,
            from,
            to,
            due: from.plus(delay),
        }
    }
    /// What may be out after `count` slices: the cumulative target moved by the size jitter, in whole lots.
    pub(super) fn released(&self, count: u32, seed: u64, settings: &Settings, grid: &Grid) -> Qty {
        let target = self.after(count, grid);
        if count == 0 || count >= self.slices || target >= self.total {
            return target;
        }
        let index = self.first_slice.wrapping_add(count);
        let factor = draw::factor_ppm(seed, index, settings.randomize_size);
        let share = if S::EVEN {
            self.open().mul_div(
                factor.unsigned_abs(),
                u64::from(self.slices) * u64::from(PPM_ONE),
            )
        } else {
            // By the smaller of the two slices that meet here, so that the jitter never takes back.
            let (before, behind) = (self.after(count - 1, grid), self.after(count + 1, grid));
            let smaller = target
                .saturating_sub(before)
                .min(behind.saturating_sub(target));
            smaller.mul_div(factor.unsigned_abs(), u64::from(PPM_ONE))
        };
        // To the nearest lot, so that rounding does not bend the zero mean.
        let move_by = Qty(share.0 + grid.lot.0 / 2).floor_to(grid.lot);
        let moved = if factor < 0 {
            target.saturating_sub(move_by).max(self.base)
        } else {
            (target + move_by).min(self.total)
        };
        self.merged(moved, grid)
    }
    /// How far fills may be from the line to either side.
    pub(super) fn band(&self, settings: &Settings, index: u32, grid: &Grid) -> Qty {
        self.nominal(index, grid)
            .max(self.slice_min)
            .max(settings.band().of(self.total))
    }
}
