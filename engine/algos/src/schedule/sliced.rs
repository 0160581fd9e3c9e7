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

mod beside;
mod cut;
mod urgency;

pub use cut::Grid;

use super::outlook::Outlook;
use super::shape::{Shape, Window};
use super::{Pace, Schedule, finishes_now, next_after};
use crate::odds::Bound;
use crate::params::shared::Settings;
use cut::Slice;
use engine_core::algorithm::{Target, Wake};
use engine_core::view::{Order, View};
use shm_wire::codes::ResumePolicy;
use shm_wire::reason::Why;
use shm_wire::units::{DurationNs, Nanos, Qty};

/// Most slices of a line.
pub const SLICES_MAX: u64 = 1_000_000;
/// From this part of a slice on, in percent, children improve on the touch.
const IMPROVE_FROM_PERCENT: u64 = 60;
/// From this part of a slice on, in percent, what is behind the band crosses.
const CROSS_FROM_PERCENT: u64 = 85;

/// Least time between two looks in the finishing part.
const FINISHING_TICK: DurationNs = DurationNs::from_millis(250);

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

    fn bound(&self, _: &Settings) -> Bound {
        if S::IS_COSTED {
            Bound::Path
        } else {
            Bound::Line
        }
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

#[cfg(test)]
mod tests;
