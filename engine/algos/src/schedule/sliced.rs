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
use super::shape::{Shape, Window};
use super::{
    CROSS_GAP_MAX, CROSS_GAP_MIN, Driver, Pace, REST_MAX, REST_MIN, Schedule, finishing_start,
    next_after,
};
use crate::draw;
use crate::params::shared::Settings;
use engine_core::algorithm::{Target, Wake};
use engine_core::view::{Order, View};
use shm_wire::codes::{CatchUp, Completion, ResumePolicy};
use shm_wire::reason::{Reason, Why};
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
    /// Start of the finishing part, or never.
    finishing_from: Nanos,
    /// Instant at which the clock was stopped out of limit, else never.
    frozen: Nanos,
    /// Last slice seen.
    slice_seen: u32,
    /// Filled and reserved when that slice was first seen.
    slice_committed: Qty,
    /// Smallest quantities.
    grid: Grid,
    /// Target at the start of the slice last seen.
    slice_target: Qty,
    /// Whether the order can be completed under its cap.
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
        settings: &Settings,
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
            finishing_from: Nanos::NEVER,
            frozen: Nanos::NEVER,
            slice_seen: u32::MAX,
            slice_committed: Qty::ZERO,
            grid,
            slice_target: Qty::ZERO,
            outlook: Outlook::default(),
        };
        line.cut(settings);
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
    pub fn after(&self, count: u32) -> Qty {
        let share = self.shape.share_after(count, self.slices, self.window());
        let (part, whole) = (u128::from(share.part), u128::from(share.whole));
        let lots = cumulative_after(self.open(), self.grid.lot, part, whole);
        self.merged(self.base + lots)
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
    fn nominal(&self, index: u32) -> Qty {
        if S::EVEN {
            return self.average();
        }
        let held = self.after(index + 1).saturating_sub(self.after(index));
        held.max(self.grid.lot)
    }
    /// An average slice, rounded up to a whole lot.
    fn average(&self) -> Qty {
        let lot = self.grid.lot.0.max(1);
        Qty(self
            .open()
            .0
            .div_ceil(u64::from(self.slices))
            .div_ceil(lot)
            .saturating_mul(lot))
    }
    /// A cumulative target whose rest would be below the venue's minimum takes that rest along.
    fn merged(&self, target: Qty) -> Qty {
        if target > self.base && self.total.saturating_sub(target) < self.grid.venue_min {
            self.total
        } else {
            target
        }
    }
    /// Counts slices and places the finishing part.
    fn cut(&mut self, settings: &Settings) {
        let length = self.end.since(self.start);
        let by_time = length.0 / self.interval.0.max(1);
        let by_quantity = self.open().0 / self.grid.slice_min.0.max(1);
        let count = by_time.min(by_quantity).clamp(1, SLICES_MAX);
        self.slices = u32::try_from(count).unwrap_or(1);
        self.finishing_from = match settings.completion {
            Completion::Soft | Completion::Hard => {
                finishing_start(self.start, self.end, self.interval)
            }
            Completion::Cancel | Completion::PastEnd => Nanos::NEVER,
        };
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
    fn released(&self, count: u32, seed: u64, settings: &Settings) -> Qty {
        let target = self.after(count);
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
            let (before, behind) = (self.after(count - 1), self.after(count + 1));
            let smaller = target
                .saturating_sub(before)
                .min(behind.saturating_sub(target));
            smaller.mul_div(factor.unsigned_abs(), u64::from(PPM_ONE))
        };
        // To the nearest lot, so that rounding does not bend the zero mean.
        let move_by = Qty(share.0 + self.grid.lot.0 / 2).floor_to(self.grid.lot);
        let moved = if factor < 0 {
            target.saturating_sub(move_by).max(self.base)
        } else {
            (target + move_by).min(self.total)
        };
        self.merged(moved)
    }
    /// Starts a new line here, towards the order's end and quantity in force.
    fn redraw(&mut self, settings: &Settings, view: &View<'_>) {
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
        self.cut(settings);
    }
    /// The schedule's clock: it stands still while the order is out of limit, if so asked.
    fn clock(&mut self, settings: &Settings, view: &View<'_>) -> Nanos {
        if view.out_of_limit && view.constraints.freeze_clock_out_of_limit {
            self.frozen = self.frozen.min(view.now);
            return self.frozen;
        }
        if self.frozen != Nanos::NEVER {
            self.frozen = Nanos::NEVER;
            self.redraw(settings, view);
        }
        view.now
    }
    /// Quantity that must be done by `time` in the finishing part: a line of its own that is done a little before the end.
    fn finishing_quantity(&self, time: Nanos) -> Qty {
        let from = self.quantity_at(self.finishing_from);
        let done_by = self.finishing_done_by();
        let length = done_by.since(self.finishing_from).0;
        let elapsed = time.since(self.finishing_from).0;
        if elapsed >= length {
            return self.total;
        }
        from + self.total.saturating_sub(from).mul_div(elapsed, length)
    }
    fn finishing_done_by(&self) -> Nanos {
        let window = self.end.since(self.finishing_from).0;
        self.end.minus(DurationNs((window / 4).min(2_000_000_000)))
    }
    fn band(&self, settings: &Settings, index: u32) -> Qty {
        self.nominal(index)
            .max(self.grid.slice_min)
            .max(settings.band().of(self.total))
    }
}

