//! How urgent a sliced line is: inside a slice, in the finishing part and after the end.

use super::cut::{Grid, Slice};
use super::{CROSS_FROM_PERCENT, IMPROVE_FROM_PERCENT, Sliced};
use crate::params::shared::Settings;
use crate::schedule::shape::Shape;
use crate::schedule::{
    CROSS_GAP_MAX, CROSS_GAP_MIN, Driver, Pace, REST_MAX, REST_MIN, finishing_start,
};
use engine_core::algorithm::Target;
use shm_wire::codes::{CatchUp, Completion};
use shm_wire::units::{DurationNs, Nanos, Qty};

impl<S: Shape> Sliced<S> {
    /// How urgent the target is in the slice.
    pub(super) fn pace(
        &self,
        settings: &Settings,
        time: Nanos,
        slice: &Slice,
        target: &Target,
        (committed, grid): (Qty, &Grid),
    ) -> Pace {
        // Late is judged at slice ends: near one, by the target there; before, by the last one.
        let judged = if time >= slice.part(CROSS_FROM_PERCENT) {
            self.after(slice.index + 1, grid)
        } else {
            target.slice_start_target
        };
        let lower = match settings.catch_up {
            CatchUp::None => Qty::ZERO,
            CatchUp::Smooth | CatchUp::Immediate => judged.saturating_sub(target.band),
        };
        // What this slice has sent already counts against the cap; children that ended unfilled do not.
        let emission_max = match settings.emission_max(target.nominal) {
            Qty(u64::MAX) => Qty(u64::MAX),
            most => (self.slice_committed + most).saturating_sub(committed),
        };
        let length = slice.length().0;
        Pace {
            lower,
            aim: judged.saturating_sub(Qty(target.band.0 / 2)),
            quantum: grid.lot,
            emission_max,
            cross_gap: DurationNs((length / 40).clamp(CROSS_GAP_MIN.0, CROSS_GAP_MAX.0)),
            repost: DurationNs((length / 4).clamp(REST_MIN.0, REST_MAX.0)),
            improve: time >= slice.part(IMPROVE_FROM_PERCENT),
            takes_all: false,
            finishing: false,
            driver: Driver::Clock,
        }
    }
    /// Start of the finishing part, or never.
    pub(super) fn finishing_from(&self, settings: &Settings) -> Nanos {
        match settings.completion {
            Completion::Soft | Completion::Hard => {
                finishing_start(self.start, self.end, self.interval)
            }
            Completion::Cancel | Completion::PastEnd => Nanos::NEVER,
        }
    }
    /// Quantity that must be done by `time` in the finishing part: a line of its own that is done a little before the end.
    pub(super) fn finishing_quantity(&self, time: Nanos, begin: Nanos) -> Qty {
        let from = self.quantity_at(begin);
        let done_by = self.finishing_done_by(begin);
        let length = done_by.since(begin).0;
        let elapsed = time.since(begin).0;
        if elapsed >= length {
            return self.total;
        }
        from + self.total.saturating_sub(from).mul_div(elapsed, length)
    }
    pub(super) fn finishing_done_by(&self, from: Nanos) -> Nanos {
        let window = self.end.since(from).0;
        self.end.minus(DurationNs((window / 4).min(2_000_000_000)))
    }
    /// The finishing part: a line of its own to all of the order.
    pub(super) fn finish(
        &self,
        time: Nanos,
        from: Nanos,
        grid: &Grid,
        (target, pace): (&mut Target, &mut Pace),
    ) {
        let wanted = self.finishing_quantity(time, from);
        let up_to_lot = Qty(wanted.0 + grid.lot.0.max(1) - 1).floor_to(grid.lot);
        target.release = target.release.max(up_to_lot.min(self.total));
        pace.finishing = true;
        pace.improve = true;
        pace.emission_max = Qty(u64::MAX);
        pace.aim = wanted;
        pace.lower = if time >= self.finishing_done_by(from) {
            self.total
        } else {
            wanted.saturating_sub(Qty(target.nominal.0 / 2))
        };
    }
    /// After the end the order goes on at the same rate: one nominal slice an interval.
    pub(super) fn past_end(&self, settings: &Settings, target: &mut Target, pace: &mut Pace) {
        target.release = self.total;
        target.cumulative = self.total;
        pace.improve = true;
        if settings.completion != Completion::PastEnd {
            return;
        }
        pace.emission_max = target.nominal;
        pace.lower = self.total;
        pace.aim = self.total;
        pace.cross_gap = self.interval;
    }
}
