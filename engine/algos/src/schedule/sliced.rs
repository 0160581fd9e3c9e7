//! A line from (start, filled) to (end, ordered), cut into slices of equal time: TWAP, VWAP, shortfall.
//!
//! How the line bends is the business of its [`Shape`]; due times, jitter, band, urgency, the finishing part and what comes after
//! the end are the same for all and live here.
//!
//! ```text
//!   total ┤                              .-'     Q(t): the line
//!         │                      ....-'‾|
//!  slice k│              ....┌--'       |        release: whole lots after the slice, from its due time on,
//!         │      ....┌---'   |          |                 moved by the size jitter, never accumulating
//!    base ┤..----'   |       |          |
//!         └──────────┴─┬─────┴──────────┴─▶ time
//!                      due = start of the slice + U(0, jitter x interval)
//! ```

use super::lots::cumulative_after;
use super::outlook::Outlook;
use super::shape::{Greed, Opportunity, Shape, Window};
use super::volume::others_for;
use super::{
    CROSS_GAP_MAX, CROSS_GAP_MIN, Driver, Pace, REST_MAX, REST_MIN, Schedule, finishes_now,
    finishing_start, next_after,
};
use crate::draw;
use crate::params::shared::Settings;
use engine_core::algorithm::{Target, Wake};
use engine_core::view::{Order, View};
use shm_wire::codes::{CatchUp, Completion, ResumePolicy};
use shm_wire::instrument::Instrument;
use shm_wire::reason::Why;
use shm_wire::units::{DurationNs, Nanos, PPM_ONE, Qty};

/// Most slices of a line.
pub const SLICES_MAX: u64 = 1_000_000;
/// From this part of a slice on, in percent, children improve on the touch.
const IMPROVE_FROM_PERCENT: u64 = 60;
/// From this part of a slice on, in percent, what is behind the band crosses.
const CROSS_FROM_PERCENT: u64 = 85;

/// Part of the order that a good price may bring it ahead of the line.
const AHEAD_PART: u64 = 4;
/// Least time between two looks in the finishing part.
const FINISHING_TICK: DurationNs = DurationNs::from_millis(250);

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

/// State of the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sliced<S> {
    /// How the line bends.
    shape: S,
    /// Where the line starts.
    start: Nanos,
    /// Where it ends.
    end: Nanos,
    /// Quantity done at its start.
    base: Qty,
    /// Quantity at its end.
    total: Qty,
    /// Slices of the line.
    slices: u32,
    /// Number of its first slice; grows with each new line.
    first_slice: u32,
    /// Wanted length of a slice.
    interval: DurationNs,
    /// Instant at which the clock was stopped out of limit, else never.
    frozen: Nanos,
    /// Last slice seen.
    slice_seen: u32,
    /// Filled and reserved when that slice was first seen.
    slice_committed: Qty,
    /// Least slice.
    slice_min: Qty,
    /// Target at the start of the slice last seen.
    slice_target: Qty,
    /// Whether the order can be completed under its cap, and is to be.
    outlook: Outlook,
}

/// One slice of the line.
#[derive(Clone, Copy)]
struct Slice {
    index: u32,
    from: Nanos,
    to: Nanos,
    due: Nanos,
}

impl Slice {
    fn length(&self) -> DurationNs {
        self.to.since(self.from)
    }
    fn part(&self, percent: u64) -> Nanos {
        let length = Qty(self.length().0).mul_div(percent, 100);
        self.from.plus(DurationNs(length.0))
    }
}

impl<S: Shape> Sliced<S> {
    /// A line over the whole order, `interval` long slices, fewer when they would be too small.
    #[must_use]
    pub fn shaped(
        shape: S,
        window: Window,
        total: Qty,
        interval: DurationNs,
        grid: Grid,
    ) -> Sliced<S> {
        let mut line = Sliced {
            shape,
            start: window.start,
            end: window.end,
            base: Qty::ZERO,
            total,
            slices: 1,
            first_slice: 0,
            interval,
            frozen: Nanos::NEVER,
            slice_seen: u32::MAX,
            slice_committed: Qty::ZERO,
            slice_min: grid.slice_min,
            slice_target: Qty::ZERO,
            outlook: Outlook::NEW,
        };
        line.cut();
        line
    }
    /// Slices of the line.
    #[must_use]
    pub const fn slices(&self) -> u32 {
        self.slices
    }
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
    /// The line's shape.
    #[must_use]
    pub const fn shape(&self) -> &S {
        &self.shape
    }
    /// Where the line lies in time.
    #[must_use]
    pub const fn window(&self) -> Window {
        Window {
            start: self.start,
            end: self.end,
        }
    }