impl<S: Shape> Schedule for Sliced<S> {
    fn target(&mut self, settings: &Settings, view: &View<'_>) -> (Target, Pace) {
        let time = self.clock(settings, view);
        let seed = view.order.seed;
        let slice = self.slice_at(time, seed, settings);
        let number = self.first_slice.wrapping_add(slice.index);
        let committed = view.ledger.filled() + view.ledger.reserved();
        self.shape.glance(view);
        if self.slice_seen != number {
            self.slice_seen = number;
            self.slice_committed = committed;
            self.slice_target = self.after(slice.index);
            if time >= self.start && time < self.end {
                self.shape
                    .observe(view, slice.from, slice.to, self.window());
            }
        }
        let released = slice.index + u32::from(time >= slice.due);
        let mut target = Target {
            cumulative: self.quantity_at(time),
            release: self.released(released, seed, settings),
            band: self.band(settings, slice.index),
            nominal: self.nominal(slice.index),
            slice: number,
            slice_start_target: if S::EVEN {
                self.after(slice.index)
            } else {
                self.slice_target
            },
            slice_start: slice.from,
            slice_end: slice.to,
            finishing_from: self.finishing_from,
            wake: Wake::NEVER,
        };
        let mut pace = self.pace(settings, time, &slice, &target, committed);
        let mut tick = Nanos::NEVER;
        // A line that ends before the order does is finished, not left.
        let finishes = time < self.end || (view.now < view.order.end && S::ENDS_EARLY);
        if time >= self.finishing_from && finishes {
            self.finish(time, &slice, &mut target, &mut pace);
            tick = view
                .now
                .plus(FINISHING_TICK.max(DurationNs(slice.length().0 / 8)));
        } else if time >= self.end {
            self.past_end(settings, &mut target, &mut pace);
            tick = view.now.plus(self.interval);
        } else if time >= self.start {
            self.look_ahead(view, &mut target, &mut pace);
            self.seize(settings, view, &mut target, &mut pace);
        }
        target.wake.time = self.next_wake(view.now, &slice, tick);
        if time < self.start {
            target.release = self.base;
        }
        (target, pace)
    }

    fn resume(&mut self, settings: &Settings, view: &View<'_>, policy: ResumePolicy) {
        self.frozen = Nanos::NEVER;
        match policy {
            ResumePolicy::FreezeClock => self.redraw(settings, view),
            ResumePolicy::CatchUp => {
                // The old line, towards the terms in force.
                self.total = view.order.quantity;
                self.end = self.shape.end(view, self.start);
                self.base = self.base.min(self.total);
                self.cut(settings);
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

    fn notice(&mut self) -> Option<Why> {
        let probability = self.outlook.notice()?;
        Some(Why::new(Reason::Infeasible, [i64::from(probability), 0, 0]))
    }
}

impl<S: Shape> Sliced<S> {
    /// Whether the cap leaves room for the rest: if not, everything the cap allows goes now instead of at the end.
    fn look_ahead(&mut self, view: &View<'_>, target: &mut Target, pace: &mut Pace) {
        if !S::LOOKS_AHEAD {
            return;
        }
        let left = self.shape.expected_volume(view, self.window());
        if !self.outlook.look(view, left) {
            return;
        }
        let reachable = view.cap_total().min(self.total);
        target.release = target.release.max(view.instrument.floor_lots(reachable));
        pace.emission_max = Qty(u64::MAX);
        pace.quantum = pace.quantum.max(Qty(self.average().0 / 2));
    }

    /// A price as good as the shape waits for is taken, a few slices at a time; else it wakes the order.
    fn seize(&self, settings: &Settings, view: &View<'_>, target: &mut Target, pace: &mut Pace) {
        let Some(price) = self.shape.good_price(view) else {
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
            let more = Qty(self
                .average()
                .0
                .saturating_mul(settings.catch_up_cap_x.into()));
            let filled = view.ledger.filled();
            // Ahead of the line by so much at most: a small move is no reason to do all of it at once.
            let ahead = target.cumulative + Qty(self.total.0 / AHEAD_PART);
            let wanted = Qty(filled.0.saturating_add(more.0))
                .min(ahead)
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
        committed: Qty,
    ) -> Pace {
        // Late is judged at slice ends: near one, by the target there; before, by the last one.
        let judged = if time >= slice.part(CROSS_FROM_PERCENT) {
            self.after(slice.index + 1)
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
            quantum: self.grid.lot,
            emission_max,
            cross_gap: DurationNs((length / 40).clamp(CROSS_GAP_MIN.0, CROSS_GAP_MAX.0)),
            repost: DurationNs((length / 4).clamp(REST_MIN.0, REST_MAX.0)),
            improve: time >= slice.part(IMPROVE_FROM_PERCENT),
            finishing: false,
            driver: Driver::Clock,
        }
    }
    /// The next instant at which the answer changes; while the clock stands still, the end alone.
    fn next_wake(&self, now: Nanos, slice: &Slice, tick: Nanos) -> Nanos {
        if self.frozen != Nanos::NEVER {
            return next_after(now, &[self.end]);
        }
        let instants = [
            self.start,
            slice.due,
            slice.part(IMPROVE_FROM_PERCENT),
            slice.part(CROSS_FROM_PERCENT),
            slice.to,
            self.finishing_from,
            self.finishing_done_by(),
            self.end,
            tick,
        ];
        next_after(now, &instants)
    }
    fn finish(&self, time: Nanos, slice: &Slice, target: &mut Target, pace: &mut Pace) {
        let wanted = self.finishing_quantity(time);
        let up_to_lot = Qty(wanted.0 + self.grid.lot.0.max(1) - 1).floor_to(self.grid.lot);
        target.release = target.release.max(up_to_lot.min(self.total));
        pace.finishing = true;
        pace.improve = true;
        pace.emission_max = Qty(u64::MAX);
        pace.aim = wanted;
        pace.lower = if time >= self.finishing_done_by() {
            self.total
        } else {
            wanted.saturating_sub(Qty(self.nominal(slice.index).0 / 2))
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