    fn open(&self) -> Qty {
        self.total.saturating_sub(self.base)
    }
    /// One nominal slice: what this one holds where slices differ, one lot at least.
    fn nominal(&self, index: u32, grid: &Grid) -> Qty {
        if S::EVEN {
            return self.average(grid);
        }
        let held = self
            .after(index + 1, grid)
            .saturating_sub(self.after(index, grid));
        held.max(grid.lot)
    }
    /// An average slice, rounded up to a whole lot.
    fn average(&self, grid: &Grid) -> Qty {
        let lot = grid.lot.0.max(1);
        Qty(self
            .open()
            .0
            .div_ceil(u64::from(self.slices))
            .div_ceil(lot)
            .saturating_mul(lot))
    }
    /// A cumulative target whose rest would be below the venue's minimum takes that rest along.
    fn merged(&self, target: Qty, grid: &Grid) -> Qty {
        if target > self.base && self.total.saturating_sub(target) < grid.venue_min {
            self.total
        } else {
            target
        }
    }
    /// Counts slices and places the finishing part.
    fn cut(&mut self) {
        let length = self.end.since(self.start);
        let by_time = length.0 / self.interval.0.max(1);
        let by_quantity = self.open().0 / self.slice_min.0.max(1);
        let count = by_time.min(by_quantity).clamp(1, SLICES_MAX);
        self.slices = u32::try_from(count).unwrap_or(1);
    }
    /// Start of the finishing part, or never.
    fn finishing_from(&self, settings: &Settings) -> Nanos {
        match settings.completion {
            Completion::Soft | Completion::Hard => {
                finishing_start(self.start, self.end, self.interval)
            }
            Completion::Cancel | Completion::PastEnd => Nanos::NEVER,
        }
    }
    fn boundary(&self, index: u32) -> Nanos {
        let length = Qty(self.end.since(self.start).0);
        let offset = length.mul_div(u64::from(index), u64::from(self.slices));
        self.start.plus(DurationNs(offset.0))
    }
    fn slice_at(&self, time: Nanos, seed: u64, settings: &Settings) -> Slice {
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
    fn released(&self, count: u32, seed: u64, settings: &Settings, grid: &Grid) -> Qty {
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
    /// Starts a new line here, towards the order's end and quantity in force.
    fn redraw(&mut self, view: &View<'_>) {
        self.total = view.order.quantity;
        if view.now >= view.order.end {
            return;
        }
        let seen = if self.slice_seen == u32::MAX {
            self.first_slice
        } else {
            self.slice_seen.wrapping_add(1)
        };
        self.first_slice = seen;
        self.start = view.now.max(view.order.start);
        self.end = self.shape.end(view, self.start);
        self.base = view.ledger.filled().min(self.total);
        self.shape.restart(view, self.window());
        self.outlook.restart();
        self.cut();
    }
    /// The schedule's clock: it stands still while the order is out of limit, if so asked.
    fn clock(&mut self, view: &View<'_>) -> Nanos {
        if view.out_of_limit && view.constraints.freeze_clock_out_of_limit {
            self.frozen = self.frozen.min(view.now);
            return self.frozen;
        }
        if self.frozen != Nanos::NEVER {
            self.frozen = Nanos::NEVER;
            self.redraw(view);
        }
        view.now
    }
    /// Quantity that must be done by `time` in the finishing part: a line of its own that is done a little before the end.
    fn finishing_quantity(&self, time: Nanos, begin: Nanos) -> Qty {
        let from = self.quantity_at(begin);
        let done_by = self.finishing_done_by(begin);
        let length = done_by.since(begin).0;
        let elapsed = time.since(begin).0;
        if elapsed >= length {
            return self.total;
        }
        from + self.total.saturating_sub(from).mul_div(elapsed, length)
    }
    fn finishing_done_by(&self, from: Nanos) -> Nanos {
        let window = self.end.since(from).0;
        self.end.minus(DurationNs((window / 4).min(2_000_000_000)))
    }
    fn band(&self, settings: &Settings, index: u32, grid: &Grid) -> Qty {
        self.nominal(index, grid)
            .max(self.slice_min)
            .max(settings.band().of(self.total))
    }
}

impl<S: Shape> Schedule for Sliced<S> {
    fn target(&mut self, settings: &Settings, view: &View<'_>) -> (Target, Pace) {
        let time = self.clock(view);
        let seed = view.order.seed;
        let grid = Grid::of(view.instrument, self.slice_min);
        let finishing_from = self.finishing_from(settings);
        let slice = self.slice_at(time, seed, settings);
        let number = self.first_slice.wrapping_add(slice.index);
        let committed = view.ledger.filled() + view.ledger.reserved();
        self.shape.glance(view);
        if self.slice_seen != number {
            self.slice_seen = number;
            self.slice_committed = committed;
            self.slice_target = self.after(slice.index, &grid);
            if time >= self.start && time < self.end {
                self.shape
                    .observe(view, slice.from, slice.to, self.window());
            }
        }
        let released = slice.index + u32::from(time >= slice.due);
        let mut target = Target {
            cumulative: self.quantity_at(time),
            release: self.released(released, seed, settings, &grid),
            band: self.band(settings, slice.index, &grid),
            nominal: self.nominal(slice.index, &grid),
            slice: number,
            slice_start_target: if S::EVEN {
                self.after(slice.index, &grid)
            } else {
                self.slice_target
            },
            slice_start: slice.from,
            slice_end: slice.to,
            finishing_from,
            wake: Wake::NEVER,
        };
        let mut pace = self.pace(settings, time, &slice, &target, (committed, &grid));
        let mut tick = Nanos::NEVER;
        // A line that ends before the order does is finished, not left.
        let finishes = time < self.end || (view.now < view.order.end && S::ENDS_EARLY);
        if time >= finishing_from && finishes {
            self.outlook.kept = self.shape.keeps(view, self.end).is_some();
            if self.outlook.kept && !finishes_now(view) {
                // What still rests may trade; nothing is paid for.
                pace.lower = Qty::ZERO;
                pace.aim = Qty::ZERO;
            } else {
                self.finish(time, finishing_from, &grid, (&mut target, &mut pace));
            }
            tick = view
                .now
                .plus(FINISHING_TICK.max(DurationNs(slice.length().0 / 8)));
        } else if time >= self.end {
            self.past_end(settings, &mut target, &mut pace);
            tick = view.now.plus(self.interval);
        } else if time >= self.start {
            self.keep_up(view, &mut target, &mut pace);
            self.look_ahead(view, &mut target, &mut pace);
            self.seize(settings, view, &mut target, &mut pace);
        }
        target.wake.time =
            target
                .wake
                .time
                .min(self.next_wake(view.now, &slice, finishing_from, tick));
        if time < self.start {
            target.release = self.base;
        }
        (target, pace)
    }

    fn resume(&mut self, _: &Settings, view: &View<'_>, policy: ResumePolicy) {
        self.frozen = Nanos::NEVER;
        match policy {
            ResumePolicy::FreezeClock => self.redraw(view),
            ResumePolicy::CatchUp => {
                // The old line, towards the terms in force.
                self.total = view.order.quantity;
                self.end = self.shape.end(view, self.start);
                self.base = self.base.min(self.total);
                self.outlook.restart();
                self.cut();
            }
        }
    }

    fn line(&self) -> Option<Window> {
        Some(self.window())
    }

    fn planned(&self, _: &Order, time: Nanos, _: Qty) -> Qty {
        self.quantity_at(time)
    }

    fn speed(&self) -> engine_models::shortfall::Pace {
        self.shape.speed()
    }

    fn accepted(&self) -> Why {
        self.shape.accepted(self.window())
    }

    fn notice(&mut self, view: &View<'_>) -> Option<Why> {
        if self.outlook.kept && !finishes_now(view) {
            return self.shape.keeps(view, self.end);
        }
        let (shape, window) = (&self.shape, self.window());
        let left = || shape.expected_volume(view, window);
        self.outlook.notice(view, window, left)
    }
}

impl<S: Shape> Sliced<S> {
    /// Whether the cap leaves room for the rest: if not, everything the cap allows goes now instead of at the end.
    fn look_ahead(&mut self, view: &View<'_>, target: &mut Target, pace: &mut Pace) {
        if !S::WATCHES {
            return;
        }
        let (shape, window) = (&self.shape, self.window());
        let left = || shape.expected_volume(view, window);
        let committed = view.ledger.filled() + view.ledger.reserved();
        let room = view.cap_total().saturating_sub(committed);
        let binds = S::IS_COSTED && target.release > committed && room < view.least_child();
        let infeasible = self.outlook.look(view, window, binds, left);
        target.wake.time = self.outlook.next(view, window);
        if !infeasible || !S::LOOKS_AHEAD {
            return;
        }
        let reachable = view.cap_total().min(self.total);
        target.release = target.release.max(view.instrument.floor_lots(reachable));
        pace.emission_max = Qty(u64::MAX);
        pace.quantum = pace.quantum.max(Qty(self
            .average(&Grid::of(view.instrument, self.slice_min))
            .0
            / 2));
    }

    /// What the order's least share of the market asks for is due, whatever the line says.
    fn keep_up(&self, view: &View<'_>, target: &mut Target, pace: &mut Pace) {
        let Some(rate) = self.shape.min_rate() else {
            return;
        };
        let due = rate.own_of_others(view.market_volume).min(self.total);
        let (filled, lots) = (view.ledger.filled(), view.instrument.floor_lots(due));
        target.cumulative = target.cumulative.max(due);
        target.release = target.release.max(lots);
        pace.lower = pace.lower.max(lots);
        pace.aim = pace.aim.max(lots);
        pace.emission_max = pace.emission_max.max(lots.saturating_sub(filled));
        let next = filled.max(lots) + view.least_child();
        if next <= self.total {
            target.wake.volume = others_for(next, rate);
        }
    }

    /// A price as good as the shape waits for is taken; else it wakes the order.
    fn seize(&self, settings: &Settings, view: &View<'_>, target: &mut Target, pace: &mut Pace) {
        let Some(Opportunity { price, greed }) = self.shape.opportunity(view) else {
            return;
        };
        let far = view.market.far(view.is_buy());
        let good = far.is_some()
            && if view.is_buy() {
                far <= price
            } else {
                far >= price
            };
        if good {
            let grid = Grid::of(view.instrument, self.slice_min);
            let more = Qty(self
                .average(&grid)
                .0
                .saturating_mul(settings.catch_up_cap_x.into()));
            let filled = view.ledger.filled();
            let (more, most) = match greed {
                // Ahead of the line by so much at most: a small move is no reason to do all of it at once.
                Greed::Slices => (more, target.cumulative + Qty(self.total.0 / AHEAD_PART)),
                Greed::Share(share) => {
                    pace.takes_all = true;
                    let some = share.of(view.ledger.leaves()).max(view.least_child());
                    (some, self.total)
                }
            };
            let wanted = Qty(filled.0.saturating_add(more.0))
                .min(most)
                .min(self.total);
            if wanted <= filled {
                return;
            }
            target.release = target.release.max(view.instrument.floor_lots(wanted));
            pace.emission_max = pace.emission_max.max(more);
            pace.lower = pace.lower.max(wanted);
            pace.aim = pace.aim.max(wanted);
        } else if view.is_buy() {
            target.wake.ask_at_or_below = Some(price);
        } else {
            target.wake.bid_at_or_above = Some(price);
        }
    }

    /// How urgent the target is in the slice.
    fn pace(
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
    /// The next instant at which the answer changes; while the clock stands still, the end alone.
    fn next_wake(&self, now: Nanos, slice: &Slice, finishing_from: Nanos, tick: Nanos) -> Nanos {
        if self.frozen != Nanos::NEVER {
            return next_after(now, &[self.end]);
        }
        let instants = [
            self.start,
            slice.due,
            slice.part(IMPROVE_FROM_PERCENT),
            slice.part(CROSS_FROM_PERCENT),
            slice.to,
            finishing_from,
            self.finishing_done_by(finishing_from),
            self.end,
            tick,
        ];
        next_after(now, &instants)
    }
    fn finish(
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
    fn past_end(&self, settings: &Settings, target: &mut Target, pace: &mut Pace) {
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

#[cfg(test)]
mod tests;
